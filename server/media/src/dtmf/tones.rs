//! DTMF in the sound (ITU-T Q.23, receivers by Q.24 and ETSI ES 201 235-3): heard by Goertzel filters, made by sines.

use super::{DIGITS, DigitsError, Waiting, enqueue};
use std::collections::VecDeque;
use std::f32::consts::TAU;

/// Low and high group, Hz.
const LOW: [f32; 4] = [697.0, 770.0, 852.0, 941.0];
const HIGH: [f32; 4] = [1_209.0, 1_336.0, 1_477.0, 1_633.0];
/// Digits by row (low group) and column (high group), as event codes.
const KEYPAD: [[u8; 4]; 4] = [[1, 2, 3, 12], [4, 5, 6, 13], [7, 8, 9, 14], [10, 0, 11, 15]];

/// Samples per decision, 12.75 ms: a tone of 40 ms fills two blocks wherever it begins, one of 20 ms never does.
const BLOCK: usize = 102;
/// Blocks in a row that make a digit, and that end one.
const HITS: u8 = 2;
const MISSES: u8 = 2;
/// Weakest tone, mean square per sample: −36 dBm0 for both tones together.
const FLOOR: f32 = 130_000.0;
/// The high tone may be stronger than the low one by 4 dB, weaker by 8 dB (Q.24 Annex A), as power ratios.
const REVERSE_TWIST: f32 = 2.6;
const NORMAL_TWIST: f32 = 6.6;
/// Each tone stands out of its group by 8 dB.
const PEAK: f32 = 6.3;
/// Share of all energy that is in the two tones: speech spreads over more, and a tone that fills less than four fifths of
/// a block does not reach it, so that 20 ms never fill two.
const PURITY: f32 = 0.79;
/// The second harmonic of the high tone is below it by 10 dB at least: voices have one, keypads do not. (That of the low
/// tone lies within the high group.)
const HARMONIC: f32 = 0.1;

/// One frequency's running filter.
#[derive(Clone, Copy)]
struct Goertzel {
    coefficient: f32,
    s1: f32,
    s2: f32,
}

impl Goertzel {
    fn new(hz: f32) -> Self {
        Goertzel { coefficient: 2.0 * (TAU * hz / 8_000.0).cos(), s1: 0.0, s2: 0.0 }
    }

    #[inline]
    fn step(&mut self, sample: f32) {
        let s0 = sample + self.coefficient * self.s1 - self.s2;
        (self.s2, self.s1) = (self.s1, s0);
    }

    /// Squared magnitude over the block; begins a new one.
    fn take(&mut self) -> f32 {
        let power = self.s1 * self.s1 + self.s2 * self.s2 - self.coefficient * self.s1 * self.s2;
        (self.s1, self.s2) = (0.0, 0.0);
        power
    }
}

/// Hears DTMF tones in 8 kHz PCM.
pub struct ToneDetector {
    low: [Goertzel; 4],
    high: [Goertzel; 4],
    /// At twice the frequencies of the high group.
    harmonics: [Goertzel; 4],
    energy: f32,
    filled: usize,
    state: Hearing,
}

enum Hearing {
    Nothing,
    /// The same digit in so many blocks.
    Maybe {
        code: u8,
        hits: u8,
    },
    /// Told; waiting for its end.
    Digit {
        code: u8,
        misses: u8,
    },
}

impl Default for ToneDetector {
    fn default() -> Self {
        ToneDetector::new()
    }
}

impl ToneDetector {
    pub fn new() -> Self {
        ToneDetector {
            low: LOW.map(Goertzel::new),
            high: HIGH.map(Goertzel::new),
            harmonics: HIGH.map(|hz| Goertzel::new(2.0 * hz)),
            energy: 0.0,
            filled: 0,
            state: Hearing::Nothing,
        }
    }

    /// Up to 20 ms of sound (of more, only the last digit is told). Gives a digit once, when its tone has lasted some
    /// 30 ms; the same digit again after a gap of 25 ms.
    pub fn process(&mut self, pcm: &[i16]) -> Option<char> {
        let mut told = None;
        for &sample in pcm {
            let sample = f32::from(sample);
            self.energy += sample * sample;
            let filters = [&mut self.low, &mut self.high, &mut self.harmonics];
            filters.into_iter().flatten().for_each(|filter| filter.step(sample));
            self.filled += 1;
            if self.filled == BLOCK {
                self.filled = 0;
                let heard = self.decide();
                told = self.advance(heard).or(told);
            }
        }
        told
    }

