//! Peers: digest both ways, registration both ways, probing, TCP, IPv6.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, B, KEY, Weather, World, body};
use std::time::Duration;
use twinline_sip::endpoint::*;

fn credentials(password: &str) -> Option<Credentials> {
    Some(Credentials { username: "trunk".into(), password: password.into() })
}

/// B challenges; A knows this password, B that.
fn challenging(ours: &str, theirs: &str) -> World {
    let (ours, theirs) = (ours.to_owned(), theirs.to_owned());
    World::with(
        1,
        |_| {},
        move |peers| {
            peers[A].credentials = credentials(&ours);
            peers[B].credentials = credentials(&theirs);
            peers[B].inbound_auth = true;
        },
    )
}

#[test]
fn interop_16_a_challenged_call_signs_in_and_comes_through() {
    let mut w = challenging("secret", "secret");
    let (ours, _) = w.call();
    assert_eq!(w.count(B, "SIP/2.0 401"), 1);
    let invite = w.last(A, "INVITE");
    assert!(invite.contains("CSeq: 2 INVITE") && invite.contains("algorithm=SHA-256") && !invite.contains("secret"));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn wrong_user_and_wrong_password_get_the_same_answer_and_no_leg() {
    let mut answers = Vec::new();
    for (ours, theirs) in [("guess", "secret"), ("secret", "other")] {
        let mut w = challenging(ours, theirs);
        w.invite(Some("offer"));
        assert_eq!(w.failed(A), 401);
        assert_eq!(w.ends[B].load(), Load::default());
        let answer = w.last(B, "SIP/2.0 401");
        let kind: Vec<_> = answer.lines().map(|line| line.split([':', '=']).next().unwrap().to_owned()).collect();
        answers.push(kind);
        w.nothing_is_left();
    }
    assert_eq!(answers[0], answers[1]);
}

#[test]
fn interop_13_registration_starts_at_once_signs_in_and_is_kept_alive() {
    let mut w = World::with(
        1,
        |_| {},
        |peers| {
            peers[A].credentials = credentials("secret");
            peers[A].registrar = Some("sip:192.0.2.2".into());
            peers[B] = Peer { credentials: credentials("secret"), inbound_auth: true, ..Peer::new(KEY, "them") };
        },
    );
    let registered = |e: &Event| match e {
        Event::PeerState { state, .. } => state.registered,
        _ => None,
    };
    assert!(w.expect(A, "PeerState", registered));
    assert!(w.expect(B, "PeerState", registered));
    let before = w.count(A, "REGISTER");
    w.run(4.0 * 3_600.0);
    assert!(w.count(A, "REGISTER") >= before + 4);
    assert!(w.take(A).is_empty());
    // B reaches A where it registered, though it has no target of its own.
    w.invite_from(B, Some("offer"));
    w.incoming(A);
    // A falls silent: the binding runs out.
    w.drop_if = Some(|side, _| side == A);
    w.run(2.0 * 3_600.0);
    let states: Vec<_> = w.take(B).iter().filter_map(registered).collect();
    assert_eq!(states, [false]);
}

#[test]
fn a_registrar_that_refuses_is_reported_and_asked_again_ever_more_seldom() {
    let mut w = World::with(
        1,
        |_| {},
        |peers| {
            peers[A].credentials = credentials("wrong");
            peers[A].registrar = Some("sip:192.0.2.2".into());
            peers[B].credentials = credentials("secret");
            peers[B].inbound_auth = true;
        },
    );
    w.run(3_600.0);
    let detail = w.expect(A, "PeerState", |e| match e {
        Event::PeerState { state, .. } if state.registered == Some(false) => Some(state.detail.clone()),
        _ => None,
    });
    assert!(detail.contains("check user name and password"), "{detail}");
    let asked = w.count(A, "REGISTER");
    assert!((10..60).contains(&asked), "{asked}");
}

#[test]
fn interop_14_a_peer_is_probed_and_its_silence_told_once() {
    let mut w = World::with(1, |_| {}, |peers| peers[A].probe = Some(Duration::from_secs(30)));
    let reachable = |e: &Event| match e {
        Event::PeerState { state, .. } => state.reachable,
        _ => None,
    };
    assert!(w.expect(A, "PeerState", reachable));
    w.run(300.0);
    assert!(w.take(A).is_empty());
    w.drop_if = Some(|side, _| side == B);
    assert!(!w.expect(A, "PeerState", reachable));
    w.drop_if = None;
    assert!(w.expect(A, "PeerState", reachable));
}

#[test]
fn interop_14_a_503_is_not_health_and_its_retry_after_is_kept() {
    let mut w = World::with(1, |_| {}, |peers| peers[A].probe = Some(Duration::from_secs(30)));
    w.drop_if = Some(|side, _| side == B);
    w.run(0.001);
    let options = w.last(A, "OPTIONS");
    let head: String = options
        .lines()
        .filter(|l| ["Via", "From", "To", "Call-ID", "CSeq"].iter().any(|h| l.starts_with(h)))
        .map(|l| format!("{l}\r\n"))
        .collect();
    let answer = format!("SIP/2.0 503 No\r\n{head}Retry-After: 600\r\nContent-Length: 0\r\n\r\n");
    let (now, local, remote) = (w.now, w.addresses[A], w.addresses[B]);
    w.ends[A].handle_datagram(now, local, remote, answer.as_bytes());
    let state = w.expect(A, "PeerState", |e| match e {
        Event::PeerState { state, .. } => Some(state.clone()),
        _ => None,
    });
    assert!(state.detail.contains("503"), "{state:?}\n{options}\n{answer}");
    let sent = w.count(A, "OPTIONS");
    w.run(590.0);
    assert_eq!(w.count(A, "OPTIONS"), sent);
    w.drop_if = None;
    w.run(20.0);
    assert_eq!(w.count(A, "OPTIONS"), sent + 1);
}

#[test]
fn calls_go_over_tcp_in_both_directions_on_one_connection() {
    let mut w = World::with(1, |_| {}, |peers| peers[A].transport = Transport::Tcp);
    let (ours, theirs) = w.call();
    assert!(w.last(A, "INVITE").contains("SIP/2.0/TCP") && w.last(A, "INVITE").contains(";transport=tcp>"));
    let now = w.now;
    w.ends[B].offer(now, theirs, body("hold")).unwrap();
    assert_eq!(w.offered(A), Some(body("hold")));
    let now = w.now;
    w.ends[A].answer_offer(now, ours, Ok(body("held"))).unwrap();
    assert_eq!(w.offer_answered(B), Ok(body("held")));
    assert_eq!((w.ends[A].load().connections, w.ends[B].load().connections), (1, 1));
    // A long call keeps its connection by pings.
    w.run(1_000.0);
    assert_eq!(w.ends[A].load().connections, 1);
    let now = w.now;
    w.ends[B].hang_up(now, theirs);
    w.ended(A);
    w.nothing_is_left();
    assert_eq!((w.ends[A].load().connections, w.ends[B].load().connections), (0, 0), "idle connections are closed");
}

#[test]
fn interop_18_a_large_request_goes_by_tcp_and_the_next_small_one_by_udp() {
    let large = "x".repeat(2_000);
    let mut w = World::new(1);
    w.invite(Some(&large));
    assert_eq!(w.incoming(B).body, Some(body(&large)));
    assert!(w.last(A, "INVITE").contains("SIP/2.0/TCP"));
    w.invite(Some("small"));
    w.incoming(B);
    assert!(w.last(A, "INVITE").contains("SIP/2.0/UDP"));
}

#[test]
fn interop_18_without_tcp_a_large_request_goes_by_udp_after_all() {
    let large = "x".repeat(2_000);
    let mut w = World::new(1);
    w.tcp = false;
    w.invite(Some(&large));
    assert_eq!(w.incoming(B).body, Some(body(&large)));
    assert!(w.last(A, "INVITE").contains("SIP/2.0/UDP"));
}

#[test]
fn a_peer_that_refuses_connections_fails_the_call_with_503() {
    let mut w = World::with(1, |_| {}, |peers| peers[A].transport = Transport::Tcp);
    w.tcp = false;
    w.invite(Some("offer"));
    assert_eq!(w.failed(A), 503);
    w.nothing_is_left();
}

#[test]
fn calls_work_between_ipv6_addresses() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let addresses = ["[2001:db8::1]:5060", "[2001:db8::2]:5070"];
        let mut w = World::at(addresses, 1, |_| {}, |peers| peers[A].transport = transport);
        let (_, theirs) = w.call();
        assert!(w.last(A, "INVITE").starts_with("INVITE sip:+4930123@[2001:db8::2]:5070 SIP/2.0\r\n"));
        let now = w.now;
        w.ends[B].hang_up(now, theirs);
        assert_eq!(w.ended(A), EndCause::Remote);
        w.nothing_is_left();
    }
}

