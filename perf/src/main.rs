//! `twinline-perf`: measures the real parts of the server as CPU time of a process of their own, beside the kernel's
//! own floor in the same run. Everything is on loopback, bounded in count and time, and removed afterwards.
#![allow(clippy::disallowed_methods)] // Measuring is about the real clock.

mod acd;
mod b2bua;
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
#[command(name = "twinline-perf", version, about = "Measures Twinline against its goals, beside the kernel's own floor")]
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
    /// Routing: agent free to offer, caller to offer (goals 9, 10)
    Acd,
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
    child::watch(Duration::from_secs(1_200));
    let mut machine = Machine::look();
    let window = Duration::from_secs(how.window);
    let extent = Extent { window, most_calls: how.most_calls as usize, workers: machine.cores };
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    let rows: Vec<Row> = match what {
        What::Floor => floor::rows(window)?,
        What::Media => media::rows(extent)?,
        What::Sip => runtime.block_on(sip::rows(&server::program(how.server.as_deref())?, window))?,
        What::Acd => runtime.block_on(acd::rows(&server::program(how.server.as_deref())?))?,
        What::Push => {
            let connections = how.connections as usize;
            runtime.block_on(push::rows(&server::program(how.server.as_deref())?, connections, window))?
        }
        What::FloorRelay { .. } | What::MediaWorker { .. } | What::B2bua { .. } => Vec::new(),
    };
    machine.look_again();
    if how.json {
        println!("{}", report::json(&machine, &rows, &[])?);
    } else {
        report::print(&rows);
    }
    Ok(ExitCode::SUCCESS)
}
