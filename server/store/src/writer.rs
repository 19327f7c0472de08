//! The one task that writes. Journal batches that wait while a transaction is under way are committed together: one
//! fsync for all of them.

use crate::error::{CommitError, StoreError};
use futures_util::future::BoxFuture;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};
use tokio::sync::{mpsc, oneshot, watch};
use twinline_model::{AgentId, ContactId, ContactRecord, Occurrence};

/// What one drain of the floor leaves in the journal.
#[derive(Clone, Debug, Default)]
pub struct Batch {
    pub events: Vec<Occurrence>,
    /// State to restore from; `None`: the contact is over.
    pub contacts: Vec<(ContactId, Option<String>)>,
    pub agents: Vec<(AgentId, String)>,
    pub records: Vec<ContactRecord>,
}

impl Batch {
    pub fn is_empty(&self) -> bool {
        self.events.is_empty() && self.contacts.is_empty() && self.agents.is_empty() && self.records.is_empty()
    }
}

/// Writes waiting at most; more wait outside, in their callers.
const QUEUE: usize = 1_024;
/// Batches committed together at most.
const GROUP: usize = 512;
/// Rows of one INSERT, largest first: few statements, few compiled forms.
const ROWS: [usize; 3] = [64, 8, 1];

pub(crate) type Write = Box<dyn for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, ()> + Send>;

enum Job {
    Commit(Batch, oneshot::Sender<Result<u64, CommitError>>),
    Write(Write),
}

#[derive(Clone)]
pub(crate) struct Writer {
    jobs: mpsc::Sender<Job>,
    committed: watch::Receiver<u64>,
    transactions: Arc<AtomicU64>,
}

impl Writer {
    /// `seq` is the number of the last event in the database. `_lock` is held as long as the task lives.
    pub(crate) fn start(connection: SqliteConnection, seq: u64, lock: Option<std::fs::File>) -> Self {
        let (jobs, inbox) = mpsc::channel(QUEUE);
        let (tell, committed) = watch::channel(seq);
        let transactions = Arc::new(AtomicU64::new(0));
        let task =
            Task { connection, seq, tell, transactions: transactions.clone(), sql: EventSql::new(), _lock: lock };
        tokio::spawn(task.run(inbox));
        Self { jobs, committed, transactions }
    }

    pub(crate) async fn commit(&self, batch: Batch) -> Result<u64, CommitError> {
        let (answer, heard) = oneshot::channel();
        self.jobs.send(Job::Commit(batch, answer)).await.map_err(|_| CommitError::Closed)?;
        heard.await.map_err(|_| CommitError::Closed)?
    }

    /// Runs a write of its own transaction in turn.
    pub(crate) async fn write<T, F>(&self, run: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>> + Send + 'static,
    {
        let (answer, heard) = oneshot::channel();
        let job: Write = Box::new(move |connection| {
            Box::pin(async move {
                let result = in_transaction(connection, run).await;
                // Nobody waits any more: the write is done all the same.
                let _ = answer.send(result);
            })
        });
        self.jobs.send(Job::Write(job)).await.map_err(|_| StoreError::Closed)?;
        heard.await.map_err(|_| StoreError::Closed)?
    }

    pub(crate) fn committed(&self) -> watch::Receiver<u64> {
        self.committed.clone()
    }

    pub(crate) fn transactions(&self) -> u64 {
        self.transactions.load(Ordering::Relaxed)
    }
}

async fn in_transaction<T, F>(connection: &mut SqliteConnection, run: F) -> Result<T, StoreError>
where
    F: for<'c> FnOnce(&'c mut SqliteConnection) -> BoxFuture<'c, Result<T, StoreError>>,
{
    let mut transaction = connection.begin().await?;
    let value = run(&mut transaction).await?;
    transaction.commit().await?;
    Ok(value)
}

struct Task {
    connection: SqliteConnection,
    seq: u64,
    tell: watch::Sender<u64>,
    transactions: Arc<AtomicU64>,
    sql: EventSql,
    _lock: Option<std::fs::File>,
}

impl Task {
    async fn run(mut self, mut inbox: mpsc::Receiver<Job>) {
        while let Some(job) = inbox.recv().await {
            let mut next = Some(job);
            let mut group = Vec::new();
            while let Some(job) = next.take() {
                match job {
                    Job::Commit(batch, answer) => {
                        group.push((batch, answer));
                        if group.len() < GROUP {
                            next = inbox.try_recv().ok();
                        }
                    }
                    Job::Write(write) => {
                        // What was asked before is done before.
                        self.commit(std::mem::take(&mut group)).await;
                        write(&mut self.connection).await;
                    }
                }
            }
            self.commit(group).await;
        }
        // Everything acknowledged is in the log already; this only folds it into the main file.
        if let Err(error) = self.connection.close().await {
            tracing::debug!(%error, "closing the database");
        }
    }

