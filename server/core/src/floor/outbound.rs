//! Calls that agents make: their audio first, then the customer's phone.

use super::*;
use crate::{
    agent::{Phase, Slot},
    contact::{self, Party, State},
    io::{ConnectWhy, PromptSource, Tone},
};
use std::time::Duration;

/// The agent's audio must be up within this time.
const AGENT_LIMIT: Duration = Duration::from_secs(10);
/// How long the customer's phone is rung.
const CUSTOMER_LIMIT: Duration = Duration::from_secs(60);
/// Characters of a number that can be dialled.
const NUMBER_LIMIT: usize = 32;

impl Floor {
    pub(super) fn dial(&mut self, agent: AgentId, number: &str, queue: Option<QueueId>) -> Result<(), Refusal> {
        if let Some(why) = self.cannot_dial(agent) {
            return Err(why);
        }
        let number = self.dialable(number)?;
        let queue = self.outbound_queue(agent, queue)?;
        if self.contacts.len() >= self.limits.contacts {
            return Err(Refusal::new("overloaded", "Too many contacts are under way.").remedy("Try again shortly."));
        }
        let path = self.terms(agent).zip(self.people.get(&agent)).map(|(terms, person)| person.effective_path(terms));
        let path = path.map_or(MediaPath::None, |path| path.path);
        let caller_id =
            queue.and_then(|queue| self.centre.queues.get(&queue)).and_then(|q| q.outbound_caller_id.clone());
        let id = ContactId::from_bits(self.bits());
        let mut data = calls::outbound_data(id, &number, caller_id.as_deref());
        data.target_queue = queue;
        data.agent = Some(agent);
        let mut contact = Contact::new(data, State::Calling { agent }, self.now);
        contact.dialling = Some(number.clone());
        self.contacts.insert(id, contact);
        let leg = LegId::from_bits(self.bits());
        self.add_leg(id, leg, Party::Agent(agent));
        let card = self.card(id);
        if let (Some(person), Some(card)) = (self.people.get_mut(&agent), card) {
            person.slots.push(Slot::new(card, Phase::Calling, leg, path, self.now));
        }
        self.touch_agent(agent);
        self.timers.set(Timer::Dial(id), self.now + AGENT_LIMIT);
        self.happen(Event::Initiated {
            contact: id,
            channel: Channel::Voice,
            method: InitiationMethod::Outbound,
            from: caller_id.unwrap_or_default(),
            to: number,
        });
        self.emit(Output::ConnectAgent { agent, contact: id, leg, path, why: ConnectWhy::Outbound });
        Ok(())
    }

    /// Why this agent cannot call out now.
    pub(super) fn cannot_dial(&self, agent: AgentId) -> Option<Refusal> {
        let (person, terms) = (self.people.get(&agent)?, self.terms(agent)?);
        if person.presence.kind() == AgentStatusKind::Offline {
            return Some(
                Refusal::new("offline", "An offline agent cannot call.").remedy("Choose another status first."),
            );
        }
        let slots = (terms.voice_slots.max(1) as usize).min(crate::agent::SLOTS_LIMIT);
        let free_beside = |phase: Phase| matches!(phase, Phase::OnHold | Phase::Acw);
        let engaged = person.slots.iter().any(|slot| !free_beside(slot.phase));
        if engaged || person.slots.len() >= slots {
            return Some(
                Refusal::new("busy", "Another contact is still here.").remedy("Finish or clear it, then call."),
            );
        }
        if !person.effective_path(terms).ready {
            return Some(
                Refusal::new("media_not_ready", "There is no audio to call with.")
                    .remedy("Start the media agent, or pair it."),
            );
        }
        None
    }

    fn outbound_queue(&self, agent: AgentId, queue: Option<QueueId>) -> Result<Option<QueueId>, Refusal> {
        let default = self
            .centre
            .agents
            .get(&agent)
            .and_then(|account| account.routing_profile)
            .and_then(|profile| self.centre.routing_profiles.get(&profile))
            .and_then(|profile| profile.outbound_queue);
        match queue {
            Some(queue) if self.centre.queues.contains_key(&queue) => Ok(Some(queue)),
            Some(_) => Err(Refusal::new("not_found", "There is no such queue.").field("queue")),
            None => Ok(default.filter(|queue| self.centre.queues.contains_key(queue))),
        }
    }

    /// A number as it will be dialled, if it is one and some trunk may dial it.
    pub(super) fn dialable(&self, number: &str) -> Result<String, Refusal> {
        let plain: String = number.chars().filter(|c| !matches!(c, '-' | '.' | ' ' | '(' | ')')).collect();
        let digits = plain.strip_prefix('+').unwrap_or(&plain);
        let fine = !digits.is_empty()
            && plain.len() <= NUMBER_LIMIT
            && digits.chars().all(|c| c.is_ascii_digit() || matches!(c, '*' | '#'));
        if !fine {
            return Err(Refusal::new("invalid_number", "This is not a number that can be dialled.")
                .field("number")
                .remedy("Give digits, with + in front for an international number."));
        }
        let mut prefixes = self.centre.trunks.values().flat_map(|trunk| &trunk.outbound_prefixes);
        if prefixes.any(|prefix| plain.starts_with(prefix.as_str())) {
            Ok(plain)
        } else {
            Err(Refusal::new("number_not_allowed", "No trunk may dial this number.")
                .field("number")
                .remedy("Ask the administrator to allow its prefix on a trunk."))
        }
    }

    /// The agent's audio is up: now the customer.
    pub(super) fn dial_customer(&mut self, id: ContactId) {
        if !self.shift(id, contact::Happening::AgentUp) {
            return;
        }
        let Some(contact) = self.contact_mut(id) else { return };
        let Some(number) = contact.dialling.take() else { return };
        let caller_id = Some(contact.data.system.address.clone()).filter(|caller| !caller.is_empty());
        let leg = LegId::from_bits(self.bits());
        self.add_leg(id, leg, Party::Customer);
        self.timers.set(Timer::Dial(id), self.now + CUSTOMER_LIMIT + Duration::from_secs(5));
        self.emit(Output::Dial { leg, contact: id, number, caller_id, limit: CUSTOMER_LIMIT });
    }

    /// The customer's phone rings: the agent hears what the far end plays, or else our ringback.
    pub(super) fn customer_rings(&mut self, id: ContactId, leg: LegId, early_media: bool) {
        let Some(State::Dialled { .. }) = self.state_of(id) else { return };
        let Some(agent_leg) = self.agent_leg(id) else { return };
        if early_media {
            self.join(id, agent_leg);
            self.join(id, leg);
        } else {
            let silent = self.contacts.get(&id).and_then(|contact| contact.leg(agent_leg));
            if silent.is_some_and(|leg| leg.playing.is_none() && !leg.in_room) {
                self.play(id, agent_leg, PromptSource::Tone(Tone::Ringback), true);
            }
        }
    }

    pub(super) fn dialled_customer_answered(&mut self, id: ContactId, agent: AgentId) {
        self.timers.clear(Timer::Dial(id));
        let now = self.now;
        if let Some(contact) = self.contact_mut(id) {
            contact.connected_to_system = Some(now);
        }
        self.happen(Event::ConnectedToSystem { contact: id });
        self.conversation_begins(id, agent);
    }
}
