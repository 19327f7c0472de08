//! An RTP or RTCP datagram.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| {
    let _ = twinline_media::rtp::classify(data);
    let _ = twinline_media::rtp::Packet::parse(data);
    let _ = twinline_media::rtcp::parse(data);
});
