//! Telephones that speak SIP over UDP: they call, answer, hang up, and say when what happened. Messages come from fixed
//! templates; only what these measures need is understood.

use crate::{
    datagrams::{Arrived, BATCH, Datagrams, Leaving, now_ns, telephone},
    worker::offer,
};
use anyhow::Result;
use std::{
    collections::{HashMap, VecDeque},
    net::{Ipv4Addr, SocketAddrV4},
    os::fd::AsRawFd,
    time::{Duration, Instant},
};
use twinline_media::codec::Codec;

/// First retransmission (RFC 3261's T1).
const T1: Duration = Duration::from_millis(500);
/// Sendings of a request before the call is given up.
const TRIES: u32 = 6;

/// One call of one telephone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallId(pub u64);

/// What a telephone tells.
#[derive(Clone, Debug, PartialEq)]
pub enum Heard {
    /// Our call was answered, after so long; media goes there.
    Answered { call: CallId, phone: usize, media: Option<SocketAddrV4>, after_ms: f64 },
    /// A telephone was called and answered at once; `at_ns` is when the kernel took the INVITE in.
    Called { call: CallId, phone: usize, media: Option<SocketAddrV4>, at_ns: u64, from: String },
    /// The caller confirmed the answer.
    Confirmed { call: CallId },
    /// The call is over, cleanly.
    Ended { call: CallId, phone: usize },
    /// The call was refused or nobody answered (408).
    Failed { call: CallId, status: u16 },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Calling,
    /// We answered and wait for the ACK.
    Answering,
    Up,
    HangingUp,
}

struct Call {
    phone: usize,
    state: State,
    text_id: String,
    branch: String,
    /// `From`/`To` as we write them in our own requests of this call.
    ours: String,
    theirs: String,
    target: String,
    next: SocketAddrV4,
    cseq: u32,
    last: Vec<u8>,
    again: Instant,
    tries: u32,
    invited_ns: u64,
}

pub struct Phones {
    datagrams: Datagrams,
    block: u8,
    /// Port of their media, written into SDP.
    media_port: u16,
    run: u64,
    last: u64,
    calls: HashMap<CallId, Call>,
    by_text: HashMap<String, CallId>,
    heard: VecDeque<Heard>,
    outbox: Vec<(Ipv4Addr, SocketAddrV4, Vec<u8>)>,
    /// Requests sent a second time: a machine at its limit, not a measure.
    pub repeated: u64,
}

impl Phones {
    pub fn new(block: u8, media_port: u16) -> Result<Self> {
        Ok(Self {
            datagrams: Datagrams::bind(0)?,
            block,
            media_port,
            run: now_ns() / 1_000_000 % 1_000_000_000,
            last: 0,
            calls: HashMap::new(),
            by_text: HashMap::new(),
            heard: VecDeque::new(),
            outbox: Vec::new(),
            repeated: 0,
        })
    }

    pub fn socket(&self) -> i32 {
        self.datagrams.as_raw_fd()
    }

    /// Where all of them can be called: the address of telephone 0.
    pub fn address(&self) -> SocketAddrV4 {
        SocketAddrV4::new(telephone(self.block, 0), self.datagrams.port())
    }

    pub fn next_heard(&mut self) -> Option<Heard> {
        self.heard.pop_front()
    }

    /// Telephone `phone` calls `number` at `server`.
    pub fn call(&mut self, phone: usize, number: &str, server: SocketAddrV4) -> CallId {
        self.last += 1;
        let id = CallId(self.last);
        let (ip, port) = (telephone(self.block, phone), self.datagrams.port());
        let text_id = format!("c{}-{}@{ip}", id.0, self.run);
        let branch = format!("z9hG4bK{}x{}", self.run, id.0);
        let ours = format!("<sip:+8210{phone:08}@{ip}>;tag=t{}", id.0);
        let target = format!("sip:{number}@{server}");
        let theirs = format!("<{target}>");
        let body = offer(ip, self.media_port, Codec::Pcmu);
        let text = format!(
            "INVITE {target} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch={branch};rport\r\nMax-Forwards: 70\r\n\
             From: {ours}\r\nTo: {theirs}\r\nCall-ID: {text_id}\r\nCSeq: 1 INVITE\r\nContact: <sip:phone@{ip}:{port}>\r\n\
             Allow: INVITE, ACK, BYE, CANCEL, OPTIONS\r\nContent-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let call = Call {
            phone,
            state: State::Calling,
            text_id: text_id.clone(),
            branch,
            ours,
            theirs,
            target,
            next: server,
            cseq: 1,
            last: text.clone().into_bytes(),
            again: Instant::now() + T1,
            tries: 1,
            invited_ns: now_ns(),
        };
        self.calls.insert(id, call);
        self.by_text.insert(text_id, id);
        self.post(ip, server, text.into_bytes());
        self.flush();
        id
    }

