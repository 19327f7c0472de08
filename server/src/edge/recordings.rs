//! Recordings on disk: one thread writes what the media workers tap, as it happens, and says when a file is closed.

use crate::switchboard::Mailbox;
use anyhow::{Context, Result};
use std::{
    collections::HashMap,
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel},
    time::Duration,
};
use tracing::{error, warn};
use twinline_media::{
    engine::{RecordingKey, RecordingWrite},
    recorder,
};
use twinline_model::RecordingId;

/// Writes that may wait for the disk: at one a second and recording, a long stall of a thousand recordings.
const WRITES: usize = 16_384;

enum Work {
    Write(RecordingWrite),
    Close { recording: RecordingKey, duration: Duration },
}

/// Handle to the writer; cheap to clone.
#[derive(Clone)]
pub struct Writer {
    work: SyncSender<Work>,
}

impl Writer {
    pub fn start(folder: PathBuf, mailbox: Mailbox) -> Result<Self> {
        std::fs::create_dir_all(&folder).with_context(|| format!("the folder {}", folder.display()))?;
        let (work, inbox) = sync_channel(WRITES);
        std::thread::Builder::new().name("recordings".into()).spawn(move || run(&folder, &inbox, &mailbox))?;
        Ok(Self { work })
    }

    /// Queues a write. When the disk has stalled for very long the write is lost and the log says so: a live call is
    /// worth more than its recording.
    pub fn write(&self, write: RecordingWrite) {
        if let Err(TrySendError::Full(_)) = self.work.try_send(Work::Write(write)) {
            warn!("the disk does not keep up: a second of a recording is lost");
        }
    }

    /// No more writes will come: sync the file and tell the switchboard.
    pub fn close(&self, recording: RecordingKey, duration: Duration) {
        if self.work.send(Work::Close { recording, duration }).is_err() {
            error!("the recordings writer is gone");
        }
    }
}

/// File name of a recording below `recordings/`.
pub fn file_name(recording: RecordingId) -> String {
    format!("{recording}.wav")
}

fn run(folder: &Path, inbox: &Receiver<Work>, mailbox: &Mailbox) {
    let mut open: HashMap<RecordingKey, File> = HashMap::new();
    while let Ok(work) = inbox.recv() {
        match work {
            Work::Write(write) => {
                let key = write.recording;
                if let Err(error) = write_one(folder, &mut open, &write) {
                    error!(recording = %RecordingId::from_bits_exact(key.0), %error, "a recording could not be written");
                }
            }
            Work::Close { recording, duration } => {
                let complete = open.remove(&recording).is_some_and(|file| file.sync_all().is_ok());
                let id = RecordingId::from_bits_exact(recording.0);
                let peaks = match std::fs::read(folder.join(file_name(id))).map(|bytes| recorder::peaks(&bytes)) {
                    Ok(Ok(peaks)) => peaks.into_iter().flatten().collect(),
                    _ => Vec::new(),
                };
                mailbox.recording_closed(id, duration, complete, peaks);
            }
        }
    }
}

fn write_one(folder: &Path, open: &mut HashMap<RecordingKey, File>, write: &RecordingWrite) -> std::io::Result<()> {
    use std::collections::hash_map::Entry;
    let file = match open.entry(write.recording) {
        Entry::Occupied(entry) => entry.into_mut(),
        Entry::Vacant(entry) => {
            let path = folder.join(file_name(RecordingId::from_bits_exact(write.recording.0)));
            entry.insert(File::options().create(true).write(true).truncate(false).open(path)?)
        }
    };
    file.write_all_at(&write.bytes, write.at)
}
