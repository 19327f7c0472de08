//! Stories of sound files, honest and lying.

use super::*;
use crate::codec::tests::{snr, voice};
use crate::codec::{Codec, Encoder, OpusSettings};
use ogg::writing::{PacketWriteEndInfo, PacketWriter};
use proptest::prelude::*;

fn wav(tag: u16, channels: u16, rate: u32, bits: u16, data: &[u8]) -> Vec<u8> {
    let mut file = wav::header(tag, channels, rate, bits, data.len() as u32).to_vec();
    file.extend_from_slice(data);
    file
}

fn reason(bytes: &[u8]) -> String {
    decode(bytes, 8_000).unwrap_err().to_string()
}

#[test]
fn a_written_file_reads_back_equal_here_and_elsewhere() {
    let pcm = voice(8_000, 500);
    let file = write_wav(&pcm, 8_000);
    assert_eq!(decode(&file, 8_000).unwrap(), pcm);
    let mut other = hound::WavReader::new(std::io::Cursor::new(&file)).unwrap();
    assert_eq!(other.spec().sample_rate, 8_000);
    assert_eq!(other.samples::<i16>().map(Result::unwrap).collect::<Vec<_>>(), pcm);
}

#[test]
fn files_of_another_writer_are_read_in_every_common_depth() {
    for (bits, format) in [
        (8, hound::SampleFormat::Int),
        (16, hound::SampleFormat::Int),
        (24, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Int),
        (32, hound::SampleFormat::Float),
    ] {
        let said = voice(44_100, 300);
        let mut file = std::io::Cursor::new(Vec::new());
        let spec = hound::WavSpec { channels: 2, sample_rate: 44_100, bits_per_sample: bits, sample_format: format };
        let mut writer = hound::WavWriter::new(&mut file, spec).unwrap();
        for &sample in said.iter().flat_map(|s| [s, s]) {
            match format {
                hound::SampleFormat::Float => writer.write_sample(f32::from(sample) / 32_768.0).unwrap(),
                hound::SampleFormat::Int if bits == 8 => writer.write_sample(i32::from(sample >> 8)).unwrap(),
                hound::SampleFormat::Int => writer.write_sample(i32::from(sample) << (bits - 16)).unwrap(),
            }
        }
        writer.finalize().unwrap();
        let heard = decode(file.get_ref(), 8_000).unwrap();
        assert_eq!(heard.len(), 2_400, "{bits} bits {format:?}");
        let clean = snr(&voice(8_000, 300)[100..], &heard[100..], 0);
        assert!(clean > 22.0, "{bits} bits {format:?}: {clean} dB");
    }
}

#[test]
fn companded_files_and_streams_of_unknown_length_are_read() {
    assert_eq!(decode(&wav(7, 1, 8_000, 8, &[0xff, 0x80, 0x00]), 8_000).unwrap(), [0, 32_124, -32_124]);
    assert_eq!(decode(&wav(6, 1, 8_000, 8, &[0xd5, 0xaa]), 8_000).unwrap(), [8, 32_256]);
    let mut piped = write_wav(&[1, 2, 3], 8_000);
    piped[4..8].fill(0xff);
    piped[40..44].fill(0xff);
    assert_eq!(decode(&piped, 8_000).unwrap(), [1, 2, 3]);
    piped.truncate(49);
    assert_eq!(decode(&piped, 8_000).unwrap(), [1, 2], "cut in the middle of a sample");
}

#[test]
fn chunks_before_the_sound_are_passed_over() {
    let plain = write_wav(&[7, 8], 8_000);
    let mut file = plain[..36].to_vec();
    file.extend(b"LIST\x03\0\0\0abc\0");
    file.extend(&plain[36..]);
    assert_eq!(decode(&file, 8_000).unwrap(), [7, 8]);
}

