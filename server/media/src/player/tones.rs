//! Tones that a call needs: ringback by country (ITU-T E.180 supplement 2, "Various tones used in national networks")
//! and the beep before an auto-accepted call.

use super::Prompt;
use std::f32::consts::TAU;
use std::sync::Arc;

/// Rate of generated tones, Hz.
const RATE: u32 = 16_000;
/// Amplitude of a tone, of 32,767: about −19 dBm0, gentle on the ear.
const LEVEL: f32 = 3_600.0;

/// A country's ringing tone: frequencies in Hz, and on/off times in ms.
struct Ringing {
    frequencies: &'static [f32],
    cadence: &'static [(u32, u32)],
}

/// The tone that says "the other side rings", one cadence long: to be repeated. `country`: ISO 3166 two letters, any
/// case; what E.180 recommends (425 Hz, 1 s on, 4 s off) for others.
pub fn ringback(country: &str) -> Arc<Prompt> {
    let mut letters = [0; 2];
    for (to, from) in letters.iter_mut().zip(country.bytes()) {
        *to = from.to_ascii_uppercase();
    }
    let tone = match &letters {
        b"KR" => Ringing { frequencies: &[440.0, 480.0], cadence: &[(1_000, 2_000)] },
        b"US" | b"CA" => Ringing { frequencies: &[440.0, 480.0], cadence: &[(2_000, 4_000)] },
        b"GB" | b"IE" | b"HK" => Ringing { frequencies: &[400.0, 450.0], cadence: &[(400, 200), (400, 2_000)] },
        b"AU" | b"NZ" => Ringing { frequencies: &[400.0, 450.0], cadence: &[(400, 200), (400, 2_000)] },
        b"JP" => Ringing { frequencies: &[384.0, 416.0], cadence: &[(1_000, 2_000)] },
        b"CN" => Ringing { frequencies: &[450.0], cadence: &[(1_000, 4_000)] },
        b"FR" => Ringing { frequencies: &[440.0], cadence: &[(1_500, 3_500)] },
        b"IN" => Ringing { frequencies: &[400.0, 425.0], cadence: &[(400, 200), (400, 2_000)] },
        _ => Ringing { frequencies: &[425.0], cadence: &[(1_000, 4_000)] },
    };
    let mut pcm = Vec::new();
    for &(on, off) in tone.cadence {
        pcm.extend(sound(tone.frequencies, on));
        pcm.extend(std::iter::repeat_n(0, (RATE / 1_000 * off) as usize));
    }
    made(pcm)
}

/// Two short rising notes (E5, A5) and a moment of silence: "you are live now".
pub fn beep() -> Arc<Prompt> {
    let mut pcm = sound(&[659.3], 120);
    pcm.extend(sound(&[880.0], 180));
    pcm.extend(std::iter::repeat_n(0, RATE as usize / 10));
    made(pcm)
}

/// `ms` of several frequencies at once, each at its share of the level, with edges of 8 ms against clicks.
fn sound(frequencies: &[f32], ms: u32) -> Vec<i16> {
    let samples = (RATE / 1_000 * ms) as usize;
    let edge = (RATE / 125) as usize;
    let share = LEVEL * 1.4 / frequencies.len() as f32;
    (0..samples)
        .map(|i| {
            let t = i as f32 / RATE as f32;
            let sum: f32 = frequencies.iter().map(|hz| (TAU * hz * t).sin()).sum();
            let fade = (i.min(samples - i) as f32 / edge as f32).min(1.0);
            (sum * share * fade) as i16
        })
        .collect()
}

fn made(pcm: Vec<i16>) -> Arc<Prompt> {
    Prompt::from_pcm(pcm, RATE).expect("a generated tone has a playable rate and length")
}
