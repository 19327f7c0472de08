//! Opening legs and agreeing on what flows: the SDP side of the engine.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use rand_core::Rng;

use super::{Engine, LegKey, MediaError, MediaEvent, RtpLegSpec};
use crate::codec::Codec;
use crate::leg::{Announced, Leg, LegIndex, Link, OutStream, PendingOffer, Phase, RtpLink, Source, WebrtcLink};
use crate::quality::LegStats;
use crate::sdp::{self, Agreement, Direction, Local, SrtpKey, Voice};
use crate::webrtc::{Identity, Session, Setup, Srtp};

impl Engine {
    /// Whether a leg with this offer cannot live on the shared port: the announced address differs from where the
    /// signalling came from, says nothing (0.0.0.0), or is in use by another leg. Without an offer the address will
    /// only be known from the answer, so that such a leg gets a socket of its own as well.
    pub fn wants_own_socket(&self, remote_sdp: Option<&str>, signalling_source: Option<IpAddr>) -> bool {
        let Some(Ok(description)) = remote_sdp.map(sdp::parse) else { return true };
        let Some(line) = description.media.iter().find(|line| line.kind == "audio" && line.port != 0) else {
            return true;
        };
        let Some(ip) = line.address else { return true };
        let elsewhere = signalling_source.is_some_and(|source| source.to_canonical() != ip.to_canonical());
        elsewhere || ip.is_unspecified() || self.by_address.contains_key(&canonical(SocketAddr::new(ip, line.port)))
    }

    /// Opens a plain RTP leg and returns our SDP: the answer to their offer, or an offer when they made none.
    ///
    /// # Errors
    /// See [`MediaError`]; the leg does not exist then, and `own_socket` stays with the caller.
    pub fn open_rtp(&mut self, now: Instant, leg: LegKey, spec: RtpLegSpec<'_>) -> Result<String, MediaError> {
        self.admit(leg)?;
        let socket = spec.own_socket.unwrap_or(self.config.shared);
        let address = SocketAddr::new(self.config.advertised, socket.addr.port());
        let mut key = [0; 30];
        self.random.fill_bytes(&mut key);
        let mut local = Local::new(address, u64::from(self.random.next_u32()), SrtpKey(key));
        let link = |local, announced, pending, srtp| {
            Link::Rtp(Box::new(RtpLink {
                socket: socket.id,
                own_socket: spec.own_socket.is_some(),
                local,
                source: Source::Waiting,
                announced,
                policy: spec.codecs.clone(),
                srtp,
                pending,
            }))
        };
        let (link, voice, text) = match spec.remote_offer {
            Some(offer) => {
                let (agreement, text) = sdp::answer(&sdp::parse(offer)?, &mut local, spec.codecs, Direction::SendRecv)?;
                let announced = announced(&agreement);
                self.check_free(None, spec.own_socket.is_some(), &announced)?;
                let srtp = agreement.key.as_ref().map(|theirs| Srtp::new(&local.key, theirs)).transpose();
                let srtp = srtp.map_err(|fault| MediaError::Srtp(fault.to_string()))?.map(Box::new);
                (link(local, Some(announced), None, srtp), Some(agreement.voice), text)
            }
            None => {
                let direction = Direction::SendRecv;
                let (payloads, events, text) = sdp::offer(&mut local, spec.codecs, None, direction);
                let pending = Some(Box::new(PendingOffer { payloads, events, direction }));
                (link(local, None, pending, None), None, text)
            }
        };
        let index = self.insert_leg(now, leg, link, voice);
        if spec.own_socket.is_some() {
            self.by_own_socket.insert(socket.id, index);
        }
        self.register_addresses(index);
        self.rise_if_reachable(now, index);
        Ok(text)
    }

