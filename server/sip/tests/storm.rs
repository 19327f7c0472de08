//! Hundreds of seeds of two users who do anything at any time over a bad network: every call ends on both sides, told
//! exactly once, and nothing is left behind. A failure prints its seed.
#![allow(clippy::unwrap_used)]

mod common;

use common::{A, B, KEY, Weather, World, body};
use std::collections::BTreeMap;
use std::time::Duration;
use twinline_sip::endpoint::*;

/// What one user knows of its calls.
#[derive(Default)]
struct User {
    /// Call → whether it stands.
    alive: BTreeMap<CallKey, bool>,
    offers: Vec<CallKey>,
    begun: usize,
    over: usize,
    /// Calls with an INVITE of ours that held no offer.
    delayed: Vec<CallKey>,
}

fn hear(w: &mut World, side: usize, user: &mut User, seed: u64) {
    for event in w.take(side) {
        match event {
            Event::Incoming(call) => {
                user.begun += 1;
                assert!(user.alive.insert(call.call, false).is_none());
            }
            Event::Answered { call, .. } => {
                user.alive.insert(call, true);
                if user.delayed.contains(&call) {
                    user.offers.push(call);
                }
            }
            Event::Acked { call, .. } => assert!(user.alive.contains_key(&call), "seed {seed}"),
            Event::Offer { call, .. } => user.offers.push(call),
            Event::Cancelled { call } | Event::Failed { call, .. } | Event::Ended { call, .. } => {
                user.over += 1;
                assert!(user.alive.remove(&call).is_some(), "seed {seed}: {call:?} ended twice or never began");
                user.offers.retain(|offer| *offer != call);
            }
            Event::Progress { call, .. } | Event::OfferAnswered { call, .. } | Event::Digit { call, .. } => {
                assert!(user.alive.contains_key(&call), "seed {seed}: {event:?} of a call that is over");
            }
            _ => {}
        }
    }
}

/// A user who acts at random is often told that it can't be done.
fn let_go(_: Result<(), CallError>) {}

fn act(w: &mut World, side: usize, user: &mut User) {
    let now = w.now;
    let dice = w.roll(12);
    if dice == 0 && user.begun < 12 {
        let offer = w.roll(4) > 0;
        let headers = vec![];
        let (to, from, from_name) = ("+4930".into(), "+4989".into(), String::new());
        let invite = Invite { peer: KEY, to, from, from_name, headers, body: offer.then(|| body("offer")) };
        let call = w.ends[side].invite(now, invite).unwrap();
        user.begun += 1;
        user.alive.insert(call, false);
        if !offer {
            user.delayed.push(call);
        }
        return;
    }
    let (calls, at) = (user.alive.len() as u64, w.roll(user.alive.len() as u64) as usize);
    let Some((&call, _)) = user.alive.iter().nth(at).filter(|_| calls > 0) else { return };
    let end = &mut w.ends[side];
    match dice {
        1 | 2 => end.ring(now, call, None),
        3 => end.ring(now, call, Some(body("early"))),
        4 | 5 => let_go(end.answer(now, call, body("answer"))),
        6 => end.reject(now, call, 486),
        7 => end.hang_up(now, call),
        8 | 9 => let_go(end.offer(now, call, body("hold"))),
        10 => let_go(end.send_info_digit(now, call, '5')),
        _ => {
            if let Some(call) = user.offers.pop() {
                let refuse = w.roll(4) == 0;
                let answer = if refuse { Err(488) } else { Ok(body("yes")) };
                let_go(w.ends[side].answer_offer(now, call, answer));
            }
        }
    }
}

fn storm(seed: u64, weather: Weather, transport: Transport, auth: bool) {
    let mut w = World::with(
        seed,
        |configs| {
            for config in configs {
                config.session_expires = (!seed.is_multiple_of(3)).then(|| Duration::from_secs(90 + 30 * (seed % 5)));
                config.no_answer = Duration::from_secs(40);
            }
        },
        |peers| {
            for peer in peers {
                peer.transport = transport;
                peer.credentials = Some(Credentials { username: "u".into(), password: "p".into() });
                peer.inbound_auth = auth;
            }
        },
    );
    w.weather = weather;
    let mut users = [User::default(), User::default()];
    let stop = w.now + Duration::from_secs(150);
    while w.now < stop {
        let pause = Duration::from_millis(1 + w.roll(3_000));
        let limit = w.now + pause;
        while w.step(limit) {}
        for side in [A, B] {
            hear(&mut w, side, &mut users[side], seed);
            act(&mut w, side, &mut users[side]);
            hear(&mut w, side, &mut users[side], seed);
        }
    }
    for side in [A, B] {
        for call in users[side].alive.keys().copied().collect::<Vec<_>>() {
            let now = w.now;
            w.ends[side].hang_up(now, call);
        }
    }
    w.run(600.0);
    for side in [A, B] {
        hear(&mut w, side, &mut users[side], seed);
        let user = &users[side];
        assert!(user.alive.is_empty(), "seed {seed}: side {side} was not told the end of {:?}", user.alive);
        assert_eq!(user.begun, user.over, "seed {seed}");
        let load = w.ends[side].load();
        let left = (load.calls, load.half_open, load.transactions, load.connections);
        assert_eq!(left, (0, 0, 0, 0), "seed {seed}: {load:?}\n{}", w.transcript());
    }
}

#[test]
fn every_call_ends_on_both_sides_in_fair_weather() {
    for seed in 0..150 {
        storm(seed, Weather::default(), Transport::Udp, seed.is_multiple_of(2));
    }
}

#[test]
fn every_call_ends_on_both_sides_when_packets_are_lost_repeated_and_reordered() {
    for seed in 1_000..1_300 {
        let weather = Weather { loss: seed % 40, repeat: seed % 30, jitter_ms: 10 * (seed % 100) };
        storm(seed, weather, Transport::Udp, seed.is_multiple_of(2));
    }
}

#[test]
fn every_call_ends_on_both_sides_over_connections() {
    for seed in 2_000..2_100 {
        storm(seed, Weather::default(), Transport::Tcp, seed.is_multiple_of(2));
    }
}

#[test]
fn ten_thousand_calls_leave_nothing_behind() {
    let mut w = World::new(7);
    for _ in 0..10_000 {
        let (ours, theirs) = w.call();
        let now = w.now;
        if w.roll(2) == 0 {
            w.ends[A].hang_up(now, ours);
        } else {
            w.ends[B].hang_up(now, theirs);
        }
        w.run(0.05);
        w.take(A);
        w.take(B);
        w.sent.clear();
        let load = w.ends[A].load();
        assert!(load.transactions < 2_000 && load.timers < 4_000, "{load:?}");
    }
    w.nothing_is_left();
}
