//! RTP packets (RFC 3550 §5): a zero-copy view of what came in, a header writer for what goes out, and the extension
//! of 16-bit sequence numbers and 32-bit timestamps over their roll-over.

#[cfg(test)]
mod tests;

/// Length of a header without CSRCs and extension, bytes.
pub const HEADER_LEN: usize = 12;

/// Why bytes are no RTP packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("RTP packet of {length} bytes is shorter than its 12-byte header")]
    TooShort { length: usize },
    #[error("RTP version {version} instead of 2")]
    Version { version: u8 },
    #[error("RTP header announces {count} CSRCs, the packet ends before them")]
    Csrcs { count: u8 },
    #[error("RTP header extension is longer than the packet")]
    Extension,
    #[error("RTP padding of {padding} bytes does not fit into a payload of {payload} bytes")]
    Padding { padding: u8, payload: usize },
}

/// The caller's buffer cannot hold what was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("buffer of {have} bytes, {need} are needed")]
pub struct BufferTooSmall {
    pub have: usize,
    pub need: usize,
}

/// What a datagram on a multiplexed port is, by its first bytes (RFC 7983 §7, RFC 5761 §4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Stun,
    Dtls,
    Rtp,
    Rtcp,
    Other,
}

/// Tells RTP, RTCP, STUN and DTLS on one port apart. Says nothing about validity.
pub fn classify(bytes: &[u8]) -> Kind {
    match bytes {
        [0..=3, ..] => Kind::Stun,
        [20..=63, ..] => Kind::Dtls,
        // RFC 5761 §4: RTCP packet types 192–223 shadow payload types 64–95 with the marker bit set.
        [128..=191, 192..=223, ..] => Kind::Rtcp,
        [128..=191, _, ..] => Kind::Rtp,
        _ => Kind::Other,
    }
}

/// A header extension (RFC 3550 §5.3.1): the profile's 16 bits and the words after the length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    pub profile: u16,
    pub data: &'a [u8],
}

/// A checked view of one received packet. Borrows the datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub marker: bool,
    /// 0–127.
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
    /// Contributing sources, four bytes each, big-endian, at most 15; read them with [`Packet::csrcs`].
    csrc_bytes: &'a [u8],
    pub extension: Option<Extension<'a>>,
    /// Without padding; may be empty.
    pub payload: &'a [u8],
}

impl<'a> Packet<'a> {
    pub fn parse(bytes: &'a [u8]) -> Result<Packet<'a>, ParseError> {
        let Some((header, rest)) = bytes.split_first_chunk::<HEADER_LEN>() else {
            return Err(ParseError::TooShort { length: bytes.len() });
        };
        let [first, second, s0, s1, t0, t1, t2, t3, x0, x1, x2, x3] = *header;
        if first >> 6 != 2 {
            return Err(ParseError::Version { version: first >> 6 });
        }
        let count = first & 0x0f;
        let (csrc_bytes, rest) = rest.split_at_checked(usize::from(count) * 4).ok_or(ParseError::Csrcs { count })?;
        let (extension, rest) = if first & 0x10 != 0 { split_extension(rest)? } else { (None, rest) };
        let payload = if first & 0x20 != 0 { strip_padding(rest)? } else { rest };
        Ok(Packet {
            marker: second & 0x80 != 0,
            payload_type: second & 0x7f,
            sequence: u16::from_be_bytes([s0, s1]),
            timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
            ssrc: u32::from_be_bytes([x0, x1, x2, x3]),
            csrc_bytes,
            extension,
            payload,
        })
    }

    /// A packet that was taken apart already (SRTP decrypted elsewhere): no CSRC, no extension.
    pub fn from_parts(header: &Header, payload: &'a [u8]) -> Packet<'a> {
        Packet {
            marker: header.marker,
            payload_type: header.payload_type,
            sequence: header.sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            csrc_bytes: &[],
            extension: None,
            payload,
        }
    }

    pub fn csrcs(&self) -> impl Iterator<Item = u32> + 'a {
        self.csrc_bytes.as_chunks::<4>().0.iter().map(|b| u32::from_be_bytes(*b))
    }
}

fn split_extension(rest: &[u8]) -> Result<(Option<Extension<'_>>, &[u8]), ParseError> {
    let ([p0, p1, l0, l1], rest) = rest.split_first_chunk::<4>().ok_or(ParseError::Extension)?;
    let words = usize::from(u16::from_be_bytes([*l0, *l1]));
    let (data, rest) = rest.split_at_checked(words * 4).ok_or(ParseError::Extension)?;
    Ok((Some(Extension { profile: u16::from_be_bytes([*p0, *p1]), data }), rest))
}

fn strip_padding(rest: &[u8]) -> Result<&[u8], ParseError> {
    // §5.1: "The last octet of the padding contains a count of how many padding octets should be ignored,
    // including itself."
    let padding = rest.last().copied().unwrap_or(0);
    let kept = rest.len().checked_sub(usize::from(padding));
    match kept {
        Some(kept) if padding > 0 => Ok(&rest[..kept]),
        _ => Err(ParseError::Padding { padding, payload: rest.len() }),
    }
}

/// The header of a packet to send: no CSRC, no extension, no padding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    pub marker: bool,
    /// 0–127; the eighth bit is ignored.
    pub payload_type: u8,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    pub fn to_bytes(&self) -> [u8; HEADER_LEN] {
        let [s0, s1] = self.sequence.to_be_bytes();
        let [t0, t1, t2, t3] = self.timestamp.to_be_bytes();
        let [x0, x1, x2, x3] = self.ssrc.to_be_bytes();
        let second = (u8::from(self.marker) << 7) | (self.payload_type & 0x7f);
        [0x80, second, s0, s1, t0, t1, t2, t3, x0, x1, x2, x3]
    }

