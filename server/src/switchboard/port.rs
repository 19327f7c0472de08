//! The switchboard's door for everybody else on this side of it (HTTP, command line): questions go in through one
//! bounded queue, views come out through watches. The receiving side is the switchboard's own task.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};
use tokio::sync::{mpsc, oneshot, watch};
use twinline_api::{
    rest::live::LiveView,
    ws::ccp::{Desk, DeskChange},
};
use twinline_core::io::AgentCommand;
use twinline_model::{AgentId, Centre, DeviceId, Refusal};

/// Questions waiting for the switchboard at most; whoever comes later is refused with `overloaded`.
pub const QUEUE: usize = 4_096;

/// What the switchboard is asked from here.
#[derive(Debug)]
pub enum Request {
    Command {
        agent: AgentId,
        what: AgentCommand,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// Bind the media agent that shows `code` to the agent.
    Pair {
        agent: AgentId,
        code: String,
        answer: oneshot::Sender<Result<DeviceId, Refusal>>,
    },
    Unpair {
        device: DeviceId,
        answer: oneshot::Sender<Result<(), Refusal>>,
    },
    /// The first page of the agent came, or the last one went.
    CcpLink {
        agent: AgentId,
        up: bool,
    },
    /// Decide by this configuration from now on.
    Configure {
        centre: Arc<Centre>,
        done: oneshot::Sender<()>,
    },
}

/// Handle to the switchboard; cheap to clone.
#[derive(Clone, Debug)]
pub struct Switchboard {
    requests: mpsc::Sender<Request>,
    views: Arc<Views>,
}

impl Switchboard {
    /// The handle, and what the switchboard's task keeps: the queue it serves and the views it publishes to.
    /// `first_seq` must be larger than any number of an earlier run (milliseconds since the epoch × 1,000 is).
    pub fn new(first_seq: u64) -> (Self, mpsc::Receiver<Request>, Arc<Views>) {
        let (requests, inbox) = mpsc::channel(QUEUE);
        let views = Arc::new(Views::new(first_seq));
        (Self { requests, views: views.clone() }, inbox, views)
    }

    /// Carries out what the agent asks; resolves when the effects are on their way.
    pub async fn command(&self, agent: AgentId, what: AgentCommand) -> Result<(), Refusal> {
        self.ask(|answer| Request::Command { agent, what, answer }).await?
    }

    pub async fn pair(&self, agent: AgentId, code: &str) -> Result<DeviceId, Refusal> {
        let code = code.to_owned();
        self.ask(|answer| Request::Pair { agent, code, answer }).await?
    }

    pub async fn unpair(&self, device: DeviceId) -> Result<(), Refusal> {
        self.ask(|answer| Request::Unpair { device, answer }).await?
    }

    /// Tells that the agent's CCP is there or gone. Waits for a place in the queue: it must not be lost.
    pub async fn ccp_link(&self, agent: AgentId, up: bool) {
        if self.requests.send(Request::CcpLink { agent, up }).await.is_err() {
            tracing::debug!("switchboard is gone: CCP link not told");
        }
    }

    /// Resolves when calls are decided by the new configuration.
    pub async fn configure(&self, centre: Arc<Centre>) {
        let (done, heard) = oneshot::channel();
        if self.requests.send(Request::Configure { centre, done }).await.is_ok() {
            // A dropped answer means that the switchboard is going down; the configuration is stored.
            let _ = heard.await;
        }
    }

    /// What the agent's CCP shows; `None` inside until the switchboard has published a desk for this agent.
    pub fn desk(&self, agent: AgentId) -> watch::Receiver<Option<Arc<NumberedDesk>>> {
        self.views.desk(agent).subscribe()
    }

    /// What supervisors see, at most 2 s old.
    pub fn live(&self) -> watch::Receiver<Arc<LiveView>> {
        self.views.live.subscribe()
    }

    /// Remembers on which desktop the agent's CCP is open, as its page said.
    pub fn on_desktop(&self, agent: AgentId, desktop: String) {
        self.views.lock(&self.views.desktops).insert(agent, desktop);
    }

    /// False when the switchboard's task is gone.
    pub fn is_running(&self) -> bool {
        !self.requests.is_closed()
    }

    async fn ask<T>(&self, request: impl FnOnce(oneshot::Sender<T>) -> Request) -> Result<T, Refusal> {
        let (answer, heard) = oneshot::channel();
        match self.requests.try_send(request(answer)) {
            Ok(()) => heard.await.map_err(|_| gone()),
            Err(mpsc::error::TrySendError::Full(_)) => {
                Err(Refusal::new("overloaded", "The centre is busy.").remedy("Try again in a second."))
            }
            Err(mpsc::error::TrySendError::Closed(_)) => Err(gone()),
        }
    }
}

fn gone() -> Refusal {
    Refusal::new("restarting", "The server is going down.").remedy("Try again in a few seconds.")
}

/// Where the switchboard's task publishes what people see.
#[derive(Debug)]
pub struct Views {
    first_seq: u64,
    desks: Mutex<HashMap<AgentId, watch::Sender<Option<Arc<NumberedDesk>>>>>,
    live: watch::Sender<Arc<LiveView>>,
    desktops: Mutex<HashMap<AgentId, String>>,
}

impl Views {
    fn new(first_seq: u64) -> Self {
        Self {
            first_seq,
            desks: Mutex::new(HashMap::new()),
            live: watch::Sender::new(Arc::new(LiveView::default())),
            desktops: Mutex::new(HashMap::new()),
        }
    }

