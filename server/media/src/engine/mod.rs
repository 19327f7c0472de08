//! The media engine: every leg of one worker behind one sans-I/O door.
//!
//! The driver owns the sockets, the clock and the files; the engine owns every decision about media. The loop is always
//! the same: *mutate, then drain*.
//!
//! ```text
//!  datagram ──► handle_datagram ─┐                    ┌─► transmits()  → sendmmsg, then clear_transmits()
//!  deadline ──► handle_timeout  ─┼─► legs, rooms, … ──┼─► poll_event() → switchboard
//!  command  ──► play, join, …   ─┘                    ├─► poll_recording() → file writes
//!                                                     └─► poll_timeout() → when to call handle_timeout
//! ```
//!
//! After every call that takes `now` the driver drains `transmits`, `poll_event` and `poll_recording`. It may first
//! feed a whole `recvmmsg` batch and drain once: nothing in the engine needs a drain between two datagrams.
//!
//! Bounds: legs per engine ([`EngineConfig::max_legs`]), packets waiting in the transmit batch, events and recording
//! writes waiting for the driver are all limited; what exceeds a limit is dropped and counted in [`Counters`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use rand_chacha::ChaCha12Rng;
use rand_core::{Rng, SeedableRng};

use crate::codec::Codec;
use crate::leg::{Leg, LegIndex};
use crate::mixer::Mixer;
use crate::quality;
use crate::room::Room;
use crate::rtcp::NtpClock;
use crate::sdp;
use crate::webrtc::Identity;

pub use crate::sdp::{CodecPolicy, Direction};
pub use transmit::{Transmit, TransmitBatch};

use recording::Recording;
use table::LegTable;
use wheel::{Turn, Wheel};

mod command;
mod negotiation;
mod pacing;
mod receive;
mod recording;
mod rooms;
mod table;
mod timer;
mod transmit;
mod wheel;

#[cfg(test)]
mod tests;

/// Names one leg: the caller chooses it, unique among the engine's living legs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LegKey(pub u128);

/// Names one room. A room exists while it has members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RoomKey(pub u128);

/// Names one playback on one leg, echoed in [`MediaEvent::PlaybackDone`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PlaybackKey(pub u128);

/// Names one recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RecordingKey(pub u128);

/// Names one of the driver's sockets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// A UDP socket of the driver: its name and the local address it is bound to. The port is what our SDP announces; the
/// address announced is [`EngineConfig::advertised`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct LocalSocket {
    pub id: SocketId,
    pub addr: SocketAddr,
}

/// What an engine is made from. [`EngineConfig::new`] fills the limits with their defaults.
#[derive(Debug, Clone)]
pub struct EngineConfig {
    /// The one port that plain RTP legs share, demultiplexed by remote address.
    pub shared: LocalSocket,
    /// The one port that WebRTC legs share, demultiplexed by remote address and STUN ufrag.
    pub webrtc: LocalSocket,
    /// The address written into SDP and ICE candidates.
    pub advertised: IpAddr,
    /// Seeds SSRCs, sequence numbers, time stamps and ICE credentials. Must come from a good source of randomness.
    pub seed: [u8; 32],
    /// Unix time at the `now` given to [`Engine::new`]; RTCP sender reports carry wall time (RFC 3550 §6.4.1).
    pub unix_time: Duration,
    /// Legs alive at once; more are refused with [`MediaError::TooManyLegs`].
    pub max_legs: usize,
    /// A plain RTP leg that should send and from which neither RTP nor RTCP came for this long is lost. [`Duration::MAX`]
    /// waits for ever, for peers that send nothing in silence.
    pub rtp_silence_limit: Duration,
    /// The same for a WebRTC leg, where consent checks (RFC 7675) come every few seconds even in silence.
    pub webrtc_silence_limit: Duration,
}

impl EngineConfig {
    /// Limits at their defaults: 20,000 legs, RTP lost after 30 s, WebRTC after 10 s.
    pub fn new(shared: LocalSocket, webrtc: LocalSocket, advertised: IpAddr, seed: [u8; 32]) -> Self {
        Self {
            shared,
            webrtc,
            advertised,
            seed,
            unix_time: Duration::ZERO,
            max_legs: 20_000,
            rtp_silence_limit: Duration::from_secs(30),
            webrtc_silence_limit: Duration::from_secs(10),
        }
    }
}

/// How to open a plain RTP leg.
#[derive(Debug, Clone, Copy)]
pub struct RtpLegSpec<'a> {
    /// Their offer; `None` asks us to make one.
    pub remote_offer: Option<&'a str>,
    /// Where the SIP message came from: media is expected from there when the SDP's address is useless.
    pub signalling_source: Option<IpAddr>,
    pub codecs: &'a CodecPolicy,
    /// A socket of its own for this leg; see [`Engine::wants_own_socket`]. Given back by [`MediaEvent::SocketFree`].
    pub own_socket: Option<LocalSocket>,
}

