//! Calls that go out, until they are answered, refused or taken back (RFC 3261 §13.2, §9.1).

use super::call::{Call, CallTimer, Calling, Exchange, Purpose, State};
use super::client::{ClientKey, Outcome, Outgoing, Owner};
use super::receive::{body_of, peer_lists};
use super::{Body, CallKey, EndCause, Endpoint, Event, Flow, Invite, InviteError, PeerKey};
use crate::dialog::Dialog;
use crate::message::{ALLOW, Method};
use crate::session::{agree_as_uac, write_interval};
use crate::wire::{CSeq, Message, Name, NameAddr, SessionExpires, Start, Uri, Writer, is_token, lex};
use std::time::Instant;

/// Times the session interval is raised after a 422.
const MAX_RAISES: u8 = 2;

impl Endpoint {
    pub fn invite(&mut self, now: Instant, invite: Invite) -> Result<CallKey, InviteError> {
        let record = self.peer(invite.peer).ok_or(InviteError::UnknownPeer)?;
        let remote = record.address().ok_or(InviteError::NoTarget)?;
        let target = target_uri(&invite.to, &record.domain()).ok_or(InviteError::BadTarget)?;
        let domain = record.registered_domain();
        let transport = record.transport();
        let flow = self.flow_to(transport, remote).ok_or(InviteError::NoSocket)?;
        let domain = domain.unwrap_or_else(|| {
            let mut out = Writer::default();
            out.host(self.shown(&flow).ip());
            String::from_utf8_lossy(&out.into_bytes()).into_owned()
        });
        let local = from_address(&invite.from, &invite.from_name, &domain).ok_or(InviteError::BadFrom)?;
        if let Some((name, _)) = invite.headers.iter().find(|(name, value)| !may_add(name, value)) {
            return Err(InviteError::BadHeader(name.clone()));
        }
        if self.calls.len() >= self.config.max_calls {
            return Err(InviteError::TooManyCalls);
        }
        let mut remote_address = Writer::default();
        remote_address.put(b"<");
        remote_address.put(&target);
        remote_address.put(b">");
        let mut call_id = Writer::default();
        call_id.hex(self.random.next());
        call_id.hex(self.random.next());
        let dialog = Dialog {
            call_id: call_id.into_bytes().into(),
            local_tag: self.random.next(),
            remote_tag: Box::default(),
            local,
            remote: remote_address.into_bytes().into(),
            target: target.into(),
            routes: Vec::new(),
            local_cseq: 1,
            remote_cseq: None,
            flow,
        };
        Ok(self.start_call(now, invite, dialog))
    }

    fn start_call(&mut self, now: Instant, invite: Invite, dialog: Dialog) -> CallKey {
        let key = self.new_call_key();
        let client = self.new_branch();
        let request = self.write_invite(&invite, &dialog, client);
        let (peer, flow) = (invite.peer, dialog.flow);
        self.tags.insert(dialog.local_tag, key);
        let calling = Calling {
            client,
            provisional: false,
            offered: invite.body.is_some(),
            forks: Vec::new(),
            early: None,
            raised: 0,
        };
        let call = Call {
            peer,
            state: State::Calling(calling),
            dialog,
            ours: true,
            exchange: Exchange::Idle,
            unconfirmed: None,
            queued: None,
            local_body: invite.body,
            timer: None,
            peer_updates: false,
        };
        self.calls.insert(key, call);
        self.set_call_timer(key, CallTimer::NoAnswer, now + self.config.no_answer);
        self.open_client(
            now,
            Outgoing {
                method: Method::Invite,
                key: client,
                request,
                flow,
                owner: Owner::Call(key, Purpose::Invite),
                peer,
            },
        );
        key
    }

    fn write_invite(&self, invite: &Invite, dialog: &Dialog, client: ClientKey) -> Vec<u8> {
        let sent_by = self.shown(&dialog.flow);
        let mut out = dialog.request(Method::Invite, dialog.local_cseq, client.branch, sent_by);
        self.write_contact(&mut out, &dialog.flow);
        out.header(Name::Allow, ALLOW.as_bytes());
        // Without an offer in the INVITE a reliable 1xx would bear one that only PRACK could answer; it is not asked for.
        out.header(Name::Supported, if invite.body.is_some() { b"100rel, timer" } else { b"timer" });
        if let Some(interval) = self.session_wish().interval {
            write_interval(&mut out, interval, None);
        }
        if !self.config.product.is_empty() {
            out.header(Name::UserAgent, self.config.product.as_bytes());
        }
        for (name, value) in &invite.headers {
            out.other(name.as_bytes(), value.as_bytes());
        }
        out.finish(invite.body.as_ref().map(|body| (body.content_type.as_str(), &body.bytes[..])))
    }

