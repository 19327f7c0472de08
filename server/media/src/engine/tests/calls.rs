//! Stories of plain calls: answered, relayed, held, sprayed, lost, ended.

use super::*;
use crate::rtcp;

const ROOM: RoomKey = RoomKey(1);

fn two_phones(a: Codec, b: Codec) -> (World, Phone, Phone) {
    let mut world = World::new();
    let (a, b) = (Phone::new(10, a, 440.0), Phone::new(20, b, 1_000.0));
    world.call(leg(1), &a);
    world.call(leg(2), &b);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    (world, a, b)
}

#[test]
fn a_call_of_one_codec_is_relayed_untouched() {
    let (mut world, mut a, mut b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    assert_eq!(world.events, [MediaEvent::Up { leg: leg(1) }, MediaEvent::Up { leg: leg(2) }]);
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(1));
    for (from, to) in [(&a, &b), (&b, &a)] {
        let heard = world.heard(to.at);
        let payloads: Vec<_> = heard.iter().map(|packet| packet.payload.clone()).collect();
        assert!(payloads == from.said, "the payload is what was said, to the bit");
        assert_one_stream(&heard);
        assert!(heard[0].header.marker && heard[1..].iter().all(|packet| !packet.header.marker));
        assert!(heard.iter().all(|packet| packet.header.ssrc != from.header.ssrc));
        assert!(heard.windows(2).all(|w| w[1].header.timestamp.wrapping_sub(w[0].header.timestamp) == 160));
    }
    let idle = world.engine.legs.get(world.engine.index(leg(1)).unwrap()).unwrap();
    assert!(idle.pipe.is_none() && idle.ear.is_none(), "nothing is decoded");
}

#[test]
fn a_relayed_packet_leaves_in_the_same_drain() {
    let (mut world, mut a, b) = two_phones(Codec::G722, Codec::G722);
    let packet = a.say();
    world.engine.handle_datagram(world.now, SHARED, a.at, &mut packet.clone());
    let batch = world.engine.transmits();
    assert_eq!(batch.len(), 1);
    assert_eq!(batch.get(0).unwrap().to, b.at);
    assert_eq!(batch.get(0).unwrap().bytes[12..], packet[12..]);
}

#[test]
fn loss_and_disorder_reach_the_far_end_as_they_are() {
    let (mut world, mut a, b) = two_phones(Codec::Pcma, Codec::Pcma);
    let packets: Vec<_> = (0..6).map(|_| a.say()).collect();
    for at in [0, 1, 4, 3, 5] {
        world.deliver(SHARED, a.at, &packets[at]);
    }
    let heard = world.heard(b.at);
    let first = heard[0].header;
    let steps: Vec<_> = heard
        .iter()
        .map(|p| (p.header.sequence.wrapping_sub(first.sequence), p.header.timestamp.wrapping_sub(first.timestamp)))
        .collect();
    assert_eq!(steps, [(0, 0), (1, 160), (4, 640), (3, 480), (5, 800)]);
}

fn heard_note(a: Codec, b: Codec) {
    let (mut world, mut a, mut b) = two_phones(a, b);
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(2));
    for (from, to) in [(&a, &b), (&b, &a)] {
        let heard = world.heard(to.at);
        assert_one_stream(&heard);
        assert!(heard.len() >= 90, "{} packets of 100", heard.len());
        let sound = to.listen(&heard);
        let middle = &sound[sound.len() / 4..];
        let wanted = amplitude(middle, to.rate(), from.hz);
        let other = amplitude(middle, to.rate(), to.hz);
        assert!((5_000.0..11_000.0).contains(&wanted), "{:?} heard {wanted} of {} Hz", to.codec, from.hz);
        assert!(other < 400.0, "{:?} heard {other} of itself", to.codec);
    }
}

#[test]
fn ulaw_and_alaw_hear_each_other() {
    heard_note(Codec::Pcmu, Codec::Pcma);
}

#[test]
fn opus_and_ulaw_hear_each_other() {
    heard_note(Codec::Opus, Codec::Pcmu);
}

#[test]
fn g722_and_alaw_hear_each_other() {
    heard_note(Codec::G722, Codec::Pcma);
}

#[test]
fn opus_and_g722_hear_each_other() {
    heard_note(Codec::Opus, Codec::G722);
}

