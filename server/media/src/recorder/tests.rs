//! Stories of recordings: alignment, crash, pause, waveform.

use super::*;
use proptest::prelude::*;

#[allow(clippy::disallowed_methods)]
fn origin() -> Instant {
    Instant::now()
}

/// What a driver keeps on disk.
#[derive(Default)]
struct Disk(Vec<u8>);

impl Disk {
    fn drain(&mut self, writer: &mut StereoWriter, now: Instant) {
        while let Some(Chunk { at, bytes }) = writer.poll(now) {
            let end = at as usize + bytes.len();
            if self.0.len() < end {
                self.0.resize(end, 0);
            }
            self.0[at as usize..end].copy_from_slice(&bytes);
        }
    }

    fn sound(&self) -> (Vec<i16>, Vec<i16>) {
        let mut reader = hound::WavReader::new(std::io::Cursor::new(&self.0)).unwrap();
        let samples: Vec<i16> = reader.samples::<i16>().map(Result::unwrap).collect();
        samples.chunks_exact(2).map(|f| (f[0], f[1])).unzip()
    }
}

const TICK: Duration = Duration::from_millis(20);

#[test]
fn both_sides_stand_at_their_time() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    for tick in 0..150u32 {
        let now = start + TICK * tick;
        writer.write(now, Channel::Customer, None, &[1_000; 160]);
        if (50..100).contains(&tick) {
            writer.write(now, Channel::Agent, None, &[-2_000; 160]);
        }
        disk.drain(&mut writer, now);
    }
    let end = start + Duration::from_secs(3);
    writer.finish(end);
    disk.drain(&mut writer, end);
    let (left, right) = disk.sound();
    assert_eq!(left, vec![1_000; 24_000]);
    let expected: Vec<i16> = (0..24_000).map(|i| if (8_000..16_000).contains(&i) { -2_000 } else { 0 }).collect();
    assert!(right == expected);
    assert_eq!(writer.duration(), Duration::from_secs(3));
    assert_eq!(writer.poll_timeout(), None);
}

#[test]
fn a_crash_at_any_moment_leaves_a_file_that_plays_and_lacks_less_than_a_second() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    for tick in 0..500u32 {
        let now = start + TICK * tick;
        writer.write(now, Channel::Customer, None, &[tick as i16; 160]);
        // The driver comes only when it is told to.
        if writer.poll_timeout().is_some_and(|at| at <= now) {
            disk.drain(&mut writer, now);
        }
        let (left, _) = disk.sound();
        let missing = (tick as usize + 1) * 160 - left.len();
        assert!(missing < 8_000, "{missing} samples behind at tick {tick}");
    }
}

#[test]
fn between_sound_and_header_the_file_plays_too() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    writer.write(start, Channel::Agent, None, &[5; 8_000]);
    let now = start + Duration::from_secs(2);
    let mut lengths = Vec::new();
    while let Some(Chunk { at, bytes }) = writer.poll(now) {
        let end = at as usize + bytes.len();
        disk.0.resize(disk.0.len().max(end), 0);
        disk.0[at as usize..end].copy_from_slice(&bytes);
        lengths.push(disk.sound().0.len());
    }
    assert_eq!(lengths, [0, 0, 8_000, 8_000, 12_800], "the header is never ahead of the sound");
}

#[test]
fn a_paused_stretch_is_silence_of_the_same_length() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    for tick in 0..200u32 {
        let now = start + TICK * tick;
        if tick == 50 {
            writer.pause(now);
            assert!(writer.is_paused());
        }
        if tick == 100 {
            writer.resume(now);
        }
        // Frames come with stamps and up to 60 ms late: those of the pause must not slip in behind its end.
        let late = now + Duration::from_millis(u64::from(tick % 4) * 20);
        let secret = (50..100).contains(&tick);
        writer.write(late, Channel::Customer, Some(u64::from(tick) * 160), &[if secret { 9_999 } else { 100 }; 160]);
        disk.drain(&mut writer, now);
    }
    writer.finish(start + Duration::from_secs(4));
    disk.drain(&mut writer, start + Duration::from_secs(4));
    let (left, _) = disk.sound();
    assert_eq!(left.len(), 32_000);
    assert!(!left.contains(&9_999));
    assert!(left[8_000..16_000].iter().all(|&s| s == 0));
    assert!(left[200..7_900].iter().all(|&s| s == 100) && left[17_000..31_000].iter().all(|&s| s == 100));
}

#[test]
fn pausing_twice_and_stopping_while_paused_lets_no_sound_through() {
    let start = origin();
    let at = |ms| start + Duration::from_millis(ms);
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    writer.write(at(0), Channel::Agent, None, &[7; 4_000]);
    writer.pause(at(200));
    writer.pause(at(300));
    writer.write(at(300), Channel::Agent, None, &[8; 160]);
    writer.finish(at(1_000));
    writer.write(at(1_000), Channel::Agent, None, &[8; 160]);
    disk.drain(&mut writer, at(1_000));
    let (_, right) = disk.sound();
    assert_eq!(right.len(), 8_000);
    assert!(right[..1_600].iter().all(|&s| s == 7) && right[1_600..].iter().all(|&s| s == 0));
}

