//! Longest idle: the agent whose last after-contact work ended first is asked first.

use crate::acd::strategy::{Candidate, Rank, Strategy};

pub struct LongestIdle;

impl Strategy for LongestIdle {
    fn name(&self) -> &'static str {
        "longest_idle"
    }

    fn rank(&self, candidate: &Candidate) -> Rank {
        Rank { order: candidate.idle_since.as_micros(), tie: candidate.tie }
    }

    fn starvation_bound(&self) -> &'static str {
        "with n agents ready for a queue, an agent who stays ready gets one of its next n contacts"
    }
}
