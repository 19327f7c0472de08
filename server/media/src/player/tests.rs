//! Stories of prompts and playbacks.

use super::*;
use crate::codec::tests::voice;
use crate::codec::{Decoder, MAX_FRAME_SAMPLES};

fn rms(pcm: &[i16]) -> f64 {
    (pcm.iter().map(|&s| f64::from(s) * f64::from(s)).sum::<f64>() / pcm.len().max(1) as f64).sqrt()
}

fn heard(playback: &mut Playback, codec: Codec, most: usize) -> Vec<i16> {
    let mut decoder = Decoder::new(codec, if codec == Codec::Opus { 16_000 } else { codec.sample_rate() }).unwrap();
    let mut pcm = Vec::new();
    for _ in 0..most {
        let Some(frame) = playback.next_frame(codec) else { break };
        let mut out = [0; MAX_FRAME_SAMPLES];
        let n = decoder.decode(frame, &mut out).unwrap();
        pcm.extend_from_slice(&out[..n]);
    }
    pcm
}

#[test]
fn a_prompt_sounds_the_same_length_in_every_codec() {
    let prompt = Prompt::from_pcm(voice(22_050, 1_010), 22_050).unwrap();
    assert_eq!(prompt.duration(), Duration::from_micros(1_009_977));
    for codec in Codec::ALL {
        let mut playback = Playback::new(vec![Arc::clone(&prompt)], false);
        let pcm = heard(&mut playback, codec, 1_000);
        let rate = if codec == Codec::Opus { 16_000 } else { codec.sample_rate() };
        assert_eq!(pcm.len(), rate as usize / 50 * 51, "{codec:?}: 51 frames, the last filled with silence");
        assert!((1_500.0..6_000.0).contains(&rms(&pcm)), "{codec:?}: {}", rms(&pcm));
        assert!(playback.is_done());
    }
}

#[test]
fn two_calls_read_the_same_bytes_in_memory() {
    let prompt = Prompt::from_pcm(voice(8_000, 200), 8_000).unwrap();
    let mut one = Playback::new(vec![Arc::clone(&prompt)], false);
    let mut two = Playback::new(vec![prompt], false);
    let (a, b) = (one.next_frame(Codec::Pcmu).unwrap().as_ptr(), two.next_frame(Codec::Pcmu).unwrap().as_ptr());
    assert_eq!(a, b);
}

#[test]
fn a_sequence_is_played_in_order_and_stepped_through_empty_prompts() {
    let part = |level: i16, frames: usize| Prompt::from_pcm(vec![level; 160 * frames], 8_000).unwrap();
    let prompts = vec![part(0, 0), part(1_000, 2), part(0, 0), part(8_000, 3), part(0, 0)];
    let mut playback = Playback::new(prompts, false);
    assert!(!playback.is_done());
    let pcm = heard(&mut playback, Codec::Pcma, 100);
    assert_eq!(pcm.len(), 5 * 160);
    assert!(rms(&pcm[..320]) < 1_100.0 && rms(&pcm[320..]) > 7_500.0);
    assert!(playback.is_done());
    assert_eq!(playback.next_frame(Codec::Pcma), None);
}

#[test]
fn a_repeated_prompt_never_ends_and_an_empty_one_never_begins() {
    let mut playback = Playback::new(vec![Prompt::from_pcm(vec![5_000; 320], 8_000).unwrap()], true);
    assert_eq!(heard(&mut playback, Codec::Pcmu, 500).len(), 500 * 160);
    assert!(!playback.is_done());
    let mut nothing = Playback::new(vec![Prompt::from_pcm(vec![], 8_000).unwrap()], true);
    assert!(nothing.is_done());
    assert_eq!(nothing.next_frame(Codec::Pcmu), None);
    assert!(Playback::new(vec![], true).next_frame(Codec::Opus).is_none());
}

