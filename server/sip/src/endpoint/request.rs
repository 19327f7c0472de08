//! A request that passed the checks every request has to pass, and the head of the responses to it.

use super::Flow;
use crate::message::{Method, method_from_token};
use crate::wire::{CSeq, Message, Name, NameAddr, ParseError, Start, Uri, Via, Writer, number, params, split_list};

/// A well-formed request: the parts every layer looks at.
pub(super) struct Request<'m> {
    /// `None`: a method we have no name for.
    pub method: Option<Method>,
    pub uri: &'m [u8],
    pub message: &'m Message<'m>,
    pub via: Via<'m>,
    pub from: NameAddr<'m>,
    pub to: NameAddr<'m>,
    pub call_id: &'m [u8],
    pub cseq: CSeq<'m>,
    pub max_forwards: Option<u32>,
    pub flow: Flow,
}

impl<'m> Request<'m> {
    /// RFC 3261 §8.1.1: what a valid request holds, each value in its range, single values once.
    pub fn check(message: &'m Message<'m>, flow: Flow) -> Result<Request<'m>, ParseError> {
        if let Some(flaw) = &message.flaw {
            return Err(flaw.clone());
        }
        let Start::Request { method: token, uri } = message.start else {
            return Err(ParseError::StartLine("a request is wanted"));
        };
        once_only(message)?;
        let need = |name: Name| message.first(name).ok_or(ParseError::Missing(name.as_str()));
        let via = Via::parse(top_via(message).ok_or(ParseError::Missing("Via"))?)?;
        let cseq = CSeq::parse(need(Name::CSeq)?)?;
        if cseq.method != token {
            return Err(ParseError::header("CSeq", "name the method of the request line"));
        }
        let from = NameAddr::parse(need(Name::From)?, "From")?;
        let to = NameAddr::parse(need(Name::To)?, "To")?;
        let call_id = need(Name::CallId)?;
        if call_id.is_empty() || call_id.iter().any(|b| b.is_ascii_whitespace()) {
            return Err(ParseError::header("Call-ID", "write one word"));
        }
        Uri::parse(uri).ok_or(ParseError::StartLine("the Request-URI is not valid"))?;
        if matches!(Uri::parse(uri), Some(Uri::Sip(uri)) if uri.headers.is_some()) {
            return Err(ParseError::StartLine("a Request-URI takes no ?headers"));
        }
        let max_forwards = message.first(Name::MaxForwards).map(|v| number(v, "Max-Forwards", 255)).transpose()?;
        values(message)?;
        let method = method_from_token(token);
        Ok(Request { method, uri, message, via, from, to, call_id, cseq, max_forwards, flow })
    }

    /// Whether a token stands in the (comma) lists of that header.
    pub fn lists(&self, name: Name, token: &str) -> bool {
        lists(self.message, name, token)
    }

    /// No branch of RFC 3261's kind (§8.1.1.7).
    pub fn is_of_rfc2543(&self) -> bool {
        let cookie = |branch: &[u8]| branch.len() > 7 && branch[..7].eq_ignore_ascii_case(b"z9hG4bK");
        !self.via.branch().is_some_and(cookie)
    }

    /// RFC 3261 §17.2.3, as bytes: equal keys, same transaction. An ACK finds its INVITE.
    pub fn key(&self, method: &[u8]) -> Box<[u8]> {
        let method: &[u8] = if method == b"ACK" { b"INVITE" } else { method };
        let mut key = Writer::default();
        match self.via.branch().filter(|_| !self.is_of_rfc2543()) {
            Some(branch) => {
                key.put(branch);
                key.put(b"|");
                self.via.host.write(&mut key);
                key.put(b":");
                key.number(u64::from(self.via.port.unwrap_or(5060)));
            }
            // What makes a request of RFC 2543 the same request. The To tag is left out so that an ACK,
            // which bears ours, finds the INVITE.
            None => {
                for part in [self.uri, b"|", self.call_id, b"|", self.from.tag().unwrap_or_default(), b"|"] {
                    key.put(part);
                }
                key.number(u64::from(self.cseq.number));
                key.put(b"|");
                self.via.write(&mut key);
            }
        }
        key.put(b"|");
        key.put(method);
        key.into_bytes().into()
    }

    /// RFC 3261 §8.2.2.2: the same request that came another way has these in common.
    pub fn merge_key(&self) -> Box<[u8]> {
        let mut key = Writer::default();
        key.put(self.call_id);
        key.put(b"|");
        key.put(self.from.tag().unwrap_or_default());
        key.put(b"|");
        key.number(u64::from(self.cseq.number));
        key.into_bytes().into()
    }
}

pub(super) fn lists(message: &Message<'_>, name: Name, token: &str) -> bool {
    crate::wire::tokens(message.all(name)).any(|t| t.eq_ignore_ascii_case(token.as_bytes()))
}

