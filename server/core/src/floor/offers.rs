//! Queueing and offers: into the line, reserved, rung, accepted or not, connected.

use super::*;
use crate::{
    acd::{EnterError, Entry, Line, Offer},
    agent::{Card, Phase, Slot, SlotEvent},
    contact::{self, CHAIN_LIMIT, Handled, Party, State, Wait},
    flow::EnqueueError,
    io::{HangupCause, Ring, RingEnd},
};
use std::time::Duration;

/// Accepted, and the agent's audio must be there within this time.
const MEDIA_LIMIT: Duration = Duration::from_secs(5);
/// How long an agent is rung for a contact from their own queue, in seconds.
const AGENT_LINE_RING_S: u32 = 20;

impl Floor {
    /// Where the contact's data says it shall wait.
    pub(super) fn target_line(&self, id: ContactId) -> Option<Line> {
        let data = &self.contacts.get(&id)?.data;
        match (data.target_agent, data.target_queue) {
            (Some(agent), _) => self.centre.agents.contains_key(&agent).then_some(Line::Agent(agent)),
            (None, Some(queue)) => self.centre.queues.contains_key(&queue).then_some(Line::Queue(queue)),
            (None, None) => None,
        }
    }

    /// Puts a contact at the end of a line.
    pub(super) fn enqueue(&mut self, id: ContactId, line: Line, entry: Entry) -> Result<(), EnqueueError> {
        let contact = self.contacts.get(&id).ok_or(EnqueueError::NoTargetQueue)?;
        if contact.enqueued_times >= CHAIN_LIMIT {
            return Err(EnqueueError::QueueAtCapacity);
        }
        if !self.acd.has_room(line, entry) {
            return Err(EnqueueError::QueueAtCapacity);
        }
        let old = contact.wait.as_ref().filter(|wait| wait.dequeued.is_none()).and_then(|wait| wait.queue);
        if matches!(contact.state, State::Offered { .. }) {
            self.end_offer(id, RingEnd::CustomerLeft, SlotEvent::Withdraw);
        }
        if let Some(queue) = old {
            self.happen(Event::Dequeued { contact: id, queue, why: "moved".to_owned() });
        }
        let since = self.now;
        self.enqueue_at(id, line, entry, since)
    }

    /// Puts a contact into a line at the place that an enqueueing at `since` has.
    pub(super) fn enqueue_at(
        &mut self,
        id: ContactId,
        line: Line,
        entry: Entry,
        since: Timestamp,
    ) -> Result<(), EnqueueError> {
        let place = self.next_place;
        self.next_place += 1;
        let position = self.acd.enter(id, line, (since, place), entry).map_err(|error| match error {
            EnterError::AtCapacity => EnqueueError::QueueAtCapacity,
            EnterError::NoSuchLine => EnqueueError::NoTargetQueue,
        })?;
        self.shift(id, contact::Happening::Enqueued);
        let (queue, for_agent) = match line {
            Line::Queue(queue) => (Some(queue), None),
            Line::Agent(agent) => (None, Some(agent)),
        };
        if let Some(contact) = self.contact_mut(id) {
            contact.enqueued_times += 1;
            contact.wait = Some(Wait { queue, for_agent, enqueued: since, place, dequeued: None });
        }
        // An agent's own queue bears the agent's id, as in the published shapes.
        let queue = queue.or(for_agent.map(|agent| QueueId(agent.0)));
        if let Some(queue) = queue {
            self.happen(Event::Queued { contact: id, queue, position });
        }
        Ok(())
    }

