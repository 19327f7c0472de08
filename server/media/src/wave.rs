//! Sound files: WAV and Ogg (Vorbis, Opus) in, mono PCM at a wanted rate out; WAV written. Files come from people and
//! other systems: every size in them is a claim, checked against what is there, and the sound is bounded.

mod ogg_file;
mod vorbis_setup;
pub(crate) mod wav;

#[cfg(test)]
mod tests;

pub use wav::write_wav;

use crate::codec::Resampler;

/// Longest sound taken from a file, s.
pub const MAX_SECONDS: u32 = 1_800;
/// Sample rates that files may have, Hz.
pub const RATES: std::ops::RangeInclusive<u32> = 4_000..=192_000;
/// Most channels that are mixed down.
pub const MAX_CHANNELS: u16 = 8;

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaveError {
    #[error("neither WAV nor Ogg: the file begins with neither RIFF…WAVE nor OggS")]
    Unknown,
    #[error("the wanted rate of {rate} Hz is not between 4,000 and 192,000")]
    WantedRate { rate: u32 },
    #[error("WAV: chunk `{chunk}` is missing")]
    Missing { chunk: &'static str },
    #[error("WAV: chunk `{chunk}`: {reason}")]
    Chunk { chunk: &'static str, reason: String },
    #[error("Ogg: {reason}")]
    Container { reason: String },
    #[error("Ogg: the stream is neither Vorbis nor Opus")]
    Stream,
    #[error("Ogg {codec}: {part}: {reason}")]
    Codec { codec: &'static str, part: &'static str, reason: String },
    #[error("longer than {MAX_SECONDS} s: cut it into several prompts")]
    TooLong,
    #[error("there is no sound in it")]
    Empty,
}

/// Decodes a WAV (PCM 8 to 32 bits, float, µ-law, A-law) or Ogg (Vorbis, Opus) file to mono PCM at `rate` Hz. Channels
/// are averaged. A file that ends early gives what is there.
pub fn decode(bytes: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    if !RATES.contains(&rate) {
        return Err(WaveError::WantedRate { rate });
    }
    let pcm = if wav::is_wav(bytes) {
        wav::decode(bytes, rate)?
    } else if bytes.starts_with(b"OggS") {
        ogg_file::decode(bytes, rate)?
    } else {
        return Err(WaveError::Unknown);
    };
    if pcm.is_empty() { Err(WaveError::Empty) } else { Ok(pcm) }
}

/// PCM from one rate to another, without the filter's delay: the first sample stays the first.
pub fn resample(pcm: &[i16], from: u32, to: u32) -> Vec<i16> {
    let mut sink = Sink { resampler: Resampler::new(from, to), out: Vec::new(), skip: 0, limit: usize::MAX, taken: 0 };
    sink.skip = sink.resampler.delay();
    for block in pcm.chunks(4_096) {
        // Without a limit nothing is refused.
        if sink.push(block).is_err() {
            break;
        }
    }
    sink.finish()
}

/// Gathers decoded sound at the wanted rate, so that only the result is ever held whole.
struct Sink {
    resampler: Resampler,
    out: Vec<i16>,
    /// Samples of the filter's delay still to be dropped.
    skip: usize,
    /// Most input samples.
    limit: usize,
    taken: usize,
}

impl Sink {
    fn new(from: u32, to: u32) -> Self {
        let resampler = Resampler::new(from, to);
        let skip = resampler.delay();
        Sink { resampler, out: Vec::new(), skip, limit: from as usize * MAX_SECONDS as usize, taken: 0 }
    }

    fn push(&mut self, mono: &[i16]) -> Result<(), WaveError> {
        self.taken = self.taken.saturating_add(mono.len());
        if self.taken > self.limit {
            return Err(WaveError::TooLong);
        }
        self.resampler.process(mono, &mut self.out);
        let dropped = self.skip.min(self.out.len());
        if dropped > 0 {
            self.out.drain(..dropped);
            self.skip -= dropped;
        }
        Ok(())
    }

    /// Interleaved samples of `channels` channels, averaged.
    fn push_interleaved(&mut self, samples: &[i16], channels: usize) -> Result<(), WaveError> {
        if channels == 1 {
            return self.push(samples);
        }
        let mean = |frame: &[i16]| {
            let sum: i32 = frame.iter().map(|&s| i32::from(s)).sum();
            (sum / frame.len() as i32) as i16
        };
        let mono: Vec<i16> = samples.chunks_exact(channels.max(1)).map(mean).collect();
        self.push(&mono)
    }

    fn finish(mut self) -> Vec<i16> {
        let (from, to) = self.resampler.rates();
        let wanted = (self.taken as u64 * u64::from(to)).div_ceil(u64::from(from)) as usize;
        // Silence pushes the end of the sound out of the filter.
        let silence = [0; 256];
        for _ in 0..10_000 {
            if self.out.len() >= wanted {
                break;
            }
            self.resampler.process(&silence, &mut self.out);
            let dropped = self.skip.min(self.out.len());
            self.out.drain(..dropped);
            self.skip -= dropped;
        }
        self.out.truncate(wanted);
        self.out
    }
}
