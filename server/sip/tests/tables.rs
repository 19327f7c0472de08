//! The four transaction tables, every state × event, as golden text.
#![allow(clippy::unwrap_used)]

use std::fmt::Write;
use twinline_sip::transaction::{Action, Timer, duration, invite_client, invite_server, other_client, other_server};

const TIMERS: [Timer; 12] = [
    Timer::A,
    Timer::B,
    Timer::D,
    Timer::E,
    Timer::F,
    Timer::G,
    Timer::H,
    Timer::I,
    Timer::J,
    Timer::K,
    Timer::L,
    Timer::M,
];

/// Only rows where something happens; all others leave the state as it is and do nothing, which is checked.
fn table<S: Copy + PartialEq + std::fmt::Debug, E: Copy + std::fmt::Debug>(
    states: &[S],
    events: &[E],
    step: impl Fn(S, E) -> (S, &'static [Action]),
) -> String {
    let mut out = String::new();
    for state in states {
        for event in events {
            let (next, actions) = step(*state, *event);
            if next != *state || !actions.is_empty() {
                writeln!(out, "{state:?} | {event:?} | {next:?} | {actions:?}").unwrap();
            }
        }
    }
    out
}

fn check(name: &str, got: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/snapshots").join(name);
    if std::env::var_os("UPDATE_SNAPSHOTS").is_some() {
        std::fs::write(&path, got).unwrap();
    }
    let want = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(got, want, "{name} changed; if it was meant, run with UPDATE_SNAPSHOTS=1");
}

#[test]
fn invite_client_table() {
    use invite_client::{Event, State, step};
    let states = [State::Calling { sent: 1 }, State::Proceeding, State::Accepted, State::Completed, State::Terminated];
    let mut events = vec![Event::Provisional, Event::Success, Event::Failure, Event::TransportError];
    events.extend(TIMERS.map(Event::Fired));
    check("invite_client.txt", &table(&states, &events, step));
}

#[test]
fn other_client_table() {
    use other_client::{Event, State, step};
    let states = [State::Trying { sent: 1 }, State::Proceeding, State::Completed, State::Terminated];
    let mut events = vec![Event::Provisional, Event::Final, Event::TransportError];
    events.extend(TIMERS.map(Event::Fired));
    check("other_client.txt", &table(&states, &events, step));
}

#[test]
fn invite_server_table() {
    use invite_server::{Event, State, step};
    let states =
        [State::Proceeding, State::Completed { sent: 1 }, State::Confirmed, State::Accepted, State::Terminated];
    let mut events =
        vec![Event::Request, Event::Ack, Event::Provisional, Event::Success, Event::Failure, Event::TransportError];
    events.extend(TIMERS.map(Event::Fired));
    check("invite_server.txt", &table(&states, &events, step));
}

#[test]
fn other_server_table() {
    use other_server::{Event, State, step};
    let states = [State::Trying, State::Proceeding, State::Completed, State::Terminated];
    let mut events = vec![Event::Request, Event::Provisional, Event::Final, Event::TransportError];
    events.extend(TIMERS.map(Event::Fired));
    check("other_server.txt", &table(&states, &events, step));
}

#[test]
fn timer_table() {
    let timing = twinline_sip::endpoint::Timing::default();
    let mut out = String::from("timer | UDP, sent 1, 2, 3, 4, 5 times | TCP\n");
    for timer in TIMERS {
        let udp: Vec<_> = (1..=5).map(|sent| duration(timer, sent, &timing, false)).collect();
        writeln!(out, "{timer:?} | {udp:?} | {:?}", duration(timer, 1, &timing, true)).unwrap();
    }
    check("timers.txt", &out);
}
