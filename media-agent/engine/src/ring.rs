//! The ringtone: made here, so that no file can be missing. Two sines, one second on, two seconds off.

use crate::{
    dsp::{RATE, Tone},
    stream::Feed,
};

const ON: usize = RATE as usize;
const OFF: usize = 2 * RATE as usize;
/// Frequencies of the ringing tone in Korea and North America, Hz.
const PITCH: (f64, f64) = (440.0, 480.0);

/// Feeds a ringer device for as long as its stream lives.
pub struct Ringtone {
    tone: Tone,
    pause: usize,
}

impl Ringtone {
    pub fn new() -> Self {
        Self { tone: Tone::new(PITCH, 0.4, ON), pause: OFF }
    }
}

impl Default for Ringtone {
    fn default() -> Self {
        Self::new()
    }
}

impl Feed for Ringtone {
    fn fill(&mut self, out: &mut [i16]) {
        for sample in out {
            if self.tone.is_over() {
                self.pause -= 1;
                *sample = 0;
                if self.pause == 0 {
                    *self = Self::new();
                }
            } else {
                *sample = self.tone.next_sample();
            }
        }
    }
}

/// A single tone, then silence: tries a device.
pub struct TestTone(Tone);

impl TestTone {
    /// `ms` long, 1 kHz, −12 dB.
    pub fn new(ms: u32) -> Self {
        Self(Tone::new((1_000.0, 1_000.0), 0.25, (RATE / 1_000 * ms) as usize))
    }
}

impl Feed for TestTone {
    fn fill(&mut self, out: &mut [i16]) {
        out.fill_with(|| self.0.next_sample());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dsp::tone_share;

    #[test]
    fn it_rings_one_second_and_pauses_two() {
        let mut ring = Ringtone::new();
        let mut sound = vec![0; 4 * RATE as usize];
        ring.fill(&mut sound);
        let second = |n: usize| &sound[n * RATE as usize..][..RATE as usize];
        assert!(tone_share(second(0), RATE, 440.0) > 0.4);
        assert!(second(1).iter().chain(second(2)).all(|&s| s == 0));
        assert!(tone_share(second(3), RATE, 480.0) > 0.4);
    }
}
