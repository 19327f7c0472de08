//! Agents come, go and choose statuses; their links and audio paths come and go; the agent event stream tells it.

use super::*;
use crate::{
    acd::{Candidate, Staffing},
    agent::{Chosen, Person, Phase, PresenceEvent, PresenceRefused, SlotEvent, Terms},
    contact::State,
};
use rand_core::Rng;
use std::time::Duration;

/// Idle time after which a heartbeat is told.
const HEARTBEAT: Duration = Duration::from_secs(120);
/// Version of the agent event stream's shape.
const STREAM_VERSION: &str = "2017-10-01";

impl Floor {
    /// What the configuration says of an agent.
    pub(super) fn terms(&self, agent: AgentId) -> Option<Terms> {
        let account = self.centre.agents.get(&agent)?;
        let profile = account.routing_profile.and_then(|profile| self.centre.routing_profiles.get(&profile));
        Some(Terms {
            has_profile: profile.is_some(),
            voice_slots: profile.map_or(0, |profile| profile.voice_slots),
            policy: profile.map(|profile| profile.media_path_policy).unwrap_or_default(),
            has_desk_phone: account.desk_phone.as_ref().is_some_and(|number| !number.is_empty()),
        })
    }

    /// The agent's person, made on first mention; none for those who are no agents.
    pub(super) fn person_mut(&mut self, agent: AgentId) -> Option<&mut Person> {
        if !self.centre.agents.get(&agent).is_some_and(Agent::is_agent) {
            return None;
        }
        self.changed_agents.insert(agent);
        self.live_changed = true;
        Some(self.people.entry(agent).or_insert_with(|| Person::new(agent)))
    }

    // ---- presence

    pub(super) fn sign_in(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let offline = Chosen {
            id: self.centre.status_of_kind(AgentStatusKind::Offline).map(|status| status.id),
            kind: AgentStatusKind::Offline,
        };
        self.presence(agent, PresenceEvent::SignIn { offline })?;
        self.tell_agent(agent, AgentEventType::Login);
        Ok(())
    }

    pub(super) fn sign_out(&mut self, agent: AgentId) -> Result<(), Refusal> {
        let live = self.people.get(&agent).is_some_and(|person| {
            person
                .slots
                .iter()
                .any(|slot| slot.phase.is_live() || matches!(slot.phase, Phase::Accepted | Phase::Calling))
        });
        if live {
            return Err(Refusal::new("contact_active", "A customer is on the line.").remedy("End the contact first."));
        }
        if !self.people.get(&agent).is_some_and(|person| person.presence.is_signed_in()) {
            return Err(refuse(PresenceRefused::NotSignedIn));
        }
        self.vacate(agent);
        self.presence(agent, PresenceEvent::SignOut)?;
        self.tell_agent(agent, AgentEventType::Logout);
        self.timers.clear(Timer::Heartbeat(agent));
        Ok(())
    }

    pub(super) fn set_status(&mut self, agent: AgentId, status: AgentStatusId) -> Result<(), Refusal> {
        let Some(known) = self.centre.statuses.get(&status) else {
            return Err(Refusal::new("not_found", "There is no such status.").field("status"));
        };
        let chosen = Chosen { id: Some(status), kind: known.kind };
        let Some(person) = self.people.get(&agent) else { return Err(refuse(PresenceRefused::NotSignedIn)) };
        let busy = person.slots.iter().any(|slot| !slot.phase.is_uncleared());
        if !busy && person.presence.is_signed_in() {
            // Choosing a status says that what was missed has been seen.
            self.clear_uncleared(agent);
        }
        self.presence(agent, PresenceEvent::Choose { status: chosen, busy })
    }

    pub(super) fn presence(&mut self, agent: AgentId, event: PresenceEvent) -> Result<(), Refusal> {
        let now = self.now;
        let tie = self.rng.next_u64();
        let Some(person) = self.person_mut(agent) else { return Err(commands::not_an_agent()) };
        let next = person.presence.on(now, event).map_err(refuse)?;
        if next.status() != person.presence.status() {
            person.idle_since = now;
            person.tie = tie;
        }
        person.presence = next;
        Ok(())
    }

