//! Flows as stories: what a flow is told, and what it answers, on a virtual clock.
#![allow(clippy::unwrap_used)]

use super::{rehearsal::Rehearsal, *};
use crate::io::Tone;
use serde_json::{Value, json};
use std::{collections::BTreeMap, fmt::Write as _};

mod branches;
mod calls;
mod corpus;
mod documents;
mod expressions;
mod hours;
mod input;
mod life;
mod linting;
mod properties;
mod queueing;

pub(super) const FLOW: u128 = 0xF1;
pub(super) const OTHER_FLOW: u128 = 0xF2;
pub(super) const QUEUE_FLOW: u128 = 0xF3;
pub(super) const BROKEN_FLOW: u128 = 0xF4;
pub(super) const SALES: u128 = 0xA1;
pub(super) const NO_HOURS_QUEUE: u128 = 0xA2;
pub(super) const HOURS: u128 = 0xB1;
pub(super) const PROMPT: u128 = 0xC1;
pub(super) const AGENT: u128 = 0xD1;

/// 2026-11-23 (a Monday) 10:00 in Seoul.
pub(super) const MONDAY_TEN: Timestamp = Timestamp::from_secs(1_795_395_600);

/// A centre with one of everything.
pub(super) fn centre() -> Centre {
    let instance = Instance {
        id: InstanceId::from_bits(1),
        name: "test".into(),
        region: "local".into(),
        account: "000000000001".into(),
    };
    let mut centre = Centre::empty(instance);
    let hours = HoursId::from_bits(HOURS);
    let nine_to_six = |day| OpenPeriod { day, start_min: 540, end_min: 1080 };
    let open = [Weekday::Monday, Weekday::Tuesday].map(nine_to_six).to_vec();
    centre.hours.insert(hours, Hours { id: hours, name: "Office".into(), time_zone: "Asia/Seoul".into(), open });
    for (bits, name, hours) in [(SALES, "Sales", Some(hours)), (NO_HOURS_QUEUE, "Night", None)] {
        let id = QueueId::from_bits(bits);
        let queue: Queue = serde_json::from_value(
            json!({"id": id, "name": name, "hours": hours, "outbound_caller_id": "+12065550111"}),
        )
        .unwrap();
        centre.queues.insert(id, queue);
    }
    let prompt = PromptId::from_bits(PROMPT);
    centre.prompts.insert(
        prompt,
        Prompt { id: prompt, name: "Chime".into(), description: String::new(), file: "chime.wav".into() },
    );
    let agent = AgentId::from_bits(AGENT);
    let person = json!({"id": agent, "username": "mina", "first_name": "Mina", "last_name": "Kim", "roles": ["agent"],
        "routing_profile": null});
    centre.agents.insert(agent, serde_json::from_value(person).unwrap());
    centre
}

pub(super) fn flow(bits: u128, kind: FlowKind, content: &Value) -> Flow {
    let id = FlowId::from_bits(bits);
    Flow {
        id,
        name: format!("Flow {bits:X}"),
        description: String::new(),
        kind,
        version: 7,
        content: content.to_string(),
    }
}

/// A document that begins with the first action.
pub(super) fn document(actions: Value) -> Value {
    let start = actions[0]["Identifier"].clone();
    json!({"Version": "2019-10-30", "StartAction": start, "Metadata": {}, "Actions": actions})
}

