//! Where the tasks run: the switchboard drives, the edges touch the world, HTTP and the command line ask.

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod demo;
pub mod edge;
pub mod http;
pub mod jobs;
pub mod switchboard;
pub mod telemetry;
pub mod wiring;
