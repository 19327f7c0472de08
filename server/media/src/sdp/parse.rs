//! Reads SDP text (RFC 8866 §9). Strict where a guess could send media to the wrong place, lenient where peers are sloppy:
//! bare LF line ends, missing `t=` and unknown lines are accepted.

use std::net::IpAddr;

use super::{Description, Direction, MAX_BYTES, MAX_FORMATS, MAX_LINES, MAX_MEDIA, MediaLine, SdpError};

/// Attributes kept per media line; more are ignored.
const MAX_MAPS: usize = 128;

/// Reads an SDP.
///
/// # Errors
/// [`SdpError`] names the line. Only the lines an audio leg needs are looked into.
pub fn parse(text: &str) -> Result<Description, SdpError> {
    if text.len() > MAX_BYTES {
        return Err(SdpError::TooLong { bytes: text.len() });
    }
    let mut reader = Reader::default();
    for (index, line) in text.split('\n').enumerate() {
        let number = index + 1;
        if number > MAX_LINES {
            return Err(SdpError::TooManyLines { line: number });
        }
        let line = line.trim_end_matches(['\r', ' ']);
        if !line.is_empty() {
            reader.read(number, line)?;
        }
    }
    reader.finish()
}

#[derive(Default)]
struct Reader {
    seen_version: bool,
    session_address: Option<IpAddr>,
    session_direction: Option<Direction>,
    media: Vec<(MediaLine, Option<Direction>)>,
}

impl Reader {
    fn read(&mut self, number: usize, line: &str) -> Result<(), SdpError> {
        let fail = |what| Err(SdpError::Line { line: number, what });
        let Some((kind, value)) = line.split_once('=') else {
            return fail("expected <letter>=<value>");
        };
        if !self.seen_version {
            if kind != "v" || value.trim() != "0" {
                return fail("an SDP starts with v=0");
            }
            self.seen_version = true;
            return Ok(());
        }
        match kind {
            "c" => self.connection(number, value),
            "m" => self.media_line(number, value),
            "a" => self.attribute(number, value),
            _ if kind.len() == 1 && kind.as_bytes()[0].is_ascii_lowercase() => Ok(()),
            _ => fail("expected <letter>=<value>"),
        }
    }

    fn connection(&mut self, number: usize, value: &str) -> Result<(), SdpError> {
        let fail = |what| SdpError::Line { line: number, what };
        let mut words = value.split_ascii_whitespace();
        let (Some("IN"), Some(family), Some(address)) = (words.next(), words.next(), words.next()) else {
            return Err(fail("expected c=IN IP4 <address> or c=IN IP6 <address>"));
        };
        // A multicast TTL may follow a slash (RFC 8866 §5.7); the address before it is what counts.
        let address = address.split('/').next().unwrap_or(address);
        let address: IpAddr = address.parse().map_err(|_| fail("the address is not an IP address"))?;
        if family != if address.is_ipv4() { "IP4" } else { "IP6" } {
            return Err(fail("the address is not of the family named before it"));
        }
        if address.is_multicast() {
            return Err(fail("multicast is not for calls"));
        }
        match self.media.last_mut() {
            Some((media, _)) => media.address = Some(address),
            None => self.session_address = Some(address),
        }
        Ok(())
    }

    fn media_line(&mut self, number: usize, value: &str) -> Result<(), SdpError> {
        let fail = |what| SdpError::Line { line: number, what };
        if self.media.len() >= MAX_MEDIA {
            return Err(fail("too many m= lines"));
        }
        let mut words = value.split_ascii_whitespace();
        let (Some(kind), Some(port), Some(protocol)) = (words.next(), words.next(), words.next()) else {
            return Err(fail("expected m=<media> <port> <protocol> <format> …"));
        };
        let port = port.split('/').next().unwrap_or(port);
        let port: u16 = port.parse().map_err(|_| fail("the port is not a number below 65536"))?;
        let formats: Vec<String> = words.map(str::to_owned).take(MAX_FORMATS + 1).collect();
        if formats.is_empty() {
            return Err(fail("the m= line names no format"));
        }
        if formats.len() > MAX_FORMATS {
            return Err(fail("too many formats"));
        }
        let line = MediaLine {
            line: number,
            kind: kind.to_owned(),
            port,
            protocol: protocol.to_owned(),
            formats,
            address: None,
            direction: Direction::default(),
            rtpmaps: Vec::new(),
            fmtps: Vec::new(),
            rtcp_mux: false,
            rtcp: None,
            crypto: None,
        };
        self.media.push((line, None));
        Ok(())
    }

