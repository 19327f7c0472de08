//! `UpdateContactEventHooks`: which flows run at the turning points of a contact's life.

use super::*;
use crate::flow::Hook;

/// Hooks by their name on the wire.
pub const NAMES: &[(&str, Hook)] = &[
    ("AgentHold", Hook::AgentHold),
    ("AgentWhisper", Hook::AgentWhisper),
    ("CustomerHold", Hook::CustomerHold),
    ("CustomerQueue", Hook::CustomerQueue),
    ("CustomerRemaining", Hook::CustomerRemaining),
    ("CustomerWhisper", Hook::CustomerWhisper),
    ("DefaultAgentUI", Hook::DefaultAgentUI),
    ("DisconnectAgentUI", Hook::DisconnectAgentUI),
    ("PauseContact", Hook::PauseContact),
    ("ResumeContact", Hook::ResumeContact),
];

/// Sets the flow that runs on an event of the contact.
///
/// Parameters: `EventHooks`, one hook to a flow (id or ARN); `EventHooksConfiguration`, a hook to
/// `{"DisableExecution": "True"}`, which takes the flow away. Results: none. Errors: `NoMatchingError` when there is no
/// such hook or flow; then nothing is set.
///
/// ```json
/// {"Identifier": "music", "Type": "UpdateContactEventHooks",
///  "Parameters": {"EventHooks": {"CustomerQueue": "00000000-0000-4000-8000-000000000001"}},
///  "Transitions": {"NextAction": "on", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "on"}]}}
/// ```
pub const HOOKS: ActionKind = ActionKind {
    name: "UpdateContactEventHooks",
    purpose: "Sets the flow that runs on an event of the contact.",
    parameters: &[
        Parameter {
            name: "EventHooks",
            shape: Shape::FlowMap,
            required: true,
            fill: Fill::Path,
            about: "One hook, for example CustomerQueue, to the id or ARN of a flow.",
        },
        Parameter {
            name: "EventHooksConfiguration",
            shape: Shape::Object,
            required: false,
            fill: Fill::Fixed,
            about: "A hook to {\"DisableExecution\": \"True\"}: run no flow.",
        },
    ],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateContactEventHooks",
        "Parameters": {"EventHooks": {"CustomerQueue": "$.Attributes.music"}},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: hooks,
    resume: never_waits,
};

pub fn named(name: &str) -> Option<Hook> {
    NAMES.iter().find(|(known, _)| *known == name).map(|(_, hook)| *hook)
}

fn hooks(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "EventHooks";
    let given = turn.value(name).ok_or(ParameterError::Missing(name))?;
    let given = given.as_object().filter(|hooks| !hooks.is_empty()).ok_or(ParameterError::Invalid(name))?;
    let mut set = Vec::new();
    for (key, flow) in given {
        let hook = named(key).ok_or(ParameterError::Unknown(name))?;
        if is_disabled(turn, key) {
            set.push((hook, None));
            continue;
        }
        let written = as_text(flow).ok_or(ParameterError::Invalid(name))?;
        let scope = turn.scope();
        let text = scope.whole(&written).ok_or(ParameterError::Missing(name))?;
        let flow: FlowId = reference(&text).ok_or(ParameterError::Invalid(name))?;
        if !turn.centre().flows.contains_key(&flow) {
            return Err(ParameterError::Unknown(name));
        }
        set.push((hook, Some(flow)));
    }
    for (hook, flow) in set {
        turn.effect(FlowEffect::SetHook { hook, flow });
    }
    Ok(Next::Proceed)
}

fn is_disabled(turn: &Turn<'_>, hook: &str) -> bool {
    let configuration = turn.value("EventHooksConfiguration").and_then(|hooks| hooks.get(hook));
    let disabled = configuration.and_then(|hook| hook.get("DisableExecution")).and_then(as_text);
    disabled.is_some_and(|text| text.eq_ignore_ascii_case("true"))
}
