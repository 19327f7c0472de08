//! Stories of digits, as events and as tones.

use super::*;
use crate::codec::g711;
use crate::codec::tests::voice;
use crate::rtp::{Header, Packet};
use proptest::prelude::*;
use std::time::{Duration, Instant};

#[allow(clippy::disallowed_methods)]
fn origin() -> Instant {
    Instant::now()
}

const TICK: Duration = Duration::from_millis(20);

/// A conversation with an [`EventReceiver`]: packets of 20 ms, digits as they are told.
struct Line {
    receiver: EventReceiver,
    now: Instant,
    told: String,
}

impl Line {
    fn new() -> Self {
        Line { receiver: EventReceiver::new(8_000), now: origin(), told: String::new() }
    }

    fn packet(&mut self, timestamp: u32, marker: bool, payload: [u8; 4]) {
        let mut bytes = [0; 16];
        let header = Header { marker, payload_type: 101, sequence: 0, timestamp, ssrc: 1 };
        header.write_packet(&payload, &mut bytes).unwrap();
        let digit = self.receiver.handle(self.now, &Packet::parse(&bytes).unwrap());
        self.told.extend(digit);
        self.wait(TICK);
    }

    fn wait(&mut self, duration: Duration) {
        self.now += duration;
        if self.receiver.poll_timeout().is_some_and(|at| at <= self.now) {
            let digit = self.receiver.handle_timeout(self.now);
            self.told.extend(digit);
        }
    }
}

/// All packets that a sender makes for `digits`, with the tick they leave at.
fn sent(digits: &str, clock_rate: u32) -> Vec<(u32, EventPacket)> {
    let mut sender = EventSender::new(clock_rate);
    sender.push(digits).unwrap();
    let mut packets = Vec::new();
    for tick in 0..2_000 {
        if !sender.is_active() {
            break;
        }
        packets.extend(sender.next_packet(4_000_000_000u32.wrapping_add(tick * clock_rate / 50)).map(|p| (tick, p)));
    }
    packets
}

#[test]
fn a_digit_is_five_updates_and_three_equal_ends() {
    let packets = sent("7", 8_000);
    let durations: Vec<_> = packets.iter().map(|(_, p)| u16::from_be_bytes([p.payload[2], p.payload[3]])).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800, 800]);
    let ends: Vec<_> = packets.iter().map(|(_, p)| p.payload[1] & 0x80 != 0).collect();
    assert_eq!(ends, [false, false, false, false, false, true, true, true]);
    let markers: Vec<_> = packets.iter().map(|(_, p)| p.marker).collect();
    assert_eq!(markers, [true, false, false, false, false, false, false, false]);
    assert!(packets.iter().all(|(_, p)| p.timestamp == 4_000_000_000 && p.payload[0] == 7));
}

#[test]
fn what_is_sent_is_heard() {
    for clock_rate in [8_000, 16_000, 48_000] {
        let mut line = Line::new();
        line.receiver = EventReceiver::new(clock_rate);
        for (_, packet) in sent("0123456789*#abCD", clock_rate) {
            line.packet(packet.timestamp, packet.marker, packet.payload);
        }
        assert_eq!(line.told, "0123456789*#ABCD", "{clock_rate} Hz");
    }
}

#[test]
fn a_comma_pauses_half_a_second_between_digits() {
    let packets = sent("1,2", 8_000);
    let second = packets.iter().find(|(_, p)| p.payload[0] == 2).unwrap().0;
    let last_of_first = packets.iter().rfind(|(_, p)| p.payload[0] == 1).unwrap().0;
    assert!((25..32).contains(&(second - last_of_first)), "{}", second - last_of_first);
}

#[test]
fn any_single_packet_of_a_digit_is_enough_to_hear_it_once() {
    let packets = sent("5", 8_000);
    for (only, (_, packet)) in packets.iter().enumerate() {
        let mut line = Line::new();
        line.packet(packet.timestamp, false, packet.payload);
        line.wait(Duration::from_millis(500));
        assert_eq!(line.told, "5", "packet {only} alone, without its marker");
    }
}

#[test]
fn a_digit_whose_end_was_lost_is_told_after_a_silence_or_when_the_next_begins() {
    let mut line = Line::new();
    line.packet(1_000, true, [1, 10, 0, 160]);
    line.packet(1_000, false, [1, 10, 1, 64]);
    assert!(line.receiver.is_active());
    line.packet(3_000, true, [1, 10, 0, 160]);
    assert_eq!(line.told, "1", "the same key pressed again");
    line.wait(Duration::from_millis(100));
    assert_eq!(line.told, "1");
    line.wait(Duration::from_millis(100));
    assert_eq!(line.told, "11");
    line.packet(3_000, false, [1, 0x8a, 3, 32]);
    assert_eq!(line.told, "11", "its end comes late");
}

