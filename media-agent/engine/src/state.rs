//! The engine's one state and its one door of commands. The window, the headless program and the tests see and use
//! exactly these; all of it is plain data that serialises to JSON.

use serde::{Deserialize, Serialize};
use twinline_api::ws::media_agent::Person;
use twinline_model::{ContactId, LegId};

/// Everything the engine shows. Published on a watch channel whenever something in it changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct EngineState {
    /// Version of this program.
    pub version: String,
    pub link: LinkView,
    pub pairing: PairingView,
    pub call: CallView,
    pub devices: DevicesView,
    pub network: NetworkView,
    /// The check (echo test) that runs or ran last.
    pub check: Option<CheckView>,
    /// The newest thing that went wrong and was not a state of its own, for people.
    pub notice: Option<Notice>,
}

/// The link to the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct LinkView {
    /// `host:port` as configured; empty while no server is known.
    pub server: String,
    pub status: LinkStatus,
    /// Why the link is not up.
    pub problem: Option<LinkProblem>,
    /// Wall time of the next attempt, ms since the Unix epoch.
    pub retry_at_ms: Option<i64>,
    /// Round trip of the last answered ping, ms.
    pub round_trip_ms: Option<u32>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LinkStatus {
    /// No server is configured.
    #[default]
    Unset,
    Connecting,
    /// The server has answered our hello.
    Up,
    /// Lost or not reached; tried again by itself.
    Down,
    /// The server is there but is not the one we paired with, or speaks another version. Not tried again by itself.
    Refused,
}

/// Why a link is not up. `code` is stable: `unreachable`, `timeout`, `closed`, `wrong_server`, `version`,
/// `bad_address`, `bad_message`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LinkProblem {
    pub code: String,
    pub detail: String,
}

/// Whose phone this endpoint is.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "snake_case")]
pub enum PairingView {
    /// Not known yet: the server has not answered.
    #[default]
    Unknown,
    Unpaired {
        /// Why it ended, when it was ended by the server.
        reason: Option<String>,
    },
    /// A code was asked for.
    Asking,
    /// A person types this code in the CCP.
    Code {
        code: String,
        expires_ms: i64,
    },
    Paired {
        person: Person,
    },
    /// A newer pairing of the same person took the audio.
    Superseded {
        by: String,
    },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallStatus {
    #[default]
    Idle,
    Ringing,
    Connecting,
    Live,
    Held,
    /// Shown for a few seconds after a call.
    Ended,
}

/// The call as the person at the endpoint sees it.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CallView {
    pub status: CallStatus,
    pub contact: Option<ContactId>,
    pub leg: Option<LegId>,
    pub caller: String,
    pub caller_name: String,
    pub queue: String,
    pub muted: bool,
    /// The microphone really is open towards the caller (false before the beep, on hold and when muted).
    pub microphone_open: bool,
    /// The leg's audio path to the server is up.
    pub media_up: bool,
    pub auto_accept: bool,
    /// When this status began, ms since the Unix epoch.
    pub since_ms: i64,
    /// When the talking began.
    pub live_since_ms: Option<i64>,
    /// When the ringing ends by itself.
    pub expires_ms: Option<i64>,
    /// Why it ended.
    pub why: Option<String>,
}

/// One sound device.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceEntry {
    /// Stable id; the ids `default` (whatever the system uses) and `file` (a WAV file) are ours.
    pub id: String,
    pub name: String,
    pub is_default: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceRole {
    Microphone,
    Speaker,
    Ringer,
}

/// Sound devices and the ones chosen.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct DevicesView {
    /// `pulseaudio`, `alsa`, `coreaudio`, `wasapi`, `file`, `none`.
    pub host: String,
    pub microphones: Vec<DeviceEntry>,
    pub speakers: Vec<DeviceEntry>,
    pub microphone: Option<String>,
    pub speaker: Option<String>,
    pub ringer: Option<String>,
    pub healthy: bool,
    /// What is wrong with them, in words.
    pub problem: Option<String>,
    /// Peak of the last 100 ms, dB full scale (−90–0); only while the microphone is open.
    pub microphone_level_db: Option<i32>,
    pub speaker_level_db: Option<i32>,
    /// A test tone plays on this device.
    pub testing: Option<DeviceRole>,
}

/// Three-word verdict first, numbers behind. Limits: round trip 200 ms, loss 2 %.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    #[default]
    Unknown,
    Good,
    Fair,
    Poor,
}

#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NetworkView {
    pub verdict: Verdict,
    pub codec: Option<String>,
    pub round_trip_ms: Option<f64>,
    /// Of what we should have received in the last 5 s, percent.
    pub loss_percent: Option<f64>,
    pub jitter_ms: Option<f64>,
    /// MOS-CQE by ITU-T G.107 over the last 5 s.
    pub mos_cqe: Option<f64>,
}

/// The check: tone from the speaker, heard by the microphone; link to the server.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct CheckView {
    pub running: bool,
    pub steps: Vec<CheckStep>,
    /// Set at the end: everything needed for a call works.
    pub passed: Option<bool>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CheckStep {
    /// `microphone`, `speaker`, `loop`, `link`, `pairing`, `media`.
    pub name: String,
    pub result: CheckResult,
    /// What was measured, in words.
    pub detail: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CheckResult {
    Passed,
    /// Works, with a reservation that `detail` names.
    Weak,
    Failed,
    /// Could not be tried, for the reason in `detail`.
    Skipped,
}

/// Something that went wrong, with a number so that a window shows it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    pub number: u64,
    pub code: String,
    pub text: String,
}

/// Everything that may be asked of the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum EngineCommand {
    Accept,
    Reject,
    HangUp,
    Mute {
        on: bool,
    },
    /// Ask the server for a pairing code.
    Pair,
    /// Forget the pairing, here and at the server.
    Unpair,
    /// Use another server (`host:port`). Kept for later starts.
    UseServer {
        server: String,
    },
    /// Choose a device by id; `None` goes back to the system's default. Works in mid-call.
    ChooseDevice {
        role: DeviceRole,
        id: Option<String>,
    },
    /// Play a short tone (or, for the microphone, show its level for 5 s).
    TestDevice {
        role: DeviceRole,
    },
    /// Look for devices again.
    Rescan,
    /// Run the check.
    Check,
    /// The network changed: move the link to a new local port at once.
    NetworkChanged,
    Shutdown,
}
