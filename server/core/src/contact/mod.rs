//! One contact from hello to wrap-up: its data, its legs, its table. Knows no queueing and no presence.

mod leg;
mod record;
mod state;

pub use leg::*;
pub use state::{Happening, Refused, State};

use crate::flow::{ContactData, Execution, Hook};
use serde::{Deserialize, Serialize};
use std::{collections::BTreeMap, time::Duration};
use twinline_model::*;

/// Characters of a note at most.
pub const NOTE_LIMIT: usize = 4_000;
/// Bytes of all attribute names and values of one contact at most.
pub const ATTRIBUTES_LIMIT: usize = 32 * 1024;
/// Contacts in a chain, and queues one contact may pass through, at most.
pub const CHAIN_LIMIT: u32 = 12;
/// Legs one contact may have had at most (each missed offer makes one).
const LEGS_LIMIT: usize = 8;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Contact {
    /// What expressions of flows see; id, endpoints, attributes, target queue.
    pub data: ContactData,
    pub customer_name: String,
    pub state: State,
    /// Since when the state holds.
    pub since: Timestamp,
    pub initiated: Timestamp,
    pub connected_to_system: Option<Timestamp>,
    pub disconnected: Option<Timestamp>,
    /// Position in its chain of transfers, from 1.
    pub chain: u32,
    pub next: Option<ContactId>,
    pub transferred_to: Option<Endpoint>,
    pub transfer_completed: Option<Timestamp>,
    pub legs: Vec<Leg>,
    pub room: Option<RoomId>,
    pub wait: Option<Wait>,
    /// Queues entered so far.
    pub enqueued_times: u32,
    pub flow: Option<Running>,
    pub hooks: BTreeMap<Hook, FlowId>,
    pub flow_logging: bool,
    pub record_wish: RecordWish,
    pub recordings: Vec<Recording>,
    pub handled: Option<Handled>,
    /// The agent who still has after-contact work to do.
    pub wrapping_up: Option<AgentId>,
    pub attempts: u32,
    pub flows: BTreeMap<String, u32>,
    pub disposition: Option<String>,
    pub note: String,
    /// Last report by participant.
    pub quality: BTreeMap<String, LegQuality>,
    /// Outbound and transfer: the number being dialled, and since when.
    pub dialling: Option<String>,
}

/// A stay in a queue, or before one agent's door.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Wait {
    pub queue: Option<QueueId>,
    /// Set when the contact waits for this agent only.
    pub for_agent: Option<AgentId>,
    pub enqueued: Timestamp,
    /// Place among contacts enqueued in the same instant.
    pub place: u64,
    pub dequeued: Option<Timestamp>,
}

/// A flow that runs on the contact.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Running {
    pub flow: FlowId,
    pub purpose: Purpose,
    pub execution: Execution,
    pub leg: LegId,
    /// The playback the flow waits for.
    pub playback: Option<PlaybackId>,
    pub wake_at: Option<Timestamp>,
}

/// Why a flow runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// Decides what becomes of the contact; its end ends the contact.
    Main,
    /// Entertains while waiting.
    Queue,
    /// Entertains while on hold.
    Hold,
    /// For the customer whose agent has left; its end ends the contact.
    Remaining,
}

/// Whose voice a flow asked to record.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordWish {
    pub customer: bool,
    pub agent: bool,
    pub ivr: bool,
}