pub(super) fn top_via<'m>(message: &'m Message<'_>) -> Option<&'m [u8]> {
    message.all(Name::Via).flat_map(split_list).next()
}

fn once_only(message: &Message<'_>) -> Result<(), ParseError> {
    let mut seen = 0u64;
    for header in message.headers.iter().filter(|header| header.name.only_once()) {
        let bit = 1 << (header.name as u64);
        if seen & bit != 0 {
            return Err(ParseError::Repeated(header.name.as_str()));
        }
        seen |= bit;
    }
    Ok(())
}

/// The values nobody asks for at once, but whose flaws speak against the whole request.
fn values(message: &Message<'_>) -> Result<(), ParseError> {
    for header in &message.headers {
        let value = header.value.as_ref();
        match header.name {
            Name::Contact if value == b"*" => {}
            Name::Contact => split_list(value).try_for_each(|v| NameAddr::parse(v, "Contact").map(drop))?,
            Name::RecordRoute => split_list(value).try_for_each(|v| NameAddr::parse(v, "Record-Route").map(drop))?,
            Name::Route => split_list(value).try_for_each(|v| NameAddr::parse(v, "Route").map(drop))?,
            Name::Via => split_list(value).try_for_each(via_of_today)?,
            Name::Expires => number(value, "Expires", u32::MAX).map(drop)?,
            Name::MinSe => crate::wire::delta_seconds(value, "Min-SE").map(drop)?,
            Name::SessionExpires => crate::wire::SessionExpires::parse(value).map(drop)?,
            // RFC 3261 §20.17: "Unlike HTTP, SIP only supports the time zone GMT".
            Name::Date if !value.ends_with(b"GMT") => {
                return Err(ParseError::header("Date", "write the time in GMT"));
            }
            _ => {}
        }
    }
    Ok(())
}

fn via_of_today(value: &[u8]) -> Result<(), ParseError> {
    if Via::parse(value)?.version == b"2.0" { Ok(()) } else { Err(ParseError::Version) }
}

/// What every response to a request repeats: Via, From, To, Call-ID, CSeq, Record-Route.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseHead {
    lines: Vec<u8>,
    to: Vec<u8>,
    has_tag: bool,
    record_route: Vec<u8>,
}

impl ResponseHead {
    /// `None`: without a usable Via nobody can be answered.
    pub fn new(message: &Message<'_>, flow: &Flow) -> Option<ResponseHead> {
        let mut vias = message.all(Name::Via).flat_map(split_list);
        let mut out = Writer::default();
        write_top_via(&mut out, &Via::parse(vias.next()?).ok()?, flow);
        for via in vias {
            out.header(Name::Via, via);
        }
        for name in [Name::From, Name::CallId, Name::CSeq] {
            if let Some(value) = message.first(name) {
                out.header(name, value);
            }
        }
        let to = message.first(Name::To).unwrap_or_default();
        let has_tag = NameAddr::parse(to, "To").is_ok_and(|to| to.tag().is_some());
        let mut record_route = Writer::default();
        for value in message.all(Name::RecordRoute) {
            record_route.header(Name::RecordRoute, value);
        }
        Some(ResponseHead {
            lines: out.into_bytes(),
            to: to.to_vec(),
            has_tag,
            record_route: record_route.into_bytes(),
        })
    }

    /// Start line and head; `tag` is added where the request had none (never to a 100).
    pub fn response(&self, status: u16, tag: u64, dialog: bool) -> Writer {
        let mut out = Writer::response(status);
        out.lines(&self.lines);
        out.begin(Name::To);
        out.put(&self.to);
        if !self.has_tag && status != 100 {
            out.put(b";tag=");
            out.hex(tag);
        }
        out.end();
        if dialog {
            out.lines(&self.record_route);
        }
        out
    }
}

/// RFC 3261 §18.2.1 and RFC 3581 §4: note where the request really came from.
fn write_top_via(out: &mut Writer, via: &Via<'_>, flow: &Flow) {
    out.begin(Name::Via);
    let rport = params(via.params).any(|(name, _)| name.eq_ignore_ascii_case(b"rport"));
    let bare = Via { params: b"", ..*via };
    bare.write(out);
    for (name, value) in params(via.params) {
        if name.eq_ignore_ascii_case(b"rport") || name.eq_ignore_ascii_case(b"received") {
            continue;
        }
        out.put(b";");
        out.put(name);
        if let Some(value) = value {
            out.put(b"=");
            out.put(value);
        }
    }
    if rport || via.host.ip() != Some(flow.remote.ip()) {
        out.put(b";received=");
        // RFC 5118 §4.5: an IPv6 address stands here without brackets.
        out.text(&flow.remote.ip().to_string());
    }
    if rport {
        out.put(b";rport=");
        out.number(u64::from(flow.remote.port()));
    }
    out.end();
}
