//! The switchboard: one task that takes what the edges bring, feeds the floor, journals each drain, and hands out what
//! the floor wants. It decides nothing about contacts; it knows which wire is which.
//!
//! ```text
//! edges ──Message──► take ──Input──► floor ──Output──► journal (group commit) ──► dispatch ──► edges
//!                                                └─ may_leave_early ────────────►
//! ```
//! Drains are committed in order and pipelined: while one waits for the disk the next are already decided, and their
//! effects leave when their own commit is done. Only effects that promise nothing leave early.

mod counts;
mod desk;
mod dispatch;
mod hear;
mod journal;
mod legs;
mod links;
pub mod port;

pub use links::{CODE_LIFE, CODE_TRIES};

use crate::clock::Clock;
use crate::edge::{
    media::{self, Worker},
    prompts::{Prepared, Prompts},
    recordings,
    sip::{self, Sip},
};
use counts::Counts;
use journal::Journal;
use legs::Legs;
use links::Links;
use port::{Request, Views};
use std::{
    collections::{HashMap, HashSet, VecDeque},
    panic::AssertUnwindSafe,
    sync::Arc,
    time::Duration,
};
use tokio::sync::{mpsc, oneshot};
use tracing::error;
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_core::{
    floor::Floor,
    io::{CommandRef, Input, Output},
};
use twinline_model::*;
use twinline_store::Store;

/// Messages that may wait for the switchboard; the edges wait when it is full.
const MAILBOX: usize = 32_768;
/// Messages taken before effects are handed out again.
const TURN: usize = 256;
/// Drains waiting for the disk before no more input is taken.
const FLIGHT: usize = 64;
/// Supervisors' views are at most this old.
const LIVE_EVERY: Duration = Duration::from_millis(500);

/// A media agent's connection, numbered by the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LinkId(pub u64);

/// What a media agent's link tells.
#[derive(Debug)]
pub enum LinkEvent {
    Up { fingerprint: String, outbox: mpsc::Sender<ToMediaAgent> },
    Message(FromMediaAgent),
    Down,
}

/// Everything the edges tell the switchboard.
#[derive(Debug)]
enum Message {
    Sip(sip::Told),
    Media(media::Told),
    Link {
        link: LinkId,
        event: LinkEvent,
    },
    Prepared(Prepared),
    /// A dialled leg has had its time.
    Overdue {
        leg: LegId,
    },
    RecordingClosed {
        recording: RecordingId,
        duration: Duration,
        complete: bool,
        peaks: Vec<u8>,
    },
}

/// The edges' side of the queue; cheap to clone.
#[derive(Clone)]
pub struct Mailbox {
    sender: mpsc::Sender<Message>,
}

/// The switchboard's task is gone: the server is going down.
#[derive(Debug, thiserror::Error)]
#[error("the switchboard is gone")]
pub struct Gone;

impl Mailbox {
    /// The queue's two ends.
    pub fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(MAILBOX);
        (Self { sender }, Inbox { receiver })
    }

    pub async fn sip(&self, told: sip::Told) {
        let _ = self.sender.send(Message::Sip(told)).await;
    }

    /// Never waits: a media worker keeps what does not fit and offers it again.
    #[expect(clippy::result_large_err, reason = "what does not fit is given back as it came, without an allocation")]
    pub fn try_media(&self, told: media::Told) -> Result<(), media::Told> {
        match self.sender.try_reserve() {
            Ok(place) => {
                place.send(Message::Media(told));
                Ok(())
            }
            Err(_) => Err(told),
        }
    }

    pub async fn link(&self, link: LinkId, event: LinkEvent) -> Result<(), Gone> {
        self.sender.send(Message::Link { link, event }).await.map_err(|_| Gone)
    }

    pub async fn prepared(&self, prepared: Prepared) {
        let _ = self.sender.send(Message::Prepared(prepared)).await;
    }

    /// Tells the switchboard when a dialled leg has had its time.
    fn overdue_after(&self, leg: LegId, limit: Duration) {
        let sender = self.sender.clone();
        tokio::spawn(async move {
            tokio::time::sleep(limit).await;
            let _ = sender.send(Message::Overdue { leg }).await;
        });
    }

    /// Called from the recordings' own thread.
    pub fn recording_closed(&self, recording: RecordingId, duration: Duration, complete: bool, peaks: Vec<u8>) {
        let _ = self.sender.blocking_send(Message::RecordingClosed { recording, duration, complete, peaks });
    }
}

