//! The door: one `Endpoint` holds every peer, call, transaction and connection.
//!
//! Mutate (`handle_*`, commands), then drain `poll_transmit` and `poll_event`, then wait until `poll_timeout`.

mod api;
mod call;
mod client;
mod incoming;
mod midcall;
mod offer;
mod outgoing;
mod peers;
mod provisional;
mod receive;
mod request;
mod rewrite;
mod server;
mod transport;

pub use api::*;

use crate::auth::Guard;
use crate::random::Random;
use crate::timers::Timers;
use crate::transaction::Timer;
use call::{Call, CallTimer};
use client::{ClientKey, ClientTransaction};
use peers::{PeerRecord, PeerTimer};
use server::ServerTransaction;
use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use transport::Connection;

/// Events that only report a refusal are dropped while this many wait.
const MAX_REFUSALS_WAITING: usize = 1_024;

pub struct Endpoint {
    config: EndpointConfig,
    random: Random,
    guard: Guard,
    /// Keys the tags of answers for which nothing is kept.
    tag_key: [u8; 32],
    peers: Vec<PeerRecord>,
    timers: Timers<TimerName>,
    servers: HashMap<u64, ServerTransaction>,
    server_keys: HashMap<Box<[u8]>, u64>,
    clients: HashMap<ClientKey, ClientTransaction>,
    calls: HashMap<CallKey, Call>,
    /// Our tag of a dialog → its call.
    tags: HashMap<u64, CallKey>,
    /// Call-ID, From tag and CSeq of each unanswered inbound INVITE (RFC 3261 §8.2.2.2).
    merged: HashMap<Box<[u8]>, CallKey>,
    half_open: usize,
    connections: HashMap<ConnectionId, Connection>,
    by_remote: HashMap<SocketAddr, ConnectionId>,
    inbound_connections: usize,
    last_call: u64,
    last_server: u64,
    last_connection: u64,
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

/// Every timer by its owner and name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum TimerName {
    Server(u64, Timer),
    Client(ClientKey, Timer),
    Call(CallKey, CallTimer),
    Peer(PeerKey, PeerTimer),
    Idle(ConnectionId),
}

/// How much is held, for metrics and for the test that nothing is left behind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Load {
    pub calls: usize,
    pub half_open: usize,
    pub transactions: usize,
    pub timers: usize,
    pub connections: usize,
}

impl Endpoint {
    /// `seed` must not be guessable: tags, branches and nonces come from it.
    pub fn new(config: EndpointConfig, now: Instant, seed: [u8; 32]) -> Self {
        let mut random = Random::new(seed);
        let guard = Guard::new(config.realm.clone(), config.digest.clone(), now, random.key());
        let tag_key = random.key();
        let first_call = random.next() >> 32;
        Self {
            config,
            random,
            guard,
            tag_key,
            peers: Vec::new(),
            timers: Timers::default(),
            servers: HashMap::new(),
            server_keys: HashMap::new(),
            clients: HashMap::new(),
            calls: HashMap::new(),
            tags: HashMap::new(),
            merged: HashMap::new(),
            half_open: 0,
            connections: HashMap::new(),
            by_remote: HashMap::new(),
            inbound_connections: 0,
            last_call: first_call,
            last_server: 0,
            last_connection: 1 << 63,
            transmits: VecDeque::new(),
            events: VecDeque::new(),
        }
    }

    pub fn handle_datagram(&mut self, now: Instant, local: SocketAddr, remote: SocketAddr, bytes: &[u8]) {
        self.receive(now, Flow { transport: Transport::Udp, local, remote, connection: None }, bytes);
    }

    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(name) = self.timers.pop(now) {
            match name {
                TimerName::Server(id, timer) => self.server_timer(now, id, timer),
                TimerName::Client(key, timer) => self.client_timer(now, key, timer),
                TimerName::Call(call, timer) => self.call_timer(now, call, timer),
                TimerName::Peer(peer, timer) => self.peer_timer(now, peer, timer),
                TimerName::Idle(connection) => self.connection_idle(now, connection),
            }
        }
    }

    pub fn poll_timeout(&self) -> Option<Instant> {
        self.timers.next()
    }

    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }

    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    pub fn load(&self) -> Load {
        Load {
            calls: self.calls.len(),
            half_open: self.half_open,
            transactions: self.servers.len() + self.clients.len(),
            timers: self.timers.len(),
            connections: self.connections.len(),
        }
    }

    fn refused(&mut self, source: SocketAddr, why: Refusal) {
        if self.events.len() < MAX_REFUSALS_WAITING {
            self.events.push_back(Event::Refused { source, why });
        }
    }

    fn set_call_timer(&mut self, call: CallKey, timer: CallTimer, at: Instant) {
        self.timers.set(TimerName::Call(call, timer), at);
    }

    fn clear_call_timer(&mut self, call: CallKey, timer: CallTimer) {
        self.timers.clear(TimerName::Call(call, timer));
    }

    /// 64 × T1: how long anything is waited for.
    fn patience(&self) -> Duration {
        self.config.timing.t1 * 64
    }

    /// RFC 3261 §13.3.1.4: the wait before a 2xx (or reliable 1xx) that was sent `sent` times is sent again.
    fn resend_after(&self, sent: u32, capped: bool) -> Duration {
        let doubled = self.config.timing.t1.saturating_mul(1 << sent.saturating_sub(1).min(16));
        if capped { doubled.min(self.config.timing.t2) } else { doubled }
    }

    /// The address written in Via and Contact for what leaves by this flow.
    fn shown(&self, flow: &Flow) -> SocketAddr {
        let listen = match flow.transport {
            Transport::Udp => &self.config.udp,
            Transport::Tcp => &self.config.tcp,
        };
        let v4 = flow.remote.is_ipv4();
        let ours = |ip: &IpAddr| ip.is_ipv4() == v4 && !ip.is_unspecified();
        let bound = listen.iter().find(|address| address.is_ipv4() == v4);
        let port = match flow.transport {
            Transport::Udp if flow.local.port() != 0 => flow.local.port(),
            _ => bound.map_or(flow.local.port(), SocketAddr::port),
        };
        let own = Some(flow.local.ip()).filter(ours).or(bound.map(SocketAddr::ip).filter(ours));
        let ip = if flow.remote.ip().is_loopback() {
            own.unwrap_or(flow.remote.ip())
        } else {
            self.config.advertised.iter().copied().find(ours).or(own).unwrap_or(flow.local.ip())
        };
        SocketAddr::new(ip, port)
    }
}
