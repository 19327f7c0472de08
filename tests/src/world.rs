//! A simulated world around the floor: trunks, phones, media agents, CCPs and people, all from one seed on one virtual
//! clock. It carries the floor's outputs out as the real edges would, with their delays and failures.

use crate::{checker::Checker, rng::Rng};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
    time::Duration,
};
use twinline_core::{floor::Floor, io::*};
use twinline_model::*;

const OFFLINE: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB0));
const AVAILABLE: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB1));
const LUNCH: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB2));

/// What the world will do at some time.
#[derive(Clone, Debug)]
enum Act {
    Tell(Told),
    /// An agent presses a button, if they still can.
    Press(AgentId, AgentCommand),
    NewCaller,
    Whim,
    Restart,
}

/// Inputs that name a leg reach the floor only while the leg lives.
#[derive(Clone, Debug)]
enum Told {
    Ringing(LegId, bool),
    Answered(LegId),
    Failed(LegId, LegFailure),
    Ended(LegId, LegEnd),
    Played(LegId, PlaybackId, PlaybackOutcome),
    Closed(RecordingId),
    Muted(AgentId, ContactId, bool),
    Path(AgentId, bool),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Far,
    Agent,
}

pub struct World {
    pub rng: Rng,
    pub floor: Floor,
    pub checker: Checker,
    centre: Arc<Centre>,
    now: Timestamp,
    ahead: BTreeMap<(Timestamp, u64), Act>,
    serial: u64,
    /// Living legs; true once answered.
    legs: BTreeMap<LegId, (Kind, bool)>,
    journal_contacts: BTreeMap<ContactId, String>,
    journal_agents: BTreeMap<AgentId, String>,
    callers_left: u64,
    closing: bool,
    pub inputs: u64,
    /// Called on every new floor: plants a fault.
    plant: fn(&mut Floor),
}

impl World {
    pub fn new(seed: u64, plant: fn(&mut Floor)) -> Self {
        let mut rng = Rng::new(seed);
        let centre = Arc::new(random_centre(&mut rng));
        let mut floor = Floor::new(centre.clone(), rng.seed());
        plant(&mut floor);
        let callers = rng.range(10, 30);
        let mut world = Self {
            floor,
            checker: Checker::new((*centre).clone()),
            centre,
            now: Timestamp::from_secs(1_800_000_000),
            ahead: BTreeMap::new(),
            serial: 0,
            legs: BTreeMap::new(),
            journal_contacts: BTreeMap::new(),
            journal_agents: BTreeMap::new(),
            callers_left: callers,
            closing: false,
            inputs: 0,
            plant,
            rng,
        };
        world.open();
        world
    }

    fn open(&mut self) {
        let agents: Vec<AgentId> = self.centre.agents.keys().copied().collect();
        for agent in agents {
            let at = self.rng.range(0, 20_000);
            self.later(at, Act::Press(agent, AgentCommand::SignIn));
            self.later(at + 100, Act::Tell(Told::Path(agent, true)));
            self.later(at + 200, Act::Press(agent, AgentCommand::SetStatus { status: AVAILABLE }));
        }
        self.later(1_000, Act::NewCaller);
        self.later(1_500, Act::Whim);
        if self.rng.chance(50) {
            let at = self.rng.range(20_000, 200_000);
            self.later(at, Act::Restart);
        }
    }

    fn later(&mut self, ms: u64, act: Act) {
        self.serial += 1;
        let jitter = self.rng.range(0, 1_000);
        self.ahead.insert((self.now + Duration::from_micros(ms * 1_000 + jitter), self.serial), act);
    }

    /// Runs until the callers are through, then closes the centre and lets everything come to rest.
    pub fn run(&mut self) {
        while self.checker.broken.is_empty() && (self.callers_left > 0 || self.now < self.quiet_from()) {
            if !self.step() {
                break;
            }
        }
        self.close();
    }

    fn quiet_from(&self) -> Timestamp {
        Timestamp::from_secs(1_800_000_000) + Duration::from_secs(240)
    }

