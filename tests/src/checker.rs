//! Checkers: they read only the outputs of the floor (events, records, rings, rooms) and the world's word about legs,
//! never the floor's inside. Each broken rule is one sentence.

use std::collections::{BTreeMap, BTreeSet};
use twinline_core::io::{LegEnd, Output, RingEnd};
use twinline_model::*;

/// Where the event log says a contact is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Begun,
    Waiting,
    Asking(AgentId),
    Talking,
    Held,
    /// Customer or agent audio is in between: a transfer is rung, or the agent's audio is set up again.
    Between,
    Over,
}

#[derive(Debug)]
struct Contact {
    stage: Stage,
    queue: Option<QueueId>,
    /// Place in the queue: instant, then running number.
    place: (Timestamp, u64),
    terminal_records: u32,
    completed: bool,
    gone: bool,
    disconnected: u32,
    customer: Option<LegId>,
}

/// Follows one floor, across restarts.
pub struct Checker {
    centre: Centre,
    contacts: BTreeMap<ContactId, Contact>,
    /// What each agent is being asked to take, until it is taken or not.
    asked: BTreeMap<AgentId, ContactId>,
    agent_legs: BTreeMap<LegId, AgentId>,
    rooms: BTreeMap<RoomId, BTreeSet<LegId>>,
    room_of: BTreeMap<LegId, (RoomId, ContactId)>,
    sounding: BTreeMap<LegId, PlaybackId>,
    queue_again: BTreeMap<ContactId, (Timestamp, u64)>,
    /// Customer legs that move on to a chained contact.
    moving: BTreeMap<ContactId, LegId>,
    places: u64,
    pub broken: Vec<String>,
    pub offers: u64,
    pub conversations: u64,
}

impl Checker {
    pub fn new(centre: Centre) -> Self {
        Self {
            centre,
            contacts: BTreeMap::new(),
            asked: BTreeMap::new(),
            agent_legs: BTreeMap::new(),
            rooms: BTreeMap::new(),
            room_of: BTreeMap::new(),
            sounding: BTreeMap::new(),
            queue_again: BTreeMap::new(),
            moving: BTreeMap::new(),
            places: 0,
            broken: Vec::new(),
            offers: 0,
            conversations: 0,
        }
    }

    fn broke(&mut self, what: String) {
        if self.broken.len() < 20 {
            self.broken.push(what);
        }
    }

    /// One output, in order.
    pub fn heard(&mut self, output: &Output) {
        match output {
            Output::Happened(occurrence) => self.event(occurrence.at, &occurrence.event),
            Output::Answer { leg } => self.answered_leg(*leg),
            Output::Ring(ring) => {
                self.agent_legs.insert(ring.leg, ring.agent);
            }
            Output::ConnectAgent { agent, leg, .. } => {
                self.agent_legs.insert(*leg, *agent);
            }
            Output::StopRing { leg, why, .. } if *why != RingEnd::Accepted => self.leg_is_down(*leg),
            Output::Join { room, leg, contact } => self.joined(*room, *leg, *contact),
            Output::Leave { room, leg } => {
                if self.room_of.remove(leg).is_none() {
                    self.broke(format!("{leg} leaves {room} without being in a room"));
                }
                self.rooms.entry(*room).or_default().remove(leg);
            }
            Output::Hangup { leg, .. } => self.leg_is_down(*leg),
            // While a third party is rung, the customer hears it ring.
            Output::Dial { contact, .. } if matches!(self.stage(*contact), Some(Stage::Talking | Stage::Held)) => {
                self.set_stage(*contact, Stage::Between);
            }
            Output::Play { leg, playback, .. } => {
                self.sounding.insert(*leg, *playback);
            }
            Output::StopPlay { leg, playback } => self.sound_over(*leg, *playback),
            Output::Record(record) => self.record(record),
            Output::ContactGone { contact } => self.gone(*contact),
            _ => {}
        }
    }

    /// The last contact begun is the one whose leg is answered: the floor says both in one breath.
    fn answered_leg(&mut self, leg: LegId) {
        let newest = self.contacts.values_mut().filter(|contact| contact.stage == Stage::Begun);
        if let Some(contact) = newest.max_by_key(|contact| contact.place) {
            contact.customer = Some(leg);
        }
    }

    fn joined(&mut self, room: RoomId, leg: LegId, contact: ContactId) {
        if let Some((other, _)) = self.room_of.insert(leg, (room, contact))
            && other != room
        {
            self.broke(format!("{leg} is in two rooms"));
        }
        if self.sounding.contains_key(&leg) {
            self.broke(format!("{leg} is in a room while a prompt plays on it"));
        }
        self.rooms.entry(room).or_default().insert(leg);
    }

    pub fn sound_over(&mut self, leg: LegId, playback: PlaybackId) {
        if self.sounding.get(&leg) == Some(&playback) {
            self.sounding.remove(&leg);
        }
    }

