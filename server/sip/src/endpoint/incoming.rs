//! Calls that come in, until they are answered, refused or given up (RFC 3261 §13.3, §9.2).

use super::call::{Call, CallTimer, Exchange, Held, Incoming, Reliability, State, Unconfirmed};
use super::receive::{SUPPORTED, body_of, wrong_content};
use super::request::Request;
use super::{Body, CallError, CallKey, EndCause, Endpoint, Event, IncomingCall, PeerKey, Refusal};
use crate::dialog::{Dialog, contact, next_hop, routes};
use crate::message::ALLOW;
use crate::session::{SessionTimer, Wish, agree_as_uas, write_granted};
use crate::wire::{Message, Name, NameAddr, SessionExpires, Uri, Writer, split_list};
use std::time::{Duration, Instant};

/// How often an unanswered caller hears of us.
const PROGRESS: Duration = Duration::from_secs(60);
/// Seconds told to a caller that is turned away because of load.
const RETRY_AFTER: u64 = 5;

impl Endpoint {
    pub(super) fn receive_invite(&mut self, now: Instant, request: &Request<'_>, peer: PeerKey) {
        if self.half_open >= self.config.max_half_open || self.calls.len() >= self.config.max_calls {
            self.refused(request.flow.remote, Refusal::Overload);
            let mut lines = Writer::default();
            lines.header_number(Name::RetryAfter, RETRY_AFTER);
            return self.refuse_request(now, request, 503, &lines.into_bytes());
        }
        let merge_key = request.merge_key();
        if self.merged.contains_key(&merge_key) {
            return self.refuse_request(now, request, 482, &[]);
        }
        if let Some((status, lines)) = wrong_content(request.message) {
            return self.refuse_request(now, request, status, &lines);
        }
        // RFC 3261 §8.1.1.8 wants a Contact; a peer of RFC 2543 may leave it out and is reached at its From.
        let named = contact(request.message).map(|contact| contact.uri);
        let Some(target) = named.or(request.is_of_rfc2543().then_some(request.from.uri)) else {
            return self.refuse_request(now, request, 400, &[]);
        };
        let granted = match self.agree(request.message) {
            Ok(granted) => granted,
            Err(min) => return self.refuse_request(now, request, 422, &min_se(min)),
        };
        let call = self.new_call_key();
        let tag = self.random.next();
        let Some(server) = self.open_server(request, tag, Some(call)) else { return };
        self.respond(now, server, 100, &[], None, false);
        let message = request.message;
        let routes = routes(message);
        let flow = next_hop(&routes, target, &request.flow);
        let dialog = Dialog {
            call_id: request.call_id.into(),
            local_tag: tag,
            remote_tag: request.from.tag().unwrap_or_default().into(),
            local: without_tag(&request.to),
            remote: without_tag(&request.from),
            target: target.into(),
            routes,
            local_cseq: (self.random.next() >> 40) as u32,
            remote_cseq: Some(request.cseq.number),
            flow,
        };
        let reliability = match () {
            () if request.lists(Name::Require, "100rel") => Reliability::Required,
            () if request.lists(Name::Supported, "100rel") => Reliability::Supported,
            () => Reliability::Unknown,
        };
        let body = body_of(message);
        let incoming = Incoming {
            server,
            cseq: request.cseq.number,
            merge_key,
            offered: body.is_some(),
            reliability,
            // RFC 3262 §3: "The value of the header field for the first reliable provisional response … MUST be
            // between 1 and 2**31 - 1".
            rseq: 1 + self.random.below(1 << 30) as u32,
            unacked: None,
            held: None,
            settled: false,
            granted,
        };
        let peer_updates = request.lists(Name::Allow, "UPDATE");
        self.insert_incoming(call, peer, dialog, incoming, peer_updates);
        self.set_call_timer(call, CallTimer::NoAnswer, now + self.config.no_answer);
        self.events.push_back(Event::Incoming(describe(call, peer, request, body)));
    }

    fn insert_incoming(&mut self, key: CallKey, peer: PeerKey, dialog: Dialog, incoming: Incoming, peer_updates: bool) {
        self.tags.insert(dialog.local_tag, key);
        self.merged.insert(incoming.merge_key.clone(), key);
        self.half_open += 1;
        let call = Call {
            peer,
            state: State::Incoming(incoming),
            dialog,
            ours: false,
            exchange: Exchange::Idle,
            unconfirmed: None,
            queued: None,
            local_body: None,
            timer: None,
            peer_updates,
        };
        self.calls.insert(key, call);
    }

