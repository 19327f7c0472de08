//! The catalogue of actions. An action is one file's entry (purpose, parameters, results, errors, example) and its
//! line in [`all`]. Linter, designer, schema and manual are made from the same entries.

use super::{
    ContactData, FlowEffect, FlowInput, FlowWorld,
    document::Action,
    execution::{Memory, Wait},
    expr::Scope,
};
use serde::Serialize;
use std::{borrow::Cow, collections::BTreeMap};
use twinline_model::*;

pub mod attributes;
pub mod behavior;
pub mod compare;
pub mod ending;
mod fields;
pub mod hooks;
pub mod hours;
pub mod input;
pub mod loops;
pub mod phone;
pub mod prompt;
pub mod queue;
pub mod transfer;

pub use fields::ParameterError;
pub(crate) use fields::{as_text, integer_of, reference};

/// All actions that run, in the order the designer shows them.
pub fn all() -> &'static [&'static ActionKind] {
    &[
        &prompt::MESSAGE,
        &input::GET,
        &prompt::ITERATE,
        &compare::COMPARE,
        &attributes::CONTACT,
        &attributes::FLOW,
        &hours::CHECK,
        &queue::TARGET,
        &queue::TRANSFER,
        &hooks::HOOKS,
        &loops::LOOP,
        &transfer::FLOW,
        &behavior::RECORDING,
        &behavior::VOICE,
        &behavior::LOGGING,
        &ending::DISCONNECT,
        &ending::END,
    ]
}

pub fn find(name: &str) -> Option<&'static ActionKind> {
    all().iter().copied().find(|kind| kind.name == name)
}

/// What is taken when no other error branch fits.
pub const NO_MATCHING_ERROR: &str = "NoMatchingError";
/// What is taken when no condition fits.
pub const NO_MATCHING_CONDITION: &str = "NoMatchingCondition";

/// One kind of action.
#[derive(Serialize)]
pub struct ActionKind {
    /// `Type` on the wire.
    pub name: &'static str,
    pub purpose: &'static str,
    pub parameters: &'static [Parameter],
    /// Groups of parameters of which exactly one is given.
    pub one_of: &'static [&'static [&'static str]],
    pub results: Results,
    pub errors: &'static [ErrorKind],
    /// Other channels take NoMatchingError.
    pub voice_only: bool,
    /// Flow kinds it may stand in; in others it takes NoMatchingError.
    pub flows: &'static [FlowKind],
    pub leads: Leads,
    /// Whether it waits for something from outside before its result stands.
    pub waits: bool,
    /// An action with all members, as JSON.
    pub example: &'static str,
    #[serde(skip)]
    pub run: fn(&mut Turn<'_>) -> Result<Next, ParameterError>,
    /// Told an input while it waits.
    #[serde(skip)]
    pub resume: fn(&mut Turn<'_>, Wait, &FlowInput) -> Next,
}

#[derive(Serialize)]
pub struct Parameter {
    /// Path below `Parameters`, dotted: `DTMFConfiguration.DisableCancelKey`.
    pub name: &'static str,
    pub shape: Shape,
    pub required: bool,
    pub fill: Fill,
    pub about: &'static str,
}

/// What a parameter holds. Integers and booleans are strings on the wire (`"5"`, `"True"`); numbers and JSON booleans
/// are taken too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Shape {
    /// At most so many characters.
    Text(usize),
    Integer(u32, u32),
    Boolean,
    Choice(&'static [&'static str]),
    Prompt,
    Queue,
    Agent,
    Hours,
    Flow,
    /// Names to texts.
    TextMap,
    /// Names to flows.
    FlowMap,
    /// Names to `{"Value": text}`.
    ValueMap,
    List,
    Object,
}

/// How a parameter may be filled in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Fill {
    Fixed,
    /// Fixed or one JSONPath.
    Path,
    /// Text with JSONPaths in it.
    Text,
}

/// What conditions are compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Results {
    None,
    /// One of these words; those with `true` need a branch.
    Words(&'static [(&'static str, bool)]),
    /// One key.
    Key,
    /// Any value.
    Value,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct ErrorKind {
    pub name: &'static str,
    /// Whether a flow must have the branch.
    pub required: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Leads {
    /// To `NextAction`, which must be there.
    On,
    /// Where its result says; `NextAction` must be there on the wire and is taken when no branch fits.
    ByResult,
    /// To `NextAction`, if there is one.
    Maybe,
    /// Nowhere: the flow is over.
    Nowhere,
}

impl ActionKind {
    pub fn parameter(&self, name: &str) -> Option<&'static Parameter> {
        self.parameters.iter().find(|parameter| parameter.name == name)
    }

    pub fn allowed_in(&self, flow: FlowKind) -> bool {
        self.flows.contains(&flow)
    }
}