/// The switchboard's side of the queue.
pub struct Inbox {
    receiver: mpsc::Receiver<Message>,
}

/// The wires the switchboard holds.
pub struct Wires {
    pub sip: Sip,
    pub workers: Vec<Worker>,
    pub prompts: Arc<Prompts>,
    pub recordings: recordings::Writer,
    pub store: Store,
    pub mailbox: Mailbox,
    pub views: Arc<Views>,
}

/// The task's state.
pub struct Board {
    floor: Floor,
    clock: Clock,
    wires: Wires,
    links: Links,
    legs: Legs,
    journal: Journal,
    /// Inputs that arise while effects are handed out; fed before anything else.
    again: VecDeque<Input>,
    answers: HashMap<CommandRef, Asker>,
    next_command: CommandRef,
    /// Agents whose desk is to be published anew.
    stale: HashSet<AgentId>,
    /// CCPs that are open: their queue counts are kept fresh.
    pages: HashSet<AgentId>,
    live_stale: bool,
    live_due: Timestamp,
    /// Prompts on their way that were stopped before they came.
    unwanted: HashSet<PlaybackId>,
    preparing: HashSet<PlaybackId>,
    /// Worker of each running recording.
    recorders: HashMap<u128, usize>,
    /// Contacts on hold as the agents' endpoints were last told.
    held: HashMap<AgentId, HashSet<ContactId>>,
    counts: Counts,
}

/// Who waits for the answer to a command.
enum Asker {
    Page(oneshot::Sender<Result<(), Refusal>>),
    /// A media agent's button; only a refusal is told.
    Endpoint {
        link: LinkId,
        id: String,
    },
}

impl Board {
    pub fn new(floor: Floor, clock: Clock, wires: Wires, devices: Vec<(String, DeviceId, AgentId)>) -> Self {
        let journal = Journal::new(wires.store.clone());
        Self {
            floor,
            legs: Legs::new(wires.workers.len()),
            clock,
            wires,
            links: Links::with_devices(devices),
            journal,
            again: VecDeque::new(),
            answers: HashMap::new(),
            next_command: 1,
            stale: HashSet::new(),
            pages: HashSet::new(),
            live_stale: true,
            live_due: Timestamp::default(),
            unwanted: HashSet::new(),
            preparing: HashSet::new(),
            recorders: HashMap::new(),
            held: HashMap::new(),
            counts: Counts::default(),
        }
    }

    /// Runs until the edges and the handles are gone or the journal can no longer be written.
    pub async fn run(mut self, mut inbox: Inbox, mut requests: mpsc::Receiver<Request>) {
        let mut messages = Vec::with_capacity(TURN);
        let mut asked = Vec::with_capacity(TURN);
        self.stale.extend(self.floor.centre().agents.keys().copied());
        self.turn();
        loop {
            let wake = self.clock.instant(self.next_wake());
            let room = self.journal.waiting() < FLIGHT;
            tokio::select! {
                biased;
                committed = self.journal.committed(), if self.journal.waiting() > 0 => match committed {
                    Ok(effects) => self.dispatch_all(effects),
                    Err(error) => {
                        // Nothing that was promised may be forgotten: without a journal no promise can be made.
                        error!(%error, "the journal cannot be written; the server stops");
                        return;
                    }
                },
                taken = inbox.receiver.recv_many(&mut messages, TURN), if room => {
                    if taken == 0 {
                        return;
                    }
                    for message in messages.drain(..) {
                        self.hear(message);
                    }
                }
                taken = requests.recv_many(&mut asked, TURN), if room => {
                    if taken == 0 {
                        return;
                    }
                    for request in asked.drain(..) {
                        self.serve(request);
                    }
                }
                () = tokio::time::sleep_until(wake.into()) => self.floor.handle_timeout(self.clock.now()),
            }
            self.turn();
        }
    }

