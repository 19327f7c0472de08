//! The command line of `twinline-agent`.

use clap::{Parser, Subcommand};
use std::{path::PathBuf, process::ExitCode};

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
    #[arg(long, global = true, requires = "capture")]
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
    /// Check microphone, speaker, link and the audio path.
    Check,
}

/// Runs the program: exit code 0 fine, 1 error, 2 usage.
pub fn run() -> ExitCode {
    let _arguments = Arguments::parse();
    ExitCode::SUCCESS
}
