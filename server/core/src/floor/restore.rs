//! After a restart: contacts and agents as last journaled, brought in line with the legs that are still there.
//!
//! A leg that is gone counts as ended by the restart, so its contact takes the same way as in life: a waiting caller
//! whose leg is dead gets a terminal record, a conversation leaves its agent in after-contact work. What still has its
//! leg (a re-joined call) keeps its place in the queue, its wait, its flow and its prompt.

use super::*;
use crate::{
    acd::{Entry, Line},
    agent::{Person, Phase, SlotEvent},
    contact::{Closed, State},
    io::{LegEnd, RingEnd},
};
use std::time::Duration;

impl Floor {
    /// After a restart: contact and agent states as last journaled. Every leg counts as lost. Drain the outputs: they
    /// hold the terminal records.
    pub fn restore(
        centre: Arc<Centre>,
        seed: [u8; 32],
        now: Timestamp,
        contacts: Vec<(ContactId, String)>,
        agents: Vec<(AgentId, String)>,
    ) -> Self {
        Self::restore_with(centre, seed, now, contacts, agents, |_| false)
    }

    /// As [`Floor::restore`], where `leg_alive` says which legs the edges still have.
    pub fn restore_with(
        centre: Arc<Centre>,
        seed: [u8; 32],
        now: Timestamp,
        contacts: Vec<(ContactId, String)>,
        agents: Vec<(AgentId, String)>,
        leg_alive: impl Fn(LegId) -> bool,
    ) -> Self {
        let mut floor = Self::new(centre, seed);
        floor.now = now;
        floor.read_agents(agents);
        let ids = floor.read_contacts(contacts);
        floor.forget_stale_slots();
        floor.take_places(&ids);
        for id in &ids {
            floor.take_up(*id, &leg_alive);
        }
        let agents: Vec<AgentId> = floor.people.keys().copied().collect();
        for agent in agents {
            floor.clear_if_out_of_reach(agent);
            floor.touch_agent(agent);
        }
        floor.settle();
        floor
    }

    fn read_agents(&mut self, agents: Vec<(AgentId, String)>) {
        for (id, state) in agents {
            if !self.centre.agents.contains_key(&id) {
                continue;
            }
            match serde_json::from_str::<Person>(&state) {
                Ok(mut person) => {
                    person.ccp_link = false;
                    // A path is ready when it says so again.
                    for path in &mut person.paths {
                        path.ready = false;
                    }
                    person.told = person.snapshot(&self.centre);
                    self.people.insert(id, person);
                }
                Err(error) => {
                    let what = format!("the journaled state of agent {id} cannot be read: {error}");
                    self.happen(Event::Fault { contact: None, what });
                }
            }
        }
    }

    fn read_contacts(&mut self, contacts: Vec<(ContactId, String)>) -> Vec<ContactId> {
        let mut ids = Vec::with_capacity(contacts.len());
        for (id, state) in contacts {
            match serde_json::from_str::<Contact>(&state) {
                Ok(contact) => {
                    self.legs.extend(contact.legs.iter().map(|leg| (leg.id, id)));
                    let open = contact.recordings.iter().filter(|recording| recording.closed.is_none());
                    self.recordings.extend(open.map(|recording| (recording.id, id)));
                    if let Some(wait) = &contact.wait {
                        self.next_place = self.next_place.max(wait.place.saturating_add(1));
                    }
                    self.contacts.insert(id, contact);
                    ids.push(id);
                }
                Err(error) => {
                    let what = format!("the journaled state of contact {id} cannot be read: {error}");
                    self.happen(Event::Fault { contact: Some(id), what });
                    self.emit(Output::ContactGone { contact: id });
                }
            }
        }
        ids
    }

    /// Contacts on agents that the contacts know nothing of.
    fn forget_stale_slots(&mut self) {
        let agents: Vec<AgentId> = self.people.keys().copied().collect();
        for agent in agents {
            let Some(person) = self.people.get(&agent) else { continue };
            let stale: Vec<ContactId> = person
                .slots
                .iter()
                .filter(|slot| !self.slot_stands(agent, slot.card.contact, slot.phase))
                .map(|slot| slot.card.contact)
                .collect();
            if let Some(person) = self.people.get_mut(&agent).filter(|_| !stale.is_empty()) {
                person.slots.retain(|slot| !stale.contains(&slot.card.contact));
                person.idle_since = self.now;
            }
            let Some(person) = self.people.get(&agent) else { continue };
            for slot in person.slots.iter().filter(|slot| slot.phase == Phase::Acw) {
                if let Some(deadline) = slot.deadline {
                    self.timers.set(Timer::Acw(agent, slot.card.contact), deadline);
                }
            }
            self.all_done(agent);
        }
    }

