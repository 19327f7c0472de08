//! Adaptive jitter buffer (sans-I/O): packets in as they come, frames out as they are to be heard.
//!
//! Delay of a packet is measured against the fastest of the last ten seconds, on the sender's clock; the buffer aims
//! for the 95th percentile of that. Slow and fast sender clocks, and a target that moved, are made good one frame at a
//! time, in quiet spots where there are any. A frame is never waited for longer than its turn: what is missing is
//! concealed, with the FEC data of the next packet where that is there.
//!
//! ```text
//!            insert                pop: depth ≥ target              gap too long, new source
//!   Empty ───────────► Filling ───────────────────────► Playing ───────────────────────────► Filling
//!                                                         │ ran dry and stayed dry: Filling
//! ```

mod playout;

#[cfg(test)]
mod tests;

pub use playout::Playout;

use crate::codec::Codec;
use crate::rtp::{Packet, SequenceExtender, TimestampExtender};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// Packets over whose delays the percentile is taken: 10 s of 20 ms frames.
const WINDOW: usize = 500;
/// Most packets stored, whatever their duration: 1 s of 10 ms frames, with room for what is out of order.
const MAX_PACKETS: usize = 128;
/// Frames concealed in a row before the far end counts as silent (60 ms: what concealment lasts).
const MAX_CONCEALED: u32 = 3;
/// A jump in time by more than this is no loss, but a pause (DTX) or a new beginning.
const JUMP: Duration = Duration::from_millis(500);
/// A delay that differs from the last one by more is not the network's.
const LEAP: Duration = Duration::from_secs(2);
/// Packets of an unknown source in a row before it is believed.
const PROBATION: u32 = 2;

/// Bounds of the buffer.
#[derive(Clone, Copy, Debug)]
pub struct JitterConfig {
    pub codec: Codec,
    /// Least delay that it aims for. 0: a frame may be played the moment it comes.
    pub min: Duration,
    /// Most sound that it keeps.
    pub max: Duration,
}

impl JitterConfig {
    pub fn new(codec: Codec) -> Self {
        JitterConfig { codec, min: Duration::ZERO, max: Duration::from_secs(1) }
    }
}

/// What became of an inserted packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Inserted {
    Stored,
    Duplicate,
    /// Its turn was over; counted, dropped.
    Late,
    /// A new source or a jump: what was there is forgotten, this packet is the first.
    Restarted,
    /// Not a payload of this codec, or of a source not believed yet.
    Refused,
}

/// What to play next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Decode this.
    Packet { payload: &'a [u8], marker: bool, timestamp: u32 },
    /// `units` timestamp units are missing: conceal, with the FEC data of `next` where it is the very next packet.
    Conceal { units: u32, next: Option<&'a [u8]> },
    /// Nothing has come yet, or the far end is silent: play silence, ask again a frame later.
    Nothing,
}

/// Counters since the buffer was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    pub received: u64,
    pub duplicates: u64,
    pub late: u64,
    /// Packets thrown away because the buffer was full.
    pub overflowed: u64,
    /// Frames concealed because their packet did not come in time.
    pub concealed: u64,
    /// Of those, with the next packet at hand.
    pub recoverable: u64,
    /// Frames dropped to catch up, and made up to gain time.
    pub accelerated: u64,
    pub expanded: u64,
    pub restarts: u64,
    /// What it aims for now, and what it holds.
    pub target: Duration,
    pub depth: Duration,
}

/// A packet waiting for its turn.
struct Stored {
    time: u64,
    units: u32,
    marker: bool,
    payload: Vec<u8>,
}

enum State {
    Empty,
    /// Gathering up to the target before the first frame.
    Filling {
        since: Instant,
    },
    Playing {
        /// Sequence and timestamp that are due next.
        sequence: u64,
        time: u64,
        /// Frames concealed in a row.
        missing: u32,
    },
}

/// The source that the buffer plays, and its number spaces.
struct Source {
    ssrc: u32,
    sequences: SequenceExtender,
    times: TimestampExtender,
    /// A source that may take over: its SSRC, its next sequence number, packets seen in order.
    rival: Option<(u32, u16, u32)>,
}

