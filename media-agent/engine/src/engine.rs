//! The engine's one task: takes what the link, the devices, the media and the person say, feeds the call machine, does
//! what it asks, and publishes the state. Everything that waits (opening a device, a scan, a leg) waits elsewhere.

use crate::{
    call::{CallMachine, Effect, Event, State},
    check::Check,
    clock,
    devices::{DEFAULT, Found, Sound, SoundError, SoundFiles, Trouble},
    link::{Link, LinkConfig, LinkEvent},
    network::{MediaEvent, MediaLeg},
    settings::{Fingerprint, Settings, SettingsError},
    sounds::{Opened, Sounds},
    state::{
        CallStatus, CallView, CheckView, DeviceEntry, DeviceRole, EngineCommand, EngineState, LinkStatus, NetworkView,
        Notice, PairingView, Verdict,
    },
};
use std::{
    net::{IpAddr, ToSocketAddrs},
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    sync::{mpsc, watch},
    time::{MissedTickBehavior, interval},
};
use tracing::{info, warn};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_media::quality::Report;
use twinline_model::{LegId, LegQuality};

const QUEUE: usize = 64;
/// Levels move at this pace while a microphone is open.
const LEVEL_EVERY: Duration = Duration::from_millis(200);
/// Devices come and go: looked at again this often.
const SCAN_EVERY: Duration = Duration::from_secs(5);
/// How long a device test lasts.
const TEST_TIME: Duration = Duration::from_millis(1_200);
const MICROPHONE_TEST_TIME: Duration = Duration::from_secs(5);

/// How to start the engine.
#[derive(Clone, Debug, Default)]
pub struct EngineConfig {
    /// Data directory.
    pub data: PathBuf,
    /// `host:port`; the one used last when `None`.
    pub server: Option<String>,
    pub files: SoundFiles,
    /// Shown to the person who pairs.
    pub host_name: String,
    pub version: String,
}

#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Settings(#[from] SettingsError),
    #[error(transparent)]
    Sound(#[from] SoundError),
}

/// Handle of a running engine. It stops when every handle is gone or on [`EngineCommand::Shutdown`].
#[derive(Clone)]
pub struct Engine {
    commands: mpsc::Sender<EngineCommand>,
    state: watch::Receiver<Arc<EngineState>>,
}

impl Engine {
    /// Starts the engine on the current tokio runtime.
    pub fn start(config: EngineConfig) -> Result<Self, StartError> {
        let mut settings = Settings::open(&config.data)?;
        let sound = Sound::new(&config.files)?;
        if let Some(server) = &config.server {
            settings.set_server(server)?;
        }
        let identity = settings.identity()?;
        let (link, link_events) = Link::start(LinkConfig {
            server: settings.server().to_owned(),
            identity,
            pin: settings.pin(),
            name: config.host_name.clone(),
        });
        let (commands, commands_in) = mpsc::channel(QUEUE);
        let (opened, opened_in) = mpsc::channel(QUEUE);
        let (trouble, trouble_in) = mpsc::channel(QUEUE);
        let (media, media_in) = mpsc::channel(QUEUE);
        let (found, found_in) = mpsc::channel(2);
        let (checked, checked_in) = mpsc::channel(QUEUE);
        let mut view = EngineState { version: config.version.clone(), ..EngineState::default() };
        view.link.server = settings.server().to_owned();
        let (published, state) = watch::channel(Arc::new(view.clone()));
        let task = Task {
            sounds: Sounds::new(sound, opened, trouble),
            settings,
            link,
            call: CallMachine::default(),
            leg: None,
            media,
            found,
            checked,
            scanning: false,
            fingerprint: None,
            server_offset_ms: 0,
            ending_test: None,
            view,
            published,
            call_before: CallStatus::Idle,
            reported: None,
        };
        let inputs = Inputs {
            commands: commands_in,
            link: link_events,
            opened: opened_in,
            trouble: trouble_in,
            media: media_in,
            found: found_in,
            checked: checked_in,
        };
        tokio::spawn(task.run(inputs));
        Ok(Self { commands, state })
    }

    /// The one door in. Waits only when 64 commands are pending.
    pub async fn command(&self, command: EngineCommand) {
        let _ = self.commands.send(command).await;
    }

