//! `twinline-agent`: the local media agent. With a window and tray, or headless with the same engine.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
