//! The CCP's socket: hello, snapshot, numbered changes; commands that act once. It holds no state of the desk: that is
//! the switchboard's, and a page that was away gets what it missed from there.
//!
//! Ten thousand of these sit idle most of the time, so buffers are small and a slow page costs one desk, not a queue:
//! the watch keeps only the newest.

use super::{Handlers, Shared, security};
use crate::app::{
    actor::Actor,
    error::{Kind, Refused},
    nouns::check_text,
};
use axum::{
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::HeaderMap,
    response::Response,
    routing::get,
};
use futures_util::{StreamExt, stream::FuturesUnordered};
use std::{
    collections::{HashMap, VecDeque},
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{
    sync::{broadcast, watch},
    time::{MissedTickBehavior, interval, timeout},
};
use twinline_api::ws::ccp::{CcpMessage, CcpRequest, Command};
use twinline_core::io::{AgentCommand, TransferTarget};
use twinline_model::{AgentId, Refusal, Role, Timestamp};

use crate::switchboard::port::NumberedDesk;

/// A page that has not said hello by then is closed.
const HELLO_WITHIN: Duration = Duration::from_secs(5);
/// Pings keep middle boxes awake; a page that was silent for [`SILENT`] at a ping is gone. Found within 30 s.
const PING_EVERY: Duration = Duration::from_secs(10);
const SILENT: Duration = Duration::from_secs(20);
/// A page that takes longer to accept a message is gone.
const SEND_WITHIN: Duration = Duration::from_secs(10);
/// Bytes of a message from a page: notes are the longest.
const MESSAGE_BYTES: usize = 64 * 1_024;
/// A desk with everything on it; larger ones are a fault.
const WRITE_BYTES: usize = 4 * 1_024 * 1_024;
const READ_BUFFER: usize = 1_024;
/// Commands of one page under way at once.
const UNDER_WAY: usize = 16;
/// Answers remembered per agent, so that a repeated press acts once.
const REMEMBERED: usize = 256;
const ID_LENGTH: usize = 64;
const DESKTOP_LENGTH: usize = 64;

pub(super) fn add(all: &mut Handlers) {
    all.insert("ccp.socket", get(socket));
}

async fn socket(
    State(app): State<Shared>,
    headers: HeaderMap,
    upgrade: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, Refused> {
    security::check_origin(&app, &headers)?;
    let upgrade = upgrade.map_err(|_| {
        let refusal = Refusal::new("websocket_wanted", "This address speaks WebSocket.").field("Upgrade");
        Refused::new(Kind::Invalid, refusal.remedy("Open it with a WebSocket client."))
    })?;
    let upgrade = upgrade
        .read_buffer_size(READ_BUFFER)
        .write_buffer_size(0)
        .max_write_buffer_size(WRITE_BYTES)
        .max_message_size(MESSAGE_BYTES)
        .max_frame_size(MESSAGE_BYTES);
    Ok(upgrade.on_upgrade(move |socket| page(app, socket)))
}

/// One page from hello to its end.
async fn page(app: Shared, mut socket: WebSocket) {
    let Some((actor, seen)) = hello(&app, &mut socket).await else { return };
    let present = Present::new(&app, actor.agent).await;
    // Being here is being present; who already is, is refused, and that is fine.
    if let Err(refusal) = app.switchboard.command(actor.agent, AgentCommand::SignIn).await {
        tracing::debug!(code = refusal.code, "sign-in at the floor");
    }
    let page = Page {
        desk: app.switchboard.desk(actor.agent),
        ended: app.sign_ins_ended(),
        closing: app.closing.subscribe(),
        heard: app.clock.now(),
        answers: FuturesUnordered::new(),
        app: app.clone(),
        socket,
        actor,
        seen,
    };
    page.run().await;
    present.gone().await;
}

/// The first message, and whose page it is. `None`: the socket is closed.
async fn hello(app: &Shared, socket: &mut WebSocket) -> Option<(Actor, Option<u64>)> {
    let first = timeout(HELLO_WITHIN, socket.recv()).await.ok()??.ok()?;
    let reason = match first.to_text().ok().map(serde_json::from_str) {
        Some(Ok(CcpRequest::Hello { token, seen, desktop })) => match app.actor(&token).await {
            Ok(actor) if actor.is(Role::Agent) => {
                if let Some(desktop) = desktop.filter(|name| check_text("desktop", name, DESKTOP_LENGTH).is_ok()) {
                    app.switchboard.on_desktop(actor.agent, desktop);
                }
                return Some((actor, seen));
            }
            Ok(_) => "not_an_agent",
            Err(refused) if refused.kind == Kind::NotSignedIn => "not_signed_in",
            Err(_) => "try_again",
        },
        _ => "hello_wanted",
    };
    let message = CcpMessage::SignInAgain { reason: reason.to_owned() };
    let text = serde_json::to_string(&message).unwrap_or_default();
    timeout(SEND_WITHIN, socket.send(Message::Text(text.into()))).await.ok()?.ok()?;
    timeout(SEND_WITHIN, socket.send(Message::Close(None))).await.ok()?.ok()?;
    None
}

type Answer = Result<(), Refusal>;
type Pending = Pin<Box<dyn Future<Output = (String, Answer)> + Send>>;

struct Page {
    app: Shared,
    socket: WebSocket,
    actor: Actor,
    desk: watch::Receiver<Option<Arc<NumberedDesk>>>,
    /// Last number the page has.
    seen: Option<u64>,
    ended: broadcast::Receiver<AgentId>,
    closing: watch::Receiver<bool>,
    heard: Timestamp,
    answers: FuturesUnordered<Pending>,
}

/// The page is over; the socket closes.
struct Over;

impl Page {
    async fn run(mut self) {
        self.desk.mark_changed();
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while self.step(&mut ping).await.is_ok() {}
        // The page may be gone already.
        let _ = timeout(SEND_WITHIN, self.socket.send(Message::Close(None))).await;
    }

    async fn step(&mut self, ping: &mut tokio::time::Interval) -> Result<(), Over> {
        tokio::select! {
            changed = self.desk.changed() => {
                changed.map_err(|_| Over)?;
                self.show().await
            }
            message = self.socket.recv() => match message {
                Some(Ok(message)) => self.hear(message).await,
                _ => Err(Over),
            },
            Some((id, answer)) = self.answers.next(), if !self.answers.is_empty() => self.tell(answered(id, answer)).await,
            ended = self.ended.recv() => match ended {
                Ok(agent) if agent != self.actor.agent => Ok(()),
                // Missed some: look.
                _ => self.still_signed_in().await,
            },
            _ = self.closing.changed() => {
                self.tell(CcpMessage::Restarting { retry_ms: 1_000 }).await?;
                Err(Over)
            }
            _ = ping.tick() => self.ping().await,
        }
    }

    /// Sends what the page has not seen.
    async fn show(&mut self) -> Result<(), Over> {
        let Some(desk) = self.desk.borrow_and_update().clone() else { return Ok(()) };
        let now_ms = self.app.clock.now().as_millis();
        let message = match self.seen.and_then(|seen| desk.since(seen)) {
            Some(_) if self.seen == Some(desk.seq) => return Ok(()),
            Some(change) => CcpMessage::Change { seq: desk.seq, now_ms, desk: change },
            None => CcpMessage::Snapshot { seq: desk.seq, now_ms, desk: Box::new(desk.desk.clone()) },
        };
        self.seen = Some(desk.seq);
        self.tell(message).await
    }

    async fn hear(&mut self, message: Message) -> Result<(), Over> {
        self.heard = self.app.clock.now();
        let text = match &message {
            Message::Text(text) => text.as_str(),
            Message::Close(_) => return Err(Over),
            Message::Binary(_) => "",
            Message::Ping(_) | Message::Pong(_) => return Ok(()),
        };
        match serde_json::from_str(text) {
            Ok(CcpRequest::Ping { at_ms }) => {
                let now_ms = self.heard.as_millis();
                self.tell(CcpMessage::Pong { at_ms, now_ms }).await
            }
            Ok(CcpRequest::Command { id, command }) => self.command(id, command).await,
            Ok(CcpRequest::Hello { .. }) => Ok(()),
            Err(error) => {
                let refusal = Refusal::new("invalid_message", format!("This is not a message of the CCP: {error}."));
                let refusal = refusal.field("message").remedy("Reload the page: it may be older than the server.");
                self.tell(CcpMessage::Refused { id: id_in(text), error: refusal }).await
            }
        }
    }

    async fn command(&mut self, id: String, command: Command) -> Result<(), Over> {
        if id.is_empty() || id.len() > ID_LENGTH {
            let refusal = Refusal::new("invalid", "The id of the command is empty or too long.").field("id");
            return self.tell(CcpMessage::Refused { id, error: refusal.remedy("Use 1 to 64 characters.") }).await;
        }
        if self.answers.len() >= UNDER_WAY {
            let refusal = Refusal::new("overloaded", "Too many commands are under way.");
            return self.tell(CcpMessage::Refused { id, error: refusal.remedy("Wait for the answers.") }).await;
        }
        let mut answer = self.app.ccp.once(self.actor.agent, &id, || {
            let (app, actor) = (self.app.clone(), self.actor.clone());
            // A task of its own: it is carried out even when the page goes away meanwhile.
            perform(app, actor, command)
        });
        self.answers.push(Box::pin(async move {
            let answer = match answer.wait_for(Option::is_some).await {
                Ok(answer) => answer.clone(),
                Err(_) => None,
            };
            (id, answer.unwrap_or_else(|| Err(Refusal::new("internal", "The command broke off."))))
        }));
        Ok(())
    }

    async fn still_signed_in(&mut self) -> Result<(), Over> {
        match self.app.actor_by_hash(&self.actor.token).await {
            Err(refused) if refused.kind == Kind::NotSignedIn => {
                self.tell(CcpMessage::SignInAgain { reason: "signed_out".to_owned() }).await?;
                Err(Over)
            }
            // What cannot be looked up now is looked up at the next ping.
            _ => Ok(()),
        }
    }

    async fn ping(&mut self) -> Result<(), Over> {
        let now = self.app.clock.now();
        if now.since(self.heard) > SILENT {
            return Err(Over);
        }
        // A page in use stays signed in; it is never signed out in the middle of a call.
        if now + Duration::from_secs(3_600) > self.actor.expires {
            if let Ok(actor) = self.app.actor_by_hash(&self.actor.token).await {
                self.actor = actor;
            } else {
                self.still_signed_in().await?;
            }
        }
        self.send(Message::Ping(Vec::new().into())).await
    }

    async fn tell(&mut self, message: CcpMessage) -> Result<(), Over> {
        let text = serde_json::to_string(&message).map_err(|_| Over)?;
        self.send(Message::Text(text.into())).await
    }

    async fn send(&mut self, message: Message) -> Result<(), Over> {
        match timeout(SEND_WITHIN, self.socket.send(message)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Over),
        }
    }
}

fn answered(id: String, answer: Answer) -> CcpMessage {
    match answer {
        Ok(()) => CcpMessage::Done { id },
        Err(error) => CcpMessage::Refused { id, error },
    }
}

/// The `id` of a message that could not be read otherwise, so that the page can join the refusal to its press.
fn id_in(text: &str) -> String {
    let value: Option<serde_json::Value> = serde_json::from_str(text).ok();
    let id = value.as_ref().and_then(|value| value["id"].as_str()).unwrap_or_default();
    id.chars().take(ID_LENGTH).collect()
}

async fn perform(app: Shared, actor: Actor, command: Command) -> Answer {
    let agent = actor.agent;
    match asked(command) {
        Asked::Floor(what) => app.switchboard.command(agent, what).await,
        Asked::Pair(code) => {
            if code.len() != 6 || !code.bytes().all(|b| b.is_ascii_digit()) {
                return Err(Refusal::new("invalid_code", "The code has six digits.")
                    .field("code")
                    .remedy("Type the code that the media agent shows."));
            }
            app.switchboard.pair(agent, &code).await.map(drop)
        }
        Asked::Unpair(device) => app.unpair(&actor, device).await.map_err(|refused| refused.refusal),
        Asked::SignOut => {
            app.switchboard.command(agent, AgentCommand::SignOut).await?;
            app.sign_out(&actor).await.map_err(|refused| refused.refusal)
        }
    }
}

enum Asked {
    Floor(AgentCommand),
    Pair(String),
    Unpair(twinline_model::DeviceId),
    SignOut,
}

/// The one place where the page's words become the floor's.
fn asked(command: Command) -> Asked {
    let transfer = |contact, to| AgentCommand::Transfer { contact, to };
    Asked::Floor(match command {
        Command::Pair { code } => return Asked::Pair(code),
        Command::Unpair { device } => return Asked::Unpair(device),
        Command::SignOut => return Asked::SignOut,
        Command::SetStatus { status } => AgentCommand::SetStatus { status },
        Command::CancelNextStatus => AgentCommand::CancelNextStatus,
        Command::Accept { contact } => AgentCommand::Accept { contact },
        Command::Reject { contact } => AgentCommand::Reject { contact },
        Command::Mute { contact, on } => AgentCommand::Mute { contact, on },
        Command::Hold { contact } => AgentCommand::Hold { contact },
        Command::Resume { contact } => AgentCommand::Resume { contact },
        Command::End { contact } => AgentCommand::End { contact },
        Command::SendDigits { contact, digits } => AgentCommand::SendDigits { contact, digits },
        Command::Dial { number, queue } => AgentCommand::Dial { number, queue },
        Command::TransferToNumber { contact, number } => transfer(contact, TransferTarget::Number(number)),
        Command::TransferToAgent { contact, agent } => transfer(contact, TransferTarget::Agent(agent)),
        Command::TransferToQueue { contact, queue } => transfer(contact, TransferTarget::Queue(queue)),
        Command::TransferToQuickConnect { contact, quick_connect } => {
            transfer(contact, TransferTarget::QuickConnect(quick_connect))
        }
        Command::Clear { contact } => AgentCommand::Clear { contact },
        Command::FinishAcw { contact } => AgentCommand::FinishAcw { contact },
        Command::ExtendAcw { contact, seconds } => AgentCommand::ExtendAcw { contact, seconds },
        Command::SetNote { contact, note } => AgentCommand::SetNote { contact, note },
        Command::SetDisposition { contact, code } => AgentCommand::SetDisposition { contact, code },
    })
}

/// Which agents have pages open, and what was answered to their commands.
#[derive(Default)]
pub struct Links {
    agents: Mutex<HashMap<AgentId, Link>>,
    /// Held while the switchboard is told, so that it hears coming and going in order.
    telling: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Link {
    pages: usize,
    told: bool,
    answers: VecDeque<(String, watch::Receiver<Option<Answer>>)>,
}

impl Links {
    /// The answer to the command of this id; started now unless it was before.
    fn once<F>(&self, agent: AgentId, id: &str, start: impl FnOnce() -> F) -> watch::Receiver<Option<Answer>>
    where
        F: Future<Output = Answer> + Send + 'static,
    {
        let mut agents = self.lock();
        let answers = &mut agents.entry(agent).or_default().answers;
        if let Some((_, answer)) = answers.iter().find(|(known, _)| known == id) {
            return answer.clone();
        }
        let (tell, answer) = watch::channel(None);
        let work = start();
        tokio::spawn(async move {
            let answer = work.await;
            tell.send_replace(Some(answer));
        });
        if answers.len() >= REMEMBERED {
            answers.pop_front();
        }
        answers.push_back((id.to_owned(), answer.clone()));
        answer
    }

    /// Pages open now, of all agents.
    pub fn pages(&self) -> usize {
        self.lock().values().map(|link| link.pages).sum()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AgentId, Link>> {
        self.agents.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A page that is there; tells the switchboard when the agent's first page comes and the last one goes.
struct Present {
    app: Option<Shared>,
    agent: AgentId,
}

impl Present {
    async fn new(app: &Shared, agent: AgentId) -> Self {
        app.ccp.lock().entry(agent).or_default().pages += 1;
        let present = Self { app: Some(app.clone()), agent };
        tell_switchboard(app, agent).await;
        present
    }

    async fn gone(mut self) {
        if let Some(app) = self.app.take() {
            leave(&app, self.agent);
            tell_switchboard(&app, self.agent).await;
        }
    }
}

/// For a page whose task was dropped in the middle.
impl Drop for Present {
    fn drop(&mut self) {
        if let Some(app) = self.app.take() {
            leave(&app, self.agent);
            let agent = self.agent;
            if let Ok(runtime) = tokio::runtime::Handle::try_current() {
                runtime.spawn(async move { tell_switchboard(&app, agent).await });
            }
        }
    }
}

fn leave(app: &Shared, agent: AgentId) {
    if let Some(link) = app.ccp.lock().get_mut(&agent) {
        link.pages = link.pages.saturating_sub(1);
    }
}

async fn tell_switchboard(app: &Shared, agent: AgentId) {
    let _telling = app.ccp.telling.lock().await;
    let news = {
        let mut agents = app.ccp.lock();
        let link = agents.entry(agent).or_default();
        let up = link.pages > 0;
        let changed = link.told != up;
        link.told = up;
        changed.then_some(up)
    };
    metrics::gauge!("twinline_ccp_pages").set(app.ccp.pages() as f64);
    if let Some(up) = news {
        app.switchboard.ccp_link(agent, up).await;
    }
}
