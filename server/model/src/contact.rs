//! Contacts: their words, and the contact record, our native JSON (shape: the published contact record of Amazon
//! Connect, reference data model).

use crate::{ContactId, RecordingId};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Channel {
    Voice,
    Chat,
    Task,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum InitiationMethod {
    Inbound,
    Outbound,
    Transfer,
    #[serde(rename = "QUEUE_TRANSFER")]
    QueueTransfer,
    Callback,
    Api,
}

/// How a voice contact ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DisconnectReason {
    CustomerDisconnect,
    AgentDisconnect,
    ThirdPartyDisconnect,
    TelecomProblem,
    Barged,
    ContactFlowDisconnect,
    Other,
}

/// State of a contact on its agent (the agent leg's table).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum AgentContactState {
    Incoming,
    Pending,
    Connecting,
    Connected,
    ConnectedOnhold,
    Missed,
    Rejected,
    Error,
    /// After-contact work, until it is finished and the contact vanishes.
    Ended,
}

/// A telephone endpoint as records and events show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Endpoint {
    pub address: String,
    /// `TELEPHONE_NUMBER`
    #[serde(rename = "Type")]
    pub kind: String,
}

impl Endpoint {
    pub fn telephone(address: impl Into<String>) -> Self {
        Self { address: address.into(), kind: "TELEPHONE_NUMBER".to_owned() }
    }
}

/// One record per agent leg, chained by `InitialContactId`, `PreviousContactId`, `NextContactId`. Times are RFC 3339
/// in UTC, durations whole seconds. Written when the contact is over, and again when after-contact work ends;
/// readers dedupe on `ContactId` + `LastUpdateTimestamp`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ContactRecord {
    #[serde(rename = "AWSContactTraceRecordFormatVersion")]
    pub format_version: String,
    #[serde(rename = "InstanceARN")]
    pub instance_arn: String,
    pub contact_id: ContactId,
    pub initial_contact_id: Option<ContactId>,
    pub previous_contact_id: Option<ContactId>,
    pub next_contact_id: Option<ContactId>,
    pub channel: Channel,
    pub initiation_method: InitiationMethod,
    pub initiation_timestamp: String,
    pub connected_to_system_timestamp: Option<String>,
    pub disconnect_timestamp: Option<String>,
    pub disconnect_reason: Option<DisconnectReason>,
    pub transfer_completed_timestamp: Option<String>,
    pub transferred_to_endpoint: Option<Endpoint>,
    pub customer_endpoint: Option<Endpoint>,
    pub system_endpoint: Option<Endpoint>,
    pub agent: Option<AgentRecord>,
    /// Offers made, whether taken or not.
    pub agent_connection_attempts: u32,
    pub queue: Option<QueueRecord>,
    pub attributes: BTreeMap<String, String>,
    pub recordings: Vec<RecordingRecord>,
    /// Published version of each flow the contact ran, by flow name.
    pub flows: BTreeMap<String, u32>,
    pub disposition: Option<String>,
    pub note: Option<String>,
    /// Audio quality per leg: last report.
    pub quality: Vec<LegQuality>,
    pub last_update_timestamp: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AgentRecord {
    #[serde(rename = "ARN")]
    pub arn: String,
    pub username: String,
    pub routing_profile: Option<NamedArn>,
    pub connected_to_agent_timestamp: String,
    pub agent_interaction_duration: u64,
    pub after_contact_work_start_timestamp: Option<String>,
    pub after_contact_work_end_timestamp: Option<String>,
    pub after_contact_work_duration: Option<u64>,
    pub customer_hold_duration: u64,
    pub longest_hold_duration: u64,
    pub number_of_holds: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct NamedArn {
    #[serde(rename = "ARN")]
    pub arn: String,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct QueueRecord {
    #[serde(rename = "ARN")]
    pub arn: String,
    pub name: String,
    pub enqueue_timestamp: String,
    pub dequeue_timestamp: Option<String>,
    /// Seconds.
    pub duration: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecordingRecord {
    pub recording_id: RecordingId,
    /// `AVAILABLE` or `DELETED` or `INCOMPLETE`.
    pub status: String,
    /// File name below `recordings/`.
    pub location: String,
    pub start_timestamp: String,
    pub stop_timestamp: Option<String>,
    /// Milliseconds of sound.
    pub duration_ms: u64,
}

/// Audio quality of one leg as measured over an interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LegQuality {
    /// `customer` or `agent` or `third_party`.
    pub participant: String,
    /// `PCMU`, `PCMA`, `G722`, `opus`.
    pub codec: String,
    pub packets_received: u64,
    pub packets_lost: u64,
    /// Interarrival jitter (RFC 3550 A.8), ms.
    pub jitter_ms: f64,
    /// From RTCP (RFC 3550 6.4.1), ms.
    pub round_trip_ms: Option<f64>,
    /// Loss that the far end reports of what we sent, percent.
    pub remote_loss_percent: Option<f64>,
    /// E-model rating (ITU-T G.107), 0–100.
    pub r_factor: f64,
    /// MOS-CQE by G.107 Annex B, 1–4.5.
    pub mos_cqe: f64,
}
