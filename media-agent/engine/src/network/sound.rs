//! Sound of one leg: frames of the microphone into RTP, RTP into whatever the speaker asks for.

use crate::{
    clock,
    dsp::{FRAME, RATE, Tone},
    stream::Feed,
};
use rtc::{rtp, shared::marshal::Marshal};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};
use twinline_media::{
    codec::{Codec, CodecError, Encoder, MAX_FRAME_BYTES, OpusSettings, Resampler},
    jitter::{JitterConfig, Playout},
    rtp::Packet,
};

/// Opus as the endpoint sends it: full band, best effort of the encoder (0.9 % of a core), FEC.
const OPUS: OpusSettings =
    OpusSettings { sample_rate: RATE, bitrate: 32_000, complexity: 10, fec: true, expected_loss_percent: 5 };

/// Microphone → RTP.
pub struct Uplink {
    encoder: Encoder,
    codec: Codec,
    resampler: Resampler,
    ready: Vec<i16>,
    payload: Vec<u8>,
    payload_type: u8,
    ssrc: u32,
    sequence: u16,
    timestamp: u32,
    first: bool,
}

impl Uplink {
    /// `random` sets where sequence number and timestamp begin (RFC 3550 §5.1).
    pub fn new(codec: Codec, payload_type: u8, ssrc: u32, random: u64) -> Result<Self, CodecError> {
        let encoder = Encoder::new(codec, &OPUS)?;
        let resampler = Resampler::new(RATE, encoder.sample_rate());
        Ok(Self {
            encoder,
            codec,
            resampler,
            ready: Vec::with_capacity(2 * FRAME),
            payload: vec![0; MAX_FRAME_BYTES],
            payload_type,
            ssrc,
            // Room below the roll-over: receivers that mistake an early one for a new source are common.
            sequence: (random & 0x7fff) as u16,
            timestamp: (random >> 16) as u32,
            first: true,
        })
    }

    /// Loss that the far end reports, percent.
    pub fn set_expected_loss(&mut self, percent: f64) {
        self.encoder.set_expected_loss(percent.clamp(0.0, 100.0).round() as u8);
    }

    /// One frame of 48 kHz sound; as a rule one packet.
    pub fn packets(&mut self, frame: &[i16]) -> Result<Vec<rtp::Packet>, CodecError> {
        self.resampler.process(frame, &mut self.ready);
        let samples = (self.encoder.sample_rate() / 50) as usize;
        let mut packets = Vec::with_capacity(1);
        while self.ready.len() >= samples {
            let length = self.encoder.encode(&self.ready[..samples], &mut self.payload)?;
            self.ready.drain(..samples);
            let header = rtp::header::Header {
                version: 2,
                marker: self.first,
                payload_type: self.payload_type,
                sequence_number: self.sequence,
                timestamp: self.timestamp,
                ssrc: self.ssrc,
                ..Default::default()
            };
            packets.push(rtp::Packet { header, payload: bytes::Bytes::copy_from_slice(&self.payload[..length]) });
            self.first = false;
            self.sequence = self.sequence.wrapping_add(1);
            self.timestamp = self.timestamp.wrapping_add(self.codec.timestamp_units(20));
        }
        Ok(packets)
    }
}

/// RTP → jitter buffer and decoder; shared by the network task, which fills it, and the speaker, which empties it.
/// Both hold the lock for microseconds; the speaker drives the pace, so no clock but the device's is involved.
#[derive(Default)]
pub struct Downlink {
    codecs: Vec<(u8, Codec)>,
    playing: Option<(Codec, Playout)>,
    listening: bool,
}

/// The shared handle.
pub type SharedDownlink = Arc<Mutex<Downlink>>;

impl Downlink {
    pub fn set_codecs(&mut self, codecs: Vec<(u8, Codec)>) {
        self.codecs = codecs;
    }

    /// A received packet. While no speaker is open nothing is kept: what comes out later is new, not old.
    pub fn insert(&mut self, now: Instant, packet: &Packet<'_>) {
        let Some(&(_, codec)) = self.codecs.iter().find(|(number, _)| *number == packet.payload_type) else {
            return;
        };
        if !self.listening {
            return;
        }
        if self.playing.as_ref().is_none_or(|(current, _)| *current != codec) {
            self.playing =
                Playout::new(JitterConfig::new(codec), codec.sample_rate()).ok().map(|playout| (codec, playout));
        }
        if let Some((_, playout)) = &mut self.playing {
            playout.insert(now, packet);
        }
    }
}

