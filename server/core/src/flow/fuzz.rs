//! The way in for fuzzers: arbitrary bytes as a flow document and as what happens to a contact in it.

use super::{
    Document, EnqueueError, Execution, FlowInput, FlowState, Step, actions, execution::STEP_BUDGET, lint,
    rehearsal::Rehearsal,
};
use crate::{flow::FlowEffect, io::PlaybackOutcome};
use std::time::Duration;
use twinline_model::*;

/// Most inputs fed to one execution.
const MAX_INPUTS: usize = 200;
/// Most effects of one step: each action has at most ten hooks or three others, and a log.
const MAX_EFFECTS: usize = STEP_BUDGET as usize * 12;

/// Read, lint and run. What comes after the first newline chooses the inputs; without a newline a fixed row is used.
///
/// # Panics
/// When an invariant is broken: a document that does not read back equal, a step without bound, effects after the end.
pub fn fuzz_flow(data: &[u8]) {
    let (text, script) = match data.iter().position(|byte| *byte == b'\n') {
        Some(at) => (&data[..at], &data[at + 1..]),
        None => (data, &b"abcdefghij"[..]),
    };
    let Ok(text) = std::str::from_utf8(text) else { return };
    let Ok(document) = Document::parse(text) else { return };
    let again = Document::from_json(document.to_json());
    assert_eq!(again.as_ref(), Ok(&document), "a document reads back equal");
    let kind = KINDS[script.first().map_or(0, |byte| usize::from(*byte)) % KINDS.len()];
    let instance =
        Instance { id: InstanceId::from_bits(1), name: "f".into(), region: "f".into(), account: "000000000000".into() };
    let mut world = Rehearsal::new(Centre::empty(instance));
    let id = FlowId::from_bits(1);
    let flow = Flow { id, name: "f".into(), description: String::new(), kind, version: 1, content: text.to_owned() };
    let findings = lint(&document, kind, &world.centre);
    assert!(findings.len() <= super::lint::MAX_FINDINGS, "findings are bounded");
    if world.add(flow).is_ok() {
        run(&mut world, Execution::start(id, 1, kind), script);
    }
}

const KINDS: [FlowKind; 4] =
    [FlowKind::ContactFlow, FlowKind::CustomerQueue, FlowKind::CustomerWhisper, FlowKind::AgentTransfer];

/// Feed the start and then an input a byte, checking what must always hold. Gives the last step.
pub fn run(world: &mut Rehearsal, mut execution: Execution, script: &[u8]) -> Step {
    let mut now = Timestamp::from_secs(1_795_395_600);
    let mut step = feed(world, &mut execution, now, FlowInput::Start);
    for byte in script.iter().take(MAX_INPUTS) {
        let input = input(*byte);
        if let (FlowInput::Wake, FlowState::Waiting { wake_at: Some(at) }) = (&input, &step.state) {
            now = *at;
        }
        now = now + Duration::from_millis(u64::from(*byte));
        step = feed(world, &mut execution, now, input);
    }
    step
}

fn feed(world: &mut Rehearsal, execution: &mut Execution, now: Timestamp, input: FlowInput) -> Step {
    let was_over = execution.is_over();
    let stop = input == FlowInput::Stop;
    let step = execution.handle(now, input, world);
    assert!(step.effects.len() <= MAX_EFFECTS, "a step is bounded");
    assert!(!(was_over || stop) || step.effects.is_empty(), "nothing is done after the end");
    assert_eq!(execution.is_over(), !matches!(step.state, FlowState::Waiting { .. }), "state and end agree");
    if let FlowState::Waiting { wake_at: Some(at) } = step.state {
        assert!(at > now || execution.action().is_some(), "only an action wants to be woken");
    }
    step.effects.iter().for_each(|effect| world.carry_out(effect));
    let bytes: usize = world.contact.attributes.iter().map(|(name, value)| name.len() + value.len()).sum();
    assert!(bytes <= actions::attributes::MAX_BYTES, "attributes are bounded");
    let keyed = |effect: &FlowEffect| matches!(effect, FlowEffect::Log { result, .. } if result.len() == 1);
    assert!(!step.effects.iter().any(keyed), "no key is logged");
    step
}

fn input(byte: u8) -> FlowInput {
    let outcome = [PlaybackOutcome::Finished, PlaybackOutcome::Stopped, PlaybackOutcome::Failed];
    match byte % 16 {
        0..=2 => FlowInput::PlaybackDone { outcome: outcome[usize::from(byte % 16)] },
        3..=8 => FlowInput::Digit(char::from(b"0123456789*#ABCD"[usize::from(byte / 16)])),
        9..=11 => FlowInput::Wake,
        12 => FlowInput::Enqueued { result: Ok(()) },
        13 => FlowInput::Enqueued { result: Err(EnqueueError::QueueAtCapacity) },
        14 => FlowInput::Enqueued { result: Err(EnqueueError::NoTargetQueue) },
        _ if byte == u8::MAX => FlowInput::Stop,
        _ => FlowInput::Start,
    }
}
