//! One endpoint against a peer that is played by hand, message by message: what only odd or old peers do.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod common;

use common::{KEY, body};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use twinline_sip::endpoint::*;

struct Stage {
    now: Instant,
    us: Endpoint,
    here: SocketAddr,
    there: SocketAddr,
}

impl Stage {
    fn new() -> Stage {
        Self::with(|_| {}, |_| {})
    }

    fn with(change: impl Fn(&mut EndpointConfig), change_peer: impl Fn(&mut Peer)) -> Stage {
        let now = Instant::now();
        let (here, there) = ("192.0.2.2:5060".parse().unwrap(), "192.0.2.1:5060".parse().unwrap());
        let mut config = common::config(here);
        change(&mut config);
        let mut us = Endpoint::new(config, now, [4; 32]);
        let mut peer = common::peer(there);
        change_peer(&mut peer);
        us.set_peers(now, vec![peer]);
        Stage { now, us, here, there }
    }

    /// Says something; lines end with `\n`. What comes back, as text.
    fn say(&mut self, text: &str) -> Vec<String> {
        let bytes = text.replace('\n', "\r\n");
        self.us.handle_datagram(self.now, self.here, self.there, bytes.as_bytes());
        self.heard()
    }

    fn heard(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.us.poll_transmit())
            .map(|transmit| match transmit {
                Transmit::Udp { bytes, .. } => String::from_utf8(bytes).unwrap(),
                other => panic!("{other:?}"),
            })
            .collect()
    }

    fn wait(&mut self, seconds: f64) -> Vec<String> {
        self.now += Duration::from_secs_f64(seconds);
        self.us.handle_timeout(self.now);
        self.heard()
    }

    fn events(&mut self) -> Vec<Event> {
        std::iter::from_fn(|| self.us.poll_event()).collect()
    }

    fn incoming(&mut self) -> IncomingCall {
        let events = self.events();
        let found = events.iter().find_map(|e| if let Event::Incoming(call) = e { Some(call.clone()) } else { None });
        found.unwrap_or_else(|| panic!("no call: {events:?}"))
    }

    fn invite(&mut self, offer: Option<&str>) -> (CallKey, String) {
        let (to, from) = ("+4930".into(), "+4989".into());
        let invite = Invite { peer: KEY, to, from, from_name: String::new(), headers: vec![], body: offer.map(body) };
        let call = self.us.invite(self.now, invite).unwrap();
        let sent = self.heard().remove(0);
        (call, sent)
    }
}

fn field<'t>(text: &'t str, name: &str) -> &'t str {
    let mut lines = text.lines().filter_map(|line| line.split_once(": "));
    lines.find(|(n, _)| *n == name).unwrap_or_else(|| panic!("{name} in {text}")).1
}

/// A response to a request of ours.
fn reply(request: &str, status: &str, to_tag: &str, more: &str, body: &str) -> String {
    let mut out = format!("SIP/2.0 {status}\n");
    for name in ["Via", "From", "Call-ID", "CSeq"] {
        out += &format!("{name}: {}\n", field(request, name));
    }
    let to = field(request, "To");
    let tag = if to.contains(";tag=") { String::new() } else { format!(";tag={to_tag}") };
    out + &format!("To: {to}{tag}\n{more}Content-Length: {}\n\n{body}", body.len())
}

/// A request to us; `branch` also names the transaction.
fn request(method: &str, branch: &str, cseq: u32, to_tag: &str, more: &str, body: &str) -> String {
    let tag = if to_tag.is_empty() { String::new() } else { format!(";tag={to_tag}") };
    let kind = if body.is_empty() || more.contains("Content-Type") { "" } else { "Content-Type: application/sdp\n" };
    format!(
        "{method} sip:+4989@192.0.2.2 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK{branch}\nMax-Forwards: 70\n\
         From: <sip:+4930@192.0.2.1>;tag=them\nTo: <sip:+4989@192.0.2.2>{tag}\nCall-ID: script\nCSeq: {cseq} {method}\n\
         Contact: <sip:them@192.0.2.1:5060>\n{more}{kind}Content-Length: {}\n\n{body}",
        body.len()
    )
}

fn tag_of(response: &str) -> String {
    field(response, "To").split_once(";tag=").unwrap().1.to_owned()
}

/// A standing inbound call: its key and our tag.
fn inbound(stage: &mut Stage, more: &str) -> (CallKey, String) {
    stage.say(&request("INVITE", "i1", 1, "", more, "offer"));
    let call = stage.incoming().call;
    let now = stage.now;
    stage.us.answer(now, call, body("answer")).unwrap();
    let tag = tag_of(&stage.heard()[0]);
    assert!(stage.say(&request("ACK", "a1", 1, &tag, "", "")).is_empty());
    assert!(matches!(stage.events()[..], [Event::Acked { .. }]));
    (call, tag)
}

