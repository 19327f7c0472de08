//! Stories of rooms: three who talk, mute, leave, come back, change codec.

use super::*;

const ROOM: RoomKey = RoomKey(1);

fn three() -> (World, [Phone; 3]) {
    let mut world = World::new();
    let phones = [
        Phone::new(10, Codec::Pcmu, 440.0),
        Phone::new(20, Codec::Pcma, 1_000.0),
        Phone::new(30, Codec::Opus, 1_700.0),
    ];
    for (number, phone) in phones.iter().enumerate() {
        world.call(leg(number as u128), phone);
        world.engine.join(world.now, ROOM, leg(number as u128)).unwrap();
    }
    (world, phones)
}

fn talk(world: &mut World, phones: &mut [Phone; 3], time: Duration) {
    let [a, b, c] = phones;
    world.talk(&mut [a, b, c], time);
}

/// What each phone heard of each note in its last second, in thousands.
fn heard(world: &World, phones: &[Phone; 3]) -> [[u32; 3]; 3] {
    phones.each_ref().map(|phone| {
        let sound = phone.listen(&world.heard(phone.at));
        let last = &sound[sound.len().saturating_sub(phone.rate() as usize)..];
        phones.each_ref().map(|other| (amplitude(last, phone.rate(), other.hz) / 1_000.0) as u32)
    })
}

#[test]
fn three_hear_each_other_and_not_themselves() {
    let (mut world, mut phones) = three();
    talk(&mut world, &mut phones, Duration::from_secs(2));
    for (me, notes) in heard(&world, &phones).iter().enumerate() {
        for (other, amplitude) in notes.iter().enumerate() {
            assert_eq!(*amplitude >= 5, me != other, "{me} heard {amplitude} of {other}");
        }
        assert_one_stream(&world.heard(phones[me].at));
    }
}

#[test]
fn who_is_muted_hears_and_is_not_heard() {
    let (mut world, mut phones) = three();
    world.engine.mute(leg(0), true);
    talk(&mut world, &mut phones, Duration::from_secs(2));
    let notes = heard(&world, &phones);
    assert!(notes[1][0] == 0 && notes[2][0] == 0 && notes[0][1] >= 5);
    world.engine.mute(leg(0), false);
    talk(&mut world, &mut phones, Duration::from_millis(1_500));
    assert!(heard(&world, &phones)[1][0] >= 5);
}

#[test]
fn a_mix_becomes_a_relay_when_two_of_one_codec_are_left_and_the_stream_goes_on() {
    let mut world = World::new();
    let mut phones = [10, 20, 30].map(|host| Phone::new(host, Codec::Pcmu, f64::from(host) * 40.0));
    for (number, phone) in phones.iter().enumerate() {
        world.call(leg(number as u128), phone);
        world.engine.join(world.now, ROOM, leg(number as u128)).unwrap();
    }
    talk(&mut world, &mut phones, Duration::from_millis(500));
    world.engine.leave(world.now, ROOM, leg(2));
    talk(&mut world, &mut phones, Duration::from_millis(500));
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phones, Duration::from_millis(500));
    let heard = world.heard(phones[0].at);
    assert_one_stream(&heard);
    let (first, last) = (&heard[0], heard.last().unwrap());
    let media = last.header.timestamp.wrapping_sub(first.header.timestamp) / 8;
    let real = (last.at - first.at).as_millis() as u32;
    assert!(media.abs_diff(real) <= 60, "{media} ms of media in {real} ms");
    world.engine.leave(world.now, ROOM, leg(0));
    world.engine.leave(world.now, ROOM, leg(1));
    world.engine.leave(world.now, ROOM, leg(2));
    world.run(Duration::from_millis(50));
    assert!(world.engine.rooms.is_empty() && world.engine.wheel.poll_timeout().is_none());
}

#[test]
fn a_leg_that_joins_another_room_leaves_the_first() {
    let (mut world, mut phones) = three();
    world.engine.join(world.now, RoomKey(2), leg(0)).unwrap();
    talk(&mut world, &mut phones, Duration::from_millis(1_500));
    let notes = heard(&world, &phones);
    assert_eq!(notes[1][0], 0);
    assert!(notes[1][2] >= 5);
    assert!(world.heard(phones[0].at).is_empty());
    world.engine.close(world.now, leg(1));
    world.engine.close(world.now, leg(2));
    world.engine.close(world.now, leg(0));
    assert!(world.engine.rooms.is_empty() && world.engine.is_empty());
}

#[test]
fn a_far_end_that_switches_codec_within_what_was_agreed_is_heard_on() {
    let mut world = World::new();
    let mut a = Phone::new(10, Codec::Pcmu, 440.0);
    let policy = CodecPolicy::default();
    let own = LocalSocket { id: SocketId(9), addr: address(1, 21_000) };
    let spec = RtpLegSpec { remote_offer: None, signalling_source: None, codecs: &policy, own_socket: Some(own) };
    world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    let both = a.offer("sendrecv").replace("RTP/AVP 0 101", "RTP/AVP 0 8 101");
    world.engine.apply_answer(world.now, leg(1), &both).unwrap();
    let b = Phone::new(20, Codec::Pcmu, 1_000.0);
    world.call(leg(2), &b);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    let mut other = Phone::new(10, Codec::Pcma, 440.0);
    for _ in 0..50 {
        let packet = a.say();
        world.deliver(own.id, a.at, &packet);
        world.run(FRAME);
    }
    other.header = Header { payload_type: 8, ..a.header };
    for _ in 0..100 {
        let packet = other.say();
        world.deliver(own.id, a.at, &packet);
        world.run(FRAME);
    }
    let heard = world.heard(b.at);
    assert_one_stream(&heard);
    let sound = b.listen(&heard);
    assert!(heard.len() > 140 && amplitude(&sound[sound.len() / 2..], 8_000, 440.0) > 5_000.0);
}

#[test]
fn an_idle_leg_is_small() {
    use crate::leg::{Leg, RtpLink};
    use crate::quality::LegStats;
    let leg = size_of::<Leg>() + size_of::<RtpLink>() + size_of::<LegStats>();
    assert!(leg < 2_048, "{leg} bytes");
}
