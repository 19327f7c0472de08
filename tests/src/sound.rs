//! Sounds that real programs play, and ways to tell whether they were heard: tones as WAV files, RTP as capture files
//! for SIPp, and the presence of a tone in each tenth of a second.

use anyhow::Result;
use std::{f64::consts::TAU, path::Path};
use twinline_media::{
    codec::{Codec, Encoder, OpusSettings},
    dtmf::EventSender,
    rtp::Header,
    wave,
};

/// Samples of a 20 ms frame at 8 kHz.
const FRAME: usize = 160;
/// Payload type of telephone events in the scenarios.
const EVENTS: u8 = 101;
/// Part of a window's energy that a tone must have, and its least amplitude, to count as heard.
const PURITY: f64 = 0.5;
const FAINTEST: f64 = 300.0;

/// A sine of amplitude 8,000.
pub fn tone(hz: f64, rate: u32, seconds: f64) -> Vec<i16> {
    let samples = (f64::from(rate) * seconds) as usize;
    (0..samples).map(|at| ((TAU * hz * at as f64 / f64::from(rate)).sin() * 8_000.0) as i16).collect()
}

/// A WAV file of a tone, the same in every channel.
pub fn tone_wav(hz: f64, rate: u32, channels: u16, seconds: f64) -> Vec<u8> {
    let mono = tone(hz, rate, seconds);
    if channels == 1 {
        return wave::write_wav(&mono, rate);
    }
    let frame = channels * 2;
    let length = (mono.len() * usize::from(frame)) as u32;
    let mut wav = Vec::with_capacity(44 + length as usize);
    wav.extend_from_slice(b"RIFF");
    wav.extend((36 + length).to_le_bytes());
    wav.extend_from_slice(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend(1u16.to_le_bytes());
    wav.extend(channels.to_le_bytes());
    wav.extend(rate.to_le_bytes());
    wav.extend((rate * u32::from(frame)).to_le_bytes());
    wav.extend(frame.to_le_bytes());
    wav.extend(16u16.to_le_bytes());
    wav.extend_from_slice(b"data");
    wav.extend(length.to_le_bytes());
    for sample in mono {
        for _ in 0..channels {
            wav.extend(sample.to_le_bytes());
        }
    }
    wav
}

/// For each tenth of a second: whether the tone is what is heard there.
pub fn tone_heard(pcm: &[i16], rate: u32, hz: f64) -> Vec<bool> {
    pcm.chunks_exact(rate as usize / 10).map(|window| is_tone(window, rate, hz)).collect()
}

fn is_tone(window: &[i16], rate: u32, hz: f64) -> bool {
    let (mut re, mut im, mut energy) = (0.0, 0.0, 0.0);
    for (at, sample) in window.iter().enumerate() {
        let (value, angle) = (f64::from(*sample), TAU * hz * at as f64 / f64::from(rate));
        re += value * angle.cos();
        im += value * angle.sin();
        energy += value * value;
    }
    let count = window.len() as f64;
    let amplitude = 2.0 * (re * re + im * im).sqrt() / count;
    amplitude > FAINTEST && amplitude * amplitude / 2.0 > PURITY * energy / count
}

/// Capture files for SIPp's `play_pcap_audio`: recorded speech as PCMU, and one digit as telephone events.
pub fn write_captures(folder: &Path, seconds: f64, digit: char) -> Result<()> {
    let spoken = wave::decode(&std::fs::read("/usr/share/sounds/alsa/Front_Center.wav")?, 8_000)?;
    let frames = (seconds * 50.0) as usize;
    let mut speech = Capture::new();
    let mut encoder = Encoder::new(Codec::Pcmu, &OpusSettings::narrowband())?;
    for number in 0..frames {
        let pcm: Vec<i16> = (0..FRAME).map(|at| spoken[(number * FRAME + at) % spoken.len()]).collect();
        let mut payload = [0u8; FRAME];
        let length = encoder.encode(&pcm, &mut payload)?;
        let timestamp = (number * FRAME) as u32;
        speech.packet(number, 0, number == 0, timestamp, &payload[..length])?;
    }
    std::fs::write(folder.join("speech.pcap"), speech.bytes)?;

    let mut press = Capture::new();
    let mut events = EventSender::new(8_000);
    events.push(&digit.to_string())?;
    let mut number = 0;
    while events.is_active() {
        let timestamp = ((frames + number) * FRAME) as u32;
        if let Some(event) = events.next_packet(timestamp) {
            press.event(number, frames + number, event.marker, event.timestamp, &event.payload)?;
        }
        number += 1;
    }
    std::fs::write(folder.join("digit.pcap"), press.bytes)?;
    Ok(())
}

/// A pcap file being written: Ethernet, IPv4, UDP, RTP; one packet each 20 ms. SIPp replaces addresses and ports.
struct Capture {
    bytes: Vec<u8>,
}

impl Capture {
    fn new() -> Self {
        let mut bytes = Vec::new();
        bytes.extend(0xa1b2_c3d4u32.to_le_bytes());
        bytes.extend(2u16.to_le_bytes());
        bytes.extend(4u16.to_le_bytes());
        bytes.extend([0u8; 8]);
        bytes.extend(65_535u32.to_le_bytes());
        bytes.extend(1u32.to_le_bytes());
        Self { bytes }
    }

    fn event(&mut self, at: usize, sequence: usize, marker: bool, timestamp: u32, payload: &[u8]) -> Result<()> {
        self.rtp(at, sequence, EVENTS, marker, timestamp, payload)
    }

    fn packet(&mut self, at: usize, kind: u8, marker: bool, timestamp: u32, payload: &[u8]) -> Result<()> {
        self.rtp(at, at, kind, marker, timestamp, payload)
    }

    fn rtp(
        &mut self,
        at: usize,
        sequence: usize,
        kind: u8,
        marker: bool,
        timestamp: u32,
        payload: &[u8],
    ) -> Result<()> {
        let header = Header { marker, payload_type: kind, sequence: sequence as u16, timestamp, ssrc: 0x7477_696e };
        let mut rtp = [0u8; 512];
        let length = header.write_packet(payload, &mut rtp)?;
        let rtp = &rtp[..length];
        let micros = at as u32 * 20_000;
        self.bytes.extend((micros / 1_000_000).to_le_bytes());
        self.bytes.extend((micros % 1_000_000).to_le_bytes());
        let whole = (14 + 20 + 8 + rtp.len()) as u32;
        self.bytes.extend(whole.to_le_bytes());
        self.bytes.extend(whole.to_le_bytes());
        self.bytes.extend([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 8, 0]);
        let ip_length = (28 + rtp.len()) as u16;
        self.bytes.extend([0x45, 0]);
        self.bytes.extend(ip_length.to_be_bytes());
        self.bytes.extend([0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1]);
        self.bytes.extend(6_000u16.to_be_bytes());
        self.bytes.extend(6_000u16.to_be_bytes());
        self.bytes.extend(((8 + rtp.len()) as u16).to_be_bytes());
        self.bytes.extend([0, 0]);
        self.bytes.extend_from_slice(rtp);
        Ok(())
    }
}
