//! Digest on both sides: our challenges without kept state, and answers to the peer's (RFC 3261 §22, RFC 8760).

use crate::random::Random;
use crate::wire::{Algorithm, Challenge, DigestResponse, Qop};
use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How long a nonce of ours is good.
const NONCE_LIFE: Duration = Duration::from_secs(300);
/// Nonces whose count is remembered, and sources whose failures are; the oldest make room.
const MAX_REMEMBERED: usize = 4_096;
/// Wrong sign-ins of one source before it has to wait.
const MAX_FAILURES: u32 = 10;
const BAN: Duration = Duration::from_secs(60);

/// What became of a sign-in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The credentials at this place in the list are the caller's.
    Accepted(usize),
    /// Nothing (or nothing for us) was shown: challenge.
    Nothing,
    /// Right password, but the nonce is old, foreign or was used with this count: challenge with `stale=true`.
    Stale,
    /// Wrong user or wrong password; they look alike to the caller.
    Wrong,
}

/// Makes and checks challenges. A nonce carries its time and a keyed hash, so that asking costs us no memory; only
/// nonces that were answered rightly are remembered, with the highest count seen.
pub struct Guard {
    key: [u8; 32],
    realm: String,
    /// Offered in this order; answers by others are not looked at.
    algorithms: Vec<Algorithm>,
    epoch: Instant,
    counts: HashMap<String, u32>,
    order: BTreeMap<u64, String>,
    failures: HashMap<IpAddr, (u32, Instant)>,
    serial: u64,
    challenged: u64,
}

impl Guard {
    pub fn new(realm: String, algorithms: Vec<Algorithm>, epoch: Instant, key: [u8; 32]) -> Self {
        let (counts, order, failures) = Default::default();
        Self { key, realm, algorithms, epoch, counts, order, failures, serial: 0, challenged: 0 }
    }

    /// RFC 8760 §2.2: one challenge per algorithm, the preferred first.
    pub fn challenges(&mut self, now: Instant, source: IpAddr, stale: bool) -> Vec<Challenge> {
        // Each challenge has a nonce of its own: calls that start together all count from 1.
        self.challenged += 1;
        let nonce = self.nonce(now.saturating_duration_since(self.epoch).as_secs(), self.challenged, source);
        let challenge = |algorithm: &Algorithm| Challenge {
            realm: self.realm.clone(),
            nonce: nonce.clone(),
            opaque: None,
            algorithm: *algorithm,
            qop: Some(Qop::Auth),
            stale,
        };
        self.algorithms.iter().map(challenge).collect()
    }

