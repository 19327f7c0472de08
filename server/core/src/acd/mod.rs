//! Waiting contacts × ready agents → offers. Works on the event: what became fresh (an agent ready, a contact waiting,
//! a delay fallen due) is matched against ordered indexes, never by scanning. Knows ids only.
//!
//! Rules: an agent takes contacts held for them personally first, then those of the queue with the lowest priority
//! number in their routing profile, then the oldest. A contact goes to the ready agent of lowest rank (`strategy`).

mod offer;
pub mod strategies;
pub mod strategy;

pub use offer::*;
pub use strategy::{Candidate, Rank};

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};
use twinline_model::*;

/// Contacts that may wait for one agent.
pub const AGENT_LINE_LIMIT: usize = 10;

/// Where a contact waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Line {
    Queue(QueueId),
    /// The agent's own queue: top priority for them, nobody else serves it.
    Agent(AgentId),
}

/// Place in a line: the instant of enqueueing, then a running number.
pub type Key = (Timestamp, u64);

/// How a contact comes to a line; decides which limit holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Entry {
    New,
    /// From another queue or agent: a fifth more than the limit is let in.
    Transfer,
    /// It had this place before; no limit.
    Restored,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnterError {
    #[error("the queue is full")]
    AtCapacity,
    #[error("there is no such queue")]
    NoSuchLine,
}

/// An agent's presence as far as counts go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Staffing {
    #[default]
    Offline,
    /// Online in a custom status.
    Away,
    /// Online and not in a custom status.
    Staffed,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Members of the line, those reserved included.
    pub waiting: u32,
    pub oldest: Option<Timestamp>,
    pub agents_online: u32,
    pub agents_staffed: u32,
    pub agents_available: u32,
}

#[derive(Debug, Default)]
pub struct Acd {
    lines: BTreeMap<Line, Members>,
    queues: BTreeMap<QueueId, QueuePlan>,
    pools: BTreeMap<RoutingProfileId, Pool>,
    seats: BTreeMap<AgentId, Seat>,
    places: BTreeMap<ContactId, Place>,
    /// When a delay of some routing profile falls due for a waiting contact.
    due: BTreeSet<(Timestamp, ContactId)>,
    fresh_agents: BTreeSet<(Rank, AgentId)>,
    fresh_contacts: BTreeSet<(Key, ContactId)>,
    #[cfg(feature = "planted-bug")]
    pub(crate) forgets_reservations: bool,
}

#[derive(Debug, Default)]
struct Members {
    all: BTreeSet<(Key, ContactId)>,
    /// Those not reserved.
    open: BTreeSet<(Key, ContactId)>,
}

#[derive(Debug, Default)]
struct QueuePlan {
    limit: Option<usize>,
    served_by: Vec<(RoutingProfileId, Duration)>,
    /// Distinct delays above zero, ascending.
    delays: Vec<Duration>,
}

#[derive(Debug, Default)]
struct Pool {
    /// By priority.
    serves: Vec<Serves>,
    ready: BTreeSet<(Rank, AgentId)>,
    online: u32,
    staffed: u32,
}

