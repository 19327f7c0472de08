//! Non-INVITE server transaction: RFC 3261 §17.2.2.
//!
//! ```text
//!  Trying ──1xx──► Proceeding ──200-699──► Completed ──J──► Terminated
//!     └─────────────200-699──────────────────▲
//! ```

use super::{Action, Timer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Trying,
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The request again.
    Request,
    /// The user's responses.
    Provisional,
    Final,
    Fired(Timer),
    TransportError,
}

pub const START: State = State::Trying;

pub fn step(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Arm, Disarm, Failed, Resend, Send};
    match (state, event) {
        (State::Trying | State::Proceeding, Event::Provisional) => (State::Proceeding, &[Send]),
        (State::Trying | State::Proceeding, Event::Final) => (State::Completed, &[Send, Arm(Timer::J)]),
        (State::Proceeding | State::Completed, Event::Request) => (state, &[Resend]),
        (State::Completed, Event::Fired(Timer::J)) => (State::Terminated, &[]),
        (State::Trying | State::Proceeding | State::Completed, Event::TransportError) => {
            (State::Terminated, &[Disarm(Timer::J), Failed])
        }
        (same, _) => (same, &[]),
    }
}