#[test]
fn interop_06_07_each_fork_is_acknowledged_by_itself_and_the_second_answer_is_ended() {
    let mut stage = Stage::new();
    let (call, invite) = stage.invite(Some("offer"));
    let contact = |host: &str| {
        format!("Contact: <sip:{host}@192.0.2.1:5060>\nRequire: 100rel\nRSeq: 7\nContent-Type: application/sdp\n")
    };
    for fork in ["one", "two"] {
        let heard = stage.say(&reply(&invite, "183 Session Progress", fork, &contact(fork), "early"));
        let [prack] = &heard[..] else { panic!("{heard:?}") };
        assert!(prack.starts_with(&format!("PRACK sip:{fork}@192.0.2.1:5060 SIP/2.0\r\n")), "{prack}");
        assert_eq!((field(prack, "RAck"), field(prack, "CSeq")), ("7 1 INVITE", "2 PRACK"));
        assert!(field(prack, "To").ends_with(&format!(";tag={fork}")));
        // The same again: neither acknowledged nor told again.
        assert!(stage.say(&reply(&invite, "183 Session Progress", fork, &contact(fork), "early")).is_empty());
        stage.say(&reply(prack, "200 OK", fork, "", ""));
    }
    assert_eq!(stage.events().len(), 2);
    let heard = stage.say(&reply(&invite, "200 OK", "two", &contact("two"), "answer"));
    assert!(heard.len() == 1 && heard[0].starts_with("ACK sip:two@"), "{heard:?}");
    let heard = stage.say(&reply(&invite, "200 OK", "one", &contact("one"), "other"));
    assert!(
        heard.len() == 2 && heard[0].starts_with("ACK sip:one@") && heard[1].starts_with("BYE sip:one@"),
        "{heard:?}"
    );
    assert_eq!(stage.say(&reply(&invite, "200 OK", "one", &contact("one"), "other")).len(), 1, "only the ACK again");
    let events = stage.events();
    assert!(
        matches!(&events[..], [Event::Answered { call: c, body: Some(b) }] if *c == call && *b == body("answer")),
        "{events:?}"
    );
}

#[test]
fn interop_07_an_answer_without_any_session_description_ends_the_call_in_order() {
    let mut stage = Stage::new();
    let (_, invite) = stage.invite(Some("offer"));
    let heard = stage.say(&reply(&invite, "200 OK", "x", "Contact: <sip:x@192.0.2.1>\n", ""));
    assert!(heard.len() == 2 && heard[0].starts_with("ACK ") && heard[1].starts_with("BYE "), "{heard:?}");
    assert!(matches!(stage.events()[..], [Event::Failed { status: 488, .. }]));
}

#[test]
fn interop_07_a_delayed_offer_may_go_out_early_when_it_is_reliable() {
    let mut stage = Stage::new();
    stage.say(&request("INVITE", "i1", 1, "", "Supported: 100rel\n", ""));
    let call = stage.incoming().call;
    let now = stage.now;
    stage.us.ring(now, call, Some(body("our offer")));
    let progress = stage.heard().remove(0);
    assert!(progress.starts_with("SIP/2.0 183 ") && progress.ends_with("our offer"), "{progress}");
    let (rseq, tag) = (field(&progress, "RSeq").to_owned(), tag_of(&progress));
    // It comes again until it is acknowledged.
    assert_eq!(stage.wait(0.5), std::slice::from_ref(&progress));
    let wrong = format!("RAck: {} 1 INVITE\n", rseq.parse::<u32>().unwrap() + 1);
    assert!(stage.say(&request("PRACK", "p0", 2, &tag, &wrong, ""))[0].starts_with("SIP/2.0 481 "));
    let heard = stage.say(&request("PRACK", "p1", 3, &tag, &format!("RAck: {rseq} 1 INVITE\n"), "their answer"));
    assert!(heard[0].starts_with("SIP/2.0 200 "));
    let events = stage.events();
    assert!(
        matches!(&events[..], [Event::OfferAnswered { result: Ok(b), .. }] if *b == body("their answer")),
        "{events:?}"
    );
    // The session is settled: an UPDATE may offer anew before the answer, and the 200 says nothing more.
    stage.say(&request("UPDATE", "u1", 4, &tag, "", "new offer"));
    assert!(matches!(&stage.events()[..], [Event::Offer { body: Some(b), .. }] if *b == body("new offer")));
    stage.us.answer_offer(now, call, Ok(body("new answer"))).unwrap();
    assert!(stage.heard()[0].ends_with("new answer"));
    let now = stage.now;
    stage.us.answer(now, call, body("ignored")).unwrap();
    let ok = stage.heard().remove(0);
    assert!(ok.starts_with("SIP/2.0 200 ") && field(&ok, "Content-Length") == "0", "{ok}");
    stage.say(&request("ACK", "a1", 1, &tag, "", ""));
    assert!(matches!(stage.events()[..], [Event::Acked { body: None, .. }]));
}

