//! The child that is a back-to-back user agent and nothing else: one SIP endpoint takes a call from one side, places it
//! on the other, and carries answer and hang-up across. No media, no journal: what SIP alone costs for two legs.

use crate::{child, datagrams};
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket},
    os::fd::AsRawFd,
    time::{Duration, Instant},
};
use twinline_server::edge::batch::{Receiver, Sender};
use twinline_sip::endpoint::{
    Body, CallKey, Cidr, Endpoint, EndpointConfig, Event, HostPort, Invite, Peer, PeerKey, Transmit,
};

const CALLERS: PeerKey = PeerKey(1);
const CALLEES: PeerKey = PeerKey(2);

/// Says `ready PORT`; calls from block `callers` are placed at `callee`.
pub fn run(callers: u8, callee: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("the SIP socket")?;
    socket.set_nonblocking(true)?;
    let _ = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    let local = socket.local_addr()?;
    let config =
        EndpointConfig { udp: vec![local], max_half_open: 5_000, max_calls: 50_000, ..EndpointConfig::default() };
    let mut endpoint = Endpoint::new(config, Instant::now(), [11; 32]);
    let block = |second: u8| Cidr { address: IpAddr::V4(Ipv4Addr::new(127, second, 0, 0)), prefix: 16 };
    let IpAddr::V4(callee_ip) = callee.ip() else { anyhow::bail!("an IPv4 address is wanted") };
    let target = HostPort { host: callee_ip.to_string(), port: Some(callee.port()) };
    endpoint.set_peers(
        Instant::now(),
        vec![
            Peer { sources: vec![block(callers)], ..Peer::new(CALLERS, "callers") },
            Peer { sources: vec![block(callee_ip.octets()[1])], target: Some(target), ..Peer::new(CALLEES, "callees") },
        ],
    );
    child::say(&format!("ready {}", local.port()))?;
    child::end_with_parent();
    Exchange { endpoint, other: HashMap::new() }.run(&socket, local)
}

struct Exchange {
    endpoint: Endpoint,
    /// The other leg of each leg.
    other: HashMap<CallKey, CallKey>,
}

impl Exchange {
    fn run(mut self, socket: &UdpSocket, local: SocketAddr) -> Result<()> {
        let (mut receiver, mut sender) = (Receiver::new(), Sender::new());
        loop {
            let patience = self.endpoint.poll_timeout().map_or(Duration::from_secs(1), |at| {
                at.saturating_duration_since(Instant::now()).min(Duration::from_secs(1))
            });
            datagrams::wait(&[socket.as_raw_fd()], patience);
            let now = Instant::now();
            let endpoint = &mut self.endpoint;
            receiver.receive(socket, |from, bytes| endpoint.handle_datagram(now, local, from, bytes))?;
            self.endpoint.handle_timeout(now);
            while let Some(event) = self.endpoint.poll_event() {
                self.carry(now, event);
            }
            let transmits: Vec<(SocketAddr, Vec<u8>)> = std::iter::from_fn(|| self.endpoint.poll_transmit())
                .filter_map(|transmit| match transmit {
                    Transmit::Udp { remote, bytes, .. } => Some((remote, bytes)),
                    _ => None,
                })
                .collect();
            sender.send(socket, transmits.iter().map(|(to, bytes)| (*to, bytes.as_slice())));
        }
    }

    fn carry(&mut self, now: Instant, event: Event) {
        match event {
            Event::Incoming(incoming) => {
                let invite = Invite {
                    peer: CALLEES,
                    to: incoming.to_number,
                    from: incoming.from_number,
                    from_name: incoming.from_name,
                    headers: Vec::new(),
                    body: incoming.body,
                };
                match self.endpoint.invite(now, invite) {
                    Ok(call) => {
                        self.other.insert(call, incoming.call);
                        self.other.insert(incoming.call, call);
                    }
                    Err(_) => self.endpoint.reject(now, incoming.call, 503),
                }
            }
            Event::Progress { call, body, .. } => {
                if let Some(other) = self.other.get(&call) {
                    self.endpoint.ring(now, *other, body);
                }
            }
            Event::Answered { call, body } => {
                let body = body.unwrap_or_else(|| Body::sdp(""));
                if let Some(other) = self.other.get(&call) {
                    // A caller who left meanwhile is told of by its own event.
                    let _ = self.endpoint.answer(now, *other, body);
                }
            }
            Event::Failed { call, status, .. } => {
                if let Some(other) = self.part(call) {
                    self.endpoint.reject(now, other, status);
                }
            }
            Event::Ended { call, .. } | Event::Cancelled { call } => {
                if let Some(other) = self.part(call) {
                    self.endpoint.hang_up(now, other);
                }
            }
            _ => {}
        }
    }

    /// Forgets a leg that is over; the one that is left.
    fn part(&mut self, call: CallKey) -> Option<CallKey> {
        let other = self.other.remove(&call)?;
        self.other.remove(&other);
        Some(other)
    }
}
