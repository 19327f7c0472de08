//! What belongs to the whole centre: its name, dispositions, and the flows used where none is set.

use serde::{Deserialize, Serialize};
use twinline_model::FlowId;
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SettingsSpec {
    /// Disposition codes an agent may choose after a contact, at most 200.
    #[serde(default)]
    pub dispositions: Vec<String>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub default_queue_flow: Option<FlowId>,
    #[serde(default)]
    #[schema(value_type = Option<String>, format = "uuid")]
    pub default_hold_flow: Option<FlowId>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Settings {
    #[schema(format = "uuid")]
    pub instance: String,
    pub arn: String,
    pub name: String,
    #[serde(flatten)]
    pub spec: SettingsSpec,
}
