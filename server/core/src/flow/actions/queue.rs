//! `UpdateContactTargetQueue` and `TransferContactToQueue`.

use super::*;
use crate::flow::EnqueueError;

const CAPACITY: &str = "QueueAtCapacity";

/// Sets where the contact will wait.
///
/// Parameters: exactly one of `QueueId`, `AgentId` (id or ARN; an ARN of an agent's own queue counts as the agent).
/// Results: none. Errors: `NoMatchingError` when there is no such queue or agent.
///
/// ```json
/// {"Identifier": "sales", "Type": "UpdateContactTargetQueue",
///  "Parameters": {"QueueId": "00000000-0000-4000-8000-000000000001"},
///  "Transitions": {"NextAction": "go", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]}}
/// ```
pub const TARGET: ActionKind = ActionKind {
    name: "UpdateContactTargetQueue",
    purpose: "Sets the queue or agent the contact will wait for.",
    parameters: &[
        Parameter {
            name: "QueueId",
            shape: Shape::Queue,
            required: false,
            fill: Fill::Path,
            about: "Id or ARN of a queue.",
        },
        Parameter {
            name: "AgentId",
            shape: Shape::Agent,
            required: false,
            fill: Fill::Path,
            about: "Id or ARN of an agent.",
        },
    ],
    one_of: &[&["QueueId", "AgentId"]],
    results: Results::None,
    errors: &[ERROR],
    voice_only: false,
    flows: INBOUND_TRANSFER,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateContactTargetQueue",
        "Parameters": {"QueueId": "$.Attributes.queue"},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: target,
    resume: never_waits,
};

fn target(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let centre = turn.centre();
    match (turn.text("QueueId", Fill::Path)?, turn.text("AgentId", Fill::Path)?) {
        (Some(queue), None) if queue.contains("/queue/agent/") => set_agent(turn, centre, "QueueId", &queue),
        (Some(queue), None) => {
            let queue = reference(&queue).ok_or(ParameterError::Invalid("QueueId"))?;
            if !centre.queues.contains_key(&queue) {
                return Err(ParameterError::Unknown("QueueId"));
            }
            turn.effect(FlowEffect::SetTargetQueue { queue });
            Ok(Next::Proceed)
        }
        (None, Some(agent)) => set_agent(turn, centre, "AgentId", &agent),
        (None, None) => Err(ParameterError::Missing("QueueId")),
        (Some(_), Some(_)) => Err(ParameterError::Invalid("AgentId")),
    }
}

fn set_agent(turn: &mut Turn<'_>, centre: &Centre, name: &'static str, text: &str) -> Result<Next, ParameterError> {
    let agent = reference(text).ok_or(ParameterError::Invalid(name))?;
    if !centre.agents.get(&agent).is_some_and(Agent::is_agent) {
        return Err(ParameterError::Unknown(name));
    }
    turn.effect(FlowEffect::SetTargetAgent { agent });
    Ok(Next::Proceed)
}

/// Puts the contact into its target queue; the flow is over when that was done.
///
/// Parameters: none. Results: none. Errors: `QueueAtCapacity`; `NoMatchingError` when no target queue is set.
///
/// ```json
/// {"Identifier": "go", "Type": "TransferContactToQueue", "Parameters": {},
///  "Transitions": {"NextAction": "sorry", "Errors": [{"ErrorType": "QueueAtCapacity", "NextAction": "busy"},
///   {"ErrorType": "NoMatchingError", "NextAction": "sorry"}]}}
/// ```
pub const TRANSFER: ActionKind = ActionKind {
    name: "TransferContactToQueue",
    purpose: "Puts the contact into its target queue.",
    parameters: &[],
    one_of: &[],
    results: Results::None,
    errors: &[needed(CAPACITY), ERROR],
    voice_only: false,
    flows: INBOUND_TRANSFER,
    leads: Leads::ByResult,
    // The answer comes at once: a circle through it would spin.
    waits: false,
    example: r#"{"Identifier": "a", "Type": "TransferContactToQueue", "Parameters": {},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "QueueAtCapacity", "NextAction": "z"},
        {"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: transfer,
    resume: transferred,
};

fn transfer(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    if turn.contact.target_queue.is_none() && turn.contact.target_agent.is_none() {
        return Err(ParameterError::Missing("target queue"));
    }
    turn.effect(FlowEffect::Enqueue);
    Ok(Next::Wait { wait: Wait::Enqueue, wake_at: None })
}

fn transferred(_: &mut Turn<'_>, wait: Wait, input: &FlowInput) -> Next {
    match input {
        FlowInput::Enqueued { result: Ok(()) } => Next::Queued,
        FlowInput::Enqueued { result: Err(EnqueueError::QueueAtCapacity) } => Next::Error(CAPACITY),
        FlowInput::Enqueued { result: Err(EnqueueError::NoTargetQueue) } => Next::Error(NO_MATCHING_ERROR),
        _ => Next::Wait { wait, wake_at: None },
    }
}