    /// The digit in this block.
    fn decide(&mut self) -> Option<u8> {
        let (low, high) = (self.low.each_mut().map(Goertzel::take), self.high.each_mut().map(Goertzel::take));
        let harmonics = self.harmonics.each_mut().map(Goertzel::take);
        let energy = std::mem::take(&mut self.energy);
        let (row, column) = (loudest(&low), loudest(&high));
        let (a, b) = (low[row], high[column]);
        // A sine of amplitude A has energy A²N/2 and a squared magnitude of (AN/2)².
        let pure = (a + b) > PURITY * energy * (BLOCK as f32 / 2.0);
        let stands_out = |group: &[f32; 4], best: usize| {
            group.iter().enumerate().all(|(i, power)| i == best || power * PEAK < group[best])
        };
        let heard = energy > FLOOR * BLOCK as f32
            && pure
            && b < a * REVERSE_TWIST
            && a < b * NORMAL_TWIST
            && stands_out(&low, row)
            && stands_out(&high, column)
            && harmonics[column] < b * HARMONIC;
        heard.then(|| KEYPAD[row][column])
    }

    fn advance(&mut self, heard: Option<u8>) -> Option<char> {
        let (state, told) = match (&self.state, heard) {
            (Hearing::Digit { code, .. }, Some(same)) if *code == same => {
                (Hearing::Digit { code: same, misses: 0 }, None)
            }
            (&Hearing::Digit { code, misses }, None) if misses + 1 < MISSES => {
                (Hearing::Digit { code, misses: misses + 1 }, None)
            }
            (&Hearing::Maybe { code, hits }, Some(same)) if code == same => {
                if hits + 1 >= HITS {
                    (Hearing::Digit { code, misses: 0 }, DIGITS.get(usize::from(code)).copied())
                } else {
                    (Hearing::Maybe { code, hits: hits + 1 }, None)
                }
            }
            (_, Some(code)) => (Hearing::Maybe { code, hits: 1 }, None),
            (_, None) => (Hearing::Nothing, None),
        };
        self.state = state;
        told
    }
}

fn loudest(group: &[f32; 4]) -> usize {
    (1..4).fold(0, |best, i| if group[i] > group[best] { i } else { best })
}

/// Length of a tone, of the gap behind it, and of a comma, ms.
const TONE_MS: u32 = 100;
const GAP_MS: u32 = 80;
const PAUSE_MS: u32 = 500;
/// Amplitudes: −9 dBm0 low, −7 dBm0 high (Q.23: the high group 2 dB louder), of 32,767.
const LOW_LEVEL: f32 = 5_700.0;
const HIGH_LEVEL: f32 = 7_200.0;

/// Makes DTMF tones where no telephone-event was negotiated.
pub struct ToneSender {
    rate: u32,
    queue: VecDeque<Waiting>,
    state: Making,
}

enum Making {
    Idle,
    Tone { low: f32, high: f32, at: u32 },
    Gap { left: u32 },
}

impl ToneSender {
    /// `rate` of the PCM, Hz.
    pub fn new(rate: u32) -> Self {
        ToneSender { rate, queue: VecDeque::new(), state: Making::Idle }
    }

    /// Queues `0-9*#A-D`, and commas that pause; all of them or, with an error, none.
    pub fn push(&mut self, digits: &str) -> Result<(), DigitsError> {
        enqueue(&mut self.queue, digits)
    }

    pub fn is_active(&self) -> bool {
        !self.queue.is_empty() || !matches!(self.state, Making::Idle)
    }

    /// Fills `out` with tones and gaps; false where there was nothing left to send (`out` is untouched then).
    pub fn next_frame(&mut self, out: &mut [i16]) -> bool {
        if !self.is_active() {
            return false;
        }
        out.fill_with(|| self.next_sample());
        true
    }

    fn next_sample(&mut self) -> i16 {
        let samples = |ms: u32| (u64::from(self.rate) * u64::from(ms) / 1_000) as u32;
        match &mut self.state {
            Making::Tone { low, high, at } => {
                let t = *at as f32 / self.rate as f32;
                let value = LOW_LEVEL * (TAU * *low * t).sin() + HIGH_LEVEL * (TAU * *high * t).sin();
                *at += 1;
                if *at >= samples(TONE_MS) {
                    self.state = Making::Gap { left: samples(GAP_MS) };
                }
                return value as i16;
            }
            Making::Gap { left } if *left > 1 => *left -= 1,
            Making::Gap { .. } => self.state = Making::Idle,
            Making::Idle => match self.queue.pop_front() {
                Some(Waiting::Digit(code)) => {
                    let place = |code| (0..16).find(|i| KEYPAD[i / 4][i % 4] == code).unwrap_or(0);
                    let (row, column) = (place(code) / 4, place(code) % 4);
                    self.state = Making::Tone { low: LOW[row], high: HIGH[column], at: 0 };
                }
                Some(Waiting::Pause) => self.state = Making::Gap { left: samples(PAUSE_MS) },
                None => {}
            },
        }
        0
    }
}

/// The tones of `digits` one after the other, each 100 ms with a gap of 80 ms.
pub fn tones(digits: &str, rate: u32) -> Result<Vec<i16>, DigitsError> {
    let mut sender = ToneSender::new(rate);
    sender.push(digits)?;
    let mut pcm = Vec::new();
    let mut frame = vec![0; (rate / 50).max(1) as usize];
    while sender.next_frame(&mut frame) {
        pcm.extend_from_slice(&frame);
    }
    Ok(pcm)
}