    /// The next thing that happens. False when nothing ever will.
    fn step(&mut self) -> bool {
        let next = self.ahead.first_key_value().map(|(key, _)| *key);
        let timeout = self.floor.poll_timeout();
        match (next, timeout) {
            (None, None) => return false,
            (Some((at, _)), Some(due)) if due <= at => self.time_out(due),
            (None, Some(due)) => self.time_out(due),
            (Some(key), _) => {
                self.now = self.now.max(key.0);
                if let Some(act) = self.ahead.remove(&key) {
                    self.act(act);
                }
            }
        }
        true
    }

    fn time_out(&mut self, due: Timestamp) {
        self.now = self.now.max(due);
        self.floor.handle_timeout(self.now);
        self.drain();
    }

    fn tell(&mut self, input: Input) {
        self.inputs += 1;
        self.floor.handle_input(self.now, input);
        self.drain();
    }

    fn act(&mut self, act: Act) {
        match act {
            Act::Tell(told) => self.told(told),
            Act::Press(agent, what) => self.press(agent, what),
            Act::NewCaller => self.new_caller(),
            Act::Whim => {
                self.whim();
                if !self.closing {
                    let next = self.rng.range(200, 3_000);
                    self.later(next, Act::Whim);
                }
            }
            Act::Restart => self.restart(),
        }
    }

    fn told(&mut self, told: Told) {
        match told {
            Told::Ringing(leg, early_media) if self.legs.contains_key(&leg) => {
                self.tell(Input::LegRinging { leg, early_media });
            }
            Told::Answered(leg) => {
                if let Some(known) = self.legs.get_mut(&leg) {
                    known.1 = true;
                    self.tell(Input::LegAnswered { leg });
                }
            }
            Told::Failed(leg, cause) => {
                if self.legs.get(&leg).is_some_and(|known| !known.1) {
                    self.legs.remove(&leg);
                    self.checker.leg_is_down(leg);
                    self.tell(Input::LegFailed { leg, cause });
                }
            }
            Told::Ended(leg, cause) => self.end_leg(leg, cause),
            Told::Played(leg, playback, outcome) => {
                self.checker.sound_over(leg, playback);
                self.tell(Input::PlaybackDone { leg, playback, outcome });
            }
            Told::Closed(recording) => {
                let duration = Duration::from_secs(5);
                self.tell(Input::RecordingClosed { recording, duration, complete: true });
            }
            Told::Muted(agent, contact, on) => self.tell(Input::Muted { agent, contact, on, local: false }),
            Told::Path(agent, ready) => {
                let detail = "PC".to_owned();
                self.tell(Input::MediaPath { agent, path: MediaPath::Local, ready, detail });
            }
            Told::Ringing(..) => {}
        }
    }

    fn end_leg(&mut self, leg: LegId, cause: LegEnd) {
        let Some((_, answered)) = self.legs.remove(&leg) else { return };
        self.checker.leg_is_down(leg);
        if answered {
            self.tell(Input::LegEnded { leg, cause });
        } else {
            self.tell(Input::LegFailed { leg, cause: LegFailure::Cancelled });
        }
    }

    fn press(&mut self, agent: AgentId, what: AgentCommand) {
        self.serial += 1;
        let command = self.serial;
        self.tell(Input::Command { command, agent, what });
    }

    fn new_caller(&mut self) {
        if self.callers_left == 0 {
            return;
        }
        self.callers_left -= 1;
        let leg = LegId::from_bits(self.rng.bits());
        let numbers: Vec<String> = self.centre.numbers.values().map(|number| number.number.clone()).collect();
        let to =
            if self.rng.chance(2) { "000".to_owned() } else { self.rng.pick(&numbers).cloned().unwrap_or_default() };
        self.legs.insert(leg, (Kind::Far, false));
        let call = CallArrived {
            leg,
            trunk: TrunkId::from_bits(7),
            from: "+821000000000".to_owned(),
            from_name: String::new(),
            to,
            headers: BTreeMap::new(),
        };
        self.tell(Input::CallArrived(call));
        // Some callers lose patience.
        if self.rng.chance(40) {
            let at = self.rng.range(10, 90_000);
            self.later(at, Act::Tell(Told::Ended(leg, LegEnd::Remote)));
        }
        let next = if self.rng.chance(30) { self.rng.range(0, 300) } else { self.rng.range(300, 15_000) };
        self.later(next, Act::NewCaller);
    }

