//! Probes.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Health {
    /// `ok` or `not_ready`
    pub status: String,
    pub version: String,
    /// What is not ready, by stable names.
    pub problems: Vec<String>,
}
