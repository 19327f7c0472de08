//! `GetParticipantInput`: keys pressed on a telephone, as a menu or stored.
//!
//! ```text
//!            digit: stop the prompt
//!   Prompt ───────────────────────────► Between ──► done
//!     │ prompt over                        ▲  │ `*`: cancelled
//!     ▼                           digit    │  ▼
//!   First ─────────────────────────────────┘ First
//!     │ InputTimeLimitSeconds                 │ InterdigitTimeLimitSeconds
//!     ▼                                       ▼
//!   timeout                                 done
//! ```

use super::*;
use crate::io::PlaybackOutcome;
use serde::Deserialize;
use std::{fmt, time::Duration};

/// Most digits stored where the flow sets no `MaximumLength`, and its upper bound.
pub const MAX_DIGITS: u32 = 20;
/// Longest terminating sequence.
pub const MAX_TERMINATOR: usize = 5;
/// Bounds of `InputTimeLimitSeconds`.
pub const FIRST_S: (u32, u32) = (1, 180);
/// Bounds of `InterdigitTimeLimitSeconds`.
pub const BETWEEN_S: (u32, u32) = (1, 20);
/// Used where a flow sets no `InterdigitTimeLimitSeconds`.
pub const BETWEEN_DEFAULT_S: u32 = 5;
/// What is stored when no key was pressed in time.
pub const TIMEOUT_VALUE: &str = "Timeout";

const TIME_LIMIT: &str = "InputTimeLimitExceeded";
const INVALID_NUMBER: &str = "InvalidPhoneNumber";

