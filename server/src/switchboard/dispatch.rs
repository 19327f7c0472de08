//! One output of the floor, one call to an edge.

use super::{Asker, Board, hear::key_of, legs::Wire};
use crate::edge::{media, sip};
use std::sync::Arc;
use tracing::{debug, warn};
use twinline_api::ws::media_agent::ToMediaAgent;
use twinline_core::io::*;
use twinline_media::{
    engine::{CodecPolicy, PlaybackKey, RecordingKey, RoomKey},
    player::Prompt,
};
use twinline_model::*;
use twinline_sip::endpoint::{Body, Invite, PeerKey};

impl Board {
    pub(super) fn dispatch(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => self.answer(leg),
            Output::Hangup { leg, cause } => self.hang_up(leg, cause),
            Output::Dial { leg, contact, number, caller_id, limit } => {
                self.dial(leg, contact, &number, caller_id, limit)
            }
            Output::Play { leg, playback, contact, prompt, repeat } => {
                self.start_play(leg, playback, contact, prompt, repeat)
            }
            Output::StopPlay { leg, playback } => self.stop_play(leg, playback),
            Output::SendDigits { leg, digits } => {
                self.tell_worker(leg, |leg| media::Command::SendDigits { leg, digits })
            }
            Output::Join { room, leg, contact } => self.join(room, leg, contact),
            Output::Leave { room, leg } => {
                self.tell_worker(leg, |leg| media::Command::Leave { room: RoomKey(room.bits()), leg });
            }
            Output::Mute { leg, on } => self.mute(leg, on),
            Output::StartRecording { recording, contact, customer, agent } => {
                self.legs.belongs(customer, contact);
                let recording = RecordingKey(recording.bits());
                let agent = agent.map(key_of);
                self.tell_worker(customer, |customer| media::Command::StartRecording { recording, customer, agent });
                if let Some(worker) = self.legs.worker_of_leg(customer) {
                    self.recorders.insert(recording.0, worker);
                }
            }
            Output::PauseRecording { recording, paused } => {
                self.tell_recorder(recording, false, |recording| media::Command::PauseRecording { recording, paused })
            }
            Output::StopRecording { recording } => {
                self.tell_recorder(recording, true, |recording| media::Command::StopRecording { recording });
            }
            Output::Ring(ring) => self.ring(ring),
            Output::StopRing { agent, contact, leg, why } => self.stop_ring(agent, contact, leg, why),
            Output::ConnectAgent { agent, contact, leg, path, .. } => self.connect_agent(agent, contact, leg, path),
            Output::AgentChanged { agent } => drop(self.stale.insert(agent)),
            Output::LiveChanged => self.live_stale = true,
            Output::CommandDone { command, result } => self.command_done(command, result),
            // Taken by the journal before effects are handed out.
            Output::Happened(_)
            | Output::ContactState { .. }
            | Output::ContactGone { .. }
            | Output::AgentState { .. }
            | Output::Record(_) => {}
        }
    }

    fn tell_worker(&self, leg: LegId, command: impl FnOnce(twinline_media::engine::LegKey) -> media::Command) {
        if let Some(worker) = self.legs.worker_of_leg(leg) {
            self.wires.workers[worker].send(command(key_of(leg)));
        }
    }

    fn tell_recorder(
        &mut self,
        recording: RecordingId,
        last: bool,
        command: impl FnOnce(RecordingKey) -> media::Command,
    ) {
        let key = recording.bits();
        let worker = if last { self.recorders.remove(&key) } else { self.recorders.get(&key).copied() };
        if let Some(worker) = worker {
            self.wires.workers[worker].send(command(RecordingKey(key)));
        }
    }

    // ---- calls

    fn answer(&mut self, leg: LegId) {
        let Some(known) = self.legs.get_mut(leg) else { return };
        let Wire::Inbound { call, sdp, delayed_offer, .. } = &mut known.wire else { return };
        let Some(sdp) = sdp.take() else { return };
        self.wires.sip.send(sip::Command::Answer { call: *call, body: Body::sdp(sdp) });
        known.answered = true;
        if *delayed_offer {
            return;
        }
        // The caller may hear us from the 200 on; a missing ACK ends the leg later.
        known.media_set = true;
        known.told = true;
        self.again.push_back(Input::LegAnswered { leg });
    }

    fn hang_up(&mut self, leg: LegId, cause: HangupCause) {
        let Some(known) = self.legs.get_mut(leg) else { return };
        let answered = known.answered;
        match &mut known.wire {
            Wire::Inbound { call, .. } if !answered => {
                let call = *call;
                self.wires.sip.send(sip::Command::Reject { call, status: status_of(cause) });
            }
            Wire::Inbound { call, .. } | Wire::Outbound { call: Some(call), .. } => {
                self.wires.sip.send(sip::Command::HangUp { call: *call });
            }
            Wire::Outbound { hung_up, invite, .. } => {
                *hung_up = true;
                if invite.take().is_some() {
                    // Not sent yet: there is nobody who could answer.
                    self.drop_leg(leg);
                    self.again.push_back(Input::LegFailed { leg, cause: LegFailure::Cancelled });
                }
            }
            Wire::Agent { agent, .. } => {
                let (agent, contact) = (*agent, known.contact);
                self.drop_leg(leg);
                if let Some(contact) = contact {
                    self.links.send(agent, ToMediaAgent::Ended { contact, leg, why: word(cause) });
                }
                self.again.push_back(if answered {
                    Input::LegEnded { leg, cause: LegEnd::Local }
                } else {
                    Input::LegFailed { leg, cause: LegFailure::Cancelled }
                });
            }
        }
    }

    fn dial(
        &mut self,
        leg: LegId,
        contact: ContactId,
        number: &str,
        caller_id: Option<String>,
        limit: std::time::Duration,
    ) {
        let Some(trunk) = trunk_for(self.floor.centre(), number) else {
            return self.again.push_back(Input::LegFailed { leg, cause: LegFailure::NotAllowed });
        };
        let invite = Invite {
            peer: PeerKey(trunk.bits()),
            to: number.to_owned(),
            from: caller_id.unwrap_or_default(),
            from_name: String::new(),
            headers: Vec::new(),
            body: None,
        };
        let beside = self.floor.customer_leg(contact);
        let worker = self.legs.add_outbound(leg, contact, beside, invite);
        self.wires.mailbox.overdue_after(leg, limit);
        let codecs = CodecPolicy::default();
        let command = media::Command::OpenRtp { leg: key_of(leg), offer: None, source: None, codecs };
        self.wires.workers[worker].send(command);
    }

    // ---- sound

    fn start_play(&mut self, leg: LegId, playback: PlaybackId, contact: ContactId, prompt: PromptSource, repeat: bool) {
        if matches!(self.legs.get(leg).map(|leg| &leg.wire), Some(Wire::Inbound { .. })) {
            self.legs.belongs(leg, contact);
        }
        if let Some(prompt) = self.wires.prompts.ready(&prompt) {
            return self.play(leg, playback, prompt, repeat);
        }
        self.preparing.insert(playback);
        let centre = self.floor.centre().clone();
        self.wires.prompts.prepare(centre, prompt, leg, playback, repeat);
    }

    pub(super) fn play(&mut self, leg: LegId, playback: PlaybackId, prompt: Arc<Prompt>, repeat: bool) {
        let playback = PlaybackKey(playback.bits());
        self.tell_worker(leg, |leg| media::Command::Play { leg, playback, prompt, repeat });
    }

    fn stop_play(&mut self, leg: LegId, playback: PlaybackId) {
        if self.preparing.remove(&playback) {
            self.unwanted.insert(playback);
            return;
        }
        let playback = PlaybackKey(playback.bits());
        self.tell_worker(leg, |leg| media::Command::StopPlay { leg, playback });
    }

    fn join(&mut self, room: RoomId, leg: LegId, contact: ContactId) {
        self.legs.belongs(leg, contact);
        self.tell_worker(leg, |leg| media::Command::Join { room: RoomKey(room.bits()), leg });
        if let Some(known) = self.legs.get_mut(leg)
            && let Wire::Agent { agent, live } = &mut known.wire
            && !*live
        {
            *live = true;
            let agent = *agent;
            self.links.send(agent, ToMediaAgent::Live { contact, leg });
        }
    }

    fn mute(&mut self, leg: LegId, on: bool) {
        self.tell_worker(leg, |leg| media::Command::Mute { leg, on });
        if let Some(known) = self.legs.get(leg)
            && let (Wire::Agent { agent, .. }, Some(contact)) = (&known.wire, known.contact)
        {
            self.links.send(*agent, ToMediaAgent::SetMute { contact, on });
        }
    }

    // ---- agents

    fn ring(&mut self, ring: Ring) {
        if !self.add_agent_leg(ring.agent, ring.contact, ring.leg, ring.path) {
            return;
        }
        let message = ToMediaAgent::Ring {
            contact: ring.contact,
            leg: ring.leg,
            caller: ring.caller,
            caller_name: ring.caller_name,
            queue: ring.queue_name,
            expires_ms: ring.expires_at.as_millis(),
            auto_accept: ring.auto_accept,
        };
        self.call_endpoint(ring.agent, ring.leg, message);
    }

    fn connect_agent(&mut self, agent: AgentId, contact: ContactId, leg: LegId, path: MediaPath) {
        if !self.add_agent_leg(agent, contact, leg, path) {
            return;
        }
        let view = self.floor.agent_view(agent);
        let part = view.as_ref().and_then(|view| view.contacts.iter().find(|part| part.id == contact));
        let caller = part.map(|part| part.customer.clone()).unwrap_or_default();
        let caller_name = part.map(|part| part.customer_name.clone()).unwrap_or_default();
        self.call_endpoint(agent, leg, ToMediaAgent::Connect { contact, leg, caller, caller_name });
    }

    /// False when the path is not one this server can use; the floor has been told.
    fn add_agent_leg(&mut self, agent: AgentId, contact: ContactId, leg: LegId, path: MediaPath) -> bool {
        if path != MediaPath::Local {
            warn!(?path, "this media path is not available");
            self.again.push_back(Input::LegFailed { leg, cause: LegFailure::MediaFailed });
            return false;
        }
        let beside = self.floor.customer_leg(contact);
        self.legs.add_agent(leg, agent, contact, beside);
        true
    }

    fn call_endpoint(&mut self, agent: AgentId, leg: LegId, message: ToMediaAgent) {
        if !self.links.send(agent, message) {
            self.drop_leg(leg);
            self.again.push_back(Input::LegFailed { leg, cause: LegFailure::MediaFailed });
        }
    }

    fn stop_ring(&mut self, agent: AgentId, contact: ContactId, leg: LegId, why: RingEnd) {
        self.links.send(agent, ToMediaAgent::StopRing { contact, leg, why: word(why) });
        if why != RingEnd::Accepted {
            self.drop_leg(leg);
        }
    }

    fn command_done(&mut self, command: CommandRef, result: Result<(), Refusal>) {
        match self.answers.remove(&command) {
            Some(Asker::Page(answer)) => drop(answer.send(result)),
            Some(Asker::Endpoint { link, id }) => {
                if let Err(error) = result {
                    self.tell_link(link, ToMediaAgent::Refused { id, error });
                }
            }
            None => debug!("an answer to nobody"),
        }
    }
}

