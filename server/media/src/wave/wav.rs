//! WAV (RIFF) files, read and written.

use super::{MAX_CHANNELS, RATES, Sink, WaveError};
use crate::codec::g711;

/// Most chunks looked at before `data`: more is no sound file.
const MAX_CHUNKS: usize = 1_000;

/// How samples are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sample {
    Unsigned8,
    Linear16,
    Linear24,
    Linear32,
    Float32,
    Float64,
    Alaw,
    Ulaw,
}

pub(crate) struct Format {
    sample: Sample,
    pub(crate) channels: u16,
    pub(crate) rate: u32,
}

pub(super) fn is_wav(bytes: &[u8]) -> bool {
    // RIFX and RF64 are other formats; RF64 is what files above 4 GiB use.
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WAVE")
}

pub(super) fn decode(bytes: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    let (format, data) = open(bytes)?;
    read_data(data, &format, rate)
}

/// Finds format and sound of a file.
pub(crate) fn open(bytes: &[u8]) -> Result<(Format, &[u8]), WaveError> {
    if !is_wav(bytes) {
        return Err(WaveError::Unknown);
    }
    // The RIFF size is not believed: writers to a pipe cannot know it.
    let mut rest = bytes.get(12..).unwrap_or_default();
    let mut format: Option<Format> = None;
    for _ in 0..MAX_CHUNKS {
        let Some((head, body)) = rest.split_first_chunk::<8>() else { break };
        let [i0, i1, i2, i3, l0, l1, l2, l3] = *head;
        let claimed = u32::from_le_bytes([l0, l1, l2, l3]) as usize;
        match &[i0, i1, i2, i3] {
            b"fmt " => {
                let chunk = body.get(..claimed).ok_or_else(|| bad("fmt ", "is cut off"))?;
                format = Some(read_format(chunk)?);
            }
            b"data" => {
                let format = format.ok_or(WaveError::Missing { chunk: "fmt " })?;
                // 0xffffffff and sizes beyond the end: written to a pipe, or cut off. What is there counts.
                return Ok((format, &body[..claimed.min(body.len())]));
            }
            _ => {}
        }
        // Chunks are padded to even lengths.
        let step = claimed.saturating_add(claimed & 1);
        rest = body.get(step..).unwrap_or_default();
    }
    Err(WaveError::Missing { chunk: if format.is_some() { "data" } else { "fmt " } })
}

fn bad(chunk: &'static str, reason: impl Into<String>) -> WaveError {
    WaveError::Chunk { chunk, reason: reason.into() }
}

fn read_format(chunk: &[u8]) -> Result<Format, WaveError> {
    let Some((fixed, more)) = chunk.split_first_chunk::<16>() else {
        return Err(bad("fmt ", format!("has {} bytes, at least 16 are needed", chunk.len())));
    };
    let half = |i: usize| u16::from_le_bytes([fixed[i], fixed[i + 1]]);
    let (mut tag, channels, bits) = (half(0), half(2), half(14));
    let rate = u32::from_le_bytes([fixed[4], fixed[5], fixed[6], fixed[7]]);
    if tag == 0xfffe {
        // WAVE_FORMAT_EXTENSIBLE: the first two bytes of the GUID, after size, valid bits and channel mask.
        tag = match more.get(8..10) {
            Some(&[low, high]) => u16::from_le_bytes([low, high]),
            _ => return Err(bad("fmt ", "is extensible and ends before its sub-format")),
        };
    }
    let sample = match (tag, bits) {
        (1, 8) => Sample::Unsigned8,
        (1, 16) => Sample::Linear16,
        (1, 24) => Sample::Linear24,
        (1, 32) => Sample::Linear32,
        (3, 32) => Sample::Float32,
        (3, 64) => Sample::Float64,
        (6, 8) => Sample::Alaw,
        (7, 8) => Sample::Ulaw,
        _ => {
            let reason = format!("format {tag} with {bits} bits is not known; use 16-bit PCM, µ-law or A-law");
            return Err(bad("fmt ", reason));
        }
    };
    if channels == 0 || channels > MAX_CHANNELS {
        return Err(bad("fmt ", format!("has {channels} channels; 1 to {MAX_CHANNELS} can be mixed")));
    }
    if !RATES.contains(&rate) {
        return Err(bad("fmt ", format!("has a rate of {rate} Hz; 4,000 to 192,000 can be played")));
    }
    Ok(Format { sample, channels, rate })
}