#[test]
fn the_same_request_by_another_way_is_a_loop_and_the_same_request_again_gets_the_same_answer() {
    let mut stage = Stage::new();
    let invite = request("INVITE", "i1", 1, "", "", "offer");
    assert!(stage.say(&invite)[0].starts_with("SIP/2.0 100 Trying\r\n"));
    let call = stage.incoming().call;
    let now = stage.now;
    stage.us.ring(now, call, None);
    let ringing = stage.heard();
    assert_eq!(stage.say(&invite), ringing);
    assert!(stage.say(&request("INVITE", "i2", 1, "", "", "offer"))[0].starts_with("SIP/2.0 482 "));
    let none = request("INVITE", "i3", 1, "", "", "offer").replace("Max-Forwards: 70", "Max-Forwards: 0");
    assert!(stage.say(&none)[0].starts_with("SIP/2.0 483 "));
    assert!(stage.events().is_empty());
}

#[test]
fn requests_out_of_order_or_unknown_inside_a_call_are_refused_and_the_call_goes_on() {
    let mut stage = Stage::new();
    let (_, tag) = inbound(&mut stage, "");
    let mut status = |text: &str| stage.say(text)[0][8..11].to_owned();
    assert_eq!(status(&request("INFO", "b1", 9, &tag, "Content-Type: application/dtmf-relay\n", "Signal=4\n")), "200");
    assert_eq!(status(&request("INFO", "b2", 8, &tag, "", "")), "500");
    assert_eq!(status(&request("INFO", "b3", 10, &tag, "Content-Type: text/plain\n", "x")), "415");
    assert_eq!(status(&request("INFO", "b4", 11, &tag, "Info-Package: x\n", "")), "469");
    assert_eq!(status(&request("REFER", "b5", 12, &tag, "Refer-To: <sip:x@y>\n", "")), "405");
    assert_eq!(status(&request("MESSAGE", "b6", 13, &tag, "", "")), "405");
    assert_eq!(status(&request("WOBBLE", "b7", 14, &tag, "", "")), "501");
    assert_eq!(status(&request("OPTIONS", "b8", 15, &tag, "", "")), "200");
    assert_eq!(status(&request("UPDATE", "b9", 16, &tag, "Require: foo\n", "")), "420");
    assert_eq!(status(&request("BYE", "b10", 17, "0123456789abcdef", "", "")), "481");
    assert!(matches!(stage.events()[..], [Event::Digit { digit: '4', .. }]));
    assert!(stage.say(&request("BYE", "b11", 18, &tag, "", ""))[0].starts_with("SIP/2.0 200 "));
    assert!(matches!(stage.events()[..], [Event::Ended { cause: EndCause::Remote, .. }]));
}

#[test]
fn interop_05_a_reinvite_without_an_offer_is_answered_with_ours_and_settled_by_its_ack() {
    let mut stage = Stage::new();
    let (call, tag) = inbound(&mut stage, "");
    stage.say(&request("INVITE", "r1", 2, &tag, "", ""));
    assert!(matches!(stage.events()[..], [Event::Offer { body: None, .. }]));
    let now = stage.now;
    stage.us.answer_offer(now, call, Ok(body("our offer"))).unwrap();
    let ok = stage.heard().remove(0);
    assert!(ok.ends_with("our offer"));
    // A second one before the ACK has to wait.
    let heard = stage.say(&request("INVITE", "r2", 3, &tag, "", "offer"));
    assert!(heard[0].starts_with("SIP/2.0 500 ") && heard[0].contains("Retry-After: "), "{heard:?}");
    stage.say(&request("ACK", "r3", 2, &tag, "", "their answer"));
    assert!(matches!(&stage.events()[..], [Event::OfferAnswered { result: Ok(b), .. }] if *b == body("their answer")));
}

