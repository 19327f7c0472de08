//! SDP for audio: our own reader (RFC 8866), writer, and offer/answer (RFC 3264). Network text is checked once, here.
//!
//! What we do with it:
//! * One audio stream per leg: the first `m=audio` line that offers RTP, plain or with keys of SDES, and a port. Every other line is refused with port 0,
//!   in its place, as RFC 3264 §6 asks.
//! * An answer names one codec (plus telephone-event), so that nobody may change codec within a call without a new
//!   offer. Which one: the offerer's first among those the [`CodecPolicy`] allows. The far end knows best what it would
//!   have to transcode; `CodecPolicy::prefer_ours` turns that round.
//! * A payload type once agreed keeps its meaning for the life of the leg, in re-offers of either side.

use std::net::{IpAddr, SocketAddr};

use crate::codec::Codec;

pub use crypto::SrtpKey;
pub use negotiate::{accept_answer, answer, choose_secure, offer};
pub use parse::parse;

mod crypto;
mod negotiate;
mod parse;
#[cfg(test)]
mod tests;

/// Longest SDP read, in bytes. Real offers stay below 8 KB, browsers' included.
pub const MAX_BYTES: usize = 32 * 1024;
/// Most lines read.
pub const MAX_LINES: usize = 1_000;
/// Most `m=` lines read.
pub const MAX_MEDIA: usize = 16;
/// Most formats on one `m=` line.
pub const MAX_FORMATS: usize = 64;

/// Why an SDP was refused. `line` counts from 1.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SdpError {
    #[error("the text is {bytes} bytes long; {MAX_BYTES} are read at most")]
    TooLong { bytes: usize },
    #[error("line {line}: more than {MAX_LINES} lines")]
    TooManyLines { line: usize },
    #[error("line {line}: {what}")]
    Line { line: usize, what: &'static str },
    #[error("no m=audio line offers RTP/AVP, or RTP/SAVP with AES_CM_128_HMAC_SHA1_80, on a port: offer one")]
    NoAudio,
    #[error("none of the offered codecs is allowed here: offer one of {allowed}")]
    NoCommonCodec { allowed: String },
    #[error("line {line}: the audio line has no address: add c= there or at session level")]
    NoAddress { line: usize },
    #[error("the answer has {theirs} m= lines, the offer had {ours}: answer every line in order")]
    LineCount { ours: usize, theirs: usize },
    #[error("the answer refuses the audio line (port 0)")]
    AudioRefused,
}

/// Which way media flows, seen from the side that says it (RFC 3264 §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Direction {
    #[default]
    SendRecv,
    SendOnly,
    RecvOnly,
    Inactive,
}

impl Direction {
    /// From what each way may do.
    pub fn new(send: bool, receive: bool) -> Self {
        match (send, receive) {
            (true, true) => Self::SendRecv,
            (true, false) => Self::SendOnly,
            (false, true) => Self::RecvOnly,
            (false, false) => Self::Inactive,
        }
    }

    pub fn sends(self) -> bool {
        matches!(self, Self::SendRecv | Self::SendOnly)
    }

    pub fn receives(self) -> bool {
        matches!(self, Self::SendRecv | Self::RecvOnly)
    }

    /// The same flow seen from the other side.
    pub fn mirrored(self) -> Self {
        Self::new(self.receives(), self.sends())
    }

    /// What remains when both sides must want it.
    pub fn and(self, other: Self) -> Self {
        Self::new(self.sends() && other.sends(), self.receives() && other.receives())
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SendRecv => "sendrecv",
            Self::SendOnly => "sendonly",
            Self::RecvOnly => "recvonly",
            Self::Inactive => "inactive",
        }
    }
}

/// Which codecs a leg may speak.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodecPolicy {
    /// Allowed codecs, in the order in which we offer them.
    pub allowed: Vec<Codec>,
    /// Choose by our order, not by the offerer's.
    pub prefer_ours: bool,
}

