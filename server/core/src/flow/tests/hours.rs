//! When hours of operation are open: time zones, nights, whole days, and the two nights of the year that differ.

use super::{actions::hours::is_open, *};

const NEW_YORK: &str = "America/New_York";

/// Hour and minute.
type Time = (u16, u16);

fn open(time_zone: &str, periods: &[(Weekday, Time, Time)], at: &str) -> bool {
    let minutes = |(hour, minute): Time| hour * 60 + minute;
    let open = periods
        .iter()
        .map(|(day, start, end)| OpenPeriod { day: *day, start_min: minutes(*start), end_min: minutes(*end) })
        .collect();
    let hours = Hours { id: HoursId::from_bits(1), name: "h".into(), time_zone: time_zone.into(), open };
    let at: jiff::Timestamp = at.parse().unwrap();
    is_open(&hours, Timestamp::from_micros(at.as_microsecond())).unwrap()
}

#[test]
fn the_day_is_that_of_the_time_zone() {
    let monday = [(Weekday::Monday, (0, 0), (9, 0))];
    assert!(open("Asia/Seoul", &monday, "2026-11-22T15:00:00Z"));
    assert!(!open("Asia/Seoul", &monday, "2026-11-22T14:59:59Z"));
    assert!(!open("Asia/Seoul", &monday, "2026-11-23T00:00:00Z"));
}

#[test]
fn the_end_is_not_open_any_more() {
    let office = [(Weekday::Monday, (9, 0), (18, 0))];
    for (at, is) in [("08:59:59", false), ("09:00:00", true), ("17:59:59", true), ("18:00:00", false)] {
        assert_eq!(open("Etc/UTC", &office, &format!("2026-11-23T{at}Z")), is, "{at}");
    }
}

#[test]
fn an_end_before_the_start_is_on_the_next_day() {
    let night = [(Weekday::Sunday, (22, 0), (6, 0))];
    for (at, is) in [
        ("2026-11-22T21:59:00Z", false),
        ("2026-11-22T22:00:00Z", true),
        ("2026-11-23T05:59:00Z", true),
        ("2026-11-23T06:00:00Z", false),
        ("2026-11-22T05:59:00Z", false),
    ] {
        assert_eq!(open("Etc/UTC", &night, at), is, "{at}");
    }
}

#[test]
fn midnight_to_midnight_is_the_whole_day() {
    let day = [(Weekday::Monday, (0, 0), (0, 0))];
    for (at, is) in [
        ("2026-11-22T23:59:59Z", false),
        ("2026-11-23T00:00:00Z", true),
        ("2026-11-23T23:59:59Z", true),
        ("2026-11-24T00:00:00Z", false),
    ] {
        assert_eq!(open("Etc/UTC", &day, at), is, "{at}");
    }
}

#[test]
fn the_hour_that_summer_time_skips_is_never_open() {
    // 2026-03-08: 02:00 EST becomes 03:00 EDT at 07:00 UTC.
    let early = [(Weekday::Sunday, (1, 0), (2, 30))];
    assert!(open(NEW_YORK, &early, "2026-03-08T06:59:59Z"));
    assert!(!open(NEW_YORK, &early, "2026-03-08T07:00:00Z"));
    let nine = [(Weekday::Sunday, (9, 0), (10, 0))];
    assert!(open(NEW_YORK, &nine, "2026-03-08T13:00:00Z"));
    assert!(!open(NEW_YORK, &nine, "2026-03-08T14:00:00Z"));
}

#[test]
fn the_hour_that_winter_time_repeats_is_open_twice() {
    // 2026-11-01: 02:00 EDT becomes 01:00 EST at 06:00 UTC.
    let early = [(Weekday::Sunday, (1, 0), (1, 45))];
    for (at, is) in [("05:30", true), ("05:50", false), ("06:30", true), ("06:50", false)] {
        assert_eq!(open(NEW_YORK, &early, &format!("2026-11-01T{at}:00Z")), is, "{at}");
    }
}

#[test]
fn a_time_zone_that_does_not_exist_is_said_so() {
    let hours = Hours { id: HoursId::from_bits(1), name: "h".into(), time_zone: "Mars/Olympus".into(), open: vec![] };
    let error = is_open(&hours, MONDAY_TEN).unwrap_err();
    assert_eq!(error.to_string(), "\"Mars/Olympus\" is not a time zone of the IANA database");
}
