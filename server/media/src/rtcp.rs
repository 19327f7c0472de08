//! RTCP (RFC 3550 §6): compound packets read without copying, SR, RR, SDES and BYE written, and the round-trip time
//! out of LSR and DLSR (§6.4.1). Feedback (RFC 4585) and extended reports (RFC 3611) are recognised and passed over.

use crate::rtp::BufferTooSmall;
use std::time::{Duration, Instant};

#[cfg(test)]
mod tests;

/// Length of one report block, bytes.
const BLOCK_LEN: usize = 24;
/// Most report blocks in one packet (five-bit count).
pub const MAX_BLOCKS: usize = 31;

/// Why bytes are no RTCP compound packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParseError {
    #[error("RTCP packet at byte {at} is cut off")]
    Truncated { at: usize },
    #[error("RTCP version {version} instead of 2 at byte {at}")]
    Version { at: usize, version: u8 },
    #[error("RTCP packet of type {packet_type} at byte {at} is too short for what it announces")]
    Content { at: usize, packet_type: u8 },
    #[error("RTCP padding at byte {at} is not in the last packet, or longer than its packet")]
    Padding { at: usize },
    #[error("RTCP packet is empty")]
    Empty,
}

/// A time stamp of RFC 3550 §4: seconds since 1900 in the upper 32 bits, fraction of a second in the lower.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NtpTime(pub u64);

impl NtpTime {
    /// Seconds between 1900 and 1970.
    const UNIX_OFFSET: u64 = 2_208_988_800;

    /// From the time since 1970-01-01 UTC.
    pub fn from_unix(since_1970: Duration) -> Self {
        let seconds = since_1970.as_secs().wrapping_add(Self::UNIX_OFFSET) & 0xffff_ffff;
        let fraction = (u64::from(since_1970.subsec_nanos()) << 32) / 1_000_000_000;
        NtpTime(seconds << 32 | fraction)
    }

    /// The middle 32 bits, units of 1/65,536 s: LSR (§6.4.1).
    pub fn middle(self) -> u32 {
        (self.0 >> 16) as u32
    }
}

/// Turns the driver's `Instant` into NTP time, from one pair of both clocks read at the same moment.
#[derive(Clone, Copy, Debug)]
pub struct NtpClock {
    anchor: Instant,
    unix: Duration,
}

impl NtpClock {
    /// `unix`: time since 1970-01-01 UTC at `anchor`.
    pub fn new(anchor: Instant, unix: Duration) -> Self {
        NtpClock { anchor, unix }
    }

    pub fn at(&self, now: Instant) -> NtpTime {
        let unix = match now.checked_duration_since(self.anchor) {
            Some(later) => self.unix.saturating_add(later),
            None => self.unix.saturating_sub(self.anchor.duration_since(now)),
        };
        NtpTime::from_unix(unix)
    }
}

/// Sender information of an SR (§6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SenderInfo {
    pub ntp: NtpTime,
    pub rtp_timestamp: u32,
    pub packets: u32,
    pub octets: u32,
}

/// One reception report block (§6.4.1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReportBlock {
    /// Whose packets the block speaks of.
    pub ssrc: u32,
    /// Lost since the last report, 1/256.
    pub fraction_lost: u8,
    /// −2²³ to 2²³−1; negative where duplicates outnumber losses. Written clamped.
    pub cumulative_lost: i32,
    pub highest_sequence: u32,
    /// Timestamp units.
    pub jitter: u32,
    /// Middle bits of the last SR's NTP time; 0: none seen.
    pub last_sr: u32,
    /// Since that SR came in, units of 1/65,536 s.
    pub delay_since_last_sr: u32,
}

impl ReportBlock {
    fn read(bytes: &[u8; BLOCK_LEN]) -> ReportBlock {
        let word = |i: usize| u32::from_be_bytes([bytes[i], bytes[i + 1], bytes[i + 2], bytes[i + 3]]);
        ReportBlock {
            ssrc: word(0),
            fraction_lost: bytes[4],
            // Sign-extend 24 bits.
            cumulative_lost: (word(4) << 8) as i32 >> 8,
            highest_sequence: word(8),
            jitter: word(12),
            last_sr: word(16),
            delay_since_last_sr: word(20),
        }
    }

    fn to_bytes(self) -> [u8; BLOCK_LEN] {
        let lost = self.cumulative_lost.clamp(-0x80_0000, 0x7f_ffff) as u32 & 0xff_ffff;
        let words = [
            self.ssrc,
            u32::from(self.fraction_lost) << 24 | lost,
            self.highest_sequence,
            self.jitter,
            self.last_sr,
            self.delay_since_last_sr,
        ];
        let mut out = [0; BLOCK_LEN];
        for (to, word) in out.as_chunks_mut::<4>().0.iter_mut().zip(words) {
            *to = word.to_be_bytes();
        }
        out
    }
}

