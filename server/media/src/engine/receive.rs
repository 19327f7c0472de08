//! The way in: from a datagram to the leg it belongs to, and from there to whoever is to hear it.

use std::net::SocketAddr;
use std::time::Instant;

use bytes::BytesMut;

use super::negotiation::canonical;
use super::{Engine, LostReason, MediaEvent, SocketId};
use crate::codec::Codec;
use crate::dtmf::EventReceiver;
use crate::leg::{LegIndex, Link, Overheard, Phase, Sighting, Source, Verdict};
use crate::rtcp;
use crate::rtp::{Kind, Packet, classify};
use crate::sdp::EventPayload;
use crate::webrtc::{Inbound, SessionEvent, is_binding_success, local_ufrag};

/// Addresses remembered per WebRTC leg: those of a far end that changes networks.
const MAX_PEER_ADDRESSES: usize = 4;

impl Engine {
    /// One datagram from the network. `bytes` may be written to (decryption in place).
    pub fn handle_datagram(&mut self, now: Instant, socket: SocketId, from: SocketAddr, bytes: &mut [u8]) {
        let from = canonical(from);
        if socket == self.config.webrtc.id {
            return self.handle_webrtc(now, from, bytes);
        }
        let kind = classify(bytes);
        let index = if socket == self.config.shared.id {
            let rtp = self.by_address.get(&from);
            let rtcp = || self.by_rtcp_address.get(&from).filter(|_| kind == Kind::Rtcp);
            rtp.or_else(rtcp).copied()
        } else {
            self.by_own_socket.get(&socket).copied()
        };
        let Some(index) = index else {
            self.counters.strangers += 1;
            return;
        };
        match kind {
            Kind::Rtp => self.handle_plain_rtp(now, index, from, bytes),
            Kind::Rtcp => self.handle_plain_rtcp(now, index, from, bytes),
            _ => self.counters.malformed += 1,
        }
    }

    /// Takes the protection off, where there is one. `None`: not genuine.
    fn unprotect(&mut self, index: LegIndex, bytes: &[u8]) -> Option<Option<BytesMut>> {
        let Link::Rtp(link) = &mut self.legs.get_mut(index)?.link else { return None };
        let Some(srtp) = &mut link.srtp else { return Some(None) };
        let opened = srtp.open(bytes);
        if opened.is_none() {
            self.counters.unauthentic += 1;
        }
        opened.map(Some)
    }

    fn handle_plain_rtp(&mut self, now: Instant, index: LegIndex, from: SocketAddr, bytes: &[u8]) {
        let Some(opened) = self.unprotect(index, bytes) else { return };
        let bytes = opened.as_deref().unwrap_or(bytes);
        let Ok(packet) = Packet::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        let Some(leg) = self.legs.get_mut(index) else { return };
        let known_payload = leg.codec_of(packet.payload_type).is_some() || leg.event_of(packet.payload_type).is_some();
        let Link::Rtp(link) = &mut leg.link else { return };
        let announced = link.announced.map_or(from, |announced| announced.rtp);
        let may_learn = link.own_socket && link.announced.is_some();
        let sighting = Sighting { from, ssrc: packet.ssrc, seq: packet.sequence, known_payload };
        match link.source.judge(sighting, announced, may_learn) {
            Verdict::Drop => self.counters.strangers += 1,
            Verdict::Accept => self.handle_rtp(now, index, &packet),
            Verdict::Learnt => {
                self.rise_if_reachable(now, index);
                self.handle_rtp(now, index, &packet);
            }
        }
    }