#[test]
fn two_digits_of_which_only_the_ends_arrive_are_both_told() {
    let mut line = Line::new();
    line.packet(1_000, true, [1, 10, 0, 160]);
    line.packet(3_000, false, [2, 0x8a, 3, 32]);
    assert_eq!(line.told, "12");
}

#[test]
fn packets_that_were_overtaken_are_not_heard_again() {
    let mut line = Line::new();
    line.packet(1_000, true, [1, 10, 0, 160]);
    line.packet(1_000, false, [1, 0x8a, 3, 32]);
    line.packet(3_000, true, [2, 10, 0, 160]);
    line.packet(1_000, false, [1, 0x8a, 3, 32]);
    line.packet(3_000, false, [2, 0x8a, 3, 32]);
    line.packet(3_000, false, [2, 10, 2, 32]);
    line.wait(Duration::from_secs(1));
    assert_eq!(line.told, "12");
}

#[test]
fn a_key_held_longer_than_the_duration_field_is_one_digit() {
    let mut line = Line::new();
    line.packet(0, true, [9, 10, 0, 160]);
    line.packet(0, false, [9, 10, 0xff, 0xff]);
    line.packet(65_535, false, [9, 10, 0, 160]);
    line.packet(65_535, false, [9, 0x8a, 1, 64]);
    line.wait(Duration::from_secs(1));
    assert_eq!(line.told, "9");
}

#[test]
fn other_events_and_cut_off_payloads_are_passed_over() {
    let mut line = Line::new();
    line.packet(1_000, true, [16, 0x8a, 0, 160]);
    line.packet(2_000, true, [255, 0x8a, 0, 160]);
    let header = Header { marker: true, payload_type: 101, sequence: 0, timestamp: 1, ssrc: 1 }.to_bytes();
    assert_eq!(line.receiver.handle(line.now, &Packet::parse(&header).unwrap()), None);
    line.wait(Duration::from_secs(1));
    assert_eq!(line.told, "");
}

#[test]
fn digits_that_cannot_be_sent_are_refused_whole() {
    let mut sender = EventSender::new(8_000);
    assert_eq!(sender.push("12x"), Err(DigitsError::NotADigit { position: 2 }));
    assert!(!sender.is_active());
    assert!(matches!(sender.push(&"1".repeat(65)), Err(DigitsError::TooMany { .. })));
    sender.push(&"1".repeat(60)).unwrap();
    assert_eq!(sender.push("12345"), Err(DigitsError::TooMany { waiting: 60 }));
}

fn heard(pcm: &[i16]) -> String {
    let mut detector = ToneDetector::new();
    pcm.chunks(160).filter_map(|frame| detector.process(frame)).collect()
}

/// Two sines of `ms`, amplitudes of 32,767, with silence of `gap_ms` around them.
fn pair(low: f32, high: f32, levels: (f32, f32), ms: usize, gap_ms: usize) -> Vec<i16> {
    let silence = vec![0; gap_ms * 8];
    let tone = (0..ms * 8).map(|i| {
        let t = i as f32 / 8_000.0 * std::f32::consts::TAU;
        (levels.0 * (low * t).sin() + levels.1 * (high * t).sin()) as i16
    });
    [silence.clone(), tone.collect(), silence].concat()
}

#[test]
fn every_key_is_heard_through_every_narrow_codec() {
    let all = "0123456789*#ABCD";
    let pcm = tones(all, 8_000).unwrap();
    assert_eq!(heard(&pcm), all);
    let ulaw: Vec<i16> = pcm.iter().map(|&s| g711::decode_ulaw(g711::encode_ulaw(s))).collect();
    let alaw: Vec<i16> = pcm.iter().map(|&s| g711::decode_alaw(g711::encode_alaw(s))).collect();
    assert_eq!((heard(&ulaw), heard(&alaw)), (all.into(), all.into()));
    assert_eq!(heard(&crate::wave::resample(&tones(all, 48_000).unwrap(), 48_000, 8_000)), all);
}

#[test]
fn forty_milliseconds_are_a_digit_and_twenty_are_not() {
    for offset in 0..51 {
        let at = |ms| [vec![0; offset * 2], pair(770.0, 1_336.0, (5_000.0, 5_000.0), ms, 50)].concat();
        assert_eq!(heard(&at(40)), "5", "40 ms at offset {offset}");
        assert_eq!(heard(&at(20)), "", "20 ms at offset {offset}");
    }
}

