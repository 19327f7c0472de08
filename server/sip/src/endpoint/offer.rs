//! Offers in a standing call: re-INVITE and UPDATE, both ways, glare included (RFC 3261 §14, RFC 3311, RFC 3264 §4).

use super::call::{CallTimer, Exchange, Purpose, Queued, State, Unconfirmed};
use super::client::{ClientKey, Outcome, Outgoing, Owner};
use super::incoming::min_se;
use super::receive::{SUPPORTED, body_of, peer_lists, wrong_content};
use super::request::Request;
use super::{Body, CallError, CallKey, EndCause, Endpoint, Event, TimerName};
use crate::message::{ALLOW, Method};
use crate::session::{SessionTimer, agree_as_uac, glare_wait, write_granted, write_interval};
use crate::transaction::Timer;
use crate::wire::{CSeq, Message, Name, SessionExpires, Writer};
use std::time::Instant;

const MAX_RAISES: u8 = 2;

impl Endpoint {
    /// Offers a new session in a standing call (re-INVITE). While another exchange runs it waits; a later offer takes
    /// the place of one that waits.
    pub fn offer(&mut self, now: Instant, key: CallKey, body: Body) -> Result<(), CallError> {
        let call = self.calls.get_mut(&key).ok_or(CallError::Unknown)?;
        if !call.is_up() {
            return Err(CallError::State);
        }
        let glare = call.queued.as_ref().is_some_and(|queued| queued.glare);
        call.queued = Some(Queued { body: Some(body), refresh: false, glare });
        self.next_offer(now, key);
        Ok(())
    }

    /// Sends what waits, if it may go.
    pub(super) fn next_offer(&mut self, now: Instant, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let idle = call.is_up() && matches!(call.exchange, Exchange::Idle) && call.unconfirmed.is_none();
        if !idle || call.queued.as_ref().is_none_or(|queued| queued.glare) {
            return;
        }
        if let Some(queued) = call.queued.take() {
            self.send_offer(now, key, queued, 0);
        }
    }

    fn send_offer(&mut self, now: Instant, key: CallKey, queued: Queued, raised: u8) {
        let client = self.new_branch();
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.dialog.local_cseq += 1;
        let method = if queued.body.is_none() { Method::Update } else { Method::Invite };
        if queued.body.is_some() {
            call.local_body.clone_from(&queued.body);
        }
        let (peer, timer) = (call.peer, call.timer);
        let dialog = call.dialog.clone();
        let body = queued.body.clone();
        call.exchange = Exchange::Ours { client, body: queued.body, refresh: queued.refresh, raised };
        let mut out = dialog.request(method, dialog.local_cseq, client.branch, self.shown(&dialog.flow));
        self.write_contact(&mut out, &dialog.flow);
        out.header(Name::Allow, ALLOW.as_bytes());
        out.header(Name::Supported, b"timer");
        if let Some(timer) = timer {
            write_interval(&mut out, timer.interval, Some(timer.we_refresh));
        }
        if !self.config.product.is_empty() {
            out.header(Name::UserAgent, self.config.product.as_bytes());
        }
        let bytes = out.finish(body.as_ref().map(|body| (body.content_type.as_str(), &body.bytes[..])));
        self.open_client(
            now,
            Outgoing {
                method,
                key: client,
                request: bytes,
                flow: dialog.flow,
                owner: Owner::Call(key, Purpose::Offer),
                peer,
            },
        );
    }

    /// A refresh of the session (RFC 4028 §7.4): UPDATE without a body when the peer takes it, else the last offer again.
    pub(super) fn send_refresh(&mut self, now: Instant, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if call.queued.is_some() || !matches!(call.exchange, Exchange::Idle) {
            // Any re-INVITE refreshes; one is on its way.
            return;
        }
        let body = if call.peer_updates { None } else { call.local_body.clone() };
        call.queued = Some(Queued { body, refresh: true, glare: false });
        self.next_offer(now, key);
    }