    // ---- carrying out what the floor wants

    fn drain(&mut self) {
        let mut outputs = Vec::new();
        while let Some(output) = self.floor.poll_output() {
            outputs.push(output);
        }
        for output in &outputs {
            self.checker.heard(output);
        }
        self.checker.at_rest();
        for output in outputs {
            self.carry_out(output);
        }
    }

    fn carry_out(&mut self, output: Output) {
        match output {
            Output::Answer { leg } => {
                let at = self.rng.range(5, 80);
                let told =
                    if self.rng.chance(3) { Told::Failed(leg, LegFailure::Cancelled) } else { Told::Answered(leg) };
                self.later(at, Act::Tell(told));
            }
            Output::Hangup { leg, .. } => {
                let at = self.rng.range(1, 40);
                self.later(at, Act::Tell(Told::Ended(leg, LegEnd::Local)));
            }
            Output::Dial { leg, .. } => self.far_phone(leg),
            Output::Play { leg, playback, repeat: false, .. } => {
                let at = self.rng.range(300, 4_000);
                let outcome = if self.rng.chance(3) { PlaybackOutcome::Failed } else { PlaybackOutcome::Finished };
                self.later(at, Act::Tell(Told::Played(leg, playback, outcome)));
            }
            Output::StopPlay { leg, playback } => {
                self.later(5, Act::Tell(Told::Played(leg, playback, PlaybackOutcome::Stopped)));
            }
            Output::Ring(ring) => self.rung(&ring),
            Output::StopRing { leg, why, .. } if why != RingEnd::Accepted => {
                self.legs.remove(&leg);
            }
            Output::ConnectAgent { leg, .. } => self.agent_media(leg),
            Output::StopRecording { recording } if !self.rng.chance(5) => {
                self.later(50, Act::Tell(Told::Closed(recording)));
            }
            Output::ContactState { contact, state } => {
                self.journal_contacts.insert(contact, state);
            }
            Output::ContactGone { contact } => {
                self.journal_contacts.remove(&contact);
            }
            Output::AgentState { agent, state } => {
                self.journal_agents.insert(agent, state);
            }
            _ => {}
        }
    }

    fn far_phone(&mut self, leg: LegId) {
        self.legs.insert(leg, (Kind::Far, false));
        if self.closing {
            return self.later(200, Act::Tell(Told::Failed(leg, LegFailure::NoAnswer)));
        }
        let early = self.rng.chance(40);
        self.later(200, Act::Tell(Told::Ringing(leg, early)));
        let at = self.rng.range(500, 20_000);
        let told = match self.rng.range(0, 10) {
            0 => Told::Failed(leg, LegFailure::Busy),
            1 => Told::Failed(leg, LegFailure::NoAnswer),
            // Never heard of again.
            2 => return,
            _ => Told::Answered(leg),
        };
        self.later(at, Act::Tell(told));
        if self.rng.chance(50) {
            let end = at + self.rng.range(1_000, 60_000);
            self.later(end, Act::Tell(Told::Ended(leg, LegEnd::Remote)));
        }
    }

    fn agent_media(&mut self, leg: LegId) {
        self.legs.insert(leg, (Kind::Agent, false));
        let at = self.rng.range(50, 900);
        match self.rng.range(0, 20) {
            0 => self.later(at, Act::Tell(Told::Failed(leg, LegFailure::MediaFailed))),
            // Neither up nor failed.
            1 => {}
            _ => self.later(at, Act::Tell(Told::Answered(leg))),
        }
    }

