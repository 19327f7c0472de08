//! A real server in a folder of its own, on ports of its own, with the demo's configuration; stopped and removed when
//! the test is over.

#![allow(clippy::disallowed_methods)] // Real programs live in real time.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

/// A running server.
pub struct Rig {
    pub folder: PathBuf,
    pub http: SocketAddr,
    pub sip: SocketAddr,
    pub quic: SocketAddr,
    rtp: u16,
    webrtc: u16,
    server: Option<Child>,
    client: reqwest::Client,
    keep: bool,
}

impl Rig {
    /// A fresh folder with demo data and a server on it.
    pub async fn start(name: &str) -> Result<Rig> {
        let mut world = Rig::prepare(name)?;
        world.seed()?;
        world.serve().await?;
        Ok(world)
    }

    fn prepare(name: &str) -> Result<Rig> {
        let unique = format!("twinline-{name}-{}", std::process::id());
        let folder = std::env::temp_dir().join(unique);
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder)?;
        Ok(Rig {
            folder,
            http: free_tcp()?,
            sip: free_pair()?,
            quic: free_udp()?,
            rtp: free_range()?,
            webrtc: free_udp()?.port(),
            server: None,
            client: reqwest::Client::builder().timeout(Duration::from_secs(20)).build()?,
            keep: std::env::var_os("TWINLINE_E2E_KEEP").is_some(),
        })
    }

    fn seed(&self) -> Result<()> {
        let done = self.command().args(["seed", "demo"]).output().context("twinline seed demo")?;
        ensure!(done.status.success(), "seed demo: {}", String::from_utf8_lossy(&done.stderr));
        Ok(())
    }

    /// The program with this rig's settings.
    pub fn command(&self) -> Command {
        let mut command = Command::new(program("twinline"));
        command
            .env("TWINLINE__DATA__DIR", &self.folder)
            .env("TWINLINE__HTTP__LISTEN", self.http.to_string())
            .env("TWINLINE__SIP__LISTEN", self.sip.to_string())
            .env("TWINLINE__QUIC__LISTEN", self.quic.to_string())
            .env("TWINLINE__RTP__FIRST_PORT", self.rtp.to_string())
            .env("TWINLINE__RTP__LAST_PORT", (self.rtp + 1_999).to_string())
            .env("TWINLINE__WEBRTC__BASE_PORT", self.webrtc.to_string())
            .env("TWINLINE__WORKERS__MEDIA", "1");
        command
    }

    /// Starts the server (again) and waits until it is ready.
    pub async fn serve(&mut self) -> Result<()> {
        let log = std::fs::File::options().create(true).append(true).open(self.folder.join("server.log"))?;
        let child = self.command().arg("serve").stdin(Stdio::null()).stdout(Stdio::null()).stderr(log).spawn()?;
        self.server = Some(child);
        for _ in 0..200 {
            if let Ok(reply) = self.client.get(format!("http://{}/readyz", self.http)).send().await
                && reply.status().is_success()
            {
                return Ok(());
            }
            if let Some(status) = self.server.as_mut().and_then(|child| child.try_wait().ok().flatten()) {
                bail!("the server ended at once ({status}): {}", self.log());
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        bail!("the server was not ready in 10 s: {}", self.log())
    }

    /// The end of the server's log.
    pub fn log(&self) -> String {
        let text = std::fs::read_to_string(self.folder.join("server.log")).unwrap_or_default();
        let lines: Vec<_> = text.lines().rev().take(40).collect();
        lines.into_iter().rev().collect::<Vec<_>>().join("\n")
    }

    /// `kill -9`.
    pub fn kill(&mut self) -> Result<()> {
        let mut child = self.server.take().context("no server runs")?;
        child.kill()?;
        child.wait()?;
        Ok(())
    }

    pub fn pid(&self) -> Option<u32> {
        self.server.as_ref().map(Child::id)
    }

    /// Keeps the folder for looking at it; so does the variable `TWINLINE_E2E_KEEP` in the environment.
    pub fn keep(&mut self) {
        self.keep = true;
    }

    // ---- REST

    /// Signs in and gives the token.
    pub async fn sign_in(&self, username: &str, password: &str) -> Result<String> {
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = self.client.post(self.url("session")).json(&body).send().await?;
        let status = reply.status();
        let session: Value = reply.json().await?;
        ensure!(status.is_success(), "sign-in of {username}: {status} {session}");
        Ok(session["token"].as_str().context("a token")?.to_owned())
    }

    pub async fn get(&self, token: &str, path: &str) -> Result<Value> {
        let reply = self.client.get(self.url(path)).bearer_auth(token).send().await?;
        let status = reply.status();
        let text = reply.text().await?;
        ensure!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).with_context(|| format!("GET {path} gave no JSON: {text}"))
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Result<Value> {
        let reply = self.client.post(self.url(path)).bearer_auth(token).json(body).send().await?;
        let status = reply.status();
        let text = reply.text().await?;
        ensure!(status.is_success(), "POST {path}: {status} {text}");
        serde_json::from_str(&text).with_context(|| format!("POST {path} gave no JSON: {text}"))
    }

    /// Every row of a paged list.
    pub async fn all(&self, token: &str, path: &str) -> Result<Vec<Value>> {
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        for _ in 0..1_000 {
            let joint = if path.contains('?') { '&' } else { '?' };
            let page = match &cursor {
                Some(cursor) => self.get(token, &format!("{path}{joint}limit=100&cursor={cursor}")).await?,
                None => self.get(token, &format!("{path}{joint}limit=100")).await?,
            };
            rows.extend(page["items"].as_array().cloned().unwrap_or_default());
            match page["next"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => return Ok(rows),
            }
        }
        bail!("{path} has no end")
    }

    /// Asks again and again until the answer is as wanted.
    pub async fn eventually(
        &self,
        token: &str,
        path: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let deadline = Instant::now() + limit;
        loop {
            let value = self.get(token, path).await?;
            if wanted(&value) {
                return Ok(value);
            }
            ensure!(Instant::now() < deadline, "{path} in {limit:?} never became what the story tells; last: {value}");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.http)
    }
}

impl Drop for Rig {
    fn drop(&mut self) {
        if let Some(child) = &mut self.server {
            let _ = child.kill();
            let _ = child.wait();
        }
        if std::thread::panicking() {
            eprintln!("---- server log\n{}", self.log());
        }
        if !self.keep {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// A program of this build, beside the test's own.
pub fn program(name: &str) -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    let folder = own.parent().and_then(Path::parent).unwrap_or(Path::new("."));
    folder.join(name)
}

fn free_tcp() -> Result<SocketAddr> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

fn free_udp() -> Result<SocketAddr> {
    Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?)
}

/// A port that is free over UDP and TCP.
fn free_pair() -> Result<SocketAddr> {
    for _ in 0..100 {
        let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        let address = udp.local_addr()?;
        if TcpListener::bind(address).is_ok() {
            return Ok(address);
        }
    }
    bail!("no port is free over both UDP and TCP")
}

/// The first of 2,000 ports that nobody seems to use: rigs run side by side.
fn free_range() -> Result<u16> {
    let start = (std::process::id() % 15) as u16;
    for step in 0..15u16 {
        let first = 20_000 + ((start + step) % 15) * 2_000;
        if UdpSocket::bind((Ipv4Addr::LOCALHOST, first)).is_ok() {
            return Ok(first);
        }
    }
    bail!("no RTP range is free")
}
