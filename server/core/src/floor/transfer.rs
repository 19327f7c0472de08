//! Blind transfers: to a number by a third leg, to an agent or a queue by a chained contact.

use super::*;
use crate::{
    acd::{Entry, Line},
    agent::SlotEvent,
    contact::{self, CHAIN_LIMIT, Party, Purpose, State},
    io::{HangupCause, PromptSource, Tone, TransferTarget},
};
use std::time::Duration;

/// How long a third party is rung.
const THIRD_PARTY_LIMIT: Duration = Duration::from_secs(40);

impl Floor {
    pub(super) fn transfer(&mut self, id: ContactId, agent: AgentId, to: TransferTarget) -> Result<(), Refusal> {
        match to {
            TransferTarget::Number(number) => self.transfer_to_number(id, agent, &number),
            TransferTarget::Agent(target) => self.transfer_to_agent(id, agent, target, None),
            TransferTarget::Queue(queue) => self.transfer_to_line(id, Line::Queue(queue), None),
            TransferTarget::QuickConnect(quick) => {
                let target = self.centre.quick_connects.get(&quick).map(|quick| quick.target.clone());
                match target {
                    None => Err(Refusal::new("not_found", "There is no such quick connect.").field("quick_connect")),
                    Some(QuickConnectTarget::PhoneNumber { number }) => self.transfer_to_number(id, agent, &number),
                    Some(QuickConnectTarget::Agent { agent: target, flow }) => {
                        self.transfer_to_agent(id, agent, target, flow)
                    }
                    Some(QuickConnectTarget::Queue { queue, flow }) => {
                        self.transfer_to_line(id, Line::Queue(queue), flow)
                    }
                }
            }
        }
    }

    // ---- to a number

    fn transfer_to_number(&mut self, id: ContactId, agent: AgentId, number: &str) -> Result<(), Refusal> {
        let number = self.dialable(number)?;
        self.end_hold(id);
        if !self.shift_slot(agent, id, SlotEvent::StartTransfer) || !self.shift(id, contact::Happening::TransferStarted)
        {
            return Err(super::commands::not_now("transfer"));
        }
        self.slot_reason_clear(agent, id);
        let caller_id = self.contacts.get(&id).map(|contact| contact.data.system.address.clone());
        if let Some(leg) = self.customer_leg(id) {
            self.part(id, leg);
            self.play(id, leg, PromptSource::Tone(Tone::Ringback), true);
        }
        let leg = LegId::from_bits(self.bits());
        self.add_leg(id, leg, Party::ThirdParty);
        if let Some(contact) = self.contact_mut(id) {
            contact.dialling = Some(number.clone());
        }
        self.timers.set(Timer::Dial(id), self.now + THIRD_PARTY_LIMIT + Duration::from_secs(5));
        let caller_id = caller_id.filter(|caller| !caller.is_empty());
        self.emit(Output::Dial { leg, contact: id, number, caller_id, limit: THIRD_PARTY_LIMIT });
        Ok(())
    }

    pub(super) fn third_party_answered(&mut self, id: ContactId, third: LegId) {
        let Some(State::Transferring { agent }) = self.state_of(id) else { return };
        self.timers.clear(Timer::Dial(id));
        let Some(customer) = self.customer_leg(id) else { return self.disconnect(id, DisconnectReason::Other) };
        if let Some(agent) = agent {
            self.agent_part_ends(id, agent);
        }
        self.shift(id, contact::Happening::ThirdPartyAnswered);
        self.join(id, customer);
        self.join(id, third);
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        let to = contact.dialling.take().unwrap_or_default();
        contact.transferred_to = Some(Endpoint::telephone(to.clone()));
        contact.transfer_completed = Some(now);
        self.happen(Event::Transferred { contact: id, to, next: None });
    }

    /// The third party could not be had: customer and agent are joined again, and the agent is told why.
    pub(super) fn transfer_failed(&mut self, id: ContactId, reason: &str) {
        let Some(State::Transferring { agent }) = self.state_of(id) else { return };
        self.timers.clear(Timer::Dial(id));
        let participant = Party::ThirdParty.name().to_owned();
        self.happen(Event::LegFailed { contact: id, participant, reason: reason.to_owned() });
        let Some(agent) = agent else {
            return self.remain_or_disconnect(id, DisconnectReason::TelecomProblem);
        };
        self.slot_reason(agent, id, reason);
        if self.people.get(&agent).is_some_and(|person| person.is_engaged_beside(id)) {
            return self.hold(id, agent, "system");
        }
        self.shift_slot(agent, id, SlotEvent::TransferFailed);
        self.shift(id, contact::Happening::TransferFailed);
        if let Some(contact) = self.contact_mut(id) {
            contact.dialling = None;
        }
        self.join_conversation(id);
    }

    /// The agent goes while the third party is still being rung; the customer waits on.
    pub(super) fn agent_leaves_transfer(&mut self, id: ContactId) {
        let Some(State::Transferring { agent: Some(agent) }) = self.state_of(id) else { return };
        self.agent_part_ends(id, agent);
        self.shift(id, contact::Happening::PartnerLeft);
    }

    // ---- to an agent or a queue

