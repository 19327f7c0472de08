//! Calls with sound: the engine with WAV files as devices against a WebRTC peer in this process. What was played is
//! what is heard, both ways, in every codec; and nothing is heard that should not be.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use std::time::{Duration, Instant};
use support::{Client, Directory, LIMIT, Server, contact, engine, leg, peer::Peer, person, ring, until};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_media::codec::Codec;
use twinline_media_engine::{CallStatus, Engine, EngineCommand, SoundFiles, dsp::tone_share};

/// A microphone that says one tone.
fn tone_file(directory: &Directory, hz: f64, seconds: u32) -> std::path::PathBuf {
    let path = directory.0.join("microphone.wav");
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut writer = hound::WavWriter::create(&path, spec).unwrap();
    for i in 0..seconds * 16_000 {
        let t = f64::from(i) / 16_000.0;
        writer.write_sample(((t * hz * std::f64::consts::TAU).sin() * 10_000.0) as i16).unwrap();
    }
    writer.finalize().unwrap();
    path
}

fn files(directory: &Directory, hz: f64) -> SoundFiles {
    SoundFiles {
        capture: Some(tone_file(directory, hz, 30)),
        capture_loop: false,
        playback: Some(directory.0.join("speaker.wav")),
    }
}

fn played(directory: &Directory) -> Vec<i16> {
    hound::WavReader::open(directory.0.join("speaker.wav")).unwrap().samples::<i16>().map(Result::unwrap).collect()
}

/// Takes the engine's offer and answers it.
async fn connect(client: &mut Client, n: u128, codec: Codec) -> Peer {
    let offer = match client.find("an offer", |m| matches!(m, FromMediaAgent::Offer { .. })).await {
        FromMediaAgent::Offer { leg: mine, sdp } => {
            assert_eq!(mine, leg(n));
            sdp
        }
        _ => unreachable!(),
    };
    for wanted in ["PCMU/8000", "PCMA/8000", "opus/48000/2", "G722/8000", "telephone-event/8000", "a=candidate:"] {
        assert!(offer.contains(wanted), "no {wanted} in the offer:\n{offer}");
    }
    let (mut peer, sdp) = Peer::answer(offer, codec).await;
    client.say(ToMediaAgent::Answer { leg: leg(n), sdp }).await;
    peer.connected().await;
    client.find("media up", |m| *m == FromMediaAgent::MediaUp { leg: leg(n) }).await;
    peer
}

async fn ready(name: &str, hz: f64) -> (Directory, Server, Engine, Client) {
    let (directory, server) = (Directory::new(name), Server::start());
    let agent = engine(&directory, server.address, files(&directory, hz));
    let client = server.welcome(Some(person())).await;
    (directory, server, agent, client)
}

