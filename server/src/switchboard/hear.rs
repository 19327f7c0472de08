//! What the edges say, turned into the floor's words.

use super::{Asker, Board, LinkEvent, LinkId, Message, legs::Wire};
use crate::edge::{media, prompts::Prepared, sip};
use tokio::sync::oneshot;
use tracing::{debug, info, warn};
use twinline_api::ws::media_agent::{FromMediaAgent, Person, ToMediaAgent};
use twinline_core::io::*;
use twinline_media::engine::{LegKey, MediaEvent};
use twinline_model::*;
use twinline_sip::endpoint::{Body, CallKey, EndCause, Event as SipEvent, IncomingCall, InviteError};

impl Board {
    pub(super) fn hear(&mut self, message: Message) {
        match message {
            Message::Sip(sip::Told::Event(event)) => self.hear_sip(event),
            Message::Sip(sip::Told::Invited { leg, result }) => self.invited(leg, result),
            Message::Media(told) => self.hear_media(told),
            Message::Link { link, event } => self.hear_link(link, event),
            Message::Prepared(prepared) => self.prepared(prepared),
            Message::Overdue { leg } => {
                if let Some(known) = self.legs.get_mut(leg)
                    && let (false, Wire::Outbound { call: Some(call), .. }) = (known.answered, &known.wire)
                {
                    known.overdue = true;
                    self.wires.sip.send(sip::Command::HangUp { call: *call });
                }
            }
            Message::RecordingClosed { recording, duration, complete, peaks } => {
                let store = self.wires.store.clone();
                self.feed(Input::RecordingClosed { recording, duration, complete });
                tokio::spawn(async move {
                    if let Err(error) = store.put_peaks(recording, peaks).await {
                        tracing::warn!(%error, "the waveform of a recording could not be stored");
                    }
                });
            }
        }
    }

    // ---- SIP

    fn hear_sip(&mut self, event: SipEvent) {
        match event {
            SipEvent::Incoming(call) => self.incoming(call),
            SipEvent::Cancelled { call } => self.call_over(call, LegFailure::Cancelled, LegEnd::Remote),
            SipEvent::Acked { call, body } => self.acked(call, body),
            SipEvent::Progress { call, body, .. } => self.progress(call, body),
            SipEvent::Answered { call, body } => self.call_answered(call, body),
            SipEvent::Failed { call, status, .. } => {
                self.call_over(call, failure_of(status), LegEnd::Remote);
            }
            SipEvent::Offer { call, body } => self.offered_anew(call, body),
            SipEvent::OfferAnswered { call, result } => {
                if let (Some(leg), Ok(body)) = (self.legs.of_call(call), result) {
                    self.apply_answer(leg, &body);
                }
            }
            SipEvent::Digit { call, digit } => {
                if let Some(leg) = self.legs.of_call(call) {
                    self.feed(Input::Digit { leg, digit });
                }
            }
            SipEvent::Ended { call, cause } => {
                let (failure, end) = match cause {
                    EndCause::Local => (LegFailure::Cancelled, LegEnd::Local),
                    EndCause::Remote => (LegFailure::Cancelled, LegEnd::Remote),
                    EndCause::NoAck | EndCause::SessionExpired | EndCause::PeerLost | EndCause::NoAnswer => {
                        (LegFailure::NoAnswer, LegEnd::Timeout)
                    }
                    EndCause::Protocol => (LegFailure::MediaFailed, LegEnd::MediaLost),
                };
                self.call_over(call, failure, end);
            }
            SipEvent::PeerState { peer, state } => {
                let trunk = TrunkId::from_bits_exact(peer.0);
                info!(%trunk, registered = ?state.registered, reachable = ?state.reachable, detail = %state.detail, "trunk");
            }
            SipEvent::Refused { why, .. } => {
                metrics::counter!("twinline_sip_refused_total", "why" => format!("{why:?}")).increment(1);
            }
            // Names are looked up by the edge itself.
            SipEvent::Resolve { .. } => {}
        }
    }

