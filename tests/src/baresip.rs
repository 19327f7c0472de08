//! Debian's baresip as a caller: a configuration of its own, a WAV file for a microphone, its decoder's sound written
//! to a file, driven over its control socket (JSON in netstrings).

#![allow(clippy::disallowed_methods)] // Real programs live in real time.

use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// Where Debian puts the modules.
const MODULES: &str = "/usr/lib/baresip/modules";

/// A codec as baresip names it.
#[derive(Clone, Copy, Debug)]
pub struct PhoneCodec {
    /// In the account's `audio_codecs`.
    pub name: &'static str,
    pub module: &'static str,
    /// What its microphone file must be.
    pub rate: u32,
    pub channels: u16,
}

pub const CODECS: [PhoneCodec; 4] = [
    PhoneCodec { name: "PCMU/8000/1", module: "g711.so", rate: 8_000, channels: 1 },
    PhoneCodec { name: "PCMA/8000/1", module: "g711.so", rate: 8_000, channels: 1 },
    PhoneCodec { name: "G722/16000/1", module: "g722.so", rate: 16_000, channels: 1 },
    PhoneCodec { name: "opus/48000/2", module: "opus.so", rate: 48_000, channels: 2 },
];

impl PhoneCodec {
    pub fn installed(&self) -> bool {
        Path::new(MODULES).join(self.module).exists()
    }
}

/// A running phone.
pub struct Baresip {
    program: Child,
    control: TcpStream,
    unread: Vec<u8>,
    folder: PathBuf,
}

impl Baresip {
    /// Starts it with one codec and a WAV file of that codec's rate and channels as its microphone.
    pub async fn start(folder: &Path, codec: PhoneCodec, said: &[u8]) -> Result<Baresip> {
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join("said.wav"), said)?;
        let control = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?;
        let modules = ["aufile.so", "alsa.so", codec.module, "sndfile.so", "account.so", "menu.so", "ctrl_tcp.so"];
        let modules: String = modules.iter().map(|module| format!("module {module}\n")).collect();
        let config = format!(
            "poll_method epoll\nsip_listen 127.0.0.1:0\nnet_interface 127.0.0.1\nmodule_path {MODULES}\n\
             audio_source aufile,{folder}/said.wav\naudio_player alsa,null\naudio_alert alsa,null\nsnd_path {folder}\n\
             ctrl_tcp_listen {control}\n{modules}",
            folder = folder.display()
        );
        std::fs::write(folder.join("config"), config)?;
        let account = format!("<sip:+821055550101@127.0.0.1>;regint=0;audio_codecs={}\n", codec.name);
        std::fs::write(folder.join("accounts"), account)?;
        std::fs::write(folder.join("contacts"), "")?;
        let log = std::fs::File::create(folder.join("baresip.log"))?;
        let program = Command::new("baresip")
            .arg("-f")
            .arg(folder)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .spawn()
            .context("baresip could not be started: install Debian's package baresip-core")?;
        let control = connect(control).await?;
        Ok(Baresip { program, control, unread: Vec::new(), folder: folder.to_owned() })
    }

    pub async fn dial(&mut self, server: SocketAddr, number: &str) -> Result<()> {
        self.order("dial", &format!("sip:{number}@{server}")).await
    }

    /// `hold`, `resume`, `hangup`.
    pub async fn order(&mut self, command: &str, params: &str) -> Result<()> {
        let text = json!({ "command": command, "params": params }).to_string();
        self.control.write_all(format!("{}:{text},", text.len()).as_bytes()).await.context("baresip is gone")
    }

    /// Presses a key of its pad and lets it go.
    pub async fn press(&mut self, digit: char) -> Result<()> {
        self.order("sndcode", &digit.to_string()).await
    }

    /// Waits for one of its events, for example `CALL_ESTABLISHED`.
    pub async fn until(&mut self, event: &str, limit: Duration) -> Result<Value> {
        let found = tokio::time::timeout(limit, async {
            loop {
                let message = self.message().await?;
                if message["type"] == event {
                    return Ok::<_, anyhow::Error>(message);
                }
                if message["type"] == "CALL_CLOSED" {
                    bail!("the call is closed: {message}");
                }
            }
        });
        match found.await {
            Ok(found) => found.with_context(|| format!("while waiting for {event}; its log: {}", self.log())),
            Err(_) => bail!("baresip gave no {event} in {limit:?}; its log: {}", self.log()),
        }
    }

    async fn message(&mut self) -> Result<Value> {
        loop {
            if let Some(colon) = self.unread.iter().position(|byte| *byte == b':') {
                let length: usize = std::str::from_utf8(&self.unread[..colon])?.trim().parse()?;
                if self.unread.len() >= colon + 1 + length + 1 {
                    let message = serde_json::from_slice(&self.unread[colon + 1..colon + 1 + length])?;
                    self.unread.drain(..colon + 1 + length + 1);
                    return Ok(message);
                }
            }
            let mut bytes = [0u8; 4_096];
            let read = self.control.read(&mut bytes).await?;
            if read == 0 {
                bail!("baresip closed its control socket");
            }
            self.unread.extend_from_slice(&bytes[..read]);
        }
    }

    /// Ends the program and gives what it heard in its call, with the rate.
    pub async fn heard(mut self) -> Result<(Vec<i16>, u32)> {
        self.order("quit", "").await?;
        for _ in 0..100 {
            if self.program.try_wait()?.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        for entry in std::fs::read_dir(&self.folder)? {
            let path = entry?.path();
            if path.file_name().is_some_and(|name| name.to_string_lossy().ends_with("-dec.wav")) {
                return Ok((twinline_media::wave::decode(&std::fs::read(&path)?, 48_000)?, 48_000));
            }
        }
        bail!("baresip wrote no file of what it heard; its log: {}", self.log())
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.join("baresip.log")).unwrap_or_default()
    }
}

impl Drop for Baresip {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

async fn connect(control: SocketAddr) -> Result<TcpStream> {
    for _ in 0..200 {
        if let Ok(stream) = TcpStream::connect(control).await {
            return Ok(stream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("baresip did not open its control socket in 10 s")
}
