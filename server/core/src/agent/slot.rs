//! One contact as it is on its agent: the agent leg's table.

use serde::{Deserialize, Serialize};
use std::time::Duration;
use twinline_model::*;

/// Finer than [`AgentContactState`], which is what the published shapes show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Held out to the agent.
    Ringing,
    /// Accepted; the audio is on its way.
    Accepted,
    /// Outbound, until the customer answers.
    Calling,
    Connected,
    OnHold,
    /// A third party is rung for the customer.
    Transferring,
    /// The agent's audio was lost and is being set up again.
    Interrupted,
    Missed,
    Rejected,
    Error,
    /// After-contact work.
    Acw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotEvent {
    Accept,
    Reject,
    /// Not accepted in time.
    Miss,
    /// The audio could not be had.
    Fail,
    /// The offer is taken back, nothing is left of it.
    Withdraw,
    /// Customer and agent hear each other.
    Join,
    Hold,
    Resume,
    StartTransfer,
    TransferFailed,
    Interrupt,
    /// The conversation is over; after-contact work begins.
    End,
    Clear,
    FinishAcw,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is refused while the contact is {phase:?} on the agent")]
pub struct SlotRefused {
    pub phase: Phase,
    pub event: SlotEvent,
}

impl Phase {
    pub const ALL: [Phase; 11] = [
        Phase::Ringing,
        Phase::Accepted,
        Phase::Calling,
        Phase::Connected,
        Phase::OnHold,
        Phase::Transferring,
        Phase::Interrupted,
        Phase::Missed,
        Phase::Rejected,
        Phase::Error,
        Phase::Acw,
    ];

    /// The table. `None`: the contact leaves the agent.
    pub fn on(self, event: SlotEvent) -> Result<Option<Phase>, SlotRefused> {
        use Phase::*;
        Ok(match (self, event) {
            (Ringing, SlotEvent::Accept) => Some(Accepted),
            (Ringing | Accepted, SlotEvent::Reject) => Some(Rejected),
            (Ringing, SlotEvent::Miss) => Some(Missed),
            (Ringing | Accepted | Calling | Connected | OnHold | Interrupted, SlotEvent::Fail) => Some(Error),
            (Ringing | Accepted | Calling, SlotEvent::Withdraw) => None,
            (Accepted | Calling | Interrupted, SlotEvent::Join) => Some(Connected),
            (Connected | Interrupted | Transferring, SlotEvent::Hold) => Some(OnHold),
            (OnHold, SlotEvent::Resume) => Some(Connected),
            (Connected | OnHold, SlotEvent::StartTransfer) => Some(Transferring),
            (Transferring, SlotEvent::TransferFailed) => Some(Connected),
            (Connected | OnHold, SlotEvent::Interrupt) => Some(Interrupted),
            // A call that nobody answered has its after-contact work too.
            (Calling | Connected | OnHold | Transferring | Interrupted, SlotEvent::End) => Some(Acw),
            (Missed | Rejected | Error, SlotEvent::Clear) => None,
            (Acw, SlotEvent::FinishAcw) => None,
            (phase, event) => return Err(SlotRefused { phase, event }),
        })
    }

    /// As the published shapes name it.
    pub fn published(self) -> AgentContactState {
        match self {
            Phase::Ringing | Phase::Accepted | Phase::Calling => AgentContactState::Connecting,
            Phase::Connected | Phase::Transferring => AgentContactState::Connected,
            Phase::OnHold | Phase::Interrupted => AgentContactState::ConnectedOnhold,
            Phase::Missed => AgentContactState::Missed,
            Phase::Rejected => AgentContactState::Rejected,
            Phase::Error => AgentContactState::Error,
            Phase::Acw => AgentContactState::Ended,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Phase::Ringing => "ringing",
            Phase::Accepted => "accepted",
            Phase::Calling => "calling",
            Phase::Connected => "connected",
            Phase::OnHold => "on_hold",
            Phase::Transferring => "transferring",
            Phase::Interrupted => "interrupted",
            Phase::Missed => "missed",
            Phase::Rejected => "rejected",
            Phase::Error => "error",
            Phase::Acw => "acw",
        }
    }

    /// A second thing to answer at the same time would be lost.
    pub fn is_being_set_up(self) -> bool {
        matches!(self, Phase::Ringing | Phase::Accepted | Phase::Calling)
    }

    /// The agent has a customer on the line, held or not.
    pub fn is_live(self) -> bool {
        matches!(self, Phase::Connected | Phase::OnHold | Phase::Transferring | Phase::Interrupted)
    }

    /// Stays on the agent until somebody looks at it.
    pub fn is_uncleared(self) -> bool {
        matches!(self, Phase::Missed | Phase::Rejected | Phase::Error)
    }
}

/// What the agent may see of a contact that another agent may have by now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Card {
    pub contact: ContactId,
    pub initial: Option<ContactId>,
    pub channel: Channel,
    pub method: InitiationMethod,
    pub customer: String,
    pub customer_name: String,
    pub queue: Option<(QueueId, String)>,
    pub enqueued: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Slot {
    pub card: Card,
    pub phase: Phase,
    pub since: Timestamp,
    /// The agent's leg.
    pub leg: Option<LegId>,
    pub path: MediaPath,
    pub connected: Option<Timestamp>,
    pub mute: Mute,
    /// Stable code: why it was missed or failed, or what the last attempt came to.
    pub reason: Option<String>,
    /// Ringing: when it is missed. ACW: when its limit ends it.
    pub deadline: Option<Timestamp>,
    /// The customer's wait when the agent was asked.
    pub waited: Duration,
}

/// The microphone of the agent on this contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Mute {
    Open,
    Muted,
    /// Asked for, not confirmed by the endpoint yet.
    Pending {
        on: bool,
    },
}

impl Mute {
    /// What to show: the wish at once, so that the press is seen.
    pub fn shown(self) -> bool {
        matches!(self, Mute::Muted | Mute::Pending { on: true })
    }

    pub fn settled(on: bool) -> Self {
        if on { Mute::Muted } else { Mute::Open }
    }
}

impl Slot {
    pub fn new(card: Card, phase: Phase, leg: LegId, path: MediaPath, now: Timestamp) -> Self {
        Self {
            card,
            phase,
            since: now,
            leg: Some(leg),
            path,
            connected: None,
            mute: Mute::Open,
            reason: None,
            deadline: None,
            waited: Duration::ZERO,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn every_pair_of_phase_and_event_moves_as_the_table_says() {
        let mut table = String::new();
        for phase in Phase::ALL {
            for event in [
                SlotEvent::Accept,
                SlotEvent::Reject,
                SlotEvent::Miss,
                SlotEvent::Fail,
                SlotEvent::Withdraw,
                SlotEvent::Join,
                SlotEvent::Hold,
                SlotEvent::Resume,
                SlotEvent::StartTransfer,
                SlotEvent::TransferFailed,
                SlotEvent::Interrupt,
                SlotEvent::End,
                SlotEvent::Clear,
                SlotEvent::FinishAcw,
            ] {
                let outcome = match phase.on(event) {
                    Ok(Some(next)) => next.name(),
                    Ok(None) => "gone",
                    Err(_) => "refused",
                };
                writeln!(table, "{} + {event:?} -> {outcome}", phase.name()).unwrap();
            }
        }
        insta::assert_snapshot!("agent_slots", table);
    }
}
