//! Stories of prompts: at once, on time, to the end, stopped, replaced, barged into.

use std::sync::Arc;

use super::*;
use crate::player::Prompt;

/// A note of 600 Hz that lasts so many milliseconds.
pub(super) fn prompt(ms: u32) -> Arc<Prompt> {
    let note = |n: u32| ((f64::from(n) * 600.0 * std::f64::consts::TAU / 8_000.0).sin() * 8_000.0) as i16;
    Prompt::from_pcm((0..ms * 8).map(note).collect(), 8_000).unwrap()
}

#[test]
fn the_first_packet_leaves_at_once_and_the_others_each_20_ms() {
    let mut world = World::new();
    let phone = Phone::new(10, Codec::Pcmu, 0.0);
    world.run(Duration::from_micros(12_345_678));
    world.call(leg(1), &phone);
    world.engine.play(world.now, leg(1), PlaybackKey(5), prompt(2_000), false).unwrap();
    assert_eq!(world.engine.transmits().len(), 1);
    world.run(Duration::from_secs(3));
    let heard = world.heard(phone.at);
    assert_eq!(heard.len(), 100);
    assert_one_stream(&heard);
    assert!(heard[0].header.marker && heard[1..].iter().all(|packet| !packet.header.marker));
    let gaps: Vec<_> = heard.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    assert!(gaps[0].abs_diff(FRAME) <= Duration::from_micros(500), "{:?}", gaps[0]);
    assert!(gaps[1..].iter().all(|gap| *gap == FRAME), "{gaps:?}");
    assert!(heard.windows(2).all(|w| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp) == 160));
    let sound = phone.listen(&heard);
    assert!(amplitude(&sound, 8_000, 600.0) > 7_000.0);
    assert_eq!(world.events.last(), Some(&MediaEvent::PlaybackDone { leg: leg(1), playback: PlaybackKey(5) }));
    assert_eq!(world.engine.wheel.poll_timeout(), None, "nothing turns when nothing plays");
}

#[test]
fn a_stopped_prompt_says_nothing_more_and_is_not_done() {
    let mut world = World::new();
    let phone = Phone::new(10, Codec::Pcma, 0.0);
    world.call(leg(1), &phone);
    world.engine.play(world.now, leg(1), PlaybackKey(5), prompt(2_000), true).unwrap();
    world.run(Duration::from_millis(4_990));
    assert_eq!(world.heard(phone.at).len(), 250, "it repeats");
    world.engine.stop_play(leg(1), PlaybackKey(4));
    world.run(FRAME);
    assert_eq!(world.heard(phone.at).len(), 251, "another playback's stop does not touch it");
    world.engine.stop_play(leg(1), PlaybackKey(5));
    world.run(Duration::from_secs(1));
    assert_eq!(world.heard(phone.at).len(), 251);
    assert!(!world.events.iter().any(|event| matches!(event, MediaEvent::PlaybackDone { .. })));
}

#[test]
fn a_prompt_that_replaces_another_keeps_the_beat_and_the_stream() {
    let mut world = World::new();
    let phone = Phone::new(10, Codec::Opus, 0.0);
    world.call(leg(1), &phone);
    world.engine.play(world.now, leg(1), PlaybackKey(1), prompt(2_000), false).unwrap();
    world.run(Duration::from_millis(310));
    world.engine.play(world.now, leg(1), PlaybackKey(2), prompt(200), false).unwrap();
    world.run(Duration::from_secs(1));
    let heard = world.heard(phone.at);
    assert_eq!(heard.len(), 16 + 10);
    assert_one_stream(&heard);
    assert!(heard.windows(2).all(|w| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp) == 960));
    assert_eq!(world.events.last(), Some(&MediaEvent::PlaybackDone { leg: leg(1), playback: PlaybackKey(2) }));
}

