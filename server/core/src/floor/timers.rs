//! The table of named timers. Setting one again moves it; nothing sleeps.

use std::collections::{BTreeMap, BTreeSet};
use twinline_model::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The offer of this contact is missed.
    Offer(ContactId),
    /// Accepted, and the agent's audio is still not there.
    MediaDue(ContactId),
    /// The running flow wants to go on.
    Flow(ContactId),
    /// A dialled leg has not come to anything, whatever the edge says.
    Dial(ContactId),
    /// The agent's lost audio did not come back.
    Regain(ContactId),
    /// Files of a finished contact are taken as lost.
    Files(ContactId),
    /// The endpoint did not confirm a mute.
    Mute(AgentId, ContactId),
    /// Limit of after-contact work.
    Acw(AgentId, ContactId),
    /// Heartbeat of the agent event stream.
    Heartbeat(AgentId),
}

#[derive(Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Timestamp, Timer)>,
    by_name: BTreeMap<Timer, Timestamp>,
}

impl Timers {
    pub(super) fn set(&mut self, timer: Timer, at: Timestamp) {
        if let Some(old) = self.by_name.insert(timer, at) {
            self.by_time.remove(&(old, timer));
        }
        self.by_time.insert((at, timer));
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        if let Some(old) = self.by_name.remove(&timer) {
            self.by_time.remove(&(old, timer));
        }
    }

    pub(super) fn next(&self) -> Option<Timestamp> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Takes out the earliest timer that is due.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<Timer> {
        let (at, timer) = self.by_time.first().copied()?;
        if at > now {
            return None;
        }
        self.clear(timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_set_again_moves_and_fires_once() {
        let mut timers = Timers::default();
        let contact = ContactId::from_bits(1);
        timers.set(Timer::Offer(contact), Timestamp::from_secs(10));
        timers.set(Timer::Offer(contact), Timestamp::from_secs(20));
        assert_eq!(timers.next(), Some(Timestamp::from_secs(20)));
        assert_eq!(timers.pop_due(Timestamp::from_secs(19)), None);
        assert_eq!(timers.pop_due(Timestamp::from_secs(20)), Some(Timer::Offer(contact)));
        assert_eq!(timers.pop_due(Timestamp::from_secs(99)), None);
        assert_eq!(timers.next(), None);
    }
}