    fn transfer_to_agent(
        &mut self,
        id: ContactId,
        from: AgentId,
        target: AgentId,
        flow: Option<FlowId>,
    ) -> Result<(), Refusal> {
        let known = self.centre.agents.get(&target).filter(|account| account.is_agent());
        if known.is_none() {
            return Err(Refusal::new("not_found", "There is no such agent.").field("agent"));
        }
        if target == from {
            return Err(Refusal::new("same_agent", "The contact is with this agent already.").field("agent"));
        }
        if !self.is_reachable(target) {
            return Err(Refusal::new("agent_not_reachable", "The agent is not signed in or offline.")
                .field("agent")
                .remedy("Choose another agent or a queue."));
        }
        self.transfer_to_line(id, Line::Agent(target), flow)
    }

    /// Signed in and not offline.
    pub(super) fn is_reachable(&self, agent: AgentId) -> bool {
        self.people.get(&agent).is_some_and(|person| person.presence.kind() != AgentStatusKind::Offline)
    }

    fn transfer_to_line(&mut self, id: ContactId, line: Line, flow: Option<FlowId>) -> Result<(), Refusal> {
        if let Line::Queue(queue) = line
            && !self.centre.queues.contains_key(&queue)
        {
            return Err(Refusal::new("not_found", "There is no such queue.").field("queue"));
        }
        if self.contacts.get(&id).is_none_or(|contact| contact.chain >= CHAIN_LIMIT) {
            return Err(Refusal::new("chain_too_long", "The contact was passed on too often."));
        }
        if !self.acd.has_room(line, Entry::Transfer) {
            return Err(Refusal::new("queue_full", "The queue takes no more contacts.")
                .remedy("Try another queue, or again later."));
        }
        self.end_hold(id);
        let (method, to) = match line {
            Line::Queue(queue) => {
                (InitiationMethod::QueueTransfer, self.centre.queues.get(&queue).map(|queue| queue.name.clone()))
            }
            Line::Agent(agent) => {
                (InitiationMethod::Transfer, self.centre.agents.get(&agent).map(|agent| agent.username.clone()))
            }
        };
        let Some(next) = self.chain(id, method, &to.unwrap_or_default()) else {
            return Err(super::commands::not_now("transfer"));
        };
        self.settle_chained(next, line, flow);
        Ok(())
    }

    /// A chained contact begins: by the transfer's flow, or straight in its line.
    fn settle_chained(&mut self, next: ContactId, line: Line, flow: Option<FlowId>) {
        self.shift(next, contact::Happening::Answered);
        if let Some(contact) = self.contact_mut(next) {
            match line {
                Line::Queue(queue) => (contact.data.target_queue, contact.data.target_agent) = (Some(queue), None),
                Line::Agent(agent) => (contact.data.target_queue, contact.data.target_agent) = (None, Some(agent)),
            }
        }
        let leg = self.customer_leg(next);
        if let (Some(flow), Some(leg)) = (flow, leg)
            && self.start_flow(next, flow, Purpose::Main, leg)
        {
            return;
        }
        match self.enqueue(next, line, Entry::Transfer) {
            Ok(()) => self.entertain_waiting(next),
            Err(_) => self.disconnect(next, DisconnectReason::Other),
        }
    }

    /// Makes the next contact of a chain: the customer's leg moves over, the old contact ends with its agent in
    /// after-contact work. The new one is left in its first state.
    pub(super) fn chain(&mut self, id: ContactId, method: InitiationMethod, to: &str) -> Option<ContactId> {
        let leg = self.customer_leg(id)?;
        self.part(id, leg);
        self.stop_flow(id, "stopped");
        self.hush(id, leg);
        let next = ContactId::from_bits(self.bits());
        let now = self.now;
        let old = self.contact_mut(id)?;
        let at = old.legs.iter().position(|known| known.id == leg)?;
        let mut moved = old.legs.remove(at);
        moved.in_room = false;
        old.next = Some(next);
        old.transfer_completed = Some(now);
        let mut data = old.data.clone();
        data.contact = next;
        data.initial_contact = old.data.initial_contact.or(Some(id));
        data.previous_contact = Some(id);
        data.method = method;
        data.agent = None;
        let (from, system) = (data.customer.address.clone(), data.system.address.clone());
        let mut contact = Contact::new(data, State::Arrived, now);
        contact.customer_name = old.customer_name.clone();
        contact.connected_to_system = Some(now);
        contact.chain = old.chain + 1;
        contact.hooks = old.hooks.clone();
        contact.record_wish = old.record_wish;
        contact.flow_logging = old.flow_logging;
        contact.legs.push(moved);
        self.legs.insert(leg, next);
        self.contacts.insert(next, contact);
        self.touch(next);
        self.happen(Event::Transferred { contact: id, to: to.to_owned(), next: Some(next) });
        self.happen(Event::Initiated { contact: next, channel: Channel::Voice, method, from, to: system });
        self.happen(Event::ConnectedToSystem { contact: next });
        self.disconnect(id, DisconnectReason::AgentDisconnect);
        Some(next)
    }

    /// A third leg of a contact that is over.
    pub(super) fn drop_all_legs(&mut self, id: ContactId) {
        let legs: Vec<LegId> = self
            .contacts
            .get(&id)
            .map(|contact| contact.legs.iter().filter(|leg| !leg.is_down()).map(|leg| leg.id).collect())
            .unwrap_or_default();
        for leg in legs {
            self.drop_leg(id, leg, HangupCause::Normal);
        }
    }
}
