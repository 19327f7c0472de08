//! Stories of the process: the real one where it is installed, and stand-ins that misbehave.

use super::*;
use crate::CachedSynthesizer;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

fn say(text: &str, language: &str, voice: &str) -> SpeechRequest {
    SpeechRequest { text: text.into(), ssml: false, language: language.into(), voice: voice.into() }
}

/// A shell script in the place of espeak-ng.
struct StandIn(PathBuf, #[expect(dead_code, reason = "held, not read")] MutexGuard<'static, ()>);

/// One process at a time: a script that another thread's fork holds open for writing cannot be run (ETXTBSY).
fn alone() -> MutexGuard<'static, ()> {
    static ONE: Mutex<()> = Mutex::new(());
    ONE.lock().unwrap_or_else(PoisonError::into_inner)
}

impl StandIn {
    fn new(name: &str, script: &str) -> Self {
        let guard = alone();
        let path = std::env::temp_dir().join(format!("twinline-espeak-{name}-{}", std::process::id()));
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        StandIn(path, guard)
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

/// The engine, where it is installed: these stories cannot be told elsewhere.
fn installed() -> Option<(EspeakNg, MutexGuard<'static, ()>)> {
    let guard = alone();
    let engine = EspeakNg::default();
    match engine.probe() {
        Ok(_) => Some((engine, guard)),
        Err(SpeechError::NotInstalled { .. }) => {
            eprintln!("espeak-ng is not installed: not tried");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn loudness(pcm: &Pcm) -> f64 {
    (pcm.samples.iter().map(|&s| f64::from(s).powi(2)).sum::<f64>() / pcm.samples.len() as f64).sqrt()
}

#[test]
fn korean_and_english_are_spoken_in_their_voices() {
    let Some((engine, _alone)) = installed() else { return };
    let korean = engine.synthesize(&say("안녕하세요. 상담사를 연결해 드리겠습니다.", "ko-KR", "Seoyeon")).unwrap();
    let english = engine.synthesize(&say("Hello. I will connect you to an agent.", "en-US", "Joanna")).unwrap();
    for pcm in [&korean, &english] {
        let seconds = pcm.samples.len() as f64 / f64::from(pcm.rate);
        assert!((1.0..8.0).contains(&seconds), "{seconds} s");
        assert!(loudness(pcm) > 500.0, "{}", loudness(pcm));
    }
    let in_english = engine.synthesize(&say("안녕하세요. 상담사를 연결해 드리겠습니다.", "en-US", "")).unwrap();
    assert_ne!(korean, in_english);
}

#[test]
fn markup_is_obeyed_in_ssml_and_read_out_in_plain_text() {
    let Some((engine, _alone)) = installed() else { return };
    let text = "<speak>One<break time=\"2s\"/>two</speak>";
    let ssml = engine.synthesize(&SpeechRequest { ssml: true, ..say(text, "en-US", "") }).unwrap();
    let without = engine.synthesize(&say("One two", "en-US", "")).unwrap();
    let longer = (ssml.samples.len() - without.samples.len()) as f64 / f64::from(ssml.rate);
    assert!((1.0..4.0).contains(&longer), "the break lasts {longer} s");
}

#[test]
fn what_was_spoken_once_comes_from_disk() {
    let Some((engine, _alone)) = installed() else { return };
    let directory = std::env::temp_dir().join(format!("twinline-espeak-cache-{}", std::process::id()));
    let cache = CachedSynthesizer::new(engine, &directory, 1 << 20);
    let request = say("Welcome.", "en-GB", "Amy");
    let first = cache.synthesize(&request).unwrap();
    assert!(cache.path(&request).unwrap().exists());
    assert_eq!(cache.synthesize(&request).unwrap(), first);
    fs::remove_dir_all(&directory).unwrap();
}

#[test]
fn names_decide_then_languages_and_unknown_ones_are_refused() {
    let voice = |language: &str, name: &str| voices::find(&say("x", language, name));
    assert_eq!(voice("en-US", "Seoyeon").unwrap(), "ko+f3");
    assert_eq!(voice("", "matthew").unwrap(), "en-us+m3");
    assert_eq!(voice("ko-KR", "").unwrap(), "ko+f3");
    assert_eq!(voice("en_AU", "Nobody").unwrap(), "en-gb+f3");
    assert_eq!(voice("es-US", "").unwrap(), "es-419+f3");
    assert!(matches!(voice("kok-IN", ""), Err(SpeechError::NoVoice { .. })));
    assert!(matches!(voice("", ""), Err(SpeechError::NoVoice { .. })));
}

#[test]
fn empty_and_endless_texts_are_refused_before_anything_runs() {
    let engine = EspeakNg::new("/nonexistent/espeak-ng");
    assert!(matches!(engine.synthesize(&say(" \u{7}\n", "ko-KR", "")), Err(SpeechError::Empty)));
    let long = "가".repeat(6_001);
    assert!(matches!(engine.synthesize(&say(&long, "ko-KR", "")), Err(SpeechError::TooLong { length: 6_001 })));
}

#[test]
fn a_missing_program_says_what_to_install() {
    let engine = EspeakNg::new("/nonexistent/espeak-ng");
    let error = engine.probe().unwrap_err();
    assert!(error.to_string().contains("install the Debian package espeak-ng"), "{error}");
    assert!(matches!(engine.synthesize(&say("x", "ko", "")), Err(SpeechError::NotInstalled { .. })));
}

#[test]
fn a_program_that_hangs_is_ended() {
    let stand_in = StandIn::new("hangs", "exec sleep 30");
    let mut engine = EspeakNg::new(&stand_in.0);
    engine.time_limit = Duration::from_millis(300);
    assert!(matches!(engine.synthesize(&say("x", "ko", "")), Err(SpeechError::TimedOut { .. })));
}

#[test]
fn a_program_that_never_stops_talking_is_ended() {
    let stand_in = StandIn::new("floods", "exec cat /dev/zero");
    let mut engine = EspeakNg::new(&stand_in.0);
    engine.sound_limit = 100_000;
    assert!(matches!(engine.synthesize(&say("x", "ko", "")), Err(SpeechError::TooMuchSound { limit: 100_000, .. })));
}

#[test]
fn a_program_that_fails_or_talks_nonsense_is_quoted() {
    let stand_in = StandIn::new("fails", "echo 'no such voice' >&2; exit 3");
    let error = EspeakNg::new(&stand_in.0).synthesize(&say("secret", "ko", "")).unwrap_err();
    assert!(error.to_string().contains("no such voice") && error.to_string().contains('3'), "{error}");
    assert!(!error.to_string().contains("secret"));
    drop(stand_in);
    let stand_in = StandIn::new("nonsense", "cat >/dev/null; echo hello");
    let error = EspeakNg::new(&stand_in.0).synthesize(&say("x", "ko", "")).unwrap_err();
    assert!(matches!(error, SpeechError::Sound { reason: "it is no WAV file", .. }), "{error}");
}

#[test]
fn a_text_larger_than_a_pipe_does_not_block() {
    let stand_in = StandIn::new("reads-late", "sleep 0.2; cat >/dev/null; exit 1");
    let engine = EspeakNg::new(&stand_in.0);
    let text = "가나다라".repeat(1_500);
    assert!(matches!(engine.synthesize(&say(&text, "ko", "")), Err(SpeechError::Failed { .. })));
}

#[test]
fn engines_are_interchangeable_behind_the_trait() {
    let engine: Box<dyn Synthesizer> = Box::new(EspeakNg::new("/nonexistent"));
    assert!(engine.probe().is_err());
}