#[test]
fn twist_frequency_and_level_are_judged_as_in_q24() {
    let db = |x: f32| 10f32.powf(x / 20.0);
    let at = |low: f32, high: f32, levels| heard(&pair(low, high, levels, 60, 40));
    assert_eq!(at(697.0, 1_209.0, (5_000.0 * db(3.0), 5_000.0)), "1", "low louder by 3 dB");
    assert_eq!(at(697.0, 1_209.0, (5_000.0, 5_000.0 * db(3.0))), "1", "high louder by 3 dB");
    assert_eq!(at(697.0, 1_209.0, (5_000.0, 5_000.0 * db(9.0))), "", "reverse twist of 9 dB");
    assert_eq!(at(697.0, 1_209.0, (5_000.0 * db(12.0), 5_000.0)), "", "twist of 12 dB");
    assert_eq!(at(697.0 * 1.015, 1_209.0 * 0.985, (5_000.0, 5_000.0)), "1", "1.5 % off");
    assert_eq!(at(941.0 * 1.015, 1_633.0 * 1.015, (5_000.0, 5_000.0)), "D", "1.5 % off");
    assert_eq!(at(941.0 * 0.985, 1_633.0 * 0.985, (5_000.0, 5_000.0)), "D", "1.5 % off");
    assert_eq!(at(697.0 * 1.04, 1_209.0 * 1.04, (5_000.0, 5_000.0)), "", "4 % off");
    assert_eq!(at(697.0, 1_209.0, (700.0, 700.0)), "1", "a quiet line");
    assert_eq!(at(697.0, 1_209.0, (60.0, 60.0)), "", "crosstalk");
    assert_eq!(at(697.0, 0.0, (8_000.0, 0.0)), "", "one tone is none");
}

#[test]
fn one_key_pressed_twice_is_two_digits_and_a_held_key_is_one() {
    assert_eq!(heard(&tones("55", 8_000).unwrap()), "55");
    assert_eq!(heard(&pair(941.0, 1_336.0, (5_000.0, 5_000.0), 3_000, 50)), "0");
}

#[test]
fn speech_music_ringing_and_noise_are_no_digits() {
    assert_eq!(heard(&voice(8_000, 20_000)), "");
    let (music, rate) = {
        let prompt = crate::player::hold_music();
        (prompt.pcm().0.to_vec(), prompt.pcm().1)
    };
    assert_eq!(heard(&crate::wave::resample(&music, rate, 8_000)), "");
    for country in ["KR", "US", "GB", "DE"] {
        let tone = crate::player::ringback(country);
        assert_eq!(heard(&crate::wave::resample(tone.pcm().0, tone.pcm().1, 8_000)), "", "{country}");
    }
    let mut state = 12_345u32;
    let noise: Vec<i16> = (0..8_000 * 60)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 17) as i16 - 16_384
        })
        .collect();
    assert_eq!(heard(&noise), "");
}

#[test]
fn digits_are_heard_over_noise() {
    let mut state = 1u32;
    let noisy: Vec<i16> = tones("9051", 8_000)
        .unwrap()
        .into_iter()
        .map(|sample| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            // About 15 dB below the tones.
            sample.saturating_add(((state >> 16) as i32 - 32_768) as i16 / 16)
        })
        .collect();
    assert_eq!(heard(&noisy), "9051");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn digits_survive_loss_of_any_two_packets_in_a_row_and_doubling(digits in "[0-9*#A-D]{1,12}", lost in 0usize..100, doubled in 0usize..100) {
        let mut line = Line::new();
        for (i, (_, packet)) in sent(&digits, 8_000).into_iter().enumerate() {
            if i == lost || i == lost + 1 {
                line.wait(TICK);
                continue;
            }
            line.packet(packet.timestamp, packet.marker, packet.payload);
            if i == doubled {
                line.packet(packet.timestamp, packet.marker, packet.payload);
            }
        }
        line.wait(Duration::from_secs(1));
        prop_assert_eq!(line.told, digits);
    }

    #[test]
    fn any_events_tell_no_more_digits_than_packets(packets in proptest::collection::vec((any::<u32>(), any::<[u8; 4]>(), 0u64..300), 0..50)) {
        let mut line = Line::new();
        let count = packets.len();
        for (timestamp, payload, ms) in packets {
            line.packet(timestamp, false, payload);
            line.wait(Duration::from_millis(ms));
        }
        line.wait(Duration::from_secs(1));
        prop_assert!(line.told.len() <= count);
        prop_assert!(!line.receiver.is_active());
    }

    #[test]
    fn any_sound_can_be_listened_to(pcm in proptest::collection::vec(any::<i16>(), 0..3_000)) {
        ToneDetector::new().process(&pcm);
    }
}