    /// Reads the answer to our offer. A second answer to the same offer replaces the first: early media may come from
    /// one place and the call be answered at another (RFC 3261 §13.2.2.4).
    ///
    /// # Errors
    /// Nothing is changed then; the offer still waits.
    pub fn apply_answer(&mut self, now: Instant, leg: LegKey, answer: &str) -> Result<(), MediaError> {
        let index = self.index(leg)?;
        let (link, _) = self.rtp_link(index)?;
        let pending = link.pending.as_deref().ok_or(MediaError::NoOfferPending)?;
        let theirs = sdp::parse(answer)?;
        let agreement =
            sdp::accept_answer(&theirs, &link.local, &pending.payloads, &pending.events, pending.direction)?;
        self.agree(now, index, agreement)
    }

    /// Answers their re-offer: hold, resume, another codec or address; on a WebRTC leg an ICE restart.
    ///
    /// # Errors
    /// Nothing is changed then.
    pub fn apply_offer(&mut self, now: Instant, leg: LegKey, offer: &str) -> Result<String, MediaError> {
        let index = self.index(leg)?;
        let theirs = sdp::parse(offer)?;
        if self.legs.get(index).is_some_and(|leg| matches!(leg.link, Link::Webrtc(_))) {
            return self.answer_secure_again(now, index, offer, &theirs);
        }
        let (link, _) = self.rtp_link(index)?;
        let mut local = link.local.clone();
        let (agreement, text) = sdp::answer(&theirs, &mut local, &link.policy, Direction::SendRecv)?;
        self.agree(now, index, agreement)?;
        let (link, _) = self.rtp_link(index)?;
        link.local = local;
        link.pending = None;
        Ok(text)
    }

    /// A WebRTC re-offer may move the path (ICE restart), not the codec.
    fn answer_secure_again(
        &mut self,
        now: Instant,
        index: LegIndex,
        offer: &str,
        theirs: &sdp::Description,
    ) -> Result<String, MediaError> {
        let leg = self.legs.get_mut(index).ok_or(MediaError::UnknownLeg)?;
        let voice = leg.voice.as_ref().ok_or(MediaError::NotAgreed)?;
        let offered = sdp::choose_secure(theirs, Some(voice.send.codec))?;
        let Link::Webrtc(link) = &mut leg.link else { return Err(MediaError::NotRenegotiable) };
        if (offered.send, offered.send_event) != (voice.send, voice.send_event) {
            return Err(MediaError::NotRenegotiable);
        }
        let answer = link.session.answer_again(now, offer, voice);
        let text = answer.map_err(|fault| MediaError::Webrtc(fault.to_string()))?;
        leg.heard_at = now;
        self.drain_session(now, index);
        self.wake(index);
        Ok(text)
    }

    /// Offers anew, for example to hold (`SendOnly`) or resume (`SendRecv`). What was agreed holds until the answer.
    ///
    /// # Errors
    /// A WebRTC leg is offered by its far end only.
    pub fn make_offer(&mut self, _now: Instant, leg: LegKey, direction: Direction) -> Result<String, MediaError> {
        let index = self.index(leg)?;
        let (link, voice) = self.rtp_link(index)?;
        let (payloads, events, text) = sdp::offer(&mut link.local, &link.policy, voice.as_ref(), direction);
        link.pending = Some(Box::new(PendingOffer { payloads, events, direction }));
        Ok(text)
    }