impl Source {
    fn follows(&self, packet: &Packet<'_>) -> bool {
        // A copy: asking must not move the highest number.
        let mut sequences = self.sequences;
        let Some(highest) = sequences.highest() else { return true };
        let sequence = sequences.extend(packet.sequence);
        self.ssrc == packet.ssrc && sequence <= highest + 3_000 && sequence + 100 >= highest
    }
}

pub struct JitterBuffer {
    config: JitterConfig,
    state: State,
    source: Option<Source>,
    packets: BTreeMap<u64, Stored>,
    /// Timestamp units of all of them.
    held: u64,
    /// Whatever is below this was played or given up.
    floor: u64,
    delays: Delays,
    /// Timestamp units made up since the buffer ran dry.
    filled_dry: u64,
    /// Timestamp units of the last packet: what a missing one is taken for.
    units: u32,
    /// The frame handed out last lives here, and its memory serves the next packet.
    playing: Vec<u8>,
    spare: Vec<Vec<u8>>,
    stats: JitterStats,
}

impl JitterBuffer {
    pub fn new(config: JitterConfig) -> Self {
        let units = config.codec.timestamp_units(20);
        JitterBuffer {
            config,
            state: State::Empty,
            source: None,
            packets: BTreeMap::new(),
            held: 0,
            floor: 0,
            delays: Delays::default(),
            filled_dry: 0,
            units,
            playing: Vec::new(),
            spare: Vec::new(),
            stats: JitterStats::default(),
        }
    }

    pub fn codec(&self) -> Codec {
        self.config.codec
    }

    pub fn insert(&mut self, now: Instant, packet: &Packet<'_>) -> Inserted {
        let Some(units) = self.config.codec.payload_units(packet.payload) else { return Inserted::Refused };
        // A payload longer than an Opus packet may be is no frame of speech.
        if self.duration(u64::from(units)) > Duration::from_millis(u64::from(crate::codec::MAX_FRAME_MS)) {
            return Inserted::Refused;
        }
        if !self.is_believed(packet) {
            return Inserted::Refused;
        }
        self.stats.received += 1;
        let mut restarted = false;
        if !self.source.as_ref().is_some_and(|source| source.follows(packet)) {
            restarted = self.source.is_some();
            self.restart(packet.ssrc);
        }
        let Some(source) = &mut self.source else { return Inserted::Refused };
        let (sequence, time) = (source.sequences.extend(packet.sequence), source.times.extend(packet.timestamp));
        self.units = units;
        self.delays.observe(now, time, u64::from(self.config.codec.clock_rate()));
        if sequence < self.floor {
            self.stats.late += 1;
            return Inserted::Late;
        }
        if self.packets.contains_key(&sequence) {
            self.stats.duplicates += 1;
            return Inserted::Duplicate;
        }
        let mut payload = self.spare.pop().unwrap_or_default();
        payload.clear();
        payload.extend_from_slice(packet.payload);
        self.packets.insert(sequence, Stored { time, units, marker: packet.marker, payload });
        self.held += u64::from(units);
        if matches!(self.state, State::Empty) {
            self.state = State::Filling { since: now };
        }
        self.shed();
        if restarted { Inserted::Restarted } else { Inserted::Stored }
    }

