//! Stories of the floor on virtual time. `Stage` plays the edges: it carries outputs out as the world would.
#![allow(clippy::unwrap_used)]

mod agents;
mod inbound;
mod limits;
mod offers;
mod outbound;
mod restart;
mod talk;
mod transfers;

use super::*;
use crate::io::*;
use std::time::Duration;

/// A centre with two queues, two plain agents and flows; and what the floor has said so far.
pub(super) struct Stage {
    pub floor: Floor,
    pub now: Timestamp,
    pub said: Vec<Output>,
    commands: u64,
    legs: u128,
}

pub(super) const SALES: QueueId = QueueId(uuid::Uuid::from_u128(0x51));
pub(super) const REFUNDS: QueueId = QueueId(uuid::Uuid::from_u128(0x52));
pub(super) const PROFILE: RoutingProfileId = RoutingProfileId(uuid::Uuid::from_u128(0x61));
pub(super) const KIM: AgentId = AgentId(uuid::Uuid::from_u128(0xA1));
pub(super) const PARK: AgentId = AgentId(uuid::Uuid::from_u128(0xA2));
pub(super) const OFFLINE: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB0));
pub(super) const AVAILABLE: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB1));
pub(super) const LUNCH: AgentStatusId = AgentStatusId(uuid::Uuid::from_u128(0xB2));
pub(super) const TO_SALES: &str = "+8215001000";
pub(super) const TO_REFUNDS: &str = "+8215002000";
pub(super) const TO_MENU: &str = "+8215003000";

fn flow_id(n: u128) -> FlowId {
    FlowId(uuid::Uuid::from_u128(n))
}

/// A flow that records, greets and queues.
fn queue_flow(queue: QueueId) -> String {
    serde_json::json!({
        "Version": "2019-10-30",
        "StartAction": "record",
        "Metadata": {},
        "Actions": [
            {"Identifier": "record", "Type": "UpdateContactRecordingBehavior",
             "Parameters": {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}},
             "Transitions": {"NextAction": "greet", "Errors": [], "Conditions": []}},
            {"Identifier": "greet", "Type": "MessageParticipant", "Parameters": {"Text": "Welcome."},
             "Transitions": {"NextAction": "target", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "bye"}], "Conditions": []}},
            {"Identifier": "target", "Type": "UpdateContactTargetQueue", "Parameters": {"QueueId": queue.to_string()},
             "Transitions": {"NextAction": "queue", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "bye"}], "Conditions": []}},
            {"Identifier": "queue", "Type": "TransferContactToQueue", "Parameters": {},
             "Transitions": {"NextAction": "bye", "Errors": [
                 {"ErrorType": "NoMatchingError", "NextAction": "bye"}, {"ErrorType": "QueueAtCapacity", "NextAction": "bye"}], "Conditions": []}},
            {"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
        ]
    })
    .to_string()
}

fn message_flow(text: &str) -> String {
    serde_json::json!({
        "Version": "2019-10-30",
        "StartAction": "say",
        "Metadata": {},
        "Actions": [
            {"Identifier": "say", "Type": "MessageParticipant", "Parameters": {"Text": text},
             "Transitions": {"NextAction": "end", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}], "Conditions": []}},
            {"Identifier": "end", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}
        ]
    })
    .to_string()
}

fn add_numbers(centre: &mut Centre) {
    for (n, to, content) in [
        (0xF1, TO_SALES, queue_flow(SALES)),
        (0xF2, TO_REFUNDS, queue_flow(REFUNDS)),
        (0xF3, TO_MENU, message_flow("We are closed.")),
    ] {
        let id = flow_id(n);
        let kind = FlowKind::ContactFlow;
        let name = format!("flow {n:x}");
        centre.flows.insert(id, Flow { id, name, description: String::new(), kind, version: 1, content });
        let number = NumberId::from_bits(n);
        centre
            .numbers
            .insert(number, Number { id: number, number: to.into(), description: String::new(), flow: Some(id) });
    }
}

