//! The small steps that every story of the floor is made of: ids, events, sounds, rooms, legs, and moves by the tables.

use super::*;
use crate::{
    agent::SlotEvent,
    contact::{self, Leg, LegEvent, Party, Playing},
    io::{HangupCause, PromptSource},
};
use rand_core::Rng;

impl Floor {
    /// 128 bits for a new id.
    pub(super) fn bits(&mut self) -> u128 {
        (u128::from(self.rng.next_u64()) << 64) | u128::from(self.rng.next_u64())
    }

    pub(super) fn emit(&mut self, output: Output) {
        self.outputs.push_back(output);
    }

    pub(super) fn happen(&mut self, event: Event) {
        let id = EventId::from_bits(self.bits());
        self.outputs.push_back(Output::Happened(Occurrence { id, at: self.now, event }));
    }

    /// The contact changed: journal it when settling.
    pub(super) fn touch(&mut self, contact: ContactId) {
        self.changed_contacts.insert(contact);
        self.live_changed = true;
    }

    /// The agent changed: seat, journal and announce when settling.
    pub(super) fn touch_agent(&mut self, agent: AgentId) {
        self.changed_agents.insert(agent);
        self.live_changed = true;
    }

    pub(super) fn contact_mut(&mut self, id: ContactId) -> Option<&mut Contact> {
        self.changed_contacts.insert(id);
        self.live_changed = true;
        self.contacts.get_mut(&id)
    }

    /// Moves the contact by its table. A refusal is a fault of the floor and told as one.
    pub(super) fn shift(&mut self, id: ContactId, event: contact::Happening) -> bool {
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return false };
        match contact.advance(now, event) {
            Ok(()) => true,
            Err(refused) => {
                self.happen(Event::Fault { contact: Some(id), what: refused.to_string() });
                false
            }
        }
    }

    /// Moves the contact on its agent by the slot table; loud like [`Floor::shift`].
    pub(super) fn shift_slot(&mut self, agent: AgentId, contact: ContactId, event: SlotEvent) -> bool {
        self.touch_agent(agent);
        let now = self.now;
        let Some(person) = self.people.get_mut(&agent) else { return false };
        match person.advance(now, contact, event) {
            Ok(_) => {
                if person.idle_since == now {
                    person.tie = self.rng.next_u64();
                }
                true
            }
            Err(refused) => {
                self.happen(Event::Fault { contact: Some(contact), what: refused.to_string() });
                false
            }
        }
    }

    /// Adds a leg to a contact.
    pub(super) fn add_leg(&mut self, contact: ContactId, leg: LegId, party: Party) {
        self.legs.insert(leg, contact);
        let Some(known) = self.contact_mut(contact) else { return };
        if let Some(forgotten) = known.add_leg(Leg::new(leg, party)) {
            self.legs.remove(&forgotten);
        }
    }

    /// Moves a leg by its table; late words about a leg that is down are no fault. True when it moved.
    pub(super) fn shift_leg(&mut self, contact: ContactId, leg: LegId, event: LegEvent) -> bool {
        let Some(known) = self.contact_mut(contact).and_then(|contact| contact.leg_mut(leg)) else { return false };
        match known.state.on(event) {
            Ok(state) => {
                let moved = state != known.state;
                known.state = state;
                moved
            }
            Err(_) => false,
        }
    }

    /// Plays on a leg; what sounded there before is replaced.
    pub(super) fn play(
        &mut self,
        contact: ContactId,
        leg: LegId,
        prompt: PromptSource,
        repeat: bool,
    ) -> Option<PlaybackId> {
        self.hush(contact, leg);
        let playback = PlaybackId::from_bits(self.bits());
        let known = self.contact_mut(contact)?.leg_mut(leg).filter(|leg| !leg.is_down())?;
        known.playing = Some(Playing { id: playback, prompt: prompt.clone(), repeat });
        self.emit(Output::Play { leg, playback, contact, prompt, repeat });
        Some(playback)
    }

    /// Stops what sounds on a leg.
    pub(super) fn hush(&mut self, contact: ContactId, leg: LegId) {
        let known = self.contact_mut(contact).and_then(|contact| contact.leg_mut(leg));
        if let Some(playing) = known.and_then(|leg| leg.playing.take()) {
            self.emit(Output::StopPlay { leg, playback: playing.id });
        }
    }

    /// Puts a leg into the contact's room; it falls silent first.
    pub(super) fn join(&mut self, contact: ContactId, leg: LegId) {
        self.hush(contact, leg);
        let fresh = RoomId::from_bits(self.bits());
        let Some(known) = self.contact_mut(contact) else { return };
        let room = *known.room.get_or_insert(fresh);
        let Some(joining) = known.leg_mut(leg).filter(|leg| !leg.in_room && !leg.is_down()) else { return };
        joining.in_room = true;
        self.emit(Output::Join { room, leg, contact });
    }

    /// Takes a leg out of the contact's room.
    pub(super) fn part(&mut self, contact: ContactId, leg: LegId) {
        let Some(known) = self.contact_mut(contact) else { return };
        let Some(room) = known.room else { return };
        let Some(parting) = known.leg_mut(leg).filter(|leg| leg.in_room) else { return };
        parting.in_room = false;
        self.emit(Output::Leave { room, leg });
    }

    /// Hangs a leg up, out of its room first.
    pub(super) fn drop_leg(&mut self, contact: ContactId, leg: LegId, cause: HangupCause) {
        self.part(contact, leg);
        if self.forget_leg(contact, leg) {
            self.emit(Output::Hangup { leg, cause });
        }
    }

    /// Marks a leg as down without a word to the edge. True when it was not.
    pub(super) fn forget_leg(&mut self, contact: ContactId, leg: LegId) -> bool {
        let moved = self.shift_leg(contact, leg, LegEvent::Over);
        if let Some(known) = self.contact_mut(contact).and_then(|contact| contact.leg_mut(leg)) {
            known.playing = None;
            known.in_room = false;
        }
        moved
    }

    pub fn customer_leg(&self, contact: ContactId) -> Option<LegId> {
        self.contacts.get(&contact)?.customer_leg()
    }

    pub(super) fn agent_leg(&self, contact: ContactId) -> Option<LegId> {
        self.contacts.get(&contact)?.agent_leg()
    }

    pub(super) fn state_of(&self, contact: ContactId) -> Option<contact::State> {
        self.contacts.get(&contact).map(|contact| contact.state)
    }

    pub(super) fn agent_of(&self, contact: ContactId) -> Option<AgentId> {
        self.state_of(contact)?.agent()
    }
}