    /// `users`: name and password of everyone who may sign in. `method` as in the request line.
    pub fn check<'a>(
        &mut self,
        now: Instant,
        source: IpAddr,
        answers: impl Iterator<Item = &'a [u8]>,
        users: &[(&str, &str)],
        method: &str,
        body: &[u8],
    ) -> Verdict {
        let Some(answer) = answers.filter_map(DigestResponse::parse).find(|answer| self.is_for_us(answer)) else {
            return Verdict::Nothing;
        };
        let found = users.iter().position(|(name, _)| *name == answer.username);
        // An unknown user costs the same work, so that time tells nothing.
        let password = found.map_or("", |at| users[at].1);
        let right = same(answer.expected(password, method, body).as_bytes(), answer.response.as_bytes());
        let Some(at) = found.filter(|_| right) else { return self.failed(now, source) };
        if !self.fresh(now, source, &answer.nonce) {
            return Verdict::Stale;
        }
        // Without qop there is no count: each nonce is good once.
        let count = answer.qop.as_ref().map_or(u32::MAX, |(_, count, _)| *count);
        if !self.count(&answer.nonce, count) {
            return Verdict::Stale;
        }
        self.failures.remove(&source);
        Verdict::Accepted(at)
    }

    fn is_for_us(&self, answer: &DigestResponse) -> bool {
        answer.realm == self.realm && self.algorithms.contains(&answer.algorithm)
    }

    pub fn banned(&self, now: Instant, source: IpAddr) -> bool {
        self.failures.get(&source).is_some_and(|(n, at)| *n >= MAX_FAILURES && now.saturating_duration_since(*at) < BAN)
    }

    fn failed(&mut self, now: Instant, source: IpAddr) -> Verdict {
        if self.failures.len() >= MAX_REMEMBERED && !self.failures.contains_key(&source) {
            self.failures.retain(|_, (_, at)| now.saturating_duration_since(*at) < BAN);
            if self.failures.len() >= MAX_REMEMBERED {
                return Verdict::Wrong;
            }
        }
        let entry = self.failures.entry(source).or_insert((0, now));
        if now.saturating_duration_since(entry.1) >= BAN {
            entry.0 = 0;
        }
        *entry = (entry.0 + 1, now);
        Verdict::Wrong
    }

    fn nonce(&self, seconds: u64, serial: u64, source: IpAddr) -> String {
        let mut data = [seconds.to_be_bytes(), serial.to_be_bytes()].concat();
        let mac = hmac(&self.key, &[&data, source.to_string().as_bytes()]);
        data.extend_from_slice(&mac[..16]);
        hex::encode(data)
    }

    fn fresh(&self, now: Instant, source: IpAddr, nonce: &str) -> bool {
        let part = |range| nonce.get(range).and_then(|text| u64::from_str_radix(text, 16).ok());
        let (Some(seconds), Some(serial)) = (part(0..16), part(16..32)) else { return false };
        let age = now.saturating_duration_since(self.epoch).as_secs().checked_sub(seconds);
        age.is_some_and(|age| age <= NONCE_LIFE.as_secs())
            && same(self.nonce(seconds, serial, source).as_bytes(), nonce.as_bytes())
    }

    /// Whether this count is higher than any seen with the nonce.
    fn count(&mut self, nonce: &str, count: u32) -> bool {
        if let Some(before) = self.counts.get_mut(nonce) {
            let fresh = count > *before;
            *before = (*before).max(count);
            return fresh;
        }
        if self.order.len() >= MAX_REMEMBERED
            && let Some((_, oldest)) = self.order.pop_first()
        {
            self.counts.remove(&oldest);
        }
        self.serial += 1;
        self.order.insert(self.serial, nonce.to_owned());
        self.counts.insert(nonce.to_owned(), count);
        true
    }
}

/// Answers the first challenge we can compute (RFC 8760 §2.4: the topmost supported one).
pub fn answer<'a>(
    challenges: impl Iterator<Item = &'a [u8]>,
    (username, password): (&str, &str),
    (method, uri, body): (&str, &str, &[u8]),
    random: &mut Random,
) -> Option<(DigestResponse, bool)> {
    let challenge = challenges.filter_map(Challenge::parse).next()?;
    let stale = challenge.stale;
    let mut response = DigestResponse {
        username: username.to_owned(),
        realm: challenge.realm,
        nonce: challenge.nonce,
        uri: uri.to_owned(),
        response: String::new(),
        algorithm: challenge.algorithm,
        opaque: challenge.opaque,
        qop: challenge.qop.map(|qop| (qop, 1, format!("{:016x}", random.next()))),
    };
    response.response = response.expected(password, method, body);
    Some((response, stale))
}

/// HMAC-SHA-256 (RFC 2104) with a 32-byte key.
pub fn hmac(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let (mut inner_pad, mut outer_pad) = ([0x36; 64], [0x5c; 64]);
    for (at, b) in key.iter().enumerate() {
        inner_pad[at] ^= b;
        outer_pad[at] ^= b;
    }
    let mut inner = Sha256::new().chain_update(inner_pad);
    for part in parts {
        inner.update((part.len() as u64).to_be_bytes());
        inner.update(part);
    }
    Sha256::new().chain_update(outer_pad).chain_update(inner.finalize()).finalize().into()
}

