//! Runs the client transactions: keeps the request, arms timers, sends again, acknowledges refusals, answers
//! challenges, and falls back from TCP to UDP.

use super::call::Purpose;
use super::rewrite::{Changes, follow, rewrite};
use super::{CallKey, ConnectionId, Endpoint, Flow, PeerKey, TimerName, Transport};
use crate::auth::answer;
use crate::message::{Method, method_token};
use crate::transaction::{Action, Timer, duration, invite_client, other_client};
use crate::wire::{CSeq, Message, Name, Start, Via, Writer, lex};
use std::time::Instant;

/// RFC 3261 §18.1.1: above this a request goes by a congestion-controlled transport.
const MAX_DATAGRAM_REQUEST: usize = 1_300;
/// Answers to challenges for one request: one right away, one after `stale`.
const MAX_SIGN_INS: u8 = 2;
/// Forks of one INVITE that are acknowledged.
const MAX_FORKS: usize = 8;

/// A branch; CANCEL bears that of its INVITE.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct ClientKey {
    pub branch: u64,
    pub cancel: bool,
}

/// Who waits for the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    Call(CallKey, Purpose),
    Registration,
    Probe,
    /// BYE of a call that is gone, CANCEL: nobody.
    Nobody,
}

pub(super) struct ClientTransaction {
    machine: Machine,
    pub method: Method,
    pub request: Vec<u8>,
    pub flow: Flow,
    pub owner: Owner,
    pub peer: PeerKey,
    /// Answers given to challenges.
    sign_ins: u8,
    /// Went by TCP only because of its size.
    by_tcp_for_size: bool,
    /// ACKs of 2xx by the tag they acknowledge, to be sent again with each repeated 2xx.
    pub acks: Vec<(Box<[u8]>, Flow, Vec<u8>)>,
}

/// A request on its way out.
pub(super) struct Outgoing {
    pub method: Method,
    pub key: ClientKey,
    /// Bears the branch of `key` in its Via.
    pub request: Vec<u8>,
    pub flow: Flow,
    pub owner: Owner,
    pub peer: PeerKey,
}

#[derive(Clone, Copy)]
enum Machine {
    Invite(invite_client::State),
    Other(other_client::State),
}

/// What came of a request.
pub(super) enum Outcome<'m> {
    Response {
        status: u16,
        message: &'m Message<'m>,
        flow: Flow,
    },
    /// 408: nothing came in time; 503: it could not be sent.
    None {
        status: u16,
    },
}

impl Endpoint {
    /// Sends a request and waits for its answer.
    pub(super) fn open_client(&mut self, now: Instant, outgoing: Outgoing) {
        let Outgoing { method, key, request, flow, owner, peer } = outgoing;
        let (machine, actions) = if method == Method::Invite {
            (Machine::Invite(invite_client::START.0), invite_client::START.1)
        } else {
            (Machine::Other(other_client::START.0), other_client::START.1)
        };
        let mut transaction = ClientTransaction {
            machine,
            method,
            request,
            flow,
            owner,
            peer,
            sign_ins: 0,
            by_tcp_for_size: false,
            acks: Vec::new(),
        };
        self.by_tcp_when_large(&mut transaction, key);
        let bytes = transaction.request.clone();
        let sent = self.send(now, &mut transaction.flow, bytes);
        self.clients.insert(key, transaction);
        for action in actions {
            self.act_client(now, key, *action);
        }
        if !sent {
            // Told from the timer loop, so that whoever sent it has finished first.
            self.timers.set(TimerName::Client(key, Timer::M), now);
        }
    }

    pub(super) fn new_branch(&mut self) -> ClientKey {
        ClientKey { branch: self.random.next(), cancel: false }
    }

    /// Interop 18: decided for each request anew, so that TCP does not stick.
    fn by_tcp_when_large(&mut self, transaction: &mut ClientTransaction, key: ClientKey) {
        let may = self.peer(transaction.peer).is_some_and(|record| record.peer.tcp_for_large);
        if transaction.flow.transport == Transport::Tcp || transaction.request.len() <= MAX_DATAGRAM_REQUEST || !may {
            return;
        }
        let Some(flow) = self.flow_to(Transport::Tcp, transaction.flow.remote) else { return };
        let via = Some((Transport::Tcp, self.shown(&flow), key.branch));
        if let Some(request) = rewrite(&transaction.request, &Changes { via, ..Changes::default() }) {
            transaction.request = request;
            transaction.flow = flow;
            transaction.by_tcp_for_size = true;
        }
    }

