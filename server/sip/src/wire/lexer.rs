//! The lexer: start line, header lines (folded, compact, LF-only), body. Nothing is copied but folded values.

use super::{MAX_HEADERS, MAX_MESSAGE, Name, ParseError, is_token, trim};
use std::borrow::Cow;

/// One header line; the value has no blanks around it and no line breaks in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    pub name: Name,
    /// As written.
    pub written: &'a [u8],
    pub value: Cow<'a, [u8]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start<'a> {
    Request { method: &'a [u8], uri: &'a [u8] },
    Response { status: u16, reason: &'a [u8] },
}

/// A lexed message. With a `flaw` it can't be acted upon, but there is enough of it to tell its sender.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    pub start: Start<'a>,
    pub headers: Vec<Header<'a>>,
    pub body: &'a [u8],
    pub flaw: Option<ParseError>,
}

/// Lexes one message (one datagram, or what the framer cut out of a stream). An error: nothing that could be answered.
pub fn lex(bytes: &[u8]) -> Result<Message<'_>, ParseError> {
    // RFC 3261 §7.5: "Implementations processing SIP messages over stream-oriented transports MUST ignore any CRLF
    // appearing before the start-line"; datagrams get the same kindness.
    let from = bytes.iter().position(|b| !matches!(b, b'\r' | b'\n')).ok_or(ParseError::Empty)?;
    let bytes = &bytes[from..];
    if bytes.len() > MAX_MESSAGE {
        return Err(ParseError::TooLarge);
    }
    let (line, mut rest) = take_line(bytes).ok_or(ParseError::StartLine("end it with CRLF"))?;
    let (start, mut flaw) = start_line(line)?;
    let mut headers = Vec::with_capacity(24);
    let mut ended = false;
    while !rest.is_empty() {
        let (line, next) = take_field(rest);
        rest = next;
        if line.is_empty() {
            ended = true;
            break;
        }
        if headers.len() == MAX_HEADERS {
            flaw.get_or_insert(ParseError::TooManyHeaders);
            break;
        }
        match header_line(line) {
            Some(header) => headers.push(header),
            None => {
                flaw.get_or_insert(ParseError::HeaderLine);
            }
        }
    }
    if !ended {
        flaw.get_or_insert(ParseError::Unterminated);
    }
    let mut message = Message { start, headers, body: rest, flaw };
    if let Err(error) = message.cut_body() {
        message.flaw.get_or_insert(error);
    }
    Ok(message)
}

impl<'a> Message<'a> {
    /// The first value of that name.
    pub fn first(&self, name: Name) -> Option<&[u8]> {
        self.headers.iter().find(|h| h.name == name).map(|h| h.value.as_ref())
    }

    /// All lines of that name, in order.
    pub fn all(&self, name: Name) -> impl Iterator<Item = &[u8]> {
        self.headers.iter().filter(move |h| h.name == name).map(|h| h.value.as_ref())
    }

    /// Content-Length rules the body: RFC 3261 §18.3 "if there are additional bytes in the transport packet beyond the
    /// end of the body, they MUST be discarded"; fewer bytes than announced is an error.
    fn cut_body(&mut self) -> Result<(), ParseError> {
        let mut length = None;
        for value in self.headers.iter().filter(|h| h.name == Name::ContentLength) {
            if length.is_some() {
                return Err(ParseError::Repeated("Content-Length"));
            }
            length = Some(super::number(&value.value, "Content-Length", MAX_MESSAGE as u32)? as usize);
        }
        match length {
            Some(length) if length > self.body.len() => Err(ParseError::BodyShort),
            Some(length) => {
                self.body = &self.body[..length];
                Ok(())
            }
            None => Ok(()),
        }
    }
}

/// One line without its end; `None` when there is no line end at all.
fn take_line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = bytes.iter().position(|&b| b == b'\n')?;
    let line = bytes[..at].strip_suffix(b"\r").unwrap_or(&bytes[..at]);
    Some((line, &bytes[at + 1..]))
}

/// One header line with its continuation lines (RFC 3261 §7.3.1), line ends still inside.
fn take_field(bytes: &[u8]) -> (&[u8], &[u8]) {
    let mut end = 0;
    loop {
        let Some(at) = bytes[end..].iter().position(|&b| b == b'\n') else {
            return (bytes, &[]);
        };
        let line_start = end;
        end += at + 1;
        let empty = matches!(&bytes[line_start..end], b"\n" | b"\r\n");
        if empty && line_start == 0 {
            return (&[], &bytes[end..]);
        }
        if !matches!(bytes.get(end), Some(b' ' | b'\t')) {
            let line = &bytes[..end - 1];
            return (line.strip_suffix(b"\r").unwrap_or(line), &bytes[end..]);
        }
    }
}

fn header_line(line: &[u8]) -> Option<Header<'_>> {
    let colon = line.iter().position(|&b| b == b':')?;
    let written = line[..colon].trim_ascii_end();
    if !is_token(written) {
        return None;
    }
    let raw = trim(&line[colon + 1..]);
    let value =
        if raw.iter().any(|b| matches!(b, b'\r' | b'\n')) { Cow::Owned(unfold(raw)?) } else { Cow::Borrowed(raw) };
    Some(Header { name: Name::from_bytes(written), written, value })
}

