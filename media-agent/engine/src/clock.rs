//! The one place of the engine that reads clocks and randomness; the machines get both as arguments.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Monotonic time.
#[allow(clippy::disallowed_methods, reason = "the engine's edge: machines get this value as an argument")]
pub fn now() -> Instant {
    Instant::now()
}

/// Wall time, ms since the Unix epoch; only shown to people and compared with the server's.
#[allow(clippy::disallowed_methods, reason = "the engine's edge: machines get this value as an argument")]
pub fn wall_ms() -> i64 {
    SystemTime::now().duration_since(UNIX_EPOCH).ok().and_then(|d| i64::try_from(d.as_millis()).ok()).unwrap_or(0)
}

/// Random bits for command ids, back-off and SSRCs. Falls back to the clock when the system has no randomness, which
/// is good enough for all three.
pub fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| {
        let mixed = u64::try_from(wall_ms()).unwrap_or(1);
        mixed.wrapping_mul(0x9E37_79B9_7F4A_7C15)
    })
}

/// A fresh command id: a repeated one acts once.
pub fn command_id() -> String {
    format!("{:016x}", random())
}
