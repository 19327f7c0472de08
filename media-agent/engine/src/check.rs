//! The check: a tone from the speaker, heard by the microphone, and the link. It says what it measured and nothing
//! that it did not try.

use crate::{
    devices::Sound,
    dsp::{FLOOR_DB, Level, RATE, peak_db, tone_share},
    ring::TestTone,
    state::{CheckResult, CheckStep, CheckView, DeviceRole, LinkStatus, LinkView, PairingView},
    stream::Stream,
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout_at},
};

/// Frequency of the test tone, Hz.
const TONE: f64 = 1_000.0;
/// How long is listened before the tone, and while it plays.
const QUIET_TIME: Duration = Duration::from_millis(600);
const TONE_TIME: Duration = Duration::from_millis(1_600);
/// From this share of the sound on the tone counts as heard.
const HEARD: f64 = 0.2;

/// What the check needs.
pub struct Check {
    pub sound: Sound,
    pub microphone: Option<String>,
    pub speaker: Option<String>,
    pub link: LinkView,
    pub pairing: PairingView,
}

impl Check {
    /// Runs all steps; the view is sent after each.
    pub async fn run(self, views: mpsc::Sender<CheckView>) {
        let mut view = CheckView { running: true, ..CheckView::default() };
        let (frames, mut heard) = mpsc::channel(200);
        let (trouble, _troubles) = mpsc::channel(4);
        let microphone = self.open_microphone(frames, trouble.clone()).await;
        let before = match &microphone {
            Ok(_) => listen(&mut heard, QUIET_TIME).await,
            Err(_) => Vec::new(),
        };
        add(&mut view, &views, microphone_step(&microphone, &before)).await;

        let speaker = self.open_speaker(trouble).await;
        let during = match (&microphone, &speaker) {
            (Ok(_), Ok(_)) => listen(&mut heard, TONE_TIME).await,
            (_, Ok(_)) => {
                sleep(TONE_TIME).await;
                Vec::new()
            }
            _ => Vec::new(),
        };
        let step = match &speaker {
            Ok(_) => step_of("speaker", CheckResult::Passed, "a tone was played"),
            Err(reason) => step_of("speaker", CheckResult::Failed, reason),
        };
        add(&mut view, &views, step).await;
        add(&mut view, &views, loop_step(microphone.is_ok() && speaker.is_ok(), &during)).await;
        close(microphone, speaker).await;

        add(&mut view, &views, link_step(&self.link)).await;
        add(&mut view, &views, pairing_step(&self.pairing)).await;
        let detail = "the audio path to the server is tried with each call; its numbers stand in the network line";
        add(&mut view, &views, step_of("media", CheckResult::Skipped, detail)).await;
        view.running = false;
        view.passed = Some(!view.steps.iter().any(|step| step.result == CheckResult::Failed));
        let _ = views.send(view).await;
    }

    async fn open_microphone(
        &self,
        frames: mpsc::Sender<crate::stream::Frame>,
        trouble: mpsc::Sender<crate::devices::Trouble>,
    ) -> Result<Stream, String> {
        let (sound, id) = (self.sound.clone(), self.microphone.clone());
        blocking(move || sound.open_microphone(id.as_deref(), frames, Arc::new(Level::default()), trouble)).await
    }

    async fn open_speaker(&self, trouble: mpsc::Sender<crate::devices::Trouble>) -> Result<Stream, String> {
        let (sound, id) = (self.sound.clone(), self.speaker.clone());
        let feed = Box::new(TestTone::new(1_400));
        blocking(move || {
            sound.open_output(DeviceRole::Speaker, id.as_deref(), feed, Arc::new(Level::default()), trouble)
        })
        .await
    }
}

async fn blocking(
    open: impl FnOnce() -> Result<Stream, crate::devices::SoundError> + Send + 'static,
) -> Result<Stream, String> {
    match tokio::task::spawn_blocking(open).await {
        Ok(Ok(stream)) => Ok(stream),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("opening the device broke".to_owned()),
    }
}

