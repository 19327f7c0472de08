//! Flows and prompts as stored things. The flow language itself is read in `core::flow`.

use crate::{FlowId, PromptId};
use serde::{Deserialize, Serialize};

/// A stored flow. `content` is the document in the Flow language (Version 2019-10-30) as JSON text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flow {
    pub id: FlowId,
    pub name: String,
    #[serde(default)]
    pub description: String,
    pub kind: FlowKind,
    /// Published version, counted from 1.
    pub version: u32,
    pub content: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FlowKind {
    ContactFlow,
    CustomerQueue,
    CustomerHold,
    CustomerWhisper,
    AgentHold,
    AgentWhisper,
    OutboundWhisper,
    AgentTransfer,
    QueueTransfer,
    Campaign,
    Module,
}

/// An audio prompt; its sound is a file below `prompts/` of the data directory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prompt {
    pub id: PromptId,
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// File name below `prompts/`, WAV or Ogg.
    pub file: String,
}
