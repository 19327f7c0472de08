//! The history: every event in order, read by contact or from a position on (outbox).

use crate::{Store, StoreError};
use sqlx::{Row, sqlite::SqliteRow};
use tokio::sync::watch;
use twinline_model::{ContactId, Occurrence};

impl Store {
    /// Events of one contact, oldest first; at most 10,000.
    pub async fn contact_events(&self, contact: ContactId) -> Result<Vec<(u64, Occurrence)>, StoreError> {
        let rows = sqlx::query("SELECT seq, json FROM events WHERE contact = $1 ORDER BY seq LIMIT 10000")
            .bind(contact.to_string())
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(event_of).collect()
    }

    /// Events after `seq`, oldest first.
    pub async fn events_after(&self, seq: u64, limit: u32) -> Result<Vec<(u64, Occurrence)>, StoreError> {
        let rows = sqlx::query("SELECT seq, json FROM events WHERE seq > $1 ORDER BY seq LIMIT $2")
            .bind(i64::try_from(seq).unwrap_or(i64::MAX))
            .bind(i64::from(limit))
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(event_of).collect()
    }

    /// Number of the last durable event; changes with every commit.
    pub fn committed(&self) -> watch::Receiver<u64> {
        self.writer.committed()
    }

    /// How far a reader of the history has come; 0 at first.
    pub async fn position(&self, reader: &str) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT seq FROM positions WHERE reader = $1")
            .bind(reader)
            .fetch_optional(&self.readers)
            .await?;
        match row {
            Some(row) => Ok(u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0)),
            None => Ok(0),
        }
    }

    pub async fn set_position(&self, reader: &str, seq: u64) -> Result<(), StoreError> {
        let reader = reader.to_owned();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO positions (reader, seq) VALUES ($1, $2) ON CONFLICT (reader) DO UPDATE SET seq = $2",
                    )
                    .bind(reader)
                    .bind(i64::try_from(seq).unwrap_or(i64::MAX))
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

fn event_of(row: &SqliteRow) -> Result<(u64, Occurrence), StoreError> {
    let seq: i64 = row.try_get(0)?;
    let json: &str = row.try_get(1)?;
    let occurrence = serde_json::from_str(json).map_err(|error| StoreError::damaged("event", error))?;
    Ok((u64::try_from(seq).unwrap_or(0), occurrence))
}
