//! Sign-in, tokens, and the brake on guessing.
//!
//! A token is 256 random bits; only its SHA-256 is stored. It ends when it was unused for `http.session_hours`. A wrong
//! user and a wrong password are answered alike, in words and in time.

use super::{App, actor::Actor, error::*, passwords};
use sha2::{Digest, Sha256};
use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::broadcast;
use twinline_model::{AgentId, Refusal, Timestamp};
use twinline_store::Token;

/// A sign-in just made. The token is shown once and never stored.
pub struct SignedIn {
    pub token: String,
    pub actor: Actor,
}

/// How often the end of a token in use is moved on, at most.
const RENEW_EVERY: Duration = Duration::from_secs(300);

impl App {
    pub async fn sign_in(&self, username: &str, password: &str, from: IpAddr) -> Result<SignedIn, Refused> {
        let now = self.clock.now();
        self.attempts.check(username, from, now)?;
        let centre = self.centre();
        let agent = centre.agent_named(username);
        // Also looked for where there is nobody, so that both take the same way.
        let stored = self.store.password_hash(agent.map_or(AgentId::from_bits(0), |agent| agent.id)).await?;
        // A password nobody can have is not hashed: its length is the sender's choice.
        let fits = password.chars().count() <= *passwords::LENGTH.end()
            && self.hashing.verify(password.to_owned(), stored).await?;
        match agent {
            Some(agent) if fits => {
                self.attempts.forget(username);
                metrics::counter!("twinline_sign_ins_total", "outcome" => "ok").increment(1);
                let expires = now + self.session_length();
                let token = self.make_token(agent.id, "session", "", expires).await?;
                let hash = token_hash(&token);
                Ok(SignedIn { token, actor: Actor::of(agent, hash, expires) })
            }
            _ => {
                self.attempts.failed(username, from, now);
                metrics::counter!("twinline_sign_ins_total", "outcome" => "refused").increment(1);
                let refusal = Refusal::new("wrong_credentials", "The username or the password is wrong.");
                Err(Refused::new(
                    Kind::NotSignedIn,
                    refusal.remedy("Check both; an administrator can set a new password."),
                ))
            }
        }
    }

    /// Who holds this token. Use moves its end on.
    pub async fn actor(&self, token: &str) -> Result<Actor, Refused> {
        self.actor_by_hash(&token_hash(token)).await
    }

    pub async fn actor_by_hash(&self, hash: &str) -> Result<Actor, Refused> {
        let now = self.clock.now();
        let stored = self.store.token(hash).await?.filter(|stored| stored.expires > now);
        let Some(mut stored) = stored else { return Err(Refused::not_signed_in()) };
        if stored.kind == "session" && now.since(stored.used) > RENEW_EVERY {
            stored.expires = now + self.session_length();
            self.store.touch_token(hash, now, stored.expires).await?;
        }
        let centre = self.centre();
        let agent = centre.agents.get(&stored.agent).ok_or_else(Refused::not_signed_in)?;
        Ok(Actor::of(agent, stored.hash, stored.expires))
    }

    pub async fn sign_out(&self, actor: &Actor) -> Result<(), Refused> {
        self.store.delete_token(&actor.token).await?;
        self.ended.send(actor.agent).ok();
        Ok(())
    }

    /// Ends all sign-ins of a person: the password changed, or the person is gone.
    pub(super) async fn end_sign_ins(&self, agent: AgentId) -> Result<(), Refused> {
        self.store.delete_tokens_of(agent).await?;
        self.ended.send(agent).ok();
        Ok(())
    }

    /// Tells whose sign-ins have ended.
    pub fn sign_ins_ended(&self) -> broadcast::Receiver<AgentId> {
        self.ended.subscribe()
    }

    pub async fn make_token(
        &self,
        agent: AgentId,
        kind: &str,
        name: &str,
        expires: Timestamp,
    ) -> Result<String, Refused> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes).map_err(|_| Refused::internal("no randomness"))?;
        let token = hex::encode(bytes);
        let now = self.clock.now();
        let stored = Token {
            hash: token_hash(&token),
            agent,
            kind: kind.to_owned(),
            name: name.to_owned(),
            created: now,
            used: now,
            expires,
        };
        self.store.put_token(stored).await?;
        Ok(token)
    }

    fn session_length(&self) -> Duration {
        Duration::from_secs(u64::from(self.config.http.session_hours) * 3_600)
    }
}

pub fn token_hash(token: &str) -> String {
    hex::encode(Sha256::digest(token.as_bytes()))
}

/// Failures of late, by account and by source. After [`FREE`] the next attempt must wait, twice as long each time.
#[derive(Default)]
pub struct Attempts {
    failures: Mutex<HashMap<Suspect, Failures>>,
}

