//! Calls between two endpoints: set-up, refusal, cancelling, hanging up, early media, forks.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, B, KEY, Weather, World, body};
use twinline_sip::endpoint::*;

#[test]
fn a_call_is_placed_rung_answered_and_hung_up() {
    let mut w = World::new(1);
    let ours = w.invite(Some("offer"));
    let call = w.incoming(B);
    assert_eq!((call.from_number.as_str(), call.to_number.as_str()), ("+4989456", "+4930123"));
    assert_eq!((call.from_name.as_str(), call.body), ("Ann \"the\" Caller", Some(body("offer"))));
    assert_eq!(call.headers, [("X-Thing".to_owned(), "one".to_owned())]);
    let now = w.now;
    w.ends[B].ring(now, call.call, None);
    let status = w.expect(A, "Progress", |e| if let Event::Progress { status, .. } = e { Some(*status) } else { None });
    assert_eq!(status, 180);
    let now = w.now;
    w.ends[B].answer(now, call.call, body("answer")).unwrap();
    assert_eq!(w.answered(A), Some(body("answer")));
    assert_eq!(w.acked(B), None);
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    assert_eq!((w.ended(A), w.ended(B)), (EndCause::Local, EndCause::Remote));
    w.nothing_is_left();
}

#[test]
fn whoever_was_called_may_hang_up_too_even_before_the_ack() {
    let mut w = World::new(1);
    let (_, theirs) = w.call();
    let now = w.now;
    w.ends[B].hang_up(now, theirs);
    assert_eq!((w.ended(B), w.ended(A)), (EndCause::Local, EndCause::Remote));
    w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    let now = w.now;
    w.ends[B].answer(now, theirs, body("answer")).unwrap();
    w.ends[B].hang_up(now, theirs);
    assert_eq!(w.count(B, "BYE"), 1, "no second BYE before the ACK");
    assert_eq!((w.ended(B), w.ended(A)), (EndCause::Local, EndCause::Remote));
    w.nothing_is_left();
}

