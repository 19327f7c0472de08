//! `twinline demo`: the product doing its main job, on real parts. A server with demo data, a paired media agent, a CCP,
//! and a customer who calls over SIP and RTP with recorded human speech; then it stays up to be explored.

mod clock;
mod customer;
mod desk;
mod endpoint;
mod report;
mod rest;
mod score;
mod speech;

pub use report::Report;

use crate::app::demo::PASSWORD;
use anyhow::{Context, Result, bail, ensure};
use clock::now_ms;
use customer::Customer;
use desk::CcpDesk;
use endpoint::{MediaAgent, Sound};
use rest::Rest;
use serde_json::{Value, json};
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket},
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::Duration,
};
use tokio::process::{Child, Command};
use twinline_api::ws::ccp::Command as Press;
use twinline_media::wave;
use twinline_model::{AgentContactState, AgentStatusKind, ContactId};

/// People and the number of the demo data.
const ADMIN: &str = "admin";
const AGENT: &str = "kim";
const NUMBER: &str = "1000";

/// How the demo is asked for.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Stop after the call.
    pub once: bool,
    /// One JSON object on standard output instead of words.
    pub json: bool,
    /// Where the data goes; `None`: a folder that is removed for `--once`, else `demo-data`.
    pub data: Option<PathBuf>,
}

/// Runs the demo. True when every step of the call went as it should.
pub async fn run(options: Options) -> Result<bool> {
    let stage = Stage::set(&options).await?;
    let (report, timeline) = stage.play().await;
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        report.print(&timeline);
    }
    let succeeded = report.succeeded();
    if !options.once {
        stage.stay().await?;
    }
    Ok(succeeded)
}

/// Everything the call needs, running.
struct Stage {
    folder: PathBuf,
    remove: bool,
    quiet: bool,
    ports: Ports,
    server: Child,
    rest: Rest,
}

struct Ports {
    http: SocketAddr,
    sip: SocketAddr,
    quic: SocketAddr,
    rtp: u16,
    webrtc: u16,
}

impl Ports {
    /// The ports of the manual for a demo that stays; free ones for a call in passing, so that both can run at once.
    fn choose(once: bool) -> Result<Ports> {
        let local = |port| SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if !once {
            return Ok(Ports { http: local(8080), sip: local(5060), quic: local(8443), rtp: 20_000, webrtc: 19_000 });
        }
        let udp = || -> Result<SocketAddr> { Ok(UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?) };
        let sip = (0..50).map(|_| udp()).find(|port| port.as_ref().is_ok_and(|port| TcpListener::bind(port).is_ok()));
        Ok(Ports {
            http: TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?,
            sip: sip.context("no free port for SIP")??,
            quic: udp()?,
            rtp: 30_000 + (std::process::id() % 100) as u16 * 20,
            webrtc: udp()?.port(),
        })
    }
}