#[test]
fn a_leg_that_changes_codec_in_the_middle_goes_on_where_it_was() {
    let mut playback = Playback::new(vec![Prompt::from_pcm(vec![3_000; 160 * 10], 8_000).unwrap()], false);
    for _ in 0..4 {
        assert_eq!(playback.next_frame(Codec::Pcmu).unwrap().len(), 160);
    }
    let rest = heard(&mut playback, Codec::Opus, 100);
    assert_eq!(rest.len(), 6 * 320);
}

#[test]
fn prompts_that_cannot_be_are_refused() {
    assert_eq!(Prompt::from_pcm(vec![], 4_000).err(), Some(PromptError::Rate { rate: 4_000 }));
    let long = vec![0; 8_000 * 1_801];
    assert_eq!(Prompt::from_pcm(long, 8_000).err(), Some(PromptError::TooLong { seconds: 1_801 }));
}

#[test]
fn the_shelf_keeps_its_bound_and_forgets_what_nobody_asks_for() {
    let mut shelf = PromptShelf::new(100_000);
    let prompt = |samples: usize| Prompt::from_pcm(vec![0; samples], 8_000).unwrap();
    for name in ["a", "b", "c"] {
        shelf.put(name.into(), prompt(15_000));
    }
    assert!(shelf.get("a").is_some());
    shelf.put("d".into(), prompt(15_000));
    assert!(shelf.get("b").is_none(), "b was not asked for longest");
    assert!(shelf.get("a").is_some() && shelf.get("c").is_some() && shelf.get("d").is_some());
    assert!(shelf.memory() <= 100_000);
    shelf.put("huge".into(), prompt(60_000));
    assert!(shelf.get("huge").is_none());
    shelf.put("a".into(), prompt(10));
    assert_eq!(shelf.get("a").unwrap().duration(), Duration::from_micros(1_250));
}

#[test]
fn korea_rings_one_second_in_three() {
    let prompt = ringback("kr");
    assert_eq!(prompt.duration(), Duration::from_secs(3));
    let (pcm, rate) = prompt.pcm();
    let second = rate as usize;
    assert!(rms(&pcm[..second]) > 1_500.0);
    assert_eq!(rms(&pcm[second..]), 0.0);
    assert!(level(pcm, rate, 440.0) > 500.0 && level(pcm, rate, 480.0) > 500.0 && level(pcm, rate, 620.0) < 20.0);
    assert_eq!(ringback("DE").duration(), Duration::from_secs(5));
    assert_eq!(ringback("").duration(), Duration::from_secs(5));
}

/// Amplitude of one frequency.
fn level(pcm: &[i16], rate: u32, hz: f64) -> f64 {
    let (mut re, mut im) = (0.0, 0.0);
    for (i, &s) in pcm.iter().enumerate() {
        let angle = std::f64::consts::TAU * hz * i as f64 / f64::from(rate);
        re += f64::from(s) * angle.cos();
        im += f64::from(s) * angle.sin();
    }
    2.0 * (re * re + im * im).sqrt() / pcm.len() as f64
}

#[test]
fn hold_music_is_long_soft_and_without_a_seam() {
    let music = hold_music();
    assert!(music.duration() >= Duration::from_secs(20));
    let (pcm, rate) = music.pcm();
    let seconds: Vec<f64> = pcm.chunks(rate as usize).map(rms).collect();
    assert!(seconds.iter().all(|&level| (300.0..6_000.0).contains(&level)), "{seconds:?}");
    let steepest = pcm.windows(2).map(|w| w[0].abs_diff(w[1])).max().unwrap();
    assert!(pcm[0].abs_diff(pcm[pcm.len() - 1]) <= steepest, "the loop's end meets its beginning");
    assert!(steepest < 6_000, "no click: {steepest}");
    assert!(pcm.iter().all(|s| s.unsigned_abs() < 12_000));
    assert!(Arc::ptr_eq(&music, &hold_music()));
}

#[test]
fn the_beep_is_short() {
    assert!(beep().duration() <= Duration::from_millis(500));
}
