//! The four transaction machines of RFC 3261 §17 with the corrections of RFC 6026, each a pure table: one function of
//! (state, event). Whoever runs them keeps the messages and the timers.

pub mod invite_client;
pub mod invite_server;
pub mod other_client;
pub mod other_server;

use crate::endpoint::Timing;
use std::time::Duration;

/// RFC 3261 Table 4 and RFC 6026 §7: the timers by their letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// INVITE request retransmission, UDP only.
    A,
    /// INVITE transaction timeout.
    B,
    /// Wait for response retransmissions.
    D,
    /// Non-INVITE request retransmission, UDP only.
    E,
    /// Non-INVITE transaction timeout.
    F,
    /// INVITE response retransmission.
    G,
    /// Wait for ACK.
    H,
    /// Wait for ACK retransmissions.
    I,
    /// Wait for non-INVITE request retransmissions.
    J,
    /// Wait for response retransmissions.
    K,
    /// Wait for accepted INVITE request retransmissions (RFC 6026).
    L,
    /// Wait for retransmissions of 2xx, or more of them from forks (RFC 6026).
    M,
}

/// What the runner of a machine has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Send what the user gave (the request, or this response).
    Send,
    /// Send the last message again.
    Resend,
    /// Send the ACK for a non-2xx final response.
    Ack,
    /// Hand the message to the user.
    Pass,
    /// Tell the user that nothing came in time.
    Timeout,
    /// Tell the user that the transport failed.
    Failed,
    Arm(Timer),
    Disarm(Timer),
}

/// How long a timer runs; zero: at once. `None`: it is not used on this transport.
pub fn duration(timer: Timer, sent: u32, timing: &Timing, reliable: bool) -> Option<Duration> {
    let doubled = || timing.t1.saturating_mul(1 << sent.saturating_sub(1).min(16));
    let unless_reliable = |wait| Some(if reliable { Duration::ZERO } else { wait });
    match timer {
        Timer::A => (!reliable).then(doubled),
        Timer::E | Timer::G => (!reliable).then(|| doubled().min(timing.t2)),
        Timer::B | Timer::F | Timer::H | Timer::L | Timer::M => Some(timing.t1 * 64),
        Timer::D => unless_reliable(timing.t1 * 64),
        Timer::I | Timer::K => unless_reliable(timing.t4),
        Timer::J => unless_reliable(timing.t1 * 64),
    }
}
