//! Speech behind small traits; engines one file each.

/// Text to speak.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    pub text: String,
    pub ssml: bool,
    /// BCP 47.
    pub language: String,
    /// Voice as the flow named it; empty: the language's own.
    pub voice: String,
}

/// Spoken sound, mono.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm {
    pub samples: Vec<i16>,
    pub rate_hz: u32,
}

#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    #[error("the speech engine failed: {0}")]
    Engine(String),
}

pub trait Synthesizer: Send + Sync {
    fn synthesize(&self, request: &Request) -> Result<Pcm, SpeechError>;
}
