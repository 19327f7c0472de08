//! `twinline-perf push`: what a thousand idle CCPs hold, and what a change costs that is pushed to one of them or to
//! all (goal 15). The pages are real sockets to the real server.

use crate::{
    centre::{Staff, TO_DESK_PHONES},
    datagrams::wait,
    phones::Phones,
    report::Row,
    rtp::Generator,
    server::Server,
    stats::Sample,
    ws::{Frame, Socket},
};
use anyhow::{Context, Result, ensure};
use nix::sys::epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout};
use std::{
    path::Path,
    time::{Duration, Instant},
};

const SOCKET: &str = "/api/v1/ccp/socket";
const CALLERS: u8 = 80;
/// Changes a second, each to another page.
const RATE: u64 = 200;

/// All pages on one thread.
pub struct Pages {
    epoll: Epoll,
    pub sockets: Vec<Socket>,
    buffer: Vec<u8>,
    /// Messages that came: page, when, text.
    pub changes: Vec<(usize, Instant, String)>,
}

impl Pages {
    pub fn open(server: &Server, people: &[crate::centre::Person]) -> Result<Self> {
        let epoll = Epoll::new(EpollCreateFlags::empty())?;
        let mut pages = Self { epoll, sockets: Vec::new(), buffer: vec![0; 64 * 1_024], changes: Vec::new() };
        for person in people {
            let hello = serde_json::json!({ "type": "hello", "token": person.token }).to_string();
            let socket = Socket::open(server.http, SOCKET, &hello)?;
            pages.epoll.add(&socket.stream, EpollEvent::new(EpollFlags::EPOLLIN, pages.sockets.len() as u64))?;
            pages.sockets.push(socket);
            // What comes meanwhile is taken now and then, so that the server never waits for us.
            if pages.sockets.len() % 50 == 0 {
                pages.turn(Duration::ZERO)?;
            }
        }
        Ok(pages)
    }

    /// Takes what comes within `at_most`, once.
    pub fn turn(&mut self, at_most: Duration) -> Result<()> {
        let mut events = [EpollEvent::empty(); 256];
        let timeout = EpollTimeout::try_from(at_most.as_millis() as i32).unwrap_or(EpollTimeout::ZERO);
        let ready = match self.epoll.wait(&mut events, timeout) {
            Ok(ready) => ready,
            Err(nix::errno::Errno::EINTR) => 0,
            Err(error) => return Err(error.into()),
        };
        let now = Instant::now();
        for event in &events[..ready] {
            let page = event.data() as usize;
            let changes = &mut self.changes;
            self.sockets[page].receive(&mut self.buffer, |frame| {
                if let Frame::Text(text) = frame {
                    changes.push((page, now, text));
                }
            })?;
        }
        Ok(())
    }

    /// Turns until `done` or the time is over; true when it was done.
    pub fn until(
        &mut self,
        limit: Duration,
        mut done: impl FnMut(&[(usize, Instant, String)]) -> bool,
    ) -> Result<bool> {
        let end = Instant::now() + limit;
        while Instant::now() < end {
            if done(&self.changes) {
                return Ok(true);
            }
            self.turn(Duration::from_millis(10))?;
        }
        Ok(done(&self.changes))
    }
}

/// Goal 15.
pub async fn rows(program: &Path, connections: usize, window: Duration) -> Result<Vec<Row>> {
    let mut media = Generator::new(CALLERS, 64)?;
    let mut callers = Phones::new(CALLERS, media.port())?;
    let staff = Staff { desk_phones: connections, media_agents: 0 };
    let server = Server::start(program, staff, callers.address()).await?;
    let before = server.usage()?;
    let people = server.people.desk_phones.clone();
    let mut pages = Pages::open(&server, &people)?;
    let mut greeted = vec![false; connections];
    let mut seen = 0;
    let all = pages.until(Duration::from_secs(60), |changes| {
        for (page, _, text) in &changes[seen..] {
            greeted[*page] |= text.contains("\"snapshot\"");
        }
        seen = changes.len();
        greeted.iter().all(|greeted| *greeted)
    })?;
    ensure!(all, "not every page got its snapshot; the server: {}", server.log());
    pages.until(Duration::from_secs(4), |_| false)?;
    pages.changes.clear();
    let idle = server.usage()?;
    pages.until(window.min(Duration::from_secs(10)), |_| false)?;
    let idle_after = server.usage()?;
    let idle_share = (idle_after.cpu_s - idle.cpu_s) / window.min(Duration::from_secs(10)).as_secs_f64() * 100.0;
    let memory = Row::new("15", &format!("{connections} idle CCP pages"), "RSS per connection", "KB")
        .measured(idle.rss_kb.saturating_sub(before.rss_kb) as f64 / connections as f64)
        .peer("uWebSockets 0.83, NATS 25, tungstenite 136")
        .wanted(4.0)
        .note("server's RSS with all pages signed in minus before; the page's session, tasks and sockets")
        .note(&format!(
            "signing in cost {:.2} ms of CPU a page; idle the server takes {idle_share:.1} % of a core",
            (idle.cpu_s - before.cpu_s) * 1_000.0 / connections as f64
        ));
    let mut rows = vec![memory];
    rows.extend(unicast(&server, &mut pages, window)?);
    rows.extend(broadcast(&server, &mut pages, &mut callers, &mut media)?);
    Ok(rows)
}

