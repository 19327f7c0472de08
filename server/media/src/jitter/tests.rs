//! Stories of the jitter buffer on seeded networks.

use super::*;
use proptest::prelude::*;

const FRAME: Duration = Duration::from_millis(20);

#[allow(clippy::disallowed_methods)]
fn origin() -> Instant {
    Instant::now()
}

/// A small generator of repeatable chance (xorshift64*).
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) % limit.max(1)
    }
}

/// What the network does to packets.
#[derive(Clone, Copy, Default)]
struct Network {
    seed: u64,
    jitter_ms: u64,
    loss_percent: u64,
    duplicate_percent: u64,
    /// Parts per million that the sender's clock is fast.
    drift_ppm: i64,
    /// First sequence number and timestamp.
    first: (u16, u32),
}

#[derive(Debug, Default, PartialEq)]
struct Heard {
    frames: Vec<u32>,
    concealed: usize,
    nothing: usize,
    stats: JitterStats,
}

fn packet(sequence: u16, timestamp: u32, ssrc: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0; 12 + payload.len()];
    let header = crate::rtp::Header { marker: false, payload_type: 0, sequence, timestamp, ssrc };
    header.write_packet(payload, &mut bytes).unwrap();
    bytes
}

/// Sends `count` frames of 20 ms through the network into a buffer that is read each 20 ms; `quiet` throughout or not.
fn run(network: Network, count: u32, quiet: bool) -> Heard {
    let mut chance = Chance(network.seed | 1);
    let mut flight: Vec<(u64, u32)> = Vec::new();
    for i in 0..count {
        let sent = (20_000 * i64::from(i)) * 1_000_000 / (1_000_000 + network.drift_ppm);
        if chance.below(100) < network.loss_percent {
            continue;
        }
        for _ in 0..1 + u64::from(chance.below(100) < network.duplicate_percent) {
            flight.push((sent as u64 + chance.below(network.jitter_ms * 1_000 + 1), i));
        }
    }
    flight.sort();
    let start = origin();
    let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
    let mut heard = Heard::default();
    let mut arrivals = flight.into_iter().peekable();
    for tick in 0..u64::from(count) + 10 {
        let now_us = tick * 20_000 + 7_000;
        while let Some((at, i)) = arrivals.next_if(|&(at, _)| at <= now_us) {
            let sequence = network.first.0.wrapping_add(i as u16);
            let timestamp = network.first.1.wrapping_add(i * 160);
            let mut payload = [0; 160];
            payload[..4].copy_from_slice(&i.to_be_bytes());
            let bytes = packet(sequence, timestamp, 1, &payload);
            buffer.insert(start + Duration::from_micros(at), &Packet::parse(&bytes).unwrap());
        }
        match buffer.pop(start + Duration::from_micros(now_us), quiet) {
            Frame::Packet { payload, .. } => heard.frames.push(u32::from_be_bytes(*payload.first_chunk().unwrap())),
            Frame::Conceal { .. } => heard.concealed += 1,
            Frame::Nothing => heard.nothing += 1,
        }
    }
    heard.stats = buffer.stats();
    heard
}

#[test]
fn on_a_clean_line_every_frame_is_played_at_once() {
    let heard = run(Network { seed: 1, ..Network::default() }, 500, true);
    assert_eq!(heard.frames, (0..500).collect::<Vec<_>>());
    assert_eq!(heard.stats.target, Duration::ZERO);
    // The ten ticks after the end: concealed for 60 ms, then silence.
    assert_eq!((heard.concealed, heard.nothing), (3, 7));
}

#[test]
fn numbers_roll_over_without_a_click() {
    let heard = run(Network { seed: 1, first: (65_400, u32::MAX - 16_000), ..Network::default() }, 500, true);
    assert_eq!(heard.frames, (0..500).collect::<Vec<_>>());
}

#[test]
fn jitter_is_swallowed_by_a_delay_that_fits_it() {
    for seed in 1..6 {
        let heard = run(Network { seed, jitter_ms: 60, ..Network::default() }, 3_000, true);
        assert!(heard.frames.is_sorted(), "seed {seed}");
        let missed = 3_000 - heard.frames.len();
        assert!(missed < 90, "seed {seed}: {missed} frames not heard, {:?}", heard.stats);
        assert!(heard.stats.target <= Duration::from_millis(60), "seed {seed}: {:?}", heard.stats);
        assert!(heard.stats.target >= Duration::from_millis(40), "seed {seed}: {:?}", heard.stats);
    }
}

#[test]
fn loss_is_concealed_once_and_adds_no_delay() {
    for seed in 1..6 {
        let heard = run(Network { seed, loss_percent: 5, ..Network::default() }, 3_000, false);
        let lost = 3_000 - heard.frames.len();
        assert!((90..220).contains(&lost), "seed {seed}: {lost}");
        assert!(heard.concealed.abs_diff(lost) < 12, "seed {seed}: {} for {lost}", heard.concealed);
        assert!(heard.stats.depth <= FRAME * 2, "seed {seed}: {:?}", heard.stats);
    }
}