/// What an action comes to.
#[derive(Clone, Debug, PartialEq)]
pub enum Next {
    /// `NextAction`.
    Proceed,
    /// The branch whose condition fits `value`. `word`: what the log says, never a key that was pressed.
    Result {
        value: String,
        word: &'static str,
    },
    /// No value to compare.
    NoMatch,
    Error(&'static str),
    /// Nothing yet.
    Wait {
        wait: Wait,
        wake_at: Option<Timestamp>,
    },
    Flow(FlowId),
    Queued,
    Ended,
    Disconnected,
}

/// What an action has to work with.
pub struct Turn<'a> {
    pub now: Timestamp,
    /// When a waiting action wanted to be woken.
    pub wake_at: Option<Timestamp>,
    pub action: &'a Action,
    pub world: &'a dyn FlowWorld,
    pub memory: &'a mut Memory,
    /// The contact as it is after this step's effects so far.
    pub contact: Cow<'a, ContactData>,
    pub effects: Vec<FlowEffect>,
}

impl<'a> Turn<'a> {
    pub fn centre(&self) -> &'a Centre {
        self.world.centre()
    }

    pub fn scope(&self) -> Scope<'_> {
        Scope {
            centre: self.world.centre(),
            contact: &self.contact,
            flow_attributes: &self.memory.flow_attributes,
            stored_input: self.memory.stored_input.as_deref(),
        }
    }

    /// Ask for something to be done; later actions of the same step see it done.
    pub fn effect(&mut self, effect: FlowEffect) {
        match &effect {
            FlowEffect::SetAttributes { attributes, related: false } => {
                self.contact.to_mut().attributes.extend(attributes.clone());
            }
            FlowEffect::SetTargetQueue { queue } => {
                let contact = self.contact.to_mut();
                contact.target_queue = Some(*queue);
                contact.target_agent = None;
            }
            FlowEffect::SetTargetAgent { agent } => {
                let contact = self.contact.to_mut();
                contact.target_agent = Some(*agent);
                contact.target_queue = None;
            }
            FlowEffect::SetVoice { language, voice } => {
                let contact = self.contact.to_mut();
                contact.language.clone_from(language);
                contact.voice.clone_from(voice);
            }
            _ => {}
        }
        self.effects.push(effect);
    }

    /// Bytes of names and values of the contact's attributes once these are set.
    pub fn attribute_bytes_with(&self, new: &BTreeMap<String, String>) -> usize {
        let kept = self.contact.attributes.iter().filter(|(name, _)| !new.contains_key(*name));
        kept.chain(new.iter()).map(|(name, value)| name.len() + value.len()).sum()
    }
}

/// For actions that never wait.
fn never_waits(_: &mut Turn<'_>, wait: Wait, _: &FlowInput) -> Next {
    Next::Wait { wait, wake_at: None }
}

const fn needed(name: &'static str) -> ErrorKind {
    ErrorKind { name, required: true }
}

const fn offered(name: &'static str) -> ErrorKind {
    ErrorKind { name, required: false }
}

const ERROR: ErrorKind = needed(NO_MATCHING_ERROR);
const ERROR_OFFERED: ErrorKind = offered(NO_MATCHING_ERROR);

const EVERY_FLOW: &[FlowKind] = &[
    FlowKind::ContactFlow,
    FlowKind::CustomerQueue,
    FlowKind::CustomerHold,
    FlowKind::CustomerWhisper,
    FlowKind::AgentHold,
    FlowKind::AgentWhisper,
    FlowKind::OutboundWhisper,
    FlowKind::AgentTransfer,
    FlowKind::QueueTransfer,
    FlowKind::Campaign,
    FlowKind::Module,
];
/// Inbound flows (and what runs in their place) and transfer flows.
const INBOUND_TRANSFER: &[FlowKind] =
    &[FlowKind::ContactFlow, FlowKind::AgentTransfer, FlowKind::QueueTransfer, FlowKind::Campaign, FlowKind::Module];
const INBOUND_TRANSFER_QUEUE: &[FlowKind] = &[
    FlowKind::ContactFlow,
    FlowKind::AgentTransfer,
    FlowKind::QueueTransfer,
    FlowKind::Campaign,
    FlowKind::Module,
    FlowKind::CustomerQueue,
];
const INBOUND_TRANSFER_QUEUE_OUTBOUND: &[FlowKind] = &[
    FlowKind::ContactFlow,
    FlowKind::AgentTransfer,
    FlowKind::QueueTransfer,
    FlowKind::Campaign,
    FlowKind::Module,
    FlowKind::CustomerQueue,
    FlowKind::OutboundWhisper,
];
const INBOUND_TRANSFER_QUEUE_WHISPER: &[FlowKind] = &[
    FlowKind::ContactFlow,
    FlowKind::AgentTransfer,
    FlowKind::QueueTransfer,
    FlowKind::Campaign,
    FlowKind::Module,
    FlowKind::CustomerQueue,
    FlowKind::CustomerWhisper,
    FlowKind::AgentWhisper,
    FlowKind::OutboundWhisper,
];
const QUEUE_HOLD: &[FlowKind] = &[FlowKind::CustomerQueue, FlowKind::CustomerHold, FlowKind::AgentHold];
