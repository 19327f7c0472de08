//! Configuration: every queue, flow, number, user … is one row with a version that edits must name.

use crate::{AuditEntry, Store, StoreError, audit};
use serde::{Serialize, de::DeserializeOwned};
use sqlx::{Row, SqliteConnection};
use std::{collections::BTreeMap, fmt::Display, str::FromStr};
use twinline_model::*;

/// A kind of configuration row.
pub trait Noun: Clone + Serialize + DeserializeOwned + Send + Sync + 'static {
    type Id: Copy + Ord + Display + FromStr<Err: Display> + Send + Sync + 'static;
    /// Key of the kind in the database and in audit actions.
    const KIND: &'static str;
    fn id(&self) -> Self::Id;
    /// Unique within the kind.
    fn name(&self) -> &str;
    /// Where the centre keeps this kind.
    fn among(centre: &Centre) -> &BTreeMap<Self::Id, Self>;
    fn among_mut(centre: &mut Centre) -> &mut BTreeMap<Self::Id, Self>;
}

macro_rules! nouns {
    ($($type:ty, $id:ty, $kind:literal, $name:ident, $map:ident;)*) => {$(
        impl Noun for $type {
            type Id = $id;
            const KIND: &'static str = $kind;
            fn id(&self) -> $id { self.id }
            fn name(&self) -> &str { &self.$name }
            fn among(centre: &Centre) -> &BTreeMap<$id, Self> { &centre.$map }
            fn among_mut(centre: &mut Centre) -> &mut BTreeMap<$id, Self> { &mut centre.$map }
        }
    )*
        async fn load_all(connection: &mut SqliteConnection, centre: &mut Centre) -> Result<(), StoreError> {
            $(load::<$type>(connection, centre).await?;)*
            Ok(())
        }
    };
}

nouns! {
    Agent, AgentId, "user", username, agents;
    AgentStatus, AgentStatusId, "status", name, statuses;
    Queue, QueueId, "queue", name, queues;
    Hours, HoursId, "hours", name, hours;
    RoutingProfile, RoutingProfileId, "routing_profile", name, routing_profiles;
    Flow, FlowId, "flow", name, flows;
    Prompt, PromptId, "prompt", name, prompts;
    Number, NumberId, "number", number, numbers;
    QuickConnect, QuickConnectId, "quick_connect", name, quick_connects;
    Trunk, TrunkId, "trunk", name, trunks;
}

/// What belongs to the whole centre and to no noun.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, serde::Deserialize)]
pub struct CentreSettings {
    #[serde(default)]
    pub dispositions: Vec<String>,
    #[serde(default)]
    pub default_queue_flow: Option<FlowId>,
    #[serde(default)]
    pub default_hold_flow: Option<FlowId>,
}

const INSTANCE: &str = "instance";
const SETTINGS: &str = "settings";

impl Store {
    /// The whole configuration; `None` when no instance was ever made.
    pub async fn load_centre(&self) -> Result<Option<Centre>, StoreError> {
        let mut connection = self.readers.acquire().await?;
        // One transaction, so that a change made meanwhile is seen whole or not at all.
        let mut transaction = sqlx::Connection::begin(&mut *connection).await?;
        let Some(instance) = meta::<Instance>(&mut transaction, INSTANCE).await? else { return Ok(None) };
        let mut centre = Centre::empty(instance);
        let settings = meta::<CentreSettings>(&mut transaction, SETTINGS).await?.unwrap_or_default();
        centre.dispositions = settings.dispositions;
        centre.default_queue_flow = settings.default_queue_flow;
        centre.default_hold_flow = settings.default_hold_flow;
        load_all(&mut transaction, &mut centre).await?;
        transaction.rollback().await?;
        Ok(Some(centre))
    }

    pub async fn put_instance(&self, instance: Instance) -> Result<(), StoreError> {
        self.put_meta(INSTANCE, &instance).await
    }

    pub async fn put_settings(&self, settings: CentreSettings) -> Result<(), StoreError> {
        self.put_meta(SETTINGS, &settings).await
    }

    /// Version of each row of a kind.
    pub async fn versions<N: Noun>(&self) -> Result<BTreeMap<N::Id, u64>, StoreError> {
        let rows =
            sqlx::query("SELECT id, version FROM nouns WHERE kind = $1").bind(N::KIND).fetch_all(&self.readers).await?;
        rows.iter()
            .map(|row| {
                let id: String = row.try_get(0)?;
                let id = id.parse::<N::Id>().map_err(|error| StoreError::damaged(N::KIND, error))?;
                Ok((id, version_of(row.try_get(1)?)))
            })
            .collect()
    }

    pub async fn version<N: Noun>(&self, id: N::Id) -> Result<u64, StoreError> {
        let row = sqlx::query("SELECT version FROM nouns WHERE kind = $1 AND id = $2")
            .bind(N::KIND)
            .bind(id.to_string())
            .fetch_one(&self.readers)
            .await?;
        Ok(version_of(row.try_get(0)?))
    }

