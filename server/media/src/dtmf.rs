//! Digits: telephone-event packets (RFC 4733) received and sent, and tones heard and made in the sound itself.
//! No digit is ever logged or shown by an error here: it may be part of a card number.

mod events;
mod tones;

#[cfg(test)]
mod tests;

pub use events::{EVENT_LEN, EventPacket, EventReceiver, EventSender};
pub use tones::{ToneDetector, ToneSender, tones};

use std::collections::VecDeque;

/// Most digits that wait to be sent.
pub const MAX_WAITING: usize = 64;

/// The sixteen DTMF digits in the order of their event codes (RFC 4733 §3.2).
const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

/// Why digits cannot be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DigitsError {
    #[error("character {position} is no digit: 0-9, *, # and A-D can be sent, a comma pauses for half a second")]
    NotADigit { position: usize },
    #[error("{waiting} digits wait already, at most {MAX_WAITING} can")]
    TooMany { waiting: usize },
}

/// What waits to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Waiting {
    /// Event code, 0–15.
    Digit(u8),
    Pause,
}

/// Appends to the queue all of `digits` or nothing.
fn enqueue(queue: &mut VecDeque<Waiting>, digits: &str) -> Result<(), DigitsError> {
    let mut new = Vec::new();
    for (position, letter) in digits.chars().enumerate() {
        if position >= MAX_WAITING {
            return Err(DigitsError::TooMany { waiting: queue.len() });
        }
        let letter = letter.to_ascii_uppercase();
        new.push(match DIGITS.iter().position(|&digit| digit == letter) {
            Some(code) => Waiting::Digit(code as u8),
            None if letter == ',' => Waiting::Pause,
            None => return Err(DigitsError::NotADigit { position }),
        });
    }
    if queue.len() + new.len() > MAX_WAITING {
        return Err(DigitsError::TooMany { waiting: queue.len() });
    }
    queue.extend(new);
    Ok(())
}