pub(super) fn centre() -> Centre {
    let instance = Instance {
        id: InstanceId::from_bits(1),
        name: "test".into(),
        region: "local".into(),
        account: "000000000001".into(),
    };
    let mut centre = Centre::empty(instance);
    for (id, name, kind, order) in [
        (OFFLINE, "Offline", AgentStatusKind::Offline, 2),
        (AVAILABLE, "Available", AgentStatusKind::Routable, 0),
        (LUNCH, "Lunch", AgentStatusKind::Custom, 1),
    ] {
        centre.statuses.insert(id, AgentStatus { id, name: name.into(), kind, order });
    }
    for (id, name) in [(SALES, "Sales"), (REFUNDS, "Refunds")] {
        centre.queues.insert(
            id,
            Queue {
                id,
                name: name.into(),
                description: String::new(),
                hours: None,
                max_contacts: None,
                ring_timeout_s: 20,
                outbound_caller_id: Some("+8215001000".into()),
                quick_connects: vec![],
                service_level_s: 20,
            },
        );
    }
    let row = |queue, priority, delay_s| ProfileQueue { queue, priority, delay_s };
    centre.routing_profiles.insert(
        PROFILE,
        RoutingProfile {
            id: PROFILE,
            name: "Everybody".into(),
            queues: vec![row(SALES, 1, 0), row(REFUNDS, 2, 0)],
            voice_slots: 1,
            outbound_queue: Some(SALES),
            media_path_policy: MediaPathPolicy::LocalOnly,
        },
    );
    for (id, username) in [(KIM, "kim"), (PARK, "park")] {
        centre.agents.insert(id, agent(id, username));
    }
    add_numbers(&mut centre);
    let trunk = TrunkId::from_bits(7);
    centre.trunks.insert(
        trunk,
        Trunk {
            id: trunk,
            name: "trunk".into(),
            sources: vec![],
            target: None,
            transport: SipTransport::Udp,
            username: None,
            password: None,
            registrar: None,
            inbound_auth: false,
            outbound_prefixes: vec!["+82".into()],
        },
    );
    centre.dispositions = vec!["Sold".into(), "Refused".into()];
    centre
}

pub(super) fn agent(id: AgentId, username: &str) -> Agent {
    Agent {
        id,
        username: username.into(),
        first_name: username.to_uppercase(),
        last_name: "Test".into(),
        roles: vec![Role::Agent],
        routing_profile: Some(PROFILE),
        auto_accept: false,
        acw_limit_s: 60,
        language: "en".into(),
        desk_phone: None,
    }
}

impl Stage {
    pub fn new() -> Self {
        Self::of(centre())
    }

    pub fn of(centre: Centre) -> Self {
        let now = Timestamp::from_secs(1_000_000);
        let mut stage =
            Self { floor: Floor::new(Arc::new(centre), [7; 32]), now, said: vec![], commands: 0, legs: 0x1000 };
        stage.drain();
        stage
    }

    fn drain(&mut self) {
        while let Some(output) = self.floor.poll_output() {
            self.said.push(output);
        }
    }

    pub fn tell(&mut self, input: Input) -> &mut Self {
        self.floor.handle_input(self.now, input);
        self.drain();
        self
    }

    /// Lets time pass, firing every timer at its own time.
    pub fn wait(&mut self, seconds: u64) -> &mut Self {
        let until = self.now + Duration::from_secs(seconds);
        while let Some(at) = self.floor.poll_timeout().filter(|at| *at <= until) {
            self.now = self.now.max(at);
            self.floor.handle_timeout(self.now);
            self.drain();
        }
        self.now = until;
        self
    }

    pub fn ask(&mut self, agent: AgentId, what: AgentCommand) -> Result<(), Refusal> {
        self.commands += 1;
        let command = self.commands;
        self.tell(Input::Command { command, agent, what });
        let answer = self.said.iter().rev().find_map(|output| match output {
            Output::CommandDone { command: done, result } if *done == command => Some(result.clone()),
            _ => None,
        });
        answer.unwrap()
    }

    pub fn agree(&mut self, agent: AgentId, what: AgentCommand) -> &mut Self {
        self.ask(agent, what).unwrap();
        self
    }

    /// Signed in, Available, media agent and CCP there.
    pub fn ready(&mut self, agent: AgentId) -> &mut Self {
        self.agree(agent, AgentCommand::SignIn);
        self.tell(Input::CcpLink { agent, up: true });
        self.path(agent, true);
        self.agree(agent, AgentCommand::SetStatus { status: AVAILABLE })
    }

    pub fn path(&mut self, agent: AgentId, ready: bool) -> &mut Self {
        self.tell(Input::MediaPath { agent, path: MediaPath::Local, ready, detail: "PC-114".into() })
    }

