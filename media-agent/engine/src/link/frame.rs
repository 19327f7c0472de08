//! Frames of the link's stream: a 4-byte big-endian length, then that many bytes of JSON.

use serde::Serialize;
use twinline_api::ws::media_agent::{MAX_FRAME, ToMediaAgent};

#[derive(Debug, thiserror::Error)]
pub enum FrameError {
    #[error("a frame of {length} bytes is longer than the {MAX_FRAME} allowed")]
    TooLong { length: usize },
    #[error("the message cannot be written as JSON")]
    Encode(#[from] serde_json::Error),
}

/// A message with its length in front.
pub fn encode(message: &impl Serialize) -> Result<Vec<u8>, FrameError> {
    let mut bytes = vec![0; 4];
    serde_json::to_writer(&mut bytes, message)?;
    let length = bytes.len() - 4;
    if length > MAX_FRAME {
        return Err(FrameError::TooLong { length });
    }
    let header = u32::try_from(length).map_err(|_| FrameError::TooLong { length })?;
    bytes[..4].copy_from_slice(&header.to_be_bytes());
    Ok(bytes)
}

/// Length that a header announces.
pub fn length(header: [u8; 4]) -> Result<usize, FrameError> {
    let length = usize::try_from(u32::from_be_bytes(header)).unwrap_or(usize::MAX);
    if length > MAX_FRAME { Err(FrameError::TooLong { length }) } else { Ok(length) }
}

/// A message of the server. One that we do not know (a newer server's) is `None`: the link goes on without it.
pub fn decode(bytes: &[u8]) -> Option<ToMediaAgent> {
    serde_json::from_slice(bytes).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_frame_carries_its_length_and_reads_back() {
        let pong = ToMediaAgent::Pong { at_ms: 1, now_ms: 2 };
        let bytes = encode(&pong).unwrap();
        let announced = length(bytes[..4].try_into().unwrap()).unwrap();
        assert_eq!(announced, bytes.len() - 4);
        assert_eq!(decode(&bytes[4..]), Some(pong));
    }

    #[test]
    fn too_long_frames_are_refused_before_anything_is_read() {
        assert!(matches!(length(65_537u32.to_be_bytes()), Err(FrameError::TooLong { length: 65_537 })));
        assert!(encode(&"x".repeat(MAX_FRAME)).is_err());
    }

    #[test]
    fn unknown_and_broken_messages_are_skipped() {
        assert_eq!(decode(br#"{"type":"from_the_future"}"#), None);
        assert_eq!(decode(b"\xff\xfe"), None);
    }
}
