//! The floor: contacts, agents and queues introduced to each other, behind one door.

mod view;

pub use view::*;

use crate::io::{Input, Output};
use rand_chacha::ChaCha8Rng;
use rand_core::SeedableRng;
use std::{collections::VecDeque, sync::Arc};
use twinline_model::*;

/// Bounds of one floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FloorLimits {
    /// Contacts at once; a call beyond it is hung up with `HangupCause::Overloaded`.
    pub contacts: usize,
}

impl Default for FloorLimits {
    fn default() -> Self {
        Self { contacts: 20_000 }
    }
}

/// The whole centre as one machine: mutate, then drain [`Floor::poll_output`], come back at [`Floor::poll_timeout`].
pub struct Floor {
    centre: Arc<Centre>,
    rng: ChaCha8Rng,
    outputs: VecDeque<Output>,
    limits: FloorLimits,
}

impl Floor {
    /// `seed` decides every id and every tie-break; it must differ from start to start, or ids repeat.
    pub fn new(centre: Arc<Centre>, seed: [u8; 32]) -> Self {
        Self { centre, rng: ChaCha8Rng::from_seed(seed), outputs: VecDeque::new(), limits: FloorLimits::default() }
    }

    /// After a restart: contact and agent states as last journaled. Every leg counts as lost.
    pub fn restore(
        centre: Arc<Centre>,
        seed: [u8; 32],
        now: Timestamp,
        contacts: Vec<(ContactId, String)>,
        agents: Vec<(AgentId, String)>,
    ) -> Self {
        Self::restore_with(centre, seed, now, contacts, agents, |_| false)
    }

    /// As [`Floor::restore`], where `leg_alive` says which legs the edges still have.
    pub fn restore_with(
        centre: Arc<Centre>,
        seed: [u8; 32],
        _now: Timestamp,
        _contacts: Vec<(ContactId, String)>,
        _agents: Vec<(AgentId, String)>,
        _leg_alive: impl Fn(LegId) -> bool,
    ) -> Self {
        Self::new(centre, seed)
    }

    #[must_use]
    pub fn with_limits(mut self, limits: FloorLimits) -> Self {
        self.limits = limits;
        self
    }

    pub fn handle_input(&mut self, _now: Timestamp, _input: Input) {}

    pub fn handle_timeout(&mut self, _now: Timestamp) {}

    pub fn poll_timeout(&self) -> Option<Timestamp> {
        None
    }

    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// The contact that an input concerns: whom to give up when handling it panics.
    pub fn concerns(&self, _input: &Input) -> Option<ContactId> {
        None
    }

    /// A fault of ours while handling an input: end that contact cleanly and go on with all others.
    pub fn fault(&mut self, _now: Timestamp, _contact: Option<ContactId>, _what: &str) {}

    pub fn agent_view(&self, _agent: AgentId) -> Option<AgentView> {
        None
    }

    pub fn live_view(&self) -> LiveView {
        LiveView::default()
    }

    pub fn centre(&self) -> &Arc<Centre> {
        &self.centre
    }
}