impl Stage {
    async fn set(options: &Options) -> Result<Stage> {
        let ports = Ports::choose(options.once)?;
        let (folder, remove) = match (&options.data, options.once) {
            (Some(folder), _) => (folder.clone(), false),
            (None, true) => (std::env::temp_dir().join(format!("twinline-demo-{}", std::process::id())), true),
            (None, false) => (PathBuf::from("demo-data"), false),
        };
        std::fs::create_dir_all(&folder)?;
        let say = |text: &str| {
            if !options.json {
                println!("{text}");
            }
        };
        if !folder.join("twinline.db").exists() {
            say("Making a contact centre with demo data …");
            seed(&folder, &ports).await?;
        }
        say("Starting the server …");
        let server = serve(&folder, &ports)?;
        let rest = Rest::new(ports.http)?;
        rest.ready(Duration::from_secs(60)).await?;
        Ok(Stage { folder, remove, quiet: options.json, ports, server, rest })
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            println!("{text}");
        }
    }

    /// The call. What fails is noted, not thrown: the report tells as much as can be told.
    async fn play(&self) -> (Report, Vec<String>) {
        let mut report = Report::default();
        let mut timeline = Vec::new();
        if let Err(error) = self.call(&mut report, &mut timeline).await {
            report.failures.push(format!("{error:#}"));
        }
        (report, timeline)
    }

    async fn call(&self, report: &mut Report, timeline: &mut Vec<String>) -> Result<()> {
        let admin = self.rest.sign_in(ADMIN, PASSWORD).await?;
        let token = self.rest.sign_in(AGENT, PASSWORD).await?;
        let files = Files::write(&self.folder.join("demo-call"))?;
        self.say("Starting a media agent and pairing it …");
        let mut endpoint = MediaAgent::start(self.ports.quic, &self.folder.join("media-agent"), &files.sound).await?;
        let ccp = CcpDesk::open(self.ports.http, &token).await?;
        pair(&mut endpoint, &ccp).await?;
        set_status(&ccp, AgentStatusKind::Offline).await?;

        self.say(&format!("A customer calls {NUMBER} …"));
        let customer = Customer::call(self.ports.sip, "+821012345678", "KIM Minji", NUMBER).await?;
        customer.answered(Duration::from_secs(10)).await?;
        report.call_answered = true;
        let contact = self.walk_the_menu(&customer, &admin).await?;

        self.say("The customer waits; an agent becomes available and is rung …");
        tokio::time::sleep(Duration::from_secs(2)).await;
        set_status(&ccp, AgentStatusKind::Routable).await?;
        let rings = |desk: &twinline_api::ws::ccp::Desk| {
            desk.contacts.iter().any(|row| row.id == contact && row.state == AgentContactState::Connecting)
        };
        ccp.wait(Duration::from_secs(10), "the call to ring", rings).await?;
        endpoint.wait(Duration::from_secs(5), "ringing", |state| state["call"]["status"] == "ringing").await?;
        tokio::time::sleep(Duration::from_millis(1_500)).await;

        let accepted_at = now_ms();
        ccp.press(Press::Accept { contact }).await?;
        endpoint.wait(Duration::from_secs(10), "a live call", |state| state["call"]["status"] == "live").await?;
        self.say("They talk …");
        self.talk(&customer, &files).await;
        self.say("The agent hangs up and finishes the after-contact work …");
        self.finish(&ccp, &customer, contact).await?;

        report.offer_to_ring_ms = offer_to_ring(&self.rest, &admin, contact, &ccp, &endpoint).await?;
        self.read_back(report, timeline, &admin, contact, accepted_at, &customer).await?;
        endpoint.order(json!({ "do": "shutdown" })).await?;
        tokio::time::sleep(Duration::from_millis(500)).await;
        self.rate(report, &files, &customer).await;
        Ok(())
    }

    /// English, then billing; gives the contact once it waits in the queue. The keys are pressed while the menus speak,
    /// as people do who know them.
    async fn walk_the_menu(&self, customer: &Customer, admin: &str) -> Result<ContactId> {
        let limit = Duration::from_secs(30);
        let here = |live: &Value| live["contacts"].as_array().is_some_and(|rows| !rows.is_empty());
        let live = self.rest.eventually(admin, "live", limit, here).await.context("a contact in the centre")?;
        let contact = live["contacts"][0]["id"].as_str().context("an id")?.parse()?;
        for (after, digit) in [("voice-ko", "2"), ("note-en", "1")] {
            self.reached(admin, contact, after).await?;
            tokio::time::sleep(Duration::from_millis(800)).await;
            customer.press(digit).await;
        }
        let waits = |live: &Value| {
            let rows = live["contacts"].as_array();
            rows.is_some_and(|rows| rows.iter().any(|row| row["state"] == "queued"))
        };
        self.rest.eventually(admin, "live", limit, waits).await.context("reaching the queue")?;
        Ok(contact)
    }

    /// Waits until the flow has run an action.
    async fn reached(&self, admin: &str, contact: ContactId, action: &str) -> Result<()> {
        let path = format!("contacts/{contact}/timeline?language=en");
        let ran = |told: &Value| {
            let entries = told["entries"].as_array();
            entries.is_some_and(|entries| entries.iter().any(|entry| entry["data"]["action"] == action))
        };
        let waited = self.rest.eventually(admin, &path, Duration::from_secs(30), ran).await;
        waited.with_context(|| format!("the flow did not get to {action}"))?;
        Ok(())
    }

    /// Both say their piece; the call lasts until both are through.
    async fn talk(&self, customer: &Customer, files: &Files) {
        tokio::time::sleep(Duration::from_millis(700)).await;
        customer.say(files.customer_speech.clone()).await;
        let longest = files.customer_speech.len().max(files.agent_samples) as u64 / 8;
        // The agent's file repeats: twice its length holds it whole, wherever it stood when the call began.
        tokio::time::sleep(Duration::from_millis(longest * 2 + 1_500)).await;
    }

    async fn finish(&self, ccp: &CcpDesk, customer: &Customer, contact: ContactId) -> Result<()> {
        ccp.press(Press::End { contact }).await?;
        ensure!(customer.ended(Duration::from_secs(10)).await, "the customer's call did not end");
        let wraps_up = |desk: &twinline_api::ws::ccp::Desk| {
            desk.contacts.iter().any(|row| row.id == contact && row.state == AgentContactState::Ended)
        };
        let desk = ccp.wait(Duration::from_secs(10), "after-contact work", wraps_up).await?;
        ccp.press(Press::SetNote { contact, note: "Refund for November arranged.".to_owned() }).await?;
        let code = desk.dispositions.first().cloned();
        ccp.press(Press::SetDisposition { contact, code }).await?;
        ccp.press(Press::FinishAcw { contact }).await?;
        set_status(ccp, AgentStatusKind::Offline).await
    }

    async fn read_back(
        &self,
        report: &mut Report,
        timeline: &mut Vec<String>,
        admin: &str,
        contact: ContactId,
        accepted_at: f64,
        customer: &Customer,
    ) -> Result<()> {
        let path = format!("contacts/{contact}");
        let finished = |record: &Value| {
            let recording = &record["Recordings"][0];
            !record["Agent"]["AfterContactWorkEndTimestamp"].is_null() && recording["DurationMs"].as_f64() > Some(0.0)
        };
        let record = self.rest.eventually(admin, &path, Duration::from_secs(15), finished).await;
        let record = record.context("a finished contact record with its recording")?;
        report.recording_seconds = record["Recordings"][0]["DurationMs"].as_f64().map(|ms| ms / 1_000.0);
        report.contact_record = record;
        let told = self.rest.get(admin, &format!("{path}/timeline?language=en")).await?;
        let entries = told["entries"].as_array().cloned().unwrap_or_default();
        let at = |key: &str| entries.iter().find(|entry| entry["key"] == key).and_then(|entry| entry["at_ms"].as_f64());
        report.queue_wait_ms = at("connected_to_agent").zip(at("queued")).map(|(end, start)| end - start);
        // The history never holds a digit; the branch that the menu took tells which one it heard.
        let took = |action: &str| entries.iter().any(|entry| entry["data"]["action"] == action);
        report.ivr_digit = [("billing-en", "1"), ("support-en", "2")]
            .into_iter()
            .find(|(action, _)| took(action))
            .map(|(_, digit)| digit.to_owned());
        if let Some(joined) = at("connected_to_agent") {
            report.accept_to_audio_ms = customer.first_packet_after(joined).map(|heard| heard - accepted_at);
        }
        for entry in entries.iter().filter(|entry| entry["detail"] != true) {
            let offset = entry["offset_ms"].as_f64().unwrap_or_default() / 1_000.0;
            timeline.push(format!("{offset:7.2} s  {}", entry["text"].as_str().unwrap_or_default()));
        }
        if report.ivr_digit.as_deref() != Some("1") {
            bail!("the caller pressed 1 and the menu took {:?}", report.ivr_digit);
        }
        Ok(())
    }

    async fn rate(&self, report: &mut Report, files: &Files, customer: &Customer) {
        let heard = customer.heard(|ear| ear.sound.clone());
        if let Err(error) = std::fs::write(&files.customer_heard, wave::write_wav(&heard, 8_000)) {
            report.pesq_note = Some(error.to_string());
            return;
        }
        let pairs = [(&files.customer_said, &files.sound.playback), (&files.sound.capture, &files.customer_heard)];
        match score::score(&pairs).await {
            Ok(scores) => {
                report.pesq_customer_to_agent = scores[0].value;
                report.pesq_agent_to_customer = scores[1].value;
                report.pesq_note = scores.into_iter().find_map(|score| score.why);
            }
            Err(error) => report.pesq_note = Some(format!("{error:#}")),
        }
        if report.pesq_note.as_deref().is_some_and(|note| note.contains("not heard")) {
            report.failures.push("one side did not hear the other's speech".to_owned());
        }
    }

    /// Stays up with an agent's desk to play with.
    async fn stay(mut self) -> Result<()> {
        println!("\nIt stays up. Look around (Ctrl+C stops it):");
        println!("  console   http://{}/      user {ADMIN}, password {PASSWORD}", self.ports.http);
        println!("  CCP       http://{}/ccp   user {AGENT}, password {PASSWORD}", self.ports.http);
        println!("  REST      http://{}/api/docs", self.ports.http);
        println!("  SIP       {} (UDP and TCP), number {NUMBER}", self.ports.sip);
        println!("  media agent: twinline-agent --server {} (add --headless pair without a display)", self.ports.quic);
        let window = self.open_window();
        let mut terminate = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate())?;
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
            status = self.server.wait() => bail!("the server ended: {status:?}"),
        }
        drop(window);
        Ok(())
    }

    /// The media agent's window, where there is a display to show it on.
    fn open_window(&self) -> Option<Child> {
        std::env::var_os("DISPLAY").or_else(|| std::env::var_os("WAYLAND_DISPLAY"))?;
        Command::new(endpoint::program().ok()?)
            .args(["--server", &self.ports.quic.to_string()])
            .arg("--data")
            .arg(self.folder.join("media-agent"))
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .ok()
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        let _ = self.server.start_kill();
        if self.remove {
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// The sound files of one call.
struct Files {
    sound: Sound,
    customer_said: PathBuf,
    customer_heard: PathBuf,
    customer_speech: Arc<Vec<i16>>,
    agent_samples: usize,
}

impl Files {
    fn write(folder: &Path) -> Result<Files> {
        std::fs::create_dir_all(folder)?;
        let customer = speech::spoken(&speech::CUSTOMER)?;
        let agent = speech::spoken(&speech::AGENT)?;
        let files = Files {
            sound: Sound { capture: folder.join("agent-said.wav"), playback: folder.join("agent-heard.wav") },
            customer_said: folder.join("customer-said.wav"),
            customer_heard: folder.join("customer-heard.wav"),
            agent_samples: agent.len(),
            customer_speech: Arc::new(customer),
        };
        std::fs::write(&files.customer_said, wave::write_wav(&files.customer_speech, 8_000))?;
        std::fs::write(&files.sound.capture, wave::write_wav(&agent, 8_000))?;
        Ok(files)
    }
}

fn settings(command: &mut Command, folder: &Path, ports: &Ports) {
    command
        .env("TWINLINE__DATA__DIR", folder)
        .env("TWINLINE__HTTP__LISTEN", ports.http.to_string())
        .env("TWINLINE__SIP__LISTEN", ports.sip.to_string())
        .env("TWINLINE__QUIC__LISTEN", ports.quic.to_string())
        .env("TWINLINE__RTP__FIRST_PORT", ports.rtp.to_string())
        .env("TWINLINE__RTP__LAST_PORT", (ports.rtp + 1_999).to_string())
        .env("TWINLINE__WEBRTC__BASE_PORT", ports.webrtc.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .kill_on_drop(true);
}

async fn seed(folder: &Path, ports: &Ports) -> Result<()> {
    let mut command = Command::new(std::env::current_exe()?);
    settings(&mut command, folder, ports);
    let done = command.args(["seed", "demo"]).stderr(Stdio::piped()).output().await?;
    ensure!(done.status.success(), "seeding failed: {}", String::from_utf8_lossy(&done.stderr));
    Ok(())
}

fn serve(folder: &Path, ports: &Ports) -> Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    settings(&mut command, folder, ports);
    let log = std::fs::File::create(folder.join("server.log"))?;
    command.arg("serve").stderr(log).spawn().context("the server could not be started")
}

async fn pair(endpoint: &mut MediaAgent, ccp: &CcpDesk) -> Result<()> {
    let limit = Duration::from_secs(15);
    endpoint.wait(limit, "a link to the server", |state| state["link"]["status"] == "up").await?;
    let known = |state: &Value| matches!(state["pairing"]["status"].as_str(), Some("paired" | "unpaired"));
    let state = endpoint.wait(limit, "word of its pairing", known).await?;
    if state["pairing"]["status"] != "paired" {
        endpoint.order(json!({ "do": "pair" })).await?;
        let state = endpoint.wait(limit, "a pairing code", |state| state["pairing"]["status"] == "code").await?;
        let code = state["pairing"]["code"].as_str().unwrap_or_default().to_owned();
        ccp.press(Press::Pair { code }).await?;
        endpoint.wait(limit, "its pairing", |state| state["pairing"]["status"] == "paired").await?;
    }
    ccp.wait(limit, "a ready media path", |desk| desk.media.ready).await?;
    Ok(())
}

async fn set_status(ccp: &CcpDesk, kind: AgentStatusKind) -> Result<()> {
    let desk = ccp.wait(Duration::from_secs(5), "the list of statuses", |desk| !desk.statuses.is_empty()).await?;
    let status = desk.statuses.iter().find(|status| status.kind == kind).context("a status of that kind")?.id;
    ccp.press(Press::SetStatus { status }).await
}

/// How long both halves took to ring after the server decided.
async fn offer_to_ring(
    rest: &Rest,
    admin: &str,
    contact: ContactId,
    ccp: &CcpDesk,
    endpoint: &MediaAgent,
) -> Result<report::OfferToRing> {
    let told = rest.get(admin, &format!("contacts/{contact}/timeline?language=en")).await?;
    let entries = told["entries"].as_array().cloned().unwrap_or_default();
    let offered = entries.iter().find(|entry| entry["key"] == "offered").and_then(|entry| entry["at_ms"].as_f64());
    let since = |rang: Option<f64>| rang.zip(offered).map(|(rang, offered)| (rang - offered).max(0.0));
    Ok(report::OfferToRing { ccp: since(ccp.ringing_at()), media_agent: since(endpoint.ringing_at()) })
}
