//! Spoken texts kept on disk: a prompt is spoken once in the life of an installation. Files are named by the SHA-256 of
//! engine, version, voice and text, written aside and renamed, so that a reader never sees half of one.

use crate::{EngineInfo, Pcm, SpeechError, SpeechRequest, Synthesizer, pcm_file};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

/// A synthesizer that remembers.
pub struct CachedSynthesizer<S> {
    engine: S,
    directory: PathBuf,
    /// Bytes of all files together; the oldest go when a new one comes on top.
    limit: u64,
    /// Makes names of files being written unique within this process.
    counter: AtomicU64,
}

impl<S: Synthesizer> CachedSynthesizer<S> {
    /// Keeps at most `limit` bytes below `directory`, which is made if it is not there, when the first sound comes.
    pub fn new(engine: S, directory: impl Into<PathBuf>, limit: u64) -> Self {
        CachedSynthesizer { engine, directory: directory.into(), limit, counter: AtomicU64::new(0) }
    }

    /// Where the sound of a request is, or will be.
    pub fn path(&self, request: &SpeechRequest) -> Result<PathBuf, SpeechError> {
        let mut hash = Sha256::new();
        // Lengths in front, so that no two pairs of parts run into the same bytes.
        for part in [self.engine.identity(request)?.as_bytes(), request.text.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Ok(self.directory.join(format!("{}.wav", hex::encode(hash.finalize()))))
    }

    fn store(&self, path: &Path, pcm: &Pcm) -> Result<(), SpeechError> {
        let failed = |source| SpeechError::Cache { path: path.to_owned(), source };
        fs::create_dir_all(&self.directory).map_err(failed)?;
        let number = self.counter.fetch_add(1, Ordering::Relaxed);
        let aside = self.directory.join(format!(".{}-{number}.part", std::process::id()));
        let written = fs::write(&aside, pcm_file::write(pcm)).and_then(|()| fs::rename(&aside, path));
        if written.is_err() {
            // What is left of it would never be read; that it cannot be removed changes nothing.
            let _ = fs::remove_file(&aside);
        }
        written.map_err(failed)?;
        self.prune(path).map_err(failed)
    }

    /// Removes the oldest files down to the bound, never `newest`.
    fn prune(&self, newest: &Path) -> std::io::Result<()> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            let path = entry.path();
            // Another process may have removed it just now.
            if let (Some("wav"), Ok(about)) = (path.extension().and_then(|e| e.to_str()), entry.metadata()) {
                files.push((about.modified()?, about.len(), path));
            }
        }
        let mut total: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort();
        for (_, length, path) in files {
            if total <= self.limit {
                break;
            }
            if path != newest && fs::remove_file(&path).is_ok() {
                total -= length;
            }
        }
        Ok(())
    }
}

impl<S: Synthesizer> Synthesizer for CachedSynthesizer<S> {
    fn synthesize(&self, request: &SpeechRequest) -> Result<Pcm, SpeechError> {
        let path = self.path(request)?;
        // A file that is missing or damaged is made again.
        if let Some(pcm) = fs::read(&path).ok().and_then(|bytes| pcm_file::read(&bytes).ok()) {
            return Ok(pcm);
        }
        let pcm = self.engine.synthesize(request)?;
        self.store(&path, &pcm)?;
        Ok(pcm)
    }

    fn identity(&self, request: &SpeechRequest) -> Result<String, SpeechError> {
        self.engine.identity(request)
    }

    fn probe(&self) -> Result<EngineInfo, SpeechError> {
        self.engine.probe()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::AtomicUsize;

    /// Speaks each letter as one sample, and counts how often it was asked.
    #[derive(Default)]
    struct Letters {
        asked: AtomicUsize,
    }

    impl Synthesizer for Letters {
        fn synthesize(&self, request: &SpeechRequest) -> Result<Pcm, SpeechError> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            Ok(Pcm { samples: request.text.chars().map(|c| c as i16).collect(), rate: 8_000 })
        }

        fn identity(&self, request: &SpeechRequest) -> Result<String, SpeechError> {
            Ok(format!("letters 1 {}", request.voice))
        }

        fn probe(&self) -> Result<EngineInfo, SpeechError> {
            Ok(EngineInfo { name: "letters".into(), version: "1".into() })
        }
    }

    struct Directory(PathBuf);

    impl Directory {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("twinline-speech-{name}-{}", std::process::id()));
            let _ = fs::remove_dir_all(&path);
            Directory(path)
        }
    }

    impl Drop for Directory {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn say(text: &str, voice: &str) -> SpeechRequest {
        SpeechRequest { text: text.into(), ssml: false, language: "en-US".into(), voice: voice.into() }
    }

    #[test]
    fn a_text_is_spoken_once_and_remembered_over_a_restart() {
        let directory = Directory::new("once");
        let engine = Arc::new(Letters::default());
        for _ in 0..3 {
            let cache = CachedSynthesizer::new(Arc::clone(&engine), &directory.0, 1 << 20);
            assert_eq!(cache.synthesize(&say("hello", "a")).unwrap().samples.len(), 5);
            assert_eq!(cache.synthesize(&say("hello", "a")).unwrap().rate, 8_000);
        }
        assert_eq!(engine.asked.load(Ordering::Relaxed), 1);
    }

    #[test]
    fn other_voices_and_texts_are_other_files() {
        let directory = Directory::new("other");
        let cache = CachedSynthesizer::new(Letters::default(), &directory.0, 1 << 20);
        let paths = [say("ab", "c"), say("a", "bc"), say("ab", "d")].map(|r| cache.path(&r).unwrap());
        assert!(paths[0] != paths[1] && paths[1] != paths[2] && paths[0] != paths[2]);
        assert!(paths[0].file_name().unwrap().len() == 64 + 4);
    }

    #[test]
    fn a_damaged_file_is_made_again() {
        let directory = Directory::new("damaged");
        let cache = CachedSynthesizer::new(Letters::default(), &directory.0, 1 << 20);
        cache.synthesize(&say("hello", "a")).unwrap();
        fs::write(cache.path(&say("hello", "a")).unwrap(), b"RIFF").unwrap();
        assert_eq!(cache.synthesize(&say("hello", "a")).unwrap().samples.len(), 5);
        assert_eq!(cache.engine.asked.load(Ordering::Relaxed), 2);
        let left: Vec<_> = fs::read_dir(&directory.0).unwrap().map(|e| e.unwrap().file_name()).collect();
        assert_eq!(left.len(), 1, "nothing half-written is left: {left:?}");
    }

    #[test]
    fn the_oldest_sounds_make_room_for_new_ones() {
        let directory = Directory::new("bound");
        let cache = CachedSynthesizer::new(Letters::default(), &directory.0, 200);
        for text in ["one", "two", "three", "four", "five", "six"] {
            cache.synthesize(&say(text, "a")).unwrap();
            let total: u64 = fs::read_dir(&directory.0).unwrap().map(|e| e.unwrap().metadata().unwrap().len()).sum();
            assert!(total <= 200, "{total}");
        }
        assert!(cache.path(&say("six", "a")).unwrap().exists());
    }

    #[test]
    fn a_directory_that_cannot_be_written_is_named() {
        let directory = Directory::new("file");
        fs::write(&directory.0, b"in the way").unwrap();
        let cache = CachedSynthesizer::new(Letters::default(), &directory.0, 200);
        let error = cache.synthesize(&say("x", "a")).unwrap_err();
        assert!(error.to_string().contains("twinline-speech-file"), "{error}");
        fs::remove_file(&directory.0).unwrap();
    }
}
