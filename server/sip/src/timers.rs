//! Every timer of the endpoint in one table, by name. Setting a name again moves it; nothing is left behind.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::time::Instant;

#[derive(Clone, Debug)]
pub struct Timers<K> {
    queue: BTreeSet<(Instant, K)>,
    armed: HashMap<K, Instant>,
}

impl<K: Copy + Ord + Hash> Default for Timers<K> {
    fn default() -> Self {
        Self { queue: BTreeSet::new(), armed: HashMap::new() }
    }
}

impl<K: Copy + Ord + Hash> Timers<K> {
    pub fn set(&mut self, name: K, at: Instant) {
        if let Some(before) = self.armed.insert(name, at) {
            self.queue.remove(&(before, name));
        }
        self.queue.insert((at, name));
    }

    pub fn clear(&mut self, name: K) {
        if let Some(at) = self.armed.remove(&name) {
            self.queue.remove(&(at, name));
        }
    }

    pub fn next(&self) -> Option<Instant> {
        self.queue.first().map(|(at, _)| *at)
    }

    /// The earliest timer that is due, taken out.
    pub fn pop(&mut self, now: Instant) -> Option<K> {
        let (at, name) = *self.queue.first()?;
        if at > now {
            return None;
        }
        self.queue.pop_first();
        self.armed.remove(&name);
        Some(name)
    }

    pub fn len(&self) -> usize {
        self.queue.len()
    }
}

#[cfg(test)]
#[allow(clippy::disallowed_methods)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_timer_set_again_moves_and_a_cleared_one_never_fires() {
        let now = Instant::now();
        let at = |seconds| now + Duration::from_secs(seconds);
        let mut timers = Timers::default();
        timers.set("a", at(1));
        timers.set("b", at(2));
        timers.set("a", at(3));
        timers.set("c", at(1));
        timers.clear("c");
        assert_eq!((timers.next(), timers.len()), (Some(at(2)), 2));
        assert_eq!(timers.pop(at(1)), None);
        assert_eq!([timers.pop(at(9)), timers.pop(at(9)), timers.pop(at(9))], [Some("b"), Some("a"), None]);
    }
}
