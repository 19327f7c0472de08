//! Bytes and typed values: everything that comes from the network is checked here, once; everything that leaves is
//! written from typed values, so that no header can smuggle a line break.

mod address;
mod digest;
mod fields;
mod header;
mod lexer;
mod stream;
mod uri;
mod via;
mod write;

pub use address::NameAddr;
pub use digest::{Algorithm, Challenge, DigestResponse, Qop};
pub use fields::{CSeq, RAck, SessionExpires, delta_seconds, info_digit, number, tokens};
pub use header::Name;
pub use lexer::{Header, Message, Start, lex};
pub use stream::{Framed, Framer};
pub use uri::{Host, SipUri, Uri, unescape};
pub use via::Via;
pub use write::Writer;

use thiserror::Error;

/// Longest message taken, bytes (also the bound of a stream's buffer).
pub const MAX_MESSAGE: usize = 65_535;
/// Most header lines taken.
pub const MAX_HEADERS: usize = 256;

/// Why bytes are no message, or a message is no good one: what is wrong, and what would repair it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ParseError {
    #[error("nothing but line ends")]
    Empty,
    #[error("message is longer than 65,535 bytes: send a smaller body")]
    TooLarge,
    #[error("more than 256 header lines: send fewer")]
    TooManyHeaders,
    #[error("start line: {0}")]
    StartLine(&'static str),
    #[error("SIP version is not 2.0: speak SIP/2.0")]
    Version,
    #[error("header line without a name and colon, or with a bare CR: end each line with CRLF")]
    HeaderLine,
    #[error("no empty line after the headers: end them with CRLF CRLF")]
    Unterminated,
    #[error("{0} is missing: send it once")]
    Missing(&'static str),
    #[error("{0} stands more than once: send it once")]
    Repeated(&'static str),
    #[error("{header}: {remedy}")]
    Header { header: &'static str, remedy: &'static str },
    #[error("body is shorter than Content-Length says: send all of it")]
    BodyShort,
}

impl ParseError {
    pub(crate) fn header(header: &'static str, remedy: &'static str) -> Self {
        Self::Header { header, remedy }
    }

    /// The status that tells the sender.
    pub fn status(&self) -> u16 {
        match self {
            Self::Version => 505,
            Self::TooLarge | Self::TooManyHeaders => 513,
            _ => 400,
        }
    }
}

/// RFC 3261 §25.1 `token`.
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|&b| is_token_byte(b))
}

pub(crate) fn is_token_byte(b: u8) -> bool {
    b.is_ascii_alphanumeric() || b"-.!%*_+`'~".contains(&b)
}

/// Without the blanks around.
pub(crate) fn trim(bytes: &[u8]) -> &[u8] {
    bytes.trim_ascii()
}

/// The members of a comma list; commas in quotes and angle brackets do not part.
pub fn split_list(value: &[u8]) -> impl Iterator<Item = &[u8]> {
    Split { rest: Some(value), by: b',' }.map(trim).filter(|part| !part.is_empty())
}

/// `;name=value` parameters, blanks around `=` dropped, values as they stand (quotes kept).
pub fn params(raw: &[u8]) -> impl Iterator<Item = (&[u8], Option<&[u8]>)> {
    Split { rest: Some(raw), by: b';' }.map(trim).filter(|part| !part.is_empty()).map(|part| {
        match part.iter().position(|&b| b == b'=') {
            Some(at) => (trim(&part[..at]), Some(trim(&part[at + 1..]))),
            None => (part, None),
        }
    })
}

/// The value of one parameter: `None` absent, `Some(None)` present without a value.
pub fn param<'a>(raw: &'a [u8], name: &str) -> Option<Option<&'a [u8]>> {
    params(raw).find(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value)
}

/// Text of a quoted string, or the bytes as they are when not quoted.
pub fn unquote(value: &[u8]) -> String {
    let Some(inner) = value.strip_prefix(b"\"").and_then(|v| v.strip_suffix(b"\"")) else {
        return String::from_utf8_lossy(value).into_owned();
    };
    let mut out = Vec::with_capacity(inner.len());
    let mut escaped = false;
    for &b in inner {
        if escaped || b != b'\\' {
            out.push(b);
            escaped = false;
        } else {
            escaped = true;
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

struct Split<'a> {
    rest: Option<&'a [u8]>,
    by: u8,
}

impl<'a> Iterator for Split<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest?;
        let (mut quoted, mut escaped, mut bracketed) = (false, false, false);
        for (at, &b) in rest.iter().enumerate() {
            match b {
                _ if escaped => escaped = false,
                b'\\' if quoted => escaped = true,
                b'"' if !bracketed => quoted = !quoted,
                _ if quoted => {}
                b'<' => bracketed = true,
                b'>' => bracketed = false,
                _ if b == self.by && !bracketed => {
                    self.rest = Some(&rest[at + 1..]);
                    return Some(&rest[..at]);
                }
                _ => {}
            }
        }
        self.rest = None;
        Some(rest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_in_quotes_and_brackets_do_not_part_a_list() {
        let parts: Vec<_> = split_list(b"\"a, \\\"b\" <sip:x@y;p=1,2>;q=0.5 , <sip:z@w>,,").collect();
        assert_eq!(parts, [&b"\"a, \\\"b\" <sip:x@y;p=1,2>;q=0.5"[..], b"<sip:z@w>"]);
    }

    #[test]
    fn parameters_lose_their_blanks_and_keep_quoted_semicolons() {
        let got: Vec<_> = params(b" a = 1 ;b; c=\"x;y\" ").collect();
        assert_eq!(got, [(&b"a"[..], Some(&b"1"[..])), (b"b", None), (b"c", Some(b"\"x;y\""))]);
        assert_eq!(unquote(b"\"a\\\"b\""), "a\"b");
    }
}
