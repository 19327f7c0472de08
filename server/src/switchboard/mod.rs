//! The switchboard: one task that takes what the edges bring, feeds the floor, journals, and hands out what it wants.

pub mod port;