/// Round-trip time by §6.4.1: `A − LSR − DLSR`, where A is when the block arrived, by the clock that stamped our SRs.
/// `None` where the far end has seen no SR yet, or where the clock says it cannot be (negative, over a minute).
pub fn round_trip(arrival: NtpTime, block: &ReportBlock) -> Option<Duration> {
    if block.last_sr == 0 {
        return None;
    }
    let units = arrival.middle().wrapping_sub(block.last_sr).wrapping_sub(block.delay_since_last_sr) as i32;
    // One unit early is rounding of two clocks, not travel back in time.
    if !(-16..=60 << 16).contains(&units) {
        return None;
    }
    Some(Duration::from_nanos(u64::from(units.max(0) as u32) * 1_000_000_000 / 65_536))
}

/// What one packet of a compound says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Item<'a> {
    SenderReport {
        ssrc: u32,
        info: SenderInfo,
        blocks: Blocks<'a>,
    },
    ReceiverReport {
        ssrc: u32,
        blocks: Blocks<'a>,
    },
    SourceDescription(Chunks<'a>),
    Goodbye {
        sources: Sources<'a>,
        reason: &'a [u8],
    },
    Application {
        ssrc: u32,
        subtype: u8,
        name: [u8; 4],
        data: &'a [u8],
    },
    /// Transport (205) or payload-specific (206) feedback, not looked into.
    Feedback {
        packet_type: u8,
        format: u8,
        data: &'a [u8],
    },
    /// Any other type, for example an extended report (207).
    Other {
        packet_type: u8,
        data: &'a [u8],
    },
}

/// The report blocks of one SR or RR.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blocks<'a>(&'a [[u8; BLOCK_LEN]]);

impl<'a> Blocks<'a> {
    pub fn iter(&self) -> impl Iterator<Item = ReportBlock> + 'a {
        self.0.iter().map(ReportBlock::read)
    }
}

/// The sources that say goodbye.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sources<'a>(&'a [[u8; 4]]);

impl<'a> Sources<'a> {
    pub fn iter(&self) -> impl Iterator<Item = u32> + 'a {
        self.0.iter().map(|b| u32::from_be_bytes(*b))
    }
}

/// The items of an SDES packet: walked with [`Chunks::iter`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Chunks<'a> {
    count: u8,
    bytes: &'a [u8],
}

/// One SDES item (§6.5), for example kind 1, the CNAME.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Description<'a> {
    pub ssrc: u32,
    pub kind: u8,
    pub text: &'a [u8],
}

/// SDES item kind of the canonical name (§6.5.1).
pub const CNAME: u8 = 1;

impl<'a> Chunks<'a> {
    /// Items in order; stops at the first that does not fit, since its neighbours cannot be found any more.
    pub fn iter(&self) -> impl Iterator<Item = Description<'a>> + 'a {
        let mut left = self.count;
        let mut bytes = self.bytes;
        let mut source: Option<u32> = None;
        let whole = bytes.len();
        std::iter::from_fn(move || {
            loop {
                let Some(ssrc) = source else {
                    left = left.checked_sub(1)?;
                    let (head, rest) = bytes.split_first_chunk::<4>()?;
                    source = Some(u32::from_be_bytes(*head));
                    bytes = rest;
                    continue;
                };
                let (&kind, rest) = bytes.split_first()?;
                if kind == 0 {
                    // A chunk ends with one to four zero bytes, up to the next 32-bit boundary.
                    let used = whole - rest.len();
                    bytes = rest.get(used.next_multiple_of(4) - used..)?;
                    source = None;
                    continue;
                }
                let (&length, rest) = rest.split_first()?;
                let (text, rest) = rest.split_at_checked(usize::from(length))?;
                bytes = rest;
                return Some(Description { ssrc, kind, text });
            }
        })
    }
}

/// Reads a compound packet to its end. A datagram of which any part is wrong is refused as a whole. Reduced-size RTCP
/// (RFC 5506: first packet is no report) is let through.
pub fn parse(bytes: &[u8]) -> Result<Vec<Item<'_>>, ParseError> {
    // Four bytes make the smallest packet: a datagram cannot hold more than its size / 4, and ours are below 64 KiB.
    let mut items = Vec::with_capacity(2);
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let Some(([first, packet_type, l0, l1], _)) = rest.split_first_chunk::<4>() else {
            return Err(ParseError::Truncated { at });
        };
        if first >> 6 != 2 {
            return Err(ParseError::Version { at, version: first >> 6 });
        }
        let length = (usize::from(u16::from_be_bytes([*l0, *l1])) + 1) * 4;
        let packet = rest.get(..length).ok_or(ParseError::Truncated { at })?;
        let mut content = &packet[4..];
        if first & 0x20 != 0 {
            let padding = usize::from(content.last().copied().unwrap_or(0));
            let last = at + length == bytes.len();
            let kept = content.len().checked_sub(padding).filter(|_| padding > 0 && last);
            content = &content[..kept.ok_or(ParseError::Padding { at })?];
        }
        let item = read_item(first & 0x1f, *packet_type, content);
        items.push(item.ok_or(ParseError::Content { at, packet_type: *packet_type })?);
        at += length;
    }
    if items.is_empty() { Err(ParseError::Empty) } else { Ok(items) }
}

