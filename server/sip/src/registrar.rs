//! Registrations: ours at a peer (RFC 3261 §10.2, back-off after RFC 5626 §4.5), and a peer's here (§10.3).

use crate::endpoint::{Flow, Transport};
use crate::wire::{Message, Name, NameAddr, Uri, Writer, delta_seconds, number, param, split_list};
use std::time::{Duration, Instant};

/// Seconds asked for.
const ASKED: u32 = 3_600;
/// Longest a binding here lasts, seconds; and the shortest.
const LONGEST: u32 = 3_600;
const SHORTEST: u32 = 60;
/// Bindings kept for one peer.
const MAX_BINDINGS: usize = 4;
const FIRST_RETRY: Duration = Duration::from_secs(10);
const LONGEST_RETRY: Duration = Duration::from_secs(600);

/// Our registration at one peer.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The same for all REGISTERs of one registration (RFC 3261 §10.2).
    pub call_id: u64,
    pub cseq: u32,
    pub expires: u32,
    failures: u32,
}

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Refresh after this long.
    Registered(Duration),
    /// At once, with what was learnt.
    Again,
    /// Try again after this long.
    Failed(Duration),
}

impl Registration {
    pub fn new(call_id: u64) -> Self {
        Self { call_id, cseq: 0, expires: ASKED, failures: 0 }
    }

    /// `granted`: seconds; refreshed well before they are over.
    pub fn accepted(&mut self, granted: Option<u32>) -> Step {
        self.failures = 0;
        let granted = granted.unwrap_or(self.expires).max(10);
        Step::Registered(Duration::from_secs(u64::from(
            granted.saturating_sub(32).max(granted * 4 / 5).min(granted - 1),
        )))
    }

    /// 423: the registrar names the shortest it takes.
    pub fn too_brief(&mut self, min: Option<u32>, jitter_ms: u64) -> Step {
        match min.filter(|min| *min > self.expires) {
            Some(min) => {
                self.expires = min;
                Step::Again
            }
            None => self.refused(None, jitter_ms),
        }
    }

    /// Waits double with each failure, half of each wait by chance (`jitter_ms`: 0–999).
    pub fn refused(&mut self, retry_after: Option<u32>, jitter_ms: u64) -> Step {
        let bound = FIRST_RETRY.saturating_mul(1 << self.failures.min(10)).min(LONGEST_RETRY);
        self.failures += 1;
        let half = bound / 2;
        let wait = half + half.saturating_mul(u32::try_from(jitter_ms).unwrap_or(0)) / 1_000;
        let asked = retry_after.map_or(Duration::ZERO, |seconds| Duration::from_secs(u64::from(seconds.min(3_600))));
        Step::Failed(wait.max(asked))
    }
}

/// The SIP Contacts of a REGISTER or of its 2xx, with what `expires` of the Contact, else Expires, says in seconds.
pub fn contacts(message: &Message<'_>) -> impl Iterator<Item = (Box<[u8]>, Option<u32>)> {
    let header = message.first(Name::Expires).and_then(|value| delta_seconds(value, "Expires").ok());
    message.all(Name::Contact).flat_map(split_list).filter_map(move |value| {
        let contact = NameAddr::parse(value, "Contact").ok()?;
        let Some(Uri::Sip(_)) = contact.uri() else { return None };
        let own = param(contact.params, "expires").flatten();
        let own = own.and_then(|value| number(value, "expires", u32::MAX).ok());
        Some((contact.uri.into(), own.or(header)))
    })
}

/// Where a peer said it is.
#[derive(Clone, Debug)]
pub struct Binding {
    pub uri: Box<[u8]>,
    pub until: Instant,
    /// The way its REGISTER came, which is the way back to it.
    pub flow: Flow,
}

#[derive(Clone, Debug, Default)]
pub struct Bindings {
    /// The newest first.
    all: Vec<Binding>,
}

impl Bindings {
    pub fn put(&mut self, now: Instant, uri: Box<[u8]>, expires: Option<u32>, flow: Flow) {
        self.all.retain(|binding| binding.uri != uri);
        let expires = expires.unwrap_or(LONGEST);
        if expires == 0 {
            return;
        }
        let until = now + Duration::from_secs(u64::from(expires.clamp(SHORTEST, LONGEST)));
        self.all.insert(0, Binding { uri, until, flow });
        self.all.truncate(MAX_BINDINGS);
    }

    pub fn clear(&mut self) {
        self.all.clear();
    }

    pub fn expire(&mut self, now: Instant) {
        self.all.retain(|binding| binding.until > now);
    }

    pub fn first(&self) -> Option<&Binding> {
        self.all.first()
    }

    pub fn next_expiry(&self) -> Option<Instant> {
        self.all.iter().map(|binding| binding.until).min()
    }

    /// RFC 3261 §10.3: the 2xx lists what stands.
    pub fn write(&self, now: Instant, out: &mut Writer) {
        for binding in &self.all {
            out.begin(Name::Contact);
            out.put(b"<");
            out.put(&binding.uri);
            out.put(b">;expires=");
            out.number(binding.until.saturating_duration_since(now).as_secs());
            out.end();
        }
    }

    /// Whether a binding came over that transport.
    pub fn transport(&self) -> Option<Transport> {
        self.first().map(|binding| binding.flow.transport)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interop_13_waits_double_up_to_ten_minutes_and_start_over_after_success() {
        let mut registration = Registration::new(1);
        let waits: Vec<_> = (0..8)
            .map(|_| match registration.refused(None, 999) {
                Step::Failed(wait) => wait.as_secs(),
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(waits, [9, 19, 39, 79, 159, 319, 599, 599]);
        assert_eq!(registration.accepted(Some(3_600)), Step::Registered(Duration::from_secs(3_568)));
        assert_eq!(registration.accepted(Some(60)), Step::Registered(Duration::from_secs(48)));
        assert_eq!(registration.refused(Some(120), 0), Step::Failed(Duration::from_secs(120)));
    }

    #[test]
    fn an_interval_too_brief_is_raised_once() {
        let mut registration = Registration::new(1);
        assert_eq!(registration.too_brief(Some(7_200), 0), Step::Again);
        assert_eq!(registration.expires, 7_200);
        assert!(matches!(registration.too_brief(Some(60), 0), Step::Failed(_)));
    }
}
