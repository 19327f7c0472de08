//! A SIP message as it comes from a socket: parsed, written, read back.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    twinline_sip::fuzz_message(data);
});
