//! Key presses on their way to a far end: as telephone-events where it knows them, else as tones in the sound.

use crate::codec::{Codec, Encoder, MAX_FRAME_BYTES, OpusSettings};
use crate::dtmf::{DigitsError, EventPacket, EventSender, ToneSender};
use crate::sdp::Voice;

/// What to send in this turn.
pub(crate) enum KeyFrame<'a> {
    Event {
        payload_type: u8,
        packet: EventPacket,
    },
    Tone(&'a [u8]),
    /// A pause between two digits.
    Gap,
    Done,
}

pub(crate) enum KeysOut {
    Events { payload_type: u8, sender: EventSender },
    Tones { sender: ToneSender, encoder: Encoder, pcm: Vec<i16>, payload: Vec<u8> },
}

impl KeysOut {
    pub(crate) fn new(voice: &Voice) -> Option<Self> {
        if let Some(event) = voice.send_event {
            return Some(Self::Events { payload_type: event.payload_type, sender: EventSender::new(event.clock_rate) });
        }
        let codec = voice.send.codec;
        let settings = if codec == Codec::G722 { OpusSettings::wideband() } else { OpusSettings::narrowband() };
        let encoder = Encoder::new(codec, &settings).ok()?;
        let rate = encoder.sample_rate();
        let pcm = vec![0; rate as usize / 50];
        Some(Self::Tones { sender: ToneSender::new(rate), encoder, pcm, payload: vec![0; MAX_FRAME_BYTES] })
    }

    pub(crate) fn push(&mut self, digits: &str) -> Result<(), DigitsError> {
        match self {
            Self::Events { sender, .. } => sender.push(digits),
            Self::Tones { sender, .. } => sender.push(digits),
        }
    }

    /// Called each 20 ms; `timestamp` is what sound would carry now.
    pub(crate) fn next(&mut self, timestamp: u32) -> KeyFrame<'_> {
        match self {
            Self::Events { sender, .. } if !sender.is_active() => KeyFrame::Done,
            Self::Events { payload_type, sender } => match sender.next_packet(timestamp) {
                Some(packet) => KeyFrame::Event { payload_type: *payload_type, packet },
                None if sender.is_active() => KeyFrame::Gap,
                None => KeyFrame::Done,
            },
            Self::Tones { sender, encoder, pcm, payload } => {
                if !sender.next_frame(pcm) {
                    return KeyFrame::Done;
                }
                match encoder.encode(pcm, payload) {
                    Ok(length) => KeyFrame::Tone(&payload[..length]),
                    Err(_) => KeyFrame::Gap,
                }
            }
        }
    }
}
