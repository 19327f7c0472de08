//! `twinline-perf sip`: what signalling costs (goal 1), and how long a caller waits for the first sound (goal 8).

use crate::{
    centre::{Staff, TO_PROMPT},
    child::Role,
    datagrams::{now_ns, wait},
    floor,
    phones::{Heard, Phones},
    report::Row,
    rtp::Generator,
    server::Server,
    stats::Sample,
};
use anyhow::{Result, ensure};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    path::Path,
    time::{Duration, Instant},
};

const CALLERS: u8 = 80;
const CALLEES: u8 = 96;
/// Telephones that call in turn; a call lasts milliseconds, so none is used twice at once.
const TELEPHONES: usize = 1_000;
/// Calls a second, far below saturation.
const RATE: u64 = 100;

/// What a series of calls gave.
struct Series {
    ended: u64,
    failed: u64,
    repeated: u64,
    setup_ms: Sample,
}

/// Calls at `rate` for `window`; each is hung up as soon as it is answered. `beside` runs at every turn.
fn series(
    callers: &mut Phones,
    server: SocketAddrV4,
    number: &str,
    window: Duration,
    mut beside: impl FnMut() -> Result<()>,
    others: &[i32],
) -> Result<Series> {
    let mut series = Series { ended: 0, failed: 0, repeated: callers.repeated, setup_ms: Sample::default() };
    let began = Instant::now();
    let total = window.as_secs() * RATE;
    let mut placed = 0u64;
    let sockets: Vec<i32> = others.iter().copied().chain([callers.socket()]).collect();
    while series.ended + series.failed < total && began.elapsed() < window + Duration::from_secs(20) {
        let due = began + Duration::from_micros(placed * 1_000_000 / RATE);
        if placed < total && Instant::now() >= due {
            callers.call(placed as usize % TELEPHONES, number, server);
            placed += 1;
        }
        let rest =
            if placed < total { due.saturating_duration_since(Instant::now()) } else { Duration::from_millis(10) };
        wait(&sockets, rest.min(Duration::from_millis(10)));
        callers.turn()?;
        beside()?;
        while let Some(heard) = callers.next_heard() {
            match heard {
                Heard::Answered { call, after_ms, .. } => {
                    series.setup_ms.push(after_ms);
                    callers.hang_up(call);
                }
                Heard::Ended { .. } => series.ended += 1,
                Heard::Failed { .. } => series.failed += 1,
                _ => {}
            }
        }
    }
    series.repeated = callers.repeated - series.repeated;
    ensure!(series.ended > 0, "no call came through ({} failed)", series.failed);
    Ok(series)
}

impl Series {
    fn note(&self) -> String {
        let setup = self.setup_ms.spread();
        let setup =
            setup.map_or_else(String::new, |s| format!("INVITE to 200 p50 {:.2} ms, p99 {:.2} ms; ", s.p50, s.p99));
        format!("{setup}{} calls at {RATE}/s, {} failed, {} messages repeated", self.ended, self.failed, self.repeated)
    }
}

/// Goals 1 and 8.
pub async fn rows(program: &Path, window: Duration) -> Result<Vec<Row>> {
    let (floor, _) = floor::measure(28, 500, true, window.min(Duration::from_secs(6)))?;
    let per_datagram_ms = floor.us_per_packet / 1_000.0;
    let mut rows = vec![back_to_back(window, per_datagram_ms)?];
    rows.extend(whole_server(program, window, per_datagram_ms).await?);
    Ok(rows)
}

/// Two legs through one SIP endpoint in a child: no media, no journal.
fn back_to_back(window: Duration, per_datagram_ms: f64) -> Result<Row> {
    let mut callers = Phones::new(CALLERS, 9)?;
    let mut callees = Phones::new(CALLEES, 9)?;
    let arguments = ["b2bua", &CALLERS.to_string(), &callees.address().to_string()].map(str::to_owned);
    let mut role = Role::start(&arguments)?;
    let server = SocketAddrV4::new(Ipv4Addr::LOCALHOST, role.expect("ready")?.parse()?);
    let callee_socket = callees.socket();
    let mut beside = || {
        callees.turn()?;
        while callees.next_heard().is_some() {}
        Ok(())
    };
    series(&mut callers, server, "+827000000", Duration::from_secs(2), &mut beside, &[callee_socket])?;
    let before = role.process.usage()?;
    let series = series(&mut callers, server, "+827000000", window, &mut beside, &[callee_socket])?;
    let after = role.process.usage()?;
    Ok(Row::new("1", "two-leg set-up and tear-down, SIP endpoint alone", "CPU per call", "ms")
        .measured((after.cpu_s - before.cpu_s) * 1_000.0 / series.ended as f64)
        .floor(7.0 * per_datagram_ms)
        .peer("Asterisk 3.1–3.6, siphon 0.73, Kamailio 0.45")
        .wanted(0.18)
        .note("one twinline-sip endpoint as a B2BUA in a child: no media, no journal, no routing; floor: 7 datagrams relayed")
        .note(&series.note()))
}

