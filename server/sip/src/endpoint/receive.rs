//! What comes in: told apart, checked, authorised, and handed to whom it concerns. Until a caller is known nothing is
//! kept of it.

use super::request::{Request, ResponseHead, lists};
use super::{Endpoint, Flow, PeerKey, Refusal};
use crate::auth::{Verdict, hmac};
use crate::message::{ALLOW, Method};
use crate::wire::{Message, Name, ParseError, Start, Uri, Via, Writer, lex, split_list};
use std::time::Instant;

/// Extensions we know (Require, Supported).
pub(super) const SUPPORTED: &str = "100rel, timer";

impl Endpoint {
    pub(super) fn receive(&mut self, now: Instant, flow: Flow, bytes: &[u8]) {
        match lex(bytes) {
            Ok(message) => match message.start {
                Start::Response { status, .. } => self.receive_response(now, flow, status, &message),
                Start::Request { method, .. } => self.receive_request(now, flow, method, &message),
            },
            // RFC 5626 §3.5: keep-alives of line ends, or of nothing at all.
            Err(ParseError::Empty) => {}
            Err(_) => self.refused(flow.remote, Refusal::Malformed),
        }
    }

    fn receive_request(&mut self, now: Instant, flow: Flow, token: &[u8], message: &Message<'_>) {
        let request = match Request::check(message, flow) {
            Ok(request) => request,
            Err(error) => {
                self.refused(flow.remote, Refusal::Malformed);
                if token != b"ACK" {
                    self.refuse(now, &flow, message, error.status(), &[]);
                }
                return;
            }
        };
        let known = self.server_keys.get(&request.key(token)).copied();
        match (request.method, known) {
            (Some(Method::Ack), Some(id)) if self.server_acked(now, id) => {}
            (Some(Method::Ack), _) => self.receive_ack(now, &request),
            (_, Some(id)) => self.server_request_again(now, id),
            (Some(Method::Cancel), None) => self.receive_cancel(now, &request),
            _ => self.new_request(now, &request),
        }
    }

    fn new_request(&mut self, now: Instant, request: &Request<'_>) {
        if matches!(Uri::parse(request.uri), Some(Uri::Other { .. })) {
            return self.refuse_request(now, request, 416, &[]);
        }
        // RFC 3261 §16.3; the OPTIONS that reached us asks us, however short its way (RFC 4475 §3.3.11).
        if request.max_forwards == Some(0) && request.method != Some(Method::Options) {
            return self.refuse_request(now, request, 483, &[]);
        }
        if request.to.tag().is_some() {
            return self.in_dialog(now, request);
        }
        match request.method {
            Some(Method::Options) => return self.answer_options(now, request),
            Some(Method::Bye | Method::PRack | Method::Update) => return self.refuse_request(now, request, 481, &[]),
            _ => {}
        }
        let Some(peer) = self.authorise(now, request) else { return };
        if let Some(lines) = unknown_requirements(request.message) {
            return self.refuse_request(now, request, 420, &lines);
        }
        match request.method {
            Some(Method::Invite) => self.receive_invite(now, request, peer),
            Some(Method::Register) => self.receive_register(now, request, peer),
            method => {
                self.refused(request.flow.remote, Refusal::Method);
                let mut lines = Writer::default();
                lines.header(Name::Allow, ALLOW.as_bytes());
                let status = if method.is_some() { 405 } else { 501 };
                self.refuse_request(now, request, status, &lines.into_bytes());
            }
        }
    }

    /// Whose request this is. `None`: refused, with 401 when signing in could help, else 403.
    fn authorise(&mut self, now: Instant, request: &Request<'_>) -> Option<PeerKey> {
        let source = request.flow.remote.ip();
        let by_source = self.peer_of_source(source);
        if let Some((key, false)) = by_source {
            return Some(key);
        }
        let users = self.inbound_users(by_source.map(|(key, _)| key));
        if users.is_empty() {
            self.refused(request.flow.remote, Refusal::UnknownSource);
            self.refuse_request(now, request, 403, &[]);
            return None;
        }
        if self.guard.banned(now, source) {
            self.refused(request.flow.remote, Refusal::Banned);
            self.refuse_request(now, request, 403, &[]);
            return None;
        }
        let pairs: Vec<_> = users.iter().map(|(_, user)| (user.username.as_str(), user.password.as_str())).collect();
        let answers = request.message.all(Name::Authorization);
        let method = String::from_utf8_lossy(request.cseq.method);
        let (stale, why) = match self.guard.check(now, source, answers, &pairs, &method, request.message.body) {
            Verdict::Accepted(at) => return Some(users[at].0),
            Verdict::Nothing => (false, Refusal::Challenged),
            Verdict::Stale => (true, Refusal::Challenged),
            Verdict::Wrong => (false, Refusal::WrongCredentials),
        };
        self.refused(request.flow.remote, why);
        let mut lines = Writer::default();
        for challenge in self.guard.challenges(now, source, stale) {
            lines.begin(Name::WwwAuthenticate);
            challenge.write(&mut lines);
            lines.end();
        }
        self.refuse_request(now, request, 401, &lines.into_bytes());
        None
    }

