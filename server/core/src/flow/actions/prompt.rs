//! Actions that play something: `MessageParticipant`, `MessageParticipantIteratively`.

use super::*;
use crate::io::{PlaybackOutcome, PromptSource};
use serde_json::{Map, Value};
use std::time::Duration;

/// Longest text spoken at once, in characters, after references are filled in.
pub const MAX_SPOKEN: usize = 6_000;
/// Most messages of one `MessageParticipantIteratively`.
pub const MAX_MESSAGES: usize = 20;
/// Bounds of `InterruptFrequencySeconds`: up to a day.
pub const INTERRUPT_S: (u32, u32) = (1, 86_400);

pub(super) const PROMPT_ID: Parameter = Parameter {
    name: "PromptId",
    shape: Shape::Prompt,
    required: false,
    fill: Fill::Path,
    about: "Id or ARN of an audio prompt. Voice only.",
};
pub(super) const TEXT: Parameter = Parameter {
    name: "Text",
    shape: Shape::Text(MAX_SPOKEN),
    required: false,
    fill: Fill::Text,
    about: "Text to speak, or to send on chat.",
};
pub(super) const SSML: Parameter = Parameter {
    name: "SSML",
    shape: Shape::Text(MAX_SPOKEN),
    required: false,
    fill: Fill::Text,
    about: "SSML to speak; what references fill in is escaped. Voice only.",
};
pub(super) const MEDIA: Parameter = Parameter {
    name: "Media",
    shape: Shape::Object,
    required: false,
    fill: Fill::Path,
    about: "Audio in an S3 bucket {Uri, SourceType, MediaType}. Not fetched: takes NoMatchingError.",
};
pub(super) const ONE_PROMPT: &[&[&str]] = &[&["PromptId", "Text", "SSML", "Media"]];

/// Plays one prompt and goes on when it is over.
///
/// Parameters: exactly one of `PromptId`, `Text`, `SSML`, `Media`; `SkipWhenDTMFBufferEnabled` is read and, as there is
/// no touch-tone buffer, has no effect. Results: none. Errors: `NoMatchingError` when the prompt cannot be had.
///
/// ```json
/// {"Identifier": "hello", "Type": "MessageParticipant", "Parameters": {"Text": "Hello $.Attributes.name."},
///  "Transitions": {"NextAction": "menu", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "menu"}]}}
/// ```
pub const MESSAGE: ActionKind = ActionKind {
    name: "MessageParticipant",
    purpose: "Plays one prompt.",
    parameters: &[
        PROMPT_ID,
        TEXT,
        SSML,
        MEDIA,
        Parameter {
            name: "SkipWhenDTMFBufferEnabled",
            shape: Shape::Boolean,
            required: false,
            fill: Fill::Fixed,
            about: "Skip the message while a touch-tone buffer is on; there is none.",
        },
    ],
    one_of: ONE_PROMPT,
    results: Results::None,
    errors: &[ERROR_OFFERED],
    voice_only: false,
    flows: INBOUND_TRANSFER_QUEUE_WHISPER,
    leads: Leads::On,
    waits: true,
    example: r#"{"Identifier": "a", "Type": "MessageParticipant", "Parameters": {"Text": "Hello $.Attributes.name."},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: message,
    resume: message_over,
};

fn message(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let none = Map::new();
    let prompt = source(turn, turn.action.parameters.as_ref().unwrap_or(&none))?;
    turn.effect(FlowEffect::Play { prompt, repeat: false });
    Ok(Next::Wait { wait: Wait::Message, wake_at: None })
}

fn message_over(_: &mut Turn<'_>, wait: Wait, input: &FlowInput) -> Next {
    match input {
        FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed } => Next::Error(NO_MATCHING_ERROR),
        FlowInput::PlaybackDone { .. } => Next::Proceed,
        _ => Next::Wait { wait, wake_at: None },
    }
}

