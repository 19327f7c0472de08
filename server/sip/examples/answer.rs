//! A telephone that answers every call from this machine, by UDP and TCP: `answer [port [user password]]`, with the
//! latter after a challenge. Prints what it holds each second. Try it with SIPp: `sipp -sn uac 127.0.0.1:5080`, by TCP `sipp -sn uac 127.0.0.1:5080 -t t1`.
#![allow(clippy::disallowed_methods)]

use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::{Duration, Instant};
use twinline_sip::endpoint::{
    Algorithm, Body, ConnectionId, Credentials, Endpoint, EndpointConfig, Event, Peer, PeerKey, Transmit,
};

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n";

struct Telephone {
    endpoint: Endpoint,
    local: SocketAddr,
    udp: UdpSocket,
    listener: TcpListener,
    streams: HashMap<ConnectionId, TcpStream>,
    accepted: u64,
    calls: u64,
    ended: u64,
}

fn main() -> std::io::Result<()> {
    let port: u16 = std::env::args().nth(1).map_or(5080, |port| port.parse().expect("a port number"));
    let local: SocketAddr = ([127, 0, 0, 1], port).into();
    // SIPp knows MD5 alone and looks at the first challenge.
    let digest = vec![Algorithm::Md5];
    let config = EndpointConfig { udp: vec![local], tcp: vec![local], digest, ..EndpointConfig::default() };
    let mut endpoint = Endpoint::new(config, Instant::now(), [7; 32]);
    let sources = vec!["127.0.0.0/8".parse().expect("a block")];
    let words: Vec<_> = std::env::args().skip(2).take(2).collect();
    let credentials = match &words[..] {
        [username, password] => Some(Credentials { username: username.clone(), password: password.clone() }),
        _ => None,
    };
    let inbound_auth = credentials.is_some();
    let peer = Peer { sources, credentials, inbound_auth, ..Peer::new(PeerKey(1), "this machine") };
    endpoint.set_peers(Instant::now(), vec![peer]);
    let (udp, listener) = (UdpSocket::bind(local)?, TcpListener::bind(local)?);
    listener.set_nonblocking(true)?;
    let streams = HashMap::new();
    let mut telephone = Telephone { endpoint, local, udp, listener, streams, accepted: 0, calls: 0, ended: 0 };
    telephone.run()
}

impl Telephone {
    fn run(&mut self) -> std::io::Result<()> {
        let mut buffer = vec![0; 65_535];
        let mut report = Instant::now();
        self.udp.set_read_timeout(Some(Duration::from_millis(2)))?;
        loop {
            if let Ok((length, remote)) = self.udp.recv_from(&mut buffer) {
                self.endpoint.handle_datagram(Instant::now(), self.local, remote, &buffer[..length]);
            }
            if let Ok((stream, remote)) = self.listener.accept() {
                stream.set_nonblocking(true)?;
                self.accepted += 1;
                let id = ConnectionId(self.accepted);
                self.streams.insert(id, stream);
                self.endpoint.connection_opened(Instant::now(), id, self.local, remote, true);
            }
            self.read_streams(&mut buffer);
            self.endpoint.handle_timeout(Instant::now());
            self.hear();
            self.send();
            if report.elapsed() >= Duration::from_secs(1) {
                report = Instant::now();
                println!("calls {}, ended {}, held {:?}", self.calls, self.ended, self.endpoint.load());
            }
        }
    }

    fn read_streams(&mut self, buffer: &mut [u8]) {
        let mut closed = Vec::new();
        for (id, stream) in &mut self.streams {
            match stream.read(buffer) {
                Ok(length @ 1..) => self.endpoint.handle_stream(Instant::now(), *id, &buffer[..length]),
                Err(error) if error.kind() == ErrorKind::WouldBlock => {}
                _ => closed.push(*id),
            }
        }
        for id in closed {
            self.streams.remove(&id);
            self.endpoint.connection_closed(Instant::now(), id);
        }
    }

    fn hear(&mut self) {
        while let Some(event) = self.endpoint.poll_event() {
            match event {
                Event::Incoming(call) => {
                    self.calls += 1;
                    self.endpoint.ring(Instant::now(), call.call, None);
                    let _ = self.endpoint.answer(Instant::now(), call.call, Body::sdp(SDP));
                }
                Event::Ended { .. } => self.ended += 1,
                _ => {}
            }
        }
    }

    fn send(&mut self) {
        while let Some(transmit) = self.endpoint.poll_transmit() {
            match transmit {
                Transmit::Udp { remote, bytes, .. } => drop(self.udp.send_to(&bytes, remote)),
                Transmit::Stream { connection, bytes } => {
                    let written = self.streams.get_mut(&connection).map(|stream| stream.write_all(&bytes));
                    if !matches!(written, Some(Ok(()))) {
                        self.streams.remove(&connection);
                        self.endpoint.connection_closed(Instant::now(), connection);
                    }
                }
                Transmit::Open { connection, .. } => self.endpoint.connection_closed(Instant::now(), connection),
                Transmit::Close { connection } => drop(self.streams.remove(&connection)),
            }
        }
    }
}
