//! Telephone events in RTP (RFC 4733).

use super::{DIGITS, DigitsError, Waiting, enqueue};
use crate::rtp::Packet;
use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Payload of a telephone-event packet, bytes (§2.3).
pub const EVENT_LEN: usize = 4;
/// An event of which nothing more is heard is over: senders update each 50 ms or more often (§2.5.1.2), and two updates
/// may be lost.
const SILENCE: Duration = Duration::from_millis(160);
/// Timestamps that lie back by more than this began anew; by less, they are a late packet's. Seconds.
const STALE_SECONDS: u32 = 10;

/// Hears events and tells each digit once.
pub struct EventReceiver {
    clock_rate: u32,
    state: Receiving,
    /// SSRC and timestamp of the last event told.
    told: Option<(u32, u32)>,
}

enum Receiving {
    Idle,
    /// `since` the event's timestamp; told when an end comes or at `deadline`.
    Event {
        ssrc: u32,
        since: u32,
        event: u8,
        duration: u16,
        deadline: Instant,
    },
}

impl EventReceiver {
    /// `clock_rate` of the telephone-event payload type as negotiated, Hz.
    pub fn new(clock_rate: u32) -> Self {
        EventReceiver { clock_rate, state: Receiving::Idle, told: None }
    }

    /// A packet of the telephone-event payload type. Gives the digit when its event is over. Events that are no DTMF
    /// digit (flash, tones) and malformed payloads are passed over.
    pub fn handle(&mut self, now: Instant, packet: &Packet<'_>) -> Option<char> {
        let [event, flags, d0, d1] = *packet.payload.first_chunk::<EVENT_LEN>()?;
        if usize::from(event) >= DIGITS.len() {
            return None;
        }
        let (ended, duration) = (flags & 0x80 != 0, u16::from_be_bytes([d0, d1]));
        let deadline = if ended { now } else { now + SILENCE };
        let new = Receiving::Event { ssrc: packet.ssrc, since: packet.timestamp, event, duration, deadline };
        if self.is_old(packet.ssrc, packet.timestamp) {
            return None;
        }
        match &mut self.state {
            Receiving::Idle => {
                self.state = new;
                if ended { self.tell() } else { None }
            }
            Receiving::Event { ssrc, since, event: current, duration: lasted, deadline: at } => {
                let step = packet.timestamp.wrapping_sub(*since);
                // §2.5.1.3: an event too long for its duration field goes on in a new segment, where the last ended.
                let segment = step > 0 && step == u32::from(*lasted) && *lasted == u16::MAX;
                if *ssrc == packet.ssrc && *current == event && (step == 0 || segment) {
                    (*since, *lasted, *at) =
                        (packet.timestamp, duration.max(if step == 0 { *lasted } else { 0 }), deadline);
                    return if ended { self.tell() } else { None };
                }
                // The end of the last event was lost; a new one has begun. Where that is over as well, its deadline is
                // now, and `handle_timeout` tells it.
                let digit = self.tell();
                self.state = new;
                digit
            }
        }
    }

    /// When to call [`EventReceiver::handle_timeout`]: an event whose end was lost is over then.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.state {
            Receiving::Idle => None,
            Receiving::Event { deadline, .. } => Some(deadline),
        }
    }

    pub fn handle_timeout(&mut self, now: Instant) -> Option<char> {
        if self.poll_timeout().is_some_and(|at| at <= now) { self.tell() } else { None }
    }

    /// An event is being received: the sound beside it is the tone, which need not be heard.
    pub fn is_active(&self) -> bool {
        matches!(self.state, Receiving::Event { .. })
    }

    fn tell(&mut self) -> Option<char> {
        match std::mem::replace(&mut self.state, Receiving::Idle) {
            Receiving::Idle => None,
            Receiving::Event { ssrc, since, event, .. } => {
                self.told = Some((ssrc, since));
                DIGITS.get(usize::from(event)).copied()
            }
        }
    }

    /// A retransmitted end, or a packet that was overtaken by the end of its event or by a later event.
    fn is_old(&self, ssrc: u32, timestamp: u32) -> bool {
        let current = match self.state {
            // The event in progress is not old to itself.
            Receiving::Event { ssrc, since, .. } => Some((ssrc, since.wrapping_sub(1))),
            Receiving::Idle => self.told,
        };
        current.is_some_and(|(last_ssrc, last)| {
            let back = last.wrapping_sub(timestamp);
            ssrc == last_ssrc && back <= self.clock_rate.saturating_mul(STALE_SECONDS)
        })
    }
}

