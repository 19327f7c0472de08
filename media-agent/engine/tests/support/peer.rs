//! The far end of a leg: a WebRTC peer that answers with the one codec it was given, keeps what it hears as PCM, and
//! says a tone.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use async_trait::async_trait;
use rtc::{
    ice::mdns::MulticastDnsMode,
    media_stream::MediaStreamTrack,
    rtp,
    rtp_transceiver::rtp_sender::{
        RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind,
    },
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{interval, timeout},
};
use twinline_media::codec::{Codec, Decoder, Encoder, MAX_FRAME_BYTES, MAX_FRAME_SAMPLES, OpusSettings};
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

const SSRC: u32 = 4_242;

pub struct Peer {
    connection: Arc<dyn PeerConnection>,
    track: Arc<TrackLocalStaticRTP>,
    connected: mpsc::Receiver<()>,
    codec: Codec,
    heard: Arc<Mutex<Vec<i16>>>,
}

struct Handler {
    gathered: mpsc::Sender<()>,
    connected: mpsc::Sender<()>,
    codec: Codec,
    heard: Arc<Mutex<Vec<i16>>>,
}

#[async_trait]
impl PeerConnectionEventHandler for Handler {
    async fn on_ice_gathering_state_change(&self, state: RTCIceGatheringState) {
        if state == RTCIceGatheringState::Complete {
            let _ = self.gathered.try_send(());
        }
    }

    async fn on_connection_state_change(&self, state: RTCPeerConnectionState) {
        if state == RTCPeerConnectionState::Connected {
            let _ = self.connected.try_send(());
        }
    }

    async fn on_track(&self, track: Arc<dyn TrackRemote>) {
        let (codec, heard) = (self.codec, self.heard.clone());
        tokio::spawn(async move {
            let mut decoder = Decoder::new(codec, codec.sample_rate()).unwrap();
            let mut pcm = vec![0; MAX_FRAME_SAMPLES];
            while let Some(event) = track.poll().await {
                if let TrackRemoteEvent::OnRtpPacket(packet) = event {
                    let samples = decoder.decode(&packet.payload, &mut pcm).unwrap();
                    heard.lock().unwrap().extend_from_slice(&pcm[..samples]);
                }
            }
        });
    }
}

fn rtc_codec(codec: Codec) -> RTCRtpCodec {
    RTCRtpCodec {
        mime_type: format!("audio/{}", codec.name()),
        clock_rate: codec.clock_rate(),
        channels: if codec == Codec::Opus { 2 } else { 0 },
        sdp_fmtp_line: String::new(),
        rtcp_feedback: vec![],
    }
}

impl Peer {
    /// Answers an offer; returns the answer's SDP.
    pub async fn answer(offer: String, codec: Codec) -> (Self, String) {
        let (gathered, mut gathering) = mpsc::channel(1);
        let (connected, connected_in) = mpsc::channel(1);
        let heard: Arc<Mutex<Vec<i16>>> = Arc::default();
        let mut engine = MediaEngine::default();
        let parameters =
            RTCRtpCodecParameters { rtp_codec: rtc_codec(codec), payload_type: codec.default_payload_type() };
        engine.register_codec(parameters, RtpCodecKind::Audio).unwrap();
        let connection = PeerConnectionBuilder::new()
            .with_media_engine(engine)
            .with_setting_engine(
                SettingEngineBuilder::new()
                    .with_include_loopback_candidate(true)
                    .with_multicast_dns_mode(MulticastDnsMode::Disabled)
                    .build(),
            )
            .with_interceptor_registry(configure_rtcp_reports(Registry::new()))
            .with_handler(Arc::new(Handler { gathered, connected, codec, heard: heard.clone() }))
            .with_udp_addrs(vec!["127.0.0.1:0"])
            .build()
            .await
            .unwrap();
        let connection: Arc<dyn PeerConnection> = Arc::new(connection);
        let encoding = RTCRtpEncodingParameters {
            rtp_coding_parameters: RTCRtpCodingParameters { ssrc: Some(SSRC), ..Default::default() },
            active: true,
            codec: rtc_codec(codec),
            ..Default::default()
        };
        let track = Arc::new(TrackLocalStaticRTP::new(MediaStreamTrack::new(
            "peer".to_owned(),
            "sound".to_owned(),
            "sound".to_owned(),
            RtpCodecKind::Audio,
            vec![encoding],
        )));
        connection.set_remote_description(RTCSessionDescription::offer(offer).unwrap()).await.unwrap();
        connection.add_track(track.clone() as Arc<dyn TrackLocal>).await.unwrap();
        let answer = connection.create_answer(None).await.unwrap();
        connection.set_local_description(answer).await.unwrap();
        timeout(Duration::from_secs(5), gathering.recv()).await.unwrap();
        let sdp = connection.local_description().await.unwrap().sdp;
        (Self { connection, track, connected: connected_in, codec, heard }, sdp)
    }

    pub async fn connected(&mut self) {
        timeout(Duration::from_secs(15), self.connected.recv()).await.expect("the peer never connected");
    }

    /// Says a tone of `hz` for `time`, in real time.
    pub fn say(&self, hz: f64, time: Duration) -> tokio::task::JoinHandle<()> {
        let (track, codec) = (self.track.clone(), self.codec);
        tokio::spawn(async move {
            let settings = OpusSettings::fullband();
            let mut encoder = Encoder::new(codec, &settings).unwrap();
            let rate = encoder.sample_rate();
            let samples = (rate / 50) as usize;
            let mut payload = vec![0; MAX_FRAME_BYTES];
            let mut tick = interval(Duration::from_millis(20));
            for n in 0..(time.as_millis() / 20) as u32 {
                tick.tick().await;
                let pcm: Vec<i16> = (0..samples)
                    .map(|i| {
                        let t = (n as usize * samples + i) as f64 / f64::from(rate);
                        ((t * hz * std::f64::consts::TAU).sin() * 12_000.0) as i16
                    })
                    .collect();
                let length = encoder.encode(&pcm, &mut payload).unwrap();
                let header = rtp::header::Header {
                    version: 2,
                    payload_type: codec.default_payload_type(),
                    sequence_number: n as u16,
                    timestamp: n.wrapping_mul(codec.timestamp_units(20)),
                    ssrc: SSRC,
                    ..Default::default()
                };
                let payload = bytes::Bytes::copy_from_slice(&payload[..length]);
                track.write_rtp(rtp::Packet { header, payload }).await.unwrap();
            }
        })
    }

    /// What was heard since the last call, at the codec's rate.
    pub fn take_heard(&self) -> Vec<i16> {
        std::mem::take(&mut *self.heard.lock().unwrap())
    }

    pub async fn close(self) {
        let _ = timeout(Duration::from_secs(2), self.connection.close()).await;
    }
}
