//! A world for stories about the engine: virtual time, phones in memory, everything the engine says written down.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use super::*;
use crate::codec::{Decoder, Encoder, MAX_FRAME_BYTES, MAX_FRAME_SAMPLES, OpusSettings};
use crate::rtp::{Header, Kind, Packet, classify};

mod calls;
mod hostile;
mod keys;
mod prompts;
mod recordings;
mod rooms;
mod webrtc;

pub(super) const SHARED: SocketId = SocketId(1);
pub(super) const WEBRTC: SocketId = SocketId(2);
pub(super) const FRAME: Duration = Duration::from_millis(20);

pub(super) fn address(host: u8, port: u16) -> SocketAddr {
    SocketAddr::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, host)), port)
}

/// A datagram that left the engine.
#[derive(Debug, Clone)]
pub(super) struct Sent {
    pub at: Instant,
    pub socket: SocketId,
    pub to: SocketAddr,
    pub bytes: Vec<u8>,
}

/// An RTP packet that a phone received.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    pub at: Instant,
    pub header: Header,
    pub payload: Vec<u8>,
}

pub(super) struct World {
    pub engine: Engine,
    pub now: Instant,
    pub sent: Vec<Sent>,
    pub events: Vec<MediaEvent>,
    pub files: HashMap<RecordingKey, Vec<u8>>,
}

impl World {
    pub fn new() -> Self {
        let start = Instant::now();
        let socket = |id, port| LocalSocket { id, addr: address(1, port) };
        let mut config = EngineConfig::new(socket(SHARED, 20_000), socket(WEBRTC, 19_000), address(1, 0).ip(), [7; 32]);
        config.unix_time = Duration::from_secs(1_800_000_000);
        let engine = Engine::new(config, start);
        Self { engine, now: start, sent: Vec::new(), events: Vec::new(), files: HashMap::new() }
    }

    pub fn drain(&mut self) {
        let at = self.now;
        let sent = self.engine.transmits().iter();
        self.sent.extend(sent.map(|t| Sent { at, socket: t.socket, to: t.to, bytes: t.bytes.to_vec() }));
        self.engine.clear_transmits();
        while let Some(event) = self.engine.poll_event() {
            self.events.push(event);
        }
        while let Some(write) = self.engine.poll_recording() {
            let file = self.files.entry(write.recording).or_default();
            let at = write.at as usize;
            assert!(at <= file.len(), "a hole in the file");
            let end = at + write.bytes.len();
            file.resize(file.len().max(end), 0);
            file[at..end].copy_from_slice(&write.bytes);
        }
    }

    /// Lets time pass.
    pub fn run(&mut self, time: Duration) {
        let until = self.now + time;
        self.drain();
        let mut turns = 0;
        while let Some(at) = self.engine.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.engine.handle_timeout(self.now);
            self.drain();
            turns += 1;
            assert!(turns < 200_000, "the engine spins");
        }
        self.now = until;
    }

    pub fn deliver(&mut self, socket: SocketId, from: SocketAddr, bytes: &[u8]) {
        self.engine.handle_datagram(self.now, socket, from, &mut bytes.to_vec());
        self.drain();
    }

    /// What arrived at this address as RTP.
    pub fn heard(&self, at: SocketAddr) -> Vec<Heard> {
        let rtp = self.sent.iter().filter(|sent| sent.to == at && classify(&sent.bytes) == Kind::Rtp);
        rtp.map(|sent| {
            let packet = Packet::parse(&sent.bytes).unwrap();
            let header = Header {
                marker: packet.marker,
                payload_type: packet.payload_type,
                sequence: packet.sequence,
                timestamp: packet.timestamp,
                ssrc: packet.ssrc,
            };
            Heard { at: sent.at, header, payload: packet.payload.to_vec() }
        })
        .collect()
    }

    pub fn forget(&mut self) {
        self.sent.clear();
        self.events.clear();
    }

    pub fn digits(&self, leg: LegKey) -> String {
        let digit = |event: &MediaEvent| match event {
            MediaEvent::Digit { leg: of, digit } if *of == leg => Some(*digit),
            _ => None,
        };
        self.events.iter().filter_map(digit).collect()
    }

    /// Opens a leg that answers this phone.
    pub fn call(&mut self, leg: LegKey, phone: &Phone) -> String {
        let policy = CodecPolicy::default();
        let offer = phone.offer("sendrecv");
        let spec = RtpLegSpec {
            remote_offer: Some(&offer),
            signalling_source: Some(phone.at.ip()),
            codecs: &policy,
            own_socket: None,
        };
        let answer = self.engine.open_rtp(self.now, leg, spec).unwrap();
        self.drain();
        answer
    }

    /// All phones talk for so long, 20 ms at a time.
    pub fn talk(&mut self, phones: &mut [&mut Phone], time: Duration) {
        for _ in 0..time.as_millis() / 20 {
            for phone in phones.iter_mut() {
                let packet = phone.say();
                self.deliver(SHARED, phone.at, &packet);
            }
            self.run(FRAME);
        }
    }
}

