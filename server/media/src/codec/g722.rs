//! G.722 at 64 kbit/s: the only file that names `audio-codec`. Two samples at 16 kHz are one byte.

use super::CodecError;
use audio_codec::g722::{G722Decoder, G722Encoder};
use audio_codec::{Decoder as _, Encoder as _};

const NAME: &str = "G722";

pub(super) struct Encoder(G722Encoder);

impl Encoder {
    pub(super) fn new() -> Self {
        Encoder(G722Encoder::new())
    }

    pub(super) fn encode(&mut self, pcm: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        if !pcm.len().is_multiple_of(2) {
            return Err(CodecError::FrameSize { codec: NAME, samples: pcm.len() });
        }
        let need = pcm.len() / 2;
        let too_small = CodecError::OutputTooSmall { have: out.len(), need };
        if out.len() < need {
            return Err(too_small);
        }
        self.0.encode_into(pcm, out).map_err(|_| too_small)
    }
}

pub(super) struct Decoder(G722Decoder);

impl Decoder {
    pub(super) fn new() -> Self {
        Decoder(G722Decoder::new())
    }

    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        let need = payload.len() * 2;
        let too_small = CodecError::OutputTooSmall { have: out.len(), need };
        if out.len() < need {
            return Err(too_small);
        }
        self.0.decode_into(payload, out).map_err(|_| too_small)
    }
}
