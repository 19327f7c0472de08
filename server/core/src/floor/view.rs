//! What people see of the floor: an agent's desk, and the supervisor's live page. Plain data, made on demand.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use twinline_model::*;

/// Everything one agent's CCP shows. Changes of `queues` alone are not announced by `Output::AgentChanged` (that would
/// be one output per agent per caller); refresh them at leisure after `Output::LiveChanged`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentView {
    pub agent: AgentPart,
    /// Contacts on the agent, oldest first; at most one is live.
    pub contacts: Vec<ContactPart>,
    pub media: MediaPart,
    /// Queues of the agent's routing profile, in its order.
    pub queues: Vec<QueuePart>,
    /// Statuses that may be chosen, in order.
    pub statuses: Vec<AgentStatus>,
    pub quick_connects: Vec<QuickConnectPart>,
    pub dispositions: Vec<String>,
    /// Newest first, at most ten.
    pub recent: Vec<RecentPart>,
    /// What the agent may ask for that names no contact: `set_status`, `cancel_next_status`, `dial`, `sign_out`.
    pub can: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentPart {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    /// `ko` or `en`.
    pub language: String,
    pub signed_in: bool,
    pub ccp_link: bool,
    pub status: Option<AgentStatusId>,
    /// By activity precedence: `offline custom available incoming connecting connected hold acw missed rejected error`.
    pub activity: String,
    pub since: Timestamp,
    pub next_status: Option<AgentStatusId>,
    /// True when contacts may be offered now; else `not_routable_why` names a stable code: `signed_out`, `status`,
    /// `next_status`, `media_not_ready`, `busy`, `uncleared`, `no_profile`, `no_slots`.
    pub routable: bool,
    pub not_routable_why: Option<String>,
    pub auto_accept: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactPart {
    pub id: ContactId,
    pub channel: Channel,
    pub method: InitiationMethod,
    pub state: AgentContactState,
    /// The finer state that [`super::can_table`] is keyed by: `ringing accepted calling connected on_hold transferring
    /// interrupted missed rejected error acw`.
    pub phase: String,
    pub state_since: Timestamp,
    pub customer: String,
    pub customer_name: String,
    pub queue: Option<String>,
    /// How long the customer had waited when this agent was rung.
    pub waited: Duration,
    /// Ringing: when the offer is missed. ACW: when its limit ends it.
    pub deadline: Option<Timestamp>,
    pub muted: bool,
    /// The press is on its way to the endpoint and not confirmed yet.
    pub mute_pending: bool,
    pub recording: bool,
    pub connected: Option<Timestamp>,
    pub note: String,
    pub disposition: Option<String>,
    pub attributes: BTreeMap<String, String>,
    /// Stable code: `missed`, `rejected`, `media_failed`, `busy`, `no_answer` …
    pub reason: Option<String>,
    pub can: Vec<String>,
    /// The agent's own leg, while there is one.
    pub leg: Option<LegId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MediaPart {
    /// The path the routing profile's policy takes now; `None` when none is ready.
    pub path: MediaPath,
    pub ready: bool,
    /// `offline`, `ready`, `ringing`, `connecting`, `live`. (`unpaired` is known where devices are.)
    pub state: String,
    /// What the path said of itself, for example `PC-114`; when it went, why.
    pub detail: Option<String>,
    /// `good`, `fair`, `poor`, from the last 5 s, while a call is live.
    pub quality: Option<String>,
    /// Stable code when not ready: `local_not_ready`, `session_not_ready`, `no_path_ready`, `no_desk_phone`.
    pub reason: Option<String>,
    pub muted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueuePart {
    pub id: QueueId,
    pub name: String,
    pub waiting: u32,
    /// When the longest-waiting contact was enqueued.
    pub oldest: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QuickConnectPart {
    pub id: QuickConnectId,
    pub name: String,
    /// `phone_number`, `agent`, `queue`
    pub kind: String,
    /// Agents: reachable now. Others: true.
    pub available: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecentPart {
    pub contact: ContactId,
    pub customer: String,
    pub queue: Option<String>,
    pub at: Timestamp,
    pub method: InitiationMethod,
    /// `handled`, `missed`, `rejected`, `failed`
    pub outcome: String,
}

/// What the supervisor's live page shows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveView {
    pub queues: Vec<LiveQueue>,
    /// Contacts under way, oldest first, at most [`LIVE_CONTACTS_SHOWN`].
    pub contacts: Vec<LiveContact>,
    /// All contacts under way, shown or not.
    pub contacts_total: u32,
    pub agents: Vec<LiveAgent>,
}

/// Rows of [`LiveView::contacts`] at most; counts are never cut.
pub const LIVE_CONTACTS_SHOWN: usize = 500;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveQueue {
    pub id: QueueId,
    pub name: String,
    /// In the queue, those being offered to an agent included.
    pub waiting: u32,
    pub oldest: Option<Timestamp>,
    /// Not offline.
    pub agents_online: u32,
    /// Online and not in a custom status.
    pub agents_staffed: u32,
    /// Would be offered a contact now.
    pub agents_available: u32,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveContact {
    pub id: ContactId,
    pub channel: Channel,
    pub method: InitiationMethod,
    /// `arrived in_flow queued offered accepted calling dialled connected on_hold transferring interrupted
    /// with_third_party remaining disconnected`
    pub state: String,
    pub since: Timestamp,
    pub initiated: Timestamp,
    pub customer: String,
    pub customer_name: String,
    pub queue: Option<QueueId>,
    pub enqueued: Option<Timestamp>,
    pub agent: Option<AgentId>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LiveAgent {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    pub status: Option<AgentStatusId>,
    pub status_name: String,
    pub activity: String,
    pub since: Timestamp,
    pub next_status: Option<AgentStatusId>,
    pub routable: bool,
    pub not_routable_why: Option<String>,
    pub path: MediaPath,
    pub media_ready: bool,
    pub contacts: Vec<ContactId>,
}
