//! Recordings: what the customer and the agent say, tapped before anything is mixed, on one clock of their own, so that
//! holds and transfers leave silence and not gaps.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::{Engine, LegKey, MediaError, MediaEvent, RecordingKey, RecordingWrite, Timer};
use crate::codec::Resampler;
use crate::leg::{Leg, LegIndex};
use crate::recorder::{Channel, Format, StereoWriter};

/// Writes waiting for the driver at most, beside the last ones of recordings that end.
const MAX_WRITES: usize = 4_096;
/// How long to wait for a driver that is behind.
const PATIENCE: Duration = Duration::from_millis(100);

pub(super) struct Recording {
    pub writer: StereoWriter,
    customer: LegKey,
    agent: Option<LegKey>,
    /// From a 16 kHz room to the file's 8 kHz, per channel.
    narrowing: [Option<Box<Resampler>>; 2],
    narrow: Vec<i16>,
    pub wake_at: Option<Instant>,
}

impl Engine {
    /// Starts recording: customer left, agent right (who may come later). It runs until `stop_recording`, whatever becomes
    /// of the legs.
    ///
    /// # Errors
    /// The customer's leg is unknown, or the key is in use.
    pub fn start_recording(
        &mut self,
        now: Instant,
        recording: RecordingKey,
        customer: LegKey,
        agent: Option<LegKey>,
    ) -> Result<(), MediaError> {
        self.index(customer)?;
        if self.recordings.contains_key(&recording) {
            return Err(MediaError::DuplicateRecording);
        }
        let writer = StereoWriter::new(now, Format::Pcm16);
        let state = Recording { writer, customer, agent, narrowing: [None, None], narrow: Vec::new(), wake_at: None };
        self.recordings.insert(recording, state);
        self.tap_leg(Some(customer), Some((recording, Channel::Customer)));
        self.tap_leg(agent, Some((recording, Channel::Agent)));
        self.wake_recording(recording);
        Ok(())
    }

    /// From now on this leg is the agent (`None`: nobody, the right channel is silent).
    pub fn set_recording_agent(&mut self, recording: RecordingKey, agent: Option<LegKey>) {
        let Some(state) = self.recordings.get_mut(&recording) else { return };
        let old = std::mem::replace(&mut state.agent, agent);
        if old != agent {
            self.untap_leg(old, recording);
        }
        self.tap_leg(agent, Some((recording, Channel::Agent)));
    }

    /// While paused both channels are silent and nothing that is said is kept, not even in memory.
    pub fn pause_recording(&mut self, now: Instant, recording: RecordingKey, paused: bool) {
        let Some(state) = self.recordings.get_mut(&recording) else { return };
        if paused {
            state.writer.pause(now);
        } else {
            state.writer.resume(now);
        }
        self.wake_recording(recording);
    }

    /// Ends a recording: the rest is in `poll_recording`, `RecordingClosed` in `poll_event`.
    pub fn stop_recording(&mut self, now: Instant, recording: RecordingKey) {
        let Some(mut state) = self.recordings.remove(&recording) else { return };
        self.untap_leg(Some(state.customer), recording);
        self.untap_leg(state.agent, recording);
        state.writer.finish(now);
        while let Some(chunk) = state.writer.poll(now) {
            self.writes.push_back(RecordingWrite { recording, at: chunk.at, bytes: chunk.bytes });
        }
        self.tell(MediaEvent::RecordingClosed { recording, duration: state.writer.duration() });
    }

    pub(super) fn tend_recording(&mut self, now: Instant, at: Instant, key: RecordingKey) {
        let Some(recording) = self.recordings.get_mut(&key) else { return };
        if recording.wake_at != Some(at) {
            return;
        }
        recording.wake_at = None;
        if self.writes.len() >= MAX_WRITES {
            // The driver's disk is behind. What is said stays in the writer, which is bounded, until there is room.
            let at = now + PATIENCE;
            recording.wake_at = Some(at);
            self.timers.push(Reverse((at, Timer::Recording(key))));
            return;
        }
        while let Some(chunk) = recording.writer.poll(now) {
            self.writes.push_back(RecordingWrite { recording: key, at: chunk.at, bytes: chunk.bytes });
        }
        self.wake_recording(key);
    }

    /// Takes one frame of a mixed room's member, `voices[at]`.
    pub(super) fn tap(&mut self, now: Instant, key: RecordingKey, channel: Channel, at: usize, samples: usize) {
        let Some(recording) = self.recordings.get_mut(&key) else { return };
        let voice = &self.voices[at][..samples];
        if samples == 160 {
            recording.writer.write(now, channel, None, voice);
        } else {
            let place = &mut recording.narrowing[usize::from(channel == Channel::Agent)];
            let resampler = place.get_or_insert_with(|| Box::new(Resampler::new(16_000, 8_000)));
            recording.narrow.clear();
            resampler.process(voice, &mut recording.narrow);
            recording.writer.write(now, channel, None, &recording.narrow);
        }
        self.wake_recording(key);
    }

    /// The leg is going: its recordings go on without it.
    pub(super) fn forget_tap(&mut self, leg: &Leg) {
        let Some((recording, Channel::Agent)) = leg.tap else { return };
        if let Some(state) = self.recordings.get_mut(&recording)
            && state.agent == Some(leg.key)
        {
            state.agent = None;
        }
    }

    fn tap_leg(&mut self, leg: Option<LegKey>, tap: Option<(RecordingKey, Channel)>) {
        if let Some(leg) = self.leg_named(leg) {
            leg.tap = tap;
        }
    }

    fn untap_leg(&mut self, leg: Option<LegKey>, recording: RecordingKey) {
        if let Some(leg) = self.leg_named(leg).filter(|leg| leg.tap.is_some_and(|tap| tap.0 == recording)) {
            leg.tap = None;
        }
    }

    fn leg_named(&mut self, leg: Option<LegKey>) -> Option<&mut Leg> {
        let index: LegIndex = self.index(leg?).ok()?;
        self.legs.get_mut(index)
    }
}
