//! SIP trunks: whom calls are taken from and sent to. Passwords are only written.

use serde::{Deserialize, Serialize};
use twinline_model::SipTransport;
use utoipa::ToSchema;

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrunkSpec {
    pub name: String,
    /// Sources whose calls are taken without challenge: addresses or CIDR blocks.
    #[serde(default)]
    pub sources: Vec<String>,
    /// Where outbound calls go: `host[:port]`, IPv6 in brackets.
    #[serde(default)]
    pub target: Option<String>,
    #[serde(default)]
    #[schema(value_type = super::words::SipTransport)]
    pub transport: SipTransport,
    #[serde(default)]
    pub username: Option<String>,
    /// Only written, never read. Left out of an edit: stays as it is; empty: removed.
    #[serde(default, skip_serializing_if = "super::never_told")]
    #[schema(format = "password", write_only)]
    pub password: Option<String>,
    /// REGISTER here (`sip:provider.example`) and keep it alive.
    #[serde(default)]
    pub registrar: Option<String>,
    /// The peer must answer our challenge before its calls are taken.
    #[serde(default)]
    pub inbound_auth: bool,
    /// Outbound numbers allowed, as prefixes; empty: none.
    #[serde(default)]
    pub outbound_prefixes: Vec<String>,
}

/// The password never reaches a log.
impl std::fmt::Debug for TrunkSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TrunkSpec").field("name", &self.name).finish_non_exhaustive()
    }
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Trunk {
    #[schema(format = "uuid")]
    pub id: String,
    pub arn: String,
    /// Counts edits from 1; the same value is the ETag that edits name in `If-Match`.
    pub version: u64,
    /// A password is stored.
    pub password_set: bool,
    #[serde(flatten)]
    pub spec: TrunkSpec,
}
