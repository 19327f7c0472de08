//! Work beside the calls.

pub mod relay;