    /// A response: finds its transaction by branch and CSeq method (RFC 3261 §17.1.3), and tells the owner.
    pub(super) fn receive_response(&mut self, now: Instant, flow: Flow, status: u16, message: &Message<'_>) {
        let mut vias = message.all(Name::Via);
        let one = vias.next().filter(|value| vias.next().is_none() && !value.contains(&b','));
        let Some(via) = one.and_then(|value| Via::parse(value).ok()) else { return };
        let Some(cseq) = message.first(Name::CSeq).and_then(|value| CSeq::parse(value).ok()) else { return };
        let Some(branch) = via.branch().and_then(|b| b.strip_prefix(b"z9hG4bK")).and_then(tag_number) else { return };
        let key = ClientKey { branch, cancel: cseq.method == b"CANCEL" };
        let Some(transaction) = self.clients.get_mut(&key) else { return };
        if method_token(transaction.method).as_bytes() != cseq.method || message.flaw.is_some() {
            return;
        }
        let passed = match &mut transaction.machine {
            Machine::Invite(state) => {
                let event = match status {
                    100..200 => invite_client::Event::Provisional,
                    200..300 => invite_client::Event::Success,
                    _ => invite_client::Event::Failure,
                };
                let (next, actions) = invite_client::step(*state, event);
                *state = next;
                actions
            }
            Machine::Other(state) => {
                let event = if status < 200 { other_client::Event::Provisional } else { other_client::Event::Final };
                let (next, actions) = other_client::step(*state, event);
                *state = next;
                actions
            }
        };
        for action in passed {
            match action {
                Action::Ack => self.acknowledge_refusal(now, key, message),
                Action::Pass => self.pass(now, key, flow, status, message),
                other => self.act_client(now, key, *other),
            }
        }
        self.drop_client_if_over(key);
    }

    fn pass(&mut self, now: Instant, key: ClientKey, flow: Flow, status: u16, message: &Message<'_>) {
        if matches!(status, 401 | 407) && self.sign_in_again(now, key, message) {
            return;
        }
        let Some(transaction) = self.clients.get(&key) else { return };
        let (owner, peer) = (transaction.owner, transaction.peer);
        self.tell(now, key, owner, peer, Outcome::Response { status, message, flow });
    }

    fn tell(&mut self, now: Instant, key: ClientKey, owner: Owner, peer: PeerKey, outcome: Outcome<'_>) {
        match owner {
            Owner::Call(call, purpose) => self.call_response(now, call, purpose, key, outcome),
            Owner::Registration => self.registration_response(now, peer, outcome),
            Owner::Probe => self.probe_response(now, peer, outcome),
            Owner::Nobody => {}
        }
    }

    pub(super) fn client_timer(&mut self, now: Instant, key: ClientKey, timer: Timer) {
        let Some(transaction) = self.clients.get_mut(&key) else { return };
        let unsent = match transaction.machine {
            Machine::Invite(invite_client::State::Calling { .. }) | Machine::Other(_) => timer == Timer::M,
            Machine::Invite(_) => false,
        };
        if unsent {
            self.client_failed(now, key);
            return;
        }
        let actions = match &mut transaction.machine {
            Machine::Invite(state) => {
                let (next, actions) = invite_client::step(*state, invite_client::Event::Fired(timer));
                *state = next;
                actions
            }
            Machine::Other(state) => {
                let (next, actions) = other_client::step(*state, other_client::Event::Fired(timer));
                *state = next;
                actions
            }
        };
        for action in actions {
            self.act_client(now, key, *action);
        }
        self.drop_client_if_over(key);
    }

    fn act_client(&mut self, now: Instant, key: ClientKey, action: Action) {
        let Some(transaction) = self.clients.get(&key) else { return };
        match action {
            Action::Send | Action::Resend => {
                let (mut flow, bytes) = (transaction.flow, transaction.request.clone());
                self.send(now, &mut flow, bytes);
            }
            Action::Arm(timer) => {
                let sent = match transaction.machine {
                    Machine::Invite(invite_client::State::Calling { sent })
                    | Machine::Other(other_client::State::Trying { sent }) => sent,
                    // RFC 3261 §17.1.2.2: in Proceeding "Timer E MUST be reset with a value of T2 seconds".
                    _ => 16,
                };
                let reliable = transaction.flow.transport == Transport::Tcp;
                if let Some(wait) = duration(timer, sent, &self.config.timing, reliable) {
                    self.timers.set(TimerName::Client(key, timer), now + wait);
                }
            }
            Action::Disarm(timer) => self.timers.clear(TimerName::Client(key, timer)),
            Action::Timeout | Action::Failed => {
                let (owner, peer) = (transaction.owner, transaction.peer);
                let status = if action == Action::Timeout { 408 } else { 503 };
                self.tell(now, key, owner, peer, Outcome::None { status });
            }
            Action::Ack | Action::Pass => {}
        }
    }

