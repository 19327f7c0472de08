//! `twinline doctor`: numbered checks, each with what to do when it fails. Run before the first call, it finds what a
//! caller would otherwise meet.

use crate::{app::flows, clock::Clock, config::Config};
use anyhow::Result;
use serde::Serialize;
use std::{
    net::{SocketAddr, TcpListener, UdpSocket},
    process::{Command, ExitCode, Stdio},
};
use twinline_core::flow::Severity;
use twinline_model::{Centre, Role, Timestamp};
use twinline_store::Store;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Verdict {
    Fine,
    /// Works, but hardly as meant.
    Warning,
    Failed,
}

#[derive(Debug, Serialize)]
struct Check {
    number: u32,
    name: &'static str,
    verdict: Verdict,
    detail: String,
    #[serde(skip_serializing_if = "String::is_empty")]
    remedy: String,
}

/// The outcome of one check: verdict, detail, remedy.
type Outcome = (Verdict, String, String);

fn fine(detail: impl Into<String>) -> Outcome {
    (Verdict::Fine, detail.into(), String::new())
}

fn warning(detail: impl Into<String>, remedy: impl Into<String>) -> Outcome {
    (Verdict::Warning, detail.into(), remedy.into())
}

fn failed(detail: impl Into<String>, remedy: impl Into<String>) -> Outcome {
    (Verdict::Failed, detail.into(), remedy.into())
}

