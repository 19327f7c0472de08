//! Argon2id. Hashing is meant to be expensive, so only a few run at once, off the async threads. A user that does not
//! exist costs the same as a wrong password.

use super::error::Refused;
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// Shortest and longest password, in characters.
pub const LENGTH: std::ops::RangeInclusive<usize> = 10..=256;
const AT_ONCE: usize = 2;

pub struct Hashing {
    slots: Arc<Semaphore>,
}

impl Hashing {
    pub fn new() -> Self {
        Self { slots: Arc::new(Semaphore::new(AT_ONCE)) }
    }

    /// True when the password fits. Without a stored hash the same work is done for nothing.
    pub async fn verify(&self, password: String, stored: Option<String>) -> Result<bool, Refused> {
        self.run(move || {
            let known = stored.is_some();
            let hash = stored.unwrap_or_else(|| nobody().to_owned());
            let fits = PasswordHash::new(&hash)
                .is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok());
            Ok(fits && known)
        })
        .await
    }

    pub async fn hash(&self, password: String) -> Result<String, Refused> {
        self.run(move || hash(&password)).await
    }

    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, Refused> + Send + 'static,
    ) -> Result<T, Refused> {
        let slot = self.slots.clone().acquire_owned().await.map_err(Refused::internal)?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(slot);
            result
        });
        done.await.map_err(Refused::internal)?
    }
}

impl Default for Hashing {
    fn default() -> Self {
        Self::new()
    }
}

fn hash(password: &str) -> Result<String, Refused> {
    let hash = Argon2::default().hash_password(password.as_bytes()).map_err(Refused::internal)?;
    Ok(hash.to_string())
}

/// A hash that no password is known for.
fn nobody() -> &'static str {
    static NOBODY: OnceLock<String> = OnceLock::new();
    NOBODY.get_or_init(|| {
        let mut secret = [0; 32];
        let random = getrandom::fill(&mut secret).is_ok();
        let password = if random { hex::encode(secret) } else { String::new() };
        hash(&password).unwrap_or_default()
    })
}

pub fn check(password: &str) -> Result<(), Refused> {
    if LENGTH.contains(&password.chars().count()) {
        return Ok(());
    }
    Err(Refused::invalid("password", "The password has the wrong length.", "Use 10 to 256 characters."))
}