    pub(super) fn offer_outcome(&mut self, now: Instant, key: CallKey, client: ClientKey, outcome: Outcome<'_>) {
        match outcome {
            // Bounds the wait for the final answer of a re-INVITE, also when the call is gone by then.
            Outcome::Response { status: 100..200, .. } => {
                self.timers.set(TimerName::Client(client, Timer::B), now + self.patience() * 4);
            }
            Outcome::Response { status: 200..300, message, flow } => {
                let cseq = message.first(Name::CSeq).and_then(|value| CSeq::parse(value).ok());
                let invite = cseq.is_some_and(|cseq| cseq.method == b"INVITE");
                let tag = self.calls.get(&key).map(|call| call.dialog.remote_tag.clone()).unwrap_or_default();
                if invite && self.ack_again(now, client, &tag) {
                    return;
                }
                if let Some(call) = self.calls.get_mut(&key) {
                    call.dialog.refresh_target(message, &flow);
                }
                if let Some(cseq) = cseq.filter(|_| invite) {
                    self.confirm(now, key, client, cseq.number, None);
                }
                self.offer_accepted(now, key, client, message);
            }
            Outcome::Response { status, message, .. } => self.offer_refused(now, key, client, status, Some(message)),
            Outcome::None { status } => self.offer_refused(now, key, client, status, None),
        }
    }

    /// What our exchange was, if this transaction is it; the call is idle then.
    fn take_ours(&mut self, key: CallKey, of: ClientKey) -> Option<(Option<Body>, bool, u8)> {
        let call = self.calls.get_mut(&key)?;
        match std::mem::replace(&mut call.exchange, Exchange::Idle) {
            Exchange::Ours { client, body, refresh, raised } if client == of => Some((body, refresh, raised)),
            other => {
                call.exchange = other;
                None
            }
        }
    }

    fn offer_accepted(&mut self, now: Instant, key: CallKey, client: ClientKey, message: &Message<'_>) {
        let Some((_, refresh, _)) = self.take_ours(key, client) else { return };
        let granted = message.first(Name::SessionExpires).and_then(|value| SessionExpires::parse(value).ok());
        if let Some(call) = self.calls.get_mut(&key) {
            call.timer = agree_as_uac(granted);
            call.peer_updates |= peer_lists(message, Name::Allow, "UPDATE");
        }
        self.arm_session(now, key);
        if !refresh {
            let result = body_of(message).ok_or(488);
            self.events.push_back(Event::OfferAnswered { call: key, result });
        }
        self.next_offer(now, key);
    }

    fn offer_refused(
        &mut self,
        now: Instant,
        key: CallKey,
        client: ClientKey,
        status: u16,
        message: Option<&Message<'_>>,
    ) {
        let Some((body, refresh, raised)) = self.take_ours(key, client) else { return };
        match status {
            // RFC 3261 §14.1: the session stands as it was, and we try again after a while.
            491 => self.offer_again_later(now, key, body, refresh),
            // The peer is busy with an exchange of its own; a refresh must not be lost over that.
            500 if refresh => self.offer_again_later(now, key, body, refresh),
            // RFC 3261 §12.2.1.2: 481 and 408 end the dialog.
            481 | 408 => {
                if status == 408 {
                    self.send_bye(now, key);
                }
                self.end(now, key, EndCause::PeerLost);
            }
            422 if raised < MAX_RAISES => {
                let min = message.and_then(|m| m.first(Name::MinSe));
                let min = min.and_then(|value| crate::wire::delta_seconds(value, "Min-SE").ok());
                if let Some(timer) = self.calls.get_mut(&key).and_then(|call| call.timer.as_mut()) {
                    timer.interval = timer.interval.max(min.unwrap_or(0));
                }
                self.send_offer(now, key, Queued { body, refresh, glare: false }, raised + 1);
            }
            // A peer that names UPDATE in Allow and refuses it all the same.
            405 | 501 if refresh && body.is_none() => {
                if let Some(call) = self.calls.get_mut(&key) {
                    call.peer_updates = false;
                }
                self.send_refresh(now, key);
            }
            status => {
                if !refresh {
                    self.events.push_back(Event::OfferAnswered { call: key, result: Err(status) });
                }
                self.next_offer(now, key);
            }
        }
    }

