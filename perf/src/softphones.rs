//! The sound of media agents: WebRTC sessions that offer PCMU, as many as wanted on one socket, each at a loopback
//! address of its own. Full ICE, DTLS-SRTP: what the server answers to is what an endpoint would do.

use crate::{
    datagrams::{BATCH, Datagrams, Leaving, telephone},
    rtp::telephone_index,
};
use anyhow::{Context, Result};
use bytes::{Bytes, BytesMut};
use rtc::{
    media_stream::MediaStreamTrack,
    peer_connection::{
        RTCPeerConnection, RTCPeerConnectionBuilder,
        configuration::{media_engine::MediaEngine, setting_engine::SettingEngineBuilder},
        event::RTCPeerConnectionEvent,
        message::{RTCMessage, TaggedRTCMessage},
        sdp::RTCSessionDescription,
        state::RTCPeerConnectionState,
        transport::{CandidateConfig, CandidateHostConfig, RTCIceCandidate, RTCIceCandidateInit},
    },
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
    },
    sansio::Protocol,
    shared::{TaggedBytesMut, TransportContext, TransportProtocol},
};
use std::{
    collections::BTreeMap,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4},
    os::fd::AsRawFd,
    time::Instant,
};

struct Session {
    pc: RTCPeerConnection,
    at: SocketAddr,
    ssrc: u32,
    up: bool,
    sequence: u16,
}

pub struct Softphones {
    datagrams: Datagrams,
    block: u8,
    sessions: BTreeMap<usize, Session>,
    began: Instant,
    tick: u64,
    pub sent: u64,
    pub received: u64,
}

impl Softphones {
    pub fn new(block: u8) -> Result<Self> {
        let datagrams = Datagrams::bind(0)?;
        Ok(Self { datagrams, block, sessions: BTreeMap::new(), began: Instant::now(), tick: 0, sent: 0, received: 0 })
    }

    pub fn socket(&self) -> i32 {
        self.datagrams.as_raw_fd()
    }

    /// A new session's offer, host candidate inside.
    pub fn offer(&mut self, phone: usize) -> Result<String> {
        let now = Instant::now();
        let at = SocketAddr::V4(SocketAddrV4::new(telephone(self.block, phone), self.datagrams.port()));
        let mut media = MediaEngine::default();
        media.register_codec(RTCRtpCodecParameters { rtp_codec: pcmu(), payload_type: 0 }, RtpCodecKind::Audio)?;
        let settings = SettingEngineBuilder::new().with_include_loopback_candidate(true).build();
        let mut pc =
            RTCPeerConnectionBuilder::new().with_media_engine(media).with_setting_engine(settings).build(now)?;
        let ssrc = 0x5200_0000 + phone as u32;
        pc.add_track(track(ssrc))?;
        pc.add_local_candidate(candidate(at)?)?;
        pc.add_local_candidate(RTCIceCandidateInit::default())?;
        let offer = pc.create_offer(None)?;
        pc.set_local_description(now, offer)?;
        let text = pc.local_description().context("no description of our own")?.sdp;
        self.sessions.insert(phone, Session { pc, at, ssrc, up: false, sequence: 0 });
        Ok(text)
    }

    pub fn answer(&mut self, phone: usize, sdp: &str) -> Result<()> {
        let session = self.sessions.get_mut(&phone).context("an answer to no offer")?;
        session.pc.set_remote_description(Instant::now(), RTCSessionDescription::answer(sdp.to_owned())?)?;
        Ok(())
    }

    /// Takes and sends what is due; the sessions that came up.
    pub fn turn(&mut self) -> Result<Vec<usize>> {
        self.listen()?;
        let now = Instant::now();
        let tick = (self.began.elapsed().as_micros() / 1_000) as u64;
        self.tick = self.tick.max(tick.saturating_sub(100));
        while self.tick <= tick {
            self.speak(now, (self.tick % 20) as usize);
            self.tick += 1;
        }
        let mut risen = Vec::new();
        for (phone, session) in &mut self.sessions {
            if session.pc.poll_timeout().is_some_and(|at| at <= now) {
                session.pc.handle_timeout(now)?;
            }
            while let Some(event) = session.pc.poll_event() {
                if let RTCPeerConnectionEvent::OnConnectionStateChangeEvent(state) = event {
                    if state == RTCPeerConnectionState::Connected && !session.up {
                        session.up = true;
                        risen.push(*phone);
                    }
                }
            }
            while let Some(message) = session.pc.poll_read() {
                self.received += u64::from(matches!(message.message, RTCMessage::RtpPacket(..)));
            }
        }
        self.flush();
        Ok(risen)
    }

    fn listen(&mut self) -> Result<()> {
        let now = Instant::now();
        let (sessions, block) = (&mut self.sessions, self.block);
        loop {
            let taken = self.datagrams.receive(|arrived| {
                let session = telephone_index(block, arrived.to).and_then(|phone| sessions.get_mut(&phone));
                let Some(session) = session else { return };
                let transport = TransportContext {
                    local_addr: session.at,
                    peer_addr: arrived.from.into(),
                    transport_protocol: TransportProtocol::UDP,
                    ecn: None,
                };
                // What the session cannot read it may drop, as any telephone would.
                let _ =
                    session.pc.handle_read(TaggedBytesMut { now, transport, message: BytesMut::from(arrived.bytes) });
            })?;
            if taken < BATCH {
                return Ok(());
            }
        }
    }

    fn speak(&mut self, now: Instant, phase: usize) {
        for (_, session) in self.sessions.iter_mut().filter(|(phone, session)| session.up && **phone % 20 == phase) {
            let header = rtc::rtp::Header {
                version: 2,
                payload_type: 0,
                sequence_number: session.sequence,
                timestamp: u32::from(session.sequence) * 160,
                ssrc: session.ssrc,
                ..Default::default()
            };
            session.sequence = session.sequence.wrapping_add(1);
            let packet = rtc::rtp::Packet { header, payload: Bytes::from_static(&[0xFF; 160]) };
            let message = RTCMessage::RtpPacket(String::new(), packet);
            self.sent += u64::from(session.pc.handle_write(TaggedRTCMessage { now, message }).is_ok());
        }
    }

    fn flush(&mut self) {
        let mut packets: Vec<(Ipv4Addr, SocketAddrV4, BytesMut)> = Vec::new();
        for (phone, session) in &mut self.sessions {
            while let Some(packet) = session.pc.poll_write() {
                if let SocketAddr::V4(to) = packet.transport.peer_addr {
                    packets.push((telephone(self.block, *phone), to, packet.message));
                }
            }
        }
        for chunk in packets.chunks(BATCH) {
            let leaving: Vec<Leaving<'_>> =
                chunk.iter().map(|(from, to, bytes)| Leaving { from: *from, to: *to, bytes }).collect();
            self.datagrams.send(&leaving);
        }
    }
}

fn pcmu() -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: "audio/PCMU".to_owned(),
        clock_rate: 8_000,
        channels: 0,
        sdp_fmtp_line: String::new(),
        rtcp_feedback: Vec::new(),
    }
}

fn track(ssrc: u32) -> MediaStreamTrack {
    let rtp_coding_parameters = RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() };
    let encoding = RTCRtpEncodingParameters { rtp_coding_parameters, codec: pcmu(), ..Default::default() };
    let name = "microphone".to_owned();
    MediaStreamTrack::new("perf".to_owned(), name.clone(), name, RtpCodecKind::Audio, vec![encoding])
}

fn candidate(address: SocketAddr) -> Result<RTCIceCandidateInit> {
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
