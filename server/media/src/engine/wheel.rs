//! The pacing wheel: everything that must happen each 20 ms, on a grid of 1 ms.
//!
//! Thousands of prompts share at most one wake-up per millisecond, and each keeps exactly 20 ms between its frames, since
//! its next turn is counted from the turn before, not from when the driver woke up.

use std::time::{Duration, Instant};

const TICK: Duration = Duration::from_millis(1);
const SLOTS: u64 = 64;
/// Turns between two frames.
pub(crate) const FRAME_TICKS: u64 = 20;

/// A position on the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Turn(u64);

impl Turn {
    /// One frame later.
    pub(crate) fn next(self) -> Self {
        Self(self.0 + FRAME_TICKS)
    }

    /// So many frames later.
    pub(crate) fn later(self, frames: u64) -> Self {
        Self(self.0 + FRAME_TICKS * frames)
    }

    /// Frames from here to `later`.
    pub(crate) fn frames_behind(self, later: Self) -> u64 {
        later.0.saturating_sub(self.0) / FRAME_TICKS
    }
}

#[derive(Debug)]
pub(crate) struct Wheel<T> {
    origin: Instant,
    slots: Vec<Vec<(Turn, T)>>,
    /// Bit per slot that holds something.
    occupied: u64,
    /// Turns before this one have been taken.
    next: u64,
}

impl<T> Wheel<T> {
    pub(crate) fn new(origin: Instant) -> Self {
        Self { origin, slots: (0..SLOTS).map(|_| Vec::new()).collect(), occupied: 0, next: 0 }
    }

    /// The turn nearest to `at`.
    pub(crate) fn turn(&self, at: Instant) -> Turn {
        let micros = at.saturating_duration_since(self.origin).as_micros() as u64;
        Turn((micros + 500) / 1_000)
    }

    /// When `turn` is due.
    pub(crate) fn instant(&self, turn: Turn) -> Instant {
        self.origin + TICK * u32::try_from(turn.0).unwrap_or(u32::MAX)
    }

    /// Puts `what` on the wheel; a turn already past comes with the next taking.
    pub(crate) fn put(&mut self, now: Instant, turn: Turn, what: T) {
        if self.occupied == 0 {
            // Nobody looked at an empty wheel: the time that went by meanwhile is no arrears.
            self.next = self.next.max(self.reached(now));
        }
        let turn = Turn(turn.0.max(self.next));
        let slot = (turn.0 % SLOTS) as usize;
        self.slots[slot].push((turn, what));
        self.occupied |= 1 << slot;
    }

    /// When something is due next.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let ahead = self.occupied.rotate_right((self.next % SLOTS) as u32).trailing_zeros();
        (self.occupied != 0).then(|| self.instant(Turn(self.next + u64::from(ahead))))
    }

    /// Moves everything due by `now` into `due`, oldest first.
    pub(crate) fn take_due(&mut self, now: Instant, due: &mut Vec<(Turn, T)>) {
        let last = self.reached(now);
        // One round passes every slot once; whatever is due lies in it.
        let late = last.saturating_sub(self.next) >= SLOTS;
        if late {
            self.next = last + 1 - SLOTS;
        }
        while self.next <= last {
            let ahead = self.occupied.rotate_right((self.next % SLOTS) as u32).trailing_zeros();
            if self.occupied == 0 || self.next + u64::from(ahead) > last {
                self.next = last + 1;
                break;
            }
            self.next += u64::from(ahead);
            let slot = (self.next % SLOTS) as usize;
            due.extend(self.slots[slot].extract_if(.., |(turn, _)| turn.0 <= last));
            if self.slots[slot].is_empty() {
                self.occupied &= !(1 << slot);
            }
            self.next += 1;
        }
        if late {
            due.sort_by_key(|(turn, _)| *turn);
        }
    }

    /// The newest turn whose time has come: rounded down, for nothing is taken before its time.
    fn reached(&self, now: Instant) -> u64 {
        now.saturating_duration_since(self.origin).as_micros() as u64 / 1_000
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_each_20_ms_however_late_the_driver_wakes() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        let mut turn = wheel.turn(start + Duration::from_micros(3_400));
        wheel.put(start, turn, 'a');
        let mut due = Vec::new();
        for frame in 0..200u64 {
            let at = start + Duration::from_millis(3 + 20 * frame);
            assert_eq!(wheel.poll_timeout(), Some(at));
            wheel.take_due(at - Duration::from_micros(1), &mut due);
            assert!(due.is_empty());
            wheel.take_due(at + Duration::from_millis(frame % 7), &mut due);
            assert_eq!(due, [(turn, 'a')]);
            turn = turn.next();
            wheel.put(at, turn, 'a');
            due.clear();
        }
    }

    #[test]
    fn a_driver_that_slept_for_a_minute_gets_everything_once_and_in_order() {
        let start = Instant::now();
        let mut wheel = Wheel::new(start);
        for ms in [19u64, 3, 60] {
            wheel.put(start, wheel.turn(start + Duration::from_millis(ms)), ms);
        }
        let mut due = Vec::new();
        wheel.take_due(start + Duration::from_secs(60), &mut due);
        assert_eq!(due.iter().map(|(_, ms)| *ms).collect::<Vec<_>>(), [3, 19, 60]);
        assert_eq!(wheel.poll_timeout(), None);
        let later = start + Duration::from_secs(90);
        wheel.put(later, wheel.turn(later).next(), 0);
        assert_eq!(wheel.poll_timeout(), Some(later + Duration::from_millis(20)));
    }
}