#[test]
fn a_name_is_asked_for_and_used_once_it_is_known() {
    let mut w = World::with(
        1,
        |_| {},
        |peers| {
            peers[A].target = Some("sip.example.com:5060".parse().unwrap());
            peers[A].probe = Some(Duration::from_secs(30));
        },
    );
    let host = w.expect(A, "Resolve", |e| if let Event::Resolve { host } = e { Some(host.clone()) } else { None });
    let (now, ip) = (w.now, w.addresses[B].ip());
    w.ends[A].resolved(now, &host, &[ip]);
    w.invite(Some("offer"));
    assert_eq!(w.incoming(B).request_uri, "sip:+4930123@sip.example.com:5060");
}

#[test]
fn interop_10_answers_go_to_where_the_request_came_from() {
    let mut w = World::new(1);
    let request = "OPTIONS sip:x@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5999;branch=z9hG4bKx;rport\r\n\
        From: <sip:a@b>;tag=1\r\nTo: <sip:x@b>\r\nCall-ID: c\r\nCSeq: 1 OPTIONS\r\n\r\n";
    let (now, local) = (w.now, w.addresses[B]);
    w.ends[B].handle_datagram(now, local, "198.51.100.9:40404".parse().unwrap(), request.as_bytes());
    let Some(Transmit::Udp { remote, bytes, .. }) = w.ends[B].poll_transmit() else { panic!("no answer") };
    assert_eq!(remote, "198.51.100.9:40404".parse().unwrap());
    let text = String::from_utf8(bytes).unwrap();
    assert!(text.contains(";received=198.51.100.9;rport=40404\r\n"), "{text}");
}