/// Plays prompts in a circle, in customer queue and hold flows.
///
/// Parameters: `Messages`, a list of prompts (`PromptId`, `Text`, `SSML` or `Media` each);
/// `InterruptFrequencySeconds`: stop after this time and take the branch. Results: `MessagesInterrupted`. Errors:
/// `NoMatchingError` when a prompt cannot be had, and on chat. Coming back to it starts with the first prompt.
///
/// ```json
/// {"Identifier": "wait", "Type": "MessageParticipantIteratively",
///  "Parameters": {"Messages": [{"Text": "Please wait."}], "InterruptFrequencySeconds": "30"},
///  "Transitions": {"NextAction": "ask", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "ask"}],
///   "Conditions": [{"NextAction": "ask", "Condition": {"Operator": "Equals", "Operands": ["MessagesInterrupted"]}}]}}
/// ```
pub const ITERATE: ActionKind = ActionKind {
    name: "MessageParticipantIteratively",
    purpose: "Plays prompts in a circle until interrupted.",
    parameters: &[
        Parameter {
            name: "Messages",
            shape: Shape::List,
            required: true,
            fill: Fill::Fixed,
            about: "Prompts in order: {PromptId}, {Text}, {SSML} or {Media} each.",
        },
        Parameter {
            name: "InterruptFrequencySeconds",
            shape: Shape::Integer(INTERRUPT_S.0, INTERRUPT_S.1),
            required: false,
            fill: Fill::Path,
            about: "Seconds after which MessagesInterrupted is taken.",
        },
    ],
    one_of: &[],
    results: Results::Words(&[("MessagesInterrupted", false)]),
    errors: &[ERROR_OFFERED],
    voice_only: true,
    flows: QUEUE_HOLD,
    leads: Leads::Maybe,
    waits: true,
    example: r#"{"Identifier": "a", "Type": "MessageParticipantIteratively",
        "Parameters": {"Messages": [{"Text": "Please wait."}], "InterruptFrequencySeconds": "30"},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}],
        "Conditions": [{"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["MessagesInterrupted"]}}]}}"#,
    run: iterate,
    resume: iterating,
};

fn iterate(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "Messages";
    let Some(Value::Array(messages)) = turn.value(name) else { return Err(ParameterError::Missing(name)) };
    if messages.is_empty() || messages.len() > MAX_MESSAGES {
        return Err(ParameterError::Invalid(name));
    }
    let mut prompts = Vec::with_capacity(messages.len());
    for message in messages {
        prompts.push(source(turn, message.as_object().ok_or(ParameterError::Invalid(name))?)?);
    }
    let every = turn.integer("InterruptFrequencySeconds", INTERRUPT_S.0..=INTERRUPT_S.1)?;
    // Nothing is interrupted for a branch that is not there.
    let leads_on = turn.action.next().is_some() || !turn.action.conditions().is_empty();
    let wake_at = every.filter(|_| leads_on).map(|s| turn.now + Duration::from_secs(u64::from(s)));
    let prompt = match prompts.len() {
        1 => prompts.swap_remove(0),
        _ => PromptSource::Sequence(prompts),
    };
    turn.effect(FlowEffect::Play { prompt, repeat: true });
    Ok(Next::Wait { wait: Wait::Messages, wake_at })
}

fn iterating(turn: &mut Turn<'_>, wait: Wait, input: &FlowInput) -> Next {
    match input {
        FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed } => Next::Error(NO_MATCHING_ERROR),
        FlowInput::Wake => {
            turn.effect(FlowEffect::StopPlay);
            Next::Result { value: "MessagesInterrupted".into(), word: "MessagesInterrupted" }
        }
        // A circle has no end of its own: one that ended for lack of a leg waits for `Stop`.
        _ => Next::Wait { wait, wake_at: turn.wake_at },
    }
}

/// The prompt described by `PromptId`, `Text`, `SSML` or `Media`.
pub(super) fn source(turn: &Turn<'_>, members: &Map<String, Value>) -> Result<PromptSource, ParameterError> {
    let given = |name: &str| members.get(name).and_then(as_text).filter(|text| !text.trim().is_empty());
    let voice = turn.contact.channel == Channel::Voice;
    let scope = turn.scope();
    let (text, ssml) = match (given("PromptId"), given("Text"), given("SSML"), members.get("Media")) {
        (Some(id), None, None, None) if voice => {
            let id = scope.whole(&id).ok_or(ParameterError::Missing("PromptId"))?;
            let prompt = reference(&id).ok_or(ParameterError::Invalid("PromptId"))?;
            return match turn.centre().prompts.contains_key(&prompt) {
                true => Ok(PromptSource::Audio(prompt)),
                false => Err(ParameterError::Unknown("PromptId")),
            };
        }
        (None, Some(text), None, None) => (scope.text(&text).map_err(|_| ParameterError::TooLong("Text"))?, false),
        (None, None, Some(ssml), None) if voice => {
            (scope.ssml(&ssml).map_err(|_| ParameterError::TooLong("SSML"))?, true)
        }
        (None, None, None, Some(_)) => return Err(ParameterError::Unsupported("Media")),
        (None, None, None, None) => return Err(ParameterError::Missing("Text")),
        _ => return Err(ParameterError::Invalid("PromptId")),
    };
    if text.trim().is_empty() {
        return Err(ParameterError::Missing("Text"));
    }
    if text.chars().count() > MAX_SPOKEN {
        return Err(ParameterError::TooLong("Text"));
    }
    Ok(PromptSource::Text { text, ssml, language: turn.contact.language.clone(), voice: turn.contact.voice.clone() })
}
