//! Running flows: feeding them, carrying out what they want, and what their end means.

use super::*;
use crate::{
    acd::Entry,
    contact::{Purpose, RecordWish, Running, State},
    flow::{
        ContactData, EnqueueError, Execution, FlowEffect, FlowInput, FlowState, FlowWorld, Hook, QueueCounts, Step,
    },
    io::{PromptSource, Tone},
};

/// Feedings in a row that answer a flow at once; beyond it the flow is broken off.
const ROUNDS_LIMIT: usize = 100;

struct World<'a> {
    floor: &'a Floor,
    data: &'a ContactData,
}

impl FlowWorld for World<'_> {
    fn centre(&self) -> &Centre {
        &self.floor.centre
    }

    fn document(&self, flow: FlowId) -> Option<Arc<Document>> {
        self.floor.documents.get(&flow).cloned()
    }

    fn contact(&self) -> &ContactData {
        self.data
    }

    fn queue_counts(&self, queue: QueueId) -> QueueCounts {
        let counts = self.floor.acd.counts(queue);
        QueueCounts {
            waiting: counts.waiting,
            oldest_wait: counts.oldest.map(|since| self.floor.now.since(since)).unwrap_or_default(),
            agents_staffed: counts.agents_staffed,
            agents_available: counts.agents_available,
            agents_online: counts.agents_online,
        }
    }
}

impl Floor {
    /// Starts a flow on a leg. False when there is no such flow or it cannot be read; nothing has happened then.
    pub(super) fn start_flow(&mut self, id: ContactId, flow: FlowId, purpose: Purpose, leg: LegId) -> bool {
        if !self.documents.contains_key(&flow) {
            return false;
        }
        let Some(known) = self.centre.flows.get(&flow) else { return false };
        let (name, version, kind) = (known.name.clone(), known.version, known.kind);
        self.stop_flow(id, "replaced");
        let Some(contact) = self.contact_mut(id) else { return false };
        contact.flows.insert(name.clone(), version);
        contact.flow = Some(Running {
            flow,
            purpose,
            execution: Execution::start(flow, version, kind),
            leg,
            playback: None,
            wake_at: None,
        });
        self.happen(Event::FlowStarted { contact: id, flow, name, version });
        self.feed_flow(id, FlowInput::Start);
        true
    }

    /// Ends the running flow, if any, without letting it do anything more; its sound stops.
    pub(super) fn stop_flow(&mut self, id: ContactId, outcome: &str) {
        let Some(running) = self.contacts.get_mut(&id).and_then(|contact| contact.flow.take()) else { return };
        self.timers.clear(Timer::Flow(id));
        self.touch(id);
        if running.playback.is_some() {
            self.hush(id, running.leg);
        }
        self.happen(Event::FlowEnded { contact: id, flow: running.flow, outcome: outcome.to_owned() });
    }

    pub(super) fn flow_wakes(&mut self, id: ContactId) {
        if let Some(running) = self.contacts.get_mut(&id).and_then(|contact| contact.flow.as_mut()) {
            running.wake_at = None;
            self.feed_flow(id, FlowInput::Wake);
        }
    }

    /// Feeds the running flow and carries out what it wants, until it waits or is over.
    pub(super) fn feed_flow(&mut self, id: ContactId, input: FlowInput) {
        let mut next = Some(input);
        for _ in 0..ROUNDS_LIMIT {
            let Some(input) = next.take() else { return };
            let Some(step) = self.step_flow(id, input) else { return };
            for effect in step.effects {
                if let Some(reply) = self.flow_effect(id, effect) {
                    next = Some(reply);
                }
                // An effect may have ended the contact, and the flow with it.
                if self.contacts.get(&id).is_none_or(|contact| contact.flow.is_none()) {
                    return;
                }
            }
            if next.is_none() {
                return self.flow_rests(id, step.state);
            }
        }
        self.flow_rests(id, FlowState::Failed { reason: "it asked for ever more without waiting".to_owned() });
    }

