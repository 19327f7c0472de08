//! The floor: contacts, agents and queues introduced to each other, behind one door.
//!
//! Mutate, then drain: [`Floor::handle_input`] or [`Floor::handle_timeout`], then [`Floor::poll_output`] until `None`,
//! then come back at [`Floor::poll_timeout`]. Every public mutation ends in `settle`, where what became fresh is matched
//! and what changed is journaled once.

mod after;
mod calls;
mod can;
mod commands;
mod flows;
mod offers;
mod outbound;
mod people;
mod restore;
mod show;
mod steps;
mod talk;
mod timers;
mod transfer;
mod view;

pub use can::can_table;
pub use view::*;

use crate::{
    acd::Acd,
    agent::People,
    contact::Contact,
    flow::document::Document,
    io::{AgentCommand, Input, Output},
};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use std::{
    collections::{BTreeMap, BTreeSet, VecDeque},
    sync::Arc,
};
use timers::{Timer, Timers};
use twinline_model::*;

/// Bounds of one floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloorLimits {
    /// Contacts at once; a call beyond it is hung up with `HangupCause::Overloaded`.
    pub contacts: usize,
}

impl Default for FloorLimits {
    fn default() -> Self {
        Self { contacts: 20_000 }
    }
}

/// Faults planted on purpose, to prove that the simulation finds them.
#[cfg(feature = "planted-bug")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Bug {
    /// An agent is rung without being reserved.
    OfferTwice,
}

/// The whole centre as one machine without clock, randomness or I/O.
pub struct Floor {
    centre: Arc<Centre>,
    /// Parsed once per configuration.
    documents: BTreeMap<FlowId, Arc<Document>>,
    /// Flow by plain number.
    numbers: BTreeMap<String, FlowId>,
    rng: ChaCha8Rng,
    limits: FloorLimits,
    /// The time of the input being handled; never goes back.
    now: Timestamp,
    contacts: BTreeMap<ContactId, Contact>,
    people: People,
    /// Whose leg it is, until the contact is gone.
    legs: BTreeMap<LegId, ContactId>,
    recordings: BTreeMap<RecordingId, ContactId>,
    acd: Acd,
    timers: Timers,
    /// Running number of places in queues.
    next_place: u64,
    outputs: VecDeque<Output>,
    /// Changed since the last settling.
    changed_contacts: BTreeSet<ContactId>,
    changed_agents: BTreeSet<AgentId>,
    live_changed: bool,
}

impl Floor {
    /// `seed` decides every id and every tie-break; it must differ from start to start, or ids repeat.
    pub fn new(centre: Arc<Centre>, seed: [u8; 32]) -> Self {
        let mut floor = Self {
            centre: centre.clone(),
            documents: BTreeMap::new(),
            numbers: BTreeMap::new(),
            rng: ChaCha8Rng::from_seed(seed),
            limits: FloorLimits::default(),
            now: Timestamp::default(),
            contacts: BTreeMap::new(),
            people: People::new(),
            legs: BTreeMap::new(),
            recordings: BTreeMap::new(),
            acd: Acd::default(),
            timers: Timers::default(),
            next_place: 1,
            outputs: VecDeque::new(),
            changed_contacts: BTreeSet::new(),
            changed_agents: BTreeSet::new(),
            live_changed: false,
        };
        floor.configure(centre);
        floor
    }

    #[must_use]
    pub fn with_limits(mut self, limits: FloorLimits) -> Self {
        self.limits = limits;
        self
    }

    pub fn handle_input(&mut self, now: Timestamp, input: Input) {
        self.now = self.now.max(now);
        match input {
            Input::Configured(centre) => self.configure(centre),
            Input::CallArrived(call) => self.call_arrived(call),
            Input::LegRinging { leg, early_media } => self.leg_ringing(leg, early_media),
            Input::LegAnswered { leg } => self.leg_answered(leg),
            Input::LegFailed { leg, cause } => self.leg_failed(leg, cause),
            Input::LegEnded { leg, cause } => self.leg_ended(leg, cause),
            Input::Digit { leg, digit } => self.digit(leg, digit),
            Input::PlaybackDone { leg, playback, outcome } => self.playback_done(leg, playback, outcome),
            Input::RecordingClosed { recording, duration, complete } => {
                self.recording_closed(recording, duration, complete);
            }
            Input::Quality { leg, quality } => self.quality(leg, quality),
            Input::Command { command, agent, what } => {
                let result = self.command(agent, what);
                self.emit(Output::CommandDone { command, result });
            }
            Input::Muted { agent, contact, on, local } => self.muted(agent, contact, on, local),
            Input::CcpLink { agent, up } => self.ccp_link(agent, up),
            Input::MediaPath { agent, path, ready, detail } => self.media_path(agent, path, ready, detail),
        }
        self.settle();
    }

    /// Fires what is due. Harmless when called early.
    pub fn handle_timeout(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
        while let Some(timer) = self.timers.pop_due(self.now) {
            self.fire(timer);
        }
        self.settle();
    }

    fn fire(&mut self, timer: Timer) {
        match timer {
            Timer::Offer(contact) => self.offer_missed(contact),
            Timer::MediaDue(contact) => self.offer_media_failed(contact),
            Timer::Flow(contact) => self.flow_wakes(contact),
            Timer::Dial(contact) => self.dial_overdue(contact),
            Timer::Regain(contact) => self.regain(contact),
            Timer::Files(contact) => self.files_lost(contact),
            Timer::Mute(agent, contact) => self.mute_unconfirmed(agent, contact),
            Timer::Acw(agent, contact) => self.acw_limit(agent, contact),
            Timer::Heartbeat(agent) => self.heartbeat(agent),
        }
    }

