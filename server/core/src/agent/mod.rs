//! One agent: presence, the contacts they hold, and where their audio runs. Knows no queueing.

mod presence;
mod slot;

pub use presence::*;
pub use slot::*;

use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use twinline_model::*;

/// Entries of the list of recent contacts.
pub const RECENT_LIMIT: usize = 10;
/// Contacts on one agent at most, those not cleared included.
pub const SLOTS_LIMIT: usize = 8;

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Person {
    pub id: AgentId,
    pub presence: Presence,
    /// Oldest first.
    pub slots: Vec<Slot>,
    pub ccp_link: bool,
    /// What each audio path last said of itself.
    pub paths: Vec<PathState>,
    /// The idle clock's start: end of the last after-contact work, or when they became Available.
    pub idle_since: Timestamp,
    /// Decides between agents idle since the same instant; new each time they become idle.
    pub tie: u64,
    /// Newest first.
    pub recent: VecDeque<Recent>,
    /// The effective path as it was last told to the world.
    pub told_path: (MediaPath, bool),
    #[serde(skip)]
    pub told: Option<AgentSnapshot>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathState {
    pub path: MediaPath,
    pub ready: bool,
    /// What it is, or why it went.
    pub detail: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Recent {
    pub contact: ContactId,
    pub customer: String,
    pub queue: Option<String>,
    pub at: Timestamp,
    pub method: InitiationMethod,
    pub outcome: Outcome,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Handled,
    Missed,
    Rejected,
    Failed,
}

impl Outcome {
    pub fn name(self) -> &'static str {
        match self {
            Outcome::Handled => "handled",
            Outcome::Missed => "missed",
            Outcome::Rejected => "rejected",
            Outcome::Failed => "failed",
        }
    }
}

/// What the configuration says of an agent, as far as routing asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    pub has_profile: bool,
    pub voice_slots: u32,
    pub policy: MediaPathPolicy,
    pub has_desk_phone: bool,
}

/// The path that the policy takes now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EffectivePath {
    pub path: MediaPath,
    pub ready: bool,
    /// Why not, as a stable code.
    pub reason: Option<&'static str>,
}

impl Person {
    pub fn new(id: AgentId) -> Self {
        Self {
            id,
            presence: Presence::SignedOut,
            slots: Vec::new(),
            ccp_link: false,
            paths: Vec::new(),
            idle_since: Timestamp::default(),
            tie: 0,
            recent: VecDeque::new(),
            told_path: (MediaPath::None, false),
            told: None,
        }
    }

    pub fn slot(&self, contact: ContactId) -> Option<&Slot> {
        self.slots.iter().find(|slot| slot.card.contact == contact)
    }

    pub fn slot_mut(&mut self, contact: ContactId) -> Option<&mut Slot> {
        self.slots.iter_mut().find(|slot| slot.card.contact == contact)
    }

    /// Moves a contact on the agent by the table; `Ok(None)` when it left. Starts the idle clock when the last one goes.
    pub fn advance(
        &mut self,
        now: Timestamp,
        contact: ContactId,
        event: SlotEvent,
    ) -> Result<Option<Phase>, AdvanceError> {
        let at = self.slots.iter().position(|slot| slot.card.contact == contact).ok_or(AdvanceError::NoSuchContact)?;
        let slot = self.slots.get_mut(at).ok_or(AdvanceError::NoSuchContact)?;
        let next = slot.phase.on(event)?;
        match next {
            Some(phase) => {
                slot.phase = phase;
                slot.since = now;
                slot.deadline = None;
                match phase {
                    Phase::Connected => slot.connected = slot.connected.or(Some(now)),
                    Phase::Missed => self.remember(now, contact, Outcome::Missed),
                    Phase::Rejected => self.remember(now, contact, Outcome::Rejected),
                    Phase::Error => self.remember(now, contact, Outcome::Failed),
                    Phase::Acw => self.remember(now, contact, Outcome::Handled),
                    _ => {}
                }
            }
            None => {
                let slot = self.slots.remove(at);
                // An offer that was taken back was no activity of the agent's: they keep their place in line.
                if !slot.phase.is_being_set_up() || slot.phase == Phase::Calling {
                    self.idle_since = now;
                }
            }
        }
        Ok(next)
    }