#[test]
fn each_lie_is_named_with_its_chunk() {
    assert_eq!(decode(b"hello", 8_000), Err(WaveError::Unknown));
    assert_eq!(decode(b"", 8_000), Err(WaveError::Unknown));
    assert_eq!(decode(b"RIFF\0\0\0\0WAVE", 8_000), Err(WaveError::Missing { chunk: "fmt " }));
    assert_eq!(decode(&write_wav(&[], 8_000), 8_000), Err(WaveError::Empty));
    assert_eq!(decode(&wav(1, 1, 8_000, 16, &[])[..36], 8_000), Err(WaveError::Missing { chunk: "data" }));
    assert!(reason(&wav(1, 0, 8_000, 16, &[0; 4])).contains("`fmt `: has 0 channels"));
    assert!(reason(&wav(1, 99, 8_000, 16, &[0; 4])).contains("99 channels"));
    assert!(reason(&wav(1, 1, 0, 16, &[0; 4])).contains("rate of 0 Hz"));
    assert!(reason(&wav(1, 1, 8_000, 13, &[0; 4])).contains("format 1 with 13 bits"));
    assert!(reason(&wav(85, 1, 8_000, 16, &[0; 4])).contains("format 85"));
    assert!(matches!(decode(&wav(1, 1, 8_000, 16, &[0; 4]), 1), Err(WaveError::WantedRate { rate: 1 })));
    let mut cut = wav(1, 1, 8_000, 16, &[0; 4]);
    cut[16] = 200;
    assert!(reason(&cut).contains("`fmt `: is cut off"));
}

#[test]
fn half_an_hour_is_the_most() {
    let fits = wav(7, 1, 8_000, 8, &vec![0xff; 8_000 * 1_800]);
    assert_eq!(decode(&fits, 8_000).unwrap().len(), 8_000 * 1_800);
    let long = wav(7, 1, 8_000, 8, &vec![0xff; 8_000 * 1_800 + 1]);
    assert_eq!(decode(&long, 8_000), Err(WaveError::TooLong));
}

#[test]
fn resampling_a_file_moves_nothing_in_time() {
    for (from, to) in [(8_000, 16_000), (22_050, 8_000), (48_000, 8_000), (11_025, 16_000)] {
        let heard = resample(&voice(from, 500), from, to);
        let said = voice(to, 500);
        assert!(heard.len().abs_diff(said.len()) <= 1);
        let clean = snr(&said[200..said.len() - 200], &heard[200..], 0);
        assert!(clean > 28.0, "{from}→{to}: {clean} dB");
    }
}

/// An Ogg Opus file as RFC 7845 describes it, 20 ms a packet.
fn ogg_opus(pcm: &[i16]) -> Vec<u8> {
    let mut encoder = Encoder::new(Codec::Opus, &OpusSettings::fullband()).unwrap();
    let mut writer = PacketWriter::new(Vec::new());
    let mut head = b"OpusHead\x01\x01".to_vec();
    head.extend(312u16.to_le_bytes());
    head.extend(48_000u32.to_le_bytes());
    head.extend([0, 0, 0]);
    writer.write_packet(head, 7, PacketWriteEndInfo::EndPage, 0).unwrap();
    writer.write_packet(b"OpusTags\0\0\0\0\0\0\0\0".to_vec(), 7, PacketWriteEndInfo::EndPage, 0).unwrap();
    let frames: Vec<_> = pcm.chunks_exact(960).collect();
    let mut bytes = [0; 1_275];
    for (i, frame) in frames.iter().enumerate() {
        let n = encoder.encode(frame, &mut bytes).unwrap();
        let end = if i + 1 == frames.len() { PacketWriteEndInfo::EndStream } else { PacketWriteEndInfo::NormalPacket };
        writer.write_packet(bytes[..n].to_vec(), 7, end, (i as u64 + 1) * 960).unwrap();
    }
    writer.into_inner()
}

#[test]
fn an_ogg_opus_file_is_heard_without_its_pre_skip() {
    let file = ogg_opus(&voice(48_000, 1_000));
    for rate in [8_000, 16_000, 44_100] {
        let heard = decode(&file, rate).unwrap();
        let wanted = rate as usize - 312 * rate as usize / 48_000;
        assert!(heard.len().abs_diff(wanted) <= 2, "{rate}: {} samples", heard.len());
        let clean = snr(&voice(rate, 900)[rate as usize / 10..], &heard[rate as usize / 10..], 12);
        assert!(clean > 5.0, "{rate}: {clean} dB");
    }
}

