//! `UpdateContactRecordingBehavior`, `UpdateContactTextToSpeechVoice`, `UpdateFlowLoggingBehavior`.

use super::*;
use serde_json::Value;

/// Sets who is recorded.
///
/// Parameters: `RecordingBehavior.RecordedParticipants`, a list of `Agent`, `Customer` (empty: nobody);
/// `RecordingBehavior.IVRRecordingBehavior` `Enabled` or `Disabled`: record before an agent is there;
/// `RecordingBehavior.ScreenRecordedParticipants` and `AnalyticsBehavior` are read and have no effect. Results: none.
/// Errors: `NoMatchingError`.
///
/// ```json
/// {"Identifier": "rec", "Type": "UpdateContactRecordingBehavior",
///  "Parameters": {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}},
///  "Transitions": {"NextAction": "on"}}
/// ```
pub const RECORDING: ActionKind = ActionKind {
    name: "UpdateContactRecordingBehavior",
    purpose: "Sets who is recorded.",
    parameters: &[
        Parameter {
            name: "RecordingBehavior",
            shape: Shape::Object,
            required: true,
            fill: Fill::Fixed,
            about: "Who is recorded.",
        },
        Parameter {
            name: "RecordingBehavior.RecordedParticipants",
            shape: Shape::List,
            required: true,
            fill: Fill::Fixed,
            about: "Agent, Customer, both or none.",
        },
        Parameter {
            name: "RecordingBehavior.ScreenRecordedParticipants",
            shape: Shape::List,
            required: false,
            fill: Fill::Fixed,
            about: "Screens are not recorded.",
        },
        Parameter {
            name: "RecordingBehavior.IVRRecordingBehavior",
            shape: Shape::Choice(&["Enabled", "Disabled"]),
            required: false,
            fill: Fill::Fixed,
            about: "Record before an agent is there.",
        },
        Parameter {
            name: "AnalyticsBehavior",
            shape: Shape::Object,
            required: false,
            fill: Fill::Fixed,
            about: "Conversation analytics; has no effect yet.",
        },
    ],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR_OFFERED],
    voice_only: false,
    flows: INBOUND_TRANSFER_QUEUE_OUTBOUND,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateContactRecordingBehavior", "Parameters":
        {"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"], "IVRRecordingBehavior": "Enabled"}},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: recording,
    resume: never_waits,
};

fn recording(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "RecordingBehavior.RecordedParticipants";
    let Some(Value::Array(who)) = turn.value(name) else { return Err(ParameterError::Missing(name)) };
    let (mut customer, mut agent) = (false, false);
    for participant in who {
        match participant.as_str() {
            Some("Agent") => agent = true,
            Some("Customer") => customer = true,
            _ => return Err(ParameterError::Invalid(name)),
        }
    }
    let name = "RecordingBehavior.IVRRecordingBehavior";
    let ivr = match turn.text(name, Fill::Fixed)?.as_deref() {
        None | Some("Disabled") => false,
        Some("Enabled") => true,
        Some(_) => return Err(ParameterError::Invalid(name)),
    };
    turn.effect(FlowEffect::SetRecording { customer, agent, ivr });
    Ok(Next::Proceed)
}

/// Sets the voice that speaks, and with it the language.
///
/// Parameters: `TextToSpeechVoice`, a voice's name (`Seoyeon`, `Joanna` …) or a language tag (`ko-KR`); with a name we
/// do not know the language stays. `TextToSpeechEngine`, `TextToSpeechStyle` (also `Engine`, `Style`) are read and have
/// no effect. Results: none. Errors: `NoMatchingError` when no voice is named.
///
/// ```json
/// {"Identifier": "korean", "Type": "UpdateContactTextToSpeechVoice", "Parameters": {"TextToSpeechVoice": "Seoyeon"},
///  "Transitions": {"NextAction": "on"}}
/// ```
pub const VOICE: ActionKind = ActionKind {
    name: "UpdateContactTextToSpeechVoice",
    purpose: "Sets the voice and the language that prompts are spoken in.",
    parameters: &[
        Parameter {
            name: "TextToSpeechVoice",
            shape: Shape::Text(MAX_VOICE),
            required: true,
            fill: Fill::Path,
            about: "Name of the voice, or a language tag such as ko-KR.",
        },
        engine("TextToSpeechEngine"),
        engine("TextToSpeechStyle"),
        engine("Engine"),
        engine("Style"),
    ],
    one_of: &[],
    results: Results::None,
    errors: &[ERROR_OFFERED],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateContactTextToSpeechVoice",
        "Parameters": {"TextToSpeechVoice": "Seoyeon"}, "Transitions": {"NextAction": "z"}}"#,
    run: voice,
    resume: never_waits,
};

/// Longest name of a voice, in characters.
const MAX_VOICE: usize = 64;

const fn engine(name: &'static str) -> Parameter {
    let about = "A choice among a vendor's engines; has no effect.";
    Parameter { name, shape: Shape::Text(MAX_VOICE), required: false, fill: Fill::Path, about }
}

fn voice(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    let name = "TextToSpeechVoice";
    let voice = turn.needed_text(name, Fill::Path)?;
    if voice.chars().count() > MAX_VOICE {
        return Err(ParameterError::TooLong(name));
    }
    let language = language_of(&voice).unwrap_or(&turn.contact.language).to_owned();
    turn.effect(FlowEffect::SetVoice { language, voice });
    Ok(Next::Proceed)
}

