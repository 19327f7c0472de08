//! The one place of the server that reads clocks. Wall time is read once; from then on monotonic time is added, so
//! that a stepped clock fires no timer and makes no duration negative.

use std::time::{Instant, SystemTime, UNIX_EPOCH};
use twinline_model::Timestamp;

#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: Instant,
    started_at: Timestamp,
}

impl Clock {
    #[allow(clippy::disallowed_methods, reason = "this is the edge's one clock")]
    pub fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let micros = i64::try_from(since_epoch.as_micros()).unwrap_or(i64::MAX);
        Self { started: Instant::now(), started_at: Timestamp::from_micros(micros) }
    }

    #[allow(clippy::disallowed_methods, reason = "this is the edge's one clock")]
    pub fn now(&self) -> Timestamp {
        self.started_at + self.started.elapsed()
    }

    pub fn started_at(&self) -> Timestamp {
        self.started_at
    }

    /// The centre's time as of a monotonic reading, for edges that already have one.
    pub fn at(&self, instant: Instant) -> Timestamp {
        self.started_at + instant.saturating_duration_since(self.started)
    }

    /// The monotonic reading that stands for a point of the centre's time; never before the start.
    pub fn instant(&self, at: Timestamp) -> Instant {
        self.started + at.since(self.started_at)
    }
}
