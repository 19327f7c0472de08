//! Stories of the codecs: exactness of G.711, fidelity of G.722 and Opus, concealment, resampling, transcoding.

use super::*;
use audio_codec::{Decoder as _, Encoder as _};
use proptest::prelude::*;

/// A voice-like sound: a 125 Hz buzz with formants that waxes and wanes, `ms` long.
pub(crate) fn voice(rate: u32, ms: u32) -> Vec<i16> {
    let samples = rate as usize * ms as usize / 1_000;
    (0..samples)
        .map(|i| {
            let t = i as f64 / f64::from(rate);
            let tone = |hz: f64, level: f64| level * (t * hz * std::f64::consts::TAU).sin();
            let buzz =
                tone(125.0, 0.3) + tone(250.0, 0.25) + tone(500.0, 0.35) + tone(1_125.0, 0.2) + tone(2_375.0, 0.08);
            let syllable = 0.55 + 0.45 * (t * 4.0 * std::f64::consts::TAU).sin();
            (buzz * syllable * 12_000.0) as i16
        })
        .collect()
}

/// Signal to noise, dB, of `heard` against `said`, at the best alignment up to `most` samples of delay.
pub(crate) fn snr(said: &[i16], heard: &[i16], most: usize) -> f64 {
    let n = said.len().min(heard.len()).saturating_sub(most);
    (0..=most)
        .map(|delay| {
            let (mut signal, mut noise) = (0.0, 1e-9);
            for i in 0..n {
                let (a, b) = (f64::from(said[i]), f64::from(heard[i + delay]));
                signal += a * a;
                noise += (a - b) * (a - b);
            }
            10.0 * (signal / noise).log10()
        })
        .fold(f64::NEG_INFINITY, f64::max)
}

fn energy(pcm: &[i16]) -> f64 {
    pcm.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / pcm.len().max(1) as f64
}

fn through(codec: Codec, settings: &OpusSettings, pcm: &[i16]) -> Vec<i16> {
    let mut encoder = Encoder::new(codec, settings).unwrap();
    let mut decoder = Decoder::new(codec, encoder.sample_rate()).unwrap();
    let (mut bytes, mut heard) = ([0; MAX_FRAME_BYTES], Vec::new());
    for frame in pcm.chunks_exact(encoder.sample_rate() as usize / 50) {
        let n = encoder.encode(frame, &mut bytes).unwrap();
        let mut out = [0; MAX_FRAME_SAMPLES];
        let m = decoder.decode(&bytes[..n], &mut out).unwrap();
        assert_eq!(m, frame.len());
        heard.extend_from_slice(&out[..m]);
    }
    heard
}

#[test]
fn g711_knows_the_values_of_the_recommendation() {
    // Table 2a/2b (µ-law, 14-bit values × 4) and 1a/1b (A-law, 13-bit values × 8), ends and segment borders.
    let ulaw = [
        (0x80u8, 32_124i16),
        (0x00, -32_124),
        (0xff, 0),
        (0x7f, 0),
        (0xfe, 8),
        (0x8f, 16_764),
        (0xef, 132),
        (0x90, 15_996),
    ];
    for (byte, sample) in ulaw {
        assert_eq!(g711::decode_ulaw(byte), sample, "µ-law {byte:02x}");
    }
    let alaw = [(0xaau8, 32_256i16), (0x2a, -32_256), (0xd5, 8), (0x55, -8), (0xd4, 24), (0xc5, 264), (0xa5, 16_896)];
    for (byte, sample) in alaw {
        assert_eq!(g711::decode_alaw(byte), sample, "A-law {byte:02x}");
    }
    assert_eq!((g711::encode_ulaw(0), g711::encode_alaw(0)), (g711::ULAW_SILENCE, g711::ALAW_SILENCE));
    assert_eq!((g711::encode_ulaw(i16::MAX), g711::encode_ulaw(i16::MIN)), (0x80, 0x00));
    assert_eq!((g711::encode_alaw(i16::MAX), g711::encode_alaw(i16::MIN)), (0xaa, 0x2a));
}

#[test]
fn every_g711_byte_survives_a_round_trip() {
    for byte in 0..=255u8 {
        let back = g711::encode_ulaw(g711::decode_ulaw(byte));
        // µ-law has two zeros; PCM has one.
        assert_eq!(back, if byte == 0x7f { 0xff } else { byte });
        assert_eq!(g711::encode_alaw(g711::decode_alaw(byte)), byte);
    }
}

