//! The conversation: hold, mute, digits, recording, and an agent's audio that is lost and comes back.

use super::*;
use crate::{
    acd::{Entry, Line},
    agent::{Mute, Phase, SlotEvent},
    contact::{self, Closed, Party, Recording, State},
    io::{ConnectWhy, HangupCause, LegEnd},
};
use std::time::Duration;

/// The endpoint confirms a mute within this time, or the floor decides.
const MUTE_LIMIT: Duration = Duration::from_secs(2);
/// An agent's lost audio is tried again at this interval …
const REGAIN_EVERY: Duration = Duration::from_secs(5);
/// … for this long; then the customer goes to another agent.
const REGAIN_LIMIT: Duration = Duration::from_secs(60);

impl Floor {
    pub(super) fn hold(&mut self, id: ContactId, agent: AgentId, by: &str) {
        if !self.shift_slot(agent, id, SlotEvent::Hold) || !self.shift(id, contact::Happening::Held) {
            return;
        }
        self.count_hold(id);
        if let Some(leg) = self.customer_leg(id) {
            self.part(id, leg);
        }
        self.happen(Event::Held { contact: id, by: by.to_owned() });
        self.entertain_held(id);
    }

    fn count_hold(&mut self, id: ContactId) {
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        if let Some(handled) = contact.handled.as_mut().filter(|handled| handled.held_since.is_none()) {
            handled.holds += 1;
            handled.held_since = Some(now);
        }
    }

    pub(super) fn resume(&mut self, id: ContactId, agent: AgentId) {
        if !self.shift_slot(agent, id, SlotEvent::Resume) || !self.shift(id, contact::Happening::Resumed) {
            return;
        }
        self.end_hold(id);
        self.join_conversation(id);
        self.happen(Event::Resumed { contact: id });
    }

    /// Ends the hold sound and counts the hold.
    pub(super) fn end_hold(&mut self, id: ContactId) {
        self.stop_flow(id, "stopped");
        if let Some(leg) = self.customer_leg(id) {
            self.hush(id, leg);
        }
        let now = self.now;
        if let Some(handled) = self.contact_mut(id).and_then(|contact| contact.handled.as_mut()) {
            handled.end_hold(now);
        }
    }

    /// A second conversation begins: the first is held, so that at most one is live.
    pub(super) fn set_other_aside(&mut self, agent: AgentId, except: ContactId) {
        let Some(person) = self.people.get(&agent) else { return };
        let Some(other) = person.talking_beside(except) else { return };
        match person.slot(other).map(|slot| slot.phase) {
            Some(Phase::Connected) => self.hold(other, agent, "system"),
            _ => self.agent_leaves_transfer(other),
        }
    }

    // ---- mute

