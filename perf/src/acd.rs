//! `twinline-perf acd`: how soon a free agent is offered the next caller (goal 9), and a caller an idle agent (goal 10).
//! Agents come through the real doors: a CCP's WebSocket and a media agent's QUIC link. A measure ends when the endpoint
//! is told to ring; the agents' sound is not needed for that.

use crate::{
    centre::{Staff, TO_MEDIA_AGENTS},
    datagrams::{now_ns, wait},
    links::Links,
    matching,
    phones::{Heard, Phones},
    push::Pages,
    report::Row,
    rtp::Generator,
    server::Server,
    stats::Sample,
};
use anyhow::{Context, Result, ensure};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use twinline_api::ws::media_agent::ToMediaAgent;
use twinline_model::{AgentStatusId, ContactId};

const CALLERS: u8 = 80;
const AGENTS: usize = 5;
const WAITING: usize = 100;
/// Offers looked at.
const OFFERS: usize = 400;

/// A running centre with its callers and agents.
struct Stage {
    server: Server,
    media: Generator,
    callers: Phones,
    pages: Pages,
    links: Links,
    /// Calls answered so far.
    answered: usize,
    presses: u64,
    /// Rings that came and were not looked at: agent, when, contact.
    rings: Vec<(usize, u64, ContactId)>,
}

impl Stage {
    async fn set(program: &Path) -> Result<Self> {
        let mut media = Generator::new(CALLERS, WAITING + 1)?;
        let callers = Phones::new(CALLERS, media.port())?;
        let server = Server::start(program, Staff { desk_phones: 0, media_agents: AGENTS }, callers.address()).await?;
        let people = server.people.media_agents.clone();
        let links = Links::open(server.quic, &people).await?;
        let mut pages = Pages::open(&server, &people)?;
        pages.until(Duration::from_secs(10), |heard| {
            (0..AGENTS).all(|page| heard.iter().any(|(of, _, text)| *of == page && text.contains("\"snapshot\"")))
        })?;
        media.turn()?;
        Ok(Self { server, media, callers, pages, links, answered: 0, presses: 0, rings: Vec::new() })
    }

    /// One look at everything that can come.
    fn turn(&mut self) -> Result<()> {
        wait(&[self.callers.socket()], Duration::from_micros(200));
        self.callers.turn()?;
        if self.media.due() <= Instant::now() {
            self.media.turn()?;
        }
        self.pages.turn(Duration::ZERO)?;
        while let Some(heard) = self.callers.next_heard() {
            match heard {
                Heard::Answered { .. } => self.answered += 1,
                Heard::Failed { status, .. } => {
                    anyhow::bail!("a call was refused: {status}; the server: {}", self.server.log())
                }
                _ => {}
            }
        }
        while let Some((agent, at, message)) = self.links.next_said() {
            if let ToMediaAgent::Ring { contact, .. } = message {
                self.rings.push((agent, at, contact));
            }
        }
        Ok(())
    }

    fn until(&mut self, limit: Duration, what: &str, done: impl Fn(&Self) -> bool) -> Result<()> {
        let end = Instant::now() + limit;
        while !done(self) {
            ensure!(Instant::now() < end, "{what} did not happen in {limit:?}; the server: {}", self.server.log());
            self.turn()?;
        }
        Ok(())
    }

    fn rest(&mut self, time: Duration) -> Result<()> {
        let end = Instant::now() + time;
        while Instant::now() < end {
            self.turn()?;
        }
        Ok(())
    }

    /// Presses a button; its id.
    fn press(&mut self, agent: usize, command: &serde_json::Value) -> Result<String> {
        self.presses += 1;
        let id = format!("a{}", self.presses);
        let press = serde_json::json!({ "type": "command", "id": id, "command": command });
        self.pages.sockets.get_mut(agent).context("a page")?.send(&press.to_string())?;
        Ok(id)
    }

    /// Presses and waits for the answer, whichever it is.
    fn pressed(&mut self, agent: usize, command: &serde_json::Value) -> Result<()> {
        self.pages.changes.clear();
        let id = format!("\"id\":\"{}\"", self.press(agent, command)?);
        self.until(Duration::from_secs(10), "the answer to a press", |stage| {
            stage.pages.changes.iter().any(|(_, _, text)| text.contains(&id))
        })
    }

    fn set_status(&mut self, agent: usize, status: Option<AgentStatusId>) -> Result<()> {
        let status = status.context("a status")?;
        self.pressed(agent, &serde_json::json!({ "do": "set_status", "status": status }))
    }
}