pub(super) async fn run(config: &Config, json: bool) -> Result<ExitCode> {
    let (database, centre) = database(config).await;
    let mut outcomes = vec![
        ("data directory", data_directory(config)),
        ("database", database),
        ("ports", ports(config)),
        ("speech", speech(config)),
        ("clock", clock()),
    ];
    if let Some(centre) = &centre {
        outcomes.extend([
            ("people", people(centre)),
            ("prompts", prompts(config, centre)),
            ("flows", all_flows(centre)),
            ("numbers", numbers(centre)),
            ("references", references(centre)),
            ("trunks", trunks(centre)),
        ]);
    }
    let checks: Vec<Check> = outcomes
        .into_iter()
        .zip(1..)
        .map(|((name, (verdict, detail, remedy)), number)| Check { number, name, verdict, detail, remedy })
        .collect();
    let ok = checks.iter().all(|check| check.verdict != Verdict::Failed);
    if json {
        println!("{}", serde_json::json!({ "ok": ok, "checks": checks }));
    } else {
        for check in &checks {
            let word = match check.verdict {
                Verdict::Fine => "ok     ",
                Verdict::Warning => "warning",
                Verdict::Failed => "FAILED ",
            };
            println!("{:2}. {word} {:14} {}", check.number, check.name, check.detail);
            if !check.remedy.is_empty() {
                println!("                           -> {}", check.remedy);
            }
        }
    }
    Ok(if ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn data_directory(config: &Config) -> Outcome {
    let dir = &config.data.dir;
    let probe = dir.join(".doctor");
    match std::fs::create_dir_all(dir).and_then(|()| std::fs::write(&probe, b"probe")) {
        Ok(()) => {
            let _ = std::fs::remove_file(&probe);
            fine(format!("{} can be written", dir.display()))
        }
        Err(error) => failed(format!("{}: {error}", dir.display()), "Make it writable for this user, or set data.dir."),
    }
}

async fn database(config: &Config) -> (Outcome, Option<Centre>) {
    let path = super::database(config);
    if !path.exists() {
        return (warning("there is none yet", "`twinline seed demo`, or `twinline serve` makes an empty one."), None);
    }
    let verified = match twinline_store::verify(&path).await {
        Err(error) => return (failed(error.to_string(), "Restore a backup: twinline restore."), None),
        Ok(version) if version < twinline_store::NEWEST => {
            return (warning(format!("schema {version} is old"), "Run: twinline migrate"), None);
        }
        Ok(version) => version,
    };
    let loaded = match Store::open_beside(&path).await {
        Ok(store) => store.load_centre().await,
        Err(error) => return (failed(error.to_string(), "Restore a backup: twinline restore."), None),
    };
    match loaded {
        Ok(Some(centre)) => (fine(format!("whole, schema {verified}")), Some(centre)),
        Ok(None) => (warning("no instance in it yet", "`twinline serve` or `twinline seed demo` makes one."), None),
        Err(error) => (failed(error.to_string(), "Restore a backup: twinline restore."), None),
    }
}

fn ports(config: &Config) -> Outcome {
    let tcp =
        |address: SocketAddr| TcpListener::bind(address).map(drop).map_err(|error| format!("{address}/tcp: {error}"));
    let udp =
        |address: SocketAddr| UdpSocket::bind(address).map(drop).map_err(|error| format!("{address}/udp: {error}"));
    let mut problems = Vec::new();
    problems.extend(tcp(config.http.listen).err());
    problems.extend(udp(config.quic.listen).err());
    for address in &config.sip.listen {
        problems.extend(udp(*address).err());
        problems.extend(tcp(*address).err());
    }
    problems.extend(udp(SocketAddr::new(config.webrtc.listen, config.webrtc.base_port)).err());
    if problems.is_empty() {
        return fine("all free");
    }
    let remedy = "A running twinline holds them; else find the program with `ss -lptun`, or choose other ports.";
    warning(problems.join(", "), remedy)
}

fn speech(config: &Config) -> Outcome {
    let program = &config.speech.espeak;
    let started = Command::new(program).arg("--version").stdin(Stdio::null()).output();
    match started {
        Ok(output) if output.status.success() => {
            let version = String::from_utf8_lossy(&output.stdout);
            fine(version.lines().next().unwrap_or_default().trim().to_owned())
        }
        _ => failed(
            format!("{} cannot be started", program.display()),
            "apt-get install espeak-ng, or set speech.espeak.",
        ),
    }
}

fn clock() -> Outcome {
    let now = Clock::start().now();
    // Before this program was written.
    if now < Timestamp::from_secs(1_760_000_000) {
        return failed(
            format!("it is {now}"),
            "Set the clock (timedatectl set-ntp true): records and hours depend on it.",
        );
    }
    fine(now.to_rfc3339())
}

fn people(centre: &Centre) -> Outcome {
    let count = |role| centre.agents.values().filter(|agent| agent.roles.contains(&role)).count();
    if count(Role::Admin) == 0 {
        return failed("there is no administrator", "Run: twinline user add NAME --role admin");
    }
    fine(format!("{} users, {} agents", centre.agents.len(), count(Role::Agent)))
}

fn prompts(config: &Config, centre: &Centre) -> Outcome {
    let dir = config.data.dir.join("prompts");
    let bad = centre.prompts.values().filter_map(|prompt| {
        let bytes = match std::fs::read(dir.join(&prompt.file)) {
            Ok(bytes) => bytes,
            Err(error) => return Some(format!("{}: {error}", prompt.name)),
        };
        twinline_media::wave::decode(&bytes, 8_000).err().map(|error| format!("{}: {error}", prompt.name))
    });
    let bad: Vec<String> = bad.collect();
    if bad.is_empty() {
        return fine(format!("{} can be played", centre.prompts.len()));
    }
    failed(bad.join("; "), "Send the sound again: PUT /api/v1/prompts/{id}/audio")
}

fn all_flows(centre: &Centre) -> Outcome {
    let mut errors = Vec::new();
    let mut warnings = 0;
    for flow in centre.flows.values() {
        for finding in flows::findings(&flow.content, flow.kind, Some(centre)) {
            match finding.severity {
                Severity::Error => errors.push(format!("{}: {finding}", flow.name)),
                Severity::Warning => warnings += 1,
            }
        }
    }
    if errors.is_empty() {
        return fine(format!("{} flows, {warnings} warnings", centre.flows.len()));
    }
    errors.truncate(10);
    failed(errors.join("; "), "Correct the flows; `twinline flow lint` checks a file.")
}

fn numbers(centre: &Centre) -> Outcome {
    let silent = centre.numbers.values().filter(|number| number.flow.is_none_or(|id| !centre.flows.contains_key(&id)));
    let silent: Vec<_> = silent.map(|number| number.number.clone()).collect();
    if centre.numbers.is_empty() {
        return warning("there is none", "Add one: POST /api/v1/numbers");
    }
    if silent.is_empty() {
        return fine(format!("{}, each with a flow", centre.numbers.len()));
    }
    warning(format!("without a flow: {}", silent.join(", ")), "Name a flow, or callers hear nothing but a refusal.")
}

fn references(centre: &Centre) -> Outcome {
    let mut missing = Vec::new();
    for queue in centre.queues.values() {
        if queue.hours.is_some_and(|id| !centre.hours.contains_key(&id)) {
            missing.push(format!("queue {}: hours", queue.name));
        }
        if queue.quick_connects.iter().any(|id| !centre.quick_connects.contains_key(id)) {
            missing.push(format!("queue {}: quick connect", queue.name));
        }
    }
    for profile in centre.routing_profiles.values() {
        let outbound = profile.outbound_queue.into_iter();
        if profile.queues.iter().map(|entry| entry.queue).chain(outbound).any(|id| !centre.queues.contains_key(&id)) {
            missing.push(format!("routing profile {}: queue", profile.name));
        }
    }
    for agent in centre.agents.values().filter(|agent| agent.is_agent()) {
        if agent.routing_profile.is_none_or(|id| !centre.routing_profiles.contains_key(&id)) {
            missing.push(format!("user {}: routing profile", agent.username));
        }
    }
    let flows = [centre.default_queue_flow, centre.default_hold_flow];
    if flows.iter().flatten().any(|id| !centre.flows.contains_key(id)) {
        missing.push("settings: default flow".to_owned());
    }
    let served =
        |id| centre.routing_profiles.values().any(|profile| profile.queues.iter().any(|entry| entry.queue == id));
    let unserved = centre.queues.values().filter(|queue| !served(queue.id)).map(|queue| queue.name.clone());
    let unserved: Vec<_> = unserved.collect();
    if !missing.is_empty() {
        return failed(format!("missing: {}", missing.join(", ")), "Choose existing ones in the console.");
    }
    if !unserved.is_empty() {
        return warning(format!("nobody serves {}", unserved.join(", ")), "Add the queue to a routing profile.");
    }
    fine("all there")
}

fn trunks(centre: &Centre) -> Outcome {
    if centre.trunks.is_empty() {
        return warning("there is none: no call is taken", "Add one: POST /api/v1/trunks");
    }
    fine(format!("{}", centre.trunks.len()))
}
