//! Opus (RFC 6716) through libopus: the only file that names the `opus` crate. Mono, no DTX; stereo packets of a peer
//! are mixed down by the decoder.

use super::{CodecError, OpusSettings};

const NAME: &str = "Opus";

pub(super) struct Encoder {
    engine: opus::Encoder,
    rate: u32,
    expected_loss_percent: u8,
}

impl Encoder {
    pub(super) fn new(settings: &OpusSettings) -> Result<Self, CodecError> {
        check_rate(settings.sample_rate)?;
        let mut engine = opus::Encoder::new(settings.sample_rate, opus::Channels::Mono, opus::Application::Voip)
            .map_err(engine_error)?;
        engine.set_bitrate(opus::Bitrate::Bits(settings.bitrate.clamp(6_000, 510_000) as i32)).map_err(engine_error)?;
        engine.set_complexity(i32::from(settings.complexity.min(10))).map_err(engine_error)?;
        engine.set_inband_fec(settings.fec).map_err(engine_error)?;
        // Silence is sent: a far end that measures loss or learns our address by it must not starve.
        engine.set_dtx(false).map_err(engine_error)?;
        let mut encoder = Encoder { engine, rate: settings.sample_rate, expected_loss_percent: u8::MAX };
        encoder.set_expected_loss(settings.expected_loss_percent.min(100));
        Ok(encoder)
    }

    pub(super) fn sample_rate(&self) -> u32 {
        self.rate
    }

    pub(super) fn set_expected_loss(&mut self, percent: u8) {
        // libopus accepts every value from 0 to 100; the caller clamps.
        if percent != self.expected_loss_percent && self.engine.set_packet_loss_perc(i32::from(percent)).is_ok() {
            self.expected_loss_percent = percent;
        }
    }

    pub(super) fn encode(&mut self, pcm: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        // 2.5, 5, 10, 20, 40, 60, 80, 100 and 120 ms; libopus says which.
        if pcm.is_empty() || out.is_empty() {
            return Err(CodecError::FrameSize { codec: NAME, samples: pcm.len() });
        }
        self.engine.encode(pcm, out).map_err(|error| match error.code() {
            opus::ErrorCode::BadArg => CodecError::FrameSize { codec: NAME, samples: pcm.len() },
            opus::ErrorCode::BufferTooSmall => {
                CodecError::OutputTooSmall { have: out.len(), need: super::MAX_FRAME_BYTES }
            }
            _ => engine_error(error),
        })
    }
}

pub(super) struct Decoder {
    engine: opus::Decoder,
    rate: u32,
}

impl Decoder {
    pub(super) fn new(sample_rate: u32) -> Result<Self, CodecError> {
        check_rate(sample_rate)?;
        let engine = opus::Decoder::new(sample_rate, opus::Channels::Mono).map_err(engine_error)?;
        Ok(Decoder { engine, rate: sample_rate })
    }

    pub(super) fn sample_rate(&self) -> u32 {
        self.rate
    }

    pub(super) fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        if payload.is_empty() {
            // libopus takes no bytes for "conceal the whole buffer": not what an empty packet asks for.
            return Err(CodecError::Payload { codec: NAME, length: 0, reason: "empty" });
        }
        self.engine.decode(payload, out, false).map_err(|error| payload_error(payload, out.len(), error))
    }

    pub(super) fn conceal(&mut self, out: &mut [i16]) -> Result<usize, CodecError> {
        self.check_lost(out)?;
        self.engine.decode(&[], out, false).map_err(engine_error)
    }

    pub(super) fn recover(&mut self, next: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        self.check_lost(out)?;
        if next.is_empty() {
            return self.conceal(out);
        }
        let samples = out.len();
        self.engine.decode(next, out, true).map_err(|error| payload_error(next, samples, error))
    }

    /// Concealed spans are multiples of 2.5 ms, at most 120 ms.
    fn check_lost(&self, out: &[i16]) -> Result<(), CodecError> {
        let unit = self.rate as usize / 400;
        if out.is_empty() || !out.len().is_multiple_of(unit) || out.len() > unit * 48 {
            return Err(CodecError::FrameSize { codec: NAME, samples: out.len() });
        }
        Ok(())
    }
}

/// Duration of a packet at 48 kHz from its first bytes (RFC 6716 §3.1); `None` where it breaks the rules there.
pub(super) fn payload_units(payload: &[u8]) -> Option<u32> {
    let toc = *payload.first()?;
    let frame = match toc >> 3 {
        config @ 0..=11 => [480, 960, 1_920, 2_880][usize::from(config & 3)],
        config @ 12..=15 => [480, 960][usize::from(config & 1)],
        config => [120, 240, 480, 960][usize::from(config & 3)],
    };
    let count = match toc & 3 {
        0 => 1,
        1 | 2 => 2,
        _ => u32::from(*payload.get(1)? & 0x3f),
    };
    let units = frame * count;
    (units > 0 && units <= 5_760).then_some(units)
}

fn check_rate(rate: u32) -> Result<(), CodecError> {
    match rate {
        8_000 | 12_000 | 16_000 | 24_000 | 48_000 => Ok(()),
        _ => Err(CodecError::SampleRate { codec: NAME, rate }),
    }
}

fn payload_error(payload: &[u8], have: usize, error: opus::Error) -> CodecError {
    match error.code() {
        opus::ErrorCode::BufferTooSmall => CodecError::OutputTooSmall { have, need: super::MAX_FRAME_SAMPLES },
        _ => CodecError::Payload { codec: NAME, length: payload.len(), reason: error.description() },
    }
}

fn engine_error(error: opus::Error) -> CodecError {
    CodecError::Engine { reason: error.description() }
}
