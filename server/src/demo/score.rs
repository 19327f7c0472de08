//! PESQ by the Python package of that name, where it is installed.

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tokio::{io::AsyncWriteExt, process::Command};

/// A score, or why there is none.
#[derive(Clone, Debug, Deserialize)]
pub struct Score {
    #[serde(rename = "pesq")]
    pub value: Option<f64>,
    #[serde(default)]
    pub why: Option<String>,
}

const SCRIPT: &str = include_str!("score.py");

/// Scores pairs of files: what was said, what was heard.
pub async fn score(pairs: &[(&PathBuf, &PathBuf)]) -> Result<Vec<Score>> {
    let mut command = Command::new(python());
    command.arg("-").stdin(std::process::Stdio::piped()).stdout(std::process::Stdio::piped());
    command.stderr(std::process::Stdio::null());
    for (said, heard) in pairs {
        command.arg(said).arg(heard);
    }
    let mut child = command.spawn().context("python3 could not be started")?;
    let mut stdin = child.stdin.take().context("no way to hand over the script")?;
    stdin.write_all(SCRIPT.as_bytes()).await?;
    drop(stdin);
    let done = child.wait_with_output().await?;
    let scores: Vec<Score> = serde_json::from_slice(&done.stdout).context("the scoring script gave no scores")?;
    ensure!(scores.len() == pairs.len(), "the scoring script gave {} scores", scores.len());
    Ok(scores)
}

/// The project's own Python environment, made by setup.sh, or the system's.
fn python() -> PathBuf {
    let own = Path::new(".venv/bin/python");
    if own.exists() { own.to_owned() } else { PathBuf::from("python3") }
}
