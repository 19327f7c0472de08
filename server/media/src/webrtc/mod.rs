//! A WebRTC leg: ICE-lite, DTLS-SRTP, one audio codec; and SRTP for plain legs. The only room that names `rtc`.
//!
//! What we know about `rtc` 0.21 and therefore do ourselves:
//! * It creates SRTP state for every SSRC before authentication and never forgets it: [`Gate`] lets few SSRCs in.
//! * Its round-trip time is always zero and its loss comes from receiver reports only: none of its report interceptors
//!   runs; our reports are written by the engine, theirs are handed to the engine as they came ([`reports`]).
//! * As DTLS client an answerer waits a round trip longer: the answer always takes the server's role.
//! * Its default media engine offers video: only the one codec chosen, and telephone-event, are registered. The far end
//!   then has no choice to make, which is how a G.711 trunk call reaches the agent without transcoding.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::{Bytes, BytesMut};
use rtc::crypto::{RTCCryptoProvider, SignatureScheme, default_provider};
use rtc::ice::mdns::MulticastDnsMode;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::certificate::RTCCertificate;
use rtc::peer_connection::configuration::RTCConfigurationBuilder;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{
    CandidateConfig, CandidateHostConfig, RTCDtlsRole, RTCDtlsTransportState, RTCIceCandidate, RTCIceCandidateInit,
};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{
    RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
};
use rtc::sansio::Protocol;
use rtc::shared::error::Error as RtcError;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use crate::codec::Codec;
use crate::rtp::{Header, Kind, classify};
use crate::sdp::Voice;

#[cfg(test)]
pub(crate) mod offerer;
mod reports;
mod srtp;
mod stun;

pub(crate) use srtp::Srtp;
pub(crate) use stun::{is_binding_success, local_ufrag};

/// SSRCs one far end may use in the life of a session: one for audio, spares for a restart of its sender.
const MAX_SSRCS: usize = 3;

/// The parts of a session that all sessions of an engine share: the key and certificate of our end of DTLS.
pub(crate) struct Identity {
    provider: Arc<dyn RTCCryptoProvider>,
    certificate: RTCCertificate,
}

impl Identity {
    /// Makes a fresh P-256 key. This and the DTLS handshake take randomness from the crypto library itself.
    pub(crate) fn generate() -> Result<Self, RtcFault> {
        let provider = default_provider().map_err(|error| RtcFault(error.to_string()))?;
        let parameters = rcgen::CertificateParams::default();
        let scheme = SignatureScheme::EcdsaP256Sha256;
        let certificate = RTCCertificate::generate(provider.crypto(), scheme, parameters)?;
        Ok(Self { provider, certificate })
    }
}

/// What `rtc` refused, in its words.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct RtcFault(String);

impl From<RtcError> for RtcFault {
    fn from(error: RtcError) -> Self {
        Self(error.to_string())
    }
}

/// How a session is set up.
pub(crate) struct Setup<'a> {
    /// The host candidate.
    pub candidate: SocketAddr,
    pub ufrag: &'a str,
    pub password: &'a str,
    pub ssrc: u32,
    /// Without any packet for this long ICE gives up.
    pub silence_limit: Duration,
}

/// What came out of a session.
pub(crate) enum Inbound {
    Rtp {
        header: Header,
        payload: Bytes,
    },
    /// A compound packet, decrypted.
    Rtcp(BytesMut),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    Up,
    Gone,
}

/// One peer connection.
pub(crate) struct Session {
    pc: RTCPeerConnection,
    candidate: SocketAddr,
    sender: RTCRtpSenderId,
    gate: Gate,
    state: State,
}

/// ```text
///  Connecting ──► Up ──► Gone
///       └─────────────────▲
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Connecting,
    Up,
    /// Told once.
    Gone,
}

impl Session {
    /// Answers `offer`, whose audio line has been judged already: `voice` is what we chose of it.
    pub(crate) fn answer(
        now: Instant,
        offer: &str,
        voice: &Voice,
        identity: &Identity,
        setup: &Setup<'_>,
    ) -> Result<(Self, String), RtcFault> {
        let settings = SettingEngineBuilder::new()
            .with_crypto_provider(identity.provider.clone())
            .with_lite(true)
            .with_answering_dtls_role(RTCDtlsRole::Server)
            .with_ice_credentials(setup.ufrag.to_owned(), setup.password.to_owned())
            .with_include_loopback_candidate(true)
            // A lite agent contacts nobody: their candidates need no resolving, least of all by multicast.
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .with_ice_timeouts(
                Some(setup.silence_limit / 2),
                Some(setup.silence_limit / 2),
                Some(Duration::from_secs(2)),
            )
            .build();
        let mut pc = RTCPeerConnectionBuilder::new()
            .with_configuration(
                RTCConfigurationBuilder::new().with_certificates(vec![identity.certificate.clone()]).build(),
            )
            .with_media_engine(media_engine(voice)?)
            .with_setting_engine(settings)
            .with_interceptor_registry(reports::registry())
            .build(now)?;
        pc.set_remote_description(now, RTCSessionDescription::offer(narrowed(offer, voice))?)?;
        let sender = pc.add_track(track(rtp_codec(voice.send.codec), setup.ssrc))?;
        pc.add_local_candidate(host_candidate(setup.candidate)?)?;
        pc.add_local_candidate(RTCIceCandidateInit::default())?;
        let answer = pc.create_answer(None)?;
        pc.set_local_description(now, answer)?;
        let text = pc.local_description().ok_or_else(|| RtcFault("no local description".to_owned()))?.sdp;
        let gate = Gate { ssrcs: declared_ssrcs(offer) };
        Ok((Self { pc, candidate: setup.candidate, sender, gate, state: State::Connecting }, text))
    }

