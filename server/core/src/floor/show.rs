//! Making the views: an agent's desk and the live page.

use super::*;
use crate::agent::{Person, Phase, Slot};

impl Floor {
    /// What the agent's CCP shows; `None` for those who are no agents. Works before the first sign-in too.
    pub fn agent_view(&self, agent: AgentId) -> Option<AgentView> {
        let account = self.centre.agents.get(&agent).filter(|account| account.is_agent())?;
        let unseen = Person::new(agent);
        let person = self.people.get(&agent).unwrap_or(&unseen);
        let profile = account.routing_profile.and_then(|profile| self.centre.routing_profiles.get(&profile));
        let mut statuses: Vec<AgentStatus> = self.centre.statuses.values().cloned().collect();
        statuses.sort_by(|one, other| (one.order, &one.name).cmp(&(other.order, &other.name)));
        Some(AgentView {
            agent: self.agent_part(account, person),
            contacts: person.slots.iter().map(|slot| self.contact_part(slot)).collect(),
            media: self.media_part(person),
            queues: profile.map(|profile| self.queue_parts(profile)).unwrap_or_default(),
            statuses,
            quick_connects: profile.map(|profile| self.quick_connects(profile)).unwrap_or_default(),
            dispositions: self.centre.dispositions.clone(),
            recent: person.recent.iter().map(recent_part).collect(),
            can: self.agent_can(person),
        })
    }

    fn agent_part(&self, account: &Agent, person: &Person) -> AgentPart {
        let (activity, since) = person.activity();
        let not_routable = self.terms(person.id).map_or(Some("no_profile"), |terms| person.not_routable(terms));
        let status = match person.presence.status() {
            Some(status) => status.id,
            None => self.centre.status_of_kind(AgentStatusKind::Offline).map(|status| status.id),
        };
        AgentPart {
            id: account.id,
            username: account.username.clone(),
            name: account.display_name(),
            language: account.language.clone(),
            signed_in: person.presence.is_signed_in(),
            ccp_link: person.ccp_link,
            status,
            activity: activity.to_owned(),
            since,
            next_status: person.presence.next().and_then(|next| next.status.id),
            routable: not_routable.is_none(),
            not_routable_why: not_routable.map(ToOwned::to_owned),
            auto_accept: account.auto_accept,
        }
    }

    fn contact_part(&self, slot: &Slot) -> ContactPart {
        // A missed contact may be with somebody else by now: then its inside is no longer this agent's to see.
        let own = self.contacts.get(&slot.card.contact).filter(|_| !slot.phase.is_uncleared());
        ContactPart {
            id: slot.card.contact,
            channel: slot.card.channel,
            method: slot.card.method,
            state: slot.phase.published(),
            phase: slot.phase.name().to_owned(),
            state_since: slot.since,
            customer: slot.card.customer.clone(),
            customer_name: slot.card.customer_name.clone(),
            queue: slot.card.queue.as_ref().map(|(_, name)| name.clone()),
            waited: slot.waited,
            deadline: slot.deadline,
            muted: slot.mute.shown(),
            mute_pending: matches!(slot.mute, crate::agent::Mute::Pending { .. }),
            recording: own.is_some_and(|contact| contact.recording().is_some()),
            connected: slot.connected,
            note: own.map(|contact| contact.note.clone()).unwrap_or_default(),
            disposition: own.and_then(|contact| contact.disposition.clone()),
            attributes: own.map(|contact| contact.data.attributes.clone()).unwrap_or_default(),
            reason: slot.reason.clone(),
            can: can::can(slot.phase),
            leg: slot.leg,
        }
    }

    fn media_part(&self, person: &Person) -> MediaPart {
        let effective = self.terms(person.id).map(|terms| person.effective_path(terms));
        let (path, ready) = effective.map_or((MediaPath::None, false), |path| (path.path, path.ready));
        let live = person.slots.iter().find(|slot| slot.phase.is_live());
        let state = match person.slots.iter().map(|slot| slot.phase).find(|phase| phase.is_being_set_up()) {
            _ if live.is_some_and(|slot| slot.leg.is_some()) => "live",
            Some(Phase::Ringing) => "ringing",
            Some(_) => "connecting",
            None if live.is_some() => "connecting",
            None if ready => "ready",
            None => "offline",
        };
        let detail_of = match path {
            MediaPath::None => MediaPath::Local,
            path => path,
        };
        MediaPart {
            path,
            ready,
            state: state.to_owned(),
            detail: person.path_detail(detail_of).map(ToOwned::to_owned),
            quality: live.and_then(|slot| self.quality_word(slot.card.contact)),
            reason: effective.and_then(|path| path.reason).map(ToOwned::to_owned),
            muted: live.is_some_and(|slot| slot.mute.shown()),
        }
    }

    /// One word for the agent's audio, by E-model rating: R ≥ 80 satisfied, R ≥ 70 some dissatisfied (ITU-T G.109).
    fn quality_word(&self, contact: ContactId) -> Option<String> {
        let quality = self.contacts.get(&contact)?.quality.get("agent")?;
        let word = match quality.r_factor {
            r if r >= 80.0 => "good",
            r if r >= 70.0 => "fair",
            _ => "poor",
        };
        Some(word.to_owned())
    }

