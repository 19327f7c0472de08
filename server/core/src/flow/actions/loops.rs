//! `Loop`: a branch taken so many times.

use super::*;

/// Most passes of one loop.
pub const MAX_COUNT: u32 = 100;

/// Takes `ContinueLooping` the first `LoopCount` times it is come to, then `DoneLooping` once; then it begins anew.
///
/// Parameters: `LoopCount` (0–100), read each time. Results: `ContinueLooping`, `DoneLooping`. Errors:
/// `NoMatchingError` when the count is no such number.
///
/// ```json
/// {"Identifier": "thrice", "Type": "Loop", "Parameters": {"LoopCount": "3"},
///  "Transitions": {"NextAction": "end",
///   "Conditions": [{"NextAction": "menu", "Condition": {"Operator": "Equals", "Operands": ["ContinueLooping"]}},
///    {"NextAction": "end", "Condition": {"Operator": "Equals", "Operands": ["DoneLooping"]}}]}}
/// ```
pub const LOOP: ActionKind = ActionKind {
    name: "Loop",
    purpose: "Takes one branch so many times, then the other.",
    parameters: &[Parameter {
        name: "LoopCount",
        shape: Shape::Integer(0, MAX_COUNT),
        required: true,
        fill: Fill::Path,
        about: "How many times ContinueLooping is taken.",
    }],
    one_of: &[],
    results: Results::Words(&[("ContinueLooping", true), ("DoneLooping", true)]),
    errors: &[ERROR_OFFERED],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::ByResult,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "Loop", "Parameters": {"LoopCount": "3"},
        "Transitions": {"NextAction": "z",
        "Conditions": [{"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["ContinueLooping"]}},
        {"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["DoneLooping"]}}]}}"#,
    run: turn_once,
    resume: never_waits,
};

fn turn_once(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let count = turn.needed_integer("LoopCount", 0..=MAX_COUNT)?;
    let done = turn.memory.loops.get(&turn.action.id).copied().unwrap_or(0);
    let word = if done < count {
        turn.memory.loops.insert(turn.action.id.clone(), done + 1);
        "ContinueLooping"
    } else {
        turn.memory.loops.remove(&turn.action.id);
        "DoneLooping"
    };
    Ok(Next::Result { value: word.to_owned(), word })
}