/// An action that goes on to `next` and, on NoMatchingError, to `error`.
pub(super) fn step(id: &str, kind: &str, parameters: Value, next: &str) -> Value {
    json!({"Identifier": id, "Type": kind, "Parameters": parameters, "Transitions": {"NextAction": next,
        "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "error"}]}})
}

/// An action with conditions, errors and no next action.
pub(super) fn branch(id: &str, kind: &str, parameters: Value, conditions: &[(&str, &str)], errors: &[&str]) -> Value {
    let conditions: Vec<Value> = conditions
        .iter()
        .map(|(operand, next)| json!({"NextAction": next, "Condition": {"Operator": "Equals", "Operands": [operand]}}))
        .collect();
    let errors: Vec<Value> =
        errors.iter().map(|error| json!({"ErrorType": error, "NextAction": format!("on {error}")})).collect();
    json!({"Identifier": id, "Type": kind, "Parameters": parameters,
        "Transitions": {"Conditions": conditions, "Errors": errors}})
}

pub(super) fn end(id: &str) -> Value {
    json!({"Identifier": id, "Type": "EndFlowExecution", "Transitions": {}})
}

/// A flow being run, and the clock it runs on.
pub(super) struct Story {
    pub world: Rehearsal,
    pub execution: Execution,
    pub now: Timestamp,
}

/// A story about one flow of this kind.
pub(super) fn story(kind: FlowKind, actions: Value) -> Story {
    let mut world = Rehearsal::new(centre());
    world.add(flow(FLOW, kind, &document(actions))).unwrap();
    Story { world, execution: Execution::start(FlowId::from_bits(FLOW), 7, kind), now: MONDAY_TEN }
}

impl Story {
    pub fn with(mut self, change: impl FnOnce(&mut Rehearsal)) -> Self {
        change(&mut self.world);
        self
    }

    /// Feed one input and compare what came of it, an effect a word group: `play "Hello" · log …`.
    #[track_caller]
    pub fn told(mut self, input: FlowInput, expected: &str) -> Self {
        let said = self.feed(input.clone());
        assert_eq!(said, expected, "after {input:?}");
        self
    }

    pub fn feed(&mut self, input: FlowInput) -> String {
        let step = self.execution.handle(self.now, input, &self.world);
        step.effects.iter().for_each(|effect| self.world.carry_out(effect));
        told(&step)
    }

    #[track_caller]
    pub fn starts(self, expected: &str) -> Self {
        self.told(FlowInput::Start, expected)
    }

    #[track_caller]
    pub fn heard(self, expected: &str) -> Self {
        self.told(FlowInput::PlaybackDone { outcome: PlaybackOutcome::Finished }, expected)
    }

    #[track_caller]
    pub fn key(self, digit: char, expected: &str) -> Self {
        self.told(FlowInput::Digit(digit), expected)
    }

    /// So many seconds later it is woken.
    #[track_caller]
    pub fn wakes_after(mut self, seconds: u64, expected: &str) -> Self {
        self.now = self.now + Duration::from_secs(seconds);
        self.told(FlowInput::Wake, expected)
    }
}

/// A step in words.
pub(super) fn told(step: &Step) -> String {
    let mut words = String::new();
    for effect in &step.effects {
        let separator = if words.is_empty() { "" } else { " · " };
        write!(words, "{separator}{}", in_words(effect)).unwrap();
    }
    let state = match &step.state {
        FlowState::Waiting { wake_at: None } => "waits".to_owned(),
        FlowState::Waiting { wake_at: Some(_) } => "waits for time".to_owned(),
        FlowState::Queued => "queued".to_owned(),
        FlowState::Ended => "ended".to_owned(),
        FlowState::Disconnected => "disconnected".to_owned(),
        FlowState::Failed { reason } => format!("failed: {reason}"),
    };
    if words.is_empty() { state } else { format!("{words} → {state}") }
}

fn in_words(effect: &FlowEffect) -> String {
    match effect {
        FlowEffect::Play { prompt, repeat } => {
            format!("{} {}", if *repeat { "repeat" } else { "play" }, prompt_in_words(prompt))
        }
        FlowEffect::StopPlay => "stop".into(),
        FlowEffect::SetAttributes { attributes, related } => {
            format!("set{} {attributes:?}", if *related { " related" } else { "" })
        }
        FlowEffect::SetTargetQueue { queue } => format!("queue {:X}", queue.bits() & 0xFF),
        FlowEffect::SetTargetAgent { agent } => format!("agent {:X}", agent.bits() & 0xFF),
        FlowEffect::SetVoice { language, voice } => format!("voice {voice} {language}"),
        FlowEffect::Enqueue => "enqueue".into(),
        FlowEffect::SetHook { hook, flow } => {
            format!("hook {hook:?} {:X}", flow.map_or(0, |flow| flow.bits() & 0xFF))
        }
        FlowEffect::SetRecording { customer, agent, ivr } => format!("record {customer} {agent} {ivr}"),
        FlowEffect::SetLogging { on } => format!("logging {on}"),
        FlowEffect::Disconnect => "disconnect".into(),
        FlowEffect::Log { action, result, .. } => format!("{action}: {result}"),
        FlowEffect::FlowChanged { name, version, .. } => format!("in {name} v{version}"),
    }
}

fn prompt_in_words(prompt: &PromptSource) -> String {
    match prompt {
        PromptSource::Audio(id) => format!("prompt {:X}", id.bits() & 0xFF),
        PromptSource::Text { text, ssml, language, voice } => {
            let home = if voice == "Joanna" { String::new() } else { format!(" ({voice}, {language})") };
            format!("{}{text:?}{home}", if *ssml { "ssml " } else { "" })
        }
        PromptSource::Tone(tone) => match tone {
            Tone::Ringback | Tone::AutoAcceptBeep | Tone::HoldMusic => format!("{tone:?}"),
        },
        PromptSource::Sequence(prompts) => prompts.iter().map(prompt_in_words).collect::<Vec<_>>().join(", "),
    }
}