#[test]
fn interop_01_hold_and_resume_are_answered_in_the_mirror_and_keep_one_stream() {
    let (mut world, mut a, mut b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(200));
    let answer = world.engine.apply_offer(world.now, leg(1), &a.offer("sendonly")).unwrap();
    assert!(answer.contains("a=recvonly\r\n"), "{answer}");
    let before = world.heard(a.at).len();
    world.talk(&mut [&mut b], Duration::from_millis(400));
    assert_eq!(world.heard(a.at).len(), before, "nothing is sent to who holds");
    let answer = world.engine.apply_offer(world.now, leg(1), &a.offer("inactive")).unwrap();
    assert!(answer.contains("a=inactive\r\n"));
    let answer = world.engine.apply_offer(world.now, leg(1), &a.offer("sendrecv")).unwrap();
    assert!(answer.contains("a=sendrecv\r\n") && answer.contains(" 4 IN IP4"), "the version grew: {answer}");
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(200));
    let heard = world.heard(a.at);
    assert_eq!(heard.len(), before + 10);
    // The source went on counting while we were silent: its holes stay holes, the time line stays true.
    let (last, resumed) = (&heard[before - 1], &heard[before]);
    assert_eq!(resumed.header.timestamp.wrapping_sub(last.header.timestamp), 160 * 21);
    assert_eq!(resumed.header.ssrc, last.header.ssrc);
}

#[test]
fn hold_the_old_way_stops_our_sending_and_keeps_the_leg_reachable() {
    let (mut world, mut a, mut b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(100));
    let held = a.offer("sendrecv").replace("c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0");
    let answer = world.engine.apply_offer(world.now, leg(1), &held).unwrap();
    assert!(answer.contains("a=recvonly"), "{answer}");
    world.forget();
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(100));
    assert!(world.heard(a.at).is_empty());
    assert_eq!(world.heard(b.at).len(), 5, "music on hold still comes from where it came before");
    world.engine.apply_offer(world.now, leg(1), &a.offer("sendrecv")).unwrap();
    world.talk(&mut [&mut b], Duration::from_millis(100));
    assert_eq!(world.heard(a.at).len(), 5);
}

#[test]
fn our_offer_is_answered_and_our_hold_is_obeyed() {
    let mut world = World::new();
    let mut phone = Phone::new(30, Codec::Pcma, 300.0);
    let policy = CodecPolicy::default();
    let own = LocalSocket { id: SocketId(9), addr: address(1, 21_000) };
    let spec = RtpLegSpec { remote_offer: None, signalling_source: None, codecs: &policy, own_socket: Some(own) };
    let offer = world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    assert!(offer.contains("m=audio 21000 RTP/AVP 0 8 9 111 101 110\r\n"), "{offer}");
    world.drain();
    assert!(world.events.is_empty());
    world.engine.apply_answer(world.now, leg(1), &phone.offer("sendrecv")).unwrap();
    world.drain();
    assert_eq!(world.events, [MediaEvent::Up { leg: leg(1) }]);
    assert_eq!(world.engine.leg_codec(leg(1)), Some(Codec::Pcma));
    let hold = world.engine.make_offer(world.now, leg(1), Direction::SendOnly).unwrap();
    assert!(hold.contains("RTP/AVP 8 0 9 111 101 110") && hold.contains("a=sendonly"), "{hold}");
    world.engine.apply_answer(world.now, leg(1), &phone.offer("recvonly")).unwrap();
    for _ in 0..3 {
        let packet = phone.say();
        world.deliver(own.id, phone.at, &packet);
    }
    world.engine.close(world.now, leg(1));
    world.drain();
    assert_eq!(world.events.last(), Some(&MediaEvent::SocketFree { socket: own.id }));
    assert!(matches!(
        world.engine.apply_answer(world.now, leg(1), &phone.offer("recvonly")),
        Err(MediaError::UnknownLeg)
    ));
}