    fn rung(&mut self, ring: &Ring) {
        self.agent_media(ring.leg);
        let (agent, contact) = (ring.agent, ring.contact);
        let at = self.rng.range(10, 12_000);
        match self.rng.range(0, 10) {
            0 => self.later(at, Act::Press(agent, AgentCommand::Reject { contact })),
            1 | 2 => {}
            _ => self.later(at, Act::Press(agent, AgentCommand::Accept { contact })),
        }
    }

    // ---- whims

    fn whim(&mut self) {
        let agents: Vec<AgentId> = self.centre.agents.keys().copied().collect();
        let Some(agent) = self.rng.pick(&agents).copied() else { return };
        match self.rng.range(0, 22) {
            0 => self.lose_a_leg(),
            1 => self.tell(Input::CcpLink { agent, up: false }),
            2 | 3 => self.tell(Input::CcpLink { agent, up: true }),
            4 => {
                self.told(Told::Path(agent, false));
                let back = self.rng.range(500, 90_000);
                self.later(back, Act::Tell(Told::Path(agent, true)));
            }
            5 => {
                let statuses = [OFFLINE, AVAILABLE, AVAILABLE, LUNCH];
                let status = self.rng.pick(&statuses).copied().unwrap_or(AVAILABLE);
                self.press(agent, AgentCommand::SetStatus { status });
                self.later(20_000, Act::Press(agent, AgentCommand::SetStatus { status: AVAILABLE }));
            }
            6 => {
                self.press(agent, AgentCommand::SignOut);
                self.later(5_000, Act::Press(agent, AgentCommand::SignIn));
                self.later(6_000, Act::Press(agent, AgentCommand::SetStatus { status: AVAILABLE }));
            }
            7 => self.press(agent, AgentCommand::Dial { number: "+82210000000".to_owned(), queue: None }),
            8 => self.press_a_key(),
            _ => self.press_something(agent),
        }
    }

    fn lose_a_leg(&mut self) {
        let legs: Vec<(LegId, Kind)> =
            self.legs.iter().filter(|(_, (_, up))| *up).map(|(leg, (kind, _))| (*leg, *kind)).collect();
        let Some((leg, kind)) = self.rng.pick(&legs).copied() else { return };
        let causes = [LegEnd::Remote, LegEnd::MediaLost, LegEnd::Timeout];
        let cause = match kind {
            Kind::Agent => LegEnd::MediaLost,
            Kind::Far => self.rng.pick(&causes).copied().unwrap_or(LegEnd::Remote),
        };
        self.end_leg(leg, cause);
    }

    fn press_a_key(&mut self) {
        let legs: Vec<LegId> = self.legs.iter().filter(|(_, (_, up))| *up).map(|(leg, _)| *leg).collect();
        if let Some(leg) = self.rng.pick(&legs).copied() {
            let digit = if self.rng.chance(50) { '1' } else { '2' };
            self.tell(Input::Digit { leg, digit });
        }
    }

    /// An agent does one of the things the page offers, or now and then one it does not.
    fn press_something(&mut self, agent: AgentId) {
        let Some(view) = self.floor.agent_view(agent) else { return };
        let Some(part) = self.rng.pick(&view.contacts).cloned() else { return };
        let all = [
            "accept",
            "reject",
            "mute",
            "hold",
            "resume",
            "end",
            "send_digits",
            "transfer_to_number",
            "transfer_to_agent",
            "transfer_to_queue",
            "clear",
            "finish_acw",
            "extend_acw",
            "set_note",
            "set_disposition",
        ]
        .map(str::to_owned);
        let from = if self.rng.chance(85) { &part.can[..] } else { &all[..] };
        let Some(action) = self.rng.pick(from).cloned() else { return };
        let Some(what) = self.command_for(&action, part.id) else { return };
        if let AgentCommand::Mute { contact, on } = &what
            && self.rng.chance(80)
        {
            self.later(60, Act::Tell(Told::Muted(agent, *contact, *on)));
        }
        self.press(agent, what);
    }

