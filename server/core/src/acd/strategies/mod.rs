//! One strategy a file; the list is `strategy::all()`.

pub mod longest_idle;
