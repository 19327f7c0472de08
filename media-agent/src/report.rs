//! The commands that run, tell and end: `pair`, `devices`, `check`.

use crate::{cli::Arguments, headless::word};
use anyhow::{Context, bail};
use std::{process::ExitCode, sync::Arc, time::Duration};
use tokio::{
    sync::watch,
    time::{Instant, timeout, timeout_at},
};
use twinline_media_engine::{CheckResult, Engine, EngineCommand, EngineState, LinkStatus, PairingView, devices::Sound};

const LINK_LIMIT: Duration = Duration::from_secs(20);
const CHECK_LIMIT: Duration = Duration::from_secs(20);

/// Shows codes until one was typed.
pub async fn pair(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let engine = Engine::start(arguments.engine()).context("the media agent cannot start")?;
    let mut state = engine.state();
    wait_for_link(&mut state).await?;
    engine.command(EngineCommand::Pair).await;
    let mut shown = String::new();
    let mut asked = true;
    loop {
        let now = state.borrow_and_update().clone();
        match &now.pairing {
            PairingView::Code { code, expires_ms } if *code != shown => {
                shown.clone_from(code);
                asked = false;
                if arguments.json {
                    println!("{}", serde_json::json!({ "pairing_code": code, "expires_ms": expires_ms }));
                } else {
                    println!("pairing code {code}");
                }
            }
            PairingView::Paired { person } if !asked => {
                if arguments.json {
                    println!("{}", serde_json::json!({ "paired": person }));
                } else {
                    println!("paired with {} ({})", person.name, person.username);
                }
                return Ok(ExitCode::SUCCESS);
            }
            PairingView::Code { .. } | PairingView::Asking | PairingView::Paired { .. } => {}
            _ if asked || now.link.status != LinkStatus::Up => {}
            _ => {
                asked = true;
                engine.command(EngineCommand::Pair).await;
            }
        }
        // A code lives for a minute; when it ran out the next one is asked for.
        let wait = match &now.pairing {
            PairingView::Code { .. } => Duration::from_secs(61),
            _ => Duration::from_secs(3),
        };
        match timeout(wait, state.changed()).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => bail!("the media agent stopped"),
            Err(_) => engine.command(EngineCommand::Pair).await,
        }
    }
}

async fn wait_for_link(state: &mut watch::Receiver<Arc<EngineState>>) -> anyhow::Result<()> {
    let until = Instant::now() + LINK_LIMIT;
    loop {
        let now = state.borrow_and_update().clone();
        match now.link.status {
            LinkStatus::Up => return Ok(()),
            LinkStatus::Unset => bail!("no server is set: add --server HOST:PORT"),
            LinkStatus::Refused => {
                bail!("{}", now.link.problem.as_ref().map_or("the server refused", |problem| &problem.detail))
            }
            LinkStatus::Connecting | LinkStatus::Down => {}
        }
        if !matches!(timeout_at(until, state.changed()).await, Ok(Ok(()))) {
            let detail = now.link.problem.as_ref().map_or("no answer", |problem| &problem.detail).to_owned();
            bail!("{} is not reached: {detail}", now.link.server);
        }
    }
}

/// Lists the devices; no server is needed.
pub fn devices(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let found = Sound::new(&arguments.engine().files)?.scan();
    if arguments.json {
        let entries = serde_json::json!({
            "host": found.host, "microphones": found.microphones, "speakers": found.speakers,
        });
        println!("{entries}");
        return Ok(ExitCode::SUCCESS);
    }
    println!("sound system: {}", found.host);
    for (kind, entries) in [("microphone", &found.microphones), ("speaker", &found.speakers)] {
        for entry in entries {
            println!("{kind} {} {}  [{}]", if entry.is_default { "*" } else { " " }, entry.name, entry.id);
        }
        if entries.is_empty() {
            println!("no {kind}");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Runs the check and says what it found; exit code 1 when a call would not work.
pub async fn check(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let engine = Engine::start(arguments.engine()).context("the media agent cannot start")?;
    let mut state = engine.state();
    // Checked with or without a link: the devices are worth knowing too.
    let _ = wait_for_link(&mut state).await;
    engine.command(EngineCommand::Check).await;
    let until = Instant::now() + CHECK_LIMIT;
    let mut printed = 0;
    loop {
        let now = state.borrow_and_update().clone();
        if let Some(check) = &now.check {
            for step in check.steps.iter().skip(printed) {
                printed += 1;
                if !arguments.json {
                    println!("{:<10} {:<7} {}", step.name, word(&step.result), step.detail);
                }
            }
            if let Some(passed) = check.passed {
                if arguments.json {
                    println!("{}", serde_json::to_string(check)?);
                } else {
                    println!("{}", verdict(passed, check.steps.iter().any(|step| step.result == CheckResult::Weak)));
                }
                return Ok(if passed { ExitCode::SUCCESS } else { ExitCode::FAILURE });
            }
        }
        if !matches!(timeout_at(until, state.changed()).await, Ok(Ok(()))) {
            bail!("the check did not end");
        }
    }
}

fn verdict(passed: bool, weak: bool) -> &'static str {
    match (passed, weak) {
        (true, false) => "ready for calls",
        (true, true) => "ready for calls, with the reservations above",
        (false, _) => "not ready for calls",
    }
}
