//! Words about legs: calls that arrive, answer, fail, end, and keys pressed on them.

use super::*;
use crate::{
    agent::SlotEvent,
    contact::{self, LegEvent, Party, Purpose, State},
    flow::{ContactData, FlowInput},
    io::{CallArrived, HangupCause, LegEnd, LegFailure, PlaybackOutcome},
};
use std::time::Duration;

/// A leg that rings at our door and was told to be answered must be up within this time.
const ANSWER_LIMIT: Duration = Duration::from_secs(40);
/// Characters kept of a number or name that a trunk sends.
const WORD_LIMIT: usize = 128;
/// SIP headers kept of a call.
const HEADERS_LIMIT: usize = 64;
/// Language and voice before a flow sets others.
const DEFAULT_LANGUAGE: &str = "ko-KR";

impl Floor {
    pub(super) fn call_arrived(&mut self, call: CallArrived) {
        if self.legs.contains_key(&call.leg) {
            return self.happen(Event::Fault { contact: None, what: "a leg arrived twice".to_owned() });
        }
        if self.contacts.len() >= self.limits.contacts {
            return self.emit(Output::Hangup { leg: call.leg, cause: HangupCause::Overloaded });
        }
        let flow = self.flow_of(&call.to);
        if flow.is_none_or(|flow| !self.documents.contains_key(&flow)) {
            return self.emit(Output::Hangup { leg: call.leg, cause: HangupCause::NotFound });
        }
        let id = ContactId::from_bits(self.bits());
        let (leg, name) = (call.leg, short(&call.from_name));
        let mut contact = Contact::new(inbound_data(id, call), State::Arrived, self.now);
        contact.customer_name = name;
        let (from, to) = (contact.data.customer.address.clone(), contact.data.system.address.clone());
        self.contacts.insert(id, contact);
        self.add_leg(id, leg, Party::Customer);
        self.timers.set(Timer::Dial(id), self.now + ANSWER_LIMIT);
        self.happen(Event::Initiated {
            contact: id,
            channel: Channel::Voice,
            method: InitiationMethod::Inbound,
            from,
            to,
        });
        self.emit(Output::Answer { leg });
    }

    pub(super) fn leg_ringing(&mut self, leg: LegId, early_media: bool) {
        let Some((id, party)) = self.party_of(leg) else { return };
        let first =
            self.contacts.get(&id).and_then(|contact| contact.leg(leg)).is_some_and(|leg| leg.playing.is_none());
        self.shift_leg(id, leg, LegEvent::Ringing { early_media });
        if party == Party::Customer && first {
            self.customer_rings(id, leg, early_media);
        }
    }

    pub(super) fn leg_answered(&mut self, leg: LegId) {
        let Some((id, party)) = self.party_of(leg) else { return };
        if !self.shift_leg(id, leg, LegEvent::Answered) {
            return;
        }
        match (party, self.state_of(id)) {
            (Party::Customer, Some(State::Arrived)) => self.customer_answered(id, leg),
            (Party::Customer, Some(State::Dialled { agent })) => self.dialled_customer_answered(id, agent),
            (Party::Agent(agent), Some(State::Offered { .. })) => self.offered_media_up(id, agent),
            (Party::Agent(_), Some(State::Accepted { .. })) => self.connect(id),
            (Party::Agent(_), Some(State::Calling { .. })) => self.dial_customer(id),
            (Party::Agent(_), Some(State::Interrupted { .. })) => self.regained(id),
            (Party::ThirdParty, Some(State::Transferring { .. })) => self.third_party_answered(id, leg),
            // Nobody waits for this leg any longer.
            _ => self.drop_leg(id, leg, HangupCause::Normal),
        }
    }

    fn customer_answered(&mut self, id: ContactId, leg: LegId) {
        self.timers.clear(Timer::Dial(id));
        if !self.shift(id, contact::Happening::Answered) {
            return;
        }
        let now = self.now;
        let Some(contact) = self.contact_mut(id) else { return };
        contact.connected_to_system = Some(now);
        let dialled = contact.data.system.address.clone();
        self.happen(Event::ConnectedToSystem { contact: id });
        let flow = self.flow_of(&dialled);
        match flow {
            Some(flow) if self.start_flow(id, flow, Purpose::Main, leg) => {}
            // Taken out of the configuration between ringing and answer.
            _ => self.disconnect(id, DisconnectReason::Other),
        }
    }

