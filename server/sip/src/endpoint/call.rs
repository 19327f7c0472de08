//! One call: its states, what they hold, and how it is let go.
//!
//! ```text
//!  Incoming ──answer──► Up ──BYE──► gone            Leaving: hung up before the ACK of our 200 came
//!  Calling ──2xx──────► Up                          Cancelling: hung up before the answer came
//!     └──hang_up──► Cancelling ──final──► gone
//! ```

use super::client::ClientKey;
use super::{Body, CallKey, ConnectionId, EndCause, Endpoint, Event, PeerKey, TimerName};
use crate::dialog::Dialog;
use crate::session::SessionTimer;
use std::time::Instant;

pub(super) struct Call {
    pub peer: PeerKey,
    pub state: State,
    pub dialog: Dialog,
    /// We sent the INVITE, so the Call-ID is ours (RFC 3261 §14.1).
    pub ours: bool,
    pub exchange: Exchange,
    /// A 2xx of ours whose ACK has not come.
    pub unconfirmed: Option<Unconfirmed>,
    /// An offer of ours that has to wait for its turn.
    pub queued: Option<Queued>,
    /// Our last session description, said again in a refresh by re-INVITE.
    pub local_body: Option<Body>,
    pub timer: Option<SessionTimer>,
    /// The peer's Allow names UPDATE.
    pub peer_updates: bool,
}

pub(super) enum State {
    Incoming(Incoming),
    Calling(Calling),
    Cancelling { client: ClientKey, sent: bool },
    Up,
    Leaving,
}

/// Inbound, no final answer yet.
pub(super) struct Incoming {
    pub server: u64,
    /// CSeq number of the INVITE.
    pub cseq: u32,
    pub merge_key: Box<[u8]>,
    /// The INVITE held an offer.
    pub offered: bool,
    /// The peer's wish about reliable provisional answers (RFC 3262).
    pub reliability: Reliability,
    pub rseq: u32,
    /// A reliable 1xx whose PRACK has not come.
    pub unacked: Option<Unacked>,
    /// An answer, or a ringing, that waits for the PRACK.
    pub held: Option<Held>,
    /// Offer and answer are done before the final answer.
    pub settled: bool,
    pub granted: Option<SessionTimer>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Reliability {
    Unknown,
    Supported,
    Required,
}

pub(super) struct Unacked {
    pub rseq: u32,
    pub sent: u32,
    pub since: Instant,
    pub response: Vec<u8>,
    /// Holds a body: the final answer waits for the PRACK.
    pub with_body: bool,
}

pub(super) enum Held {
    Ring(Option<Body>),
    Answer(Body),
}

/// Outbound, no final answer yet.
pub(super) struct Calling {
    pub client: ClientKey,
    pub provisional: bool,
    pub offered: bool,
    pub forks: Vec<Fork>,
    /// The last body a 1xx brought: the answer, if the 2xx brings none.
    pub early: Option<Body>,
    /// Times the session interval was raised after 422.
    pub raised: u8,
}

/// An early dialog of ours.
pub(super) struct Fork {
    pub dialog: Dialog,
    /// Last RSeq acknowledged.
    pub rseq: Option<u32>,
}

/// Who has an offer on the way in a standing call.
pub(super) enum Exchange {
    Idle,
    Ours {
        client: ClientKey,
        body: Option<Body>,
        refresh: bool,
        raised: u8,
    },
    /// `invite`: re-INVITE, else UPDATE; `offered`: it held an offer.
    Theirs {
        server: u64,
        invite: bool,
        offered: bool,
        granted: Option<SessionTimer>,
    },
    /// The 2xx to our INVITE held an offer: the ACK waits for our answer.
    AnswerInAck {
        client: ClientKey,
        cseq: u32,
    },
}

pub(super) struct Unconfirmed {
    pub server: u64,
    pub cseq: u32,
    pub sent: u32,
    pub since: Instant,
    /// We offered in the 2xx, so the ACK has to answer.
    pub wants_body: bool,
    /// It answered the first INVITE.
    pub first: bool,
}

pub(super) struct Queued {
    pub body: Option<Body>,
    pub refresh: bool,
    /// After a 491, until its wait is over.
    pub glare: bool,
}

/// What a request of a call was for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    Invite,
    Offer,
    Prack,
    Info,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum CallTimer {
    NoAnswer,
    /// Our 1xx again, so that proxies on the way do not lose patience.
    Progress,
    /// Our 2xx again.
    Confirm,
    /// Our reliable 1xx again.
    Reliable,
    Glare,
    /// Session refresh, or the end of the session.
    Session,
    /// CANCEL brought no final answer.
    Cancel,
    /// The offer of the peer was not answered by the user.
    Offer,
}

const TIMERS: [CallTimer; 8] = [
    CallTimer::NoAnswer,
    CallTimer::Progress,
    CallTimer::Confirm,
    CallTimer::Reliable,
    CallTimer::Glare,
    CallTimer::Session,
    CallTimer::Cancel,
    CallTimer::Offer,
];

impl Call {
    pub fn uses(&self, connection: ConnectionId) -> bool {
        self.dialog.flow.connection == Some(connection)
    }

    pub fn is_up(&self) -> bool {
        matches!(self.state, State::Up)
    }
}

impl Endpoint {
    pub(super) fn new_call_key(&mut self) -> CallKey {
        self.last_call += 1;
        CallKey(self.last_call)
    }

    /// Lets a call go with everything that hangs on it; transactions end by themselves.
    pub(super) fn forget(&mut self, now: Instant, key: CallKey) -> Option<Call> {
        let call = self.calls.remove(&key)?;
        self.tags.remove(&call.dialog.local_tag);
        if let State::Incoming(incoming) = &call.state {
            self.merged.remove(&incoming.merge_key);
            self.half_open -= 1;
        }
        for timer in TIMERS {
            self.timers.clear(TimerName::Call(key, timer));
        }
        // RFC 3261 §15.1.2: whatever the peer still waits for is answered.
        if let Exchange::Theirs { server, .. } = call.exchange {
            self.respond(now, server, 487, &[], None, false);
        }
        Some(call)
    }

    pub(super) fn end(&mut self, now: Instant, key: CallKey, cause: EndCause) {
        if self.forget(now, key).is_some_and(|call| !matches!(call.state, State::Leaving | State::Cancelling { .. })) {
            self.events.push_back(Event::Ended { call: key, cause });
        }
    }

    pub(super) fn call_timer(&mut self, now: Instant, call: CallKey, timer: CallTimer) {
        match timer {
            CallTimer::NoAnswer => self.no_answer(now, call),
            CallTimer::Progress => self.progress_timer(now, call),
            CallTimer::Confirm => self.confirm_timer(now, call),
            CallTimer::Reliable => self.reliable_timer(now, call),
            CallTimer::Glare => self.glare_over(now, call),
            CallTimer::Session => self.session_timer(now, call),
            CallTimer::Cancel => self.cancel_timer(now, call),
            CallTimer::Offer => self.offer_unanswered(now, call),
        }
    }
}