    pub fn hang_up(&mut self, id: CallId) {
        let (block, port) = (self.block, self.datagrams.port());
        let Some(call) = self.calls.get_mut(&id) else { return };
        if call.state == State::HangingUp || call.state == State::Calling {
            return;
        }
        call.cseq += 1;
        call.state = State::HangingUp;
        let ip = telephone(block, call.phone);
        let text = format!(
            "BYE {} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch={}b;rport\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: {} BYE\r\nContent-Length: 0\r\n\r\n",
            call.target, call.branch, call.ours, call.theirs, call.text_id, call.cseq
        );
        call.last = text.into_bytes();
        call.again = Instant::now() + T1;
        call.tries = 1;
        let (next, bytes) = (call.next, call.last.clone());
        self.post(ip, next, bytes);
        self.flush();
    }

    pub fn hang_up_all(&mut self) {
        let all: Vec<CallId> = self.calls.keys().copied().collect();
        for id in all {
            self.hang_up(id);
        }
    }

    /// Takes what came, answers it, repeats what was not answered.
    pub fn turn(&mut self) -> Result<()> {
        let mut came: Vec<(SocketAddrV4, Ipv4Addr, u64, String)> = Vec::new();
        loop {
            let taken = self.datagrams.receive(|arrived: Arrived<'_>| {
                let text = String::from_utf8_lossy(arrived.bytes).into_owned();
                came.push((arrived.from, arrived.to, arrived.at_ns, text));
            })?;
            if taken < BATCH {
                break;
            }
        }
        for (from, to, at_ns, text) in came {
            if text.starts_with("SIP/2.0 ") {
                self.response(&text, at_ns)
            } else {
                self.request(from, to, at_ns, &text)
            }
        }
        self.repeat();
        self.flush();
        Ok(())
    }

    fn response(&mut self, text: &str, at_ns: u64) {
        let Some(status) = text.get(8..11).and_then(|digits| digits.parse::<u16>().ok()) else { return };
        let Some(&id) = field(text, "Call-ID", "i").and_then(|text_id| self.by_text.get(text_id)) else { return };
        let method = field(text, "CSeq", "").and_then(|cseq| cseq.split(' ').nth(1)).unwrap_or_default();
        let Some(call) = self.calls.get_mut(&id) else { return };
        match (method, status) {
            ("INVITE", 100..200) => call.again = Instant::now() + Duration::from_secs(60),
            ("INVITE", 200..300) => self.answered(id, text, at_ns),
            ("INVITE", _) => self.refused(id, text, status),
            ("BYE", 200..) if call.state == State::HangingUp => self.over(id),
            _ => {}
        }
    }

    fn answered(&mut self, id: CallId, text: &str, at_ns: u64) {
        let (block, port) = (self.block, self.datagrams.port());
        let Some(call) = self.calls.get_mut(&id) else { return };
        field(text, "To", "t").unwrap_or_default().clone_into(&mut call.theirs);
        if let Some(contact) = field(text, "Contact", "m") {
            uri(contact).clone_into(&mut call.target);
            call.next = host_port(&call.target).unwrap_or(call.next);
        }
        let ip = telephone(block, call.phone);
        let ack = format!(
            "ACK {} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch={}a;rport\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
            call.target, call.branch, call.ours, call.theirs, call.text_id
        );
        let next = call.next;
        if call.state == State::Calling {
            call.state = State::Up;
            let after_ms = at_ns.saturating_sub(call.invited_ns) as f64 / 1e6;
            self.heard.push_back(Heard::Answered { call: id, phone: call.phone, media: media(text), after_ms });
        }
        self.post(ip, next, ack.into_bytes());
    }

    fn refused(&mut self, id: CallId, text: &str, status: u16) {
        let (block, port) = (self.block, self.datagrams.port());
        let Some(call) = self.calls.get(&id) else { return };
        let ip = telephone(block, call.phone);
        let ack = format!(
            "ACK {} SIP/2.0\r\nVia: SIP/2.0/UDP {ip}:{port};branch={};rport\r\nMax-Forwards: 70\r\nFrom: {}\r\nTo: {}\r\n\
             Call-ID: {}\r\nCSeq: 1 ACK\r\nContent-Length: 0\r\n\r\n",
            call.target,
            call.branch,
            call.ours,
            field(text, "To", "t").unwrap_or_default(),
            call.text_id
        );
        let next = call.next;
        self.post(ip, next, ack.into_bytes());
        self.forget(id);
        self.heard.push_back(Heard::Failed { call: id, status });
    }

    fn request(&mut self, from: SocketAddrV4, to: Ipv4Addr, at_ns: u64, text: &str) {
        let method = text.split(' ').next().unwrap_or_default();
        let Some(text_id) = field(text, "Call-ID", "i") else { return };
        let known = self.by_text.get(text_id).copied();
        match (method, known) {
            ("INVITE", None) => self.called(from, to, at_ns, text),
            // A repetition: our answer was lost. (A re-INVITE gets the same answer, which fits: nothing changes here.)
            ("INVITE", Some(id)) => {
                if let Some(last) =
                    self.calls.get(&id).filter(|call| call.state == State::Answering).map(|call| call.last.clone())
                {
                    self.post(to, from, last);
                }
            }
            ("ACK", Some(id)) => {
                if let Some(call) = self.calls.get_mut(&id).filter(|call| call.state == State::Answering) {
                    call.state = State::Up;
                    self.heard.push_back(Heard::Confirmed { call: id });
                }
            }
            ("BYE", _) => {
                let reply = reply(text, "200 OK", "", "", "");
                self.post(to, from, reply);
                if let Some(id) = known {
                    self.over(id);
                }
            }
            ("ACK", _) => {}
            _ => {
                let reply = reply(text, "200 OK", ";tag=perf", "", "");
                self.post(to, from, reply);
            }
        }
    }

    /// The number dialled ends in the telephone's index: `…9000012` is telephone 12.
    fn called(&mut self, from: SocketAddrV4, to: Ipv4Addr, at_ns: u64, text: &str) {
        self.last += 1;
        let id = CallId(self.last);
        let dialled = text.split(' ').nth(1).unwrap_or_default();
        let user = dialled.trim_start_matches("sip:").split('@').next().unwrap_or_default();
        let tail: String = user.chars().rev().take(6).collect::<Vec<_>>().into_iter().rev().collect();
        let phone = tail.parse().unwrap_or(0);
        let port = self.datagrams.port();
        let body = offer(telephone(self.block, phone), self.media_port, Codec::Pcmu);
        let tag = format!(";tag=u{}", id.0);
        let extra = format!("Contact: <sip:phone@{to}:{port}>\r\nContent-Type: application/sdp\r\n");
        let ok = reply(text, "200 OK", &tag, &extra, &body);
        let ours = format!("{}{tag}", field(text, "To", "t").unwrap_or_default());
        let theirs = field(text, "From", "f").unwrap_or_default().to_owned();
        let target = field(text, "Contact", "m").map(uri).unwrap_or_default().to_owned();
        let text_id = field(text, "Call-ID", "i").unwrap_or_default().to_owned();
        let branch = format!("z9hG4bKu{}x{}", self.run, id.0);
        let caller = uri(&theirs).trim_start_matches("sip:").split('@').next().unwrap_or_default().to_owned();
        let (again, next) = (Instant::now() + T1, host_port(&target).unwrap_or(from));
        let (media, last) = (media(text), ok.clone());
        let state = State::Answering;
        let invited_ns = at_ns;
        let call = Call {
            phone,
            state,
            text_id: text_id.clone(),
            branch,
            ours,
            theirs,
            target,
            next,
            cseq: 1,
            last,
            again,
            tries: 1,
            invited_ns,
        };
        self.calls.insert(id, call);
        self.by_text.insert(text_id, id);
        self.post(to, from, ok);
        self.heard.push_back(Heard::Called { call: id, phone, media, at_ns, from: caller });
    }

    fn over(&mut self, id: CallId) {
        if let Some(call) = self.forget(id) {
            self.heard.push_back(Heard::Ended { call: id, phone: call.phone });
        }
    }

    fn forget(&mut self, id: CallId) -> Option<Call> {
        let call = self.calls.remove(&id)?;
        self.by_text.remove(&call.text_id);
        Some(call)
    }

    fn repeat(&mut self) {
        let now = Instant::now();
        let mut given_up = Vec::new();
        let mut again = Vec::new();
        for (id, call) in self.calls.iter_mut().filter(|(_, call)| call.state != State::Up && call.again <= now) {
            call.tries += 1;
            if call.tries > TRIES {
                given_up.push(*id);
                continue;
            }
            call.again = now + T1 * (1 << call.tries.min(4));
            again.push((telephone(self.block, call.phone), call.next, call.last.clone()));
        }
        self.repeated += again.len() as u64;
        self.outbox.extend(again);
        for id in given_up {
            self.forget(id);
            self.heard.push_back(Heard::Failed { call: id, status: 408 });
        }
    }

    fn post(&mut self, from: Ipv4Addr, to: SocketAddrV4, bytes: Vec<u8>) {
        self.outbox.push((from, to, bytes));
    }

    fn flush(&mut self) {
        for chunk in self.outbox.chunks(BATCH) {
            let leaving: Vec<Leaving<'_>> =
                chunk.iter().map(|(from, to, bytes)| Leaving { from: *from, to: *to, bytes }).collect();
            self.datagrams.send(&leaving);
        }
        self.outbox.clear();
    }
}

