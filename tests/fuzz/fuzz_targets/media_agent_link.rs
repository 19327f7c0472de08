//! A frame of a media agent's link.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<twinline_api::ws::media_agent::FromMediaAgent>(data);
});
