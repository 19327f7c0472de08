//! Show 4: baresip calls in with each codec, is heard, holds, resumes, and hears the agent.

use anyhow::{Result, ensure};
use std::time::Duration;
use twinline_model::AgentContactState;
use twinline_tests::{
    baresip::{Baresip, CODECS, PhoneCodec},
    centre::{NUMBER, add_short_menu},
    people::{Person, hire},
    rig::Rig,
    sound::{tone_heard, tone_wav},
};

/// The caller's tone and the agent's, Hz.
const CALLER: f64 = 600.0;
const AGENT: f64 = 1_000.0;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_agent_hears_a_phone_of_each_codec_stop_when_it_holds_and_start_when_it_resumes() -> Result<()> {
    let rig = Rig::start("phones").await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    add_short_menu(&rig, &admin, false).await?;
    hire(&rig, &admin, &["phones".to_owned()]).await?;
    let person = Person::at_work(&rig, "phones", &tone_wav(AGENT, 8_000, 1, 1.0)).await?;
    person.available().await?;
    for codec in CODECS {
        if codec.installed() {
            holds_and_resumes(&rig, &person, codec).await.map_err(|error| error.context(codec.name))?;
        } else {
            println!("{}: not in this baresip ({} is missing); left out", codec.name, codec.module);
        }
    }
    Ok(())
}

async fn holds_and_resumes(rig: &Rig, person: &Person, codec: PhoneCodec) -> Result<()> {
    let limit = Duration::from_secs(20);
    let pause = |millis| tokio::time::sleep(Duration::from_millis(millis));
    let said = tone_wav(CALLER, codec.rate, codec.channels, 60.0);
    let folder = rig.folder.join(format!("baresip-{}", codec.name.replace('/', "-")));
    let mut phone = Baresip::start(&folder, codec, &said).await?;
    phone.dial(rig.sip, NUMBER).await?;
    phone.until("CALL_ESTABLISHED", limit).await?;
    pause(1_500).await;
    phone.press('1').await?;
    let contact = person.ccp.contact_in(limit, AgentContactState::Connected).await?;
    let start = person.endpoint.heard()?.len();
    person.endpoint.hears(CALLER, start, 10, limit).await?;
    // The agent's microphone opens a second after the beep. This baresip writes what it hears up to its first hold.
    pause(3_000).await;
    phone.order("hold", "").await?;
    // What was on its way is played out first.
    pause(1_000).await;
    let held = person.endpoint.heard()?.len();
    pause(2_500).await;
    let still = tone_heard(&person.endpoint.heard()?[held..], 48_000, CALLER);
    ensure!(still.len() >= 10, "the speaker stopped altogether: {} tenths in 2.5 s", still.len());
    ensure!(!still.contains(&true), "the tone went on in the hold: {still:?}");
    phone.order("resume", "").await?;
    let resumed = person.endpoint.heard()?.len();
    person.endpoint.hears(CALLER, resumed, 10, limit).await?;
    person.ccp.end_and_finish(contact.id).await?;
    phone.until("CALL_CLOSED", limit).await?;

    let (pcm, rate) = phone.heard().await?;
    let heard = tone_heard(&pcm, rate, AGENT).into_iter().filter(|heard| *heard).count();
    println!("{}: the phone heard the agent for {heard} tenths of a second", codec.name);
    ensure!(heard >= 10, "the phone heard the agent's tone for only {heard} tenths of a second of {}", pcm.len());
    Ok(())
}
