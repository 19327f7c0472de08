//! The whole server as a process of its own, on free ports, with the measured centre in a folder that is removed.

use crate::{
    centre::{self, People, Staff},
    child::Running,
    proc::Usage,
    worker::free_ports,
};
use anyhow::{Context, Result, bail, ensure};
use std::{
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

/// A running server.
pub struct Server {
    // Ended before its folder goes: fields drop in order.
    process: Running,
    pub people: People,
    pub http: SocketAddr,
    pub sip: SocketAddrV4,
    pub quic: SocketAddr,
    folder: tempfile::TempDir,
}

impl Server {
    /// Writes a centre, starts `program serve` on it, waits until it is ready.
    pub async fn start(program: &Path, staff: Staff, phones: SocketAddrV4) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("twinline-perf-").tempdir()?;
        let people = centre::write(folder.path(), staff, &phones.to_string()).await?;
        let http = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let sip = free_pair()?;
        let quic = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let rtp = free_ports(2_000)?;
        let log = std::fs::File::create(folder.path().join("server.log"))?;
        let mut command = Command::new(program);
        command
            .arg("serve")
            .env("TWINLINE__DATA__DIR", folder.path())
            .env("TWINLINE__HTTP__LISTEN", http.to_string())
            .env("TWINLINE__SIP__LISTEN", sip.to_string())
            .env("TWINLINE__QUIC__LISTEN", quic.to_string())
            .env("TWINLINE__RTP__FIRST_PORT", rtp.to_string())
            .env("TWINLINE__RTP__LAST_PORT", (rtp + 1_999).to_string())
            .env("TWINLINE__WEBRTC__BASE_PORT", free_ports(16)?.to_string())
            .env("TWINLINE__LOG__LEVEL", "warn")
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        let process = Running::start(&mut command)?;
        let mut server = Self { process, people, http, sip, quic, folder };
        server.ready().await?;
        Ok(server)
    }

    async fn ready(&mut self) -> Result<()> {
        let client = reqwest::Client::builder().timeout(Duration::from_secs(5)).build()?;
        let url = format!("http://{}/readyz", self.http);
        let until = Instant::now() + Duration::from_secs(60);
        while Instant::now() < until {
            ensure!(!self.process.is_over(), "the server ended at once: {}", self.log());
            if client.get(&url).send().await.is_ok_and(|reply| reply.status().is_success()) {
                // Prompts are prepared beside the start; they shall not be measured.
                tokio::time::sleep(Duration::from_millis(1_500)).await;
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server was not ready in a minute: {}", self.log())
    }

    pub fn usage(&self) -> Result<Usage> {
        self.process.usage()
    }

    pub fn pid(&self) -> u32 {
        self.process.pid()
    }

    /// What it had to complain about: its log begins at `warn`.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.path().join("server.log")).unwrap_or_default();
        text.lines().take(5).collect::<Vec<_>>().join(" | ")
    }
}

/// The server to measure: as named, or beside this program.
pub fn program(named: Option<&Path>) -> Result<PathBuf> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => std::env::current_exe()?.with_file_name("twinline"),
    };
    ensure!(
        path.is_file(),
        "{} is not there: build it with `cargo build --release -p twinline-server`, or name it with --server",
        path.display()
    );
    Ok(path)
}

/// A port that is free for UDP and TCP.
fn free_pair() -> Result<SocketAddrV4> {
    for _ in 0..100 {
        let port = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(SocketAddrV4::new(Ipv4Addr::LOCALHOST, port));
        }
    }
    Err(std::io::Error::from(std::io::ErrorKind::AddrInUse)).context("no port is free for SIP")
}
