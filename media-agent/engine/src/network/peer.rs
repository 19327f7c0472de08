//! The WebRTC connection of one leg: with `reports` and `sound` the only files that name the engine. Audio only, host
//! candidates only, one offer without trickle.

use super::reports::{ReportTap, SharedStats};
use async_trait::async_trait;
use rtc::{
    ice::mdns::MulticastDnsMode,
    interceptor::Slot,
    media_stream::MediaStreamTrack,
    peer_connection::configuration::media_engine::MIME_TYPE_TELEPHONE_EVENT,
    rtp,
    rtp_transceiver::{
        RTCRtpTransceiverDirection, RTCRtpTransceiverInit,
        rtp_sender::{
            RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
        },
    },
};
use std::{
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};
use twinline_media::codec::Codec;
use webrtc::{
    media_stream::{
        track_local::{TrackLocal, static_rtp::TrackLocalStaticRTP},
        track_remote::{TrackRemote, TrackRemoteEvent},
    },
    peer_connection::{
        MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceGatheringState,
        RTCPeerConnectionState, RTCSessionDescription, Registry, SettingEngineBuilder, configure_rtcp_reports,
    },
};

const GATHER_LIMIT: Duration = Duration::from_secs(3);
/// Codecs in the order that we offer them; the server picks.
pub const OFFERED: [Codec; 4] = [Codec::Pcmu, Codec::Pcma, Codec::Opus, Codec::G722];
/// Payload type of RFC 4733 events that we offer.
pub const TELEPHONE_EVENT: u8 = 101;

/// What happens on the connection.
pub enum PeerEvent {
    Packet(rtp::Packet),
    Connected,
    /// Interrupted; may come back.
    Disconnected,
    Failed,
}

#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    #[error("the media engine refused: {0}")]
    Engine(#[from] webrtc::error::Error),
    #[error("no local address was found for audio within {} s", GATHER_LIMIT.as_secs())]
    Gathering,
}

/// One connection. Closed when dropped through [`Peer::close`].
pub struct Peer {
    connection: Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
}

impl Peer {
    /// Builds the connection and its offer. `server` decides which local addresses are offered.
    pub async fn offer(
        server: Option<IpAddr>,
        ssrc: u32,
        stats: SharedStats,
        events: mpsc::Sender<PeerEvent>,
    ) -> Result<(Self, String), PeerError> {
        let (gathered, mut gathering) = mpsc::channel(1);
        let handler = Arc::new(Handler { events, gathered });
        let mut engine = MediaEngine::default();
        for codec in offered_codecs() {
            engine.register_codec(codec, RtpCodecKind::Audio)?;
        }
        let registry = configure_rtcp_reports(Registry::new()).with(Slot::Custom(50_000), ReportTap::new(stats));
        let loopback = server.is_some_and(|ip| ip.is_loopback());
        let settings = SettingEngineBuilder::new()
            .with_include_loopback_candidate(loopback)
            .with_multicast_dns_mode(MulticastDnsMode::Disabled)
            .build();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_setting_engine(settings)
            .with_interceptor_registry(registry)
            .with_handler(handler)
            .with_udp_addrs(vec![local_address(server)])
            .build()
            .await?;
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let track = Arc::new(TrackLocalStaticRTP::new(local_track(ssrc)));
        let init = RTCRtpTransceiverInit {
            direction: RTCRtpTransceiverDirection::Sendrecv,
            streams: vec!["twinline".to_owned()],
            send_encodings: vec![encoding(ssrc)],
        };
        let transceiver =
            connection.add_transceiver_from_track(track.clone() as Arc<dyn TrackLocal>, Some(init)).await?;
        // The track's encoding names one codec and would be the only one offered.
        transceiver.set_codec_preferences(offered_codecs()).await?;
        let offer = connection.create_offer(None).await?;
        connection.set_local_description(offer).await?;
        let _ = timeout(GATHER_LIMIT, gathering.recv()).await;
        let offer = connection.local_description().await.ok_or(PeerError::Gathering)?;
        if !offer.sdp.contains("a=candidate:") {
            return Err(PeerError::Gathering);
        }
        Ok((Self { connection, track }, offer.sdp))
    }

    pub async fn answer(&self, sdp: String) -> Result<(), PeerError> {
        let answer = RTCSessionDescription::answer(sdp)?;
        self.connection.set_remote_description(answer).await?;
        Ok(())
    }

    pub async fn send(&self, packet: rtp::Packet) -> Result<(), PeerError> {
        self.track.write_rtp(packet).await?;
        Ok(())
    }

    pub async fn close(self) {
        let _ = timeout(Duration::from_secs(1), self.connection.close()).await;
    }
}

struct Handler {
    events: mpsc::Sender<PeerEvent>,
    gathered: mpsc::Sender<()>,
}

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.gathered.try_send(());
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        let event = match state {
            RTCPeerConnectionState::Connected => PeerEvent::Connected,
            RTCPeerConnectionState::Disconnected => PeerEvent::Disconnected,
            RTCPeerConnectionState::Failed => PeerEvent::Failed,
            _ => return,
        };
        let _ = self.events.send(event).await;
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let events = self.events.clone();
        tokio::spawn(async move {
            while let Some(event) = track.poll().await {
                match event {
                    TrackRemoteEvent::OnRtpPacket(packet) => {
                        if events.send(PeerEvent::Packet(packet)).await.is_err() {
                            return;
                        }
                    }
                    TrackRemoteEvent::OnEnded => return,
                    _ => {}
                }
            }
        });
    }
}

/// All interfaces, or loopback alone where the server is this computer.
fn local_address(server: Option<IpAddr>) -> SocketAddr {
    match server {
        Some(IpAddr::V4(ip)) if ip.is_loopback() => ([127, 0, 0, 1], 0).into(),
        Some(IpAddr::V6(ip)) if ip.is_loopback() => (std::net::Ipv6Addr::LOCALHOST, 0).into(),
        Some(IpAddr::V6(_)) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
        _ => ([0, 0, 0, 0], 0).into(),
    }
}

fn rtc_codec(codec: Codec) -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: format!("audio/{}", codec.name()),
        clock_rate: codec.clock_rate(),
        channels: if codec == Codec::Opus { 2 } else { 0 },
        sdp_fmtp_line: codec.fmtp().unwrap_or_default().to_owned(),
        rtcp_feedback: vec![],
    }
}

fn offered_codecs() -> Vec<RTCRtpCodecParameters> {
    let sound = OFFERED.iter().map(|&codec| RTCRtpCodecParameters {
        rtp_codec: rtc_codec(codec),
        payload_type: codec.default_payload_type(),
    });
    let digits = RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_TELEPHONE_EVENT.to_owned(),
            clock_rate: 8_000,
            channels: 0,
            sdp_fmtp_line: "0-15".to_owned(),
            rtcp_feedback: vec![],
        },
        payload_type: TELEPHONE_EVENT,
    };
    sound.chain([digits]).collect()
}

fn encoding(ssrc: u32) -> RTCRtpEncodingParameters {
    RTCRtpEncodingParameters {
        rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(ssrc), ..Default::default() },
        active: true,
        codec: rtc_codec(Codec::Pcmu),
        ..Default::default()
    }
}

fn local_track(ssrc: u32) -> MediaStreamTrack {
    MediaStreamTrack::new(
        "twinline".to_owned(),
        "microphone".to_owned(),
        "microphone".to_owned(),
        RtpCodecKind::Audio,
        vec![encoding(ssrc)],
    )
}
