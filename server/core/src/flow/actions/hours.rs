//! `CheckHoursOfOperation`, and when hours are open.

use super::*;

/// Branches on whether hours of operation are open now.
///
/// Parameters: `HoursOfOperationId` (id or ARN); absent: the hours of the target queue. Results: `True`, `False`.
/// Errors: `NoMatchingError` when there are no such hours, or neither parameter nor target queue.
///
/// ```json
/// {"Identifier": "open", "Type": "CheckHoursOfOperation", "Parameters": {},
///  "Transitions": {"NextAction": "closed", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "closed"}],
///   "Conditions": [{"NextAction": "in", "Condition": {"Operator": "Equals", "Operands": ["True"]}},
///    {"NextAction": "closed", "Condition": {"Operator": "Equals", "Operands": ["False"]}}]}}
/// ```
pub const CHECK: ActionKind = ActionKind {
    name: "CheckHoursOfOperation",
    purpose: "Branches on whether hours of operation are open.",
    parameters: &[Parameter {
        name: "HoursOfOperationId",
        shape: Shape::Hours,
        required: false,
        fill: Fill::Path,
        about: "Id or ARN of the hours; absent: those of the target queue.",
    }],
    one_of: &[],
    results: Results::Words(&[("True", true), ("False", true)]),
    errors: &[ERROR],
    voice_only: false,
    flows: INBOUND_TRANSFER_QUEUE,
    leads: Leads::ByResult,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "CheckHoursOfOperation", "Parameters": {},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}],
        "Conditions": [{"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["True"]}},
        {"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["False"]}}]}}"#,
    run: check,
    resume: never_waits,
};

fn check(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "HoursOfOperationId";
    let centre = turn.centre();
    let written = turn.value(name).and_then(as_text).is_some_and(|text| !text.trim().is_empty());
    let id: HoursId = if written {
        reference(&turn.needed_text(name, Fill::Path)?).ok_or(ParameterError::Invalid(name))?
    } else {
        let queue = turn.contact.target_queue.and_then(|queue| centre.queues.get(&queue));
        queue.and_then(|queue| queue.hours).ok_or(ParameterError::Missing(name))?
    };
    let hours = centre.hours.get(&id).ok_or(ParameterError::Unknown(name))?;
    let word = if is_open(hours, turn.now).map_err(|_| ParameterError::Unknown(name))? { "True" } else { "False" };
    Ok(Next::Result { value: word.to_owned(), word })
}

/// The time zone of hours of operation is not an IANA name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("\"{0}\" is not a time zone of the IANA database")]
pub struct UnknownTimeZone(pub String);

/// Whether hours are open at a point in time. What counts is the clock on the wall in their time zone, so an hour that
/// summer time skips is never open and one that it repeats is open twice.
pub fn is_open(hours: &Hours, now: Timestamp) -> Result<bool, UnknownTimeZone> {
    let unknown = || UnknownTimeZone(hours.time_zone.clone());
    let zone = jiff::tz::TimeZone::get(&hours.time_zone).map_err(|_| unknown())?;
    let local = jiff::Timestamp::from_microsecond(now.as_micros()).map_err(|_| unknown())?.to_zoned(zone);
    let minute = u16::from(local.hour().unsigned_abs()) * 60 + u16::from(local.minute().unsigned_abs());
    let today = weekday(local.weekday());
    let yesterday = weekday(local.weekday().previous());
    Ok(hours.open.iter().any(|period| {
        let overnight = period.end_min <= period.start_min;
        let tonight = period.day == today && minute >= period.start_min && (overnight || minute < period.end_min);
        let since_yesterday = overnight && period.day == yesterday && minute < period.end_min;
        tonight || since_yesterday
    }))
}

fn weekday(day: jiff::civil::Weekday) -> Weekday {
    use jiff::civil::Weekday as Civil;
    match day {
        Civil::Monday => Weekday::Monday,
        Civil::Tuesday => Weekday::Tuesday,
        Civil::Wednesday => Weekday::Wednesday,
        Civil::Thursday => Weekday::Thursday,
        Civil::Friday => Weekday::Friday,
        Civil::Saturday => Weekday::Saturday,
        Civil::Sunday => Weekday::Sunday,
    }
}