/// Closing a device may wait for its sound server.
async fn close(microphone: Result<Stream, String>, speaker: Result<Stream, String>) {
    let _ = tokio::task::spawn_blocking(move || drop((microphone, speaker))).await;
}

async fn listen(frames: &mut mpsc::Receiver<crate::stream::Frame>, time: Duration) -> Vec<i16> {
    let until = Instant::now() + time;
    let mut sound = Vec::new();
    while let Ok(Some(frame)) = timeout_at(until, frames.recv()).await {
        sound.extend(frame);
    }
    sound
}

async fn add(view: &mut CheckView, views: &mpsc::Sender<CheckView>, step: CheckStep) {
    view.steps.push(step);
    let _ = views.send(view.clone()).await;
}

fn step_of(name: &str, result: CheckResult, detail: &str) -> CheckStep {
    CheckStep { name: name.to_owned(), result, detail: detail.to_owned() }
}

fn microphone_step(opened: &Result<Stream, String>, sound: &[i16]) -> CheckStep {
    let level = peak_db(sound.iter().map(|s| u32::from(s.unsigned_abs())).max().unwrap_or(0));
    match opened {
        Err(reason) => step_of("microphone", CheckResult::Failed, reason),
        Ok(_) if sound.is_empty() => step_of("microphone", CheckResult::Failed, "it opened but gives no sound"),
        // Even a quiet room has some noise; exact zeros come from a mute switch or a missing capsule.
        Ok(_) if level <= FLOOR_DB => {
            step_of("microphone", CheckResult::Weak, "it gives exact silence: is its mute switch on?")
        }
        Ok(_) => step_of("microphone", CheckResult::Passed, &format!("it gives sound, peak {level} dB")),
    }
}

fn loop_step(tried: bool, sound: &[i16]) -> CheckStep {
    if !tried {
        return step_of("loop", CheckResult::Skipped, "needs microphone and speaker");
    }
    // The loudest half second decides: device delay is unknown.
    let half = (RATE / 2) as usize;
    let share = sound.windows(half).step_by(half / 5).map(|part| tone_share(part, RATE, TONE)).fold(0.0, f64::max);
    let percent = (share * 100.0).round();
    if share >= HEARD {
        step_of("loop", CheckResult::Passed, &format!("the microphone heard the tone ({percent} % of its sound)"))
    } else {
        let detail = "the microphone did not hear the speaker: as it should be with a headset, wrong with loudspeakers";
        step_of("loop", CheckResult::Weak, detail)
    }
}

fn link_step(link: &LinkView) -> CheckStep {
    match (link.status, &link.problem, link.round_trip_ms) {
        (LinkStatus::Up, _, Some(ms)) if ms > 200 => {
            step_of("link", CheckResult::Weak, &format!("connected, but slow: {ms} ms round trip"))
        }
        (LinkStatus::Up, _, Some(ms)) => step_of("link", CheckResult::Passed, &format!("{ms} ms round trip")),
        (LinkStatus::Up, ..) => step_of("link", CheckResult::Passed, "connected"),
        (LinkStatus::Unset, ..) => step_of("link", CheckResult::Failed, "no server is set (--server HOST:PORT)"),
        (_, Some(problem), _) => step_of("link", CheckResult::Failed, &problem.detail),
        _ => step_of("link", CheckResult::Failed, "not connected"),
    }
}

fn pairing_step(pairing: &PairingView) -> CheckStep {
    match pairing {
        PairingView::Paired { person } => {
            step_of("pairing", CheckResult::Passed, &format!("paired with {}", person.name))
        }
        PairingView::Superseded { by } => {
            step_of("pairing", CheckResult::Failed, &format!("the audio was taken over by {by}"))
        }
        PairingView::Unknown => step_of("pairing", CheckResult::Skipped, "the server could not be asked"),
        _ => step_of("pairing", CheckResult::Failed, "not paired: run `twinline-agent pair`"),
    }
}
