//! Reliable provisional responses (RFC 3262), both ways.

use super::call::{Call, CallTimer, Fork, Held, Purpose, State, Unacked};
use super::client::{Outgoing, Owner, tag_number};
use super::receive::{body_of, peer_lists};
use super::request::Request;
use super::{Body, CallKey, EndCause, Endpoint, Event, Flow};
use crate::message::Method;
use crate::wire::{Message, Name, NameAddr, RAck, Writer, number};
use std::time::Instant;

/// Early dialogs of one INVITE that are followed.
const MAX_FORKS: usize = 8;

impl Endpoint {
    pub(super) fn ring_reliably(&mut self, now: Instant, key: CallKey, status: u16, early: Option<Body>) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let State::Incoming(incoming) = &mut call.state else { return };
        incoming.rseq += 1;
        let (server, rseq) = (incoming.server, incoming.rseq);
        let mut lines = Writer::default();
        lines.header(Name::Require, b"100rel");
        lines.header_number(Name::RSeq, u64::from(rseq));
        let lines = lines.into_bytes();
        let with_body = early.is_some();
        incoming.unacked = Some(Unacked { rseq, sent: 1, since: now, response: Vec::new(), with_body });
        if with_body {
            call.local_body.clone_from(&early);
        }
        self.respond(now, server, status, &lines, early.as_ref(), true);
        let response = self.last_response(server);
        if let Some(unacked) = self.unacked_mut(key) {
            unacked.response = response;
        }
        self.set_call_timer(key, CallTimer::Reliable, now + self.resend_after(1, false));
    }

    fn unacked_mut(&mut self, key: CallKey) -> Option<&mut Unacked> {
        match self.calls.get_mut(&key).map(|call| &mut call.state) {
            Some(State::Incoming(incoming)) => incoming.unacked.as_mut(),
            _ => None,
        }
    }

    /// RFC 3262 §3: sent again with exponential back-off; after 64×T1 "the UAS SHOULD reject the original request with
    /// a 5xx response".
    pub(super) fn reliable_timer(&mut self, now: Instant, key: CallKey) {
        let patience = self.patience();
        let Some(State::Incoming(incoming)) = self.calls.get_mut(&key).map(|call| &mut call.state) else { return };
        let server = incoming.server;
        let Some(unacked) = &mut incoming.unacked else { return };
        if now.saturating_duration_since(unacked.since) >= patience {
            return self.final_refusal(now, key, 504, &[], EndCause::Protocol);
        }
        unacked.sent += 1;
        let (sent, bytes) = (unacked.sent, unacked.response.clone());
        if let Some(flow) = self.servers.get(&server).map(|transaction| transaction.flow) {
            self.send_response(now, &flow, bytes);
        }
        self.set_call_timer(key, CallTimer::Reliable, now + self.resend_after(sent, false));
    }

    /// PRACK of the caller (RFC 3262 §3).
    pub(super) fn receive_prack(&mut self, now: Instant, key: CallKey, request: &Request<'_>) {
        let rack = request.message.first(Name::RAck).and_then(|value| RAck::parse(value).ok());
        let Some(call) = self.calls.get_mut(&key) else { return };
        // RFC 3262 §3: a PRACK that crosses the final answer is still answered; there is nothing left to do.
        let late = call.is_up() && !call.ours;
        let State::Incoming(incoming) = &mut call.state else {
            return self.refuse_request(now, request, if late { 200 } else { 481 }, &[]);
        };
        let fits = rack.is_some_and(|rack| {
            rack.method == b"INVITE"
                && rack.cseq == incoming.cseq
                && incoming.unacked.as_ref().is_some_and(|unacked| unacked.rseq == rack.rseq)
        });
        if !fits {
            return self.refuse_request(now, request, 481, &[]);
        }
        let with_body = incoming.unacked.take().is_some_and(|unacked| unacked.with_body);
        incoming.settled |= with_body;
        let (held, offered) = (incoming.held.take(), incoming.offered);
        self.clear_call_timer(key, CallTimer::Reliable);
        let tag = self.calls.get(&key).map_or(0, |call| call.dialog.local_tag);
        let Some(server) = self.open_server(request, tag, Some(key)) else { return };
        let answer = body_of(request.message);
        match (with_body && !offered, answer) {
            // We offered in the 1xx: the PRACK has to answer.
            (true, None) => {
                self.respond(now, server, 400, &[], None, false);
                return self.final_refusal(now, key, 488, &[], EndCause::Protocol);
            }
            (true, Some(body)) => {
                self.respond(now, server, 200, &[], None, false);
                self.events.push_back(Event::OfferAnswered { call: key, result: Ok(body) });
            }
            // A further offer in PRACK is lawful but unheard of: refused, the session stays as it was.
            (false, Some(_)) => self.respond(now, server, 488, &[], None, false),
            (false, None) => self.respond(now, server, 200, &[], None, false),
        }
        match held {
            Some(Held::Ring(early)) => self.ring(now, key, early),
            Some(Held::Answer(body)) => {
                let _ = self.answer(now, key, body);
            }
            None => {}
        }
    }

    /// A 101–199 to our INVITE. Each To tag is a dialog of its own (interop 6, 7).
    pub(super) fn receive_provisional(
        &mut self,
        now: Instant,
        key: CallKey,
        status: u16,
        message: &Message<'_>,
        flow: Flow,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let peer = call.peer;
        let Some(fresh) = note_fork(call, message, &flow) else { return };
        let State::Calling(calling) = &mut call.state else { return };
        let body = body_of(message);
        if let Some((at, rseq)) = fresh.acknowledge {
            let branch = self.random.next();
            let client = super::client::ClientKey { branch, cancel: false };
            let dialog = &mut calling.forks[at].dialog;
            dialog.local_cseq += 1;
            let (dialog, invite_cseq) = (dialog.clone(), call.dialog.local_cseq);
            let mut out = dialog.request(Method::PRack, dialog.local_cseq, branch, self.shown(&dialog.flow));
            out.begin(Name::RAck);
            out.number(u64::from(rseq));
            out.put(b" ");
            out.number(u64::from(invite_cseq));
            out.put(b" INVITE");
            out.end();
            let owner = Owner::Call(key, Purpose::Prack);
            self.open_client(
                now,
                Outgoing {
                    method: Method::PRack,
                    key: client,
                    request: out.finish(None),
                    flow: dialog.flow,
                    owner,
                    peer,
                },
            );
        }
        if let Some(State::Calling(calling)) = self.calls.get_mut(&key).map(|call| &mut call.state)
            && body.is_some()
        {
            calling.early.clone_from(&body);
        }
        self.events.push_back(Event::Progress { call: key, status, body });
    }
}

