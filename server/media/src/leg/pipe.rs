//! The sound path of a leg in a room that mixes: jitter buffer and decoder towards the room, encoder away from it, both
//! at the room's rate.

use std::time::Instant;

use crate::codec::{Codec, Encoder, MAX_FRAME_BYTES, OpusSettings, Resampler};
use crate::jitter::{JitterConfig, Playout};
use crate::rtp::Packet;

pub(crate) struct Pipe {
    rate: u32,
    heard: Codec,
    said: Codec,
    playout: Playout,
    /// Decoder's rate to the room's, and what is left over between frames.
    inwards: Option<Adapter>,
    encoder: Encoder,
    outwards: Option<Adapter>,
    payload: Vec<u8>,
}

/// A resampler and its leftovers.
struct Adapter {
    resampler: Resampler,
    ready: Vec<i16>,
}

impl Adapter {
    fn between(from: u32, to: u32) -> Option<Self> {
        (from != to).then(|| Self { resampler: Resampler::new(from, to), ready: Vec::new() })
    }

    /// Fills `out` from `input` and leftovers; the start of a stream is padded with silence.
    fn adapt(&mut self, input: &[i16], out: &mut [i16]) {
        self.resampler.process(input, &mut self.ready);
        let missing = out.len().saturating_sub(self.ready.len());
        out[..missing].fill(0);
        let taken = out.len() - missing;
        out[missing..].copy_from_slice(&self.ready[..taken]);
        self.ready.drain(..taken);
    }
}

impl Pipe {
    /// `rate`: 8,000 or 16,000 Hz. `None` where a codec cannot be set up.
    pub(crate) fn new(rate: u32, heard: Codec, said: Codec) -> Option<Self> {
        let decoder_rate = if heard == Codec::Opus { rate } else { heard.sample_rate() };
        let playout = Playout::new(JitterConfig::new(heard), decoder_rate).ok()?;
        // Opus runs at the room's rate: 48 kHz of a 4 kHz voice would cost more and say no more.
        let settings = if rate == 8_000 { OpusSettings::narrowband() } else { OpusSettings::wideband() };
        let encoder = Encoder::new(said, &settings).ok()?;
        let outwards = Adapter::between(rate, encoder.sample_rate());
        let inwards = Adapter::between(decoder_rate, rate);
        Some(Self { rate, heard, said, playout, inwards, encoder, outwards, payload: vec![0; MAX_FRAME_BYTES] })
    }

    /// This pipe still fits.
    pub(crate) fn fits(&self, rate: u32, heard: Codec, said: Codec) -> bool {
        (self.rate, self.heard, self.said) == (rate, heard, said)
    }

    pub(crate) fn insert(&mut self, now: Instant, packet: &Packet<'_>) {
        self.playout.insert(now, packet);
    }

    /// Fills `out`, 20 ms at the room's rate. `false`: silence, nothing is coming.
    pub(crate) fn read(&mut self, now: Instant, out: &mut [i16]) -> bool {
        match &mut self.inwards {
            None => self.playout.read(now, out),
            Some(adapter) => {
                let mut own = [0i16; 320];
                let samples = (self.heard.sample_rate() as usize / 50).min(own.len());
                let sounding = self.playout.read(now, &mut own[..samples]);
                adapter.adapt(&own[..samples], out);
                sounding
            }
        }
    }

    /// Encodes 20 ms at the room's rate.
    pub(crate) fn encode(&mut self, pcm: &[i16]) -> Option<&[u8]> {
        let mut own = [0i16; 320];
        let pcm = match &mut self.outwards {
            None => pcm,
            Some(adapter) => {
                let samples = (self.encoder.sample_rate() as usize / 50).min(own.len());
                adapter.adapt(pcm, &mut own[..samples]);
                &own[..samples]
            }
        };
        let length = self.encoder.encode(pcm, &mut self.payload).ok()?;
        Some(&self.payload[..length])
    }

    /// What the far end reports to lose, percent: Opus protects itself accordingly.
    pub(crate) fn set_expected_loss(&mut self, percent: u8) {
        self.encoder.set_expected_loss(percent);
    }
}