/// Plays a prompt and takes keys. A key stops the prompt and counts.
///
/// Parameters: at most one of `PromptId`, `Text`, `SSML`, `Media`; `StoreInput`; `InputTimeLimitSeconds` (1–180) from the
/// end of the prompt to the first key; `DTMFConfiguration.InterdigitTimeLimitSeconds` (1–20, default 5) between keys;
/// `DTMFConfiguration.InputTerminationSequence` (≤ 5 keys, default `#`); `DTMFConfiguration.DisableCancelKey` (else `*`
/// forgets what was pressed so far); `InputValidation.CustomValidation.MaximumLength` (1–20) or
/// `InputValidation.PhoneNumberValidation` `{NumberFormat: Local | E164, CountryCode}`; `InputEncryption`.
///
/// `StoreInput` False, a menu: one key decides. Results: the key. Errors: `InputTimeLimitExceeded`,
/// `NoMatchingCondition`, `NoMatchingError`.
///
/// `StoreInput` True: `$.StoredCustomerInput` holds the keys without the terminator, telephone numbers in E.164, or
/// `Timeout` when no key came (as Amazon Connect does, on `NextAction`). Errors: `InvalidPhoneNumber`,
/// `NoMatchingError`; the latter always where `InputEncryption` is asked for, so that nothing is kept in the clear.
///
/// ```json
/// {"Identifier": "menu", "Type": "GetParticipantInput",
///  "Parameters": {"Text": "Press 1.", "StoreInput": "False", "InputTimeLimitSeconds": "5"},
///  "Transitions": {"NextAction": "end",
///   "Conditions": [{"NextAction": "one", "Condition": {"Operator": "Equals", "Operands": ["1"]}}],
///   "Errors": [{"ErrorType": "InputTimeLimitExceeded", "NextAction": "end"},
///    {"ErrorType": "NoMatchingCondition", "NextAction": "end"}, {"ErrorType": "NoMatchingError", "NextAction": "end"}]}}
/// ```
pub const GET: ActionKind = ActionKind {
    name: "GetParticipantInput",
    purpose: "Plays a prompt and takes keys, as a menu or to store them.",
    parameters: PARAMETERS,
    one_of: prompt::ONE_PROMPT,
    results: Results::Key,
    // Which of the others a flow needs depends on `StoreInput`; the linter knows.
    errors: &[ERROR, offered(TIME_LIMIT), offered(NO_MATCHING_CONDITION), offered(INVALID_NUMBER)],
    voice_only: true,
    flows: INBOUND_TRANSFER_QUEUE,
    leads: Leads::On,
    waits: true,
    example: r#"{"Identifier": "a", "Type": "GetParticipantInput",
        "Parameters": {"Text": "Press 1.", "StoreInput": "False", "InputTimeLimitSeconds": "5"},
        "Transitions": {"NextAction": "z",
        "Conditions": [{"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["1"]}}],
        "Errors": [{"ErrorType": "InputTimeLimitExceeded", "NextAction": "z"},
        {"ErrorType": "NoMatchingCondition", "NextAction": "z"}, {"ErrorType": "NoMatchingError", "NextAction": "z"}]}}"#,
    run: get,
    resume: collect,
};

const fn optional(name: &'static str, shape: Shape, fill: Fill, about: &'static str) -> Parameter {
    Parameter { name, shape, required: false, fill, about }
}

const PARAMETERS: &[Parameter] = &[
    prompt::PROMPT_ID,
    prompt::TEXT,
    prompt::SSML,
    prompt::MEDIA,
    Parameter {
        name: "InputTimeLimitSeconds",
        shape: Shape::Integer(FIRST_S.0, FIRST_S.1),
        required: true,
        fill: Fill::Path,
        about: "Seconds from the end of the prompt to the first key.",
    },
    optional("StoreInput", Shape::Boolean, Fill::Fixed, "True: keep what is keyed in $.StoredCustomerInput."),
    optional("InputValidation", Shape::Object, Fill::Fixed, "One of CustomValidation, PhoneNumberValidation."),
    optional(
        "InputValidation.CustomValidation.MaximumLength",
        Shape::Integer(1, MAX_DIGITS),
        Fill::Path,
        "Most keys; the last one ends the input.",
    ),
    optional(
        "InputValidation.PhoneNumberValidation.NumberFormat",
        Shape::Choice(&["Local", "E164"]),
        Fill::Fixed,
        "How the caller keys the number.",
    ),
    optional(
        "InputValidation.PhoneNumberValidation.CountryCode",
        Shape::Text(2),
        Fill::Path,
        "ISO 3166 letters of the country of local numbers.",
    ),
    optional("InputEncryption", Shape::Object, Fill::Fixed, "{EncryptionKeyId, Key}: takes NoMatchingError for now."),
    optional("DTMFConfiguration", Shape::Object, Fill::Fixed, "How keys are read."),
    optional(
        "DTMFConfiguration.InputTerminationSequence",
        Shape::Text(MAX_TERMINATOR),
        Fill::Path,
        "Keys that end the input; # where absent.",
    ),
    optional(
        "DTMFConfiguration.DisableCancelKey",
        Shape::Boolean,
        Fill::Fixed,
        "True: * is a key like any other; else it forgets what was keyed so far.",
    ),
    optional(
        "DTMFConfiguration.InterdigitTimeLimitSeconds",
        Shape::Integer(BETWEEN_S.0, BETWEEN_S.1),
        Fill::Path,
        "Seconds from key to key.",
    ),
];

/// Keys being taken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Collecting {
    first_s: u32,
    /// `None`: a menu.
    store: Option<Store>,
    phase: Phase,
    /// Never written to the journal.
    #[serde(skip)]
    digits: Digits,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Store {
    between_s: u32,
    terminator: String,
    cancel_key: bool,
    most: usize,
    number: Option<phone::Format>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Phase {
    Prompt,
    First,
    Between,
}

/// Keys that were pressed; printed as their count.
#[derive(Clone, Default, PartialEq)]
struct Digits(String);

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} keys", self.0.len())
    }
}

fn get(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    if turn.value("InputEncryption").is_some_and(|value| !value.is_null()) {
        return Err(ParameterError::Unsupported("InputEncryption"));
    }
    let first_s = turn.needed_integer("InputTimeLimitSeconds", FIRST_S.0..=FIRST_S.1)?;
    let store = match turn.boolean("StoreInput")? {
        Some(true) => Some(store(turn)?),
        _ => None,
    };
    let none = serde_json::Map::new();
    let prompt = prompt::source(turn, turn.action.parameters.as_ref().unwrap_or(&none))?;
    turn.effect(FlowEffect::Play { prompt, repeat: false });
    let collecting = Collecting { first_s, store, phase: Phase::Prompt, digits: Digits::default() };
    Ok(Next::Wait { wait: Wait::Input(collecting), wake_at: None })
}