/// Why a command was refused. Nothing was changed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum MediaError {
    #[error("no leg has this key")]
    UnknownLeg,
    #[error("a leg with this key is alive already")]
    DuplicateLeg,
    #[error("the engine holds as many legs as it may; close some or raise max_legs")]
    TooManyLegs,
    #[error("their media address {0} is in use by another leg on the shared port: give this leg its own socket")]
    AddressTaken(SocketAddr),
    #[error("their media address is unusable on the shared port: give this leg its own socket")]
    NeedsOwnSocket,
    #[error("the leg's codec is not agreed on yet")]
    NotAgreed,
    #[error("the room is full")]
    RoomFull,
    #[error("a recording with this key is running already")]
    DuplicateRecording,
    #[error("digits: {0}")]
    Digits(#[from] crate::dtmf::DigitsError),
    #[error("a WebRTC leg keeps its codec and is offered by its far end; open a new leg instead")]
    NotRenegotiable,
    #[error("we have made no offer that could be answered")]
    NoOfferPending,
    #[error("SDP: {0}")]
    Sdp(#[from] sdp::SdpError),
    #[error("SRTP: {0}")]
    Srtp(String),
    #[error("WebRTC: {0}")]
    Webrtc(String),
}

/// Why a leg was given up. The leg stays until `close`, but nothing more is to be expected of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LostReason {
    /// Nothing came from the far end within the silence limit.
    Silence,
    /// ICE or DTLS failed, or the far end closed the session.
    Transport,
}

/// What the engine tells the switchboard. Its `Debug` leaves digits out: they must not reach a log.
#[derive(Clone, PartialEq)]
pub enum MediaEvent {
    /// Media can flow to this leg. A plain leg is up as soon as its remote address is known, a WebRTC leg when DTLS is done.
    Up {
        leg: LegKey,
    },
    Lost {
        leg: LegKey,
        reason: LostReason,
    },
    /// One key press, told once, at its end. Never log it.
    Digit {
        leg: LegKey,
        digit: char,
    },
    /// The prompt was played to its end (not told for a playback that was stopped or replaced).
    PlaybackDone {
        leg: LegKey,
        playback: PlaybackKey,
    },
    /// Both directions of one leg over the last interval.
    Quality {
        leg: LegKey,
        report: quality::Report,
    },
    /// The last write of this recording has been handed out before this event.
    RecordingClosed {
        recording: RecordingKey,
        duration: Duration,
    },
    /// The leg that owned this socket is gone; the driver closes or reuses it.
    SocketFree {
        socket: SocketId,
    },
}

impl std::fmt::Debug for MediaEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Up { leg } => f.debug_struct("Up").field("leg", leg).finish(),
            Self::Lost { leg, reason } => f.debug_struct("Lost").field("leg", leg).field("reason", reason).finish(),
            Self::Digit { leg, .. } => f.debug_struct("Digit").field("leg", leg).finish_non_exhaustive(),
            Self::PlaybackDone { leg, playback } => {
                f.debug_struct("PlaybackDone").field("leg", leg).field("playback", playback).finish()
            }
            Self::Quality { leg, report } => {
                f.debug_struct("Quality").field("leg", leg).field("report", report).finish()
            }
            Self::RecordingClosed { recording, duration } => {
                f.debug_struct("RecordingClosed").field("recording", recording).field("duration", duration).finish()
            }
            Self::SocketFree { socket } => f.debug_struct("SocketFree").field("socket", socket).finish(),
        }
    }
}

/// A piece of a recording file. Writes of one recording come in order; some rewrite the header at offset 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingWrite {
    pub recording: RecordingKey,
    /// Offset in the file, in bytes.
    pub at: u64,
    pub bytes: Vec<u8>,
}

/// What was dropped, and why. Only ever grows.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Datagrams from addresses that belong to no leg, or not to the leg whose socket they came to.
    pub strangers: u64,
    /// Datagrams that are neither RTP, RTCP nor, on the WebRTC port, STUN or DTLS.
    pub malformed: u64,
    /// SRTP and SRTCP that could not be authenticated.
    pub unauthentic: u64,
    /// RTP with a payload type nobody agreed on.
    pub unknown_payload: u64,
    /// WebRTC packets with more SSRCs than a session may use.
    pub gated: u64,
    /// Events dropped because nobody drained.
    pub events_dropped: u64,
    /// Frames skipped because the driver came late by more than a few frames.
    pub frames_skipped: u64,
}

