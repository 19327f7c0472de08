//! Which sound devices there are, and opening them. On Linux the PulseAudio host is named when its server runs (its
//! default latency and devices are the desktop's), else ALSA; WAV files can stand in for both ends.

use crate::{
    dsp::{Level, RATE},
    state::{DeviceEntry, DeviceRole},
    stream::{Feed, Frame, Intake, Outlet, PlaybackFile, PlaybackFileError, Stream, play_file},
};
use cpal::{
    BufferSize, Device, FromSample, Host, Sample, SampleFormat, SizedSample, StreamConfig, SupportedStreamConfigRange,
    traits::{DeviceTrait, HostTrait, StreamTrait},
};
use std::{
    fs,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::sync::mpsc;

/// Id of "whatever the system uses".
pub const DEFAULT: &str = "default";
/// Id of a WAV file.
pub const FILE: &str = "file";

const OPEN_LIMIT: Duration = Duration::from_secs(3);

/// WAV files instead of devices.
#[derive(Clone, Debug, Default)]
pub struct SoundFiles {
    pub capture: Option<PathBuf>,
    pub capture_loop: bool,
    pub playback: Option<PathBuf>,
}

#[derive(Debug, thiserror::Error)]
pub enum SoundError {
    #[error("there is no {role}: connect one, or choose another device")]
    None { role: &'static str },
    #[error("the device {id} is not there: connect it, or choose another")]
    Gone { id: String },
    #[error("{name} cannot be used: {reason}")]
    Open { name: String, reason: String },
    #[error("the capture file {path} cannot be read: {reason}")]
    Capture { path: PathBuf, reason: String },
    #[error(transparent)]
    Playback(#[from] PlaybackFileError),
}

/// A stream died: which role, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    pub role: DeviceRole,
    pub reason: String,
}

/// What a scan found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub host: String,
    pub microphones: Vec<DeviceEntry>,
    pub speakers: Vec<DeviceEntry>,
}

/// All the sound of this computer.
#[derive(Clone)]
pub struct Sound {
    capture: Option<(PathBuf, Arc<Vec<i16>>, bool)>,
    playback: Option<(PathBuf, PlaybackFile)>,
}

impl Sound {
    /// Reads the capture file and creates the playback file, where they are given.
    pub fn new(files: &SoundFiles) -> Result<Self, SoundError> {
        let capture = match &files.capture {
            Some(path) => Some((path.clone(), Arc::new(read_wave(path)?), files.capture_loop)),
            None => None,
        };
        let playback = match &files.playback {
            Some(path) => Some((path.clone(), PlaybackFile::create(path)?)),
            None => None,
        };
        Ok(Self { capture, playback })
    }

    /// Looks for devices. May wait for a sound server: not for async tasks.
    pub fn scan(&self) -> Found {
        let mut found = match (&self.capture, &self.playback) {
            (Some(_), Some(_)) => Found { host: FILE.to_owned(), ..Found::default() },
            _ => scan_host(),
        };
        if let Some((path, ..)) = &self.capture {
            found.microphones = vec![file_entry(path)];
        }
        if let Some((path, _)) = &self.playback {
            found.speakers = vec![file_entry(path)];
        }
        found
    }

    /// Opens the microphone: frames come until the stream is dropped.
    pub fn open_microphone(
        &self,
        id: Option<&str>,
        frames: mpsc::Sender<Frame>,
        level: Arc<Level>,
        trouble: mpsc::Sender<Trouble>,
    ) -> Result<Stream, SoundError> {
        if let Some((_, sound, again)) = &self.capture {
            return Ok(play_file(sound.clone(), *again, Intake::new(RATE, 1, frames, level)));
        }
        let device = find(id, DeviceRole::Microphone)?;
        let name = name_of(&device);
        let ranges = device.supported_input_configs().map_err(|error| open_error(&name, &error))?;
        let (config, format) = choose(ranges.collect(), &name)?;
        let intake = Intake::new(config.sample_rate, config.channels, frames, level);
        let over = Arc::new(AtomicBool::new(false));
        let stream = match format {
            SampleFormat::F32 => capture::<f32>(&device, config, intake, over.clone(), trouble),
            SampleFormat::I32 => capture::<i32>(&device, config, intake, over.clone(), trouble),
            SampleFormat::U8 => capture::<u8>(&device, config, intake, over.clone(), trouble),
            _ => capture::<i16>(&device, config, intake, over.clone(), trouble),
        };
        started(stream, over, &name)
    }

    /// Opens a speaker or ringer: the feed is asked until the stream is dropped.
    pub fn open_output(
        &self,
        role: DeviceRole,
        id: Option<&str>,
        feed: Box<dyn Feed>,
        level: Arc<Level>,
        trouble: mpsc::Sender<Trouble>,
    ) -> Result<Stream, SoundError> {
        if let Some((_, file)) = &self.playback {
            if role == DeviceRole::Ringer {
                // Ringing belongs to no recording of what the caller said.
                return Ok(Stream::Nowhere);
            }
            return Ok(file.record(Outlet::new(RATE, 1, feed, level)));
        }
        let device = find(id, role)?;
        let name = name_of(&device);
        let ranges = device.supported_output_configs().map_err(|error| open_error(&name, &error))?;
        let (config, format) = choose(ranges.collect(), &name)?;
        let outlet = Outlet::new(config.sample_rate, config.channels, feed, level);
        let over = Arc::new(AtomicBool::new(false));
        let stream = match format {
            SampleFormat::F32 => render::<f32>(&device, config, outlet, role, over.clone(), trouble),
            SampleFormat::I32 => render::<i32>(&device, config, outlet, role, over.clone(), trouble),
            SampleFormat::U8 => render::<u8>(&device, config, outlet, role, over.clone(), trouble),
            _ => render::<i16>(&device, config, outlet, role, over.clone(), trouble),
        };
        started(stream, over, &name)
    }
}

/// A started stream, or why not.
fn started(stream: Result<cpal::Stream, cpal::Error>, over: Arc<AtomicBool>, name: &str) -> Result<Stream, SoundError> {
    let stream = stream.map_err(|error| open_error(name, &error))?;
    stream.play().map_err(|error| open_error(name, &error))?;
    Ok(Stream::Device(stream, over))
}

fn capture<T>(
    device: &Device,
    config: StreamConfig,
    mut intake: Intake,
    over: Arc<AtomicBool>,
    trouble: mpsc::Sender<Trouble>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample,
    i16: FromSample<T>,
{
    device.build_input_stream(
        config,
        move |data: &[T], _: &_| {
            if !over.load(Ordering::Relaxed) {
                intake.take(data.iter().map(|&sample| i16::from_sample(sample)));
            }
        },
        move |error| report(&trouble, DeviceRole::Microphone, &error),
        Some(OPEN_LIMIT),
    )
}

fn render<T>(
    device: &Device,
    config: StreamConfig,
    mut outlet: Outlet,
    role: DeviceRole,
    over: Arc<AtomicBool>,
    trouble: mpsc::Sender<Trouble>,
) -> Result<cpal::Stream, cpal::Error>
where
    T: SizedSample + FromSample<i16>,
{
    device.build_output_stream(
        config,
        move |data: &mut [T], _: &_| {
            // The buffer comes filled with silence.
            if !over.load(Ordering::Relaxed) {
                outlet.give(data, T::from_sample);
            }
        },
        move |error| report(&trouble, role, &error),
        Some(OPEN_LIMIT),
    )
}

/// Hiccups and rerouting heal by themselves; everything else means the stream is gone.
fn report(trouble: &mpsc::Sender<Trouble>, role: DeviceRole, error: &cpal::Error) {
    use cpal::ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
    if !matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun) {
        let _ = trouble.try_send(Trouble { role, reason: error.to_string() });
    }
}

/// 48 kHz where it is offered, else the nearest rate; few channels; 10 ms of latency where that can be asked for.
fn choose(ranges: Vec<SupportedStreamConfigRange>, name: &str) -> Result<(StreamConfig, SampleFormat), SoundError> {
    let usable =
        |format| matches!(format, SampleFormat::I16 | SampleFormat::F32 | SampleFormat::I32 | SampleFormat::U8);
    let best = ranges
        .into_iter()
        .filter(|range| usable(range.sample_format()))
        .min_by_key(|range| {
            let rate = RATE.clamp(range.min_sample_rate(), range.max_sample_rate());
            let format = match range.sample_format() {
                SampleFormat::I16 => 0,
                SampleFormat::F32 => 1,
                _ => 2,
            };
            (rate.abs_diff(RATE), range.channels().abs_diff(1).min(8), format)
        })
        .ok_or_else(|| SoundError::Open { name: name.to_owned(), reason: "no usable sample format".to_owned() })?;
    let rate = RATE.clamp(best.min_sample_rate(), best.max_sample_rate());
    let wanted = rate / 100;
    let buffer_size = match best.buffer_size() {
        cpal::SupportedBufferSize::Range { min, max } if *min <= *max => BufferSize::Fixed(wanted.clamp(*min, *max)),
        _ => BufferSize::Default,
    };
    Ok((StreamConfig { channels: best.channels(), sample_rate: rate, buffer_size }, best.sample_format()))
}

/// The host of this computer and its name.
fn host() -> (Host, &'static str) {
    #[cfg(target_os = "linux")]
    {
        if let Ok(host) = cpal::host_from_id(cpal::HostId::PulseAudio) {
            return (host, "pulseaudio");
        }
        if let Ok(host) = cpal::host_from_id(cpal::HostId::Alsa) {
            return (host, "alsa");
        }
    }
    let host = cpal::default_host();
    let name = host.id().name();
    (host, name)
}

fn scan_host() -> Found {
    let (host, name) = host();
    let microphone = host.default_input_device().and_then(|device| device.id().ok());
    let speaker = host.default_output_device().and_then(|device| device.id().ok());
    let list = |devices: Option<Vec<Device>>, default: Option<cpal::DeviceId>| {
        let mut entries: Vec<DeviceEntry> = devices
            .unwrap_or_default()
            .iter()
            .filter_map(|device| {
                let id = device.id().ok()?;
                // What a speaker plays is not a microphone.
                let monitor = id.id().ends_with(".monitor");
                let is_default = Some(&id) == default.as_ref();
                (!monitor).then(|| DeviceEntry { id: id.to_string(), name: name_of(device), is_default })
            })
            .collect();
        entries.sort_by(|a, b| b.is_default.cmp(&a.is_default).then_with(|| a.name.cmp(&b.name)));
        entries.dedup_by(|a, b| a.id == b.id);
        entries
    };
    Found {
        host: name.to_lowercase(),
        microphones: list(host.input_devices().ok().map(Iterator::collect), microphone),
        speakers: list(host.output_devices().ok().map(Iterator::collect), speaker),
    }
}

fn find(id: Option<&str>, role: DeviceRole) -> Result<Device, SoundError> {
    let (host, _) = host();
    match id.filter(|id| *id != DEFAULT) {
        Some(id) => {
            let gone = || SoundError::Gone { id: id.to_owned() };
            let parsed = id.parse().map_err(|_| gone())?;
            host.device_by_id(&parsed).ok_or_else(gone)
        }
        None if role == DeviceRole::Microphone => {
            host.default_input_device().ok_or(SoundError::None { role: "microphone" })
        }
        None => host.default_output_device().ok_or(SoundError::None { role: "speaker" }),
    }
}

fn name_of(device: &Device) -> String {
    device.description().map_or_else(|_| device.to_string(), |description| description.name().to_owned())
}

fn open_error(name: &str, error: &cpal::Error) -> SoundError {
    SoundError::Open { name: name.to_owned(), reason: error.to_string() }
}

fn file_entry(path: &Path) -> DeviceEntry {
    let name = path.file_name().map_or_else(|| path.display().to_string(), |name| name.to_string_lossy().into_owned());
    DeviceEntry { id: FILE.to_owned(), name, is_default: true }
}

fn read_wave(path: &Path) -> Result<Vec<i16>, SoundError> {
    let fail = |reason: String| SoundError::Capture { path: path.to_owned(), reason };
    let bytes = fs::read(path).map_err(|error| fail(error.to_string()))?;
    twinline_media::wave::decode(&bytes, RATE).map_err(|error| fail(error.to_string()))
}
