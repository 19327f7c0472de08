//! Speech: text to sound behind one small trait; engines are one file each. Engines may run processes and touch files,
//! and block: call them where blocking is allowed, never on a media thread.

pub mod cache;
pub mod espeak_ng;
mod pcm_file;

pub use cache::CachedSynthesizer;
pub use espeak_ng::EspeakNg;

use std::path::PathBuf;
use std::sync::Arc;

/// Longest text for one prompt, characters (Amazon Polly's bound for one request).
pub const MAX_TEXT: usize = 6_000;

/// What is to be spoken.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SpeechRequest {
    pub text: String,
    /// The text is SSML (`<speak>…</speak>`).
    pub ssml: bool,
    /// BCP 47 tag, for example `ko-KR`; used where the voice is not known.
    pub language: String,
    /// Name as the flow gives it, for example `Seoyeon`; may be empty.
    pub voice: String,
}

/// Mono 16-bit sound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pcm {
    pub samples: Vec<i16>,
    /// Hz.
    pub rate: u32,
}

/// Which engine it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineInfo {
    pub name: String,
    pub version: String,
}

/// Why a text was not spoken. Never holds the text: it may name a customer.
#[derive(Debug, thiserror::Error)]
pub enum SpeechError {
    #[error("the text is empty")]
    Empty,
    #[error("the text has {length} characters, at most {MAX_TEXT} are spoken at once")]
    TooLong { length: usize },
    #[error("no voice for voice name `{voice}` and language `{language}`: name a known voice or a language like ko-KR")]
    NoVoice { voice: String, language: String },
    #[error("{program} is not installed: install the Debian package espeak-ng")]
    NotInstalled { program: String },
    #[error("{program} could not be run")]
    Run {
        program: String,
        #[source]
        source: std::io::Error,
    },
    #[error("{program} did not finish in {seconds} s")]
    TimedOut { program: String, seconds: u64 },
    #[error("{program} failed ({status}): {message}")]
    Failed { program: String, status: String, message: String },
    #[error("{program} made more than {limit} bytes of sound")]
    TooMuchSound { program: String, limit: u64 },
    #[error("{program} made no sound that can be read: {reason}")]
    Sound { program: String, reason: &'static str },
    #[error("speech cache {path}")]
    Cache {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
}

/// An engine that speaks.
pub trait Synthesizer: Send + Sync {
    /// Blocks until the sound is there.
    fn synthesize(&self, request: &SpeechRequest) -> Result<Pcm, SpeechError>;

    /// Everything but the text that the sound depends on: engine, version, voice, kind of text. Equal identities and
    /// texts make equal sounds.
    fn identity(&self, request: &SpeechRequest) -> Result<String, SpeechError>;

    /// Name and version, or why it cannot be used: what `twinline doctor` shows.
    fn probe(&self) -> Result<EngineInfo, SpeechError>;
}

impl<S: Synthesizer + ?Sized> Synthesizer for Arc<S> {
    fn synthesize(&self, request: &SpeechRequest) -> Result<Pcm, SpeechError> {
        (**self).synthesize(request)
    }

    fn identity(&self, request: &SpeechRequest) -> Result<String, SpeechError> {
        (**self).identity(request)
    }

    fn probe(&self) -> Result<EngineInfo, SpeechError> {
        (**self).probe()
    }
}

/// The text as an engine may have it: within bounds, without control characters.
fn clean_text(request: &SpeechRequest) -> Result<String, SpeechError> {
    let length = request.text.chars().count();
    if length > MAX_TEXT {
        return Err(SpeechError::TooLong { length });
    }
    let text: String = request.text.chars().map(|c| if c.is_control() && c != '\n' { ' ' } else { c }).collect();
    if text.trim().is_empty() { Err(SpeechError::Empty) } else { Ok(text) }
}
