//! What people see: the floor's views in the words of the API, with what only the links know (pairing, endpoints).

use super::{Board, LIVE_EVERY};
use std::collections::HashSet;
use twinline_api::{
    rest::live,
    ws::{
        ccp::{Desk, DeskAgent, DeskContact, DeskMedia, DeskQueue, DeskQuickConnect, DeskRecent, DeskStatus},
        media_agent::ToMediaAgent,
    },
};
use twinline_core::floor::{self, AgentView, ContactPart, LiveView, MediaPart};
use twinline_media::{codec::Codec, quality::Report};
use twinline_model::*;

impl Board {
    /// Publishes the desks that changed, and the supervisors' view when it is due.
    pub(super) fn publish(&mut self) {
        let now = self.clock.now();
        let live_due = self.live_stale && now >= self.live_due;
        if live_due {
            self.live_stale = false;
            self.live_due = now + LIVE_EVERY;
            let view = self.live_view(&self.floor.live_view(), now);
            self.wires.views.publish_live(view);
            // Queue counts on open pages follow the same beat.
            self.stale.extend(self.pages.iter().copied());
        }
        for agent in std::mem::take(&mut self.stale) {
            if let Some(view) = self.floor.agent_view(agent) {
                self.tell_holds(agent, &view);
                let desk = self.desk(&view);
                self.wires.views.publish_desk(agent, desk);
            }
        }
    }

    /// The endpoint shows hold as the desk does.
    fn tell_holds(&mut self, agent: AgentId, view: &AgentView) {
        let held: HashSet<ContactId> = view
            .contacts
            .iter()
            .filter(|part| part.state == AgentContactState::ConnectedOnhold)
            .map(|part| part.id)
            .collect();
        let before = self.held.remove(&agent).unwrap_or_default();
        for contact in held.difference(&before) {
            self.links.send(agent, ToMediaAgent::Hold { contact: *contact, on: true });
        }
        for contact in before.difference(&held) {
            if view.contacts.iter().any(|part| part.id == *contact && part.state == AgentContactState::Connected) {
                self.links.send(agent, ToMediaAgent::Hold { contact: *contact, on: false });
            }
        }
        if !held.is_empty() {
            self.held.insert(agent, held);
        }
    }

    fn desk(&self, view: &AgentView) -> Desk {
        let offline = self.floor.centre().status_of_kind(AgentStatusKind::Offline).map(|status| status.id);
        let agent = &view.agent;
        Desk {
            agent: DeskAgent {
                id: agent.id,
                username: agent.username.clone(),
                name: agent.name.clone(),
                language: agent.language.clone(),
                status: agent.status.or(offline).unwrap_or(AgentStatusId(uuid::Uuid::nil())),
                activity: agent.activity.clone(),
                since_ms: agent.since.as_millis(),
                next_status: agent.next_status,
                routable: agent.routable,
                not_routable_why: agent.not_routable_why.clone(),
                auto_accept: agent.auto_accept,
            },
            contacts: view.contacts.iter().map(desk_contact).collect(),
            media: self.desk_media(agent.id, &view.media),
            queues: view
                .queues
                .iter()
                .map(|queue| DeskQueue {
                    id: queue.id,
                    name: queue.name.clone(),
                    waiting: queue.waiting,
                    oldest_ms: queue.oldest.map(Timestamp::as_millis),
                })
                .collect(),
            statuses: view
                .statuses
                .iter()
                .map(|status| DeskStatus { id: status.id, name: status.name.clone(), kind: status.kind })
                .collect(),
            quick_connects: view
                .quick_connects
                .iter()
                .map(|connect| DeskQuickConnect {
                    id: connect.id,
                    name: connect.name.clone(),
                    kind: connect.kind.clone(),
                    available: connect.available,
                })
                .collect(),
            dispositions: view.dispositions.clone(),
            recent: view
                .recent
                .iter()
                .map(|recent| DeskRecent {
                    contact: recent.contact,
                    customer: recent.customer.clone(),
                    queue: recent.queue.clone(),
                    at_ms: recent.at.as_millis(),
                    method: recent.method,
                    outcome: recent.outcome.clone(),
                })
                .collect(),
        }
    }

