//! Every word through the door of the floor.

use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, sync::Arc, time::Duration};
use twinline_model::*;

/// What the floor is told.
#[derive(Clone, Debug)]
pub enum Input {
    /// The configuration is (now) this. Contacts under way keep the flow version they run.
    Configured(Arc<Centre>),

    // ---- legs, told by SIP and by the media workers
    /// A trunk that may call has called. The leg rings until `Output::Answer` or `Output::Hangup`.
    CallArrived(CallArrived),
    /// A leg that we dialled rings at the far end; `early_media`: it can be heard already.
    LegRinging {
        leg: LegId,
        early_media: bool,
    },
    /// A leg can hear and be heard: an answered call, or an agent's media that is up.
    LegAnswered {
        leg: LegId,
    },
    /// A leg that was never answered is over.
    LegFailed {
        leg: LegId,
        cause: LegFailure,
    },
    /// An answered leg is over.
    LegEnded {
        leg: LegId,
        cause: LegEnd,
    },
    /// A key was pressed on the leg (RFC 4733, INFO or in-band; told once, at its end).
    Digit {
        leg: LegId,
        digit: char,
    },
    PlaybackDone {
        leg: LegId,
        playback: PlaybackId,
        outcome: PlaybackOutcome,
    },
    /// A recording file is closed (or was found closed after a crash: `complete` false).
    RecordingClosed {
        recording: RecordingId,
        duration: Duration,
        complete: bool,
    },
    Quality {
        leg: LegId,
        quality: LegQuality,
    },

    // ---- people
    /// Someone asks for something. The answer is `Output::CommandDone` with the same `command`.
    Command {
        command: CommandRef,
        agent: AgentId,
        what: AgentCommand,
    },
    /// The endpoint's microphone is (now) muted or not: confirming `Output::Mute`, or by a button there (`local`).
    Muted {
        agent: AgentId,
        contact: ContactId,
        on: bool,
        local: bool,
    },
    /// The agent's CCP link came or went. Losing it never touches a call.
    CcpLink {
        agent: AgentId,
        up: bool,
    },
    /// An audio path of the agent came (with what it is: "PC-114") or went (with why).
    MediaPath {
        agent: AgentId,
        path: MediaPath,
        ready: bool,
        detail: String,
    },
}

/// A call from a trunk.
#[derive(Clone, Debug, PartialEq)]
pub struct CallArrived {
    pub leg: LegId,
    pub trunk: TrunkId,
    /// Caller's number as the trunk gave it, and the display name.
    pub from: String,
    pub from_name: String,
    /// The number dialled.
    pub to: String,
    /// SIP headers for `$.Media.Sip.Headers.*`.
    pub headers: BTreeMap<String, String>,
}

/// Why a leg was never answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegFailure {
    Busy,
    NoAnswer,
    Rejected,
    InvalidNumber,
    /// The number is outside what the trunk may dial.
    NotAllowed,
    /// The caller gave up before the answer.
    Cancelled,
    /// No path to the far end, no common codec, ICE or DTLS failed.
    MediaFailed,
    Unreachable,
}

/// Why an answered leg is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegEnd {
    /// The far end hung up.
    Remote,
    /// We hung it up.
    Local,
    /// Its signalling timed out (session timer, no ACK).
    Timeout,
    /// Its media went away and did not come back.
    MediaLost,
    /// The server had been restarted under it.
    ServerRestart,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlaybackOutcome {
    Finished,
    /// Stopped by `Output::StopPlay` or because the leg went away.
    Stopped,
    /// The prompt could not be had (missing file, TTS failed).
    Failed,
}

/// Joins an answer to its question; chosen by the asker, unique while unanswered.
pub type CommandRef = u64;

/// What an agent may ask for. `floor` refuses loudly what the state does not allow.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AgentCommand {
    /// Become present (status stays Offline until one is set).
    SignIn,
    SignOut,
    /// Take this status now, or, while a contact is on the agent, next.
    SetStatus {
        status: AgentStatusId,
    },
    CancelNextStatus,
    Accept {
        contact: ContactId,
    },
    Reject {
        contact: ContactId,
    },
    Mute {
        contact: ContactId,
        on: bool,
    },
    Hold {
        contact: ContactId,
    },
    Resume {
        contact: ContactId,
    },
    /// Hang up.
    End {
        contact: ContactId,
    },
    /// Keys pressed by the agent, sent to the customer's leg: `0-9*#A-D`, at most 32.
    SendDigits {
        contact: ContactId,
        digits: String,
    },
    /// Call a number, for the given queue or the profile's outbound queue.
    Dial {
        number: String,
        queue: Option<QueueId>,
    },
    /// Blind transfer.
    Transfer {
        contact: ContactId,
        to: TransferTarget,
    },
    /// Leave a missed, rejected or failed contact behind.
    Clear {
        contact: ContactId,
    },
    /// After-contact work.
    FinishAcw {
        contact: ContactId,
    },
    ExtendAcw {
        contact: ContactId,
        seconds: u32,
    },
    /// Draft or final note; at most 4,000 characters.
    SetNote {
        contact: ContactId,
        note: String,
    },
    SetDisposition {
        contact: ContactId,
        code: Option<String>,
    },
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TransferTarget {
    Number(String),
    Agent(AgentId),
    Queue(QueueId),
    QuickConnect(QuickConnectId),
}