    async fn commit(&mut self, group: Vec<(Batch, oneshot::Sender<Result<u64, CommitError>>)>) {
        if group.is_empty() {
            return;
        }
        let (batches, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
        let result = write_group(&mut self.connection, &self.sql, self.seq, &batches).await;
        self.transactions.fetch_add(1, Ordering::Relaxed);
        match result {
            Ok(()) => {
                for (batch, answer) in batches.iter().zip(answers) {
                    self.seq += batch.events.len() as u64;
                    let _ = answer.send(Ok(self.seq));
                }
                self.tell.send_replace(self.seq);
            }
            Err(error) => {
                tracing::error!(%error, batches = batches.len(), "journal write failed");
                for answer in answers {
                    let _ = answer.send(Err(CommitError::Database(error.to_string())));
                }
            }
        }
    }
}

async fn write_group(
    connection: &mut SqliteConnection,
    sql: &EventSql,
    seq: u64,
    batches: &[Batch],
) -> Result<(), sqlx::Error> {
    let mut transaction = connection.begin().await?;
    let events: Vec<&Occurrence> = batches.iter().flat_map(|batch| &batch.events).collect();
    write_events(&mut transaction, sql, seq, &events).await?;
    // Only the last word on each contact and agent matters.
    let mut contacts: HashMap<ContactId, &Option<String>> = HashMap::new();
    let mut agents: HashMap<AgentId, &String> = HashMap::new();
    for batch in batches {
        contacts.extend(batch.contacts.iter().map(|(id, state)| (*id, state)));
        agents.extend(batch.agents.iter().map(|(id, state)| (*id, state)));
    }
    for (id, state) in contacts {
        write_contact_state(&mut transaction, id, state.as_deref()).await?;
    }
    for (id, state) in agents {
        sqlx::query("INSERT INTO agent_state (id, state) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET state = $2")
            .bind(id.to_string())
            .bind(state)
            .execute(&mut *transaction)
            .await?;
    }
    for record in batches.iter().flat_map(|batch| &batch.records) {
        crate::contacts::write_record(&mut transaction, record).await?;
    }
    transaction.commit().await
}

async fn write_contact_state(
    connection: &mut SqliteConnection,
    id: ContactId,
    state: Option<&str>,
) -> Result<(), sqlx::Error> {
    let id = id.to_string();
    match state {
        Some(state) => {
            sqlx::query(
                "INSERT INTO contact_state (id, state) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET state = $2",
            )
            .bind(id)
            .bind(state)
            .execute(connection)
            .await?
        }
        None => sqlx::query("DELETE FROM contact_state WHERE id = $1").bind(id).execute(connection).await?,
    };
    Ok(())
}

/// The INSERT for each size of [`ROWS`].
struct EventSql([Arc<str>; 3]);

impl EventSql {
    fn new() -> Self {
        Self(ROWS.map(|rows| {
            let values = vec!["(?, ?, ?, ?, ?, ?)"; rows].join(", ");
            format!("INSERT INTO events (seq, id, at, contact, agent, json) VALUES {values}").into()
        }))
    }
}

async fn write_events(
    connection: &mut SqliteConnection,
    sql: &EventSql,
    mut seq: u64,
    mut events: &[&Occurrence],
) -> Result<(), sqlx::Error> {
    for (rows, sql) in ROWS.iter().zip(&sql.0) {
        while events.len() >= *rows {
            let (now, later) = events.split_at(*rows);
            let mut query = sqlx::query(AssertSqlSafe(sql.clone()));
            for occurrence in now {
                seq += 1;
                let json = serde_json::to_string(occurrence).map_err(|error| sqlx::Error::Encode(error.into()))?;
                query = query
                    .bind(i64::try_from(seq).unwrap_or(i64::MAX))
                    .bind(occurrence.id.to_string())
                    .bind(occurrence.at.as_micros())
                    .bind(occurrence.event.contact().map(|id| id.to_string()))
                    .bind(occurrence.event.agent().map(|id| id.to_string()))
                    .bind(json);
            }
            query.execute(&mut *connection).await?;
            events = later;
        }
    }
    Ok(())
}