    /// The same without waiting, for callers that must not.
    pub fn try_command(&self, command: EngineCommand) -> bool {
        self.commands.try_send(command).is_ok()
    }

    /// The one view out: the newest state, and a signal when it changes. Closed when the engine has stopped.
    pub fn state(&self) -> watch::Receiver<Arc<EngineState>> {
        self.state.clone()
    }
}

struct Inputs {
    commands: mpsc::Receiver<EngineCommand>,
    link: mpsc::Receiver<LinkEvent>,
    opened: mpsc::Receiver<Opened>,
    trouble: mpsc::Receiver<Trouble>,
    media: mpsc::Receiver<MediaEvent>,
    found: mpsc::Receiver<Found>,
    checked: mpsc::Receiver<CheckView>,
}

struct Task {
    settings: Settings,
    link: Link,
    call: CallMachine,
    leg: Option<(LegId, MediaLeg)>,
    sounds: Sounds,
    media: mpsc::Sender<MediaEvent>,
    found: mpsc::Sender<Found>,
    checked: mpsc::Sender<CheckView>,
    scanning: bool,
    /// Certificate of the server that we talk to now.
    fingerprint: Option<Fingerprint>,
    /// Server's wall clock minus ours.
    server_offset_ms: i64,
    ending_test: Option<(DeviceRole, Instant)>,
    view: EngineState,
    published: watch::Sender<Arc<EngineState>>,
    call_before: CallStatus,
    /// What the server was last told of the devices.
    reported: Option<FromMediaAgent>,
}

