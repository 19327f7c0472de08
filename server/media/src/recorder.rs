//! Recording of a call: customer left, agent right, one clock, written as it happens.
//!
//! Sound is held back for 0.4 s, so that a late packet still finds its place, and then handed out in blocks of half a
//! second or more, each followed by a header that counts it: at any moment the file on disk plays, and lacks less than
//! one second. A paused stretch is silence of the same length; no sound of it is kept anywhere.

#[cfg(test)]
mod tests;

use crate::codec::g711;
use crate::wave::{WaveError, wav};
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Rate of recordings, Hz.
pub const RATE: u32 = 8_000;
/// How long sound waits for what is late, samples (0.4 s), and how much is written at a time at least (0.5 s).
const HOLD_BACK: u64 = 3_200;
const BLOCK: u64 = 4_000;
/// Most in one chunk: 1 s.
const MAX_CHUNK: u64 = 8_000;
/// Sound kept where nobody polls: 60 s. What comes on top is lost.
const MAX_PENDING: u64 = 480_000;
/// A recording ends here: 24 h, below what a WAV header can count.
const MAX_SAMPLES: u64 = 24 * 3_600 * RATE as u64;
/// Samples per peak: 100 ms.
const PEAK: usize = 800;

/// Whose sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// Left.
    Customer,
    /// Right.
    Agent,
}

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// 16-bit linear, 32 kB/s.
    Pcm16,
    /// µ-law, 16 kB/s: loses nothing of a call that was G.711 µ-law anyway.
    Mulaw,
}

/// Bytes for the file, to be written at offset `at`, in the order given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chunk {
    pub at: u64,
    pub bytes: Vec<u8>,
}

/// What is to be written next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Due {
    /// The header counts less than was handed out.
    Header,
    Sound,
}

/// Stereo WAV writer at 8 kHz.
pub struct StereoWriter {
    start: Instant,
    format: Format,
    due: Due,
    /// Samples (per channel) handed out, and those behind them.
    written: u64,
    pending: VecDeque<[i16; 2]>,
    sides: [Side; 2],
    /// Stretch of silence by order: from, and to where it is over.
    pause: Option<(u64, Option<u64>)>,
    /// Length, once it is finished.
    end: Option<u64>,
    peaks: Vec<[u8; 2]>,
    peak: [u8; 2],
    in_peak: usize,
}

/// Where the sound of one side goes.
#[derive(Clone, Copy, Default)]
struct Side {
    /// Behind the last sample placed.
    cursor: u64,
    /// What to add to a stamp to get a place.
    offset: Option<i64>,
    /// Least lag of arrival behind the place since `frames` were counted, samples.
    least_lag: i64,
    frames: u32,
}

/// Frames after which a sender's slow clock is followed: 5 s of 20 ms.
const LAG_WINDOW: u32 = 250;
/// Places and arrivals further apart than this (0.5 s) say that the stamps began anew.
const APART: i64 = 4_000;
/// Unstamped frames whose time is this near the end of the last one (60 ms) follow it without gap or overlap.
const NEAR: u64 = 480;

impl Side {
    /// Where a frame goes that arrives at `arrival`.
    fn place(&mut self, arrival: u64, stamp: Option<u64>) -> u64 {
        let Some(stamp) = stamp else {
            return if arrival.abs_diff(self.cursor) <= NEAR { self.cursor } else { arrival };
        };
        let (arrival, stamp) = (arrival as i64, stamp as i64);
        let offset = self.offset.unwrap_or(arrival.saturating_sub(stamp));
        let lag = arrival.saturating_sub(stamp.saturating_add(offset));
        // A frame cannot be heard before it was said: one that comes early shows that the first ones were late.
        let offset = if !(0..=APART).contains(&lag) { arrival.saturating_sub(stamp) } else { offset };
        let lag = arrival.saturating_sub(stamp.saturating_add(offset));
        self.least_lag = if self.frames == 0 { lag } else { self.least_lag.min(lag) };
        self.frames += 1;
        let mut follow = 0;
        if self.frames >= LAG_WINDOW {
            // Even the fastest frame of five seconds lags by more than a frame: the sender's clock is slow.
            follow = if self.least_lag > 160 { self.least_lag } else { 0 };
            self.frames = 0;
        }
        self.offset = Some(offset.saturating_add(follow));
        u64::try_from(stamp.saturating_add(offset)).unwrap_or(0)
    }
}

