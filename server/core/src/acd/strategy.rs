//! How ready agents are ordered. A strategy gives each agent a rank once, when they become ready; the lowest rank is
//! asked first. That keeps a choice logarithmic in the number of agents.

use super::strategies;
use twinline_model::Timestamp;

/// An agent as a strategy sees them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// End of the last after-contact work, or when they became Available.
    pub idle_since: Timestamp,
    /// Random, new each time the agent becomes idle: decides between equals, fairly and repeatably.
    pub tie: u64,
}

/// Lower is asked first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rank {
    pub order: i64,
    pub tie: u64,
}

/// One way to order ready agents.
pub trait Strategy: Sync {
    /// Stable name, `snake_case`.
    fn name(&self) -> &'static str;
    /// Same candidate, same rank.
    fn rank(&self, candidate: &Candidate) -> Rank;
    /// How long an agent who stays ready can be passed over, in words.
    fn starvation_bound(&self) -> &'static str;
}

/// Every strategy, the default first.
pub fn all() -> &'static [&'static dyn Strategy] {
    &[&strategies::longest_idle::LongestIdle]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_strategy_ranks_equals_equally_and_breaks_their_tie(idle in 0i64..1_000_000, one: u64, other: u64) {
            for strategy in all() {
                let candidate = |tie| Candidate { idle_since: Timestamp::from_secs(idle), tie };
                prop_assert_eq!(strategy.rank(&candidate(one)), strategy.rank(&candidate(one)));
                prop_assert_eq!(strategy.rank(&candidate(one)).order, strategy.rank(&candidate(other)).order);
                prop_assert_eq!(strategy.rank(&candidate(one)) == strategy.rank(&candidate(other)), one == other);
                prop_assert!(!strategy.starvation_bound().is_empty());
            }
        }
    }

    #[test]
    fn names_are_unique_and_the_default_is_longest_idle() {
        let names: Vec<_> = all().iter().map(|strategy| strategy.name()).collect();
        assert_eq!(names, ["longest_idle"]);
    }
}
