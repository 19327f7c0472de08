//! Hours of operation: weekly openings in a time zone.

use super::stored;
use serde::{Deserialize, Serialize};
use twinline_model::Weekday;
use utoipa::ToSchema;

#[derive(Clone, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HoursSpec {
    pub name: String,
    /// IANA name, for example `Asia/Seoul`.
    pub time_zone: String,
    pub open: Vec<Opening>,
}

/// An end that is not after the start belongs to the next day; 00:00–00:00 is the whole day.
#[derive(Clone, Copy, Debug, Deserialize, Serialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Opening {
    #[schema(value_type = super::words::Weekday)]
    pub day: Weekday,
    /// Minutes after local midnight, 0–1439.
    pub start_min: u16,
    /// Minutes after local midnight, 0–1439; exclusive.
    pub end_min: u16,
}

stored!(Hours, HoursSpec);