#[test]
fn with_some_delay_in_hand_lost_frames_are_recoverable_from_the_next_packet() {
    let heard = run(Network { seed: 3, loss_percent: 5, jitter_ms: 45, ..Network::default() }, 3_000, true);
    assert!(heard.stats.recoverable * 3 > heard.stats.concealed, "{:?}", heard.stats);
}

#[test]
fn duplicates_are_counted_and_heard_once() {
    let heard = run(Network { seed: 4, duplicate_percent: 30, jitter_ms: 30, ..Network::default() }, 1_000, true);
    let mut once = heard.frames.clone();
    once.dedup();
    assert_eq!(once, heard.frames);
    assert!(heard.stats.duplicates + heard.stats.late > 200, "{:?}", heard.stats);
}

#[test]
fn a_fast_or_slow_sender_clock_neither_fills_nor_starves_the_buffer() {
    for drift_ppm in [300, -300] {
        let heard = run(Network { seed: 5, drift_ppm, jitter_ms: 5, ..Network::default() }, 30_000, true);
        assert!(heard.stats.depth <= FRAME * 5, "{drift_ppm} ppm: {:?}", heard.stats);
        // 300 ppm of ten minutes are 180 ms: nine frames.
        let lost = 30_000 - heard.frames.len();
        assert!(lost <= 15, "{drift_ppm} ppm: {lost} frames lost, {:?}", heard.stats);
        assert!(heard.concealed <= 25, "{drift_ppm} ppm: {} concealed, {:?}", heard.concealed, heard.stats);
    }
}

#[test]
fn a_delayed_burst_is_caught_up_in_quiet_spots() {
    let start = origin();
    let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
    let give = |buffer: &mut JitterBuffer, ms: u64, i: u16| {
        let bytes = packet(i, u32::from(i) * 160, 1, &[0xff; 160]);
        buffer.insert(start + Duration::from_millis(ms), &Packet::parse(&bytes).unwrap())
    };
    // Five seconds of calm, 400 ms in which nothing comes, then all of it at once, and calm again for a minute.
    let (mut sent, mut deepest) = (0u16, Duration::ZERO);
    for tick in 0..3_300u64 {
        if !(250..270).contains(&tick) {
            while u64::from(sent) <= tick {
                give(&mut buffer, tick * 20, sent);
                sent += 1;
            }
        }
        buffer.pop(start + Duration::from_millis(tick * 20 + 5), true);
        deepest = deepest.max(buffer.stats().depth);
    }
    let stats = buffer.stats();
    assert!(deepest >= Duration::from_millis(300), "{deepest:?}");
    assert!(stats.depth <= FRAME * 3, "{stats:?}");
    assert!(stats.accelerated >= 10, "{stats:?}");
}

#[test]
fn a_new_source_takes_over_when_it_has_sent_two_packets_in_order() {
    let now = origin();
    let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
    let mut give = |sequence, ssrc| {
        buffer.insert(now, &Packet::parse(&packet(sequence, u32::from(sequence) * 160, ssrc, &[0; 160])).unwrap())
    };
    assert_eq!(give(10, 1), Inserted::Stored);
    assert_eq!(give(11, 1), Inserted::Stored);
    assert_eq!(give(900, 2), Inserted::Refused, "a stray datagram cuts nothing");
    assert_eq!(give(12, 1), Inserted::Stored);
    assert_eq!(give(901, 2), Inserted::Refused, "the first source spoke in between");
    assert_eq!(give(902, 2), Inserted::Restarted);
    assert_eq!(give(20_000, 2), Inserted::Refused, "a leap of the sequence number is a new source too");
    assert_eq!(give(20_001, 2), Inserted::Restarted);
    assert_eq!(buffer.stats().restarts, 2);
}

#[test]
fn a_pause_of_the_speaker_is_silence_and_no_loss() {
    let start = origin();
    let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
    let give = |buffer: &mut JitterBuffer, at_ms: u64, sequence: u16| {
        let bytes = packet(sequence, at_ms as u32 * 8, 1, &[0; 160]);
        buffer.insert(start + Duration::from_millis(at_ms), &Packet::parse(&bytes).unwrap());
    };
    give(&mut buffer, 0, 0);
    give(&mut buffer, 20, 1);
    let mut played = Vec::new();
    for tick in 0..150u64 {
        let at = tick * 20 + 25;
        if at == 2_025 {
            give(&mut buffer, 2_020, 2);
        }
        played.push(match buffer.pop(start + Duration::from_millis(at), true) {
            Frame::Packet { .. } => 'p',
            Frame::Conceal { .. } => 'c',
            Frame::Nothing => '.',
        });
    }
    let story: String = played.into_iter().collect();
    assert_eq!(story.trim_end_matches('.'), format!("ppccc{}pccc", ".".repeat(95)));
    assert_eq!(buffer.stats().restarts, 0);
}

