//! Rooms: who hears whom, rearranged whenever somebody comes, goes or changes codec.

use std::time::Instant;

use super::{Engine, LegKey, MediaError, Paced, RoomKey};
use crate::codec::Codec;
use crate::leg::{LegIndex, Pipe};
use crate::room::{MAX_MEMBERS, Member, Mode};

impl Engine {
    /// Brings a leg into a room; the others hear it from the next packet on. A leg in another room leaves that first.
    ///
    /// # Errors
    /// Unknown leg, or the room is full.
    pub fn join(&mut self, now: Instant, room: RoomKey, leg: LegKey) -> Result<(), MediaError> {
        let index = self.index(leg)?;
        let place = self.legs.get(index).and_then(|leg| leg.room);
        if place == Some(room) {
            return Ok(());
        }
        if self.rooms.get(&room).is_some_and(|room| room.members.len() >= MAX_MEMBERS) {
            return Err(MediaError::RoomFull);
        }
        if let Some(old) = place {
            self.leave_room(now, old, index);
        }
        self.rooms.entry(room).or_default().members.push(index);
        if let Some(leg) = self.legs.get_mut(index) {
            leg.room = Some(room);
        }
        self.arrange(now, room);
        Ok(())
    }

    /// Takes a leg out of a room. It keeps its stream and hears nothing until it is played to or joins again.
    pub fn leave(&mut self, now: Instant, room: RoomKey, leg: LegKey) {
        if let Ok(index) = self.index(leg)
            && self.legs.get(index).is_some_and(|leg| leg.room == Some(room))
        {
            self.leave_room(now, room, index);
        }
    }

    /// Keeps a leg's sound from the others (`true`) or lets it through. Its own digits are still told, not passed on.
    pub fn mute(&mut self, leg: LegKey, muted: bool) {
        if let Ok(index) = self.index(leg)
            && let Some(leg) = self.legs.get_mut(index)
        {
            leg.muted = muted;
        }
    }

    pub(super) fn leave_room(&mut self, now: Instant, room: RoomKey, index: LegIndex) {
        if let Some(leg) = self.legs.get_mut(index) {
            leg.room = None;
            leg.relay_to = None;
            leg.pipe = None;
        }
        let Some(place) = self.rooms.get_mut(&room) else { return };
        place.members.retain(|member| *member != index);
        if place.members.is_empty() {
            self.rooms.remove(&room);
        } else {
            self.arrange(now, room);
        }
    }

    /// The far end switched to another codec within what was agreed.
    pub(super) fn change_heard(&mut self, now: Instant, index: LegIndex, codec: Codec) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        leg.heard = codec;
        leg.stats.set_codec(codec);
        if let Some(room) = leg.room {
            self.arrange(now, room);
        }
    }

    /// Finds the cheapest way for everybody in the room to hear the others, and sets it up.
    pub(super) fn arrange(&mut self, now: Instant, key: RoomKey) {
        let Some(room) = self.rooms.get(&key) else { return };
        let legs = &self.legs;
        let member = |index: &LegIndex| {
            let leg = legs.get(*index)?;
            Some(Member { leg: *index, heard: leg.heard, said: leg.voice.as_ref()?.send.codec })
        };
        let members: Vec<Member> = room.members.iter().filter_map(member).collect();
        let mode = Mode::of(&members);
        for index in room.members.clone() {
            let Some(leg) = self.legs.get_mut(index) else { continue };
            leg.relay_to = match mode {
                Mode::Relay(a, b) if index == a => Some(b),
                Mode::Relay(a, b) if index == b => Some(a),
                _ => None,
            };
            let Some(voice) = &leg.voice else { continue };
            match mode {
                Mode::Mix { rate } => {
                    let (heard, said) = (leg.heard, voice.send.codec);
                    if !leg.pipe.as_ref().is_some_and(|pipe| pipe.fits(rate, heard, said)) {
                        leg.pipe = Pipe::new(rate, heard, said).map(Box::new);
                    }
                    leg.ear = None;
                }
                _ => leg.pipe = None,
            }
        }
        let Some(room) = self.rooms.get_mut(&key) else { return };
        room.mode = mode;
        if matches!(mode, Mode::Mix { .. }) && !room.paced {
            room.paced = true;
            let turn = self.wheel.turn(now).next();
            self.wheel.put(now, turn, Paced::Room(key));
        }
    }

    /// One frame of a mixed room. Returns whether it goes on.
    pub(super) fn turn_room(&mut self, now: Instant, key: RoomKey) -> bool {
        let Some(room) = self.rooms.get_mut(&key) else { return false };
        let Mode::Mix { rate } = room.mode else {
            room.paced = false;
            return false;
        };
        let samples = rate as usize / 50;
        let members = std::mem::take(&mut room.members);
        let sounding = self.gather(now, &members, samples);
        if sounding != 0 {
            self.scatter(now, &members, samples, sounding);
        }
        if let Some(room) = self.rooms.get_mut(&key) {
            room.members = members;
        }
        true
    }

    /// Reads every member's frame into `voices` and the sum. Returns a bit per member that has something to say.
    fn gather(&mut self, now: Instant, members: &[LegIndex], samples: usize) -> u64 {
        let mut sounding = 0u64;
        self.mixer.start(samples);
        self.voices.resize(self.voices.len().max(members.len()), [0; 320]);
        for (at, index) in members.iter().enumerate() {
            let Some(leg) = self.legs.get_mut(*index) else { continue };
            let Some(pipe) = &mut leg.pipe else { continue };
            let voice = &mut self.voices[at][..samples];
            if !pipe.read(now, voice) {
                continue;
            }
            let (tap, muted) = (leg.tap, leg.muted);
            let digit = leg.overhear(voice);
            if let Some((recording, channel)) = tap {
                self.tap(now, recording, channel, at, samples);
            }
            if let Some(digit) = digit {
                self.tell_digit(*index, digit);
            }
            if !muted {
                self.mixer.add(&self.voices[at][..samples]);
                sounding |= 1 << at;
            }
        }
        sounding
    }

    /// Gives every member the sum without himself. Whom nobody speaks to gets no packet, as in a relayed call.
    fn scatter(&mut self, now: Instant, members: &[LegIndex], samples: usize, sounding: u64) {
        let mut mixed = [0i16; 320];
        for (at, index) in members.iter().enumerate() {
            let own = sounding & (1 << at);
            if sounding == own {
                continue;
            }
            let Some(leg) = self.legs.get_mut(*index) else { continue };
            if !leg.is_free_for_room() {
                continue;
            }
            let voice: &[i16] = if own == 0 { &[] } else { &self.voices[at][..samples] };
            self.mixer.without(voice, &mut mixed[..samples]);
            let Some(mut pipe) = leg.pipe.take() else { continue };
            if let Some(payload) = pipe.encode(&mixed[..samples]) {
                leg.send_frame(now, &mut self.batch, payload);
            }
            leg.pipe = Some(pipe);
        }
    }
}