    /// Adds the row (`expected` `None`) or replaces the named version of it, with the audit entry in one transaction.
    /// Returns the new version.
    pub async fn put<N: Noun>(
        &self,
        noun: &N,
        expected: Option<u64>,
        entry: Option<AuditEntry>,
    ) -> Result<u64, StoreError> {
        let (id, name) = (noun.id().to_string(), noun.name().to_owned());
        let json = serde_json::to_string(noun).map_err(|error| StoreError::damaged(N::KIND, error))?;
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let version = match expected {
                        None => insert(connection, N::KIND, &id, &name, &json).await?,
                        Some(version) => update(connection, N::KIND, &id, &name, &json, version).await?,
                    };
                    if let Some(entry) = entry {
                        audit::append(connection, &entry).await?;
                    }
                    Ok(version)
                })
            })
            .await
    }

    /// Deletes the named version (`None`: whichever there is), with the audit entry in one transaction.
    pub async fn delete<N: Noun>(
        &self,
        id: N::Id,
        expected: Option<u64>,
        entry: Option<AuditEntry>,
    ) -> Result<(), StoreError> {
        let id = id.to_string();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let current = current_version(connection, N::KIND, &id).await?;
                    if expected.is_some_and(|version| version != current) {
                        return Err(StoreError::VersionMismatch { current });
                    }
                    sqlx::query("DELETE FROM nouns WHERE kind = $1 AND id = $2")
                        .bind(N::KIND)
                        .bind(&id)
                        .execute(&mut *connection)
                        .await?;
                    if N::KIND == <Agent as Noun>::KIND {
                        forget_person(connection, &id).await?;
                    }
                    if let Some(entry) = entry {
                        audit::append(connection, &entry).await?;
                    }
                    Ok(())
                })
            })
            .await
    }

    async fn put_meta<T: Serialize>(&self, key: &'static str, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_string(value).map_err(|error| StoreError::damaged(key, error))?;
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO meta (key, value) VALUES ($1, $2) ON CONFLICT (key) DO UPDATE SET value = $2",
                    )
                    .bind(key)
                    .bind(json)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }
}

async fn meta<T: DeserializeOwned>(
    connection: &mut SqliteConnection,
    key: &'static str,
) -> Result<Option<T>, StoreError> {
    let row = sqlx::query("SELECT value FROM meta WHERE key = $1").bind(key).fetch_optional(connection).await?;
    let Some(row) = row else { return Ok(None) };
    let json: &str = row.try_get(0)?;
    serde_json::from_str(json).map(Some).map_err(|error| StoreError::damaged(key, error))
}

async fn load<N: Noun>(connection: &mut SqliteConnection, centre: &mut Centre) -> Result<(), StoreError> {
    let rows = sqlx::query("SELECT json FROM nouns WHERE kind = $1").bind(N::KIND).fetch_all(connection).await?;
    for row in &rows {
        let json: &str = row.try_get(0)?;
        let noun: N = serde_json::from_str(json).map_err(|error| StoreError::damaged(N::KIND, error))?;
        N::among_mut(centre).insert(noun.id(), noun);
    }
    Ok(())
}

async fn insert(
    connection: &mut SqliteConnection,
    kind: &str,
    id: &str,
    name: &str,
    json: &str,
) -> Result<u64, StoreError> {
    sqlx::query("INSERT INTO nouns (kind, id, name, json, version) VALUES ($1, $2, $3, $4, 1)")
        .bind(kind)
        .bind(id)
        .bind(name)
        .bind(json)
        .execute(connection)
        .await?;
    Ok(1)
}

async fn update(
    connection: &mut SqliteConnection,
    kind: &str,
    id: &str,
    name: &str,
    json: &str,
    expected: u64,
) -> Result<u64, StoreError> {
    let current = current_version(connection, kind, id).await?;
    if current != expected {
        return Err(StoreError::VersionMismatch { current });
    }
    sqlx::query("UPDATE nouns SET name = $3, json = $4, version = version + 1 WHERE kind = $1 AND id = $2")
        .bind(kind)
        .bind(id)
        .bind(name)
        .bind(json)
        .execute(connection)
        .await?;
    Ok(current + 1)
}

async fn current_version(connection: &mut SqliteConnection, kind: &str, id: &str) -> Result<u64, StoreError> {
    let row = sqlx::query("SELECT version FROM nouns WHERE kind = $1 AND id = $2")
        .bind(kind)
        .bind(id)
        .fetch_one(connection)
        .await?;
    Ok(version_of(row.try_get(0)?))
}

/// A person who is gone opens no door any more.
async fn forget_person(connection: &mut SqliteConnection, agent: &str) -> Result<(), StoreError> {
    for sql in [
        "DELETE FROM credentials WHERE agent = $1",
        "DELETE FROM tokens WHERE agent = $1",
        "DELETE FROM devices WHERE agent = $1",
        "DELETE FROM agent_state WHERE id = $1",
    ] {
        sqlx::query(sql).bind(agent).execute(&mut *connection).await?;
    }
    Ok(())
}

fn version_of(version: i64) -> u64 {
    u64::try_from(version).unwrap_or(0)
}
