//! Sound files: WAV and Ogg (Vorbis, Opus) in, mono PCM at a wanted rate out; WAV written.

/// Why a file cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WaveError {
    #[error("neither WAV nor Ogg: the file begins with neither RIFF nor OggS")]
    Unknown,
}

/// Decodes a WAV or Ogg file to mono PCM at `rate` Hz.
pub fn decode(_bytes: &[u8], _rate: u32) -> Result<Vec<i16>, WaveError> {
    Err(WaveError::Unknown)
}

/// PCM from one rate to another, without the filter's delay.
pub fn resample(_pcm: &[i16], _from: u32, _to: u32) -> Vec<i16> {
    Vec::new()
}

/// A mono 16-bit WAV file.
pub fn write_wav(_pcm: &[i16], _rate: u32) -> Vec<u8> {
    Vec::new()
}
