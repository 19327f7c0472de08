//! A flow document, and its first steps.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    twinline_core::flow::fuzz::fuzz_flow(data);
});
