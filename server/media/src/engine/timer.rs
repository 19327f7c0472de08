//! The slow clock: quality and RTCP reports each five seconds, silence that has lasted too long, lost ends of key
//! presses, the WebRTC engine's own timers, recordings to be written.

use std::cmp::Reverse;
use std::time::{Duration, Instant};

use super::{Engine, LostReason, MediaEvent, RecordingKey, Timer};
use crate::leg::{Leg, LegIndex, Link, Phase};
use crate::rtcp;

/// An RTCP compound of ours: SR, one block, a short name.
const MAX_REPORT: usize = 256;
/// Named in SDES. It says nothing about anybody (RFC 7022 asks for no more than uniqueness within a session).
const CNAME: &str = "twinline";

impl Engine {
    /// Does everything that is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.take_turns(now);
        while let Some(Reverse((at, timer))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            match timer {
                Timer::Leg { slot, generation } => self.tend_leg(now, at, LegIndex { slot, generation }),
                Timer::Recording(recording) => self.tend_recording(now, at, recording),
            }
        }
    }

    /// Sees to it that the leg is looked at when it next needs it.
    pub(super) fn wake(&mut self, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let limit = match &leg.link {
            Link::Rtp(_) => self.config.rtp_silence_limit,
            Link::Webrtc(_) => self.config.webrtc_silence_limit,
        };
        let at = leg.next_due(limit);
        if leg.wake_at.is_none_or(|earlier| at < earlier) {
            leg.wake_at = Some(at);
            let LegIndex { slot, generation } = index;
            self.timers.push(Reverse((at, Timer::Leg { slot, generation })));
        }
    }

    pub(super) fn wake_recording(&mut self, key: RecordingKey) {
        let Some(recording) = self.recordings.get_mut(&key) else { return };
        let Some(at) = recording.writer.poll_timeout() else { return };
        if recording.wake_at.is_none_or(|earlier| at < earlier) {
            recording.wake_at = Some(at);
            self.timers.push(Reverse((at, Timer::Recording(key))));
        }
    }

    fn tend_leg(&mut self, now: Instant, at: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        // A later entry than the one we wait for is left over from before.
        if leg.wake_at != Some(at) {
            return;
        }
        leg.wake_at = None;
        if let Link::Webrtc(link) = &mut leg.link
            && link.session.poll_timeout().is_some_and(|due| due <= now)
        {
            link.session.handle_timeout(now);
            self.drain_session(now, index);
        }
        self.end_lost_keys(now, index);
        self.report(now, index);
        self.check_silence(now, index);
        self.wake_after(now, index);
    }

    /// As `wake`, but never again for the same moment: a timer that does not move on must not spin.
    fn wake_after(&mut self, now: Instant, index: LegIndex) {
        self.wake(index);
        let Some(leg) = self.legs.get_mut(index) else { return };
        if leg.wake_at.is_some_and(|at| at <= now) {
            let at = now + Duration::from_millis(1);
            leg.wake_at = Some(at);
            let LegIndex { slot, generation } = index;
            self.timers.push(Reverse((at, Timer::Leg { slot, generation })));
        }
    }

    /// A key press whose end never came is over.
    fn end_lost_keys(&mut self, now: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get_mut(index) else { return };
        let Some(keys) = leg.keys_in.as_mut().filter(|keys| keys.poll_timeout().is_some_and(|at| at <= now)) else {
            return;
        };
        let digit = keys.handle_timeout(now);
        let relayed = leg.relay_to.is_some();
        if let Some(digit) = digit {
            self.tell_digit(index, digit);
            if !relayed {
                self.pass_digit(now, index, digit);
            }
        }
    }

    /// Each 5 s: how it is, to the switchboard and to the far end.
    fn report(&mut self, now: Instant, index: LegIndex) {
        let ntp = self.ntp.at(now);
        let Some(leg) = self.legs.get_mut(index) else { return };
        let Some(report) = leg.stats.poll_report(now) else { return };
        if leg.phase == Phase::Connecting {
            return;
        }
        let event = MediaEvent::Quality { leg: leg.key, report };
        let info = leg.stats.sender_info(ntp);
        let block = leg.stats.make_block(ntp);
        let mut compound = [0; MAX_REPORT];
        let written = rtcp::write_report(&mut compound, leg.out.ssrc, info.as_ref(), block.as_slice(), CNAME);
        if let Ok(length) = written {
            leg.send_rtcp(now, &mut self.batch, &compound[..length]);
        }
        self.tell(event);
    }

    fn check_silence(&mut self, now: Instant, index: LegIndex) {
        let Some(leg) = self.legs.get(index) else { return };
        let limit = match &leg.link {
            Link::Rtp(_) => self.config.rtp_silence_limit,
            Link::Webrtc(_) => self.config.webrtc_silence_limit,
        };
        if leg.is_expecting() && leg.phase != Phase::Lost && leg.heard_at.checked_add(limit).is_some_and(|at| at <= now)
        {
            self.lose(index, LostReason::Silence);
        }
    }
}

impl Leg {
    /// When something of this leg is due.
    fn next_due(&mut self, silence_limit: Duration) -> Instant {
        let mut due = self.stats.poll_timeout();
        if let Some(at) = self.keys_in.as_ref().and_then(|keys| keys.poll_timeout()) {
            due = due.min(at);
        }
        if self.is_expecting() && self.phase != Phase::Lost {
            due = self.heard_at.checked_add(silence_limit).map_or(due, |at| due.min(at));
        }
        if let Link::Webrtc(link) = &mut self.link
            && let Some(at) = link.session.poll_timeout()
        {
            due = due.min(at);
        }
        due
    }
}
