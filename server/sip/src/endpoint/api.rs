//! The words of the door: what the driver tells the endpoint, and what it hears back.

pub use crate::wire::Algorithm;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;
use thiserror::Error;

/// One call (an INVITE usage), minted by the endpoint, never reused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct CallKey(pub u64);

/// One peer (a trunk); the number is the driver's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PeerKey(pub u128);

/// One TCP connection. Inbound ones are numbered by the driver (below 2^63), outbound ones by the endpoint (2^63 and up).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Transport {
    #[default]
    Udp,
    Tcp,
}

/// Where bytes came from, and where an answer goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Flow {
    pub transport: Transport,
    pub local: SocketAddr,
    pub remote: SocketAddr,
    pub connection: Option<ConnectionId>,
}

/// A sealed message body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub content_type: String,
    pub bytes: Vec<u8>,
}

impl Body {
    pub fn sdp(bytes: impl Into<Vec<u8>>) -> Self {
        Self { content_type: "application/sdp".to_owned(), bytes: bytes.into() }
    }
}

/// An address block; `"203.0.113.0/24".parse()`, a bare address is a block of one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cidr {
    pub address: IpAddr,
    /// 0–32 for IPv4, 0–128 for IPv6.
    pub prefix: u8,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no address or CIDR block: write it like 203.0.113.0/24 or 2001:db8::/32")]
pub struct CidrError(pub String);

/// `host`, `host:port`, `[v6]`, `[v6]:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostPort {
    /// IPv6 without brackets.
    pub host: String,
    pub port: Option<u16>,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is no host[:port]: write it like sip.example.com:5060 or [2001:db8::1]:5060")]
pub struct HostPortError(pub String);

/// Sign-in name and password; never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    pub username: String,
    pub password: String,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Credentials(..)")
    }
}

/// A trunk: whom calls are taken from and sent to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    pub key: PeerKey,
    pub name: String,
    /// Sources whose requests belong to this peer.
    pub sources: Vec<Cidr>,
    /// Where requests to this peer go. A name (no address) is asked for with [`Event::Resolve`].
    pub target: Option<HostPort>,
    pub transport: Transport,
    /// Requests above 1,300 bytes go by TCP (RFC 3261 §18.1.1), and by UDP again when no connection can be had.
    pub tcp_for_large: bool,
    /// Answers this peer's challenges; with `inbound_auth`, what the peer must know to be let in.
    pub credentials: Option<Credentials>,
    /// REGISTER here (`sip:provider.example`) and keep it alive.
    pub registrar: Option<String>,
    /// Requests of this peer are challenged with 401 before anything is built.
    pub inbound_auth: bool,
    /// OPTIONS are sent to `target` this often to learn whether it is reachable; `None`: never.
    pub probe: Option<Duration>,
}

impl Peer {
    /// A peer with nothing but a key and a name: takes no call, reaches nobody.
    pub fn new(key: PeerKey, name: impl Into<String>) -> Self {
        Self {
            key,
            name: name.into(),
            sources: Vec::new(),
            target: None,
            transport: Transport::Udp,
            tcp_for_large: true,
            credentials: None,
            registrar: None,
            inbound_auth: false,
            probe: None,
        }
    }
}

/// RFC 3261 §17.1.1.1 round-trip estimates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// Estimate of the round trip, 500 ms.
    pub t1: Duration,
    /// Longest retransmission interval, 4 s.
    pub t2: Duration,
    /// How long a message stays in the network, 5 s.
    pub t4: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self { t1: Duration::from_millis(500), t2: Duration::from_secs(4), t4: Duration::from_secs(5) }
    }
}

