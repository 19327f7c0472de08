//! The states of a contact and the one table that moves between them.
//!
//! ```text
//! Arrived ─► InFlow ─► Queued ⇄ Offered ─► Accepted ─► Connected ⇄ OnHold
//!                         ▲─────────────────────┘        │  ▲  │
//! Calling ─► Dialled ───────────────────────────────────►│  │  ├─► Transferring ─► WithThirdParty
//!                                        Interrupted ⇄ ──┘  │  └─► Remaining
//! every state ─► Disconnected                               └── a failed transfer
//! ```

use serde::{Deserialize, Serialize};
use twinline_model::{AgentId, DisconnectReason};

/// Where a contact is between hello and goodbye. After-contact work is the agent's, not the contact's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum State {
    /// The customer's leg rings at our door.
    Arrived,
    /// Answered; a flow runs and decides.
    InFlow,
    /// Waits for an agent; a queue flow may run.
    Queued,
    /// An agent is reserved and rings; the contact keeps its place in the queue.
    Offered {
        agent: AgentId,
    },
    /// The agent accepted; their audio is on its way.
    Accepted {
        agent: AgentId,
    },
    /// Outbound: the agent's audio is set up.
    Calling {
        agent: AgentId,
    },
    /// Outbound: the customer's phone rings.
    Dialled {
        agent: AgentId,
    },
    /// Customer and agent hear each other.
    Connected {
        agent: AgentId,
    },
    OnHold {
        agent: AgentId,
    },
    /// A third party is rung for the customer; the agent, if still there, waits for the outcome.
    Transferring {
        agent: Option<AgentId>,
    },
    /// The agent's audio was lost; the customer hears the hold sound while it is set up again.
    Interrupted {
        agent: AgentId,
    },
    /// The customer talks with a party outside the centre.
    WithThirdParty,
    /// The agent has left; the flow for remaining customers runs.
    Remaining,
    /// Over for the customer. The contact lives on only for its after-contact work and files.
    Disconnected {
        reason: DisconnectReason,
    },
}

/// What can happen to a contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    Answered,
    Enqueued,
    Offered {
        agent: AgentId,
    },
    /// The offer ended otherwise than by a conversation.
    OfferEnded,
    Accepted,
    /// Outbound: the agent's audio is up, the customer is dialled.
    AgentUp,
    /// Customer and agent are in one room.
    Joined,
    Held,
    Resumed,
    TransferStarted,
    TransferFailed,
    ThirdPartyAnswered,
    /// The one the customer talked with is gone, the customer stays.
    PartnerLeft,
    Interrupted,
    Disconnected {
        reason: DisconnectReason,
    },
}

/// The table has no such move.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is refused in contact state {state:?}")]
pub struct Refused {
    pub state: State,
    pub event: Happening,
}

impl State {
    /// The table.
    pub fn on(self, event: Happening) -> Result<State, Refused> {
        use State::*;
        Ok(match (self, event) {
            (Disconnected { .. }, _) => return Err(Refused { state: self, event }),
            (_, Happening::Disconnected { reason }) => Disconnected { reason },
            (Arrived, Happening::Answered) => InFlow,
            // Enqueued again while queued: the queue flow moved it on to another queue.
            (InFlow | Queued, Happening::Enqueued) => Queued,
            (Queued, Happening::Offered { agent }) => Offered { agent },
            (Offered { .. } | Accepted { .. }, Happening::OfferEnded) => Queued,
            (Offered { agent }, Happening::Accepted) => Accepted { agent },
            (Calling { agent }, Happening::AgentUp) => Dialled { agent },
            (Accepted { agent } | Dialled { agent } | Interrupted { agent }, Happening::Joined) => Connected { agent },
            // Held straight after an interruption or a failed transfer: the agent talks with somebody else by now.
            (Connected { agent } | Interrupted { agent } | Transferring { agent: Some(agent) }, Happening::Held) => {
                OnHold { agent }
            }
            (OnHold { agent }, Happening::Resumed) => Connected { agent },
            (Connected { agent } | OnHold { agent }, Happening::TransferStarted) => Transferring { agent: Some(agent) },
            (Transferring { agent: Some(agent) }, Happening::TransferFailed) => Connected { agent },
            (Transferring { .. }, Happening::ThirdPartyAnswered) => WithThirdParty,
            (Transferring { agent: Some(_) }, Happening::PartnerLeft) => Transferring { agent: None },
            (
                Connected { .. } | OnHold { .. } | Interrupted { .. } | WithThirdParty | Transferring { agent: None },
                Happening::PartnerLeft,
            ) => Remaining,
            (Connected { agent } | OnHold { agent }, Happening::Interrupted) => Interrupted { agent },
            (state, event) => return Err(Refused { state, event }),
        })
    }

