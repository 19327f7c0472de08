//! INVITE server transaction: RFC 3261 §17.2.1, corrected by RFC 6026 §7.1.
//!
//! ```text
//!  Proceeding ──2xx──► Accepted ──L──► Terminated
//!      └──300-699──► Completed ──ACK──► Confirmed ──I──► Terminated
//!                        └──H──► Terminated
//! ```

use super::{Action, Timer};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Proceeding,
    /// How often the final response has been sent.
    Completed {
        sent: u32,
    },
    Confirmed,
    Accepted,
    Terminated,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// The request again.
    Request,
    Ack,
    /// The user's responses.
    Provisional,
    Success,
    Failure,
    Fired(Timer),
    TransportError,
}

pub const START: State = State::Proceeding;

pub fn step(state: State, event: Event) -> (State, &'static [Action]) {
    use Action::{Arm, Disarm, Failed, Pass, Resend, Send, Timeout};
    match (state, event) {
        (State::Proceeding, Event::Request) => (State::Proceeding, &[Resend]),
        (State::Proceeding, Event::Provisional) => (State::Proceeding, &[Send]),
        (State::Proceeding, Event::Success) => (State::Accepted, &[Send, Arm(Timer::L)]),
        (State::Proceeding, Event::Failure) => (State::Completed { sent: 1 }, &[Send, Arm(Timer::G), Arm(Timer::H)]),
        (State::Completed { sent }, Event::Request) => (State::Completed { sent }, &[Resend]),
        (State::Completed { sent }, Event::Fired(Timer::G)) => {
            (State::Completed { sent: sent + 1 }, &[Resend, Arm(Timer::G)])
        }
        (State::Completed { .. }, Event::Fired(Timer::H)) => (State::Terminated, &[Disarm(Timer::G), Timeout]),
        (State::Completed { .. }, Event::Ack) => {
            (State::Confirmed, &[Disarm(Timer::G), Disarm(Timer::H), Arm(Timer::I)])
        }
        (State::Confirmed, Event::Fired(Timer::I)) => (State::Terminated, &[]),
        // RFC 6026 §7.1: "While in the "Accepted" state, any retransmissions of the INVITE received will match this
        // transaction state machine and will be absorbed"; the user sends its 2xx again through us.
        (State::Accepted, Event::Success) => (State::Accepted, &[Send]),
        (State::Accepted, Event::Ack) => (State::Accepted, &[Pass]),
        (State::Accepted, Event::Fired(Timer::L)) => (State::Terminated, &[]),
        (State::Proceeding | State::Completed { .. }, Event::TransportError) => {
            (State::Terminated, &[Disarm(Timer::G), Disarm(Timer::H), Failed])
        }
        (same, _) => (same, &[]),
    }
}