    pub(super) fn mute(&mut self, id: ContactId, agent: AgentId, on: bool) {
        self.touch_agent(agent);
        let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) else { return };
        let Some(leg) = slot.leg else { return };
        // Only the media agent answers; the other paths are muted by the media worker alone.
        let confirms = slot.path == MediaPath::Local;
        slot.mute = if confirms { Mute::Pending { on } } else { Mute::settled(on) };
        self.emit(Output::Mute { leg, on });
        if confirms {
            self.timers.set(Timer::Mute(agent, id), self.now + MUTE_LIMIT);
        } else {
            self.happen(Event::Muted { contact: id, agent, muted: on });
        }
    }

    /// The endpoint tells whether its microphone is muted.
    pub(super) fn muted(&mut self, agent: AgentId, id: ContactId, on: bool, local: bool) {
        let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) else { return };
        // A late word about an older press does not undo the newer one.
        if !slot.phase.is_live() || (!local && slot.mute != Mute::Pending { on }) {
            return;
        }
        let overruled = local && slot.mute.shown() != on;
        slot.mute = Mute::settled(on);
        let leg = slot.leg;
        self.timers.clear(Timer::Mute(agent, id));
        self.touch_agent(agent);
        // The media worker's own mute must follow the button, or an unmute there would not be heard.
        if let (true, Some(leg)) = (overruled, leg) {
            self.emit(Output::Mute { leg, on });
        }
        self.happen(Event::Muted { contact: id, agent, muted: on });
    }

    /// No confirmation. Muting holds all the same, since the media worker does it; unmuting is taken back, since the
    /// endpoint may still be silent.
    pub(super) fn mute_unconfirmed(&mut self, agent: AgentId, id: ContactId) {
        let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) else { return };
        let Mute::Pending { on } = slot.mute else { return };
        slot.mute = Mute::Muted;
        let leg = slot.leg;
        if !on {
            slot.reason = Some("unmute_unconfirmed".to_owned());
            if let Some(leg) = leg {
                self.emit(Output::Mute { leg, on: true });
            }
        }
        self.touch_agent(agent);
        self.happen(Event::Muted { contact: id, agent, muted: true });
    }

    // ---- recording

    /// Brings recording in line with what the flow asked for and who is on the line.
    pub(super) fn apply_record_wish(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let talking = matches!(contact.state, State::Connected { .. } | State::OnHold { .. });
        let alone = matches!(contact.state, State::InFlow | State::Queued | State::Offered { .. });
        let wanted = (talking && contact.record_wish.conversation()) || (alone && contact.record_wish.ivr);
        // What was recorded with the flow ends where the conversation begins: a file has one pair of legs.
        if contact.recording().is_some() && (talking || !wanted) {
            self.stop_recording(id);
        }
        if wanted {
            self.start_recording(id);
        }
    }

    fn start_recording(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id).filter(|contact| contact.recording().is_none()) else { return };
        let (Some(customer), agent) = (contact.customer_leg(), contact.agent_leg()) else { return };
        let recording = RecordingId::from_bits(self.bits());
        let started = self.now;
        self.recordings.insert(recording, id);
        if let Some(contact) = self.contact_mut(id) {
            contact.recordings.push(Recording { id: recording, started, stopped: None, closed: None });
        }
        self.emit(Output::StartRecording { recording, contact: id, customer, agent });
        self.happen(Event::RecordingStarted { contact: id, recording });
    }

    pub(super) fn stop_recording(&mut self, id: ContactId) {
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        let Some(running) = contact.recordings.iter_mut().find(|recording| recording.stopped.is_none()) else { return };
        running.stopped = Some(now);
        let recording = running.id;
        self.emit(Output::StopRecording { recording });
    }

    pub(super) fn recording_closed(&mut self, recording: RecordingId, duration: Duration, complete: bool) {
        let Some(id) = self.recordings.remove(&recording) else { return };
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        let Some(known) = contact.recordings.iter_mut().find(|known| known.id == recording) else { return };
        known.stopped = known.stopped.or(Some(now));
        known.closed = Some(Closed { duration, complete });
        let duration_ms = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
        self.happen(Event::RecordingEnded { contact: id, recording, duration_ms });
        self.complete_if_done(id);
    }

    // ---- lost and regained audio of the agent

    /// The agent's audio went away in a conversation: the customer hears the hold sound, the audio is set up again.
    pub(super) fn interrupt(&mut self, id: ContactId) {
        let Some(State::Connected { agent } | State::OnHold { agent }) = self.state_of(id) else { return };
        self.slot_reason(agent, id, "media_lost");
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) {
            slot.leg = None;
        }
        let was_held = matches!(self.state_of(id), Some(State::OnHold { .. }));
        if !self.shift_slot(agent, id, SlotEvent::Interrupt) || !self.shift(id, contact::Happening::Interrupted) {
            return;
        }
        self.stop_recording(id);
        self.happen(Event::LegFailed { contact: id, participant: "agent".to_owned(), reason: "media_lost".to_owned() });
        if !was_held {
            if let Some(leg) = self.customer_leg(id) {
                self.part(id, leg);
            }
            self.entertain_held(id);
        }
        self.regain(id);
    }

    /// Tries to set the agent's audio up again, as long as there is time.
    pub(super) fn regain(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let State::Interrupted { agent } = contact.state else { return };
        if self.now.since(contact.since) >= REGAIN_LIMIT {
            return self.give_agent_up(id, agent);
        }
        self.timers.set(Timer::Regain(id), self.now + REGAIN_EVERY);
        if contact.agent_leg().is_some() {
            return;
        }
        let path = self.terms(agent).zip(self.people.get(&agent)).map(|(terms, person)| person.effective_path(terms));
        let Some(path) = path.filter(|path| path.ready) else { return };
        let leg = LegId::from_bits(self.bits());
        self.add_leg(id, leg, Party::Agent(agent));
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) {
            slot.leg = Some(leg);
            slot.path = path.path;
        }
        self.touch_agent(agent);
        self.emit(Output::ConnectAgent { agent, contact: id, leg, path: path.path, why: ConnectWhy::Moved });
    }

    /// The agent's audio is back.
    pub(super) fn regained(&mut self, id: ContactId) {
        let Some(State::Interrupted { agent }) = self.state_of(id) else { return };
        self.timers.clear(Timer::Regain(id));
        let held = self.contacts.get(&id).and_then(|contact| contact.handled.as_ref()).and_then(|by| by.held_since);
        let elsewhere = self.people.get(&agent).is_some_and(|person| person.is_engaged_beside(id));
        if held.is_some() || elsewhere {
            return self.regained_on_hold(id, agent);
        }
        if !self.shift_slot(agent, id, SlotEvent::Join) || !self.shift(id, contact::Happening::Joined) {
            return;
        }
        self.end_hold(id);
        self.join_conversation(id);
        self.agent_heard_again(id, agent);
        self.happen(Event::Resumed { contact: id });
    }

    /// The customer was on hold, or the agent talks with somebody else by now: on hold it stays.
    fn regained_on_hold(&mut self, id: ContactId, agent: AgentId) {
        if !self.shift_slot(agent, id, SlotEvent::Hold) || !self.shift(id, contact::Happening::Held) {
            return;
        }
        self.count_hold(id);
        if let Some(leg) = self.agent_leg(id) {
            self.join(id, leg);
        }
        self.agent_heard_again(id, agent);
        self.happen(Event::Held { contact: id, by: "system".to_owned() });
    }

    fn agent_heard_again(&mut self, id: ContactId, agent: AgentId) {
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(id)) {
            slot.reason = None;
            if let (true, Some(leg)) = (slot.mute.shown(), slot.leg) {
                self.emit(Output::Mute { leg, on: true });
            }
        }
        self.apply_record_wish(id);
    }

    /// The agent's audio did not come back: the customer gets another agent, at the place they had.
    fn give_agent_up(&mut self, id: ContactId, agent: AgentId) {
        if let Some(leg) = self.agent_leg(id) {
            self.drop_leg(id, leg, HangupCause::Normal);
        }
        self.shift_slot(agent, id, SlotEvent::Fail);
        let wait = self.contacts.get(&id).and_then(|contact| contact.wait.clone());
        let queue = wait.as_ref().and_then(|wait| wait.queue).filter(|queue| self.centre.queues.contains_key(queue));
        match (queue, wait) {
            (Some(queue), Some(wait)) => {
                let chained = self.chain(id, InitiationMethod::QueueTransfer, "queue_again");
                match chained {
                    Some(next) => {
                        self.shift(next, contact::Happening::Answered);
                        let line = Line::Queue(queue);
                        if self.enqueue_at(next, line, Entry::Restored, wait.enqueued).is_ok() {
                            self.entertain_waiting(next);
                        } else {
                            self.disconnect(next, DisconnectReason::TelecomProblem);
                        }
                    }
                    None => self.disconnect(id, DisconnectReason::TelecomProblem),
                }
            }
            _ => self.disconnect(id, DisconnectReason::TelecomProblem),
        }
        self.clear_if_out_of_reach(agent);
    }

    /// The third party is over, answered or not.
    pub(super) fn third_party_ended(&mut self, id: ContactId, cause: LegEnd) {
        match self.state_of(id) {
            Some(State::Transferring { .. }) => self.transfer_failed(id, "third_party_left"),
            Some(State::WithThirdParty) => {
                let reason = match cause {
                    LegEnd::Remote => DisconnectReason::ThirdPartyDisconnect,
                    _ => DisconnectReason::TelecomProblem,
                };
                self.remain_or_disconnect(id, reason);
            }
            _ => {}
        }
    }
}