#[derive(Clone, PartialEq, Eq, Hash)]
enum Suspect {
    Account(String),
    Source(IpAddr),
}

#[derive(Clone, Copy)]
struct Failures {
    count: u32,
    last: Timestamp,
}

/// Failures without consequence.
const FREE: u32 = 5;
/// A whole office may share one source.
const FREE_FROM_SOURCE: u32 = 25;
const LONGEST: Duration = Duration::from_secs(900);
/// Quiet after which failures are forgotten. Longer than the longest wait: who waits that out and guesses wrongly again
/// waits as long again, instead of starting anew.
const FORGOTTEN: Duration = Duration::from_secs(1_800);
/// Suspects remembered at most; the oldest are forgotten first.
const SUSPECTS: usize = 10_000;

impl Attempts {
    fn check(&self, username: &str, from: IpAddr, now: Timestamp) -> Result<(), Refused> {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        let suspects = [(Suspect::Account(username.to_owned()), FREE), (Suspect::Source(from), FREE_FROM_SOURCE)];
        let wait = suspects
            .iter()
            .filter_map(|(suspect, free)| failures.get(suspect).map(|failures| failures.wait(*free, now)))
            .max()
            .unwrap_or_default();
        if wait.is_zero() {
            return Ok(());
        }
        let retry_s = wait.as_secs() + 1;
        let refusal = Refusal::new("too_many_attempts", "Too many wrong attempts.");
        Err(Refused::new(Kind::TooMany { retry_s }, refusal.remedy(format!("Wait {retry_s} s and try again."))))
    }

    fn failed(&self, username: &str, from: IpAddr, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.len() >= SUSPECTS {
            failures.retain(|_, failures| now.since(failures.last) < FORGOTTEN);
        }
        if failures.len() >= SUSPECTS {
            // A flood of names from many places: the brake on sources and known names starts anew, memory does not grow.
            failures.clear();
        }
        // A name as long as a book is remembered by its start.
        let account = Suspect::Account(username.chars().take(64).collect());
        for suspect in [account, Suspect::Source(from)] {
            let entry = failures.entry(suspect).or_insert(Failures { count: 0, last: now });
            if now.since(entry.last) > FORGOTTEN {
                entry.count = 0;
            }
            entry.count = entry.count.saturating_add(1);
            entry.last = now;
        }
    }

    fn forget(&self, username: &str) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.remove(&Suspect::Account(username.to_owned()));
    }
}

impl Failures {
    /// How much longer the next attempt must wait.
    fn wait(&self, free: u32, now: Timestamp) -> Duration {
        let Some(over) = self.count.checked_sub(free) else { return Duration::ZERO };
        let penalty = Duration::from_secs(1 << over.min(10)).min(LONGEST);
        penalty.saturating_sub(now.since(self.last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn guessing_gets_slower_and_slower_up_to_a_quarter_of_an_hour_a_guess() {
        let attempts = Attempts::default();
        let from = IpAddr::from([192, 0, 2, 1]);
        let mut now = Timestamp::from_secs(1_000);
        for _ in 0..FREE {
            attempts.check("kim", from, now).unwrap();
            attempts.failed("kim", from, now);
        }
        let mut waited = 0;
        for _ in 0..20 {
            if let Err(refused) = attempts.check("kim", from, now) {
                let Kind::TooMany { retry_s } = refused.kind else { panic!("{refused}") };
                now = now + Duration::from_secs(retry_s);
                waited += retry_s;
            }
            attempts.check("kim", from, now).unwrap();
            attempts.failed("kim", from, now);
        }
        assert!(waited > 5_000, "20 more guesses took {waited} s");
        assert!(attempts.check("lee", IpAddr::from([192, 0, 2, 2]), now).is_ok(), "others are not touched");
        attempts.check("kim", from, now + Duration::from_secs(901)).unwrap();
    }

    #[test]
    fn half_an_hour_of_quiet_is_a_fresh_start() {
        let attempts = Attempts::default();
        let from = IpAddr::from([192, 0, 2, 1]);
        for second in 0..20 {
            attempts.failed("kim", from, Timestamp::from_secs(1_000 + second));
        }
        let later = Timestamp::from_secs(1_020) + FORGOTTEN;
        attempts.failed("kim", from, later);
        attempts.check("kim", from, later).unwrap();
    }

    #[test]
    fn a_flood_of_names_does_not_grow_without_bound() {
        let attempts = Attempts::default();
        for n in 0..30_000u32 {
            attempts.failed(&format!("user{n}"), IpAddr::from(n.to_be_bytes()), Timestamp::from_secs(1));
        }
        assert!(attempts.failures.lock().unwrap().len() <= SUSPECTS + 2);
    }
}
