//! One leg: a far end, what was agreed with it, the stream we send it, and what it is doing.
//!
//! An idle or plainly relayed leg owns no decoder, encoder or jitter buffer; those are made when they are needed and
//! dropped when they are not, so that a bridged call costs a few kilobytes.

use std::net::SocketAddr;
use std::time::Instant;

use crate::codec::Codec;
use crate::dtmf::{EventReceiver, ToneDetector};
use crate::engine::{LegKey, PlaybackKey, RecordingKey, RoomKey, SocketId, TransmitBatch};
use crate::player::Playback;
use crate::quality::LegStats;
use crate::recorder::Channel;
use crate::rtp::{Header, Packet};
use crate::sdp::{CodecPolicy, Direction, EventPayload, Local, Payload, Voice};
use crate::webrtc::{Session, Srtp};

pub(crate) use ear::Ear;
pub(crate) use keys::{KeyFrame, KeysOut};
pub(crate) use pipe::Pipe;
pub(crate) use source::{Sighting, Source, Verdict};
pub(crate) use stream::{OutStream, Stamp};

mod ear;
mod keys;
mod pipe;
mod source;
mod stream;

/// Where a leg stands in the engine's table; the generation tells a reused place from the old leg.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct LegIndex {
    pub slot: u32,
    pub generation: u32,
}

/// ```text
///  Connecting ──► Up ──► Lost
///       └─────────────────▲
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nobody to send to yet.
    Connecting,
    Up,
    /// Told once; media that comes again is used, but the leg is not called up again.
    Lost,
}

/// How bytes reach the far end.
pub(crate) enum Link {
    Rtp(Box<RtpLink>),
    Webrtc(Box<WebrtcLink>),
}

/// A plain RTP leg's side of its socket.
pub(crate) struct RtpLink {
    pub socket: SocketId,
    /// The socket belongs to this leg alone.
    pub own_socket: bool,
    pub local: Local,
    pub source: Source,
    /// From their latest SDP.
    pub announced: Option<Announced>,
    pub policy: CodecPolicy,
    /// Protects media, where that was agreed on.
    pub srtp: Option<Box<Srtp>>,
    /// Our latest offer, until they make one: its answer may come, and come again.
    pub pending: Option<Box<PendingOffer>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Announced {
    pub rtp: SocketAddr,
    pub rtcp: SocketAddr,
    pub mux: bool,
}

pub(crate) struct PendingOffer {
    pub payloads: Vec<Payload>,
    pub events: Vec<EventPayload>,
    pub direction: Direction,
}

impl RtpLink {
    /// Where RTP goes: the locked source, else what the SDP announced.
    pub(crate) fn target(&self) -> Option<SocketAddr> {
        let announced = self.announced.map(|announced| announced.rtp).filter(is_sendable);
        self.source.locked().or(announced)
    }

    /// Where RTCP goes (RFC 5761 §5.1.1 when multiplexed, else the next port).
    pub(crate) fn rtcp_target(&self) -> Option<SocketAddr> {
        let target = self.target()?;
        match self.announced {
            Some(announced) if announced.mux => Some(target),
            Some(announced) if announced.rtp == target => Some(announced.rtcp),
            _ => Some(SocketAddr::new(target.ip(), target.port().checked_add(1)?)),
        }
    }
}

fn is_sendable(address: &SocketAddr) -> bool {
    !address.ip().is_unspecified() && address.port() != 0
}

/// A WebRTC leg's side of the shared port.
pub(crate) struct WebrtcLink {
    pub socket: SocketId,
    pub session: Session,
    pub ufrag: String,
    /// Addresses that proved themselves by a binding request; the newest last.
    pub addresses: Vec<SocketAddr>,
}

/// What the ear caught of one packet.
pub(crate) struct Overheard<'a> {
    /// On the sender's clock, in 8 kHz units.
    pub place: u64,
    /// 8 kHz.
    pub pcm: &'a [i16],
    pub digit: Option<char>,
}

/// A prompt being played to this leg.
pub(crate) struct Playing {
    pub key: PlaybackKey,
    pub playback: Playback,
}

pub(crate) struct Leg {
    pub key: LegKey,
    pub link: Link,
    pub phase: Phase,
    /// Agreed on; `None` while our first offer waits for its answer.
    pub voice: Option<Voice>,
    pub out: OutStream,
    pub stats: Box<LegStats>,
    /// Its sound is kept from the others in its room.
    pub muted: bool,
    pub room: Option<RoomKey>,
    /// The leg that gets our packets as they are.
    pub relay_to: Option<LegIndex>,
    /// What the far end sends at present.
    pub heard: Codec,
    /// When anything came last.
    pub heard_at: Instant,
    pub keys_in: Option<Box<EventReceiver>>,
    pub keys_out: Option<Box<KeysOut>>,
    pub playing: Option<Box<Playing>>,
    /// Decodes what is relayed untouched, for recorder and tone detection.
    pub ear: Option<Box<Ear>>,
    /// Hears tones in the sound, where the far end sends no events.
    pub tones: Option<Box<ToneDetector>>,
    /// Jitter buffer, decoder and encoder, while in a room that mixes.
    pub pipe: Option<Box<Pipe>>,
    pub tap: Option<(RecordingKey, Channel)>,
    /// On the pacing wheel.
    pub paced: bool,
    /// The earliest entry of this leg in the timer queue.
    pub wake_at: Option<Instant>,
}