    /// The agent who has the contact or is being asked to take it.
    pub fn agent(self) -> Option<AgentId> {
        use State::*;
        match self {
            Offered { agent }
            | Accepted { agent }
            | Calling { agent }
            | Dialled { agent }
            | Connected { agent }
            | OnHold { agent }
            | Transferring { agent: Some(agent) }
            | Interrupted { agent } => Some(agent),
            _ => None,
        }
    }

    /// In the queue, whether being offered or not.
    pub fn is_waiting(self) -> bool {
        matches!(self, State::Queued | State::Offered { .. } | State::Accepted { .. })
    }

    pub fn is_over(self) -> bool {
        matches!(self, State::Disconnected { .. })
    }

    pub fn name(self) -> &'static str {
        use State::*;
        match self {
            Arrived => "arrived",
            InFlow => "in_flow",
            Queued => "queued",
            Offered { .. } => "offered",
            Accepted { .. } => "accepted",
            Calling { .. } => "calling",
            Dialled { .. } => "dialled",
            Connected { .. } => "connected",
            OnHold { .. } => "on_hold",
            Transferring { .. } => "transferring",
            Interrupted { .. } => "interrupted",
            WithThirdParty => "with_third_party",
            Remaining => "remaining",
            Disconnected { .. } => "disconnected",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn every_pair_of_state_and_event_moves_as_the_table_says() {
        let agent = AgentId::from_bits(1);
        let reason = DisconnectReason::CustomerDisconnect;
        let states = [
            State::Arrived,
            State::InFlow,
            State::Queued,
            State::Offered { agent },
            State::Accepted { agent },
            State::Calling { agent },
            State::Dialled { agent },
            State::Connected { agent },
            State::OnHold { agent },
            State::Transferring { agent: Some(agent) },
            State::Transferring { agent: None },
            State::Interrupted { agent },
            State::WithThirdParty,
            State::Remaining,
            State::Disconnected { reason },
        ];
        let events = [
            Happening::Answered,
            Happening::Enqueued,
            Happening::Offered { agent },
            Happening::OfferEnded,
            Happening::Accepted,
            Happening::AgentUp,
            Happening::Joined,
            Happening::Held,
            Happening::Resumed,
            Happening::TransferStarted,
            Happening::TransferFailed,
            Happening::ThirdPartyAnswered,
            Happening::PartnerLeft,
            Happening::Interrupted,
            Happening::Disconnected { reason },
        ];
        let mut table = String::new();
        for state in states {
            for event in events {
                let event_name = format!("{event:?}");
                let event_name = event_name.split(' ').next().unwrap_or_default();
                let outcome = state.on(event).map_or("refused".to_owned(), |next| match next {
                    State::Transferring { agent: None } => "transferring without agent".to_owned(),
                    next => next.name().to_owned(),
                });
                let name = match state {
                    State::Transferring { agent: None } => "transferring without agent",
                    state => state.name(),
                };
                writeln!(table, "{name} + {event_name} -> {outcome}").unwrap();
            }
        }
        insta::assert_snapshot!("contact_states", table);
    }
}
