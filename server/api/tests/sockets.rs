//! Both sockets' messages: what we write we read back, and no bytes bring the reader down.
#![allow(clippy::unwrap_used)]

use proptest::prelude::*;
use serde_json::{Value, json};
use twinline_api::ws::{
    ccp::{CcpMessage, CcpRequest},
    media_agent::{FromMediaAgent, ToMediaAgent},
};

const ID: &str = "00000000-0000-4000-8000-000000000001";

fn examples() -> Vec<Value> {
    vec![
        json!({ "type": "hello", "token": "t", "seen": 5 }),
        json!({ "type": "command", "id": "a", "command": { "do": "accept", "contact": ID } }),
        json!({ "type": "command", "id": "a", "command": { "do": "dial", "number": "+821" } }),
        json!({ "type": "command", "id": "a", "command": { "do": "set_disposition", "contact": ID, "code": null } }),
        json!({ "type": "ping", "at_ms": 1 }),
        json!({ "type": "offer", "leg": ID, "sdp": "v=0" }),
        json!({ "type": "muted", "contact": ID, "on": true, "local": false }),
    ]
}

/// All readers; the answer does not matter, coming back does.
fn read(bytes: &[u8]) {
    let _ = serde_json::from_slice::<CcpRequest>(bytes);
    let _ = serde_json::from_slice::<CcpMessage>(bytes);
    let _ = serde_json::from_slice::<FromMediaAgent>(bytes);
    let _ = serde_json::from_slice::<ToMediaAgent>(bytes);
}

#[test]
fn every_example_is_a_message_and_survives_a_round_trip() {
    for example in examples() {
        let page = serde_json::from_value::<CcpRequest>(example.clone()).ok();
        let agent = serde_json::from_value::<FromMediaAgent>(example.clone()).ok();
        assert!(page.is_some() || agent.is_some(), "{example}");
        if let Some(message) = page {
            let again: CcpRequest = serde_json::from_value(serde_json::to_value(&message).unwrap()).unwrap();
            assert_eq!(again, message);
        }
        if let Some(message) = agent {
            let again: FromMediaAgent = serde_json::from_value(serde_json::to_value(&message).unwrap()).unwrap();
            assert_eq!(again, message);
        }
    }
}

proptest! {
    #[test]
    fn no_bytes_bring_a_reader_down(bytes in prop::collection::vec(any::<u8>(), 0..512)) {
        read(&bytes);
    }

    #[test]
    fn no_damaged_message_brings_a_reader_down(
        which in 0..7usize,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = examples()[which].to_string().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        read(&bytes);
        bytes.truncate(cut.index(bytes.len()));
        read(&bytes);
    }
}
