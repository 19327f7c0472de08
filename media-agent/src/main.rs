//! `twinline-agent`: the local media agent. With a window and tray, or headless with the same engine.

mod cli;
#[cfg(unix)]
mod control;
mod headless;
mod report;
#[cfg(feature = "window")]
mod shell;

fn main() -> std::process::ExitCode {
    cli::run()
}
