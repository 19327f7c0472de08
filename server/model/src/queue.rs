//! Queues, hours of operation and routing profiles: where contacts wait and who is asked.

use crate::{AgentId, FlowId, HoursId, QueueId, QuickConnectId, RoutingProfileId};
use serde::{Deserialize, Serialize};

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Queue {
    pub id: QueueId,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// Hours that `CheckHoursOfOperation` without parameter uses once this is the target queue.
    pub hours: Option<HoursId>,
    /// Most contacts that may wait; `None`: no limit of its own (the centre's bound holds).
    #[serde(default)]
    pub max_contacts: Option<u32>,
    /// How long an agent is rung before the offer is missed, in seconds, 5–60.
    #[serde(default = "default_ring_s")]
    pub ring_timeout_s: u32,
    /// Caller number shown on calls that go out for this queue.
    #[serde(default)]
    pub outbound_caller_id: Option<String>,
    #[serde(default)]
    pub quick_connects: Vec<QuickConnectId>,
    /// Service-level threshold in seconds, 1–604,800.
    #[serde(default = "default_service_level_s")]
    pub service_level_s: u32,
}

fn default_ring_s() -> u32 {
    20
}

fn default_service_level_s() -> u32 {
    20
}

/// Weekly hours in a time zone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    pub id: HoursId,
    pub name: String,
    /// IANA name, for example `Asia/Seoul`.
    pub time_zone: String,
    pub open: Vec<OpenPeriod>,
}

/// One opening on one day. An end that is not after the start belongs to the next day; 00:00–00:00 is the whole day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenPeriod {
    pub day: Weekday,
    /// Minutes after local midnight, 0–1439.
    pub start_min: u16,
    /// Minutes after local midnight, 0–1439; exclusive.
    pub end_min: u16,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Weekday {
    Monday,
    Tuesday,
    Wednesday,
    Thursday,
    Friday,
    Saturday,
    Sunday,
}

/// Which queues an agent serves, in which order, and how many contacts at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingProfile {
    pub id: RoutingProfileId,
    pub name: String,
    pub queues: Vec<ProfileQueue>,
    /// Voice contacts at once; 1 for people on a phone. 0–2.
    #[serde(default = "default_voice_slots")]
    pub voice_slots: u32,
    /// Queue that outbound calls are made for.
    pub outbound_queue: Option<QueueId>,
    #[serde(default)]
    pub media_path_policy: MediaPathPolicy,
}

fn default_voice_slots() -> u32 {
    1
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileQueue {
    pub queue: QueueId,
    /// 1 is served first.
    pub priority: u32,
    /// A contact must have waited this long before these agents are asked, in seconds.
    pub delay_s: u32,
}

/// Where an agent's audio may run (DESIGN 2). Never chosen silently.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MediaPathPolicy {
    /// Fail closed: no healthy media agent, no offers.
    #[default]
    LocalOnly,
    LocalElseSession,
    SessionOnly,
    Phone,
}

/// A named transfer target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuickConnect {
    pub id: QuickConnectId,
    pub name: String,
    pub target: QuickConnectTarget,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum QuickConnectTarget {
    PhoneNumber { number: String },
    Agent { agent: AgentId, flow: Option<FlowId> },
    Queue { queue: QueueId, flow: Option<FlowId> },
}
