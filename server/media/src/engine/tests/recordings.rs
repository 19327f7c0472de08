//! Stories of recordings: who is on which side, through holds, transfers and pauses.

use super::*;

const ROOM: RoomKey = RoomKey(1);
const TAPE: RecordingKey = RecordingKey(1);

/// Samples of both channels of a finished file.
fn channels(file: &[u8]) -> [Vec<i16>; 2] {
    let mut reader = hound::WavReader::new(file).unwrap();
    assert_eq!((reader.spec().channels, reader.spec().sample_rate), (2, 8_000));
    let samples: Vec<i16> = reader.samples().map(Result::unwrap).collect();
    [0, 1].map(|side| samples.iter().copied().skip(side).step_by(2).collect())
}

/// Amplitude of a note in one second of a channel.
fn second(channel: &[i16], second: usize, hz: f64) -> f64 {
    let from = (second * 8_000 + 1_600).min(channel.len());
    let to = (second * 8_000 + 6_400).min(channel.len());
    amplitude(&channel[from..to], 8_000, hz)
}

fn recorded(a: Codec, b: Codec) {
    let mut world = World::new();
    let (mut a, mut b) = (Phone::new(10, a, 440.0), Phone::new(20, b, 1_000.0));
    world.call(leg(1), &a);
    world.call(leg(2), &b);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    world.engine.start_recording(world.now, TAPE, leg(1), Some(leg(2))).unwrap();
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(2));
    // On hold the agent is silent, the customer is still there.
    world.engine.leave(world.now, ROOM, leg(2));
    world.talk(&mut [&mut a], Duration::from_secs(2));
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    world.engine.pause_recording(world.now, TAPE, true);
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(2));
    world.engine.pause_recording(world.now, TAPE, false);
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(2));
    assert!(world.files[&TAPE].len() > 8_000, "it is written as it happens");
    world.engine.stop_recording(world.now, TAPE);
    world.drain();
    let Some(MediaEvent::RecordingClosed { recording: TAPE, duration }) = world.events.last() else {
        panic!("{:?}", world.events.last());
    };
    assert!(duration.abs_diff(Duration::from_secs(8)) < Duration::from_millis(300), "{duration:?}");
    let [customer, agent] = channels(&world.files[&TAPE]);
    for at in [0, 6] {
        assert!(second(&customer, at, 440.0) > 5_000.0, "customer in second {at}: {}", second(&customer, at, 440.0));
        assert!(second(&agent, at, 1_000.0) > 5_000.0, "agent in second {at}: {}", second(&agent, at, 1_000.0));
        assert!(second(&customer, at, 1_000.0) < 300.0 && second(&agent, at, 440.0) < 300.0);
    }
    assert!(second(&customer, 2, 440.0) > 5_000.0 && second(&agent, 2, 1_000.0) < 50.0);
    assert!(second(&customer, 4, 440.0) < 50.0 && second(&agent, 4, 1_000.0) < 50.0);
}

#[test]
fn a_relayed_call_is_recorded_on_two_channels_through_hold_and_pause() {
    recorded(Codec::Pcmu, Codec::Pcmu);
}

#[test]
fn a_transcoded_call_is_recorded_alike() {
    recorded(Codec::Pcmu, Codec::Opus);
}

#[test]
fn a_wide_call_is_recorded_alike() {
    recorded(Codec::G722, Codec::Opus);
}

#[test]
fn after_a_transfer_the_new_agent_is_on_the_agents_side() {
    let mut world = World::new();
    let mut phones = [10, 20, 30].map(|host| Phone::new(host, Codec::Pcmu, f64::from(host) * 40.0));
    for (number, phone) in phones.iter().enumerate() {
        world.call(leg(number as u128), phone);
    }
    world.engine.start_recording(world.now, TAPE, leg(0), Some(leg(1))).unwrap();
    assert!(matches!(world.engine.start_recording(world.now, TAPE, leg(0), None), Err(MediaError::DuplicateRecording)));
    let [a, b, c] = &mut phones;
    world.talk(&mut [a, b, c], Duration::from_secs(1));
    world.engine.close(world.now, leg(1));
    world.engine.set_recording_agent(TAPE, Some(leg(2)));
    world.talk(&mut [a, c], Duration::from_secs(1));
    world.engine.stop_recording(world.now, TAPE);
    world.drain();
    let [customer, agent] = channels(&world.files[&TAPE]);
    assert!(second(&customer, 0, 400.0) > 5_000.0 && second(&customer, 1, 400.0) > 5_000.0);
    assert!(second(&agent, 0, 800.0) > 5_000.0 && second(&agent, 0, 1_200.0) < 300.0);
    assert!(second(&agent, 1, 1_200.0) > 5_000.0 && second(&agent, 1, 800.0) < 300.0);
}
