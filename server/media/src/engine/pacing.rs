//! What is sent each 20 ms of our own accord: prompts and key presses per leg, frames per mixed room.

use std::sync::Arc;
use std::time::Instant;

use super::wheel::Turn;
use super::{Engine, LegKey, MediaError, MediaEvent, Paced, PlaybackKey};
use crate::leg::{KeyFrame, KeysOut, LegIndex, Phase, Playing};
use crate::player::{Playback, Prompt};

/// A driver later than this many frames is not caught up with; what should have been sent then is skipped.
const MAX_FRAMES_BEHIND: u64 = 5;

impl Engine {
    /// Plays a prompt to a leg, instead of whatever it hears; a playback under way is replaced. On a leg that is up the first
    /// packet is in the batch when this returns; otherwise the prompt waits for the leg. The prompt should have been
    /// prepared for the leg's codec ([`Prompt::prepare`], off this thread): encoding it here would hold up every call.
    ///
    /// # Errors
    /// Unknown leg.
    pub fn play(
        &mut self,
        now: Instant,
        leg: LegKey,
        playback: PlaybackKey,
        prompt: Arc<Prompt>,
        repeat: bool,
    ) -> Result<(), MediaError> {
        let index = self.index(leg)?;
        let Some(leg) = self.legs.get_mut(index) else { return Err(MediaError::UnknownLeg) };
        let cursor = Playback::new(vec![prompt], repeat);
        leg.playing = Some(Box::new(Playing { key: playback, playback: cursor }));
        if leg.phase != Phase::Connecting {
            self.pace_leg(now, index);
        }
        Ok(())
    }

    /// Stops this playback, if it is still the one that plays. No `PlaybackDone` is told.
    pub fn stop_play(&mut self, leg: LegKey, playback: PlaybackKey) {
        if let Ok(index) = self.index(leg)
            && let Some(leg) = self.legs.get_mut(index)
            && leg.playing.as_ref().is_some_and(|playing| playing.key == playback)
        {
            leg.playing = None;
        }
    }

    /// Presses keys towards a leg: 0–9, *, #, A–D, and a comma for a pause. They wait behind those already being sent, and
    /// take the place of other sound.
    ///
    /// # Errors
    /// Unknown leg, not agreed on yet, a character that is no digit, or too many digits waiting.
    pub fn send_digits(&mut self, now: Instant, leg: LegKey, digits: &str) -> Result<(), MediaError> {
        let index = self.index(leg)?;
        self.try_press(now, index, digits)
    }

    /// As `send_digits`, for digits that come from another leg: a full queue only costs the digit.
    pub(super) fn press(&mut self, now: Instant, index: LegIndex, digits: &str) {
        let _ = self.try_press(now, index, digits);
    }

    fn try_press(&mut self, now: Instant, index: LegIndex, digits: &str) -> Result<(), MediaError> {
        let leg = self.legs.get_mut(index).ok_or(MediaError::UnknownLeg)?;
        let voice = leg.voice.as_ref().ok_or(MediaError::NotAgreed)?;
        if leg.keys_out.is_none() {
            leg.keys_out = KeysOut::new(voice).map(Box::new);
        }
        let keys = leg.keys_out.as_mut().ok_or(MediaError::NotAgreed)?;
        keys.push(digits)?;
        if leg.phase != Phase::Connecting {
            self.pace_leg(now, index);
        }
        Ok(())
    }

    /// Puts a leg on the wheel and takes its first turn at once.
    pub(super) fn pace_leg(&mut self, now: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        if leg.paced {
            return;
        }
        leg.paced = true;
        let turn = self.wheel.turn(now);
        if self.turn_leg(now, index) {
            self.wheel.put(now, turn.next(), Paced::Leg(index));
        }
    }

    /// Takes every turn that is due.
    pub(super) fn take_turns(&mut self, now: Instant) {
        let mut due = std::mem::take(&mut self.due);
        self.wheel.take_due(now, &mut due);
        let present = self.wheel.turn(now);
        for (turn, paced) in due.drain(..) {
            self.take_turn(now, present, turn, paced);
        }
        self.due = due;
    }

    fn take_turn(&mut self, now: Instant, present: Turn, mut turn: Turn, paced: Paced) {
        let behind = turn.frames_behind(present);
        if behind > MAX_FRAMES_BEHIND {
            self.counters.frames_skipped += behind;
            turn = turn.later(behind);
        }
        loop {
            let goes_on = match paced {
                Paced::Leg(index) => self.turn_leg(now, index),
                Paced::Room(room) => self.turn_room(now, room),
            };
            if !goes_on {
                return;
            }
            turn = turn.next();
            if turn > present {
                break;
            }
        }
        self.wheel.put(now, turn, paced);
    }

    /// One frame of a leg's own sending. Returns whether it goes on.
    fn turn_leg(&mut self, now: Instant, index: LegIndex) -> bool {
        let Some(leg) = self.legs.get_mut(index) else { return false };
        let sending = leg.is_sending();
        if let Some(mut keys) = leg.keys_out.take() {
            let timestamp = leg.out.time_now(now);
            let done = match keys.next(timestamp) {
                KeyFrame::Event { payload_type, packet } => {
                    let stamp = leg.out.event(packet.timestamp, packet.marker);
                    if sending {
                        leg.send(now, &mut self.batch, payload_type, stamp, &packet.payload);
                    }
                    false
                }
                KeyFrame::Tone(payload) => {
                    if sending {
                        leg.send_frame(now, &mut self.batch, payload);
                    }
                    false
                }
                KeyFrame::Gap => false,
                KeyFrame::Done => true,
            };
            if !done {
                leg.keys_out = Some(keys);
                return true;
            }
        }
        self.turn_prompt(now, index, sending)
    }

    fn turn_prompt(&mut self, now: Instant, index: LegIndex, sending: bool) -> bool {
        let Some(leg) = self.legs.get_mut(index) else { return false };
        let Some(mut playing) = leg.playing.take() else {
            leg.paced = false;
            return false;
        };
        let Some(codec) = leg.voice.as_ref().map(|voice| voice.send.codec) else {
            leg.playing = Some(playing);
            return true;
        };
        if let Some(frame) = playing.playback.next_frame(codec) {
            // While the far end wants to hear nothing (hold) the prompt runs on unheard, like a radio turned down.
            if sending {
                leg.send_frame(now, &mut self.batch, frame);
            }
            leg.playing = Some(playing);
            return true;
        }
        leg.paced = false;
        let event = MediaEvent::PlaybackDone { leg: leg.key, playback: playing.key };
        self.tell(event);
        false
    }
}
