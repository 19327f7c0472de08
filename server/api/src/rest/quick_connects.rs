//! Quick connects: named transfer targets.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::{AgentId, FlowId, QueueId};
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuickConnectSpec {
    pub name: String,
    pub target: QuickConnectTarget,
}

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum QuickConnectTarget {
    PhoneNumber {
        number: String,
    },
    Agent {
        #[schema(value_type = String, format = "uuid")]
        agent: AgentId,
        #[serde(default)]
        #[schema(value_type = Option<String>, format = "uuid")]
        flow: Option<FlowId>,
    },
    Queue {
        #[schema(value_type = String, format = "uuid")]
        queue: QueueId,
        #[serde(default)]
        #[schema(value_type = Option<String>, format = "uuid")]
        flow: Option<FlowId>,
    },
}

stored!(QuickConnect, QuickConnectSpec);