    /// Ends whatever is on the agent.
    fn vacate(&mut self, agent: AgentId) {
        let slots: Vec<(ContactId, Phase)> = self
            .people
            .get(&agent)
            .map(|person| person.slots.iter().map(|slot| (slot.card.contact, slot.phase)).collect())
            .unwrap_or_default();
        for (contact, phase) in slots {
            match phase {
                Phase::Ringing | Phase::Accepted => self.offer_agent_left(contact),
                Phase::Acw => self.finish_acw(contact, agent),
                Phase::Calling => self.disconnect(contact, DisconnectReason::AgentDisconnect),
                Phase::Transferring => self.agent_leaves_transfer(contact),
                phase if phase.is_uncleared() => {
                    self.shift_slot(agent, contact, SlotEvent::Clear);
                }
                _ => self.agent_ends(contact),
            }
        }
    }

    /// The account is gone from the configuration.
    pub(super) fn forget_agent(&mut self, agent: AgentId) {
        self.vacate(agent);
        // What was live has left after-contact work behind, which nobody will do.
        self.vacate(agent);
        if self.people.get(&agent).is_some_and(|person| person.presence.is_signed_in()) {
            let _ = self.people.get_mut(&agent).map(|person| person.presence = crate::agent::Presence::SignedOut);
            self.tell_agent(agent, AgentEventType::Logout);
        }
        self.timers.clear(Timer::Heartbeat(agent));
        self.acd.seat(agent, None, Staffing::Offline, None);
        self.people.remove(&agent);
        self.changed_agents.remove(&agent);
    }

    // ---- links and audio paths

    pub(super) fn ccp_link(&mut self, agent: AgentId, up: bool) {
        if let Some(person) = self.person_mut(agent) {
            person.ccp_link = up;
        }
        self.clear_if_out_of_reach(agent);
    }

    pub(super) fn media_path(&mut self, agent: AgentId, path: MediaPath, ready: bool, detail: String) {
        let Some(person) = self.person_mut(agent) else { return };
        let detail: String = detail.chars().take(128).collect();
        person.set_path(path, ready, detail);
        let interrupted: Vec<ContactId> =
            person.slots.iter().filter(|slot| slot.phase == Phase::Interrupted).map(|slot| slot.card.contact).collect();
        if ready {
            for contact in interrupted {
                self.regain(contact);
            }
        }
        self.clear_if_out_of_reach(agent);
    }

    /// An agent whose CCP and audio are both gone cannot clear anything themselves, nor answer.
    pub(super) fn clear_if_out_of_reach(&mut self, agent: AgentId) {
        let gone =
            self.terms(agent).zip(self.people.get(&agent)).is_some_and(|(terms, person)| person.is_out_of_reach(terms));
        if !gone {
            return;
        }
        self.clear_uncleared(agent);
        let ringing: Vec<ContactId> = self
            .people
            .get(&agent)
            .map(|person| person.slots.iter().filter(|slot| slot.phase == Phase::Ringing).collect::<Vec<_>>())
            .unwrap_or_default()
            .iter()
            .map(|slot| slot.card.contact)
            .collect();
        for contact in ringing {
            self.offer_agent_left(contact);
        }
        self.all_done(agent);
    }

    pub(super) fn clear_uncleared(&mut self, agent: AgentId) {
        let Some(person) = self.people.get(&agent) else { return };
        let uncleared: Vec<ContactId> =
            person.slots.iter().filter(|slot| slot.phase.is_uncleared()).map(|slot| slot.card.contact).collect();
        for contact in uncleared {
            self.shift_slot(agent, contact, SlotEvent::Clear);
        }
        self.all_done(agent);
    }

    // ---- slots