/// One telephone-event packet to send, in place of sound.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPacket {
    pub payload: [u8; EVENT_LEN],
    pub marker: bool,
    /// Start of the event: the same for all its packets.
    pub timestamp: u32,
}

/// Packets of one digit before its end: 100 ms.
const TONE_TICKS: u16 = 5;
/// The end is said three times (§2.5.1.4).
const ENDS: u8 = 3;
/// Further ticks between two digits: with the two repeated ends a gap of 80 ms (ETSI ES 201 235-2: 65 ms at least).
const GAP_TICKS: u32 = 2;
/// A comma: half a second.
const PAUSE_TICKS: u32 = 25;
/// Level as sent, −dBm0 (§2.3.5).
const VOLUME: u8 = 10;

/// Sends queued digits as events.
pub struct EventSender {
    clock_rate: u32,
    queue: VecDeque<Waiting>,
    state: Sending,
}

#[derive(Clone, Copy)]
enum Sending {
    Idle,
    Tone { event: u8, since: u32, ticks: u16 },
    End { event: u8, since: u32, left: u8 },
    Gap { left: u32 },
}

impl EventSender {
    /// `clock_rate` of the telephone-event payload type as negotiated, Hz.
    pub fn new(clock_rate: u32) -> Self {
        EventSender { clock_rate, queue: VecDeque::new(), state: Sending::Idle }
    }

    /// Queues `0-9*#A-D`, and commas that pause; all of them or, with an error, none.
    pub fn push(&mut self, digits: &str) -> Result<(), DigitsError> {
        enqueue(&mut self.queue, digits)
    }

    /// Digits wait or one is being sent: no sound goes out meanwhile.
    pub fn is_active(&self) -> bool {
        !self.queue.is_empty() || !matches!(self.state, Sending::Idle)
    }

    /// Called each 20 ms with the timestamp that a sound packet of this moment would bear, on the event's clock.
    /// `None`: a gap, or done; sound may be sent then.
    pub fn next_packet(&mut self, timestamp: u32) -> Option<EventPacket> {
        match self.state {
            Sending::Gap { left } if left > 1 => {
                self.state = Sending::Gap { left: left - 1 };
                None
            }
            Sending::Gap { .. } => {
                self.state = Sending::Idle;
                None
            }
            Sending::Idle => match self.queue.pop_front()? {
                Waiting::Pause => {
                    self.state = Sending::Gap { left: PAUSE_TICKS - 1 };
                    None
                }
                Waiting::Digit(event) => {
                    self.state = Sending::Tone { event, since: timestamp, ticks: 1 };
                    Some(self.packet(event, timestamp, 1, false))
                }
            },
            Sending::Tone { event, since, ticks } if ticks < TONE_TICKS => {
                self.state = Sending::Tone { event, since, ticks: ticks + 1 };
                Some(self.packet(event, since, ticks + 1, false))
            }
            Sending::Tone { event, since, .. } => {
                self.state = Sending::End { event, since, left: ENDS - 1 };
                Some(self.packet(event, since, TONE_TICKS, true))
            }
            Sending::End { event, since, left } => {
                self.state = if left > 1 {
                    Sending::End { event, since, left: left - 1 }
                } else {
                    Sending::Gap { left: GAP_TICKS }
                };
                Some(self.packet(event, since, TONE_TICKS, true))
            }
        }
    }

    fn packet(&self, event: u8, since: u32, ticks: u16, ended: bool) -> EventPacket {
        let duration = (self.clock_rate / 50).saturating_mul(u32::from(ticks)).min(u32::from(u16::MAX)) as u16;
        let [d0, d1] = duration.to_be_bytes();
        let payload = [event, (u8::from(ended) << 7) | VOLUME, d0, d1];
        // §2.5.1.2: the marker bit stands on the first packet of an event.
        EventPacket { payload, marker: ticks == 1 && !ended, timestamp: since }
    }
}