    fn attribute(&mut self, number: usize, value: &str) -> Result<(), SdpError> {
        let (name, value) = value.split_once(':').unwrap_or((value, ""));
        let direction = match name {
            "sendrecv" => Some(Direction::SendRecv),
            "sendonly" => Some(Direction::SendOnly),
            "recvonly" => Some(Direction::RecvOnly),
            "inactive" => Some(Direction::Inactive),
            _ => None,
        };
        let Some((media, own_direction)) = self.media.last_mut() else {
            if direction.is_some() {
                self.session_direction = direction;
            }
            return Ok(());
        };
        if direction.is_some() {
            *own_direction = direction;
            return Ok(());
        }
        // Attributes of lines we refuse anyway are not looked into: a strange video line must not spoil the audio.
        if media.kind != "audio" {
            return Ok(());
        }
        match name {
            "rtpmap" if media.rtpmaps.len() < MAX_MAPS => media.rtpmaps.push(rtpmap(number, value)?),
            "fmtp" if media.fmtps.len() < MAX_MAPS => media.fmtps.push(fmtp(number, value)?),
            "crypto" if media.crypto.is_none() => media.crypto = super::crypto::read(value),
            "rtcp-mux" => media.rtcp_mux = true,
            "rtcp" => media.rtcp = Some(rtcp(number, value)?),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Description, SdpError> {
        if !self.seen_version {
            return Err(SdpError::Line { line: 1, what: "an SDP starts with v=0" });
        }
        let media = self
            .media
            .into_iter()
            .map(|(mut line, direction)| {
                line.address = line.address.or(self.session_address);
                line.direction = direction.or(self.session_direction).unwrap_or_default();
                line
            })
            .collect();
        Ok(Description { media })
    }
}

/// `<payload type> <name>/<clock>[/<channels>]`.
fn rtpmap(line: usize, value: &str) -> Result<(u8, String, u32), SdpError> {
    let fail = SdpError::Line { line, what: "expected a=rtpmap:<0-127> <name>/<clock rate>" };
    let Some((payload, encoding)) = value.trim().split_once(' ') else { return Err(fail) };
    let mut parts = encoding.trim().split('/');
    match (payload_type(payload), parts.next(), parts.next().map(str::parse)) {
        (Some(payload), Some(name), Some(Ok(clock))) if !name.is_empty() && clock > 0 => {
            Ok((payload, name.to_owned(), clock))
        }
        _ => Err(fail),
    }
}

fn fmtp(line: usize, value: &str) -> Result<(u8, String), SdpError> {
    let (payload, rest) = value.trim().split_once(' ').unwrap_or((value.trim(), ""));
    let what = "expected a=fmtp:<0-127> <parameters>";
    payload_type(payload).map(|payload| (payload, rest.trim().to_owned())).ok_or(SdpError::Line { line, what })
}

/// `<port> [IN IP4 <address>]` (RFC 3605 §2.1).
fn rtcp(line: usize, value: &str) -> Result<(u16, Option<IpAddr>), SdpError> {
    let mut words = value.split_ascii_whitespace();
    let port = words.next().and_then(|word| word.parse().ok());
    let port = port.ok_or(SdpError::Line { line, what: "expected a=rtcp:<port> [IN IP4 <address>]" })?;
    Ok((port, words.nth(2).and_then(|word| word.parse().ok())))
}

pub(super) fn payload_type(word: &str) -> Option<u8> {
    word.parse().ok().filter(|number| *number < 128)
}