#[test]
fn g711_chooses_a_level_no_farther_than_the_next_one() {
    for sample in i16::MIN..=i16::MAX {
        for (encode, decode, smallest, largest) in [
            (g711::encode_ulaw as fn(i16) -> u8, g711::decode_ulaw as fn(u8) -> i16, 8, 32_124),
            (g711::encode_alaw, g711::decode_alaw, 16, 32_256),
        ] {
            let heard = i32::from(decode(encode(sample)));
            let error = (heard - i32::from(sample)).abs();
            let step = (i32::from(sample).abs() / 16).max(smallest);
            assert!(error <= step / 2 + 4 + smallest / 2 || i32::from(sample).abs() > largest, "{sample} → {heard}");
        }
    }
}

#[test]
fn g711_agrees_with_a_second_implementation() {
    let (mut ulaw, mut alaw) = (audio_codec::pcmu::PcmuDecoder::new(), audio_codec::pcma::PcmaDecoder::new());
    let all: Vec<u8> = (0..=255).collect();
    assert_eq!(ulaw.decode(&all), all.iter().map(|&b| g711::decode_ulaw(b)).collect::<Vec<_>>());
    assert_eq!(alaw.decode(&all), all.iter().map(|&b| g711::decode_alaw(b)).collect::<Vec<_>>());
    let samples: Vec<i16> = (i16::MIN..=i16::MAX).collect();
    // Encoders round values on a border of two levels differently (ours as G.191 does): few, and by one level.
    let (mut ulaw, mut alaw) = (audio_codec::pcmu::PcmuEncoder::new(), audio_codec::pcma::PcmaEncoder::new());
    let differing = |theirs: Vec<u8>, encode: fn(i16) -> u8, decode: fn(u8) -> i16| {
        let different: Vec<_> = samples.iter().zip(theirs).filter(|&(&s, byte)| encode(s) != byte).collect();
        for &(&sample, theirs) in &different {
            let apart = i32::from(decode(encode(sample))).abs_diff(i32::from(decode(theirs)));
            assert!(apart <= (u32::from(sample.unsigned_abs()) / 8).max(16), "{sample} differs by {apart}");
        }
        different.len()
    };
    assert!(differing(ulaw.encode(&samples), g711::encode_ulaw, g711::decode_ulaw) < 1_000);
    assert!(differing(alaw.encode(&samples), g711::encode_alaw, g711::decode_alaw) < 1_000);
}

#[test]
fn g722_carries_seven_kilohertz() {
    let said = voice(16_000, 1_000);
    let heard = through(Codec::G722, &OpusSettings::default(), &said);
    assert_eq!(heard.len(), said.len());
    let clean = snr(&said[3_200..], &heard[3_200..], 60);
    assert!(clean > 25.0, "{clean} dB");
    let high: Vec<i16> = (0..16_000)
        .map(|i| (8_000.0 * (f64::from(i) * std::f64::consts::TAU * 6_000.0 / 16_000.0).sin()) as i16)
        .collect();
    let kept = energy(&through(Codec::G722, &OpusSettings::default(), &high)[4_000..]) / energy(&high[4_000..]);
    assert!((0.5..1.5).contains(&kept), "6 kHz keeps {kept} of its energy");
}

#[test]
fn opus_keeps_a_voice_recognisable_at_each_setting() {
    for settings in [OpusSettings::narrowband(), OpusSettings::wideband(), OpusSettings::fullband()] {
        let said = voice(settings.sample_rate, 1_000);
        let heard = through(Codec::Opus, &settings, &said);
        let skip = settings.sample_rate as usize / 5;
        let clean = snr(&said[skip..], &heard[skip..], settings.sample_rate as usize / 100);
        assert!(clean > 6.0, "{settings:?}: {clean} dB");
    }
}

#[test]
fn a_lost_opus_frame_is_rebuilt_better_from_the_next_packet_than_by_guessing() {
    let settings = OpusSettings { expected_loss_percent: 20, ..OpusSettings::wideband() };
    let said = voice(16_000, 2_000);
    let mut encoder = Encoder::new(Codec::Opus, &settings).unwrap();
    let mut bytes = [0; MAX_FRAME_BYTES];
    let packets: Vec<Vec<u8>> = said
        .chunks_exact(320)
        .map(|frame| {
            let n = encoder.encode(frame, &mut bytes).unwrap();
            bytes[..n].to_vec()
        })
        .collect();
    let play = |lost: &dyn Fn(usize) -> bool, fec: bool| {
        let mut decoder = Decoder::new(Codec::Opus, 16_000).unwrap();
        let mut heard = Vec::new();
        for (i, packet) in packets.iter().enumerate() {
            let mut out = [0; 320];
            if !lost(i) {
                decoder.decode(packet, &mut out).unwrap();
            } else if fec {
                decoder.recover(&packets[i + 1], &mut out).unwrap();
            } else {
                decoder.conceal(&mut out).unwrap();
            }
            heard.extend(out);
        }
        heard
    };
    let whole = play(&|_| false, false);
    let lost = |i: usize| i > 10 && i % 10 == 5;
    let (fec, guess) = (snr(&whole, &play(&lost, true), 0), snr(&whole, &play(&lost, false), 0));
    assert!(fec > guess + 1.0, "FEC {fec} dB, concealment {guess} dB");
}