impl Task {
    async fn run(mut self, mut inputs: Inputs) {
        let mut levels = interval(LEVEL_EVERY);
        levels.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut scans = interval(SCAN_EVERY);
        scans.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let timer = self.next_timer();
            tokio::select! {
                command = inputs.commands.recv() => match command {
                    None | Some(EngineCommand::Shutdown) => break,
                    Some(command) => self.command(command).await,
                },
                Some(event) = inputs.link.recv() => self.link(event).await,
                Some(event) = inputs.media.recv() => self.media(event),
                Some(opened) = inputs.opened.recv() => {
                    if let Some(trouble) = self.sounds.take(opened) {
                        self.trouble(&trouble);
                    }
                }
                Some(trouble) = inputs.trouble.recv() => self.trouble(&trouble),
                Some(found) = inputs.found.recv() => self.found(found),
                Some(check) = inputs.checked.recv() => self.view.check = Some(check),
                () = sleep_until(timer) => self.timers(),
                _ = levels.tick(), if self.sounds.is_open(DeviceRole::Microphone) => self.levels(),
                _ = scans.tick() => self.scan(),
            }
            self.publish();
        }
        if let Some(leg) = self.call.leg() {
            info!("stopping: the call's audio ends");
            self.close_media(leg);
        }
        self.sounds.close(DeviceRole::Ringer);
    }

    fn next_timer(&self) -> Option<Instant> {
        let test = self.ending_test.as_ref().map(|(_, at)| *at);
        [self.call.poll_timeout(), test].into_iter().flatten().min()
    }

    fn timers(&mut self) {
        let now = clock::now();
        if let Some((role, at)) = self.ending_test
            && now >= at
        {
            self.ending_test = None;
            self.view.devices.testing = None;
            if !self.in_call() {
                self.sounds.close(role);
            }
        }
        self.call_event(Event::Tick);
    }

    async fn command(&mut self, command: EngineCommand) {
        let id = clock::command_id();
        match command {
            EngineCommand::Accept => self.call_event(Event::Accept { id }),
            EngineCommand::Reject => self.call_event(Event::Reject { id }),
            EngineCommand::HangUp => self.call_event(Event::HangUp { id }),
            EngineCommand::Mute { on } => self.call_event(Event::Mute { on }),
            EngineCommand::Pair => self.pair(),
            EngineCommand::Unpair => {
                self.link.send(FromMediaAgent::Unpaired);
                self.forget_pairing(None).await;
            }
            EngineCommand::UseServer { server } => self.use_server(server).await,
            EngineCommand::ChooseDevice { role, id } => self.choose(role, id),
            EngineCommand::TestDevice { role } => self.test(role),
            EngineCommand::Rescan => self.scan(),
            EngineCommand::Check => self.check(),
            EngineCommand::NetworkChanged => self.link.rebind(),
            EngineCommand::Shutdown => {}
        }
    }

    fn pair(&mut self) {
        if self.view.link.status == LinkStatus::Up {
            self.view.pairing = PairingView::Asking;
            self.link.send(FromMediaAgent::PairRequest);
        } else {
            self.notice("no_link", "There is no connection to the server, so no code can be asked for.");
        }
    }

    async fn use_server(&mut self, server: String) {
        if let Err(error) = self.settings.set_server(&server) {
            self.notice("settings", &error.to_string());
        }
        self.view.link.server.clone_from(&server);
        self.view.pairing = PairingView::Unknown;
        self.link.pin(self.settings.pin()).await;
        self.link.use_server(server).await;
    }

    async fn forget_pairing(&mut self, reason: Option<String>) {
        if let Err(error) = self.settings.set_pin(None) {
            self.notice("settings", &error.to_string());
        }
        self.link.pin(None).await;
        self.view.pairing = PairingView::Unpaired { reason };
    }

    async fn link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Status { status, problem, retry_at_ms } => {
                self.view.link.status = status;
                self.view.link.problem = problem;
                self.view.link.retry_at_ms = retry_at_ms;
                self.view.link.round_trip_ms = None;
                if matches!(self.view.pairing, PairingView::Asking | PairingView::Code { .. }) {
                    self.view.pairing = PairingView::Unpaired { reason: None };
                }
            }
            LinkEvent::Up { fingerprint, now_ms, person } => {
                info!("link up");
                self.view.link.status = LinkStatus::Up;
                self.view.link.problem = None;
                self.view.link.retry_at_ms = None;
                self.fingerprint = Some(fingerprint);
                self.server_offset_ms = now_ms.saturating_sub(clock::wall_ms());
                match person {
                    Some(person) => {
                        self.pin().await;
                        self.view.pairing = PairingView::Paired { person };
                    }
                    // The server does not know this device (any more).
                    None => self.view.pairing = PairingView::Unpaired { reason: None },
                }
                self.reported = None;
                self.report_devices();
                self.call_event(Event::LinkUp);
            }
            LinkEvent::RoundTrip { ms, now_ms } => {
                self.view.link.round_trip_ms = Some(ms);
                self.server_offset_ms = now_ms.saturating_sub(clock::wall_ms());
            }
            LinkEvent::Message(message) => self.message(message).await,
        }
    }

    async fn pin(&mut self) {
        if self.settings.pin().is_none() {
            if let Err(error) = self.settings.set_pin(self.fingerprint) {
                self.notice("settings", &error.to_string());
            }
            self.link.pin(self.fingerprint).await;
        }
    }

    async fn message(&mut self, message: ToMediaAgent) {
        match &message {
            ToMediaAgent::PairCode { code, expires_ms } => {
                let expires_ms = expires_ms.saturating_sub(self.server_offset_ms);
                self.view.pairing = PairingView::Code { code: code.clone(), expires_ms };
            }
            ToMediaAgent::Paired { person, .. } => {
                info!("paired");
                self.pin().await;
                self.view.pairing = PairingView::Paired { person: person.clone() };
            }
            ToMediaAgent::Unpair { reason } => {
                self.link.send(FromMediaAgent::Unpaired);
                self.forget_pairing(Some(reason.clone())).await;
            }
            ToMediaAgent::Superseded { by } => self.view.pairing = PairingView::Superseded { by: by.clone() },
            ToMediaAgent::Answer { leg, sdp } => {
                if let Some((mine, media)) = &self.leg
                    && mine == leg
                {
                    media.answer(sdp.clone());
                }
                return;
            }
            ToMediaAgent::Refused { error, .. } => self.notice(&error.code, &error.message),
            _ => {}
        }
        let now_ms = clock::wall_ms().saturating_add(self.server_offset_ms);
        self.call_event(Event::Server { message, now_ms });
    }

    fn media(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Offer { leg, sdp } => self.link.send(FromMediaAgent::Offer { leg, sdp }),
            MediaEvent::Up { leg, codec } => {
                self.view.network.codec = Some(codec.to_owned());
                self.call_event(Event::MediaUp { leg });
            }
            MediaEvent::Failed { leg, reason } => self.call_event(Event::MediaFailed { leg, reason }),
            MediaEvent::Quality { leg, report } => {
                self.view.network = network_view(&report);
                if matches!(self.view.call.status, CallStatus::Live | CallStatus::Held) {
                    self.link.send(FromMediaAgent::Quality { leg, quality: leg_quality(&report) });
                }
            }
        }
    }

    fn call_event(&mut self, event: Event) {
        for effect in self.call.handle(clock::now(), event) {
            self.perform(effect);
        }
    }

    fn perform(&mut self, effect: Effect) {
        match effect {
            Effect::Send(message) => self.link.send(message),
            Effect::OpenMedia(leg) => {
                let server = server_ip(&self.view.link.server);
                self.view.network = NetworkView::default();
                self.leg = Some((leg, MediaLeg::open(leg, server, self.media.clone())));
            }
            Effect::CloseMedia(leg) => self.close_media(leg),
            Effect::StartRinger => self.sounds.ring(&self.settings),
            Effect::StopRinger => self.sounds.close(DeviceRole::Ringer),
            Effect::Beep => {
                if let Some((_, media)) = &self.leg {
                    media.beep();
                }
            }
            Effect::OpenSpeaker => self.open_speaker(),
            Effect::CloseSpeaker => self.sounds.close(DeviceRole::Speaker),
            Effect::OpenMicrophone => {
                if !self.sounds.is_open(DeviceRole::Microphone) {
                    self.open_microphone();
                }
                if let Some((_, media)) = &self.leg {
                    media.set_open(true);
                }
            }
            Effect::CloseMicrophone => {
                if let Some((_, media)) = &self.leg {
                    media.set_open(false);
                }
            }
            Effect::Refuse(why) => self.notice("nothing_to_do", why),
        }
    }

    fn open_microphone(&mut self) {
        if let Some((_, media)) = &self.leg {
            self.sounds.open_microphone(&self.settings, media.microphone());
        }
    }

    fn open_speaker(&mut self) {
        if let Some((_, media)) = &self.leg
            && !self.sounds.is_open(DeviceRole::Speaker)
        {
            self.sounds.open_speaker(&self.settings, media.feed());
        }
    }

    fn close_media(&mut self, leg: LegId) {
        if self.leg.as_ref().is_some_and(|(mine, _)| *mine == leg) {
            self.leg = None;
            self.sounds.close(DeviceRole::Microphone);
            self.sounds.close(DeviceRole::Speaker);
            self.view.devices.microphone_level_db = None;
            self.view.devices.speaker_level_db = None;
            self.view.network = NetworkView::default();
        }
    }

    fn in_call(&self) -> bool {
        self.leg.is_some()
    }

    /// Another device, in mid-call too: the stream is opened anew, the leg notices nothing.
    fn choose(&mut self, role: DeviceRole, id: Option<String>) {
        let id = id.filter(|id| id != DEFAULT);
        if let Err(error) = self.settings.set_device(role, id) {
            self.notice("settings", &error.to_string());
        }
        self.reopen(role);
        self.show_chosen();
        self.report_devices();
    }

    fn reopen(&mut self, role: DeviceRole) {
        if !self.sounds.is_open(role) {
            return;
        }
        match role {
            DeviceRole::Microphone => self.open_microphone(),
            DeviceRole::Speaker => {
                self.sounds.close(DeviceRole::Speaker);
                self.open_speaker();
            }
            DeviceRole::Ringer => self.sounds.ring(&self.settings),
        }
    }

    fn test(&mut self, role: DeviceRole) {
        if self.in_call() {
            return self.notice("in_call", "Devices are tested between calls.");
        }
        let time = if role == DeviceRole::Microphone {
            // The frames go nowhere; only the level is wanted.
            let (frames, _) = mpsc::channel(1);
            self.sounds.open_microphone(&self.settings, frames);
            MICROPHONE_TEST_TIME
        } else {
            self.sounds.test(&self.settings, role);
            TEST_TIME
        };
        self.view.devices.testing = Some(role);
        self.ending_test = Some((role, clock::now() + time));
    }

    fn check(&mut self) {
        if self.in_call() {
            return self.notice("in_call", "The check runs between calls.");
        }
        if self.view.check.as_ref().is_some_and(|check| check.running) {
            return;
        }
        let check = Check {
            sound: self.sounds.sound(),
            microphone: self.settings.device(DeviceRole::Microphone).map(str::to_owned),
            speaker: self.settings.device(DeviceRole::Speaker).map(str::to_owned),
            link: self.view.link.clone(),
            pairing: self.view.pairing.clone(),
        };
        self.view.check = Some(CheckView { running: true, ..CheckView::default() });
        tokio::spawn(check.run(self.checked.clone()));
    }

    /// A stream died or did not open. In a call the default device takes over, once.
    fn trouble(&mut self, trouble: &Trouble) {
        warn!(role = ?trouble.role, reason = trouble.reason, "sound device");
        self.notice("device", &trouble.reason);
        self.view.devices.healthy = false;
        self.view.devices.problem = Some(trouble.reason.clone());
        let chosen = self.settings.device(trouble.role).is_some();
        if chosen && self.in_call() {
            // Kept in the settings: when the device is back, the next call uses it again.
            let kept = self.settings.device(trouble.role).map(str::to_owned);
            let _ = self.settings.set_device(trouble.role, None);
            self.reopen(trouble.role);
            let _ = self.settings.set_device(trouble.role, kept);
        }
        self.report_devices();
        self.scan();
    }

    fn scan(&mut self) {
        if self.scanning {
            return;
        }
        self.scanning = true;
        let (sound, found) = (self.sounds.sound(), self.found.clone());
        tokio::task::spawn_blocking(move || {
            let _ = found.blocking_send(sound.scan());
        });
    }

    fn found(&mut self, found: Found) {
        self.scanning = false;
        let devices = &mut self.view.devices;
        devices.host = found.host;
        devices.microphones = found.microphones;
        devices.speakers = found.speakers;
        let problem = if devices.microphones.is_empty() {
            Some("There is no microphone.")
        } else if devices.speakers.is_empty() {
            Some("There is no speaker.")
        } else {
            None
        };
        devices.healthy = problem.is_none();
        devices.problem = problem.map(str::to_owned);
        self.show_chosen();
        self.report_devices();
    }

    /// Shows what is really used: the chosen device while it is there, else the system's default.
    fn show_chosen(&mut self) {
        let name = |entries: &[DeviceEntry], wanted: Option<&str>| {
            let chosen = wanted.and_then(|id| entries.iter().find(|entry| entry.id == id));
            chosen.or_else(|| entries.iter().find(|e| e.is_default)).or(entries.first()).map(|entry| entry.id.clone())
        };
        let devices = &mut self.view.devices;
        devices.microphone = name(&devices.microphones, self.settings.device(DeviceRole::Microphone));
        devices.speaker = name(&devices.speakers, self.settings.device(DeviceRole::Speaker));
        devices.ringer = name(&devices.speakers, self.settings.device(DeviceRole::Ringer));
    }

    fn report_devices(&mut self) {
        let devices = &self.view.devices;
        if devices.host.is_empty() || self.view.link.status != LinkStatus::Up {
            return;
        }
        let named = |entries: &[DeviceEntry], id: &Option<String>| {
            entries.iter().find(|entry| Some(&entry.id) == id.as_ref()).map(|entry| entry.name.clone())
        };
        let report = FromMediaAgent::Devices {
            microphone: named(&devices.microphones, &devices.microphone),
            speaker: named(&devices.speakers, &devices.speaker),
            ringer: named(&devices.speakers, &devices.ringer),
            healthy: devices.healthy,
            problem: devices.problem.clone(),
        };
        if self.reported.as_ref() != Some(&report) {
            self.link.send(report.clone());
            self.reported = Some(report);
        }
    }

    fn levels(&mut self) {
        self.view.devices.microphone_level_db = Some(self.sounds.microphone_level.take_db());
        self.view.devices.speaker_level_db = Some(self.sounds.speaker_level.take_db());
    }

    fn notice(&mut self, code: &str, text: &str) {
        let number = self.view.notice.as_ref().map_or(1, |notice| notice.number + 1);
        self.view.notice = Some(Notice { number, code: code.to_owned(), text: text.to_owned() });
    }

    fn publish(&mut self) {
        let mut call = call_view(self.call.state(), self.server_offset_ms);
        let before = &self.view.call;
        let continues = before.status == call.status && before.leg == call.leg;
        call.since_ms = if continues { before.since_ms } else { clock::wall_ms() };
        let talking = matches!(call.status, CallStatus::Live | CallStatus::Held);
        call.live_since_ms = match before.live_since_ms {
            Some(at) if talking && before.leg == call.leg => Some(at),
            _ if talking => Some(call.since_ms),
            _ => None,
        };
        if self.call_before != call.status {
            info!(from = ?self.call_before, to = ?call.status, "call");
            self.call_before = call.status;
        }
        self.view.call = call;
        if !self.sounds.is_open(DeviceRole::Microphone) {
            self.view.devices.microphone_level_db = None;
        }
        let view = &self.view;
        self.published.send_if_modified(|shown| {
            let changed = **shown != *view;
            if changed {
                *shown = Arc::new(view.clone());
            }
            changed
        });
    }
}