impl StereoWriter {
    /// The recording's time begins at `start`.
    pub fn new(start: Instant, format: Format) -> Self {
        StereoWriter {
            start,
            format,
            due: Due::Header,
            written: 0,
            pending: VecDeque::new(),
            sides: Default::default(),
            pause: None,
            end: None,
            peaks: Vec::new(),
            peak: [0; 2],
            in_peak: 0,
        }
    }

    /// Sound of one side, 8 kHz mono, that begins at `now`. `stamp`: its place on the sender's own 8 kHz clock (extended
    /// RTP timestamp), where there is one: keeps frames in place that come with jitter. Without it frames are laid end
    /// to end as long as `now` agrees to 60 ms.
    pub fn write(&mut self, now: Instant, channel: Channel, stamp: Option<u64>, pcm: &[i16]) {
        let arrival = self.position(now);
        if self.end.is_some() || matches!(self.pause, Some((_, None))) {
            return;
        }
        let index = match channel {
            Channel::Customer => 0,
            Channel::Agent => 1,
        };
        let side = &mut self.sides[index];
        let first = side.place(arrival, stamp);
        side.cursor = first + pcm.len() as u64;
        // Sound from the future would hold up memory; its stamps lie.
        let limit = (arrival + u64::from(RATE)).min(self.written + MAX_PENDING).min(MAX_SAMPLES);
        for (&sample, at) in pcm.iter().zip(first..limit) {
            let Some(behind) = at.checked_sub(self.written) else { continue };
            if self.is_masked(at) {
                continue;
            }
            let behind = behind as usize;
            if self.pending.len() <= behind {
                self.pending.resize(behind + 1, [0; 2]);
            }
            self.pending[behind][index] = sample;
        }
    }

    /// From now on silence is written, and no sound kept, until [`StereoWriter::resume`].
    pub fn pause(&mut self, now: Instant) {
        if matches!(self.pause, Some((_, None))) {
            return;
        }
        let from = self.position(now);
        // What was given ahead of its time is part of the pause.
        let keep = from.saturating_sub(self.written) as usize;
        self.pending.truncate(keep);
        self.pause = Some((from, None));
    }

    pub fn resume(&mut self, now: Instant) {
        if let Some((from, None)) = self.pause {
            self.pause = Some((from, Some(self.position(now))));
        }
    }

    pub fn is_paused(&self) -> bool {
        matches!(self.pause, Some((_, None)))
    }

    /// When [`StereoWriter::poll`] will have something.
    pub fn poll_timeout(&self) -> Option<Instant> {
        if self.due == Due::Header {
            return Some(self.start);
        }
        if self.end.is_some_and(|end| self.written >= end) {
            return None;
        }
        let samples = self.end.unwrap_or(self.written + BLOCK + HOLD_BACK);
        Some(self.start + Duration::from_micros(samples * 1_000_000 / u64::from(RATE)))
    }

    /// What is to be written by `now`: call until `None`.
    pub fn poll(&mut self, now: Instant) -> Option<Chunk> {
        if self.due == Due::Header {
            self.due = Due::Sound;
            let data = self.written * self.frame_bytes();
            let (tag, bits) = match self.format {
                Format::Pcm16 => (1, 16),
                Format::Mulaw => (7, 8),
            };
            return Some(Chunk { at: 0, bytes: wav::header(tag, 2, RATE, bits, data as u32).to_vec() });
        }
        let until = match self.end {
            Some(end) => end,
            None => self.position(now).saturating_sub(HOLD_BACK),
        };
        let ready = until.saturating_sub(self.written);
        let least = if self.end.is_some() { 1 } else { BLOCK };
        if ready < least {
            return None;
        }
        let at = wav::HEADER_LEN as u64 + self.written * self.frame_bytes();
        let bytes = self.take(ready.min(MAX_CHUNK));
        self.due = Due::Header;
        Some(Chunk { at, bytes })
    }

