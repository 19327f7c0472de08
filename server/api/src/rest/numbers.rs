//! Numbers: what customers dial, and the flow that answers.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::FlowId;
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NumberSpec {
    /// As dialled; compared without `-`, `.`, spaces and parentheses.
    pub number: String,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub flow: Option<FlowId>,
}

stored!(Number, NumberSpec);
