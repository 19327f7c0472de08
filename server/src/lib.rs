//! Where the tasks run: the switchboard drives, the edges touch the world, HTTP and the command line ask.

pub mod edge;
pub mod switchboard;
pub mod wiring;