/// What the speaker plays of a leg: its sound, and the beep that announces a call.
pub struct LegFeed {
    downlink: SharedDownlink,
    beep: Arc<Mutex<Option<Tone>>>,
    resampler: Option<Resampler>,
    frame: Vec<i16>,
    ready: Vec<i16>,
    queue: VecDeque<i16>,
}

impl LegFeed {
    pub fn new(downlink: SharedDownlink, beep: Arc<Mutex<Option<Tone>>>) -> Self {
        let mut locked = downlink.lock().unwrap_or_else(PoisonError::into_inner);
        locked.listening = true;
        locked.playing = None;
        drop(locked);
        Self { downlink, beep, resampler: None, frame: Vec::new(), ready: Vec::new(), queue: VecDeque::new() }
    }

    fn more(&mut self) {
        let mut downlink = self.downlink.lock().unwrap_or_else(PoisonError::into_inner);
        let rate = match &mut downlink.playing {
            Some((codec, playout)) => {
                let rate = codec.sample_rate();
                self.frame.resize((rate / 50) as usize, 0);
                playout.read(clock::now(), &mut self.frame);
                rate
            }
            None => {
                self.frame.clear();
                self.frame.resize(FRAME, 0);
                RATE
            }
        };
        drop(downlink);
        let resampler = match &mut self.resampler {
            Some(kept) if kept.rates().0 == rate => kept,
            slot => slot.insert(Resampler::new(rate, RATE)),
        };
        resampler.process(&self.frame, &mut self.ready);
        self.queue.extend(self.ready.drain(..));
    }
}

impl Feed for LegFeed {
    fn fill(&mut self, out: &mut [i16]) {
        let wanted = out.len();
        while self.queue.len() < wanted {
            self.more();
        }
        for (sample, sound) in out.iter_mut().zip(self.queue.drain(..wanted)) {
            *sample = sound;
        }
        let mut beep = self.beep.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(tone) = beep.as_mut() {
            for sample in out.iter_mut() {
                *sample = sample.saturating_add(tone.next_sample());
            }
            if tone.is_over() {
                *beep = None;
            }
        }
    }
}

impl Drop for LegFeed {
    fn drop(&mut self) {
        let mut downlink = self.downlink.lock().unwrap_or_else(PoisonError::into_inner);
        downlink.listening = false;
        downlink.playing = None;
    }
}

/// The engine's packet as ours, for statistics and jitter buffer: `use_it` sees it while the bytes live.
pub fn with_packet(packet: &rtp::Packet, use_it: impl FnOnce(&Packet<'_>)) {
    if let Ok(bytes) = packet.marshal()
        && let Ok(view) = Packet::parse(&bytes)
    {
        use_it(&view);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dsp::tone_share;
    use std::time::Duration;

    #[test]
    fn every_codec_carries_a_tone_from_microphone_to_speaker() {
        for codec in Codec::ALL {
            let mut uplink = Uplink::new(codec, codec.default_payload_type(), 7, 42).unwrap();
            let downlink = SharedDownlink::default();
            downlink.lock().unwrap().set_codecs(vec![(codec.default_payload_type(), codec)]);
            let mut feed = LegFeed::new(downlink.clone(), Arc::default());
            let mut tone = Tone::new((1_000.0, 1_000.0), 0.5, 2 * RATE as usize);
            let (mut heard, mut now) = (Vec::new(), clock::now());
            for _ in 0..100 {
                let frame: Vec<i16> = (0..FRAME).map(|_| tone.next_sample()).collect();
                for packet in uplink.packets(&frame).unwrap() {
                    with_packet(&packet, |packet| downlink.lock().unwrap().insert(now, packet));
                }
                let mut out = vec![0; FRAME];
                feed.fill(&mut out);
                heard.extend(out);
                now += Duration::from_millis(20);
            }
            let share = tone_share(&heard[48_000..], RATE, 1_000.0);
            assert!(share > 0.95, "{codec:?}: {share}");
        }
    }

    #[test]
    fn nothing_is_kept_for_a_speaker_that_is_not_open() {
        let downlink = SharedDownlink::default();
        downlink.lock().unwrap().set_codecs(vec![(0, Codec::Pcmu)]);
        let mut uplink = Uplink::new(Codec::Pcmu, 0, 7, 42).unwrap();
        for packet in uplink.packets(&[9_000; FRAME]).unwrap() {
            with_packet(&packet, |packet| downlink.lock().unwrap().insert(clock::now(), packet));
        }
        let mut out = vec![1; FRAME];
        LegFeed::new(downlink, Arc::default()).fill(&mut out);
        assert!(out.iter().all(|&s| s == 0));
    }
}
