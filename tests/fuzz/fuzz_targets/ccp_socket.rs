//! A message of the CCP's page.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = serde_json::from_slice::<twinline_api::ws::ccp::CcpRequest>(data);
});
