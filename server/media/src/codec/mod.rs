//! The four codecs of a call and their faces: one `Encoder` and one `Decoder` over mono 16-bit PCM, whatever the codec,
//! and a `Transcoder` from one codec to another, frame by frame.

mod conceal;
pub mod g711;
mod g722;
mod opus;
mod resample;
mod transcode;

#[cfg(test)]
pub(crate) mod tests;

use conceal::Concealer;
pub use resample::Resampler;
pub use transcode::Transcoder;

/// Longest frame that any codec takes or makes, ms (an Opus packet's bound, RFC 6716 §3.2.5).
pub const MAX_FRAME_MS: u32 = 120;
/// Samples of the longest frame at the highest rate, 120 ms at 48 kHz: a buffer of this size holds any decoded packet.
pub const MAX_FRAME_SAMPLES: usize = 5_760;
/// Bytes that hold any encoded frame that we make (G.711 and G.722: 8 bytes per ms; Opus: RFC 6716 §3.4 bound).
pub const MAX_FRAME_BYTES: usize = 1_275;

/// An audio codec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Codec {
    Pcmu,
    Pcma,
    G722,
    Opus,
}

impl Codec {
    pub const ALL: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus];

    /// RTP clock, Hz. RFC 3551 §4.5.2: "Even though the actual sampling rate for G.722 audio is 16,000 Hz, the RTP
    /// clock rate for the G722 payload format is 8,000 Hz because that value was erroneously assigned".
    pub fn clock_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma | Codec::G722 => 8_000,
            Codec::Opus => 48_000,
        }
    }

    /// Rate of the sound inside, Hz. Opus decodes to any of its rates; 48,000 is its full band.
    pub fn sample_rate(self) -> u32 {
        match self {
            Codec::Pcmu | Codec::Pcma => 8_000,
            Codec::G722 => 16_000,
            Codec::Opus => 48_000,
        }
    }

    /// Channels as the rtpmap names them (RFC 7587 §7: always 2 for Opus). The sound we make is mono.
    pub fn channels(self) -> u8 {
        if self == Codec::Opus { 2 } else { 1 }
    }

    /// The payload type fixed by RFC 3551 §6.
    pub fn static_payload_type(self) -> Option<u8> {
        match self {
            Codec::Pcmu => Some(0),
            Codec::Pcma => Some(8),
            Codec::G722 => Some(9),
            Codec::Opus => None,
        }
    }

    /// The payload type that we offer: the fixed one, 111 for Opus.
    pub fn default_payload_type(self) -> u8 {
        self.static_payload_type().unwrap_or(111)
    }

    pub fn from_static_payload_type(payload_type: u8) -> Option<Codec> {
        Codec::ALL.into_iter().find(|codec| codec.static_payload_type() == Some(payload_type))
    }

    /// Encoding name as SDP writes it.
    pub fn name(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
    }

    /// What follows the payload type in `a=rtpmap:`.
    pub fn rtpmap(self) -> &'static str {
        match self {
            Codec::Pcmu => "PCMU/8000",
            Codec::Pcma => "PCMA/8000",
            Codec::G722 => "G722/8000",
            Codec::Opus => "opus/48000/2",
        }
    }

    /// The codec of an rtpmap value such as `opus/48000/2`; names are compared without case (RFC 8866 §6.6).
    /// `G722/16000` is taken too: some peers write it for the same payload.
    pub fn from_rtpmap(rtpmap: &str) -> Option<Codec> {
        let mut parts = rtpmap.trim().split('/');
        let name = parts.next()?;
        let rate: u32 = parts.next()?.trim().parse().ok()?;
        let channels: u8 = match parts.next() {
            Some(text) => text.trim().parse().ok()?,
            None => 1,
        };
        let codec = Codec::ALL.into_iter().find(|codec| codec.name().eq_ignore_ascii_case(name))?;
        let rate_fits = rate == codec.clock_rate() || (codec == Codec::G722 && rate == 16_000);
        (rate_fits && channels == codec.channels()).then_some(codec)
    }

    /// Format parameters that we offer and answer with (RFC 7587 §6.1): in-band FEC wanted, no DTX.
    pub fn fmtp(self) -> Option<&'static str> {
        (self == Codec::Opus).then_some("minptime=10;useinbandfec=1")
    }

    /// Timestamp units of `ms` milliseconds.
    pub fn timestamp_units(self, ms: u32) -> u32 {
        self.clock_rate() / 1_000 * ms
    }

    /// Bytes of `ms` milliseconds, where the codec has a fixed rate.
    pub fn frame_bytes(self, ms: u32) -> Option<usize> {
        (self != Codec::Opus).then_some(8 * ms as usize)
    }

    /// Timestamp units that one payload lasts; `None` where it is no payload of this codec.
    pub fn payload_units(self, payload: &[u8]) -> Option<u32> {
        match self {
            // One byte is one tick of the 8 kHz clock in all three: G.722 carries two samples in it.
            Codec::Pcmu | Codec::Pcma | Codec::G722 => u32::try_from(payload.len()).ok().filter(|&n| n > 0),
            Codec::Opus => opus::payload_units(payload),
        }
    }

    /// Packet times that we accept in an answer, ms: 10 to 60 in steps of 10, plus whatever 20 ms default the peer
    /// leaves unsaid. Others fall back to 20.
    pub fn accept_ptime(self, wanted_ms: u32) -> u32 {
        match wanted_ms {
            10 | 20 | 40 | 60 => wanted_ms,
            // Opus has no 30 and 50 ms frames (RFC 6716 §2.1.4).
            30 | 50 if self != Codec::Opus => wanted_ms,
            _ => 20,
        }
    }
}

