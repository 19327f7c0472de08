//! Small sound arithmetic: level meter, tones, and the detector that recognises a tone. No device, no clock.

use std::{
    f64::consts::TAU,
    sync::atomic::{AtomicU32, Ordering},
};

/// Rate of all sound inside the engine, Hz, mono.
pub const RATE: u32 = 48_000;
/// Samples of one frame: 20 ms.
pub const FRAME: usize = 960;
/// What the meter shows for digital silence, dB full scale.
pub const FLOOR_DB: i32 = -90;

/// A peak meter that a sound callback writes and the engine reads.
#[derive(Debug, Default)]
pub struct Level(AtomicU32);

impl Level {
    pub fn note(&self, samples: &[i16]) {
        let peak = samples.iter().map(|s| u32::from(s.unsigned_abs())).max().unwrap_or(0);
        self.0.fetch_max(peak, Ordering::Relaxed);
    }

    /// Peak since the last call, dB full scale, [`FLOOR_DB`]–0.
    pub fn take_db(&self) -> i32 {
        peak_db(self.0.swap(0, Ordering::Relaxed))
    }
}

/// A peak of 0–32,768 in dB full scale.
pub fn peak_db(peak: u32) -> i32 {
    if peak == 0 {
        return FLOOR_DB;
    }
    let db = 20.0 * (f64::from(peak.min(32_768)) / 32_768.0).log10();
    (db.round() as i32).clamp(FLOOR_DB, 0)
}

/// One or two sines, with soft ends so that nothing clicks.
#[derive(Clone, Debug)]
pub struct Tone {
    low: f64,
    high: f64,
    amplitude: f64,
    length: usize,
    at: usize,
}

impl Tone {
    /// `hz`: both sines (the same twice for a single one); `amplitude` 0–1 of full scale; `length` in samples.
    pub fn new(hz: (f64, f64), amplitude: f64, length: usize) -> Self {
        Self { low: hz.0, high: hz.1, amplitude: amplitude.clamp(0.0, 1.0), length, at: 0 }
    }

    /// The next sample, 0 after the end.
    pub fn next_sample(&mut self) -> i16 {
        if self.at >= self.length {
            return 0;
        }
        let t = self.at as f64 / f64::from(RATE);
        let edge = (self.at.min(self.length - self.at) as f64 / 480.0).min(1.0);
        let wave = ((TAU * self.low * t).sin() + (TAU * self.high * t).sin()) / 2.0;
        self.at += 1;
        (wave * self.amplitude * edge * 32_000.0) as i16
    }

    pub fn is_over(&self) -> bool {
        self.at >= self.length
    }
}

/// Share of the sound's power that lies at `hz`, 0–1 (Goertzel over the whole slice). 0 for silence.
pub fn tone_share(samples: &[i16], rate: u32, hz: f64) -> f64 {
    let energy: f64 = samples.iter().map(|&s| f64::from(s) * f64::from(s)).sum();
    if energy < 1.0 {
        return 0.0;
    }
    let w = 2.0 * (TAU * hz / f64::from(rate)).cos();
    let (mut one, mut two) = (0.0, 0.0);
    for &sample in samples {
        let next = f64::from(sample) + w * one - two;
        two = one;
        one = next;
    }
    let power = one * one + two * two - w * one * two;
    (2.0 * power / (energy * samples.len() as f64)).clamp(0.0, 1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tone_is_found_where_it_is_and_nowhere_else() {
        let mut tone = Tone::new((1_000.0, 1_000.0), 0.5, 48_000);
        let sound: Vec<i16> = (0..24_000).map(|_| tone.next_sample()).collect();
        assert!(tone_share(&sound, RATE, 1_000.0) > 0.95);
        assert!(tone_share(&sound, RATE, 1_300.0) < 0.01);
        assert_eq!(tone_share(&[0; 960], RATE, 1_000.0), 0.0);
    }

    #[test]
    fn the_meter_shows_the_peak_once() {
        let level = Level::default();
        level.note(&[0, -16_384, 100]);
        assert_eq!(level.take_db(), -6);
        assert_eq!(level.take_db(), FLOOR_DB);
    }
}