    fn queue_parts(&self, profile: &RoutingProfile) -> Vec<QueuePart> {
        let queues = profile.queues.iter().filter_map(|row| self.centre.queues.get(&row.queue));
        queues
            .map(|queue| {
                let counts = self.acd.counts(queue.id);
                QueuePart { id: queue.id, name: queue.name.clone(), waiting: counts.waiting, oldest: counts.oldest }
            })
            .collect()
    }

    /// Those of the queues the agent serves or calls out for.
    fn quick_connects(&self, profile: &RoutingProfile) -> Vec<QuickConnectPart> {
        let queues = profile.queues.iter().map(|row| row.queue).chain(profile.outbound_queue);
        let ids: BTreeSet<QuickConnectId> = queues
            .filter_map(|queue| self.centre.queues.get(&queue))
            .flat_map(|queue| queue.quick_connects.iter().copied())
            .collect();
        let mut parts: Vec<QuickConnectPart> = ids
            .iter()
            .filter_map(|id| self.centre.quick_connects.get(id))
            .map(|quick| {
                let (kind, available) = match &quick.target {
                    QuickConnectTarget::PhoneNumber { .. } => ("phone_number", true),
                    QuickConnectTarget::Agent { agent, .. } => ("agent", self.is_reachable(*agent)),
                    QuickConnectTarget::Queue { .. } => ("queue", true),
                };
                QuickConnectPart { id: quick.id, name: quick.name.clone(), kind: kind.to_owned(), available }
            })
            .collect();
        parts.sort_by(|one, other| one.name.cmp(&other.name));
        parts
    }

    fn agent_can(&self, person: &Person) -> Vec<String> {
        if !person.presence.is_signed_in() {
            return Vec::new();
        }
        let mut can = vec!["set_status"];
        if person.presence.next().is_some() {
            can.push("cancel_next_status");
        }
        if self.cannot_dial(person.id).is_none() {
            can.push("dial");
        }
        let held_back = |phase: Phase| phase.is_live() || matches!(phase, Phase::Accepted | Phase::Calling);
        if !person.slots.iter().any(|slot| held_back(slot.phase)) {
            can.push("sign_out");
        }
        can.into_iter().map(ToOwned::to_owned).collect()
    }

    /// Queues, contacts under way and agents: what the live page shows.
    pub fn live_view(&self) -> LiveView {
        let mut contacts: Vec<&Contact> = self.contacts.values().filter(|contact| !contact.state.is_over()).collect();
        let total = u32::try_from(contacts.len()).unwrap_or(u32::MAX);
        contacts.sort_by_key(|contact| (contact.initiated, contact.id()));
        LiveView {
            queues: self.centre.queues.values().map(|queue| self.live_queue(queue)).collect(),
            contacts: contacts.into_iter().take(LIVE_CONTACTS_SHOWN).map(live_contact).collect(),
            contacts_total: total,
            agents: self.people.values().filter_map(|person| self.live_agent(person)).collect(),
        }
    }

    fn live_queue(&self, queue: &Queue) -> LiveQueue {
        let counts = self.acd.counts(queue.id);
        LiveQueue {
            id: queue.id,
            name: queue.name.clone(),
            waiting: counts.waiting,
            oldest: counts.oldest,
            agents_online: counts.agents_online,
            agents_staffed: counts.agents_staffed,
            agents_available: counts.agents_available,
        }
    }

    fn live_agent(&self, person: &Person) -> Option<LiveAgent> {
        let account = self.centre.agents.get(&person.id)?;
        let part = self.agent_part(account, person);
        let media = self.media_part(person);
        let status = part.status.and_then(|status| self.centre.statuses.get(&status));
        Some(LiveAgent {
            id: person.id,
            username: part.username,
            name: part.name,
            status: part.status,
            status_name: status.map(|status| status.name.clone()).unwrap_or_default(),
            activity: part.activity,
            since: part.since,
            next_status: part.next_status,
            routable: part.routable,
            not_routable_why: part.not_routable_why,
            path: media.path,
            media_ready: media.ready,
            contacts: person.slots.iter().map(|slot| slot.card.contact).collect(),
        })
    }
}

fn live_contact(contact: &Contact) -> LiveContact {
    let wait = contact.wait.as_ref();
    LiveContact {
        id: contact.id(),
        channel: contact.data.channel,
        method: contact.data.method,
        state: contact.state.name().to_owned(),
        since: contact.since,
        initiated: contact.initiated,
        customer: contact.data.customer.address.clone(),
        customer_name: contact.customer_name.clone(),
        queue: wait.and_then(|wait| wait.queue),
        enqueued: wait.map(|wait| wait.enqueued),
        agent: contact.state.agent(),
    }
}

fn recent_part(recent: &crate::agent::Recent) -> RecentPart {
    RecentPart {
        contact: recent.contact,
        customer: recent.customer.clone(),
        queue: recent.queue.clone(),
        at: recent.at,
        method: recent.method,
        outcome: recent.outcome.name().to_owned(),
    }
}
