//! What is wrong with a flow document, said so that its author can mend it: where, what, and the remedy.

use serde::{Deserialize, Serialize};
use std::fmt;

/// One thing to mend. `code` is public and stable (`snake_case`); the texts may change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub severity: Severity,
    /// Identifier of the action at fault; absent where the whole document is meant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<String>,
    /// The member at fault, for example `Parameters.LoopCount`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    pub code: String,
    /// One sentence: what is wrong.
    pub message: String,
    /// One sentence: what to do about it.
    pub remedy: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// A contact would take an error branch or be dropped.
    Error,
    /// It works, but hardly as meant.
    Warning,
}

impl Finding {
    pub fn error(code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, message, remedy)
    }

    pub fn warning(code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, message, remedy)
    }

    fn new(severity: Severity, code: &str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        let (message, remedy) = (message.into(), remedy.into());
        Self { severity, action: None, field: None, code: code.to_owned(), message, remedy }
    }

    #[must_use]
    pub fn at(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    #[must_use]
    pub fn field(mut self, field: impl Into<String>) -> Self {
        self.field = Some(field.into());
        self
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(action) = &self.action {
            write!(f, "action {action}: ")?;
        }
        if let Some(field) = &self.field {
            write!(f, "{field}: ")?;
        }
        write!(f, "{} {} ({})", self.message, self.remedy, self.code)
    }
}
