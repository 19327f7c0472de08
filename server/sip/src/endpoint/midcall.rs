//! Requests inside a call, hanging up, confirmation of our answers, and session timers at work.

use super::call::{CallTimer, Exchange, Purpose, State};
use super::client::{ClientKey, Outcome, Outgoing, Owner};
use super::provisional::local_tag;
use super::receive::{body_of, options_lines, unknown_requirements};
use super::request::Request;
use super::{CallError, CallKey, EndCause, Endpoint, Event, PeerKey};
use crate::dialog::Dialog;
use crate::message::{ALLOW, Method};
use crate::wire::{Name, Writer, info_digit};
use std::time::Instant;

impl Endpoint {
    /// CANCEL, BYE or 480, whatever the state asks for. `Ended` follows at once; what is left to say to the peer is
    /// said without further ado.
    pub fn hang_up(&mut self, now: Instant, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        match &call.state {
            State::Incoming(_) => self.final_refusal(now, key, 480, &[], EndCause::Local),
            State::Calling(_) => self.cancel(now, key, EndCause::Local),
            // RFC 3261 §15: "the callee's UA MUST NOT send a BYE on a confirmed dialog until it has received an ACK
            // for its 2xx response or until the server transaction times out."
            State::Up if call.unconfirmed.as_ref().is_some_and(|unconfirmed| unconfirmed.first) => {
                call.state = State::Leaving;
                self.clear_call_timer(key, CallTimer::Session);
                self.clear_call_timer(key, CallTimer::Glare);
                self.events.push_back(Event::Ended { call: key, cause: EndCause::Local });
            }
            State::Up => self.leave(now, key, EndCause::Local),
            State::Cancelling { .. } | State::Leaving => {}
        }
    }

    /// BYE, and the call is gone.
    fn leave(&mut self, now: Instant, key: CallKey, cause: EndCause) {
        if let Some(Exchange::AnswerInAck { client, cseq }) = self.calls.get(&key).map(|call| &call.exchange) {
            let (client, cseq) = (*client, *cseq);
            self.confirm(now, key, client, cseq, None);
        }
        self.send_bye(now, key);
        self.end(now, key, cause);
    }

    pub(super) fn send_bye(&mut self, now: Instant, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let (dialog, peer) = (call.dialog.clone(), call.peer);
        self.send_bye_of(now, &dialog, peer);
    }

    pub(super) fn send_bye_of(&mut self, now: Instant, dialog: &Dialog, peer: PeerKey) {
        let client = self.new_branch();
        let mut out = dialog.request(Method::Bye, dialog.local_cseq + 1, client.branch, self.shown(&dialog.flow));
        if !self.config.product.is_empty() {
            out.header(Name::UserAgent, self.config.product.as_bytes());
        }
        self.open_client(
            now,
            Outgoing {
                method: Method::Bye,
                key: client,
                request: out.finish(None),
                flow: dialog.flow,
                owner: Owner::Nobody,
                peer,
            },
        );
    }

    /// A request with a To tag: it belongs to a dialog of ours, or to none (RFC 3261 §12.2.2).
    pub(super) fn in_dialog(&mut self, now: Instant, request: &Request<'_>) {
        let Some(key) = self.call_of(request) else {
            return self.refuse_request(now, request, 481, &[]);
        };
        if let Some(lines) = unknown_requirements(request.message) {
            return self.refuse_request(now, request, 420, &lines);
        }
        let Some(call) = self.calls.get_mut(&key) else { return };
        // "If the remote sequence number was not empty, but the sequence number of the request is lower than the
        // remote sequence number, the request is out of order and MUST be rejected with a 500".
        if call.dialog.remote_cseq.is_some_and(|last| request.cseq.number < last) {
            return self.refuse_request(now, request, 500, &[]);
        }
        call.dialog.remote_cseq = Some(request.cseq.number);
        if matches!(call.state, State::Leaving) && request.method != Some(Method::Bye) {
            return self.refuse_request(now, request, 481, &[]);
        }
        match request.method {
            Some(Method::Bye) => self.receive_bye(now, key, request),
            Some(Method::Invite | Method::Update) => self.receive_offer(now, key, request),
            Some(Method::PRack) => self.receive_prack(now, key, request),
            Some(Method::Info) => self.receive_info(now, key, request),
            Some(Method::Options) => self.refuse_request(now, request, 200, &options_lines()),
            method => {
                let mut lines = Writer::default();
                lines.header(Name::Allow, ALLOW.as_bytes());
                self.refuse_request(now, request, if method.is_some() { 405 } else { 501 }, &lines.into_bytes());
            }
        }
    }

