//! What agents ask for: checked against the one table, then carried out or refused with a reason.

use super::*;
use crate::{
    agent::{Mute, Phase, PresenceEvent, SlotEvent},
    contact::NOTE_LIMIT,
};
use can::Action;
use std::time::Duration;

/// Keys sent at once.
const DIGITS_LIMIT: usize = 32;
/// Seconds one extension of after-contact work may add.
const EXTENSION_LIMIT_S: u32 = 3_600;

impl Floor {
    pub(super) fn command(&mut self, agent: AgentId, what: AgentCommand) -> Result<(), Refusal> {
        if !self.centre.agents.get(&agent).is_some_and(Agent::is_agent) {
            return Err(not_an_agent());
        }
        match what {
            AgentCommand::SignIn => return self.sign_in(agent),
            _ if !self.people.get(&agent).is_some_and(|person| person.presence.is_signed_in()) => {
                return Err(people::refuse(crate::agent::PresenceRefused::NotSignedIn));
            }
            AgentCommand::SignOut => return self.sign_out(agent),
            AgentCommand::SetStatus { status } => return self.set_status(agent, status),
            AgentCommand::CancelNextStatus => return self.presence(agent, PresenceEvent::CancelNext),
            AgentCommand::Dial { number, queue } => return self.dial(agent, &number, queue),
            _ => {}
        }
        let (Some(action), Some(contact)) = (Action::of(&what), command_contact(&what)) else {
            return Err(not_now("command"));
        };
        let slot = self.people.get(&agent).and_then(|person| person.slot(contact));
        let Some(phase) = slot.map(|slot| slot.phase) else {
            return Err(Refusal::new("no_such_contact", "The contact is not with this agent.").field("contact"));
        };
        if !action.allowed_in(phase) {
            return Err(not_now(action.name()));
        }
        self.contact_command(agent, contact, phase, what)
    }

    fn contact_command(
        &mut self,
        agent: AgentId,
        id: ContactId,
        phase: Phase,
        what: AgentCommand,
    ) -> Result<(), Refusal> {
        match what {
            AgentCommand::Accept { .. } => self.accept(id, agent),
            AgentCommand::Reject { .. } => self.offer_rejected(id),
            AgentCommand::Mute { on, .. } => return self.mute_command(id, agent, on),
            AgentCommand::Hold { .. } => self.hold(id, agent, "agent"),
            AgentCommand::Resume { .. } => return self.resume_command(id, agent),
            AgentCommand::End { .. } => self.end_command(id, phase),
            AgentCommand::SendDigits { digits, .. } => return self.send_digits(id, &digits),
            AgentCommand::Transfer { to, .. } => return self.transfer(id, agent, to),
            AgentCommand::Clear { .. } => {
                self.shift_slot(agent, id, SlotEvent::Clear);
                self.all_done(agent);
            }
            AgentCommand::FinishAcw { .. } => self.finish_acw(id, agent),
            AgentCommand::ExtendAcw { seconds, .. } => return self.extend_acw(id, agent, seconds),
            AgentCommand::SetNote { note, .. } => return self.set_note(id, agent, note),
            AgentCommand::SetDisposition { code, .. } => return self.set_disposition(id, agent, code),
            AgentCommand::SignIn
            | AgentCommand::SignOut
            | AgentCommand::SetStatus { .. }
            | AgentCommand::CancelNextStatus
            | AgentCommand::Dial { .. } => return Err(not_now("command")),
        }
        Ok(())
    }

    fn mute_command(&mut self, id: ContactId, agent: AgentId, on: bool) -> Result<(), Refusal> {
        let slot = self.people.get(&agent).and_then(|person| person.slot(id));
        match slot.map(|slot| slot.mute) {
            Some(mute) if mute == Mute::settled(on) || mute == (Mute::Pending { on }) => Ok(()),
            Some(_) => {
                self.mute(id, agent, on);
                Ok(())
            }
            None => Err(not_now("mute")),
        }
    }

    fn resume_command(&mut self, id: ContactId, agent: AgentId) -> Result<(), Refusal> {
        if self.people.get(&agent).is_some_and(|person| person.is_engaged_beside(id)) {
            return Err(Refusal::new("other_contact_live", "Another contact is live.").remedy("Hold or end it first."));
        }
        self.resume(id, agent);
        Ok(())
    }

    fn end_command(&mut self, id: ContactId, phase: Phase) {
        match phase {
            Phase::Accepted => self.offer_rejected(id),
            Phase::Calling => self.disconnect(id, DisconnectReason::AgentDisconnect),
            Phase::Transferring => self.agent_leaves_transfer(id),
            _ => self.agent_ends(id),
        }
    }

    fn send_digits(&mut self, id: ContactId, digits: &str) -> Result<(), Refusal> {
        let fine = (1..=DIGITS_LIMIT).contains(&digits.len())
            && digits.chars().all(|c| matches!(c, '0'..='9' | '*' | '#' | 'A'..='D'));
        if !fine {
            return Err(Refusal::new("invalid_digits", "These keys cannot be sent.")
                .field("digits")
                .remedy("Send 1 to 32 of 0-9, *, # and A-D."));
        }
        let Some(leg) = self.customer_leg(id) else { return Err(not_now("send_digits")) };
        self.emit(Output::SendDigits { leg, digits: digits.to_owned() });
        Ok(())
    }

    fn extend_acw(&mut self, id: ContactId, agent: AgentId, seconds: u32) -> Result<(), Refusal> {
        if !(1..=EXTENSION_LIMIT_S).contains(&seconds) {
            return Err(Refusal::new("invalid_extension", "An extension is 1 to 3,600 seconds.").field("seconds"));
        }
        let slot = self.people.get(&agent).and_then(|person| person.slot(id));
        let Some(deadline) = slot.and_then(|slot| slot.deadline) else {
            return Err(Refusal::new("no_limit", "After-contact work has no limit here."));
        };
        self.set_acw_deadline(id, agent, deadline + Duration::from_secs(u64::from(seconds)));
        Ok(())
    }

    fn set_note(&mut self, id: ContactId, agent: AgentId, note: String) -> Result<(), Refusal> {
        if note.chars().count() > NOTE_LIMIT {
            return Err(Refusal::new("note_too_long", "A note has at most 4,000 characters.").field("note"));
        }
        if let Some(contact) = self.contact_mut(id) {
            contact.note = note;
        }
        self.touch_agent(agent);
        Ok(())
    }

    fn set_disposition(&mut self, id: ContactId, agent: AgentId, code: Option<String>) -> Result<(), Refusal> {
        if code.as_ref().is_some_and(|code| !self.centre.dispositions.contains(code)) {
            return Err(Refusal::new("unknown_disposition", "There is no such disposition code.")
                .field("code")
                .remedy("Choose one from the list."));
        }
        if let Some(contact) = self.contact_mut(id) {
            contact.disposition = code;
        }
        self.touch_agent(agent);
        Ok(())
    }
}

pub(super) fn not_an_agent() -> Refusal {
    Refusal::new("not_an_agent", "This person is not an agent.")
        .remedy("Ask the administrator for the role and a routing profile.")
}

pub(super) fn not_now(action: &str) -> Refusal {
    Refusal::new("not_now", format!("{action} is not possible in the contact's present state."))
}
