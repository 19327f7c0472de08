//! The writer: one growing buffer; no value can break out of its line.

use super::Name;
use crate::message::{Method, method_token, reason_phrase};
use std::io::Write;
use std::net::{IpAddr, SocketAddr};

/// Writes one message. Every byte of a header goes through [`Writer::put`], which turns CR and LF into blanks.
#[derive(Clone, Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
}

impl Writer {
    pub fn request(method: Method, uri: &[u8]) -> Self {
        let mut out = Self { buffer: Vec::with_capacity(1_024) };
        out.put(method_token(method).as_bytes());
        out.put(b" ");
        out.put(uri);
        out.put(b" SIP/2.0");
        out.end();
        out
    }

    pub fn response(status: u16) -> Self {
        let mut out = Self { buffer: Vec::with_capacity(768) };
        out.put(b"SIP/2.0 ");
        out.number(u64::from(status));
        out.put(b" ");
        out.put(reason_phrase(status).as_bytes());
        out.end();
        out
    }

    /// Bytes of a value.
    pub fn put(&mut self, bytes: &[u8]) {
        if bytes.iter().any(|b| matches!(b, b'\r' | b'\n')) {
            self.buffer.extend(bytes.iter().map(|&b| if matches!(b, b'\r' | b'\n') { b' ' } else { b }));
        } else {
            self.buffer.extend_from_slice(bytes);
        }
    }

    pub fn text(&mut self, text: &str) {
        self.put(text.as_bytes());
    }

    pub fn number(&mut self, n: u64) {
        write!(self.buffer, "{n}").expect("a Vec takes all that is written");
    }

    /// Sixteen hex digits.
    pub fn hex(&mut self, n: u64) {
        write!(self.buffer, "{n:016x}").expect("a Vec takes all that is written");
    }

    /// An address as it stands in a URI or Via: IPv6 in brackets.
    pub fn host(&mut self, ip: IpAddr) {
        match ip {
            IpAddr::V4(ip) => write!(self.buffer, "{ip}"),
            IpAddr::V6(ip) => write!(self.buffer, "[{ip}]"),
        }
        .expect("a Vec takes all that is written");
    }

    pub fn socket(&mut self, address: SocketAddr) {
        self.host(address.ip());
        self.put(b":");
        self.number(u64::from(address.port()));
    }

    /// A quoted string.
    pub fn quoted(&mut self, text: &str) {
        self.put(b"\"");
        for b in text.bytes() {
            if matches!(b, b'"' | b'\\') {
                self.put(b"\\");
            }
            self.put(&[b]);
        }
        self.put(b"\"");
    }

    /// Starts a header line; the value follows, then `end`.
    pub fn begin(&mut self, name: Name) {
        self.put(name.as_str().as_bytes());
        self.put(b": ");
    }

    pub fn end(&mut self) {
        self.buffer.extend_from_slice(b"\r\n");
    }

    pub fn header(&mut self, name: Name, value: &[u8]) {
        self.begin(name);
        self.put(value);
        self.end();
    }

    /// A header this crate has no name for; the name is a checked token.
    pub fn other(&mut self, name: &[u8], value: &[u8]) {
        self.put(name);
        self.put(b": ");
        self.put(value);
        self.end();
    }

    pub fn header_number(&mut self, name: Name, n: u64) {
        self.begin(name);
        self.number(n);
        self.end();
    }

    /// Lines another `Writer` wrote before.
    pub fn lines(&mut self, lines: &[u8]) {
        self.buffer.extend_from_slice(lines);
    }

    /// Content-Length, the empty line, and the body.
    pub fn finish(mut self, body: Option<(&str, &[u8])>) -> Vec<u8> {
        if let Some((content_type, _)) = body {
            self.header(Name::ContentType, content_type.as_bytes());
        }
        let bytes = body.map_or(&[][..], |(_, bytes)| bytes);
        self.header_number(Name::ContentLength, bytes.len() as u64);
        self.end();
        self.buffer.extend_from_slice(bytes);
        // Kept for retransmission as long as a transaction lives: no more than it needs.
        self.buffer.shrink_to_fit();
        self.buffer
    }

    pub fn into_bytes(self) -> Vec<u8> {
        self.buffer
    }

    pub fn len(&self) -> usize {
        self.buffer.len()
    }

    pub fn is_empty(&self) -> bool {
        self.buffer.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_break_in_a_value_stays_in_its_line() {
        let mut out = Writer::request(Method::Options, b"sip:a@b");
        out.header(Name::Subject, b"x\r\nVia: evil");
        let bytes = out.finish(None);
        let text = String::from_utf8(bytes).unwrap();
        assert_eq!(text, "OPTIONS sip:a@b SIP/2.0\r\nSubject: x  Via: evil\r\nContent-Length: 0\r\n\r\n");
    }
}
