//! Two endpoints on one virtual clock, and between them a seeded network that loses, repeats, delays and reorders.
#![allow(dead_code, clippy::disallowed_methods, clippy::unwrap_used)]

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use twinline_sip::endpoint::*;

pub const A: usize = 0;
pub const B: usize = 1;

/// What the network does to datagrams, in percent, and how long they take.
#[derive(Clone, Copy, Default)]
pub struct Weather {
    pub loss: u64,
    pub repeat: u64,
    /// Up to this long beyond the 5 ms every packet takes.
    pub jitter_ms: u64,
}

pub struct World {
    pub now: Instant,
    pub ends: [Endpoint; 2],
    pub addresses: [SocketAddr; 2],
    pub weather: Weather,
    /// Everything that was sent, newest last: sender and bytes.
    pub sent: Vec<(usize, Vec<u8>)>,
    /// Refuses to carry datagrams for which this says so.
    pub drop_if: Option<fn(usize, &str) -> bool>,
    /// Whether connections can be made.
    pub tcp: bool,
    events: [Vec<Event>; 2],
    wire: BTreeMap<(Instant, u64), Packet>,
    /// (side, its connection) ↔ (other side, its connection).
    links: BTreeMap<(usize, u64), (usize, u64)>,
    serial: u64,
    dice: u64,
}

enum Packet {
    Datagram(usize, Vec<u8>),
    Stream(usize, u64, Vec<u8>),
    Opened(usize, u64),
    Refused(usize, u64),
    Closed(usize, u64),
}

pub fn config(address: SocketAddr) -> EndpointConfig {
    EndpointConfig { udp: vec![address], tcp: vec![address], ..EndpointConfig::default() }
}

pub const KEY: PeerKey = PeerKey(1);

/// The peer at that address, known by its address.
pub fn peer(address: SocketAddr) -> Peer {
    let sources = vec![Cidr { address: address.ip(), prefix: if address.is_ipv4() { 32 } else { 128 } }];
    let target = Some(HostPort { host: address.ip().to_string(), port: Some(address.port()) });
    Peer { sources, target, ..Peer::new(KEY, "the other") }
}

pub fn body(text: &str) -> Body {
    Body::sdp(text)
}

impl World {
    pub fn new(seed: u64) -> World {
        Self::with(seed, |_| {}, |_| {})
    }

    /// Both sides know each other; `configs` and `peers` may be changed before they start.
    pub fn with(seed: u64, change: impl Fn(&mut [EndpointConfig; 2]), peers: impl Fn(&mut [Peer; 2])) -> World {
        Self::at(["192.0.2.1:5060", "192.0.2.2:5060"], seed, change, peers)
    }

    pub fn at(
        addresses: [&str; 2],
        seed: u64,
        change: impl Fn(&mut [EndpointConfig; 2]),
        change_peers: impl Fn(&mut [Peer; 2]),
    ) -> World {
        let addresses = addresses.map(|a| a.parse().unwrap());
        let now = Instant::now();
        let mut configs = addresses.map(config);
        change(&mut configs);
        // peers[0] is what A knows of B.
        let mut peers = [peer(addresses[1]), peer(addresses[0])];
        change_peers(&mut peers);
        let mut side = 0u8;
        let mut ends = configs.map(|config| {
            side += 1;
            let mut key = [side; 32];
            key[..8].copy_from_slice(&seed.to_be_bytes());
            Endpoint::new(config, now, key)
        });
        for (end, peer) in ends.iter_mut().zip(peers) {
            end.set_peers(now, vec![peer]);
        }
        let (sent, events, wire, links) = Default::default();
        World {
            now,
            ends,
            addresses,
            weather: Weather::default(),
            sent,
            drop_if: None,
            tcp: true,
            events,
            wire,
            links,
            serial: 0,
            dice: seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1,
        }
    }

    pub fn roll(&mut self, sides: u64) -> u64 {
        self.dice ^= self.dice << 13;
        self.dice ^= self.dice >> 7;
        self.dice ^= self.dice << 17;
        self.dice % sides.max(1)
    }

    fn put(&mut self, delay: Duration, packet: Packet) {
        self.serial += 1;
        self.wire.insert((self.now + delay, self.serial), packet);
    }

    /// All connections break; both sides are told.
    pub fn break_connections(&mut self) {
        for (side, id) in std::mem::take(&mut self.links).into_keys() {
            let now = self.now;
            self.ends[side].connection_closed(now, ConnectionId(id));
        }
    }