    pub(super) fn invite_outcome(&mut self, now: Instant, key: CallKey, client: ClientKey, outcome: Outcome<'_>) {
        match outcome {
            Outcome::Response { status: 100..200, message, flow } => {
                self.invite_progress(now, key, client, message, flow);
            }
            Outcome::Response { status: 200..300, message, flow } => {
                self.invite_accepted(now, key, client, message, flow);
            }
            Outcome::Response { status, message, .. } => {
                let Start::Response { reason, .. } = message.start else { return };
                if status == 422 && self.raise_interval(now, key, client, message) {
                    return;
                }
                self.invite_failed(now, key, status, String::from_utf8_lossy(reason).into_owned());
            }
            Outcome::None { status } => {
                let reason = if status == 408 { "no answer to our request" } else { "the peer can't be reached" };
                self.invite_failed(now, key, status, reason.to_owned());
            }
        }
    }

    fn invite_progress(&mut self, now: Instant, key: CallKey, client: ClientKey, message: &Message<'_>, flow: Flow) {
        let Start::Response { status, .. } = message.start else { return };
        match self.calls.get_mut(&key).map(|call| &mut call.state) {
            Some(State::Calling(calling)) => {
                calling.provisional = true;
                if status > 100 {
                    self.receive_provisional(now, key, status, message, flow);
                }
            }
            // RFC 3261 §9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent;
            // rather, the client MUST wait for the arrival of a provisional response".
            Some(State::Cancelling { sent: sent @ false, .. }) => {
                *sent = true;
                self.send_cancel(now, client);
            }
            _ => {}
        }
    }

    fn invite_failed(&mut self, now: Instant, key: CallKey, status: u16, reason: String) {
        if self.forget(now, key).is_some_and(|call| matches!(call.state, State::Calling(_))) {
            self.events.push_back(Event::Failed { call: key, status, reason });
        }
    }

    /// RFC 4028 §7.3: 422 names the interval the peer takes.
    fn raise_interval(&mut self, now: Instant, key: CallKey, client: ClientKey, message: &Message<'_>) -> bool {
        let min = message.first(Name::MinSe).and_then(|value| crate::wire::delta_seconds(value, "Min-SE").ok());
        let Some(call) = self.calls.get_mut(&key) else { return false };
        let (State::Calling(calling), Some(min)) = (&mut call.state, min) else { return false };
        if calling.raised >= MAX_RAISES {
            return false;
        }
        calling.raised += 1;
        call.dialog.local_cseq += 1;
        let (cseq, flow) = (call.dialog.local_cseq, call.dialog.flow);
        let seconds = min.to_string().into_bytes();
        let add = [(Name::SessionExpires, seconds.clone()), (Name::MinSe, seconds)];
        self.send_changed(now, client, flow, cseq, &add, 0)
    }

    fn invite_accepted(&mut self, now: Instant, key: CallKey, client: ClientKey, message: &Message<'_>, flow: Flow) {
        let Some(to) = message.first(Name::To).and_then(|value| NameAddr::parse(value, "To").ok()) else { return };
        let tag = to.tag().unwrap_or_default();
        let calling = matches!(self.calls.get(&key).map(|call| &call.state), Some(State::Calling(_)));
        if calling {
            return self.establish(now, key, client, message, &to, flow);
        }
        let waits = self.calls.get(&key).is_some_and(|call| {
            matches!(call.exchange, Exchange::AnswerInAck { .. }) && *call.dialog.remote_tag == *tag
        });
        if waits || self.ack_again(now, client, tag) {
            return;
        }
        // Interop 6: another branch answered too, or the answer crossed our CANCEL: confirmed and ended at once.
        self.drop_fork(now, client, message, &to, flow);
        if matches!(self.calls.get(&key).map(|call| &call.state), Some(State::Cancelling { .. })) {
            self.forget(now, key);
        }
    }