    fn call_of(&self, request: &Request<'_>) -> Option<CallKey> {
        let key = *self.tags.get(&local_tag(&request.to)?)?;
        let call = self.calls.get(&key)?;
        let tag = request.from.tag().unwrap_or_default();
        let ours = match &call.state {
            State::Calling(calling) => calling.forks.iter().any(|fork| *fork.dialog.remote_tag == *tag),
            State::Cancelling { .. } => false,
            _ => *call.dialog.remote_tag == *tag,
        };
        (ours && *call.dialog.call_id == *request.call_id).then_some(key)
    }

    fn receive_bye(&mut self, now: Instant, key: CallKey, request: &Request<'_>) {
        let tag = self.calls.get(&key).map_or(0, |call| call.dialog.local_tag);
        let Some(server) = self.open_server(request, tag, None) else { return };
        self.respond(now, server, 200, &[], None, false);
        match self.calls.get(&key).map(|call| &call.state) {
            // RFC 3261 §15.1.2: "The UAS MUST still respond to any pending requests received for that dialog."
            Some(State::Incoming(_)) => {
                let invite = match self.calls.get(&key).map(|call| &call.state) {
                    Some(State::Incoming(incoming)) => incoming.server,
                    _ => return,
                };
                self.respond(now, invite, 487, &[], None, false);
                self.forget(now, key);
                self.events.push_back(Event::Cancelled { call: key });
            }
            // An early dialog of ours ended; the INVITE's final answer tells the rest.
            Some(State::Calling(_)) => {}
            _ => self.end(now, key, EndCause::Remote),
        }
    }

    /// Interop 21: digits by INFO. Other bodies are no concern of ours: 415 with what would be (RFC 6086 §4.2.2: 469
    /// for packages).
    fn receive_info(&mut self, now: Instant, key: CallKey, request: &Request<'_>) {
        let tag = self.calls.get(&key).map_or(0, |call| call.dialog.local_tag);
        let Some(server) = self.open_server(request, tag, None) else { return };
        let content_type = request.message.first(Name::ContentType).unwrap_or_default();
        let end = content_type.iter().position(|&b| b == b';').unwrap_or(content_type.len());
        let kind = content_type[..end].trim_ascii();
        let is_dtmf =
            kind.eq_ignore_ascii_case(b"application/dtmf-relay") || kind.eq_ignore_ascii_case(b"application/dtmf");
        let mut lines = Writer::default();
        let (status, digit) = match () {
            () if request.message.first(Name::InfoPackage).is_some() => (469, None),
            () if request.message.body.is_empty() => (200, None),
            () if !is_dtmf => {
                lines.header(Name::Accept, b"application/dtmf-relay, application/dtmf");
                (415, None)
            }
            () => info_digit(request.message.body).map_or((400, None), |digit| (200, Some(digit))),
        };
        self.respond(now, server, status, &lines.into_bytes(), None, false);
        if let Some(digit) = digit {
            self.events.push_back(Event::Digit { call: key, digit });
        }
    }