    fn desk_media(&self, agent: AgentId, part: &MediaPart) -> DeskMedia {
        let link = self.links.of_agent(agent);
        let unpaired = link.is_none() && !self.links.is_paired(agent);
        DeskMedia {
            path: part.path,
            ready: part.ready,
            state: if unpaired && !part.ready { "unpaired".to_owned() } else { part.state.clone() },
            device_name: link.map(|link| link.name.clone()).filter(|name| !name.is_empty()),
            device: link.and_then(|link| link.bound).map(|(device, _)| device),
            quality: part.quality.clone(),
            // What the endpoint itself complains about is worth more than "not ready".
            reason: link.and_then(|link| link.problem.clone()).or_else(|| part.reason.clone()),
            muted: link.is_some_and(|link| link.muted),
        }
    }

    fn live_view(&self, view: &LiveView, now: Timestamp) -> live::LiveView {
        live::LiveView {
            as_of_ms: now.as_millis(),
            queues: view.queues.iter().map(|queue| self.live_queue(queue, now)).collect(),
            contacts: view.contacts.iter().map(live_contact).collect(),
            contacts_total: view.contacts_total,
            agents: view.agents.iter().map(|agent| self.live_agent(agent)).collect(),
        }
    }

    fn live_queue(&self, queue: &floor::LiveQueue, now: Timestamp) -> live::LiveQueue {
        let today = self.counts.of(queue.id, now);
        live::LiveQueue {
            id: queue.id,
            name: queue.name.clone(),
            waiting: queue.waiting,
            oldest_ms: queue.oldest.map(Timestamp::as_millis),
            agents_online: queue.agents_online,
            agents_staffed: queue.agents_staffed,
            agents_available: queue.agents_available,
            handled: today.handled,
            abandoned: today.abandoned,
            within_service_level: today.within_service_level,
        }
    }

    fn live_agent(&self, agent: &floor::LiveAgent) -> live::LiveAgent {
        let link = self.links.of_agent(agent.id);
        live::LiveAgent {
            id: agent.id,
            username: agent.username.clone(),
            name: agent.name.clone(),
            status: agent.status,
            status_name: agent.status_name.clone(),
            activity: agent.activity.clone(),
            since_ms: agent.since.as_millis(),
            next_status: agent.next_status,
            routable: agent.routable,
            not_routable_why: agent.not_routable_why.clone(),
            path: agent.path,
            media_ready: agent.media_ready,
            device_name: link.map(|link| link.name.clone()).filter(|name| !name.is_empty()),
            contacts: agent.contacts.clone(),
        }
    }
}

fn live_contact(row: &floor::LiveContact) -> live::LiveContact {
    live::LiveContact {
        id: row.id,
        channel: row.channel,
        method: row.method,
        state: row.state.clone(),
        since_ms: row.since.as_millis(),
        initiated_ms: row.initiated.as_millis(),
        customer: row.customer.clone(),
        customer_name: row.customer_name.clone(),
        queue: row.queue,
        enqueued_ms: row.enqueued.map(Timestamp::as_millis),
        agent: row.agent,
    }
}

fn desk_contact(part: &ContactPart) -> DeskContact {
    DeskContact {
        id: part.id,
        channel: part.channel,
        method: part.method,
        state: part.state,
        state_since_ms: part.state_since.as_millis(),
        customer: part.customer.clone(),
        customer_name: part.customer_name.clone(),
        queue: part.queue.clone(),
        waited_ms: u64::try_from(part.waited.as_millis()).unwrap_or(u64::MAX),
        deadline_ms: part.deadline.map(Timestamp::as_millis),
        muted: part.muted,
        mute_pending: part.mute_pending,
        recording: part.recording,
        connected_ms: part.connected.map(Timestamp::as_millis),
        note: part.note.clone(),
        disposition: part.disposition.clone(),
        attributes: part.attributes.clone(),
        reason: part.reason.clone(),
        can: part.can.clone(),
    }
}

/// A worker's report in the words of the contact record.
pub(super) fn quality_of(report: &Report, participant: &str) -> LegQuality {
    let ms = |duration: std::time::Duration| duration.as_secs_f64() * 1_000.0;
    LegQuality {
        participant: participant.to_owned(),
        codec: match report.codec {
            Codec::Pcmu => "PCMU",
            Codec::Pcma => "PCMA",
            Codec::G722 => "G722",
            Codec::Opus => "opus",
        }
        .to_owned(),
        packets_received: report.packets_received,
        packets_lost: report.packets_lost,
        jitter_ms: ms(report.jitter),
        round_trip_ms: report.round_trip.map(ms),
        remote_loss_percent: report.remote_loss_percent,
        r_factor: report.rating.r,
        mos_cqe: report.rating.mos,
    }
}
