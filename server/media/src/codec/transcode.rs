//! One direction of a call between two codecs: decode, resample where rates differ, encode. A frame in, a frame out.

use super::{Codec, CodecError, Decoder, Encoder, MAX_FRAME_MS, OpusSettings, Resampler};

/// Decoder, resampler and encoder in a row, with what lies between frames of different length.
///
/// Delay: none of its own between G.711 and Opus (Opus runs at 8 kHz then); 2 ms where rates differ; and up to one
/// frame where the input's frames are of another length than the output's.
pub struct Transcoder {
    decoder: Decoder,
    resampler: Option<Resampler>,
    encoder: Encoder,
    /// Samples of one output frame.
    frame: usize,
    scratch: Vec<i16>,
    pending: Vec<i16>,
}

impl Transcoder {
    /// From `from` to `to`, output in frames of `frame_ms`. Opus is coded at the other side's rate.
    pub fn new(from: Codec, to: Codec, frame_ms: u32) -> Result<Transcoder, CodecError> {
        let settings = match from {
            Codec::Pcmu | Codec::Pcma => OpusSettings::narrowband(),
            Codec::G722 => OpusSettings::wideband(),
            Codec::Opus => OpusSettings::fullband(),
        };
        let encoder = Encoder::new(to, &settings)?;
        let decoder_rate = if from == Codec::Opus { encoder.sample_rate() } else { from.sample_rate() };
        let decoder = Decoder::new(from, decoder_rate)?;
        Ok(Transcoder::with(decoder, encoder, frame_ms))
    }

    pub fn with(decoder: Decoder, encoder: Encoder, frame_ms: u32) -> Transcoder {
        let (from, to) = (decoder.sample_rate(), encoder.sample_rate());
        let resampler = (from != to).then(|| Resampler::new(from, to));
        let frame = (to as usize * frame_ms.clamp(1, MAX_FRAME_MS) as usize) / 1_000;
        Transcoder {
            decoder,
            resampler,
            encoder,
            frame,
            scratch: vec![0; (from / 1_000 * MAX_FRAME_MS) as usize],
            pending: Vec::new(),
        }
    }

    /// Takes one received payload, of 120 ms at most.
    pub fn push(&mut self, payload: &[u8]) -> Result<(), CodecError> {
        let samples = self.decoder.decode(payload, &mut self.scratch)?;
        self.take(samples);
        Ok(())
    }

    /// Takes the place of a lost packet of `ms` milliseconds; `next` is the packet behind it, if it is there already.
    pub fn push_lost(&mut self, ms: u32, next: Option<&[u8]>) -> Result<(), CodecError> {
        let wanted = (self.decoder.sample_rate() as usize * ms.min(MAX_FRAME_MS) as usize) / 1_000;
        let out = &mut self.scratch[..wanted];
        let samples = match next {
            Some(next) => self.decoder.recover(next, out)?,
            None => self.decoder.conceal(out)?,
        };
        self.take(samples);
        Ok(())
    }

    fn take(&mut self, samples: usize) {
        let pcm = &self.scratch[..samples];
        match &mut self.resampler {
            Some(resampler) => resampler.process(pcm, &mut self.pending),
            None => self.pending.extend_from_slice(pcm),
        }
    }

    /// The next full frame, encoded into `out`: its length, or `None` where there is not enough sound for one. Call it
    /// until it gives `None`.
    pub fn next_frame(&mut self, out: &mut [u8]) -> Result<Option<usize>, CodecError> {
        if self.pending.len() < self.frame {
            return Ok(None);
        }
        let encoded = self.encoder.encode(&self.pending[..self.frame], out);
        self.pending.drain(..self.frame);
        encoded.map(Some)
    }

    pub fn encoder(&mut self) -> &mut Encoder {
        &mut self.encoder
    }
}