impl RecordWish {
    pub fn conversation(self) -> bool {
        self.customer || self.agent
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recording {
    pub id: RecordingId,
    pub started: Timestamp,
    /// When it was told to stop.
    pub stopped: Option<Timestamp>,
    /// Set once the file is closed.
    pub closed: Option<Closed>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    pub duration: Duration,
    pub complete: bool,
}

/// The agent's part of the contact.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Handled {
    pub agent: AgentId,
    pub username: String,
    pub profile: Option<(RoutingProfileId, String)>,
    pub connected: Timestamp,
    pub ended: Option<Timestamp>,
    pub acw_started: Option<Timestamp>,
    pub acw_ended: Option<Timestamp>,
    pub hold_total: Duration,
    pub hold_longest: Duration,
    pub holds: u32,
    /// Set while on hold.
    pub held_since: Option<Timestamp>,
}

impl Handled {
    /// Closes a hold under way.
    pub fn end_hold(&mut self, now: Timestamp) {
        if let Some(since) = self.held_since.take() {
            let held = now.since(since);
            self.hold_total += held;
            self.hold_longest = self.hold_longest.max(held);
        }
    }
}

impl Contact {
    pub fn new(data: ContactData, state: State, now: Timestamp) -> Self {
        Self {
            data,
            customer_name: String::new(),
            state,
            since: now,
            initiated: now,
            connected_to_system: None,
            disconnected: None,
            chain: 1,
            next: None,
            transferred_to: None,
            transfer_completed: None,
            legs: Vec::new(),
            room: None,
            wait: None,
            enqueued_times: 0,
            flow: None,
            hooks: BTreeMap::new(),
            flow_logging: true,
            record_wish: RecordWish::default(),
            recordings: Vec::new(),
            handled: None,
            wrapping_up: None,
            attempts: 0,
            flows: BTreeMap::new(),
            disposition: None,
            note: String::new(),
            quality: BTreeMap::new(),
            dialling: None,
        }
    }

    pub fn id(&self) -> ContactId {
        self.data.contact
    }

    /// Moves by the table, or refuses and changes nothing.
    pub fn advance(&mut self, now: Timestamp, event: Happening) -> Result<(), Refused> {
        let next = self.state.on(event)?;
        if next != self.state {
            self.state = next;
            self.since = now;
        }
        Ok(())
    }

    pub fn leg(&self, id: LegId) -> Option<&Leg> {
        self.legs.iter().find(|leg| leg.id == id)
    }

    pub fn leg_mut(&mut self, id: LegId) -> Option<&mut Leg> {
        self.legs.iter_mut().find(|leg| leg.id == id)
    }

    /// The living leg of the customer.
    pub fn customer_leg(&self) -> Option<LegId> {
        self.living(|party| party == Party::Customer)
    }

    /// The living leg of an agent.
    pub fn agent_leg(&self) -> Option<LegId> {
        self.living(|party| matches!(party, Party::Agent(_)))
    }

    pub fn third_leg(&self) -> Option<LegId> {
        self.living(|party| party == Party::ThirdParty)
    }

    fn living(&self, wanted: impl Fn(Party) -> bool) -> Option<LegId> {
        self.legs.iter().find(|leg| wanted(leg.party) && !leg.is_down()).map(|leg| leg.id)
    }

    /// Adds a leg; the oldest leg that is down makes room, its id is returned.
    pub fn add_leg(&mut self, leg: Leg) -> Option<LegId> {
        let forgotten = if self.legs.len() >= LEGS_LIMIT {
            self.legs.iter().position(Leg::is_down).map(|at| self.legs.remove(at).id)
        } else {
            None
        };
        self.legs.push(leg);
        forgotten
    }

    /// The recording under way.
    pub fn recording(&self) -> Option<&Recording> {
        self.recordings.iter().find(|recording| recording.stopped.is_none())
    }

    /// A file is still being closed.
    pub fn has_open_files(&self) -> bool {
        self.recordings.iter().any(|recording| recording.closed.is_none())
    }

    /// Nothing more will change: customer gone, work done, files closed.
    pub fn is_complete(&self) -> bool {
        self.state.is_over() && self.wrapping_up.is_none() && !self.has_open_files()
    }

    /// Sets attributes as far as the bound allows; returns the names that were set.
    pub fn set_attributes(&mut self, attributes: BTreeMap<String, String>) -> Vec<String> {
        let mut size: usize = self.data.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
        let mut set = Vec::new();
        for (name, value) in attributes {
            let old = self.data.attributes.get(&name).map_or(0, |old| name.len() + old.len());
            let grown = size - old + name.len() + value.len();
            if grown <= ATTRIBUTES_LIMIT {
                size = grown;
                set.push(name.clone());
                self.data.attributes.insert(name, value);
            }
        }
        set
    }
}
