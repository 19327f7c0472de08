//! Jitter buffer, decoder and what is left of the last frame, in one: a leg's sound at a steady pace.

use super::{Frame, Inserted, JitterBuffer, JitterConfig, JitterStats};
use crate::codec::{CodecError, Decoder, MAX_FRAME_MS};
use crate::rtp::Packet;
use std::collections::VecDeque;
use std::time::Instant;

/// A frame below this level (−40 dBFS), or 18 dB below the usual, counts as quiet.
const QUIET_RMS: f32 = 330.0;
const QUIET_SHARE: f32 = 0.125;

/// Sound of one received stream, read in any amount.
pub struct Playout {
    buffer: JitterBuffer,
    decoder: Decoder,
    frame: Vec<i16>,
    ready: VecDeque<i16>,
    /// Of the last frame, and of the frames of the last second that were no silence.
    level: f32,
    usual_level: f32,
}

impl Playout {
    /// PCM at `sample_rate` (Opus: any of its rates; others: their own).
    pub fn new(config: JitterConfig, sample_rate: u32) -> Result<Playout, CodecError> {
        let decoder = Decoder::new(config.codec, sample_rate)?;
        Ok(Playout {
            buffer: JitterBuffer::new(config),
            decoder,
            frame: vec![0; (sample_rate / 1_000 * MAX_FRAME_MS) as usize],
            ready: VecDeque::new(),
            level: 0.0,
            usual_level: 0.0,
        })
    }

    pub fn sample_rate(&self) -> u32 {
        self.decoder.sample_rate()
    }

    pub fn insert(&mut self, now: Instant, packet: &Packet<'_>) -> Inserted {
        self.buffer.insert(now, packet)
    }

    /// Fills `out` (20 ms as a rule) with sound; false where it is plain silence because nothing is coming.
    pub fn read(&mut self, now: Instant, out: &mut [i16]) -> bool {
        let mut heard = !self.ready.is_empty();
        // Each frame has a sample at least: no more frames than samples are asked for.
        for _ in 0..=out.len() {
            if self.ready.len() >= out.len() || !self.advance(now) {
                break;
            }
            heard = true;
        }
        let have = self.ready.len().min(out.len());
        for (to, from) in out.iter_mut().zip(self.ready.drain(..have)) {
            *to = from;
        }
        out[have..].fill(0);
        heard
    }

    pub fn stats(&self) -> JitterStats {
        self.buffer.stats()
    }

    /// Decodes or makes up one frame; false where there is none.
    fn advance(&mut self, now: Instant) -> bool {
        let quiet = self.level < QUIET_RMS || self.level < self.usual_level * QUIET_SHARE;
        let ratio = (self.buffer.codec().clock_rate(), self.decoder.sample_rate());
        let samples = |units: u32| (u64::from(units) * u64::from(ratio.1) / u64::from(ratio.0)) as usize;
        let made = match self.buffer.pop(now, quiet) {
            Frame::Nothing => return false,
            Frame::Packet { payload, .. } => {
                // A payload that cannot be decoded is as good as lost, and 20 ms long for want of knowledge.
                let lost = samples(ratio.0 / 50).min(self.frame.len());
                let decoded = self.decoder.decode(payload, &mut self.frame);
                decoded.or_else(|_| self.decoder.conceal(&mut self.frame[..lost]))
            }
            Frame::Conceal { units, next } => {
                let lost = samples(units).min(self.frame.len());
                let out = &mut self.frame[..lost];
                match next {
                    Some(next) => self.decoder.recover(next, out).or_else(|_| self.decoder.conceal(out)),
                    None => self.decoder.conceal(out),
                }
            }
        };
        let frame = &mut self.frame[..];
        let made = match made {
            Ok(made) => &frame[..made],
            Err(_) => {
                let silence = samples(ratio.0 / 50).min(frame.len());
                frame[..silence].fill(0);
                &frame[..silence]
            }
        };
        self.level = rms(made);
        if self.level > QUIET_RMS {
            self.usual_level += (self.level - self.usual_level) / 50.0;
        }
        self.ready.extend(made);
        !made.is_empty()
    }
}

fn rms(pcm: &[i16]) -> f32 {
    let sum: f32 = pcm.iter().map(|&s| f32::from(s) * f32::from(s)).sum();
    (sum / pcm.len().max(1) as f32).sqrt()
}
