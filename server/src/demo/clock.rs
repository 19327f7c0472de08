//! Wall time of the demo's script, fine enough to time a ring.

use std::time::{SystemTime, UNIX_EPOCH};

/// Milliseconds since the epoch, with microseconds behind the point.
#[allow(clippy::disallowed_methods)] // The script watches from outside.
pub fn now_ms() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs_f64() * 1_000.0
}
