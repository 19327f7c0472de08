//! The peers at work: where they are, whether they answer, our registration there and theirs here.

use super::client::{ClientKey, Outcome, Outgoing, Owner};
use super::request::Request;
use super::{Credentials, Endpoint, Event, Flow, HostPort, Peer, PeerKey, PeerState, TimerName, Transport};
use crate::dialog::Dialog;
use crate::message::Method;
use crate::registrar::{Bindings, Registration, Step, contacts};
use crate::wire::{Name, Uri, Writer, delta_seconds};
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

pub(super) struct PeerRecord {
    pub peer: Peer,
    /// Of a target given by name.
    resolved: Vec<IpAddr>,
    state: PeerState,
    registration: Option<Registration>,
    /// Where the peer said it is, by REGISTER.
    bindings: Bindings,
    probing: Option<ClientKey>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum PeerTimer {
    Probe,
    Register,
    BindingExpires,
}

impl PeerRecord {
    fn new(peer: Peer) -> Self {
        let state = PeerState { registered: peer.registrar.as_ref().map(|_| false), ..PeerState::default() };
        Self { peer, resolved: Vec::new(), state, registration: None, bindings: Bindings::default(), probing: None }
    }

    /// Where requests to the peer go.
    pub fn address(&self) -> Option<SocketAddr> {
        let Some(target) = &self.peer.target else { return self.bindings.first().map(|binding| binding.flow.remote) };
        let ip = target.host.parse().ok().or_else(|| self.resolved.first().copied())?;
        Some(SocketAddr::new(ip, target.port.unwrap_or(5060)))
    }

    pub fn transport(&self) -> Transport {
        let bound = self.bindings.transport().filter(|_| self.peer.target.is_none());
        bound.unwrap_or(self.peer.transport)
    }

    /// Host and port as they stand in a Request-URI to the peer.
    pub fn domain(&self) -> String {
        let (host, port) = match (&self.peer.target, self.bindings.first()) {
            (Some(target), _) => (target.host.clone(), target.port),
            (None, Some(binding)) => (binding.flow.remote.ip().to_string(), Some(binding.flow.remote.port())),
            (None, None) => return String::new(),
        };
        let host = if host.contains(':') { format!("[{host}]") } else { host };
        port.map_or(host.clone(), |port| format!("{host}:{port}"))
    }

    /// The domain we are registered in, as our From names it.
    pub fn registered_domain(&self) -> Option<String> {
        let Uri::Sip(uri) = Uri::parse(self.peer.registrar.as_ref()?.as_bytes())? else { return None };
        let mut out = Writer::default();
        uri.host.write(&mut out);
        Some(String::from_utf8_lossy(&out.into_bytes()).into_owned())
    }

    fn wants_name(&self) -> Option<&str> {
        let target = self.peer.target.as_ref()?;
        (target.host.parse::<IpAddr>().is_err() && self.resolved.is_empty()).then_some(target.host.as_str())
    }
}

impl Endpoint {
    /// Replaces the peers; calls in progress go on, and so does what is unchanged.
    pub fn set_peers(&mut self, now: Instant, peers: Vec<Peer>) {
        let mut old = std::mem::take(&mut self.peers);
        for peer in peers {
            let kept = old.iter().position(|record| record.peer == peer).map(|at| old.swap_remove(at));
            self.peers.push(kept.unwrap_or_else(|| PeerRecord::new(peer)));
        }
        self.peers.sort_by_key(|record| record.peer.key);
        self.peers.dedup_by_key(|record| record.peer.key);
        for gone in &old {
            for timer in [PeerTimer::Probe, PeerTimer::Register, PeerTimer::BindingExpires] {
                self.timers.clear(TimerName::Peer(gone.peer.key, timer));
            }
        }
        let fresh: Vec<_> = self
            .peers
            .iter()
            .filter(|record| record.registration.is_none() && record.probing.is_none())
            .map(|record| record.peer.key)
            .collect();
        for key in fresh {
            self.start_peer(now, key);
        }
    }

    /// Addresses of a name asked for by `Event::Resolve`; may be told again at any time. Empty: not found.
    pub fn resolved(&mut self, now: Instant, host: &str, addresses: &[IpAddr]) {
        let mut started = Vec::new();
        for record in &mut self.peers {
            if record.peer.target.as_ref().is_some_and(|target| target.host.eq_ignore_ascii_case(host)) {
                record.resolved = addresses.to_vec();
                started.push(record.peer.key);
            }
        }
        for key in started {
            if addresses.is_empty() {
                let detail = format!("the name {host} has no address: check the target and the resolver");
                self.peer_changed(key, |state| PeerState { reachable: Some(false), detail, ..state });
            } else {
                self.start_peer(now, key);
            }
        }
    }