    fn command_for(&mut self, action: &str, contact: ContactId) -> Option<AgentCommand> {
        let agents: Vec<AgentId> = self.centre.agents.keys().copied().collect();
        let queues: Vec<QueueId> = self.centre.queues.keys().copied().collect();
        Some(match action {
            "accept" => AgentCommand::Accept { contact },
            "reject" => AgentCommand::Reject { contact },
            "mute" => AgentCommand::Mute { contact, on: self.rng.chance(50) },
            "hold" => AgentCommand::Hold { contact },
            "resume" => AgentCommand::Resume { contact },
            "end" => AgentCommand::End { contact },
            "send_digits" => AgentCommand::SendDigits { contact, digits: "12#".to_owned() },
            "transfer_to_number" => {
                AgentCommand::Transfer { contact, to: TransferTarget::Number("+82220000000".to_owned()) }
            }
            "transfer_to_agent" => {
                AgentCommand::Transfer { contact, to: TransferTarget::Agent(*self.rng.pick(&agents)?) }
            }
            "transfer_to_queue" => {
                AgentCommand::Transfer { contact, to: TransferTarget::Queue(*self.rng.pick(&queues)?) }
            }
            "clear" => AgentCommand::Clear { contact },
            "finish_acw" => AgentCommand::FinishAcw { contact },
            "extend_acw" => AgentCommand::ExtendAcw { contact, seconds: 30 },
            "set_note" => AgentCommand::SetNote { contact, note: "note".to_owned() },
            "set_disposition" => AgentCommand::SetDisposition { contact, code: None },
            _ => return None,
        })
    }

    // ---- restart and end

    /// The server is killed and started again from its journal. Some or all legs are gone with it.
    fn restart(&mut self) {
        let survive = self.rng.chance(50);
        let alive: BTreeSet<LegId> = if survive {
            let percent = self.rng.range(0, 100);
            let legs: Vec<LegId> = self.legs.keys().copied().collect();
            legs.into_iter().filter(|_| self.rng.chance(percent)).collect()
        } else {
            BTreeSet::new()
        };
        let dead: Vec<LegId> = self.legs.keys().filter(|leg| !alive.contains(leg)).copied().collect();
        for leg in dead {
            self.legs.remove(&leg);
            self.checker.leg_is_down(leg);
        }
        let contacts = self.journal_contacts.clone().into_iter().collect();
        let agents = self.journal_agents.clone().into_iter().collect();
        let seed = self.rng.seed();
        let centre = self.centre.clone();
        self.floor = Floor::restore_with(centre, seed, self.now, contacts, agents, |leg| alive.contains(&leg));
        (self.plant)(&mut self.floor);
        self.drain();
        let people: Vec<AgentId> = self.centre.agents.keys().copied().collect();
        for agent in people {
            let back = self.rng.range(100, 10_000);
            self.later(back, Act::Tell(Told::Path(agent, true)));
        }
    }

    /// Everybody hangs up; agents finish what is before them; then nothing may be left.
    fn close(&mut self) {
        self.closing = true;
        self.callers_left = 0;
        let far: Vec<LegId> =
            self.legs.iter().filter(|(_, (kind, _))| *kind == Kind::Far).map(|(leg, _)| *leg).collect();
        for leg in far {
            self.end_leg(leg, LegEnd::Remote);
        }
        let until = self.now + Duration::from_secs(900);
        while self.checker.broken.is_empty() && self.now < until && self.step() {}
        let agents: Vec<AgentId> = self.centre.agents.keys().copied().collect();
        for agent in agents {
            self.tidy_desk(agent);
        }
        let until = self.now + Duration::from_secs(60);
        while self.checker.broken.is_empty() && self.now < until && self.step() {}
        if self.checker.broken.is_empty() {
            self.checker.at_end();
            self.nobody_is_stuck();
        }
    }

