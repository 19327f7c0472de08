//! Today's numbers per queue, a projection of the events: handled, abandoned, within the service level.

use std::collections::HashMap;
use twinline_model::{Centre, ContactId, Event, Occurrence, QueueId, Timestamp};

/// Numbers of one queue since midnight UTC (or since the server started, if that is later).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct QueueCounts {
    /// Connected to an agent.
    pub handled: u32,
    /// The customer left while queued.
    pub abandoned: u32,
    /// Left the queue, either way, within the queue's service level.
    pub within_service_level: u32,
}

#[derive(Default)]
pub struct Counts {
    day: i64,
    queues: HashMap<QueueId, QueueCounts>,
    waiting: HashMap<ContactId, (QueueId, Timestamp)>,
}

impl Counts {
    pub fn of(&self, queue: QueueId, now: Timestamp) -> QueueCounts {
        if day_of(now) == self.day {
            self.queues.get(&queue).copied().unwrap_or_default()
        } else {
            QueueCounts::default()
        }
    }

    pub fn note(&mut self, occurrence: &Occurrence, centre: &Centre) {
        match &occurrence.event {
            Event::Queued { contact, queue, .. } => {
                // Offered elsewhere after a miss keeps its first place.
                self.waiting.entry(*contact).or_insert((*queue, occurrence.at));
            }
            Event::Dequeued { contact, .. } => drop(self.waiting.remove(contact)),
            Event::ConnectedToAgent { contact, .. } => self.left(*contact, occurrence.at, centre, true),
            Event::Disconnected { contact, .. } => self.left(*contact, occurrence.at, centre, false),
            _ => {}
        }
    }

    fn left(&mut self, contact: ContactId, at: Timestamp, centre: &Centre, handled: bool) {
        let Some((queue, since)) = self.waiting.remove(&contact) else { return };
        if day_of(at) != self.day {
            self.day = day_of(at);
            self.queues.clear();
        }
        let counts = self.queues.entry(queue).or_default();
        if handled {
            counts.handled += 1;
        } else {
            counts.abandoned += 1;
        }
        let level = centre.queues.get(&queue).map_or(20, |queue| queue.service_level_s);
        if at.since(since).as_secs_f64() <= f64::from(level) {
            counts.within_service_level += 1;
        }
    }
}

fn day_of(at: Timestamp) -> i64 {
    at.as_micros().div_euclid(86_400_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use twinline_model::{AgentId, DisconnectReason, EventId, Instance, InstanceId};

    fn told(counts: &mut Counts, centre: &Centre, second: i64, event: Event) {
        let at = Timestamp::from_secs(second);
        counts.note(&Occurrence { id: EventId::from_bits(1), at, event }, centre);
    }

    #[test]
    fn answered_and_abandoned_contacts_count_once_and_only_those_in_time_are_in_the_service_level() {
        let instance = Instance {
            id: InstanceId::from_bits(1),
            name: "t".into(),
            region: "local".into(),
            account: "000000000001".into(),
        };
        let centre = Centre::empty(instance);
        let (mut counts, queue, agent) = (Counts::default(), QueueId::from_bits(1), AgentId::from_bits(1));
        let [fast, slow] = [1, 2].map(ContactId::from_bits);
        for contact in [fast, slow] {
            told(&mut counts, &centre, 100, Event::Queued { contact, queue, position: 1 });
        }
        told(&mut counts, &centre, 120, Event::ConnectedToAgent { contact: fast, agent });
        told(
            &mut counts,
            &centre,
            121,
            Event::Disconnected { contact: slow, reason: DisconnectReason::CustomerDisconnect },
        );
        told(
            &mut counts,
            &centre,
            130,
            Event::Disconnected { contact: fast, reason: DisconnectReason::CustomerDisconnect },
        );
        let expected = QueueCounts { handled: 1, abandoned: 1, within_service_level: 1 };
        assert_eq!(counts.of(queue, Timestamp::from_secs(200)), expected);
        assert_eq!(counts.of(queue, Timestamp::from_secs(90_000)), QueueCounts::default(), "a new day begins at zero");
    }
}
