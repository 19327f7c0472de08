//! Reading an action's parameters, with JSONPaths filled in.

use super::{Fill, Turn};
use serde_json::Value;
use std::{borrow::Cow, ops::RangeInclusive, str::FromStr};

/// Why an action could not run as it is configured; it takes NoMatchingError.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParameterError {
    #[error("{0} is missing or empty, or its path leads nowhere")]
    Missing(&'static str),
    #[error("{0} is not a value it may have")]
    Invalid(&'static str),
    #[error("{0} names something that does not exist")]
    Unknown(&'static str),
    #[error("{0} is too long once its references are filled in")]
    TooLong(&'static str),
    #[error("{0} is not supported")]
    Unsupported(&'static str),
}

/// Strings as they are; numbers and booleans as they would be written.
pub(crate) fn as_text(value: &Value) -> Option<Cow<'_, str>> {
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        Value::Number(number) => Some(Cow::Owned(number.to_string())),
        Value::Bool(true) => Some(Cow::Borrowed("True")),
        Value::Bool(false) => Some(Cow::Borrowed("False")),
        _ => None,
    }
}

/// `"5"`, `5` or `"5.0"`, as the wire has it.
pub(crate) fn integer_of(text: &str) -> Option<u32> {
    let text = text.trim();
    text.strip_suffix(".0").unwrap_or(text).parse().ok()
}

/// An id, bare or at the end of an ARN; a qualifier (`:$LATEST`, `:3`) after it is left out.
pub(crate) fn reference<T: FromStr>(text: &str) -> Option<T> {
    let last = text.trim().rsplit('/').next()?;
    last.split(':').next()?.parse().ok()
}

impl Turn<'_> {
    /// The raw value at a dotted path below `Parameters`.
    pub fn value(&self, name: &str) -> Option<&Value> {
        let mut names = name.split('.');
        let mut value = self.action.parameter(names.next()?)?;
        for name in names {
            value = value.get(name)?;
        }
        Some(value)
    }

    /// A value that is fixed or one path; `None` when absent, empty, or when the path leads nowhere.
    pub fn text(&self, name: &'static str, fill: Fill) -> Result<Option<String>, ParameterError> {
        let Some(value) = self.value(name).filter(|value| !value.is_null()) else { return Ok(None) };
        let written = as_text(value).ok_or(ParameterError::Invalid(name))?;
        let filled = match fill {
            Fill::Fixed => Some(written.into_owned()),
            Fill::Path => self.scope().whole(&written).map(Cow::into_owned),
            Fill::Text => Some(self.scope().text(&written).map_err(|_| ParameterError::TooLong(name))?),
        };
        Ok(filled.filter(|text| !text.trim().is_empty()))
    }

    pub fn needed_text(&self, name: &'static str, fill: Fill) -> Result<String, ParameterError> {
        self.text(name, fill)?.ok_or(ParameterError::Missing(name))
    }

    pub fn integer(&self, name: &'static str, range: RangeInclusive<u32>) -> Result<Option<u32>, ParameterError> {
        let Some(text) = self.text(name, Fill::Path)? else { return Ok(None) };
        match integer_of(&text) {
            Some(number) if range.contains(&number) => Ok(Some(number)),
            _ => Err(ParameterError::Invalid(name)),
        }
    }

    pub fn needed_integer(&self, name: &'static str, range: RangeInclusive<u32>) -> Result<u32, ParameterError> {
        self.integer(name, range)?.ok_or(ParameterError::Missing(name))
    }

    pub fn boolean(&self, name: &'static str) -> Result<Option<bool>, ParameterError> {
        match self.text(name, Fill::Path)?.as_deref() {
            None => Ok(None),
            Some("True" | "true") => Ok(Some(true)),
            Some("False" | "false") => Ok(Some(false)),
            Some(_) => Err(ParameterError::Invalid(name)),
        }
    }
}
