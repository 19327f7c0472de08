//! `UpdateContactAttributes` and `UpdateFlowAttributes`.

use super::*;

/// Most bytes of names and values of all attributes of a contact together (Amazon Connect: 32 KB).
pub const MAX_BYTES: usize = 32 * 1024;

/// Sets attributes of the contact.
///
/// Parameters: `Attributes`, names to texts; `TargetContact`: `Current` (default) or `Related`. A path that leads
/// nowhere sets an empty text. Results: none. Errors: `NoMatchingError` when the attributes of the contact would be
/// more than 32 KiB; then none is set.
///
/// ```json
/// {"Identifier": "note", "Type": "UpdateContactAttributes",
///  "Parameters": {"Attributes": {"caller": "$.CustomerEndpoint.Address"}, "TargetContact": "Current"},
///  "Transitions": {"NextAction": "on", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "on"}]}}
/// ```
pub const CONTACT: ActionKind = ActionKind {
    name: "UpdateContactAttributes",
    purpose: "Sets attributes of the contact.",
    parameters: &[
        Parameter {
            name: "Attributes",
            shape: Shape::TextMap,
            required: true,
            fill: Fill::Text,
            about: "Names to texts.",
        },
        Parameter {
            name: "TargetContact",
            shape: Shape::Choice(&["Current", "Related"]),
            required: false,
            fill: Fill::Fixed,
            about: "The contact meant: this one, or the one it is related to.",
        },
    ],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateContactAttributes",
        "Parameters": {"Attributes": {"caller": "$.CustomerEndpoint.Address"}, "TargetContact": "Current"},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: contact,
    resume: never_waits,
};

fn contact(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "Attributes";
    let given = turn.value(name).ok_or(ParameterError::Missing(name))?;
    let given = given.as_object().ok_or(ParameterError::Invalid(name))?;
    let related = match turn.text("TargetContact", Fill::Fixed)?.as_deref() {
        None | Some("Current") => false,
        Some("Related") if turn.contact.previous_contact.is_some() => true,
        Some("Related") => return Err(ParameterError::Unknown("TargetContact")),
        Some(_) => return Err(ParameterError::Invalid("TargetContact")),
    };
    let mut attributes = BTreeMap::new();
    let mut bytes = 0;
    for (key, value) in given {
        let text = as_text(value).ok_or(ParameterError::Invalid(name))?;
        let value = turn.scope().text(&text).map_err(|_| ParameterError::TooLong(name))?;
        bytes += key.len() + value.len();
        if bytes > MAX_BYTES {
            return Err(ParameterError::TooLong(name));
        }
        attributes.insert(key.clone(), value);
    }
    if !related && turn.attribute_bytes_with(&attributes) > MAX_BYTES {
        return Err(ParameterError::TooLong(name));
    }
    turn.effect(FlowEffect::SetAttributes { attributes, related });
    Ok(Next::Proceed)
}

/// Sets attributes that live as long as this flow does: `$.FlowAttributes.*`.
///
/// Parameters: `FlowAttributes`, names to `{"Value": text}`. Results: none. Errors: `NoMatchingError` when they would
/// be more than 32 KiB together.
///
/// ```json
/// {"Identifier": "keep", "Type": "UpdateFlowAttributes",
///  "Parameters": {"FlowAttributes": {"sales": {"Value": "00000000-0000-4000-8000-000000000001"}}},
///  "Transitions": {"NextAction": "on", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "on"}]}}
/// ```
pub const FLOW: ActionKind = ActionKind {
    name: "UpdateFlowAttributes",
    purpose: "Sets attributes of this flow run.",
    parameters: &[Parameter {
        name: "FlowAttributes",
        shape: Shape::ValueMap,
        required: true,
        fill: Fill::Text,
        about: "Names to {\"Value\": text}.",
    }],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateFlowAttributes",
        "Parameters": {"FlowAttributes": {"greeting": {"Value": "Hello"}}},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: flow,
    resume: never_waits,
};

fn flow(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "FlowAttributes";
    let given = turn.value(name).ok_or(ParameterError::Missing(name))?;
    let given = given.as_object().ok_or(ParameterError::Invalid(name))?;
    let mut attributes = turn.memory.flow_attributes.clone();
    let mut bytes: usize = attributes.iter().map(|(key, value)| key.len() + value.len()).sum();
    for (key, value) in given {
        let text = value.get("Value").and_then(as_text).ok_or(ParameterError::Invalid(name))?;
        let value = turn.scope().text(&text).map_err(|_| ParameterError::TooLong(name))?;
        bytes += key.len() + value.len();
        if let Some(old) = attributes.insert(key.clone(), value) {
            bytes -= key.len() + old.len();
        }
        if bytes > MAX_BYTES {
            return Err(ParameterError::TooLong(name));
        }
    }
    turn.memory.flow_attributes = attributes;
    Ok(Next::Proceed)
}