fn share(heard: &[i16], codec: Codec, hz: f64) -> f64 {
    tone_share(heard, codec.sample_rate(), hz)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rung_answered_heard_both_ways_muted_held_and_hung_up_from_the_endpoint_alone() {
    let (directory, _server, agent, mut client) = ready("call", 440.0).await;
    let mut state = agent.state();
    client.say(ring(1, false)).await;
    let peer = connect(&mut client, 1, Codec::Pcmu).await;
    until(&mut state, "ringing", |s| s.call.status == CallStatus::Ringing && s.call.media_up).await;
    tokio::time::sleep(Duration::from_millis(400)).await;
    let warm = peer.take_heard();
    assert!(warm.len() > 1_600 && warm.iter().all(|&s| s.abs() < 16), "silence keeps the path warm, nothing else");

    agent.command(EngineCommand::Accept).await;
    client.find("the accept", |m| matches!(m, FromMediaAgent::Accept { contact: c, .. } if *c == contact(1))).await;
    client.say(ToMediaAgent::StopRing { contact: contact(1), leg: leg(1), why: "accepted".into() }).await;
    client.say(ToMediaAgent::Live { contact: contact(1), leg: leg(1) }).await;
    until(&mut state, "live", |s| s.call.status == CallStatus::Live && s.call.microphone_open).await;
    peer.take_heard();
    let talking = peer.say(700.0, Duration::from_millis(2_000));
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    let heard = peer.take_heard();
    assert!(heard.len() > 8_000, "{}", heard.len());
    assert!(share(&heard[3_200..], Codec::Pcmu, 440.0) > 0.95, "the peer hears the microphone");

    agent.command(EngineCommand::Mute { on: true }).await;
    let muted = FromMediaAgent::Muted { contact: contact(1), on: true, local: true };
    client.find("muted", |m| *m == muted).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    peer.take_heard();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(peer.take_heard().iter().all(|&s| s.abs() < 16), "muted is silent");

    client.say(ToMediaAgent::SetMute { contact: contact(1), on: false }).await;
    let open = FromMediaAgent::Muted { contact: contact(1), on: false, local: false };
    client.find("unmuted", |m| *m == open).await;
    client.say(ToMediaAgent::Hold { contact: contact(1), on: true }).await;
    until(&mut state, "held", |s| s.call.status == CallStatus::Held && !s.call.microphone_open).await;
    client.say(ToMediaAgent::Hold { contact: contact(1), on: false }).await;
    until(&mut state, "live again", |s| s.call.status == CallStatus::Live && s.call.microphone_open).await;
    tokio::time::sleep(Duration::from_millis(200)).await;
    peer.take_heard();
    tokio::time::sleep(Duration::from_millis(400)).await;
    assert!(share(&peer.take_heard(), Codec::Pcmu, 440.0) > 0.9, "and talks again");
    talking.await.unwrap();

    agent.command(EngineCommand::HangUp).await;
    client.find("hang-up", |m| matches!(m, FromMediaAgent::HangUp { contact: c, .. } if *c == contact(1))).await;
    client.say(ToMediaAgent::Ended { contact: contact(1), leg: leg(1), why: "agent".into() }).await;
    until(&mut state, "idle", |s| s.call.status == CallStatus::Idle).await;
    let sound = played(&directory);
    let loud: Vec<i16> = sound.iter().copied().skip_while(|s| s.abs() < 1_000).take(72_000).collect();
    assert!(loud.len() == 72_000, "{} of {} samples", loud.len(), sound.len());
    assert!(tone_share(&loud, 48_000, 700.0) > 0.95, "the speaker played what the peer said");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_codec_the_server_may_pick_carries_sound_both_ways() {
    let (directory, _server, agent, mut client) = ready("codecs", 600.0).await;
    let mut state = agent.state();
    for (n, codec) in (1u128..).zip([Codec::Opus, Codec::G722, Codec::Pcma]) {
        let (contact, leg) = (contact(n), leg(n));
        client.say(ToMediaAgent::Connect { contact, leg, caller: String::new(), caller_name: String::new() }).await;
        let peer = connect(&mut client, n, codec).await;
        client.say(ToMediaAgent::Live { contact, leg }).await;
        until(&mut state, "live", |s| s.call.microphone_open && s.call.leg == Some(leg)).await;
        let before = played(&directory).len();
        peer.take_heard();
        peer.say(900.0, Duration::from_millis(1_600)).await.unwrap();
        let heard = peer.take_heard();
        let skip = heard.len() / 3;
        assert!(
            share(&heard[skip..], codec, 600.0) > 0.9,
            "{codec:?} to the peer: {}",
            share(&heard[skip..], codec, 600.0)
        );
        client.say(ToMediaAgent::Ended { contact, leg, why: "customer".into() }).await;
        until(&mut state, "over", |s| s.call.status == CallStatus::Ended).await;
        tokio::time::sleep(Duration::from_millis(200)).await;
        let sound = &played(&directory)[before..];
        let loud: Vec<i16> = sound.iter().copied().skip_while(|s| s.abs() < 1_000).take(48_000).collect();
        let back = tone_share(&loud, 48_000, 900.0);
        assert!(back > 0.9, "{codec:?} to the speaker: {back}");
        peer.close().await;
        until(&mut state, "idle", |s| s.call.status == CallStatus::Idle).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_call_accepted_automatically_beeps_and_opens_the_microphone_a_second_later() {
    let (_directory, _server, agent, mut client) = ready("auto", 440.0).await;
    let mut state = agent.state();
    client.say(ring(1, true)).await;
    let peer = connect(&mut client, 1, Codec::Pcmu).await;
    client.say(ToMediaAgent::StopRing { contact: contact(1), leg: leg(1), why: "accepted".into() }).await;
    client.say(ToMediaAgent::Live { contact: contact(1), leg: leg(1) }).await;
    until(&mut state, "live, not yet open", |s| s.call.status == CallStatus::Live && !s.call.microphone_open).await;
    let live = Instant::now();
    peer.take_heard();
    tokio::time::sleep(Duration::from_millis(700)).await;
    assert!(peer.take_heard().iter().all(|&s| s.abs() < 16), "nothing is heard before the second is over");
    until(&mut state, "open", |s| s.call.microphone_open).await;
    assert!(live.elapsed() > Duration::from_millis(800));
    tokio::time::sleep(Duration::from_millis(800)).await;
    assert!(share(&peer.take_heard()[3_200..], Codec::Pcmu, 440.0) > 0.9);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_live_call_outlasts_the_link_and_a_hang_up_in_between_is_told_later() {
    let (_directory, server, agent, mut client) = ready("outlast", 440.0).await;
    let mut state = agent.state();
    client.say(ring(1, false)).await;
    let peer = connect(&mut client, 1, Codec::Pcmu).await;
    client.say(ToMediaAgent::Live { contact: contact(1), leg: leg(1) }).await;
    until(&mut state, "live", |s| s.call.microphone_open).await;
    client.connection.close(1u32.into(), b"cut");
    until(&mut state, "link down", |s| s.link.status != twinline_media_engine::LinkStatus::Up).await;
    peer.take_heard();
    tokio::time::sleep(Duration::from_millis(600)).await;
    assert!(share(&peer.take_heard(), Codec::Pcmu, 440.0) > 0.9, "talks on without the link");
    agent.command(EngineCommand::HangUp).await;
    let mut client = server.welcome(Some(person())).await;
    client.find("the hang-up", |m| matches!(m, FromMediaAgent::HangUp { contact: c, .. } if *c == contact(1))).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn quality_is_reported_of_a_live_call() {
    let (_directory, _server, agent, mut client) = ready("quality", 440.0).await;
    client.say(ring(1, false)).await;
    let peer = connect(&mut client, 1, Codec::Pcmu).await;
    client.say(ToMediaAgent::Live { contact: contact(1), leg: leg(1) }).await;
    let talking = peer.say(700.0, Duration::from_secs(12));
    let message = client.find("quality", |m| matches!(m, FromMediaAgent::Quality { .. })).await;
    let FromMediaAgent::Quality { leg: mine, quality } = message else { unreachable!() };
    assert_eq!((mine, quality.codec.as_str(), quality.participant.as_str()), (leg(1), "PCMU", "agent"));
    assert!(quality.packets_received > 100, "{quality:?}");
    assert_eq!(quality.packets_lost, 0, "{quality:?}");
    assert!(quality.mos_cqe > 4.0, "{quality:?}");
    let second = client.find(
        "quality with a round trip",
        |m| matches!(m, FromMediaAgent::Quality { quality, .. } if quality.round_trip_ms.is_some()),
    );
    let FromMediaAgent::Quality { quality, .. } = tokio::time::timeout(LIMIT, second).await.unwrap() else {
        unreachable!()
    };
    assert!(quality.round_trip_ms.unwrap() < 200.0, "{quality:?}");
    talking.abort();
    drop(agent);
}
