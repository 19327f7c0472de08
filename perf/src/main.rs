//! `twinline-perf`: measures the real parts of the server as CPU time of a process of their own, beside the kernel's
//! own floor in the same run. Everything is on loopback, bounded in count and time, and removed afterwards.
#![allow(clippy::disallowed_methods)] // Measuring is about the real clock.

mod acd;
mod b2bua;
mod bridged;
mod centre;
mod child;
mod datagrams;
mod floor;
mod links;
mod machine;
mod matching;
mod media;
mod phones;
mod proc;
mod push;
mod report;
mod rtp;
mod server;
mod sip;
mod softphones;
mod sound;
mod stats;
mod worker;
mod ws;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};
use machine::Machine;
use media::Extent;
use report::Row;
use std::{path::PathBuf, process::ExitCode, time::Duration};

#[derive(Parser)]
#[command(
    name = "twinline-perf",
    version,
    about = "Measures Twinline against its goals, beside the kernel's own floor"
)]
struct Line {
    #[command(subcommand)]
    what: What,
    #[command(flatten)]
    how: How,
}

/// Options of every measure.
#[derive(Args, Clone, Debug)]
struct How {
    /// One JSON object on standard output instead of the table
    #[arg(long, global = true)]
    json: bool,
    /// The server to measure; without it `twinline` beside this program
    #[arg(long, global = true, value_name = "PATH")]
    server: Option<PathBuf>,
    /// Seconds of each measured window
    #[arg(long, global = true, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(2..=60))]
    window: u64,
    /// Calls of the biggest relay
    #[arg(long, global = true, default_value_t = 1_000, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=2_000))]
    most_calls: u64,
    /// Whole calls with WebRTC agents
    #[arg(long, global = true, default_value_t = 50, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..=500))]
    bridged: u64,
    /// CCP connections
    #[arg(long, global = true, default_value_t = 2_000, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(10..=9_000))]
    connections: u64,
}

#[derive(Subcommand)]
enum What {
    /// The kernel's own floor on this machine
    Floor,
    /// Signalling: CPU per call, first sound (goals 1, 8)
    Sip,
    /// Voice: relay, latency, prompts, transcoding, memory (goals 2, 6, 7, 11, 13, 14)
    Media,
    /// Whole calls with WebRTC agents: CPU and memory (goals 5, 14); a part of `media`
    Bridged,
    /// Routing: agent free to offer, caller to offer (goals 9, 10)
    Acd,
    /// Everything; writes RESULTS.md
    All {
        /// Exit 4 when a row is above its budget
        #[arg(long)]
        check: bool,
        /// Where the results go, when that folder is there
        #[arg(long, default_value = "perf/RESULTS.md", value_name = "FILE")]
        results: PathBuf,
        #[arg(long, default_value = "perf/budgets.toml", value_name = "FILE")]
        budgets: PathBuf,
    },
    /// CCP pages: memory, CPU and latency of a pushed change (goal 15)
    Push,
    #[command(hide = true)]
    FloorRelay {
        port: u16,
        streams: usize,
        #[arg(long)]
        single: bool,
    },
    #[command(hide = true)]
    B2bua { callers: u8, callee: std::net::SocketAddr },
    #[command(hide = true)]
    MediaWorker { work: worker::Work, legs: usize, workers: usize, port: u16 },
}

fn main() -> ExitCode {
    let line = Line::parse();
    let done = match line.what {
        What::FloorRelay { port, streams, single } => floor::relay(port, streams, single).map(|()| ExitCode::SUCCESS),
        What::B2bua { callers, callee } => b2bua::run(callers, callee).map(|()| ExitCode::SUCCESS),
        What::MediaWorker { work, legs, workers, port } => {
            worker::run(work, legs, workers, port).map(|()| ExitCode::SUCCESS)
        }
        what => measure(&what, &line.how),
    };
    done.unwrap_or_else(|error| {
        eprintln!("{error:#}");
        ExitCode::FAILURE
    })
}

fn measure(what: &What, how: &How) -> Result<ExitCode> {
    child::watch(Duration::from_secs(1_500));
    let mut machine = Machine::look();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let parts: &[Part] = match what {
        What::Floor => &[Part::Floor],
        What::Sip => &[Part::Sip],
        What::Media => &[Part::Media, Part::Bridged],
        What::Bridged => &[Part::Bridged],
        What::Acd => &[Part::Acd],
        What::Push => &[Part::Push],
        _ => &[Part::Floor, Part::Sip, Part::Media, Part::Bridged, Part::Acd, Part::Push],
    };
    let (mut rows, mut missing) = (Vec::new(), Vec::new());
    for part in parts {
        match runtime.block_on(part.rows(how, &rows)) {
            Ok(more) => rows.extend(more),
            // One part that fails shall not take the others with it.
            Err(error) if parts.len() > 1 => {
                eprintln!("{part:?}: {error:#}");
                missing.push((format!("{part:?}"), format!("{error:#}")));
            }
            Err(error) => return Err(error),
        }
    }
    missing.extend(NOT_MEASURED.map(|(what, why)| (what.to_owned(), why.to_owned())));
    machine.look_again();
    if how.json {
        println!("{}", report::json(&machine, &rows, &missing)?);
    } else {
        report::print(&rows);
    }
    let What::All { check, results, budgets } = what else { return Ok(ExitCode::SUCCESS) };
    if let Some(folder) = results.parent().filter(|folder| folder.is_dir()) {
        std::fs::write(results, report::markdown(&machine, &rows, &missing)?)?;
        eprintln!("written: {}", folder.join(results.file_name().unwrap_or_default()).display());
    } else {
        eprintln!("{} is not written: its folder is not here", results.display());
    }
    if *check {
        let broken = report::over_budget(&rows, budgets)?;
        broken.iter().for_each(|line| eprintln!("{line}"));
        return Ok(if broken.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(4) });
    }
    Ok(ExitCode::SUCCESS)
}

/// What can be measured by itself.
#[derive(Clone, Copy, Debug)]
enum Part {
    Floor,
    Sip,
    Media,
    Bridged,
    Acd,
    Push,
}

impl Part {
    async fn rows(self, how: &How, so_far: &[Row]) -> Result<Vec<Row>> {
        let window = Duration::from_secs(how.window);
        let server = || server::program(how.server.as_deref());
        match self {
            Self::Floor => floor::rows(window.min(Duration::from_secs(6))),
            Self::Sip => sip::rows(&server()?, window).await,
            Self::Media => {
                let workers = std::thread::available_parallelism().map_or(1, usize::from);
                media::rows(Extent { window, most_calls: how.most_calls as usize, workers })
            }
            Self::Bridged => {
                let plain = so_far.iter().find(|row| row.goal == "2").and_then(|row| row.measured);
                bridged::rows(&server()?, how.bridged as usize, window, plain).await
            }
            Self::Acd => acd::rows(&server()?).await,
            Self::Push => push::rows(&server()?, how.connections as usize, window).await,
        }
    }
}

/// Goals of the list that nothing here measures yet, and why.
const NOT_MEASURED: [(&str, &str); 5] = [
    ("3 (kernel fast path, eBPF)", "not built; it needs privilege"),
    ("4 (calls of two nodes on one 5-tuple)", "there is one node"),
    ("12 (G.711 to a WebRTC agent without transcoding)", "no row of its own: the calls of goal 5 are such calls"),
    ("16 (calls held without loss)", "the generator needs as much of the two cores as the server"),
    ("18 (server part of mouth-to-ear)", "see goal 6: one way through the relay, both legs"),
];