    fn establish(
        &mut self,
        now: Instant,
        key: CallKey,
        client: ClientKey,
        message: &Message<'_>,
        to: &NameAddr<'_>,
        flow: Flow,
    ) {
        let Some(call) = self.calls.get_mut(&key) else { return };
        let State::Calling(calling) = &mut call.state else { return };
        let invite_cseq = call.dialog.local_cseq;
        let tag = to.tag().unwrap_or_default();
        if let Some(fork) = calling.forks.iter_mut().find(|fork| *fork.dialog.remote_tag == *tag) {
            call.dialog.local_cseq = fork.dialog.local_cseq;
        }
        call.dialog.establish(message, to, &flow);
        let (offered, early) = (calling.offered, calling.early.take());
        call.peer_updates = peer_lists(message, Name::Allow, "UPDATE");
        let granted = message.first(Name::SessionExpires).and_then(|value| SessionExpires::parse(value).ok());
        call.timer = agree_as_uac(granted);
        call.state = State::Up;
        self.clear_call_timer(key, CallTimer::NoAnswer);
        let body = body_of(message);
        // Some peers answer in a 183 alone.
        let body = if offered { body.or(early) } else { body };
        if body.is_none() {
            self.confirm(now, key, client, invite_cseq, None);
            self.send_bye(now, key);
            if self.forget(now, key).is_some() {
                let reason = "the peer answered without a session description".to_owned();
                self.events.push_back(Event::Failed { call: key, status: 488, reason });
            }
            return;
        }
        if offered {
            self.confirm(now, key, client, invite_cseq, None);
        } else if let Some(call) = self.calls.get_mut(&key) {
            call.exchange = Exchange::AnswerInAck { client, cseq: invite_cseq };
            self.set_call_timer(key, CallTimer::Offer, now + self.patience());
        }
        self.arm_session(now, key);
        self.events.push_back(Event::Answered { call: key, body });
    }

    /// The ACK of a 2xx (RFC 3261 §13.2.2.4): a request of the dialog with the CSeq number of its INVITE.
    pub(super) fn confirm(&mut self, now: Instant, key: CallKey, client: ClientKey, cseq: u32, body: Option<&Body>) {
        let branch = self.random.next();
        let Some(call) = self.calls.get(&key) else { return };
        let (flow, tag) = (call.dialog.flow, call.dialog.remote_tag.clone());
        let out = call.dialog.request(Method::Ack, cseq, branch, self.shown(&flow));
        let ack = out.finish(body.map(|body| (body.content_type.as_str(), &body.bytes[..])));
        self.send_ack(now, client, &tag, flow, ack);
    }

    /// Confirms and ends the dialog of a 2xx nobody wants.
    fn drop_fork(&mut self, now: Instant, client: ClientKey, message: &Message<'_>, to: &NameAddr<'_>, flow: Flow) {
        let Some(transaction) = self.clients.get(&client) else { return };
        let peer = transaction.peer;
        let Some((mut dialog, cseq)) = dialog_of_invite(&transaction.request, flow) else { return };
        dialog.establish(message, to, &flow);
        let branch = self.random.next();
        let ack = dialog.request(Method::Ack, cseq, branch, self.shown(&dialog.flow)).finish(None);
        self.send_ack(now, client, &dialog.remote_tag, dialog.flow, ack);
        // Above any PRACK that went out in an early dialog of this call.
        dialog.local_cseq = cseq + 100;
        self.send_bye_of(now, &dialog, peer);
    }

    /// Takes an unanswered call of ours back.
    pub(super) fn cancel(&mut self, now: Instant, key: CallKey, cause: EndCause) {
        let patience = self.patience();
        let Some(call) = self.calls.get_mut(&key) else { return };
        let State::Calling(calling) = &call.state else { return };
        let (client, sent) = (calling.client, calling.provisional);
        call.state = State::Cancelling { client, sent };
        self.clear_call_timer(key, CallTimer::NoAnswer);
        self.set_call_timer(key, CallTimer::Cancel, now + patience);
        if sent {
            self.send_cancel(now, client);
        }
        self.events.push_back(Event::Ended { call: key, cause });
    }

    /// RFC 3261 §9.1: no final answer 64×T1 after the CANCEL: "the client SHOULD then consider the original
    /// transaction cancelled and SHOULD destroy the client transaction".
    pub(super) fn cancel_timer(&mut self, now: Instant, key: CallKey) {
        if let Some(State::Cancelling { client, .. }) = self.calls.get(&key).map(|call| &call.state) {
            let client = *client;
            self.drop_client(client);
            self.forget(now, key);
        }
    }

    /// The next CSeq number for a request that is sent again with changes.
    pub(super) fn next_cseq_for(&mut self, owner: Owner, peer: PeerKey, before: u32) -> u32 {
        match owner {
            Owner::Call(key, _) => self.calls.get_mut(&key).map_or(before + 1, |call| {
                call.dialog.local_cseq = call.dialog.local_cseq.max(before) + 1;
                call.dialog.local_cseq
            }),
            Owner::Registration => self.next_registration_cseq(peer),
            Owner::Probe | Owner::Nobody => before + 1,
        }
    }

    /// A request went out anew: whoever waits for it waits for the new transaction.
    pub(super) fn moved_client(&mut self, owner: Owner, old: ClientKey, new: ClientKey) {
        let Owner::Call(key, _) = owner else { return };
        let Some(call) = self.calls.get_mut(&key) else { return };
        match &mut call.state {
            State::Calling(calling) if calling.client == old => {
                calling.client = new;
                calling.provisional = false;
                calling.forks.clear();
            }
            State::Cancelling { client, .. } if *client == old => *client = new,
            _ => {}
        }
        if let Exchange::Ours { client, .. } = &mut call.exchange
            && *client == old
        {
            *client = new;
        }
    }
}