    /// Interop 13: registration and probing start at once.
    fn start_peer(&mut self, now: Instant, key: PeerKey) {
        let Some(record) = self.peer(key) else { return };
        if let Some(host) = record.wants_name() {
            let host = host.to_owned();
            self.events.push_back(Event::Resolve { host });
            return;
        }
        let (probes, registers) = (record.peer.probe.is_some(), record.peer.registrar.is_some());
        let has_target = record.address().is_some();
        if probes && has_target {
            self.timers.set(TimerName::Peer(key, PeerTimer::Probe), now);
        }
        if registers && has_target {
            self.timers.set(TimerName::Peer(key, PeerTimer::Register), now);
        }
    }

    pub(super) fn peer(&self, key: PeerKey) -> Option<&PeerRecord> {
        self.peers.binary_search_by_key(&key, |record| record.peer.key).ok().map(|at| &self.peers[at])
    }

    fn peer_mut(&mut self, key: PeerKey) -> Option<&mut PeerRecord> {
        self.peers.binary_search_by_key(&key, |record| record.peer.key).ok().map(|at| &mut self.peers[at])
    }

    /// The peer of a source address, and whether it has to sign in. The narrowest block wins.
    pub(super) fn peer_of_source(&self, source: IpAddr) -> Option<(PeerKey, bool)> {
        let blocks = self.peers.iter().flat_map(|record| record.peer.sources.iter().map(move |block| (record, block)));
        blocks
            .filter(|(_, block)| block.contains(source))
            .max_by_key(|(_, block)| block.prefix)
            .map(|(record, _)| (record.peer.key, record.peer.inbound_auth))
    }

    /// Who may sign in: the peer of that source, or (from elsewhere) every peer that is not bound to sources.
    pub(super) fn inbound_users(&self, only: Option<PeerKey>) -> Vec<(PeerKey, Credentials)> {
        self.peers
            .iter()
            .filter(|record| record.peer.inbound_auth)
            .filter(|record| only.map_or(record.peer.sources.is_empty(), |key| record.peer.key == key))
            .filter_map(|record| Some((record.peer.key, record.peer.credentials.clone()?)))
            .collect()
    }

    fn peer_changed(&mut self, key: PeerKey, change: impl FnOnce(PeerState) -> PeerState) {
        let Some(record) = self.peer_mut(key) else { return };
        let state = change(record.state.clone());
        if state != record.state {
            record.state = state.clone();
            self.events.push_back(Event::PeerState { peer: key, state });
        }
    }

    pub(super) fn peer_timer(&mut self, now: Instant, key: PeerKey, timer: PeerTimer) {
        match timer {
            PeerTimer::Probe => self.probe(now, key),
            PeerTimer::Register => self.register(now, key),
            PeerTimer::BindingExpires => self.binding_expired(now, key),
        }
    }

    /// A request outside any call, to the peer.
    fn request_to_peer(
        &mut self,
        key: PeerKey,
        method: Method,
        cseq: u32,
        uri: &str,
        from: &str,
    ) -> Option<(Writer, Flow, ClientKey)> {
        let record = self.peer(key)?;
        let flow = self.flow_to(record.transport(), record.address()?)?;
        let client = self.new_branch();
        let call_id = match self.peer(key)?.registration.as_ref().filter(|_| method == Method::Register) {
            Some(registration) => registration.call_id,
            None => self.random.next(),
        };
        let address: Box<[u8]> = format!("<{from}>").into_bytes().into();
        let target = if method == Method::Register { address.clone() } else { format!("<{uri}>").into_bytes().into() };
        let dialog = Dialog {
            call_id: format!("{call_id:016x}").into_bytes().into(),
            local_tag: self.random.next(),
            remote_tag: Box::default(),
            local: address,
            remote: target,
            target: uri.as_bytes().into(),
            routes: Vec::new(),
            local_cseq: cseq,
            remote_cseq: None,
            flow,
        };
        let mut out = dialog.request(method, cseq, client.branch, self.shown(&flow));
        if !self.config.product.is_empty() {
            out.header(Name::UserAgent, self.config.product.as_bytes());
        }
        Some((out, flow, client))
    }

