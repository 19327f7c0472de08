//! The link to the server: one QUIC connection with one stream, kept up for ever. It counts as up only after the
//! server has answered our hello (with TLS 1.3 a refused client first sees its handshake succeed). Lost links come
//! back with full jitter; a changed local address moves the connection to a new port instead of losing it.

mod backoff;
mod frame;
mod trust;

pub use backoff::backoff;
pub use frame::{FrameError, encode};

use crate::{
    clock,
    settings::{Fingerprint, Identity},
    state::{LinkProblem, LinkStatus},
};
use quinn::{Connection, Endpoint, SendStream};
use std::{
    net::{IpAddr, SocketAddr, UdpSocket},
    sync::Arc,
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval, sleep_until, timeout},
};
use tracing::{debug, warn};
use twinline_api::ws::media_agent::{FromMediaAgent, LINK_VERSION, Person, ToMediaAgent};

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
const HELLO_LIMIT: Duration = Duration::from_secs(5);
const WRITE_LIMIT: Duration = Duration::from_secs(5);
/// A ping goes out this often …
pub const PING_EVERY: Duration = Duration::from_secs(5);
/// … and a link without an answer for this long is dead, whatever the transport believes.
pub const PONG_LIMIT: Duration = Duration::from_secs(12);
const ADDRESS_EVERY: Duration = Duration::from_secs(2);
/// A server that is not ours is asked again this seldom.
const REFUSED_EVERY: Duration = Duration::from_secs(60);
const QUEUE: usize = 64;

/// What the link tells the engine.
#[derive(Debug)]
pub enum LinkEvent {
    Status {
        status: LinkStatus,
        problem: Option<LinkProblem>,
        retry_at_ms: Option<i64>,
    },
    /// The server answered our hello.
    Up {
        fingerprint: Fingerprint,
        now_ms: i64,
        person: Option<Person>,
    },
    Message(ToMediaAgent),
    RoundTrip {
        ms: u32,
        now_ms: i64,
    },
}

enum Order {
    Send(FromMediaAgent),
    Pin(Option<Fingerprint>),
    Server(String),
    Rebind,
}

/// Who we are at the link.
#[derive(Clone)]
pub struct LinkConfig {
    pub server: String,
    pub identity: Identity,
    pub pin: Option<Fingerprint>,
    /// Host name of this endpoint, shown to the person who pairs.
    pub name: String,
}

/// Handle of the link's task; the task ends when it is dropped.
pub struct Link {
    orders: mpsc::Sender<Order>,
    task: tokio::task::JoinHandle<()>,
}

impl Link {
    /// Starts the link; its events come out of the receiver.
    pub fn start(config: LinkConfig) -> (Self, mpsc::Receiver<LinkEvent>) {
        let (orders, orders_in) = mpsc::channel(QUEUE);
        let (events_out, events) = mpsc::channel(QUEUE);
        let task = tokio::spawn(Driver { config, orders: orders_in, events: events_out, attempt: 0 }.run());
        (Self { orders, task }, events)
    }

    /// Sends a message when the link is up. A full queue (a stalled link) drops it: the state is said anew at the next
    /// welcome.
    pub fn send(&self, message: FromMediaAgent) {
        if self.orders.try_send(Order::Send(message)).is_err() {
            warn!("the link's queue is full: a message was dropped");
        }
    }

    /// From now on only this certificate is the server's.
    pub async fn pin(&self, pin: Option<Fingerprint>) {
        let _ = self.orders.send(Order::Pin(pin)).await;
    }

    pub async fn use_server(&self, server: String) {
        let _ = self.orders.send(Order::Server(server)).await;
    }

    /// Moves the connection to a new local port, as after a change of network.
    pub fn rebind(&self) {
        let _ = self.orders.try_send(Order::Rebind);
    }
}

