//! `GET /api/v1/live`: what a supervisor sees now. Instants are milliseconds since the epoch by the server's clock.

use super::words;
use serde::{Deserialize, Serialize};
use twinline_model::{AgentId, AgentStatusId, Channel, ContactId, InitiationMethod, MediaPath, QueueId};
use utoipa::ToSchema;

/// The centre at one moment, at most 2 s old.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveView {
    pub as_of_ms: i64,
    pub queues: Vec<LiveQueue>,
    /// Contacts under way, oldest first; cut at 500.
    pub contacts: Vec<LiveContact>,
    /// All contacts under way, shown or not.
    pub contacts_total: u32,
    pub agents: Vec<LiveAgent>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveQueue {
    #[schema(value_type = String, format = "uuid")]
    pub id: QueueId,
    pub name: String,
    /// In the queue, those being offered to an agent included.
    pub waiting: u32,
    /// When the longest-waiting contact was enqueued.
    pub oldest_ms: Option<i64>,
    /// Not offline.
    pub agents_online: u32,
    /// Online and not in a custom status.
    pub agents_staffed: u32,
    /// Would be offered a contact now.
    pub agents_available: u32,
    /// Today (UTC), or since the server started: connected to an agent.
    #[serde(default)]
    pub handled: u32,
    /// Likewise: the customer left while queued.
    #[serde(default)]
    pub abandoned: u32,
    /// Likewise: left the queue, either way, within its service level.
    #[serde(default)]
    pub within_service_level: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveContact {
    #[schema(value_type = String, format = "uuid")]
    pub id: ContactId,
    #[schema(value_type = String)]
    pub channel: Channel,
    #[schema(value_type = String)]
    pub method: InitiationMethod,
    /// `arrived in_flow queued offered accepted connected on_hold …`
    pub state: String,
    pub since_ms: i64,
    pub initiated_ms: i64,
    pub customer: String,
    pub customer_name: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub queue: Option<QueueId>,
    pub enqueued_ms: Option<i64>,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub agent: Option<AgentId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveAgent {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgentId,
    pub username: String,
    pub name: String,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub status: Option<AgentStatusId>,
    /// Name of the status that was chosen.
    pub status_name: String,
    /// `offline custom available incoming connecting connected hold acw missed rejected error`
    pub activity: String,
    pub since_ms: i64,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub next_status: Option<AgentStatusId>,
    pub routable: bool,
    pub not_routable_why: Option<String>,
    #[schema(value_type = words::MediaPath)]
    pub path: MediaPath,
    pub media_ready: bool,
    /// Name of the paired endpoint, when it is connected.
    pub device_name: Option<String>,
    #[schema(value_type = Vec<String>)]
    pub contacts: Vec<ContactId>,
}