/// What the floor wants done. In order; all of one drain are journaled together before the first of them is acted on,
/// except those whose [`Output::may_leave_early`] is true.
#[derive(Clone, Debug, PartialEq)]
pub enum Output {
    /// Answer a leg that rings at our door.
    Answer {
        leg: LegId,
    },
    /// End a leg in whatever state it is. `LegEnded`/`LegFailed` still follows.
    Hangup {
        leg: LegId,
        cause: HangupCause,
    },
    /// Call a number; the leg's fate follows as inputs.
    Dial {
        leg: LegId,
        contact: ContactId,
        number: String,
        caller_id: Option<String>,
        limit: Duration,
    },
    Play {
        leg: LegId,
        playback: PlaybackId,
        contact: ContactId,
        prompt: PromptSource,
        repeat: bool,
    },
    StopPlay {
        leg: LegId,
        playback: PlaybackId,
    },
    SendDigits {
        leg: LegId,
        digits: String,
    },
    /// Legs in one room hear each other. A leg is in one room at most.
    Join {
        room: RoomId,
        leg: LegId,
        contact: ContactId,
    },
    Leave {
        room: RoomId,
        leg: LegId,
    },
    /// A muted leg hears and is not heard.
    Mute {
        leg: LegId,
        on: bool,
    },
    /// Write both directions to one stereo file: customer left, agent right. Legs may join later.
    StartRecording {
        recording: RecordingId,
        contact: ContactId,
        customer: LegId,
        agent: Option<LegId>,
    },
    PauseRecording {
        recording: RecordingId,
        paused: bool,
    },
    StopRecording {
        recording: RecordingId,
    },

    /// Ring the agent on CCP and media path at once. Media for `leg` is set up while it rings.
    Ring(Ring),
    /// The ringing is over, for `why`.
    StopRing {
        agent: AgentId,
        contact: ContactId,
        leg: LegId,
        why: RingEnd,
    },
    /// Set up the agent's media without ringing (outbound call, audio moved). `LegAnswered` follows.
    ConnectAgent {
        agent: AgentId,
        contact: ContactId,
        leg: LegId,
        path: MediaPath,
        why: ConnectWhy,
    },
    /// What the agent sees changed; fetch it with `Floor::agent_view`.
    AgentChanged {
        agent: AgentId,
    },
    /// Something a supervisor sees changed (queue, agent or contact counts).
    LiveChanged,

    CommandDone {
        command: CommandRef,
        result: Result<(), Refusal>,
    },

    // ---- for the journal
    Happened(Occurrence),
    /// The contact's state to restore from.
    ContactState {
        contact: ContactId,
        state: String,
    },
    /// The contact is over and needs no restoring.
    ContactGone {
        contact: ContactId,
    },
    AgentState {
        agent: AgentId,
        state: String,
    },
    /// The record in its newest form.
    Record(Box<ContactRecord>),
}

/// Whom an effect is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    Leg(LegId),
    Agent(AgentId),
}

impl Output {
    /// True for effects that promise nothing that a crash would not take back anyway, so that they need not wait for
    /// the disk: the offer is made again; a caller's sound ends with the process that plays it, journaled or not. An
    /// answer is a promise: a call that was answered has a record.
    pub fn may_leave_early(&self) -> bool {
        matches!(self, Output::Ring(_) | Output::Play { .. } | Output::StopPlay { .. })
    }

    /// Whom an effect is about. Effects about the same leg or agent keep their order whatever waits for the disk.
    pub fn subjects(&self) -> [Option<Subject>; 2] {
        match self {
            Output::Answer { leg }
            | Output::Hangup { leg, .. }
            | Output::Dial { leg, .. }
            | Output::Play { leg, .. }
            | Output::StopPlay { leg, .. }
            | Output::SendDigits { leg, .. }
            | Output::Join { leg, .. }
            | Output::Leave { leg, .. }
            | Output::Mute { leg, .. } => [Some(Subject::Leg(*leg)), None],
            Output::StartRecording { customer, agent, .. } => [Some(Subject::Leg(*customer)), agent.map(Subject::Leg)],
            Output::Ring(Ring { agent, leg, .. })
            | Output::StopRing { agent, leg, .. }
            | Output::ConnectAgent { agent, leg, .. } => [Some(Subject::Agent(*agent)), Some(Subject::Leg(*leg))],
            _ => [None, None],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HangupCause {
    /// The conversation is over.
    Normal,
    /// Nothing is configured for this number.
    NotFound,
    Busy,
    /// A limit was reached; try later.
    Overloaded,
    Declined,
    Fault,
}

/// Where the sound of one prompt comes from.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PromptSource {
    Audio(PromptId),
    /// Text to speak. `language` is a BCP 47 tag (`ko-KR`, `en-US`); `voice` as the flow named it.
    Text {
        text: String,
        ssml: bool,
        language: String,
        voice: String,
    },
    Tone(Tone),
    /// Several in a row.
    Sequence(Vec<PromptSource>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tone {
    /// Ringback as the caller's country has it.
    Ringback,
    /// Heard by the agent before an auto-accepted call goes live.
    AutoAcceptBeep,
    /// Heard on hold where no hold flow is set.
    HoldMusic,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Ring {
    pub agent: AgentId,
    pub contact: ContactId,
    /// The agent's leg.
    pub leg: LegId,
    pub path: MediaPath,
    /// When the offer is missed.
    pub expires_at: Timestamp,
    pub auto_accept: bool,
    /// Caller as the agent may see it.
    pub caller: String,
    pub caller_name: String,
    pub queue_name: String,
    /// How long the customer has waited so far.
    pub waited: Duration,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RingEnd {
    Accepted,
    Missed,
    Rejected,
    CustomerLeft,
    MediaFailed,
    AgentLeft,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectWhy {
    Outbound,
    Moved,
}
