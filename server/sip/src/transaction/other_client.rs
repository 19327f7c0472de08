//! Non-INVITE client transaction: RFC 3261 §17.1.2.
//!
//! ```text
//!  Trying ──1xx──► Proceeding ──200-699──► Completed ──K──► Terminated
//!     └─────────────200-699──────────────────▲
//! ```

use super::{Action, Timer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Trying {
        sent: u32,
    },
    /// Retransmissions go on, T2 apart.
    Proceeding,
    Completed,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Provisional,
    Final,
    Fired(Timer),
    TransportError,
}

/// On creation: `Send`, then these.
pub const START: (State, &[Action]) = (State::Trying { sent: 1 }, &[Action::Arm(Timer::E), Action::Arm(Timer::F)]);

pub fn step(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Arm, Disarm, Failed, Pass, Resend, Timeout};
    match (state, event) {
        (State::Trying { sent }, Event::Fired(Timer::E)) => {
            (State::Trying { sent: sent + 1 }, &[Resend, Arm(Timer::E)])
        }
        (State::Proceeding, Event::Fired(Timer::E)) => (State::Proceeding, &[Resend, Arm(Timer::E)]),
        (State::Trying { .. } | State::Proceeding, Event::Fired(Timer::F)) => {
            (State::Terminated, &[Disarm(Timer::E), Timeout])
        }
        (State::Trying { .. } | State::Proceeding, Event::Provisional) => (State::Proceeding, &[Pass]),
        (State::Trying { .. } | State::Proceeding, Event::Final) => {
            (State::Completed, &[Disarm(Timer::E), Disarm(Timer::F), Arm(Timer::K), Pass])
        }
        (State::Completed, Event::Fired(Timer::K)) => (State::Terminated, &[]),
        (State::Trying { .. } | State::Proceeding, Event::TransportError) => (State::Terminated, &[Failed]),
        (same, _) => (same, &[]),
    }
}