    fn remember(&mut self, now: Timestamp, contact: ContactId, outcome: Outcome) {
        let Some(slot) = self.slot(contact) else { return };
        // A call that never reached the customer was not handled.
        let outcome = if outcome == Outcome::Handled && slot.connected.is_none() { Outcome::Failed } else { outcome };
        let entry = Recent {
            contact,
            customer: slot.card.customer.clone(),
            queue: slot.card.queue.as_ref().map(|(_, name)| name.clone()),
            at: now,
            method: slot.card.method,
            outcome,
        };
        self.recent.push_front(entry);
        self.recent.truncate(RECENT_LIMIT);
    }

    pub fn path_ready(&self, path: MediaPath) -> bool {
        self.paths.iter().any(|state| state.path == path && state.ready)
    }

    pub fn path_detail(&self, path: MediaPath) -> Option<&str> {
        self.paths.iter().find(|state| state.path == path).map(|state| state.detail.as_str())
    }

    pub fn set_path(&mut self, path: MediaPath, ready: bool, detail: String) {
        match self.paths.iter_mut().find(|state| state.path == path) {
            Some(state) => {
                state.ready = ready;
                state.detail = detail;
            }
            None => self.paths.push(PathState { path, ready, detail }),
        }
    }

    /// The path that the policy takes now; fails closed.
    pub fn effective_path(&self, terms: Terms) -> EffectivePath {
        let found = |path| EffectivePath { path, ready: true, reason: None };
        let none = |reason| EffectivePath { path: MediaPath::None, ready: false, reason: Some(reason) };
        let local = self.path_ready(MediaPath::Local);
        let session = self.path_ready(MediaPath::Session);
        match terms.policy {
            MediaPathPolicy::LocalOnly if local => found(MediaPath::Local),
            MediaPathPolicy::LocalOnly => none("local_not_ready"),
            MediaPathPolicy::LocalElseSession if local => found(MediaPath::Local),
            MediaPathPolicy::LocalElseSession if session => found(MediaPath::Session),
            MediaPathPolicy::LocalElseSession => none("no_path_ready"),
            MediaPathPolicy::SessionOnly if session => found(MediaPath::Session),
            MediaPathPolicy::SessionOnly => none("session_not_ready"),
            // A desk phone says nothing of itself: it is there until a call to it fails.
            MediaPathPolicy::Phone if terms.has_desk_phone => found(MediaPath::Phone),
            MediaPathPolicy::Phone => none("no_desk_phone"),
        }
    }