/// Why a codec refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodecError {
    #[error("{codec} does not work at {rate} Hz")]
    SampleRate { codec: &'static str, rate: u32 },
    #[error("{codec} takes no frame of {samples} samples")]
    FrameSize { codec: &'static str, samples: usize },
    #[error("output holds {have}, {need} are needed")]
    OutputTooSmall { have: usize, need: usize },
    #[error("{codec} payload of {length} bytes cannot be decoded: {reason}")]
    Payload { codec: &'static str, length: usize, reason: &'static str },
    #[error("Opus: {reason}")]
    Engine { reason: &'static str },
}

/// How Opus is to encode. The other codecs have nothing to choose.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OpusSettings {
    /// Rate of the PCM given to the encoder and wanted from the decoder: 8,000, 12,000, 16,000, 24,000 or 48,000.
    /// When the other side is G.711, 8,000: it carries 4 kHz of sound, more costs 2–4 times the CPU and buys nothing.
    pub sample_rate: u32,
    /// 6,000–510,000 bit/s.
    pub bitrate: u32,
    /// 0–10.
    pub complexity: u8,
    /// In-band forward error correction (RFC 6716 §2.1.7): each packet carries a low-rate copy of the one before.
    pub fec: bool,
    /// Loss to prepare for, percent. FEC data is only sent where this is above 0.
    pub expected_loss_percent: u8,
}

impl OpusSettings {
    /// Opus towards a G.711 leg: narrow band, complexity 5.
    pub fn narrowband() -> Self {
        OpusSettings { sample_rate: 8_000, bitrate: 20_000, complexity: 5, fec: true, expected_loss_percent: 5 }
    }

    /// Opus towards a G.722 leg, or prompts of speech.
    pub fn wideband() -> Self {
        OpusSettings { sample_rate: 16_000, bitrate: 28_000, complexity: 5, fec: true, expected_loss_percent: 5 }
    }

    /// Full-band music.
    pub fn fullband() -> Self {
        OpusSettings { sample_rate: 48_000, bitrate: 40_000, complexity: 5, fec: true, expected_loss_percent: 5 }
    }
}

impl Default for OpusSettings {
    fn default() -> Self {
        OpusSettings::narrowband()
    }
}

/// PCM → payload, one frame at a time.
pub struct Encoder(EncoderKind);

enum EncoderKind {
    Pcmu,
    Pcma,
    G722(Box<g722::Encoder>),
    Opus(Box<opus::Encoder>),
}

impl Encoder {
    /// `settings` matter for Opus only.
    pub fn new(codec: Codec, settings: &OpusSettings) -> Result<Encoder, CodecError> {
        Ok(Encoder(match codec {
            Codec::Pcmu => EncoderKind::Pcmu,
            Codec::Pcma => EncoderKind::Pcma,
            Codec::G722 => EncoderKind::G722(Box::new(g722::Encoder::new())),
            Codec::Opus => EncoderKind::Opus(Box::new(opus::Encoder::new(settings)?)),
        }))
    }

    pub fn codec(&self) -> Codec {
        match self.0 {
            EncoderKind::Pcmu => Codec::Pcmu,
            EncoderKind::Pcma => Codec::Pcma,
            EncoderKind::G722(_) => Codec::G722,
            EncoderKind::Opus(_) => Codec::Opus,
        }
    }

    /// Rate of the PCM it takes, Hz.
    pub fn sample_rate(&self) -> u32 {
        match &self.0 {
            EncoderKind::Opus(opus) => opus.sample_rate(),
            _ => self.codec().sample_rate(),
        }
    }

    /// Encodes one frame (Opus: 2.5, 5, 10, 20, 40 or 60 ms; G.722: an even number of samples) into `out`, of which
    /// [`MAX_FRAME_BYTES`] are always enough for 120 ms. Returns the payload's length.
    pub fn encode(&mut self, pcm: &[i16], out: &mut [u8]) -> Result<usize, CodecError> {
        match &mut self.0 {
            EncoderKind::Pcmu => companded(pcm, out, g711::encode_ulaw),
            EncoderKind::Pcma => companded(pcm, out, g711::encode_alaw),
            EncoderKind::G722(g722) => g722.encode(pcm, out),
            EncoderKind::Opus(opus) => opus.encode(pcm, out),
        }
    }

    /// Loss that the far end reports, percent: Opus sizes its FEC by it. Costs nothing where it did not change.
    pub fn set_expected_loss(&mut self, percent: u8) {
        if let EncoderKind::Opus(opus) = &mut self.0 {
            opus.set_expected_loss(percent.min(100));
        }
    }
}

fn companded(pcm: &[i16], out: &mut [u8], encode: fn(i16) -> u8) -> Result<usize, CodecError> {
    let have = out.len();
    let to = out.get_mut(..pcm.len()).ok_or(CodecError::OutputTooSmall { have, need: pcm.len() })?;
    for (byte, &sample) in to.iter_mut().zip(pcm) {
        *byte = encode(sample);
    }
    Ok(pcm.len())
}

/// Payload → PCM, and something in the place of what was lost.
pub struct Decoder {
    kind: DecoderKind,
    concealer: Concealer,
}

enum DecoderKind {
    Pcmu,
    Pcma,
    G722(Box<g722::Decoder>),
    Opus(Box<opus::Decoder>),
}

impl Decoder {
    /// `sample_rate`: what PCM is wanted, Hz. Opus decodes to any of its rates; the others have one, and refuse others.
    pub fn new(codec: Codec, sample_rate: u32) -> Result<Decoder, CodecError> {
        if codec != Codec::Opus && sample_rate != codec.sample_rate() {
            return Err(CodecError::SampleRate { codec: codec.name(), rate: sample_rate });
        }
        let kind = match codec {
            Codec::Pcmu => DecoderKind::Pcmu,
            Codec::Pcma => DecoderKind::Pcma,
            Codec::G722 => DecoderKind::G722(Box::new(g722::Decoder::new())),
            Codec::Opus => DecoderKind::Opus(Box::new(opus::Decoder::new(sample_rate)?)),
        };
        Ok(Decoder { kind, concealer: Concealer::new(sample_rate) })
    }

    pub fn codec(&self) -> Codec {
        match self.kind {
            DecoderKind::Pcmu => Codec::Pcmu,
            DecoderKind::Pcma => Codec::Pcma,
            DecoderKind::G722(_) => Codec::G722,
            DecoderKind::Opus(_) => Codec::Opus,
        }
    }

    /// Rate of the PCM it gives, Hz.
    pub fn sample_rate(&self) -> u32 {
        match &self.kind {
            DecoderKind::Opus(opus) => opus.sample_rate(),
            _ => self.codec().sample_rate(),
        }
    }

    /// Decodes one payload into `out` ([`MAX_FRAME_SAMPLES`] always suffice for an Opus packet; G.711 and G.722 need
    /// as many milliseconds as the payload holds). Returns the samples written.
    pub fn decode(&mut self, payload: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        let samples = match &mut self.kind {
            DecoderKind::Pcmu => expanded(payload, out, g711::decode_ulaw)?,
            DecoderKind::Pcma => expanded(payload, out, g711::decode_alaw)?,
            DecoderKind::G722(g722) => g722.decode(payload, out)?,
            DecoderKind::Opus(opus) => return opus.decode(payload, out),
        };
        self.concealer.heard(&mut out[..samples]);
        Ok(samples)
    }

    /// Fills `out` with what might have been said: Opus' own concealment; repeated pitch periods, fading to silence
    /// in 60 ms, for the others (in the manner of ITU-T G.711 Appendix I). For Opus `out` must be a multiple of 2.5 ms.
    pub fn conceal(&mut self, out: &mut [i16]) -> Result<usize, CodecError> {
        match &mut self.kind {
            DecoderKind::Opus(opus) => opus.conceal(out),
            _ => {
                self.concealer.conceal(out);
                Ok(out.len())
            }
        }
    }

    /// Rebuilds the lost frame that precedes `next` from the FEC data in it, `out.len()` samples; plain concealment
    /// where there is none (G.711, G.722, or Opus without FEC). `next` itself is to be decoded afterwards.
    pub fn recover(&mut self, next: &[u8], out: &mut [i16]) -> Result<usize, CodecError> {
        match &mut self.kind {
            DecoderKind::Opus(opus) => opus.recover(next, out),
            _ => self.conceal(out),
        }
    }
}

fn expanded(payload: &[u8], out: &mut [i16], decode: fn(u8) -> i16) -> Result<usize, CodecError> {
    let have = out.len();
    let to = out.get_mut(..payload.len()).ok_or(CodecError::OutputTooSmall { have, need: payload.len() })?;
    for (sample, &byte) in to.iter_mut().zip(payload) {
        *sample = decode(byte);
    }
    Ok(payload.len())
}
