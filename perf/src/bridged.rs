//! Whole calls through the whole server: a trunk's RTP on one side, an agent's WebRTC on the other, brought together by
//! flow, queue and offer. What such a call costs while it lasts (goals 5, 12, 14).

use crate::{
    centre::{Staff, TO_MEDIA_AGENTS},
    datagrams::wait,
    floor,
    links::Links,
    phones::{Heard, Phones},
    push::Pages,
    report::Row,
    rtp::{Generator, Sound},
    server::Server,
    softphones::Softphones,
};
use anyhow::{Context, Result, ensure};
use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_model::{ContactId, LegId};

const CALLERS: u8 = 80;
const AGENTS: u8 = 112;

struct Stage {
    server: Server,
    media: Generator,
    callers: Phones,
    softphones: Softphones,
    pages: Pages,
    links: Links,
    rung: HashMap<usize, (ContactId, LegId)>,
    answered: usize,
    risen: usize,
    /// Why offers ended that were not accepted.
    stopped: Vec<String>,
    live: usize,
    silence: std::sync::Arc<Sound>,
}

impl Stage {
    async fn set(program: &Path, calls: usize) -> Result<Self> {
        let media = Generator::new(CALLERS, calls)?;
        let callers = Phones::new(CALLERS, media.port())?;
        let server = Server::start(program, Staff { desk_phones: 0, media_agents: calls }, callers.address()).await?;
        let people = server.people.media_agents.clone();
        let links = Links::open(server.quic, &people).await?;
        let mut pages = Pages::open(&server, &people)?;
        let status = server.people.available.context("a status")?;
        for page in 0..calls {
            let press = serde_json::json!({ "type": "command", "id": "1", "command": { "do": "set_status", "status": status } });
            pages.sockets[page].send(&press.to_string())?;
            pages.turn(Duration::from_millis(2))?;
        }
        pages.until(Duration::from_secs(10), |heard| {
            heard.iter().filter(|(_, _, text)| text.contains("\"done\"")).count() >= calls
        })?;
        let softphones = Softphones::new(AGENTS)?;
        let silence = Sound::silence(160);
        Ok(Self {
            server,
            media,
            callers,
            softphones,
            pages,
            links,
            rung: HashMap::new(),
            answered: 0,
            risen: 0,
            stopped: Vec::new(),
            live: 0,
            silence,
        })
    }

    async fn turn(&mut self) -> Result<()> {
        wait(&[self.callers.socket(), self.softphones.socket()], Duration::from_millis(1));
        self.callers.turn()?;
        self.media.turn()?;
        self.pages.turn(Duration::ZERO)?;
        self.pages.changes.clear();
        while let Some(heard) = self.callers.next_heard() {
            match heard {
                Heard::Answered { phone, media, .. } => {
                    self.answered += 1;
                    self.media.speak(phone, media.context("an answer without media")?, &self.silence);
                }
                Heard::Failed { status, .. } => {
                    anyhow::bail!("a call was refused: {status}; the server: {}", self.server.log())
                }
                _ => {}
            }
        }
        for agent in self.softphones.turn()? {
            self.risen += 1;
            let (contact, leg) = *self.rung.get(&agent).context("sound without a call")?;
            self.links.send(agent, &FromMediaAgent::MediaUp { leg }).await?;
            self.links.send(agent, &FromMediaAgent::Accept { id: format!("accept-{agent}"), contact }).await?;
        }
        // Gives the links' reading tasks their turn even when this is the only thread.
        tokio::task::yield_now().await;
        while let Some((agent, _, message)) = self.links.next_said() {
            match message {
                ToMediaAgent::Ring { contact, leg, .. } => {
                    self.rung.insert(agent, (contact, leg));
                    let sdp = self.softphones.offer(agent)?;
                    self.links.send(agent, &FromMediaAgent::Offer { leg, sdp }).await?;
                }
                ToMediaAgent::Answer { sdp, .. } => self.softphones.answer(agent, &sdp)?,
                ToMediaAgent::Live { .. } => self.live += 1,
                ToMediaAgent::Refused { error, .. } => anyhow::bail!("an agent's press was refused: {}", error.code),
                ToMediaAgent::StopRing { why, .. } if why != "accepted" => self.stopped.push(why),
                ToMediaAgent::Ended { why, .. } => anyhow::bail!("a call ended by itself: {why}"),
                _ => {}
            }
        }
        Ok(())
    }

