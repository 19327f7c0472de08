//! What lets people and devices in: password hashes, tokens, paired devices. Secrets are kept as hashes made elsewhere.

use crate::{Store, StoreError};
use sqlx::{Row, sqlite::SqliteRow};
use twinline_model::{AgentId, DeviceId, Timestamp};

/// A bearer token as it is remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// SHA-256 of the token, hex.
    pub hash: String,
    pub agent: AgentId,
    /// `session` (sign-in) or `api` (made on the command line).
    pub kind: String,
    pub name: String,
    pub created: Timestamp,
    pub used: Timestamp,
    pub expires: Timestamp,
}

/// A paired endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    pub id: DeviceId,
    /// SHA-256 of the device's certificate, hex.
    pub fingerprint: String,
    pub agent: AgentId,
    pub name: String,
    pub platform: String,
    pub created: Timestamp,
    pub seen: Timestamp,
}

impl Store {
    pub async fn password_hash(&self, agent: AgentId) -> Result<Option<String>, StoreError> {
        let row = sqlx::query("SELECT hash FROM credentials WHERE agent = $1")
            .bind(agent.to_string())
            .fetch_optional(&self.readers)
            .await?;
        row.map(|row| row.try_get(0)).transpose().map_err(StoreError::from)
    }

    pub async fn set_password_hash(&self, agent: AgentId, hash: String) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(
                        "INSERT INTO credentials (agent, hash) VALUES ($1, $2) ON CONFLICT (agent) DO UPDATE SET hash = $2",
                    )
                    .bind(agent.to_string())
                    .bind(hash)
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn put_token(&self, token: Token) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM tokens WHERE expires < $1")
                        .bind(token.created.as_micros())
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query(
                        "INSERT INTO tokens (hash, agent, kind, name, created, used, expires)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)",
                    )
                    .bind(token.hash)
                    .bind(token.agent.to_string())
                    .bind(token.kind)
                    .bind(token.name)
                    .bind(token.created.as_micros())
                    .bind(token.used.as_micros())
                    .bind(token.expires.as_micros())
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn token(&self, hash: &str) -> Result<Option<Token>, StoreError> {
        let row = sqlx::query("SELECT hash, agent, kind, name, created, used, expires FROM tokens WHERE hash = $1")
            .bind(hash)
            .fetch_optional(&self.readers)
            .await?;
        row.as_ref().map(token_of).transpose()
    }

    pub async fn touch_token(&self, hash: &str, used: Timestamp, expires: Timestamp) -> Result<(), StoreError> {
        let hash = hash.to_owned();
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE tokens SET used = $2, expires = $3 WHERE hash = $1")
                        .bind(hash)
                        .bind(used.as_micros())
                        .bind(expires.as_micros())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn delete_token(&self, hash: &str) -> Result<(), StoreError> {
        let hash = hash.to_owned();
        self.delete_tokens("DELETE FROM tokens WHERE hash = $1", hash).await
    }

    /// Ends every sign-in of a person.
    pub async fn delete_tokens_of(&self, agent: AgentId) -> Result<(), StoreError> {
        self.delete_tokens("DELETE FROM tokens WHERE agent = $1", agent.to_string()).await
    }

    async fn delete_tokens(&self, sql: &'static str, key: String) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query(sql).bind(key).execute(connection).await?;
                    Ok(())
                })
            })
            .await
    }

    /// Remembers a pairing. The same certificate paired anew replaces its old row.
    pub async fn put_device(&self, device: Device) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("DELETE FROM devices WHERE fingerprint = $1 AND id <> $2")
                        .bind(&device.fingerprint)
                        .bind(device.id.to_string())
                        .execute(&mut *connection)
                        .await?;
                    sqlx::query(
                        "INSERT INTO devices (id, fingerprint, agent, name, platform, created, seen)
                         VALUES ($1, $2, $3, $4, $5, $6, $7)
                         ON CONFLICT (id) DO UPDATE SET fingerprint = $2, agent = $3, name = $4, platform = $5, seen = $7",
                    )
                    .bind(device.id.to_string())
                    .bind(device.fingerprint)
                    .bind(device.agent.to_string())
                    .bind(device.name)
                    .bind(device.platform)
                    .bind(device.created.as_micros())
                    .bind(device.seen.as_micros())
                    .execute(connection)
                    .await?;
                    Ok(())
                })
            })
            .await
    }

    pub async fn device_by_fingerprint(&self, fingerprint: &str) -> Result<Option<Device>, StoreError> {
        let row = sqlx::query(
            "SELECT id, fingerprint, agent, name, platform, created, seen FROM devices WHERE fingerprint = $1",
        )
        .bind(fingerprint)
        .fetch_optional(&self.readers)
        .await?;
        row.as_ref().map(device_of).transpose()
    }

    pub async fn devices(&self) -> Result<Vec<Device>, StoreError> {
        let rows = sqlx::query(
            "SELECT id, fingerprint, agent, name, platform, created, seen FROM devices ORDER BY name, id LIMIT 100000",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(device_of).collect()
    }

    pub async fn device_seen(&self, device: DeviceId, at: Timestamp) -> Result<(), StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    sqlx::query("UPDATE devices SET seen = $2 WHERE id = $1")
                        .bind(device.to_string())
                        .bind(at.as_micros())
                        .execute(connection)
                        .await?;
                    Ok(())
                })
            })
            .await
    }

    /// Forgets a pairing; true when there was one.
    pub async fn delete_device(&self, device: DeviceId) -> Result<bool, StoreError> {
        self.writer
            .write(move |connection| {
                Box::pin(async move {
                    let done = sqlx::query("DELETE FROM devices WHERE id = $1")
                        .bind(device.to_string())
                        .execute(connection)
                        .await?;
                    Ok(done.rows_affected() > 0)
                })
            })
            .await
    }
}

fn token_of(row: &SqliteRow) -> Result<Token, StoreError> {
    let agent: String = row.try_get(1)?;
    Ok(Token {
        hash: row.try_get(0)?,
        agent: agent.parse().map_err(|error| StoreError::damaged("token", error))?,
        kind: row.try_get(2)?,
        name: row.try_get(3)?,
        created: Timestamp::from_micros(row.try_get(4)?),
        used: Timestamp::from_micros(row.try_get(5)?),
        expires: Timestamp::from_micros(row.try_get(6)?),
    })
}

fn device_of(row: &SqliteRow) -> Result<Device, StoreError> {
    let id: String = row.try_get(0)?;
    let agent: String = row.try_get(2)?;
    Ok(Device {
        id: id.parse().map_err(|error| StoreError::damaged("device", error))?,
        fingerprint: row.try_get(1)?,
        agent: agent.parse().map_err(|error| StoreError::damaged("device", error))?,
        name: row.try_get(3)?,
        platform: row.try_get(4)?,
        created: Timestamp::from_micros(row.try_get(5)?),
        seen: Timestamp::from_micros(row.try_get(6)?),
    })
}