    /// Why no contact may be offered now, as a stable code.
    pub fn not_routable(&self, terms: Terms) -> Option<&'static str> {
        if !self.presence.is_signed_in() {
            return Some("signed_out");
        }
        if self.slots.iter().any(|slot| slot.phase.is_uncleared()) {
            return Some("uncleared");
        }
        if self.presence.kind() != AgentStatusKind::Routable {
            return Some("status");
        }
        if self.presence.next().is_some() {
            return Some("next_status");
        }
        if !terms.has_profile {
            return Some("no_profile");
        }
        if terms.voice_slots == 0 {
            return Some("no_slots");
        }
        let taken = self.slots.len() >= terms.voice_slots as usize;
        if taken || self.slots.iter().any(|slot| slot.phase.is_being_set_up()) {
            return Some("busy");
        }
        if !self.effective_path(terms).ready {
            return Some("media_not_ready");
        }
        None
    }

    /// Neither the CCP nor any audio path is there.
    pub fn is_out_of_reach(&self, terms: Terms) -> bool {
        !self.ccp_link && !self.effective_path(terms).ready
    }

    /// Another contact than this one in conversation (not held).
    pub fn talking_beside(&self, contact: ContactId) -> Option<ContactId> {
        let talks = |slot: &&Slot| matches!(slot.phase, Phase::Connected | Phase::Transferring);
        self.slots.iter().filter(talks).map(|slot| slot.card.contact).find(|other| *other != contact)
    }

    /// Talks, or is about to, with another than this contact.
    pub fn is_engaged_beside(&self, contact: ContactId) -> bool {
        self.slots.iter().any(|slot| {
            slot.card.contact != contact
                && matches!(slot.phase, Phase::Connected | Phase::Transferring | Phase::Calling | Phase::Accepted)
        })
    }

    /// What the person is doing and since when. Precedence: Error > Missed > Rejected > On contact > ACW > Incoming >
    /// custom > Available.
    pub fn activity(&self) -> (&'static str, Timestamp) {
        const PRECEDENCE: [(Phase, &str); 11] = [
            (Phase::Error, "error"),
            (Phase::Missed, "missed"),
            (Phase::Rejected, "rejected"),
            (Phase::Connected, "connected"),
            (Phase::Transferring, "connected"),
            (Phase::OnHold, "hold"),
            (Phase::Interrupted, "hold"),
            (Phase::Accepted, "connecting"),
            (Phase::Calling, "connecting"),
            (Phase::Acw, "acw"),
            (Phase::Ringing, "incoming"),
        ];
        for (phase, name) in PRECEDENCE {
            if let Some(slot) = self.slots.iter().find(|slot| slot.phase == phase) {
                return (name, slot.since);
            }
        }
        match self.presence {
            Presence::SignedOut => ("offline", self.idle_since),
            Presence::Present { status, since, .. } => match status.kind {
                AgentStatusKind::Offline => ("offline", since),
                AgentStatusKind::Custom => ("custom", since),
                AgentStatusKind::Routable => ("available", since.max(self.idle_since)),
            },
        }
    }

    /// The snapshot of the agent event stream.
    pub fn snapshot(&self, centre: &Centre) -> Option<AgentSnapshot> {
        let Presence::Present { status, since, next } = self.presence else { return None };
        let instance = &centre.instance;
        let account = centre.agents.get(&self.id);
        let profile = account
            .and_then(|account| account.routing_profile)
            .and_then(|id| centre.routing_profiles.get(&id))
            .map(|profile| NamedArn {
                arn: instance.arn_of(RoutingProfileId::KIND, profile.id),
                name: profile.name.clone(),
            });
        Some(AgentSnapshot {
            agent_status: status_snapshot(centre, status, since),
            next_agent_status: next.map(|next| status_snapshot(centre, next.status, next.enqueued)),
            configuration: ConfigurationSnapshot {
                first_name: account.map(|account| account.first_name.clone()).unwrap_or_default(),
                last_name: account.map(|account| account.last_name.clone()).unwrap_or_default(),
                username: account.map(|account| account.username.clone()).unwrap_or_default(),
                routing_profile: profile,
            },
            contacts: self.slots.iter().map(|slot| slot.snapshot(instance)).collect(),
        })
    }
}

fn status_snapshot(centre: &Centre, chosen: Chosen, since: Timestamp) -> StatusSnapshot {
    let name = chosen.id.and_then(|id| centre.statuses.get(&id)).map(|status| status.name.clone());
    StatusSnapshot {
        arn: chosen.id.map(|id| centre.instance.arn_of(AgentStatusId::KIND, id)).unwrap_or_default(),
        name: name.unwrap_or_else(|| "Offline".to_owned()),
        start_timestamp: since.to_rfc3339(),
        kind: chosen.kind,
    }
}

impl Slot {
    fn snapshot(&self, instance: &Instance) -> ContactSnapshot {
        ContactSnapshot {
            contact_id: self.card.contact,
            initial_contact_id: self.card.initial,
            channel: self.card.channel,
            initiation_method: self.card.method,
            state: self.phase.published(),
            state_start_timestamp: self.since.to_rfc3339(),
            connected_to_agent_timestamp: self.connected.map(Timestamp::to_rfc3339),
            queue_timestamp: self.card.enqueued.map(Timestamp::to_rfc3339),
            queue: self
                .card
                .queue
                .as_ref()
                .map(|(id, name)| NamedArn { arn: instance.arn_of(QueueId::KIND, id), name: name.clone() }),
        }
    }
}

/// Why a contact on an agent did not move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdvanceError {
    #[error("the contact is not on this agent")]
    NoSuchContact,
    #[error(transparent)]
    Refused(#[from] SlotRefused),
}

/// Agents by id.
pub type People = BTreeMap<AgentId, Person>;
