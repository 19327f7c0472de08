//! Recordings: who listened is audited; peaks are made once, on the server, from the file as it is.

use super::{App, actor::Actor, error::*};
use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
};
use twinline_api::rest::recordings::{Peaks, Recording};
use twinline_model::{RecordingId, Refusal};
use twinline_store::{StoreError, StoredRecording};

/// Slices a recording is drawn with.
const SLICES: usize = 1_000;

impl App {
    pub async fn recording(&self, id: RecordingId) -> Result<Recording, Refused> {
        let stored = self.stored(id).await?;
        Ok(Recording {
            id: stored.id.to_string(),
            contact: stored.contact.to_string(),
            started: stored.started,
            duration_ms: stored.duration_ms,
            status: stored.status,
        })
    }

    /// The file of a recording. `from_start`: the listener begins here, which is audited; later ranges of the same
    /// listening are not.
    pub async fn listen(&self, actor: &Actor, id: RecordingId, from_start: bool) -> Result<PathBuf, Refused> {
        let stored = self.stored(id).await?;
        let path = self.file_of(&stored)?;
        if from_start {
            let target = format!("contact {} recording {id}", stored.contact);
            self.store.append_audit(self.entry(actor, "recording.play", target, None, None)).await?;
        }
        Ok(path)
    }

    pub async fn peaks(&self, id: RecordingId) -> Result<Peaks, Refused> {
        let stored = self.stored(id).await?;
        if let Some(known) = self.store.peaks(id).await?.and_then(|bytes| unpack(&bytes)) {
            return Ok(known);
        }
        let path = self.file_of(&stored)?;
        let peaks = tokio::task::spawn_blocking(move || measure(&path)).await.map_err(Refused::internal)?;
        let peaks = peaks.map_err(|error| {
            tracing::warn!(%error, recording = %id, "peaks");
            let refusal = Refusal::new("damaged_recording", "The sound file cannot be read.");
            Refused::new(Kind::Conflict, refusal.remedy("Look at the file in recordings/ with a sound editor."))
        })?;
        if stored.status == "AVAILABLE" {
            self.store.put_peaks(id, pack(&peaks)).await?;
        }
        Ok(peaks)
    }

    async fn stored(&self, id: RecordingId) -> Result<StoredRecording, Refused> {
        match self.store.recording(id).await {
            Ok(stored) if stored.status != "DELETED" => Ok(stored),
            Ok(_) | Err(StoreError::NotFound) => Err(Refused::not_found("recording")),
            Err(error) => Err(error.into()),
        }
    }

    fn file_of(&self, stored: &StoredRecording) -> Result<PathBuf, Refused> {
        let path = Path::new(&stored.file);
        // Written by us, and still: only what lies below recordings/.
        let inside = path.components().all(|part| matches!(part, std::path::Component::Normal(_)));
        if !inside || stored.file.is_empty() {
            return Err(Refused::internal(format!("recording {} has an odd location", stored.id)));
        }
        Ok(self.config.data.dir.join("recordings").join(path))
    }
}