    /// A call is at the door: first see that we can talk at all, then ask the floor.
    fn incoming(&mut self, call: IncomingCall) {
        let key = call.call;
        let offer = match &call.body {
            Some(body) if !body.content_type.eq_ignore_ascii_case("application/sdp") => {
                return self.wires.sip.send(sip::Command::Reject { call: key, status: 415 });
            }
            Some(body) => match String::from_utf8(body.bytes.clone()) {
                Ok(sdp) => Some(sdp),
                Err(_) => return self.wires.sip.send(sip::Command::Reject { call: key, status: 400 }),
            },
            None => None,
        };
        let leg = LegId::from_bits(self.draw_u128());
        let source = Some(call.source.ip());
        let worker = self.legs.add_inbound(leg, call);
        let codecs = twinline_media::engine::CodecPolicy::default();
        self.wires.workers[worker].send(media::Command::OpenRtp { leg: key_of(leg), offer, source, codecs });
    }

    fn invited(&mut self, leg: LegId, result: Result<CallKey, InviteError>) {
        match result {
            Ok(call) => {
                let gone = match self.legs.get(leg).map(|leg| &leg.wire) {
                    Some(Wire::Outbound { hung_up, .. }) => *hung_up,
                    _ => true,
                };
                self.legs.set_call(leg, call);
                if gone {
                    self.wires.sip.send(sip::Command::HangUp { call });
                }
            }
            Err(error) => {
                warn!(%error, "a call could not be placed");
                let cause = match error {
                    InviteError::BadTarget => LegFailure::InvalidNumber,
                    InviteError::TooManyCalls => LegFailure::Busy,
                    _ => LegFailure::Unreachable,
                };
                self.drop_leg(leg);
                self.feed(Input::LegFailed { leg, cause });
            }
        }
    }

    fn acked(&mut self, call: CallKey, body: Option<Body>) {
        if let (Some(leg), Some(body)) = (self.legs.of_call(call), body) {
            // Delayed offer: the answer to ours came with the ACK; the leg is up when it has been applied.
            self.apply_answer(leg, &body);
        }
    }

    fn progress(&mut self, call: CallKey, body: Option<Body>) {
        let Some(leg) = self.legs.of_call(call) else { return };
        let early_media = body.is_some();
        if let Some(body) = body
            && self.legs.get(leg).is_some_and(|leg| !leg.media_set)
        {
            self.apply_answer(leg, &body);
        }
        self.feed(Input::LegRinging { leg, early_media });
    }

    fn call_answered(&mut self, call: CallKey, body: Option<Body>) {
        let Some(leg) = self.legs.of_call(call) else { return };
        let Some(known) = self.legs.get_mut(leg) else { return };
        known.answered = true;
        match body {
            // A 200 repeats the answer of the 18x or brings the first one.
            Some(body) => self.apply_answer(leg, &body),
            None if known.media_set => self.answered(leg),
            None => self.wires.sip.send(sip::Command::HangUp { call }),
        }
    }

    /// A re-INVITE or UPDATE: media answers it, the floor need not know.
    fn offered_anew(&mut self, call: CallKey, body: Option<Body>) {
        let leg = self.legs.of_call(call);
        let worker = leg.and_then(|leg| self.legs.worker_of_leg(leg));
        let (Some(leg), Some(worker)) = (leg, worker) else {
            return self.wires.sip.send(sip::Command::AnswerOffer { call, result: Err(481) });
        };
        let command = match body {
            Some(body) => media::Command::ApplyOffer { leg: key_of(leg), sdp: text_of(&body) },
            None => media::Command::MakeOffer { leg: key_of(leg) },
        };
        self.wires.workers[worker].send(command);
    }

    fn apply_answer(&mut self, leg: LegId, body: &Body) {
        if let Some(known) = self.legs.get_mut(leg) {
            known.media_set = true;
            let worker = known.worker;
            let command = media::Command::ApplyAnswer { leg: key_of(leg), sdp: text_of(body) };
            self.wires.workers[worker].send(command);
        }
    }

