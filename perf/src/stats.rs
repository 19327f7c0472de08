//! Percentiles of what was measured.

use serde::Serialize;

/// Values of one measure, in its own unit.
#[derive(Clone, Debug, Default)]
pub struct Sample(Vec<f64>);

/// A sample in five numbers.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Spread {
    pub n: usize,
    pub p50: f64,
    pub p90: f64,
    pub p99: f64,
    pub max: f64,
}

impl Sample {
    pub fn push(&mut self, value: f64) {
        self.0.push(value);
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// `None` for an empty sample. The percentile is the nearest rank: a value that was really measured.
    pub fn spread(&self) -> Option<Spread> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (share * sorted.len() as f64).ceil() as usize;
            sorted.get(rank.max(1) - 1).copied()
        };
        Some(Spread { n: sorted.len(), p50: at(0.5)?, p90: at(0.9)?, p99: at(0.99)?, max: *sorted.last()? })
    }
}

impl FromIterator<f64> for Sample {
    fn from_iter<I: IntoIterator<Item = f64>>(values: I) -> Self {
        Self(values.into_iter().collect())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn percentiles_are_values_that_occurred() {
        let spread = (1..=100).rev().map(f64::from).collect::<Sample>().spread().unwrap();
        assert_eq!(spread, Spread { n: 100, p50: 50.0, p90: 90.0, p99: 99.0, max: 100.0 });
    }

    #[test]
    fn a_single_value_is_every_percentile_and_nothing_is_none() {
        let spread = [7.0].into_iter().collect::<Sample>().spread().unwrap();
        assert_eq!(spread, Spread { n: 1, p50: 7.0, p90: 7.0, p99: 7.0, max: 7.0 });
        assert_eq!(Sample::default().spread(), None);
    }
}
