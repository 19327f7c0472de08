//! As much WebSocket (RFC 6455) as a CCP's page needs, without a buffer per idle connection.

use anyhow::{Context, Result, bail, ensure};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpStream},
    time::Duration,
};

/// Longest message taken, bytes.
const LONGEST: usize = 4 << 20;

/// What a frame says.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame {
    Text(String),
    Ping(Vec<u8>),
    Close,
    /// Pongs and parts of no interest.
    Other,
}

/// One client connection.
pub struct Socket {
    pub stream: TcpStream,
    /// Bytes of a frame that is not whole yet; empty while idle.
    rest: Vec<u8>,
}

impl Socket {
    /// Connects and upgrades, then says `hello`. The stream does not block from then on.
    pub fn open(server: SocketAddr, path: &str, hello: &str) -> Result<Self> {
        let mut stream = TcpStream::connect_timeout(&server, Duration::from_secs(10)).context("a CCP's connection")?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(20)))?;
        // Any 16 bytes may be the key; the answer to it is not checked, for nobody is between us.
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {server}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
             Sec-WebSocket-Key: dHdpbmxpbmUgcGVyZiAhIQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"
        );
        stream.write_all(request.as_bytes())?;
        let mut head = Vec::new();
        let mut byte = [0; 1];
        while !head.ends_with(b"\r\n\r\n") {
            ensure!(head.len() < 8_192 && stream.read(&mut byte)? == 1, "the server refused the WebSocket");
            head.push(byte[0]);
        }
        ensure!(
            head.starts_with(b"HTTP/1.1 101"),
            "no WebSocket: {}",
            String::from_utf8_lossy(&head[..head.len().min(60)])
        );
        stream.write_all(&text(hello))?;
        stream.set_nonblocking(true)?;
        Ok(Self { stream, rest: Vec::new() })
    }

    /// Takes what came; `buffer` is the caller's, shared by all connections.
    pub fn receive(&mut self, buffer: &mut [u8], mut each: impl FnMut(Frame)) -> Result<()> {
        loop {
            let taken = match self.stream.read(buffer) {
                Ok(0) => bail!("the server closed a CCP's connection"),
                Ok(taken) => taken,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            self.rest.extend_from_slice(&buffer[..taken]);
            while let Some((frame, used)) = split(&self.rest)? {
                self.rest.drain(..used);
                if let Frame::Ping(payload) = &frame {
                    let pong = masked(0xA, payload);
                    let _ = self.stream.write(&pong);
                }
                each(frame);
            }
            if self.rest.is_empty() {
                self.rest = Vec::new();
            }
        }
    }

    pub fn send(&mut self, message: &str) -> Result<()> {
        Ok(self.stream.write_all(&text(message))?)
    }
}

/// The first frame of `bytes` and its length, when it is whole.
fn split(bytes: &[u8]) -> Result<Option<(Frame, usize)>> {
    let [first, second, ..] = *bytes else { return Ok(None) };
    ensure!(second & 0x80 == 0, "a server's frame is masked");
    let (length, head) = match second & 0x7F {
        126 if bytes.len() >= 4 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
        127 if bytes.len() >= 10 => {
            let length = bytes[2..10].iter().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
            (usize::try_from(length)?, 10)
        }
        126 | 127 => return Ok(None),
        short => (usize::from(short), 2),
    };
    ensure!(length <= LONGEST, "a frame of {length} bytes");
    let Some(payload) = bytes.get(head..head + length) else { return Ok(None) };
    let frame = match first {
        0x81 => Frame::Text(String::from_utf8_lossy(payload).into_owned()),
        0x89 => Frame::Ping(payload.to_vec()),
        0x88 => Frame::Close,
        _ => Frame::Other,
    };
    Ok(Some((frame, head + length)))
}

/// A text frame as a client sends it.
pub fn text(message: &str) -> Vec<u8> {
    masked(1, message.as_bytes())
}

/// The mask is zero: it protects proxies from pages, and here is neither.
fn masked(opcode: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![0x80 | opcode];
    match payload.len() {
        length @ 0..126 => frame.push(0x80 | length as u8),
        length @ 126..65_536 => {
            frame.push(0xFE);
            frame.extend_from_slice(&(length as u16).to_be_bytes());
        }
        length => {
            frame.push(0xFF);
            frame.extend_from_slice(&(length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(&[0; 4]);
    frame.extend_from_slice(payload);
    frame
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn frames_are_split_where_they_end_however_they_arrive() {
        let long = "x".repeat(300);
        let mut bytes = vec![0x81, 2, b'h', b'i', 0x81, 126, 1, 44];
        bytes.extend_from_slice(long.as_bytes());
        assert_eq!(split(&bytes).unwrap(), Some((Frame::Text("hi".to_owned()), 4)));
        assert_eq!(split(&bytes[4..]).unwrap(), Some((Frame::Text(long), 304)));
        for cut in 4..bytes.len() {
            assert_eq!(split(&bytes[4..cut]).unwrap(), None);
        }
        assert!(split(&[0x81, 0x81, 0, 0, 0, 0, 0]).is_err());
    }

    #[test]
    fn our_frames_carry_their_length() {
        assert_eq!(text("hi"), [0x81, 0x82, 0, 0, 0, 0, b'h', b'i']);
        assert_eq!(text(&"x".repeat(200))[..4], [0x81, 0xFE, 0, 200]);
    }
}