#[test]
fn methods_outside_a_call_are_refused_and_nothing_is_kept() {
    let mut w = World::new(1);
    for (method, status) in [
        ("MESSAGE", 405),
        ("SUBSCRIBE", 405),
        ("REFER", 405),
        ("NOTIFY", 405),
        ("PUBLISH", 405),
        ("INFO", 405),
        ("FROBNICATE", 501),
        ("BYE", 481),
        ("UPDATE", 481),
        ("PRACK", 481),
        ("CANCEL", 481),
        ("OPTIONS", 200),
    ] {
        for (source, known) in [("192.0.2.1:5060", true), ("203.0.113.5:5060", false)] {
            let request = format!(
                "{method} sip:x@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK{method}{known}\r\n\
                 From: <sip:a@b>;tag=1\r\nTo: <sip:x@b>\r\nCall-ID: {method}\r\nCSeq: 1 {method}\r\n\r\n"
            );
            let (now, local) = (w.now, w.addresses[B]);
            w.ends[B].handle_datagram(now, local, source.parse().unwrap(), request.as_bytes());
            let Some(Transmit::Udp { bytes, .. }) = w.ends[B].poll_transmit() else { panic!("{method}: no answer") };
            let text = String::from_utf8(bytes).unwrap();
            let want = if known || matches!(status, 200 | 481) { status } else { 403 };
            assert!(text.starts_with(&format!("SIP/2.0 {want} ")), "{method} {known}: {text}");
            assert_eq!(text.contains("\r\nAllow: "), matches!(want, 405 | 501 | 200), "{text}");
        }
    }
    assert_eq!(w.ends[B].load(), Load::default());
}

#[test]
fn digest_survives_bad_weather() {
    for seed in 0..30 {
        let mut w = World::with(
            seed,
            |_| {},
            |peers| {
                peers[A].credentials = credentials("secret");
                peers[B].credentials = credentials("secret");
                peers[B].inbound_auth = true;
            },
        );
        w.weather = Weather { loss: 20, repeat: 20, jitter_ms: 300 };
        let (ours, _) = w.call();
        let now = w.now;
        w.ends[A].hang_up(now, ours);
        w.nothing_is_left();
    }
}

#[test]
fn interop_11_a_call_whose_connection_broke_goes_on_over_a_new_one() {
    let mut w = World::with(1, |_| {}, |peers| peers[A].transport = Transport::Tcp);
    let (_, theirs) = w.call();
    w.break_connections();
    let now = w.now;
    w.ends[B].hang_up(now, theirs);
    assert_eq!((w.ended(B), w.ended(A)), (EndCause::Local, EndCause::Remote));
    w.nothing_is_left();
}

#[test]
fn many_calls_challenged_at_once_all_come_through() {
    let mut w = challenging("secret", "secret");
    for _ in 0..50 {
        w.invite(Some("offer"));
    }
    for _ in 0..50 {
        w.incoming(B);
    }
    w.nothing_is_left();
}