#[test]
fn interop_08_a_peer_without_update_is_refreshed_by_reinvite_with_the_same_description() {
    let mut stage = Stage::new();
    let (_, _) = inbound(&mut stage, "Supported: timer\nSession-Expires: 100;refresher=uas\nAllow: INVITE, ACK, BYE\n");
    let refresh = stage.wait(50.0).into_iter().find(|m| m.starts_with("INVITE ")).expect("a refresh at half time");
    assert!(refresh.ends_with("answer") && refresh.contains("Session-Expires: 100;refresher=uac\r\n"), "{refresh}");
    let granted = "Contact: <sip:them@192.0.2.1>\nSession-Expires: 100;refresher=uac\nContent-Type: application/sdp\n";
    assert!(stage.say(&reply(&refresh, "200 OK", "x", granted, "same"))[0].starts_with("ACK "));
    assert!(stage.events().is_empty(), "a refresh is no event");
    let refresh = stage.wait(50.0).into_iter().find(|m| m.starts_with("INVITE ")).expect("the next refresh");
    stage.say(&reply(&refresh, "500 Busy", "x", "", ""));
    // Never accepted: the session ends before its time is over.
    let mut ended = false;
    for _ in 0..60 {
        for message in stage.wait(1.0) {
            if message.starts_with("INVITE ") {
                stage.say(&reply(&message, "500 Busy", "x", "", ""));
            }
            ended |= message.starts_with("BYE ");
        }
    }
    assert!(ended);
    assert!(matches!(stage.events()[..], [Event::Ended { cause: EndCause::SessionExpired, .. }]));
}

#[test]
fn interop_08_an_interval_below_ours_is_refused_with_our_minimum() {
    let mut stage = Stage::new();
    let heard = stage.say(&request("INVITE", "i1", 1, "", "Supported: timer\nSession-Expires: 60\n", "offer"));
    assert!(heard[0].starts_with("SIP/2.0 422 ") && heard[0].contains("Min-SE: 90\r\n"), "{heard:?}");
    assert_eq!(stage.us.load(), Load::default());
}

#[test]
fn a_source_that_guesses_has_to_wait_and_leaves_nothing_behind() {
    let credentials = Some(Credentials { username: "trunk".into(), password: "secret".into() });
    let mut stage = Stage::with(
        |_| {},
        |peer| {
            peer.inbound_auth = true;
            peer.credentials.clone_from(&credentials);
        },
    );
    let mut answers = Vec::new();
    for n in 0..15 {
        let user = if n % 2 == 0 { "trunk" } else { "nobody" };
        let guess = format!(
            "Authorization: Digest username=\"{user}\", realm=\"twinline\", nonce=\"00\", uri=\"sip:x\", response=\"{n:032}\"\n"
        );
        answers.push(stage.say(&request("INVITE", &format!("g{n}"), n + 1, "", &guess, "offer"))[0][8..11].to_owned());
    }
    assert!(answers[..10].iter().all(|a| a == "401") && answers[10..].iter().all(|a| a == "403"), "{answers:?}");
    assert_eq!(stage.us.load(), Load::default());
    assert!(stage.events().iter().all(|e| matches!(e, Event::Refused { .. })));
}

#[test]
fn a_number_that_is_withheld_is_not_told() {
    for (more, number) in [
        ("P-Asserted-Identity: <sip:+4940@192.0.2.1>\n", "+4940"),
        ("P-Asserted-Identity: <sip:+4940@192.0.2.1>\nPrivacy: id;critical\n", ""),
        ("P-Asserted-Identity: \"A, B\" <tel:+4941>\nPrivacy: none\n", "+4941"),
        ("", "+4930"),
    ] {
        let mut stage = Stage::new();
        stage.say(&request("INVITE", "i1", 1, "", more, "offer"));
        assert_eq!(stage.incoming().from_number, number, "{more}");
    }
}

#[test]
fn a_digest_asked_for_by_two_algorithms_is_answered_by_the_first_and_never_twice_for_nothing() {
    let credentials = Some(Credentials { username: "u".into(), password: "p".into() });
    let mut stage = Stage::with(|_| {}, |peer| peer.credentials.clone_from(&credentials));
    let (_, invite) = stage.invite(Some("offer"));
    let challenge = |nonce: &str, stale: &str| {
        format!(
            "Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", algorithm=SHA-512-256, qop=\"auth\"\n\
             Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", algorithm=SHA-256, qop=\"auth-int,auth\"{stale}\n\
             Proxy-Authenticate: Digest realm=\"r\", nonce=\"{nonce}\", algorithm=MD5\n"
        )
    };
    let again = stage.say(&reply(&invite, "407 Who", "x", &challenge("n1", ""), "")).remove(1);
    assert!(
        field(&again, "Proxy-Authorization").contains("nonce=\"n1\"") && again.contains("algorithm=SHA-256, qop=auth,")
    );
    assert_eq!(field(&again, "CSeq"), "2 INVITE");
    let third = stage.say(&reply(&again, "407 Who", "x", &challenge("n2", ", stale=true"), "")).remove(1);
    assert!(field(&third, "Proxy-Authorization").contains("nonce=\"n2\""));
    assert_eq!(third.matches("Proxy-Authorization").count(), 1);
    let last = stage.say(&reply(&third, "407 Who", "x", &challenge("n3", ""), ""));
    assert!(last.len() == 1 && last[0].starts_with("ACK "), "{last:?}");
    assert!(matches!(stage.events()[..], [Event::Failed { status: 407, .. }]));
}