/// The response to a request: its Via, Record-Route, From, To (with our tag), Call-ID and CSeq.
fn reply(request: &str, status: &str, tag: &str, extra: &str, body: &str) -> Vec<u8> {
    let mut text = format!("SIP/2.0 {status}\r\n");
    let head = request.split("\r\n\r\n").next().unwrap_or_default();
    for line in head.split("\r\n").skip(1) {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        match name.as_str() {
            "via" | "v" | "record-route" | "from" | "f" | "call-id" | "i" | "cseq" => text += &format!("{line}\r\n"),
            "to" | "t" => text += &format!("{line}{}\r\n", if line.contains("tag=") { "" } else { tag }),
            _ => {}
        }
    }
    text += &format!("{extra}Content-Length: {}\r\n\r\n{body}", body.len());
    text.into_bytes()
}

/// The value of a header, by long or short name.
fn field<'a>(text: &'a str, long: &str, short: &str) -> Option<&'a str> {
    let head = text.split("\r\n\r\n").next()?;
    head.split("\r\n").skip(1).find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let name = name.trim();
        let is = name.eq_ignore_ascii_case(long) || (!short.is_empty() && name.eq_ignore_ascii_case(short));
        is.then_some(value.trim())
    })
}

/// What stands between `<` and `>`, or before the parameters.
fn uri(address: &str) -> &str {
    match (address.find('<'), address.find('>')) {
        (Some(open), Some(close)) if open < close => &address[open + 1..close],
        _ => address.split(';').next().unwrap_or_default(),
    }
}