#[test]
fn interop_27_a_leg_with_its_own_socket_learns_one_source_and_keeps_it() {
    let mut world = World::new();
    let mut phone = Phone::new(30, Codec::Pcmu, 300.0);
    let policy = CodecPolicy::default();
    let own = LocalSocket { id: SocketId(9), addr: address(1, 21_000) };
    let offer = phone.offer("sendrecv").replace("c=IN IP4 192.0.2.30", "c=IN IP4 10.0.0.5");
    assert!(world.engine.wants_own_socket(Some(&offer), Some(phone.at.ip())));
    assert!(!world.engine.wants_own_socket(Some(&phone.offer("sendrecv")), Some(phone.at.ip())));
    let spec = RtpLegSpec {
        remote_offer: Some(&offer),
        signalling_source: Some(phone.at.ip()),
        codecs: &policy,
        own_socket: Some(own),
    };
    world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    // Strangers throw single packets between those of the phone that has been mapped to another address.
    let mut strangers: Vec<Phone> = (100..110).map(|host| Phone::new(host, Codec::Pcmu, 100.0)).collect();
    for stranger in &mut strangers {
        let packet = stranger.say();
        world.deliver(own.id, stranger.at, &packet);
    }
    for _ in 0..5 {
        let packet = phone.say();
        world.deliver(own.id, phone.at, &packet);
    }
    for stranger in &mut strangers {
        for _ in 0..5 {
            let packet = stranger.say();
            world.deliver(own.id, stranger.at, &packet);
        }
    }
    assert_eq!(world.engine.counters().strangers, 10 + 2 + 50);
    world.engine.play(world.now, leg(1), PlaybackKey(1), super::prompts::prompt(100), false).unwrap();
    world.run(Duration::from_millis(100));
    assert_eq!(world.heard(phone.at).len(), 5, "sound goes where it is heard from");
    assert!(world.sent.iter().all(|sent| sent.socket == own.id));
}

