//! Show 7: the CCP's browser dies in mid-ring; the media agent rings on, answers, talks and hangs up by itself.

use anyhow::{Result, ensure};
use serde_json::json;
use std::time::Duration;
use twinline_model::AgentContactState;
use twinline_tests::{
    baresip::{Baresip, CODECS},
    centre::{NUMBER, add_short_menu},
    people::Person,
    rig::Rig,
    sound::{tone_heard, tone_wav},
};

const CALLER: f64 = 600.0;
const AGENT: f64 = 1_000.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_media_agent_answers_and_talks_when_the_browser_dies_while_it_rings() -> Result<()> {
    let rig = Rig::start("browser").await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    add_short_menu(&rig, &admin, false).await?;
    let kim = Person::at_work(&rig, "kim", &tone_wav(AGENT, 8_000, 1, 1.0)).await?;
    kim.available().await?;

    let limit = Duration::from_secs(20);
    let mut phone = Baresip::start(&rig.folder.join("baresip"), CODECS[0], &tone_wav(CALLER, 8_000, 1, 60.0)).await?;
    phone.dial(rig.sip, NUMBER).await?;
    phone.until("CALL_ESTABLISHED", limit).await?;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    phone.press('1').await?;
    let Person { ccp, mut endpoint, .. } = kim;
    let contact = ccp.contact_in(limit, AgentContactState::Connecting).await?.id;
    endpoint.call_is(limit, "ringing").await?;
    drop(ccp);
    tokio::time::sleep(Duration::from_secs(1)).await;
    endpoint.call_is(Duration::from_millis(100), "ringing").await?;

    endpoint.order(json!({ "do": "accept" })).await?;
    endpoint.call_is(limit, "live").await?;
    let before = endpoint.heard()?.len();
    endpoint.hears(CALLER, before, 10, limit).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    endpoint.order(json!({ "do": "hang_up" })).await?;
    phone.until("CALL_CLOSED", limit).await?;
    let (pcm, rate) = phone.heard().await?;
    let heard = tone_heard(&pcm, rate, AGENT).into_iter().filter(|heard| *heard).count();
    ensure!(heard >= 10, "the caller heard the agent for {heard} tenths of a second");

    let ended = |record: &serde_json::Value| record["DisconnectTimestamp"].is_string();
    let record = rig.eventually(&admin, &format!("contacts/{contact}"), limit, ended).await?;
    ensure!(record["Agent"]["Username"] == "kim", "{record}");
    Ok(())
}
