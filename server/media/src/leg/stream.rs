//! The RTP stream towards one far end: one SSRC, a sequence without holes of our making, a time line that never jumps
//! back, whatever feeds it (a relayed stream, a prompt, a mix, key presses) and however often that changes.

use std::time::{Duration, Instant};

/// A relayed stream that jumps further than this in sequence is treated as a new one.
const MAX_SEQ_JUMP: u16 = 3_000;
/// A pause after which locally made audio starts a new talk spurt.
const TALK_SPURT_GAP: Duration = Duration::from_millis(60);

/// The changing part of an RTP header of ours.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stamp {
    pub seq: u16,
    pub timestamp: u32,
    pub marker: bool,
}

/// How a relayed stream's numbers become ours.
#[derive(Debug, Clone, Copy)]
struct Relay {
    ssrc: u32,
    seq_offset: u16,
    time_offset: u32,
    last_seq: u16,
}

#[derive(Debug, Clone)]
pub struct OutStream {
    pub ssrc: u32,
    /// Hz.
    clock: u32,
    next_seq: u16,
    /// Time stamp of the newest packet, and when it left.
    last_time: u32,
    last_at: Option<Instant>,
    relay: Option<Relay>,
}

impl OutStream {
    /// `seq` and `timestamp` should be random (RFC 3550 §5.1).
    pub fn new(ssrc: u32, seq: u16, timestamp: u32, clock: u32) -> Self {
        Self { ssrc, clock, next_seq: seq, last_time: timestamp, last_at: None, relay: None }
    }

    /// The codec changed; from here on the clock runs at another rate (RFC 3551 §4.1 warns; a jump would be worse).
    pub fn set_clock(&mut self, clock: u32) {
        if self.clock != clock {
            self.clock = clock;
            self.relay = None;
        }
    }

    /// Stamps a packet of a stream that is passed on. Holes and disorder of the source stay visible to the far end,
    /// whose jitter buffer knows what to do with them; a new source continues the numbers of the old one.
    pub fn relay(&mut self, now: Instant, ssrc: u32, seq: u16, timestamp: u32, marker: bool) -> Stamp {
        let known = self.relay.filter(|relay| {
            let step = seq.wrapping_sub(relay.last_seq);
            relay.ssrc == ssrc && step.min(step.wrapping_neg()) < MAX_SEQ_JUMP
        });
        let (mut relay, fresh) = match known {
            Some(relay) => (relay, false),
            None => {
                let start = self.time_at(now, 0);
                let offsets = (self.next_seq.wrapping_sub(seq), start.wrapping_sub(timestamp));
                (Relay { ssrc, seq_offset: offsets.0, time_offset: offsets.1, last_seq: seq }, true)
            }
        };
        let stamp = Stamp {
            seq: seq.wrapping_add(relay.seq_offset),
            timestamp: timestamp.wrapping_add(relay.time_offset),
            marker: marker || fresh,
        };
        let newest = fresh || seq.wrapping_sub(relay.last_seq) < 0x8000;
        if newest {
            relay.last_seq = seq;
            self.next_seq = stamp.seq.wrapping_add(1);
            self.last_time = stamp.timestamp;
            self.last_at = Some(now);
        }
        self.relay = Some(relay);
        stamp
    }

    /// Stamps a frame made here. `duration` in clock units.
    pub fn frame(&mut self, now: Instant, duration: u32) -> Stamp {
        let resumed = self.relay.take().is_some();
        let paused = self.last_at.is_none_or(|at| now.saturating_duration_since(at) > TALK_SPURT_GAP);
        let timestamp =
            if paused || resumed { self.time_at(now, duration) } else { self.last_time.wrapping_add(duration) };
        self.stamp(now, timestamp, paused || resumed)
    }

    /// What sound of this moment would carry: the time stamp of an event that starts now.
    pub fn time_now(&self, now: Instant) -> u32 {
        self.time_at(now, 0)
    }

