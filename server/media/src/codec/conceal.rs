//! Packet loss concealment for codecs that have none of their own, in the manner of ITU-T G.711 Appendix I: the last
//! pitch period is repeated and fades, and the first frame after the gap is blended with it.

/// Pitch of a voice, Hz (Appendix I: 66–200).
const PITCH_LOW: u32 = 66;
const PITCH_HIGH: u32 = 200;
/// Kept sound, ms: the longest period, and as much before it to compare with.
const HISTORY_MS: usize = 36;

/// Remembers the last sound heard, and continues it.
pub(super) struct Concealer {
    rate: u32,
    history: Vec<i16>,
    gap: Option<Gap>,
}

/// An ongoing gap.
struct Gap {
    period: Vec<i16>,
    at: usize,
    /// Samples concealed so far.
    length: usize,
}

impl Gap {
    /// The next sample, faded: full for 10 ms, then down by 20 % each 10 ms, silent after 60 ms (Appendix I).
    fn next(&mut self, rate: u32) -> i16 {
        let ms = (self.length * 1_000) as f32 / rate as f32;
        let gain = (1.0 - (ms - 10.0).max(0.0) * 0.02).max(0.0);
        let sample = self.period.get(self.at).copied().unwrap_or(0);
        self.at = (self.at + 1) % self.period.len().max(1);
        self.length = self.length.saturating_add(1);
        (f32::from(sample) * gain) as i16
    }
}

impl Concealer {
    pub(super) fn new(rate: u32) -> Self {
        Concealer { rate, history: Vec::new(), gap: None }
    }

    fn samples(&self, ms: usize) -> usize {
        self.rate as usize * ms / 1_000
    }

    /// Takes note of a decoded frame, and after a gap blends its first 5 ms with the concealment.
    pub(super) fn heard(&mut self, frame: &mut [i16]) {
        if let Some(mut gap) = self.gap.take() {
            let blend = self.samples(5).min(frame.len());
            for (i, sample) in frame[..blend].iter_mut().enumerate() {
                let new = (i + 1) as f32 / (blend + 1) as f32;
                let mixed = f32::from(*sample) * new + f32::from(gap.next(self.rate)) * (1.0 - new);
                *sample = mixed as i16;
            }
        }
        let keep = self.samples(HISTORY_MS);
        let fresh = &frame[frame.len().saturating_sub(keep)..];
        let excess = (self.history.len() + fresh.len()).saturating_sub(keep);
        self.history.drain(..excess.min(self.history.len()));
        self.history.extend_from_slice(fresh);
    }

    pub(super) fn conceal(&mut self, out: &mut [i16]) {
        let rate = self.rate;
        if self.gap.is_none() {
            let lag = self.pitch_lag();
            let period = self.history[self.history.len() - lag..].to_vec();
            self.gap = Some(Gap { period, at: 0, length: 0 });
        }
        if let Some(gap) = &mut self.gap {
            out.fill_with(|| gap.next(rate));
        }
    }

    /// The lag at which the last 20 ms resemble what came before most, samples; all there is where that is too little.
    fn pitch_lag(&self) -> usize {
        let shortest = (self.rate / PITCH_HIGH) as usize;
        let longest = (self.rate / PITCH_LOW) as usize;
        let window = self.samples(20);
        let n = self.history.len();
        if n < window + longest {
            return n.min(longest);
        }
        let recent = &self.history[n - window..];
        let likeness = |lag: usize, step: usize| {
            let past = &self.history[n - window - lag..n - lag];
            let (mut cross, mut energy) = (0.0f32, 1.0f32);
            for (a, b) in recent.iter().zip(past).step_by(step) {
                cross += f32::from(*a) * f32::from(*b);
                energy += f32::from(*b) * f32::from(*b);
            }
            cross / energy.sqrt()
        };
        let best_of = |lags: std::ops::RangeInclusive<usize>, stride: usize, step: usize| {
            lags.step_by(stride).map(|lag| (lag, likeness(lag, step))).max_by(|a, b| a.1.total_cmp(&b.1))
        };
        // Coarse first, on every other sample and lag; then the neighbours of the best, exactly.
        let coarse = best_of(shortest..=longest, 2, 2).map_or(longest, |(lag, _)| lag);
        let near = coarse.saturating_sub(2).max(shortest)..=(coarse + 2).min(longest);
        best_of(near, 1, 1).map_or(coarse, |(lag, _)| lag)
    }
}
