//! Recordings: which file belongs to which contact, and the peaks drawn for it.

use crate::{Store, StoreError};
use sqlx::{Row, SqliteConnection, sqlite::SqliteRow};
use twinline_model::{ContactId, RecordingId, RecordingRecord};

/// One recording as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredRecording {
    pub id: RecordingId,
    pub contact: ContactId,
    /// File name below `recordings/`.
    pub file: String,
    /// RFC 3339.
    pub started: String,
    pub duration_ms: u64,
    /// `AVAILABLE`, `INCOMPLETE` or `DELETED`.
    pub status: String,
}

impl Store {
    pub async fn recording(&self, id: RecordingId) -> Result<StoredRecording, StoreError> {
        let row = sqlx::query("SELECT id, contact, file, started, duration_ms, status FROM recordings WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&self.readers)
            .await?;
        recording_of(&row)
    }

    /// Remembers a recording whose contact has no record yet (it is being written).
    pub async fn put_recording(&self, contact: ContactId, recording: RecordingRecord) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move { Ok(write_recording(connection, contact, &recording).await?) })
            })
            .await
    }

    pub async fn peaks(&self, id: RecordingId) -> Result<Option<Vec<u8>>, StoreError> {
        let row = sqlx::query("SELECT peaks FROM recordings WHERE id = $1")
            .bind(id.to_string())
            .fetch_one(&self.readers)
            .await?;
        Ok(row.try_get(0)?)
    }

    pub async fn put_peaks(&self, id: RecordingId, peaks: Vec<u8>) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE recordings SET peaks = $2 WHERE id = $1")
                        .bind(id.to_string())
                        .bind(peaks)
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }
}

fn recording_of(row: &SqliteRow) -> Result<StoredRecording, StoreError> {
    let id = |text: String| text.parse().map_err(|error| StoreError::damaged("recording", error));
    let contact = |text: String| text.parse().map_err(|error| StoreError::damaged("recording", error));
    Ok(StoredRecording {
        id: id(row.try_get(0)?)?,
        contact: contact(row.try_get(1)?)?,
        file: row.try_get(2)?,
        started: row.try_get(3)?,
        duration_ms: u64::try_from(row.try_get::<i64, _>(4)?).unwrap_or(0),
        status: row.try_get(5)?,
    })
}

/// New sound makes old peaks wrong, so they go when the duration changes.
pub(crate) async fn write_recording(
    connection: &mut SqliteConnection,
    contact: ContactId,
    recording: &RecordingRecord,
) -> Result<(), sqlx::Error> {
    sqlx::query(
        "INSERT INTO recordings (id, contact, file, started, duration_ms, status) VALUES ($1, $2, $3, $4, $5, $6)
         ON CONFLICT (id) DO UPDATE SET contact = $2, file = $3, started = $4, duration_ms = $5, status = $6,
            peaks = CASE WHEN duration_ms = $5 THEN peaks END",
    )
    .bind(recording.recording_id.to_string())
    .bind(contact.to_string())
    .bind(&recording.location)
    .bind(&recording.start_timestamp)
    .bind(i64::try_from(recording.duration_ms).unwrap_or(i64::MAX))
    .bind(&recording.status)
    .execute(connection)
    .await?;
    Ok(())
}
