//! `twinline-agent`: the local media agent. With a window and tray, or headless with the same engine.

mod cli;
#[cfg(feature = "window")]
mod commands;
#[cfg(unix)]
mod control;
mod headless;
mod report;
#[cfg(feature = "window")]
mod shell;
#[cfg(feature = "window")]
mod tray;

fn main() -> std::process::ExitCode {
    cli::run()
}
