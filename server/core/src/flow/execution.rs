//! One flow running on one contact: cursor, memory, step budget.
//!
//! ```text
//!   Fresh ──Start──► runs ──► Waiting ──input──► runs ──► … ──► Over
//! ```
//!
//! An execution runs as many actions as it can at once, at most [`STEP_BUDGET`], and stops where one waits for something
//! from outside. A branch that a document lacks is looked for in this order: the error named, NoMatchingError,
//! NextAction; without any of them the flow has failed.

use super::{
    ContactData, Document, FlowEffect, FlowInput, FlowState, FlowWorld, Step,
    actions::{self, NO_MATCHING_CONDITION, NO_MATCHING_ERROR, Next, Turn, compare, input::Collecting},
    document::Action,
};
use serde::{Deserialize, Serialize};
use std::{borrow::Cow, collections::BTreeMap, fmt, sync::Arc, time::Duration};
use twinline_model::*;

/// Most actions run without waiting for anything from outside.
pub const STEP_BUDGET: u32 = 1_000;
/// A wait that is over sooner (a prompt that cannot be had, an empty one, a full queue) was none: a flow cannot spin through
/// the outside either. One frame of sound.
const SHORTEST_WAIT: Duration = Duration::from_millis(20);
/// More actions granted, once, to the error branch of the action at which the budget ended.
const LAST_STEPS: u32 = 100;

/// A running flow. To journal it, serialise it: keys that a caller pressed are left out, and the document is asked for
/// again (its current version) when it goes on after that.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Execution {
    flow: FlowId,
    version: u32,
    kind: FlowKind,
    place: Place,
    memory: Memory,
    budget: Budget,
    #[serde(skip)]
    document: Option<Arc<Document>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum Place {
    Fresh,
    Waiting { action: String, wait: Wait, wake_at: Option<Timestamp>, since: Timestamp },
    Over(FlowState),
}

/// How far a flow may still go without waiting.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Budget {
    /// Actions run since the last wait.
    steps: u32,
    /// It ended once already, since then.
    spent: bool,
}

/// What an action waits for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Wait {
    Message,
    Messages,
    Input(Collecting),
    Enqueue,
}

/// What a flow remembers from action to action.
#[derive(Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Memory {
    pub flow_attributes: BTreeMap<String, String>,
    /// Times each `Loop` went round, by identifier.
    pub loops: BTreeMap<String, u32>,
    /// `$.StoredCustomerInput`: keys a caller pressed, never written to the journal.
    #[serde(skip)]
    pub stored_input: Option<String>,
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("flow_attributes", &self.flow_attributes.len())
            .field("loops", &self.loops)
            .field("stored_input", &self.stored_input.is_some())
            .finish()
    }
}

impl Execution {
    /// A flow about to run; it begins with `FlowInput::Start`.
    pub fn start(flow: FlowId, version: u32, kind: FlowKind) -> Self {
        let (memory, budget) = (Memory::default(), Budget::default());
        Self { flow, version, kind, place: Place::Fresh, memory, budget, document: None }
    }

    /// The flow that runs now; `TransferToFlow` changes it.
    pub fn flow(&self) -> FlowId {
        self.flow
    }

    pub fn version(&self) -> u32 {
        self.version
    }

    pub fn kind(&self) -> FlowKind {
        self.kind
    }

    /// Identifier of the action that waits.
    pub fn action(&self) -> Option<&str> {
        match &self.place {
            Place::Waiting { action, .. } => Some(action),
            Place::Fresh | Place::Over(_) => None,
        }
    }

    pub fn state(&self) -> FlowState {
        match &self.place {
            Place::Fresh => FlowState::Waiting { wake_at: None },
            Place::Waiting { wake_at, .. } => FlowState::Waiting { wake_at: *wake_at },
            Place::Over(state) => state.clone(),
        }
    }

    pub fn is_over(&self) -> bool {
        matches!(self.place, Place::Over(_))
    }

    /// Feed one input. Inputs that nothing waits for change nothing; after the end there are no more effects.
    pub fn handle(&mut self, now: Timestamp, input: FlowInput, world: &dyn FlowWorld) -> Step {
        let effects = match (&self.place, &input) {
            (Place::Over(_), _) => Vec::new(),
            (_, FlowInput::Stop) => {
                self.place = Place::Over(FlowState::Ended);
                Vec::new()
            }
            (Place::Fresh, FlowInput::Start) => self.run(now, None, world),
            (Place::Fresh, _) | (_, FlowInput::Start) => Vec::new(),
            (Place::Waiting { wake_at, .. }, FlowInput::Wake) if wake_at.is_none_or(|at| now < at) => Vec::new(),
            (Place::Waiting { .. }, _) => self.run(now, Some(&input), world),
        };
        Step { effects, state: self.state() }
    }