    pub fn poll_timeout(&self) -> Option<Timestamp> {
        match (self.timers.next(), self.acd.poll_timeout()) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        }
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The contact that an input concerns: whom to give up when handling it panics.
    pub fn concerns(&self, input: &Input) -> Option<ContactId> {
        match input {
            Input::CallArrived(call) => self.legs.get(&call.leg).copied(),
            Input::LegRinging { leg, .. }
            | Input::LegAnswered { leg }
            | Input::LegFailed { leg, .. }
            | Input::LegEnded { leg, .. }
            | Input::Digit { leg, .. }
            | Input::PlaybackDone { leg, .. }
            | Input::Quality { leg, .. } => self.legs.get(leg).copied(),
            Input::RecordingClosed { recording, .. } => self.recordings.get(recording).copied(),
            Input::Muted { contact, .. } => Some(*contact),
            Input::Command { what, .. } => command_contact(what),
            Input::Configured(_) | Input::CcpLink { .. } | Input::MediaPath { .. } => None,
        }
    }

    /// A fault of ours while handling an input: end that contact cleanly and go on with all others.
    pub fn fault(&mut self, now: Timestamp, contact: Option<ContactId>, what: &str) {
        self.now = self.now.max(now);
        self.happen(Event::Fault { contact, what: what.to_owned() });
        if let Some(contact) = contact {
            self.disconnect(contact, DisconnectReason::Other);
        }
        self.settle();
    }

    /// Plants a fault. Exists only with the feature `planted-bug`.
    #[cfg(feature = "planted-bug")]
    pub fn plant(&mut self, bug: Bug) {
        match bug {
            Bug::OfferTwice => self.acd.forgets_reservations = true,
        }
    }

    pub fn centre(&self) -> &Arc<Centre> {
        &self.centre
    }

    /// Takes the configuration over. Contacts under way keep the flow version they run.
    fn configure(&mut self, centre: Arc<Centre>) {
        let mut documents = BTreeMap::new();
        for flow in centre.flows.values() {
            let same = self.centre.flows.get(&flow.id).is_some_and(|old| old.content == flow.content);
            let parsed = match self.documents.get(&flow.id) {
                Some(document) if same => Ok(document.clone()),
                _ => Document::parse(&flow.content).map(Arc::new),
            };
            match parsed {
                Ok(document) => {
                    documents.insert(flow.id, document);
                }
                Err(error) => {
                    let what = format!("flow {} cannot be read: {error}", flow.id);
                    self.happen(Event::Fault { contact: None, what });
                }
            }
        }
        let numbers = centre.numbers.values().filter_map(|known| Some((plain_number(&known.number), known.flow?)));
        self.numbers = numbers.collect();
        self.documents = documents;
        self.centre = centre;
        self.acd.configure(&self.centre);
        self.end_the_stranded();
        let mut known: Vec<AgentId> = self.people.keys().copied().collect();
        known.retain(|agent| !self.centre.agents.contains_key(agent));
        for agent in known {
            self.forget_agent(agent);
        }
        let agents: Vec<AgentId> = self.people.keys().copied().collect();
        for agent in agents {
            self.touch_agent(agent);
        }
    }

    /// Contacts that wait for a queue or an agent that is no more: nobody would ever come.
    fn end_the_stranded(&mut self) {
        let stranded = |contact: &&Contact| {
            let Some(wait) = contact.wait.as_ref().filter(|_| contact.state.is_waiting()) else { return false };
            wait.queue.is_some_and(|queue| !self.centre.queues.contains_key(&queue))
                || wait.for_agent.is_some_and(|agent| !self.centre.agents.contains_key(&agent))
        };
        let ids: Vec<ContactId> = self.contacts.values().filter(stranded).map(Contact::id).collect();
        for id in ids {
            self.disconnect(id, DisconnectReason::Other);
        }
    }

    /// The flow that a dialled number starts.
    fn flow_of(&self, dialled: &str) -> Option<FlowId> {
        self.numbers.get(&plain_number(dialled)).copied()
    }

    /// Seats who changed, matches what became fresh, journals and announces what changed.
    fn settle(&mut self) {
        let mut seated = BTreeSet::new();
        loop {
            for agent in std::mem::take(&mut self.changed_agents) {
                self.seat(agent);
                seated.insert(agent);
            }
            let mut offered = false;
            while let Some(offer) = self.acd.next_offer(self.now) {
                self.ring(offer);
                offered = true;
            }
            if !offered && self.changed_agents.is_empty() {
                break;
            }
        }
        for agent in seated {
            self.announce_agent(agent);
        }
        for contact in std::mem::take(&mut self.changed_contacts) {
            if let Some(known) = self.contacts.get(&contact) {
                let state = serde_json::to_string(known).expect("a contact is plain data with string keys");
                self.outputs.push_back(Output::ContactState { contact, state });
            }
        }
        if std::mem::take(&mut self.live_changed) {
            self.outputs.push_back(Output::LiveChanged);
        }
    }
}

fn command_contact(what: &AgentCommand) -> Option<ContactId> {
    use AgentCommand::*;
    match what {
        Accept { contact }
        | Reject { contact }
        | Mute { contact, .. }
        | Hold { contact }
        | Resume { contact }
        | End { contact }
        | SendDigits { contact, .. }
        | Transfer { contact, .. }
        | Clear { contact }
        | FinishAcw { contact }
        | ExtendAcw { contact, .. }
        | SetNote { contact, .. }
        | SetDisposition { contact, .. } => Some(*contact),
        SignIn | SignOut | SetStatus { .. } | CancelNextStatus | Dial { .. } => None,
    }
}

#[cfg(test)]
mod stories;