    fn step_flow(&mut self, id: ContactId, input: FlowInput) -> Option<Step> {
        let mut running = self.contact_mut(id)?.flow.take()?;
        if matches!(input, FlowInput::PlaybackDone { .. }) {
            running.playback = None;
        }
        let contact = self.contacts.get(&id)?;
        let step = running.execution.handle(self.now, input, &World { floor: self, data: &contact.data });
        self.contact_mut(id)?.flow = Some(running);
        Some(step)
    }

    /// Carries one effect out; some are answered at once.
    fn flow_effect(&mut self, id: ContactId, effect: FlowEffect) -> Option<FlowInput> {
        match effect {
            FlowEffect::Play { prompt, repeat } => {
                let leg = self.contacts.get(&id)?.flow.as_ref()?.leg;
                let playback = self.play(id, leg, prompt, repeat);
                self.contact_mut(id)?.flow.as_mut()?.playback = playback;
            }
            FlowEffect::StopPlay => {
                let leg = self.contacts.get(&id)?.flow.as_ref()?.leg;
                self.hush(id, leg);
                self.contact_mut(id)?.flow.as_mut()?.playback = None;
            }
            FlowEffect::Enqueue => return Some(FlowInput::Enqueued { result: self.flow_enqueues(id) }),
            FlowEffect::Disconnect => self.disconnect(id, DisconnectReason::ContactFlowDisconnect),
            FlowEffect::SetRecording { customer, agent, ivr } => {
                self.contact_mut(id)?.record_wish = RecordWish { customer, agent, ivr };
                self.apply_record_wish(id);
            }
            FlowEffect::Log { flow, action, kind, result } => {
                if self.contacts.get(&id)?.flow_logging {
                    self.happen(Event::FlowAction { contact: id, flow, action, kind, result });
                }
            }
            FlowEffect::FlowChanged { flow, name, version } => {
                let contact = self.contact_mut(id)?;
                contact.flows.insert(name.clone(), version);
                contact.flow.as_mut()?.flow = flow;
                self.happen(Event::FlowStarted { contact: id, flow, name, version });
            }
            effect => self.flow_changes_data(id, effect),
        }
        None
    }

    fn flow_changes_data(&mut self, id: ContactId, effect: FlowEffect) {
        let Some(contact) = self.contact_mut(id) else { return };
        let names = match effect {
            FlowEffect::SetAttributes { attributes, related: true } => {
                return self.set_related_attributes(id, attributes);
            }
            FlowEffect::SetAttributes { attributes, related: false } => contact.set_attributes(attributes),
            FlowEffect::SetTargetQueue { queue } => {
                contact.data.target_queue = Some(queue);
                contact.data.target_agent = None;
                vec!["TargetQueue".to_owned()]
            }
            FlowEffect::SetTargetAgent { agent } => {
                contact.data.target_agent = Some(agent);
                contact.data.target_queue = None;
                vec!["TargetAgent".to_owned()]
            }
            FlowEffect::SetVoice { language, voice } => {
                contact.data.language = language;
                contact.data.voice = voice;
                Vec::new()
            }
            FlowEffect::SetHook { hook, flow } => {
                match flow {
                    Some(flow) => contact.hooks.insert(hook, flow),
                    None => contact.hooks.remove(&hook),
                };
                Vec::new()
            }
            FlowEffect::SetLogging { on } => {
                contact.flow_logging = on;
                Vec::new()
            }
            _ => Vec::new(),
        };
        if !names.is_empty() {
            self.happen(Event::ContactDataUpdated { contact: id, names });
        }
    }

