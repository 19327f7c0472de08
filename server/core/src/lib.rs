//! The floor: the whole contact centre as one machine without clock, socket, thread or randomness. Feed it an
//! [`io::Input`] with the time, drain [`io::Output`]s, call again at [`floor::Floor::poll_timeout`].
//!
//! Invariant, stated as absences: nothing here knows SIP, RTP, HTTP or SQL; `contact`, `acd` and `agent` never name
//! each other, `floor` introduces them.

pub mod acd;
pub mod agent;
pub mod contact;
pub mod floor;
pub mod flow;
pub mod io;