#[test]
fn a_flood_stays_within_a_second_of_sound() {
    let now = origin();
    let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
    for i in 0..400u16 {
        buffer.insert(now, &Packet::parse(&packet(i, u32::from(i) * 160, 1, &[0; 160])).unwrap());
        assert!(buffer.stats().depth <= Duration::from_secs(1));
    }
    assert_eq!(buffer.stats().overflowed, 350);
    assert!(matches!(buffer.pop(now, false), Frame::Packet { .. }));
}

#[test]
fn played_out_speech_survives_a_bad_network() {
    use crate::codec::tests::voice;
    use crate::codec::{Encoder, MAX_FRAME_BYTES, OpusSettings};
    let start = origin();
    for codec in Codec::ALL {
        let settings = OpusSettings::narrowband();
        let mut encoder = Encoder::new(codec, &settings).unwrap();
        let rate = encoder.sample_rate();
        let mut playout = Playout::new(JitterConfig::new(codec), rate).unwrap();
        let mut chance = Chance(99);
        let (mut out, mut bytes) = (vec![0i16; rate as usize / 50], [0; MAX_FRAME_BYTES]);
        let (mut silent, mut energy) = (0, 0.0);
        for (i, frame) in voice(rate, 10_000).chunks_exact(rate as usize / 50).enumerate() {
            let n = encoder.encode(frame, &mut bytes).unwrap();
            let now = start + FRAME * i as u32;
            if chance.below(100) >= 10 {
                let packet = packet(i as u16, i as u32 * codec.timestamp_units(20), 1, &bytes[..n]);
                playout.insert(now, &Packet::parse(&packet).unwrap());
            }
            silent += usize::from(!playout.read(now + Duration::from_millis(1), &mut out));
            energy += f64::from(rms_of(&out));
        }
        assert!(silent <= 3, "{codec:?}: {silent} silent frames");
        assert!(energy / 500.0 > 1_500.0, "{codec:?}: {}", energy / 500.0);
        let stats = playout.stats();
        assert!((25..90).contains(&stats.concealed), "{codec:?}: {stats:?}");
    }
}

#[test]
fn packets_of_thirty_milliseconds_are_read_in_twenty() {
    let start = origin();
    let mut playout = Playout::new(JitterConfig::new(Codec::Pcma), 8_000).unwrap();
    let mut out = [0; 160];
    let mut next = 0u16;
    for tick in 0..300u64 {
        while u64::from(next) * 30 <= tick * 20 {
            let bytes = packet(next, u32::from(next) * 240, 1, &[0x2a; 240]);
            playout.insert(start + Duration::from_millis(u64::from(next) * 30), &Packet::parse(&bytes).unwrap());
            next += 1;
        }
        assert!(playout.read(start + Duration::from_millis(tick * 20 + 1), &mut out));
    }
    assert!(playout.stats().concealed <= 3, "{:?}", playout.stats());
}

fn rms_of(pcm: &[i16]) -> f32 {
    (pcm.iter().map(|&s| f32::from(s) * f32::from(s)).sum::<f32>() / pcm.len() as f32).sqrt()
}

proptest! {
    #[test]
    fn whatever_comes_order_is_kept_and_bounds_hold(
        packets in proptest::collection::vec((any::<u16>(), any::<u32>(), 0u32..3, 0usize..400, 0u64..100, any::<bool>()), 1..300)
    ) {
        let mut now = origin();
        let mut buffer = JitterBuffer::new(JitterConfig::new(Codec::Pcmu));
        for (sequence, timestamp, ssrc, length, ms, near) in packets {
            let (sequence, timestamp) = if near { (sequence % 50, timestamp % 16_000) } else { (sequence, timestamp) };
            let bytes = packet(sequence, timestamp, ssrc, &vec![0; length]);
            buffer.insert(now, &Packet::parse(&bytes).unwrap());
            now += Duration::from_millis(ms);
            buffer.pop(now, near);
            prop_assert!(buffer.stats().depth <= Duration::from_secs(1));
            prop_assert!(buffer.packets.len() <= MAX_PACKETS);
            prop_assert_eq!(buffer.held, buffer.packets.values().map(|p| u64::from(p.units)).sum::<u64>());
        }
    }

    #[test]
    fn every_frame_is_heard_at_most_once_and_in_order(seed: u64, jitter_ms in 0u64..200, loss_percent in 0u64..50, duplicate_percent in 0u64..50, quiet: bool) {
        let heard = run(Network { seed, jitter_ms, loss_percent, duplicate_percent, ..Network::default() }, 200, quiet);
        prop_assert!(heard.frames.is_sorted_by(|a, b| a < b));
    }
}