    /// The call of a leg is over, and its media with it. The floor hears `end` of a leg that had been answered and
    /// `failure` of one that had not.
    fn call_over(&mut self, call: CallKey, failure: LegFailure, end: LegEnd) {
        let Some(leg) = self.legs.of_call(call) else { return };
        let Some(known) = self.legs.get(leg) else { return };
        let answered = known.answered;
        let failure = if known.overdue { LegFailure::NoAnswer } else { failure };
        let known_to_floor = !matches!(known.wire, Wire::Inbound { arrived: Some(_), .. });
        self.drop_leg(leg);
        if known_to_floor {
            self.feed(if answered {
                Input::LegEnded { leg, cause: end }
            } else {
                Input::LegFailed { leg, cause: failure }
            });
        }
    }

    /// The leg can hear and be heard: told once, whatever is negotiated anew later.
    fn answered(&mut self, leg: LegId) {
        if let Some(known) = self.legs.get_mut(leg)
            && !std::mem::replace(&mut known.told, true)
        {
            self.feed(Input::LegAnswered { leg });
        }
    }

    /// Takes a leg off the wire.
    pub(super) fn drop_leg(&mut self, leg: LegId) {
        if let Some(gone) = self.legs.remove(leg) {
            self.wires.workers[gone.worker].send(media::Command::Close { leg: key_of(leg) });
        }
    }

    // ---- media

    fn hear_media(&mut self, told: media::Told) {
        match told {
            media::Told::RtpOpened { leg, result } => self.rtp_opened(leg_of(leg), result.map_err(|e| e.to_string())),
            media::Told::AnswerApplied { leg, result } => {
                let leg = leg_of(leg);
                match result {
                    Ok(()) => {
                        if self.legs.get(leg).is_some_and(|leg| leg.answered) {
                            self.answered(leg);
                        }
                    }
                    Err(error) => {
                        warn!(%error, "a far end's answer cannot be used");
                        self.media_failed(leg);
                    }
                }
            }
            media::Told::OfferAnswered { leg, result } => {
                self.answer_offer(leg_of(leg), result.map_err(|e| e.to_string()))
            }
            media::Told::WebRtcOpened { leg, result } => {
                self.webrtc_opened(leg_of(leg), result.map_err(|e| e.to_string()))
            }
            media::Told::Event(event) => self.hear_media_event(event),
        }
    }

    fn hear_media_event(&mut self, event: MediaEvent) {
        match event {
            MediaEvent::Up { leg } => {
                let leg = leg_of(leg);
                if let Some(known) = self.legs.get_mut(leg)
                    && matches!(known.wire, Wire::Agent { .. })
                    && !known.answered
                {
                    known.answered = true;
                    self.feed(Input::LegAnswered { leg });
                }
            }
            MediaEvent::Lost { leg, reason } => {
                debug!(?reason, "media lost");
                self.media_failed(leg_of(leg));
            }
            MediaEvent::Digit { leg, digit } => self.feed(Input::Digit { leg: leg_of(leg), digit }),
            MediaEvent::PlaybackDone { leg, playback } => {
                let playback = PlaybackId::from_bits_exact(playback.0);
                self.feed(Input::PlaybackDone { leg: leg_of(leg), playback, outcome: PlaybackOutcome::Finished });
            }
            MediaEvent::Quality { leg, report } => {
                let leg = leg_of(leg);
                let participant = self.legs.get(leg).map_or("customer", |leg| leg.participant);
                let quality = super::desk::quality_of(&report, participant);
                self.feed(Input::Quality { leg, quality });
            }
            MediaEvent::RecordingClosed { recording, duration } => self.wires.recordings.close(recording, duration),
            // Sockets are the worker's own business.
            MediaEvent::SocketFree { .. } => {}
        }
    }