/// Each page in turn takes another status; how long until it shows it.
fn unicast(server: &Server, pages: &mut Pages, window: Duration) -> Result<Vec<Row>> {
    let people = &server.people;
    let statuses = [people.lunch.context("a status")?, people.pause.context("a status")?];
    let count = pages.sockets.len();
    let total = window.as_secs() * RATE;
    let mut sent: Vec<Option<Instant>> = vec![None; count];
    let mut latency = Sample::default();
    pages.changes.clear();
    let before = server.usage()?;
    let began = Instant::now();
    let (mut placed, mut seen) = (0u64, 0);
    while (placed < total || latency.len() < total as usize) && began.elapsed() < window + Duration::from_secs(10) {
        let due = began + Duration::from_micros(placed * 1_000_000 / RATE);
        if placed < total && Instant::now() >= due {
            let page = placed as usize % count;
            let status = statuses[(placed as usize / count) % 2];
            let press = serde_json::json!({ "type": "command", "id": format!("p{placed}"), "command": { "do": "set_status", "status": status } });
            sent[page] = Some(Instant::now());
            pages.sockets[page].send(&press.to_string())?;
            placed += 1;
        }
        pages.turn(Duration::from_millis(1))?;
        for (page, at, text) in &pages.changes[seen..] {
            if text.contains("\"change\"") && text.contains("\"agent\"") {
                if let Some(asked) = sent[*page].take() {
                    latency.push(at.saturating_duration_since(asked).as_secs_f64() * 1_000.0);
                }
            }
        }
        seen = pages.changes.len();
    }
    let after = server.usage()?;
    let spread = latency.spread();
    let of = format!("{} of {placed} pressed at {RATE}/s were shown", latency.len());
    Ok(vec![
        Row::new("15", "a page takes another status and shows it", "CPU per change", "µs")
            .measured((after.cpu_s - before.cpu_s) * 1e6 / placed as f64)
            .peer("uWebSockets 23–25, NATS 100 (a bare message)")
            .wanted(27.0)
            .note("press in, floor, journaled to disk, answer and change out: more than the peers' bare message")
            .note(&of),
        Row::new("17", "a page takes another status and shows it", "press to change, p99", "ms")
            .spread(spread, |spread| spread.p99)
            .wanted(5.0)
            .note(&spread.map_or_else(String::new, |s| format!("p50 {:.2} ms; waits for the disk", s.p50))),
    ])
}

/// A caller joins the queue that all pages show, and leaves it; how long until the last page knows.
fn broadcast(server: &Server, pages: &mut Pages, callers: &mut Phones, media: &mut Generator) -> Result<Vec<Row>> {
    let count = pages.sockets.len();
    let mut last = Sample::default();
    let mut delivered = 0u64;
    let before = server.usage()?;
    for turn in 0..10 {
        for leaves in [false, true] {
            pages.changes.clear();
            let began = Instant::now();
            if leaves {
                callers.hang_up_all();
            } else {
                callers.call(turn, TO_DESK_PHONES, server.sip);
            }
            let (mut told, mut seen, mut newest) = (vec![false; count], 0, began);
            let mut number = 0;
            while number < count && began.elapsed() < Duration::from_secs(6) {
                wait(&[callers.socket()], Duration::ZERO);
                callers.turn()?;
                media.turn()?;
                while callers.next_heard().is_some() {}
                pages.turn(Duration::from_millis(1))?;
                for (page, at, text) in &pages.changes[seen..] {
                    if text.contains("\"change\"") && text.contains("\"queues\"") && !told[*page] {
                        told[*page] = true;
                        number += 1;
                        newest = *at;
                    }
                }
                seen = pages.changes.len();
            }
            delivered += number as u64;
            if number == count {
                last.push(newest.saturating_duration_since(began).as_secs_f64() * 1_000.0);
            }
            let until = Instant::now() + Duration::from_millis(300);
            while Instant::now() < until {
                callers.turn()?;
                media.turn()?;
                pages.turn(Duration::from_millis(5))?;
            }
        }
    }
    let after = server.usage()?;
    let spread = last.spread();
    Ok(vec![
        Row::new("15", &format!("a queue's count changes on {count} pages"), "CPU per delivery", "µs")
            .measured((after.cpu_s - before.cpu_s) * 1e6 / (delivered.max(1)) as f64)
            .peer("uWebSockets 9–11, NATS 19")
            .note("a real call joins or leaves the queue; its SIP, flow and journal are in it")
            .note(&format!("last page after p50 {:.0} ms", spread.map_or(f64::NAN, |s| s.p50)))
            .note(&format!("{delivered} of {} deliveries", count * 20)),
    ])
}