/// The trunk whose allowed prefix fits the number best. Nothing is dialled that no trunk allows.
fn trunk_for(centre: &Centre, number: &str) -> Option<TrunkId> {
    let plain: String = number.chars().filter(|c| !matches!(c, '-' | '.' | ' ' | '(' | ')')).collect();
    centre
        .trunks
        .values()
        .filter(|trunk| trunk.target.is_some())
        .flat_map(|trunk| trunk.outbound_prefixes.iter().map(move |prefix| (trunk.id, prefix)))
        .filter(|(_, prefix)| plain.starts_with(prefix.as_str()))
        .max_by_key(|(_, prefix)| prefix.len())
        .map(|(trunk, _)| trunk)
}

/// SIP status for a call that is not taken (RFC 3261 §21).
fn status_of(cause: HangupCause) -> u16 {
    match cause {
        HangupCause::Normal => 480,
        HangupCause::NotFound => 404,
        HangupCause::Busy => 486,
        HangupCause::Overloaded => 503,
        HangupCause::Declined => 603,
        HangupCause::Fault => 500,
    }
}

/// A word of ours as it stands in JSON.
fn word(value: impl serde::Serialize) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_goes_out_by_the_trunk_that_allows_its_longest_prefix_and_by_none_that_does_not() {
        let instance = Instance {
            id: InstanceId::from_bits(1),
            name: "t".into(),
            region: "local".into(),
            account: "000000000001".into(),
        };
        let mut centre = Centre::empty(instance);
        for (bits, prefixes) in [(1, vec!["+82"]), (2, vec!["+8210"]), (3, vec![])] {
            let id = TrunkId::from_bits(bits);
            let trunk = Trunk {
                id,
                name: String::new(),
                sources: vec![],
                target: Some("127.0.0.1".into()),
                transport: SipTransport::Udp,
                username: None,
                password: None,
                registrar: None,
                inbound_auth: false,
                outbound_prefixes: prefixes.into_iter().map(String::from).collect(),
            };
            centre.trunks.insert(id, trunk);
        }
        assert_eq!(trunk_for(&centre, "+82 10-1234-5678"), Some(TrunkId::from_bits(2)));
        assert_eq!(trunk_for(&centre, "+82212345678"), Some(TrunkId::from_bits(1)));
        assert_eq!(trunk_for(&centre, "+44123"), None);
    }
}
