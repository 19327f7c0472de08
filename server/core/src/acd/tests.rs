//! Stories of the acd.
