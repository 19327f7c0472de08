//! `DisconnectParticipant`, `EndFlowExecution`.

use super::*;

/// Hangs up.
///
/// Parameters: none. Results: none, the flow is over. Errors: none.
///
/// ```json
/// {"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
/// ```
pub const DISCONNECT: ActionKind = ActionKind {
    name: "DisconnectParticipant",
    purpose: "Hangs up.",
    parameters: &[],
    one_of: &[],
    results: Results::None,
    errors: &[],
    voice_only: false,
    flows: INBOUND_TRANSFER_QUEUE,
    leads: Leads::Nowhere,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}"#,
    run: |_| Ok(Next::Disconnected),
    resume: never_waits,
};

/// Ends the flow and leaves the contact as it is: in its queue, with its agent.
///
/// Parameters: none. Results: none, the flow is over. Errors: none.
///
/// ```json
/// {"Identifier": "end", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}
/// ```
pub const END: ActionKind = ActionKind {
    name: "EndFlowExecution",
    purpose: "Ends the flow and leaves the contact as it is.",
    parameters: &[],
    one_of: &[],
    results: Results::None,
    errors: &[],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::Nowhere,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}"#,
    run: |_| Ok(Next::Ended),
    resume: never_waits,
};