/// Compares without telling by time where the difference is.
fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len() && a.iter().zip(b).fold(0, |difference, (x, y)| difference | (x ^ y)) == 0
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use crate::wire::Writer;

    const USERS: [(&str, &str); 1] = [("trunk", "secret")];
    const SOURCE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 7));

    fn guard() -> (Guard, Instant, Random) {
        let now = Instant::now();
        (
            Guard::new("twinline".into(), vec![Algorithm::Sha256, Algorithm::Md5], now, [7; 32]),
            now,
            Random::new([3; 32]),
        )
    }

    fn sign(challenge: &Challenge, user: &str, password: &str, random: &mut Random) -> DigestResponse {
        let mut out = Writer::default();
        challenge.write(&mut out);
        let value = out.into_bytes();
        answer([&value[..]].into_iter(), (user, password), ("INVITE", "sip:x", b""), random).unwrap().0
    }

    fn check(guard: &mut Guard, now: Instant, answer: &DigestResponse) -> Verdict {
        let mut out = Writer::default();
        answer.write(&mut out);
        guard.check(now, SOURCE, [&out.into_bytes()[..]].into_iter(), &USERS, "INVITE", b"")
    }

    #[test]
    fn both_algorithms_are_accepted_once_and_a_replay_is_not() {
        let (mut guard, now, mut random) = guard();
        for challenge in guard.challenges(now, SOURCE, false) {
            let mut answer = sign(&challenge, "trunk", "secret", &mut random);
            if challenge.algorithm == Algorithm::Md5 {
                // The SHA-256 answer used this nonce with count 1.
                answer.qop = answer.qop.map(|(qop, _, cnonce)| (qop, 2, cnonce));
                answer.response = answer.expected("secret", "INVITE", b"");
            }
            assert_eq!(check(&mut guard, now, &answer), Verdict::Accepted(0));
            assert_eq!(check(&mut guard, now, &answer), Verdict::Stale);
        }
    }

    #[test]
    fn calls_that_are_challenged_at_the_same_time_all_come_in() {
        let (mut guard, now, mut random) = guard();
        let answers: Vec<_> =
            (0..50).map(|_| sign(&guard.challenges(now, SOURCE, false)[0], "trunk", "secret", &mut random)).collect();
        for answer in answers {
            assert_eq!(check(&mut guard, now, &answer), Verdict::Accepted(0));
        }
    }

    #[test]
    fn wrong_user_and_wrong_password_are_the_same_and_ten_of_them_make_a_source_wait() {
        let (mut guard, now, mut random) = guard();
        let challenge = guard.challenges(now, SOURCE, false).remove(0);
        for n in 0..10 {
            let (user, password) = if n % 2 == 0 { ("trunk", "guess") } else { ("nobody", "secret") };
            assert!(!guard.banned(now, SOURCE));
            let answer = sign(&challenge, user, password, &mut random);
            assert_eq!(check(&mut guard, now, &answer), Verdict::Wrong);
        }
        assert!(guard.banned(now, SOURCE));
        assert!(!guard.banned(now + BAN, SOURCE));
    }

    #[test]
    fn interop_16_an_old_nonce_with_the_right_password_is_stale() {
        let (mut guard, now, mut random) = guard();
        let challenge = guard.challenges(now, SOURCE, false).remove(0);
        let answer = sign(&challenge, "trunk", "secret", &mut random);
        assert_eq!(check(&mut guard, now + NONCE_LIFE + Duration::from_secs(1), &answer), Verdict::Stale);
        let foreign = Challenge { nonce: "00".into(), ..challenge };
        assert_eq!(check(&mut guard, now, &sign(&foreign, "trunk", "secret", &mut random)), Verdict::Stale);
    }

    #[test]
    fn an_algorithm_that_was_not_offered_is_not_looked_at() {
        let (_, now, mut random) = guard();
        let mut guard = Guard::new("twinline".into(), vec![Algorithm::Sha256], now, [7; 32]);
        let challenge = Challenge { algorithm: Algorithm::Md5, ..guard.challenges(now, SOURCE, false).remove(0) };
        let answer = sign(&challenge, "trunk", "secret", &mut random);
        assert_eq!(check(&mut guard, now, &answer), Verdict::Nothing);
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut guard, now, _) = guard();
        for n in 0..10_000u32 {
            guard.count(&n.to_string(), 1);
            guard.failed(now, IpAddr::from(n.to_be_bytes()));
        }
        assert!(guard.counts.len() <= MAX_REMEMBERED && guard.order.len() <= MAX_REMEMBERED);
        assert!(guard.failures.len() <= MAX_REMEMBERED);
    }
}
