//! `GET /api/v1/live`: what a supervisor sees now. Instants are milliseconds since the epoch by the server's clock.

use serde::{Deserialize, Serialize};
use twinline_model::{AgentId, ContactId, MediaPath, QueueId};
use utoipa::ToSchema;

/// The centre at one moment, at most 2 s old.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveView {
    pub as_of_ms: i64,
    pub queues: Vec<LiveQueue>,
    /// Waiting contacts, in the order in which they will be offered per queue.
    pub waiting: Vec<LiveContact>,
    pub agents: Vec<LiveAgent>,
    /// Contacts in the centre: in a flow, waiting, or with an agent.
    pub contacts: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveQueue {
    #[schema(value_type = String, format = "uuid")]
    pub id: QueueId,
    pub name: String,
    pub waiting: u32,
    /// When the longest-waiting contact was enqueued.
    pub oldest_ms: Option<i64>,
    /// Agents who serve this queue and are not offline.
    pub staffed: u32,
    pub available: u32,
    pub on_contact: u32,
    pub after_contact_work: u32,
    /// Since the server started or midnight UTC, whichever is later.
    pub handled: u32,
    pub abandoned: u32,
    /// Contacts that left the queue within the service level.
    pub within_service_level: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveContact {
    #[schema(value_type = String, format = "uuid")]
    pub id: ContactId,
    #[schema(value_type = String, format = "uuid")]
    pub queue: QueueId,
    pub customer: String,
    /// Counts from 1.
    pub position: u32,
    pub since_ms: i64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct LiveAgent {
    #[schema(value_type = String, format = "uuid")]
    pub id: AgentId,
    pub name: String,
    pub username: String,
    /// Name of the status that was chosen.
    pub status: String,
    /// `offline custom available incoming connecting connected hold acw missed rejected error`
    pub activity: String,
    pub since_ms: i64,
    #[schema(value_type = Option<String>, format = "uuid")]
    pub contact: Option<ContactId>,
    pub queue: Option<String>,
    #[schema(value_type = super::words::MediaPath)]
    pub media_path: MediaPath,
    pub media_ready: bool,
    pub device_name: Option<String>,
    pub quality: Option<String>,
}