struct Noted {
    /// Fork and RSeq that want a PRACK.
    acknowledge: Option<(usize, u32)>,
}

/// `None`: a repeated or out-of-order reliable response, which is not to be looked at (RFC 3262 §4).
fn note_fork(call: &mut Call, message: &Message<'_>, flow: &Flow) -> Option<Noted> {
    let to = NameAddr::parse(message.first(Name::To)?, "To").ok()?;
    let State::Calling(calling) = &mut call.state else { return None };
    let reliable = peer_lists(message, Name::Require, "100rel");
    let rseq = message.first(Name::RSeq).and_then(|value| number(value, "RSeq", u32::MAX).ok()).filter(|_| reliable);
    let Some(tag) = to.tag() else { return Some(Noted { acknowledge: None }) };
    let at = match calling.forks.iter().position(|fork| *fork.dialog.remote_tag == *tag) {
        Some(at) => at,
        None if calling.forks.len() >= MAX_FORKS => return Some(Noted { acknowledge: None }),
        None => {
            let mut dialog = call.dialog.clone();
            dialog.establish(message, &to, flow);
            calling.forks.push(Fork { dialog, rseq: None });
            calling.forks.len() - 1
        }
    };
    let fork = &mut calling.forks[at];
    let Some(rseq) = rseq else { return Some(Noted { acknowledge: None }) };
    if fork.rseq.is_some_and(|last| rseq != last.wrapping_add(1)) {
        return None;
    }
    fork.rseq = Some(rseq);
    Some(Noted { acknowledge: Some((at, rseq)) })
}

/// Our tag in a To header.
pub(super) fn local_tag(to: &NameAddr<'_>) -> Option<u64> {
    to.tag().and_then(tag_number)
}
