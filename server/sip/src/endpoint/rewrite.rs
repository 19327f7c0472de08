//! New requests made from the bytes of an old one: the retry with credentials, the ACK of a refusal, CANCEL, and the
//! same request over another transport.

use crate::dialog::via;
use crate::endpoint::Transport;
use crate::message::{Method, method_from_token, method_token};
use crate::wire::{CSeq, Message, Name, Start, Writer, lex};
use std::net::SocketAddr;

/// What changes when a request is sent anew.
#[derive(Default)]
pub(super) struct Changes<'a> {
    /// Transport, address and branch of a new Via.
    pub via: Option<(Transport, SocketAddr, u64)>,
    pub cseq: Option<u32>,
    /// A header line (several) to be put in; lines of the same names go.
    pub add: &'a [(Name, Vec<u8>)],
}

/// Our own request with changes. `None` only if these are not bytes we wrote.
pub(super) fn rewrite(bytes: &[u8], changes: &Changes<'_>) -> Option<Vec<u8>> {
    let message = lex(bytes).ok()?;
    let (method, uri) = request_line(&message)?;
    let mut out = Writer::request(method, uri);
    for header in &message.headers {
        match (header.name, changes) {
            (Name::Via, Changes { via: Some((transport, sent_by, branch)), .. }) => {
                via(&mut out, *transport, *sent_by, *branch);
            }
            (Name::CSeq, Changes { cseq: Some(number), .. }) => {
                out.begin(Name::CSeq);
                out.number(u64::from(*number));
                out.put(b" ");
                out.put(method_token(method).as_bytes());
                out.end();
            }
            (Name::ContentLength, _) => {
                for (name, value) in changes.add {
                    out.header(*name, value);
                }
                out.header(Name::ContentLength, &header.value);
            }
            (name, _) if changes.add.iter().any(|(added, _)| *added == name) => {}
            _ => out.other(header.written, &header.value),
        }
    }
    out.end();
    let mut bytes = out.into_bytes();
    bytes.extend_from_slice(message.body);
    Some(bytes)
}

/// RFC 3261 §9.1 (CANCEL) and §17.1.1.3 (ACK of a non-2xx): Request-URI, top Via, From, Call-ID, Route and the CSeq
/// number of the INVITE; the ACK takes To from the response.
pub(super) fn follow(bytes: &[u8], method: Method, to: Option<&[u8]>) -> Option<Vec<u8>> {
    let message = lex(bytes).ok()?;
    let (_, uri) = request_line(&message)?;
    let mut out = Writer::request(method, uri);
    out.header(Name::Via, message.first(Name::Via)?);
    out.header_number(Name::MaxForwards, 70);
    for route in message.all(Name::Route) {
        out.header(Name::Route, route);
    }
    out.header(Name::From, message.first(Name::From)?);
    out.header(Name::To, to.or(message.first(Name::To))?);
    out.header(Name::CallId, message.first(Name::CallId)?);
    out.begin(Name::CSeq);
    out.number(u64::from(CSeq::parse(message.first(Name::CSeq)?).ok()?.number));
    out.put(b" ");
    out.put(method_token(method).as_bytes());
    out.end();
    Some(out.finish(None))
}

fn request_line<'m>(message: &Message<'m>) -> Option<(Method, &'m [u8])> {
    match message.start {
        Start::Request { method, uri } => Some((method_from_token(method)?, uri)),
        Start::Response { .. } => None,
    }
}
