//! INVITE client transaction: RFC 3261 §17.1.1, corrected by RFC 6026 §7.2.
//!
//! ```text
//!            1xx                2xx
//!  Calling ──────► Proceeding ──────► Accepted ──M──► Terminated
//!     │  └──────────2xx─────────────────▲
//!     └──300-699──► Completed ──D──► Terminated        (ACK on each 300-699)
//! ```

use super::{Action, Timer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// How often the request has been sent.
    Calling {
        sent: u32,
    },
    Proceeding,
    Accepted,
    Completed,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    Provisional,
    Success,
    Failure,
    Fired(Timer),
    TransportError,
}

/// On creation: `Send`, then these.
pub const START: (State, &[Action]) = (State::Calling { sent: 1 }, &[Action::Arm(Timer::A), Action::Arm(Timer::B)]);

pub fn step(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Ack, Arm, Disarm, Failed, Pass, Resend, Timeout};
    match (state, event) {
        (State::Calling { sent }, Event::Fired(Timer::A)) => {
            (State::Calling { sent: sent + 1 }, &[Resend, Arm(Timer::A)])
        }
        // In Proceeding only when the user armed it: RFC 3261 leaves that wait unbounded.
        (State::Calling { .. } | State::Proceeding, Event::Fired(Timer::B)) => (State::Terminated, &[Timeout]),
        (State::Calling { .. }, Event::Provisional) => (State::Proceeding, &[Disarm(Timer::A), Disarm(Timer::B), Pass]),
        (State::Proceeding, Event::Provisional) => (State::Proceeding, &[Pass]),
        (State::Calling { .. } | State::Proceeding, Event::Success) => {
            (State::Accepted, &[Disarm(Timer::A), Disarm(Timer::B), Arm(Timer::M), Pass])
        }
        (State::Accepted, Event::Success) => (State::Accepted, &[Pass]),
        (State::Calling { .. } | State::Proceeding, Event::Failure) => {
            (State::Completed, &[Disarm(Timer::A), Disarm(Timer::B), Ack, Arm(Timer::D), Pass])
        }
        (State::Completed, Event::Failure) => (State::Completed, &[Ack]),
        (State::Completed, Event::Fired(Timer::D)) | (State::Accepted, Event::Fired(Timer::M)) => {
            (State::Terminated, &[])
        }
        (State::Calling { .. } | State::Proceeding, Event::TransportError) => (State::Terminated, &[Failed]),
        // RFC 6026 §8.4 leaves the wait for forked 2xx running; an ACK that can't be sent is the dialog's trouble.
        (State::Completed, Event::TransportError) => (State::Terminated, &[]),
        (same, _) => (same, &[]),
    }
}
