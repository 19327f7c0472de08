//! Queues: where contacts wait.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::{HoursId, QuickConnectId};
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueSpec {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub hours: Option<HoursId>,
    /// Most contacts that may wait.
    #[serde(default)]
    pub max_contacts: Option<u32>,
    /// How long an agent is rung before the offer is missed, in seconds, 5–60.
    #[serde(default = "twenty")]
    pub ring_timeout_s: u32,
    /// Caller number shown on calls that go out for this queue.
    #[serde(default)]
    pub outbound_caller_id: Option<String>,
    #[serde(default)]
    #[schema(value_type = Vec<String>)]
    pub quick_connects: Vec<QuickConnectId>,
    /// Service-level threshold in seconds, 1–604,800.
    #[serde(default = "twenty")]
    pub service_level_s: u32,
}

fn twenty() -> u32 {
    20
}

stored!(Queue, QueueSpec);