    /// Run from the start, or from the action that waits with what it is told, to the next wait or the end.
    fn run(&mut self, now: Timestamp, told: Option<&FlowInput>, world: &dyn FlowWorld) -> Vec<FlowEffect> {
        let contact: Cow<'_, ContactData> = Cow::Borrowed(world.contact());
        let mut runner = Runner { now, world, contact, effects: Vec::new() };
        let over = match runner.drive(self, told) {
            Ok(()) => return runner.effects,
            Err(state) => state,
        };
        self.place = Place::Over(over);
        runner.effects
    }
}

/// One feeding of an execution.
struct Runner<'w> {
    now: Timestamp,
    world: &'w dyn FlowWorld,
    contact: Cow<'w, ContactData>,
    effects: Vec<FlowEffect>,
}

/// Where a branch leads.
enum Branch {
    To(String),
    Flow(FlowId),
    Wait { wait: Wait, wake_at: Option<Timestamp> },
    Over(FlowState),
}

fn failed(reason: impl Into<String>) -> FlowState {
    FlowState::Failed { reason: reason.into() }
}

impl<'w> Runner<'w> {
    /// `Err`: the flow is over in this state.
    fn drive(&mut self, execution: &mut Execution, told: Option<&FlowInput>) -> Result<(), FlowState> {
        let mut document = self.document(execution)?;
        let (mut at, mut resumed) = match std::mem::replace(&mut execution.place, Place::Fresh) {
            Place::Waiting { action, wait, wake_at, since } => {
                if self.now.since(since) >= SHORTEST_WAIT {
                    execution.budget = Budget::default();
                }
                (action, told.map(|input| (wait, wake_at, since, input)))
            }
            Place::Fresh | Place::Over(_) => (document.start().to_owned(), None),
        };
        let mut since;
        loop {
            let missing = || failed(format!("action \"{at}\" does not exist"));
            let action = document.action(&at).ok_or_else(missing)?;
            let next = match resumed.take() {
                Some((wait, wake_at, began, input)) => {
                    since = began;
                    self.resume(execution, action, wait, wake_at, input)
                }
                None => {
                    since = self.now;
                    self.begin(execution, action)?
                }
            };
            match self.follow(execution, action, next) {
                Branch::To(next) => at = next,
                Branch::Flow(flow) => {
                    self.enter(execution, flow)?;
                    document = self.document(execution)?;
                    at = document.start().to_owned();
                }
                Branch::Wait { wait, wake_at } => {
                    execution.place = Place::Waiting { action: at, wait, wake_at, since };
                    return Ok(());
                }
                Branch::Over(state) => return Err(state),
            }
        }
    }

    fn document(&self, execution: &mut Execution) -> Result<Arc<Document>, FlowState> {
        if execution.document.is_none() {
            execution.document = self.world.document(execution.flow);
        }
        execution.document.clone().ok_or_else(|| failed(format!("flow {} cannot be read", execution.flow)))
    }

    fn enter(&mut self, execution: &mut Execution, id: FlowId) -> Result<(), FlowState> {
        let flow = self.world.centre().flows.get(&id).ok_or_else(|| failed(format!("flow {id} does not exist")))?;
        execution.flow = id;
        execution.version = flow.version;
        execution.kind = flow.kind;
        execution.document = None;
        execution.memory.flow_attributes.clear();
        execution.memory.loops.clear();
        self.effects.push(FlowEffect::FlowChanged { flow: id, name: flow.name.clone(), version: flow.version });
        Ok(())
    }

    /// Run an action that was just come to.
    fn begin(&mut self, execution: &mut Execution, action: &Action) -> Result<Next, FlowState> {
        let budget = &mut execution.budget;
        budget.steps += 1;
        if budget.steps > STEP_BUDGET {
            let reason = format!("{STEP_BUDGET} actions ran without waiting, up to \"{}\"", action.id);
            if budget.spent || action.error(NO_MATCHING_ERROR).is_none() {
                self.log(execution, action, "StepBudgetExceeded");
                return Err(failed(reason));
            }
            *budget = Budget { steps: STEP_BUDGET - LAST_STEPS, spent: true };
            return Ok(Next::Error(NO_MATCHING_ERROR));
        }
        let Some(kind) = actions::find(&action.kind) else { return Ok(Next::Error(NO_MATCHING_ERROR)) };
        let wrong_channel = kind.voice_only && self.contact.channel != Channel::Voice;
        if wrong_channel || !kind.allowed_in(execution.kind) {
            return Ok(Next::Error(NO_MATCHING_ERROR));
        }
        let run = |turn: &mut Turn<'_>| (kind.run)(turn).unwrap_or(Next::Error(NO_MATCHING_ERROR));
        Ok(self.turn(execution, action, None, run))
    }