/// The language of a voice: by the names Amazon Polly publishes, or the tag at the start of the name (`ko-KR`,
/// `en-US-Wavenet-A`).
pub fn language_of(voice: &str) -> Option<&str> {
    if let Some((language, _)) = VOICES.iter().find(|(_, voices)| voices.contains(&voice)) {
        return Some(language);
    }
    let tag = voice.get(..5)?;
    let bytes = tag.as_bytes();
    let is_tag = bytes[..2].iter().all(u8::is_ascii_lowercase)
        && bytes[2] == b'-'
        && bytes[3..].iter().all(u8::is_ascii_uppercase)
        && !voice[5..].starts_with(|c: char| c.is_ascii_alphanumeric());
    is_tag.then_some(tag)
}

const VOICES: &[(&str, &[&str])] = &[
    ("ko-KR", &["Seoyeon", "Jihye"]),
    (
        "en-US",
        &[
            "Joanna", "Matthew", "Ivy", "Justin", "Kendra", "Kevin", "Kimberly", "Salli", "Joey", "Ruth", "Stephen",
            "Danielle", "Gregory", "Patrick", "Tiffany",
        ],
    ),
    ("en-GB", &["Amy", "Brian", "Emma", "Arthur"]),
    ("en-AU", &["Olivia", "Nicole", "Russell"]),
    ("en-IN", &["Aditi", "Kajal", "Raveena"]),
    ("en-NZ", &["Aria"]),
    ("en-ZA", &["Ayanda"]),
    ("en-IE", &["Niamh"]),
    ("en-SG", &["Jasmine"]),
    ("ja-JP", &["Mizuki", "Takumi", "Kazuha", "Tomoko"]),
    ("cmn-CN", &["Zhiyu"]),
    ("yue-CN", &["Hiujin"]),
    ("de-DE", &["Vicki", "Daniel", "Hans", "Marlene", "Lennart"]),
    ("de-AT", &["Hannah"]),
    ("de-CH", &["Sabrina"]),
    ("fr-FR", &["Lea", "Léa", "Celine", "Céline", "Remi", "Rémi", "Mathieu"]),
    ("fr-CA", &["Gabrielle", "Liam", "Chantal"]),
    ("fr-BE", &["Isabelle"]),
    ("es-ES", &["Lucia", "Sergio", "Conchita", "Enrique", "Alba", "Raul"]),
    ("es-MX", &["Mia", "Andres", "Andrés"]),
    ("es-US", &["Lupe", "Pedro", "Penelope", "Penélope", "Miguel"]),
    ("it-IT", &["Bianca", "Adriano", "Carla", "Giorgio", "Beatrice", "Lorenzo"]),
    ("pt-BR", &["Camila", "Thiago", "Vitoria", "Vitória", "Ricardo"]),
    ("pt-PT", &["Ines", "Inês", "Cristiano"]),
    ("nl-NL", &["Laura", "Lotte", "Ruben"]),
    ("nl-BE", &["Lisa"]),
    ("pl-PL", &["Ola", "Ewa", "Jacek", "Jan", "Maja"]),
    ("sv-SE", &["Elin", "Astrid"]),
    ("nb-NO", &["Ida", "Liv"]),
    ("da-DK", &["Sofie", "Naja", "Mads"]),
    ("fi-FI", &["Suvi"]),
    ("tr-TR", &["Burcu", "Filiz"]),
    ("ru-RU", &["Tatyana", "Maxim"]),
    ("cs-CZ", &["Jitka"]),
    ("ro-RO", &["Carmen"]),
    ("is-IS", &["Dora", "Karl"]),
    ("cy-GB", &["Gwyneth"]),
    ("ca-ES", &["Arlet"]),
    ("arb", &["Zeina"]),
    ("ar-AE", &["Hala", "Zayd"]),
];

/// Switches the flow's log on or off.
///
/// Parameters: `FlowLoggingBehavior`: `Enabled`, `Disabled`. Results: none. Errors: none; with any other word it goes on
/// unchanged.
///
/// ```json
/// {"Identifier": "log", "Type": "UpdateFlowLoggingBehavior", "Parameters": {"FlowLoggingBehavior": "Enabled"},
///  "Transitions": {"NextAction": "on"}}
/// ```
pub const LOGGING: ActionKind = ActionKind {
    name: "UpdateFlowLoggingBehavior",
    purpose: "Switches the flow's log on or off.",
    parameters: &[Parameter {
        name: "FlowLoggingBehavior",
        shape: Shape::Choice(&["Enabled", "Disabled"]),
        required: true,
        fill: Fill::Fixed,
        about: "Whether the flow's steps are logged.",
    }],
    one_of: &[],
    results: Results::None,
    errors: &[],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::On,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "UpdateFlowLoggingBehavior",
        "Parameters": {"FlowLoggingBehavior": "Enabled"}, "Transitions": {"NextAction": "z"}}"#,
    run: logging,
    resume: never_waits,
};

fn logging(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    match turn.value("FlowLoggingBehavior").and_then(Value::as_str) {
        Some("Enabled") => turn.effect(FlowEffect::SetLogging { on: true }),
        Some("Disabled") => turn.effect(FlowEffect::SetLogging { on: false }),
        _ => return Err(ParameterError::Invalid("FlowLoggingBehavior")),
    }
    Ok(Next::Proceed)
}