#[test]
fn an_ogg_vorbis_file_is_heard() {
    // One second of 440 Hz at 22,050 Hz, stereo.
    let heard = decode(include_bytes!("tone.ogg"), 8_000).unwrap();
    assert!(heard.len().abs_diff(8_000) <= 8, "{} samples", heard.len());
    let crossings = heard.windows(2).filter(|w| (w[0] < 0) != (w[1] < 0)).count();
    assert!((860..=900).contains(&crossings), "{crossings} zero crossings of 880");
}

#[test]
fn broken_ogg_files_are_refused() {
    let mut file = ogg_opus(&voice(48_000, 200));
    assert!(matches!(decode(&file[..40], 8_000), Err(WaveError::Empty | WaveError::Codec { .. })));
    file[60] ^= 0xff;
    assert!(matches!(decode(&file, 8_000), Err(WaveError::Container { .. })), "checksum");
    let mut writer = PacketWriter::new(Vec::new());
    writer.write_packet(b"Speex   ".to_vec(), 1, PacketWriteEndInfo::EndStream, 0).unwrap();
    assert_eq!(decode(&writer.into_inner(), 8_000), Err(WaveError::Stream));
}

#[test]
fn a_vorbis_header_that_claims_terabytes_is_refused_before_it_is_believed() {
    use super::vorbis_setup::{Refusal, check};
    let mut reader = ogg::PacketReader::new(std::io::Cursor::new(&include_bytes!("tone.ogg")[..]));
    let packets: Vec<_> = (0..3).map(|_| reader.read_packet_expected().unwrap().data).collect();
    assert_eq!(check(&packets[2]), Ok(()));
    assert_eq!(check(&packets[1]), Err(Refusal::Magic));
    assert_eq!(check(&packets[2][..200]), Err(Refusal::CutOff));
    let mut claims = packets[2].clone();
    // The first codebook's number of entries: three bytes after magic, count, sync and dimensions.
    claims[13..16].fill(0xff);
    assert_eq!(check(&claims), Err(Refusal::Claims));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_bytes_are_refused_or_heard(bytes in proptest::collection::vec(any::<u8>(), 0..300), kind in 0u8..3) {
        let mut file = match kind { 0 => b"RIFF\0\0\0\0WAVE".to_vec(), 1 => wav(1, 1, 8_000, 16, &[0; 8])[..36].to_vec(), _ => b"OggS\0\x02".to_vec() };
        file.extend(bytes);
        let _ = decode(&file, 8_000);
    }

    #[test]
    fn a_damaged_file_is_refused_or_heard(place in any::<prop::sample::Index>(), value: u8, cut in any::<prop::sample::Index>(), kind in 0u8..2) {
        let mut file = if kind == 0 { write_wav(&[5; 300], 8_000) } else { include_bytes!("tone.ogg").to_vec() };
        let at = place.index(file.len());
        file[at] = value;
        file.truncate(cut.index(file.len()) + 1);
        let _ = decode(&file, 8_000);
    }

    #[test]
    fn a_vorbis_packet_of_lies_is_refused_or_heard(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6)) {
        // Checksums are made right again, so that the lie reaches the Vorbis decoder.
        let mut reader = ogg::PacketReader::new(std::io::Cursor::new(&include_bytes!("tone.ogg")[..]));
        let mut writer = PacketWriter::new(Vec::new());
        let mut changes = changes.into_iter();
        while let Some(packet) = reader.read_packet().unwrap() {
            let mut data = packet.data.clone();
            if let (false, Some((place, value))) = (data.is_empty(), changes.next()) {
                let at = place.index(data.len());
                data[at] = value;
            }
            let end = if packet.last_in_stream() { PacketWriteEndInfo::EndStream } else if packet.last_in_page() { PacketWriteEndInfo::EndPage } else { PacketWriteEndInfo::NormalPacket };
            writer.write_packet(data, packet.stream_serial(), end, packet.absgp_page()).unwrap();
        }
        let _ = decode(&writer.into_inner(), 8_000);
    }
}
