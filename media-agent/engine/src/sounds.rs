//! Streams in use: microphone, speaker and ringer of the call, and short tests of a device. Opening may wait for a
//! sound server, so it happens beside the engine's task; what was wanted last is what stays open.

use crate::{
    devices::{Sound, Trouble},
    dsp::Level,
    ring::{Ringtone, TestTone},
    settings::Settings,
    state::DeviceRole,
    stream::{Feed, Frame, Stream},
};
use std::sync::Arc;
use tokio::sync::mpsc;

/// A stream that was asked for is open, or is not.
pub struct Opened {
    pub role: DeviceRole,
    /// Which request it answers: a newer one makes it worthless.
    pub turn: u64,
    pub result: Result<Stream, String>,
}

#[derive(Default)]
struct Place {
    turn: u64,
    wanted: bool,
    stream: Option<Stream>,
}

/// The three places a stream can be in.
pub struct Sounds {
    sound: Sound,
    microphone: Place,
    speaker: Place,
    ringer: Place,
    pub microphone_level: Arc<Level>,
    pub speaker_level: Arc<Level>,
    opened: mpsc::Sender<Opened>,
    trouble: mpsc::Sender<Trouble>,
}

impl Sounds {
    pub fn new(sound: Sound, opened: mpsc::Sender<Opened>, trouble: mpsc::Sender<Trouble>) -> Self {
        Self {
            sound,
            microphone: Place::default(),
            speaker: Place::default(),
            ringer: Place::default(),
            microphone_level: Arc::default(),
            speaker_level: Arc::default(),
            opened,
            trouble,
        }
    }

    pub fn sound(&self) -> Sound {
        self.sound.clone()
    }

    pub fn is_open(&self, role: DeviceRole) -> bool {
        self.place(role).wanted
    }

    pub fn open_microphone(&mut self, settings: &Settings, frames: mpsc::Sender<Frame>) {
        let id = settings.device(DeviceRole::Microphone).map(str::to_owned);
        let (level, trouble) = (self.microphone_level.clone(), self.trouble.clone());
        self.open(DeviceRole::Microphone, move |sound| sound.open_microphone(id.as_deref(), frames, level, trouble));
    }

    pub fn open_speaker(&mut self, settings: &Settings, feed: Box<dyn Feed>) {
        self.open_output(settings, DeviceRole::Speaker, feed);
    }

    pub fn ring(&mut self, settings: &Settings) {
        self.open_output(settings, DeviceRole::Ringer, Box::new(Ringtone::new()));
    }

    /// A tone of one second on an output.
    pub fn test(&mut self, settings: &Settings, role: DeviceRole) {
        self.open_output(settings, role, Box::new(TestTone::new(1_000)));
    }

    fn open_output(&mut self, settings: &Settings, role: DeviceRole, feed: Box<dyn Feed>) {
        let id = settings.device(role).map(str::to_owned);
        let level = if role == DeviceRole::Speaker { self.speaker_level.clone() } else { Arc::default() };
        let trouble = self.trouble.clone();
        self.open(role, move |sound| sound.open_output(role, id.as_deref(), feed, level, trouble));
    }

    fn open(
        &mut self,
        role: DeviceRole,
        open: impl FnOnce(&Sound) -> Result<Stream, crate::devices::SoundError> + Send + 'static,
    ) {
        let (sound, opened) = (self.sound.clone(), self.opened.clone());
        let place = self.place_mut(role);
        place.turn += 1;
        place.wanted = true;
        // The old device is let go first: some allow one user only.
        let old = place.stream.take();
        let turn = place.turn;
        tokio::task::spawn_blocking(move || {
            drop(old);
            let result = open(&sound).map_err(|error| error.to_string());
            let _ = opened.blocking_send(Opened { role, turn, result });
        });
    }

    pub fn close(&mut self, role: DeviceRole) {
        let place = self.place_mut(role);
        place.turn += 1;
        place.wanted = false;
        if let Some(stream) = place.stream.take() {
            tokio::task::spawn_blocking(move || drop(stream));
        }
    }

    /// Takes a stream that has opened; the reason when it has not.
    pub fn take(&mut self, opened: Opened) -> Option<Trouble> {
        let place = self.place_mut(opened.role);
        if place.turn != opened.turn || !place.wanted {
            return None;
        }
        match opened.result {
            Ok(stream) => {
                place.stream = Some(stream);
                None
            }
            Err(reason) => Some(Trouble { role: opened.role, reason }),
        }
    }

    fn place(&self, role: DeviceRole) -> &Place {
        match role {
            DeviceRole::Microphone => &self.microphone,
            DeviceRole::Speaker => &self.speaker,
            DeviceRole::Ringer => &self.ringer,
        }
    }

    fn place_mut(&mut self, role: DeviceRole) -> &mut Place {
        match role {
            DeviceRole::Microphone => &mut self.microphone,
            DeviceRole::Speaker => &mut self.speaker,
            DeviceRole::Ringer => &mut self.ringer,
        }
    }
}