    fn probe(&mut self, now: Instant, key: PeerKey) {
        let Some(record) = self.peer(key) else { return };
        let Some(every) = record.peer.probe else { return };
        let waiting = record.probing.is_some_and(|client| self.clients.contains_key(&client));
        let uri = format!("sip:{}", record.domain());
        self.timers.set(TimerName::Peer(key, PeerTimer::Probe), now + every);
        if waiting {
            return;
        }
        let Some((out, flow, client)) = self.request_to_peer(key, Method::Options, 1, &uri, "sip:ping@invalid") else {
            return;
        };
        if let Some(record) = self.peer_mut(key) {
            record.probing = Some(client);
        }
        self.open_client(
            now,
            Outgoing {
                method: Method::Options,
                key: client,
                request: out.finish(None),
                flow,
                owner: Owner::Probe,
                peer: key,
            },
        );
    }

    /// Interop 14: 503 is not health, and its Retry-After is honoured; any other answer shows that somebody is there.
    pub(super) fn probe_response(&mut self, now: Instant, key: PeerKey, outcome: Outcome<'_>) {
        let (reachable, detail) = match &outcome {
            Outcome::Response { status: 100..200, .. } => return,
            Outcome::Response { status: 503, message, .. } => {
                let wait = message.first(Name::RetryAfter).and_then(|value| delta_seconds(value, "Retry-After").ok());
                if let Some(wait) = wait {
                    let wait = Duration::from_secs(u64::from(wait.min(3_600)));
                    let every = self.peer(key).and_then(|record| record.peer.probe).unwrap_or(wait);
                    self.timers.set(TimerName::Peer(key, PeerTimer::Probe), now + wait.max(every));
                }
                (false, "the peer says 503: it is overloaded or down".to_owned())
            }
            Outcome::Response { status: status @ (408 | 500 | 502 | 504), .. } => {
                (false, format!("the peer says {status}"))
            }
            Outcome::Response { .. } => (true, String::new()),
            Outcome::None { status: 408 } => (false, "the peer does not answer: check target and firewall".to_owned()),
            Outcome::None { .. } => (false, "no connection to the peer: check target and firewall".to_owned()),
        };
        self.peer_changed(key, |state| PeerState { reachable: Some(reachable), detail, ..state });
    }

    fn register(&mut self, now: Instant, key: PeerKey) {
        let serial = self.random.next();
        let Some(record) = self.peer_mut(key) else { return };
        let Some(registrar) = record.peer.registrar.clone() else { return };
        let registration = record.registration.get_or_insert_with(|| Registration::new(serial));
        let expires = registration.expires;
        let user = record.peer.credentials.as_ref().map_or("twinline", |c| c.username.as_str()).to_owned();
        let domain = record.registered_domain().unwrap_or_default();
        if !user.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,".contains(&b)) || domain.is_empty() {
            let detail = "user name or registrar can't stand in a SIP URI: correct them".to_owned();
            return self.peer_changed(key, |state| PeerState { registered: Some(false), detail, ..state });
        }
        let cseq = self.next_registration_cseq(key);
        let from = format!("sip:{user}@{domain}");
        let Some((mut out, flow, client)) = self.request_to_peer(key, Method::Register, cseq, &registrar, &from) else {
            return;
        };
        out.begin(Name::Contact);
        out.put(b"<sip:");
        out.text(&user);
        out.put(b"@");
        out.socket(self.shown(&flow));
        out.put(if flow.transport == Transport::Tcp { b";transport=tcp>" } else { b">" });
        out.end();
        out.header_number(Name::Expires, u64::from(expires));
        self.open_client(
            now,
            Outgoing {
                method: Method::Register,
                key: client,
                request: out.finish(None),
                flow,
                owner: Owner::Registration,
                peer: key,
            },
        );
    }

    pub(super) fn next_registration_cseq(&mut self, key: PeerKey) -> u32 {
        let registration = self.peer_mut(key).and_then(|record| record.registration.as_mut());
        registration.map_or(1, |registration| {
            registration.cseq += 1;
            registration.cseq
        })
    }

