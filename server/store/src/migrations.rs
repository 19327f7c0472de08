//! Numbered migrations, embedded. Each runs once, in order, in a transaction of its own.

use sqlx::{Connection, Row, SqliteConnection};

/// Number, name and SQL; only ever appended to.
const ALL: &[(i64, &str, &str)] = &[(1, "first", include_str!("../migrations/001_first.sql"))];

/// The version a database has when all migrations ran.
pub const NEWEST: i64 = ALL[ALL.len() - 1].0;

#[derive(Debug, thiserror::Error)]
pub enum MigrateError {
    #[error("the database has schema {found}, newer than this program knows ({known}): use the newer program")]
    TooNew { found: i64, known: i64 },
    #[error("migration {number} ({name}) failed: {source}")]
    Failed { number: i64, name: &'static str, source: sqlx::Error },
    #[error(transparent)]
    Database(#[from] sqlx::Error),
}

/// Brings the database up to date; returns the versions before and after.
pub(crate) async fn run(connection: &mut SqliteConnection) -> Result<(i64, i64), MigrateError> {
    sqlx::raw_sql(
        "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL PRIMARY KEY, name TEXT NOT NULL)",
    )
    .execute(&mut *connection)
    .await?;
    let before = version(connection).await?;
    if before > NEWEST {
        return Err(MigrateError::TooNew { found: before, known: NEWEST });
    }
    for (number, name, sql) in ALL.iter().filter(|(number, _, _)| *number > before) {
        let failed = |source| MigrateError::Failed { number: *number, name, source };
        let mut transaction = connection.begin().await.map_err(failed)?;
        sqlx::raw_sql(*sql).execute(&mut *transaction).await.map_err(failed)?;
        sqlx::query("INSERT INTO schema_version (version, name) VALUES ($1, $2)")
            .bind(number)
            .bind(name)
            .execute(&mut *transaction)
            .await
            .map_err(failed)?;
        transaction.commit().await.map_err(failed)?;
    }
    Ok((before, NEWEST))
}

pub(crate) async fn version(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    sqlx::query("SELECT COALESCE(MAX(version), 0) FROM schema_version").fetch_one(connection).await?.try_get(0)
}
