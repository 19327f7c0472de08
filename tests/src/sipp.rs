//! Debian's SIPp (package sip-tester) as a crowd of callers.

#![allow(clippy::disallowed_methods)] // Real programs live in real time.

use anyhow::{Context, Result, ensure};
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    time::{Duration, Instant},
};

/// A crowd and how it calls.
pub struct Crowd<'a> {
    /// Scenario in `tests/e2e/peers`.
    pub scenario: &'a str,
    pub server: SocketAddr,
    pub number: &'a str,
    /// `u1` UDP, `t1` TCP.
    pub transport: &'a str,
    pub calls: usize,
    /// Calls begun each second.
    pub rate: usize,
    /// First port of the callers' RTP.
    pub media_port: u16,
}

/// Running callers.
pub struct Sipp {
    program: Child,
    folder: PathBuf,
}

/// What came of them.
#[derive(Debug, PartialEq, Eq)]
pub struct Outcome {
    pub succeeded: u64,
    pub failed: u64,
}

impl Crowd<'_> {
    /// Starts calling. `folder` holds the sounds and receives SIPp's logs.
    pub fn call(&self, folder: &Path) -> Result<Sipp> {
        std::fs::create_dir_all(folder)?;
        let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/peers").join(self.scenario);
        std::fs::copy(&scenario, folder.join("scenario.xml")).with_context(|| scenario.display().to_string())?;
        let program = Command::new("sipp")
            .arg(self.server.to_string())
            .args(["-sf", "scenario.xml", "-s", self.number, "-t", self.transport, "-i", "127.0.0.1", "-nostdin"])
            .args(["-m", &self.calls.to_string(), "-l", &self.calls.to_string(), "-r", &self.rate.to_string()])
            .args(["-mp", &self.media_port.to_string(), "-buff_size", "1048576"])
            .args(["-trace_stat", "-stf", "stat.csv", "-fd", "1", "-trace_err", "-error_file", "errors.log"])
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(folder.join("stderr.log"))?)
            .spawn()
            .context("sipp could not be started: install Debian's package sip-tester")?;
        Ok(Sipp { program, folder: folder.to_owned() })
    }
}

impl Sipp {
    /// Waits until every call is over.
    pub async fn done(&mut self, limit: Duration) -> Result<Outcome> {
        let deadline = Instant::now() + limit;
        let status: ExitStatus = loop {
            if let Some(status) = self.program.try_wait()? {
                break status;
            }
            ensure!(
                Instant::now() < deadline,
                "sipp was not through in {limit:?}: {:?}\n{}",
                self.counted(),
                self.errors()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        };
        self.counted().with_context(|| format!("sipp ended with {status}: {}", self.errors()))
    }

    /// The last line of its statistics.
    pub fn counted(&self) -> Result<Outcome> {
        let table = std::fs::read_to_string(self.folder.join("stat.csv"))?;
        let mut lines = table.lines();
        let names: Vec<_> = lines.next().context("an empty table")?.split(';').collect();
        let last: Vec<_> = lines.last().context("no row yet")?.split(';').collect();
        let value = |name: &str| -> Result<u64> {
            let column = names.iter().position(|known| *known == name).with_context(|| name.to_owned())?;
            Ok(last.get(column).context("a short row")?.trim().parse()?)
        };
        Ok(Outcome { succeeded: value("SuccessfulCall(C)")?, failed: value("FailedCall(C)")? })
    }

    /// The beginning of what it complained about.
    pub fn errors(&self) -> String {
        let read = |name: &str| std::fs::read_to_string(self.folder.join(name)).unwrap_or_default();
        (read("stderr.log") + &read("errors.log")).chars().take(4_000).collect()
    }
}

impl Drop for Sipp {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}
