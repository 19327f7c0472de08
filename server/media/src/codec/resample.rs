//! Streaming polyphase resampler between any two rates: a Kaiser-windowed sinc, computed once per pair, one dot product
//! per output sample. Delay: 16 samples of the lower rate, 2 ms at 8 kHz, whatever the size of the blocks given to it.

/// Half the filter's length, in samples of the lower of both rates.
const HALF: usize = 16;
/// Where the response is down 6 dB, as a share of the lower rate's Nyquist frequency: 3.7 kHz at 8 kHz.
const CUTOFF: f64 = 0.93;
/// Kaiser's β: about 65 dB of stop-band attenuation, below the noise of 8-bit companding and of 16-bit speech.
const BETA: f64 = 6.2;

/// Turns PCM of one rate into PCM of another, block by block.
pub struct Resampler {
    from: u32,
    to: u32,
    /// Output samples per period (after division by the common divisor), and input samples per period.
    up: usize,
    down: usize,
    taps: usize,
    /// `up` filters of `taps` coefficients, each for one position between two input samples.
    bank: Vec<f32>,
    delay: usize,
    /// Input samples still needed, oldest first.
    history: Vec<f32>,
    /// Position of the next output: first tap in `history`, and which filter.
    at: usize,
    phase: usize,
}

impl Resampler {
    /// Rates in Hz; 0 is taken as 1, and rates above 384,000 as that.
    pub fn new(from: u32, to: u32) -> Resampler {
        let (from, to) = (from.clamp(1, 384_000), to.clamp(1, 384_000));
        let divisor = greatest_common_divisor(from, to);
        let (mut up, mut down) = ((to / divisor) as usize, (from / divisor) as usize);
        if up > 960 {
            // An odd rate (say 11,026 Hz): steps of 1/960 of an input sample are finer than 16 bits can tell.
            down = (down * 960).div_ceil(up).max(1);
            up = 960;
        }
        if from == to {
            let (bank, history) = (Vec::new(), Vec::new());
            return Resampler { from, to, up: 1, down: 1, taps: 0, bank, delay: 0, history, at: 0, phase: 0 };
        }
        let scale = (f64::from(to) / f64::from(from)).min(1.0);
        let half = (HALF as f64 / scale).ceil() as usize;
        let taps = half * 2;
        let bank = filter_bank(up, half, scale);
        // Silence before the first sample fills the filter, as much of it as makes the delay a whole number of output
        // samples; the rest is the phase to begin with.
        let delay = (half * up).div_ceil(down);
        let silence = (delay * down).div_ceil(up);
        let phase = silence * up - delay * down;
        let history = vec![0.0; half - 1 + silence];
        Resampler { from, to, up, down, taps, bank, delay, history, at: 0, phase }
    }

    pub fn rates(&self) -> (u32, u32) {
        (self.from, self.to)
    }

    /// How many output samples the sound comes later.
    pub fn delay(&self) -> usize {
        self.delay
    }

    /// Appends to `out` what `input` allows. Over any stretch the amount is right to one sample: 20 ms in, 20 ms out.
    pub fn process(&mut self, input: &[i16], out: &mut Vec<i16>) {
        if self.taps == 0 {
            out.extend_from_slice(input);
            return;
        }
        self.history.extend(input.iter().map(|&s| f32::from(s)));
        while let Some(window) = self.history.get(self.at..self.at + self.taps) {
            let filter = &self.bank[self.phase * self.taps..][..self.taps];
            out.push(dot(window, filter).round() as i16);
            self.phase += self.down;
            self.at += self.phase / self.up;
            self.phase %= self.up;
        }
        let used = self.at.min(self.history.len());
        self.history.drain(..used);
        self.at -= used;
    }
}

fn dot(a: &[f32], b: &[f32]) -> f32 {
    // Eight sums side by side: the compiler may keep them in one vector register.
    let (a8, a_rest) = a.as_chunks::<8>();
    let (b8, b_rest) = b.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for (x, y) in a8.iter().zip(b8) {
        for i in 0..8 {
            sums[i] += x[i] * y[i];
        }
    }
    let rest: f32 = a_rest.iter().zip(b_rest).map(|(x, y)| x * y).sum();
    sums.iter().sum::<f32>() + rest
}

fn filter_bank(up: usize, half: usize, scale: f64) -> Vec<f32> {
    let taps = half * 2;
    let cutoff = CUTOFF * scale;
    let mut bank = Vec::with_capacity(up * taps);
    for phase in 0..up {
        let fraction = phase as f64 / up as f64;
        let row: Vec<f64> = (0..taps)
            .map(|tap| {
                // Distance in input samples from the output's place, which lies between taps half−1 and half.
                let x = tap as f64 - (half - 1) as f64 - fraction;
                sinc(x * cutoff) * kaiser(x / half as f64)
            })
            .collect();
        // Each filter lets a constant through unchanged, so that no phase hums.
        let sum: f64 = row.iter().sum();
        bank.extend(row.iter().map(|c| (c / sum) as f32));
    }
    bank
}

fn sinc(x: f64) -> f64 {
    let angle = x * std::f64::consts::PI;
    if angle.abs() < 1e-9 { 1.0 } else { angle.sin() / angle }
}

fn kaiser(x: f64) -> f64 {
    if x.abs() >= 1.0 { 0.0 } else { bessel_i0(BETA * (1.0 - x * x).sqrt()) / bessel_i0(BETA) }
}

fn bessel_i0(x: f64) -> f64 {
    let quarter = x * x / 4.0;
    let (mut sum, mut term) = (1.0, 1.0);
    for k in 1..32 {
        term *= quarter / f64::from(k * k);
        sum += term;
    }
    sum
}

fn greatest_common_divisor(a: u32, b: u32) -> u32 {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}
