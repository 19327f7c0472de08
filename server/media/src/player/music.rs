//! Hold music, composed here and free of rights: eight soft chords in C and a slow melody over them, 28.8 s, whose end
//! flows into its beginning.

use super::Prompt;
use std::f32::consts::TAU;
use std::sync::{Arc, OnceLock};

const RATE: u32 = 16_000;
/// One bar, s: 50 beats a minute, three to a bar.
const BAR: f32 = 3.6;
/// MIDI note numbers of each bar's chord: Cmaj9, Am7, Fmaj9, G6, Em7, Am9, Dm9, G7sus4 → C.
const CHORDS: [[u8; 5]; 8] = [
    [48, 55, 59, 64, 74],
    [45, 52, 60, 67, 72],
    [41, 57, 60, 64, 67],
    [43, 50, 59, 62, 64],
    [40, 55, 59, 62, 67],
    [45, 55, 60, 64, 71],
    [50, 57, 60, 65, 64],
    [43, 53, 60, 62, 65],
];
/// Melody: bar, beat within the bar (0–3), note.
const MELODY: [(u8, f32, u8); 20] = [
    (0, 0.0, 76),
    (0, 1.5, 79),
    (0, 2.0, 83),
    (1, 0.0, 81),
    (1, 2.0, 76),
    (2, 0.0, 77),
    (2, 1.0, 76),
    (2, 2.0, 72),
    (3, 0.0, 74),
    (3, 2.0, 71),
    (4, 0.0, 79),
    (4, 1.5, 78),
    (4, 2.0, 74),
    (5, 0.0, 76),
    (5, 2.0, 71),
    (6, 0.0, 69),
    (6, 1.0, 72),
    (6, 2.0, 77),
    (7, 0.0, 74),
    (7, 1.5, 67),
];

/// The loop, made once and shared.
pub fn hold_music() -> Arc<Prompt> {
    static LOOP: OnceLock<Arc<Prompt>> = OnceLock::new();
    let make = || Prompt::from_pcm(compose(), RATE).expect("a generated loop has a playable rate and length");
    Arc::clone(LOOP.get_or_init(make))
}

fn compose() -> Vec<i16> {
    let total = (BAR * CHORDS.len() as f32 * RATE as f32) as usize;
    let mut mix = vec![0.0f32; total];
    for (bar, chord) in CHORDS.iter().enumerate() {
        let start = (bar as f32 * BAR * RATE as f32) as usize;
        for (voice, &note) in chord.iter().enumerate() {
            // The strings of a chord enter one after the other, and ring on into the next bar.
            let late = (voice as f32 * 0.07 * RATE as f32) as usize;
            pad(&mut mix, start + late, frequency(note));
        }
    }
    for (bar, beat, note) in MELODY {
        let start = ((f32::from(bar) + beat / 3.0) * BAR * RATE as f32) as usize;
        bell(&mut mix, start, frequency(note));
    }
    let loudest = mix.iter().fold(1e-6f32, |most, s| most.max(s.abs()));
    // −9 dBFS at the loudest spot: some 10 dB below speech on average, as music under a wait should be.
    mix.iter().map(|s| (s / loudest * 11_600.0) as i16).collect()
}

fn frequency(note: u8) -> f32 {
    440.0 * ((f32::from(note) - 69.0) / 12.0).exp2()
}

/// A slow, warm tone: two voices a hair apart, few overtones, one second up and two down.
fn pad(mix: &mut [f32], start: usize, hz: f32) {
    let length = ((BAR + 1.6) * RATE as f32) as usize;
    for i in 0..length {
        let t = i as f32 / RATE as f32;
        let rise = smooth(t / 1.0);
        let fall = smooth((BAR + 1.6 - t) / 2.0);
        let voice = |f: f32| (TAU * f * t).sin() + 0.22 * (TAU * 2.0 * f * t).sin() + 0.06 * (TAU * 3.0 * f * t).sin();
        // Low notes carry further on a telephone's small band when their overtones do the work.
        let weight = if hz < 180.0 { 0.7 } else { 1.0 };
        add(mix, start + i, 0.12 * weight * rise * fall * (voice(hz * 0.9985) + voice(hz * 1.0015)));
    }
}

/// A struck tone like an electric piano's: quick, then long and fading.
fn bell(mix: &mut [f32], start: usize, hz: f32) {
    let length = (2.6 * RATE as f32) as usize;
    for i in 0..length {
        let t = i as f32 / RATE as f32;
        let envelope = smooth(t / 0.015) * (-t * 1.9).exp() * smooth((2.6 - t) / 0.3);
        let strike = 0.9 * (-t * 6.0).exp() * (TAU * hz * 2.0 * t).sin();
        add(mix, start + i, 0.20 * envelope * (TAU * hz * t + strike).sin());
    }
}

/// Adds at a place that runs over the end into the beginning: the loop has no seam.
fn add(mix: &mut [f32], at: usize, sample: f32) {
    let length = mix.len();
    mix[at % length] += sample;
}

/// 0 to 1 with flat ends.
fn smooth(x: f32) -> f32 {
    let x = x.clamp(0.0, 1.0);
    x * x * (3.0 - 2.0 * x)
}
