//! Stories of WebRTC legs against an offerer on the same `rtc`, over a network in memory.

use super::*;
use crate::rtcp;
use crate::webrtc::offerer::Offerer;

const ROOM: RoomKey = RoomKey(1);

/// An agent's endpoint: the offerer and the voice it speaks with.
struct Agent {
    offerer: Offerer,
    voice: Phone,
    /// How much of what left the engine has been delivered here.
    seen: usize,
}

impl Agent {
    /// Opens a leg for an endpoint that offers `codecs`; the voice speaks what was agreed on.
    fn connect(world: &mut World, key: LegKey, host: u8, codecs: &[Codec], prefer: Option<Codec>, hz: f64) -> Self {
        let mut agent = Self::open(world, key, host, codecs, prefer, hz);
        for _ in 0..100 {
            agent.exchange(world, Duration::from_millis(10));
        }
        assert!(agent.offerer.up, "the far end is connected");
        assert!(world.events.contains(&MediaEvent::Up { leg: key }));
        agent
    }

    fn open(world: &mut World, key: LegKey, host: u8, codecs: &[Codec], prefer: Option<Codec>, hz: f64) -> Self {
        let (mut offerer, offer) = Offerer::new(world.now, address(host, 4_000), 0xAB00 + u32::from(host), codecs);
        let answer = world.engine.open_webrtc(world.now, key, &offer, prefer).unwrap();
        assert!(answer.contains("a=ice-lite") && answer.contains("a=setup:passive"), "{answer}");
        assert!(answer.contains("192.0.2.1 19000 typ host") && answer.contains("telephone-event/8000"), "{answer}");
        offerer.take_answer(world.now, &answer);
        let codec = world.engine.leg_codec(key).unwrap();
        Self { offerer, voice: Phone::new(host, codec, hz), seen: 0 }
    }

    /// Carries datagrams both ways until nothing moves, then lets time pass.
    fn exchange(&mut self, world: &mut World, time: Duration) {
        self.offerer.tick(world.now);
        loop {
            let mut moved = false;
            while let Some(bytes) = self.offerer.next_datagram() {
                world.deliver(WEBRTC, self.offerer.at, &bytes);
                moved = true;
            }
            while let Some(sent) = world.sent.get(self.seen).cloned() {
                self.seen += 1;
                if sent.to == self.offerer.at {
                    assert_eq!(sent.socket, WEBRTC);
                    self.offerer.receive(world.now, address(1, 19_000), &sent.bytes);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        world.run(time);
    }

    fn say(&mut self, world: &World) {
        let packet = self.voice.say();
        let packet = Packet::parse(&packet).unwrap();
        let header = Header {
            marker: packet.marker,
            payload_type: packet.payload_type,
            sequence: packet.sequence,
            timestamp: packet.timestamp,
            ssrc: packet.ssrc,
        };
        self.offerer.send(world.now, &header, packet.payload);
    }

    fn heard(&self) -> Vec<Heard> {
        let heard = self.offerer.heard.iter().cloned();
        heard.map(|(at, header, payload)| Heard { at, header, payload }).collect()
    }
}

fn talk(world: &mut World, phone: &mut Phone, agent: &mut Agent, time: Duration) {
    for _ in 0..time.as_millis() / 20 {
        let packet = phone.say();
        world.deliver(SHARED, phone.at, &packet);
        agent.say(world);
        agent.exchange(world, FRAME);
    }
}

#[test]
fn a_trunk_call_reaches_the_agent_untouched_when_the_offer_has_g711() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcma, 440.0);
    world.call(leg(1), &phone);
    let trunk = world.engine.leg_codec(leg(1));
    let offered = [Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma];
    let mut agent = Agent::connect(&mut world, leg(2), 40, &offered, trunk, 1_013.0);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phone, &mut agent, Duration::from_secs(1));
    let heard = agent.heard();
    assert_one_stream(&heard);
    let payloads: Vec<_> = heard.into_iter().map(|packet| packet.payload).collect();
    assert!(payloads == phone.said, "bit for bit to the agent");
    let payloads: Vec<_> = world.heard(phone.at).into_iter().map(|packet| packet.payload).collect();
    assert!(payloads == agent.voice.said, "bit for bit to the trunk");
}