fn host_port(uri: &str) -> Option<SocketAddrV4> {
    let rest = uri.strip_prefix("sip:")?.split([';', '?']).next()?;
    let host = rest.rsplit('@').next()?;
    if host.contains(':') { host.parse().ok() } else { Some(SocketAddrV4::new(host.parse().ok()?, 5_060)) }
}

/// Where an SDP wants its audio.
fn media(text: &str) -> Option<SocketAddrV4> {
    let body = text.split_once("\r\n\r\n")?.1;
    let ip = body.lines().find_map(|line| line.strip_prefix("c=IN IP4 "))?.trim().parse().ok()?;
    let port = body.lines().find_map(|line| line.strip_prefix("m=audio "))?.split(' ').next()?.parse().ok()?;
    Some(SocketAddrV4::new(ip, port))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::datagrams::wait;

    #[test]
    fn two_telephones_call_answer_and_hang_up() {
        let (mut caller, mut callee) = (Phones::new(80, 4_000).unwrap(), Phones::new(81, 5_000).unwrap());
        let to = callee.address();
        caller.call(3, "+827000012", to);
        let (mut heard, mut there) = (Vec::new(), Vec::new());
        for _ in 0..500 {
            wait(&[caller.socket(), callee.socket()], Duration::from_millis(10));
            caller.turn().unwrap();
            callee.turn().unwrap();
            while let Some(word) = caller.next_heard() {
                if let Heard::Answered { call, .. } = word {
                    caller.hang_up(call);
                }
                heard.push(word);
            }
            there.extend(std::iter::from_fn(|| callee.next_heard()));
            if matches!(heard.last(), Some(Heard::Ended { .. })) {
                break;
            }
        }
        let media = Some(SocketAddrV4::new(telephone(81, 12), 5_000));
        assert!(matches!(heard[0], Heard::Answered { phone: 3, media: at, .. } if at == media), "{heard:?}");
        assert!(matches!(&there[0], Heard::Called { phone: 12, from, .. } if from == "+821000000003"), "{there:?}");
        assert!(matches!(there.last(), Some(Heard::Ended { phone: 12, .. })));
        assert_eq!((caller.calls.len(), callee.calls.len()), (0, 0));
    }
}