    fn rtp_opened(&mut self, leg: LegId, result: Result<String, String>) {
        let Some(known) = self.legs.get_mut(leg) else { return };
        match (&mut known.wire, result) {
            (Wire::Inbound { arrived, sdp, .. }, Ok(ours)) => {
                *sdp = Some(ours);
                if let Some(call) = arrived.take() {
                    let arrived = CallArrived {
                        leg,
                        trunk: super::legs::trunk_of(&call),
                        from: call.from_number,
                        from_name: call.from_name,
                        to: call.to_number,
                        headers: call.headers.into_iter().collect(),
                    };
                    self.feed(Input::CallArrived(arrived));
                }
            }
            (Wire::Inbound { call, .. }, Err(why)) => {
                info!(%why, "a call offers nothing we can speak");
                let call = *call;
                self.drop_leg(leg);
                self.wires.sip.send(sip::Command::Reject { call, status: 488 });
            }
            (Wire::Outbound { invite, .. }, Ok(ours)) => {
                if let Some(mut invite) = invite.take() {
                    invite.body = Some(Body::sdp(ours));
                    self.wires.sip.send(sip::Command::Invite { leg, invite });
                }
            }
            (Wire::Outbound { .. } | Wire::Agent { .. }, result) => {
                debug!(ok = result.is_ok(), "media of a leg could not be opened");
                self.drop_leg(leg);
                self.feed(Input::LegFailed { leg, cause: LegFailure::MediaFailed });
            }
        }
    }

    fn answer_offer(&mut self, leg: LegId, result: Result<String, String>) {
        let call = match self.legs.get(leg).map(|leg| &leg.wire) {
            Some(Wire::Inbound { call, .. } | Wire::Outbound { call: Some(call), .. }) => *call,
            _ => return,
        };
        let result = result.map(Body::sdp).map_err(|why| {
            info!(%why, "a new offer in a call cannot be taken");
            488
        });
        self.wires.sip.send(sip::Command::AnswerOffer { call, result });
    }

    fn webrtc_opened(&mut self, leg: LegId, result: Result<String, String>) {
        let Some(Wire::Agent { agent, .. }) = self.legs.get(leg).map(|leg| &leg.wire) else { return };
        let agent = *agent;
        match result {
            Ok(sdp) => drop(self.links.send(agent, ToMediaAgent::Answer { leg, sdp })),
            Err(why) => {
                warn!(%why, "a media agent's offer cannot be used");
                self.media_failed(leg);
            }
        }
    }

    /// The media of a leg cannot be had or is gone for good.
    fn media_failed(&mut self, leg: LegId) {
        let Some(known) = self.legs.get(leg) else { return };
        let answered = known.answered;
        match &known.wire {
            Wire::Inbound { call, .. } | Wire::Outbound { call: Some(call), .. } => {
                // The end of the call tells the floor.
                self.wires.sip.send(sip::Command::HangUp { call: *call });
            }
            Wire::Outbound { call: None, .. } | Wire::Agent { .. } => {
                self.drop_leg(leg);
                self.feed(if answered {
                    Input::LegEnded { leg, cause: LegEnd::MediaLost }
                } else {
                    Input::LegFailed { leg, cause: LegFailure::MediaFailed }
                });
            }
        }
    }

    fn prepared(&mut self, prepared: Prepared) {
        self.preparing.remove(&prepared.playback);
        if self.unwanted.remove(&prepared.playback) {
            return;
        }
        match prepared.prompt {
            Ok(prompt) => self.play(prepared.leg, prepared.playback, prompt, prepared.repeat),
            Err(_) => self.feed(Input::PlaybackDone {
                leg: prepared.leg,
                playback: prepared.playback,
                outcome: PlaybackOutcome::Failed,
            }),
        }
    }

    // ---- media agents

    fn hear_link(&mut self, link: LinkId, event: LinkEvent) {
        match event {
            LinkEvent::Up { fingerprint, outbox } => self.links.up(link, fingerprint, outbox),
            LinkEvent::Down => {
                let change = self.links.down(link);
                self.path_changed(change);
            }
            LinkEvent::Message(message) => self.hear_media_agent(link, message),
        }
    }