#[test]
fn opus_at_the_agent_and_ulaw_at_the_trunk_hear_each_other() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Opus], Some(Codec::Pcmu), 1_013.0);
    assert_eq!(world.engine.leg_codec(leg(2)), Some(Codec::Opus));
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phone, &mut agent, Duration::from_secs(2));
    let at_agent = agent.heard();
    assert_one_stream(&at_agent);
    for (listener, heard, hz) in [(&agent.voice, at_agent, 440.0), (&phone, world.heard(phone.at), 1_013.0)] {
        let sound = listener.listen(&heard);
        let loud = amplitude(&sound[sound.len() / 4..], listener.rate(), hz);
        assert!((5_000.0..11_013.0).contains(&loud), "{hz} Hz at {loud}, {} packets", heard.len());
    }
}

#[test]
fn two_agents_on_opus_are_relayed_and_prompts_and_keys_reach_them() {
    let mut world = World::new();
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Opus, Codec::Pcmu], None, 1_013.0);
    assert_eq!(world.engine.leg_codec(leg(2)), Some(Codec::Opus));
    world.engine.play(world.now, leg(2), PlaybackKey(1), super::prompts::prompt(1_000), false).unwrap();
    for _ in 0..60 {
        agent.exchange(&mut world, FRAME);
    }
    let sound = agent.voice.listen(&agent.heard());
    assert_eq!(agent.heard().len(), 50);
    assert!(amplitude(&sound[2_000..], agent.voice.rate(), 600.0) > 5_000.0);
    assert!(world.events.contains(&MediaEvent::PlaybackDone { leg: leg(2), playback: PlaybackKey(1) }));
    let mut world_of_two = (agent, Agent::connect(&mut world, leg(3), 50, &[Codec::Opus], None, 300.0));
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    world.engine.join(world.now, ROOM, leg(3)).unwrap();
    let (a, b) = (&mut world_of_two.0, &mut world_of_two.1);
    for _ in 0..50 {
        a.say(&world);
        a.exchange(&mut world, Duration::ZERO);
        b.exchange(&mut world, FRAME);
    }
    let payloads: Vec<_> = b.heard().into_iter().map(|packet| packet.payload).collect();
    assert!(payloads == a.voice.said);
}

#[test]
fn quality_of_a_webrtc_leg_has_a_round_trip_and_reports_flow() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phone, &mut agent, Duration::from_secs(9));
    let (at, ssrc, info) = agent
        .offerer
        .reports
        .iter()
        .rev()
        .find_map(|(at, bytes)| match rtcp::parse(bytes).unwrap()[0] {
            rtcp::Item::SenderReport { ssrc, info, .. } => Some((*at, ssrc, info)),
            _ => None,
        })
        .unwrap();
    assert!(info.packets > 100, "{info:?}");
    // The network takes 30 ms there and 30 ms back; what is left of the time the far end kept our report.
    let kept = world.now - at - Duration::from_millis(60);
    let block = rtcp::ReportBlock {
        ssrc,
        fraction_lost: 26,
        last_sr: info.ntp.middle(),
        delay_since_last_sr: (kept.as_secs_f64() * 65_536.0) as u32,
        ..Default::default()
    };
    let mut compound = [0; 128];
    let length = rtcp::write_report(&mut compound, agent.voice.header.ssrc, None, &[block], "agent").unwrap();
    agent.offerer.report(world.now, &compound[..length]);
    talk(&mut world, &mut phone, &mut agent, Duration::from_secs(5));
    let quality = world.events.iter().rev().find_map(|event| match event {
        MediaEvent::Quality { leg: of, report } if *of == leg(2) => Some(*report),
        _ => None,
    });
    let quality = quality.unwrap();
    assert!(quality.packets_received > 400 && quality.packets_lost == 0, "{quality:?}");
    assert!(quality.round_trip.unwrap().abs_diff(Duration::from_millis(60)) < Duration::from_millis(2), "{quality:?}");
    assert!(quality.remote_loss_percent.is_some_and(|loss| (loss - 10.0).abs() < 1.0), "{quality:?}");
}

#[test]
fn an_endpoint_that_falls_silent_is_lost_within_ten_seconds_and_one_that_closes_at_once() {
    let mut world = World::new();
    let silent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    drop(silent);
    world.run(Duration::from_secs(12));
    let lost = |event: &&MediaEvent| matches!(event, MediaEvent::Lost { leg: LegKey(2), .. });
    assert_eq!(world.events.iter().filter(lost).count(), 1);
    let mut closing = Agent::connect(&mut world, leg(3), 50, &[Codec::Pcmu], None, 1_013.0);
    closing.offerer.close();
    closing.exchange(&mut world, Duration::from_millis(100));
    assert_eq!(world.events.last(), Some(&MediaEvent::Lost { leg: leg(3), reason: LostReason::Transport }),);
}

