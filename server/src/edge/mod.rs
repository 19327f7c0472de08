//! The edges: where sockets, files and clocks are touched. Each speaks one protocol and decides nothing.

pub mod batch;
pub mod media;
pub mod prompts;
pub mod quic;
pub mod recordings;
pub mod sip;
