//! The audit: who did what, with before and after. Rows are only ever added; the database itself refuses the rest.

use crate::{Store, StoreError};
use sqlx::{Row, SqliteConnection};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuditEntry {
    /// 0 before it is written.
    pub seq: u64,
    /// Microseconds since the epoch.
    pub at: i64,
    /// Username, or `command line`.
    pub actor: String,
    /// `queue.create`, `recording.play` …
    pub action: String,
    pub target: String,
    /// JSON without secrets.
    pub before: Option<String>,
    pub after: Option<String>,
}

impl Store {
    pub async fn append_audit(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.writer.write(move |connection| Box::pin(async move { append(connection, &entry).await })).await
    }

    /// Newest first; `before`: only entries older than this number.
    pub async fn audit(&self, before: Option<u64>, limit: u32) -> Result<Vec<AuditEntry>, StoreError> {
        let rows = sqlx::query(
            "SELECT seq, at, actor, action, target, before, after FROM audit WHERE seq < $1 ORDER BY seq DESC LIMIT $2",
        )
        .bind(before.and_then(|seq| i64::try_from(seq).ok()).unwrap_or(i64::MAX))
        .bind(i64::from(limit))
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|row| {
                Ok(AuditEntry {
                    seq: u64::try_from(row.try_get::<i64, _>(0)?).unwrap_or(0),
                    at: row.try_get(1)?,
                    actor: row.try_get(2)?,
                    action: row.try_get(3)?,
                    target: row.try_get(4)?,
                    before: row.try_get(5)?,
                    after: row.try_get(6)?,
                })
            })
            .collect()
    }
}

pub(crate) async fn append(connection: &mut SqliteConnection, entry: &AuditEntry) -> Result<(), StoreError> {
    sqlx::query("INSERT INTO audit (at, actor, action, target, before, after) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(entry.at)
        .bind(&entry.actor)
        .bind(&entry.action)
        .bind(&entry.target)
        .bind(&entry.before)
        .bind(&entry.after)
        .execute(connection)
        .await?;
    Ok(())
}