    /// A call that arrives, is answered, and hears all prompts out; returns its leg.
    pub fn call(&mut self, to: &str) -> LegId {
        let leg = self.arrive(to);
        self.tell(Input::LegAnswered { leg });
        while let Some((leg, playback)) = self.playing(leg, false) {
            self.tell(Input::PlaybackDone { leg, playback, outcome: PlaybackOutcome::Finished });
        }
        leg
    }

    pub fn arrive(&mut self, to: &str) -> LegId {
        self.legs += 1;
        let leg = LegId::from_bits(self.legs);
        self.tell(Input::CallArrived(CallArrived {
            leg,
            trunk: TrunkId::from_bits(7),
            from: "+821012345678".into(),
            from_name: "KIM J.".into(),
            to: to.into(),
            headers: BTreeMap::new(),
        }));
        leg
    }

    /// What sounds on a leg now, by the outputs alone.
    pub fn playing(&self, wanted: LegId, repeating: bool) -> Option<(LegId, PlaybackId)> {
        let contact = self.floor.legs.get(&wanted)?;
        let playing = self.floor.contacts.get(contact)?.leg(wanted)?.playing.clone()?;
        (playing.repeat == repeating).then_some((wanted, playing.id))
    }

    pub fn contact_of(&self, leg: LegId) -> ContactId {
        self.said
            .iter()
            .rev()
            .find_map(|output| match output {
                Output::Answer { leg: answered } if *answered == leg => self.floor.legs.get(&leg).copied(),
                _ => None,
            })
            .or_else(|| self.floor.legs.get(&leg).copied())
            .unwrap()
    }

    pub fn rings(&self) -> Vec<Ring> {
        self.said
            .iter()
            .filter_map(|output| if let Output::Ring(ring) = output { Some(ring.clone()) } else { None })
            .collect()
    }

    pub fn last_ring(&self) -> Ring {
        self.rings().pop().expect("somebody rings")
    }

    /// Accepts the last offer with the media up; the conversation begins.
    pub fn take(&mut self) -> Ring {
        let ring = self.last_ring();
        self.tell(Input::LegAnswered { leg: ring.leg });
        self.agree(ring.agent, AgentCommand::Accept { contact: ring.contact });
        ring
    }

    pub fn events(&self) -> Vec<Event> {
        self.said
            .iter()
            .filter_map(
                |output| if let Output::Happened(occurrence) = output { Some(occurrence.event.clone()) } else { None },
            )
            .collect()
    }

    pub fn happened(&self, wanted: impl Fn(&Event) -> bool) -> bool {
        self.events().iter().any(wanted)
    }

    pub fn count(&self, wanted: impl Fn(&Output) -> bool) -> usize {
        self.said.iter().filter(|output| wanted(output)).count()
    }

    pub fn records(&self, contact: ContactId) -> Vec<ContactRecord> {
        self.said
            .iter()
            .filter_map(|output| match output {
                Output::Record(record) if record.contact_id == contact => Some((**record).clone()),
                _ => None,
            })
            .collect()
    }

    pub fn gone(&self, contact: ContactId) -> bool {
        self.count(|output| matches!(output, Output::ContactGone { contact: gone } if *gone == contact)) == 1
    }

    pub fn phase(&self, agent: AgentId, contact: ContactId) -> Option<String> {
        let view = self.floor.agent_view(agent).unwrap();
        view.contacts.iter().find(|part| part.id == contact).map(|part| part.phase.clone())
    }

    pub fn activity(&self, agent: AgentId) -> String {
        self.floor.agent_view(agent).unwrap().agent.activity
    }

    /// Legs in the contact's room.
    pub fn in_room(&self, contact: ContactId) -> usize {
        self.floor.contacts.get(&contact).map_or(0, |contact| contact.legs.iter().filter(|leg| leg.in_room).count())
    }

    /// The floor never had to refuse itself anything.
    pub fn no_faults(&self) {
        let faults: Vec<Event> =
            self.events().into_iter().filter(|event| matches!(event, Event::Fault { .. })).collect();
        assert_eq!(faults, []);
    }

    pub fn close_recordings(&mut self) -> &mut Self {
        let stopped: Vec<RecordingId> = self
            .said
            .iter()
            .filter_map(|output| if let Output::StopRecording { recording } = output { Some(*recording) } else { None })
            .collect();
        for recording in stopped {
            self.tell(Input::RecordingClosed { recording, duration: Duration::from_secs(30), complete: true });
        }
        self
    }
}