/// One leg through everything: SIP, floor, flow, journal, media leg, contact record.
async fn whole_server(program: &Path, window: Duration, per_datagram_ms: f64) -> Result<Vec<Row>> {
    let mut media = Generator::new(CALLERS, TELEPHONES)?;
    let mut callers = Phones::new(CALLERS, media.port())?;
    let server = Server::start(program, Staff::default(), callers.address()).await?;
    let mut beside = || media.turn();
    series(&mut callers, server.sip, TO_PROMPT, Duration::from_secs(2), &mut beside, &[])?;
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (before, threads) = (server.usage()?, crate::proc::threads(server.pid())?);
    let series = series(&mut callers, server.sip, TO_PROMPT, window, &mut beside, &[])?;
    let (after, threads_after) = (server.usage()?, crate::proc::threads(server.pid())?);
    let share = threads_after.iter().filter_map(|(name, cpu)| {
        let used = (cpu - threads.get(name).unwrap_or(&0.0)) * 1_000.0 / series.ended as f64;
        (used >= 0.005).then(|| format!("{name} {used:.3}"))
    });
    let share = share.collect::<Vec<_>>().join(", ");
    let one_leg = Row::new("1", "one leg answered by a flow and hung up, whole server", "CPU per call", "ms")
        .measured((after.cpu_s - before.cpu_s) * 1_000.0 / series.ended as f64)
        .floor(3.0 * per_datagram_ms)
        .peer("Asterisk 1.5–1.75, FreeSWITCH 4.7–5.0")
        .note("SIP, flow, media leg with a prompt begun, events and contact record journaled to disk; floor: 3 datagrams relayed")
        .note(&format!("by thread, ms: {share}"))
        .note(&series.note());
    let first = first_packets(&mut callers, &mut media, server.sip)?;
    let spread = first.spread();
    let first = Row::new("8", "INVITE to first prompt packet, whole server", "p50", "ms")
        .spread(spread, |spread| spread.p50)
        .peer("RustPBX 8.5–11.6, FreeSWITCH 22, Asterisk 503")
        .wanted(2.0)
        .note(&spread.map_or_else(String::new, |s| format!("p99 {:.2} ms, {} calls one after the other", s.p99, s.n)))
        .note("from before the INVITE's system call to the kernel's time stamp of the first RTP packet");
    Ok(vec![one_leg, first])
}

/// Calls one after the other; how long each waits for sound, in ms.
fn first_packets(callers: &mut Phones, media: &mut Generator, server: SocketAddrV4) -> Result<Sample> {
    let mut waits = Sample::default();
    for index in 0..100 {
        // A telephone that has not been heard yet.
        let phone = TELEPHONES / 2 + index;
        media.renew(phone);
        let began = now_ns();
        let call = callers.call(phone, TO_PROMPT, server);
        let until = Instant::now() + Duration::from_secs(2);
        while media.first_packet(phone).is_none() && Instant::now() < until {
            wait(&[callers.socket(), media.socket()], Duration::from_millis(5));
            callers.turn()?;
            media.turn()?;
            while callers.next_heard().is_some() {}
        }
        if let Some(at) = media.first_packet(phone) {
            waits.push(at.saturating_sub(began) as f64 / 1e6);
        }
        callers.hang_up(call);
        let until = Instant::now() + Duration::from_millis(40);
        while Instant::now() < until {
            wait(&[callers.socket(), media.socket()], Duration::from_millis(5));
            callers.turn()?;
            media.turn()?;
            while callers.next_heard().is_some() {}
        }
    }
    ensure!(waits.len() > 0, "no prompt was heard");
    Ok(waits)
}
