//! The floor alone, in this process: no socket, no disk, no other task. What it takes to decide whom a free agent gets.

use crate::{report::Row, stats::Sample};
use anyhow::{Context, Result, ensure};
use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, Instant},
};
use twinline_core::{
    floor::{Floor, FloorLimits},
    io::{AgentCommand, CallArrived, Input, LegEnd, Output},
};
use twinline_model::*;

const WAITING: usize = 10_000;
const AGENTS: usize = 1_000;

struct Stage {
    floor: Floor,
    now: Timestamp,
    commands: u64,
    /// Rings since the last look: agent, contact, agent's leg.
    rings: Vec<(AgentId, ContactId, LegId)>,
}

impl Stage {
    fn tell(&mut self, input: Input) {
        self.now = self.now + Duration::from_millis(1);
        self.floor.handle_input(self.now, input);
        while let Some(output) = self.floor.poll_output() {
            if let Output::Ring(ring) = output {
                self.rings.push((ring.agent, ring.contact, ring.leg));
            }
        }
    }

    fn ask(&mut self, agent: AgentId, what: AgentCommand) {
        self.commands += 1;
        self.tell(Input::Command { command: self.commands, agent, what });
    }

    /// How long the floor takes for one input with all that follows from it, µs.
    fn timed(&mut self, agent: AgentId, what: AgentCommand) -> f64 {
        let began = Instant::now();
        self.ask(agent, what);
        began.elapsed().as_secs_f64() * 1e6
    }
}

/// A row beside goals 9 and 10.
pub fn row() -> Result<Row> {
    let centre = centre();
    let (available, trunk) = (AgentStatusId::from_bits(1), TrunkId::from_bits(1));
    let agents: Vec<AgentId> = centre.agents.keys().copied().collect();
    let limits = FloorLimits { contacts: WAITING * 2, ..FloorLimits::default() };
    let floor = Floor::new(Arc::new(centre), [5; 32]).with_limits(limits);
    let mut stage = Stage { floor, now: Timestamp::from_secs(1_000_000), commands: 0, rings: Vec::new() };
    for agent in &agents {
        stage.ask(*agent, AgentCommand::SignIn);
        stage.tell(Input::CcpLink { agent: *agent, up: true });
        stage.tell(Input::MediaPath { agent: *agent, path: MediaPath::Local, ready: true, detail: "PC".into() });
    }
    for number in 0..WAITING {
        let leg = LegId::from_bits(0x1_0000 + number as u128);
        let to = "1000".to_owned();
        let from = format!("+8210{number:08}");
        stage.tell(Input::CallArrived(CallArrived {
            leg,
            trunk,
            from,
            from_name: String::new(),
            to,
            headers: BTreeMap::new(),
        }));
        stage.tell(Input::LegAnswered { leg });
    }
    ensure!(stage.rings.is_empty(), "somebody rang before anybody was free");
    let mut taken: Sample =
        agents.iter().map(|agent| stage.timed(*agent, AgentCommand::SetStatus { status: available })).collect();
    ensure!(stage.rings.len() == AGENTS, "{} of {AGENTS} agents rang", stage.rings.len());
    for (agent, contact, leg) in std::mem::take(&mut stage.rings) {
        stage.tell(Input::LegAnswered { leg });
        stage.ask(agent, AgentCommand::Accept { contact });
        stage.ask(agent, AgentCommand::End { contact });
        stage.tell(Input::LegEnded { leg, cause: LegEnd::Local });
        let before = stage.rings.len();
        let took = stage.timed(agent, AgentCommand::FinishAcw { contact });
        if stage.rings.len() > before {
            taken.push(took);
        }
    }
    let spread = taken.spread().context("decisions")?;
    Ok(Row::new("9", "floor alone: 10,000 waiting, 1,000 agents", "free to offer, p99", "µs")
        .spread(Some(spread), |spread| spread.p99)
        .note(&format!("in process, no I/O; p50 {:.1} µs of {} decisions, first the agents become available, then each finishes a call", spread.p50, spread.n)))
}

fn centre() -> Centre {
    let instance = Instance {
        id: InstanceId::from_bits(1),
        name: "perf".into(),
        region: "local".into(),
        account: "000000000001".into(),
    };
    let mut centre = Centre::empty(instance);
    for (bits, name, kind) in [(1, "Available", AgentStatusKind::Routable), (2, "Offline", AgentStatusKind::Offline)] {
        let id = AgentStatusId::from_bits(bits);
        centre.statuses.insert(id, AgentStatus { id, name: name.into(), kind, order: bits as u32 });
    }
    let queue = QueueId::from_bits(1);
    let description = String::new();
    centre.queues.insert(
        queue,
        Queue {
            id: queue,
            name: "all".into(),
            description: description.clone(),
            hours: None,
            max_contacts: None,
            ring_timeout_s: 60,
            outbound_caller_id: None,
            quick_connects: Vec::new(),
            service_level_s: 20,
        },
    );
    let profile = RoutingProfileId::from_bits(1);
    let queues = vec![ProfileQueue { queue, priority: 1, delay_s: 0 }];
    let media_path_policy = MediaPathPolicy::LocalOnly;
    let all = RoutingProfile {
        id: profile,
        name: "all".into(),
        queues,
        voice_slots: 1,
        outbound_queue: None,
        media_path_policy,
    };
    centre.routing_profiles.insert(profile, all);
    for index in 0..AGENTS {
        let id = AgentId::from_bits(0x100 + index as u128);
        let agent = Agent {
            id,
            username: format!("a{index}"),
            first_name: "A".into(),
            last_name: index.to_string(),
            roles: vec![Role::Agent],
            routing_profile: Some(profile),
            auto_accept: false,
            acw_limit_s: 0,
            language: "en".into(),
            desk_phone: None,
        };
        centre.agents.insert(id, agent);
    }
    add_flow(&mut centre, queue);
    centre
}

/// One number whose flow puts every caller into the queue.
fn add_flow(centre: &mut Centre, queue: QueueId) {
    let flow = FlowId::from_bits(1);
    let on = |next: &str| {
        serde_json::json!({"NextAction": next, "Errors": [
        {"ErrorType": "NoMatchingError", "NextAction": "end"}, {"ErrorType": "QueueAtCapacity", "NextAction": "end"}], "Conditions": []})
    };
    let content = serde_json::json!({"Version": "2019-10-30", "StartAction": "target", "Metadata": {}, "Actions": [
        {"Identifier": "target", "Type": "UpdateContactTargetQueue", "Parameters": {"QueueId": queue.to_string()}, "Transitions": on("queue")},
        {"Identifier": "queue", "Type": "TransferContactToQueue", "Parameters": {}, "Transitions": on("end")},
        {"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}]});
    let kind = FlowKind::ContactFlow;
    let description = String::new();
    centre.flows.insert(
        flow,
        Flow { id: flow, name: "all".into(), description, kind, version: 1, content: content.to_string() },
    );
    let number = NumberId::from_bits(1);
    centre
        .numbers
        .insert(number, Number { id: number, number: "1000".into(), description: String::new(), flow: Some(flow) });
}
