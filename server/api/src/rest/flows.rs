//! Flows: documents in the Flow language.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::FlowKind;
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FlowSpec {
    pub name: String,
    #[serde(default)]
    pub description: String,
    #[schema(value_type = super::words::FlowKind)]
    pub kind: FlowKind,
    /// The document, Version 2019-10-30.
    #[schema(value_type = Object)]
    pub content: serde_json::Value,
}

stored!(
    /// The version of a flow is its published version.
    Flow,
    FlowSpec
);

/// What is wrong with, or doubtful in, a flow.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlowFinding {
    /// `error` or `warning`
    pub severity: String,
    /// Stable code.
    pub code: String,
    /// Identifier of the action, when it is about one.
    pub action: Option<String>,
    pub field: Option<String>,
    pub message: String,
    pub remedy: Option<String>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct FlowFindings {
    pub findings: Vec<FlowFinding>,
}