#[derive(Debug, thiserror::Error)]
enum MeasureError {
    #[error(transparent)]
    Io(#[from] std::io::Error),
    #[error("not a PCM WAV file: {0}")]
    Format(&'static str),
}

struct Pcm {
    channels: usize,
    rate: u64,
    /// Bytes of sound in the file.
    length: u64,
}

/// Loudest sample of each slice and channel. Works on a file whose writer died: then the sound goes to the end of it.
fn measure(path: &Path) -> Result<Peaks, MeasureError> {
    let mut file = BufReader::with_capacity(65_536, File::open(path)?);
    let size = file.get_ref().metadata()?.len();
    let pcm = find_sound(&mut file, size)?;
    let frames = pcm.length / (2 * pcm.channels as u64);
    let slice = (frames / SLICES as u64).max(1);
    let mut channels = vec![Vec::with_capacity(SLICES + 1); pcm.channels];
    let mut loudest = vec![0u16; pcm.channels];
    let mut frame = vec![0u8; 2 * pcm.channels];
    for n in 0..frames {
        file.read_exact(&mut frame)?;
        for (loudest, sample) in loudest.iter_mut().zip(frame.chunks_exact(2)) {
            *loudest = (*loudest).max(i16::from_le_bytes([sample[0], sample[1]]).unsigned_abs());
        }
        if (n + 1) % slice == 0 || n + 1 == frames {
            for (channel, loudest) in channels.iter_mut().zip(&mut loudest) {
                channel.push(f32::from(quantise(*loudest)) / 255.0);
                *loudest = 0;
            }
        }
    }
    Ok(Peaks { duration_ms: frames * 1_000 / pcm.rate, channels })
}

fn quantise(loudest: u16) -> u8 {
    u8::try_from(u32::from(loudest.min(32_767)) * 255 / 32_767).unwrap_or(u8::MAX)
}

fn find_sound(file: &mut BufReader<File>, size: u64) -> Result<Pcm, MeasureError> {
    let mut head = [0; 12];
    file.read_exact(&mut head)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return Err(MeasureError::Format("no RIFF/WAVE header"));
    }
    let mut format = None;
    // A WAV file has a handful of chunks; a made-up one must not keep us.
    for _ in 0..64 {
        let mut chunk = [0; 8];
        file.read_exact(&mut chunk)?;
        let length = u64::from(u32::from_le_bytes([chunk[4], chunk[5], chunk[6], chunk[7]]));
        match &chunk[..4] {
            b"fmt " if (16..=1_024).contains(&length) => {
                let mut fmt = vec![0; usize::try_from(length + length % 2).unwrap_or(16)];
                file.read_exact(&mut fmt)?;
                let word = |at: usize| u16::from_le_bytes([fmt[at], fmt[at + 1]]);
                let rate = u64::from(u32::from_le_bytes([fmt[4], fmt[5], fmt[6], fmt[7]]));
                if !matches!(word(0), 1 | 0xfffe) || word(14) != 16 || !(1..=8).contains(&word(2)) || rate == 0 {
                    return Err(MeasureError::Format("not 16-bit PCM"));
                }
                format = Some((usize::from(word(2)), rate));
            }
            b"data" => {
                let (channels, rate) = format.ok_or(MeasureError::Format("no format before the sound"))?;
                let there = size.saturating_sub(file.stream_position()?);
                let length = if length == 0 { there } else { length.min(there) };
                return Ok(Pcm { channels, rate, length });
            }
            _ => {
                let skip = i64::try_from(length + length % 2).unwrap_or(i64::MAX);
                file.seek(SeekFrom::Current(skip))?;
            }
        }
    }
    Err(MeasureError::Format("no sound"))
}

/// Duration (8 bytes), number of channels (1), then each channel's slices one byte each.
fn pack(peaks: &Peaks) -> Vec<u8> {
    let mut bytes = peaks.duration_ms.to_le_bytes().to_vec();
    bytes.push(u8::try_from(peaks.channels.len()).unwrap_or(0));
    for channel in &peaks.channels {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0–1 times 255")]
        bytes.extend(channel.iter().map(|peak| (peak * 255.0).round() as u8));
    }
    bytes
}

fn unpack(bytes: &[u8]) -> Option<Peaks> {
    let (duration, rest) = bytes.split_first_chunk::<8>()?;
    let (channels, rest) = rest.split_first()?;
    let each = rest.len().checked_div(usize::from(*channels))?;
    let channels = if each == 0 {
        vec![Vec::new(); usize::from(*channels)]
    } else {
        rest.chunks_exact(each).map(|slices| slices.iter().map(|peak| f32::from(*peak) / 255.0).collect()).collect()
    };
    Some(Peaks { duration_ms: u64::from_le_bytes(*duration), channels })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn wav(frames: &[(i16, i16)], claimed: u32) -> tempfile::NamedTempFile {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0").unwrap();
        file.write_all(&8_000u32.to_le_bytes()).unwrap();
        file.write_all(&32_000u32.to_le_bytes()).unwrap();
        file.write_all(b"\x04\0\x10\0data").unwrap();
        file.write_all(&claimed.to_le_bytes()).unwrap();
        for (left, right) in frames {
            file.write_all(&left.to_le_bytes()).unwrap();
            file.write_all(&right.to_le_bytes()).unwrap();
        }
        file
    }

    #[test]
    fn peaks_show_who_spoke_when_and_survive_packing() {
        let frames: Vec<_> = (0..16_000).map(|n| if n < 8_000 { (-32_768, 0) } else { (0, 16_384) }).collect();
        let file = wav(&frames, 64_000);
        let peaks = measure(file.path()).unwrap();
        assert_eq!(peaks.duration_ms, 2_000);
        assert_eq!(peaks.channels.len(), 2);
        assert_eq!((peaks.channels[0][0], peaks.channels[1][0]), (1.0, 0.0));
        let last = peaks.channels[0].len() - 1;
        assert_eq!(peaks.channels[0][last], 0.0);
        assert!((peaks.channels[1][last] - 0.5).abs() < 0.01);
        assert_eq!(unpack(&pack(&peaks)).unwrap(), peaks);
    }

    #[test]
    fn a_file_whose_writer_died_is_drawn_to_its_end() {
        for claimed in [0, u32::MAX] {
            let file = wav(&[(1_000, 2_000); 4_000], claimed);
            assert_eq!(measure(file.path()).unwrap().duration_ms, 500);
        }
    }

    #[test]
    fn what_is_no_recording_is_refused() {
        for bytes in [&b""[..], b"RIFF", b"RIFF\0\0\0\0WAVEdata\0\0\0\0", &[0xff; 4_096]] {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(bytes).unwrap();
            assert!(measure(file.path()).is_err());
        }
        assert_eq!(unpack(b"short"), None);
    }
}