    /// Publishes a desk; the same desk again is no change and gets no number.
    pub fn publish_desk(&self, agent: AgentId, desk: Desk) {
        self.desk(agent).send_if_modified(|current| {
            let next = match current {
                None => Some(NumberedDesk::first(self.first_seq, desk)),
                Some(before) => before.next(desk),
            };
            match next {
                Some(next) => {
                    *current = Some(Arc::new(next));
                    true
                }
                None => false,
            }
        });
    }

    pub fn publish_live(&self, view: LiveView) {
        self.live.send_replace(Arc::new(view));
    }

    /// Forgets the desk of a person who was deleted.
    pub fn forget(&self, agent: AgentId) {
        self.lock(&self.desks).remove(&agent);
        self.lock(&self.desktops).remove(&agent);
    }

    /// Where the agent's CCP was last opened, as its page said.
    pub fn desktop(&self, agent: AgentId) -> Option<String> {
        self.lock(&self.desktops).get(&agent).cloned()
    }

    fn desk(&self, agent: AgentId) -> watch::Sender<Option<Arc<NumberedDesk>>> {
        self.lock(&self.desks).entry(agent).or_insert_with(|| watch::Sender::new(None)).clone()
    }

    fn lock<'a, T>(&self, what: &'a Mutex<T>) -> MutexGuard<'a, T> {
        what.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A desk with the number of its last change, and for each member the number of the change that made it what it is.
/// That is all a page needs to catch up from any number it has seen, however long it was away.
#[derive(Clone, Debug, PartialEq)]
pub struct NumberedDesk {
    pub seq: u64,
    pub desk: Desk,
    first_seq: u64,
    changed_at: [u64; 8],
}

impl NumberedDesk {
    fn first(seq: u64, desk: Desk) -> Self {
        Self { seq, desk, first_seq: seq, changed_at: [seq; 8] }
    }

    /// The desk after a change; `None` when nothing changed.
    fn next(&self, desk: Desk) -> Option<Self> {
        let seq = self.seq + 1;
        let old = &self.desk;
        let differs = [
            old.agent != desk.agent,
            old.contacts != desk.contacts,
            old.media != desk.media,
            old.queues != desk.queues,
            old.statuses != desk.statuses,
            old.quick_connects != desk.quick_connects,
            old.dispositions != desk.dispositions,
            old.recent != desk.recent,
        ];
        if !differs.contains(&true) {
            return None;
        }
        let mut changed_at = self.changed_at;
        for (at, differs) in changed_at.iter_mut().zip(differs) {
            if differs {
                *at = seq;
            }
        }
        Some(Self { seq, desk, first_seq: self.first_seq, changed_at })
    }

    /// The members that changed after number `seen`; `None` when that number is not one of this run, so that only a
    /// snapshot helps.
    pub fn since(&self, seen: u64) -> Option<DeskChange> {
        if seen < self.first_seq || seen > self.seq {
            return None;
        }
        let [agent, contacts, media, queues, statuses, quick_connects, dispositions, recent] =
            self.changed_at.map(|at| at > seen);
        let desk = &self.desk;
        Some(DeskChange {
            agent: agent.then(|| desk.agent.clone()),
            contacts: contacts.then(|| desk.contacts.clone()),
            media: media.then(|| desk.media.clone()),
            queues: queues.then(|| desk.queues.clone()),
            statuses: statuses.then(|| desk.statuses.clone()),
            quick_connects: quick_connects.then(|| desk.quick_connects.clone()),
            dispositions: dispositions.then(|| desk.dispositions.clone()),
            recent: recent.then(|| desk.recent.clone()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use twinline_api::ws::ccp::{DeskAgent, DeskMedia};
    use twinline_model::{AgentStatusId, MediaPath};

    fn desk() -> Desk {
        Desk {
            agent: DeskAgent {
                id: AgentId::from_bits(1),
                username: "kim".into(),
                name: "Kim".into(),
                language: "ko".into(),
                status: AgentStatusId::from_bits(2),
                activity: "offline".into(),
                since_ms: 0,
                next_status: None,
                routable: false,
                not_routable_why: Some("status".into()),
                auto_accept: false,
            },
            contacts: vec![],
            media: DeskMedia {
                path: MediaPath::None,
                ready: false,
                state: "unpaired".into(),
                device_name: None,
                device: None,
                quality: None,
                reason: None,
                muted: false,
            },
            queues: vec![],
            statuses: vec![],
            quick_connects: vec![],
            dispositions: vec![],
            recent: vec![],
        }
    }

    #[test]
    fn a_page_that_was_away_gets_exactly_the_members_that_changed() {
        let (board, _inbox, views) = Switchboard::new(1_000);
        let agent = AgentId::from_bits(1);
        views.publish_desk(agent, desk());
        let mut changed = desk();
        changed.dispositions = vec!["refund".into()];
        views.publish_desk(agent, changed.clone());
        changed.media.ready = true;
        views.publish_desk(agent, changed.clone());
        views.publish_desk(agent, changed);
        let now = board.desk(agent).borrow().clone().unwrap();
        assert_eq!(now.seq, 1_002, "publishing the same desk again takes no number");
        let change = now.since(1_001).unwrap();
        assert!(change.media.is_some() && change.dispositions.is_none() && change.agent.is_none());
        let change = now.since(1_000).unwrap();
        assert!(change.media.is_some() && change.dispositions.is_some());
        assert_eq!(now.since(1_002).unwrap(), DeskChange::default());
        assert_eq!(now.since(999), None, "a number of an earlier run needs a snapshot");
        assert_eq!(now.since(1_003), None);
    }
}
