//! Prompts: sound encoded once per codec into frames of 20 ms, shared by all calls, and the cursor of one playback.
//! Sending a frame of a prompt costs a slice of memory and no more.

mod music;
mod shelf;
mod tones;

#[cfg(test)]
mod tests;

pub use music::hold_music;
pub use shelf::PromptShelf;
pub use tones::{beep, ringback};

use crate::codec::{Codec, Encoder, MAX_FRAME_BYTES, OpusSettings};
use crate::wave;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Duration of one frame, ms.
pub const FRAME_MS: u32 = 20;
/// Longest prompt, s.
pub const MAX_SECONDS: u64 = wave::MAX_SECONDS as u64;

/// Why a prompt cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    #[error("prompt of {seconds} s is longer than {MAX_SECONDS} s")]
    TooLong { seconds: u64 },
    #[error("prompt has a sample rate of {rate} Hz; 8,000 to 48,000 can be played")]
    Rate { rate: u32 },
}

/// One recorded sound, immutable, in as many codecs as were asked for.
pub struct Prompt {
    pcm: Vec<i16>,
    rate: u32,
    encoded: [OnceLock<Frames>; Codec::ALL.len()],
}

/// Frames of 20 ms, end to end.
struct Frames {
    bytes: Vec<u8>,
    /// Where each frame ends in `bytes`.
    ends: Vec<u32>,
}

impl Frames {
    fn get(&self, index: usize) -> Option<&[u8]> {
        let end = *self.ends.get(index)? as usize;
        let start = if index == 0 { 0 } else { self.ends[index - 1] as usize };
        Some(&self.bytes[start..end])
    }
}

impl Prompt {
    /// Mono PCM at `rate` Hz, 8,000 to 48,000. An empty prompt is allowed and over at once.
    pub fn from_pcm(pcm: Vec<i16>, rate: u32) -> Result<Arc<Prompt>, PromptError> {
        if !(8_000..=48_000).contains(&rate) {
            return Err(PromptError::Rate { rate });
        }
        let seconds = pcm.len() as u64 / u64::from(rate);
        if seconds > MAX_SECONDS {
            return Err(PromptError::TooLong { seconds });
        }
        Ok(Arc::new(Prompt { pcm, rate, encoded: Default::default() }))
    }

    pub fn duration(&self) -> Duration {
        Duration::from_micros(self.pcm.len() as u64 * 1_000_000 / u64::from(self.rate))
    }

    /// The sound itself, and its rate.
    pub fn pcm(&self) -> (&[i16], u32) {
        (&self.pcm, self.rate)
    }

    /// Bytes of memory that it occupies now.
    pub fn memory(&self) -> usize {
        let frames = |f: &Frames| f.bytes.capacity() + f.ends.capacity() * 4;
        self.pcm.capacity() * 2 + self.encoded.iter().filter_map(OnceLock::get).map(frames).sum::<usize>()
    }

    /// Encodes for `codec` now, where that has not been done: call it off the media thread, since Opus takes some ten
    /// milliseconds for a second of sound. A playback that comes first does it itself.
    pub fn prepare(&self, codec: Codec) {
        self.frames(codec);
    }

    /// Frame `index` of 20 ms; `None` behind the last. The last frame is filled up with silence.
    pub fn frame(&self, codec: Codec, index: usize) -> Option<&[u8]> {
        self.frames(codec).get(index)
    }

    fn frames(&self, codec: Codec) -> &Frames {
        let slot = match codec {
            Codec::Pcmu => &self.encoded[0],
            Codec::Pcma => &self.encoded[1],
            Codec::G722 => &self.encoded[2],
            Codec::Opus => &self.encoded[3],
        };
        slot.get_or_init(|| self.encode(codec))
    }

    fn encode(&self, codec: Codec) -> Frames {
        // Encoded once and heard by thousands: the best that the codec can do.
        let best = OpusSettings { complexity: 10, fec: false, expected_loss_percent: 0, ..OpusSettings::wideband() };
        let settings = if self.rate < 16_000 { OpusSettings { sample_rate: 8_000, ..best } } else { best };
        let mut frames = Frames { bytes: Vec::new(), ends: Vec::new() };
        // Rates and sizes below are the codecs' own: an encoder that refuses them leaves an empty prompt, not a panic.
        let Ok(mut encoder) = Encoder::new(codec, &settings) else { return frames };
        let pcm = wave::resample(&self.pcm, self.rate, encoder.sample_rate());
        let samples = (encoder.sample_rate() / 1_000 * FRAME_MS) as usize;
        let mut bytes = [0; MAX_FRAME_BYTES];
        let mut last = vec![0; samples];
        for frame in pcm.chunks(samples) {
            let full = if frame.len() == samples {
                frame
            } else {
                last[..frame.len()].copy_from_slice(frame);
                &last
            };
            let Ok(length) = encoder.encode(full, &mut bytes) else { break };
            frames.bytes.extend_from_slice(&bytes[..length]);
            frames.ends.push(frames.bytes.len() as u32);
        }
        frames.bytes.shrink_to_fit();
        frames.ends.shrink_to_fit();
        frames
    }
}

/// Where one leg is in a sequence of prompts.
pub struct Playback {
    prompts: Vec<Arc<Prompt>>,
    repeat: bool,
    /// Which prompt, and which frame of it is next.
    prompt: usize,
    frame: usize,
}

impl Playback {
    /// Plays `prompts` one after the other; with `repeat` from the start again, until stopped.
    pub fn new(prompts: Vec<Arc<Prompt>>, repeat: bool) -> Self {
        // A loop of nothing would never end and never sound.
        let repeat = repeat && prompts.iter().any(|prompt| !prompt.pcm.is_empty());
        Playback { prompts, repeat, prompt: 0, frame: 0 }
    }

    /// The next 20 ms, or `None` when it is over. Costs no copy, and no encoding after the first time ever.
    pub fn next_frame(&mut self, codec: Codec) -> Option<&[u8]> {
        // Empty prompts are stepped over; one pass and the first prompt again is all that can be needed.
        for _ in 0..self.prompts.len() * 2 + 1 {
            if self.prompt >= self.prompts.len() {
                if !self.repeat {
                    return None;
                }
                (self.prompt, self.frame) = (0, 0);
            }
            // Asked twice, since a borrow that is returned cannot be let go in the other branch.
            if self.prompts[self.prompt].frame(codec, self.frame).is_some() {
                self.frame += 1;
                return self.prompts[self.prompt].frame(codec, self.frame - 1);
            }
            (self.prompt, self.frame) = (self.prompt + 1, 0);
        }
        None
    }

    /// Everything was played. Never with `repeat`.
    pub fn is_done(&self) -> bool {
        !self.repeat
            && self.prompts.get(self.prompt..).unwrap_or_default().iter().enumerate().all(|(i, prompt)| {
                let played = if i == 0 { self.frame } else { 0 };
                let total = prompt.duration().as_micros().div_ceil(u128::from(FRAME_MS) * 1_000);
                played as u128 >= total
            })
    }
}