#[derive(Clone, Copy, Debug)]
struct Serves {
    queue: QueueId,
    priority: u32,
    delay: Duration,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Seat {
    profile: Option<RoutingProfileId>,
    staffing: Staffing,
    ready: Option<Rank>,
}

#[derive(Debug)]
struct Place {
    line: Line,
    key: Key,
    reserved: Option<AgentId>,
    due: Option<Timestamp>,
}

impl Acd {
    /// Takes queues and routing profiles over. Who waits keeps their place; every ready agent is looked at anew.
    pub fn configure(&mut self, centre: &Centre) {
        self.queues = centre.queues.values().map(|queue| (queue.id, QueuePlan::of(queue))).collect();
        let mut pools = BTreeMap::new();
        for profile in centre.routing_profiles.values() {
            let mut pool = self.pools.remove(&profile.id).unwrap_or_default();
            pool.serves = profile
                .queues
                .iter()
                .map(|row| Serves {
                    queue: row.queue,
                    priority: row.priority,
                    delay: Duration::from_secs(u64::from(row.delay_s)),
                })
                .collect();
            pool.serves.sort_by_key(|row| row.priority);
            for row in &pool.serves {
                if let Some(plan) = self.queues.get_mut(&row.queue) {
                    plan.served_by.push((profile.id, row.delay));
                    if !row.delay.is_zero() {
                        plan.delays.push(row.delay);
                    }
                }
            }
            self.fresh_agents.extend(pool.ready.iter().copied());
            pools.insert(profile.id, pool);
        }
        for plan in self.queues.values_mut() {
            plan.delays.sort_unstable();
            plan.delays.dedup();
        }
        self.pools = pools;
        let waiting: Vec<ContactId> = self.places.keys().copied().collect();
        for contact in waiting {
            self.schedule(contact, None);
        }
    }

    /// Puts a contact into a line. Returns how many are in it now, this one included.
    pub fn enter(&mut self, contact: ContactId, line: Line, key: Key, entry: Entry) -> Result<u32, EnterError> {
        let limit = match line {
            Line::Queue(queue) => self.queues.get(&queue).ok_or(EnterError::NoSuchLine)?.limit,
            Line::Agent(_) => Some(AGENT_LINE_LIMIT),
        };
        let limit = match (entry, line) {
            (Entry::Restored, _) => None,
            (Entry::Transfer, Line::Queue(_)) => limit.map(|limit| limit + limit.div_ceil(5)),
            _ => limit,
        };
        self.leave(contact);
        let members = self.lines.entry(line).or_default();
        if limit.is_some_and(|limit| members.all.len() >= limit) {
            return Err(EnterError::AtCapacity);
        }
        members.all.insert((key, contact));
        members.open.insert((key, contact));
        let count = u32::try_from(members.all.len()).unwrap_or(u32::MAX);
        self.places.insert(contact, Place { line, key, reserved: None, due: None });
        self.fresh_contacts.insert((key, contact));
        self.schedule(contact, None);
        Ok(count)
    }

    /// Would one more be let in?
    pub fn has_room(&self, line: Line, entry: Entry) -> bool {
        let count = self.lines.get(&line).map_or(0, |members| members.all.len());
        match (line, entry) {
            (Line::Agent(_), _) => count < AGENT_LINE_LIMIT,
            (Line::Queue(queue), entry) => match self.queues.get(&queue).map(|plan| plan.limit) {
                Some(Some(limit)) if entry == Entry::New => count < limit,
                Some(Some(limit)) => count < limit + limit.div_ceil(5),
                Some(None) => true,
                None => false,
            },
        }
    }

    /// The contact waits no longer. Nothing happens if it did not.
    pub fn leave(&mut self, contact: ContactId) {
        let Some(place) = self.places.remove(&contact) else { return };
        if let Some(members) = self.lines.get_mut(&place.line) {
            members.all.remove(&(place.key, contact));
            members.open.remove(&(place.key, contact));
            if members.all.is_empty() {
                self.lines.remove(&place.line);
            }
        }
        self.fresh_contacts.remove(&(place.key, contact));
        if let Some(due) = place.due {
            self.due.remove(&(due, contact));
        }
    }

    /// The offer came to nothing: the contact has its old place again.
    pub fn release(&mut self, contact: ContactId) {
        let Some(place) = self.places.get_mut(&contact) else { return };
        if place.reserved.take().is_none() {
            return;
        }
        let (line, key) = (place.line, place.key);
        if let Some(members) = self.lines.get_mut(&line) {
            members.open.insert((key, contact));
        }
        self.fresh_contacts.insert((key, contact));
        self.schedule(contact, None);
    }