impl Leg {
    pub(crate) fn is_sending(&self) -> bool {
        self.phase != Phase::Connecting && self.voice.as_ref().is_some_and(|voice| voice.direction.sends())
    }

    /// The far end should be sending something.
    pub(crate) fn is_expecting(&self) -> bool {
        self.voice.as_ref().is_some_and(|voice| voice.direction.receives())
    }

    /// What a payload type of the far end means.
    pub(crate) fn codec_of(&self, payload_type: u8) -> Option<Codec> {
        let receive = &self.voice.as_ref()?.receive;
        receive.iter().find(|payload| payload.payload_type == payload_type).map(|payload| payload.codec)
    }

    pub(crate) fn event_of(&self, payload_type: u8) -> Option<EventPayload> {
        let events = &self.voice.as_ref()?.receive_events;
        events.iter().find(|event| event.payload_type == payload_type).copied()
    }

    /// Someone else's sound may go to this leg now: no prompt and no key presses of ours are in the way.
    pub(crate) fn is_free_for_room(&self) -> bool {
        self.playing.is_none() && self.keys_out.is_none() && self.is_sending()
    }

    /// Sends one packet of sound or key press.
    pub(crate) fn send(
        &mut self,
        now: Instant,
        batch: &mut TransmitBatch,
        payload_type: u8,
        stamp: Stamp,
        payload: &[u8],
    ) {
        let header = Header {
            marker: stamp.marker,
            payload_type,
            sequence: stamp.seq,
            timestamp: stamp.timestamp,
            ssrc: self.out.ssrc,
        };
        match &mut self.link {
            Link::Rtp(link) => {
                let Some(target) = link.target() else { return };
                let Some(srtp) = &mut link.srtp else {
                    batch.push(link.socket, target, |arena| {
                        arena.extend_from_slice(&header.to_bytes());
                        arena.extend_from_slice(payload);
                    });
                    self.stats.sent(stamp.timestamp, payload.len());
                    return;
                };
                let Some(bytes) = srtp.protect(&[&header.to_bytes(), payload].concat()) else { return };
                batch.push(link.socket, target, |arena| arena.extend_from_slice(&bytes));
            }
            Link::Webrtc(link) => {
                link.session.send_rtp(now, &header, payload);
                let socket = link.socket;
                link.session.drain(|to, bytes| {
                    batch.push(socket, to, |arena| arena.extend_from_slice(bytes));
                });
            }
        }
        self.stats.sent(stamp.timestamp, payload.len());
    }

    /// Sends a frame made here, 20 ms of `payload`.
    pub(crate) fn send_frame(&mut self, now: Instant, batch: &mut TransmitBatch, payload: &[u8]) {
        let Some(voice) = &self.voice else { return };
        let (payload_type, units) = (voice.send.payload_type, voice.send.codec.timestamp_units(20));
        let stamp = self.out.frame(now, units);
        self.send(now, batch, payload_type, stamp, payload);
    }

    /// Sends a compound RTCP packet.
    pub(crate) fn send_rtcp(&mut self, now: Instant, batch: &mut TransmitBatch, compound: &[u8]) {
        match &mut self.link {
            Link::Rtp(link) => {
                let Some(target) = link.rtcp_target() else { return };
                let protected = link.srtp.as_mut().map(|srtp| srtp.protect(compound));
                let bytes: &[u8] = match &protected {
                    None => compound,
                    Some(Some(bytes)) => bytes,
                    Some(None) => return,
                };
                batch.push(link.socket, target, |arena| arena.extend_from_slice(bytes));
            }
            Link::Webrtc(link) => {
                link.session.send_rtcp(now, compound);
                let socket = link.socket;
                link.session.drain(|to, bytes| {
                    batch.push(socket, to, |arena| arena.extend_from_slice(bytes));
                });
            }
        }
    }

    /// In-band tones are listened for where the far end cannot send events.
    pub(crate) fn wants_tones(&self) -> bool {
        self.voice.as_ref().is_some_and(|voice| voice.receive_events.is_empty())
    }

    /// Decodes a packet that is relayed untouched, for the recorder and the tone detector.
    pub(crate) fn listen<'a>(&'a mut self, packet: &Packet<'_>) -> Option<Overheard<'a>> {
        let (heard, wants_tones) = (self.heard, self.wants_tones());
        if self.ear.as_ref().is_none_or(|ear| ear.codec() != heard) {
            self.ear = Some(Box::new(Ear::new(heard)?));
        }
        let ear = self.ear.as_mut()?;
        let (place, pcm) = ear.listen(packet)?;
        let tones = wants_tones.then(|| self.tones.get_or_insert_with(|| Box::new(ToneDetector::new())));
        let digit = tones.and_then(|tones| tones.process(pcm));
        Some(Overheard { place, pcm, digit })
    }

    /// Looks for tones in a frame of a mixed room, 8 or 16 kHz.
    pub(crate) fn overhear(&mut self, frame: &[i16]) -> Option<char> {
        if !self.wants_tones() {
            return None;
        }
        let tones = self.tones.get_or_insert_with(|| Box::new(ToneDetector::new()));
        if frame.len() == 160 {
            return tones.process(frame);
        }
        // Every second sample: what folds back lies above the tones, which end at 1,633 Hz.
        let mut narrow = [0; 160];
        for (narrow, pair) in narrow.iter_mut().zip(frame.chunks_exact(2)) {
            *narrow = ((i32::from(pair[0]) + i32::from(pair[1])) / 2) as i16;
        }
        tones.process(&narrow)
    }
}
