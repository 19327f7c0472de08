//! Every state of the call with every event, as one table: what comes next and what is asked for. A change of the
//! machine is a change of `call_table.txt`, to be read.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::{
    fmt::Write,
    time::{Duration, Instant},
};
use twinline_api::ws::media_agent::ToMediaAgent;
use twinline_media_engine::call::{CallMachine, Effect, Event, State};
use twinline_model::{ContactId, LegId, Refusal};

fn contact(n: u128) -> ContactId {
    ContactId::from_bits(n)
}

fn leg(n: u128) -> LegId {
    LegId::from_bits(n)
}

fn server(message: ToMediaAgent) -> Event {
    Event::Server { message, now_ms: 1_000 }
}

fn ring(n: u128, auto_accept: bool) -> Event {
    server(ToMediaAgent::Ring {
        contact: contact(n),
        leg: leg(n),
        caller: "+82".into(),
        caller_name: String::new(),
        queue: "Q".into(),
        expires_ms: 21_000,
        auto_accept,
    })
}

fn connect(n: u128, leg_number: u128) -> Event {
    server(ToMediaAgent::Connect {
        contact: contact(n),
        leg: leg(leg_number),
        caller: String::new(),
        caller_name: String::new(),
    })
}

fn stop_ring(why: &str) -> Event {
    server(ToMediaAgent::StopRing { contact: contact(1), leg: leg(1), why: why.into() })
}

fn live(n: u128) -> Event {
    server(ToMediaAgent::Live { contact: contact(n), leg: leg(n) })
}

fn hold(on: bool) -> Event {
    server(ToMediaAgent::Hold { contact: contact(1), on })
}

fn press(what: &str) -> Event {
    let id = "id".to_owned();
    match what {
        "accept" => Event::Accept { id },
        "reject" => Event::Reject { id },
        _ => Event::HangUp { id },
    }
}

/// Names and the way there.
fn states() -> Vec<(&'static str, Vec<Event>)> {
    let up = || Event::MediaUp { leg: leg(1) };
    vec![
        ("idle", vec![]),
        ("ringing", vec![ring(1, false)]),
        ("ringing, media up", vec![ring(1, false), up()]),
        ("accepted here", vec![ring(1, false), up(), press("accept")]),
        ("accepted by the server", vec![ring(1, false), up(), stop_ring("accepted")]),
        ("outbound", vec![connect(1, 1)]),
        ("live", vec![ring(1, false), up(), stop_ring("accepted"), live(1)]),
        ("live, muted", vec![ring(1, false), up(), live(1), Event::Mute { on: true }]),
        ("live, before the beep is over", vec![ring(1, true), up(), live(1)]),
        ("held", vec![ring(1, false), up(), live(1), hold(true)]),
        ("ended by the server", vec![ring(1, false), stop_ring("missed")]),
        ("hung up here", vec![ring(1, false), up(), live(1), press("hang_up")]),
    ]
}

fn events() -> Vec<(&'static str, Event)> {
    let refusal = Refusal::new("too_late", "too late");
    vec![
        ("Ring", ring(1, false)),
        ("Ring of another", ring(2, false)),
        ("Ring, auto-accept", ring(3, true)),
        ("StopRing accepted", stop_ring("accepted")),
        ("StopRing other", stop_ring("missed")),
        ("Connect", connect(1, 1)),
        ("Connect, new leg", connect(1, 9)),
        ("Connect of another", connect(2, 2)),
        ("Live", live(1)),
        ("Live of another", live(2)),
        ("Hold on", hold(true)),
        ("Hold off", hold(false)),
        ("SetMute on", server(ToMediaAgent::SetMute { contact: contact(1), on: true })),
        ("SetMute off", server(ToMediaAgent::SetMute { contact: contact(1), on: false })),
        ("Ended", server(ToMediaAgent::Ended { contact: contact(1), leg: leg(1), why: "customer".into() })),
        ("Ended of another", server(ToMediaAgent::Ended { contact: contact(2), leg: leg(2), why: "x".into() })),
        ("Unpair", server(ToMediaAgent::Unpair { reason: "x".into() })),
        ("Superseded", server(ToMediaAgent::Superseded { by: "x".into() })),
        ("Refused", server(ToMediaAgent::Refused { id: "id".into(), error: refusal })),
        ("accept", press("accept")),
        ("reject", press("reject")),
        ("hang up", press("hang_up")),
        ("mute", Event::Mute { on: true }),
        ("unmute", Event::Mute { on: false }),
        ("media up", Event::MediaUp { leg: leg(1) }),
        ("media failed", Event::MediaFailed { leg: leg(1), reason: "lost".into() }),
        ("media of another failed", Event::MediaFailed { leg: leg(2), reason: "lost".into() }),
        ("link up", Event::LinkUp),
        ("much later", Event::Tick),
    ]
}