/// Each line break with the blanks that follow becomes one blank; a CR or LF anywhere else is an attempt to smuggle.
fn unfold(raw: &[u8]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(raw.len());
    let mut at = 0;
    while at < raw.len() {
        let skip = match &raw[at..] {
            [b'\r', b'\n', b' ' | b'\t', ..] => 2,
            [b'\n', b' ' | b'\t', ..] => 1,
            [b'\r' | b'\n', ..] => return None,
            [b, ..] => {
                out.push(*b);
                at += 1;
                continue;
            }
            [] => break,
        };
        at += skip;
        while matches!(raw.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        while matches!(out.last(), Some(b' ' | b'\t')) {
            out.pop();
        }
        out.push(b' ');
    }
    Some(out)
}

fn start_line(line: &[u8]) -> Result<(Start<'_>, Option<ParseError>), ParseError> {
    if line.len() >= 4 && line[..4].eq_ignore_ascii_case(b"SIP/") {
        return status_line(line).map(|start| (start, None));
    }
    let sp = line.iter().position(|&b| b == b' ').ok_or(ParseError::StartLine("write METHOD SP URI SP SIP/2.0"))?;
    let method = &line[..sp];
    if !is_token(method) {
        return Err(ParseError::StartLine("the method is no token"));
    }
    let after = &line[sp + 1..];
    let Some(last) = after.trim_ascii_end().iter().rposition(|&b| b == b' ') else {
        return Err(ParseError::StartLine("write METHOD SP URI SP SIP/2.0"));
    };
    let (uri, version) = (&after[..last], &after[last + 1..]);
    let start = Start::Request { method, uri };
    // RFC 3261 §7.1: one SP between the parts, none at the end, no LWS inside the URI.
    let flaw = if version.len() != version.trim_ascii_end().len() {
        Some(ParseError::StartLine("no blanks at its end"))
    } else if !version.eq_ignore_ascii_case(b"SIP/2.0") {
        Some(ParseError::Version)
    } else if uri.is_empty() || uri.iter().any(|&b| b <= b' ' || b == 0x7f || b == b'<' || b == b'>' || b == b'"') {
        Some(ParseError::StartLine("the Request-URI holds blanks or brackets: escape or drop them"))
    } else {
        None
    };
    Ok((start, flaw))
}

fn status_line(line: &[u8]) -> Result<Start<'_>, ParseError> {
    let wrong = ParseError::StartLine("write SIP/2.0 SP three digits SP reason");
    let rest = line.get(7..).filter(|_| line[..7].eq_ignore_ascii_case(b"SIP/2.0")).ok_or(ParseError::Version)?;
    let rest = rest.strip_prefix(b" ").ok_or(wrong.clone())?;
    let (code, reason) = rest.split_at_checked(3).ok_or(wrong.clone())?;
    let reason = match reason {
        [] => reason,
        [b' ', after @ ..] => after,
        _ => return Err(wrong),
    };
    let status = code.iter().try_fold(0u16, |n, b| b.is_ascii_digit().then(|| n * 10 + u16::from(b - b'0')));
    match status {
        Some(status @ 100..=699) => Ok(Start::Response { status, reason }),
        _ => Err(wrong),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folded_lf_only_and_led_by_blank_lines_is_still_a_message() {
        let m = lex(b"\r\n\r\nOPTIONS sip:a@b SIP/2.0\nSubject: one\n \t two\nv: x\n\nbody").unwrap();
        assert_eq!(m.start, Start::Request { method: b"OPTIONS", uri: b"sip:a@b" });
        assert_eq!(m.first(Name::Subject), Some(&b"one two"[..]));
        assert_eq!(m.first(Name::Via), Some(&b"x"[..]));
        assert_eq!((m.body, m.flaw), (&b"body"[..], None));
    }

    #[test]
    fn bytes_that_are_not_utf8_stay_as_they_are() {
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nX-Odd: \xff\xfe\r\n\r\n").unwrap();
        assert_eq!(m.headers[0].value.as_ref(), b"\xff\xfe");
    }

    #[test]
    fn a_bare_cr_in_a_value_is_a_flaw() {
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nX: a\rVia: b\r\n\r\n").unwrap();
        assert_eq!(m.flaw, Some(ParseError::HeaderLine));
    }

    #[test]
    fn content_length_rules_the_body() {
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nl: 2\r\n\r\nbody").unwrap();
        assert_eq!((m.body, m.flaw), (&b"bo"[..], None));
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nl: 9\r\n\r\nbody").unwrap();
        assert_eq!(m.flaw, Some(ParseError::BodyShort));
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nl: 4\r\nl: 4\r\n\r\nbody").unwrap();
        assert_eq!(m.flaw, Some(ParseError::Repeated("Content-Length")));
        let m = lex(b"OPTIONS sip:a@b SIP/2.0\r\nl: -4\r\n\r\nbody").unwrap();
        assert!(matches!(m.flaw, Some(ParseError::Header { header: "Content-Length", .. })));
    }

    #[test]
    fn a_status_outside_100_to_699_is_no_response() {
        assert!(lex(b"SIP/2.0 4294967301 better\r\n\r\n").is_err());
        assert!(lex(b"SIP/2.0 099 x\r\n\r\n").is_err());
        let m = lex(b"SIP/2.0 100 \r\n\r\n").unwrap();
        assert_eq!(m.start, Start::Response { status: 100, reason: b"" });
    }
}