fn store(turn: &Turn<'_>) -> Result<Store, ParameterError> {
    let name = "DTMFConfiguration.InputTerminationSequence";
    let terminator = turn.text(name, Fill::Path)?.unwrap_or_else(|| "#".to_owned());
    if terminator.len() > MAX_TERMINATOR || !terminator.chars().all(|c| matches!(c, '0'..='9' | '*' | '#')) {
        return Err(ParameterError::Invalid(name));
    }
    let between = turn.integer("DTMFConfiguration.InterdigitTimeLimitSeconds", BETWEEN_S.0..=BETWEEN_S.1)?;
    let most = turn.integer("InputValidation.CustomValidation.MaximumLength", 1..=MAX_DIGITS)?;
    let disabled = turn.boolean("DTMFConfiguration.DisableCancelKey")?.unwrap_or(false);
    Ok(Store {
        between_s: between.unwrap_or(BETWEEN_DEFAULT_S),
        // A terminator with `*` in it could never be keyed otherwise.
        cancel_key: !disabled && !terminator.contains('*'),
        terminator,
        most: most.unwrap_or(MAX_DIGITS) as usize,
        number: number_format(turn)?,
    })
}

fn number_format(turn: &Turn<'_>) -> Result<Option<phone::Format>, ParameterError> {
    let name = "InputValidation.PhoneNumberValidation.NumberFormat";
    let code = "InputValidation.PhoneNumberValidation.CountryCode";
    match turn.text(name, Fill::Fixed)?.as_deref() {
        None if turn.value("InputValidation.PhoneNumberValidation").is_some() => Err(ParameterError::Missing(name)),
        None => Ok(None),
        Some("E164") => Ok(Some(phone::Format::E164)),
        Some("Local") => {
            let country = turn.needed_text(code, Fill::Path)?;
            let country = phone::country(&country).ok_or(ParameterError::Unknown(code))?;
            Ok(Some(phone::Format::Local { country: country.iso.to_owned() }))
        }
        Some(_) => Err(ParameterError::Invalid(name)),
    }
}

fn collect(turn: &mut Turn<'_>, wait: Wait, input: &FlowInput) -> Next {
    let Wait::Input(mut collecting) = wait else { return Next::Error(NO_MATCHING_ERROR) };
    match (input, collecting.phase) {
        (FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed }, Phase::Prompt) => Next::Error(NO_MATCHING_ERROR),
        (FlowInput::PlaybackDone { .. }, Phase::Prompt) => {
            collecting.phase = Phase::First;
            collecting.wait(turn)
        }
        (FlowInput::Digit(digit), phase) if is_key(*digit) => {
            if phase == Phase::Prompt {
                turn.effect(FlowEffect::StopPlay);
            }
            collecting.key(turn, *digit)
        }
        (FlowInput::Wake, Phase::First) => collecting.nothing_came(turn),
        (FlowInput::Wake, Phase::Between) => collecting.done(turn),
        _ => Next::Wait { wait: Wait::Input(collecting), wake_at: turn.wake_at },
    }
}

fn is_key(digit: char) -> bool {
    matches!(digit, '0'..='9' | '*' | '#' | 'A'..='D')
}

impl Collecting {
    fn wait(self, turn: &Turn<'_>) -> Next {
        let seconds = match (self.phase, &self.store) {
            (Phase::Between, Some(store)) => store.between_s,
            _ => self.first_s,
        };
        Next::Wait { wake_at: Some(turn.now + Duration::from_secs(u64::from(seconds))), wait: Wait::Input(self) }
    }

    fn key(mut self, turn: &mut Turn<'_>, digit: char) -> Next {
        let Some(store) = &self.store else {
            return Next::Result { value: digit.to_string(), word: "MatchedCondition" };
        };
        if digit == '*' && store.cancel_key {
            self.digits = Digits::default();
            self.phase = Phase::First;
            return self.wait(turn);
        }
        self.digits.0.push(digit);
        if let Some(kept) = self.digits.0.strip_suffix(&store.terminator) {
            self.digits = Digits(kept.to_owned());
            return self.done(turn);
        }
        if self.digits.0.len() >= store.most {
            return self.done(turn);
        }
        self.phase = Phase::Between;
        self.wait(turn)
    }

    fn nothing_came(self, turn: &mut Turn<'_>) -> Next {
        if self.store.is_none() {
            return Next::Error(TIME_LIMIT);
        }
        turn.memory.stored_input = Some(TIMEOUT_VALUE.to_owned());
        Next::Proceed
    }

    fn done(self, turn: &mut Turn<'_>) -> Next {
        let Digits(keyed) = self.digits;
        let value = match self.store.and_then(|store| store.number) {
            None => keyed,
            Some(format) => match phone::to_e164(&keyed, &format) {
                Some(number) => number,
                None => return Next::Error(INVALID_NUMBER),
            },
        };
        turn.memory.stored_input = Some(value);
        Next::Proceed
    }
}