fn call_view(state: &State, server_offset_ms: i64) -> CallView {
    let (call, status) = match state {
        State::Idle => return CallView::default(),
        State::Ringing { call, .. } => (call, CallStatus::Ringing),
        State::Connecting { call, .. } => (call, CallStatus::Connecting),
        State::Live { call, .. } => (call, CallStatus::Live),
        State::Held { call } => (call, CallStatus::Held),
        State::Ended { call, .. } => (call, CallStatus::Ended),
    };
    CallView {
        status,
        contact: Some(call.contact),
        leg: Some(call.leg),
        caller: call.caller.clone(),
        caller_name: call.caller_name.clone(),
        queue: call.queue.clone(),
        muted: call.muted,
        microphone_open: matches!(state, State::Live { open: crate::call::Microphone::Open, .. }) && !call.muted,
        media_up: call.media_up,
        auto_accept: call.auto_accept,
        expires_ms: match state {
            State::Ringing { expires_ms, .. } => Some(expires_ms.saturating_sub(server_offset_ms)),
            _ => None,
        },
        why: match state {
            State::Ended { why, .. } => Some(why.clone()),
            _ => None,
        },
        ..CallView::default()
    }
}

fn network_view(report: &Report) -> NetworkView {
    let round_trip_ms = report.round_trip.map(|time| time.as_secs_f64() * 1_000.0);
    let verdict = match report.verdict {
        twinline_media::quality::Verdict::Good => Verdict::Good,
        twinline_media::quality::Verdict::Fair => Verdict::Fair,
        twinline_media::quality::Verdict::Poor => Verdict::Poor,
    };
    NetworkView {
        verdict,
        codec: Some(report.codec.name().to_owned()),
        round_trip_ms,
        loss_percent: Some(report.loss_percent),
        jitter_ms: Some(report.jitter.as_secs_f64() * 1_000.0),
        mos_cqe: Some(report.rating.mos),
    }
}