#[test]
fn on_the_shared_port_nobody_else_is_heard() {
    let (mut world, mut a, b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    let mut stranger = Phone::new(66, Codec::Pcmu, 100.0);
    for _ in 0..10 {
        let packet = stranger.say();
        world.deliver(SHARED, stranger.at, &packet);
    }
    let mut odd = a.say();
    odd[1] = 77;
    world.deliver(SHARED, a.at, &odd);
    assert!(world.heard(b.at).is_empty());
    assert_eq!(world.engine.counters().strangers, 11);
    let clash = RtpLegSpec {
        remote_offer: Some(&a.offer("sendrecv")),
        signalling_source: None,
        codecs: &CodecPolicy::default(),
        own_socket: None,
    };
    assert!(world.engine.wants_own_socket(clash.remote_offer, None));
    assert!(matches!(world.engine.open_rtp(world.now, leg(3), clash), Err(MediaError::AddressTaken(_))));
    world.engine.close(world.now, leg(1));
    world.engine.open_rtp(world.now, leg(3), clash).unwrap();
}

#[test]
fn a_new_ssrc_of_the_same_phone_continues_our_stream() {
    let (mut world, mut a, b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    world.talk(&mut [&mut a], Duration::from_millis(100));
    a.header.ssrc = 0xFEED;
    a.header.sequence = 9;
    a.header.timestamp = 77;
    world.talk(&mut [&mut a], Duration::from_millis(100));
    let heard = world.heard(b.at);
    assert_one_stream(&heard);
    assert_eq!(heard.len(), 10);
    assert!(heard[5].header.marker);
    assert_eq!(heard[5].header.timestamp.wrapping_sub(heard[4].header.timestamp), 160);
}

#[test]
fn thirty_seconds_of_silence_lose_a_leg_once_and_rtcp_counts_as_life() {
    let (mut world, mut a, b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    world.talk(&mut [&mut a], Duration::from_secs(1));
    for _ in 0..8 {
        world.run(Duration::from_secs(5));
        let mut report = [0; 128];
        let length = rtcp::write_report(&mut report, b.header.ssrc, None, &[], "b").unwrap();
        let rtcp_port = SocketAddr::new(b.at.ip(), b.at.port() + 1);
        world.deliver(SHARED, rtcp_port, &report[..length]);
    }
    let lost: Vec<_> = world.events.iter().filter(|event| matches!(event, MediaEvent::Lost { .. })).collect();
    assert_eq!(lost, [&MediaEvent::Lost { leg: leg(1), reason: LostReason::Silence }]);
}

#[test]
fn each_five_seconds_quality_is_told_and_reports_go_to_the_next_port_or_are_multiplexed() {
    let mut world = World::new();
    let (mut a, mut b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 1_000.0));
    world.call(leg(1), &a);
    let policy = CodecPolicy::default();
    let offer = b.offer("sendrecv") + "a=rtcp-mux\r\n";
    let spec = RtpLegSpec { remote_offer: Some(&offer), signalling_source: None, codecs: &policy, own_socket: None };
    let answer = world.engine.open_rtp(world.now, leg(2), spec).unwrap();
    assert!(answer.contains("a=rtcp-mux\r\n"));
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(11));
    let told =
        world.events.iter().filter(|event| matches!(event, MediaEvent::Quality { leg: of, .. } if *of == leg(1)));
    assert_eq!(told.count(), 2);
    let rtcp = |to| {
        let to_there = world.sent.iter().filter(move |sent| sent.to == to && classify(&sent.bytes) == Kind::Rtcp);
        to_there.map(|sent| rtcp::parse(&sent.bytes).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(rtcp(SocketAddr::new(a.at.ip(), a.at.port() + 1)).len(), 2);
    let to_b = rtcp(b.at);
    assert_eq!(to_b.len(), 2);
    let Some(rtcp::Item::SenderReport { ssrc, info, blocks }) = to_b[1].first().copied() else {
        panic!("{to_b:?}");
    };
    assert_eq!(ssrc, world.heard(b.at)[0].header.ssrc);
    assert!((490..=510).contains(&info.packets), "{info:?}");
    let block = blocks.iter().next().unwrap();
    assert_eq!((block.ssrc, block.cumulative_lost), (b.header.ssrc, 0));
}

#[test]
fn the_round_trip_is_measured_from_their_reports() {
    let (mut world, mut a, mut b) = two_phones(Codec::Pcmu, Codec::Pcmu);
    world.talk(&mut [&mut a, &mut b], Duration::from_millis(5_100));
    let rtcp_port = SocketAddr::new(a.at.ip(), a.at.port() + 1);
    let (at, ssrc, ntp) = world
        .sent
        .iter()
        .filter(|sent| sent.to == rtcp_port)
        .find_map(|sent| match rtcp::parse(&sent.bytes).unwrap()[0] {
            rtcp::Item::SenderReport { ssrc, info, .. } => Some((sent.at, ssrc, info.ntp)),
            _ => None,
        })
        .unwrap();
    // It took our report 40 ms there and theirs 40 ms back; they kept it for what is left.
    let kept = world.now - at - Duration::from_millis(80);
    let block = rtcp::ReportBlock {
        ssrc,
        fraction_lost: 13,
        last_sr: ntp.middle(),
        delay_since_last_sr: (kept.as_secs_f64() * 65_536.0) as u32,
        ..Default::default()
    };
    let mut report = [0; 128];
    let length = rtcp::write_report(&mut report, a.header.ssrc, None, &[block], "a").unwrap();
    world.deliver(SHARED, rtcp_port, &report[..length]);
    world.talk(&mut [&mut a, &mut b], Duration::from_secs(5));
    let report = world.events.iter().rev().find_map(|event| match event {
        MediaEvent::Quality { leg: of, report } if *of == leg(1) => Some(*report),
        _ => None,
    });
    let round_trip = report.unwrap().round_trip.unwrap();
    assert!(round_trip.abs_diff(Duration::from_millis(80)) < Duration::from_millis(2), "{round_trip:?}");
}

#[test]
fn early_media_from_one_place_and_the_answer_from_another() {
    let mut world = World::new();
    let (early, mut late) = (Phone::new(30, Codec::Pcma, 300.0), Phone::new(31, Codec::Pcmu, 500.0));
    let policy = CodecPolicy::default();
    let own = LocalSocket { id: SocketId(9), addr: address(1, 21_000) };
    let spec = RtpLegSpec { remote_offer: None, signalling_source: None, codecs: &policy, own_socket: Some(own) };
    world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    world.engine.apply_answer(world.now, leg(1), &early.offer("sendrecv")).unwrap();
    world.engine.play(world.now, leg(1), PlaybackKey(1), super::prompts::prompt(1_000), false).unwrap();
    world.run(Duration::from_millis(90));
    world.engine.apply_answer(world.now, leg(1), &late.offer("sendrecv")).unwrap();
    world.run(Duration::from_millis(100));
    let (to_early, to_late) = (world.heard(early.at), world.heard(late.at));
    assert_eq!((to_early.len(), to_late.len()), (5, 5));
    assert_eq!((to_early[0].header.payload_type, to_late[0].header.payload_type), (8, 0));
    assert_eq!(to_late[0].header.sequence, to_early[4].header.sequence.wrapping_add(1));
    let packet = late.say();
    world.deliver(own.id, late.at, &packet);
    assert_eq!(world.engine.counters().strangers, 0);
    let ups = world.events.iter().filter(|event| matches!(event, MediaEvent::Up { .. })).count();
    assert_eq!(ups, 1);
}

#[test]
fn an_engine_may_move_to_its_worker_thread() {
    fn sendable<T: Send>() {}
    sendable::<Engine>();
}

/// The crypto line of a phone with this key, and the phone's end of SRTP towards what we answered.
fn protected(phone: &Phone, letter: char) -> String {
    let key = letter.to_string().repeat(40);
    let crypto = format!("a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\r\n");
    phone.offer("sendrecv").replace("RTP/AVP", "RTP/SAVP") + &crypto
}

fn their_end(answer: &str, letter: char) -> crate::webrtc::Srtp {
    let key = |text: &str| sdp::parse(text).unwrap().media[0].crypto.clone().unwrap().1;
    let line = |key: &str| format!("v=0\nm=audio 1 RTP/SAVP 0\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:{key}\n");
    crate::webrtc::Srtp::new(&key(&line(&letter.to_string().repeat(40))), &key(answer)).unwrap()
}

#[test]
fn interop_20_a_protected_leg_is_relayed_and_survives_new_keys_and_counters_begun_anew() {
    let mut world = World::new();
    let (mut a, mut b) = (Phone::new(10, Codec::Pcmu, 440.0), Phone::new(20, Codec::Pcmu, 1_013.0));
    let policy = CodecPolicy::default();
    let offer = protected(&a, 'A');
    let spec = RtpLegSpec { remote_offer: Some(&offer), signalling_source: None, codecs: &policy, own_socket: None };
    let answer = world.engine.open_rtp(world.now, leg(1), spec).unwrap();
    let mut phone = their_end(&answer, 'A');
    world.call(leg(2), &b);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    a.header.sequence = 65_530;
    let mut talk = |world: &mut World, phone: &mut crate::webrtc::Srtp, frames: usize| {
        for _ in 0..frames {
            let packet = phone.protect(&a.say()).unwrap();
            world.deliver(SHARED, a.at, &packet);
            let packet = b.say();
            world.deliver(SHARED, b.at, &packet);
            world.run(FRAME);
        }
        (world.heard(b.at).len(), a.said.len())
    };
    // The sequence rolls over meanwhile.
    assert_eq!(talk(&mut world, &mut phone, 20), (20, 20));
    // A re-offer with the same key, and a peer that starts its roll-over counter anew.
    world.engine.apply_offer(world.now, leg(1), &offer).unwrap();
    phone = their_end(&answer, 'A');
    assert_eq!(talk(&mut world, &mut phone, 20), (40, 40));
    let answer =
        world.engine.apply_offer(world.now, leg(1), &protected(&Phone::new(10, Codec::Pcmu, 0.0), 'B')).unwrap();
    phone = their_end(&answer, 'B');
    assert_eq!(talk(&mut world, &mut phone, 20), (60, 60));
    // The old key opens nothing any more, and nothing plain gets through.
    let mut old = their_end(&answer, 'A');
    assert_eq!(talk(&mut world, &mut old, 5), (60, 65));
    assert_eq!(world.engine.counters().unauthentic, 5);
    let at_a: Vec<_> = world.sent.iter().filter(|sent| sent.to == Phone::new(10, Codec::Pcmu, 0.0).at).collect();
    let mut whole = their_end(&answer, 'B');
    let opened: Vec<_> = at_a.iter().filter_map(|sent| whole.open(&sent.bytes)).collect();
    assert_eq!(opened.len(), 65, "what we send is one protected stream");
    assert!(opened.iter().zip(&b.said).all(|(opened, said)| opened[12..] == said[..]));
}
