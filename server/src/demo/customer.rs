//! A simulated customer: a SIP phone with recorded speech for a mouth and a file for an ear. It uses the same SIP
//! machine as the server, at the other end of a real socket.

use anyhow::{Context, Result, bail};
use std::{
    net::{IpAddr, SocketAddr},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tokio::{
    net::UdpSocket,
    sync::{mpsc, watch},
};
use twinline_media::{
    codec::{Codec, Decoder, Encoder, OpusSettings},
    dtmf::EventSender,
    rtp::{Header, Kind, Packet, classify},
};
use twinline_sip::endpoint::{
    Body, CallKey, Endpoint, EndpointConfig, Event, Invite, Peer, PeerKey, Transmit, Transport,
};

/// Samples of a 20 ms frame at 8 kHz.
const FRAME: usize = 160;
/// Payload type we offer for digits.
const EVENTS: u8 = 101;
/// Longest call a simulated customer records, ms.
const LONGEST_MS: usize = 600_000;

/// Where the call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    Calling,
    Answered,
    Ended,
    Failed(u16),
}

/// Handle to a running call.
pub struct Customer {
    stage: watch::Receiver<Stage>,
    orders: mpsc::Sender<Order>,
    ear: Arc<Mutex<Ear>>,
}

enum Order {
    Press(String),
    /// 8 kHz sound to say from now on.
    Say(Arc<Vec<i16>>),
}

/// What was heard: 8 kHz sound on the receiver's clock, and when each packet came.
#[derive(Default)]
pub struct Ear {
    pub sound: Vec<i16>,
    /// Wall time of each packet, ms since the epoch.
    pub arrivals: Vec<f64>,
}

impl Customer {
    /// Calls `number` at `server` from a loopback address and speaks silence until told otherwise.
    pub async fn call(server: SocketAddr, from: &str, name: &str, number: &str) -> Result<Customer> {
        let local: IpAddr = if server.is_ipv6() { "::1".parse()? } else { "127.0.0.1".parse()? };
        let signalling = UdpSocket::bind((local, 0)).await.context("a socket for the simulated customer")?;
        let media = UdpSocket::bind((local, 0)).await?;
        let (stage_is, stage) = watch::channel(Stage::Calling);
        let (orders, inbox) = mpsc::channel(64);
        let ear = Arc::new(Mutex::new(Ear::default()));
        let mut seed = [0u8; 32];
        getrandom::fill(&mut seed)?;
        let config = EndpointConfig {
            udp: vec![signalling.local_addr()?],
            product: "Twinline demo customer".to_owned(),
            ..EndpointConfig::default()
        };
        let mut endpoint = Endpoint::new(config, now(), seed);
        let mut peer = Peer::new(PeerKey(1), "server");
        peer.sources = vec![server.ip().to_string().parse().map_err(|error| anyhow::anyhow!("{error}"))?];
        peer.target = Some(server.to_string().parse().map_err(|error| anyhow::anyhow!("{error}"))?);
        peer.transport = Transport::Udp;
        endpoint.set_peers(now(), vec![peer]);
        let offer = offer(media.local_addr()?);
        let call = endpoint.invite(
            now(),
            Invite {
                peer: PeerKey(1),
                to: number.to_owned(),
                from: from.to_owned(),
                from_name: name.to_owned(),
                headers: Vec::new(),
                body: Some(Body::sdp(offer)),
            },
        )?;
        let phone = Phone {
            endpoint,
            call,
            signalling,
            media: Arc::new(media),
            stage: stage_is,
            ear: ear.clone(),
            mouth: Mouth::new()?,
            far: None,
        };
        tokio::spawn(phone.run(inbox));
        Ok(Customer { stage, orders, ear })
    }

    /// Waits until the call is answered.
    pub async fn answered(&self, limit: Duration) -> Result<()> {
        let mut stage = self.stage.clone();
        let reached = tokio::time::timeout(limit, stage.wait_for(|stage| *stage != Stage::Calling)).await;
        match reached {
            Ok(Ok(stage)) if *stage == Stage::Answered => Ok(()),
            Ok(Ok(stage)) => bail!("the call was not answered: {:?}", *stage),
            Ok(Err(_)) => bail!("the simulated customer stopped"),
            Err(_) => bail!("nobody answered in {limit:?}"),
        }
    }

