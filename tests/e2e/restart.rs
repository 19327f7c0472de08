//! Show 8: `kill -9` of the server with fifty callers waiting.

use anyhow::{Context, Result, ensure};
use std::time::Duration;
use twinline_model::AgentContactState;
use twinline_tests::{
    centre::{NUMBER, add_short_menu},
    people::{Person, hire},
    rig::Rig,
    sipp::Crowd,
    sound,
};

const CALLERS: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn after_kill_9_no_waiting_caller_is_forgotten_and_no_agent_is_stuck() -> Result<()> {
    let mut rig = Rig::start("restart").await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    add_short_menu(&rig, &admin, false).await?;
    hire(&rig, &admin, &["talker".to_owned()]).await?;
    let said = sound::tone_wav(440.0, 8_000, 1, 2.0);
    let talker = Person::at_work(&rig, "talker", &said).await?;
    talker.available().await?;

    let folder = rig.folder.join("sipp");
    std::fs::create_dir_all(&folder)?;
    sound::write_captures(&folder, 1.0, '1')?;
    // One more than wait: the first is talking when the server dies.
    let callers = crowd(&rig, CALLERS + 1, 12_000).call(&folder)?;
    talker.ccp.contact_in(Duration::from_secs(20), AgentContactState::Connected).await?;
    let wait = |live: &serde_json::Value| {
        let rows =
            live["contacts"].as_array().map_or(0, |rows| rows.iter().filter(|row| row["state"] == "queued").count());
        rows == CALLERS
    };
    let live = rig.eventually(&admin, "live", Duration::from_secs(30), wait).await?;
    let ids: Vec<String> = live["contacts"]
        .as_array()
        .context("contacts")?
        .iter()
        .filter_map(|row| row["id"].as_str().map(str::to_owned))
        .collect();
    ensure!(ids.len() == CALLERS + 1, "{} contacts", ids.len());

    rig.kill()?;
    drop(callers);
    rig.serve().await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    nobody_is_forgotten(&rig, &admin, &ids).await?;

    // The same agent, with the media agent that never stopped, takes a new call.
    let token = rig.sign_in("talker", "twinline-demo").await?;
    let Person { username, ccp: closed, endpoint } = talker;
    drop(closed);
    let ccp = twinline_tests::people::Ccp::open(rig.http, &token).await?;
    ccp.wait(Duration::from_secs(30), "a ready media path", |desk| desk.media.ready).await?;
    // The media agent keeps the call that it had until it hears that its audio path is gone.
    let free = |state: &serde_json::Value| !matches!(state["call"]["status"].as_str(), Some("live" | "connecting"));
    endpoint.wait(Duration::from_secs(60), "the end of the call of before", free).await?;
    let talker = Person { username, ccp, endpoint };
    talker.available().await?;
    let again = rig.folder.join("sipp-again");
    std::fs::create_dir_all(&again)?;
    sound::write_captures(&again, 1.0, '1')?;
    let mut caller = crowd(&rig, 1, 12_000).call(&again)?;
    let contact = talker.ccp.contact_in(Duration::from_secs(20), AgentContactState::Connected).await?;
    talker.ccp.press(twinline_api::ws::ccp::Command::End { contact: contact.id }).await?;
    let outcome = caller.done(Duration::from_secs(20)).await?;
    ensure!(outcome.succeeded == 1, "{outcome:?}");
    Ok(())
}

fn crowd(rig: &Rig, calls: usize, media_port: u16) -> Crowd<'_> {
    Crowd { scenario: "caller.xml", server: rig.sip, number: NUMBER, transport: "u1", calls, rate: 20, media_port }
}

/// Every contact has its place in a queue or a finished record, and no agent is said to be busy with one.
async fn nobody_is_forgotten(rig: &Rig, admin: &str, ids: &[String]) -> Result<()> {
    let live = rig.get(admin, "live").await?;
    let waiting: Vec<_> =
        live["contacts"].as_array().context("contacts")?.iter().filter_map(|row| row["id"].as_str()).collect();
    for id in ids {
        if waiting.contains(&id.as_str()) {
            continue;
        }
        let record = rig.get(admin, &format!("contacts/{id}")).await?;
        ensure!(record["DisconnectTimestamp"].is_string(), "neither a place nor a finished record: {record}");
    }
    println!("after kill -9: {} of {} have a place, the others a record", waiting.len(), ids.len());
    let busy = ["incoming", "connecting", "connected", "hold"];
    for agent in live["agents"].as_array().context("agents")? {
        let activity = agent["activity"].as_str().unwrap_or_default();
        ensure!(!busy.contains(&activity), "an agent is stuck: {agent}");
    }
    Ok(())
}