    fn handle_plain_rtcp(&mut self, now: Instant, index: LegIndex, from: SocketAddr, bytes: &[u8]) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let Link::Rtp(link) = &leg.link else { return };
        // The shared port knows the sender by its address; on a socket of its own the host must be the one we talk to.
        let host = match link.source {
            Source::Locked(source) => Some(source.ip()),
            _ => link.announced.map(|announced| announced.rtp.ip()),
        };
        if link.own_socket && host != Some(from.ip()) {
            self.counters.strangers += 1;
            return;
        }
        let Some(opened) = self.unprotect(index, bytes) else { return };
        self.handle_rtcp(now, index, opened.as_deref().unwrap_or(bytes));
    }

    fn handle_webrtc(&mut self, now: Instant, from: SocketAddr, bytes: &mut [u8]) {
        // A binding request names its session; everything else comes from an address that has shown itself.
        let named = local_ufrag(bytes).map(|ufrag| self.by_ufrag.get(ufrag));
        let index = named.unwrap_or_else(|| self.by_peer.get(&from)).copied();
        let Some(index) = index else {
            self.counters.strangers += 1;
            return;
        };
        let Some(leg) = self.legs.get_mut(index) else { return };
        let Link::Webrtc(link) = &mut leg.link else { return };
        if !link.session.handle_datagram(now, from, bytes) {
            self.counters.gated += 1;
            return;
        }
        if link.addresses.contains(&from) {
            // Consent checks (RFC 7675) show that it is alive, whatever it has to say.
            leg.heard_at = now;
        }
        let media = matches!(classify(bytes), Kind::Rtp);
        self.drain_session(now, index);
        if !media {
            self.wake(index);
        }
    }

    /// Moves everything that a session has produced to where it belongs.
    pub(super) fn drain_session(&mut self, now: Instant, index: LegIndex) {
        loop {
            let Some(leg) = self.legs.get_mut(index) else { return };
            let Link::Webrtc(link) = &mut leg.link else { return };
            let Some(inbound) = link.session.next_inbound() else { break };
            match inbound {
                Inbound::Rtp { header, payload } => {
                    self.handle_rtp(now, index, &Packet::from_parts(&header, &payload));
                }
                Inbound::Rtcp(bytes) => self.handle_rtcp(now, index, &bytes),
            }
        }
        loop {
            let Some(leg) = self.legs.get_mut(index) else { return };
            let Link::Webrtc(link) = &mut leg.link else { return };
            match link.session.next_event() {
                Some(SessionEvent::Up) => self.rise(now, index),
                Some(SessionEvent::Gone) => self.lose(index, LostReason::Transport),
                None => break,
            }
        }
        self.drain_session_packets(index);
    }

    fn drain_session_packets(&mut self, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let Link::Webrtc(link) = &mut leg.link else { return };
        let socket = link.socket;
        let (batch, by_peer, addresses) = (&mut self.batch, &mut self.by_peer, &mut link.addresses);
        link.session.drain(|to, bytes| {
            let to = canonical(to);
            if is_binding_success(bytes) && addresses.last() != Some(&to) {
                addresses.retain(|address| *address != to);
                if addresses.len() >= MAX_PEER_ADDRESSES {
                    by_peer.remove(&addresses.remove(0));
                }
                addresses.push(to);
                by_peer.insert(to, index);
            }
            batch.push(socket, to, |arena| arena.extend_from_slice(bytes));
        });
    }

    /// One RTP packet of a source that is believed.
    fn handle_rtp(&mut self, now: Instant, index: LegIndex, packet: &Packet<'_>) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        leg.heard_at = now;
        leg.stats.received(now, packet);
        if let Some(codec) = leg.codec_of(packet.payload_type) {
            self.handle_sound(now, index, codec, packet);
        } else if let Some(event) = leg.event_of(packet.payload_type) {
            self.handle_event(now, index, event, packet);
        } else {
            self.counters.unknown_payload += 1;
        }
    }

    fn handle_sound(&mut self, now: Instant, index: LegIndex, codec: Codec, packet: &Packet<'_>) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        if !leg.is_expecting() || packet.payload.is_empty() {
            return;
        }
        if leg.heard != codec {
            self.change_heard(now, index, codec);
        }
        let Some(leg) = self.legs.get_mut(index) else { return };
        if let Some(pipe) = &mut leg.pipe {
            // In a mix recorder and tone detector hear what the room hears.
            pipe.insert(now, packet);
            return;
        }
        let (relay_to, muted) = (leg.relay_to, leg.muted);
        if let Some(to) = relay_to.filter(|_| !muted) {
            self.relay(now, to, packet);
        }
        self.listen(now, index, packet);
    }

    /// Passes a packet on with a header of our own; the payload is not looked at.
    fn relay(&mut self, now: Instant, to: LegIndex, packet: &Packet<'_>) {
        let Some(leg) = self.legs.get_mut(to) else { return };
        if !leg.is_free_for_room() {
            return;
        }
        let Some(voice) = &leg.voice else { return };
        let payload_type = voice.send.payload_type;
        let stamp = leg.out.relay(now, packet.ssrc, packet.sequence, packet.timestamp, packet.marker);
        leg.send(now, &mut self.batch, payload_type, stamp, packet.payload);
    }

    /// Recorder and tone detector, where somebody wants them.
    fn listen(&mut self, now: Instant, index: LegIndex, packet: &Packet<'_>) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let (tap, detect) = (leg.tap, leg.wants_tones());
        if tap.is_none() && !detect {
            leg.ear = None;
            return;
        }
        let Some(Overheard { place, pcm, digit }) = leg.listen(packet) else { return };
        if let Some((recording, channel)) = tap
            && let Some(state) = self.recordings.get_mut(&recording)
        {
            state.writer.write(now, channel, Some(place), pcm);
            self.wake_recording(recording);
        }
        if let Some(digit) = digit {
            // The tone itself goes the way of all sound: nothing is to be relayed beside it.
            self.tell_digit(index, digit);
        }
    }

    fn handle_event(&mut self, now: Instant, index: LegIndex, event: EventPayload, packet: &Packet<'_>) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let keys = leg.keys_in.get_or_insert_with(|| Box::new(EventReceiver::new(event.clock_rate)));
        let digit = keys.handle(now, packet);
        let relay_to = leg.relay_to.filter(|_| !leg.muted);
        let relayed = relay_to.is_some_and(|to| self.relay_event(now, to, event.clock_rate, packet));
        self.wake(index);
        if let Some(digit) = digit {
            self.tell_digit(index, digit);
            if !relayed {
                self.pass_digit(now, index, digit);
            }
        }
    }

    /// Passes an event on packet by packet, where both legs count in the same clock. `false`: the digit is to be sent
    /// anew at its end.
    fn relay_event(&mut self, now: Instant, to: LegIndex, clock_rate: u32, packet: &Packet<'_>) -> bool {
        let Some(leg) = self.legs.get_mut(to) else { return false };
        let Some(event) = leg.voice.as_ref().and_then(|voice| voice.send_event) else { return false };
        if event.clock_rate != clock_rate || !leg.is_free_for_room() {
            return false;
        }
        let stamp = leg.out.relay_event(packet.ssrc, packet.sequence, packet.timestamp, packet.marker);
        let Some(stamp) = stamp else { return false };
        leg.send(now, &mut self.batch, event.payload_type, stamp, packet.payload);
        true
    }

    /// Sends a finished digit to everybody else in the room.
    pub(super) fn pass_digit(&mut self, now: Instant, index: LegIndex, digit: char) {
        let Some(leg) = self.legs.get(index).filter(|leg| !leg.muted) else { return };
        let Some(room) = leg.room.and_then(|room| self.rooms.get(&room)) else { return };
        let others: Vec<LegIndex> = room.members.iter().copied().filter(|member| *member != index).collect();
        for other in others {
            self.press(now, other, digit.encode_utf8(&mut [0; 4]));
        }
    }

    pub(super) fn tell_digit(&mut self, index: LegIndex, digit: char) {
        let Some(leg) = self.legs.get(index) else { return };
        let event = MediaEvent::Digit { leg: leg.key, digit };
        self.tell(event);
    }

    fn handle_rtcp(&mut self, now: Instant, index: LegIndex, bytes: &[u8]) {
        let Ok(items) = rtcp::parse(bytes) else {
            self.counters.malformed += 1;
            return;
        };
        let arrival = self.ntp.at(now);
        let Some(leg) = self.legs.get_mut(index) else { return };
        leg.heard_at = now;
        for item in items {
            let blocks = match item {
                rtcp::Item::SenderReport { ssrc, info, blocks } => {
                    leg.stats.sender_report(arrival, ssrc, &info);
                    blocks
                }
                rtcp::Item::ReceiverReport { blocks, .. } => blocks,
                _ => continue,
            };
            let about_us = blocks.iter().find(|block| block.ssrc == leg.out.ssrc);
            if let Some(block) = about_us {
                leg.stats.report_block(arrival, &block);
                if let Some(pipe) = &mut leg.pipe {
                    pipe.set_expected_loss((u32::from(block.fraction_lost) * 100 / 256) as u8);
                }
            }
        }
    }

    pub(super) fn lose(&mut self, index: LegIndex, reason: LostReason) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        if leg.phase == Phase::Lost {
            return;
        }
        leg.phase = Phase::Lost;
        let event = MediaEvent::Lost { leg: leg.key, reason };
        self.tell(event);
    }
}
