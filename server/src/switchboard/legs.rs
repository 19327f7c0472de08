//! Which wire is which: every leg with its SIP call or endpoint, and the media worker that carries it.

use std::collections::HashMap;
use twinline_model::{AgentId, ContactId, LegId, TrunkId};
use twinline_sip::endpoint::{CallKey, IncomingCall, Invite};

/// One leg on the wire.
pub struct Leg {
    pub worker: usize,
    pub wire: Wire,
    /// Its far end (or we) answered.
    pub answered: bool,
    /// The floor was told that the leg can hear and be heard.
    pub told: bool,
    /// It was dialled and given up because its time was over.
    pub overdue: bool,
    /// Last word of the leg's far end about codecs has been applied.
    pub media_set: bool,
    pub contact: Option<ContactId>,
    /// What is told of it in quality reports.
    pub participant: &'static str,
}

pub enum Wire {
    /// A call that came in; waiting for our SDP, or ready to be answered with it.
    Inbound { call: CallKey, arrived: Option<Box<IncomingCall>>, sdp: Option<String>, delayed_offer: bool },
    /// A call that goes out; `invite` until it was sent.
    Outbound { call: Option<CallKey>, invite: Option<Box<Invite>>, hung_up: bool },
    /// An agent's media.
    Agent { agent: AgentId, live: bool },
}

/// All legs; as many as the floor and SIP let live.
pub struct Legs {
    legs: HashMap<LegId, Leg>,
    by_call: HashMap<CallKey, LegId>,
    /// All legs of a contact run on one worker, so that they can share a room.
    worker_of: HashMap<ContactId, usize>,
    load: Vec<usize>,
}

impl Legs {
    pub fn new(workers: usize) -> Self {
        Self { legs: HashMap::new(), by_call: HashMap::new(), worker_of: HashMap::new(), load: vec![0; workers.max(1)] }
    }

    pub fn get(&self, leg: LegId) -> Option<&Leg> {
        self.legs.get(&leg)
    }

    pub fn get_mut(&mut self, leg: LegId) -> Option<&mut Leg> {
        self.legs.get_mut(&leg)
    }

    pub fn of_call(&self, call: CallKey) -> Option<LegId> {
        self.by_call.get(&call).copied()
    }

    /// A call that came in, on the least loaded worker.
    pub fn add_inbound(&mut self, leg: LegId, arrived: IncomingCall) -> usize {
        let worker = self.least_loaded();
        let call = arrived.call;
        let delayed_offer = arrived.body.is_none();
        let wire = Wire::Inbound { call, arrived: Some(Box::new(arrived)), sdp: None, delayed_offer };
        self.insert(leg, worker, wire, None, "customer");
        self.by_call.insert(call, leg);
        worker
    }

    pub fn add_outbound(&mut self, leg: LegId, contact: ContactId, beside: Option<LegId>, invite: Invite) -> usize {
        let worker = self.worker_for(contact, beside);
        let wire = Wire::Outbound { call: None, invite: Some(Box::new(invite)), hung_up: false };
        self.insert(leg, worker, wire, Some(contact), "third_party");
        worker
    }

    pub fn add_agent(&mut self, leg: LegId, agent: AgentId, contact: ContactId, beside: Option<LegId>) -> usize {
        let worker = self.worker_for(contact, beside);
        self.insert(leg, worker, Wire::Agent { agent, live: false }, Some(contact), "agent");
        worker
    }

    pub fn set_call(&mut self, leg: LegId, call: CallKey) {
        if let Some(Leg { wire: Wire::Outbound { call: known, .. }, .. }) = self.legs.get_mut(&leg) {
            *known = Some(call);
            self.by_call.insert(call, leg);
        }
    }

    pub fn remove(&mut self, leg: LegId) -> Option<Leg> {
        let gone = self.legs.remove(&leg)?;
        self.load[gone.worker] = self.load[gone.worker].saturating_sub(1);
        match &gone.wire {
            Wire::Inbound { call, .. } | Wire::Outbound { call: Some(call), .. } => drop(self.by_call.remove(call)),
            Wire::Outbound { call: None, .. } | Wire::Agent { .. } => {}
        }
        Some(gone)
    }

    /// The floor used this leg for that contact: later legs of the contact go to the same worker.
    pub fn belongs(&mut self, leg: LegId, contact: ContactId) {
        if let Some(leg) = self.legs.get_mut(&leg) {
            leg.contact = Some(contact);
            self.worker_of.insert(contact, leg.worker);
        }
    }

    pub fn contact_gone(&mut self, contact: ContactId) {
        self.worker_of.remove(&contact);
    }

    pub fn worker_of_leg(&self, leg: LegId) -> Option<usize> {
        self.legs.get(&leg).map(|leg| leg.worker)
    }

    fn worker_for(&mut self, contact: ContactId, beside: Option<LegId>) -> usize {
        let known = beside.and_then(|beside| self.worker_of_leg(beside)).or(self.worker_of.get(&contact).copied());
        let worker = known.unwrap_or_else(|| self.least_loaded());
        self.worker_of.insert(contact, worker);
        worker
    }

    fn insert(&mut self, leg: LegId, worker: usize, wire: Wire, contact: Option<ContactId>, participant: &'static str) {
        self.load[worker] += 1;
        self.legs.insert(
            leg,
            Leg { worker, wire, answered: false, told: false, overdue: false, media_set: false, contact, participant },
        );
    }

    fn least_loaded(&self) -> usize {
        self.load.iter().enumerate().min_by_key(|(_, load)| **load).map_or(0, |(index, _)| index)
    }
}

/// The trunk that a call came from.
pub fn trunk_of(call: &IncomingCall) -> TrunkId {
    TrunkId::from_bits_exact(call.peer.0)
}