fn leg_quality(report: &Report) -> LegQuality {
    LegQuality {
        participant: "agent".to_owned(),
        codec: report.codec.name().to_owned(),
        packets_received: report.packets_received,
        packets_lost: report.packets_lost,
        jitter_ms: report.jitter.as_secs_f64() * 1_000.0,
        round_trip_ms: report.round_trip.map(|time| time.as_secs_f64() * 1_000.0),
        remote_loss_percent: report.remote_loss_percent,
        r_factor: report.rating.r,
        mos_cqe: report.rating.mos,
    }
}

/// The server's address as far as it decides which local addresses are offered: loopback or not.
fn server_ip(server: &str) -> Option<IpAddr> {
    let host = server.rsplit_once(':').map_or(server, |(host, _)| host).trim_matches(['[', ']']);
    match host.parse() {
        Ok(ip) => Some(ip),
        // Resolved by the link already, so this answers from the cache; a call must not wait for names otherwise.
        Err(_) if host == "localhost" => (host, 0).to_socket_addrs().ok()?.next().map(|address| address.ip()),
        Err(_) => None,
    }
}

async fn sleep_until(at: Option<Instant>) {
    match at {
        Some(at) => tokio::time::sleep_until(at.into()).await,
        None => std::future::pending().await,
    }
}
