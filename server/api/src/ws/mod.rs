//! Messages of the two halves of an agent's phone.

pub mod ccp;
pub mod media_agent;