    pub(super) fn registration_response(&mut self, now: Instant, key: PeerKey, outcome: Outcome<'_>) {
        let jitter = self.random.below(1_000);
        let Some(registration) = self.peer_mut(key).and_then(|record| record.registration.as_mut()) else { return };
        let (status, message) = match outcome {
            Outcome::Response { status: 100..200, .. } => return,
            Outcome::Response { status, message, .. } => (status, Some(message)),
            Outcome::None { status } => (status, None),
        };
        let step = match (status, message) {
            (200..300, Some(message)) => {
                registration.accepted(contacts(message).next().and_then(|(_, expires)| expires))
            }
            (423, Some(message)) => {
                let min = message.first(Name::MinExpires).and_then(|v| delta_seconds(v, "Min-Expires").ok());
                registration.too_brief(min, jitter)
            }
            (_, message) => {
                let after = message.and_then(|m| m.first(Name::RetryAfter));
                let after = after.and_then(|value| delta_seconds(value, "Retry-After").ok());
                registration.refused(after, jitter)
            }
        };
        match step {
            Step::Registered(wait) => {
                self.timers.set(TimerName::Peer(key, PeerTimer::Register), now + wait);
                self.peer_changed(key, |state| PeerState { registered: Some(true), detail: String::new(), ..state });
            }
            Step::Again => self.timers.set(TimerName::Peer(key, PeerTimer::Register), now),
            Step::Failed(wait) => {
                self.timers.set(TimerName::Peer(key, PeerTimer::Register), now + wait);
                let detail = match status {
                    401 | 403 | 407 => "the registrar refuses our sign-in: check user name and password".to_owned(),
                    408 => "the registrar does not answer: check target and firewall".to_owned(),
                    status => format!("the registrar says {status}"),
                };
                self.peer_changed(key, |state| PeerState { registered: Some(false), detail, ..state });
            }
        }
    }

    /// REGISTER of a peer that is known: from then on it is reached where it said (RFC 3261 §10.3).
    pub(super) fn receive_register(&mut self, now: Instant, request: &Request<'_>, key: PeerKey) {
        // §10.3 step 5: the address of record is a SIP or SIPS URI.
        let all = request.message.first(Name::Contact) == Some(b"*");
        let removes = request.message.first(Name::Expires).is_some_and(|value| value == b"0");
        if !matches!(request.to.uri(), Some(Uri::Sip(_))) || (all && !removes) {
            return self.refuse_request(now, request, 400, &[]);
        }
        let Some(record) = self.peer_mut(key) else { return };
        if all {
            record.bindings.clear();
        } else {
            for (uri, expires) in contacts(request.message) {
                record.bindings.put(now, uri, expires, request.flow);
            }
        }
        let mut lines = Writer::default();
        record.bindings.write(now, &mut lines);
        let (next, bound) = (record.bindings.next_expiry(), record.bindings.first().is_some());
        match next {
            Some(at) => self.timers.set(TimerName::Peer(key, PeerTimer::BindingExpires), at),
            None => self.timers.clear(TimerName::Peer(key, PeerTimer::BindingExpires)),
        }
        self.refuse_request(now, request, 200, &lines.into_bytes());
        self.peer_changed(key, |state| PeerState { registered: Some(bound), ..state });
    }

    fn binding_expired(&mut self, now: Instant, key: PeerKey) {
        let Some(record) = self.peer_mut(key) else { return };
        record.bindings.expire(now);
        let (next, bound) = (record.bindings.next_expiry(), record.bindings.first().is_some());
        if let Some(at) = next {
            self.timers.set(TimerName::Peer(key, PeerTimer::BindingExpires), at);
        }
        self.peer_changed(key, |state| PeerState { registered: Some(bound), ..state });
    }
}

impl std::str::FromStr for HostPort {
    type Err = super::HostPortError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || super::HostPortError(text.to_owned());
        let (host, port) = crate::wire::Host::parse_with_port(text.trim().as_bytes()).ok_or_else(wrong)?;
        let host = match host {
            crate::wire::Host::Ip(ip) => ip.to_string(),
            crate::wire::Host::Name(name) => String::from_utf8_lossy(name).into_owned(),
        };
        Ok(HostPort { host, port })
    }
}

impl super::Cidr {
    /// IPv4 addresses mapped into IPv6 count as IPv4.
    pub fn contains(&self, ip: IpAddr) -> bool {
        let bits = |ip: IpAddr| match ip.to_canonical() {
            IpAddr::V4(ip) => (32u32, u128::from(u32::from(ip))),
            IpAddr::V6(ip) => (128, u128::from(ip)),
        };
        let ((width, block), (other, ip)) = (bits(self.address), bits(ip));
        let drop = width.saturating_sub(u32::from(self.prefix));
        width == other && block.checked_shr(drop).unwrap_or(0) == ip.checked_shr(drop).unwrap_or(0)
    }
}

impl std::str::FromStr for super::Cidr {
    type Err = super::CidrError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || super::CidrError(text.to_owned());
        let (address, prefix) = match text.trim().split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text.trim(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let prefix = prefix.map_or(Ok(width), |prefix| prefix.parse().map_err(|_| wrong()))?;
        (prefix <= width).then_some(super::Cidr { address, prefix }).ok_or_else(wrong)
    }
}