    fn hear_media_agent(&mut self, link: LinkId, message: FromMediaAgent) {
        let bound = self.links.get(link).and_then(|link| link.bound);
        match message {
            FromMediaAgent::Hello { name, .. } => {
                let person = bound.and_then(|(_, agent)| self.person(agent));
                let change = self.links.hello(link, name, self.clock.now(), person);
                self.path_changed(change);
            }
            FromMediaAgent::PairRequest => self.show_code(link),
            FromMediaAgent::Devices { healthy, problem, .. } => {
                let change = self.links.devices_reported(link, healthy, problem);
                self.path_changed(change);
            }
            FromMediaAgent::Ping { at_ms } => {
                let now_ms = self.clock.now().as_millis();
                self.tell_link(link, ToMediaAgent::Pong { at_ms, now_ms });
            }
            FromMediaAgent::Unpaired => {
                if let Some((device, _)) = bound {
                    let (answer, _) = oneshot::channel();
                    self.unpair(device, answer);
                }
            }
            other => match bound {
                Some((_, agent)) => self.hear_paired(link, agent, other),
                None => debug!("an unpaired media agent spoke of calls"),
            },
        }
    }

    fn hear_paired(&mut self, link: LinkId, agent: AgentId, message: FromMediaAgent) {
        match message {
            FromMediaAgent::Offer { leg, sdp } => {
                let Some(known) = self.legs.get(leg).filter(|leg| is_of(leg, agent)) else { return };
                let beside = known.contact.and_then(|contact| self.floor.customer_leg(contact)).map(key_of);
                let command = media::Command::OpenWebRtc { leg: key_of(leg), offer: sdp, beside };
                self.wires.workers[known.worker].send(command);
            }
            // The worker's own word counts: it knows when packets can really flow.
            FromMediaAgent::MediaUp { .. } => {}
            FromMediaAgent::MediaFailed { leg, reason } => {
                info!(%reason, "a media agent lost its media");
                if self.legs.get(leg).is_some_and(|leg| is_of(leg, agent)) {
                    self.media_failed(leg);
                }
            }
            FromMediaAgent::Accept { id, contact } => self.press(link, agent, id, AgentCommand::Accept { contact }),
            FromMediaAgent::Reject { id, contact } => self.press(link, agent, id, AgentCommand::Reject { contact }),
            FromMediaAgent::HangUp { id, contact } => self.press(link, agent, id, AgentCommand::End { contact }),
            FromMediaAgent::Muted { contact, on, local } => {
                if let Some(link) = self.links.get_mut(link) {
                    link.muted = on;
                }
                self.feed(Input::Muted { agent, contact, on, local });
            }
            FromMediaAgent::Quality { leg, quality } => {
                if self.legs.get(leg).is_some_and(|leg| is_of(leg, agent)) {
                    let quality = LegQuality { participant: "agent_endpoint".to_owned(), ..quality };
                    self.feed(Input::Quality { leg, quality });
                }
            }
            // Handled before: they need no pairing.
            FromMediaAgent::Hello { .. }
            | FromMediaAgent::PairRequest
            | FromMediaAgent::Devices { .. }
            | FromMediaAgent::Ping { .. }
            | FromMediaAgent::Unpaired => {}
        }
    }

    /// A button on the endpoint. Pressed twice (or sent again after a reconnect) it acts once: the floor refuses what
    /// the state no longer allows, and an id that is still being answered is not asked again.
    fn press(&mut self, link: LinkId, agent: AgentId, id: String, what: AgentCommand) {
        // Ids are unique at one endpoint; two endpoints may choose the same.
        let waiting =
            |asker: &Asker| matches!(asker, Asker::Endpoint { link: from, id: known } if *from == link && *known == id);
        if self.answers.values().any(waiting) {
            return;
        }
        let command = self.next_command;
        self.next_command += 1;
        self.answers.insert(command, Asker::Endpoint { link, id });
        self.feed(Input::Command { command, agent, what });
    }

    pub(super) fn tell_link(&self, link: LinkId, message: ToMediaAgent) {
        if let Some(link) = self.links.get(link) {
            let _ = link.outbox.try_send(message);
        }
    }

    pub(super) fn path_changed(&mut self, change: Option<super::links::PathChange>) {
        if let Some(change) = change {
            self.stale.insert(change.agent);
            let (agent, ready, detail) = (change.agent, change.ready, change.detail);
            self.feed(Input::MediaPath { agent, path: MediaPath::Local, ready, detail });
        }
    }

