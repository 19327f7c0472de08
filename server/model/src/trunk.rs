//! SIP trunks: whom calls are taken from and sent to.

use crate::{FlowId, NumberId, TrunkId};
use serde::{Deserialize, Serialize};

#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trunk {
    pub id: TrunkId,
    pub name: String,
    /// Sources whose calls are taken without challenge: addresses or CIDR blocks (`203.0.113.0/24`, `::1`).
    #[serde(default)]
    pub sources: Vec<String>,
    /// Where outbound calls go: `host[:port]`, IPv6 in brackets.
    pub target: Option<String>,
    #[serde(default)]
    pub transport: SipTransport,
    /// Sign-in at the peer for calls and REGISTER; the peer's challenge is answered with it.
    #[serde(default)]
    pub username: Option<String>,
    #[serde(default)]
    pub password: Option<String>,
    /// REGISTER here (`sip:provider.example`) and keep it alive.
    #[serde(default)]
    pub registrar: Option<String>,
    /// Peers that must answer our digest challenge before a call is taken (trunk by registration).
    #[serde(default)]
    pub inbound_auth: bool,
    /// Outbound numbers allowed, as prefixes in E.164 or as dialled; empty: none.
    #[serde(default)]
    pub outbound_prefixes: Vec<String>,
}

/// The password never reaches a log.
impl std::fmt::Debug for Trunk {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Trunk")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("sources", &self.sources)
            .field("target", &self.target)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SipTransport {
    #[default]
    Udp,
    Tcp,
}

/// A claimed number and the flow it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Number {
    pub id: NumberId,
    /// As it appears in the Request-URI's user part, compared after dropping `-`, `.`, spaces and parentheses.
    pub number: String,
    #[serde(default)]
    pub description: String,
    pub flow: Option<FlowId>,
}
