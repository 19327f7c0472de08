//! What is remembered: configuration, people, contact records, the history, and what the floor restores from.
//! SQLite in WAL mode with `synchronous=FULL`: what was acknowledged survives a power cut. One task writes, a few
//! connections read. SQL stands in this crate only.

mod audit;
mod contacts;
mod error;
mod events;
mod migrations;
mod nouns;
mod people;
mod recordings;
mod writer;

pub use audit::AuditEntry;
pub use contacts::ContactQuery;
pub use error::{CommitError, OpenError, StoreError};
pub use migrations::{MigrateError, NEWEST};
pub use nouns::{CentreSettings, Noun};
pub use people::{Device, Token};
pub use recordings::StoredRecording;
pub use writer::Batch;

use sqlx::{
    AssertSqlSafe, Connection, Row, SqliteConnection, SqlitePool,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use std::{
    path::{Path, PathBuf},
    time::Duration,
};
use twinline_model::{AgentId, ContactId};
use writer::Writer;

/// The database of one instance. Cheap to clone; the file is closed when the last clone is dropped.
#[derive(Clone)]
pub struct Store {
    writer: Writer,
    readers: SqlitePool,
    path: PathBuf,
}

/// What the floor is restored from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Restored {
    pub contacts: Vec<(ContactId, String)>,
    pub agents: Vec<(AgentId, String)>,
}

/// Readers at once.
const READERS: u32 = 4;

impl Store {
    /// Opens the database, makes it when there is none, and brings its schema up to date. One process at a time.
    pub async fn open(path: impl AsRef<Path>) -> Result<Store, OpenError> {
        let path = path.as_ref();
        Self::open_with(path, Some(lock(path)?)).await
    }

    /// Opens it beside a running server, for commands that read or add single rows.
    pub async fn open_beside(path: impl AsRef<Path>) -> Result<Store, OpenError> {
        Self::open_with(path.as_ref(), None).await
    }

    async fn open_with(path: &Path, lock: Option<std::fs::File>) -> Result<Store, OpenError> {
        create_private(path)?;
        let failed = |source: sqlx::Error| open_error(path, source);
        let options = SqliteConnectOptions::new()
            .filename(path)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .busy_timeout(Duration::from_secs(10))
            .statement_cache_capacity(128);
        let mut connection = SqliteConnection::connect_with(&options).await.map_err(failed)?;
        quick_check(&mut connection, path).await?;
        migrations::run(&mut connection)
            .await
            .map_err(|source| OpenError::Migrate { path: path.to_owned(), source })?;
        let seq: i64 = sqlx::query("SELECT COALESCE(MAX(seq), 0) FROM events")
            .fetch_one(&mut connection)
            .await
            .and_then(|row| row.try_get(0))
            .map_err(failed)?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options.read_only(true))
            .await
            .map_err(failed)?;
        let writer = Writer::start(connection, u64::try_from(seq).unwrap_or(0), lock);
        Ok(Store { writer, readers, path: path.to_owned() })
    }

    /// Makes a journal entry durable and returns the number of its last event. Entries that wait for the disk at the
    /// same time share one transaction.
    pub async fn commit(&self, batch: Batch) -> Result<u64, CommitError> {
        self.writer.commit(batch).await
    }

    /// States as last journaled.
    pub async fn restore(&self) -> Result<Restored, StoreError> {
        Ok(Restored {
            contacts: self.states("SELECT id, state FROM contact_state ORDER BY id", "contact state").await?,
            agents: self.states("SELECT id, state FROM agent_state ORDER BY id", "agent state").await?,
        })
    }

    /// True when the database answers; for readiness probes.
    pub async fn answers(&self) -> bool {
        sqlx::query("SELECT 1").fetch_one(&self.readers).await.is_ok()
    }

    /// Journal transactions since this store was opened.
    pub fn transactions(&self) -> u64 {
        self.writer.transactions()
    }

    /// Writes a consistent copy while the server runs.
    pub async fn backup(&self, to: &Path) -> Result<(), StoreError> {
        let quoted = to.to_string_lossy().replace('\'', "''");
        sqlx::raw_sql(AssertSqlSafe(format!("VACUUM INTO '{quoted}'"))).execute(&self.readers).await?;
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    async fn states<I: std::str::FromStr<Err: std::fmt::Display>>(
        &self,
        sql: &'static str,
        what: &'static str,
    ) -> Result<Vec<(I, String)>, StoreError> {
        let rows = sqlx::query(sql).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(0)?;
                Ok((id.parse().map_err(|error| StoreError::damaged(what, error))?, row.try_get(1)?))
            })
            .collect()
    }
}

/// Checks a database file thoroughly, without changing it: every page, every index. Returns its schema version.
pub async fn verify(path: &Path) -> Result<i64, OpenError> {
    let options = SqliteConnectOptions::new().filename(path).read_only(true).create_if_missing(false);
    let mut connection = SqliteConnection::connect_with(&options).await.map_err(|error| open_error(path, error))?;
    check(&mut connection, path, "PRAGMA integrity_check").await?;
    migrations::version(&mut connection).await.map_err(|error| open_error(path, error))
}

async fn quick_check(connection: &mut SqliteConnection, path: &Path) -> Result<(), OpenError> {
    // Reads the header and the schema: cheap, and finds a file that is no database before anything is written.
    check(connection, path, "SELECT 'ok' FROM (SELECT COUNT(*) FROM sqlite_master)").await
}

async fn check(connection: &mut SqliteConnection, path: &Path, sql: &'static str) -> Result<(), OpenError> {
    let answer: String = sqlx::query(sql)
        .fetch_one(connection)
        .await
        .and_then(|row| row.try_get(0))
        .map_err(|error| open_error(path, error))?;
    if answer == "ok" { Ok(()) } else { Err(OpenError::Corrupt { path: path.to_owned(), detail: answer }) }
}

/// SQLite's codes for a damaged or foreign file: 11 SQLITE_CORRUPT, 26 SQLITE_NOTADB (low byte of extended codes).
fn open_error(path: &Path, source: sqlx::Error) -> OpenError {
    let code = source.as_database_error().and_then(|error| error.code()).and_then(|code| code.parse::<i64>().ok());
    match code.map(|code| code & 0xff) {
        Some(11 | 26) => OpenError::Corrupt { path: path.to_owned(), detail: source.to_string() },
        _ => OpenError::Database { path: path.to_owned(), source },
    }
}

/// The database holds password hashes and trunk passwords: only its owner reads it.
fn create_private(path: &Path) -> Result<(), OpenError> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .open(path)
        .map(drop)
        .map_err(|source| OpenError::Io { path: path.to_owned(), source })
}

/// Held by the kernel as long as the process lives, so that a crash leaves nothing to clean up.
fn lock(path: &Path) -> Result<std::fs::File, OpenError> {
    let lock_path = path.with_extension("lock");
    let io = |source| OpenError::Io { path: lock_path.clone(), source };
    let file = std::fs::OpenOptions::new().write(true).create(true).truncate(false).open(&lock_path).map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(OpenError::InUse { path: path.to_owned() }),
        Err(std::fs::TryLockError::Error(source)) => Err(io(source)),
    }
}
