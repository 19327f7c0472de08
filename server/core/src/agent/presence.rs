//! The presence table: signed in or not, the chosen status, and the one that follows the contact at hand.

use serde::{Deserialize, Serialize};
use twinline_model::*;

/// A status as chosen. `id` is absent only where the centre has no status of kind Offline to start from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    pub id: Option<AgentStatusId>,
    pub kind: AgentStatusKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub enum Presence {
    SignedOut,
    Present { status: Chosen, since: Timestamp, next: Option<Next> },
}

/// The status that follows once no contact is left on the agent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Next {
    pub status: Chosen,
    pub enqueued: Timestamp,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PresenceEvent {
    /// Become present with this status (the Offline one).
    SignIn {
        offline: Chosen,
    },
    SignOut,
    /// Take a status: now, or next while a contact is on the agent.
    Choose {
        status: Chosen,
        busy: bool,
    },
    CancelNext,
    /// The last contact has left the agent.
    AllDone,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PresenceRefused {
    #[error("the agent is signed in already")]
    SignedInAlready,
    #[error("the agent is not signed in")]
    NotSignedIn,
    #[error("no next status is set")]
    NoNextStatus,
}

impl Presence {
    /// The table.
    pub fn on(self, now: Timestamp, event: PresenceEvent) -> Result<Presence, PresenceRefused> {
        use PresenceEvent::*;
        match (self, event) {
            (Presence::SignedOut, SignIn { offline }) => Ok(Presence::present(offline, now)),
            (Presence::SignedOut, AllDone) => Ok(self),
            (Presence::SignedOut, _) => Err(PresenceRefused::NotSignedIn),
            (Presence::Present { .. }, SignIn { .. }) => Err(PresenceRefused::SignedInAlready),
            (Presence::Present { .. }, SignOut) => Ok(Presence::SignedOut),
            // Choosing the present status again, while busy, only takes back what was to come.
            (Presence::Present { status, since, .. }, Choose { status: wanted, busy }) => Ok(if wanted == status {
                Presence::Present { status, since, next: None }
            } else if busy {
                Presence::Present { status, since, next: Some(Next { status: wanted, enqueued: now }) }
            } else {
                Presence::present(wanted, now)
            }),
            (Presence::Present { status, since, next: Some(_) }, CancelNext) => {
                Ok(Presence::Present { status, since, next: None })
            }
            (Presence::Present { next: None, .. }, CancelNext) => Err(PresenceRefused::NoNextStatus),
            (Presence::Present { next: Some(next), .. }, AllDone) => Ok(Presence::present(next.status, now)),
            (Presence::Present { next: None, .. }, AllDone) => Ok(self),
        }
    }

    fn present(status: Chosen, now: Timestamp) -> Self {
        Presence::Present { status, since: now, next: None }
    }

    pub fn is_signed_in(self) -> bool {
        self != Presence::SignedOut
    }

    pub fn status(self) -> Option<Chosen> {
        match self {
            Presence::SignedOut => None,
            Presence::Present { status, .. } => Some(status),
        }
    }

    /// Signed out counts as Offline.
    pub fn kind(self) -> AgentStatusKind {
        self.status().map_or(AgentStatusKind::Offline, |status| status.kind)
    }

    pub fn next(self) -> Option<Next> {
        match self {
            Presence::Present { next, .. } => next,
            Presence::SignedOut => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn every_pair_of_presence_and_event_moves_as_the_table_says() {
        let start = Timestamp::from_secs(0);
        let now = Timestamp::from_secs(60);
        let chosen = |bits, kind| Chosen { id: Some(AgentStatusId::from_bits(bits)), kind };
        let (offline, available, lunch) = (
            chosen(1, AgentStatusKind::Offline),
            chosen(2, AgentStatusKind::Routable),
            chosen(3, AgentStatusKind::Custom),
        );
        let name = |presence: Presence| match presence {
            Presence::SignedOut => "signed out".to_owned(),
            Presence::Present { status, since, next } => format!(
                "{:?} since {}{}",
                status.kind,
                since.as_micros() / 1_000_000,
                next.map_or(String::new(), |next| format!(", next {:?}", next.status.kind))
            ),
        };
        let next = Next { status: lunch, enqueued: start };
        let mut table = String::new();
        for presence in [
            Presence::SignedOut,
            Presence::Present { status: available, since: start, next: None },
            Presence::Present { status: available, since: start, next: Some(next) },
        ] {
            for (label, event) in [
                ("sign in", PresenceEvent::SignIn { offline }),
                ("sign out", PresenceEvent::SignOut),
                ("choose lunch, free", PresenceEvent::Choose { status: lunch, busy: false }),
                ("choose lunch, busy", PresenceEvent::Choose { status: lunch, busy: true }),
                ("choose available, busy", PresenceEvent::Choose { status: available, busy: true }),
                ("cancel next", PresenceEvent::CancelNext),
                ("all done", PresenceEvent::AllDone),
            ] {
                let outcome = presence.on(now, event).map_or_else(|refused| format!("refused: {refused}"), name);
                writeln!(table, "{} + {label} -> {outcome}", name(presence)).unwrap();
            }
        }
        insta::assert_snapshot!("presence", table);
    }
}