    fn tidy_desk(&mut self, agent: AgentId) {
        let parts = self.floor.agent_view(agent).map(|view| view.contacts).unwrap_or_default();
        for part in parts {
            let contact = part.id;
            match part.phase.as_str() {
                "acw" => self.press(agent, AgentCommand::FinishAcw { contact }),
                "missed" | "rejected" | "error" => self.press(agent, AgentCommand::Clear { contact }),
                phase => {
                    let what = format!("agent {agent} is stuck with {contact}: {phase}, though everybody hung up");
                    self.checker.broken.push(what);
                }
            }
        }
    }

    fn nobody_is_stuck(&mut self) {
        let live = self.floor.live_view();
        if live.contacts_total > 0 {
            self.checker.broken.push(format!("{} contacts are left on the floor", live.contacts_total));
        }
        for agent in live.agents.iter().filter(|agent| !agent.contacts.is_empty()) {
            self.checker.broken.push(format!("agent {} is stuck: {}", agent.id, agent.activity));
        }
        for queue in live.queues.iter().filter(|queue| queue.waiting > 0) {
            self.checker.broken.push(format!("queue {} still counts {} waiting", queue.name, queue.waiting));
        }
    }
}

fn random_centre(rng: &mut Rng) -> Centre {
    let instance = Instance {
        id: InstanceId::from_bits(1),
        name: "sim".into(),
        region: "local".into(),
        account: "000000000001".into(),
    };
    let mut centre = Centre::empty(instance);
    for (id, name, kind) in [
        (OFFLINE, "Offline", AgentStatusKind::Offline),
        (AVAILABLE, "Available", AgentStatusKind::Routable),
        (LUNCH, "Lunch", AgentStatusKind::Custom),
    ] {
        centre.statuses.insert(id, AgentStatus { id, name: name.into(), kind, order: 0 });
    }
    let queues: Vec<QueueId> = (0..rng.range(1, 4)).map(|n| QueueId::from_bits(0x500 + u128::from(n))).collect();
    for id in &queues {
        centre.queues.insert(*id, random_queue(rng, *id));
    }
    let profiles: Vec<RoutingProfileId> =
        (0..rng.range(1, 4)).map(|n| RoutingProfileId::from_bits(0x600 + u128::from(n))).collect();
    for id in &profiles {
        centre.routing_profiles.insert(*id, random_profile(rng, *id, &queues));
    }
    for n in 0..rng.range(1, 8) {
        let id = AgentId::from_bits(0xA00 + u128::from(n));
        centre.agents.insert(id, random_agent(rng, id, &profiles));
    }
    for (n, queue) in queues.iter().enumerate() {
        let flow = FlowId::from_bits(0xF00 + n as u128);
        add_flow(&mut centre, flow, FlowKind::ContactFlow, queue_flow(rng, *queue));
        let id = NumberId::from_bits(0x700 + n as u128);
        let number = format!("+8215{n:04}");
        centre.numbers.insert(id, Number { id, number, description: String::new(), flow: Some(flow) });
    }
    add_flow(&mut centre, REMAINING, FlowKind::ContactFlow, message_flow("Please rate us."));
    add_flow(&mut centre, HOLD, FlowKind::CustomerHold, message_flow("Please hold."));
    if rng.chance(30) {
        centre.default_hold_flow = Some(HOLD);
    }
    let trunk = serde_json::json!({
        "id": TrunkId::from_bits(7), "name": "trunk", "target": null, "outbound_prefixes": ["+82"]
    });
    let trunk: Trunk = serde_json::from_value(trunk).expect("a trunk");
    centre.trunks.insert(trunk.id, trunk);
    centre
}

const REMAINING: FlowId = FlowId(uuid::Uuid::from_u128(0xFE0));
const HOLD: FlowId = FlowId(uuid::Uuid::from_u128(0xFE1));

fn random_queue(rng: &mut Rng, id: QueueId) -> Queue {
    Queue {
        id,
        name: format!("queue {id}"),
        description: String::new(),
        hours: None,
        max_contacts: rng.chance(20).then(|| 4),
        ring_timeout_s: rng.range(5, 15) as u32,
        outbound_caller_id: None,
        quick_connects: vec![],
        service_level_s: 20,
    }
}