    /// Takes what the endpoints want to send and tell.
    pub fn drain(&mut self) {
        for side in [A, B] {
            while let Some(transmit) = self.ends[side].poll_transmit() {
                self.carry(side, transmit);
            }
            while let Some(event) = self.ends[side].poll_event() {
                self.events[side].push(event);
            }
        }
    }

    fn carry(&mut self, side: usize, transmit: Transmit) {
        let short = Duration::from_millis(5);
        match transmit {
            Transmit::Udp { remote, bytes, .. } => {
                self.sent.push((side, bytes.clone()));
                let text = String::from_utf8_lossy(&bytes).into_owned();
                let weather = self.weather;
                if self.drop_if.is_some_and(|drop| drop(side, &text)) || self.roll(100) < weather.loss {
                    return;
                }
                if remote != self.addresses[1 - side] {
                    return;
                }
                let copies = 1 + u64::from(self.roll(100) < weather.repeat);
                for _ in 0..copies {
                    let delay = short + Duration::from_millis(self.roll(weather.jitter_ms + 1));
                    self.put(delay, Packet::Datagram(1 - side, bytes.clone()));
                }
            }
            Transmit::Stream { connection, bytes } => {
                self.sent.push((side, bytes.clone()));
                if let Some(&(to, id)) = self.links.get(&(side, connection.0)) {
                    self.put(short, Packet::Stream(to, id, bytes));
                }
            }
            Transmit::Open { connection, remote } => {
                if self.tcp && remote == self.addresses[1 - side] {
                    self.put(short, Packet::Opened(side, connection.0));
                } else {
                    self.put(short, Packet::Refused(side, connection.0));
                }
            }
            Transmit::Close { connection } => {
                if let Some((to, id)) = self.links.remove(&(side, connection.0)) {
                    self.links.remove(&(to, id));
                    self.put(short, Packet::Closed(to, id));
                }
            }
        }
    }

    fn deliver(&mut self, packet: Packet) {
        let now = self.now;
        match packet {
            Packet::Datagram(to, bytes) => {
                let (local, remote) = (self.addresses[to], self.addresses[1 - to]);
                self.ends[to].handle_datagram(now, local, remote, &bytes);
            }
            // Streams arrive in odd pieces.
            Packet::Stream(to, id, bytes) => {
                for piece in bytes.chunks(200) {
                    self.ends[to].handle_stream(now, ConnectionId(id), piece);
                }
            }
            Packet::Opened(side, id) => {
                self.serial += 1;
                let theirs = self.serial;
                let (from, to) =
                    (SocketAddr::new(self.addresses[side].ip(), 40_000 + theirs as u16), self.addresses[1 - side]);
                self.links.insert((side, id), (1 - side, theirs));
                self.links.insert((1 - side, theirs), (side, id));
                self.ends[1 - side].connection_opened(now, ConnectionId(theirs), to, from, true);
                self.ends[side].connection_opened(now, ConnectionId(id), from, to, false);
            }
            Packet::Refused(side, id) | Packet::Closed(side, id) => {
                self.ends[side].connection_closed(now, ConnectionId(id));
            }
        }
    }