impl Drop for Link {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Driver {
    config: LinkConfig,
    orders: mpsc::Receiver<Order>,
    events: mpsc::Sender<LinkEvent>,
    attempt: u32,
}

/// How one connection ended.
enum End {
    /// Tried again after a wait.
    Failed(&'static str, String),
    /// Tried again seldom.
    Refused(&'static str, String),
    /// Tried again at once (another server was named).
    Restart,
    /// The engine is gone.
    Stop,
}

impl Driver {
    async fn run(mut self) {
        loop {
            if self.config.server.is_empty() {
                self.tell(LinkStatus::Unset, None, None).await;
                match self.idle(None).await {
                    End::Stop => return,
                    _ => continue,
                }
            }
            self.tell(LinkStatus::Connecting, None, None).await;
            let (status, problem, wait) = match self.connect().await {
                End::Stop => return,
                End::Restart => {
                    self.attempt = 0;
                    continue;
                }
                End::Failed(code, detail) => {
                    let wait = backoff(self.attempt, clock::random());
                    self.attempt = self.attempt.saturating_add(1);
                    (LinkStatus::Down, LinkProblem { code: code.to_owned(), detail }, wait)
                }
                End::Refused(code, detail) => {
                    (LinkStatus::Refused, LinkProblem { code: code.to_owned(), detail }, REFUSED_EVERY)
                }
            };
            debug!(code = problem.code, "link down");
            let retry_at = clock::wall_ms().saturating_add(i64::try_from(wait.as_millis()).unwrap_or(0));
            self.tell(status, Some(problem), Some(retry_at)).await;
            match self.idle(Some(Instant::now() + wait)).await {
                End::Stop => return,
                End::Restart => self.attempt = 0,
                _ => {}
            }
        }
    }

    /// Waits without a connection; messages are dropped, since the engine says its state anew at the next welcome.
    async fn idle(&mut self, until: Option<Instant>) -> End {
        loop {
            let wake = async {
                match until {
                    Some(at) => sleep_until(at).await,
                    None => std::future::pending().await,
                }
            };
            tokio::select! {
                () = wake => return End::Failed("waited", String::new()),
                order = self.orders.recv() => match order {
                    None => return End::Stop,
                    Some(Order::Send(_)) => {}
                    Some(Order::Pin(pin)) => {
                        self.config.pin = pin;
                        return End::Restart;
                    }
                    Some(Order::Server(server)) => {
                        self.config.server = server;
                        return End::Restart;
                    }
                    Some(Order::Rebind) => return End::Restart,
                },
            }
        }
    }

    async fn connect(&mut self) -> End {
        let address = match resolve(&self.config.server).await {
            Ok(address) => address,
            Err(detail) => return End::Failed("bad_address", detail),
        };
        let seen = trust::Seen::default();
        let endpoint = match self.endpoint(address, &seen) {
            Ok(endpoint) => endpoint,
            Err(detail) => return End::Failed("unreachable", detail),
        };
        let host = server_name(&self.config.server);
        let connecting = match endpoint.connect(address, &host) {
            Ok(connecting) => connecting,
            Err(error) => return End::Failed("bad_address", error.to_string()),
        };
        let connection = match timeout(CONNECT_LIMIT, connecting).await {
            Ok(Ok(connection)) => connection,
            Ok(Err(error)) => return wrong_server(&seen).unwrap_or(End::Failed("unreachable", error.to_string())),
            Err(_) => return End::Failed("timeout", "no answer from the server".to_owned()),
        };
        let end = self.converse(&endpoint, &connection, &seen, address).await;
        connection.close(0u32.into(), b"bye");
        // Gives the farewell a moment to leave; the endpoint's socket goes with it.
        let _ = timeout(Duration::from_millis(200), endpoint.wait_idle()).await;
        end
    }

    fn endpoint(&self, server: SocketAddr, seen: &trust::Seen) -> Result<Endpoint, String> {
        let tls = trust::client_config(&self.config.identity, self.config.pin, seen.clone())
            .map_err(|error| error.to_string())?;
        let quic = quinn::crypto::rustls::QuicClientConfig::try_from(tls).map_err(|error| error.to_string())?;
        let mut config = quinn::ClientConfig::new(Arc::new(quic));
        let mut transport = quinn::TransportConfig::default();
        transport.max_idle_timeout(Some(PONG_LIMIT.try_into().map_err(|_| "idle timeout".to_owned())?));
        transport.max_concurrent_uni_streams(0u32.into());
        transport.max_concurrent_bidi_streams(0u32.into());
        config.transport_config(Arc::new(transport));
        let mut endpoint = Endpoint::client(local_for(server)).map_err(|error| error.to_string())?;
        endpoint.set_default_client_config(config);
        Ok(endpoint)
    }

    /// Hello, welcome, then messages both ways until the link ends.
    async fn converse(
        &mut self,
        endpoint: &Endpoint,
        connection: &Connection,
        seen: &trust::Seen,
        server: SocketAddr,
    ) -> End {
        let (mut writer, reader) = match connection.open_bi().await {
            Ok(streams) => streams,
            Err(error) => return End::Failed("closed", error.to_string()),
        };
        let hello = FromMediaAgent::Hello {
            version: LINK_VERSION,
            name: self.config.name.clone(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        };
        if let Err(end) = write(&mut writer, &hello).await {
            return end;
        }
        let (frames_in, mut frames) = mpsc::channel(QUEUE);
        let reading = tokio::spawn(read_frames(reader, frames_in));
        let end = match self.welcome(&mut frames, seen).await {
            Ok(()) => self.talk(endpoint, &mut writer, &mut frames, server).await,
            Err(end) => end,
        };
        reading.abort();
        end
    }

    async fn welcome(
        &mut self,
        frames: &mut mpsc::Receiver<Result<ToMediaAgent, String>>,
        seen: &trust::Seen,
    ) -> Result<(), End> {
        let first = timeout(HELLO_LIMIT, frames.recv()).await;
        match first {
            Err(_) => Err(End::Failed("timeout", "the server did not answer our hello".to_owned())),
            Ok(None) => Err(End::Failed("closed", "the server closed the link".to_owned())),
            Ok(Some(Err(detail))) => Err(End::Failed("closed", detail)),
            Ok(Some(Ok(ToMediaAgent::Welcome { version, now_ms, person }))) => {
                if version != LINK_VERSION {
                    let detail = format!(
                        "the server speaks link version {version}, we speak {LINK_VERSION}: update the older one"
                    );
                    return Err(End::Refused("version", detail));
                }
                self.attempt = 0;
                let fingerprint = seen.get().map(|(fingerprint, _)| fingerprint).unwrap_or_default();
                self.event(LinkEvent::Up { fingerprint, now_ms, person }).await
            }
            Ok(Some(Ok(_))) => Err(End::Failed("bad_message", "the server did not begin with a welcome".to_owned())),
        }
    }

    async fn talk(
        &mut self,
        endpoint: &Endpoint,
        writer: &mut SendStream,
        frames: &mut mpsc::Receiver<Result<ToMediaAgent, String>>,
        server: SocketAddr,
    ) -> End {
        let mut ping = interval(PING_EVERY);
        ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut address_check = interval(ADDRESS_EVERY);
        address_check.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut here = local_address(server);
        let mut heard = Instant::now();
        loop {
            let step = tokio::select! {
                frame = frames.recv() => match frame {
                    None => Err(End::Failed("closed", "the server closed the link".to_owned())),
                    Some(Err(detail)) => Err(End::Failed("closed", detail)),
                    Some(Ok(ToMediaAgent::Pong { at_ms, now_ms })) => {
                        heard = Instant::now();
                        let ms = u32::try_from(clock::wall_ms().saturating_sub(at_ms)).unwrap_or(0);
                        self.event(LinkEvent::RoundTrip { ms, now_ms }).await
                    }
                    Some(Ok(message)) => {
                        heard = Instant::now();
                        self.event(LinkEvent::Message(message)).await
                    }
                },
                order = self.orders.recv() => match order {
                    None => Err(End::Stop),
                    Some(Order::Send(message)) => write(writer, &message).await,
                    Some(Order::Pin(pin)) => {
                        self.config.pin = pin;
                        Ok(())
                    }
                    Some(Order::Server(same)) if same == self.config.server => Ok(()),
                    Some(Order::Server(other)) => {
                        self.config.server = other;
                        Err(End::Restart)
                    }
                    Some(Order::Rebind) => rebind(endpoint, server),
                },
                _ = ping.tick() => write(writer, &FromMediaAgent::Ping { at_ms: clock::wall_ms() }).await,
                _ = address_check.tick() => {
                    let there = local_address(server);
                    if there.is_some() && there != here {
                        here = there;
                        rebind(endpoint, server)
                    } else {
                        Ok(())
                    }
                }
                () = sleep_until(heard + PONG_LIMIT) => {
                    Err(End::Failed("timeout", "the server no longer answers".to_owned()))
                }
            };
            if let Err(end) = step {
                return end;
            }
        }
    }

    async fn tell(&self, status: LinkStatus, problem: Option<LinkProblem>, retry_at_ms: Option<i64>) {
        let _ = self.event(LinkEvent::Status { status, problem, retry_at_ms }).await;
    }

    async fn event(&self, event: LinkEvent) -> Result<(), End> {
        self.events.send(event).await.map_err(|_| End::Stop)
    }
}

fn wrong_server(seen: &trust::Seen) -> Option<End> {
    match seen.get() {
        Some((_, false)) => Some(End::Refused(
            "wrong_server",
            "the server shows another certificate than the one paired with: if it was replaced on purpose, pair again"
                .to_owned(),
        )),
        _ => None,
    }
}

async fn write(writer: &mut SendStream, message: &FromMediaAgent) -> Result<(), End> {
    let bytes = match encode(message) {
        Ok(bytes) => bytes,
        Err(error) => {
            warn!(%error, "a message was not sent");
            return Ok(());
        }
    };
    match timeout(WRITE_LIMIT, writer.write_all(&bytes)).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(End::Failed("closed", error.to_string())),
        Err(_) => Err(End::Failed("timeout", "the server takes no more data".to_owned())),
    }
}

async fn read_frames(mut reader: quinn::RecvStream, frames: mpsc::Sender<Result<ToMediaAgent, String>>) {
    loop {
        let read = async {
            let mut header = [0; 4];
            reader.read_exact(&mut header).await.map_err(|error| error.to_string())?;
            let mut bytes = vec![0; frame::length(header).map_err(|error| error.to_string())?];
            reader.read_exact(&mut bytes).await.map_err(|error| error.to_string())?;
            Ok(frame::decode(&bytes))
        };
        let result = match read.await {
            Ok(Some(message)) => Ok(message),
            Ok(None) => {
                warn!("a message of the server was not understood and is skipped");
                continue;
            }
            Err(detail) => Err(detail),
        };
        let last = result.is_err();
        if frames.send(result).await.is_err() || last {
            return;
        }
    }
}

fn rebind(endpoint: &Endpoint, server: SocketAddr) -> Result<(), End> {
    let moved = UdpSocket::bind(local_for(server)).and_then(|socket| endpoint.rebind(socket));
    match moved {
        Ok(()) => {
            debug!("moved to a new local port");
            Ok(())
        }
        Err(error) => Err(End::Failed("unreachable", error.to_string())),
    }
}

async fn resolve(server: &str) -> Result<SocketAddr, String> {
    let mut found = tokio::net::lookup_host(server).await.map_err(|error| format!("{server}: {error}"))?;
    found.next().ok_or_else(|| format!("{server}: no address"))
}

/// The TLS name of `host:port`; a name that cannot stand in TLS (an address in brackets) gets ours, since the server is
/// known by fingerprint, not by name.
fn server_name(server: &str) -> String {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host).trim_matches(['[', ']']);
    match rustls::pki_types::ServerName::try_from(host) {
        Ok(_) => host.to_owned(),
        Err(_) => "twinline".to_owned(),
    }
}

fn local_for(server: SocketAddr) -> SocketAddr {
    match server.ip() {
        IpAddr::V4(ip) if ip.is_loopback() => ([127, 0, 0, 1], 0).into(),
        IpAddr::V4(_) => ([0, 0, 0, 0], 0).into(),
        IpAddr::V6(_) => (std::net::Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// The address this computer uses towards the server; no packet is sent to learn it.
pub fn local_address(server: SocketAddr) -> Option<IpAddr> {
    let socket = UdpSocket::bind(local_for(server)).ok()?;
    socket.connect(server).ok()?;
    Some(socket.local_addr().ok()?.ip())
}