/// `sip:` URI of a number at the peer, or the URI given. `None`: neither.
fn target_uri(to: &str, domain: &str) -> Option<Vec<u8>> {
    if let Some(uri @ (Uri::Sip(_) | Uri::Tel { .. })) = Uri::parse(to.as_bytes()) {
        let mut out = Writer::default();
        uri.write(&mut out);
        return Some(out.into_bytes());
    }
    let mut out = Writer::default();
    out.put(b"sip:");
    out.put(&user_part(to)?);
    out.put(b"@");
    out.text(domain);
    Some(out.into_bytes())
}

/// A dialled number as user part: `#` has to be escaped there.
fn user_part(number: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(number.len());
    for b in number.bytes() {
        match b {
            b'#' => out.extend_from_slice(b"%23"),
            b if b.is_ascii_alphanumeric() || b"+*-_.()!~'".contains(&b) => out.push(b),
            _ => return None,
        }
    }
    (!out.is_empty() && out.len() <= 128).then_some(out)
}

fn from_address(from: &str, name: &str, domain: &str) -> Option<Box<[u8]>> {
    let mut out = Writer::default();
    if from.is_empty() {
        // RFC 3323 §4.1.1.3
        out.put(b"\"Anonymous\" <sip:anonymous@anonymous.invalid>");
        return Some(out.into_bytes().into());
    }
    if !name.is_empty() {
        out.quoted(name);
        out.put(b" ");
    }
    out.put(b"<sip:");
    out.put(&user_part(from)?);
    out.put(b"@");
    out.text(domain);
    out.put(b">");
    Some(out.into_bytes().into())
}

/// Headers a call may bring along: none that this crate writes itself, none that spans lines (interop 25).
fn may_add(name: &str, value: &str) -> bool {
    let harmless = matches!(
        Name::from_bytes(name.as_bytes()),
        Name::Other | Name::Subject | Name::PAssertedIdentity | Name::Privacy
    );
    let steers = ["replaces", "join", "referred-by", "identity", "path", "timestamp", "reason"];
    is_token(name.as_bytes())
        && harmless
        && !steers.iter().any(|steering| name.eq_ignore_ascii_case(steering))
        && !value.bytes().any(|b| b < b' ' || b == 0x7f)
}

/// The half of a dialog that our INVITE says.
fn dialog_of_invite(request: &[u8], flow: Flow) -> Option<(Dialog, u32)> {
    let message = lex(request).ok()?;
    let Start::Request { uri, .. } = message.start else { return None };
    let from = NameAddr::parse(message.first(Name::From)?, "From").ok()?;
    let to = NameAddr::parse(message.first(Name::To)?, "To").ok()?;
    let cseq = CSeq::parse(message.first(Name::CSeq)?).ok()?.number;
    let dialog = Dialog {
        call_id: message.first(Name::CallId)?.into(),
        local_tag: super::provisional::local_tag(&from)?,
        remote_tag: Box::default(),
        local: super::incoming::without_tag(&from),
        remote: super::incoming::without_tag(&to),
        target: uri.into(),
        routes: Vec::new(),
        local_cseq: cseq,
        remote_cseq: None,
        flow,
    };
    Some((dialog, cseq))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interop_25_added_headers_can_neither_steer_nor_span_lines() {
        assert!(may_add("User-to-User", "56a390;encoding=hex"));
        assert!(may_add("X-Contact-Id", "1"));
        for (name, value) in [
            ("X-A", "1\r\nRoute: <sip:evil>"),
            ("Route", "<sip:evil>"),
            ("v", "x"),
            ("X A", "1"),
            ("Replaces", "x"),
            ("", ""),
        ] {
            assert!(!may_add(name, value), "{name}: {value}");
        }
    }

    #[test]
    fn numbers_and_uris_become_targets_and_nothing_else_does() {
        let target = |to| target_uri(to, "h").map(|uri| String::from_utf8(uri).unwrap());
        assert_eq!(target("+49*30#").as_deref(), Some("sip:+49*30%23@h"));
        assert_eq!(target("sip:a@b;transport=tcp").as_deref(), Some("sip:a@b;transport=tcp"));
        assert_eq!(target("tel:+49").as_deref(), Some("tel:+49"));
        for bad in ["", "a b", "1@evil", "1>\r\n", "http://x", "1;x=y"] {
            assert_eq!(target(bad), None, "{bad}");
        }
    }
}
