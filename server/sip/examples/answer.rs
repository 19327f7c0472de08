//! A telephone that answers every call from this machine: `answer [udp-port]`. Prints what happens each second.
//! Try it with SIPp: `sipp -sn uac 127.0.0.1:5080`.
#![allow(clippy::disallowed_methods, clippy::unwrap_used)]

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use twinline_sip::endpoint::{Body, Endpoint, EndpointConfig, Event, Peer, PeerKey, Transmit};

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n";

fn main() {
    let port: u16 = std::env::args().nth(1).map_or(5080, |port| port.parse().expect("a UDP port number"));
    let local: SocketAddr = ([127, 0, 0, 1], port).into();
    let socket = UdpSocket::bind(local).expect("the port is free");
    let config = EndpointConfig { udp: vec![local], ..EndpointConfig::default() };
    let mut endpoint = Endpoint::new(config, Instant::now(), [7; 32]);
    let sources = vec!["127.0.0.0/8".parse().expect("a block")];
    endpoint.set_peers(Instant::now(), vec![Peer { sources, ..Peer::new(PeerKey(1), "this machine") }]);
    let (mut buffer, mut calls, mut ended) = (vec![0; 65_535], 0u64, 0u64);
    let mut report = Instant::now();
    loop {
        let wait = endpoint.poll_timeout().map_or(Duration::from_millis(500), |at| {
            at.saturating_duration_since(Instant::now()).clamp(Duration::from_millis(1), Duration::from_millis(500))
        });
        socket.set_read_timeout(Some(wait)).unwrap();
        if let Ok((length, remote)) = socket.recv_from(&mut buffer) {
            endpoint.handle_datagram(Instant::now(), local, remote, &buffer[..length]);
        }
        endpoint.handle_timeout(Instant::now());
        while let Some(event) = endpoint.poll_event() {
            match event {
                Event::Incoming(call) => {
                    calls += 1;
                    endpoint.ring(Instant::now(), call.call, None);
                    let _ = endpoint.answer(Instant::now(), call.call, Body::sdp(SDP));
                }
                Event::Ended { .. } => ended += 1,
                _ => {}
            }
        }
        while let Some(transmit) = endpoint.poll_transmit() {
            if let Transmit::Udp { remote, bytes, .. } = transmit {
                let _ = socket.send_to(&bytes, remote);
            }
        }
        if report.elapsed() >= Duration::from_secs(1) {
            report = Instant::now();
            println!("calls {calls}, ended {ended}, held {:?}", endpoint.load());
        }
    }
}