    /// Writes the 12 bytes to the start of `out`; the payload goes behind them.
    pub fn write(&self, out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let have = out.len();
        match out.first_chunk_mut::<HEADER_LEN>() {
            Some(head) => *head = self.to_bytes(),
            None => return Err(BufferTooSmall { have, need: HEADER_LEN }),
        }
        Ok(HEADER_LEN)
    }

    /// Writes header and payload; returns the packet's length.
    pub fn write_packet(&self, payload: &[u8], out: &mut [u8]) -> Result<usize, BufferTooSmall> {
        let need = HEADER_LEN + payload.len();
        let have = out.len();
        let Some(packet) = out.get_mut(..need) else { return Err(BufferTooSmall { have, need }) };
        let (head, body) = packet.split_at_mut(HEADER_LEN);
        head.copy_from_slice(&self.to_bytes());
        body.copy_from_slice(payload);
        Ok(need)
    }
}

/// Extends 16-bit sequence numbers to 64 bits (RFC 3550 A.1): the answer is the number nearest to the last one.
/// The first number lands at 65,536 + itself, so that packets older than the first still have a place.
#[derive(Clone, Copy, Debug, Default)]
pub struct SequenceExtender {
    last: Option<u64>,
}

impl SequenceExtender {
    pub fn new() -> Self {
        Self::default()
    }

    /// The highest number so far.
    pub fn highest(&self) -> Option<u64> {
        self.last
    }

    pub fn extend(&mut self, sequence: u16) -> u64 {
        let extended = match self.last {
            None => 0x1_0000 + u64::from(sequence),
            Some(last) => {
                let step = sequence.wrapping_sub(last as u16) as i16;
                last.saturating_add_signed(i64::from(step))
            }
        };
        self.last = Some(self.last.map_or(extended, |last| last.max(extended)));
        extended
    }
}

/// Extends 32-bit timestamps to 64 bits, nearest to the last one; the first lands at 2³² + itself.
#[derive(Clone, Copy, Debug, Default)]
pub struct TimestampExtender {
    last: Option<u64>,
}

impl TimestampExtender {
    pub fn new() -> Self {
        Self::default()
    }

    pub fn extend(&mut self, timestamp: u32) -> u64 {
        let extended = match self.last {
            None => 0x1_0000_0000 + u64::from(timestamp),
            Some(last) => {
                let step = timestamp.wrapping_sub(last as u32) as i32;
                last.saturating_add_signed(i64::from(step))
            }
        };
        self.last = Some(extended);
        extended
    }
}
