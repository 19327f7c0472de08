//! Ogg files holding Vorbis (through `lewton`) or Opus (RFC 7845). The only file that names `ogg` and `lewton`.

use super::{MAX_CHANNELS, RATES, Sink, WaveError};
use crate::codec::{Codec, Decoder, MAX_FRAME_SAMPLES};
use lewton::audio::{PreviousWindowRight, read_audio_packet_generic};
use lewton::header::{read_header_ident, read_header_setup};
use lewton::samples::InterleavedSamples;
use ogg::reading::PacketReader;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

type Reader<'a> = PacketReader<Cursor<&'a [u8]>>;

pub(super) fn decode(bytes: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    // Neither library promises not to panic on a crafted file; such a file is refused like any other.
    catch_unwind(AssertUnwindSafe(|| decode_streams(bytes, rate)))
        .unwrap_or_else(|_| Err(WaveError::Container { reason: "the file is damaged".into() }))
}

fn decode_streams(bytes: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    let mut reader = PacketReader::new(Cursor::new(bytes));
    let first = next(&mut reader, None)?.ok_or(WaveError::Empty)?;
    let serial = first.stream_serial();
    if first.data.starts_with(b"\x01vorbis") {
        decode_vorbis(&mut reader, serial, &first.data, rate)
    } else if first.data.starts_with(b"OpusHead") {
        decode_opus(&mut reader, serial, &first.data, rate)
    } else {
        Err(WaveError::Stream)
    }
}

/// The next packet of the stream `serial`, or of any.
fn next(reader: &mut Reader<'_>, serial: Option<u32>) -> Result<Option<ogg::Packet>, WaveError> {
    loop {
        match reader.read_packet() {
            Ok(Some(packet)) if serial.is_some_and(|serial| serial != packet.stream_serial()) => {}
            Ok(packet) => return Ok(packet),
            // Cut off in the middle of a page: the packets before it are whole.
            Err(ogg::OggReadError::ReadError(error)) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
                return Ok(None);
            }
            Err(error) => return Err(WaveError::Container { reason: error.to_string() }),
        }
    }
}

fn decode_vorbis(reader: &mut Reader<'_>, serial: u32, ident: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    let bad = |part: &'static str| move |reason: String| WaveError::Codec { codec: "Vorbis", part, reason };
    let missing = |part: &'static str| WaveError::Codec { codec: "Vorbis", part, reason: "is missing".into() };
    let ident = read_header_ident(ident).map_err(|e| bad("identification header")(e.to_string()))?;
    let (channels, from) = (ident.audio_channels, ident.audio_sample_rate);
    if channels == 0 || u16::from(channels) > MAX_CHANNELS {
        return Err(bad("identification header")(format!("{channels} channels, 1 to {MAX_CHANNELS} can be mixed")));
    }
    if !RATES.contains(&from) {
        return Err(bad("identification header")(format!("rate of {from} Hz, 4,000 to 192,000 can be played")));
    }
    let comment = next(reader, Some(serial))?.ok_or_else(|| missing("comment header"))?;
    // Not read: nobody asks for the tags, and the number of them that it claims would be allocated at once.
    if !comment.data.starts_with(b"\x03vorbis") {
        return Err(missing("comment header"));
    }
    let setup = next(reader, Some(serial))?.ok_or_else(|| missing("setup header"))?;
    super::vorbis_setup::check(&setup.data).map_err(|refusal| bad("setup header")(refusal.reason().into()))?;
    let blocks = (ident.blocksize_0, ident.blocksize_1);
    let setup = read_header_setup(&setup.data, channels, blocks).map_err(|e| bad("setup header")(e.to_string()))?;
    let mut sink = Sink::new(from, rate);
    let mut window = PreviousWindowRight::new();
    let mut end = Trim::default();
    while let Some(packet) = next(reader, Some(serial))? {
        let samples: InterleavedSamples<i16> = read_audio_packet_generic(&ident, &setup, &packet.data, &mut window)
            .map_err(|e| bad("audio packet")(e.to_string()))?;
        sink.push_interleaved(&samples.samples, usize::from(channels))?;
        end.saw(&packet);
    }
    let mut out = sink.finish();
    end.cut(&mut out, 0, from, rate);
    Ok(out)
}

fn decode_opus(reader: &mut Reader<'_>, serial: u32, head: &[u8], rate: u32) -> Result<Vec<i16>, WaveError> {
    let bad = |part: &'static str, reason: String| WaveError::Codec { codec: "Opus", part, reason };
    // RFC 7845 §5.1: magic, version, channels, pre-skip, input rate, output gain, mapping family.
    let (version, channels, pre_skip, gain, family) = match head.get(8..19) {
        Some(&[version, channels, p0, p1, _, _, _, _, g0, g1, family]) => {
            (version, channels, u16::from_le_bytes([p0, p1]), i16::from_le_bytes([g0, g1]), family)
        }
        _ => return Err(bad("identification header", "is cut off".into())),
    };
    if version >> 4 != 0 || family != 0 || !(1..=2).contains(&channels) {
        let reason = format!("version {version}, {channels} channels, mapping family {family}: mono and stereo only");
        return Err(bad("identification header", reason));
    }
    // Opus decodes to these rates itself; anything else goes by way of 48 kHz.
    let native = if matches!(rate, 8_000 | 12_000 | 16_000 | 24_000 | 48_000) { rate } else { 48_000 };
    let mut decoder = Decoder::new(Codec::Opus, native).map_err(|e| bad("decoder", e.to_string()))?;
    let mut sink = Sink::new(native, rate);
    let mut skip = usize::from(pre_skip) * native as usize / 48_000;
    let gain = 10f32.powf(f32::from(gain) / 256.0 / 20.0);
    let mut frame = vec![0i16; MAX_FRAME_SAMPLES];
    let mut end = Trim::default();
    // The second packet holds the tags.
    next(reader, Some(serial))?.ok_or_else(|| bad("comment header", "is missing".into()))?;
    while let Some(packet) = next(reader, Some(serial))? {
        let made = decoder.decode(&packet.data, &mut frame).map_err(|e| bad("audio packet", e.to_string()))?;
        let sound = &mut frame[skip.min(made)..made];
        skip -= skip.min(made);
        if gain != 1.0 {
            sound.iter_mut().for_each(|s| *s = (f32::from(*s) * gain) as i16);
        }
        sink.push(sound)?;
        end.saw(&packet);
    }
    let mut out = sink.finish();
    end.cut(&mut out, u64::from(pre_skip), 48_000, rate);
    Ok(out)
}

/// The granule position of the last page says where the sound ends within the last packet.
#[derive(Default)]
struct Trim {
    granule: Option<u64>,
}

impl Trim {
    fn saw(&mut self, packet: &ogg::Packet) {
        if packet.last_in_stream() {
            self.granule = Some(packet.absgp_page());
        }
    }

    fn cut(&self, out: &mut Vec<i16>, pre_skip: u64, granule_rate: u32, rate: u32) {
        let Some(granule) = self.granule.filter(|&g| g != u64::MAX) else { return };
        let samples = u128::from(granule.saturating_sub(pre_skip)) * u128::from(rate) / u128::from(granule_rate);
        // A stream may begin at a position above zero (a cut from the middle): then the claim is longer, and harmless.
        out.truncate(usize::try_from(samples).unwrap_or(usize::MAX));
    }
}