#[test]
fn an_endpoint_that_changes_networks_restarts_ice_and_talks_on() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phone, &mut agent, Duration::from_millis(200));
    let offer = agent.offerer.move_to(world.now, address(41, 5_000));
    let answer = world.engine.apply_offer(world.now, leg(2), &offer).unwrap();
    agent.offerer.take_answer(world.now, &answer);
    talk(&mut world, &mut phone, &mut agent, Duration::from_secs(2));
    let from_new_place = world.sent.iter().filter(|sent| sent.to == address(41, 5_000)).count();
    assert!(from_new_place > 50, "{from_new_place} datagrams to the new address");
    let heard = agent.heard();
    assert!(heard.len() > 80, "{} of 110", heard.len());
    assert!(heard.iter().all(|packet| packet.header.ssrc == heard[0].header.ssrc));
    assert!(!world.events.iter().any(|event| matches!(event, MediaEvent::Lost { .. })));
}

#[test]
fn forged_ssrcs_stop_at_the_gate() {
    let mut world = World::new();
    let agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    for ssrc in 0..100u32 {
        let header = Header { marker: false, payload_type: 0, sequence: 1, timestamp: 1, ssrc };
        let mut bytes = header.to_bytes().to_vec();
        bytes.extend([0; 180]);
        world.deliver(WEBRTC, agent.offerer.at, &bytes);
    }
    assert!(world.engine.counters().gated >= 97);
    world.deliver(WEBRTC, address(77, 1), &[0x80; 100]);
    assert_eq!(world.engine.counters().strangers, 1);
}

#[test]
fn mutated_packets_of_a_live_session_harm_nobody() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    let mut dice = 1u64;
    let mut roll = move |sides: usize| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) as usize % sides
    };
    for _ in 0..500 {
        agent.say(&world);
        agent.offerer.tick(world.now);
        while let Some(bytes) = agent.offerer.next_datagram() {
            for _ in 0..3 {
                let mut mutated = bytes.clone();
                for _ in 0..=roll(4) {
                    let at = roll(mutated.len());
                    mutated[at] ^= 1 << roll(8);
                }
                mutated.truncate(mutated.len() - roll(3) * roll(mutated.len() / 3));
                world.deliver(WEBRTC, agent.offerer.at, &mutated);
            }
            world.deliver(WEBRTC, agent.offerer.at, &bytes);
        }
        let packet = phone.say();
        world.deliver(SHARED, phone.at, &packet);
        agent.exchange(&mut world, FRAME);
    }
    assert!(agent.heard().len() == 500, "the agent misses nothing");
    // A mutated STUN request may cost the path a moment; whatever arrives is genuine and in order.
    let heard = world.heard(phone.at);
    let mut said = agent.voice.said.iter();
    assert!(heard.iter().all(|packet| said.any(|said| *said == packet.payload)), "nothing forged gets through");
    assert!(heard.len() >= 490, "{} of 500 genuine packets", heard.len());
}

#[test]
fn a_closed_leg_says_goodbye_and_leaves_nothing_behind() {
    let mut world = World::new();
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    world.engine.close(world.now, leg(2));
    world.drain();
    agent.exchange(&mut world, Duration::from_millis(100));
    assert!(!agent.offerer.up, "the far end was told");
    assert!(world.engine.by_peer.is_empty() && world.engine.by_ufrag.is_empty() && world.engine.is_empty());
}

#[test]
fn an_offer_without_audio_for_us_is_refused() {
    let mut world = World::new();
    for offer in
        ["", "v=0\r\n", "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 0\r\n"]
    {
        assert!(world.engine.open_webrtc(world.now, leg(2), offer, None).is_err(), "{offer:?}");
    }
    assert!(world.engine.is_empty());
}

#[test]
fn an_idle_session_wakes_seldom() {
    let mut world = World::new();
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Pcmu], None, 1_013.0);
    world.forget();
    agent.seen = 0;
    let mut wakes = 0;
    for _ in 0..300 {
        agent.exchange(&mut world, Duration::ZERO);
        let until = world.now + FRAME;
        while let Some(at) = world.engine.poll_timeout().filter(|at| *at <= until) {
            world.now = world.now.max(at);
            world.engine.handle_timeout(world.now);
            world.drain();
            wakes += 1;
        }
        world.now = until;
    }
    assert!(wakes <= 60, "{wakes} wake-ups in six seconds");
}