    /// The world or the floor ended a leg.
    pub fn leg_is_down(&mut self, leg: LegId) {
        if let Some((room, _)) = self.room_of.remove(&leg) {
            self.rooms.entry(room).or_default().remove(&leg);
        }
        self.sounding.remove(&leg);
    }

    pub fn leg_ended(&mut self, leg: LegId, _cause: LegEnd) {
        self.leg_is_down(leg);
    }

    fn event(&mut self, at: Timestamp, event: &Event) {
        if std::env::var_os("TWINLINE_TRACE").is_some() {
            eprintln!("{at} {event:?}");
        }
        if let Event::Fault { what, .. } = event {
            self.broke(format!("fault: {what}"));
        }
        if let Some(contact) = event.contact()
            && self.contacts.get(&contact).is_some_and(|known| known.gone)
        {
            self.broke(format!("{contact} lives on after it was gone: {event:?}"));
        }
        match event {
            Event::Initiated { contact, .. } => self.initiated(at, *contact),
            Event::Queued { contact, queue, .. } => self.queued(at, *contact, *queue),
            Event::Offered { contact, agent, .. } => self.offered(at, *contact, *agent),
            Event::OfferEnded { contact, agent, .. } => {
                self.asked.remove(agent);
                self.set_stage(*contact, Stage::Waiting);
            }
            Event::ConnectedToAgent { contact, agent } => {
                self.conversations += 1;
                self.asked.remove(agent);
                self.set_stage(*contact, Stage::Talking);
            }
            Event::Held { contact, .. } => self.set_stage(*contact, Stage::Held),
            Event::Resumed { contact } => self.set_stage(*contact, Stage::Talking),
            Event::LegFailed { contact, participant, .. } if participant == "third_party" => {
                self.set_stage(*contact, Stage::Talking);
            }
            Event::LegFailed { contact, participant, .. } if participant == "agent" => {
                if self.stage(*contact) == Some(Stage::Talking) || self.stage(*contact) == Some(Stage::Held) {
                    self.set_stage(*contact, Stage::Between);
                }
            }
            Event::Transferred { contact, to, next } => {
                if let (Some(next), Some(old)) = (next, self.contacts.get(contact)) {
                    if to == "queue_again" {
                        self.queue_again.insert(*next, old.place);
                    }
                    self.moving.extend(old.customer.map(|leg| (*next, leg)));
                }
                self.set_stage(*contact, Stage::Between);
            }
            Event::FlowStarted { contact, .. } if self.stage(*contact) == Some(Stage::Talking) => {
                self.set_stage(*contact, Stage::Between);
            }
            Event::Disconnected { contact, .. } => self.disconnected(*contact),
            Event::Completed { contact } => {
                if let Some(known) = self.contacts.get_mut(contact) {
                    known.completed = true;
                }
            }
            _ => {}
        }
    }

    fn stage(&self, contact: ContactId) -> Option<Stage> {
        self.contacts.get(&contact).map(|known| known.stage)
    }

    fn set_stage(&mut self, contact: ContactId, stage: Stage) {
        if let Some(known) = self.contacts.get_mut(&contact)
            && known.stage != Stage::Over
        {
            known.stage = stage;
        }
    }

    fn initiated(&mut self, at: Timestamp, id: ContactId) {
        self.places += 1;
        let contact = Contact {
            stage: Stage::Begun,
            queue: None,
            place: (at, self.places),
            terminal_records: 0,
            completed: false,
            gone: false,
            disconnected: 0,
            customer: self.moving.remove(&id),
        };
        if self.contacts.insert(id, contact).is_some() {
            self.broke(format!("{id} begins twice"));
        }
    }

    fn queued(&mut self, at: Timestamp, id: ContactId, queue: QueueId) {
        self.places += 1;
        let place = self.queue_again.remove(&id).unwrap_or((at, self.places));
        if let Some(known) = self.contacts.get_mut(&id) {
            known.queue = Some(queue);
            known.place = place;
            known.stage = Stage::Waiting;
        }
    }

    /// An offer: nobody is asked twice, nobody is passed over.
    fn offered(&mut self, at: Timestamp, id: ContactId, agent: AgentId) {
        self.offers += 1;
        if let Some(other) = self.asked.insert(agent, id) {
            self.broke(format!("agent {agent} is offered {id} while still being offered {other}"));
        }
        if let Some(Stage::Asking(other)) = self.stage(id) {
            self.broke(format!("{id} is offered to {agent} while still being offered to {other}"));
        }
        let Some(chosen) = self.contacts.get(&id) else { return };
        let (queue, place) = (chosen.queue, chosen.place);
        let mut passed_over = Vec::new();
        for (other, known) in &self.contacts {
            if *other == id || known.stage != Stage::Waiting {
                continue;
            }
            if known.queue == queue && known.place < place {
                passed_over.push(format!("{other}, earlier in the same queue, is passed over for {id}"));
            } else if known.queue != queue && self.would_be_preferred(at, agent, known, queue) {
                passed_over.push(format!("{other}, of a more urgent queue, is passed over for {id} with {agent}"));
            }
        }
        passed_over.into_iter().for_each(|what| self.broke(what));
        self.set_stage(id, Stage::Asking(agent));
    }

