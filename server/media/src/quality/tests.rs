//! Stories of counting and rating.

use super::*;
use crate::rtcp::NtpClock;
use crate::rtp::Header;
use proptest::prelude::*;

#[allow(clippy::disallowed_methods)]
fn origin() -> Instant {
    Instant::now()
}

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn give(stats: &mut LegStats, at: Instant, sequence: u16, timestamp: u32, ssrc: u32) {
    let bytes = Header { marker: false, payload_type: 0, sequence, timestamp, ssrc }.to_bytes();
    stats.received(at, &Packet::parse(&bytes).unwrap());
}

#[test]
fn the_best_call_has_an_r_of_93_2_and_a_mos_of_4_41() {
    let best = e_model(Codec::Pcmu, 0.0, Duration::ZERO);
    assert!((best.r - 93.2).abs() < 0.05, "{best:?}");
    assert!((best.mos - 4.41).abs() < 0.005, "{best:?}");
}

#[test]
fn delay_and_loss_hurt_as_the_recommendation_says() {
    let at = |loss, delay| e_model(Codec::Pcmu, loss, ms(delay)).r;
    // Ie,eff = 95 · Ppl / (Ppl + 25.1): 2 % cost 7.0, 5 % cost 15.8, 20 % cost 42.1.
    assert!((93.2 - at(2.0, 0) - 7.0).abs() < 0.1);
    assert!((93.2 - at(5.0, 0) - 15.8).abs() < 0.1);
    assert!((93.2 - at(20.0, 0) - 42.1).abs() < 0.1);
    // G.107 Appendix: R stays above 89 up to 150 ms, and is near 59 at 400 ms (G.114 Figure 1).
    assert!(at(0.0, 150) > 88.0 && at(0.0, 150) < 92.0, "{}", at(0.0, 150));
    assert!((at(0.0, 400) - 59.0).abs() < 4.0, "{}", at(0.0, 400));
    assert!(at(0.0, 100) > at(0.0, 200) && at(0.0, 200) > at(0.0, 300));
}

#[test]
fn mos_follows_annex_b() {
    // Annex B Table: R 90 → 4.34, 80 → 4.03 (4.02), 70 → 3.60, 60 → 3.10, 50 → 2.58.
    let loss_for = |r: f64| 25.1 * (93.2 - r) / (95.0 - (93.2 - r));
    for (r, mos) in [(90.0, 4.34), (80.0, 4.03), (70.0, 3.60), (60.0, 3.10), (50.0, 2.58)] {
        let rating = e_model(Codec::Pcmu, loss_for(r), Duration::ZERO);
        assert!((rating.mos - mos).abs() < 0.02, "R {r}: {rating:?}");
    }
    assert_eq!(e_model(Codec::Opus, 100.0, ms(2_000)).mos, 1.0);
    assert!(e_model(Codec::G722, f64::NAN, ms(0)).mos < 2.0);
}

#[test]
fn a_clean_leg_reports_good_each_five_seconds() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcmu);
    let mut reports = Vec::new();
    for i in 0..1_000u32 {
        let now = start + ms(20) * i;
        give(&mut stats, now, 65_000u16.wrapping_add(i as u16), (u32::MAX - 1_000).wrapping_add(i * 160), 1);
        reports.extend(stats.poll_report(now));
    }
    assert_eq!(reports.len(), 3);
    let last = reports[2];
    assert_eq!((last.packets_received, last.packets_lost, last.loss_percent), (751, 0, 0.0));
    assert_eq!((last.jitter, last.verdict), (Duration::ZERO, Verdict::Good));
    assert!(last.rating.mos > 4.3);
}

#[test]
fn loss_is_counted_as_in_a_3_and_duplicates_do_not_make_up_for_it() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcmu);
    for i in 0..100u32 {
        if i % 10 == 5 {
            continue;
        }
        give(&mut stats, start + ms(20) * i, i as u16, i * 160, 1);
    }
    let block = stats.make_block(NtpTime(1 << 40)).unwrap();
    assert_eq!((block.cumulative_lost, block.highest_sequence, block.fraction_lost), (10, 99, 25));
    for i in 100..120u32 {
        give(&mut stats, start + ms(20) * i, i as u16, i * 160, 1);
        give(&mut stats, start + ms(20) * i, i as u16, i * 160, 1);
    }
    let block = stats.make_block(NtpTime(1 << 40)).unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost), (0, -10), "the total may go negative, the share may not");
    let report = stats.poll_report(start + ms(5_000)).unwrap();
    assert_eq!((report.packets_received, report.packets_lost), (130, 0));
}