/// What a browser offers: many codecs, header extensions, a candidate behind a multicast name.
const BROWSER: &str = "v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\n\
    a=extmap-allow-mixed\r\na=msid-semantic: WMS\r\nm=audio 51000 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126\r\n\
    c=IN IP4 198.51.100.9\r\na=rtcp:9 IN IP4 0.0.0.0\r\n\
    a=candidate:1 1 udp 2122260223 5f0e3a9c-13d4-4d1c-9f6e-0a9b5c3d2e1f.local 51000 typ host generation 0\r\n\
    a=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=ice-options:trickle\r\n\
    a=fingerprint:sha-256 AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99\r\n\
    a=setup:actpass\r\na=mid:0\r\na=extmap:1 urn:ietf:params:rtp-hdrext:ssrc-audio-level\r\n\
    a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid\r\na=sendrecv\r\na=msid:- mic\r\na=rtcp-mux\r\na=rtcp-rsize\r\n\
    a=rtpmap:111 opus/48000/2\r\na=rtcp-fb:111 transport-cc\r\na=fmtp:111 minptime=10;useinbandfec=1\r\n\
    a=rtpmap:63 red/48000/2\r\na=fmtp:63 111/111\r\na=rtpmap:9 G722/8000\r\na=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\na=rtpmap:13 CN/8000\r\na=rtpmap:110 telephone-event/48000\r\n\
    a=rtpmap:126 telephone-event/8000\r\na=ssrc:3735928559 cname:x\r\na=ssrc:3735928559 msid:- mic\r\n";

#[test]
fn a_browsers_offer_is_answered_with_the_trunks_codec_or_with_opus() {
    let mut world = World::new();
    for (number, prefer, codec, formats) in [
        (1, Some(Codec::Pcma), Codec::Pcma, "8 126"),
        (2, Some(Codec::Pcmu), Codec::Pcmu, "0 126"),
        (3, None, Codec::Opus, "111 110"),
    ] {
        let answer = world.engine.open_webrtc(world.now, leg(number), BROWSER, prefer).unwrap();
        assert_eq!(world.engine.leg_codec(leg(number)), Some(codec));
        let line = answer.lines().find(|line| line.starts_with("m=audio")).unwrap();
        assert!(line.ends_with(&format!("UDP/TLS/RTP/SAVPF {formats}")), "{line}");
        assert!(answer.contains("a=rtcp-mux") && answer.contains("a=sendrecv"), "{answer}");
    }
    world.run(Duration::from_secs(3));
    assert!(world.sent.is_empty(), "a lite agent sends nothing unasked");
    world.run(Duration::from_secs(10));
    let lost = world.events.iter().filter(|event| matches!(event, MediaEvent::Lost { .. })).count();
    assert_eq!(lost, 3, "who never comes is given up");
}

#[test]
fn an_agents_key_reaches_the_trunk_and_a_trunks_key_the_agent() {
    let mut world = World::new();
    let mut phone = Phone::new(10, Codec::Pcmu, 440.0);
    world.call(leg(1), &phone);
    let mut agent = Agent::connect(&mut world, leg(2), 40, &[Codec::Opus, Codec::Pcmu], Some(Codec::Pcmu), 1_013.0);
    world.engine.join(world.now, ROOM, leg(1)).unwrap();
    world.engine.join(world.now, ROOM, leg(2)).unwrap();
    talk(&mut world, &mut phone, &mut agent, Duration::from_millis(200));
    let timestamp = agent.voice.header.timestamp;
    for n in 1..=7u16 {
        let sequence = agent.voice.header.sequence;
        agent.voice.header.sequence = sequence.wrapping_add(1);
        let header = Header { marker: n == 1, payload_type: 126, sequence, timestamp, ssrc: agent.voice.header.ssrc };
        let [high, low] = (n.min(5) * 160).to_be_bytes();
        agent.offerer.send(world.now, &header, &[9, if n >= 5 { 0x8a } else { 10 }, high, low]);
        agent.exchange(&mut world, FRAME);
    }
    assert_eq!(world.digits(leg(2)), "9");
    let at_phone = world.heard(phone.at);
    assert_one_stream(&at_phone);
    assert_eq!(at_phone.iter().filter(|packet| packet.header.payload_type == 101).count(), 7);
    super::keys::press(&mut world, &mut phone, 4);
    agent.exchange(&mut world, FRAME);
    assert_eq!(world.digits(leg(1)), "4");
    let at_agent = agent.heard();
    assert_one_stream(&at_agent);
    assert_eq!(at_agent.iter().filter(|packet| packet.header.payload_type == 126).count(), 7);
}
