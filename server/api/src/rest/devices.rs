//! Paired endpoints.

use serde::Serialize;
use utoipa::ToSchema;

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Device {
    #[schema(format = "uuid")]
    pub id: String,
    /// Host name of the endpoint.
    pub name: String,
    pub platform: String,
    #[schema(format = "uuid")]
    pub agent: String,
    pub username: String,
    pub created_ms: i64,
    pub seen_ms: i64,
}
