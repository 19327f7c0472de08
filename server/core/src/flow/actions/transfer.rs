//! `TransferToFlow`.

use super::*;

/// Goes on in another flow. Attributes of the flow and its loops are forgotten; what the caller keyed in is kept.
///
/// Parameters: `ContactFlowId` (id or ARN). Results: none. Errors: `NoMatchingError` when there is no such flow, when it
/// cannot be read, or when it is of a kind that does not begin a contact or a transfer.
///
/// ```json
/// {"Identifier": "bye", "Type": "TransferToFlow",
///  "Parameters": {"ContactFlowId": "00000000-0000-4000-8000-000000000001"},
///  "Transitions": {"NextAction": "end", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]}}
/// ```
pub const FLOW: ActionKind = ActionKind {
    name: "TransferToFlow",
    purpose: "Goes on in another flow.",
    parameters: &[Parameter {
        name: "ContactFlowId",
        shape: Shape::Flow,
        required: true,
        fill: Fill::Path,
        about: "Id or ARN of the flow.",
    }],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR],
    voice_only: false,
    flows: INBOUND_TRANSFER,
    leads: Leads::ByResult,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "TransferToFlow", "Parameters": {"ContactFlowId": "$.Attributes.flow"},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: transfer,
    resume: never_waits,
};

/// Whether a flow of this kind may take over a contact from another.
pub fn may_take_over(kind: FlowKind) -> bool {
    INBOUND_TRANSFER.contains(&kind) && kind != FlowKind::Module
}

fn transfer(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "ContactFlowId";
    let text = turn.needed_text(name, Fill::Path)?;
    let id: FlowId = reference(&text).ok_or(ParameterError::Invalid(name))?;
    let flow = turn.centre().flows.get(&id).ok_or(ParameterError::Unknown(name))?;
    if !may_take_over(flow.kind) || turn.world.document(id).is_none() {
        return Err(ParameterError::Invalid(name));
    }
    Ok(Next::Flow(id))
}