/// Events held at most.
const MAX_EVENTS: usize = 16 * 1024;

/// What the pacing wheel carries round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Paced {
    Leg(LegIndex),
    Room(RoomKey),
}

/// What the timer queue wakes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Timer {
    Leg { slot: u32, generation: u32 },
    Recording(RecordingKey),
}

/// All legs, rooms and recordings of one media worker. See the module's text for how it is driven.
pub struct Engine {
    config: EngineConfig,
    ntp: NtpClock,
    random: ChaCha12Rng,
    /// Made with the first WebRTC leg.
    identity: Option<Identity>,
    legs: LegTable<Leg>,
    by_key: HashMap<LegKey, LegIndex>,
    /// Where plain legs on the shared port send their RTP from.
    by_address: HashMap<SocketAddr, LegIndex>,
    /// The same for RTCP that is not multiplexed.
    by_rtcp_address: HashMap<SocketAddr, LegIndex>,
    by_own_socket: HashMap<SocketId, LegIndex>,
    /// Remote addresses of WebRTC legs that proved themselves.
    by_peer: HashMap<SocketAddr, LegIndex>,
    by_ufrag: HashMap<String, LegIndex>,
    rooms: HashMap<RoomKey, Room>,
    recordings: HashMap<RecordingKey, Recording>,
    wheel: Wheel<Paced>,
    due: Vec<(Turn, Paced)>,
    timers: BinaryHeap<Reverse<(Instant, Timer)>>,
    batch: TransmitBatch,
    events: VecDeque<MediaEvent>,
    writes: VecDeque<RecordingWrite>,
    counters: Counters,
    mixer: Mixer,
    /// Frames of one room's members, while it is mixed.
    voices: Vec<[i16; 320]>,
}

impl Engine {
    pub fn new(config: EngineConfig, now: Instant) -> Self {
        Self {
            ntp: NtpClock::new(now, config.unix_time),
            random: ChaCha12Rng::from_seed(config.seed),
            identity: None,
            legs: LegTable::default(),
            by_key: HashMap::new(),
            by_address: HashMap::new(),
            by_rtcp_address: HashMap::new(),
            by_own_socket: HashMap::new(),
            by_peer: HashMap::new(),
            by_ufrag: HashMap::new(),
            rooms: HashMap::new(),
            recordings: HashMap::new(),
            wheel: Wheel::new(now),
            due: Vec::new(),
            timers: BinaryHeap::new(),
            batch: TransmitBatch::default(),
            events: VecDeque::new(),
            writes: VecDeque::new(),
            counters: Counters::default(),
            mixer: Mixer::default(),
            voices: Vec::new(),
            config,
        }
    }

    /// Everything that wants to leave, in order. Send it, then call [`Engine::clear_transmits`].
    pub fn transmits(&self) -> &TransmitBatch {
        &self.batch
    }

    /// Forgets the batch just sent; its memory is kept.
    pub fn clear_transmits(&mut self) {
        self.batch.clear();
    }

    pub fn poll_event(&mut self) -> Option<MediaEvent> {
        self.events.pop_front()
    }

    pub fn poll_recording(&mut self) -> Option<RecordingWrite> {
        self.writes.pop_front()
    }

    /// The next moment at which [`Engine::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let timer = self.timers.peek().map(|Reverse((at, _))| *at);
        timer.into_iter().chain(self.wheel.poll_timeout()).min()
    }

    pub fn counters(&self) -> Counters {
        self.counters
    }

    /// Legs alive.
    pub fn len(&self) -> usize {
        self.by_key.len()
    }

    pub fn is_empty(&self) -> bool {
        self.by_key.is_empty()
    }

    /// What we send to this leg; `None` while that is not agreed on.
    pub fn leg_codec(&self, leg: LegKey) -> Option<Codec> {
        let leg = self.legs.get(*self.by_key.get(&leg)?)?;
        leg.voice.as_ref().map(|voice| voice.send.codec)
    }

    fn tell(&mut self, event: MediaEvent) {
        if self.events.len() < MAX_EVENTS {
            self.events.push_back(event);
        } else {
            self.counters.events_dropped += 1;
        }
    }

    fn index(&self, leg: LegKey) -> Result<LegIndex, MediaError> {
        self.by_key.get(&leg).copied().ok_or(MediaError::UnknownLeg)
    }

    /// Random letters for ICE, from the alphabet of RFC 8839 §5.4.
    fn random_text(&mut self, length: usize) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
        (0..length).map(|_| char::from(LETTERS[(self.random.next_u32() % 64) as usize])).collect()
    }
}
