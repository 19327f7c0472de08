//! Open sound streams. Device callbacks and WAV files go through the same two ends: an [`Intake`] that turns whatever
//! a microphone gives into 20 ms frames at 48 kHz mono, and an [`Outlet`] that asks a [`Feed`] for sound at a device's
//! pace. The far end of either is a device's clock, or for files a timer of the same 20 ms.

use crate::dsp::{FRAME, Level, RATE};
use cpal::traits::StreamTrait;
use std::{
    collections::VecDeque,
    fs::File,
    io::BufWriter,
    path::Path,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{MissedTickBehavior, interval},
};
use twinline_media::codec::Resampler;

/// 20 ms of sound, 48 kHz mono.
pub type Frame = Vec<i16>;

/// Gives sound at whatever pace it is asked, 48 kHz mono. Called from sound threads: never waits.
pub trait Feed: Send + 'static {
    fn fill(&mut self, out: &mut [i16]);
}

impl<F: Feed + ?Sized> Feed for Box<F> {
    fn fill(&mut self, out: &mut [i16]) {
        (**self).fill(out);
    }
}

/// Microphone side: interleaved samples of a device in, frames out. When nobody takes them they are dropped, newest
/// first, so the delay stays bounded.
pub struct Intake {
    channels: usize,
    resampler: Resampler,
    mono: Vec<i16>,
    ready: Vec<i16>,
    frames: mpsc::Sender<Frame>,
    level: Arc<Level>,
}

impl Intake {
    pub fn new(rate: u32, channels: u16, frames: mpsc::Sender<Frame>, level: Arc<Level>) -> Self {
        Self {
            channels: usize::from(channels.max(1)),
            resampler: Resampler::new(rate, RATE),
            mono: Vec::new(),
            ready: Vec::with_capacity(2 * FRAME),
            frames,
            level,
        }
    }

    /// Takes what a device captured.
    pub fn take(&mut self, interleaved: impl Iterator<Item = i16>) {
        self.mono.clear();
        let mut sum = 0i32;
        for (i, sample) in interleaved.enumerate() {
            sum += i32::from(sample);
            if (i + 1) % self.channels == 0 {
                let mean = sum / i32::try_from(self.channels).unwrap_or(1);
                self.mono.push(i16::try_from(mean).unwrap_or(0));
                sum = 0;
            }
        }
        self.level.note(&self.mono);
        self.resampler.process(&self.mono, &mut self.ready);
        while self.ready.len() >= FRAME {
            let frame: Frame = self.ready.drain(..FRAME).collect();
            let _ = self.frames.try_send(frame);
        }
    }
}

/// Speaker side: asks the feed for as much as the device wants, in the device's rate and channels.
pub struct Outlet {
    channels: usize,
    resampler: Resampler,
    block: Vec<i16>,
    ready: Vec<i16>,
    queue: VecDeque<i16>,
    feed: Box<dyn Feed>,
    level: Arc<Level>,
}

impl Outlet {
    pub fn new(rate: u32, channels: u16, feed: Box<dyn Feed>, level: Arc<Level>) -> Self {
        Self {
            channels: usize::from(channels.max(1)),
            resampler: Resampler::new(RATE, rate),
            // 5 ms a step: little is asked for ahead of its time.
            block: vec![0; FRAME / 4],
            ready: Vec::new(),
            queue: VecDeque::new(),
            feed,
            level,
        }
    }

    /// Fills an interleaved buffer, converting each sample with `convert`.
    pub fn give<T>(&mut self, out: &mut [T], convert: impl Fn(i16) -> T) {
        for group in out.chunks_mut(self.channels) {
            while self.queue.is_empty() {
                self.feed.fill(&mut self.block);
                self.level.note(&self.block);
                self.resampler.process(&self.block, &mut self.ready);
                self.queue.extend(self.ready.drain(..));
            }
            let sample = self.queue.pop_front().unwrap_or(0);
            for place in group {
                *place = convert(sample);
            }
        }
    }
}

/// A stream in use; dropping it closes it.
pub enum Stream {
    /// A device, and the word to its callback that it is over: a sound server may go on calling for a while after the
    /// stream was dropped (cpal's PulseAudio capture does), and two microphones must never be heard at once.
    Device(cpal::Stream, Arc<AtomicBool>),
    File(tokio::task::JoinHandle<()>),
    /// A role that has no device (the ringer where WAV files are the devices).
    Nowhere,
}

impl Drop for Stream {
    fn drop(&mut self) {
        match self {
            Self::Device(stream, over) => {
                over.store(true, Ordering::Relaxed);
                let _ = stream.pause();
            }
            Self::File(task) => task.abort(),
            Self::Nowhere => {}
        }
    }
}

