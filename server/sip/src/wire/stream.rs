//! Cuts a byte stream into messages by Content-Length (RFC 3261 §18.3), keep-alive line ends apart (RFC 5626 §3.5.1).

use super::{MAX_MESSAGE, Name, ParseError};

/// What the next bytes of a stream are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Framed {
    /// One whole message.
    Message(Vec<u8>),
    /// CRLF CRLF: answer with one CRLF.
    Ping,
    /// A CRLF, the answer to our ping, or mere padding.
    Pong,
}

/// Holds what came until a message is whole; never more than one message and a read.
#[derive(Clone, Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    start: usize,
}

impl Framer {
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.buffer.extend_from_slice(bytes);
    }

    /// The next thing, `None` when more bytes are needed. After an error the stream can't be followed any more: close it.
    pub fn poll(&mut self) -> Result<Option<Framed>, ParseError> {
        let rest = &self.buffer[self.start..];
        let line_ends = match rest {
            [b'\r', b'\n', b'\r', b'\n', ..] => Some((4, Framed::Ping)),
            [b'\r', b'\n', b'\r'] | [b'\r'] => return Ok(None),
            [b'\r', b'\n', ..] => Some((2, Framed::Pong)),
            [b'\n', ..] => Some((1, Framed::Pong)),
            [] => {
                self.buffer = Vec::new();
                self.start = 0;
                return Ok(None);
            }
            _ => None,
        };
        if let Some((length, what)) = line_ends {
            self.start += length;
            return Ok(Some(what));
        }
        let Some(head) = head_length(rest) else {
            return if rest.len() > MAX_MESSAGE { Err(ParseError::TooLarge) } else { Ok(None) };
        };
        let body = content_length(&rest[..head])?;
        if head + body > MAX_MESSAGE {
            return Err(ParseError::TooLarge);
        }
        if rest.len() < head + body {
            return Ok(None);
        }
        let message = rest[..head + body].to_vec();
        self.start += head + body;
        Ok(Some(Framed::Message(message)))
    }
}

/// Length of start line and headers with the empty line.
fn head_length(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    while let Some(at) = bytes[from..].iter().position(|&b| b == b'\n') {
        from += at + 1;
        match &bytes[from..] {
            [b'\n', ..] => return Some(from + 1),
            [b'\r', b'\n', ..] => return Some(from + 2),
            _ => {}
        }
    }
    None
}

/// RFC 3261 §18.3: over streams Content-Length must stand; a peer that leaves it out has no body.
fn content_length(head: &[u8]) -> Result<usize, ParseError> {
    let mut found = None;
    for line in head.split(|&b| b == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|&b| b == b':') else { continue };
        if Name::from_bytes(line[..colon].trim_ascii_end()) != Name::ContentLength {
            continue;
        }
        let length = super::number(super::trim(&line[colon + 1..]), "Content-Length", MAX_MESSAGE as u32)? as usize;
        if found.is_some_and(|before| before != length) {
            return Err(ParseError::Repeated("Content-Length"));
        }
        found = Some(length);
    }
    Ok(found.unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interop_11_messages_and_keepalives_come_out_whole_however_the_stream_is_cut() {
        let one = b"OPTIONS sip:a SIP/2.0\r\nl: 3\r\n\r\nabc".to_vec();
        let two = b"BYE sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n".to_vec();
        let stream = [&one[..], b"\r\n\r\n", &two, b"\r\n", &one].concat();
        let want =
            [Framed::Message(one.clone()), Framed::Ping, Framed::Message(two), Framed::Pong, Framed::Message(one)];
        for size in 1..stream.len() {
            let (mut framer, mut got) = (Framer::default(), Vec::new());
            for piece in stream.chunks(size) {
                framer.push(piece);
                while let Some(next) = framer.poll().unwrap() {
                    got.push(next);
                }
            }
            // A ping cut in the middle may show as two pongs; nothing else may change.
            let merged: Vec<_> = got.iter().filter(|f| matches!(f, Framed::Message(_))).collect();
            assert_eq!(merged, want.iter().filter(|f| matches!(f, Framed::Message(_))).collect::<Vec<_>>());
        }
    }

    #[test]
    fn a_stream_that_cant_be_followed_is_an_error() {
        let mut framer = Framer::default();
        framer.push(b"OPTIONS sip:a SIP/2.0\r\nl: 99999999\r\n\r\n");
        assert!(framer.poll().is_err());
        let mut framer = Framer::default();
        framer.push(&vec![b'x'; MAX_MESSAGE + 1]);
        assert_eq!(framer.poll(), Err(ParseError::TooLarge));
    }
}