    /// Notes why, for the agent to see.
    pub(super) fn slot_reason(&mut self, agent: AgentId, contact: ContactId, reason: &str) {
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(contact)) {
            slot.reason = Some(reason.to_owned());
            self.touch_agent(agent);
        }
    }

    pub(super) fn slot_reason_clear(&mut self, agent: AgentId, contact: ContactId) {
        if let Some(slot) = self.people.get_mut(&agent).and_then(|person| person.slot_mut(contact)) {
            slot.reason = None;
        }
    }

    pub(super) fn slot_path(&self, agent: AgentId, contact: ContactId) -> MediaPath {
        self.people.get(&agent).and_then(|person| person.slot(contact)).map_or(MediaPath::None, |slot| slot.path)
    }

    // ---- seating and telling

    /// Tells the acd what is known of the agent.
    pub(super) fn seat(&mut self, agent: AgentId) {
        let Some((terms, person)) = self.terms(agent).zip(self.people.get(&agent)) else { return };
        let staffing = match person.presence.kind() {
            AgentStatusKind::Offline => Staffing::Offline,
            AgentStatusKind::Custom => Staffing::Away,
            AgentStatusKind::Routable => Staffing::Staffed,
        };
        let ready = person.not_routable(terms).is_none();
        let candidate = ready.then_some(Candidate { idle_since: person.idle_since, tie: person.tie });
        let profile = self.centre.agents.get(&agent).and_then(|account| account.routing_profile);
        self.acd.seat(agent, profile.filter(|_| terms.has_profile), staffing, candidate);
    }

    /// Journals a changed agent, tells the event stream and the agent's pages.
    pub(super) fn announce_agent(&mut self, agent: AgentId) {
        let Some((terms, person)) = self.terms(agent).zip(self.people.get(&agent)) else { return };
        let effective = person.effective_path(terms);
        if person.told_path != (effective.path, effective.ready) {
            let shown = if effective.ready { effective.path } else { person.told_path.0 };
            let reason = effective
                .reason
                .map_or_else(|| person.path_detail(effective.path).unwrap_or_default().to_owned(), ToOwned::to_owned);
            self.happen(Event::MediaPathChanged { agent, path: shown, ready: effective.ready, reason });
            if let Some(person) = self.people.get_mut(&agent) {
                person.told_path = (effective.path, effective.ready);
            }
        }
        let Some(person) = self.people.get(&agent) else { return };
        if person.presence.is_signed_in() && person.snapshot(&self.centre) != person.told {
            self.tell_agent(agent, AgentEventType::StateChange);
        }
        let Some(person) = self.people.get(&agent) else { return };
        let state = serde_json::to_string(person).expect("an agent is plain data");
        self.emit(Output::AgentState { agent, state });
        self.emit(Output::AgentChanged { agent });
    }

    /// One entry of the agent event stream; restarts the heartbeat.
    fn tell_agent(&mut self, agent: AgentId, event_type: AgentEventType) {
        let Some(person) = self.people.get_mut(&agent) else { return };
        let current = person.snapshot(&self.centre);
        let previous = std::mem::replace(&mut person.told, current.clone());
        let instance = &self.centre.instance;
        let (instance_arn, agent_arn) = (instance.arn(), instance.arn_of(AgentId::KIND, agent));
        self.timers.set(Timer::Heartbeat(agent), self.now + HEARTBEAT);
        self.happen(Event::Agent(Box::new(AgentEvent {
            agent,
            event_type,
            version: STREAM_VERSION.to_owned(),
            instance_arn,
            agent_arn,
            current_agent_snapshot: current,
            previous_agent_snapshot: previous,
        })));
    }

    pub(super) fn heartbeat(&mut self, agent: AgentId) {
        if self.people.get(&agent).is_some_and(|person| person.presence.is_signed_in()) {
            self.tell_agent(agent, AgentEventType::HeartBeat);
        }
    }

    /// The state and the slot agree that this agent is being asked or talks.
    pub(super) fn holds(&self, agent: AgentId, contact: ContactId) -> bool {
        self.state_of(contact).and_then(State::agent) == Some(agent)
    }
}

pub(super) fn refuse(refused: PresenceRefused) -> Refusal {
    let code = match refused {
        PresenceRefused::SignedInAlready => "signed_in_already",
        PresenceRefused::NotSignedIn => "not_signed_in",
        PresenceRefused::NoNextStatus => "no_next_status",
    };
    Refusal::new(code, refused.to_string())
}