#[derive(Clone, Debug)]
pub struct EndpointConfig {
    /// The UDP sockets the driver bound; requests leave by the first of the right address family.
    pub udp: Vec<SocketAddr>,
    /// The TCP listeners the driver bound (port written in Via and Contact of TCP requests).
    pub tcp: Vec<SocketAddr>,
    /// Addresses written in Via and Contact instead of the local one (NAT, unspecified binds), one per family; not
    /// towards loopback peers. Needed when a socket is bound to an unspecified address.
    pub advertised: Vec<IpAddr>,
    /// `Server` and `User-Agent`; empty: not sent.
    pub product: String,
    /// Realm of our digest challenges.
    pub realm: String,
    /// Algorithms of our challenges, the preferred first (RFC 8760 §2.2). Peers that know nothing but MD5 and look at
    /// the first challenge alone need `[Algorithm::Md5]`.
    pub digest: Vec<Algorithm>,
    /// Inbound calls not yet answered; above it new ones get 503 + Retry-After.
    pub max_half_open: usize,
    /// Calls of both directions; above it new ones get 503 + Retry-After.
    pub max_calls: usize,
    /// A call not answered in this time is given up (inbound: 480, outbound: CANCEL). 180 s.
    pub no_answer: Duration,
    /// Session interval we ask for (RFC 4028), 1,800 s; `None`: we ask for none, and honour the peer's.
    pub session_expires: Option<Duration>,
    /// Smallest session interval we take (RFC 4028 §5: never below 90 s).
    pub min_session: Duration,
    /// A TCP connection without a call or transaction is closed after this long, 120 s.
    pub idle_connection: Duration,
    /// Inbound TCP connections; above it new ones are closed at once.
    pub max_connections: usize,
    pub timing: Timing,
}

impl Default for EndpointConfig {
    fn default() -> Self {
        Self {
            udp: Vec::new(),
            tcp: Vec::new(),
            advertised: Vec::new(),
            product: "Twinline".to_owned(),
            realm: "twinline".to_owned(),
            digest: vec![Algorithm::Sha256, Algorithm::Md5],
            max_half_open: 500,
            max_calls: 5_000,
            no_answer: Duration::from_secs(180),
            session_expires: Some(Duration::from_secs(1_800)),
            min_session: Duration::from_secs(90),
            idle_connection: Duration::from_secs(120),
            max_connections: 1_024,
            timing: Timing::default(),
        }
    }
}

/// What the driver is to do with a socket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Transmit {
    Udp {
        local: SocketAddr,
        remote: SocketAddr,
        bytes: Vec<u8>,
    },
    Stream {
        connection: ConnectionId,
        bytes: Vec<u8>,
    },
    /// Connect; then `connection_opened(.., inbound: false)` or `connection_closed`. Bytes follow when it is open.
    Open {
        connection: ConnectionId,
        remote: SocketAddr,
    },
    Close {
        connection: ConnectionId,
    },
}

/// A call that wants to come in. Nothing but `100 Trying` has been said to the caller.
#[derive(Clone, Debug)]
pub struct IncomingCall {
    pub call: CallKey,
    pub peer: PeerKey,
    /// From P-Asserted-Identity of the trusted peer, else From; digits as the peer wrote them; empty when anonymous.
    pub from_number: String,
    pub from_name: String,
    /// User part of the Request-URI, unescaped.
    pub to_number: String,
    pub request_uri: String,
    /// Headers this crate gives no meaning to (`X-…`, `User-to-User`, `Diversion`, …), as received.
    pub headers: Vec<(String, String)>,
    /// The offer; `None`: the caller waits for ours (delayed offer).
    pub body: Option<Body>,
    pub source: SocketAddr,
}

/// A call to place.
#[derive(Clone, Debug)]
pub struct Invite {
    pub peer: PeerKey,
    /// A number, or a whole `sip:`/`tel:` URI.
    pub to: String,
    /// Our number as the peer shall see it; empty: anonymous.
    pub from: String,
    pub from_name: String,
    /// Further headers; those that steer the protocol are refused.
    pub headers: Vec<(String, String)>,
    /// The offer; `None`: the peer is asked for one (it comes with `Answered`, answer it with `answer_offer`).
    pub body: Option<Body>,
}