    /// The next frame; call it whenever the last one is used up. `quiet`: the last frame was, so that dropping or
    /// making up one would not be heard.
    pub fn pop(&mut self, now: Instant, quiet: bool) -> Frame<'_> {
        self.start_if_filled(now);
        let State::Playing { sequence, time, missing } = self.state else { return Frame::Nothing };
        let target = self.target();
        let depth = self.depth();
        let frame = self.duration(u64::from(self.units));
        if self.packets.contains_key(&sequence) {
            if depth + frame <= target && quiet && missing == 0 {
                // Less in hand than jitter needs, and nobody would notice: gain a frame.
                self.stats.expanded += 1;
                return Frame::Conceal { units: self.units, next: None };
            }
            // Two frames above the target in a quiet spot, five anywhere: lose one.
            let surplus = depth.saturating_sub(target + frame);
            if (quiet && surplus > frame * 2 || surplus > frame * 5) && self.packets.contains_key(&(sequence + 1)) {
                self.stats.accelerated += 1;
                self.take(sequence);
                return self.play(sequence + 1);
            }
            return self.play(sequence);
        }
        self.miss(sequence, time, missing)
    }

    /// Counters; `depth` and `target` as of now.
    pub fn stats(&self) -> JitterStats {
        JitterStats { target: self.target(), depth: self.depth(), ..self.stats }
    }

    /// What it aims to hold.
    fn target(&self) -> Duration {
        let frame = self.duration(u64::from(self.units));
        let jitter = self.delays.percentile();
        // Jitter below a quarter of a frame is the sender's and our own pace, not the network's.
        let wanted = if jitter < frame / 4 { Duration::ZERO } else { jitter };
        wanted.max(self.config.min).min(self.config.max.saturating_sub(frame))
    }

    fn depth(&self) -> Duration {
        self.duration(self.held)
    }

    fn duration(&self, units: u64) -> Duration {
        Duration::from_nanos(units.saturating_mul(1_000_000_000) / u64::from(self.config.codec.clock_rate()))
    }

    /// A packet of another SSRC, or far off in sequence (RFC 3550 A.1: MAX_DROPOUT, MAX_MISORDER), counts when a second
    /// one follows in order: a stray datagram must not cut a call.
    fn is_believed(&mut self, packet: &Packet<'_>) -> bool {
        let Some(source) = &mut self.source else { return true };
        if source.follows(packet) {
            source.rival = None;
            return true;
        }
        let seen = match source.rival {
            Some((ssrc, next, seen)) if ssrc == packet.ssrc && next == packet.sequence => seen + 1,
            _ => 1,
        };
        source.rival = Some((packet.ssrc, packet.sequence.wrapping_add(1), seen));
        seen >= PROBATION
    }

    fn restart(&mut self, ssrc: u32) {
        if self.source.is_some() {
            self.stats.restarts += 1;
        }
        self.source =
            Some(Source { ssrc, sequences: SequenceExtender::new(), times: TimestampExtender::new(), rival: None });
        self.packets.clear();
        (self.held, self.floor) = (0, 0);
        self.delays = Delays::default();
        self.state = State::Empty;
    }

    /// Keeps the bound: the oldest go, and playing goes on behind them.
    fn shed(&mut self) {
        while self.packets.len() > MAX_PACKETS || self.depth() > self.config.max {
            let Some((sequence, stored)) = self.packets.pop_first() else { return };
            self.stats.overflowed += 1;
            self.held -= u64::from(stored.units);
            self.floor = self.floor.max(sequence + 1);
            if let State::Playing { sequence: due, time, .. } = &mut self.state {
                *due = (*due).max(sequence + 1);
                *time = (*time).max(stored.time + u64::from(stored.units));
            }
            self.recycle(stored.payload);
        }
    }

    fn recycle(&mut self, payload: Vec<u8>) {
        if self.spare.len() < 8 {
            self.spare.push(payload);
        }
    }

    fn start_if_filled(&mut self, now: Instant) {
        let State::Filling { since } = self.state else { return };
        let Some((&sequence, first)) = self.packets.first_key_value() else { return };
        let target = self.target();
        // Enough sound, or enough waiting: a sender of single packets must be heard too.
        if self.depth() >= target || now.saturating_duration_since(since) >= target {
            self.state = State::Playing { sequence, time: first.time, missing: 0 };
        }
    }

    fn take(&mut self, sequence: u64) -> Option<(bool, u64)> {
        let stored = self.packets.remove(&sequence)?;
        self.held -= u64::from(stored.units);
        self.floor = self.floor.max(sequence + 1);
        let used = std::mem::replace(&mut self.playing, stored.payload);
        self.recycle(used);
        let time = stored.time + u64::from(stored.units);
        self.state = State::Playing { sequence: sequence + 1, time, missing: 0 };
        self.filled_dry = 0;
        Some((stored.marker, stored.time))
    }

    fn play(&mut self, sequence: u64) -> Frame<'_> {
        match self.take(sequence) {
            Some((marker, time)) => Frame::Packet { payload: &self.playing, marker, timestamp: time as u32 },
            None => Frame::Nothing,
        }
    }

    /// The packet that is due is not there.
    fn miss(&mut self, sequence: u64, time: u64, missing: u32) -> Frame<'_> {
        let units = self.units;
        if let Some((&next, stored)) = self.packets.first_key_value() {
            let gap = self.duration(stored.time.saturating_sub(time));
            if stored.time <= time || gap > JUMP {
                // The sender skipped numbers without time, or paused: there is nothing to conceal.
                return self.play(next);
            }
            let adjacent = next == sequence + 1;
            let lost = stored.time - time;
            if missing > 0 && self.filled_dry >= lost {
                // What the buffer made up when it ran dry stands for what was lost: the delay stays.
                return self.play(next);
            }
            if !adjacent && lost <= u64::from(units) {
                return self.play(next);
            }
            let span = if adjacent { lost.min(u64::from(units) * 6) as u32 } else { units };
            self.state = State::Playing { sequence: sequence + 1, time: time + u64::from(span), missing: missing + 1 };
            self.floor = self.floor.max(sequence + 1);
            self.stats.concealed += 1;
            self.stats.recoverable += u64::from(adjacent);
            let next = adjacent.then(|| self.packets.get(&next).map(|s| s.payload.as_slice())).flatten();
            return Frame::Conceal { units: span, next };
        }
        if missing >= MAX_CONCEALED {
            self.state = State::Empty;
            return Frame::Nothing;
        }
        // Ran dry: it may be loss, delay or silence. The place of the missing packet stays open, so that it is played
        // when it comes late: that is how the delay grows when it must.
        self.state = State::Playing { sequence, time, missing: missing + 1 };
        self.filled_dry += u64::from(units);
        self.stats.concealed += 1;
        Frame::Conceal { units, next: None }
    }
}