    /// Ends the recording at `now`; [`StereoWriter::poll`] gives the rest then.
    pub fn finish(&mut self, now: Instant) {
        if self.end.is_none() {
            let end = self.position(now).max(self.written);
            self.pending.truncate((end - self.written) as usize);
            self.end = Some(end);
        }
    }

    /// Length: of what was handed out while it runs, of all when it is finished.
    pub fn duration(&self) -> Duration {
        let samples = self.end.unwrap_or(self.written);
        Duration::from_micros(samples * 1_000_000 / u64::from(RATE))
    }

    /// Loudest sample of each 100 ms handed out so far, left and right, 0–255.
    pub fn peaks(&self) -> &[[u8; 2]] {
        &self.peaks
    }

    /// Samples since the start.
    fn position(&self, now: Instant) -> u64 {
        let elapsed = now.saturating_duration_since(self.start).as_micros();
        u64::try_from(elapsed * u128::from(RATE) / 1_000_000).unwrap_or(u64::MAX).min(MAX_SAMPLES)
    }

    fn frame_bytes(&self) -> u64 {
        match self.format {
            Format::Pcm16 => 4,
            Format::Mulaw => 2,
        }
    }

    fn is_masked(&self, at: u64) -> bool {
        self.pause.is_some_and(|(from, to)| at >= from && to.is_none_or(|to| at < to))
    }

    /// Takes `count` samples off the front, silence where there are none.
    fn take(&mut self, count: u64) -> Vec<u8> {
        let mut bytes = Vec::with_capacity((count * self.frame_bytes()) as usize);
        for _ in 0..count {
            let frame = self.pending.pop_front().unwrap_or_default();
            self.note_peak(frame);
            match self.format {
                Format::Pcm16 => bytes.extend(frame.iter().flat_map(|s| s.to_le_bytes())),
                Format::Mulaw => bytes.extend(frame.map(g711::encode_ulaw)),
            }
        }
        self.written += count;
        bytes
    }

    fn note_peak(&mut self, frame: [i16; 2]) {
        merge_peak(&mut self.peak, frame);
        self.in_peak += 1;
        if self.in_peak == PEAK {
            self.peaks.push(std::mem::take(&mut self.peak));
            self.in_peak = 0;
        }
    }
}

fn merge_peak(peak: &mut [u8; 2], frame: [i16; 2]) {
    for (peak, sample) in peak.iter_mut().zip(frame) {
        *peak = (*peak).max((sample.unsigned_abs() >> 7).min(255) as u8);
    }
}

/// Waveform of a recording's file: per 100 ms the loudest sample of left and right, 0–255. A mono file gives the same on
/// both sides. A last stretch shorter than 100 ms counts.
pub fn peaks(file: &[u8]) -> Result<Vec<[u8; 2]>, WaveError> {
    let (format, data) = wav::open(file)?;
    let channels = usize::from(format.channels);
    let stretch = (format.rate / 10) as usize;
    let mut peaks = Vec::new();
    let (mut peak, mut count) = ([0; 2], 0);
    let mut frame = Vec::with_capacity(channels);
    for sample in format.samples(data) {
        frame.push(sample);
        if frame.len() < channels {
            continue;
        }
        merge_peak(&mut peak, [frame[0], frame[1.min(channels - 1)]]);
        frame.clear();
        count += 1;
        if count == stretch {
            peaks.push(std::mem::take(&mut peak));
            count = 0;
        }
    }
    if count > 0 {
        peaks.push(peak);
    }
    Ok(peaks)
}