    fn drop_client_if_over(&mut self, key: ClientKey) {
        let over = self.clients.get(&key).is_some_and(|transaction| {
            matches!(
                transaction.machine,
                Machine::Invite(invite_client::State::Terminated) | Machine::Other(other_client::State::Terminated)
            )
        });
        if over {
            self.drop_client(key);
        }
    }

    /// Forgets a transaction and its timers.
    pub(super) fn drop_client(&mut self, key: ClientKey) {
        self.clients.remove(&key);
        for timer in [Timer::A, Timer::B, Timer::D, Timer::E, Timer::F, Timer::K, Timer::M] {
            self.timers.clear(TimerName::Client(key, timer));
        }
    }

    fn acknowledge_refusal(&mut self, now: Instant, key: ClientKey, message: &Message<'_>) {
        let Some(transaction) = self.clients.get(&key) else { return };
        let mut flow = transaction.flow;
        if let Some(ack) = follow(&transaction.request, Method::Ack, message.first(Name::To)) {
            self.send(now, &mut flow, ack);
        }
    }

    /// Sends the request of an INVITE transaction that is to be cancelled (RFC 3261 §9.1).
    pub(super) fn send_cancel(&mut self, now: Instant, invite: ClientKey) {
        let Some(transaction) = self.clients.get(&invite) else { return };
        let (flow, peer) = (transaction.flow, transaction.peer);
        let key = ClientKey { cancel: true, ..invite };
        if self.clients.contains_key(&key) {
            return;
        }
        if let Some(cancel) = follow(&transaction.request, Method::Cancel, None) {
            self.open_client(
                now,
                Outgoing { method: Method::Cancel, key, request: cancel, flow, owner: Owner::Nobody, peer },
            );
        }
    }

    /// Keeps the ACK of a 2xx for its repetitions, and sends it.
    pub(super) fn send_ack(&mut self, now: Instant, invite: ClientKey, tag: &[u8], mut flow: Flow, ack: Vec<u8>) {
        self.send(now, &mut flow, ack.clone());
        if let Some(transaction) = self.clients.get_mut(&invite)
            && transaction.acks.len() < MAX_FORKS
        {
            transaction.acks.push((tag.into(), flow, ack));
        }
    }

    /// The same 2xx again: its ACK was lost. `false`: this branch was never acknowledged.
    pub(super) fn ack_again(&mut self, now: Instant, invite: ClientKey, tag: &[u8]) -> bool {
        let Some(transaction) = self.clients.get(&invite) else { return true };
        if transaction.acks.len() >= MAX_FORKS {
            return true;
        }
        let Some((_, flow, ack)) = transaction.acks.iter().find(|(of, ..)| **of == *tag) else { return false };
        let (mut flow, ack) = (*flow, ack.clone());
        self.send(now, &mut flow, ack);
        true
    }

    /// RFC 3261 §22.2: the request again with credentials, a new branch and a higher CSeq. `false`: we can't.
    fn sign_in_again(&mut self, now: Instant, key: ClientKey, message: &Message<'_>) -> bool {
        let Some(transaction) = self.clients.get(&key) else { return false };
        let (peer, owner, method, flow) = (transaction.peer, transaction.owner, transaction.method, transaction.flow);
        let tries = transaction.sign_ins;
        if tries >= MAX_SIGN_INS || method == Method::Cancel {
            return false;
        }
        let Some(credentials) = self.peer(peer).and_then(|record| record.peer.credentials.clone()) else {
            return false;
        };
        let Some(transaction) = self.clients.get(&key) else { return false };
        let Ok(own) = lex(&transaction.request) else { return false };
        let Start::Request { uri, .. } = own.start else { return false };
        let (from, to) = match message.start {
            Start::Response { status: 407, .. } => (Name::ProxyAuthenticate, Name::ProxyAuthorization),
            _ => (Name::WwwAuthenticate, Name::Authorization),
        };
        let uri = String::from_utf8_lossy(uri).into_owned();
        let request = (method_token(method), uri.as_str(), own.body);
        let who = (credentials.username.as_str(), credentials.password.as_str());
        let Some((response, stale)) = answer(message.all(from), who, request, &mut self.random) else { return false };
        // Asked again by the same side for the same request without `stale`: the credentials are wrong.
        let repeated = own.first(to).is_some();
        if repeated && !stale {
            return false;
        }
        let mut value = Writer::default();
        response.write(&mut value);
        let Some(cseq) = own.first(Name::CSeq).and_then(|v| CSeq::parse(v).ok()) else { return false };
        let cseq = self.next_cseq_for(owner, peer, cseq.number);
        self.send_changed(now, key, flow, cseq, &[(to, value.into_bytes())], tries + 1)
    }

