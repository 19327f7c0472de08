//! Prompts: recorded sounds. The sound itself is sent as `audio/wav` or `audio/ogg` to `…/audio`.

use super::stored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PromptSpec {
    pub name: String,
    #[serde(default)]
    pub description: String,
    /// File name below `prompts/`, WAV or Ogg; made by the server when left out.
    #[serde(default)]
    pub file: Option<String>,
}

stored!(Prompt, PromptSpec);
