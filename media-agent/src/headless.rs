//! The program without a window: the engine, its state as lines on stdout, and an optional socket that drives it.

use crate::cli::Arguments;
use anyhow::Context;
use std::{future::Future, process::ExitCode, sync::Arc};
use tokio::sync::watch;
use twinline_media_engine::{CallStatus, Engine, EngineCommand, EngineState, LinkStatus, PairingView};

/// Runs a future on the program's runtime.
pub fn run(work: impl Future<Output = anyhow::Result<ExitCode>>) -> anyhow::Result<ExitCode> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    let result = runtime.block_on(work);
    // A sound server that hangs must not keep the program.
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    result
}

/// Runs the engine until it is told to stop or the process is asked to.
pub async fn serve(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let engine = Engine::start(arguments.engine()).context("the media agent cannot start")?;
    if let Some(path) = &arguments.control {
        listen(path, &engine)?;
    }
    let mut state = engine.state();
    let mut shown = Lines::default();
    loop {
        let now = state.borrow_and_update().clone();
        shown.print(&now, arguments.json);
        tokio::select! {
            changed = state.changed() => if changed.is_err() { return Ok(ExitCode::SUCCESS) },
            () = asked_to_stop() => {
                engine.command(EngineCommand::Shutdown).await;
                stopped(state).await;
                return Ok(ExitCode::SUCCESS);
            }
        }
    }
}

#[cfg(unix)]
fn listen(path: &std::path::Path, engine: &Engine) -> anyhow::Result<()> {
    crate::control::listen(path, engine.clone())
        .with_context(|| format!("the control socket {} cannot be opened", path.display()))
}

#[cfg(not(unix))]
fn listen(_path: &std::path::Path, _engine: &Engine) -> anyhow::Result<()> {
    anyhow::bail!("--control needs Unix sockets, which this system does not have")
}

async fn stopped(mut state: watch::Receiver<Arc<EngineState>>) {
    let end = async { while state.changed().await.is_ok() {} };
    let _ = tokio::time::timeout(std::time::Duration::from_secs(2), end).await;
}

async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = match signal(SignalKind::terminate()) {
            Ok(signal) => signal,
            Err(_) => return std::future::pending().await,
        };
        tokio::select! {
            _ = terminate.recv() => {}
            _ = tokio::signal::ctrl_c() => {}
        }
    }
    #[cfg(not(unix))]
    let _ = tokio::signal::ctrl_c().await;
}

/// What was printed last, so that each change is one line.
#[derive(Default)]
struct Lines {
    link: Option<LinkStatus>,
    pairing: String,
    call: CallStatus,
    json: String,
}

impl Lines {
    fn print(&mut self, state: &EngineState, json: bool) {
        if json {
            let line = serde_json::to_string(state).unwrap_or_default();
            if line != self.json {
                println!("{line}");
                self.json = line;
            }
            return;
        }
        if self.link != Some(state.link.status) {
            self.link = Some(state.link.status);
            println!("link {}", link_words(state));
        }
        let pairing = pairing_words(&state.pairing);
        if pairing != self.pairing {
            println!("{pairing}");
            self.pairing = pairing;
        }
        if state.call.status != self.call {
            self.call = state.call.status;
            // No caller here: the log of a computer is no place for phone numbers.
            let why = state.call.why.as_ref().map(|why| format!(" ({why})")).unwrap_or_default();
            println!("call {}{why}", word(&state.call.status));
        }
    }
}

/// A unit value as its stable word.
pub fn word(value: &impl serde::Serialize) -> String {
    serde_json::to_value(value).ok().and_then(|v| v.as_str().map(str::to_owned)).unwrap_or_default()
}

fn link_words(state: &EngineState) -> String {
    let detail = state.link.problem.as_ref().map(|problem| format!(": {}", problem.detail)).unwrap_or_default();
    format!("{} {}{detail}", word(&state.link.status), state.link.server)
}

fn pairing_words(pairing: &PairingView) -> String {
    match pairing {
        PairingView::Unknown => "pairing unknown".to_owned(),
        PairingView::Unpaired { reason: Some(reason) } => format!("not paired: {reason}"),
        PairingView::Unpaired { reason: None } => "not paired".to_owned(),
        PairingView::Asking => "pairing: asking for a code".to_owned(),
        PairingView::Code { code, .. } => format!("pairing code {code}"),
        PairingView::Paired { person } => format!("paired with {} ({})", person.name, person.username),
        PairingView::Superseded { by } => format!("audio taken over by {by}"),
    }
}
