//! Sockets around the SIP door: one thread with its own small runtime owns the endpoint, the UDP sockets (read and
//! written in batches) and the TCP connections. What the endpoint hears goes to the switchboard; what it is told comes
//! as commands.

use super::batch;
use crate::switchboard::Mailbox;
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    io,
    net::{IpAddr, SocketAddr, UdpSocket},
    task::Poll,
    time::{Duration, Instant},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, Interest},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::AbortHandle,
};
use tracing::{debug, error, info, warn};
use twinline_model::LegId;
use twinline_sip::endpoint::{
    Body, CallKey, ConnectionId, Endpoint, EndpointConfig, Event, Invite, InviteError, Peer, Transmit,
};

/// Commands that may wait for the endpoint.
const COMMANDS: usize = 16_384;
/// Chunks of TCP bytes that may wait.
const STREAMS: usize = 1_024;

/// What the endpoint is told.
pub enum Command {
    Ring { call: CallKey, early: Option<Body> },
    Answer { call: CallKey, body: Body },
    Reject { call: CallKey, status: u16 },
    HangUp { call: CallKey },
    Invite { leg: LegId, invite: Box<Invite> },
    AnswerOffer { call: CallKey, result: Result<Body, u16> },
    InfoDigit { call: CallKey, digit: char },
    Peers(Vec<Peer>),
}

/// What it tells.
#[derive(Debug)]
pub enum Told {
    Event(Event),
    Invited { leg: LegId, result: Result<CallKey, InviteError> },
}

/// Handle to the SIP edge.
#[derive(Clone)]
pub struct Sip {
    commands: mpsc::Sender<Command>,
}

impl Sip {
    /// Hands over a command. The edge never waits for the switchboard while commands wait, so this cannot stall for
    /// long; when the queue is full the command is dropped and the log says so.
    pub fn send(&self, command: Command) {
        if let Err(error) = self.commands.try_send(command) {
            error!(%error, "a SIP command was lost");
        }
    }
}

/// Binds the sockets and starts the thread. Returns the handle and the addresses really bound.
pub fn start(
    listen: &[SocketAddr],
    advertised: Vec<IpAddr>,
    limits: Limits,
    peers: Vec<Peer>,
    mailbox: Mailbox,
    seed: [u8; 32],
) -> Result<(Sip, Vec<SocketAddr>)> {
    let mut udp = Vec::new();
    let mut tcp = Vec::new();
    for address in listen {
        let (socket, listener) = bind_pair(*address)?;
        udp.push(socket);
        tcp.push(listener);
    }
    let bound: Vec<SocketAddr> = udp.iter().map(UdpSocket::local_addr).collect::<io::Result<_>>()?;
    let config = EndpointConfig {
        udp: bound.clone(),
        tcp: tcp.iter().map(std::net::TcpListener::local_addr).collect::<io::Result<_>>()?,
        advertised,
        max_half_open: limits.half_open,
        max_calls: limits.calls,
        ..EndpointConfig::default()
    };
    let (commands, inbox) = mpsc::channel(COMMANDS);
    let mut endpoint = Endpoint::new(config, now(), seed);
    endpoint.set_peers(now(), peers);
    std::thread::Builder::new().name("sip".into()).spawn(move || {
        let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
            Ok(runtime) => runtime,
            Err(error) => return error!(%error, "the SIP thread has no runtime"),
        };
        runtime.block_on(async move {
            match Edge::new(endpoint, udp, tcp, mailbox) {
                Ok(edge) => edge.run(inbox).await,
                Err(error) => error!(%error, "the SIP sockets could not be watched"),
            }
        });
    })?;
    info!(addresses = ?bound, "SIP is open");
    Ok((Sip { commands }, bound))
}

#[derive(Clone, Copy, Debug)]
pub struct Limits {
    pub calls: usize,
    pub half_open: usize,
}

/// UDP and TCP on the same port. With port 0 the kernel chooses, so the pair is tried a few times.
fn bind_pair(address: SocketAddr) -> Result<(UdpSocket, std::net::TcpListener)> {
    for _ in 0..16 {
        let socket = bind_udp(address)?;
        let wanted = SocketAddr::new(address.ip(), socket.local_addr()?.port());
        match std::net::TcpListener::bind(wanted) {
            Ok(listener) => {
                listener.set_nonblocking(true)?;
                return Ok((socket, listener));
            }
            Err(_) if address.port() == 0 => {}
            Err(error) => return Err(error).with_context(|| format!("SIP over TCP on {wanted}")),
        }
    }
    anyhow::bail!("no port is free for SIP over both UDP and TCP on {}", address.ip())
}

fn bind_udp(address: SocketAddr) -> Result<UdpSocket> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    let _ = socket.set_recv_buffer_size(4 << 20);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into()).with_context(|| format!("SIP over UDP on {address}"))?;
    Ok(socket.into())
}

