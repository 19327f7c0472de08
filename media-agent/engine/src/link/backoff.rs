//! How long to wait before the next attempt: full jitter, so that ten thousand endpoints do not come back in step.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(500);
const LONGEST: Duration = Duration::from_secs(15);

/// Wait before attempt `attempt` (0 = the first after a failure): evenly spread over 0 … min(15 s, 0.5 s · 2^attempt),
/// but never under 50 ms. `random` is 64 even bits.
pub fn backoff(attempt: u32, random: u64) -> Duration {
    let ceiling = FIRST.saturating_mul(2u32.saturating_pow(attempt.min(16))).min(LONGEST);
    let span = u64::try_from(ceiling.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis((random % span).max(50))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_ceiling_and_are_spread() {
        assert!((0u64..64).all(|n| backoff(0, n.wrapping_mul(0x1357_9BDF_1234_5678)) <= FIRST));
        assert!((0u64..64).all(|n| backoff(40, n.wrapping_mul(0x1357_9BDF_1234_5678)) <= LONGEST));
        let waits: std::collections::BTreeSet<_> =
            (0u64..64).map(|n| backoff(10, n.wrapping_mul(0x1357_9BDF_1234_5678))).collect();
        assert!(waits.len() > 50);
    }
}