/// Why a call ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndCause {
    /// We hung up or rejected.
    Local,
    /// The peer sent BYE.
    Remote,
    /// The peer never confirmed our answer with ACK.
    NoAck,
    /// Nobody answered in `EndpointConfig::no_answer`.
    NoAnswer,
    /// The session interval ran out without a refresh (RFC 4028 §10).
    SessionExpired,
    /// The peer no longer knows the call (481), or no longer replies (408).
    PeerLost,
    /// The peer broke the offer/answer or reliability rules so that the call can't go on.
    Protocol,
}

/// What happened. Every call ends with exactly one of `Cancelled`, `Failed`, `Ended`; after it the key is dead.
#[derive(Clone, Debug)]
pub enum Event {
    Incoming(IncomingCall),
    /// An inbound call was given up by the caller before we answered.
    Cancelled {
        call: CallKey,
    },
    /// Our answer was confirmed; `body` is the answer when we offered in it.
    Acked {
        call: CallKey,
        body: Option<Body>,
    },
    /// 180–199 to our INVITE; a body is early media. Several branches may report.
    Progress {
        call: CallKey,
        status: u16,
        body: Option<Body>,
    },
    /// Our INVITE was answered. `body`: the answer to our offer, or the peer's offer when we sent none.
    Answered {
        call: CallKey,
        body: Option<Body>,
    },
    /// Our INVITE was refused, or nobody was reached (408 timeout, 503 no transport).
    Failed {
        call: CallKey,
        status: u16,
        reason: String,
    },
    /// re-INVITE or UPDATE of the peer: answer with `answer_offer`. `None`: the peer asks for an offer of ours.
    Offer {
        call: CallKey,
        body: Option<Body>,
    },
    /// What became of our `offer`, or the answer to the offer we gave in `answer_offer`.
    OfferAnswered {
        call: CallKey,
        result: Result<Body, u16>,
    },
    /// A digit by SIP INFO: `0-9*#A-D`.
    Digit {
        call: CallKey,
        digit: char,
    },
    Ended {
        call: CallKey,
        cause: EndCause,
    },
    PeerState {
        peer: PeerKey,
        state: PeerState,
    },
    /// Look this name up (A/AAAA) and call `resolved`.
    Resolve {
        host: String,
    },
    /// Somebody was turned away before anything was built.
    Refused {
        source: SocketAddr,
        why: Refusal,
    },
}

/// What is known of a peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerState {
    /// Our REGISTER there, or its REGISTER here, stands. `None`: neither is configured.
    pub registered: Option<bool>,
    /// It answers our OPTIONS. `None`: not probed, or not known yet.
    pub reachable: Option<bool>,
    /// One sentence for the person who has to repair it; empty when all is well.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// Not a SIP message, or one that breaks the grammar.
    Malformed,
    /// No peer has this source, and none signs in from it.
    UnknownSource,
    /// Challenged, not yet signed in.
    Challenged,
    /// Signed in wrongly.
    WrongCredentials,
    /// Too many wrong sign-ins from this source; it has to wait.
    Banned,
    /// `max_half_open` or `max_calls` is reached.
    Overload,
    /// A method we do not take outside a call.
    Method,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum CallError {
    #[error("no such call: it has ended")]
    Unknown,
    #[error("the call is in a state in which this can't be done")]
    State,
}

#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InviteError {
    #[error("no such peer")]
    UnknownPeer,
    #[error("the peer has no target, or its name is not resolved yet")]
    NoTarget,
    #[error("no local socket of the target's address family")]
    NoSocket,
    #[error("too many calls at once: raise max_calls")]
    TooManyCalls,
    #[error("`to` is no number and no sip: or tel: URI")]
    BadTarget,
    #[error("`from` holds characters a number can't have")]
    BadFrom,
    #[error("header `{0}` is not a header name, steers the protocol, or its value spans lines")]
    BadHeader(String),
}
