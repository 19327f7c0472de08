//! Recording of a call: customer left, agent right, one clock, written as it happens.

use std::time::{Duration, Instant};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Customer,
    Agent,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 16-bit linear, 32 kB/s.
    Pcm16,
    /// µ-law, 16 kB/s.
    Mulaw,
}

/// Bytes for the file, to be written at `at` in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub at: u64,
    pub bytes: Vec<u8>,
}

/// Stereo WAV writer at 8 kHz.
pub struct StereoWriter {
    _start: Instant,
}

impl StereoWriter {
    pub fn new(start: Instant, _format: Format) -> Self {
        StereoWriter { _start: start }
    }
    /// Sound of one side, 8 kHz mono, that is heard at `now`. `stamp`: its place on the sender's own 8 kHz clock
    /// (extended RTP timestamp), where there is one: keeps frames exact that come with jitter.
    pub fn write(&mut self, _now: Instant, _channel: Channel, _stamp: Option<u64>, _pcm: &[i16]) {}
    /// From now on silence is written, and no sound kept.
    pub fn pause(&mut self, _now: Instant) {}
    pub fn resume(&mut self, _now: Instant) {}
    /// When [`StereoWriter::poll`] will have something.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    /// What is to be written by `now`: call until `None`.
    pub fn poll(&mut self, _now: Instant) -> Option<Chunk> {
        None
    }
    /// Ends the recording; the rest is in `poll` then.
    pub fn finish(&mut self, _now: Instant) {}
    pub fn duration(&self) -> Duration {
        Duration::ZERO
    }
}
