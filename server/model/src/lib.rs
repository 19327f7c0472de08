//! The nouns of Twinline: what a contact centre consists of and what it tells the world. Data and checks only;
//! no clock, no randomness, no I/O.

pub mod agent;
pub mod centre;
pub mod contact;
pub mod error;
pub mod event;
pub mod flow;
pub mod id;
pub mod queue;
pub mod time;
pub mod trunk;

pub use agent::*;
pub use centre::*;
pub use contact::*;
pub use error::*;
pub use event::*;
pub use flow::*;
pub use id::*;
pub use queue::*;
pub use time::*;
pub use trunk::*;