    fn offer_again_later(&mut self, now: Instant, key: CallKey, body: Option<Body>, refresh: bool) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let wait = glare_wait(call.ours, &mut self.random);
        match &mut call.queued {
            Some(newer) => newer.glare = true,
            None => call.queued = Some(Queued { body, refresh, glare: true }),
        }
        self.set_call_timer(key, CallTimer::Glare, now + wait);
    }

    pub(super) fn glare_over(&mut self, now: Instant, key: CallKey) {
        if let Some(queued) = self.calls.get_mut(&key).and_then(|call| call.queued.as_mut()) {
            queued.glare = false;
        }
        self.next_offer(now, key);
    }

    /// re-INVITE or UPDATE of the peer.
    pub(super) fn receive_offer(&mut self, now: Instant, key: CallKey, request: &Request<'_>) {
        let invite = request.method == Some(Method::Invite);
        if let Some((status, lines)) = self.cannot_take_offer(key, request, invite) {
            return self.refuse_request(now, request, status, &lines);
        }
        let granted = match self.agree(request.message) {
            Ok(granted) => granted,
            Err(min) => return self.refuse_request(now, request, 422, &min_se(min)),
        };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let tag = call.dialog.local_tag;
        call.dialog.refresh_target(request.message, &request.flow);
        call.peer_updates |= peer_lists(request.message, Name::Allow, "UPDATE");
        let Some(server) = self.open_server(request, tag, Some(key)) else { return };
        let body = body_of(request.message);
        if body.is_none() && !invite {
            // RFC 3311 §5.2: an UPDATE without an offer changes nothing but the session timer.
            return self.accept_update(now, key, server, granted, None);
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.exchange = Exchange::Theirs { server, invite, offered: body.is_some(), granted };
        if invite {
            self.respond(now, server, 100, &[], None, false);
        }
        self.set_call_timer(key, CallTimer::Offer, now + self.patience());
        self.events.push_back(Event::Offer { call: key, body });
    }

    /// RFC 3261 §14.2, RFC 3311 §5.2.
    fn cannot_take_offer(&mut self, key: CallKey, request: &Request<'_>, invite: bool) -> Option<(u16, Vec<u8>)> {
        let seconds = self.random.below(11);
        let call = self.calls.get(&key)?;
        let bodiless_update = !invite && request.message.body.is_empty();
        let retry_later = || {
            let mut lines = Writer::default();
            lines.header_number(Name::RetryAfter, seconds);
            Some((500, lines.into_bytes()))
        };
        match (&call.state, &call.exchange) {
            (State::Up, Exchange::Ours { .. } | Exchange::AnswerInAck { .. }) if !bodiless_update => {
                Some((491, Vec::new()))
            }
            (_, Exchange::Theirs { .. }) => retry_later(),
            (State::Up, _) if call.unconfirmed.is_some() && !bodiless_update => retry_later(),
            (State::Up, _) => wrong_content(request.message),
            // Before the answer: only an UPDATE, and an offer in it only when the first exchange is done.
            (State::Incoming(incoming), _) if !invite && (bodiless_update || incoming.settled) => None,
            (State::Calling(_), _) if bodiless_update => None,
            (State::Incoming(_) | State::Calling(_), _) if !invite => Some((491, Vec::new())),
            _ => Some((481, Vec::new())),
        }
    }

    /// Answers `Event::Offer` (and an offer that came with `Answered`). An error is a status, 488 as a rule.
    pub fn answer_offer(&mut self, now: Instant, key: CallKey, result: Result<Body, u16>) -> Result<(), CallError> {
        let call = self.calls.get_mut(&key).ok_or(CallError::Unknown)?;
        match std::mem::replace(&mut call.exchange, Exchange::Idle) {
            Exchange::Theirs { server, invite, offered, granted } => {
                self.clear_call_timer(key, CallTimer::Offer);
                match result {
                    Ok(body) if invite => self.accept_reinvite(now, key, server, offered, granted, body),
                    Ok(body) => self.accept_update(now, key, server, granted, Some(body)),
                    Err(status) => {
                        let status = if (400..700).contains(&status) { status } else { 488 };
                        self.respond(now, server, status, &[], None, false);
                    }
                }
                self.next_offer(now, key);
            }
            Exchange::AnswerInAck { client, cseq } => {
                self.clear_call_timer(key, CallTimer::Offer);
                self.answer_in_ack(now, key, client, cseq, result);
            }
            other => {
                call.exchange = other;
                return Err(CallError::State);
            }
        }
        Ok(())
    }

    fn answer_in_ack(&mut self, now: Instant, key: CallKey, client: ClientKey, cseq: u32, result: Result<Body, u16>) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let body = result.ok();
        call.local_body.clone_from(&body);
        self.confirm(now, key, client, cseq, body.as_ref());
        if body.is_none() {
            self.send_bye(now, key);
            self.end(now, key, EndCause::Protocol);
        } else {
            self.next_offer(now, key);
        }
    }

    fn accept_reinvite(
        &mut self,
        now: Instant,
        key: CallKey,
        server: u64,
        offered: bool,
        granted: Option<SessionTimer>,
        body: Body,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        call.timer = granted;
        let cseq = call.dialog.remote_cseq.unwrap_or(0);
        call.unconfirmed = Some(Unconfirmed { server, cseq, sent: 1, since: now, wants_body: !offered, first: false });
        call.local_body = Some(body.clone());
        self.respond(now, server, 200, &accept_lines(granted), Some(&body), true);
        self.set_call_timer(key, CallTimer::Confirm, now + self.resend_after(1, true));
        self.arm_session(now, key);
    }

    fn accept_update(
        &mut self,
        now: Instant,
        key: CallKey,
        server: u64,
        granted: Option<SessionTimer>,
        body: Option<Body>,
    ) {
        if let Some(call) = self.calls.get_mut(&key).filter(|call| call.is_up()) {
            call.timer = granted;
            if body.is_some() {
                call.local_body.clone_from(&body);
            }
        }
        self.respond(now, server, 200, &accept_lines(granted), body.as_ref(), true);
        self.arm_session(now, key);
    }

    /// Whoever answers calls did not answer this offer in time.
    pub(super) fn offer_unanswered(&mut self, now: Instant, key: CallKey) {
        match self.calls.get(&key).map(|call| &call.exchange) {
            Some(Exchange::Theirs { .. }) => {
                let _ = self.answer_offer(now, key, Err(504));
            }
            Some(Exchange::AnswerInAck { .. }) => {
                let _ = self.answer_offer(now, key, Err(488));
            }
            _ => {}
        }
    }

    /// The peer took its re-INVITE back (CANCEL); it was answered 487 already.
    pub(super) fn offer_taken_back(&mut self, now: Instant, key: CallKey, of: u64) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        if matches!(call.exchange, Exchange::Theirs { server, .. } if server == of) {
            call.exchange = Exchange::Idle;
            self.clear_call_timer(key, CallTimer::Offer);
            self.next_offer(now, key);
        }
    }
}

fn accept_lines(granted: Option<SessionTimer>) -> Vec<u8> {
    let mut lines = Writer::default();
    lines.header(Name::Allow, ALLOW.as_bytes());
    lines.header(Name::Supported, SUPPORTED.as_bytes());
    write_granted(&mut lines, granted);
    lines.into_bytes()
}
