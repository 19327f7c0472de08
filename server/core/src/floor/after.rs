//! Endings: of a contact, of an agent's part in it, of after-contact work; and the record that stays.

use super::*;
use crate::{
    agent::{Phase, PresenceEvent, SlotEvent},
    contact::{self, Closed, Purpose, State},
    flow::Hook,
    io::RingEnd,
};
use std::time::Duration;

/// A recording's file is closed within this time, or the record says it is incomplete.
const FILES_LIMIT: Duration = Duration::from_secs(10);

impl Floor {
    /// Ends a contact for its customer, whatever its state. The agent, if one had it, goes into after-contact work.
    pub(super) fn disconnect(&mut self, id: ContactId, reason: DisconnectReason) {
        let Some(state) = self.state_of(id).filter(|state| !state.is_over()) else { return };
        self.shift(id, contact::Happening::Disconnected { reason });
        for timer in [Timer::Offer(id), Timer::MediaDue(id), Timer::Flow(id), Timer::Dial(id), Timer::Regain(id)] {
            self.timers.clear(timer);
        }
        self.stop_flow(id, "stopped");
        if state.is_waiting() {
            self.leave_queue(id, state, reason);
        } else if let Some(agent) = state.agent() {
            self.agent_part_ends(id, agent);
        }
        self.stop_recording(id);
        self.drop_all_legs(id);
        let now = self.now;
        if let Some(contact) = self.contact_mut(id) {
            contact.disconnected = Some(now);
        }
        self.happen(Event::Disconnected { contact: id, reason });
        self.write_record(id);
    }

    fn leave_queue(&mut self, id: ContactId, state: State, reason: DisconnectReason) {
        if let State::Offered { agent } | State::Accepted { agent } = state {
            self.close_asking(id, agent, RingEnd::CustomerLeft, matches!(state, State::Accepted { .. }));
            self.shift_slot(agent, id, SlotEvent::Withdraw);
            self.all_done(agent);
        }
        self.acd.leave(id);
        let now = self.now;
        let Some(wait) = self.contact_mut(id).and_then(|contact| contact.wait.as_mut()) else { return };
        wait.dequeued = Some(now);
        let queue = wait.queue.or(wait.for_agent.map(|agent| QueueId(agent.0)));
        let why = if reason == DisconnectReason::CustomerDisconnect { "abandoned" } else { "ended" };
        if let Some(queue) = queue {
            self.happen(Event::Dequeued { contact: id, queue, why: why.to_owned() });
        }
    }

    /// The agent hangs up, or their phone does.
    pub(super) fn agent_ends(&mut self, id: ContactId) {
        let Some(agent) = self.agent_of(id) else { return };
        self.agent_part_ends(id, agent);
        self.remain_or_disconnect(id, DisconnectReason::AgentDisconnect);
    }

