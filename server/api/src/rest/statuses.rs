//! Statuses that agents choose.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::AgentStatusKind;
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StatusSpec {
    pub name: String,
    #[schema(value_type = super::words::StatusKind)]
    pub kind: AgentStatusKind,
    /// Position in the list.
    #[serde(default)]
    pub order: u32,
}

stored!(Status, StatusSpec);