#[test]
fn a_gap_in_g711_is_filled_with_the_voice_and_fades() {
    let said = voice(8_000, 600);
    let mut decoder = Decoder::new(Codec::Pcmu, 8_000).unwrap();
    let mut out = [0i16; 160];
    for frame in said[..160 * 20].chunks_exact(160) {
        let payload: Vec<u8> = frame.iter().map(|&s| g711::encode_ulaw(s)).collect();
        decoder.decode(&payload, &mut out).unwrap();
    }
    let before = energy(&out);
    decoder.conceal(&mut out).unwrap();
    let likeness = snr(&said[160 * 20..160 * 21], &out, 0);
    assert!(likeness > 3.0, "first concealed frame is {likeness} dB like what was said");
    assert!(energy(&out) > before * 0.2);
    for _ in 0..3 {
        decoder.conceal(&mut out).unwrap();
    }
    assert_eq!(energy(&out), 0.0, "silent after 60 ms");
}

#[test]
fn concealing_before_anything_was_heard_is_silence() {
    for codec in Codec::ALL {
        let mut decoder = Decoder::new(codec, codec.sample_rate()).unwrap();
        let mut out = vec![9; codec.sample_rate() as usize / 50];
        decoder.conceal(&mut out).unwrap();
        assert!(energy(&out) < 1.0, "{codec:?}");
        decoder.recover(&[], &mut out).unwrap();
    }
}

#[test]
fn names_numbers_and_rates_are_those_of_the_rfcs() {
    for codec in Codec::ALL {
        assert_eq!(Codec::from_rtpmap(codec.rtpmap()), Some(codec));
    }
    assert_eq!(Codec::from_rtpmap("OPUS/48000/2"), Some(Codec::Opus));
    assert_eq!(Codec::from_rtpmap("opus/48000"), None);
    assert_eq!(Codec::from_rtpmap("pcmu/8000/1"), Some(Codec::Pcmu));
    assert_eq!(Codec::from_rtpmap("G722/16000"), Some(Codec::G722));
    assert_eq!(Codec::from_rtpmap("PCMU/16000"), None);
    assert_eq!(Codec::from_static_payload_type(9), Some(Codec::G722));
    assert_eq!((Codec::G722.timestamp_units(20), Codec::G722.frame_bytes(20)), (160, Some(160)));
    assert_eq!((Codec::Opus.timestamp_units(20), Codec::Opus.frame_bytes(20)), (960, None));
    assert_eq!(
        (Codec::Pcmu.accept_ptime(30), Codec::Opus.accept_ptime(30), Codec::Pcma.accept_ptime(200)),
        (30, 20, 20)
    );
}

#[test]
fn an_opus_packet_says_how_long_it_lasts() {
    let mut encoder = Encoder::new(Codec::Opus, &OpusSettings::narrowband()).unwrap();
    for ms in [10u32, 20, 40, 60] {
        let mut bytes = [0; MAX_FRAME_BYTES];
        let n = encoder.encode(&voice(8_000, ms), &mut bytes).unwrap();
        assert_eq!(Codec::Opus.payload_units(&bytes[..n]), Some(ms * 48));
    }
    assert_eq!(Codec::Opus.payload_units(&[]), None);
    assert_eq!(Codec::Opus.payload_units(&[3]), None);
    assert_eq!(Codec::Pcmu.payload_units(&[0; 240]), Some(240));
}

#[test]
fn wrong_sizes_and_rates_are_refused_by_name() {
    let mut encoder = Encoder::new(Codec::Opus, &OpusSettings::narrowband()).unwrap();
    let mut out = [0; MAX_FRAME_BYTES];
    assert_eq!(encoder.encode(&[0; 161], &mut out), Err(CodecError::FrameSize { codec: "Opus", samples: 161 }));
    let odd = OpusSettings { sample_rate: 44_100, ..OpusSettings::default() };
    assert!(matches!(Encoder::new(Codec::Opus, &odd), Err(CodecError::SampleRate { rate: 44_100, .. })));
    assert!(matches!(Decoder::new(Codec::Pcmu, 16_000), Err(CodecError::SampleRate { rate: 16_000, .. })));
    let mut g722 = Encoder::new(Codec::G722, &OpusSettings::default()).unwrap();
    assert!(g722.encode(&[0; 3], &mut out).is_err());
    let mut pcmu = Encoder::new(Codec::Pcmu, &OpusSettings::default()).unwrap();
    assert_eq!(pcmu.encode(&[0; 10], &mut out[..9]), Err(CodecError::OutputTooSmall { have: 9, need: 10 }));
    let mut decoder = Decoder::new(Codec::Opus, 8_000).unwrap();
    assert!(matches!(decoder.decode(&[], &mut [0; 160]), Err(CodecError::Payload { length: 0, .. })));
}