    /// One digit (`0-9*#A-D`) by SIP INFO, application/dtmf-relay.
    pub fn send_info_digit(&mut self, now: Instant, key: CallKey, digit: char) -> Result<(), CallError> {
        let branch = self.random.next();
        let call = self.calls.get_mut(&key).ok_or(CallError::Unknown)?;
        if !call.is_up() || !matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D') {
            return Err(CallError::State);
        }
        call.dialog.local_cseq += 1;
        let (dialog, peer) = (call.dialog.clone(), call.peer);
        let out = dialog.request(Method::Info, dialog.local_cseq, branch, self.shown(&dialog.flow));
        let body = format!("Signal={digit}\r\nDuration=160\r\n");
        let bytes = out.finish(Some(("application/dtmf-relay", body.as_bytes())));
        let client = ClientKey { branch, cancel: false };
        self.open_client(
            now,
            Outgoing {
                method: Method::Info,
                key: client,
                request: bytes,
                flow: dialog.flow,
                owner: Owner::Call(key, Purpose::Info),
                peer,
            },
        );
        Ok(())
    }

    /// What came of a request of a call. A call that is gone may still hear of its INVITE (late or forked 2xx).
    pub(super) fn call_response(
        &mut self,
        now: Instant,
        key: CallKey,
        purpose: Purpose,
        client: ClientKey,
        outcome: Outcome<'_>,
    ) {
        match purpose {
            Purpose::Invite => self.invite_outcome(now, key, client, outcome),
            Purpose::Offer => self.offer_outcome(now, key, client, outcome),
            // Interop 7: a PRACK that is refused says nothing about the call; the INVITE's answer does.
            Purpose::Prack => {}
            Purpose::Info => {
                if matches!(outcome, Outcome::Response { status: 481, .. }) {
                    self.end(now, key, EndCause::PeerLost);
                }
            }
        }
    }

    /// The ACK of a 2xx of ours.
    pub(super) fn receive_ack(&mut self, now: Instant, request: &Request<'_>) {
        let Some(key) = self.call_of(request) else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(unconfirmed) = call.unconfirmed.take_if(|waiting| waiting.cseq == request.cseq.number) else { return };
        self.clear_call_timer(key, CallTimer::Confirm);
        if matches!(self.calls.get(&key).map(|call| &call.state), Some(State::Leaving)) {
            self.send_bye(now, key);
            self.forget(now, key);
            return;
        }
        let body = body_of(request.message).filter(|_| unconfirmed.wants_body);
        if unconfirmed.wants_body && body.is_none() {
            // RFC 3264 §4: our offer in the 2xx has to be answered in the ACK.
            return self.leave(now, key, EndCause::Protocol);
        }
        if unconfirmed.first {
            self.events.push_back(Event::Acked { call: key, body });
        } else if let Some(body) = body {
            self.events.push_back(Event::OfferAnswered { call: key, result: Ok(body) });
        }
        self.next_offer(now, key);
    }

    /// RFC 3261 §13.3.1.4: the 2xx again until the ACK comes, over any transport; after 64×T1 "the dialog is
    /// confirmed, but the session SHOULD be terminated … with a BYE".
    pub(super) fn confirm_timer(&mut self, now: Instant, key: CallKey) {
        let patience = self.patience();
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(waiting) = &mut call.unconfirmed else { return };
        if now.saturating_duration_since(waiting.since) >= patience {
            call.unconfirmed = None;
            self.leave(now, key, EndCause::NoAck);
            return;
        }
        waiting.sent += 1;
        let (server, sent, since) = (waiting.server, waiting.sent, waiting.since);
        self.respond_again(now, server);
        let next = (now + self.resend_after(sent, true)).min(since + patience);
        self.set_call_timer(key, CallTimer::Confirm, next);
    }

    /// Starts the wait of the agreed session timer anew.
    pub(super) fn arm_session(&mut self, now: Instant, key: CallKey) {
        match self.calls.get(&key).filter(|call| call.is_up()).map(|call| call.timer) {
            Some(Some(timer)) => self.set_call_timer(key, CallTimer::Session, now + timer.acts_after()),
            _ => self.clear_call_timer(key, CallTimer::Session),
        }
    }

    /// Half-time for the refresher: it refreshes, and when that comes to nothing this timer fires again near the end.
    /// The end for the other (RFC 4028 §10).
    pub(super) fn session_timer(&mut self, now: Instant, key: CallKey) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let Some(timer) = &mut call.timer else { return };
        if !timer.we_refresh {
            return self.leave(now, key, EndCause::SessionExpired);
        }
        let end = crate::session::SessionTimer { we_refresh: false, ..*timer }.acts_after();
        let left = end.saturating_sub(timer.acts_after());
        // From here on it is the expiry that is waited for; an accepted refresh agrees on a timer anew.
        timer.we_refresh = false;
        let refresher = crate::session::SessionTimer { we_refresh: true, ..*timer };
        self.set_call_timer(key, CallTimer::Session, now + left);
        self.send_refresh_as(now, key, refresher);
    }

    /// Sends the refresh with us named as refresher.
    fn send_refresh_as(&mut self, now: Instant, key: CallKey, refresher: crate::session::SessionTimer) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let waiting = call.timer.replace(refresher);
        self.send_refresh(now, key);
        if let Some(call) = self.calls.get_mut(&key) {
            call.timer = waiting;
        }
    }
}
