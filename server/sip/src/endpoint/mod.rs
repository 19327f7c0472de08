//! The door: one `Endpoint` holds every peer, call, transaction and connection.

mod api;

pub use api::*;
use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

pub struct Endpoint {
    transmits: VecDeque<Transmit>,
    events: VecDeque<Event>,
}

impl Endpoint {
    pub fn new(_config: EndpointConfig, _now: Instant, _seed: [u8; 32]) -> Self {
        Self { transmits: VecDeque::new(), events: VecDeque::new() }
    }
    /// Replaces the peers; calls in progress go on.
    pub fn set_peers(&mut self, _now: Instant, _peers: Vec<Peer>) {}
    /// Addresses of a name asked for by `Event::Resolve`; may be told again at any time. Empty: not found.
    pub fn resolved(&mut self, _now: Instant, _host: &str, _addresses: &[IpAddr]) {}
    pub fn handle_datagram(&mut self, _now: Instant, _local: SocketAddr, _remote: SocketAddr, _bytes: &[u8]) {}
    pub fn connection_opened(
        &mut self,
        _now: Instant,
        _id: ConnectionId,
        _local: SocketAddr,
        _remote: SocketAddr,
        _inbound: bool,
    ) {
    }
    pub fn handle_stream(&mut self, _now: Instant, _id: ConnectionId, _bytes: &[u8]) {}
    /// Closed, or never came up.
    pub fn connection_closed(&mut self, _now: Instant, _id: ConnectionId) {}
    pub fn handle_timeout(&mut self, _now: Instant) {}
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn poll_transmit(&mut self) -> Option<Transmit> {
        self.transmits.pop_front()
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
    /// 180, or 183 with early media.
    pub fn ring(&mut self, _now: Instant, _call: CallKey, _early: Option<Body>) {}
    /// 200 with our answer (or, when the caller offered nothing, our offer).
    pub fn answer(&mut self, _now: Instant, _call: CallKey, _body: Body) -> Result<(), CallError> {
        Err(CallError::Unknown)
    }
    pub fn reject(&mut self, _now: Instant, _call: CallKey, _status: u16) {}
    /// CANCEL, BYE or 480, whatever the state asks for.
    pub fn hang_up(&mut self, _now: Instant, _call: CallKey) {}
    pub fn invite(&mut self, _now: Instant, _invite: Invite) -> Result<CallKey, InviteError> {
        Err(InviteError::UnknownPeer)
    }
    /// Offers a new session in a call: re-INVITE, or UPDATE before the answer.
    pub fn offer(&mut self, _now: Instant, _call: CallKey, _body: Body) -> Result<(), CallError> {
        Err(CallError::Unknown)
    }
    /// Answers `Event::Offer` (and an offer that came with `Answered`); an error is a status, 488 as a rule.
    pub fn answer_offer(&mut self, _now: Instant, _call: CallKey, _result: Result<Body, u16>) -> Result<(), CallError> {
        Err(CallError::Unknown)
    }
    /// One digit (`0-9*#A-D`) by SIP INFO, application/dtmf-relay.
    pub fn send_info_digit(&mut self, _now: Instant, _call: CallKey, _digit: char) -> Result<(), CallError> {
        Err(CallError::Unknown)
    }
}