    fn resume(
        &mut self,
        execution: &mut Execution,
        action: &Action,
        wait: Wait,
        wake_at: Option<Timestamp>,
        input: &FlowInput,
    ) -> Next {
        match actions::find(&action.kind) {
            Some(kind) => self.turn(execution, action, wake_at, |turn| (kind.resume)(turn, wait, input)),
            None => Next::Error(NO_MATCHING_ERROR),
        }
    }

    fn turn(
        &mut self,
        execution: &mut Execution,
        action: &Action,
        wake_at: Option<Timestamp>,
        act: impl FnOnce(&mut Turn<'_>) -> Next,
    ) -> Next {
        let mut turn = Turn {
            now: self.now,
            wake_at,
            action,
            world: self.world,
            memory: &mut execution.memory,
            contact: std::mem::replace(&mut self.contact, Cow::Borrowed(self.world.contact())),
            effects: std::mem::take(&mut self.effects),
        };
        let next = act(&mut turn);
        let changed = match turn.contact {
            Cow::Owned(contact) => Some(contact),
            Cow::Borrowed(_) => None,
        };
        self.effects = turn.effects;
        if let Some(contact) = changed {
            self.contact = Cow::Owned(contact);
        }
        next
    }

    fn follow(&mut self, execution: &Execution, action: &Action, next: Next) -> Branch {
        let (result, branch) = match next {
            Next::Wait { wait, wake_at } => return Branch::Wait { wait, wake_at },
            Next::Proceed => {
                ("Success", action.next().map_or(Branch::Over(FlowState::Ended), |next| Branch::To(next.to_owned())))
            }
            Next::Result { value, word } => match self.condition(execution, action, &value) {
                Some(next) => (word, Branch::To(next.to_owned())),
                None => (NO_MATCHING_CONDITION, error_branch(action, NO_MATCHING_CONDITION)),
            },
            Next::NoMatch => (NO_MATCHING_CONDITION, error_branch(action, NO_MATCHING_CONDITION)),
            Next::Error(error) => (error, error_branch(action, error)),
            Next::Flow(flow) => ("Success", Branch::Flow(flow)),
            Next::Queued => ("Success", Branch::Over(FlowState::Queued)),
            Next::Ended => ("Success", Branch::Over(FlowState::Ended)),
            Next::Disconnected => ("Success", Branch::Over(FlowState::Disconnected)),
        };
        self.log(execution, action, result);
        if matches!(branch, Branch::Over(FlowState::Disconnected)) {
            self.effects.push(FlowEffect::Disconnect);
        }
        branch
    }

    fn condition<'d>(&self, execution: &Execution, action: &'d Action, value: &str) -> Option<&'d str> {
        let scope = super::expr::Scope {
            centre: self.world.centre(),
            contact: &self.contact,
            flow_attributes: &execution.memory.flow_attributes,
            stored_input: execution.memory.stored_input.as_deref(),
        };
        let branch = action.conditions().iter().find(|branch| compare::fits(&branch.condition, value, scope))?;
        Some(branch.next.as_str()).filter(|next| !next.is_empty())
    }

    fn log(&mut self, execution: &Execution, action: &Action, result: &str) {
        self.effects.push(FlowEffect::Log {
            flow: execution.flow,
            action: action.id.clone(),
            kind: action.kind.clone(),
            result: result.to_owned(),
        });
    }
}

fn error_branch(action: &Action, error: &str) -> Branch {
    let next = match error {
        // No condition fits is an answer, not a fault: what is always next comes before NoMatchingError.
        NO_MATCHING_CONDITION => action.error(error).or(action.next()).or(action.error(NO_MATCHING_ERROR)),
        _ => action.error(error).or(action.error(NO_MATCHING_ERROR)).or(action.next()),
    };
    match next {
        Some(next) => Branch::To(next.to_owned()),
        None => Branch::Over(failed(format!("action \"{}\" has no branch for {error}", action.id))),
    }
}