#[test]
fn a_prompt_asked_for_before_the_leg_is_up_starts_when_it_is() {
    let mut world = World::new();
    let phone = Phone::new(10, Codec::Pcmu, 0.0);
    let policy = CodecPolicy::default();
    let own = LocalSocket { id: SocketId(9), addr: address(1, 21_000) };
    let spec = RtpLegSpec { remote_offer: None, signalling_source: None, codecs: &policy, own_socket: Some(own) };
    world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    world.engine.play(world.now, leg(1), PlaybackKey(1), prompt(100), false).unwrap();
    world.run(Duration::from_secs(2));
    assert!(world.sent.is_empty());
    world.engine.apply_answer(world.now, leg(1), &phone.offer("sendrecv")).unwrap();
    world.drain();
    assert_eq!(world.heard(phone.at).len(), 1);
    world.run(Duration::from_secs(1));
    assert_eq!(world.heard(phone.at).len(), 5);
}

#[test]
fn a_thousand_prompts_share_their_wake_ups() {
    let mut world = World::new();
    let sound = prompt(1_000);
    for number in 0..1_000u16 {
        let mut phone = Phone::new(10, Codec::Pcmu, 0.0);
        phone.at.set_port(10_000 + number * 2);
        world.call(leg(u128::from(number)), &phone);
        world.run(Duration::from_micros(20));
        world.engine.play(world.now, leg(u128::from(number)), PlaybackKey(1), sound.clone(), false).unwrap();
    }
    let mut wakes = 0;
    let until = world.now + Duration::from_millis(200);
    while let Some(at) = world.engine.poll_timeout().filter(|at| *at <= until) {
        wakes += 1;
        world.engine.handle_timeout(at);
        world.engine.clear_transmits();
    }
    assert!(wakes <= 205, "{wakes} wake-ups in 200 ms");
}

#[test]
fn a_prompt_covers_the_room_and_gives_it_back() {
    let mut world = World::new();
    let (mut a, mut b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 1_000.0));
    for (number, phone) in [(1, &a), (2, &b)] {
        world.call(leg(number), phone);
        world.engine.join(world.now, RoomKey(1), leg(number)).unwrap();
    }
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(200));
    world.engine.play(world.now, leg(2), PlaybackKey(1), prompt(200), false).unwrap();
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(600));
    let heard = world.heard(b.at);
    assert_one_stream(&heard);
    let sound = b.listen(&heard[10..20]);
    assert!(amplitude(&sound, 8_000, 600.0) > 7_000.0 && amplitude(&sound, 8_000, 440.0) < 100.0);
    assert!(amplitude(&b.listen(&heard[22..]), 8_000, 440.0) > 7_000.0);
    assert_eq!(world.heard(a.at).len(), 40, "the other side goes on hearing");
}

#[test]
fn a_driver_that_slept_does_not_pour_out_old_frames() {
    let mut world = World::new();
    let phone = Phone::new(10, Codec::Pcmu, 0.0);
    world.call(leg(1), &phone);
    world.engine.play(world.now, leg(1), PlaybackKey(1), prompt(20_000), false).unwrap();
    world.run(Duration::from_secs(1));
    let before = world.heard(phone.at).len();
    world.now += Duration::from_secs(5);
    world.engine.handle_timeout(world.now);
    world.drain();
    assert!(world.heard(phone.at).len() <= before + 2);
    assert!(world.engine.counters().frames_skipped > 200);
    world.run(Duration::from_secs(1));
    assert!(world.heard(phone.at).len() >= before + 50);
}

#[test]
fn a_key_barges_in() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 0.0);
    world.call(leg(1), &phone);
    world.engine.play(world.now, leg(1), PlaybackKey(1), prompt(5_000), false).unwrap();
    world.talk(&mut [&mut phone], Duration::from_millis(300));
    super::keys::press(&mut world, &mut phone, 3);
    assert_eq!(world.digits(leg(1)), "3", "told while the prompt plays");
    world.engine.stop_play(leg(1), PlaybackKey(1));
    let before = world.heard(phone.at).len();
    world.run(Duration::from_secs(1));
    assert_eq!(world.heard(phone.at).len(), before);
}
