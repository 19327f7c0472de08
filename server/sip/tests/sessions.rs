//! Standing calls: hold and resume, glare, chained offers, session timers.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, B, World, body};
use std::time::Duration;
use twinline_sip::endpoint::*;

#[test]
fn interop_01_a_hold_offer_reaches_the_user_sealed_and_its_answer_goes_back() {
    for side in [A, B] {
        let mut w = World::new(1);
        let keys = <[CallKey; 2]>::from(w.call());
        for round in 0..3 {
            let now = w.now;
            w.ends[side].offer(now, keys[side], body(&format!("hold {round}"))).unwrap();
            assert_eq!(w.offered(1 - side), Some(body(&format!("hold {round}"))));
            let now = w.now;
            w.ends[1 - side].answer_offer(now, keys[1 - side], Ok(body("held"))).unwrap();
            assert_eq!(w.offer_answered(side), Ok(body("held")));
        }
        let now = w.now;
        w.ends[A].hang_up(now, keys[A]);
        w.ended(B);
        w.nothing_is_left();
    }
}

#[test]
fn a_refused_offer_leaves_the_call_standing() {
    let mut w = World::new(1);
    let (ours, theirs) = w.call();
    let now = w.now;
    w.ends[A].offer(now, ours, body("video")).unwrap();
    w.offered(B);
    let now = w.now;
    w.ends[B].answer_offer(now, theirs, Err(488)).unwrap();
    assert_eq!(w.offer_answered(A), Err(488));
    let now = w.now;
    w.ends[B].hang_up(now, theirs);
    assert_eq!(w.ended(A), EndCause::Remote);
    w.nothing_is_left();
}

#[test]
fn interop_04_offers_that_cross_are_both_refused_and_both_come_through_in_the_end() {
    for seed in 0..20 {
        let mut w = World::new(seed);
        let keys = <[CallKey; 2]>::from(w.call());
        let now = w.now;
        w.ends[A].offer(now, keys[A], body("from A")).unwrap();
        w.ends[B].offer(now, keys[B], body("from B")).unwrap();
        let mut answered = [false; 2];
        let limit = w.now + Duration::from_secs(30);
        while answered != [true; 2] {
            for side in [A, B] {
                for event in w.take(side) {
                    let now = w.now;
                    match event {
                        Event::Offer { .. } => w.ends[side].answer_offer(now, keys[side], Ok(body("yes"))).unwrap(),
                        Event::OfferAnswered { result, .. } => answered[side] = result.is_ok(),
                        _ => {}
                    }
                }
            }
            assert!(w.step(limit), "seed {seed}\n{}", w.transcript());
        }
        assert!(w.count(A, "SIP/2.0 491") == 1 && w.count(B, "SIP/2.0 491") == 1);
        let now = w.now;
        w.ends[A].hang_up(now, keys[A]);
        w.ended(B);
        w.nothing_is_left();
    }
}

#[test]
fn interop_03_an_offer_is_answered_or_refused_even_when_the_user_forgets_it() {
    let mut w = World::new(1);
    let (ours, _) = w.call();
    let now = w.now;
    w.ends[A].offer(now, ours, body("hold")).unwrap();
    w.offered(B);
    assert_eq!(w.offer_answered(A), Err(504));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn interop_05_offers_in_a_row_wait_for_each_other_and_the_last_one_counts() {
    let mut w = World::new(1);
    let (ours, theirs) = w.call();
    let now = w.now;
    for text in ["one", "two", "three"] {
        w.ends[A].offer(now, ours, body(text)).unwrap();
    }
    for want in ["one", "three"] {
        assert_eq!(w.offered(B), Some(body(want)));
        let now = w.now;
        w.ends[B].answer_offer(now, theirs, Ok(body("yes"))).unwrap();
        assert_eq!(w.offer_answered(A), Ok(body("yes")));
    }
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn interop_08_the_session_is_refreshed_and_goes_on() {
    let mut w =
        World::with(1, |c| c.iter_mut().for_each(|c| c.session_expires = Some(Duration::from_secs(120))), |_| {});
    let (ours, _) = w.call();
    w.run(3_600.0);
    let refreshes = w.count(A, "UPDATE") + w.count(B, "UPDATE");
    assert!((58..=61).contains(&refreshes), "{refreshes} refreshes in an hour at half of 120 s");
    assert!(w.take(A).is_empty() && w.take(B).is_empty(), "a refresh is no event");
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn interop_08_a_session_that_is_not_refreshed_is_ended_on_both_sides() {
    let mut w =
        World::with(1, |c| c.iter_mut().for_each(|c| c.session_expires = Some(Duration::from_secs(120))), |_| {});
    w.call();
    w.drop_if = Some(|_, _| true);
    let causes = [w.ended(A), w.ended(B)];
    for cause in causes {
        assert!(matches!(cause, EndCause::SessionExpired | EndCause::PeerLost), "{cause:?}");
    }
    w.nothing_is_left();
}

#[test]
fn interop_08_an_interval_too_small_is_raised_and_tried_again() {
    let mut w = World::with(
        1,
        |configs| {
            configs[A].session_expires = Some(Duration::from_secs(100));
            configs[B].min_session = Duration::from_secs(600);
        },
        |_| {},
    );
    let (ours, _) = w.call();
    assert!(w.last(B, "SIP/2.0 422").contains("Min-SE: 600\r\n"));
    assert!(w.last(A, "INVITE").contains("Session-Expires: 600\r\n"));
    let now = w.now;
    w.ends[A].hang_up(now, ours);
    w.ended(B);
    w.nothing_is_left();
}

#[test]
fn a_call_the_peer_no_longer_knows_is_ended() {
    let mut w = World::new(1);
    let (ours, _) = w.call();
    // B loses everything.
    let mut fresh = Endpoint::new(common::config(w.addresses[B]), w.now, [9; 32]);
    fresh.set_peers(w.now, vec![common::peer(w.addresses[A])]);
    w.ends[B] = fresh;
    let now = w.now;
    w.ends[A].offer(now, ours, body("hold")).unwrap();
    assert_eq!(w.ended(A), EndCause::PeerLost);
    w.nothing_is_left();
}