fn read_data(data: &[u8], format: &Format, rate: u32) -> Result<Vec<i16>, WaveError> {
    let mut sink = Sink::new(format.rate, rate);
    let channels = usize::from(format.channels);
    let width = format.width();
    let mut samples = Vec::with_capacity(4_096 * channels);
    for block in data.chunks(4_096 * channels * width) {
        samples.clear();
        samples.extend(format.samples(block));
        sink.push_interleaved(&samples, channels)?;
    }
    Ok(sink.finish())
}

impl Format {
    /// Bytes of one sample.
    fn width(&self) -> usize {
        match self.sample {
            Sample::Unsigned8 | Sample::Alaw | Sample::Ulaw => 1,
            Sample::Linear16 => 2,
            Sample::Linear24 => 3,
            Sample::Linear32 | Sample::Float32 => 4,
            Sample::Float64 => 8,
        }
    }

    /// The whole samples in `data`, channels interleaved.
    pub(crate) fn samples<'a>(&self, data: &'a [u8]) -> impl Iterator<Item = i16> + 'a {
        let sample = self.sample;
        data.chunks_exact(self.width()).map(move |bytes| convert(sample, bytes))
    }
}

fn convert(sample: Sample, bytes: &[u8]) -> i16 {
    // A float outside −1..1 (or NaN) is clipped by the cast.
    let from_float = |value: f64| (value * 32_767.0) as i16;
    match (sample, bytes) {
        (Sample::Unsigned8, &[a]) => (i16::from(a) - 128) << 8,
        (Sample::Alaw, &[a]) => g711::decode_alaw(a),
        (Sample::Ulaw, &[a]) => g711::decode_ulaw(a),
        (Sample::Linear16, &[a, b]) => i16::from_le_bytes([a, b]),
        (Sample::Linear24, &[_, a, b]) | (Sample::Linear32, &[_, _, a, b]) => i16::from_le_bytes([a, b]),
        (Sample::Float32, &[a, b, c, d]) => from_float(f64::from(f32::from_le_bytes([a, b, c, d]))),
        (Sample::Float64, &[a, b, c, d, e, f, g, h]) => from_float(f64::from_le_bytes([a, b, c, d, e, f, g, h])),
        _ => 0,
    }
}

/// A mono 16-bit WAV file.
pub fn write_wav(pcm: &[i16], rate: u32) -> Vec<u8> {
    let mut out = Vec::with_capacity(44 + pcm.len() * 2);
    out.extend(header(1, 1, rate, 16, (pcm.len() * 2).min(0xffff_0000) as u32));
    out.extend(pcm.iter().flat_map(|s| s.to_le_bytes()));
    out
}

/// Length of the header that [`header`] makes.
pub(crate) const HEADER_LEN: usize = 44;

/// A canonical header: `tag` 1 is PCM, 7 µ-law; `data` is the length of the data chunk in bytes.
pub(crate) fn header(tag: u16, channels: u16, rate: u32, bits: u16, data: u32) -> [u8; HEADER_LEN] {
    let align = channels * bits / 8;
    let mut out = [0; HEADER_LEN];
    let fields: [&[u8]; 13] = [
        b"RIFF",
        &data.saturating_add(HEADER_LEN as u32 - 8).to_le_bytes(),
        b"WAVE",
        b"fmt ",
        &16u32.to_le_bytes(),
        &tag.to_le_bytes(),
        &channels.to_le_bytes(),
        &rate.to_le_bytes(),
        &(rate * u32::from(align)).to_le_bytes(),
        &align.to_le_bytes(),
        &bits.to_le_bytes(),
        b"data",
        &data.to_le_bytes(),
    ];
    for (to, from) in out.iter_mut().zip(fields.into_iter().flatten()) {
        *to = *from;
    }
    out
}
