//! `twinline demo`: a first call, made and shown.

pub mod clock;

use crate::cli::DemoArgs;
use anyhow::Result;
use std::process::ExitCode;

/// Runs the demo.
pub async fn run(_arguments: DemoArgs) -> Result<ExitCode> {
    anyhow::bail!("the demo is not part of this build")
}