/// A WAV file as a microphone: begins when opened, at the pace of real time; silence follows, or the file again.
pub fn play_file(sound: Arc<Vec<i16>>, again: bool, mut intake: Intake) -> Stream {
    Stream::File(tokio::spawn(async move {
        let mut tick = interval(Duration::from_millis(20));
        tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
        let mut at = 0;
        loop {
            tick.tick().await;
            let rest = sound.get(at..).unwrap_or_default();
            let piece = &rest[..rest.len().min(FRAME)];
            let silence = FRAME - piece.len();
            intake.take(piece.iter().copied().chain(std::iter::repeat_n(0, silence)));
            at += FRAME;
            if again && at >= sound.len() {
                at = 0;
            }
        }
    }))
}

#[derive(Debug, thiserror::Error)]
pub enum PlaybackFileError {
    #[error("the playback file {path} cannot be written")]
    Write { path: String, source: hound::Error },
}

/// A WAV file as a speaker. Calls follow one another in it; its header is brought up to date each second, so that it
/// is playable after a crash.
#[derive(Clone)]
pub struct PlaybackFile(Arc<Mutex<hound::WavWriter<BufWriter<File>>>>);

impl PlaybackFile {
    pub fn create(path: &Path) -> Result<Self, PlaybackFileError> {
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: 16,
            sample_format: hound::SampleFormat::Int,
        };
        let writer = hound::WavWriter::create(path, spec)
            .map_err(|source| PlaybackFileError::Write { path: path.display().to_string(), source })?;
        Ok(Self(Arc::new(Mutex::new(writer))))
    }

    /// Takes sound from the outlet at the pace of real time until dropped.
    pub fn record(&self, mut outlet: Outlet) -> Stream {
        let file = self.clone();
        Stream::File(tokio::spawn(async move {
            let _flush_at_end = FlushAtEnd(file.clone());
            let mut tick = interval(Duration::from_millis(20));
            tick.set_missed_tick_behavior(MissedTickBehavior::Burst);
            let mut frame = vec![0i16; FRAME];
            let mut frames = 0u32;
            loop {
                tick.tick().await;
                outlet.give(&mut frame, |sample| sample);
                frames = frames.wrapping_add(1);
                file.write(&frame, frames.is_multiple_of(50));
            }
        }))
    }

    fn write(&self, frame: &[i16], flush: bool) {
        let mut writer = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for &sample in frame {
            if writer.write_sample(sample).is_err() {
                return;
            }
        }
        if flush {
            let _ = writer.flush();
        }
    }
}

struct FlushAtEnd(PlaybackFile);

impl Drop for FlushAtEnd {
    fn drop(&mut self) {
        self.0.write(&[], true);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{dsp::tone_share, ring::TestTone};

    #[test]
    fn a_stereo_microphone_of_44_100_hz_becomes_frames_of_48_000_mono() {
        let (frames, mut out) = mpsc::channel(100);
        let mut intake = Intake::new(44_100, 2, frames, Arc::default());
        let sine = |n: usize| ((n as f64 * std::f64::consts::TAU * 1_000.0 / 44_100.0).sin() * 8_000.0) as i16;
        for block in 0..100 {
            intake.take((0..882).map(|i| sine(block * 441 + i / 2)));
        }
        let mut sound = Vec::new();
        while let Ok(frame) = out.try_recv() {
            assert_eq!(frame.len(), FRAME);
            sound.extend(frame);
        }
        assert!((46_000..=48_000).contains(&sound.len()), "{}", sound.len());
        assert!(tone_share(&sound[4_800..], RATE, 1_000.0) > 0.99);
    }

    #[test]
    fn a_speaker_of_another_rate_and_two_channels_hears_the_same_tone_on_both() {
        let mut outlet = Outlet::new(16_000, 2, Box::new(TestTone::new(1_000)), Arc::default());
        let mut out = vec![0i16; 16_000];
        outlet.give(&mut out, |sample| sample);
        let left: Vec<i16> = out.iter().step_by(2).copied().collect();
        let right: Vec<i16> = out.iter().skip(1).step_by(2).copied().collect();
        assert_eq!(left, right);
        assert!(tone_share(&left[800..], 16_000, 1_000.0) > 0.98);
    }

    #[test]
    fn frames_nobody_takes_are_dropped_not_hoarded() {
        let (frames, out) = mpsc::channel(3);
        let mut intake = Intake::new(RATE, 1, frames, Arc::default());
        intake.take(std::iter::repeat_n(1, 20 * FRAME));
        assert_eq!(out.len(), 3);
    }
}
