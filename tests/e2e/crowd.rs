//! Show 3: SIPp's callers press a digit, wait in the queue and reach an agent, over UDP and over TCP.

use anyhow::{Context, Result, ensure};
use std::{
    path::Path,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;
use twinline_api::ws::ccp::Command;
use twinline_model::AgentContactState;
use twinline_tests::{
    centre::{NUMBER, add_short_menu},
    people::{Person, hire},
    rig::Rig,
    sipp::{Crowd, Outcome},
    sound,
};

/// Agents at work. Each needs about four seconds a call: a second to accept, one to talk, one of after-contact work.
const AGENTS: usize = 20;
/// Calls begun each second.
const RATE: usize = 20;

/// Calls of a run; `TWINLINE_E2E_CALLS` says otherwise.
fn calls() -> usize {
    std::env::var("TWINLINE_E2E_CALLS").ok().and_then(|text| text.parse().ok()).unwrap_or(100)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_over_udp_presses_a_digit_reaches_an_agent_and_leaves_a_record() -> Result<()> {
    let crowd = Story { name: "crowd-udp", scenario: "caller.xml", transport: "u1", media_port: 12_000 };
    crowd.play().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_caller_over_tcp_behind_one_rtp_port_reaches_an_agent_and_leaves_a_record() -> Result<()> {
    let crowd = Story { name: "crowd-tcp", scenario: "caller_one_port.xml", transport: "t1", media_port: 12_000 };
    crowd.play().await
}

struct Story {
    name: &'static str,
    scenario: &'static str,
    transport: &'static str,
    media_port: u16,
}

impl Story {
    async fn play(&self) -> Result<()> {
        let rig = Rig::start(self.name).await?;
        let admin = rig.sign_in("admin", "twinline-demo").await?;
        add_short_menu(&rig, &admin, false).await?;
        let _desks = staff(&rig, &admin, AGENTS).await?;

        let folder = rig.folder.join("sipp");
        std::fs::create_dir_all(&folder)?;
        sound::write_captures(&folder, 1.0, '1')?;
        let began = Instant::now();
        let outcome = self.crowd(&rig).call(&folder)?.done(Duration::from_secs(300)).await?;
        println!("{}: {} calls at {RATE}/s in {:?}: {outcome:?}", self.name, calls(), began.elapsed());
        ensure!(outcome == Outcome { succeeded: calls() as u64, failed: 0 }, "{outcome:?}\n{}", errors(&folder));
        all_on_record(&rig, &admin, calls()).await
    }

    fn crowd(&self, rig: &Rig) -> Crowd<'_> {
        Crowd {
            scenario: self.scenario,
            server: rig.sip,
            number: NUMBER,
            transport: self.transport,
            calls: calls(),
            rate: RATE,
            media_port: self.media_port,
        }
    }
}

fn errors(folder: &Path) -> String {
    std::fs::read_to_string(folder.join("errors.log")).unwrap_or_default().chars().take(3_000).collect()
}

/// Agents who take every call, talk for a second, and hang up.
async fn staff(rig: &Rig, admin: &str, count: usize) -> Result<JoinSet<()>> {
    let usernames: Vec<_> = (1..=count).map(|number| format!("agent-{number}")).collect();
    hire(rig, admin, &usernames).await?;
    let said = sound::tone_wav(440.0, 8_000, 1, 2.0);
    let mut desks = JoinSet::new();
    for username in &usernames {
        let person = Person::at_work(rig, username, &said).await.with_context(|| username.clone())?;
        person.available().await?;
        desks.spawn(talk_and_hang_up(person));
    }
    Ok(desks)
}

async fn talk_and_hang_up(person: Person) {
    let mut desk = person.ccp.watch();
    let talks = |desk: &Option<twinline_api::ws::ccp::Desk>| {
        desk.as_ref().and_then(|desk| {
            let live = desk.contacts.iter().find(|contact| contact.state == AgentContactState::Connected);
            live.map(|contact| contact.id)
        })
    };
    loop {
        let Ok(contact) = desk.wait_for(|desk| talks(desk).is_some()).await.map(|desk| talks(&desk)) else { return };
        let Some(contact) = contact else { continue };
        tokio::time::sleep(Duration::from_secs(1)).await;
        // The caller may have left first: then there is nothing to end.
        let _ = person.ccp.press(Command::End { contact }).await;
        if desk.wait_for(|desk| talks(desk) != Some(contact)).await.is_err() {
            return;
        }
    }
}

/// Nobody is in the centre, and every call has a record that is finished and names its agent.
async fn all_on_record(rig: &Rig, admin: &str, calls: usize) -> Result<()> {
    rig.eventually(admin, "live", Duration::from_secs(20), |live| live["contacts_total"] == 0).await?;
    let records = rig.all(admin, "contacts").await?;
    let finished = records.iter().filter(|record| record["DisconnectTimestamp"].is_string()).count();
    let served = records.iter().filter(|record| record["Agent"]["Username"].is_string()).count();
    ensure!(
        (records.len(), finished, served) == (calls, calls, calls),
        "{} records, {finished} finished, {served} with an agent; wanted {calls} each; one: {}",
        records.len(),
        records.iter().find(|record| record["Agent"].is_null()).unwrap_or(&records[0])
    );
    Ok(())
}