/// What the TCP tasks tell the edge.
enum Stream {
    Opened {
        id: ConnectionId,
        local: SocketAddr,
        remote: SocketAddr,
        inbound: bool,
        writer: mpsc::Sender<Vec<u8>>,
    },
    Bytes {
        id: ConnectionId,
        bytes: Vec<u8>,
    },
    Closed {
        id: ConnectionId,
    },
    /// Addresses of a peer's name; looked up beside, for a slow name server must not hold up calls.
    Resolved {
        host: String,
        addresses: Vec<IpAddr>,
    },
}

struct Edge {
    endpoint: Endpoint,
    udp: Vec<(SocketAddr, tokio::net::UdpSocket)>,
    streams: HashMap<ConnectionId, (mpsc::Sender<Vec<u8>>, Option<AbortHandle>)>,
    tell: mpsc::Sender<Stream>,
    heard: mpsc::Receiver<Stream>,
    receiver: batch::Receiver,
    mailbox: Mailbox,
}

impl Edge {
    fn new(endpoint: Endpoint, udp: Vec<UdpSocket>, tcp: Vec<std::net::TcpListener>, mailbox: Mailbox) -> Result<Self> {
        let (tell, heard) = mpsc::channel(STREAMS);
        let udp = udp
            .into_iter()
            .map(|socket| Ok((socket.local_addr()?, tokio::net::UdpSocket::from_std(socket)?)))
            .collect::<io::Result<Vec<_>>>()?;
        let mut first = 1u64;
        for listener in tcp {
            tokio::spawn(accept(TcpListener::from_std(listener)?, tell.clone(), first));
            // Each listener numbers its connections in its own range.
            first += 1 << 40;
        }
        Ok(Self { endpoint, udp, streams: HashMap::new(), tell, heard, receiver: batch::Receiver::new(), mailbox })
    }

    async fn run(mut self, mut inbox: mpsc::Receiver<Command>) {
        let mut commands = Vec::with_capacity(64);
        loop {
            let deadline = self.endpoint.poll_timeout();
            tokio::select! {
                biased;
                taken = inbox.recv_many(&mut commands, 64) => {
                    if taken == 0 {
                        return;
                    }
                    for command in commands.drain(..) {
                        self.carry_out(command).await;
                    }
                }
                Some(stream) = self.heard.recv() => self.hear_stream(stream),
                () = read_udp(&self.udp, &mut self.receiver, &mut self.endpoint) => {}
                () = until(deadline) => self.endpoint.handle_timeout(now()),
            }
            self.drain().await;
        }
    }

    async fn carry_out(&mut self, command: Command) {
        let at = now();
        match command {
            Command::Ring { call, early } => self.endpoint.ring(at, call, early),
            Command::Answer { call, body } => {
                if let Err(error) = self.endpoint.answer(at, call, body) {
                    debug!(%error, "a call could not be answered");
                }
            }
            Command::Reject { call, status } => self.endpoint.reject(at, call, status),
            Command::HangUp { call } => self.endpoint.hang_up(at, call),
            Command::Invite { leg, invite } => {
                let result = self.endpoint.invite(at, *invite);
                self.mailbox.sip(Told::Invited { leg, result }).await;
            }
            Command::AnswerOffer { call, result } => {
                if let Err(error) = self.endpoint.answer_offer(at, call, result) {
                    debug!(%error, "an offer could not be answered");
                }
            }
            Command::InfoDigit { call, digit } => {
                if let Err(error) = self.endpoint.send_info_digit(at, call, digit) {
                    debug!(%error, "a digit could not be sent");
                }
            }
            Command::Peers(peers) => self.endpoint.set_peers(at, peers),
        }
    }

    fn hear_stream(&mut self, stream: Stream) {
        let at = now();
        match stream {
            Stream::Opened { id, local, remote, inbound, writer } => {
                let abort = self.streams.remove(&id).and_then(|(_, abort)| abort);
                self.streams.insert(id, (writer, abort));
                self.endpoint.connection_opened(at, id, local, remote, inbound);
            }
            Stream::Bytes { id, bytes } => self.endpoint.handle_stream(at, id, &bytes),
            Stream::Closed { id } => {
                self.streams.remove(&id);
                self.endpoint.connection_closed(at, id);
            }
            Stream::Resolved { host, addresses } => self.endpoint.resolved(at, &host, &addresses),
        }
    }

