//! For tests: a far end on the same `rtc`, full ICE, DTLS client, with the network in memory.
#![allow(clippy::unwrap_used)]

use std::net::SocketAddr;
use std::time::Instant;

use bytes::BytesMut;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use rtc::peer_connection::configuration::setting_engine::SettingEngineBuilder;
use rtc::peer_connection::event::RTCPeerConnectionEvent;
use rtc::peer_connection::message::{RTCMessage, TaggedRTCMessage};
use rtc::peer_connection::sdp::RTCSessionDescription;
use rtc::peer_connection::state::RTCPeerConnectionState;
use rtc::peer_connection::transport::{RTCDtlsTransportState, RTCIceCandidateInit};
use rtc::peer_connection::{RTCPeerConnection, RTCPeerConnectionBuilder};
use rtc::rtp_transceiver::RTCRtpSenderId;
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodecParameters, RtpCodecKind};
use rtc::sansio::Protocol;
use rtc::shared::{TaggedBytesMut, TransportContext, TransportProtocol};

use super::{host_candidate, rtp_codec, track};
use crate::codec::Codec;
use crate::rtp::Header;

pub(crate) struct Offerer {
    pc: RTCPeerConnection,
    sender: RTCRtpSenderId,
    pub at: SocketAddr,
    pub up: bool,
    /// Sound and key presses received, in order.
    pub heard: Vec<(Instant, Header, Vec<u8>)>,
    /// Compound RTCP received.
    pub reports: Vec<(Instant, Vec<u8>)>,
}

impl Offerer {
    /// Offers these codecs, in this order, and telephone-event.
    pub(crate) fn new(now: Instant, at: SocketAddr, ssrc: u32, codecs: &[Codec]) -> (Self, String) {
        let mut media = MediaEngine::default();
        for codec in codecs {
            let parameters =
                RTCRtpCodecParameters { rtp_codec: rtp_codec(*codec), payload_type: codec.default_payload_type() };
            media.register_codec(parameters, RtpCodecKind::Audio).unwrap();
        }
        let event = RTCRtpCodec {
            mime_type: "audio/telephone-event".to_owned(),
            clock_rate: 8_000,
            channels: 0,
            sdp_fmtp_line: String::new(),
            rtcp_feedback: Vec::new(),
        };
        let event = RTCRtpCodecParameters { rtp_codec: event, payload_type: 126 };
        media.register_codec(event, RtpCodecKind::Audio).unwrap();
        let settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(true)
            .with_discard_local_candidates_during_ice_restart(true)
            .build();
        let builder = RTCPeerConnectionBuilder::new()
            .with_media_engine(media)
            .with_setting_engine(settings)
            .with_interceptor_registry(super::reports::registry());
        let mut pc = builder.build(now).unwrap();
        // A track that names no codec offers all of them.
        let sender = pc.add_track(track(RTCRtpCodec::default(), ssrc)).unwrap();
        pc.add_local_candidate(host_candidate(at).unwrap()).unwrap();
        pc.add_local_candidate(RTCIceCandidateInit::default()).unwrap();
        let offer = pc.create_offer(None).unwrap();
        pc.set_local_description(now, offer).unwrap();
        let text = pc.local_description().unwrap().sdp;
        (Self { pc, sender, at, up: false, heard: Vec::new(), reports: Vec::new() }, text)
    }

    pub(crate) fn take_answer(&mut self, now: Instant, answer: &str) {
        let answer = RTCSessionDescription::answer(answer.to_owned()).unwrap();
        self.pc.set_remote_description(now, answer).unwrap();
    }

    pub(crate) fn receive(&mut self, now: Instant, from: SocketAddr, bytes: &[u8]) {
        let transport = TransportContext {
            local_addr: self.at,
            peer_addr: from,
            transport_protocol: TransportProtocol::UDP,
            ecn: None,
        };
        self.pc.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(bytes) }).unwrap();
        self.read(now);
    }

    pub(crate) fn send(&mut self, now: Instant, header: &Header, payload: &[u8]) {
        let header = rtc::rtp::Header {
            version: 2,
            marker: header.marker,
            payload_type: header.payload_type,
            sequence_number: header.sequence,
            timestamp: header.timestamp,
            ssrc: header.ssrc,
            ..Default::default()
        };
        let packet = rtc::rtp::Packet { header, payload: payload.to_vec().into() };
        self.pc.handle_write(TaggedRTCMessage { now, message: RTCMessage::RtpPacket(String::new(), packet) }).unwrap();
    }

    pub(crate) fn tick(&mut self, now: Instant) {
        if self.pc.poll_timeout().is_some_and(|at| at <= now) {
            self.pc.handle_timeout(now).unwrap();
        }
        self.read(now);
    }

    pub(crate) fn next_datagram(&mut self) -> Option<Vec<u8>> {
        self.pc.poll_write().map(|packet| packet.message.to_vec())
    }

    /// Sends a compound RTCP packet.
    pub(crate) fn report(&mut self, now: Instant, compound: &[u8]) {
        let packets = rtc::rtcp::packet::unmarshal(&mut bytes::Bytes::copy_from_slice(compound)).unwrap();
        self.pc
            .handle_write(TaggedRTCMessage { now, message: RTCMessage::RtcpPacket(String::new(), packets) })
            .unwrap();
    }

    /// The far end has a new address: an offer that restarts ICE from there.
    pub(crate) fn move_to(&mut self, now: Instant, at: SocketAddr) -> String {
        self.at = at;
        self.pc.restart_ice();
        let offer = self.pc.create_offer(None).unwrap();
        self.pc.set_local_description(now, offer).unwrap();
        self.pc.add_local_candidate(host_candidate(at).unwrap()).unwrap();
        self.pc.add_local_candidate(RTCIceCandidateInit::default()).unwrap();
        self.pc.local_description().unwrap().sdp
    }

    pub(crate) fn close(&mut self) {
        self.pc.close().unwrap();
    }

    fn read(&mut self, now: Instant) {
        while let Some(event) = self.pc.poll_event() {
            if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                self.up = state == RTCPeerConnectionState::Connected;
            }
        }
        let sender = self.pc.rtp_sender(self.sender);
        let dtls = sender.and_then(|sender| sender.transport().map(|transport| transport.state()));
        self.up &= dtls == Some(RTCDtlsTransportState::Connected);
        while let Some(message) = self.pc.poll_read() {
            match message.message {
                RTCMessage::RtpPacket(_, packet) => {
                    let header = Header {
                        marker: packet.header.marker,
                        payload_type: packet.header.payload_type,
                        sequence: packet.header.sequence_number,
                        timestamp: packet.header.timestamp,
                        ssrc: packet.header.ssrc,
                    };
                    self.heard.push((now, header, packet.payload.to_vec()));
                }
                RTCMessage::RtcpPacket(_, packets) => {
                    self.reports.push((now, rtc::rtcp::packet::marshal(&packets).unwrap().to_vec()));
                }
                _ => {}
            }
        }
    }
}
