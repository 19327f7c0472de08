//! Contact records: newest form of each, with what they are searched by; and the recordings they name.

use crate::{Store, StoreError};
use serde::Serialize;
use sqlx::{QueryBuilder, Row, Sqlite, SqliteConnection, sqlite::SqliteRow};
use std::str::FromStr;
use twinline_model::{AgentId, Channel, ContactId, ContactRecord, InitiationMethod, QueueId};

/// What to look for. Every member given must hold.
#[derive(Clone, Debug, Default)]
pub struct ContactQuery {
    /// RFC 3339 in UTC with six digits of fraction; from inclusive, to exclusive.
    pub from: Option<String>,
    pub to: Option<String>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    /// Part of the customer's number.
    pub customer: Option<String>,
    pub channel: Option<Channel>,
    pub method: Option<InitiationMethod>,
    pub disposition: Option<String>,
    /// Only those that waited in a queue and never reached an agent.
    pub abandoned: bool,
    /// Continue after this one: its time of initiation and id.
    pub after: Option<(String, ContactId)>,
    /// Rows at most.
    pub limit: u32,
}

impl Store {
    /// Newest first.
    pub async fn search_contacts(&self, query: &ContactQuery) -> Result<Vec<ContactRecord>, StoreError> {
        let mut sql = QueryBuilder::<Sqlite>::new("SELECT json FROM contacts WHERE TRUE");
        let texts = [
            (" AND initiated >= ", query.from.clone()),
            (" AND initiated < ", query.to.clone()),
            (" AND queue = ", query.queue.map(|id| id.to_string())),
            (" AND agent = ", query.agent.map(|id| id.to_string())),
            (" AND channel = ", query.channel.map(word)),
            (" AND method = ", query.method.map(word)),
            (" AND disposition = ", query.disposition.clone()),
        ];
        for (condition, value) in texts {
            if let Some(value) = value {
                sql.push(condition).push_bind(value);
            }
        }
        if let Some(customer) = &query.customer {
            sql.push(" AND instr(customer, ").push_bind(customer.clone()).push(") > 0");
        }
        if query.abandoned {
            sql.push(" AND queue IS NOT NULL AND agent IS NULL AND reason = 'CUSTOMER_DISCONNECT'");
        }
        if let Some((initiated, id)) = &query.after {
            sql.push(" AND (initiated, id) < (").push_bind(initiated.clone()).push(", ");
            sql.push_bind(id.to_string()).push(")");
        }
        sql.push(" ORDER BY initiated DESC, id DESC LIMIT ").push_bind(i64::from(query.limit));
        let rows = sql.build().fetch_all(&self.readers).await?;
        rows.iter().map(record_of).collect()
    }

    pub async fn contact(&self, id: ContactId) -> Result<ContactRecord, StoreError> {
        let row = sqlx::query("SELECT json FROM contacts WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&self.readers)
            .await?;
        record_of(&row)
    }
}

fn record_of(row: &SqliteRow) -> Result<ContactRecord, StoreError> {
    let json: &str = row.try_get(0)?;
    serde_json::from_str(json).map_err(|error| StoreError::damaged("contact record", error))
}

/// The word that serde writes for a unit variant.
pub(crate) fn word(value: impl Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

/// Inserts the record, or replaces an older form of it.
pub(crate) async fn write_record(connection: &mut SqliteConnection, record: &ContactRecord) -> Result<(), sqlx::Error> {
    let json = serde_json::to_string(record).map_err(|error| sqlx::Error::Encode(error.into()))?;
    sqlx::query(
        "INSERT INTO contacts (id, initiated, disconnected, channel, method, queue, agent, customer, system,
            disposition, reason, updated, json) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         ON CONFLICT (id) DO UPDATE SET initiated = $2, disconnected = $3, channel = $4, method = $5, queue = $6,
            agent = $7, customer = $8, system = $9, disposition = $10, reason = $11, updated = $12, json = $13
            WHERE excluded.updated >= contacts.updated",
    )
    .bind(record.contact_id.to_string())
    .bind(&record.initiation_timestamp)
    .bind(&record.disconnect_timestamp)
    .bind(word(record.channel))
    .bind(word(record.initiation_method))
    .bind(record.queue.as_ref().and_then(|queue| QueueId::from_str(&queue.arn).ok()).map(|id| id.to_string()))
    .bind(record.agent.as_ref().and_then(|agent| AgentId::from_str(&agent.arn).ok()).map(|id| id.to_string()))
    .bind(record.customer_endpoint.as_ref().map(|endpoint| &endpoint.address))
    .bind(record.system_endpoint.as_ref().map(|endpoint| &endpoint.address))
    .bind(&record.disposition)
    .bind(record.disconnect_reason.map(word))
    .bind(&record.last_update_timestamp)
    .bind(json)
    .execute(&mut *connection)
    .await?;
    for recording in &record.recordings {
        crate::recordings::write_recording(connection, record.contact_id, recording).await?;
    }
    Ok(())
}
