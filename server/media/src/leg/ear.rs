//! Listens to a relayed stream without standing in its way: each packet is decoded as it comes, for the recorder and the
//! tone detector. Order is put right by the recorder, which is told each packet's place.

use crate::codec::{Codec, Decoder, MAX_FRAME_SAMPLES, Resampler};
use crate::rtp::{Packet, TimestampExtender};

/// Hz of what the ear hands out.
const RATE: u32 = 8_000;

pub(crate) struct Ear {
    decoder: Decoder,
    resampler: Option<Resampler>,
    clock: TimestampExtender,
    pcm: Vec<i16>,
    narrow: Vec<i16>,
}

impl Ear {
    /// `None` where the decoder cannot be had (Opus out of memory).
    pub(crate) fn new(codec: Codec) -> Option<Self> {
        let rate = if codec == Codec::Opus { RATE } else { codec.sample_rate() };
        let decoder = Decoder::new(codec, rate).ok()?;
        let resampler = (rate != RATE).then(|| Resampler::new(rate, RATE));
        Some(Self { decoder, resampler, clock: TimestampExtender::new(), pcm: Vec::new(), narrow: Vec::new() })
    }

    pub(crate) fn codec(&self) -> Codec {
        self.decoder.codec()
    }

    /// Gives the packet's place on the sender's clock in 8 kHz units, and its sound.
    pub(crate) fn listen(&mut self, packet: &Packet<'_>) -> Option<(u64, &[i16])> {
        let place = self.clock.extend(packet.timestamp) * u64::from(RATE) / u64::from(self.codec().clock_rate());
        // Two samples a byte is the most that any of them makes at 16 kHz; an Opus packet has its own bound.
        let room = if self.codec() == Codec::Opus { MAX_FRAME_SAMPLES } else { packet.payload.len() * 2 };
        self.pcm.resize(room, 0);
        let samples = self.decoder.decode(packet.payload, &mut self.pcm).ok()?;
        let Some(resampler) = &mut self.resampler else { return Some((place, &self.pcm[..samples])) };
        self.narrow.clear();
        resampler.process(&self.pcm[..samples], &mut self.narrow);
        Some((place, &self.narrow))
    }
}