fn read_item(count: u8, packet_type: u8, content: &[u8]) -> Option<Item<'_>> {
    Some(match packet_type {
        200 => {
            let (ssrc, rest) = word(content)?;
            let (ntp, rest) = rest.split_first_chunk::<8>()?;
            let (rtp_timestamp, rest) = word(rest)?;
            let (packets, rest) = word(rest)?;
            let (octets, rest) = word(rest)?;
            let info = SenderInfo { ntp: NtpTime(u64::from_be_bytes(*ntp)), rtp_timestamp, packets, octets };
            Item::SenderReport { ssrc, info, blocks: blocks(count, rest)? }
        }
        201 => {
            let (ssrc, rest) = word(content)?;
            Item::ReceiverReport { ssrc, blocks: blocks(count, rest)? }
        }
        202 => Item::SourceDescription(Chunks { count, bytes: content }),
        203 => {
            let (sources, rest) = content.split_at_checked(usize::from(count) * 4)?;
            let reason = match rest.split_first() {
                Some((&length, text)) => text.get(..usize::from(length))?,
                None => &[],
            };
            Item::Goodbye { sources: Sources(sources.as_chunks::<4>().0), reason }
        }
        204 => {
            let (ssrc, rest) = word(content)?;
            let (name, data) = rest.split_first_chunk::<4>()?;
            Item::Application { ssrc, subtype: count, name: *name, data }
        }
        205 | 206 => Item::Feedback { packet_type, format: count, data: content },
        _ => Item::Other { packet_type, data: content },
    })
}

fn word(bytes: &[u8]) -> Option<(u32, &[u8])> {
    let (head, rest) = bytes.split_first_chunk::<4>()?;
    Some((u32::from_be_bytes(*head), rest))
}

fn blocks(count: u8, bytes: &[u8]) -> Option<Blocks<'_>> {
    // Profile-specific extensions may follow the blocks (§6.4.3): passed over.
    bytes.as_chunks::<BLOCK_LEN>().0.get(..usize::from(count)).map(Blocks)
}

/// Writes an SR (with `info`) or RR (without) followed by SDES with the CNAME, one compound packet as §6.1 asks for.
/// At most [`MAX_BLOCKS`] blocks and 255 bytes of name are written. Returns the length.
pub fn write_report(
    out: &mut [u8],
    ssrc: u32,
    info: Option<&SenderInfo>,
    blocks: &[ReportBlock],
    cname: &str,
) -> Result<usize, BufferTooSmall> {
    let blocks = &blocks[..blocks.len().min(MAX_BLOCKS)];
    let name = &cname.as_bytes()[..cname.len().min(255)];
    let mut writer = Writer { out, used: 0 };
    let words = 1 + if info.is_some() { 5 } else { 0 } + blocks.len() * 6;
    writer.head(blocks.len() as u8, if info.is_some() { 200 } else { 201 }, words);
    writer.put(&ssrc.to_be_bytes());
    if let Some(info) = info {
        writer.put(&info.ntp.0.to_be_bytes());
        writer.put(&info.rtp_timestamp.to_be_bytes());
        writer.put(&info.packets.to_be_bytes());
        writer.put(&info.octets.to_be_bytes());
    }
    for block in blocks {
        writer.put(&block.to_bytes());
    }
    // Chunk: SSRC, item head and text, then at least one zero byte up to a 32-bit boundary.
    let chunk = (4 + 2 + name.len() + 1).next_multiple_of(4);
    writer.head(1, 202, chunk / 4);
    writer.put(&ssrc.to_be_bytes());
    writer.put(&[CNAME, name.len() as u8]);
    writer.put(name);
    writer.put(&[0; 4][..chunk - 6 - name.len()]);
    writer.finish()
}

/// Writes a BYE (§6.6) for one source; goes behind a report in the same datagram.
pub fn write_goodbye(out: &mut [u8], ssrc: u32) -> Result<usize, BufferTooSmall> {
    let mut writer = Writer { out, used: 0 };
    writer.head(1, 203, 1);
    writer.put(&ssrc.to_be_bytes());
    writer.finish()
}

/// Writes while there is room and counts what would be needed.
struct Writer<'a> {
    out: &'a mut [u8],
    used: usize,
}

impl Writer<'_> {
    fn put(&mut self, bytes: &[u8]) {
        if let Some(to) = self.out.get_mut(self.used..self.used + bytes.len()) {
            to.copy_from_slice(bytes);
        }
        self.used += bytes.len();
    }

    fn head(&mut self, count: u8, packet_type: u8, words: usize) {
        let [l0, l1] = (words as u16).to_be_bytes();
        self.put(&[0x80 | count, packet_type, l0, l1]);
    }

    fn finish(self) -> Result<usize, BufferTooSmall> {
        if self.used > self.out.len() {
            return Err(BufferTooSmall { have: self.out.len(), need: self.used });
        }
        Ok(self.used)
    }
}