/// Goals 9 and 10.
pub async fn rows(program: &Path) -> Result<Vec<Row>> {
    let mut stage = Stage::set(program).await?;
    let idle = stage.idle_agent()?.spread();
    let busy = stage.busy_agents()?.spread();
    let ends = "ends at `Ring` on the media agent's link; decision, journal and QUIC are in it";
    let row = |goal: &str, workload: &str, metric: &str| Row::new(goal, workload, metric, "ms");
    let mut rows = vec![
        row("9", "agent free to next offer, 100 waiting, 5 agents, whole server", "p99")
            .spread(busy, |spread| spread.p99)
            .peer("Asterisk 1,035, FreeSWITCH 1,128")
            .wanted(1.0)
            .note(&busy.map_or_else(String::new, |s| format!("p50 {:.2} ms of {} offers", s.p50, s.n)))
            .note("free: the agent's page leaves a rejected contact behind (`clear`)")
            .note(ends),
        row("10", "caller's INVITE to offer, agent idle, whole server", "p50")
            .spread(idle, |spread| spread.p50)
            .peer("RustPBX 8.6, Asterisk 18, FreeSWITCH 62")
            .wanted(1.0)
            .note(
                &idle.map_or_else(String::new, |s| format!("p99 {:.2} ms of {} calls one after the other", s.p99, s.n)),
            )
            .note(ends),
    ];
    rows.push(matching::row()?);
    Ok(rows)
}

impl Stage {
    /// One agent waits; callers come one after the other.
    fn idle_agent(&mut self) -> Result<Sample> {
        let mut took = Sample::default();
        self.set_status(0, self.server.people.available)?;
        for caller in 0..60 {
            let (began, rang) = (now_ns(), self.rings.len());
            let call = self.callers.call(caller, TO_MEDIA_AGENTS, self.server.sip);
            self.until(Duration::from_secs(10), "an offer", |stage| stage.rings.len() > rang)?;
            let (_, at, contact) = self.rings[rang];
            took.push(at.saturating_sub(began) as f64 / 1e6);
            let answered = self.answered;
            self.rest(Duration::from_millis(20))?;
            ensure!(self.answered >= answered, "a call was not answered");
            self.callers.hang_up(call);
            self.rest(Duration::from_millis(30))?;
            // Whether there is anything to leave behind is the floor's matter; a refusal does no harm.
            self.pressed(0, &serde_json::json!({ "do": "clear", "contact": contact }))?;
            self.rest(Duration::from_millis(20))?;
        }
        self.set_status(0, self.server.people.lunch)?;
        Ok(took)
    }

    /// A hundred wait; five agents are rung, reject, leave that behind, and are rung again.
    fn busy_agents(&mut self) -> Result<Sample> {
        let wanted = self.answered + WAITING;
        for caller in 0..WAITING {
            self.callers.call(caller, TO_MEDIA_AGENTS, self.server.sip);
            self.rest(Duration::from_millis(10))?;
        }
        self.until(Duration::from_secs(20), "the answer of all calls", |stage| stage.answered >= wanted)?;
        self.rest(Duration::from_secs(1))?;
        self.rings.clear();
        for agent in 0..AGENTS {
            self.set_status(agent, self.server.people.available)?;
        }
        let mut took = Sample::default();
        let mut free_since = [None::<u64>; AGENTS];
        let mut reject_at: Vec<(Instant, usize, ContactId)> = Vec::new();
        let end = Instant::now() + Duration::from_secs(60);
        while took.len() < OFFERS && Instant::now() < end {
            self.turn()?;
            for (agent, at, contact) in std::mem::take(&mut self.rings) {
                if let Some(free) = free_since[agent].take() {
                    took.push(at.saturating_sub(free) as f64 / 1e6);
                }
                // Not all in step: each rings a while of its own.
                let while_ms = 80 + (took.len() * 37 + agent * 53) as u64 % 120;
                reject_at.push((Instant::now() + Duration::from_millis(while_ms), agent, contact));
            }
            let due = reject_at.iter().position(|(at, _, _)| *at <= Instant::now());
            if let Some((_, agent, contact)) = due.map(|index| reject_at.swap_remove(index)) {
                self.pressed(agent, &serde_json::json!({ "do": "reject", "contact": contact }))?;
                free_since[agent] = Some(now_ns());
                self.press(agent, &serde_json::json!({ "do": "clear", "contact": contact }))?;
            }
        }
        self.callers.hang_up_all();
        self.rest(Duration::from_secs(1))?;
        ensure!(took.len() > 0, "nobody was offered a second caller; the server: {}", self.server.log());
        Ok(took)
    }
}