    /// Waits until the call is over; true when it ended, false when it still stands.
    pub async fn ended(&self, limit: Duration) -> bool {
        let mut stage = self.stage.clone();
        let over = |stage: &Stage| matches!(stage, Stage::Ended | Stage::Failed(_));
        matches!(tokio::time::timeout(limit, stage.wait_for(over)).await, Ok(Ok(_)))
    }

    pub async fn press(&self, digits: &str) {
        let _ = self.orders.send(Order::Press(digits.to_owned())).await;
    }

    pub async fn say(&self, sound: Arc<Vec<i16>>) {
        let _ = self.orders.send(Order::Say(sound)).await;
    }

    /// When the first packet after a moment came; both in ms since the epoch.
    pub fn first_packet_after(&self, at_ms: f64) -> Option<f64> {
        self.heard(|ear| ear.arrivals.iter().copied().find(|arrival| *arrival >= at_ms))
    }

    /// Looks at what was heard so far.
    pub fn heard<T>(&self, look: impl FnOnce(&Ear) -> T) -> T {
        look(&self.ear.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn offer(media: SocketAddr) -> String {
    let family = if media.is_ipv6() { "IP6" } else { "IP4" };
    let (ip, port) = (media.ip(), media.port());
    format!(
        "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\n\
         m=audio {port} RTP/AVP 0 {EVENTS}\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:{EVENTS} telephone-event/8000\r\n\
         a=fmtp:{EVENTS} 0-16\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

/// The far end's media address: the first `c=` and `m=audio` of its SDP.
fn media_address(sdp: &str) -> Option<SocketAddr> {
    let line = |prefix: &str| sdp.lines().find_map(|line| line.strip_prefix(prefix));
    let ip: IpAddr = line("c=IN IP4 ").or_else(|| line("c=IN IP6 "))?.trim().parse().ok()?;
    let port = line("m=audio ")?.split(' ').next()?.parse().ok()?;
    Some(SocketAddr::new(ip, port))
}

struct Phone {
    endpoint: Endpoint,
    call: CallKey,
    signalling: UdpSocket,
    media: Arc<UdpSocket>,
    stage: watch::Sender<Stage>,
    ear: Arc<Mutex<Ear>>,
    mouth: Mouth,
    far: Option<SocketAddr>,
}

impl Phone {
    async fn run(mut self, mut inbox: mpsc::Receiver<Order>) {
        let listener = tokio::spawn(listen(self.media.clone(), self.ear.clone()));
        let mut tick = tokio::time::interval(Duration::from_millis(20));
        tick.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
        let mut bytes = vec![0u8; 8_192];
        let mut leaving = false;
        let local = self.signalling.local_addr().unwrap_or_else(|_| SocketAddr::from(([127, 0, 0, 1], 0)));
        while self.drain().await {
            let wake = self.endpoint.poll_timeout().unwrap_or_else(|| now() + Duration::from_secs(1));
            tokio::select! {
                Ok((length, from)) = self.signalling.recv_from(&mut bytes) => {
                    self.endpoint.handle_datagram(now(), local, from, &bytes[..length]);
                }
                order = inbox.recv(), if !leaving => match order {
                    Some(Order::Press(digits)) => self.mouth.press(&digits),
                    Some(Order::Say(sound)) => self.mouth.say(sound),
                    // Nobody speaks for the customer any more.
                    None => {
                        leaving = true;
                        self.endpoint.hang_up(now(), self.call);
                    }
                },
                _ = tick.tick() => self.speak().await,
                () = tokio::time::sleep_until(wake.into()) => self.endpoint.handle_timeout(now()),
            }
        }
        listener.abort();
    }

    /// False when the call is over.
    async fn drain(&mut self) -> bool {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            if let Transmit::Udp { remote, bytes, .. } = transmit {
                let _ = self.signalling.send_to(&bytes, remote).await;
            }
        }
        let mut alive = true;
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Answered { body, .. } => {
                    self.far = body.and_then(|body| media_address(&String::from_utf8_lossy(&body.bytes)));
                    self.stage.send_replace(Stage::Answered);
                }
                Event::Offer { call, .. } => drop(self.endpoint.answer_offer(now(), call, Err(488))),
                Event::Failed { status, .. } => {
                    self.stage.send_replace(Stage::Failed(status));
                    alive = false;
                }
                Event::Ended { .. } | Event::Cancelled { .. } => {
                    self.stage.send_replace(Stage::Ended);
                    alive = false;
                }
                _ => {}
            }
        }
        if !alive {
            // The answer to the far end's BYE still has to leave.
            while let Some(Transmit::Udp { remote, bytes, .. }) = self.endpoint.poll_transmit() {
                let _ = self.signalling.send_to(&bytes, remote).await;
            }
        }
        alive
    }

    async fn speak(&mut self) {
        if let Some(far) = self.far {
            let mut packet = [0u8; 512];
            let length = self.mouth.next_packet(&mut packet);
            let _ = self.media.send_to(&packet[..length], far).await;
        }
    }
}

/// Writes what comes into the ear, placed by its RTP time stamps.
async fn listen(media: Arc<UdpSocket>, ear: Arc<Mutex<Ear>>) {
    let mut bytes = [0u8; 2_048];
    let Ok(mut decoder) = Decoder::new(Codec::Pcmu, 8_000) else { return };
    let mut first: Option<(u32, u32, usize)> = None;
    while let Ok((length, _)) = media.recv_from(&mut bytes).await {
        if classify(&bytes[..length]) != Kind::Rtp {
            continue;
        }
        let Ok(packet) = Packet::parse(&bytes[..length]) else { continue };
        if packet.payload_type != 0 {
            continue;
        }
        let mut pcm = [0i16; 960];
        let Ok(samples) = decoder.decode(packet.payload, &mut pcm) else { continue };
        let mut ear = ear.lock().unwrap_or_else(PoisonError::into_inner);
        if ear.arrivals.len() < LONGEST_MS / 20 {
            ear.arrivals.push(super::clock::now_ms());
        }
        let (ssrc, base, offset) = *first.get_or_insert((packet.ssrc, packet.timestamp, 0));
        let place = if ssrc == packet.ssrc {
            offset + packet.timestamp.wrapping_sub(base) as usize
        } else {
            first = Some((packet.ssrc, packet.timestamp, ear.sound.len()));
            ear.sound.len()
        };
        if place < LONGEST_MS * 8 {
            let end = place + samples;
            if ear.sound.len() < end {
                ear.sound.resize(end, 0);
            }
            ear.sound[place..end].copy_from_slice(&pcm[..samples]);
        }
    }
}

/// One packet each 20 ms: speech, digits or silence.
struct Mouth {
    encoder: Encoder,
    digits: EventSender,
    sound: Arc<Vec<i16>>,
    said: usize,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
}

impl Mouth {
    fn new() -> Result<Self> {
        let mut seed = [0u8; 4];
        getrandom::fill(&mut seed)?;
        Ok(Self {
            encoder: Encoder::new(Codec::Pcmu, &OpusSettings::narrowband())?,
            digits: EventSender::new(8_000),
            sound: Arc::new(Vec::new()),
            said: 0,
            sequence: 1,
            timestamp: 0,
            ssrc: u32::from_be_bytes(seed),
        })
    }

    fn press(&mut self, digits: &str) {
        let _ = self.digits.push(digits);
    }

    fn say(&mut self, sound: Arc<Vec<i16>>) {
        self.sound = sound;
        self.said = 0;
    }

    fn next_packet(&mut self, out: &mut [u8]) -> usize {
        let timestamp = self.timestamp;
        self.timestamp = self.timestamp.wrapping_add(FRAME as u32);
        let sequence = self.sequence;
        self.sequence = self.sequence.wrapping_add(1);
        if self.digits.is_active()
            && let Some(event) = self.digits.next_packet(timestamp)
        {
            let header = Header {
                marker: event.marker,
                payload_type: EVENTS,
                sequence,
                timestamp: event.timestamp,
                ssrc: self.ssrc,
            };
            return header.write_packet(&event.payload, out).unwrap_or(0);
        }
        let mut frame = [0i16; FRAME];
        let left = self.sound.get(self.said..).unwrap_or_default();
        let take = left.len().min(FRAME);
        frame[..take].copy_from_slice(&left[..take]);
        self.said += take;
        let mut payload = [0u8; FRAME];
        let length = self.encoder.encode(&frame, &mut payload).unwrap_or(0);
        let header = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc: self.ssrc };
        header.write_packet(&payload[..length], out).unwrap_or(0)
    }
}

#[allow(clippy::disallowed_methods)] // A simulated phone is an edge of its own.
fn now() -> Instant {
    Instant::now()
}
