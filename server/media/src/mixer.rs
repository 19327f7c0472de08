//! The sum of many voices, for each listener without his own.

/// Sums voices and gives each listener the sum minus himself, saturated to 16 bits.
#[derive(Debug, Default)]
pub struct Mixer {
    sum: Vec<i32>,
}

impl Mixer {
    /// Starts a frame of `samples`.
    pub fn start(&mut self, samples: usize) {
        self.sum.clear();
        self.sum.resize(samples, 0);
    }

    /// Adds one voice; shorter frames count as silence after their end.
    pub fn add(&mut self, voice: &[i16]) {
        for (sum, sample) in self.sum.iter_mut().zip(voice) {
            *sum += i32::from(*sample);
        }
    }

    /// What a listener hears whose own voice, as added, was `own` (empty if it was not added).
    pub fn without(&self, own: &[i16], out: &mut [i16]) {
        let own = own.iter().copied().chain(std::iter::repeat(0));
        for ((out, sum), own) in out.iter_mut().zip(&self.sum).zip(own) {
            let heard = (sum - i32::from(own)).clamp(i32::from(i16::MIN), i32::from(i16::MAX));
            *out = heard as i16;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_hears_the_others_and_not_himself() {
        let voices = [[100i16, -5], [7, 20_000], [-1, 20_000]];
        let mut mixer = Mixer::default();
        mixer.start(2);
        voices.iter().for_each(|voice| mixer.add(voice));
        let mut out = [0; 2];
        mixer.without(&voices[0], &mut out);
        assert_eq!(out, [6, i16::MAX]);
        mixer.without(&voices[1], &mut out);
        assert_eq!(out, [99, 19_995]);
        mixer.without(&[], &mut out);
        assert_eq!(out, [106, i16::MAX]);
    }
}