#[test]
fn stamped_frames_with_jitter_are_laid_end_to_end_and_losses_stay_open() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    for i in 0..100u32 {
        if i == 40 {
            continue;
        }
        let now = start + TICK * i + Duration::from_millis(u64::from(i * 7 % 90));
        writer.write(now, Channel::Customer, Some(5_000_000 + u64::from(i) * 160), &[i as i16 + 1; 160]);
        disk.drain(&mut writer, now);
    }
    writer.finish(start + TICK * 100);
    disk.drain(&mut writer, start + TICK * 100);
    let (left, _) = disk.sound();
    let runs: Vec<i16> = left.chunks(160).map(|c| c[80]).collect();
    assert_eq!(runs[39..43], [40, 0, 42, 43]);
    assert!(left.windows(2).filter(|w| w[0] != w[1]).count() <= 102, "no gaps but the lost one");
}

#[test]
fn a_slow_sender_clock_is_followed_within_a_tenth_of_a_second() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    // 500 ppm slow for five minutes would be 150 ms.
    for i in 0..15_000u64 {
        let now = start + Duration::from_micros(i * 20_010);
        writer.write(now, Channel::Customer, Some(i * 160), &[1; 160]);
        while writer.poll(now).is_some() {}
    }
    let lag = writer.position(start + Duration::from_micros(15_000 * 20_010)) - writer.sides[0].cursor;
    assert!(lag < 400, "{lag} samples");
}

#[test]
fn mulaw_recordings_are_half_as_large_and_play() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Mulaw);
    let mut disk = Disk::default();
    writer.write(start, Channel::Customer, None, &[16_764; 800]);
    writer.finish(start + Duration::from_millis(100));
    disk.drain(&mut writer, start + Duration::from_secs(1));
    assert_eq!(disk.0.len(), 44 + 1_600);
    assert_eq!(crate::wave::decode(&disk.0, 8_000).unwrap(), vec![8_382; 800], "left 16,764, right silent");
    assert_eq!(peaks(&disk.0).unwrap(), [[130, 0]]);
}

#[test]
fn the_waveform_is_the_same_live_and_from_the_file() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    let mut disk = Disk::default();
    for tick in 0..250u32 {
        let now = start + TICK * tick;
        writer.write(now, Channel::Customer, None, &[(tick * 100) as i16; 160]);
        writer.write(now, Channel::Agent, None, &[i16::MIN; 160]);
        disk.drain(&mut writer, now);
    }
    writer.finish(start + TICK * 250);
    disk.drain(&mut writer, start + TICK * 250);
    let live = writer.peaks().to_vec();
    assert_eq!(live.len(), 50);
    assert_eq!((live[0], live[49]), ([3, 255], [194, 255]));
    assert_eq!(peaks(&disk.0).unwrap(), live);
    assert!(matches!(peaks(b"nonsense"), Err(WaveError::Unknown)));
}

#[test]
fn sound_far_ahead_or_long_past_is_dropped() {
    let start = origin();
    let mut writer = StereoWriter::new(start, Format::Pcm16);
    writer.write(start, Channel::Customer, None, &vec![1; 1_000_000]);
    assert!(writer.pending.len() <= 8_000);
    let later = start + Duration::from_secs(3_600);
    while writer.poll(later).is_some() {}
    writer.write(start, Channel::Agent, None, &[1; 160]);
    assert!(writer.pending.is_empty());
    writer.write(start + Duration::from_secs(100_000), Channel::Agent, None, &[1; 160]);
    assert!(writer.pending.is_empty(), "more than a day is not recorded");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_is_written_the_file_stays_sound_and_bounded(
        steps in proptest::collection::vec((0u64..3_000, 0u8..6, any::<Option<u64>>(), 0usize..2_000), 1..60)
    ) {
        let start = origin();
        let mut now = start;
        let mut writer = StereoWriter::new(start, Format::Pcm16);
        let mut disk = Disk::default();
        for (ms, what, stamp, length) in steps {
            now += Duration::from_millis(ms);
            match what {
                0 => writer.pause(now),
                1 => writer.resume(now),
                2 => disk.drain(&mut writer, now),
                3 => writer.write(now, Channel::Agent, None, &vec![3; length]),
                _ => writer.write(now, Channel::Customer, stamp, &vec![3; length]),
            }
            prop_assert!(writer.pending.len() as u64 <= MAX_PENDING);
        }
        writer.finish(now);
        disk.drain(&mut writer, now);
        let (left, _) = disk.sound();
        prop_assert_eq!(left.len() as u128, now.duration_since(start).as_millis() * 8);
    }
}