    /// The one the customer talked with is gone: the flow for remaining customers, or the end.
    pub(super) fn remain_or_disconnect(&mut self, id: ContactId, reason: DisconnectReason) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let flow = contact.hooks.get(&Hook::CustomerRemaining).copied();
        let (Some(flow), Some(leg)) = (flow, contact.customer_leg()) else { return self.disconnect(id, reason) };
        let third = contact.third_leg();
        if !self.documents.contains_key(&flow) || !self.shift(id, contact::Happening::PartnerLeft) {
            return self.disconnect(id, reason);
        }
        self.timers.clear(Timer::Regain(id));
        if let Some(third) = third {
            self.drop_leg(id, third, crate::io::HangupCause::Normal);
        }
        self.stop_flow(id, "stopped");
        self.part(id, leg);
        self.hush(id, leg);
        if !self.start_flow(id, flow, Purpose::Remaining, leg) {
            self.disconnect(id, reason);
        }
    }

    /// The agent's part is over: their leg ends, recording stops, after-contact work begins. Once is enough.
    pub(super) fn agent_part_ends(&mut self, id: ContactId, agent: AgentId) {
        self.stop_recording(id);
        if let Some(leg) = self.agent_leg(id) {
            self.drop_leg(id, leg, crate::io::HangupCause::Normal);
        }
        self.timers.clear(Timer::Mute(agent, id));
        let now = self.now;
        if let Some(handled) = self.contact_mut(id).and_then(|contact| contact.handled.as_mut()) {
            handled.end_hold(now);
            handled.ended = handled.ended.or(Some(now));
        }
        self.touch_agent(agent);
        let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) else { return };
        slot.leg = None;
        if (slot.phase.is_live() || slot.phase == Phase::Calling) && self.shift_slot(agent, id, SlotEvent::End) {
            self.begin_acw(id, agent);
        }
    }

    fn begin_acw(&mut self, id: ContactId, agent: AgentId) {
        let now = self.now;
        if let Some(contact) = self.contact_mut(id) {
            contact.wrapping_up = Some(agent);
            if let Some(handled) = contact.handled.as_mut() {
                handled.acw_started = Some(now);
            }
        }
        let limit = self.centre.agents.get(&agent).map_or(0, |account| account.acw_limit_s);
        if limit > 0 {
            self.set_acw_deadline(id, agent, now + Duration::from_secs(u64::from(limit)));
        }
    }

    pub(super) fn set_acw_deadline(&mut self, id: ContactId, agent: AgentId, at: Timestamp) {
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) {
            slot.deadline = Some(at);
            self.timers.set(Timer::Acw(agent, id), at);
            self.touch_agent(agent);
        }
    }

    pub(super) fn acw_limit(&mut self, agent: AgentId, id: ContactId) {
        let in_acw = self.people.get(&agent).and_then(|person| person.slot(id)).map(|slot| slot.phase);
        if in_acw == Some(Phase::Acw) {
            self.finish_acw(id, agent);
        }
    }

    /// After-contact work ends: the record becomes final once the customer is gone, the next status applies.
    pub(super) fn finish_acw(&mut self, id: ContactId, agent: AgentId) {
        self.timers.clear(Timer::Acw(agent, id));
        if !self.shift_slot(agent, id, SlotEvent::FinishAcw) {
            return;
        }
        let now = self.now;
        if let Some(contact) = self.contact_mut(id) {
            contact.wrapping_up = None;
            if let Some(handled) = contact.handled.as_mut() {
                handled.acw_ended = Some(now);
            }
        }
        self.all_done(agent);
        self.complete_if_done(id);
    }

    /// Lets the next status apply when nothing is left on the agent.
    pub(super) fn all_done(&mut self, agent: AgentId) {
        let now = self.now;
        let Some(person) = self.people.get_mut(&agent).filter(|person| person.slots.is_empty()) else { return };
        if let Ok(presence) = person.presence.on(now, PresenceEvent::AllDone)
            && presence != person.presence
        {
            person.presence = presence;
            person.idle_since = now;
        }
        self.touch_agent(agent);
    }

    /// Writes the record of a contact that is over; the final one if nothing more will change.
    fn write_record(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        if contact.is_complete() {
            return self.complete_if_done(id);
        }
        if contact.has_open_files() {
            self.timers.set(Timer::Files(id), self.now + FILES_LIMIT);
        }
        let record = contact.record(&self.centre, self.now);
        self.emit(Output::Record(Box::new(record)));
    }

    /// Customer gone, work done, files closed: the contact leaves the floor.
    pub(super) fn complete_if_done(&mut self, id: ContactId) {
        if !self.contacts.get(&id).is_some_and(Contact::is_complete) {
            return;
        }
        self.timers.clear(Timer::Files(id));
        self.happen(Event::Completed { contact: id });
        let Some(contact) = self.contacts.remove(&id) else { return };
        self.changed_contacts.remove(&id);
        for leg in &contact.legs {
            self.legs.remove(&leg.id);
        }
        for recording in &contact.recordings {
            self.recordings.remove(&recording.id);
        }
        let record = contact.record(&self.centre, self.now);
        self.emit(Output::Record(Box::new(record)));
        self.emit(Output::ContactGone { contact: id });
        self.live_changed = true;
    }

    /// The edge never told that a file was closed.
    pub(super) fn files_lost(&mut self, id: ContactId) {
        let mut lost = Vec::new();
        if let Some(contact) = self.contact_mut(id) {
            for recording in contact.recordings.iter_mut().filter(|recording| recording.closed.is_none()) {
                recording.closed = Some(Closed { duration: Duration::ZERO, complete: false });
                lost.push(recording.id);
            }
        }
        for recording in lost {
            self.recordings.remove(&recording);
            self.happen(Event::RecordingEnded { contact: id, recording, duration_ms: 0 });
        }
        self.complete_if_done(id);
    }
}
