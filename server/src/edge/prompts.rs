//! Prompts for the media workers: files and speech become frames once, and are shared by every call from then on.

use crate::switchboard::Mailbox;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::Semaphore;
use tracing::warn;
use twinline_core::io::{PromptSource, Tone};
use twinline_media::{
    player::{self, Prompt},
    wave,
};
use twinline_model::{Centre, LegId, PlaybackId};
use twinline_speech::{SpeechRequest, Synthesizer};

/// Sound kept in memory, in seconds over all prompts; the least recently used go first.
const KEPT_SECONDS: usize = 4 * 3_600;
/// Sample rate at which prompts are prepared: wide-band, so that no codec loses what the file had.
const RATE_HZ: u32 = 16_000;
/// Whose ringback is heard.
const COUNTRY: &str = "KR";
/// Texts spoken at once by the speech engine.
const SPEAKERS: usize = 2;

/// What became of a wish: `ticket` as it was given.
pub struct Prepared {
    pub leg: LegId,
    pub playback: PlaybackId,
    pub repeat: bool,
    pub prompt: Result<Arc<Prompt>, String>,
}

impl std::fmt::Debug for Prepared {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Prepared").field("playback", &self.playback).field("ok", &self.prompt.is_ok()).finish()
    }
}

pub struct Prompts {
    folder: PathBuf,
    speech: Arc<dyn Synthesizer>,
    cache: Mutex<Cache>,
    speakers: Semaphore,
    mailbox: Mailbox,
}

#[derive(Default)]
struct Cache {
    prompts: HashMap<PromptSource, (Arc<Prompt>, u64)>,
    uses: u64,
    seconds: usize,
}

impl Prompts {
    pub fn new(folder: PathBuf, speech: Arc<dyn Synthesizer>, mailbox: Mailbox) -> Arc<Self> {
        let speakers = Semaphore::new(SPEAKERS);
        Arc::new(Self { folder, speech, cache: Mutex::default(), speakers, mailbox })
    }

    /// The prompt, if it is ready in memory.
    pub fn ready(&self, source: &PromptSource) -> Option<Arc<Prompt>> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).take(source)
    }

    /// Prepares the prompt beside the calls; `Mailbox::prepared` tells when it is done.
    pub fn prepare(
        self: &Arc<Self>,
        centre: Arc<Centre>,
        source: PromptSource,
        leg: LegId,
        playback: PlaybackId,
        repeat: bool,
    ) {
        let prompts = Arc::clone(self);
        tokio::spawn(async move {
            let prompt = prompts.load(centre, source).await;
            if let Err(why) = &prompt {
                warn!(%why, "a prompt could not be played");
            }
            prompts.mailbox.prepared(Prepared { leg, playback, repeat, prompt }).await;
        });
    }

    /// Prepares every prompt and fixed text that the flows name, so that the first caller does not wait for them.
    pub async fn warm(self: &Arc<Self>, centre: Arc<Centre>, sources: Vec<PromptSource>) {
        for source in sources {
            if self.ready(&source).is_none()
                && let Err(why) = self.load(centre.clone(), source).await
            {
                warn!(%why, "a prompt of a flow cannot be had");
            }
        }
    }

    async fn load(self: &Arc<Self>, centre: Arc<Centre>, source: PromptSource) -> Result<Arc<Prompt>, String> {
        let _turn = self.speakers.acquire().await.map_err(|_| "shutting down".to_owned())?;
        if let Some(prompt) = self.ready(&source) {
            return Ok(prompt);
        }
        let prompts = Arc::clone(self);
        let wanted = source.clone();
        let pcm = tokio::task::spawn_blocking(move || prompts.sound(&centre, &wanted))
            .await
            .map_err(|error| error.to_string())??;
        let seconds = pcm.len() / RATE_HZ as usize + 1;
        let prompt = Prompt::from_pcm(pcm, RATE_HZ).map_err(|error| error.to_string())?;
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(source, prompt.clone(), seconds);
        Ok(prompt)
    }

    fn sound(&self, centre: &Centre, source: &PromptSource) -> Result<Vec<i16>, String> {
        match source {
            PromptSource::Audio(id) => {
                let prompt = centre.prompts.get(id).ok_or_else(|| format!("there is no prompt {id}"))?;
                let file = self.folder.join(&prompt.file);
                let bytes = std::fs::read(&file).map_err(|error| format!("{}: {error}", prompt.file))?;
                wave::decode(&bytes, RATE_HZ).map_err(|error| format!("{}: {error}", prompt.file))
            }
            PromptSource::Text { text, ssml, language, voice } => {
                let request =
                    SpeechRequest { text: text.clone(), ssml: *ssml, language: language.clone(), voice: voice.clone() };
                let spoken = self.speech.synthesize(&request).map_err(|error| error.to_string())?;
                Ok(wave::resample(&spoken.samples, spoken.rate, RATE_HZ))
            }
            PromptSource::Tone(tone) => {
                let prompt = match tone {
                    Tone::Ringback => player::ringback(COUNTRY),
                    Tone::AutoAcceptBeep => player::beep(),
                    Tone::HoldMusic => player::hold_music(),
                };
                let (pcm, rate) = prompt.pcm();
                Ok(wave::resample(pcm, rate, RATE_HZ))
            }
            PromptSource::Sequence(sources) => {
                let mut all = Vec::new();
                for source in sources {
                    all.extend(self.sound(centre, source)?);
                }
                Ok(all)
            }
        }
    }
}

impl Cache {
    fn take(&mut self, source: &PromptSource) -> Option<Arc<Prompt>> {
        self.uses += 1;
        let (prompt, used) = self.prompts.get_mut(source)?;
        *used = self.uses;
        Some(prompt.clone())
    }

    fn put(&mut self, source: PromptSource, prompt: Arc<Prompt>, seconds: usize) {
        self.uses += 1;
        self.seconds += seconds;
        self.prompts.insert(source, (prompt, self.uses));
        while self.seconds > KEPT_SECONDS && self.prompts.len() > 1 {
            let oldest = self.prompts.iter().min_by_key(|(_, (_, used))| *used).map(|(source, _)| source.clone());
            let Some(oldest) = oldest else { return };
            self.prompts.remove(&oldest);
            self.seconds = self.seconds.saturating_sub(seconds);
        }
    }
}
