//! What the telephones say where it matters: speech, encoded before the clock starts.

use crate::rtp::Sound;
use anyhow::{Context, Result};
use std::{path::Path, sync::Arc};
use twinline_media::{
    codec::{Codec, Encoder, MAX_FRAME_BYTES, OpusSettings},
    wave,
};

/// Recorded human speech that Debian's alsa-utils ships.
const RECORDED: &str = "/usr/share/sounds/alsa";
const RATE: u32 = 48_000;

/// Speech at 48 kHz, and whether it is a human's.
pub fn speech() -> (Vec<i16>, bool) {
    let recorded = recorded();
    if recorded.len() > 3 * RATE as usize { (recorded, true) } else { (spoken_like(), false) }
}

fn recorded() -> Vec<i16> {
    let names = ["Front_Center", "Front_Left", "Front_Right", "Rear_Center", "Side_Left", "Side_Right"];
    let mut all = Vec::new();
    for name in names {
        let file = Path::new(RECORDED).join(format!("{name}.wav"));
        let Ok(bytes) = std::fs::read(file) else { continue };
        all.extend(wave::decode(&bytes, RATE).unwrap_or_default());
    }
    all
}

/// Harmonics of a voice in syllables with pauses: as much work for an encoder as speech, where none is at hand.
fn spoken_like() -> Vec<i16> {
    (0..RATE * 8)
        .map(|n| {
            let time = f64::from(n) / f64::from(RATE);
            let pitch = 120.0 + 25.0 * (time * 2.1).sin();
            let loud =
                (time * 3.7 * std::f64::consts::PI).sin().max(0.0).powi(2) * if time % 2.0 < 1.5 { 1.0 } else { 0.0 };
            let voice: f64 = (1..=20)
                .map(|k| {
                    let k = f64::from(k);
                    let formant = (-((k * pitch - 600.0) / 500.0).powi(2)).exp()
                        + 0.4 * (-((k * pitch - 1_800.0) / 600.0).powi(2)).exp();
                    (k * pitch * time * std::f64::consts::TAU).sin() * (0.05 + formant)
                })
                .sum();
            (voice * loud * 5_000.0).clamp(-30_000.0, 30_000.0) as i16
        })
        .collect()
}

/// `pcm` (48 kHz) as 20 ms payloads of a codec; Opus at 24 kb/s and full band, as a softphone sends it.
pub fn encoded(pcm: &[i16], codec: Codec) -> Result<Arc<Sound>> {
    let mut encoder = Encoder::new(codec, &OpusSettings::fullband()).context("the generator's encoder")?;
    let rate = encoder.sample_rate();
    let pcm = wave::resample(pcm, RATE, rate);
    let mut frames = Vec::new();
    for chunk in pcm.chunks_exact(rate as usize / 50) {
        let mut payload = vec![0; MAX_FRAME_BYTES];
        let length = encoder.encode(chunk, &mut payload)?;
        payload.truncate(length);
        frames.push(payload);
    }
    let payload_type = if codec == Codec::Opus { 111 } else { codec.default_payload_type() };
    Ok(Arc::new(Sound { payload_type, step: codec.timestamp_units(20), frames, stamped: false }))
}
