//! espeak-ng, run as a process: small, quick, everywhere, and robotic. Text goes in by stdin, never on a command line,
//! where every user of the machine could read it.

#[cfg(test)]
mod tests;
mod voices;

use crate::{EngineInfo, Pcm, SpeechError, SpeechRequest, Synthesizer, clean_text, pcm_file};
use std::ffi::OsString;
use std::io::{Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;

/// Words a minute; a little slower than the program's own 175, easier to follow on a telephone.
const SPEED: &str = "165";
/// Time that a text may take; a minute of speech takes some 50 ms.
const TIME_LIMIT: Duration = Duration::from_secs(15);
/// Sound that a text may make: 30 min at 22,050 Hz.
const SOUND_LIMIT: u64 = 22_050 * 2 * 1_800;
/// Of what it writes to stderr.
const MESSAGE_LIMIT: u64 = 2_000;

/// The engine.
pub struct EspeakNg {
    program: OsString,
    time_limit: Duration,
    sound_limit: u64,
    /// Asked once; an engine that is missing is asked for again.
    info: OnceLock<EngineInfo>,
}

impl Default for EspeakNg {
    fn default() -> Self {
        EspeakNg::new("espeak-ng")
    }
}

impl EspeakNg {
    /// `program`: a path, or a name that is looked for in `PATH`.
    pub fn new(program: impl Into<OsString>) -> Self {
        let (time_limit, sound_limit) = (TIME_LIMIT, SOUND_LIMIT);
        EspeakNg { program: program.into(), time_limit, sound_limit, info: OnceLock::new() }
    }

    fn name(&self) -> String {
        self.program.to_string_lossy().into_owned()
    }

    /// Runs it with `input` and gives what it wrote, within the bounds of time and size.
    fn run(&self, arguments: &[&str], input: &str) -> Result<Vec<u8>, SpeechError> {
        let mut child = self.spawn(arguments)?;
        let (told, outcome) = mpsc::sync_channel(1);
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // Three pipes, so that none of them can block the other two. The threads end when the process does, at the
        // latest by being killed below.
        let input = input.to_owned();
        let writer = thread::spawn(move || {
            // A program that does not read to the end says why by its exit status.
            let _ = stdin.map(|mut pipe| pipe.write_all(input.as_bytes()));
        });
        let message = thread::spawn(move || drain(stderr, MESSAGE_LIMIT));
        let limit = self.sound_limit;
        let reader = thread::spawn(move || {
            // The receiver may have given up.
            let _ = told.send(read_within(stdout, limit));
        });
        let sound = outcome.recv_timeout(self.time_limit);
        if !matches!(sound, Ok(Some(_))) {
            // It may be over already; either way it is waited for.
            let _ = child.kill();
        }
        let status = child.wait().map_err(|source| SpeechError::Run { program: self.name(), source })?;
        let program = self.name();
        let Ok(sound) = sound else {
            // The threads are left to end by themselves: should a grandchild hold the pipes, it must not hold us.
            return Err(SpeechError::TimedOut { program, seconds: self.time_limit.as_secs() });
        };
        // None of the threads panics; what they could not do shows in what follows.
        let _ = (writer.join(), reader.join());
        let message = message.join().unwrap_or_default();
        match sound {
            None => Err(SpeechError::TooMuchSound { program, limit }),
            Some(_) if !status.success() => Err(failed(program, status, &message)),
            Some(sound) => Ok(sound),
        }
    }

    fn spawn(&self, arguments: &[&str]) -> Result<Child, SpeechError> {
        let mut command = Command::new(&self.program);
        command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().map_err(|source| match source.kind() {
            std::io::ErrorKind::NotFound => SpeechError::NotInstalled { program: self.name() },
            _ => SpeechError::Run { program: self.name(), source },
        })
    }
}

/// All that comes, or `None` where it is more than `limit`.
fn read_within(pipe: Option<impl Read>, limit: u64) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    // A pipe that breaks has ended.
    let _ = pipe?.take(limit + 1).read_to_end(&mut bytes);
    (bytes.len() as u64 <= limit).then_some(bytes)
}

/// The beginning of what comes; reads to the end, so that the writer is not blocked.
fn drain(pipe: Option<impl Read>, keep: u64) -> Vec<u8> {
    let Some(mut pipe) = pipe else { return Vec::new() };
    let mut bytes = Vec::new();
    let _ = pipe.by_ref().take(keep).read_to_end(&mut bytes);
    let _ = std::io::copy(&mut pipe, &mut std::io::sink());
    bytes
}

fn failed(program: String, status: ExitStatus, message: &[u8]) -> SpeechError {
    let text = String::from_utf8_lossy(message);
    SpeechError::Failed { program, status: status.to_string(), message: text.trim().to_owned() }
}

impl Synthesizer for EspeakNg {
    fn synthesize(&self, request: &SpeechRequest) -> Result<Pcm, SpeechError> {
        let text = clean_text(request)?;
        let voice = voices::find(request)?;
        let mut arguments = vec!["-b", "1", "-v", &voice, "-s", SPEED, "--stdin", "--stdout"];
        if request.ssml {
            arguments.push("-m");
        }
        let bytes = self.run(&arguments, &text)?;
        pcm_file::read(&bytes).map_err(|reason| SpeechError::Sound { program: self.name(), reason })
    }

    fn identity(&self, request: &SpeechRequest) -> Result<String, SpeechError> {
        let info = self.probe()?;
        let kind = if request.ssml { "ssml" } else { "plain" };
        Ok(format!("{} {} {} {SPEED} {kind}", info.name, info.version, voices::find(request)?))
    }

    fn probe(&self) -> Result<EngineInfo, SpeechError> {
        if let Some(info) = self.info.get() {
            return Ok(info.clone());
        }
        // "eSpeak NG text-to-speech: 1.51  Data at: /usr/lib/…"
        let answer = self.run(&["--version"], "")?;
        let text = String::from_utf8_lossy(&answer);
        let version = text.split(':').nth(1).and_then(|rest| rest.split_whitespace().next());
        let reason = "its version is not what espeak-ng prints";
        let version = version.ok_or_else(|| SpeechError::Sound { program: self.name(), reason })?;
        let info = EngineInfo { name: "espeak-ng".into(), version: version.to_owned() };
        Ok(self.info.get_or_init(|| info).clone())
    }
}
