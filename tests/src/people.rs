//! Agents at work: a CCP on the real WebSocket, and the real media agent, headless, with files for sound devices.

#![allow(clippy::disallowed_methods)] // Real programs live in real time.

use crate::{
    rig::{Rig, program},
    sound::tone_heard,
};
use anyhow::{Context, Result, bail, ensure};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::{Child, Command as Program, Stdio},
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{UnixStream, unix::OwnedWriteHalf},
    sync::{mpsc, oneshot, watch},
    task::JoinHandle,
};
use tokio_tungstenite::tungstenite::Message;
use twinline_api::ws::ccp::{CcpMessage, CcpRequest, Command, Desk, DeskChange, DeskContact};
use twinline_model::{AgentContactState, AgentStatusKind, ContactId, Refusal};

/// Password of every demo user, and of those the tests make.
pub const PASSWORD: &str = "twinline-demo";

type Press = (Command, oneshot::Sender<Result<(), Refusal>>);

/// A signed-in agent's page. Dropping it closes the socket, as when the browser is killed.
pub struct Ccp {
    desk: watch::Receiver<Option<Desk>>,
    presses: mpsc::Sender<Press>,
    socket: JoinHandle<()>,
}

impl Drop for Ccp {
    fn drop(&mut self) {
        self.socket.abort();
    }
}