    /// The same request as a new transaction with another CSeq and further headers.
    pub(super) fn send_changed(
        &mut self,
        now: Instant,
        key: ClientKey,
        flow: Flow,
        cseq: u32,
        add: &[(Name, Vec<u8>)],
        sign_ins: u8,
    ) -> bool {
        let fresh = self.new_branch();
        let Some(transaction) = self.clients.get_mut(&key) else { return false };
        let (method, owner, peer) = (transaction.method, transaction.owner, transaction.peer);
        transaction.owner = Owner::Nobody;
        let request = transaction.request.clone();
        let via = Some((flow.transport, self.shown(&flow), fresh.branch));
        let Some(request) = rewrite(&request, &Changes { via, cseq: Some(cseq), add }) else { return false };
        self.open_client(now, Outgoing { method, key: fresh, request, flow, owner, peer });
        if let Some(transaction) = self.clients.get_mut(&fresh) {
            transaction.sign_ins = sign_ins;
        }
        self.moved_client(owner, key, fresh);
        true
    }

    /// Transactions whose connection went: large requests go by UDP after all (RFC 3261 §18.1.1), the others failed.
    pub(super) fn clients_lost_connection(&mut self, now: Instant, id: ConnectionId) {
        let mut keys: Vec<_> =
            self.clients.iter().filter(|(_, c)| c.flow.connection == Some(id)).map(|(key, _)| *key).collect();
        keys.sort_unstable();
        for key in keys {
            let Some(transaction) = self.clients.get(&key) else { continue };
            let waits = match transaction.machine {
                Machine::Invite(invite_client::State::Calling { .. }) => true,
                Machine::Other(other_client::State::Trying { .. }) => true,
                Machine::Invite(_) | Machine::Other(_) => false,
            };
            let back = waits && transaction.by_tcp_for_size;
            let remote = transaction.flow.remote;
            match self.flow_to(Transport::Udp, remote).filter(|_| back) {
                Some(flow) => self.by_udp_after_all(now, key, flow),
                None if waits => self.client_failed(now, key),
                // The answer may still come by another connection; other timers bound the wait.
                None => {}
            }
        }
    }

    fn by_udp_after_all(&mut self, now: Instant, key: ClientKey, mut flow: Flow) {
        let via = Some((Transport::Udp, self.shown(&flow), key.branch));
        let Some(transaction) = self.clients.get_mut(&key) else { return };
        let Some(request) = rewrite(&transaction.request, &Changes { via, ..Changes::default() }) else { return };
        transaction.request = request.clone();
        transaction.flow = flow;
        transaction.by_tcp_for_size = false;
        let invite = matches!(transaction.machine, Machine::Invite(_));
        self.send(now, &mut flow, request);
        self.act_client(now, key, Action::Arm(if invite { Timer::A } else { Timer::E }));
    }

    fn client_failed(&mut self, now: Instant, key: ClientKey) {
        let Some(transaction) = self.clients.get_mut(&key) else { return };
        let actions = match &mut transaction.machine {
            Machine::Invite(state) => {
                let (next, actions) = invite_client::step(*state, invite_client::Event::TransportError);
                *state = next;
                actions
            }
            Machine::Other(state) => {
                let (next, actions) = other_client::step(*state, other_client::Event::TransportError);
                *state = next;
                actions
            }
        };
        for action in actions {
            self.act_client(now, key, *action);
        }
        self.drop_client_if_over(key);
    }
}

pub(super) fn tag_number(text: &[u8]) -> Option<u64> {
    if text.len() != 16 {
        return None;
    }
    u64::from_str_radix(std::str::from_utf8(text).ok()?, 16).ok()
}