    fn slot_stands(&self, agent: AgentId, contact: ContactId, phase: Phase) -> bool {
        match phase {
            phase if phase.is_uncleared() => true,
            Phase::Acw => self.contacts.get(&contact).is_some_and(|known| known.wrapping_up == Some(agent)),
            _ => self.holds(agent, contact),
        }
    }

    /// Everybody in the queue has their old place before anything else happens.
    fn take_places(&mut self, ids: &[ContactId]) {
        for id in ids {
            let Some(contact) = self.contacts.get(id).filter(|contact| contact.state.is_waiting()) else { continue };
            let Some(wait) = &contact.wait else { continue };
            let line = match (wait.queue, wait.for_agent) {
                (Some(queue), _) => Line::Queue(queue),
                (None, Some(agent)) => Line::Agent(agent),
                (None, None) => continue,
            };
            let key = (wait.enqueued, wait.place);
            if self.acd.enter(*id, line, key, Entry::Restored).is_err() {
                // The queue is gone from the configuration: nobody would ever come.
                self.disconnect(*id, DisconnectReason::Other);
            }
        }
    }

    fn take_up(&mut self, id: ContactId, leg_alive: &impl Fn(LegId) -> bool) {
        self.close_files(id);
        let Some(contact) = self.contact_mut(id) else { return };
        // Rooms and sounds of dead legs died with them.
        for leg in contact.legs.iter_mut().filter(|leg| !leg_alive(leg.id)) {
            leg.in_room = false;
            leg.playing = None;
        }
        if let Some(agent) = contact.wrapping_up
            && self.people.get(&agent).and_then(|person| person.slot(id)).is_none()
        {
            self.contacts.entry(id).and_modify(|contact| contact.wrapping_up = None);
        }
        match self.state_of(id) {
            Some(State::Disconnected { .. }) => return self.complete_if_done(id),
            // Nobody has rung since the crash: no miss, no blame.
            Some(State::Offered { .. } | State::Accepted { .. }) => {
                self.end_offer(id, RingEnd::AgentLeft, SlotEvent::Withdraw);
            }
            _ => {}
        }
        let Some(contact) = self.contacts.get(&id) else { return };
        let legs: Vec<LegId> = contact.legs.iter().filter(|leg| !leg.is_down()).map(|leg| leg.id).collect();
        // The customer's end ends everything, so it is told first.
        let customer = contact.customer_leg();
        let ordered = customer.into_iter().chain(legs.iter().copied().filter(|leg| Some(*leg) != customer));
        let dead: Vec<LegId> = ordered.filter(|leg| !leg_alive(*leg)).collect();
        for leg in dead {
            self.leg_lost(id, leg);
        }
        if self.state_of(id).is_some_and(|state| !state.is_over()) {
            self.go_on(id);
        }
        self.complete_if_done(id);
    }

    fn leg_lost(&mut self, id: ContactId, leg: LegId) {
        match self.state_of(id) {
            // A call that never came about leaves nothing to wrap up.
            Some(State::Calling { agent } | State::Dialled { agent }) => {
                self.forget_leg(id, leg);
                self.shift_slot(agent, id, SlotEvent::Withdraw);
                self.disconnect(id, DisconnectReason::Other);
            }
            _ => self.leg_ended(leg, LegEnd::ServerRestart),
        }
    }

    /// Files that were being written end where they end.
    fn close_files(&mut self, id: ContactId) {
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        let mut closed = Vec::new();
        for recording in contact.recordings.iter_mut().filter(|recording| recording.closed.is_none()) {
            recording.stopped = recording.stopped.or(Some(now));
            recording.closed = Some(Closed { duration: Duration::ZERO, complete: false });
            closed.push(recording.id);
        }
        for recording in closed {
            self.recordings.remove(&recording);
            self.happen(Event::RecordingEnded { contact: id, recording, duration_ms: 0 });
        }
    }

    /// The contact lives on: its timers, its sounds and its room are set up again.
    fn go_on(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let soon = self.now + Duration::from_secs(60);
        if let Some(at) = contact.flow.as_ref().and_then(|flow| flow.wake_at) {
            self.timers.set(Timer::Flow(id), at);
        }
        match contact.state {
            State::Arrived | State::Calling { .. } | State::Dialled { .. } | State::Transferring { .. } => {
                self.timers.set(Timer::Dial(id), soon);
            }
            State::Interrupted { .. } => self.timers.set(Timer::Regain(id), self.now),
            _ => {}
        }
        let room = contact.room;
        let legs = contact.legs.clone();
        for leg in legs.iter().filter(|leg| !leg.is_down()) {
            if let (true, Some(room)) = (leg.in_room, room) {
                self.emit(Output::Join { room, leg: leg.id, contact: id });
            }
            if let Some(playing) = leg.playing.clone() {
                let (playback, prompt, repeat) = (playing.id, playing.prompt, playing.repeat);
                self.emit(Output::Play { leg: leg.id, playback, contact: id, prompt, repeat });
            }
        }
        self.apply_record_wish(id);
    }
}
