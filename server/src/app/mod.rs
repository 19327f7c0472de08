//! What may be asked, and by whom: rules, permissions and audit, without a word of transport. Handlers and the command
//! line call in here.

pub mod access;
pub mod actor;
pub mod contacts;
pub mod demo;
pub mod devices;
pub mod error;
pub mod flows;
pub mod hours;
pub mod instance;
pub mod nouns;
pub mod numbers;
pub mod passwords;
pub mod prompts;
pub mod queues;
pub mod quick_connects;
pub mod recordings;
pub mod routing_profiles;
pub mod settings;
pub mod statuses;
pub mod timeline;
pub mod trunks;
pub mod users;

use crate::{clock::Clock, config::Config, switchboard::port::Switchboard};
use actor::Actor;
use error::Refused;
use std::sync::{Arc, PoisonError, RwLock};
use tokio::sync::{Mutex, broadcast, watch};
use twinline_model::{AgentId, Centre};
use twinline_store::{AuditEntry, Store};

/// The server as its clients ask it.
pub struct App {
    pub store: Store,
    pub switchboard: Switchboard,
    pub clock: Clock,
    pub config: Arc<Config>,
    centre: RwLock<Arc<Centre>>,
    /// Held while the configuration is changed: checks and change are one.
    changing: Mutex<()>,
    attempts: access::Attempts,
    hashing: passwords::Hashing,
    /// Whose sign-ins have ended just now; sockets listen.
    ended: broadcast::Sender<AgentId>,
    /// The history as it grows, fed by `jobs::relay`.
    pub history: broadcast::Sender<Arc<crate::jobs::relay::Happened>>,
    /// True once the server is going down.
    pub closing: watch::Sender<bool>,
    pub ccp: crate::http::ccp::Links,
    pub answered: crate::http::idempotency::Answered,
}

impl App {
    pub fn new(store: Store, switchboard: Switchboard, clock: Clock, config: Arc<Config>, centre: Arc<Centre>) -> Self {
        Self {
            store,
            switchboard,
            clock,
            config,
            centre: RwLock::new(centre),
            changing: Mutex::new(()),
            attempts: access::Attempts::default(),
            hashing: passwords::Hashing::new(),
            ended: broadcast::Sender::new(64),
            history: broadcast::Sender::new(1_024),
            closing: watch::Sender::new(false),
            ccp: crate::http::ccp::Links::default(),
            answered: crate::http::idempotency::Answered::default(),
        }
    }

    pub fn centre(&self) -> Arc<Centre> {
        self.centre.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Makes a changed configuration the one that calls are decided by.
    async fn take_over(&self, centre: Centre) {
        let centre = Arc::new(centre);
        *self.centre.write().unwrap_or_else(PoisonError::into_inner) = centre.clone();
        self.switchboard.configure(centre).await;
    }

    /// An audit entry of now. `before` and `after` must hold no secrets: they are views.
    fn entry(
        &self,
        actor: &Actor,
        action: impl Into<String>,
        target: impl Into<String>,
        before: Option<serde_json::Value>,
        after: Option<serde_json::Value>,
    ) -> AuditEntry {
        AuditEntry {
            seq: 0,
            at: self.clock.now().as_micros(),
            actor: actor.username.clone(),
            action: action.into(),
            target: target.into(),
            before: before.map(|value| value.to_string()),
            after: after.map(|value| value.to_string()),
        }
    }

    /// The audit, newest first.
    pub async fn audit(&self, before: Option<u64>, limit: u32) -> Result<Vec<AuditEntry>, Refused> {
        Ok(self.store.audit(before, limit).await?)
    }
}

/// 128 fresh random bits.
pub fn random_bits() -> Result<u128, Refused> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| Refused::internal("no randomness"))?;
    Ok(u128::from_be_bytes(bytes))
}
