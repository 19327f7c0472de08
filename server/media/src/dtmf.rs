//! Digits: telephone-event packets (RFC 4733) received and sent, and tones heard and made in the sound itself.

use crate::rtp::Packet;
use std::time::Instant;

/// Payload of a telephone-event packet, bytes.
pub const EVENT_LEN: usize = 4;

/// Why digits cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    #[error("character {position} is no digit: 0-9, *, # and A-D can be sent, a comma pauses")]
    NotADigit { position: usize },
    #[error("{waiting} digits wait already, at most {limit} can")]
    TooMany { waiting: usize, limit: usize },
}

/// Hears events and tells each digit once.
pub struct EventReceiver {
    _clock_rate: u32,
}

impl EventReceiver {
    /// `clock_rate` of the telephone-event payload type as negotiated, Hz.
    pub fn new(clock_rate: u32) -> Self {
        EventReceiver { _clock_rate: clock_rate }
    }
    /// A packet of the telephone-event payload type. Gives the digit when its event is over.
    pub fn handle(&mut self, _now: Instant, _packet: &Packet<'_>) -> Option<char> {
        None
    }
    /// When to call [`EventReceiver::handle_timeout`]: an event whose end was lost is over then.
    pub fn poll_timeout(&self) -> Option<Instant> {
        None
    }
    pub fn handle_timeout(&mut self, _now: Instant) -> Option<char> {
        None
    }
    /// An event is being received: the sound beside it is the tone, which need not be heard.
    pub fn is_active(&self) -> bool {
        false
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

/// Sends queued digits as events.
pub struct EventSender {
    _clock_rate: u32,
}

impl EventSender {
    pub fn new(clock_rate: u32) -> Self {
        EventSender { _clock_rate: clock_rate }
    }
    pub fn push(&mut self, _digits: &str) -> Result<(), DigitsError> {
        Ok(())
    }
    /// Digits wait or one is being sent: no sound goes out meanwhile.
    pub fn is_active(&self) -> bool {
        false
    }
    /// Called each 20 ms with the timestamp that a sound packet of this moment would bear. `None`: a gap, or done.
    pub fn next_packet(&mut self, _timestamp: u32) -> Option<EventPacket> {
        None
    }
}

/// Hears DTMF tones in 8 kHz PCM.
pub struct ToneDetector {}

impl ToneDetector {
    #[allow(clippy::new_without_default)]
    pub fn new() -> Self {
        ToneDetector {}
    }
    /// Any amount of sound; gives a digit once, when its tone has lasted 40 ms.
    pub fn process(&mut self, _pcm: &[i16]) -> Option<char> {
        None
    }
}

/// Makes DTMF tones where no telephone-event was negotiated.
pub struct ToneSender {
    _rate: u32,
}

impl ToneSender {
    pub fn new(rate: u32) -> Self {
        ToneSender { _rate: rate }
    }
    pub fn push(&mut self, _digits: &str) -> Result<(), DigitsError> {
        Ok(())
    }
    pub fn is_active(&self) -> bool {
        false
    }
    /// Fills `out` with the tone or the gap; false where there was nothing left to send (`out` is untouched).
    pub fn next_frame(&mut self, _out: &mut [i16]) -> bool {
        false
    }
}