#[test]
fn jitter_is_that_of_a_8() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcmu);
    for i in 0..2_000u32 {
        // Alternately 10 ms late and on time: |D| is 80 units each time, which is where J goes.
        give(&mut stats, start + ms(20) * i + ms(10) * (i % 2), i as u16, i * 160, 1);
    }
    let block = stats.make_block(NtpTime(0)).unwrap();
    assert!((79..=80).contains(&block.jitter), "{}", block.jitter);
}

#[test]
fn a_telephone_event_is_no_jitter() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcmu);
    for i in 0..100u32 {
        let timestamp = if (50..58).contains(&i) { 50 * 160 } else { i * 160 };
        give(&mut stats, start + ms(20) * i, i as u16, timestamp, 1);
    }
    assert_eq!(stats.make_block(NtpTime(0)).unwrap().jitter, 0);
}

#[test]
fn a_sender_that_begins_anew_loses_nothing() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcmu);
    for (i, (sequence, ssrc)) in [(1, 1), (2, 1), (40_000, 1), (40_001, 1), (7, 2), (8, 2)].into_iter().enumerate() {
        give(&mut stats, start + ms(20) * i as u32, sequence, i as u32 * 160, ssrc);
    }
    let report = stats.poll_report(start + ms(5_000)).unwrap();
    assert_eq!((report.packets_received, report.packets_lost), (6, 0));
    assert_eq!(stats.make_block(NtpTime(0)).unwrap().ssrc, 2);
}

#[test]
fn two_legs_learn_their_round_trip_from_each_others_reports() {
    let start = origin();
    let clock = NtpClock::new(start, Duration::from_secs(1_700_000_000));
    let (mut a, mut b) = (LegStats::new(start, Codec::Opus), LegStats::new(start, Codec::Opus));
    assert_eq!(a.sender_info(clock.at(start)), None);
    a.sent(960, 60);
    give(&mut b, start, 1, 960, 77);
    let info = a.sender_info(clock.at(start)).unwrap();
    assert_eq!((info.packets, info.octets, info.rtp_timestamp), (1, 60, 960));
    b.sender_report(clock.at(start + ms(120)), 77, &info);
    let block = b.make_block(clock.at(start + ms(2_120))).unwrap();
    assert_eq!(block.last_sr, info.ntp.middle());
    a.report_block(clock.at(start + ms(2_240)), &block);
    let rtt = a.round_trip().unwrap();
    assert!((rtt.as_secs_f64() - 0.240).abs() < 0.001, "{rtt:?}");
    give(&mut a, start, 1, 0, 78);
    let report = a.poll_report(start + ms(5_000)).unwrap();
    assert_eq!(report.verdict, Verdict::Fair, "240 ms of round trip");
    assert!(report.delay >= ms(146), "{:?}", report.delay);
}

#[test]
fn what_comes_too_late_counts_as_lost_and_silence_reports_nothing() {
    let start = origin();
    let mut stats = LegStats::new(start, Codec::Pcma);
    for i in 0..250u32 {
        give(&mut stats, start + ms(20) * i, i as u16, i * 160, 1);
    }
    stats.set_discarded(50);
    let report = stats.poll_report(start + ms(5_000)).unwrap();
    assert_eq!((report.loss_percent, report.verdict), (20.0, Verdict::Poor));
    assert_eq!(stats.poll_report(start + ms(10_000)), None);
    assert_eq!(stats.poll_timeout(), start + ms(15_000));
    assert_eq!(stats.poll_report(start + ms(60_000)), None);
    assert_eq!(stats.poll_timeout(), start + ms(65_000), "missed intervals are not made up");
}

proptest! {
    #[test]
    fn any_packets_give_sane_numbers(packets in proptest::collection::vec((any::<u16>(), any::<u32>(), 0u32..2, 0u64..100), 1..200), codec in 0usize..4) {
        let start = origin();
        let mut now = start;
        let mut stats = LegStats::new(start, Codec::ALL[codec]);
        for (sequence, timestamp, ssrc, wait) in packets {
            now += ms(wait);
            give(&mut stats, now, sequence, timestamp, ssrc);
            stats.make_block(NtpTime(u64::from(timestamp)));
            if let Some(report) = stats.poll_report(now) {
                prop_assert!((0.0..=100.0).contains(&report.loss_percent));
                prop_assert!((1.0..=4.5).contains(&report.rating.mos) && (0.0..=100.0).contains(&report.rating.r));
                prop_assert!(report.jitter < Duration::from_secs(4));
            }
        }
    }
}