    /// Opens a WebRTC leg and returns the answer: ICE-lite, DTLS server, one host candidate, one codec: `prefer` if it is
    /// offered, else their first that we speak.
    ///
    /// # Errors
    /// The offer has no audio for us, or the WebRTC engine refuses it.
    pub fn open_webrtc(
        &mut self,
        now: Instant,
        leg: LegKey,
        offer: &str,
        prefer: Option<Codec>,
    ) -> Result<String, MediaError> {
        self.admit(leg)?;
        let voice = sdp::choose_secure(&sdp::parse(offer)?, prefer)?;
        let (ufrag, password) = (self.random_text(8), self.random_text(24));
        let ssrc = self.random.next_u32();
        let identity = match &mut self.identity {
            Some(identity) => identity,
            place => place.insert(Identity::generate().map_err(|fault| MediaError::Webrtc(fault.to_string()))?),
        };
        let setup = Setup {
            candidate: SocketAddr::new(self.config.advertised, self.config.webrtc.addr.port()),
            ufrag: &ufrag,
            password: &password,
            ssrc,
            silence_limit: self.config.webrtc_silence_limit,
        };
        let (session, text) = Session::answer(now, offer, &voice, identity, &setup)
            .map_err(|fault| MediaError::Webrtc(fault.to_string()))?;
        let socket = self.config.webrtc.id;
        let link = WebrtcLink { socket, session, ufrag: ufrag.clone(), addresses: Vec::new() };
        let index = self.insert_leg(now, leg, Link::Webrtc(Box::new(link)), Some(voice));
        if let Some(leg) = self.legs.get_mut(index) {
            leg.out.ssrc = ssrc;
        }
        self.by_ufrag.insert(ufrag, index);
        self.wake(index);
        Ok(text)
    }

    /// Is there room for one more?
    fn admit(&self, leg: LegKey) -> Result<(), MediaError> {
        if self.by_key.contains_key(&leg) {
            return Err(MediaError::DuplicateLeg);
        }
        if self.by_key.len() >= self.config.max_legs {
            return Err(MediaError::TooManyLegs);
        }
        Ok(())
    }

    fn insert_leg(&mut self, now: Instant, key: LegKey, link: Link, voice: Option<Voice>) -> LegIndex {
        let codec = voice.as_ref().map_or(Codec::Pcmu, |voice| voice.send.codec);
        let (ssrc, seq, timestamp) = (self.random.next_u32(), self.random.next_u32() as u16, self.random.next_u32());
        let leg = Leg {
            key,
            link,
            phase: Phase::Connecting,
            voice,
            out: OutStream::new(ssrc, seq, timestamp, codec.clock_rate()),
            stats: Box::new(LegStats::new(now, codec)),
            muted: false,
            room: None,
            relay_to: None,
            heard: codec,
            heard_at: now,
            keys_in: None,
            keys_out: None,
            playing: None,
            ear: None,
            tones: None,
            pipe: None,
            tap: None,
            paced: false,
            wake_at: None,
        };
        let index = self.legs.insert(leg);
        self.by_key.insert(key, index);
        self.wake(index);
        index
    }

    fn rtp_link(&mut self, index: LegIndex) -> Result<(&mut RtpLink, &Option<Voice>), MediaError> {
        let leg = self.legs.get_mut(index).ok_or(MediaError::UnknownLeg)?;
        match &mut leg.link {
            Link::Rtp(link) => Ok((link, &leg.voice)),
            Link::Webrtc(_) => Err(MediaError::NotRenegotiable),
        }
    }

    /// On the shared port an address belongs to one leg.
    fn check_free(&self, index: Option<LegIndex>, own_socket: bool, announced: &Announced) -> Result<(), MediaError> {
        if own_socket {
            return Ok(());
        }
        let held_by = self.by_address.get(&canonical(announced.rtp)).copied();
        match held_by {
            Some(other) if Some(other) != index => Err(MediaError::AddressTaken(announced.rtp)),
            // A leg that was already heard may be put on hold the old way, with 0.0.0.0; a new one could never be heard.
            None if announced.rtp.ip().is_unspecified() && index.is_none() => Err(MediaError::NeedsOwnSocket),
            _ => Ok(()),
        }
    }

