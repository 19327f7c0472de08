//! Recordings: the sound with HTTP ranges, and peaks to draw it.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Recording {
    #[schema(format = "uuid")]
    pub id: String,
    #[schema(format = "uuid")]
    pub contact: String,
    pub started: String,
    pub duration_ms: u64,
    /// `AVAILABLE`, `INCOMPLETE` or `DELETED`
    pub status: String,
}

/// Loudest sample of each slice, 0–1, for each channel: customer, agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Peaks {
    pub duration_ms: u64,
    pub channels: Vec<Vec<f32>>,
}