    /// Answers a re-offer of the same far end, for example an ICE restart after it changed networks. Our ICE credentials
    /// stay as they are, and so does what is said; DTLS goes on over the new path.
    pub(crate) fn answer_again(&mut self, now: Instant, offer: &str, voice: &Voice) -> Result<String, RtcFault> {
        self.pc.set_remote_description(now, RTCSessionDescription::offer(narrowed(offer, voice))?)?;
        let answer = self.pc.create_answer(None)?;
        self.pc.set_local_description(now, answer)?;
        Ok(self.pc.local_description().ok_or_else(|| RtcFault("no local description".to_owned()))?.sdp)
    }

    /// Feeds one datagram. `false`: it was dropped at the gate.
    pub(crate) fn handle_datagram(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) -> bool {
        if !self.gate.admits(bytes) {
            return false;
        }
        let transport = TransportContext {
            local_addr: self.candidate,
            peer_addr: from,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        // What `rtc` cannot read is nobody's fault but the sender's; the session goes on.
        let _ = self.pc.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(bytes) });
        true
    }

    pub(crate) fn next_inbound(&mut self) -> Option<Inbound> {
        loop {
            match self.pc.poll_read()?.message {
                RTCMessage::RtpPacket(_, packet) => {
                    let header = Header {
                        marker: packet.header.marker,
                        payload_type: packet.header.payload_type,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: packet.header.ssrc,
                    };
                    return Some(Inbound::Rtp { header, payload: packet.payload });
                }
                RTCMessage::RtcpPacket(_, packets) => {
                    if let Ok(bytes) = rtc::rtcp::packet::marshal(&packets) {
                        return Some(Inbound::Rtcp(bytes));
                    }
                }
                _ => {}
            }
        }
    }

    pub(crate) fn next_event(&mut self) -> Option<SessionEvent> {
        while let Some(event) = self.pc.poll_event() {
            let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event else { continue };
            match state {
                RTCPeerConnectionState::Connected if self.state == State::Connecting => {
                    self.state = State::Up;
                    return Some(SessionEvent::Up);
                }
                RTCPeerConnectionState::Failed | RTCPeerConnectionState::Closed => return self.gone(),
                _ => {}
            }
        }
        if self.state == State::Up && self.is_dtls_closed() { self.gone() } else { None }
    }

    fn gone(&mut self) -> Option<SessionEvent> {
        let first = self.state != State::Gone;
        self.state = State::Gone;
        first.then_some(SessionEvent::Gone)
    }

    /// The far end's close_notify shows here and in no event.
    fn is_dtls_closed(&mut self) -> bool {
        let sender = self.pc.rtp_sender(self.sender);
        let state = sender.and_then(|sender| sender.transport().map(|transport| transport.state()));
        matches!(state, Some(RTCDtlsTransportState::Closed | RTCDtlsTransportState::Failed))
    }

    pub(crate) fn send_rtp(&mut self, now: Instant, header: &Header, payload: &[u8]) {
        let header = rtc::rtp::Header {
            version: 2,
            marker: header.marker,
            payload_type: header.payload_type,
            sequence_number: header.sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            ..Default::default()
        };
        let packet = rtc::rtp::Packet { header, payload: Bytes::copy_from_slice(payload) };
        self.write(now, RTCMessage::RtpPacket(String::new(), packet));
    }

    pub(crate) fn send_rtcp(&mut self, now: Instant, compound: &[u8]) {
        if let Ok(packets) = rtc::rtcp::packet::unmarshal(&mut Bytes::copy_from_slice(compound)) {
            self.write(now, RTCMessage::RtcpPacket(String::new(), packets));
        }
    }

    /// Hands out everything that wants to leave.
    pub(crate) fn drain(&mut self, mut send: impl FnMut(SocketAddr, &[u8])) {
        while let Some(packet) = self.pc.poll_write() {
            send(packet.transport.peer_addr, &packet.message);
        }
    }

    pub(crate) fn handle_timeout(&mut self, now: Instant) {
        let _ = self.pc.handle_timeout(now);
    }

    pub(crate) fn poll_timeout(&mut self) -> Option<Instant> {
        self.pc.poll_timeout()
    }

    /// Says goodbye (DTLS close_notify); drain afterwards.
    pub(crate) fn close(&mut self) {
        let _ = self.pc.close();
    }

    /// Before DTLS is done RTP would be dropped inside.
    fn write(&mut self, now: Instant, message: RTCMessage) {
        if self.state == State::Up {
            let _ = self.pc.handle_write(TaggedRTCMessage { now, message });
        }
    }
}

