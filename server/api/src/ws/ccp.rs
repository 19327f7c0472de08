//! The CCP socket, `GET /api/v1/ccp/socket`: JSON text frames. The page says hello, gets a snapshot, then numbered
//! changes. A change replaces whole top-level members of [`Desk`], so the page merges it with one assignment a member.
//! On reconnect the page names the last number it saw; the server sends what is missing, or a new snapshot.
//! Every instant is milliseconds since the epoch by the server's clock; `now_ms` lets the page compute its own offset.

use serde::{Deserialize, Serialize};
use twinline_model::*;

/// Page → server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CcpRequest {
    /// First message. `token` is the bearer token of the sign-in; `seen` the last number this page saw; `desktop` the
    /// name of the VDI desktop as the person gave it, at most 64 characters (`ToMediaAgent::Paired` shows it).
    Hello {
        token: String,
        #[serde(default)]
        seen: Option<u64>,
        #[serde(default)]
        desktop: Option<String>,
    },
    /// `id` is chosen by the page, unique per press: a repeated one acts once and is answered the same.
    Command {
        id: String,
        command: Command,
    },
    Ping {
        at_ms: i64,
    },
}

/// What the agent asks for. Field names as in `core::io::AgentCommand`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    SetStatus {
        status: AgentStatusId,
    },
    CancelNextStatus,
    Accept {
        contact: ContactId,
    },
    Reject {
        contact: ContactId,
    },
    Mute {
        contact: ContactId,
        on: bool,
    },
    Hold {
        contact: ContactId,
    },
    Resume {
        contact: ContactId,
    },
    End {
        contact: ContactId,
    },
    SendDigits {
        contact: ContactId,
        digits: String,
    },
    Dial {
        number: String,
        #[serde(default)]
        queue: Option<QueueId>,
    },
    TransferToNumber {
        contact: ContactId,
        number: String,
    },
    TransferToAgent {
        contact: ContactId,
        agent: AgentId,
    },
    TransferToQueue {
        contact: ContactId,
        queue: QueueId,
    },
    TransferToQuickConnect {
        contact: ContactId,
        quick_connect: QuickConnectId,
    },
    Clear {
        contact: ContactId,
    },
    FinishAcw {
        contact: ContactId,
    },
    ExtendAcw {
        contact: ContactId,
        seconds: u32,
    },
    SetNote {
        contact: ContactId,
        note: String,
    },
    SetDisposition {
        contact: ContactId,
        code: Option<String>,
    },
    /// Bind the media agent that shows this six-digit code to the signed-in person.
    Pair {
        code: String,
    },
    /// Forget the paired media agent.
    Unpair {
        device: DeviceId,
    },
    SignOut,
}

/// Server → page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[expect(clippy::large_enum_variant, reason = "written to the socket at once and never kept")]
pub enum CcpMessage {
    Snapshot {
        seq: u64,
        now_ms: i64,
        desk: Box<Desk>,
    },
    /// Only the members that changed are present.
    Change {
        seq: u64,
        now_ms: i64,
        desk: DeskChange,
    },
    /// The command was carried out.
    Done {
        id: String,
    },
    /// The command was refused; nothing changed.
    Refused {
        id: String,
        error: Refusal,
    },
    /// The token is not (any longer) good: sign in again. The socket closes.
    SignInAgain {
        reason: String,
    },
    /// Another page of the same person took over commands is *not* an error: all pages show the same. This tells that
    /// the server is about to restart; reconnect after `retry_ms`.
    Restarting {
        retry_ms: u32,
    },
    Pong {
        at_ms: i64,
        now_ms: i64,
    },
}

/// Everything the CCP shows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    pub agent: DeskAgent,
    /// Contacts on the agent, oldest first; at most one voice contact is live.
    pub contacts: Vec<DeskContact>,
    pub media: DeskMedia,
    /// Queues of the profile with what waits.
    pub queues: Vec<DeskQueue>,
    /// Statuses that may be chosen, in order.
    pub statuses: Vec<DeskStatus>,
    pub quick_connects: Vec<DeskQuickConnect>,
    pub dispositions: Vec<String>,
    pub recent: Vec<DeskRecent>,
}

/// The members of [`Desk`] that changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DeskChange {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub agent: Option<DeskAgent>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub contacts: Option<Vec<DeskContact>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media: Option<DeskMedia>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queues: Option<Vec<DeskQueue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub statuses: Option<Vec<DeskStatus>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub quick_connects: Option<Vec<DeskQuickConnect>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dispositions: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recent: Option<Vec<DeskRecent>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskAgent {
    pub id: AgentId,
    pub username: String,
    pub name: String,
    /// `ko` or `en`.
    pub language: String,
    pub status: AgentStatusId,
    /// What the person is doing, by activity precedence: `offline custom available incoming connecting connected hold
    /// acw missed rejected error`.
    pub activity: String,
    pub since_ms: i64,
    pub next_status: Option<AgentStatusId>,
    /// True when contacts may be offered now; else why not, as a stable code (`media_not_ready`, `status`, `busy`).
    pub routable: bool,
    pub not_routable_why: Option<String>,
    pub auto_accept: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskContact {
    pub id: ContactId,
    pub channel: Channel,
    pub method: InitiationMethod,
    pub state: AgentContactState,
    pub state_since_ms: i64,
    pub customer: String,
    pub customer_name: String,
    pub queue: Option<String>,
    /// Shown while ringing: how long the customer had waited, ms.
    pub waited_ms: u64,
    /// Ringing: when the offer is missed. ACW: when its limit ends it.
    pub deadline_ms: Option<i64>,
    pub muted: bool,
    /// The press is on its way to the endpoint and not confirmed yet.
    pub mute_pending: bool,
    pub recording: bool,
    pub connected_ms: Option<i64>,
    pub note: String,
    pub disposition: Option<String>,
    /// Attributes set by flows, for the agent to see.
    pub attributes: std::collections::BTreeMap<String, String>,
    /// Stable code for missed, rejected and failed: `missed`, `customer_left`, `media_failed`, `busy`, `no_answer` …
    pub reason: Option<String>,
    /// Actions that make sense now, by the names of [`Command`]; the page disables the rest.
    pub can: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskMedia {
    pub path: MediaPath,
    pub ready: bool,
    /// `unpaired`, `offline`, `ready`, `ringing`, `connecting`, `live`.
    pub state: String,
    /// Name of the endpoint, for example `PC-114`.
    pub device_name: Option<String>,
    pub device: Option<DeviceId>,
    /// `good`, `fair`, `poor`, from the last 5 s, while a call is live.
    pub quality: Option<String>,
    pub reason: Option<String>,
    /// Media agent's view: mute as the endpoint confirms it.
    pub muted: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskQueue {
    pub id: QueueId,
    pub name: String,
    pub waiting: u32,
    /// When the longest-waiting contact was enqueued.
    pub oldest_ms: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskStatus {
    pub id: AgentStatusId,
    pub name: String,
    pub kind: AgentStatusKind,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskQuickConnect {
    pub id: QuickConnectId,
    pub name: String,
    /// `phone_number`, `agent`, `queue`
    pub kind: String,
    /// Agents: reachable now. Others: true.
    pub available: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DeskRecent {
    pub contact: ContactId,
    pub customer: String,
    pub queue: Option<String>,
    pub at_ms: i64,
    pub method: InitiationMethod,
    /// `handled`, `missed`, `rejected`, `failed`
    pub outcome: String,
}