    /// Stamps one packet of an event that started at `timestamp`: all its packets carry that (RFC 4733 §2.5.1.1), so it
    /// says nothing about where the time line stands.
    pub fn event(&mut self, timestamp: u32, marker: bool) -> Stamp {
        self.relay = None;
        let seq = self.next_seq;
        self.next_seq = seq.wrapping_add(1);
        Stamp { seq, timestamp, marker }
    }

    /// Stamps a relayed packet of an event. `None` while no sound of that source has been relayed: then the event's
    /// place on our time line is unknown.
    pub fn relay_event(&mut self, ssrc: u32, seq: u16, timestamp: u32, marker: bool) -> Option<Stamp> {
        let relay = self.relay.as_mut().filter(|relay| relay.ssrc == ssrc)?;
        let step = seq.wrapping_sub(relay.last_seq);
        if step.min(step.wrapping_neg()) >= MAX_SEQ_JUMP {
            return None;
        }
        let stamp = Stamp {
            seq: seq.wrapping_add(relay.seq_offset),
            timestamp: timestamp.wrapping_add(relay.time_offset),
            marker,
        };
        if step < 0x8000 {
            relay.last_seq = seq;
            self.next_seq = stamp.seq.wrapping_add(1);
        }
        Some(stamp)
    }

    fn stamp(&mut self, now: Instant, timestamp: u32, marker: bool) -> Stamp {
        let seq = self.next_seq;
        self.next_seq = seq.wrapping_add(1);
        self.last_time = timestamp;
        self.last_at = Some(now);
        Stamp { seq, timestamp, marker }
    }

    /// Where the time line stands at `now`: real time since the newest packet, at least `least` further than it.
    fn time_at(&self, now: Instant, least: u32) -> u32 {
        let Some(at) = self.last_at else { return self.last_time };
        let elapsed = now.saturating_duration_since(at);
        let units = elapsed.as_micros() * u128::from(self.clock) / 1_000_000;
        self.last_time.wrapping_add((units as u32).max(least))
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;

    #[test]
    fn a_relayed_stream_keeps_its_holes_and_its_rhythm() {
        let now = Instant::now();
        let mut out = OutStream::new(1, 100, 5_000, 8_000);
        let first = out.relay(now, 9, 40_000, 77, false);
        assert_eq!(first, Stamp { seq: 100, timestamp: 5_000, marker: true });
        let third = out.relay(now + Duration::from_millis(40), 9, 40_002, 77 + 320, false);
        assert_eq!(third, Stamp { seq: 102, timestamp: 5_320, marker: false });
        let late = out.relay(now + Duration::from_millis(41), 9, 40_001, 77 + 160, false);
        assert_eq!(late, Stamp { seq: 101, timestamp: 5_160, marker: false });
        let fourth = out.relay(now + Duration::from_millis(60), 9, 40_003, 77 + 480, false);
        assert_eq!(fourth, Stamp { seq: 103, timestamp: 5_480, marker: false });
    }

    #[test]
    fn prompt_after_relay_after_prompt_is_one_stream() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut out = OutStream::new(1, u16::MAX, 0, 8_000);
        assert_eq!(out.frame(at(0), 160), Stamp { seq: u16::MAX, timestamp: 0, marker: true });
        assert_eq!(out.frame(at(20), 160), Stamp { seq: 0, timestamp: 160, marker: false });
        assert_eq!(out.relay(at(40), 5, 7, 1_000_000, false), Stamp { seq: 1, timestamp: 320, marker: true });
        assert_eq!(out.relay(at(60), 5, 8, 1_000_160, false), Stamp { seq: 2, timestamp: 480, marker: false });
        assert_eq!(out.relay(at(80), 6, 900, 50, false), Stamp { seq: 3, timestamp: 640, marker: true });
        assert_eq!(out.frame(at(1_080), 160), Stamp { seq: 4, timestamp: 8_640, marker: true });
        assert_eq!(out.frame(at(1_100), 160), Stamp { seq: 5, timestamp: 8_800, marker: false });
    }
}