    async fn drain(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            self.transmit(transmit);
        }
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Resolve { host } => drop(tokio::spawn(resolve(host, self.tell.clone()))),
                event => self.mailbox.sip(Told::Event(event)).await,
            }
        }
    }

    fn transmit(&mut self, transmit: Transmit) {
        match transmit {
            Transmit::Udp { local, remote, bytes } => {
                if let Some((_, socket)) = self.udp.iter().find(|(bound, _)| *bound == local)
                    && let Err(error) = socket.try_send_to(&bytes, remote)
                {
                    // As if the network had dropped it: the transaction's timers repair it.
                    debug!(%error, "a SIP datagram was not sent");
                }
            }
            Transmit::Stream { connection, bytes } => {
                let sent = self.streams.get(&connection).is_some_and(|(writer, _)| writer.try_send(bytes).is_ok());
                if !sent {
                    warn!("a SIP connection does not keep up or is gone: closed");
                    self.close(connection);
                    self.endpoint.connection_closed(now(), connection);
                }
            }
            Transmit::Open { connection, remote } => {
                let (writer, outbox) = mpsc::channel(64);
                let task = tokio::spawn(connect(connection, remote, writer.clone(), outbox, self.tell.clone()));
                self.streams.insert(connection, (writer, Some(task.abort_handle())));
            }
            Transmit::Close { connection } => self.close(connection),
        }
    }

    fn close(&mut self, connection: ConnectionId) {
        // Dropping the writer lets the connection's task send what it has and close.
        self.streams.remove(&connection);
    }
}

/// Waits until some socket is readable and hands its datagrams to the endpoint.
async fn read_udp(
    sockets: &[(SocketAddr, tokio::net::UdpSocket)],
    receiver: &mut batch::Receiver,
    endpoint: &mut Endpoint,
) {
    std::future::poll_fn(|context| {
        let mut any = false;
        for (local, socket) in sockets {
            while socket.poll_recv_ready(context).is_ready() {
                let at = now();
                let taken = socket.try_io(Interest::READABLE, || {
                    let each = |from, bytes: &mut [u8]| endpoint.handle_datagram(at, *local, from, bytes);
                    match receiver.receive(socket, each)? {
                        0 => Err(io::ErrorKind::WouldBlock.into()),
                        taken => Ok(taken),
                    }
                });
                match taken {
                    // One batch a turn: commands and timers wait no longer than that.
                    Ok(_) => {
                        any = true;
                        break;
                    }
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                    Err(error) => {
                        warn!(%error, "a SIP socket failed to read");
                        break;
                    }
                }
            }
        }
        if any { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}

async fn resolve(host: String, tell: mpsc::Sender<Stream>) {
    let addresses = match tokio::net::lookup_host((host.as_str(), 5060)).await {
        Ok(addresses) => addresses.map(|address| address.ip()).collect(),
        Err(error) => {
            warn!(%error, "a SIP peer's name could not be looked up");
            Vec::new()
        }
    };
    let _ = tell.send(Stream::Resolved { host, addresses }).await;
}

async fn accept(listener: TcpListener, tell: mpsc::Sender<Stream>, first: u64) {
    let mut next = first;
    loop {
        match listener.accept().await {
            Ok((stream, remote)) => {
                let id = ConnectionId(next);
                next += 1;
                let (writer, outbox) = mpsc::channel(64);
                let Ok(local) = stream.local_addr() else { continue };
                if tell.send(Stream::Opened { id, local, remote, inbound: true, writer }).await.is_err() {
                    return;
                }
                tokio::spawn(carry(id, stream, outbox, tell.clone()));
            }
            Err(error) => {
                warn!(%error, "a SIP connection could not be taken");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

async fn connect(
    id: ConnectionId,
    remote: SocketAddr,
    writer: mpsc::Sender<Vec<u8>>,
    outbox: mpsc::Receiver<Vec<u8>>,
    tell: mpsc::Sender<Stream>,
) {
    match tokio::time::timeout(Duration::from_secs(5), TcpStream::connect(remote)).await {
        Ok(Ok(stream)) => {
            if let Ok(local) = stream.local_addr() {
                let opened = Stream::Opened { id, local, remote, inbound: false, writer };
                if tell.send(opened).await.is_ok() {
                    carry(id, stream, outbox, tell).await;
                }
            }
        }
        _ => drop(tell.send(Stream::Closed { id }).await),
    }
}

/// Carries one connection until either side is done.
async fn carry(id: ConnectionId, stream: TcpStream, mut outbox: mpsc::Receiver<Vec<u8>>, tell: mpsc::Sender<Stream>) {
    let _ = stream.set_nodelay(true);
    let (mut read, mut write) = stream.into_split();
    let mut buffer = vec![0u8; 4_096];
    loop {
        tokio::select! {
            taken = read.read(&mut buffer) => match taken {
                Ok(taken) if taken > 0 => {
                    if tell.send(Stream::Bytes { id, bytes: buffer[..taken].to_vec() }).await.is_err() {
                        return;
                    }
                }
                _ => break,
            },
            bytes = outbox.recv() => match bytes {
                Some(bytes) => {
                    let written = tokio::time::timeout(Duration::from_secs(30), write.write_all(&bytes)).await;
                    if !matches!(written, Ok(Ok(()))) {
                        break;
                    }
                }
                None => {
                    let _ = write.shutdown().await;
                    break;
                }
            },
        }
    }
    let _ = tell.send(Stream::Closed { id }).await;
}

#[allow(clippy::disallowed_methods)] // The edge is where the clock is read.
fn now() -> Instant {
    Instant::now()
}