/// The SSRCs a far end may use: those its offer declares, and as many others as there is room for.
struct Gate {
    ssrcs: Vec<u32>,
}

impl Gate {
    fn admits(&mut self, bytes: &[u8]) -> bool {
        let at = match classify(bytes) {
            Kind::Stun | Kind::Dtls => return true,
            Kind::Rtp => 8,
            Kind::Rtcp => 4,
            Kind::Other => return false,
        };
        let Some(ssrc) = bytes.get(at..at + 4).and_then(|word| word.try_into().ok()).map(u32::from_be_bytes) else {
            return false;
        };
        if self.ssrcs.contains(&ssrc) {
            return true;
        }
        let room = self.ssrcs.len() < MAX_SSRCS;
        if room {
            self.ssrcs.push(ssrc);
        }
        room
    }
}

/// The offer without the payload types that we did not choose. `rtc` matches telephone-event without looking at its clock
/// rate and would answer the wrong one.
fn narrowed(offer: &str, voice: &Voice) -> String {
    let event = voice.send_event.map(|event| event.payload_type);
    let keeps = |number: &str| {
        let number = number.parse().ok();
        number.is_some_and(|number| number == voice.send.payload_type || Some(number) == event)
    };
    let mut text = String::with_capacity(offer.len());
    let mut in_audio = false;
    for line in offer.lines() {
        if line.starts_with("m=") {
            in_audio = line.starts_with("m=audio ");
        }
        let of_format = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"].iter().find_map(|name| line.strip_prefix(name));
        if in_audio && line.starts_with("m=") {
            let kept: Vec<&str> =
                line.split(' ').enumerate().filter(|(at, word)| *at < 3 || keeps(word)).map(|(_, word)| word).collect();
            text.push_str(&kept.join(" "));
        } else if in_audio && of_format.is_some_and(|rest| !keeps(rest.split(' ').next().unwrap_or(rest))) {
            continue;
        } else {
            text.push_str(line);
        }
        text.push_str("\r\n");
    }
    text
}

/// The first SSRCs that `a=ssrc:` lines name (RFC 5576).
fn declared_ssrcs(offer: &str) -> Vec<u32> {
    let mut ssrcs = Vec::new();
    for line in offer.lines().filter_map(|line| line.strip_prefix("a=ssrc:")) {
        let Some(ssrc) = line.split(' ').next().and_then(|word| word.parse().ok()) else { continue };
        if !ssrcs.contains(&ssrc) && ssrcs.len() + 1 < MAX_SSRCS {
            ssrcs.push(ssrc);
        }
    }
    ssrcs
}

fn media_engine(voice: &Voice) -> Result<MediaEngine, RtcFault> {
    let mut engine = MediaEngine::default();
    let codec = RTCRtpCodecParameters { rtp_codec: rtp_codec(voice.send.codec), payload_type: voice.send.payload_type };
    engine.register_codec(codec, RtpCodecKind::Audio)?;
    if let Some(event) = voice.send_event {
        let rtp_codec = RTCRtpCodec {
            mime_type: "audio/telephone-event".to_owned(),
            clock_rate: event.clock_rate,
            channels: 0,
            sdp_fmtp_line: String::new(),
            rtcp_feedback: Vec::new(),
        };
        engine.register_codec(
            RTCRtpCodecParameters { rtp_codec, payload_type: event.payload_type },
            RtpCodecKind::Audio,
        )?;
    }
    Ok(engine)
}

fn rtp_codec(codec: Codec) -> RTCRtpCodec {
    let opus = codec == Codec::Opus;
    RTCRtpCodec {
        mime_type: format!("audio/{}", codec.name()),
        clock_rate: codec.clock_rate(),
        channels: if opus { 2 } else { 0 },
        sdp_fmtp_line: if opus { "minptime=10;useinbandfec=1".to_owned() } else { String::new() },
        rtcp_feedback: Vec::new(),
    }
}

fn track(codec: RTCRtpCodec, ssrc: u32) -> MediaStreamTrack {
    let encoding = RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        codec,
        ..Default::default()
    };
    let name = "audio".to_owned();
    MediaStreamTrack::new("call".to_owned(), name.clone(), name, RtpCodecKind::Audio, vec![encoding])
}

fn host_candidate(address: SocketAddr) -> Result<RTCIceCandidateInit, RtcFault> {
    let base_config = CandidateConfig {
        network: "udp".to_owned(),
        address: address.ip().to_string(),
        port: address.port(),
        component: 1,
        ..Default::default()
    };
    let candidate = CandidateHostConfig { base_config, ..Default::default() }.new_candidate_host()?;
    Ok(RTCIceCandidate::from(&candidate).to_json()?)
}