    /// A leg that was never answered is over.
    pub(super) fn leg_failed(&mut self, leg: LegId, cause: LegFailure) {
        let Some((id, party)) = self.party_of(leg) else { return };
        if !self.forget_leg(id, leg) {
            return;
        }
        // A third party's failure is told by the transfer it belongs to.
        if cause != LegFailure::Cancelled && party != Party::ThirdParty {
            let reason = failure_code(cause).to_owned();
            self.happen(Event::LegFailed { contact: id, participant: party.name().to_owned(), reason });
        }
        match party {
            Party::Customer => self.customer_failed(id, cause),
            Party::Agent(agent) => self.agent_leg_failed(id, agent, cause),
            Party::ThirdParty => self.transfer_failed(id, failure_code(cause)),
        }
    }

    fn customer_failed(&mut self, id: ContactId, cause: LegFailure) {
        use LegFailure::*;
        if let Some(State::Dialled { agent } | State::Calling { agent }) = self.state_of(id) {
            self.slot_reason(agent, id, failure_code(cause));
        }
        let reason = match cause {
            Cancelled | Busy | NoAnswer | Rejected => DisconnectReason::CustomerDisconnect,
            InvalidNumber | NotAllowed | MediaFailed | Unreachable => DisconnectReason::TelecomProblem,
        };
        self.disconnect(id, reason);
    }

    fn agent_leg_failed(&mut self, id: ContactId, agent: AgentId, cause: LegFailure) {
        match self.state_of(id) {
            Some(State::Offered { .. }) if self.slot_path(agent, id) == MediaPath::Phone => match cause {
                LegFailure::NoAnswer => self.offer_missed(id),
                LegFailure::Busy | LegFailure::Rejected => self.offer_rejected(id),
                _ => self.offer_media_failed(id),
            },
            Some(State::Offered { .. } | State::Accepted { .. }) => self.offer_media_failed(id),
            Some(State::Calling { .. }) => {
                self.slot_reason(agent, id, "media_failed");
                self.shift_slot(agent, id, SlotEvent::Fail);
                self.disconnect(id, DisconnectReason::TelecomProblem);
            }
            // The regain timer tries again.
            Some(State::Interrupted { .. }) => {}
            // Told as never answered, though it was: the same loss.
            _ => self.agent_leg_ended(id, agent, LegEnd::MediaLost),
        }
    }

    /// An answered leg is over.
    pub(super) fn leg_ended(&mut self, leg: LegId, cause: LegEnd) {
        let Some((id, party)) = self.party_of(leg) else { return };
        if !self.forget_leg(id, leg) {
            return;
        }
        match party {
            Party::Customer => self.disconnect(id, customer_reason(cause)),
            Party::Agent(agent) => self.agent_leg_ended(id, agent, cause),
            Party::ThirdParty => self.third_party_ended(id, cause),
        }
    }

    fn agent_leg_ended(&mut self, id: ContactId, agent: AgentId, cause: LegEnd) {
        match self.state_of(id) {
            Some(State::Offered { .. } | State::Accepted { .. }) => self.offer_media_failed(id),
            Some(State::Calling { .. } | State::Dialled { .. }) => {
                let reason = match cause {
                    LegEnd::Remote => DisconnectReason::AgentDisconnect,
                    _ => {
                        self.slot_reason(agent, id, "media_lost");
                        DisconnectReason::TelecomProblem
                    }
                };
                self.disconnect(id, reason);
            }
            Some(State::Connected { .. } | State::OnHold { .. }) if cause == LegEnd::Remote => self.agent_ends(id),
            Some(State::Connected { .. } | State::OnHold { .. }) => self.interrupt(id),
            Some(State::Transferring { agent: Some(_) }) => self.agent_leaves_transfer(id),
            _ => {}
        }
    }

    pub(super) fn digit(&mut self, leg: LegId, digit: char) {
        let Some((id, Party::Customer)) = self.party_of(leg) else { return };
        let listening = self.contacts.get(&id).and_then(|contact| contact.flow.as_ref()).is_some();
        if listening {
            self.feed_flow(id, FlowInput::Digit(digit));
        }
    }

    pub(super) fn playback_done(&mut self, leg: LegId, playback: PlaybackId, outcome: PlaybackOutcome) {
        let Some((id, _)) = self.party_of(leg) else { return };
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        // What was replaced or stopped by us is no longer known here: its end means nothing.
        let Some(known) = contact.leg_mut(leg) else { return };
        if known.playing.as_ref().is_none_or(|playing| playing.id != playback) {
            return;
        }
        known.playing = None;
        let awaited = contact.flow.as_ref().is_some_and(|flow| flow.playback == Some(playback));
        self.touch(id);
        if awaited {
            self.feed_flow(id, FlowInput::PlaybackDone { outcome });
        }
    }

