//! The flow interpreter's door: one flow running on one contact, as a machine. The floor owns an [`Execution`] per
//! running flow, feeds it [`FlowInput`]s and carries out its [`FlowEffect`]s.

pub mod actions;
pub mod document;
pub mod execution;
pub mod expr;
pub mod finding;
pub mod fuzz;
pub mod lint;
pub mod rehearsal;

pub use document::{Document, DocumentError};
pub use execution::Execution;
pub use finding::{Finding, Severity};
pub use lint::{lint, lint_text};

use crate::io::{PlaybackOutcome, PromptSource};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use twinline_model::*;

/// What a running flow may ask about its surroundings. Read-only; answers hold for this step.
pub trait FlowWorld {
    fn centre(&self) -> &Centre;
    /// The parsed document of a flow's current version; parsed once per configuration, not per call.
    fn document(&self, flow: FlowId) -> Option<std::sync::Arc<document::Document>>;
    /// Contact data for JSONPath: `$.Attributes.*`, `$.Queue.*`, `$.CustomerEndpoint.*`, `$.Channel` …
    fn contact(&self) -> &ContactData;
    fn queue_counts(&self, queue: QueueId) -> QueueCounts;
}

/// The contact as expressions see it. The floor keeps it; the interpreter changes it only through effects.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ContactData {
    pub contact: ContactId,
    pub initial_contact: Option<ContactId>,
    pub previous_contact: Option<ContactId>,
    pub channel: Channel,
    pub method: InitiationMethod,
    pub customer: Endpoint,
    pub system: Endpoint,
    pub attributes: BTreeMap<String, String>,
    pub target_queue: Option<QueueId>,
    pub target_agent: Option<AgentId>,
    pub language: String,
    pub voice: String,
    pub sip_headers: BTreeMap<String, String>,
    /// Filled in whisper, hold and transfer-to-agent flows only.
    pub agent: Option<AgentId>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    pub waiting: u32,
    pub oldest_wait: Duration,
    pub agents_staffed: u32,
    pub agents_available: u32,
    pub agents_online: u32,
}

/// What a running flow is told.
#[derive(Clone, Debug, PartialEq)]
pub enum FlowInput {
    /// Run from the start action. Given once.
    Start,
    /// The playback that the flow last asked for is over. Not told of one that was replaced or that the flow itself
    /// stopped: the floor drops those by their `PlaybackId`.
    PlaybackDone {
        outcome: PlaybackOutcome,
    },
    Digit(char),
    /// The time of `Step::wake_at` has come.
    Wake,
    /// `FlowEffect::Enqueue` was carried out or refused.
    Enqueued {
        result: Result<(), EnqueueError>,
    },
    /// The flow is no longer wanted (the agent answered, the customer left); it ends without further effects.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum EnqueueError {
    QueueAtCapacity,
    NoTargetQueue,
}

/// What a running flow wants done, in order.
#[derive(Clone, Debug, PartialEq)]
pub enum FlowEffect {
    /// Play on the flow's leg. At most one playback per flow at a time; a new one replaces it.
    Play {
        prompt: PromptSource,
        repeat: bool,
    },
    StopPlay,
    SetAttributes {
        attributes: BTreeMap<String, String>,
        related: bool,
    },
    /// Takes the place of a target agent.
    SetTargetQueue {
        queue: QueueId,
    },
    /// Takes the place of a target queue.
    SetTargetAgent {
        agent: AgentId,
    },
    SetVoice {
        language: String,
        voice: String,
    },
    /// Put the contact into its target queue; `FlowInput::Enqueued` answers at once.
    Enqueue,
    SetHook {
        hook: Hook,
        flow: Option<FlowId>,
    },
    SetRecording {
        customer: bool,
        agent: bool,
        ivr: bool,
    },
    SetLogging {
        on: bool,
    },
    /// Hang up the customer.
    Disconnect,
    /// An event for the contact's history; digits are never in it.
    Log {
        flow: FlowId,
        action: String,
        kind: String,
        result: String,
    },
    /// Another flow took over in this execution.
    FlowChanged {
        flow: FlowId,
        name: String,
        version: u32,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Hook {
    AgentHold,
    AgentWhisper,
    CustomerHold,
    CustomerQueue,
    CustomerRemaining,
    CustomerWhisper,
    DefaultAgentUI,
    DisconnectAgentUI,
    PauseContact,
    ResumeContact,
}

/// The outcome of one feeding.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    pub effects: Vec<FlowEffect>,
    pub state: FlowState,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum FlowState {
    /// Waits for an input; wants `Wake` at this time, if any.
    Waiting { wake_at: Option<Timestamp> },
    /// Handed over to a queue: nothing more will come from this execution.
    Queued,
    /// Ended by `EndFlowExecution`, by an action without a next one, or by `Stop`.
    Ended,
    /// Asked to disconnect the customer.
    Disconnected,
    /// Broken: step budget exceeded without an error branch, or the document cannot go on.
    Failed { reason: String },
}

#[cfg(test)]
mod tests;
