//! Flows and connections: where bytes leave, which connection is reused, when one is given up.

use super::{ConnectionId, Endpoint, Flow, Refusal, TimerName, Transmit, Transport};
use crate::wire::{Framed, Framer};
use std::net::SocketAddr;
use std::time::Instant;

/// Bytes that wait for a connection to open; more is a peer that does not answer.
const MAX_WAITING: usize = 64;

pub(super) struct Connection {
    local: SocketAddr,
    remote: SocketAddr,
    inbound: bool,
    framer: Framer,
    /// `Some` while it is not open yet.
    waiting: Option<Vec<Vec<u8>>>,
    /// A keep-alive went out and nothing has come since.
    pinged: bool,
}

impl Endpoint {
    /// A connection stands: one we accepted, or one `Transmit::Open` asked for.
    pub fn connection_opened(
        &mut self,
        now: Instant,
        id: ConnectionId,
        local: SocketAddr,
        remote: SocketAddr,
        inbound: bool,
    ) {
        if let Some(connection) = self.connections.get_mut(&id) {
            connection.local = local;
            for bytes in connection.waiting.take().unwrap_or_default() {
                self.transmits.push_back(Transmit::Stream { connection: id, bytes });
            }
            return;
        }
        if !inbound || self.inbound_connections >= self.config.max_connections {
            self.transmits.push_back(Transmit::Close { connection: id });
            return;
        }
        self.inbound_connections += 1;
        let framer = Framer::default();
        self.connections.insert(id, Connection { local, remote, inbound, framer, waiting: None, pinged: false });
        self.by_remote.insert(remote, id);
        self.timers.set(TimerName::Idle(id), now + self.config.idle_connection);
    }

    pub fn handle_stream(&mut self, now: Instant, id: ConnectionId, bytes: &[u8]) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let flow = Flow {
            transport: Transport::Tcp,
            local: connection.local,
            remote: connection.remote,
            connection: Some(id),
        };
        connection.pinged = false;
        connection.framer.push(bytes);
        self.timers.set(TimerName::Idle(id), now + self.config.idle_connection);
        while let Some(connection) = self.connections.get_mut(&id) {
            match connection.framer.poll() {
                Ok(None) => break,
                Ok(Some(Framed::Message(message))) => self.receive(now, flow, &message),
                // RFC 5626 §3.5.1: a double CRLF is answered with a single one.
                Ok(Some(Framed::Ping)) => {
                    self.transmits.push_back(Transmit::Stream { connection: id, bytes: b"\r\n".to_vec() });
                }
                Ok(Some(Framed::Pong)) => {}
                Err(_) => {
                    self.refused(flow.remote, Refusal::Malformed);
                    self.give_up_connection(now, id);
                }
            }
        }
    }

    /// Closed, or never came up.
    pub fn connection_closed(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.remove(&id) else { return };
        self.timers.clear(TimerName::Idle(id));
        self.inbound_connections -= usize::from(connection.inbound);
        if self.by_remote.get(&connection.remote) == Some(&id) {
            self.by_remote.remove(&connection.remote);
        }
        self.clients_lost_connection(now, id);
    }

    fn give_up_connection(&mut self, now: Instant, id: ConnectionId) {
        self.transmits.push_back(Transmit::Close { connection: id });
        self.connection_closed(now, id);
    }

    /// Nothing came for a while: a connection that a call or transaction may still need is pinged, and given up when
    /// that brings nothing; an unused one is closed.
    pub(super) fn connection_idle(&mut self, now: Instant, id: ConnectionId) {
        let Some(connection) = self.connections.get_mut(&id) else { return };
        let needed = self.calls.values().any(|call| call.uses(id))
            || self.clients.values().any(|client| client.flow.connection == Some(id));
        if connection.waiting.is_some() || connection.pinged || !needed {
            self.give_up_connection(now, id);
            return;
        }
        connection.pinged = true;
        self.transmits.push_back(Transmit::Stream { connection: id, bytes: b"\r\n\r\n".to_vec() });
        self.timers.set(TimerName::Idle(id), now + self.config.timing.t1 * 20);
    }

    /// A flow to that address: by the connection that stands, else by a new one; by the UDP socket of its family.
    pub(super) fn flow_to(&self, transport: Transport, remote: SocketAddr) -> Option<Flow> {
        let bound = match transport {
            Transport::Udp => &self.config.udp,
            Transport::Tcp => &self.config.tcp,
        };
        let unbound = SocketAddr::new(if remote.is_ipv4() { [0; 4].into() } else { [0; 16].into() }, 0);
        let local = bound.iter().copied().find(|local| local.is_ipv4() == remote.is_ipv4());
        let local = if transport == Transport::Tcp { local.or(Some(unbound)) } else { local };
        Some(Flow { transport, local: local?, remote, connection: self.by_remote.get(&remote).copied() })
            .map(|flow| if transport == Transport::Udp { Flow { connection: None, ..flow } } else { flow })
    }

    /// Sends, opening a connection when there is none; the flow learns which. `false`: it can't be sent.
    pub(super) fn send(&mut self, now: Instant, flow: &mut Flow, bytes: Vec<u8>) -> bool {
        if flow.transport == Transport::Udp {
            if flow.local.port() == 0 {
                let Some(found) = self.flow_to(Transport::Udp, flow.remote) else { return false };
                *flow = found;
            }
            self.transmits.push_back(Transmit::Udp { local: flow.local, remote: flow.remote, bytes });
            return true;
        }
        let standing = flow.connection.filter(|id| self.connections.contains_key(id));
        let id = match standing.or_else(|| self.by_remote.get(&flow.remote).copied()) {
            Some(id) => id,
            None => self.open(now, flow.remote),
        };
        flow.connection = Some(id);
        let Some(connection) = self.connections.get_mut(&id) else { return false };
        match &mut connection.waiting {
            Some(waiting) if waiting.len() >= MAX_WAITING => return false,
            Some(waiting) => waiting.push(bytes),
            None => self.transmits.push_back(Transmit::Stream { connection: id, bytes }),
        }
        true
    }

    /// A response goes by the connection its request came by, or not at all; its sender will ask again.
    pub(super) fn send_response(&mut self, now: Instant, flow: &Flow, bytes: Vec<u8>) -> bool {
        if flow.transport == Transport::Tcp && !flow.connection.is_some_and(|id| self.connections.contains_key(&id)) {
            return false;
        }
        self.send(now, &mut flow.clone(), bytes)
    }

    fn open(&mut self, now: Instant, remote: SocketAddr) -> ConnectionId {
        self.last_connection += 1;
        let id = ConnectionId(self.last_connection);
        let local = SocketAddr::new(if remote.is_ipv4() { [0; 4].into() } else { [0; 16].into() }, 0);
        let connection = Connection {
            local,
            remote,
            inbound: false,
            framer: Framer::default(),
            waiting: Some(Vec::new()),
            pinged: false,
        };
        self.connections.insert(id, connection);
        self.by_remote.insert(remote, id);
        self.timers.set(TimerName::Idle(id), now + self.patience());
        self.transmits.push_back(Transmit::Open { connection: id, remote });
        id
    }
}