#[test]
fn resampling_keeps_the_voice_and_the_pace() {
    for (from, to) in
        [(8_000, 16_000), (16_000, 8_000), (8_000, 48_000), (48_000, 8_000), (44_100, 8_000), (22_050, 16_000)]
    {
        let mut resampler = Resampler::new(from, to);
        let mut heard = Vec::new();
        for frame in voice(from, 1_000).chunks(from as usize / 50) {
            let before = heard.len();
            resampler.process(frame, &mut heard);
            let made = heard.len() - before;
            assert!(made.abs_diff(to as usize / 50) <= 1, "{from}→{to}: {made} samples in one frame");
        }
        let said = voice(to, 1_000);
        let clean = snr(&said[to as usize / 10..], &heard[to as usize / 10..], resampler.delay() + 2);
        assert!(clean > 30.0, "{from}→{to}: {clean} dB");
        assert!(resampler.delay() <= to as usize / 400, "{from}→{to}: delay {}", resampler.delay());
    }
}

#[test]
fn a_tone_above_the_new_band_does_not_come_back_as_another() {
    let tone: Vec<i16> = (0..48_000)
        .map(|i| (10_000.0 * (f64::from(i) * std::f64::consts::TAU * 5_000.0 / 48_000.0).sin()) as i16)
        .collect();
    let mut out = Vec::new();
    Resampler::new(48_000, 8_000).process(&tone, &mut out);
    let leak = 10.0 * (energy(&out[100..]) / energy(&tone)).log10();
    assert!(leak < -55.0, "{leak} dB");
}

#[test]
fn transcoding_gives_a_frame_for_a_frame() {
    for from in Codec::ALL {
        for to in Codec::ALL {
            let mut encoder = Encoder::new(from, &OpusSettings::wideband()).unwrap();
            let mut transcoder = Transcoder::new(from, to, 20).unwrap();
            let (mut bytes, mut out) = ([0; MAX_FRAME_BYTES], [0; MAX_FRAME_BYTES]);
            let mut frames = 0;
            for frame in voice(encoder.sample_rate(), 1_000).chunks_exact(encoder.sample_rate() as usize / 50) {
                let n = encoder.encode(frame, &mut bytes).unwrap();
                transcoder.push(&bytes[..n]).unwrap();
                while let Some(n) = transcoder.next_frame(&mut out).unwrap() {
                    assert_eq!(to.payload_units(&out[..n]), Some(to.timestamp_units(20)), "{from:?}→{to:?}");
                    frames += 1;
                }
            }
            assert!((49..=50).contains(&frames), "{from:?}→{to:?}: {frames} frames of 50");
            transcoder.push_lost(20, None).unwrap();
            assert!(transcoder.next_frame(&mut out).unwrap().is_some());
        }
    }
}

#[test]
fn frames_of_thirty_milliseconds_become_frames_of_twenty() {
    let mut transcoder = Transcoder::new(Codec::Pcmu, Codec::Opus, 20).unwrap();
    let mut out = [0; MAX_FRAME_BYTES];
    let mut frames = 0;
    for _ in 0..20 {
        transcoder.push(&[0xff; 240]).unwrap();
        while transcoder.next_frame(&mut out).unwrap().is_some() {
            frames += 1;
        }
    }
    assert_eq!(frames, 30);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn no_payload_breaks_a_decoder(payloads in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..400), 1..8)) {
        for codec in Codec::ALL {
            let mut decoder = Decoder::new(codec, codec.sample_rate()).unwrap();
            let mut out = vec![0; MAX_FRAME_SAMPLES];
            for payload in &payloads {
                let _ = codec.payload_units(payload);
                if let Ok(samples) = decoder.decode(payload, &mut out) {
                    prop_assert!(samples <= out.len());
                }
                let frame = codec.sample_rate() as usize / 50;
                let _ = decoder.recover(payload, &mut out[..frame]);
                let _ = decoder.conceal(&mut out[..frame]);
            }
        }
    }

    #[test]
    fn any_sound_goes_through_g722_and_any_resampler(pcm in proptest::collection::vec(any::<i16>(), 640), from in 1u32..60_000, to in 1u32..60_000) {
        through(Codec::G722, &OpusSettings::default(), &pcm);
        prop_assume!(to / from < 20 && from / to < 20);
        let mut out = Vec::new();
        Resampler::new(from, to).process(&pcm, &mut out);
        prop_assert!(out.len() <= (pcm.len() + 1) * 20);
    }
}
