//! Adaptive jitter buffer (sans-I/O): packets in as they come, frames out as they are to be heard.

use crate::codec::{Codec, CodecError};
use crate::rtp::Packet;
use std::time::{Duration, Instant};

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
    /// Not a payload of this codec.
    Refused,
}

/// What to play next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// Decode this.
    Packet { payload: &'a [u8], marker: bool, timestamp: u32 },
    /// `units` timestamp units are missing: conceal, with the FEC data of `next` where it is the very next packet.
    Conceal { units: u32, next: Option<&'a [u8]> },
    /// Nothing has come yet, or the far end is silent: play silence.
    Nothing,
}

/// Counters since the buffer was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct JitterStats {
    pub received: u64,
    pub duplicates: u64,
    pub late: u64,
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

pub struct JitterBuffer {
    config: JitterConfig,
}

impl JitterBuffer {
    pub fn new(config: JitterConfig) -> Self {
        JitterBuffer { config }
    }
    pub fn insert(&mut self, _now: Instant, _packet: &Packet<'_>) -> Inserted {
        Inserted::Refused
    }
    /// The next frame; call it whenever the last one is used up. `quiet`: the last frame was, so that dropping or
    /// making up one would not be heard.
    pub fn pop(&mut self, _now: Instant, _quiet: bool) -> Frame<'_> {
        Frame::Nothing
    }
    pub fn stats(&self) -> JitterStats {
        JitterStats::default()
    }
    pub fn codec(&self) -> Codec {
        self.config.codec
    }
}

/// Jitter buffer, decoder and what is left of the last frame, in one: a leg's sound at a steady pace.
pub struct Playout {
    buffer: JitterBuffer,
}

impl Playout {
    /// PCM at `sample_rate` (Opus: any of its rates; others: their own).
    pub fn new(config: JitterConfig, _sample_rate: u32) -> Result<Playout, CodecError> {
        Ok(Playout { buffer: JitterBuffer::new(config) })
    }
    pub fn insert(&mut self, now: Instant, packet: &Packet<'_>) -> Inserted {
        self.buffer.insert(now, packet)
    }
    /// Fills `out` (20 ms as a rule) with sound; returns false where it is plain silence because nothing is coming.
    pub fn read(&mut self, _now: Instant, out: &mut [i16]) -> bool {
        out.fill(0);
        false
    }
    pub fn stats(&self) -> JitterStats {
        self.buffer.stats()
    }
}