    /// Rings the agent that was reserved.
    pub(super) fn ring(&mut self, offer: Offer) {
        let Offer { contact: id, agent, line, enqueued } = offer;
        self.touch_agent(agent);
        let path = self.terms(agent).zip(self.people.get(&agent)).map(|(terms, person)| person.effective_path(terms));
        let Some(path) = path.filter(|path| path.ready) else { return self.acd.release(id) };
        if !self.shift(id, contact::Happening::Offered { agent }) {
            return self.acd.leave(id);
        }
        let leg = LegId::from_bits(self.bits());
        self.add_leg(id, leg, Party::Agent(agent));
        let expires_at = self.now + self.ring_time(line);
        let Some(card) = self.card(id) else { return };
        let waited = self.now.since(enqueued);
        if let Some(contact) = self.contact_mut(id) {
            contact.attempts += 1;
        }
        let mut slot = Slot::new(card.clone(), Phase::Ringing, leg, path.path, self.now);
        slot.deadline = Some(expires_at);
        slot.waited = waited;
        if let Some(person) = self.people.get_mut(&agent) {
            person.slots.push(slot);
        }
        self.timers.set(Timer::Offer(id), expires_at);
        self.happen(Event::Offered { contact: id, agent, path: path.path });
        self.emit(Output::Ring(Ring {
            agent,
            contact: id,
            leg,
            path: path.path,
            expires_at,
            auto_accept: self.auto_accepts(agent),
            caller: card.customer,
            caller_name: card.customer_name,
            queue_name: card.queue.map(|(_, name)| name).unwrap_or_default(),
            waited,
        }));
    }

    fn ring_time(&self, line: Line) -> Duration {
        let seconds = match line {
            Line::Queue(queue) => {
                self.centre.queues.get(&queue).map_or(AGENT_LINE_RING_S, |queue| queue.ring_timeout_s)
            }
            Line::Agent(_) => AGENT_LINE_RING_S,
        };
        Duration::from_secs(u64::from(seconds.clamp(5, 60)))
    }

    fn auto_accepts(&self, agent: AgentId) -> bool {
        self.centre.agents.get(&agent).is_some_and(|account| account.auto_accept)
    }

    /// What an agent sees of a contact.
    pub(super) fn card(&self, id: ContactId) -> Option<Card> {
        let contact = self.contacts.get(&id)?;
        let data = &contact.data;
        let queue = contact.wait.as_ref().and_then(|wait| wait.queue).or(data.target_queue);
        let queue = queue.and_then(|queue| self.centre.queues.get(&queue)).map(|queue| (queue.id, queue.name.clone()));
        Some(Card {
            contact: id,
            initial: data.initial_contact,
            channel: data.channel,
            method: data.method,
            customer: data.customer.address.clone(),
            customer_name: contact.customer_name.clone(),
            queue,
            enqueued: contact.wait.as_ref().map(|wait| wait.enqueued),
        })
    }

    /// The agent's audio is up while it rings.
    pub(super) fn offered_media_up(&mut self, id: ContactId, agent: AgentId) {
        // Lifting the desk phone is accepting.
        if self.auto_accepts(agent) || self.slot_path(agent, id) == MediaPath::Phone {
            self.accept(id, agent);
        }
    }

    pub(super) fn accept(&mut self, id: ContactId, agent: AgentId) {
        self.timers.clear(Timer::Offer(id));
        let Some(leg) = self.agent_leg(id) else { return self.offer_media_failed(id) };
        if !self.shift_slot(agent, id, SlotEvent::Accept) || !self.shift(id, contact::Happening::Accepted) {
            return;
        }
        self.emit(Output::StopRing { agent, contact: id, leg, why: RingEnd::Accepted });
        self.happen(Event::Accepted { contact: id, agent });
        let up = self.contacts.get(&id).and_then(|contact| contact.leg(leg)).is_some_and(contact::Leg::is_up);
        if up {
            self.connect(id);
        } else {
            self.timers.set(Timer::MediaDue(id), self.now + MEDIA_LIMIT);
        }
    }

    pub(super) fn offer_missed(&mut self, id: ContactId) {
        self.end_asking(id, RingEnd::Missed, SlotEvent::Miss, "missed");
    }

    pub(super) fn offer_rejected(&mut self, id: ContactId) {
        self.end_asking(id, RingEnd::Rejected, SlotEvent::Reject, "rejected");
    }

    pub(super) fn offer_media_failed(&mut self, id: ContactId) {
        self.end_asking(id, RingEnd::MediaFailed, SlotEvent::Fail, "media_failed");
    }

    /// The agent asked is no longer there to ask.
    pub(super) fn offer_agent_left(&mut self, id: ContactId) {
        self.end_offer(id, RingEnd::AgentLeft, SlotEvent::Withdraw);
    }