    /// To the next thing that happens, at most to `limit`. `false`: the limit is reached.
    pub fn step(&mut self, limit: Instant) -> bool {
        self.drain();
        let timers = self.ends.iter().filter_map(Endpoint::poll_timeout);
        let packet = self.wire.keys().next().map(|(at, _)| *at);
        let Some(next) = timers.chain(packet).min().filter(|next| *next <= limit) else {
            self.now = limit;
            return false;
        };
        self.now = self.now.max(next);
        while let Some(entry) = self.wire.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let packet = entry.remove();
            self.deliver(packet);
        }
        for end in &mut self.ends {
            end.handle_timeout(self.now);
        }
        self.drain();
        true
    }

    pub fn run(&mut self, seconds: f64) {
        let limit = self.now + Duration::from_secs_f64(seconds);
        while self.step(limit) {}
    }

    /// Steps until that side is told what is wanted (within 120 s), and takes it out with all before it.
    pub fn expect<T>(&mut self, side: usize, what: &str, want: impl Fn(&Event) -> Option<T>) -> T {
        let limit = self.now + Duration::from_secs(120);
        loop {
            self.drain();
            let found = self.events[side].iter().enumerate().find_map(|(at, event)| Some((at, want(event)?)));
            if let Some((at, found)) = found {
                self.events[side].drain(..=at);
                return found;
            }
            if !self.step(limit) {
                panic!("{side} was never told {what}; it heard {:?}\nsent:\n{}", self.events[side], self.transcript());
            }
        }
    }

    pub fn take(&mut self, side: usize) -> Vec<Event> {
        self.drain();
        std::mem::take(&mut self.events[side])
    }

    pub fn transcript(&self) -> String {
        let line = |bytes: &[u8]| String::from_utf8_lossy(bytes).lines().next().unwrap_or_default().to_owned();
        self.sent.iter().map(|(side, bytes)| format!("  {side}: {}\n", line(bytes))).collect()
    }

    /// How often a side sent a message whose first line begins so.
    pub fn count(&self, side: usize, start: &str) -> usize {
        self.sent.iter().filter(|(from, bytes)| *from == side && bytes.starts_with(start.as_bytes())).count()
    }

    pub fn last(&self, side: usize, start: &str) -> String {
        let mut of_side =
            self.sent.iter().rev().filter(|(from, bytes)| *from == side && bytes.starts_with(start.as_bytes()));
        String::from_utf8_lossy(&of_side.next().unwrap_or_else(|| panic!("{start} was sent\n{}", self.transcript())).1)
            .into_owned()
    }

    /// Waits until all that ends by itself has ended; nothing may be left.
    pub fn nothing_is_left(&mut self) {
        self.run(400.0);
        for (side, end) in self.ends.iter().enumerate() {
            let load = end.load();
            assert_eq!(
                (load.calls, load.half_open, load.transactions, load.timers),
                (0, 0, 0, 0),
                "side {side}: {load:?}"
            );
        }
    }

    pub fn invite(&mut self, offer: Option<&str>) -> CallKey {
        self.invite_from(A, offer)
    }

    pub fn invite_from(&mut self, side: usize, offer: Option<&str>) -> CallKey {
        let invite = Invite {
            peer: KEY,
            to: "+4930123".into(),
            from: "+4989456".into(),
            from_name: "Ann \"the\" Caller".into(),
            headers: vec![("X-Thing".into(), "one".into())],
            body: offer.map(body),
        };
        self.ends[side].invite(self.now, invite).unwrap()
    }

    pub fn incoming(&mut self, side: usize) -> IncomingCall {
        self.expect(side, "Incoming", |event| match event {
            Event::Incoming(call) => Some(call.clone()),
            _ => None,
        })
    }

    pub fn ended(&mut self, side: usize) -> EndCause {
        self.expect(side, "Ended", |event| match event {
            Event::Ended { cause, .. } => Some(*cause),
            _ => None,
        })
    }

    pub fn answered(&mut self, side: usize) -> Option<Body> {
        self.expect(side, "Answered", |event| match event {
            Event::Answered { body, .. } => Some(body.clone()),
            _ => None,
        })
    }

    pub fn acked(&mut self, side: usize) -> Option<Body> {
        self.expect(side, "Acked", |event| match event {
            Event::Acked { body, .. } => Some(body.clone()),
            _ => None,
        })
    }

    pub fn offered(&mut self, side: usize) -> Option<Body> {
        self.expect(side, "Offer", |event| match event {
            Event::Offer { body, .. } => Some(body.clone()),
            _ => None,
        })
    }

    pub fn offer_answered(&mut self, side: usize) -> Result<Body, u16> {
        self.expect(side, "OfferAnswered", |event| match event {
            Event::OfferAnswered { result, .. } => Some(result.clone()),
            _ => None,
        })
    }

    pub fn failed(&mut self, side: usize) -> u16 {
        self.expect(side, "Failed", |event| match event {
            Event::Failed { status, .. } => Some(*status),
            _ => None,
        })
    }

    /// A standing call: (A's key, B's key).
    pub fn call(&mut self) -> (CallKey, CallKey) {
        let ours = self.invite(Some("offer"));
        let theirs = self.incoming(B).call;
        let now = self.now;
        self.ends[B].ring(now, theirs, None);
        self.ends[B].answer(now, theirs, body("answer")).unwrap();
        assert_eq!(self.answered(A), Some(body("answer")));
        assert_eq!(self.acked(B), None);
        (ours, theirs)
    }
}