    /// What is known of an agent; `ready` with their rank when they may be offered a contact.
    pub fn seat(
        &mut self,
        agent: AgentId,
        profile: Option<RoutingProfileId>,
        staffing: Staffing,
        ready: Option<Candidate>,
    ) {
        let rank = ready.and_then(|candidate| strategy::all().first().map(|strategy| strategy.rank(&candidate)));
        let new = Seat { profile, staffing, ready: rank };
        let old = self.seats.insert(agent, new).unwrap_or_default();
        if old == new {
            return;
        }
        self.unseat(agent, old);
        let Some(profile) = new.profile else { return };
        let pool = self.pools.entry(profile).or_default();
        pool.online += u32::from(new.staffing != Staffing::Offline);
        pool.staffed += u32::from(new.staffing == Staffing::Staffed);
        if let Some(rank) = new.ready {
            pool.ready.insert((rank, agent));
            self.fresh_agents.insert((rank, agent));
        }
    }

    fn unseat(&mut self, agent: AgentId, old: Seat) {
        if let Some(pool) = old.profile.and_then(|profile| self.pools.get_mut(&profile)) {
            pool.online = pool.online.saturating_sub(u32::from(old.staffing != Staffing::Offline));
            pool.staffed = pool.staffed.saturating_sub(u32::from(old.staffing == Staffing::Staffed));
            if let Some(rank) = old.ready {
                pool.ready.remove(&(rank, agent));
            }
        }
        if let Some(rank) = old.ready {
            self.fresh_agents.remove(&(rank, agent));
        }
    }

    /// The next match among what became fresh; both sides are reserved when it returns. Call until `None`.
    pub fn next_offer(&mut self, now: Timestamp) -> Option<Offer> {
        self.collect_due(now);
        // Agents first: each takes the best that waits, fresh or not. What is fresh among contacts and still open
        // afterwards can only go to agents who were ready before.
        while let Some((rank, agent)) = self.fresh_agents.first().copied() {
            if let Some((contact, agent)) = self.stable_match(agent, now) {
                return self.reserve(contact, agent);
            }
            self.fresh_agents.remove(&(rank, agent));
        }
        while let Some((_, contact)) = self.fresh_contacts.pop_first() {
            let Some(agent) = self.best_agent(contact, now) else { continue };
            if let Some((other, agent)) = self.stable_match(agent, now) {
                if other != contact
                    && let Some(place) = self.places.get(&contact)
                {
                    self.fresh_contacts.insert((place.key, contact));
                }
                return self.reserve(other, agent);
            }
        }
        None
    }

    /// From an agent to a pair in which each is the other's first choice. Ends, since each step names an agent of
    /// strictly lower rank.
    fn stable_match(&self, mut agent: AgentId, now: Timestamp) -> Option<(ContactId, AgentId)> {
        loop {
            let contact = self.best_contact(agent, now)?;
            let chosen = self.best_agent(contact, now)?;
            if chosen == agent {
                return Some((contact, agent));
            }
            agent = chosen;
        }
    }

    fn best_contact(&self, agent: AgentId, now: Timestamp) -> Option<ContactId> {
        let own = self.lines.get(&Line::Agent(agent)).and_then(|members| members.open.first());
        if let Some((_, contact)) = own {
            return Some(*contact);
        }
        let pool = self.pools.get(&self.seats.get(&agent)?.profile?)?;
        let mut best: Option<(u32, Key, ContactId)> = None;
        for row in &pool.serves {
            if best.is_some_and(|(priority, ..)| priority < row.priority) {
                break;
            }
            let head = self.lines.get(&Line::Queue(row.queue)).and_then(|members| members.open.first());
            let Some(&(key, contact)) = head else { continue };
            // The head has waited longest: if it is too early for it, it is for all behind it.
            if key.0 + row.delay <= now && best.is_none_or(|(_, other, _)| key < other) {
                best = Some((row.priority, key, contact));
            }
        }
        best.map(|(_, _, contact)| contact)
    }