impl Default for CodecPolicy {
    /// PCMU, PCMA, G.722, Opus; the offerer's order decides.
    fn default() -> Self {
        Self { allowed: vec![Codec::Pcmu, Codec::Pcma, Codec::G722, Codec::Opus], prefer_ours: false }
    }
}

/// An SDP as read: what an audio leg needs of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    pub media: Vec<MediaLine>,
}

/// One `m=` line with its attributes, session-level defaults already applied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MediaLine {
    /// Where it stands in the text, from 1.
    pub line: usize,
    /// `audio`, `video`, …
    pub kind: String,
    pub port: u16,
    /// `RTP/AVP`, …
    pub protocol: String,
    /// The formats as written.
    pub formats: Vec<String>,
    pub address: Option<IpAddr>,
    pub direction: Direction,
    /// `a=rtpmap`: payload type, encoding name, clock rate in Hz.
    pub rtpmaps: Vec<(u8, String, u32)>,
    /// `a=fmtp`: payload type and parameters.
    pub fmtps: Vec<(u8, String)>,
    pub rtcp_mux: bool,
    /// `a=rtcp`: where their RTCP is received when it is not port + 1 (RFC 3605).
    pub rtcp: Option<(u16, Option<IpAddr>)>,
    /// The first `a=crypto` line that we can follow: its tag and their key.
    pub crypto: Option<(u32, SrtpKey)>,
}

/// A payload type that stands for a codec.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Payload {
    pub payload_type: u8,
    pub codec: Codec,
}

/// The payload type of telephone-event (RFC 4733) and its clock rate in Hz.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EventPayload {
    pub payload_type: u8,
    pub clock_rate: u32,
}

/// What both sides agreed on for the audio stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// Where to send RTP. Port 0 or an unspecified address are never here: then `direction` does not send.
    pub remote: SocketAddr,
    /// Where to send RTCP: `remote` itself when multiplexed (RFC 5761), else port + 1 or what `a=rtcp` says.
    pub remote_rtcp: SocketAddr,
    pub rtcp_mux: bool,
    /// Their key, where media is protected (RTP/SAVP).
    pub key: Option<SrtpKey>,
    pub voice: Voice,
}

/// What flows in an audio stream, whatever carries it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Voice {
    /// What we send, with their payload type.
    pub send: Payload,
    /// Key presses we send, with their payload type.
    pub send_event: Option<EventPayload>,
    /// What we may receive, with our payload types.
    pub receive: Vec<Payload>,
    /// Key presses we may receive, with our payload types.
    pub receive_events: Vec<EventPayload>,
    /// Ours.
    pub direction: Direction,
    /// Opus: they asked for in-band FEC (`useinbandfec=1`, RFC 7587 §6.1).
    pub opus_fec: bool,
}

/// An `m=` line that is not ours to use; kept so that later descriptions have the same lines in the same order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefusedLine {
    pub kind: String,
    pub protocol: String,
    pub format: String,
}

/// Our side of the conversation: what our descriptions are written from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Local {
    /// Where we receive RTP.
    pub address: SocketAddr,
    /// `o=` session id, fixed for the life of the leg.
    pub session_id: u64,
    /// `o=` version: the next description carries it, then it grows by one (RFC 3264 §8).
    pub version: u64,
    /// What we protect media with, if it is protected.
    pub key: SrtpKey,
    /// Media is protected: the tag of the `a=crypto` line they chose or we answered.
    pub crypto_tag: Option<u32>,
    /// Which line is audio.
    pub audio_index: usize,
    /// The other lines, in order.
    pub refused: Vec<RefusedLine>,
}

impl Local {
    pub fn new(address: SocketAddr, session_id: u64, key: SrtpKey) -> Self {
        Self { address, session_id, version: 1, key, crypto_tag: None, audio_index: 0, refused: Vec::new() }
    }
}