    fn would_be_preferred(&self, at: Timestamp, agent: AgentId, waiting: &Contact, chosen: Option<QueueId>) -> bool {
        let own = QueueId(agent.0);
        if waiting.queue == Some(own) {
            return true;
        }
        let profile = self.centre.agents.get(&agent).and_then(|account| account.routing_profile);
        let Some(profile) = profile.and_then(|profile| self.centre.routing_profiles.get(&profile)) else {
            return false;
        };
        let row = |queue: Option<QueueId>| profile.queues.iter().find(|row| Some(row.queue) == queue);
        let (Some(waiting_row), Some(chosen_row)) = (row(waiting.queue), row(chosen)) else { return false };
        let waited = at.since(waiting.place.0).as_secs();
        waiting_row.priority < chosen_row.priority && waited >= u64::from(waiting_row.delay_s)
    }

    fn disconnected(&mut self, id: ContactId) {
        self.set_stage(id, Stage::Over);
        let twice = self.contacts.get_mut(&id).is_none_or(|known| {
            known.disconnected += 1;
            known.disconnected > 1
        });
        if twice {
            self.broke(format!("{id} is disconnected twice, or was never begun"));
        }
    }

    fn record(&mut self, record: &ContactRecord) {
        let id = record.contact_id;
        if record.disconnect_timestamp.is_none() || record.disconnect_reason.is_none() {
            self.broke(format!("the record of {id} does not say how it ended"));
        }
        match self.contacts.get_mut(&id) {
            Some(known) if known.completed => known.terminal_records += 1,
            Some(_) => {}
            None => self.broke(format!("a record of {id}, which never began")),
        }
    }

    fn gone(&mut self, id: ContactId) {
        let Some(known) = self.contacts.get_mut(&id) else {
            return self.broke(format!("{id} goes without a beginning"));
        };
        let fine = !known.gone && known.completed && known.terminal_records == 1;
        known.gone = true;
        if !fine {
            self.broke(format!("{id} goes twice, or without exactly one final record"));
        }
    }

    /// After each drain: who talks hears, who waits hears something, nobody talks with two.
    pub fn at_rest(&mut self) {
        let mut live: BTreeMap<AgentId, Vec<ContactId>> = BTreeMap::new();
        for legs in self.rooms.values().filter(|legs| legs.len() > 1) {
            for leg in legs {
                if let (Some(agent), Some((_, contact))) = (self.agent_legs.get(leg), self.room_of.get(leg)) {
                    live.entry(*agent).or_default().push(*contact);
                }
            }
        }
        for (agent, contacts) in live {
            if contacts.len() > 1 {
                let stages: Vec<_> = contacts.iter().map(|contact| (*contact, self.stage(*contact))).collect();
                self.broke(format!("agent {agent} is live with more than one contact: {stages:?}"));
            }
        }
        let mut in_rooms: BTreeMap<ContactId, u32> = BTreeMap::new();
        for (_, contact) in self.room_of.values() {
            *in_rooms.entry(*contact).or_default() += 1;
        }
        let mut broken = Vec::new();
        for (id, known) in self.contacts.iter().filter(|(_, known)| known.stage != Stage::Over) {
            let count = in_rooms.get(id).copied().unwrap_or_default();
            if known.stage == Stage::Talking && count != 2 {
                broken.push(format!("{id} is in conversation with {count} legs in its room"));
            }
            let audible = known.customer.is_none_or(|leg| self.sounding.contains_key(&leg));
            if matches!(known.stage, Stage::Held | Stage::Waiting | Stage::Asking(_)) && !audible {
                broken.push(format!("{id} hears nothing while {:?}", known.stage));
            }
        }
        broken.into_iter().for_each(|what| self.broke(what));
        self.rooms.retain(|_, legs| !legs.is_empty());
    }

    /// At the end: everybody who began is gone, with one final record.
    pub fn at_end(&mut self) {
        let lost: Vec<ContactId> =
            self.contacts.iter().filter(|(_, known)| !known.gone).map(|(contact, _)| *contact).collect();
        for contact in lost {
            let stage = self.stage(contact);
            self.broke(format!("{contact} is lost: it never got its final record ({stage:?})"));
        }
        if let Some((agent, contact)) = self.asked.first_key_value() {
            let what = format!("agent {agent} is still being offered {contact}");
            self.broke(what);
        }
    }

    pub fn contacts_seen(&self) -> usize {
        self.contacts.len()
    }
}
