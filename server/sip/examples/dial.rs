//! Places calls, waits for each answer, and hangs up: `dial host:port calls [user password]`. Exit 1 when one fails.
//! Try it with SIPp: `sipp -sn uas -p 5081`, then `dial 127.0.0.1:5081 100`.
#![allow(clippy::disallowed_methods)]

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};
use twinline_sip::endpoint::*;

const SDP: &str =
    "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0\r\n";

fn main() -> std::io::Result<()> {
    let mut words = std::env::args().skip(1);
    let target: HostPort = words.next().unwrap_or_default().parse().expect("host:port to call");
    let calls: u32 = words.next().and_then(|n| n.parse().ok()).unwrap_or(1);
    let credentials = words.next().zip(words.next()).map(|(username, password)| Credentials { username, password });
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    let local = socket.local_addr()?;
    socket.set_read_timeout(Some(Duration::from_millis(5)))?;
    let config = EndpointConfig { udp: vec![local], ..EndpointConfig::default() };
    let mut endpoint = Endpoint::new(config, Instant::now(), [3; 32]);
    let peer = Peer { target: Some(target), credentials, ..Peer::new(PeerKey(1), "callee") };
    endpoint.set_peers(Instant::now(), vec![peer]);
    let (mut placed, mut answered, mut failed, mut over) = (0, 0, 0, 0);
    let began = Instant::now();
    while over < calls && began.elapsed() < Duration::from_secs(60) {
        if placed < calls {
            placed += 1;
            let (to, from, from_name) = ("service".to_owned(), "+4989".to_owned(), "dial".to_owned());
            let body = Some(Body::sdp(SDP));
            let invite = Invite { peer: PeerKey(1), to, from, from_name, headers: vec![], body };
            endpoint.invite(Instant::now(), invite).expect("the call is placed");
        }
        let mut buffer = [0; 65_535];
        if let Ok((length, remote)) = socket.recv_from(&mut buffer) {
            let remote: SocketAddr = remote;
            endpoint.handle_datagram(Instant::now(), local, remote, &buffer[..length]);
        }
        endpoint.handle_timeout(Instant::now());
        while let Some(event) = endpoint.poll_event() {
            match event {
                Event::Answered { call, .. } => {
                    answered += 1;
                    endpoint.hang_up(Instant::now(), call);
                }
                Event::Ended { .. } => over += 1,
                Event::Failed { status, reason, .. } => {
                    println!("failed: {status} {reason}");
                    failed += 1;
                    over += 1;
                }
                _ => {}
            }
        }
        while let Some(transmit) = endpoint.poll_transmit() {
            if let Transmit::Udp { remote, bytes, .. } = transmit {
                socket.send_to(&bytes, remote)?;
            }
        }
    }
    println!("placed {placed}, answered {answered}, failed {failed}");
    std::process::exit(i32::from(answered != calls));
}