impl Ccp {
    /// Opens the socket with a token and waits for the first snapshot.
    pub async fn open(http: SocketAddr, token: &str) -> Result<Ccp> {
        let url = format!("ws://{http}/api/v1/ccp/socket");
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.context("the CCP socket")?;
        socket.send(Message::text(json!({ "type": "hello", "token": token }).to_string())).await?;
        let (desk_is, desk) = watch::channel(None);
        let (presses, mut inbox) = mpsc::channel::<Press>(16);
        let socket = tokio::spawn(async move {
            let mut waiting = HashMap::new();
            let mut next = 0u64;
            loop {
                tokio::select! {
                    frame = socket.next() => match frame {
                        Some(Ok(Message::Text(text))) => {
                            if let Ok(message) = serde_json::from_str::<CcpMessage>(text.as_str()) {
                                hear(message, &desk_is, &mut waiting);
                            }
                        }
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                    press = inbox.recv() => {
                        let Some((command, answer)) = press else { return };
                        next += 1;
                        let id = format!("press-{next}");
                        waiting.insert(id.clone(), answer);
                        let Ok(text) = serde_json::to_string(&CcpRequest::Command { id, command }) else { continue };
                        if socket.send(Message::text(text)).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        let opened = Ccp { desk, presses, socket };
        opened.wait(Duration::from_secs(10), "its first snapshot", |_| true).await?;
        Ok(opened)
    }

    /// Presses a button and waits for the server's answer.
    pub async fn press(&self, command: Command) -> Result<()> {
        let name = format!("{command:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        let (answer, heard) = oneshot::channel();
        self.presses.send((command, answer)).await.context("the CCP socket is closed")?;
        match tokio::time::timeout(Duration::from_secs(10), heard).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(refusal))) => bail!("{name} was refused: {refusal}"),
            _ => bail!("{name} was not answered"),
        }
    }

    /// Waits until the desk looks as `wanted`.
    pub async fn wait(&self, limit: Duration, what: &str, wanted: impl Fn(&Desk) -> bool) -> Result<Desk> {
        let mut desk = self.desk.clone();
        let shown = |desk: &Option<Desk>| desk.as_ref().is_some_and(&wanted);
        match tokio::time::timeout(limit, desk.wait_for(shown)).await {
            Ok(Ok(desk)) => desk.clone().context("no desk"),
            Ok(Err(_)) => bail!("the CCP socket closed while waiting for {what}"),
            Err(_) => {
                let desk = self.desk.borrow().clone().map(|desk| (desk.agent, desk.contacts, desk.media));
                bail!("the CCP waited {limit:?} in vain for {what}; it shows {desk:?}")
            }
        }
    }

    /// Waits until a contact is in a state.
    pub async fn contact_in(&self, limit: Duration, state: AgentContactState) -> Result<DeskContact> {
        let there = |desk: &Desk| desk.contacts.iter().find(|contact| contact.state == state).cloned();
        let desk = self.wait(limit, &format!("a contact in {state:?}"), |desk| there(desk).is_some()).await?;
        there(&desk).context("the contact is gone")
    }

    /// The page as it stands, again and again, until the socket closes.
    pub fn watch(&self) -> watch::Receiver<Option<Desk>> {
        self.desk.clone()
    }

    /// Chooses the first status of a kind.
    pub async fn status(&self, kind: AgentStatusKind) -> Result<()> {
        let desk = self.wait(Duration::from_secs(5), "the list of statuses", |desk| !desk.statuses.is_empty()).await?;
        let status = desk.statuses.iter().find(|status| status.kind == kind).context("a status of that kind")?.id;
        self.press(Command::SetStatus { status }).await
    }

    /// Presses End, writes nothing and ends the after-contact work.
    pub async fn end_and_finish(&self, contact: ContactId) -> Result<()> {
        let limit = Duration::from_secs(10);
        self.press(Command::End { contact }).await?;
        self.contact_in(limit, AgentContactState::Ended).await?;
        self.press(Command::FinishAcw { contact }).await?;
        self.wait(limit, "an empty desk", |desk| desk.contacts.is_empty()).await?;
        Ok(())
    }
}

fn hear(
    message: CcpMessage,
    desk_is: &watch::Sender<Option<Desk>>,
    waiting: &mut HashMap<String, oneshot::Sender<Result<(), Refusal>>>,
) {
    match message {
        CcpMessage::Snapshot { desk, .. } => drop(desk_is.send_replace(Some(*desk))),
        CcpMessage::Change { desk: change, .. } => desk_is.send_modify(|desk| {
            if let Some(desk) = desk {
                merge(desk, change);
            }
        }),
        CcpMessage::Done { id } => {
            if let Some(answer) = waiting.remove(&id) {
                let _ = answer.send(Ok(()));
            }
        }
        CcpMessage::Refused { id, error } => {
            if let Some(answer) = waiting.remove(&id) {
                let _ = answer.send(Err(error));
            }
        }
        CcpMessage::SignInAgain { .. } | CcpMessage::Restarting { .. } | CcpMessage::Pong { .. } => {}
    }
}

/// The page's own rule: whole members are replaced.
fn merge(desk: &mut Desk, change: DeskChange) {
    macro_rules! take {
        ($($member:ident)*) => {$(
            if let Some(value) = change.$member {
                desk.$member = value;
            }
        )*};
    }
    take!(agent contacts media queues statuses quick_connects dispositions recent);
}

/// The real media agent, driven through its control socket.
pub struct MediaAgent {
    program: Child,
    orders: OwnedWriteHalf,
    state: watch::Receiver<Value>,
    /// What its microphone says.
    pub capture: PathBuf,
    /// What its speaker played: 48 kHz mono.
    pub playback: PathBuf,
}

impl Drop for MediaAgent {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

impl MediaAgent {
    /// Starts the program; `said` (a WAV file) is its microphone, repeated.
    pub async fn start(server: SocketAddr, data: &Path, said: &[u8]) -> Result<MediaAgent> {
        std::fs::create_dir_all(data)?;
        let socket = data.join("control.sock");
        let _ = std::fs::remove_file(&socket);
        let (capture, playback) = (data.join("said.wav"), data.join("heard.wav"));
        std::fs::write(&capture, said)?;
        let mut command = Program::new(program("twinline-agent"));
        command.arg("--headless").args(["--server", &server.to_string()]).arg("--data").arg(data);
        command.arg("--capture").arg(&capture).arg("--capture-loop").arg("--playback").arg(&playback);
        command.arg("--control").arg(&socket).stdin(Stdio::null()).stdout(Stdio::null());
        let program = command.stderr(std::fs::File::create(data.join("media-agent.log"))?).spawn();
        let program = program.context("twinline-agent could not be started: cargo build -p twinline-media-agent")?;
        let (read, orders) = connect(&socket).await?.into_split();
        let (state_is, state) = watch::channel(Value::Null);
        tokio::spawn(async move {
            let mut lines = BufReader::new(read).lines();
            while let Ok(Some(line)) = lines.next_line().await {
                if let Ok(state) = serde_json::from_str::<Value>(&line) {
                    state_is.send_replace(state);
                }
            }
        });
        Ok(MediaAgent { program, orders, state, capture, playback })
    }

    /// One command, for example `{"do": "accept"}`.
    pub async fn order(&mut self, order: Value) -> Result<()> {
        self.orders.write_all(format!("{order}\n").as_bytes()).await.context("the media agent is gone")
    }

    /// Waits until its state looks as `wanted`.
    pub async fn wait(&self, limit: Duration, what: &str, wanted: impl Fn(&Value) -> bool) -> Result<Value> {
        let mut state = self.state.clone();
        match tokio::time::timeout(limit, state.wait_for(|state| wanted(state))).await {
            Ok(Ok(state)) => Ok(state.clone()),
            Ok(Err(_)) => bail!("the media agent went away while waiting for {what}"),
            Err(_) => bail!("the media agent: {limit:?} passed without {what}; it shows {}", *self.state.borrow()),
        }
    }

    /// Waits until its call has a status.
    pub async fn call_is(&self, limit: Duration, status: &str) -> Result<()> {
        self.wait(limit, &format!("a call that is {status}"), |state| state["call"]["status"] == status).await?;
        Ok(())
    }

    /// Waits until a tone was in the speaker for some tenths of a second, counted from a sample on. Gaps are allowed: a
    /// machine that is busy makes some.
    pub async fn hears(&self, hz: f64, from: usize, tenths: usize, limit: Duration) -> Result<()> {
        let deadline = Instant::now() + limit;
        loop {
            let heard = tone_heard(self.heard()?.get(from..).unwrap_or_default(), 48_000, hz);
            let count = heard.iter().filter(|heard| **heard).count();
            if count >= tenths {
                return Ok(());
            }
            ensure!(Instant::now() < deadline, "in {limit:?} the tone was heard for {count} tenths of a second only");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// What its speaker played so far, 48 kHz mono. The program writes the samples as they come and the header's
    /// length later, so the data is read to the end of the file.
    pub fn heard(&self) -> Result<Vec<i16>> {
        let bytes = std::fs::read(&self.playback)?;
        let samples = bytes.get(44..).unwrap_or_default();
        Ok(samples.chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]])).collect())
    }
}

async fn connect(socket: &Path) -> Result<UnixStream> {
    for _ in 0..300 {
        if let Ok(stream) = UnixStream::connect(socket).await {
            return Ok(stream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    bail!("the media agent did not open its control socket in 15 s; see media-agent.log beside it")
}

/// An agent with both halves of the desk: the page, and the paired media agent.
pub struct Person {
    pub username: String,
    pub ccp: Ccp,
    pub endpoint: MediaAgent,
}

impl Person {
    /// Signs in, starts a media agent that says `said` (a WAV file) and pairs it. The status is not touched.
    pub async fn at_work(rig: &Rig, username: &str, said: &[u8]) -> Result<Person> {
        let token = rig.sign_in(username, PASSWORD).await?;
        let ccp = Ccp::open(rig.http, &token).await?;
        let data = rig.folder.join("endpoints").join(username);
        let mut endpoint = MediaAgent::start(rig.quic, &data, said).await?;
        let limit = Duration::from_secs(20);
        let known = |state: &Value| matches!(state["pairing"]["status"].as_str(), Some("paired" | "unpaired"));
        let state = endpoint.wait(limit, "word of its pairing", known).await?;
        if state["pairing"]["status"] != "paired" {
            endpoint.order(json!({ "do": "pair" })).await?;
            let state = endpoint.wait(limit, "a code", |state| state["pairing"]["status"] == "code").await?;
            let code = state["pairing"]["code"].as_str().unwrap_or_default().to_owned();
            ccp.press(Command::Pair { code }).await?;
            endpoint.wait(limit, "its pairing", |state| state["pairing"]["status"] == "paired").await?;
        }
        ccp.wait(limit, "a ready media path", |desk| desk.media.ready).await?;
        Ok(Person { username: username.to_owned(), ccp, endpoint })
    }

    /// Becomes available.
    pub async fn available(&self) -> Result<()> {
        self.ccp.status(AgentStatusKind::Routable).await?;
        self.ccp.wait(Duration::from_secs(10), "being routable", |desk| desk.agent.routable).await?;
        Ok(())
    }

    pub async fn offline(&self) -> Result<()> {
        self.ccp.status(AgentStatusKind::Offline).await
    }
}

/// Makes agents with the routing profile of `kim` who accept by themselves and whose after-contact work ends after a
/// second.
pub async fn hire(rig: &Rig, admin: &str, usernames: &[String]) -> Result<()> {
    let users = rig.all(admin, "users").await?;
    let kim = users.iter().find(|user| user["username"] == "kim").context("the demo's agent kim")?;
    for username in usernames {
        let user = json!({
            "username": username, "first_name": "Agent", "last_name": username, "roles": ["agent"],
            "routing_profile": kim["routing_profile"], "auto_accept": true, "acw_limit_s": 1, "language": "en",
            "password": PASSWORD,
        });
        rig.post(admin, "users", &user).await?;
    }
    ensure!(rig.all(admin, "users").await?.len() == users.len() + usernames.len(), "not all agents were made");
    Ok(())
}
