//! Runs the server transactions: keeps head and last response, arms timers, sends again.

use super::request::{Request, ResponseHead};
use super::{Body, CallKey, Endpoint, Flow, TimerName};
use crate::transaction::{Action, Timer, duration, invite_server, other_server};
use crate::wire::{Name, Writer};
use std::time::Instant;

pub(super) struct ServerTransaction {
    machine: Machine,
    key: Box<[u8]>,
    pub flow: Flow,
    head: ResponseHead,
    /// Our tag in the responses.
    tag: u64,
    last: Vec<u8>,
    pub call: Option<CallKey>,
}

#[derive(Clone, Copy)]
enum Machine {
    Invite(invite_server::State),
    Other(other_server::State),
}

impl Endpoint {
    /// Opens a transaction for a request; `None` when its Via is no good. `tag` is ours, in each response.
    pub(super) fn open_server(&mut self, request: &Request<'_>, tag: u64, call: Option<CallKey>) -> Option<u64> {
        let head = ResponseHead::new(request.message, &request.flow)?;
        let key = request.key(request.cseq.method);
        self.last_server += 1;
        let id = self.last_server;
        let machine = if request.cseq.method == b"INVITE" {
            Machine::Invite(invite_server::START)
        } else {
            Machine::Other(other_server::START)
        };
        self.server_keys.insert(key.clone(), id);
        let transaction = ServerTransaction { machine, key, flow: request.flow, head, tag, last: Vec::new(), call };
        self.servers.insert(id, transaction);
        Some(id)
    }

    /// Sends a response of the user: `lines` are further headers, `dialog` adds Record-Route and Contact.
    pub(super) fn respond(
        &mut self,
        now: Instant,
        id: u64,
        status: u16,
        lines: &[u8],
        body: Option<&Body>,
        dialog: bool,
    ) {
        let Some(transaction) = self.servers.get(&id) else { return };
        let flow = transaction.flow;
        let mut out = transaction.head.response(status, transaction.tag, dialog);
        if dialog {
            self.write_contact(&mut out, &flow);
        }
        out.lines(lines);
        if !self.config.product.is_empty() && status >= 180 {
            out.header(Name::Server, self.config.product.as_bytes());
        }
        let bytes = out.finish(body.map(|body| (body.content_type.as_str(), &body.bytes[..])));
        let Some(transaction) = self.servers.get_mut(&id) else { return };
        transaction.last = bytes;
        let (invite, other) = match status {
            100..200 => (invite_server::Event::Provisional, other_server::Event::Provisional),
            200..300 => (invite_server::Event::Success, other_server::Event::Final),
            _ => (invite_server::Event::Failure, other_server::Event::Final),
        };
        if status >= 300 || (status >= 200 && matches!(transaction.machine, Machine::Other(_))) {
            transaction.head = ResponseHead::default();
        }
        self.step_server(now, id, invite, other);
    }

    /// The same 2xx again (the user, not the transaction, repeats it).
    pub(super) fn respond_again(&mut self, now: Instant, id: u64) {
        self.step_server(now, id, invite_server::Event::Success, other_server::Event::Provisional);
    }

    pub(super) fn server_request_again(&mut self, now: Instant, id: u64) {
        self.step_server(now, id, invite_server::Event::Request, other_server::Event::Request);
    }

    /// An ACK that belongs to a non-2xx answer. `false`: to a 2xx, the dialog has to see it.
    pub(super) fn server_acked(&mut self, now: Instant, id: u64) -> bool {
        let Some(ServerTransaction { machine: Machine::Invite(state), .. }) = self.servers.get(&id) else {
            return false;
        };
        if matches!(state, invite_server::State::Accepted) {
            return false;
        }
        self.step_server(now, id, invite_server::Event::Ack, other_server::Event::Request);
        true
    }

    /// Whether a CANCEL still changes something: no final response was sent.
    pub(super) fn server_is_open(&self, id: u64) -> bool {
        matches!(
            self.servers.get(&id),
            Some(ServerTransaction { machine: Machine::Invite(invite_server::State::Proceeding), .. })
        )
    }

    pub(super) fn server_tag(&self, id: u64) -> u64 {
        self.servers.get(&id).map_or(0, |transaction| transaction.tag)
    }

    /// The bytes of the last response.
    pub(super) fn last_response(&self, id: u64) -> Vec<u8> {
        self.servers.get(&id).map(|transaction| transaction.last.clone()).unwrap_or_default()
    }

    pub(super) fn server_timer(&mut self, now: Instant, id: u64, timer: Timer) {
        self.step_server(now, id, invite_server::Event::Fired(timer), other_server::Event::Fired(timer));
    }

    fn step_server(&mut self, now: Instant, id: u64, invite: invite_server::Event, other: other_server::Event) {
        let Some(transaction) = self.servers.get_mut(&id) else { return };
        let actions = match &mut transaction.machine {
            Machine::Invite(state) => {
                let (next, actions) = invite_server::step(*state, invite);
                *state = next;
                actions
            }
            Machine::Other(state) => {
                let (next, actions) = other_server::step(*state, other);
                *state = next;
                actions
            }
        };
        for action in actions {
            self.act_server(now, id, *action);
        }
        let ended = self.servers.get(&id).is_some_and(|transaction| {
            matches!(
                transaction.machine,
                Machine::Invite(invite_server::State::Terminated) | Machine::Other(other_server::State::Terminated)
            )
        });
        if ended && let Some(transaction) = self.servers.remove(&id) {
            self.server_keys.remove(&transaction.key);
            for timer in [Timer::G, Timer::H, Timer::I, Timer::J, Timer::L] {
                self.timers.clear(TimerName::Server(id, timer));
            }
        }
    }

    fn act_server(&mut self, now: Instant, id: u64, action: Action) {
        let Some(transaction) = self.servers.get(&id) else { return };
        match action {
            Action::Send | Action::Resend if !transaction.last.is_empty() => {
                let (flow, bytes) = (transaction.flow, transaction.last.clone());
                self.send_response(now, &flow, bytes);
            }
            Action::Arm(timer) => {
                let sent = match transaction.machine {
                    Machine::Invite(invite_server::State::Completed { sent }) => sent,
                    _ => 1,
                };
                let reliable = transaction.flow.transport == super::Transport::Tcp;
                if let Some(wait) = duration(timer, sent, &self.config.timing, reliable) {
                    self.timers.set(TimerName::Server(id, timer), now + wait);
                }
            }
            Action::Disarm(timer) => self.timers.clear(TimerName::Server(id, timer)),
            // A response that was never acknowledged, or could not be sent: the call it ended is gone already.
            _ => {}
        }
    }

    pub(super) fn write_contact(&self, out: &mut Writer, flow: &Flow) {
        out.begin(Name::Contact);
        out.put(b"<sip:");
        out.socket(self.shown(flow));
        if flow.transport == super::Transport::Tcp {
            out.put(b";transport=tcp");
        }
        out.put(b">");
        out.end();
    }
}
