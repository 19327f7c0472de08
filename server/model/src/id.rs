//! Typed identifiers, in one alphabetical list, and the ARNs built from them.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident => $kind:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// The resource kind as it is written in an ARN.
            pub const KIND: &'static str = $kind;

            /// An id from 128 bits chosen by the caller (this crate has no randomness); marked as a version 4 UUID.
            pub fn from_bits(bits: u128) -> Self {
                Self(uuid::Builder::from_random_bytes(bits.to_be_bytes()).into_uuid())
            }

            /// The id with exactly these bits, as [`Self::bits`] gave them.
            pub fn from_bits_exact(bits: u128) -> Self {
                Self(Uuid::from_u128(bits))
            }

            /// The 128 bits of the id, for crates that do not know this type.
            pub fn bits(self) -> u128 {
                self.0.as_u128()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            /// Takes a bare UUID or an ARN that ends in one.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::parse_str(text.rsplit('/').next().unwrap_or(text)).map(Self)
            }
        }
    )*};
}

ids! {
    /// A person who handles contacts, or any other person who signs in.
    AgentId => "agent";
    /// A status an agent may choose (Available, Lunch, Offline …).
    AgentStatusId => "agent-state";
    /// One contact: a customer's wish on one channel, with at most one agent. Transfers chain contacts.
    ContactId => "contact";
    /// A paired endpoint device that carries audio.
    DeviceId => "device";
    /// One event told to the world; stable over retries.
    EventId => "event";
    /// A flow.
    FlowId => "contact-flow";
    /// Hours of operation.
    HoursId => "operating-hours";
    /// One contact centre.
    InstanceId => "instance";
    /// One media endpoint within a contact.
    LegId => "leg";
    /// A claimed phone number.
    NumberId => "phone-number";
    /// One playing of one prompt on one leg.
    PlaybackId => "playback";
    /// An audio prompt.
    PromptId => "prompt";
    /// A queue.
    QueueId => "queue";
    /// A quick connect (a named transfer target).
    QuickConnectId => "transfer-destination";
    /// One recording file.
    RecordingId => "recording";
    /// Legs that hear each other.
    RoomId => "room";
    /// A routing profile.
    RoutingProfileId => "routing-profile";
    /// A SIP trunk.
    TrunkId => "trunk";
}

/// Where an instance stands in ARNs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    pub id: InstanceId,
    /// Shown to people.
    pub name: String,
    /// Free region word of the ARN, for example `local`.
    pub region: String,
    /// Twelve digits of the ARN.
    pub account: String,
}

impl Instance {
    /// `arn:twinline:connect:<region>:<12 digits>:instance/<uuid>`
    pub fn arn(&self) -> String {
        format!("arn:twinline:connect:{}:{}:instance/{}", self.region, self.account, self.id)
    }

    /// `<instance arn>/<kind>/<id>`; `kind` is one of the `KIND` constants.
    pub fn arn_of(&self, kind: &str, id: impl fmt::Display) -> String {
        format!("{}/{kind}/{id}", self.arn())
    }
}
