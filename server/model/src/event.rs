//! Every event told to the world. Metrics, reports, wallboards and webhooks are projections of these.

use crate::*;
use serde::{Deserialize, Serialize};

/// An event with its place in history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Occurrence {
    pub id: EventId,
    pub at: Timestamp,
    #[serde(flatten)]
    pub event: Event,
}

/// What happened. Externally documented; variants and fields are only ever added.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Event {
    /// A contact exists.
    Initiated {
        contact: ContactId,
        channel: Channel,
        method: InitiationMethod,
        from: String,
        to: String,
    },
    /// The centre has answered the customer.
    ConnectedToSystem {
        contact: ContactId,
    },
    /// Attributes, target queue or other data of the contact changed; names only, values stay with the contact.
    ContactDataUpdated {
        contact: ContactId,
        names: Vec<String>,
    },
    /// A flow began on the contact.
    FlowStarted {
        contact: ContactId,
        flow: FlowId,
        name: String,
        version: u32,
    },
    /// One action of a flow ran; `result` is the branch taken. Digits are never in it.
    FlowAction {
        contact: ContactId,
        flow: FlowId,
        action: String,
        kind: String,
        result: String,
    },
    /// A flow ended on the contact.
    FlowEnded {
        contact: ContactId,
        flow: FlowId,
        outcome: String,
    },
    /// The contact waits in a queue. `position` counts from 1.
    Queued {
        contact: ContactId,
        queue: QueueId,
        position: u32,
    },
    /// The contact left the queue without an agent.
    Dequeued {
        contact: ContactId,
        queue: QueueId,
        why: String,
    },
    /// An agent was reserved and is being rung.
    Offered {
        contact: ContactId,
        agent: AgentId,
        path: MediaPath,
    },
    /// The offer ended otherwise than by acceptance: `missed`, `rejected`, `media_failed`, `customer_left`, `agent_left`.
    OfferEnded {
        contact: ContactId,
        agent: AgentId,
        why: String,
    },
    /// The agent accepted; the audio may still be on its way.
    Accepted {
        contact: ContactId,
        agent: AgentId,
    },
    /// Customer and agent hear each other.
    ConnectedToAgent {
        contact: ContactId,
        agent: AgentId,
    },
    Held {
        contact: ContactId,
        by: String,
    },
    Resumed {
        contact: ContactId,
    },
    Muted {
        contact: ContactId,
        agent: AgentId,
        muted: bool,
    },
    RecordingStarted {
        contact: ContactId,
        recording: RecordingId,
    },
    RecordingPaused {
        contact: ContactId,
        recording: RecordingId,
        paused: bool,
    },
    RecordingEnded {
        contact: ContactId,
        recording: RecordingId,
        duration_ms: u64,
    },
    /// The contact was passed on; `next` is the chained contact when one was made.
    Transferred {
        contact: ContactId,
        to: String,
        next: Option<ContactId>,
    },
    /// A leg could not be set up or failed.
    LegFailed {
        contact: ContactId,
        participant: String,
        reason: String,
    },
    Disconnected {
        contact: ContactId,
        reason: DisconnectReason,
    },
    /// After-contact work is over: the record is final.
    Completed {
        contact: ContactId,
    },
    /// Audio quality of one leg, each 5 s.
    Quality {
        contact: ContactId,
        leg: LegId,
        quality: LegQuality,
    },

    /// The agent signed in or out, or something in the agent's snapshot changed: the agent event stream.
    Agent(Box<AgentEvent>),
    /// The path of the agent's audio came, went or changed.
    MediaPathChanged {
        agent: AgentId,
        path: MediaPath,
        ready: bool,
        reason: String,
    },
    /// A fault of ours that touched one contact; the rest of the centre went on.
    Fault {
        contact: Option<ContactId>,
        what: String,
    },
}

impl Event {
    pub fn contact(&self) -> Option<ContactId> {
        use Event::*;
        match self {
            Initiated { contact, .. }
            | ConnectedToSystem { contact }
            | ContactDataUpdated { contact, .. }
            | FlowStarted { contact, .. }
            | FlowAction { contact, .. }
            | FlowEnded { contact, .. }
            | Queued { contact, .. }
            | Dequeued { contact, .. }
            | Offered { contact, .. }
            | OfferEnded { contact, .. }
            | Accepted { contact, .. }
            | ConnectedToAgent { contact, .. }
            | Held { contact, .. }
            | Resumed { contact }
            | Muted { contact, .. }
            | RecordingStarted { contact, .. }
            | RecordingPaused { contact, .. }
            | RecordingEnded { contact, .. }
            | Transferred { contact, .. }
            | LegFailed { contact, .. }
            | Disconnected { contact, .. }
            | Completed { contact }
            | Quality { contact, .. } => Some(*contact),
            Fault { contact, .. } => *contact,
            Agent(_) | MediaPathChanged { .. } => None,
        }
    }

    pub fn agent(&self) -> Option<AgentId> {
        use Event::*;
        match self {
            Offered { agent, .. }
            | OfferEnded { agent, .. }
            | Accepted { agent, .. }
            | ConnectedToAgent { agent, .. }
            | Muted { agent, .. }
            | MediaPathChanged { agent, .. } => Some(*agent),
            Agent(event) => Some(event.agent),
            _ => None,
        }
    }
}

/// One entry of the agent event stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentEvent {
    /// Our id of the agent the ARN names.
    pub agent: AgentId,
    pub event_type: AgentEventType,
    pub version: String,
    #[serde(rename = "InstanceARN")]
    pub instance_arn: String,
    #[serde(rename = "AgentARN")]
    pub agent_arn: String,
    pub current_agent_snapshot: Option<AgentSnapshot>,
    pub previous_agent_snapshot: Option<AgentSnapshot>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgentEventType {
    Login,
    Logout,
    StateChange,
    HeartBeat,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentSnapshot {
    pub agent_status: StatusSnapshot,
    pub next_agent_status: Option<StatusSnapshot>,
    pub configuration: ConfigurationSnapshot,
    pub contacts: Vec<ContactSnapshot>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StatusSnapshot {
    #[serde(rename = "ARN")]
    pub arn: String,
    pub name: String,
    pub start_timestamp: String,
    #[serde(rename = "Type")]
    pub kind: AgentStatusKind,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConfigurationSnapshot {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub routing_profile: Option<NamedArn>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactSnapshot {
    pub contact_id: ContactId,
    pub initial_contact_id: Option<ContactId>,
    pub channel: Channel,
    pub initiation_method: InitiationMethod,
    pub state: AgentContactState,
    pub state_start_timestamp: String,
    pub connected_to_agent_timestamp: Option<String>,
    pub queue_timestamp: Option<String>,
    pub queue: Option<NamedArn>,
}
