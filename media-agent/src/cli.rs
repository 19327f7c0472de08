//! The command line of `twinline-agent`.

use crate::{headless, report};
use clap::{Parser, Subcommand};
use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};
use twinline_media_engine::{EngineConfig, SoundFiles};

/// Rings, answers and carries the voice of a Twinline agent on the computer in front of the person.
#[derive(Debug, Parser)]
#[command(name = "twinline-agent", version, about)]
pub struct Arguments {
    /// Run without window and tray.
    #[arg(long, global = true)]
    pub headless: bool,
    /// The server's link address, for example `calls.example.org:8443`. Kept for later starts.
    #[arg(long, global = true, value_name = "HOST:PORT")]
    pub server: Option<String>,
    /// Where the device key, the pairing and the choice of devices are kept.
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// A WAV file that is the microphone.
    #[arg(long, global = true, value_name = "FILE")]
    pub capture: Option<PathBuf>,
    /// Start the capture file again at its end; without this silence follows.
    #[arg(long, global = true)]
    pub capture_loop: bool,
    /// A WAV file that is the speaker: written as the sound comes, 48 kHz mono.
    #[arg(long, global = true, value_name = "FILE")]
    pub playback: Option<PathBuf>,
    /// A Unix socket for driving the headless program: one JSON command a line in, one state a line out.
    #[arg(long, global = true, value_name = "PATH")]
    pub control: Option<PathBuf>,
    /// JSON lines on stdout.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Option<Command>,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show a six-digit code and wait until it was typed in the CCP.
    Pair,
    /// List the sound devices.
    Devices,
    /// Check microphone, speaker and link.
    Check,
}

impl Arguments {
    /// How the engine is to be started.
    pub fn engine(&self) -> EngineConfig {
        EngineConfig {
            data: self.data.clone().unwrap_or_else(default_data),
            server: self.server.clone(),
            files: SoundFiles {
                capture: self.capture.clone(),
                capture_loop: self.capture_loop,
                playback: self.playback.clone(),
            },
            host_name: host_name(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
        }
    }
}

/// Runs the program: exit code 0 fine, 1 error, 2 usage.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    start_log();
    let result = match arguments.command {
        Some(Command::Pair) => headless::run(report::pair(arguments)),
        Some(Command::Devices) => report::devices(&arguments),
        Some(Command::Check) => headless::run(report::check(arguments)),
        None if arguments.headless => headless::run(headless::serve(arguments)),
        None => window(arguments),
    };
    match result {
        Ok(code) => code,
        Err(error) => {
            eprintln!("twinline-agent: {error:#}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(feature = "window")]
fn window(arguments: Arguments) -> anyhow::Result<ExitCode> {
    crate::shell::run(arguments)
}

#[cfg(not(feature = "window"))]
fn window(_arguments: Arguments) -> anyhow::Result<ExitCode> {
    anyhow::bail!("this build has no window: start it with --headless")
}

/// Messages go to stderr; `TWINLINE_LOG` takes an env-filter.
fn start_log() {
    let filter = tracing_subscriber::EnvFilter::try_from_env("TWINLINE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn,twinline_media_engine=info,twinline_agent=info"));
    let _ =
        tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).with_target(false).try_init();
}

/// The usual place for a program's data on this system.
fn default_data() -> PathBuf {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        variable("APPDATA")
    } else if cfg!(target_os = "macos") {
        variable("HOME").map(|home| home.join("Library/Application Support"))
    } else {
        variable("XDG_DATA_HOME").or_else(|| variable("HOME").map(|home| home.join(".local/share")))
    };
    base.unwrap_or_else(std::env::temp_dir).join("twinline-agent")
}

/// Name of this computer, as the person who pairs knows it.
fn host_name() -> String {
    let from_file = std::fs::read_to_string(Path::new("/proc/sys/kernel/hostname")).ok();
    let name = from_file.or_else(|| std::env::var("COMPUTERNAME").ok()).or_else(|| std::env::var("HOSTNAME").ok());
    let name = name.unwrap_or_default().trim().to_owned();
    if name.is_empty() { "endpoint".to_owned() } else { name }
}
