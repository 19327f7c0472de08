//! Routing profiles: which queues an agent serves, and how many contacts at once.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::{MediaPathPolicy, QueueId};
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoutingProfileSpec {
    pub name: String,
    pub queues: Vec<ProfileQueue>,
    /// Voice contacts at once, 0–2.
    #[serde(default = "one")]
    pub voice_slots: u32,
    /// Queue that outbound calls are made for.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub outbound_queue: Option<QueueId>,
    #[serde(default)]
    #[schema(value_type = super::words::MediaPathPolicy)]
    pub media_path_policy: MediaPathPolicy,
}

#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProfileQueue {
    #[schema(value_type = String, format = "uuid")]
    pub queue: QueueId,
    /// 1 is served first.
    #[serde(default = "one")]
    pub priority: u32,
    /// A contact must have waited this long before these agents are asked, in seconds.
    #[serde(default)]
    pub delay_s: u32,
}

fn one() -> u32 {
    1
}

stored!(RoutingProfile, RoutingProfileSpec);
