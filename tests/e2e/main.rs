//! End-to-end stories with real programs: the server, the headless media agent, Debian's SIPp and baresip. They run
//! one after the other (`--test-threads=1`): each has a server of its own and wants the machine for itself.

#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod browser;
mod crowd;
mod phones;
mod refusals;
mod restart;