    fn best_agent(&self, contact: ContactId, now: Timestamp) -> Option<AgentId> {
        let place = self.places.get(&contact).filter(|place| place.reserved.is_none())?;
        match place.line {
            Line::Agent(agent) => self.seats.get(&agent)?.ready.map(|_| agent),
            Line::Queue(queue) => {
                let waited = now.since(place.key.0);
                let pools = self.queues.get(&queue)?.served_by.iter().filter(|(_, delay)| *delay <= waited);
                let first = pools.filter_map(|(profile, _)| self.pools.get(profile)?.ready.first());
                first.min().map(|(_, agent)| *agent)
            }
        }
    }

    fn reserve(&mut self, contact: ContactId, agent: AgentId) -> Option<Offer> {
        let place = self.places.get_mut(&contact)?;
        place.reserved = Some(agent);
        let (line, key) = (place.line, place.key);
        if let Some(due) = place.due.take() {
            self.due.remove(&(due, contact));
        }
        if let Some(members) = self.lines.get_mut(&line) {
            members.open.remove(&(key, contact));
        }
        self.fresh_contacts.remove(&(key, contact));
        #[cfg(feature = "planted-bug")]
        if self.forgets_reservations {
            return Some(Offer { contact, agent, line, enqueued: key.0 });
        }
        if let Some(seat) = self.seats.get(&agent).copied() {
            self.seat_unready(agent, seat);
        }
        Some(Offer { contact, agent, line, enqueued: key.0 })
    }

    fn seat_unready(&mut self, agent: AgentId, seat: Seat) {
        let Some(rank) = seat.ready else { return };
        if let Some(pool) = seat.profile.and_then(|profile| self.pools.get_mut(&profile)) {
            pool.ready.remove(&(rank, agent));
        }
        self.fresh_agents.remove(&(rank, agent));
        self.seats.insert(agent, Seat { ready: None, ..seat });
    }

    /// Notes when the next delay above `passed` falls due for an open contact.
    fn schedule(&mut self, contact: ContactId, passed: Option<Timestamp>) {
        let Some(place) = self.places.get_mut(&contact) else { return };
        if let Some(due) = place.due.take() {
            self.due.remove(&(due, contact));
        }
        if place.reserved.is_some() {
            return;
        }
        let Line::Queue(queue) = place.line else { return };
        let Some(plan) = self.queues.get(&queue) else { return };
        let start = place.key.0;
        let next = plan.delays.iter().map(|delay| start + *delay).find(|at| passed.is_none_or(|passed| *at > passed));
        if let Some(at) = next {
            place.due = Some(at);
            self.due.insert((at, contact));
        }
    }

    fn collect_due(&mut self, now: Timestamp) {
        while let Some(&(at, contact)) = self.due.first() {
            if at > now {
                break;
            }
            self.due.remove(&(at, contact));
            if let Some(place) = self.places.get_mut(&contact) {
                place.due = None;
                self.fresh_contacts.insert((place.key, contact));
            }
            self.schedule(contact, Some(now));
        }
    }

    pub fn poll_timeout(&self) -> Option<Timestamp> {
        self.due.first().map(|(at, _)| *at)
    }

    pub fn counts(&self, queue: QueueId) -> Counts {
        let mut counts = Counts::default();
        if let Some(members) = self.lines.get(&Line::Queue(queue)) {
            counts.waiting = u32::try_from(members.all.len()).unwrap_or(u32::MAX);
            counts.oldest = members.all.first().map(|(key, _)| key.0);
        }
        for (profile, _) in self.queues.get(&queue).map_or(&[][..], |plan| &plan.served_by[..]) {
            if let Some(pool) = self.pools.get(profile) {
                counts.agents_online += pool.online;
                counts.agents_staffed += pool.staffed;
                counts.agents_available += u32::try_from(pool.ready.len()).unwrap_or(u32::MAX);
            }
        }
        counts
    }
}

impl QueuePlan {
    fn of(queue: &Queue) -> Self {
        let limit = queue.max_contacts.map(|most| usize::try_from(most).unwrap_or(usize::MAX));
        Self { limit, served_by: Vec::new(), delays: Vec::new() }
    }
}

#[cfg(test)]
mod tests;