    /// The session timer for a request of the peer. `Err`: 422 with this Min-SE.
    pub(super) fn agree(&self, message: &Message<'_>) -> Result<Option<SessionTimer>, u32> {
        let asked = message.first(Name::SessionExpires).and_then(|value| SessionExpires::parse(value).ok());
        let peer_min = message.first(Name::MinSe).and_then(|value| crate::wire::delta_seconds(value, "Min-SE").ok());
        let supports = super::receive::peer_lists(message, Name::Supported, "timer");
        agree_as_uas(asked, peer_min.unwrap_or(0), supports, self.session_wish())
    }

    pub(super) fn session_wish(&self) -> Wish {
        let seconds = |wait: Duration| u32::try_from(wait.as_secs()).unwrap_or(u32::MAX);
        let min = seconds(self.config.min_session).max(crate::session::SMALLEST_INTERVAL);
        Wish { interval: self.config.session_expires.map(|wait| seconds(wait).max(min)), min }
    }

    /// 180, or 183 with early media: our answer to the caller's offer. Reliable when the caller asks (RFC 3262).
    pub fn ring(&mut self, now: Instant, call: CallKey, early: Option<Body>) {
        let Some(State::Incoming(incoming)) = self.calls.get_mut(&call).map(|call| &mut call.state) else { return };
        if incoming.unacked.is_some() {
            if !matches!(incoming.held, Some(Held::Answer(_))) {
                incoming.held = Some(Held::Ring(early));
            }
            return;
        }
        // A body in answer to no offer is an offer; RFC 3262 §5 lets only a reliable response bear one.
        let early =
            early.filter(|_| !incoming.settled && (incoming.offered || incoming.reliability != Reliability::Unknown));
        let reliable = match incoming.reliability {
            Reliability::Required => true,
            Reliability::Supported => early.is_some(),
            Reliability::Unknown => false,
        };
        let (server, status) = (incoming.server, if early.is_some() { 183 } else { 180 });
        if reliable {
            return self.ring_reliably(now, call, status, early);
        }
        self.respond(now, server, status, &[], early.as_ref(), true);
        self.set_call_timer(call, CallTimer::Progress, now + PROGRESS);
        if let Some(call) = self.calls.get_mut(&call).filter(|_| early.is_some()) {
            call.local_body = early;
        }
    }

    /// RFC 3261 §13.3.1.1: "a non-100 provisional response at every minute, to handle the possibility of lost
    /// provisional responses" and proxies that cancel after three.
    pub(super) fn progress_timer(&mut self, now: Instant, key: CallKey) {
        let Some(State::Incoming(incoming)) = self.calls.get(&key).map(|call| &call.state) else { return };
        let server = incoming.server;
        self.server_request_again(now, server);
        self.set_call_timer(key, CallTimer::Progress, now + PROGRESS);
    }

    /// 200 with our answer (or, when the caller offered nothing, our offer: its answer comes with `Acked`).
    pub fn answer(&mut self, now: Instant, key: CallKey, body: Body) -> Result<(), CallError> {
        let call = self.calls.get_mut(&key).ok_or(CallError::Unknown)?;
        let State::Incoming(incoming) = &mut call.state else { return Err(CallError::State) };
        // RFC 3262 §3: "The UAS MAY send any … 2xx … before the PRACK arrives, unless the final response is 2xx and any
        // of the unacknowledged reliable provisional responses contained a session description."
        if incoming.unacked.as_ref().is_some_and(|unacked| unacked.with_body) {
            incoming.held = Some(Held::Answer(body));
            return Ok(());
        }
        let (server, cseq, offered) = (incoming.server, incoming.cseq, incoming.offered);
        let (settled, granted) = (incoming.settled, incoming.granted);
        self.half_open -= 1;
        let merge_key = std::mem::take(&mut incoming.merge_key);
        self.merged.remove(&merge_key);
        // RFC 3261 §13.2.1: an answer that went reliably before is not said again.
        let body = Some(body).filter(|_| !settled);
        if body.is_some() {
            call.local_body.clone_from(&body);
        }
        call.state = State::Up;
        call.timer = granted;
        let wants_body = !offered && !settled;
        call.unconfirmed = Some(Unconfirmed { server, cseq, sent: 1, since: now, wants_body, first: true });
        self.clear_call_timer(key, CallTimer::NoAnswer);
        self.clear_call_timer(key, CallTimer::Progress);
        self.clear_call_timer(key, CallTimer::Reliable);
        let mut lines = Writer::default();
        lines.header(Name::Allow, ALLOW.as_bytes());
        lines.header(Name::Supported, SUPPORTED.as_bytes());
        write_granted(&mut lines, granted);
        self.respond(now, server, 200, &lines.into_bytes(), body.as_ref(), true);
        self.set_call_timer(key, CallTimer::Confirm, now + self.resend_after(1, true));
        self.arm_session(now, key);
        Ok(())
    }

