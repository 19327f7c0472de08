//! The demo's media agent: the real program, headless with files for sound devices, driven through its control socket;
//! or its window, where there is a display.

use super::clock::now_ms;
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixStream, unix::OwnedWriteHalf},
    process::{Child, Command},
    sync::watch,
};

/// A running media agent.
pub struct MediaAgent {
    _program: Child,
    orders: OwnedWriteHalf,
    state: watch::Receiver<Value>,
    ringing: watch::Receiver<Option<f64>>,
}

/// How its sound devices are made.
pub struct Sound {
    /// What the agent says.
    pub capture: PathBuf,
    /// What the agent hears.
    pub playback: PathBuf,
}

impl MediaAgent {
    /// Starts the program and waits until it can be driven.
    pub async fn start(server: SocketAddr, data: &Path, sound: &Sound) -> Result<MediaAgent> {
        let socket = data.join("control.sock");
        std::fs::create_dir_all(data)?;
        let _ = std::fs::remove_file(&socket);
        let log = std::fs::File::create(data.join("media-agent.log"))?;
        let program = Command::new(program()?)
            .arg("--headless")
            .args(["--server", &server.to_string()])
            .arg("--data")
            .arg(data)
            .arg("--capture")
            .arg(&sound.capture)
            .arg("--capture-loop")
            .arg("--playback")
            .arg(&sound.playback)
            .arg("--control")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .kill_on_drop(true)
            .spawn()
            .context("the media agent could not be started")?;
        let stream = connect(&socket).await?;
        let (read, orders) = stream.into_split();
        let (state_is, state) = watch::channel(Value::Null);
        let (ringing_is, ringing) = watch::channel(None);
        tokio::spawn(async move {
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                let Ok(state) = serde_json::from_str::<Value>(&line) else { continue };
                if state["call"]["status"] == "ringing" && ringing_is.borrow().is_none() {
                    ringing_is.send_replace(Some(now_ms()));
                }
                state_is.send_replace(state);
            }
        });
        Ok(MediaAgent { _program: program, orders, state, ringing })
    }

    pub async fn order(&mut self, order: Value) -> Result<()> {
        let line = format!("{order}\n");
        self.orders.write_all(line.as_bytes()).await.context("the media agent is gone")
    }

    /// Waits until its state looks as `wanted`.
    pub async fn wait(&self, limit: Duration, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut state = self.state.clone();
        match tokio::time::timeout(limit, state.wait_for(|state| wanted(state))).await {
            Ok(Ok(state)) => Ok(state.clone()),
            Ok(Err(_)) => bail!("the media agent went away while waiting for {what}"),
            Err(_) => bail!("the media agent: {limit:?} passed without {what}"),
        }
    }

    /// When it first rang, ms since the epoch.
    pub fn ringing_at(&self) -> Option<f64> {
        *self.ringing.borrow()
    }
}

async fn connect(socket: &Path) -> Result<UnixStream> {
    for _ in 0..200 {
        if let Ok(stream) = UnixStream::connect(socket).await {
            return Ok(stream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the media agent did not open its control socket in 10 s; see media-agent.log beside it")
}

/// The program beside our own.
pub fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let beside = own.with_file_name("twinline-agent");
    if !beside.exists() {
        bail!("{} is missing: build it with `cargo build -p twinline-media-agent`", beside.display());
    }
    Ok(beside)
}
