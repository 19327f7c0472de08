//! What the kernel itself takes: a relay that rewrites twelve bytes and knows no call, on one shared socket with
//! `recvmmsg`/`sendmmsg`, as the media workers have them. Everything measured is compared with this, in the same run.

use crate::{
    child::{self, Role},
    datagrams::telephone,
    report::Row,
    rtp::{Generator, Sound},
};
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket},
    time::Duration,
};
use twinline_server::edge::batch::{Receiver, Sender};

/// Address block of the telephones that the relay joins in pairs.
const BLOCK: u8 = 16;
const SETTLE: Duration = Duration::from_millis(700);

/// CPU microseconds of the relay for one packet taken in and sent on.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    pub us_per_packet: f64,
}

impl Floor {
    /// CPU seconds of a call-minute of this many packets.
    pub fn call_minute(&self, packets: f64) -> f64 {
        packets * self.us_per_packet / 1e6
    }
}

/// Runs the relay with `streams` streams of 50 packets a second.
pub fn measure(streams: usize, bytes: usize, single: bool, window: Duration) -> Result<(Floor, f64)> {
    let mut generator = Generator::new(BLOCK, streams)?;
    let mut arguments = vec!["floor-relay".to_owned(), generator.port().to_string(), streams.to_string()];
    if single {
        arguments.push("--single".to_owned());
    }
    let mut relay = Role::start(&arguments)?;
    let port: u16 = relay.expect("ready")?.parse()?;
    let sound = Sound::silence(bytes - 12);
    for index in 0..streams {
        generator.speak(index, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), &sound);
    }
    generator.run(SETTLE)?;
    generator.forget();
    let before = relay.process.usage()?;
    generator.run(window)?;
    let after = relay.process.usage()?;
    let relayed = generator.tally().received;
    anyhow::ensure!(relayed > 0, "nothing came through the relay");
    let cpu = after.cpu_s - before.cpu_s;
    let latency = generator.tally().latency_ms.spread().map_or(f64::NAN, |spread| spread.p99);
    Ok((Floor { us_per_packet: cpu * 1e6 / relayed as f64 }, latency))
}

/// `twinline-perf floor`.
pub fn rows(window: Duration) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for streams in [200, 800, 2_000] {
        let (floor, p99) = measure(streams, 172, false, window)?;
        rows.push(
            Row::new(
                "–",
                &format!("kernel floor: relay of {streams} streams, one socket, batches"),
                "CPU per packet",
                "µs",
            )
            .measured(floor.us_per_packet)
            .peer("4.1–5.0 (another machine)")
            .note(&format!("latency p99 {p99:.3} ms; two-leg call-minute {:.4} CPU-s", floor.call_minute(6_000.0))),
        );
    }
    let (floor, _) = measure(28, 500, true, window)?;
    rows.push(
        Row::new("–", "kernel floor: relay of 500-byte datagrams one by one, 1,400/s", "CPU per datagram", "µs")
            .measured(floor.us_per_packet)
            .note("what a SIP call pays at least for each message in and out"),
    );
    Ok(rows)
}

/// The child: relays between telephones 2n and 2n + 1.
pub fn relay(generator_port: u16, streams: usize, single: bool) -> Result<()> {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).context("the relay's socket")?;
    let wide = socket2::SockRef::from(&socket);
    let _ = wide.set_recv_buffer_size(4 << 20);
    let _ = wide.set_send_buffer_size(4 << 20);
    let address = |index| SocketAddr::V4(SocketAddrV4::new(telephone(BLOCK, index), generator_port));
    let other: HashMap<SocketAddr, SocketAddr> =
        (0..streams).map(|index| (address(index), address(index ^ 1))).collect();
    child::say(&format!("ready {}", socket.local_addr()?.port()))?;
    child::end_with_parent();
    if single { relay_singly(&socket, &other) } else { relay_batches(&socket, &other) }
}

fn relay_singly(socket: &UdpSocket, other: &HashMap<SocketAddr, SocketAddr>) -> Result<()> {
    let mut buffer = [0; 2_048];
    loop {
        let (length, from) = socket.recv_from(&mut buffer)?;
        if let Some(to) = other.get(&from) {
            rewrite(&mut buffer[..length]);
            let _ = socket.send_to(&buffer[..length], to);
        }
    }
}

fn relay_batches(socket: &UdpSocket, other: &HashMap<SocketAddr, SocketAddr>) -> Result<()> {
    socket.set_nonblocking(true)?;
    let (mut receiver, mut sender) = (Receiver::new(), Sender::new());
    let mut arena: Vec<u8> = Vec::new();
    let mut leaving: Vec<(SocketAddr, usize, usize)> = Vec::new();
    let forever = Duration::from_secs(1);
    loop {
        crate::datagrams::wait(&[std::os::fd::AsRawFd::as_raw_fd(socket)], forever);
        receiver.receive(socket, |from, bytes| {
            let Some(to) = other.get(&from) else { return };
            rewrite(bytes);
            let start = arena.len();
            arena.extend_from_slice(bytes);
            leaving.push((*to, start, arena.len()));
        })?;
        sender.send(socket, leaving.iter().map(|(to, start, end)| (*to, &arena[*start..*end])));
        arena.clear();
        leaving.clear();
    }
}

/// What a relay at least does to a packet: another sequence number, another source.
fn rewrite(packet: &mut [u8]) {
    if let [_, _, high, low, _, _, _, _, ssrc @ ..] = packet {
        let sequence = u16::from_be_bytes([*high, *low]).wrapping_add(7);
        [*high, *low] = sequence.to_be_bytes();
        for byte in ssrc.iter_mut().take(4) {
            *byte ^= 0x55;
        }
    }
}