    /// Takes a new agreement into use.
    fn agree(&mut self, now: Instant, index: LegIndex, agreement: Agreement) -> Result<(), MediaError> {
        let fresh = announced(&agreement);
        let (link, _) = self.rtp_link(index)?;
        let old = link.announced;
        let own_socket = link.own_socket;
        self.check_free(Some(index), own_socket, &fresh)?;
        self.unregister_addresses(index);
        let (link, _) = self.rtp_link(index)?;
        match (&agreement.key, &mut link.srtp) {
            (None, srtp) => *srtp = None,
            (Some(theirs), Some(srtp)) => srtp.renew(theirs).map_err(|fault| MediaError::Srtp(fault.to_string()))?,
            (Some(theirs), srtp) => {
                let fresh = Srtp::new(&link.local.key, theirs);
                *srtp = Some(Box::new(fresh.map_err(|fault| MediaError::Srtp(fault.to_string()))?));
            }
        }
        // 0.0.0.0 is a wish not to be sent to, no new place to listen to; a really new address starts learning afresh.
        if !fresh.rtp.ip().is_unspecified() {
            if old.is_some_and(|old| old.rtp != fresh.rtp) {
                link.source = Source::Waiting;
            }
            link.announced = Some(fresh);
        } else if old.is_none() {
            link.announced = Some(fresh);
        }
        self.register_addresses(index);
        self.use_voice(now, index, agreement.voice);
        self.rise_if_reachable(now, index);
        Ok(())
    }

    fn use_voice(&mut self, now: Instant, index: LegIndex, voice: Voice) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let codec = voice.send.codec;
        if !voice.receive.iter().any(|payload| payload.codec == leg.heard) || leg.voice.is_none() {
            leg.heard = codec;
        }
        let event_clock = |voice: &Voice| voice.send_event.map(|event| event.clock_rate);
        if leg.voice.as_ref().is_none_or(|old| event_clock(old) != event_clock(&voice) || old.send != voice.send) {
            leg.keys_in = None;
            leg.keys_out = None;
        }
        leg.out.set_clock(codec.clock_rate());
        leg.stats.set_codec(leg.heard);
        // Silence counts from when we began to expect something, not from before a hold.
        leg.heard_at = now;
        leg.voice = Some(voice);
        let room = leg.room;
        if let Some(room) = room {
            self.arrange(now, room);
        }
        self.wake(index);
    }

    /// A plain leg is up when we know where to send.
    pub(super) fn rise_if_reachable(&mut self, now: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get(index) else { return };
        let reachable = matches!(&leg.link, Link::Rtp(link) if link.target().is_some());
        if reachable && leg.voice.is_some() {
            self.rise(now, index);
        }
    }

    /// Media can flow: whatever was asked for before starts now.
    pub(super) fn rise(&mut self, now: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        if leg.phase != Phase::Connecting {
            return;
        }
        leg.phase = Phase::Up;
        leg.heard_at = now;
        let (key, busy) = (leg.key, leg.playing.is_some() || leg.keys_out.is_some());
        self.tell(MediaEvent::Up { leg: key });
        if busy {
            self.pace_leg(now, index);
        }
    }

    fn register_addresses(&mut self, index: LegIndex) {
        let Some(announced) = self.shared_announcement(index) else { return };
        self.by_address.insert(announced.rtp, index);
        if announced.rtcp != announced.rtp {
            self.by_rtcp_address.insert(announced.rtcp, index);
        }
    }

    pub(super) fn unregister_addresses(&mut self, index: LegIndex) {
        let Some(announced) = self.shared_announcement(index) else { return };
        if self.by_address.get(&announced.rtp) == Some(&index) {
            self.by_address.remove(&announced.rtp);
        }
        if self.by_rtcp_address.get(&announced.rtcp) == Some(&index) {
            self.by_rtcp_address.remove(&announced.rtcp);
        }
    }

    /// What the shared port must know of this leg.
    fn shared_announcement(&self, index: LegIndex) -> Option<Announced> {
        match &self.legs.get(index)?.link {
            Link::Rtp(link) if !link.own_socket => link.announced.filter(|at| !at.rtp.ip().is_unspecified()),
            _ => None,
        }
    }
}

/// IPv4 in IPv6 clothes is IPv4: a socket bound to [::] sees it so.
pub(super) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

fn announced(agreement: &Agreement) -> Announced {
    Announced { rtp: canonical(agreement.remote), rtcp: canonical(agreement.remote_rtcp), mux: agreement.rtcp_mux }
}
