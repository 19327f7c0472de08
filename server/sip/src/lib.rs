//! SIP without I/O: bytes and time go in at [`endpoint::Endpoint`], bytes and events come out.
//!
//! No socket, thread, clock or randomness is used here: the driver owns the sockets, passes `Instant`s and a seed, and
//! drains [`Endpoint::poll_transmit`](endpoint::Endpoint::poll_transmit) and
//! [`Endpoint::poll_event`](endpoint::Endpoint::poll_event) after every call. Bodies stay sealed: this crate carries
//! SDP and never reads it.
//!
//! ```text
//! endpoint      the door: peers, calls, transports
//! dialog session auth registrar   RFC 3261 §12; offers and RFC 4028; digest; bindings
//! transaction   RFC 3261 §17 with RFC 6026, as tables
//! wire          bytes <-> typed values; untrusted bytes are checked once, here
//! message       the vocabulary borrowed from rsip
//! ```
#![forbid(unsafe_code)]

mod auth;
mod dialog;
pub mod endpoint;
pub mod message;
mod random;
mod registrar;
mod session;
mod timers;
pub mod transaction;
pub mod wire;
