//! One media endpoint of a contact, and its small table.

use crate::io::PromptSource;
use serde::{Deserialize, Serialize};
use twinline_model::*;

/// On whose behalf the leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Party {
    Customer,
    Agent(AgentId),
    ThirdParty,
}

impl Party {
    /// The word of `LegQuality::participant` and of events.
    pub fn name(self) -> &'static str {
        match self {
            Party::Customer => "customer",
            Party::Agent(_) => "agent",
            Party::ThirdParty => "third_party",
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Asked for, or ringing at either end.
    Setup,
    /// Not answered, but it can be heard already.
    Early,
    /// Hears and is heard.
    Up,
    /// Over, or told to be.
    Down,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegEvent {
    Ringing {
        early_media: bool,
    },
    Answered,
    /// It failed, ended, or was hung up by us.
    Over,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{event:?} is refused in leg state {state:?}")]
pub struct LegRefused {
    pub state: LegState,
    pub event: LegEvent,
}

impl LegState {
    /// The table. A repeated word (ringing twice, over twice) is not a fault of the network's making: it stays.
    pub fn on(self, event: LegEvent) -> Result<LegState, LegRefused> {
        use LegState::*;
        match (self, event) {
            (Setup, LegEvent::Ringing { early_media: true }) => Ok(Early),
            (Setup | Early, LegEvent::Ringing { .. }) => Ok(self),
            (Setup | Early, LegEvent::Answered) => Ok(Up),
            (Up, LegEvent::Answered) => Ok(Up),
            (_, LegEvent::Over) => Ok(Down),
            (Up | Down, LegEvent::Ringing { .. }) | (Down, LegEvent::Answered) => {
                Err(LegRefused { state: self, event })
            }
        }
    }
}

/// What sounds on a leg. At most one thing at a time; a new one replaces it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Playing {
    pub id: PlaybackId,
    pub prompt: PromptSource,
    pub repeat: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    pub id: LegId,
    pub party: Party,
    pub state: LegState,
    pub in_room: bool,
    pub playing: Option<Playing>,
}

impl Leg {
    pub fn new(id: LegId, party: Party) -> Self {
        Self { id, party, state: LegState::Setup, in_room: false, playing: None }
    }

    pub fn is_up(&self) -> bool {
        self.state == LegState::Up
    }

    pub fn is_down(&self) -> bool {
        self.state == LegState::Down
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fmt::Write;

    #[test]
    fn every_pair_of_leg_state_and_event_moves_as_the_table_says() {
        let mut table = String::new();
        for state in [LegState::Setup, LegState::Early, LegState::Up, LegState::Down] {
            for event in [
                LegEvent::Ringing { early_media: false },
                LegEvent::Ringing { early_media: true },
                LegEvent::Answered,
                LegEvent::Over,
            ] {
                let outcome = state.on(event).map_or("refused".to_owned(), |next| format!("{next:?}"));
                writeln!(table, "{state:?} + {event:?} -> {outcome}").unwrap();
            }
        }
        insta::assert_snapshot!(table, @r"
        Setup + Ringing { early_media: false } -> Setup
        Setup + Ringing { early_media: true } -> Early
        Setup + Answered -> Up
        Setup + Over -> Down
        Early + Ringing { early_media: false } -> Early
        Early + Ringing { early_media: true } -> Early
        Early + Answered -> Up
        Early + Over -> Down
        Up + Ringing { early_media: false } -> refused
        Up + Ringing { early_media: true } -> refused
        Up + Answered -> Up
        Up + Over -> Down
        Down + Ringing { early_media: false } -> refused
        Down + Ringing { early_media: true } -> refused
        Down + Answered -> refused
        Down + Over -> Down
        ");
    }
}