    /// Attributes for the contact this one was transferred from. Its record may be written already, which nothing
    /// changes afterwards: the flow's log then says so.
    fn set_related_attributes(&mut self, id: ContactId, attributes: BTreeMap<String, String>) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (logging, flow) = (contact.flow_logging, contact.flow.as_ref().map(|running| running.flow));
        if let Some(related) = contact.data.previous_contact
            && let Some(open) = self.contact_mut(related)
        {
            let names = open.set_attributes(attributes);
            if !names.is_empty() {
                self.happen(Event::ContactDataUpdated { contact: related, names });
            }
        } else if let (true, Some(flow)) = (logging, flow) {
            self.happen(Event::FlowAction {
                contact: id,
                flow,
                action: String::new(),
                kind: "UpdateContactAttributes".to_owned(),
                result: "RelatedContactClosed".to_owned(),
            });
        }
    }

    fn flow_enqueues(&mut self, id: ContactId) -> Result<(), EnqueueError> {
        let contact = self.contacts.get(&id).ok_or(EnqueueError::NoTargetQueue)?;
        // A queue flow that moves the contact on while an agent is being asked: the asking ends first.
        let entry = match contact.state {
            State::InFlow if contact.data.previous_contact.is_none() => Entry::New,
            State::InFlow | State::Queued | State::Offered { .. } => Entry::Transfer,
            _ => return Err(EnqueueError::NoTargetQueue),
        };
        let line = self.target_line(id).ok_or(EnqueueError::NoTargetQueue)?;
        self.enqueue(id, line, entry)
    }

    /// The flow waits or is over: what that means for the contact.
    fn flow_rests(&mut self, id: ContactId, state: FlowState) {
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        let Some(running) = contact.flow.as_mut() else { return };
        let purpose = running.purpose;
        match state {
            FlowState::Waiting { wake_at } => {
                running.wake_at = wake_at;
                match wake_at {
                    Some(at) => self.timers.set(Timer::Flow(id), at),
                    None => self.timers.clear(Timer::Flow(id)),
                }
            }
            FlowState::Queued => {
                self.stop_flow(id, "queued");
                self.entertain_waiting(id);
            }
            FlowState::Ended => {
                self.stop_flow(id, "ended");
                self.flow_over(id, purpose, DisconnectReason::ContactFlowDisconnect);
            }
            FlowState::Disconnected => self.disconnect(id, DisconnectReason::ContactFlowDisconnect),
            FlowState::Failed { reason } => {
                self.happen(Event::Fault { contact: Some(id), what: format!("the flow cannot go on: {reason}") });
                self.stop_flow(id, "failed");
                self.flow_over(id, purpose, DisconnectReason::Other);
            }
        }
    }

    fn flow_over(&mut self, id: ContactId, purpose: Purpose, reason: DisconnectReason) {
        match purpose {
            Purpose::Main if self.state_of(id).is_some_and(State::is_waiting) => self.entertain_waiting(id),
            Purpose::Main | Purpose::Remaining => self.disconnect(id, reason),
            // The contact stays queued or on hold; it shall not hear silence.
            Purpose::Queue | Purpose::Hold => self.hold_music(id),
        }
    }

    /// The sound of waiting: the customer queue flow that the contact's flow named, or the centre's, or music.
    pub(super) fn entertain_waiting(&mut self, id: ContactId) {
        if !self.state_of(id).is_some_and(State::is_waiting) {
            return;
        }
        self.entertain(id, Hook::CustomerQueue, self.centre.default_queue_flow, Purpose::Queue);
    }

    /// The sound of being on hold.
    pub(super) fn entertain_held(&mut self, id: ContactId) {
        self.entertain(id, Hook::CustomerHold, self.centre.default_hold_flow, Purpose::Hold);
    }

    fn entertain(&mut self, id: ContactId, hook: Hook, default: Option<FlowId>, purpose: Purpose) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let Some(leg) = contact.customer_leg() else { return };
        let started = [contact.hooks.get(&hook).copied(), default]
            .into_iter()
            .flatten()
            .any(|flow| self.start_flow(id, flow, purpose, leg));
        if !started {
            self.hold_music(id);
        }
    }

    pub(super) fn hold_music(&mut self, id: ContactId) {
        if let Some(leg) = self.customer_leg(id) {
            self.play(id, leg, PromptSource::Tone(Tone::HoldMusic), true);
        }
    }
}