    fn end_asking(&mut self, id: ContactId, why: RingEnd, event: SlotEvent, reason: &str) {
        let Some(State::Offered { agent } | State::Accepted { agent }) = self.state_of(id) else { return };
        self.slot_reason(agent, id, reason);
        self.end_offer(id, why, event);
        self.clear_if_out_of_reach(agent);
    }

    /// Ends the asking of an agent; the contact has its old place in the queue again.
    pub(super) fn end_offer(&mut self, id: ContactId, why: RingEnd, event: SlotEvent) {
        let Some(state @ (State::Offered { agent } | State::Accepted { agent })) = self.state_of(id) else { return };
        self.timers.clear(Timer::Offer(id));
        self.timers.clear(Timer::MediaDue(id));
        self.close_asking(id, agent, why, matches!(state, State::Accepted { .. }));
        self.shift_slot(agent, id, event);
        self.shift(id, contact::Happening::OfferEnded);
        self.acd.release(id);
    }

    /// Stops ringing and gives the agent's leg up.
    pub(super) fn close_asking(&mut self, id: ContactId, agent: AgentId, why: RingEnd, accepted: bool) {
        let leg = self.people.get(&agent).and_then(|person| person.slot(id)).and_then(|slot| slot.leg);
        if let Some(leg) = leg {
            self.emit(Output::StopRing { agent, contact: id, leg, why });
            // Until acceptance the leg belongs to the ringing and ends with it.
            if accepted {
                self.drop_leg(id, leg, HangupCause::Normal);
            }
            self.forget_leg(id, leg);
        }
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) {
            slot.leg = None;
        }
        self.happen(Event::OfferEnded { contact: id, agent, why: ring_end_word(why).to_owned() });
    }

    /// Accepted, and both sides can be heard: out of the queue, into one room.
    pub(super) fn connect(&mut self, id: ContactId) {
        let Some(State::Accepted { agent }) = self.state_of(id) else { return };
        self.timers.clear(Timer::MediaDue(id));
        self.stop_flow(id, "stopped");
        self.acd.leave(id);
        let now = self.now;
        if let Some(wait) = self.contact_mut(id).and_then(|contact| contact.wait.as_mut()) {
            wait.dequeued = Some(now);
        }
        self.conversation_begins(id, agent);
    }

    /// Customer and agent into one room; the agent's other conversation, if any, onto hold first.
    pub(super) fn conversation_begins(&mut self, id: ContactId, agent: AgentId) {
        self.set_other_aside(agent, id);
        if !self.shift_slot(agent, id, SlotEvent::Join) || !self.shift(id, contact::Happening::Joined) {
            return self.disconnect(id, DisconnectReason::Other);
        }
        let account = self.centre.agents.get(&agent);
        let profile = account.and_then(|account| account.routing_profile).and_then(|profile| {
            self.centre.routing_profiles.get(&profile).map(|profile| (profile.id, profile.name.clone()))
        });
        let handled = Handled {
            agent,
            username: account.map(|account| account.username.clone()).unwrap_or_default(),
            profile,
            connected: self.now,
            ended: None,
            acw_started: None,
            acw_ended: None,
            hold_total: Duration::ZERO,
            hold_longest: Duration::ZERO,
            holds: 0,
            held_since: None,
        };
        if let Some(contact) = self.contact_mut(id) {
            contact.data.agent = Some(agent);
            contact.handled = Some(handled);
        }
        self.join_conversation(id);
        self.happen(Event::ConnectedToAgent { contact: id, agent });
        self.apply_record_wish(id);
    }

    /// Both legs of the conversation into its room.
    pub(super) fn join_conversation(&mut self, id: ContactId) {
        for leg in [self.customer_leg(id), self.agent_leg(id)].into_iter().flatten() {
            self.join(id, leg);
        }
    }
}

fn ring_end_word(why: RingEnd) -> &'static str {
    match why {
        RingEnd::Accepted => "accepted",
        RingEnd::Missed => "missed",
        RingEnd::Rejected => "rejected",
        RingEnd::CustomerLeft => "customer_left",
        RingEnd::MediaFailed => "media_failed",
        RingEnd::AgentLeft => "agent_left",
    }
}
