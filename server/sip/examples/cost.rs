//! What a two-leg call costs without sockets: a caller, our endpoint in the middle (one leg in, one leg out), a callee.
//! Prints the middle's time per call. `cargo run -p twinline-sip --example cost [calls]`
#![allow(clippy::disallowed_methods)]

use std::net::SocketAddr;
use std::time::{Duration, Instant};
use twinline_sip::endpoint::*;

const SDP: &str = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\nm=audio 20000 RTP/AVP 0 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=sendrecv\r\n";

struct Stage {
    ends: Vec<Endpoint>,
    addresses: [SocketAddr; 3],
    spent: Duration,
    datagrams: u64,
    legs: Vec<(CallKey, CallKey)>,
}

fn main() {
    let calls: u32 = std::env::args().nth(1).map_or(20_000, |n| n.parse().expect("a number of calls"));
    let addresses = ["192.0.2.1:5060", "192.0.2.2:5060", "192.0.2.3:5060"].map(|a| a.parse().expect("an address"));
    let mut now = Instant::now();
    let ends = (0..3).map(|at| endpoint(at, &addresses, now)).collect();
    let mut stage = Stage { ends, addresses, spent: Duration::ZERO, datagrams: 0, legs: Vec::new() };
    for _ in 0..calls {
        let to = |peer| Invite {
            peer: PeerKey(peer),
            to: "+4930123".into(),
            from: "+4989456".into(),
            from_name: String::new(),
            headers: vec![],
            body: Some(Body::sdp(SDP)),
        };
        let call = stage.ends[0].invite(now, to(1)).expect("the call is placed");
        stage.settle(now);
        stage.ends[0].hang_up(now, call);
        stage.settle(now);
        now += Duration::from_millis(1);
        let began = Instant::now();
        stage.ends[1].handle_timeout(now);
        stage.spent += began.elapsed();
        stage.ends[0].handle_timeout(now);
        stage.ends[2].handle_timeout(now);
    }
    let per_call = stage.spent.as_secs_f64() * 1e6 / f64::from(calls);
    println!("{calls} two-leg calls: {per_call:.1} µs each, {} datagrams each", stage.datagrams / u64::from(calls));
    println!("held now (the last 32 s): {:?}", stage.ends[1].load());
}

fn endpoint(at: usize, addresses: &[SocketAddr; 3], now: Instant) -> Endpoint {
    let config = EndpointConfig { udp: vec![addresses[at]], ..EndpointConfig::default() };
    let mut endpoint = Endpoint::new(config, now, [at as u8; 32]);
    let peers = (0..3).filter(|other| *other != at).map(|other| Peer {
        sources: vec![Cidr { address: addresses[other].ip(), prefix: 32 }],
        target: Some(HostPort { host: addresses[other].ip().to_string(), port: Some(5060) }),
        ..Peer::new(PeerKey(other as u128), "peer")
    });
    endpoint.set_peers(now, peers.collect());
    endpoint
}

impl Stage {
    /// Carries datagrams and plays the users until all is quiet.
    fn settle(&mut self, now: Instant) {
        loop {
            let mut moved = false;
            for at in 0..3 {
                let began = Instant::now();
                let mut out = Vec::new();
                while let Some(transmit) = self.ends[at].poll_transmit() {
                    out.push(transmit);
                }
                while let Some(event) = self.ends[at].poll_event() {
                    self.hear(now, at, event);
                    moved = true;
                }
                if at == 1 {
                    self.spent += began.elapsed();
                }
                for transmit in out {
                    self.carry(now, at, transmit);
                    moved = true;
                }
            }
            if !moved {
                return;
            }
        }
    }

    fn carry(&mut self, now: Instant, from: usize, transmit: Transmit) {
        let Transmit::Udp { remote, bytes, .. } = transmit else { return };
        let Some(to) = self.addresses.iter().position(|address| *address == remote) else { return };
        let began = Instant::now();
        self.ends[to].handle_datagram(now, self.addresses[to], self.addresses[from], &bytes);
        if to == 1 {
            self.spent += began.elapsed();
        }
        self.datagrams += u64::from(to == 1 || from == 1);
    }

    fn hear(&mut self, now: Instant, at: usize, event: Event) {
        let end = &mut self.ends[at];
        match event {
            Event::Incoming(call) if at == 1 => {
                end.ring(now, call.call, None);
                let invite = Invite {
                    peer: PeerKey(2),
                    to: call.to_number,
                    from: call.from_number,
                    from_name: call.from_name,
                    headers: vec![],
                    body: call.body,
                };
                let out = end.invite(now, invite).expect("the second leg is placed");
                self.legs.push((call.call, out));
            }
            Event::Incoming(call) => {
                end.ring(now, call.call, None);
                let _ = end.answer(now, call.call, Body::sdp(SDP));
            }
            Event::Answered { call, body: Some(body) } if at == 1 => {
                if let Some((inbound, _)) = self.legs.iter().find(|(_, out)| *out == call) {
                    let _ = end.answer(now, *inbound, body);
                }
            }
            Event::Ended { call, .. } if at == 1 => {
                if let Some(at) = self.legs.iter().position(|(inbound, out)| *inbound == call || *out == call) {
                    let (inbound, out) = self.legs.swap_remove(at);
                    end.hang_up(now, if inbound == call { out } else { inbound });
                }
            }
            _ => {}
        }
    }
}