    /// RFC 3261 §11.2: what we can do, told to anybody.
    fn answer_options(&mut self, now: Instant, request: &Request<'_>) {
        if let Some(lines) = unknown_requirements(request.message) {
            return self.refuse_request(now, request, 420, &lines);
        }
        self.refuse_request(now, request, 200, &options_lines());
    }

    pub(super) fn refuse_request(&mut self, now: Instant, request: &Request<'_>, status: u16, lines: &[u8]) {
        if request.method != Some(Method::Ack) {
            self.refuse(now, &request.flow, request.message, status, lines);
        }
    }

    /// A final answer of which nothing is kept: the same request again gets the same answer, tag included.
    fn refuse(&mut self, now: Instant, flow: &Flow, message: &Message<'_>, status: u16, lines: &[u8]) {
        let Some(head) = ResponseHead::new(message, flow) else { return };
        let branch = super::request::top_via(message).and_then(|via| Via::parse(via).ok()).and_then(|via| via.branch());
        let call_id = message.first(Name::CallId).unwrap_or_default();
        let mac = hmac(&self.tag_key, &[branch.unwrap_or_default(), call_id]);
        let tag = mac.iter().take(8).fold(0u64, |tag, b| tag << 8 | u64::from(*b));
        let mut out = head.response(status, tag, false);
        out.lines(lines);
        if !self.config.product.is_empty() {
            out.header(Name::Server, self.config.product.as_bytes());
        }
        self.send_response(now, flow, out.finish(None));
    }
}

/// RFC 3261 §8.2.2.3: the Unsupported line for what we would have to understand and don't.
pub(super) fn unknown_requirements(message: &Message<'_>) -> Option<Vec<u8>> {
    let mut out = Writer::default();
    for tag in crate::wire::tokens(message.all(Name::Require)) {
        let known = SUPPORTED.split(", ").any(|ours| ours.as_bytes().eq_ignore_ascii_case(tag));
        if known {
            continue;
        }
        if out.is_empty() {
            out.begin(Name::Unsupported);
        } else {
            out.put(b", ");
        }
        out.put(tag);
    }
    if out.is_empty() {
        return None;
    }
    out.end();
    Some(out.into_bytes())
}

pub(super) fn options_lines() -> Vec<u8> {
    let mut lines = Writer::default();
    lines.header(Name::Allow, ALLOW.as_bytes());
    lines.header(Name::Accept, b"application/sdp");
    lines.header(Name::Supported, SUPPORTED.as_bytes());
    lines.into_bytes()
}

/// RFC 3261 §8.2.3: whether we understand the body; the lines that say what we would.
pub(super) fn wrong_content(message: &Message<'_>) -> Option<(u16, Vec<u8>)> {
    let mut lines = Writer::default();
    let encodings = || crate::wire::tokens(message.all(Name::ContentEncoding));
    if encodings().any(|encoding| !encoding.eq_ignore_ascii_case(b"identity")) {
        lines.header(Name::AcceptEncoding, b"identity");
        return Some((415, lines.into_bytes()));
    }
    let optional = message
        .first(Name::ContentDisposition)
        .is_some_and(|value| crate::wire::param(value, "handling").flatten().is_some_and(|h| h == b"optional"));
    let content_type = message.first(Name::ContentType).unwrap_or(b"application/sdp");
    if !message.body.is_empty() && !optional && !is_session(content_type) {
        lines.header(Name::Accept, b"application/sdp");
        return Some((415, lines.into_bytes()));
    }
    // RFC 3261 §20.1: an Accept that leaves no room for a session description can't be satisfied.
    let mut accepted = message.all(Name::Accept).flat_map(split_list).peekable();
    let narrow = accepted.peek().is_some();
    let fits = |range: &[u8]| {
        let end = range.iter().position(|&b| b == b';').unwrap_or(range.len());
        let range = range[..end].trim_ascii();
        [&b"application/sdp"[..], b"application/*", b"*/*"].iter().any(|ok| range.eq_ignore_ascii_case(ok))
    };
    (narrow && !accepted.any(fits)).then(|| (406, Vec::new()))
}

/// `application/sdp`, or a multipart that may hold one.
pub(super) fn is_session(content_type: &[u8]) -> bool {
    let end = content_type.iter().position(|&b| b == b';').unwrap_or(content_type.len());
    let kind = content_type[..end].trim_ascii().to_ascii_lowercase();
    kind == b"application/sdp" || kind.starts_with(b"multipart/")
}

/// The sealed body.
pub(super) fn body_of(message: &Message<'_>) -> Option<super::Body> {
    let content_type = message.first(Name::ContentType).unwrap_or(b"application/sdp");
    (!message.body.is_empty() && is_session(content_type)).then(|| super::Body {
        content_type: String::from_utf8_lossy(content_type).into_owned(),
        bytes: message.body.to_vec(),
    })
}

pub(super) fn peer_lists(message: &Message<'_>, name: Name, token: &str) -> bool {
    lists(message, name, token)
}
