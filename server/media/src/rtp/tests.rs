//! Stories of RTP parsing, writing and number extension.

use super::*;
use proptest::prelude::*;

#[test]
fn a_written_packet_reads_back_equal() {
    let header = Header { marker: true, payload_type: 111, sequence: 65_535, timestamp: u32::MAX, ssrc: 7 };
    let mut out = [0; 64];
    let n = header.write_packet(b"hello", &mut out).unwrap();
    let packet = Packet::parse(&out[..n]).unwrap();
    assert_eq!((packet.marker, packet.payload_type, packet.sequence), (true, 111, 65_535));
    assert_eq!((packet.timestamp, packet.ssrc, packet.payload), (u32::MAX, 7, &b"hello"[..]));
    assert_eq!(packet.csrcs().count(), 0);
    assert_eq!(packet.extension, None);
}

#[test]
fn csrcs_extension_and_padding_are_taken_off_the_payload() {
    let mut bytes = vec![0x80 | 0x20 | 0x10 | 2, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
    bytes.extend([0, 0, 0, 10, 0, 0, 0, 11]);
    bytes.extend([0xbe, 0xde, 0, 1, 0x10, 0xff, 0, 0]);
    bytes.extend(b"abc");
    bytes.extend([0, 0, 3]);
    let packet = Packet::parse(&bytes).unwrap();
    assert_eq!(packet.csrcs().collect::<Vec<_>>(), [10, 11]);
    assert_eq!(packet.extension, Some(Extension { profile: 0xbede, data: &[0x10, 0xff, 0, 0] }));
    assert_eq!(packet.payload, b"abc");
}

#[test]
fn each_lie_of_a_header_has_its_own_error() {
    let good = Header { marker: false, payload_type: 0, sequence: 1, timestamp: 2, ssrc: 3 }.to_bytes();
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.to_vec();
        change(&mut bytes);
        Packet::parse(&bytes).map(|_| ()).unwrap_err()
    };
    assert_eq!(with(&|b| b.truncate(11)), ParseError::TooShort { length: 11 });
    assert_eq!(with(&|b| b[0] = 0x40), ParseError::Version { version: 1 });
    assert_eq!(with(&|b| b[0] |= 3), ParseError::Csrcs { count: 3 });
    assert_eq!(with(&|b| b[0] |= 0x10), ParseError::Extension);
    assert_eq!(
        with(&|b| {
            b[0] |= 0x10;
            b.extend([0, 0, 0xff, 0xff]);
        }),
        ParseError::Extension
    );
    assert_eq!(with(&|b| b[0] |= 0x20), ParseError::Padding { padding: 0, payload: 0 });
    assert_eq!(
        with(&|b| {
            b[0] |= 0x20;
            b.push(9);
        }),
        ParseError::Padding { padding: 9, payload: 1 }
    );
    assert_eq!(
        with(&|b| {
            b[0] |= 0x20;
            b.extend([1, 0]);
        }),
        ParseError::Padding { padding: 0, payload: 2 }
    );
}

#[test]
fn a_short_buffer_is_refused_and_untouched() {
    let header = Header { marker: false, payload_type: 0, sequence: 1, timestamp: 2, ssrc: 3 };
    let mut out = [9; 13];
    assert_eq!(header.write_packet(&[1, 2], &mut out), Err(BufferTooSmall { have: 13, need: 14 }));
    assert_eq!(out, [9; 13]);
    assert!(header.write(&mut out[..5]).is_err());
}

#[test]
fn one_port_tells_its_four_protocols_apart() {
    assert_eq!(classify(&[0, 1]), Kind::Stun);
    assert_eq!(classify(&[22, 254]), Kind::Dtls);
    assert_eq!(classify(&[0x80, 0]), Kind::Rtp);
    assert_eq!(classify(&[0x80, 0x80 | 111]), Kind::Rtp);
    assert_eq!(classify(&[0x81, 200]), Kind::Rtcp);
    assert_eq!(classify(&[0x81, 205]), Kind::Rtcp);
    assert_eq!(classify(&[0xff, 0]), Kind::Other);
    assert_eq!(classify(&[]), Kind::Other);
}

#[test]
fn numbers_climb_over_the_roll_over_and_late_ones_stay_behind() {
    let mut sequences = SequenceExtender::new();
    let first = sequences.extend(65_534);
    assert_eq!(sequences.extend(65_535), first + 1);
    assert_eq!(sequences.extend(1), first + 3);
    assert_eq!(sequences.extend(0), first + 2);
    assert_eq!(sequences.extend(2), first + 4);
    let mut times = TimestampExtender::new();
    let start = times.extend(u32::MAX - 159);
    assert_eq!(times.extend(0), start + 160);
    assert_eq!(times.extend(u32::MAX - 159), start);
}

#[test]
fn a_packet_older_than_the_first_still_has_a_number() {
    let mut sequences = SequenceExtender::new();
    let first = sequences.extend(0);
    assert_eq!(sequences.extend(65_535), first - 1);
}

proptest! {
    #[test]
    fn any_bytes_parse_or_are_refused_and_the_payload_lies_inside(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        if let Ok(packet) = Packet::parse(&bytes) {
            prop_assert!(packet.payload.len() + HEADER_LEN <= bytes.len());
            prop_assert!(packet.payload_type < 128);
            prop_assert!(packet.csrcs().count() < 16);
        }
        classify(&bytes);
    }

    #[test]
    fn headers_round_trip(marker: bool, payload_type in 0u8..128, sequence: u16, timestamp: u32, ssrc: u32, payload in proptest::collection::vec(any::<u8>(), 0..1400)) {
        let mut out = vec![0; 1500];
        let n = Header { marker, payload_type, sequence, timestamp, ssrc }.write_packet(&payload, &mut out).unwrap();
        let packet = Packet::parse(&out[..n]).unwrap();
        prop_assert_eq!((packet.marker, packet.payload_type, packet.sequence), (marker, payload_type, sequence));
        prop_assert_eq!((packet.timestamp, packet.ssrc, packet.payload), (timestamp, ssrc, &payload[..]));
    }

    #[test]
    fn extension_inverts_truncation(start: u16, steps in proptest::collection::vec(-1000i64..2000, 1..100)) {
        let mut sequences = SequenceExtender::new();
        let mut truth = sequences.extend(start);
        let mut highest = truth;
        for step in steps {
            truth = highest.saturating_add_signed(step).max(1);
            prop_assert_eq!(sequences.extend(truth as u16), truth);
            highest = highest.max(truth);
        }
    }
}