    /// When the task must turn again by itself.
    fn next_wake(&self) -> Timestamp {
        let floor = self.floor.poll_timeout().unwrap_or(Timestamp(i64::MAX / 2));
        if self.live_stale { floor.min(self.live_due) } else { floor.min(self.clock.now() + Duration::from_secs(60)) }
    }

    /// Feeds one input. A panic inside costs that contact, not the centre.
    fn feed(&mut self, input: Input) {
        let now = self.clock.now();
        let concerned = self.floor.concerns(&input);
        let floor = &mut self.floor;
        let outcome = std::panic::catch_unwind(AssertUnwindSafe(|| floor.handle_input(now, input)));
        if outcome.is_err() {
            error!(contact = ?concerned, "a fault while deciding; the contact is ended");
            self.floor.fault(now, concerned, "fault while handling an input");
        }
    }

    /// Drains the floor until nothing is left to say, and publishes what people see.
    fn turn(&mut self) {
        // Effects feed inputs which cause effects; the bound is for form, a drain settles after a few rounds.
        for _ in 0..10_000 {
            while let Some(input) = self.again.pop_front() {
                self.feed(input);
            }
            let mut effects = Vec::new();
            while let Some(output) = self.floor.poll_output() {
                match output {
                    Output::LiveChanged => self.live_stale = true,
                    output if self.journal.may_pass(&output, &effects) => self.dispatch(output),
                    output => {
                        self.note(&output);
                        effects.push(output);
                    }
                }
            }
            if !effects.is_empty() {
                // Effects of a drain that has nothing to remember need not wait, unless others wait before them.
                if let Some(effects) = self.journal.submit(effects) {
                    self.dispatch_all(effects);
                }
            }
            if self.again.is_empty() {
                break;
            }
        }
        self.publish();
    }

    /// What this side keeps of what happened.
    fn note(&mut self, output: &Output) {
        match output {
            Output::Happened(occurrence) => {
                self.counts.note(occurrence, self.floor.centre());
                self.live_stale = true;
            }
            Output::ContactGone { contact } => self.legs.contact_gone(*contact),
            _ => {}
        }
    }

    fn dispatch_all(&mut self, effects: Vec<Output>) {
        for effect in effects {
            self.dispatch(effect);
        }
    }

    fn serve(&mut self, request: Request) {
        match request {
            Request::Command { agent, what, answer } => {
                let command = self.next_command;
                self.next_command += 1;
                self.answers.insert(command, Asker::Page(answer));
                self.feed(Input::Command { command, agent, what });
            }
            Request::Pair { agent, code, answer } => self.pair(agent, &code, answer),
            Request::Unpair { device, answer } => self.unpair(device, answer),
            Request::CcpLink { agent, up } => {
                if up {
                    self.pages.insert(agent)
                } else {
                    self.pages.remove(&agent)
                };
                self.stale.insert(agent);
                self.feed(Input::CcpLink { agent, up });
            }
            Request::Configure { centre, done } => {
                self.wires.sip.send(sip::Command::Peers(crate::wiring::peers_of(&centre)));
                let before: Vec<AgentId> = self.floor.centre().agents.keys().copied().collect();
                self.feed(Input::Configured(centre));
                for gone in before.into_iter().filter(|agent| !self.floor.centre().agents.contains_key(agent)) {
                    self.wires.views.forget(gone);
                }
                self.stale.extend(self.floor.centre().agents.keys().copied());
                self.live_stale = true;
                let _ = done.send(());
            }
        }
    }
}
