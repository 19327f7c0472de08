//! Where the tasks run: the switchboard drives, the edges touch the world, HTTP and the command line ask.

pub mod clock;
pub mod config;
pub mod edge;
pub mod switchboard;
pub mod wiring;
