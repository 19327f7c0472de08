//! The media agent's link. One bidirectional QUIC stream opened by the media agent (ALPN `twinline-link/1`), frames of
//! a 4-byte big-endian length (at most 65,536) and that many bytes of JSON; the same JSON is one text frame each on
//! the WebSocket carrier. Both ends show TLS certificates made on first start; the server knows a device by the
//! SHA-256 of its certificate, the device pins the server's at pairing.

use serde::{Deserialize, Serialize};
use twinline_model::*;

/// ALPN protocol name of the link.
pub const ALPN: &[u8] = b"twinline-link/1";
/// Longest frame in bytes.
pub const MAX_FRAME: usize = 65_536;
/// Bumped when a message changes its meaning; both ends name it in hello.
pub const LINK_VERSION: u32 = 1;

/// Media agent → server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum FromMediaAgent {
    /// First message. `name` is the endpoint's host name.
    Hello {
        version: u32,
        name: String,
        platform: String,
    },
    /// Show me a code that a person can type in the CCP.
    PairRequest,
    /// Media for a leg: our SDP offer (host candidates inside; no trickle).
    Offer {
        leg: LegId,
        sdp: String,
    },
    /// The leg's media is up as seen from here.
    MediaUp {
        leg: LegId,
    },
    /// The leg's media could not be set up or was lost for good.
    MediaFailed {
        leg: LegId,
        reason: String,
    },
    /// The person pressed a button on the endpoint. `id` as in the CCP: a repeated one acts once.
    Accept {
        id: String,
        contact: ContactId,
    },
    Reject {
        id: String,
        contact: ContactId,
    },
    HangUp {
        id: String,
        contact: ContactId,
    },
    /// The microphone of the endpoint is (now) muted or not: by local button or confirming `SetMute`.
    Muted {
        contact: ContactId,
        on: bool,
        local: bool,
    },
    /// Audio devices changed or were reported for the first time.
    Devices {
        microphone: Option<String>,
        speaker: Option<String>,
        ringer: Option<String>,
        healthy: bool,
        problem: Option<String>,
    },
    /// Quality as the endpoint hears it, each 5 s of a live call.
    Quality {
        leg: LegId,
        quality: LegQuality,
    },
    /// Answer to `Unpair`, or the person unpaired here.
    Unpaired,
    Ping {
        at_ms: i64,
    },
}

/// Server → media agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ToMediaAgent {
    /// The link is up. `person` is set when this device is paired.
    Welcome {
        version: u32,
        now_ms: i64,
        person: Option<Person>,
    },
    PairCode {
        code: String,
        expires_ms: i64,
    },
    /// The code was typed; show who it was. From now on silent, bound to person and device key.
    Paired {
        device: DeviceId,
        person: Person,
    },
    Unpair {
        reason: String,
    },
    /// A newer pairing took the audio.
    Superseded {
        by: String,
    },
    /// Ring now and set up media for `leg` (answer with `Offer`).
    Ring {
        contact: ContactId,
        leg: LegId,
        caller: String,
        caller_name: String,
        queue: String,
        expires_ms: i64,
        auto_accept: bool,
    },
    /// Stop ringing. `accepted` keeps the leg's media; every other reason closes it.
    StopRing {
        contact: ContactId,
        leg: LegId,
        why: String,
    },
    /// Set up media for `leg` without ringing and go live (outbound call).
    Connect {
        contact: ContactId,
        leg: LegId,
        caller: String,
        caller_name: String,
    },
    /// Our SDP answer to your offer.
    Answer {
        leg: LegId,
        sdp: String,
    },
    /// The call is live: open the microphone (after beep and one second when it was accepted automatically).
    Live {
        contact: ContactId,
        leg: LegId,
    },
    Hold {
        contact: ContactId,
        on: bool,
    },
    SetMute {
        contact: ContactId,
        on: bool,
    },
    /// The call is over: close the leg's media.
    Ended {
        contact: ContactId,
        leg: LegId,
        why: String,
    },
    /// An `id` of yours was refused.
    Refused {
        id: String,
        error: Refusal,
    },
    Pong {
        at_ms: i64,
        now_ms: i64,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    pub agent: AgentId,
    pub username: String,
    pub name: String,
    /// `ko` or `en`.
    pub language: String,
    /// Where the CCP of this person is open (host name of the VDI session as the CCP's sign-in named it), if it is.
    pub desktop: Option<String>,
}
