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
    codec::Codec,
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
/// Codecs for which a prompt is encoded before it is first played, so that no media worker stops to do it.
const CHEAP_CODECS: [Codec; 2] = [Codec::Pcmu, Codec::Pcma];
/// Codecs that follow beside: a playback that comes sooner encodes for itself.
const DEAR_CODECS: [Codec; 2] = [Codec::G722, Codec::Opus];
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
    prompts: HashMap<PromptSource, Kept>,
    uses: u64,
    seconds: usize,
}

struct Kept {
    prompt: Arc<Prompt>,
    /// Number of its last use.
    used: u64,
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
        let (prompt, seconds) = tokio::task::spawn_blocking(move || prompts.encoded(&centre, &wanted))
            .await
            .map_err(|error| error.to_string())??;
        self.cache.lock().unwrap_or_else(PoisonError::into_inner).put(source, prompt.clone(), seconds);
        let dear = prompt.clone();
        // Beside: nobody waits for the codecs that take long.
        tokio::task::spawn_blocking(move || DEAR_CODECS.iter().for_each(|codec| dear.prepare(*codec)));
        Ok(prompt)
    }

    /// The prompt with the frames that most calls ask for, and its length in seconds, rounded up.
    fn encoded(&self, centre: &Centre, source: &PromptSource) -> Result<(Arc<Prompt>, usize), String> {
        let pcm = self.sound(centre, source)?;
        let seconds = pcm.len() / RATE_HZ as usize + 1;
        let prompt = Prompt::from_pcm(pcm, RATE_HZ).map_err(|error| error.to_string())?;
        CHEAP_CODECS.iter().for_each(|codec| prompt.prepare(*codec));
        Ok((prompt, seconds))
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
        let kept = self.prompts.get_mut(source)?;
        kept.used = self.uses;
        Some(kept.prompt.clone())
    }

    fn put(&mut self, source: PromptSource, prompt: Arc<Prompt>, seconds: usize) {
        self.uses += 1;
        self.seconds += seconds;
        if let Some(before) = self.prompts.insert(source, Kept { prompt, used: self.uses, seconds }) {
            self.seconds -= before.seconds;
        }
        while self.seconds > KEPT_SECONDS && self.prompts.len() > 1 {
            let oldest = self.prompts.iter().min_by_key(|(_, kept)| kept.used).map(|(source, _)| source.clone());
            let Some(oldest) = oldest else { return };
            if let Some(gone) = self.prompts.remove(&oldest) {
                self.seconds -= gone.seconds;
            }
        }
    }
}
