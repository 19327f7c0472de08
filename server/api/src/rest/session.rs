//! Sign-in: a password for a bearer token (and, for pages of this server, an HttpOnly cookie with the same).

use serde::{Deserialize, Serialize};
use twinline_model::Role;
use utoipa::ToSchema;

#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignIn {
    pub username: String,
    #[schema(format = "password", write_only)]
    pub password: String,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Session {
    /// Bearer token; shown once. Absent when the session is only looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token: Option<String>,
    /// Milliseconds since the epoch; moves on while the token is used.
    pub expires_ms: i64,
    pub user: Me,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Me {
    #[schema(format = "uuid")]
    pub id: String,
    pub username: String,
    pub name: String,
    #[schema(value_type = Vec<super::words::Role>)]
    pub roles: Vec<Role>,
    /// `ko` or `en`
    pub language: String,
}
