//! An offer: one waiting contact reserved for one ready agent, before anything rings.

use super::Line;
use twinline_model::*;

/// Both sides are reserved from the moment this exists: no second offer can name either.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Offer {
    pub contact: ContactId,
    pub agent: AgentId,
    pub line: Line,
    /// When the contact was enqueued.
    pub enqueued: Timestamp,
}