/// A telephone that hums one note.
pub(super) struct Phone {
    pub at: SocketAddr,
    pub codec: Codec,
    pub payload_type: u8,
    pub event: Option<u8>,
    pub hz: f64,
    encoder: Encoder,
    pub header: Header,
    samples: u64,
    pub said: Vec<Vec<u8>>,
}

impl Phone {
    pub fn new(host: u8, codec: Codec, hz: f64) -> Self {
        let payload_type = codec.default_payload_type();
        let header = Header {
            marker: true,
            payload_type,
            sequence: u16::from(host).wrapping_mul(6_553),
            timestamp: u32::from(host) << 24,
            ssrc: 0xAB00 + u32::from(host),
        };
        let settings = if codec == Codec::G722 { OpusSettings::wideband() } else { OpusSettings::narrowband() };
        let encoder = Encoder::new(codec, &settings).unwrap();
        let at = address(host, 4_000);
        Self { at, codec, payload_type, event: Some(101), hz, encoder, header, samples: 0, said: Vec::new() }
    }

    pub fn offer(&self, direction: &str) -> String {
        let Self { at, payload_type, codec, .. } = self;
        let mut text = format!(
            "v=0\r\no=phone 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {payload_type}",
            ip = at.ip(),
            port = at.port(),
        );
        let event = self.event.map(|event| (event, codec.clock_rate()));
        if let Some((event, _)) = event {
            text += &format!(" {event}");
        }
        text += &format!("\r\na=rtpmap:{payload_type} {}\r\n", codec.rtpmap());
        if let Some((event, clock)) = event {
            text += &format!("a=rtpmap:{event} telephone-event/{clock}\r\na=fmtp:{event} 0-15\r\n");
        }
        text + &format!("a=ptime:20\r\na={direction}\r\n")
    }

    /// The next 20 ms of the note as an RTP packet.
    pub fn say(&mut self) -> Vec<u8> {
        let rate = self.encoder.sample_rate();
        let frame = rate as usize / 50;
        let note = |n: u64| (n as f64 * self.hz * std::f64::consts::TAU / f64::from(rate)).sin() * 8_000.0;
        let pcm: Vec<i16> = (0..frame as u64).map(|n| note(self.samples + n) as i16).collect();
        self.samples += frame as u64;
        let mut payload = vec![0; MAX_FRAME_BYTES];
        let length = self.encoder.encode(&pcm, &mut payload).unwrap();
        payload.truncate(length);
        self.said.push(payload.clone());
        let packet = self.packet(&payload);
        self.header.timestamp = self.header.timestamp.wrapping_add(self.codec.timestamp_units(20));
        packet
    }

    /// A packet with this payload and the next sequence number.
    pub fn packet(&mut self, payload: &[u8]) -> Vec<u8> {
        let mut bytes = self.header.to_bytes().to_vec();
        bytes.extend_from_slice(payload);
        self.header.sequence = self.header.sequence.wrapping_add(1);
        self.header.marker = false;
        bytes
    }

    /// Decodes what was heard, in order of arrival, sound only.
    pub fn listen(&self, heard: &[Heard]) -> Vec<i16> {
        let rate = self.encoder.sample_rate();
        let mut decoder = Decoder::new(self.codec, rate).unwrap();
        let mut sound = Vec::new();
        for packet in heard.iter().filter(|packet| packet.header.payload_type == self.payload_type) {
            let mut pcm = vec![0; MAX_FRAME_SAMPLES];
            let samples = decoder.decode(&packet.payload, &mut pcm).unwrap();
            sound.extend_from_slice(&pcm[..samples]);
        }
        sound
    }

    pub fn rate(&self) -> u32 {
        self.encoder.sample_rate()
    }
}

/// Amplitude of one frequency in a sound (a discrete Fourier transform at one point).
pub(super) fn amplitude(pcm: &[i16], rate: u32, hz: f64) -> f64 {
    let turn = hz * std::f64::consts::TAU / f64::from(rate);
    let (mut real, mut imaginary) = (0.0, 0.0);
    for (n, sample) in pcm.iter().enumerate() {
        real += f64::from(*sample) * (turn * n as f64).cos();
        imaginary += f64::from(*sample) * (turn * n as f64).sin();
    }
    2.0 * f64::hypot(real, imaginary) / pcm.len().max(1) as f64
}

/// Sequence numbers grow by one, time stamps never go back, the SSRC stays.
pub(super) fn assert_one_stream(heard: &[Heard]) {
    for pair in heard.windows(2) {
        let (a, b) = (pair[0].header, pair[1].header);
        assert_eq!(b.ssrc, a.ssrc);
        assert_eq!(b.sequence, a.sequence.wrapping_add(1), "a hole or repetition in the sequence");
        assert!(b.timestamp.wrapping_sub(a.timestamp) < 0x8000_0000, "time runs backwards");
    }
}

pub(super) fn leg(number: u128) -> LegKey {
    LegKey(number)
}
