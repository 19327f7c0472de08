//! Stories of key presses: told once, passed on in the right form, sent on demand.

use super::*;

const ROOM: RoomKey = RoomKey(1);

/// The packets of one key press (RFC 4733 §2.5): 100 ms, the end thrice.
pub(super) fn press(world: &mut World, phone: &mut Phone, key: u8) {
    let event = phone.event.unwrap();
    let unit = phone.codec.clock_rate() / 50;
    let sound = phone.header.payload_type;
    phone.header.payload_type = event;
    phone.header.marker = true;
    for n in 1..=7u32 {
        let duration = (unit * n.min(5)) as u16;
        let end = if n >= 5 { 0x80 } else { 0 };
        let [high, low] = duration.to_be_bytes();
        let packet = phone.packet(&[key, end | 10, high, low]);
        world.deliver(SHARED, phone.at, &packet);
        if n < 5 {
            world.run(FRAME);
        }
    }
    phone.header.payload_type = sound;
    phone.header.timestamp = phone.header.timestamp.wrapping_add(unit * 5);
}

fn joined(a: &Phone, b: &Phone) -> World {
    let mut world = World::new();
    world.call(leg(1), a);
    world.call(leg(2), b);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    world
}

#[test]
fn a_key_is_told_once_at_its_end() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    for key in [1, 1, 10, 11, 15] {
        press(&mut world, &mut phone, key);
        world.talk(&mut [&mut phone], Duration::from_millis(100));
    }
    assert_eq!(world.digits(leg(1)), "11*#D");
}

#[test]
fn interop_21_events_are_relayed_with_the_other_legs_payload_type() {
    let (mut a, mut b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 440.0));
    b.event = Some(96);
    let mut world = joined(&a, &b);
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(100));
    press(&mut world, &mut a, 5);
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(100));
    let heard = world.heard(b.at);
    assert_one_stream(&heard);
    let events: Vec<_> = heard.iter().filter(|packet| packet.header.payload_type == 96).collect();
    assert_eq!(events.len(), 7);
    assert!(events[0].header.marker);
    assert!(events.iter().all(|event| event.header.timestamp == events[0].header.timestamp));
    let durations: Vec<_> =
        events.iter().map(|event| u16::from_be_bytes([event.payload[2], event.payload[3]])).collect();
    assert_eq!(durations, [160, 320, 480, 640, 800, 800, 800]);
    assert_eq!(world.digits(leg(1)), "5");
    assert_eq!(world.digits(leg(2)), "");
}

#[test]
fn a_leg_without_events_hears_tones_instead() {
    let (mut a, mut b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 440.0));
    b.event = None;
    let mut world = joined(&a, &b);
    world.talk(&mut [&mut a], Duration::from_millis(100));
    press(&mut world, &mut a, 5);
    world.forget();
    world.run(Duration::from_millis(400));
    let sound = b.listen(&world.heard(b.at));
    let start = &sound[..640];
    assert!(amplitude(start, 8_000, 770.0) > 1_000.0 && amplitude(start, 8_000, 1_336.0) > 1_000.0);
}

#[test]
fn between_clocks_a_key_is_sent_anew() {
    let (mut a, b) = (Phone::new(10, Codec::Opus, 440.0), Phone::new(20, Codec::Pcmu, 440.0));
    let mut world = joined(&a, &b);
    world.talk(&mut [&mut a], Duration::from_millis(100));
    press(&mut world, &mut a, 7);
    world.run(Duration::from_millis(600));
    let heard = world.heard(b.at);
    let events: Vec<_> = heard.iter().filter(|packet| packet.header.payload_type == 101).collect();
    assert!(events.len() >= 5 && events.iter().all(|event| event.payload[0] == 7));
    assert!(events[0].header.marker && events.last().unwrap().payload[1] & 0x80 != 0);
    assert_one_stream(&heard);
}

#[test]
fn keys_in_the_sound_are_found_where_no_events_were_agreed_on() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcma, 440.0);
    phone.event = None;
    world.call(leg(1), &phone);
    // The engine's own tone sender makes the tones; a second leg plays the phone.
    let mut tones = crate::dtmf::ToneSender::new(8_000);
    tones.push("42#").unwrap();
    let mut encoder = Encoder::new(Codec::Pcma, &OpusSettings::narrowband()).unwrap();
    let mut pcm = [0; 160];
    for _ in 0..60 {
        pcm.fill(0);
        tones.next_frame(&mut pcm);
        let mut payload = [0; 160];
        encoder.encode(&pcm, &mut payload).unwrap();
        let packet = phone.packet(&payload);
        phone.header.timestamp = phone.header.timestamp.wrapping_add(160);
        world.deliver(SHARED, phone.at, &packet);
        world.run(FRAME);
    }
    assert_eq!(world.digits(leg(1)), "42#");
}

#[test]
fn digits_are_sent_in_order_and_sound_waits() {
    let (mut a, b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 440.0));
    let mut world = joined(&a, &b);
    world.talk(&mut [&mut a], Duration::from_millis(100));
    world.engine.send_digits(world.now, leg(2), "12").unwrap();
    world.talk(&mut [&mut a], Duration::from_secs(1));
    let heard = world.heard(b.at);
    assert_one_stream(&heard);
    let mut digits: Vec<u8> = heard.iter().filter(|p| p.header.payload_type == 101).map(|p| p.payload[0]).collect();
    digits.dedup();
    assert_eq!(digits, [1, 2]);
    assert_eq!(heard.last().unwrap().header.payload_type, 0, "sound is back");
    assert!(world.engine.send_digits(world.now, leg(2), "12x").is_err());
}
