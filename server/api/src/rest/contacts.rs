//! Contacts: records in the native form (the published contact record), and their timelines.

use serde::Serialize;
use std::collections::BTreeMap;
use twinline_model::ContactRecord;
use utoipa::ToSchema;

/// A contact record. Members as in the published contact record format: `ContactId`, `InitiationTimestamp`, `Queue` …
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(transparent)]
#[schema(value_type = Object)]
pub struct Contact(pub ContactRecord);

#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Timeline {
    pub entries: Vec<TimelineEntry>,
}

/// One thing that happened to a contact.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct TimelineEntry {
    /// Place in the history of the whole centre.
    pub seq: u64,
    /// Milliseconds since the epoch.
    pub at_ms: i64,
    /// Milliseconds since the first entry.
    pub offset_ms: i64,
    /// Stable key of the sentence: `queued`, `offered`, `connected_to_agent` …
    pub key: String,
    /// What the sentence is filled with; names of queues, people and flows as they are now.
    pub data: BTreeMap<String, String>,
    /// The sentence in the language asked for.
    pub text: String,
    /// Fine detail (each action of a flow, quality each 5 s), for those who ask.
    pub detail: bool,
}
