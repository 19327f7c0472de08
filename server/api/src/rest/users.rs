//! Users: agents, supervisors, the VDI team, administrators.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::{Role, RoutingProfileId};
use utoipa::ToSchema;

#[derive(Clone, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct UserSpec {
    /// Sign-in name, unique, 1–64 characters.
    pub username: String,
    #[serde(default)]
    pub first_name: String,
    #[serde(default)]
    pub last_name: String,
    #[schema(value_type = Vec<super::words::Role>)]
    pub roles: Vec<Role>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub routing_profile: Option<RoutingProfileId>,
    /// Accept without pressing, after a beep and one second.
    #[serde(default)]
    pub auto_accept: bool,
    /// Longest after-contact work in seconds, 0–3600; 0: no limit.
    #[serde(default)]
    pub acw_limit_s: u32,
    /// `ko` or `en`
    #[serde(default = "korean")]
    pub language: String,
    #[serde(default)]
    pub desk_phone: Option<String>,
    /// 10–256 characters; only written, never read. Left out of an edit: stays as it is.
    #[serde(default, skip_serializing_if = "super::never_told")]
    #[schema(format = "password", write_only)]
    pub password: Option<String>,
}

fn korean() -> String {
    "ko".to_owned()
}

/// The password never reaches a log.
impl std::fmt::Debug for UserSpec {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("UserSpec").field("username", &self.username).field("roles", &self.roles).finish_non_exhaustive()
    }
}

stored!(User, UserSpec);