/// Delays of the last packets over the fastest of them.
#[derive(Default)]
struct Delays {
    origin: Option<(Instant, u64)>,
    /// Nanoseconds against the origin, newest last.
    recent: VecDeque<i64>,
    /// 95th percentile over the least, as of the last computation.
    percentile: Duration,
    since: u32,
}

impl Delays {
    fn observe(&mut self, now: Instant, time: u64, clock_rate: u64) {
        let &mut (origin, first) = self.origin.get_or_insert((now, time));
        let arrived = now.saturating_duration_since(origin).as_nanos().min(i64::MAX as u128) as i64;
        let sent = i128::from(time) - i128::from(first);
        let sent = (sent * 1_000_000_000 / i128::from(clock_rate)).clamp(i64::MIN.into(), i64::MAX.into()) as i64;
        let transit = arrived.saturating_sub(sent);
        if self.recent.back().is_some_and(|last| last.abs_diff(transit) > LEAP.as_nanos() as u64) {
            // The sender's clock was set anew: what was measured against the old one says nothing.
            *self = Delays { origin: Some((now, time)), recent: VecDeque::from([0]), ..Delays::default() };
            return;
        }
        if self.recent.len() == WINDOW {
            self.recent.pop_front();
        }
        self.recent.push_back(transit);
        self.since += 1;
        // Ten times a second is often enough; at the beginning each packet tells something new.
        if self.since >= 5 || self.recent.len() < 25 {
            self.since = 0;
            self.compute();
        }
    }

    fn compute(&mut self) {
        let mut sorted: Vec<i64> = self.recent.iter().copied().collect();
        let Some(&least) = sorted.iter().min() else { return };
        // ⌈0.95 n⌉-th smallest.
        let rank = (sorted.len() * 19).div_ceil(20).max(1) - 1;
        let (_, &mut value, _) = sorted.select_nth_unstable(rank);
        self.percentile = Duration::from_nanos(value.saturating_sub(least).max(0) as u64);
    }

    fn percentile(&self) -> Duration {
        self.percentile
    }
}