    pub(super) fn quality(&mut self, leg: LegId, mut quality: LegQuality) {
        let Some(&id) = self.legs.get(&leg) else { return };
        let party = self.contacts.get(&id).and_then(|contact| contact.leg(leg)).map(|leg| leg.party);
        let Some(party) = party else { return };
        quality.participant = party.name().to_owned();
        self.happen(Event::Quality { contact: id, leg, quality: quality.clone() });
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.quality.insert(quality.participant.clone(), quality);
        }
        // Not worth a journal entry of its own; the agent's page shows it.
        if let Party::Agent(agent) = party {
            self.emit(Output::AgentChanged { agent });
        }
    }

    /// A leg that the edge never spoke of again.
    pub(super) fn dial_overdue(&mut self, id: ContactId) {
        match self.state_of(id) {
            Some(State::Arrived) => self.disconnect(id, DisconnectReason::TelecomProblem),
            Some(State::Calling { agent }) => {
                self.slot_reason(agent, id, "media_failed");
                self.shift_slot(agent, id, SlotEvent::Fail);
                self.disconnect(id, DisconnectReason::TelecomProblem);
            }
            Some(State::Dialled { agent }) => {
                self.slot_reason(agent, id, "no_answer");
                self.disconnect(id, DisconnectReason::CustomerDisconnect);
            }
            Some(State::Transferring { .. }) => {
                if let Some(leg) = self.contacts.get(&id).and_then(Contact::third_leg) {
                    self.drop_leg(id, leg, HangupCause::Normal);
                }
                self.transfer_failed(id, "no_answer");
            }
            _ => {}
        }
    }

    /// Whose leg it is, as long as it is not down.
    fn party_of(&self, leg: LegId) -> Option<(ContactId, Party)> {
        let id = *self.legs.get(&leg)?;
        let known = self.contacts.get(&id)?.leg(leg).filter(|leg| !leg.is_down())?;
        Some((id, known.party))
    }
}

fn inbound_data(contact: ContactId, call: CallArrived) -> ContactData {
    ContactData {
        contact,
        initial_contact: None,
        previous_contact: None,
        channel: Channel::Voice,
        method: InitiationMethod::Inbound,
        customer: Endpoint::telephone(short(&call.from)),
        system: Endpoint::telephone(short(&call.to)),
        attributes: BTreeMap::new(),
        target_queue: None,
        target_agent: None,
        language: DEFAULT_LANGUAGE.to_owned(),
        voice: String::new(),
        sip_headers: call.headers.into_iter().take(HEADERS_LIMIT).collect(),
        agent: None,
    }
}

pub(super) fn outbound_data(contact: ContactId, number: &str, caller_id: Option<&str>) -> ContactData {
    ContactData {
        contact,
        initial_contact: None,
        previous_contact: None,
        channel: Channel::Voice,
        method: InitiationMethod::Outbound,
        customer: Endpoint::telephone(number),
        system: Endpoint::telephone(caller_id.unwrap_or_default()),
        attributes: BTreeMap::new(),
        target_queue: None,
        target_agent: None,
        language: DEFAULT_LANGUAGE.to_owned(),
        voice: String::new(),
        sip_headers: BTreeMap::new(),
        agent: None,
    }
}

fn short(word: &str) -> String {
    word.chars().take(WORD_LIMIT).collect()
}

fn customer_reason(cause: LegEnd) -> DisconnectReason {
    match cause {
        LegEnd::Remote => DisconnectReason::CustomerDisconnect,
        LegEnd::Timeout | LegEnd::MediaLost => DisconnectReason::TelecomProblem,
        LegEnd::Local | LegEnd::ServerRestart => DisconnectReason::Other,
    }
}

/// The stable code that pages and events show.
fn failure_code(cause: LegFailure) -> &'static str {
    match cause {
        LegFailure::Busy => "busy",
        LegFailure::NoAnswer => "no_answer",
        LegFailure::Rejected => "rejected",
        LegFailure::InvalidNumber => "invalid_number",
        LegFailure::NotAllowed => "not_allowed",
        LegFailure::Cancelled => "cancelled",
        LegFailure::MediaFailed => "media_failed",
        LegFailure::Unreachable => "unreachable",
    }
}