fn random_profile(rng: &mut Rng, id: RoutingProfileId, queues: &[QueueId]) -> RoutingProfile {
    let mut rows = Vec::new();
    for queue in queues {
        if rows.is_empty() || rng.chance(70) {
            let delay_s = if rng.chance(30) { rng.range(1, 30) as u32 } else { 0 };
            rows.push(ProfileQueue { queue: *queue, priority: rng.range(1, 4) as u32, delay_s });
        }
    }
    RoutingProfile {
        id,
        name: format!("profile {id}"),
        queues: rows,
        voice_slots: if rng.chance(20) { 2 } else { 1 },
        outbound_queue: queues.first().copied(),
        media_path_policy: MediaPathPolicy::LocalOnly,
    }
}

fn random_agent(rng: &mut Rng, id: AgentId, profiles: &[RoutingProfileId]) -> Agent {
    Agent {
        id,
        username: format!("agent-{id}"),
        first_name: "A".into(),
        last_name: "B".into(),
        roles: vec![Role::Agent],
        routing_profile: rng.pick(profiles).copied(),
        auto_accept: rng.chance(20),
        acw_limit_s: [0, 5, 20].get(rng.range(0, 3) as usize).copied().unwrap_or(5),
        language: "en".into(),
        desk_phone: None,
    }
}

fn add_flow(centre: &mut Centre, id: FlowId, kind: FlowKind, content: String) {
    let name = format!("flow {id}");
    centre.flows.insert(id, Flow { id, name, description: String::new(), kind, version: 1, content });
}

/// Records perhaps, greets, perhaps asks for a key, queues; hangs up where the queue takes nobody.
fn queue_flow(rng: &mut Rng, queue: QueueId) -> String {
    let to = |next: &str| {
        serde_json::json!({"NextAction": next, "Conditions": [],
        "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "bye"}]})
    };
    let mut actions = vec![
        serde_json::json!({"Identifier": "greet", "Type": "MessageParticipant",
            "Parameters": {"Text": "Welcome."}, "Transitions": to("target")}),
        serde_json::json!({"Identifier": "target", "Type": "UpdateContactTargetQueue",
            "Parameters": {"QueueId": queue.to_string()}, "Transitions": to("queue")}),
        serde_json::json!({"Identifier": "queue", "Type": "TransferContactToQueue", "Parameters": {},
            "Transitions": {"NextAction": "bye", "Conditions": [], "Errors": [
                {"ErrorType": "NoMatchingError", "NextAction": "bye"},
                {"ErrorType": "QueueAtCapacity", "NextAction": "bye"}]}}),
        serde_json::json!({"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}),
    ];
    let mut start = "greet";
    if rng.chance(60) {
        actions.push(serde_json::json!({"Identifier": "record", "Type": "UpdateContactRecordingBehavior",
            "Parameters": {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}},
            "Transitions": {"NextAction": start, "Conditions": [], "Errors": []}}));
        start = "record";
    }
    if rng.chance(30) {
        actions.push(serde_json::json!({"Identifier": "hook", "Type": "UpdateContactEventHooks",
            "Parameters": {"EventHooks": {"CustomerRemaining": REMAINING.to_string()}},
            "Transitions": {"NextAction": start, "Conditions": [], "Errors": [
                {"ErrorType": "NoMatchingError", "NextAction": start}]}}));
        start = "hook";
    }
    let version = "2019-10-30";
    serde_json::json!({"Version": version, "StartAction": start, "Metadata": {}, "Actions": actions}).to_string()
}

fn message_flow(text: &str) -> String {
    serde_json::json!({
        "Version": "2019-10-30", "StartAction": "say", "Metadata": {},
        "Actions": [
            {"Identifier": "say", "Type": "MessageParticipant", "Parameters": {"Text": text},
             "Transitions": {"NextAction": "end", "Conditions": [],
                "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]}},
            {"Identifier": "end", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}
        ]
    })
    .to_string()
}