    /// Refuses an inbound call; `status` below 400 or above 699 becomes 480.
    pub fn reject(&mut self, now: Instant, call: CallKey, status: u16) {
        let status = if (400..700).contains(&status) { status } else { 480 };
        self.final_refusal(now, call, status, &[], EndCause::Local);
    }

    pub(super) fn final_refusal(&mut self, now: Instant, key: CallKey, status: u16, lines: &[u8], cause: EndCause) {
        let Some(State::Incoming(incoming)) = self.calls.get(&key).map(|call| &call.state) else { return };
        let server = incoming.server;
        self.respond(now, server, status, lines, None, false);
        self.end(now, key, cause);
    }

    /// RFC 3261 §9.2.
    pub(super) fn receive_cancel(&mut self, now: Instant, request: &Request<'_>) {
        let Some(invite) = self.server_keys.get(&request.key(b"INVITE")).copied() else {
            return self.refuse_request(now, request, 481, &[]);
        };
        // "the To tag in the response to the CANCEL and the To tag in the response to the original request SHOULD be
        // the same."
        let tag = self.server_tag(invite);
        let Some(cancel) = self.open_server(request, tag, None) else { return };
        self.respond(now, cancel, 200, &[], None, false);
        if !self.server_is_open(invite) {
            return;
        }
        let Some(key) = self.servers.get(&invite).and_then(|transaction| transaction.call) else { return };
        match self.calls.get(&key).map(|call| &call.state) {
            Some(State::Incoming(_)) => {
                self.respond(now, invite, 487, &[], None, false);
                self.forget(now, key);
                self.events.push_back(Event::Cancelled { call: key });
            }
            // A re-INVITE taken back: the session stays as it was.
            Some(_) => {
                self.respond(now, invite, 487, &[], None, false);
                self.offer_taken_back(now, key, invite);
            }
            None => {}
        }
    }

    pub(super) fn no_answer(&mut self, now: Instant, key: CallKey) {
        match self.calls.get(&key).map(|call| &call.state) {
            Some(State::Incoming(_)) => self.final_refusal(now, key, 480, &[], EndCause::NoAnswer),
            Some(State::Calling(_)) => self.cancel(now, key, EndCause::NoAnswer),
            _ => {}
        }
    }
}

pub(super) fn min_se(seconds: u32) -> Vec<u8> {
    let mut lines = Writer::default();
    lines.header_number(Name::MinSe, u64::from(seconds));
    lines.into_bytes()
}

/// Display name and URI, nothing else.
pub(super) fn without_tag(address: &NameAddr<'_>) -> Box<[u8]> {
    let mut out = Writer::default();
    NameAddr { params: b"", ..*address }.write(&mut out);
    out.into_bytes().into()
}

/// Privacy values are parted by semicolons.
fn privacy_asks(message: &Message<'_>, what: &str) -> bool {
    let mut asked = message.all(Name::Privacy).flat_map(|value| value.split(|&b| b == b';'));
    asked.any(|value| value.trim_ascii().eq_ignore_ascii_case(what.as_bytes()))
}

fn describe(call: CallKey, peer: PeerKey, request: &Request<'_>, body: Option<Body>) -> IncomingCall {
    let message = request.message;
    let asserted = message
        .all(Name::PAssertedIdentity)
        .flat_map(split_list)
        .find_map(|value| NameAddr::parse(value, "P-Asserted-Identity").ok());
    let shown = asserted.unwrap_or(request.from);
    let from = shown.uri().map(|uri| uri.user_text()).unwrap_or_default();
    // RFC 3323 §4.2, RFC 3325 §7: the network knows the number and is asked not to tell it.
    let hidden = ["id", "user", "header"].iter().any(|what| privacy_asks(message, what));
    let withheld = hidden || from.eq_ignore_ascii_case("anonymous");
    let to = Uri::parse(request.uri).map(|uri| uri.user_text()).unwrap_or_default();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let headers = message
        .headers
        .iter()
        .filter(|header| matches!(header.name, Name::Other | Name::Subject | Name::Privacy))
        .map(|header| (text(header.written), text(&header.value)))
        .collect();
    IncomingCall {
        call,
        peer,
        from_number: if withheld { String::new() } else { from },
        from_name: if withheld { String::new() } else { shown.display_text() },
        to_number: to,
        request_uri: text(request.uri),
        headers,
        body,
        source: request.flow.remote,
    }
}