    fn show_code(&mut self, link: LinkId) {
        let now = self.clock.now();
        let code = self.links.new_code(link, now, |bound| draw_u32() % bound);
        if let Some((code, expires)) = code {
            self.tell_link(link, ToMediaAgent::PairCode { code, expires_ms: expires.as_millis() });
        }
    }

    pub(super) fn pair(&mut self, agent: AgentId, code: &str, answer: oneshot::Sender<Result<DeviceId, Refusal>>) {
        let link = match self.links.take_code(agent, code, self.clock.now()) {
            Ok(link) => link,
            Err(refusal) => return drop(answer.send(Err(refusal))),
        };
        let (Some(person), Some(known)) = (self.person(agent), self.links.get(link)) else {
            return drop(answer.send(Err(Refusal::new("pairing_lost", "The media agent went away meanwhile."))));
        };
        let device = DeviceId::from_bits(self.draw_u128());
        let (fingerprint, name) = (known.fingerprint.clone(), known.name.clone());
        let store = self.wires.store.clone();
        let at = self.clock.now();
        tokio::spawn(async move {
            let device = twinline_store::Device {
                id: device,
                fingerprint,
                agent,
                name,
                platform: String::new(),
                created: at,
                seen: at,
            };
            let id = device.id;
            let stored = store.put_device(device).await;
            if let Err(error) = &stored {
                tracing::error!(%error, "a pairing could not be stored; it lasts until the restart");
            }
            // What is acknowledged survives: the person hears of the pairing when it is durable.
            let refusal = |_| {
                Refusal::new(
                    "pairing_not_stored",
                    "The pairing could not be stored; it lasts until the server restarts.",
                )
                .remedy("Look at the server's disk, then pair again.")
            };
            let _ = answer.send(stored.map(|()| id).map_err(refusal));
        });
        let change = self.links.bind(link, device, agent, person);
        self.path_changed(change);
    }

    pub(super) fn unpair(&mut self, device: DeviceId, answer: oneshot::Sender<Result<(), Refusal>>) {
        let store = self.wires.store.clone();
        tokio::spawn(async move {
            if let Err(error) = store.delete_device(device).await {
                tracing::error!(%error, "a pairing could not be deleted");
            }
        });
        let change = self.links.unpair(device, "unpaired");
        self.path_changed(change);
        let _ = answer.send(Ok(()));
    }

    fn person(&self, agent: AgentId) -> Option<Person> {
        let known = self.floor.centre().agents.get(&agent)?;
        Some(Person {
            agent,
            username: known.username.clone(),
            name: known.display_name(),
            language: known.language.clone(),
            desktop: self.wires.views.desktop(agent),
        })
    }

    /// 128 bits nobody can guess, for ids that are made on this side of the floor.
    fn draw_u128(&self) -> u128 {
        let mut bytes = [0u8; 16];
        getrandom::fill(&mut bytes).expect("the operating system has random numbers");
        u128::from_be_bytes(bytes)
    }
}

fn is_of(leg: &super::legs::Leg, agent: AgentId) -> bool {
    matches!(leg.wire, Wire::Agent { agent: owner, .. } if owner == agent)
}

pub(super) fn key_of(leg: LegId) -> LegKey {
    LegKey(leg.bits())
}

fn leg_of(key: LegKey) -> LegId {
    LegId::from_bits_exact(key.0)
}

fn text_of(body: &Body) -> String {
    String::from_utf8_lossy(&body.bytes).into_owned()
}

/// What a final SIP status means for the caller (RFC 3261 §21).
fn failure_of(status: u16) -> LegFailure {
    match status {
        486 | 600 => LegFailure::Busy,
        480 | 408 | 487 => LegFailure::NoAnswer,
        403 | 603 => LegFailure::Rejected,
        404 | 484 | 604 => LegFailure::InvalidNumber,
        488 | 606 => LegFailure::MediaFailed,
        _ => LegFailure::Unreachable,
    }
}

fn draw_u32() -> u32 {
    let mut bytes = [0u8; 4];
    getrandom::fill(&mut bytes).expect("the operating system has random numbers");
    u32::from_be_bytes(bytes)
}