    async fn run(&mut self, time: Duration) -> Result<()> {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.turn().await?;
        }
        Ok(())
    }
}

/// Goals 5 and 14, with the plain relay's CPU of the same run to compare with when there is one.
pub async fn rows(program: &Path, calls: usize, window: Duration, plain: Option<f64>) -> Result<Vec<Row>> {
    let (floor, _) = floor::measure(calls * 2, 172, false, window.min(Duration::from_secs(5)))?;
    let mut stage = Stage::set(program, calls).await?;
    stage.run(Duration::from_secs(1)).await?;
    let empty = stage.server.usage()?;
    for caller in 0..calls {
        stage.callers.call(caller, TO_MEDIA_AGENTS, stage.server.sip);
        stage.run(Duration::from_millis(50)).await?;
    }
    let end = Instant::now() + Duration::from_secs(20);
    while stage.live < calls && Instant::now() < end {
        stage.turn().await?;
    }
    ensure!(
        stage.live == calls,
        "of {calls} calls {} were answered, {} rang, {} had sound, {} became live, offers ended by {:?}; the server: {}",
        stage.answered,
        stage.rung.len(),
        stage.risen,
        stage.live,
        stage.stopped,
        stage.server.log()
    );
    stage.run(Duration::from_secs(3)).await?;
    let settled = stage.server.usage()?;
    let threads = crate::proc::threads(stage.server.pid())?;
    stage.media.forget();
    let (sent, received) = (stage.softphones.sent, stage.softphones.received);
    stage.run(window).await?;
    let after = stage.server.usage()?;
    let media_thread =
        crate::proc::threads(stage.server.pid())?.get("media").unwrap_or(&0.0) - threads.get("media").unwrap_or(&0.0);
    let per_call_minute = 60.0 / (calls as f64 * window.as_secs_f64());
    let used = (after.cpu_s - settled.cpu_s) * per_call_minute;
    let tally = stage.media.tally();
    let (to_agents, from_agents) = (stage.softphones.received - received, stage.softphones.sent - sent);
    let whole = to_agents as f64 >= 0.98 * tally.sent as f64 && tally.received as f64 >= 0.98 * from_agents as f64;
    let cost = Row::new(
        "5",
        &format!("SRTP agent leg and RTP trunk, {calls} calls, whole server"),
        "CPU per call-minute",
        "s",
    )
    .measured(if whole { used } else { f64::NAN })
    .floor(floor.call_minute(6_000.0))
    .peer("goal: 1.3 × the plain relay of the same run")
    .note(&format!("all threads; the media workers alone {:.4} s", media_thread * per_call_minute))
    .note(&format!("to agents {to_agents} of {}, to callers {} of {from_agents} packets", tally.sent, tally.received))
    .note("PCMU on both legs, no transcoding (goal 12); links, pages, journal and reports in it");
    let cost = match plain {
        Some(plain) => cost.wanted(1.3 * plain),
        None => cost.wanted(1.3 * 0.035),
    };
    let memory =
        Row::new("14", &format!("bridged call with a WebRTC agent, {calls} calls, whole server"), "RSS per call", "KB")
            .measured(settled.rss_kb.saturating_sub(empty.rss_kb) as f64 / calls as f64)
            .peer("Asterisk 430, RustPBX 520–605, FreeSWITCH 750 (two plain legs)")
            .wanted(16.0)
            .note("RSS with all calls live minus RSS with the agents waiting; DTLS, ICE and SRTP state are in it");
    Ok(vec![cost, memory])
}
