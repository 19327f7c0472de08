//! Stories of RTCP reading, writing and round-trip time.

use super::*;
use proptest::prelude::*;

fn block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc,
        fraction_lost: 12,
        cumulative_lost: -3,
        highest_sequence: 0x0001_0005,
        jitter: 77,
        last_sr: 0x1234_5678,
        delay_since_last_sr: 0x8000,
    }
}

#[test]
fn a_sender_report_with_its_name_reads_back_equal() {
    let info = SenderInfo { ntp: NtpTime(0xe000_0000_8000_0000), rtp_timestamp: 160, packets: 2, octets: 320 };
    let mut out = [0; 200];
    let n = write_report(&mut out, 9, Some(&info), &[block(5), block(6)], "a@b").unwrap();
    let items = parse(&out[..n]).unwrap();
    let [Item::SenderReport { ssrc: 9, info: read, blocks }, Item::SourceDescription(chunks)] = items[..] else {
        panic!("{items:?}")
    };
    assert_eq!(read, info);
    assert_eq!(blocks.iter().collect::<Vec<_>>(), [block(5), block(6)]);
    let names: Vec<_> = chunks.iter().collect();
    assert_eq!(names, [Description { ssrc: 9, kind: CNAME, text: b"a@b" }]);
}

#[test]
fn a_receiver_report_and_a_goodbye_share_a_datagram() {
    let mut out = [0; 200];
    let n = write_report(&mut out, 9, None, &[], "name").unwrap();
    let m = write_goodbye(&mut out[n..], 9).unwrap();
    let items = parse(&out[..n + m]).unwrap();
    assert!(matches!(items[0], Item::ReceiverReport { ssrc: 9, .. }));
    let Item::Goodbye { sources, reason } = items[2] else { panic!("{items:?}") };
    assert_eq!((sources.iter().collect::<Vec<_>>(), reason), (vec![9], &[][..]));
}

#[test]
fn feedback_and_extended_reports_are_passed_over() {
    let mut bytes = vec![0x81, 205, 0, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 5, 0, 0];
    bytes.extend([0x80, 207, 0, 1, 0, 0, 0, 1]);
    bytes.extend([0x82, 204, 0, 3, 0, 0, 0, 1, b'T', b'E', b'S', b'T', 1, 2, 3, 4]);
    let items = parse(&bytes).unwrap();
    assert!(matches!(items[0], Item::Feedback { packet_type: 205, format: 1, .. }));
    assert!(matches!(items[1], Item::Other { packet_type: 207, .. }));
    assert!(matches!(items[2], Item::Application { ssrc: 1, subtype: 2, name: [b'T', b'E', b'S', b'T'], .. }));
}

#[test]
fn broken_compounds_are_refused_with_the_place() {
    assert_eq!(parse(&[]), Err(ParseError::Empty));
    assert_eq!(parse(&[0x80, 201, 0]), Err(ParseError::Truncated { at: 0 }));
    assert_eq!(parse(&[0x80, 201, 0, 9, 0, 0, 0, 0]), Err(ParseError::Truncated { at: 0 }));
    assert_eq!(parse(&[0x40, 201, 0, 0]), Err(ParseError::Version { at: 0, version: 1 }));
    assert_eq!(parse(&[0x81, 201, 0, 1, 0, 0, 0, 0]), Err(ParseError::Content { at: 0, packet_type: 201 }));
    let padded_first = [0xa0, 201, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0x80, 201, 0, 1, 0, 0, 0, 1];
    assert_eq!(parse(&padded_first), Err(ParseError::Padding { at: 0 }));
}

#[test]
fn the_round_trip_is_what_the_far_end_did_not_keep() {
    let start = Instant::now_for_tests();
    let clock = NtpClock::new(start, Duration::from_secs(1_700_000_000));
    let sent = clock.at(start);
    let back = clock.at(start + Duration::from_millis(5_150));
    let report = ReportBlock { last_sr: sent.middle(), delay_since_last_sr: 5 << 16, ..block(1) };
    let rtt = round_trip(back, &report).unwrap();
    assert!((rtt.as_secs_f64() - 0.150).abs() < 0.0001, "{rtt:?}");
    assert_eq!(round_trip(back, &ReportBlock { last_sr: 0, ..report }), None);
    let impossible = ReportBlock { delay_since_last_sr: 9 << 16, ..report };
    assert_eq!(round_trip(back, &impossible), None);
}

#[test]
fn ntp_time_starts_in_1900() {
    assert_eq!(NtpTime::from_unix(Duration::ZERO).0 >> 32, 2_208_988_800);
    assert_eq!(NtpTime::from_unix(Duration::from_millis(500)).0 as u32, 0x8000_0000);
}

/// Tests may read the clock once for an origin; all else is arithmetic.
trait Origin {
    fn now_for_tests() -> Instant;
}

impl Origin for Instant {
    #[allow(clippy::disallowed_methods)]
    fn now_for_tests() -> Instant {
        Instant::now()
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        if let Ok(items) = parse(&bytes) {
            walk(&items);
        }
    }

    #[test]
    fn bytes_that_look_like_rtcp_are_read_or_refused(
        packets in proptest::collection::vec((any::<u8>(), 199u8..208, proptest::collection::vec(any::<u8>(), 0..64)), 1..6)
    ) {
        let mut bytes = Vec::new();
        for (first, kind, mut content) in packets {
            content.truncate(content.len() / 4 * 4);
            bytes.extend([0x80 | (first & 0x3f), kind, 0, (content.len() / 4) as u8]);
            bytes.extend(content);
        }
        if let Ok(items) = parse(&bytes) {
            walk(&items);
        }
    }

    #[test]
    fn reports_round_trip(ssrc: u32, lost in -0x80_0000i32..0x80_0000, count in 0usize..32, name in "[a-z]{0,255}") {
        let blocks = vec![ReportBlock { cumulative_lost: lost, ..block(1) }; count];
        let mut out = vec![0; 2000];
        let n = write_report(&mut out, ssrc, None, &blocks, &name).unwrap();
        prop_assert_eq!(n % 4, 0);
        let items = parse(&out[..n]).unwrap();
        let Item::ReceiverReport { blocks: read, .. } = items[0] else { panic!() };
        prop_assert_eq!(read.iter().collect::<Vec<_>>(), blocks);
        let Item::SourceDescription(chunks) = items[1] else { panic!() };
        prop_assert_eq!(chunks.iter().next().unwrap().text, name.as_bytes());
        prop_assert!(write_report(&mut out[..n - 1], ssrc, None, &[ReportBlock::default(); 31], &name).is_err() || count == 31);
    }
}

fn walk(items: &[Item<'_>]) {
    for item in items {
        match item {
            Item::SenderReport { blocks, .. } | Item::ReceiverReport { blocks, .. } => {
                for block in blocks.iter() {
                    round_trip(NtpTime(0x1234_5678_9abc_def0), &block);
                }
            }
            Item::SourceDescription(chunks) => assert!(chunks.iter().count() <= 1_000),
            Item::Goodbye { sources, .. } => assert!(sources.iter().count() < 32),
            _ => {}
        }
    }
}