fn name(state: &State) -> String {
    match state {
        State::Idle => "Idle".to_owned(),
        State::Ringing { .. } => "Ringing".to_owned(),
        State::Connecting { accept, .. } if accept.is_some() => "Connecting (to accept)".to_owned(),
        State::Connecting { .. } => "Connecting".to_owned(),
        State::Live { call, open } => {
            let waits = if matches!(open, twinline_media_engine::call::Microphone::Open) { "" } else { " (beep)" };
            format!("Live{}{waits}", if call.muted { " muted" } else { "" })
        }
        State::Held { call } => format!("Held{}", if call.muted { " muted" } else { "" }),
        State::Ended { why, untold, .. } => {
            format!("Ended ({why}{})", if untold.is_some() { ", to be told" } else { "" })
        }
    }
}

fn words(effects: &[Effect]) -> String {
    let each: Vec<String> = effects
        .iter()
        .map(|effect| match effect {
            Effect::Send(message) => {
                let json = serde_json::to_value(message).unwrap();
                let on = json.get("on").map(|on| format!(" {on}")).unwrap_or_default();
                format!("tell {}{on}", json["type"].as_str().unwrap())
            }
            Effect::OpenMedia(_) => "open media".to_owned(),
            Effect::CloseMedia(_) => "close media".to_owned(),
            Effect::Refuse(why) => format!("refuse: {why}"),
            other => format!("{other:?}"),
        })
        .collect();
    each.join("; ")
}

#[test]
fn every_state_with_every_event_is_as_the_table_says() {
    let mut table = String::new();
    for (state, way) in states() {
        writeln!(table, "## {state}").unwrap();
        for (event_name, event) in events() {
            let start = Instant::now();
            let mut machine = CallMachine::default();
            for step in way.clone() {
                machine.handle(start, step);
            }
            let before = name(machine.state());
            let at = if event == Event::Tick { start + Duration::from_secs(60) } else { start };
            let effects = machine.handle(at, event);
            let after = name(machine.state());
            let next = if before == after { "stays".to_owned() } else { format!("→ {after}") };
            // Pairs that change nothing and ask for nothing are the rule, and left out.
            if before != after || !effects.is_empty() {
                writeln!(table, "{event_name:<24} {next:<36} {}", words(&effects)).unwrap();
            }
        }
        writeln!(table).unwrap();
    }
    let table: String = table.lines().map(|line| format!("{}\n", line.trim_end())).collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/call_table.txt");
    if std::env::var_os("UPDATE_TABLES").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    let kept = std::fs::read_to_string(path).unwrap_or_default();
    assert!(kept == table, "the table changed; read it, then keep it with UPDATE_TABLES=1:\n{table}");
}

#[test]
fn a_repeated_press_says_the_accept_once() {
    let (now, mut machine) = (Instant::now(), CallMachine::default());
    machine.handle(now, ring(1, false));
    let first = machine.handle(now, press("accept"));
    let second = machine.handle(now, press("accept"));
    assert!(first.iter().any(|effect| matches!(effect, Effect::Send(_))));
    assert_eq!(second, [Effect::Refuse("nothing is ringing")]);
}

#[test]
fn timers_follow_the_state() {
    let (now, mut machine) = (Instant::now(), CallMachine::default());
    assert_eq!(machine.poll_timeout(), None);
    machine.handle(now, ring(1, true));
    assert_eq!(machine.poll_timeout(), Some(now + Duration::from_secs(22)), "20 s offered, 2 s of grace");
    machine.handle(now, live(1));
    let open = machine.poll_timeout().unwrap();
    assert_eq!(open, now + Duration::from_secs(1));
    assert_eq!(machine.handle(open, Event::Tick), [Effect::OpenMicrophone]);
    assert_eq!(machine.poll_timeout(), None);
    machine.handle(now, press("hang_up"));
    assert_eq!(machine.poll_timeout(), Some(now + Duration::from_secs(3)));
}