#[test]
fn a_delayed_offer_is_made_in_the_answer_and_answered_in_the_ack() {
    let mut w = World::new(1);
    let ours = w.invite(None);
    let call = w.incoming(B);
    assert_eq!(call.body, None);
    let now = w.now;
    w.ends[B].answer(now, call.call, body("their offer")).unwrap();
    assert_eq!(w.answered(A), Some(body("their offer")));
    let now = w.now;
    w.ends[A].answer_offer(now, ours, Ok(body("our answer"))).unwrap();
    assert_eq!(w.acked(B), Some(body("our answer")));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn a_refusal_reaches_the_caller_with_its_status() {
    let mut w = World::new(1);
    w.invite(Some("offer"));
    let call = w.incoming(B).call;
    let now = w.now;
    w.ends[B].reject(now, call, 486);
    assert_eq!((w.failed(A), w.ended(B)), (486, EndCause::Local));
    assert_eq!(w.count(A, "ACK"), 1);
    w.nothing_is_left();
}

#[test]
fn a_call_taken_back_before_the_answer_is_cancelled() {
    let mut w = World::new(1);
    let ours = w.invite(Some("offer"));
    w.incoming(B);
    w.run(0.1);
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    assert_eq!(w.ended(A), EndCause::Local);
    w.expect(B, "Cancelled", |e| matches!(e, Event::Cancelled { .. }).then_some(()));
    assert!(w.last(B, "SIP/2.0 487").contains("CSeq: 1 INVITE"));
    w.nothing_is_left();
}

#[test]
fn no_cancel_goes_out_before_anything_came_back() {
    let mut w = World::new(1);
    let ours = w.invite(Some("offer"));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.drain();
    assert_eq!(w.count(A, "CANCEL"), 0);
    w.expect(B, "Cancelled", |e| matches!(e, Event::Cancelled { .. }).then_some(()));
    w.nothing_is_left();
}

#[test]
fn an_answer_that_crosses_the_cancel_is_confirmed_and_ended() {
    let mut w = World::new(1);
    let ours = w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    w.run(0.1);
    let now = w.now;
    w.ends[B].answer(now, theirs, body("answer")).unwrap();
    w.ends[A].hang_up(now, ours);
    assert_eq!(w.ended(A), EndCause::Local);
    assert_eq!(w.ended(B), EndCause::Remote);
    assert!(w.count(A, "ACK") == 1 && w.count(A, "BYE") == 1, "{}", w.transcript());
    w.nothing_is_left();
}

#[test]
fn an_answer_nobody_confirms_is_repeated_and_then_given_up_with_bye() {
    let mut w = World::new(1);
    w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    w.drop_if = Some(|side, text| side == A && text.starts_with("ACK"));
    let now = w.now;
    w.ends[B].answer(now, theirs, body("answer")).unwrap();
    assert_eq!(w.ended(B), EndCause::NoAck);
    assert!(w.count(B, "SIP/2.0 200") >= 10 && w.count(A, "ACK") >= 10);
    assert_eq!(w.ended(A), EndCause::Remote);
    w.nothing_is_left();
}

#[test]
fn a_peer_that_is_silent_is_given_up_after_64_t1() {
    let mut w = World::new(1);
    w.drop_if = Some(|side, _| side == A);
    let began = w.now;
    w.invite(Some("offer"));
    assert_eq!(w.failed(A), 408);
    assert_eq!((w.now - began).as_secs(), 32);
    assert_eq!(w.count(A, "INVITE"), 7);
    w.nothing_is_left();
}

#[test]
fn nobody_answering_ends_on_both_sides() {
    let mut w = World::new(1);
    w.invite(Some("offer"));
    w.incoming(B);
    w.run(185.0);
    assert!(
        w.take(B).iter().any(|e| matches!(e, Event::Ended { cause: EndCause::NoAnswer, .. } | Event::Cancelled { .. }))
    );
    w.nothing_is_left();
}

#[test]
fn a_caller_who_waits_hears_of_us_every_minute() {
    let mut w = World::new(1);
    w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    let now = w.now;
    w.ends[B].ring(now, theirs, None);
    w.run(170.0);
    assert_eq!(w.count(B, "SIP/2.0 180"), 3);
    let now = w.now;
    w.ends[B].answer(now, theirs, body("answer")).unwrap();
    w.answered(A);
    w.run(100.0);
    assert_eq!(w.count(B, "SIP/2.0 180"), 3);
}

#[test]
fn interop_06_early_media_comes_with_183_and_its_answer_counts_when_the_200_is_empty() {
    let mut w = World::with(1, |_| {}, |_| {});
    w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    let now = w.now;
    w.ends[B].ring(now, theirs, Some(body("early")));
    let early = w.expect(A, "Progress", |e| match e {
        Event::Progress { status, body, .. } => Some((*status, body.clone())),
        _ => None,
    });
    assert_eq!(early, (183, Some(body("early"))));
    let now = w.now;
    w.ends[B].ring(now, theirs, None);
    let status = w.expect(A, "Progress", |e| if let Event::Progress { status, .. } = e { Some(*status) } else { None });
    assert_eq!(status, 180, "a 180 after the 183 is told too");
}

#[test]
fn interop_07_reliable_early_media_is_acknowledged_and_not_said_again() {
    let mut w = World::new(1);
    let ours = w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    let now = w.now;
    w.ends[B].ring(now, theirs, Some(body("early")));
    // The answer waits for the PRACK.
    w.ends[B].answer(now, theirs, body("early")).unwrap();
    assert_eq!(w.answered(A), Some(body("early")));
    assert_eq!(w.acked(B), None);
    assert_eq!(w.count(A, "PRACK"), 1);
    assert!(!w.last(B, "SIP/2.0 200 OK").contains("early"));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn interop_07_a_lost_prack_or_183_is_repeated_and_a_missing_one_ends_the_call() {
    for weather in [Weather { loss: 40, ..Weather::default() }, Weather { loss: 20, repeat: 30, jitter_ms: 400 }] {
        for seed in 0..40 {
            let mut w = World::new(seed);
            w.weather = weather;
            w.invite(Some("offer"));
            let theirs = loop {
                if let Some(Event::Incoming(call)) = w.take(B).into_iter().find(|e| matches!(e, Event::Incoming(_))) {
                    break Some(call.call);
                }
                let limit = w.now + std::time::Duration::from_secs(60);
                if !w.step(limit) {
                    break None;
                }
            };
            if let Some(theirs) = theirs {
                let now = w.now;
                w.ends[B].ring(now, theirs, Some(body("early")));
                let _ = w.ends[B].answer(now, theirs, body("early"));
                w.run(100.0);
                let now = w.now;
                w.ends[B].hang_up(now, theirs);
            }
            w.nothing_is_left();
        }
    }
    let mut w = World::new(1);
    w.drop_if = Some(|side, text| side == A && text.starts_with("PRACK"));
    w.invite(Some("offer"));
    let theirs = w.incoming(B).call;
    let now = w.now;
    w.ends[B].ring(now, theirs, Some(body("early")));
    assert_eq!((w.ended(B), w.failed(A)), (EndCause::Protocol, 504));
    w.nothing_is_left();
}

#[test]
fn a_digit_by_info_arrives() {
    let mut w = World::new(1);
    let (ours, theirs) = w.call();
    for digit in "0*#A9".chars() {
        let now = w.now;
        w.ends[A].send_info_digit(now, ours, digit).unwrap();
        let got = w.expect(B, "Digit", |e| match e {
            Event::Digit { call, digit } => Some((*call, *digit)),
            _ => None,
        });
        assert_eq!(got, (theirs, digit));
    }
    let now = w.now;
    assert_eq!(w.ends[A].send_info_digit(now, ours, 'x'), Err(CallError::State));
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn calls_over_the_cap_are_turned_away_with_503_and_retry_after() {
    let mut w = World::with(1, |configs| configs[B].max_half_open = 3, |_| {});
    for _ in 0..5 {
        w.invite(Some("offer"));
    }
    assert_eq!((w.failed(A), w.failed(A)), (503, 503));
    assert!(w.last(B, "SIP/2.0 503").contains("Retry-After: 5\r\n"));
    assert_eq!(w.ends[B].load().half_open, 3);
    w.nothing_is_left();
}

#[test]
fn interop_17_an_unknown_caller_gets_403_and_leaves_no_trace() {
    let mut w = World::with(1, |_| {}, |peers| peers[B].sources.clear());
    w.invite(Some("offer"));
    assert_eq!(w.failed(A), 403);
    assert_eq!(w.ends[B].load(), Load::default());
    assert!(matches!(w.take(B)[..], [Event::Refused { why: Refusal::UnknownSource, .. }, ..]));
    w.nothing_is_left();
}

#[test]
fn interop_24_a_call_taken_back_and_placed_again_is_a_new_call() {
    let mut w = World::new(1);
    for _ in 0..3 {
        let ours = w.invite(Some("offer"));
        w.incoming(B);
        let now = w.now;
        w.ends[A].hang_up(now, ours);
        w.expect(B, "Cancelled", |e| matches!(e, Event::Cancelled { .. }).then_some(()));
    }
    assert_eq!(w.count(B, "SIP/2.0 482"), 0);
    w.nothing_is_left();
}

#[test]
fn invitations_that_cant_be_sent_are_refused_at_the_door() {
    let mut w = World::new(1);
    let invite = Invite {
        peer: KEY,
        to: "1".into(),
        from: "2".into(),
        from_name: String::new(),
        headers: vec![],
        body: Some(body("offer")),
    };
    let now = w.now;
    let mut ask = |change: &dyn Fn(&mut Invite)| {
        let mut invite = invite.clone();
        change(&mut invite);
        w.ends[A].invite(now, invite).unwrap_err()
    };
    assert_eq!(ask(&|i| i.peer = PeerKey(9)), InviteError::UnknownPeer);
    assert_eq!(ask(&|i| i.to = "a b".into()), InviteError::BadTarget);
    assert_eq!(ask(&|i| i.from = "2\r\nX: y".into()), InviteError::BadFrom);
    assert_eq!(ask(&|i| i.headers.push(("Via".into(), "x".into()))), InviteError::BadHeader("Via".into()));
    assert_eq!(ask(&|i| i.headers.push(("X".into(), "a\r\nb".into()))), InviteError::BadHeader("X".into()));
    w.nothing_is_left();
}
