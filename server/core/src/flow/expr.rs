//! JSONPath as flows use it: `$.Attributes.name`, `$.Queue.ARN` … A value is either one path as a whole
//! ([`Scope::whole`]) or text with paths in it ([`Scope::text`]).
//!
//! A path that leads nowhere is an empty string inside text, `None` as a whole value: `Compare` then takes
//! NoMatchingCondition, and a parameter that needs a value takes NoMatchingError.

use super::ContactData;
use std::{borrow::Cow, collections::BTreeMap};
use twinline_model::*;

/// Longest text an interpolation may give, in bytes: the bound of all attributes of a contact together.
pub const MAX_TEXT: usize = 32 * 1024;

/// Most parts of one path; what follows is text.
const MAX_PARTS: usize = 12;

/// Namespaces that have a source now. Others of the language resolve to nothing.
pub const NAMESPACES: &[&str] = &[
    "Agent",
    "Attributes",
    "Channel",
    "ContactId",
    "CustomerEndpoint",
    "FlowAttributes",
    "InitialContactId",
    "InitiationMethod",
    "InstanceARN",
    "LanguageCode",
    "Media",
    "PreviousContactId",
    "Queue",
    "StoredCustomerInput",
    "SystemEndpoint",
    "TextToSpeechVoiceId",
];

/// Namespaces of the language whose source is not built yet.
pub const LATER_NAMESPACES: &[&str] = &[
    "Case",
    "Customer",
    "CustomerId",
    "External",
    "Lex",
    "MediaStreams",
    "Metrics",
    "Name",
    "References",
    "Tags",
    "Views",
    "Wisdom",
];

/// What paths are resolved against.
#[derive(Clone, Copy)]
pub struct Scope<'a> {
    pub centre: &'a Centre,
    pub contact: &'a ContactData,
    pub flow_attributes: &'a BTreeMap<String, String>,
    pub stored_input: Option<&'a str>,
}

/// An interpolated text would be longer than [`MAX_TEXT`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the text is longer than {MAX_TEXT} bytes once its references are filled in")]
pub struct TextTooLong;

/// A path read into its parts: `$.Attributes['first name']` → `Attributes`, `first name`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Path<'t> {
    pub parts: Vec<&'t str>,
    /// The whole of what was written after the namespace, where it stood in plain dotted form: names of attributes may
    /// have dots in them.
    dotted: Option<&'t str>,
}

impl<'t> Path<'t> {
    /// The whole text as one path; `None` when it is not exactly that.
    pub fn whole(text: &'t str) -> Option<Path<'t>> {
        let text = text.trim();
        let (path, length) = Self::at_start(text)?;
        (length == text.len()).then_some(path)
    }

    pub fn namespace(&self) -> &'t str {
        self.parts.first().copied().unwrap_or_default()
    }

    /// The path that `text` begins with, and its length in bytes.
    fn at_start(text: &'t str) -> Option<(Path<'t>, usize)> {
        let after = text.strip_prefix("$.")?;
        let first = name_length(after);
        if first == 0 || !after.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return None;
        }
        let mut parts = vec![&after[..first]];
        let mut at = 2 + first;
        let mut plain = true;
        while parts.len() < MAX_PARTS
            && let Some((part, length, dotted)) = next_part(&text[at..])
        {
            parts.push(part);
            at += length;
            plain &= dotted;
        }
        let dotted = (plain && parts.len() > 1).then(|| &text[2 + first + 1..at]);
        Some((Path { parts, dotted }, at))
    }

    /// Names within the namespace, as one key.
    fn key(&self) -> Option<&'t str> {
        match self.parts.as_slice() {
            [_, key] => Some(key),
            _ => self.dotted,
        }
    }
}

/// Length of the name at the start: ASCII letters, digits and `_`, with hyphens inside.
fn name_length(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_name = |at: usize| bytes.get(at).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    let mut at = 0;
    while is_name(at) || (at > 0 && bytes.get(at) == Some(&b'-') && is_name(at + 1)) {
        at += 1;
    }
    at
}

/// `.name`, `['any name']`, `["any name"]` or the same with a dot before: the name, the length used, whether plain.
fn next_part(text: &str) -> Option<(&str, usize, bool)> {
    if let Some(after) = text.strip_prefix('.') {
        let length = name_length(after);
        if length > 0 {
            return Some((&after[..length], 1 + length, true));
        }
    }
    let dot = usize::from(text.starts_with('.'));
    let rest = text[dot..].strip_prefix('[')?;
    let quote = rest.chars().next().filter(|c| matches!(c, '\'' | '"'))?;
    let inner = &rest[1..];
    let end = inner.find(quote)?;
    inner[end + 1..].starts_with(']').then(|| (&inner[..end], dot + 1 + 1 + end + 1 + 1, false))
}

/// Every path in a text, in order.
pub fn paths(text: &str) -> Vec<Path<'_>> {
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find("$.") {
        match Path::at_start(&rest[at..]) {
            Some((path, length)) => {
                found.push(path);
                rest = &rest[at + length..];
            }
            None => rest = &rest[at + 2..],
        }
    }
    found
}

impl<'a> Scope<'a> {
    /// A value that is either fixed or one path.
    pub fn whole<'t>(&self, text: &'t str) -> Option<Cow<'t, str>>
    where
        'a: 't,
    {
        match Path::whole(text) {
            Some(path) => self.resolve(&path),
            None => Some(Cow::Borrowed(text)),
        }
    }

    /// A text with paths in it.
    pub fn text(&self, text: &str) -> Result<String, TextTooLong> {
        self.fill(text, |value| value.into_owned())
    }

    /// SSML with paths in it. What is filled in is text, not markup: `<`, `>` and `&` are escaped. A parameter that is
    /// one path as a whole is a document of its own and is taken as it is.
    pub fn ssml(&self, text: &str) -> Result<String, TextTooLong> {
        match Path::whole(text) {
            Some(_) => self.text(text),
            None => self.fill(text, |value| escape_xml(&value)),
        }
    }

    fn fill(&self, text: &str, write: impl Fn(Cow<'_, str>) -> String) -> Result<String, TextTooLong> {
        let mut filled = String::with_capacity(text.len().min(MAX_TEXT));
        let mut rest = text;
        while let Some(at) = rest.find("$.") {
            filled.push_str(&rest[..at]);
            let (value, length) = match Path::at_start(&rest[at..]) {
                Some((path, length)) => self.longest(&path, length),
                None => (Some(Cow::Borrowed("$.")), 2),
            };
            filled.push_str(&value.map(&write).unwrap_or_default());
            if filled.len() > MAX_TEXT {
                return Err(TextTooLong);
            }
            rest = &rest[at + length..];
        }
        filled.push_str(rest);
        if filled.len() > MAX_TEXT { Err(TextTooLong) } else { Ok(filled) }
    }

    /// `Dear $.Attributes.name.Please …`: the longest beginning of the path that leads somewhere, and its length.
    fn longest<'t>(&self, path: &Path<'t>, length: usize) -> (Option<Cow<'t, str>>, usize)
    where
        'a: 't,
    {
        if let Some(value) = self.resolve(path) {
            return (Some(value), length);
        }
        let Some(mut dotted) = path.dotted else { return (None, length) };
        let whole = dotted.len();
        while let Some(at) = dotted.rfind('.') {
            dotted = &dotted[..at];
            let mut parts = vec![path.namespace()];
            parts.extend(dotted.split('.'));
            if let Some(value) = self.resolve(&Path { parts, dotted: Some(dotted) }) {
                return (Some(value), length - (whole - dotted.len()));
            }
        }
        match self.resolve(&Path { parts: vec![path.namespace()], dotted: None }) {
            Some(value) => (Some(value), length - whole - 1),
            None => (None, length),
        }
    }

    /// What a path leads to.
    pub fn resolve<'t>(&self, path: &Path<'t>) -> Option<Cow<'t, str>>
    where
        'a: 't,
    {
        let contact = self.contact;
        let owned = |text: String| Some(Cow::Owned(text));
        match path.parts.as_slice() {
            ["Attributes", ..] => contact.attributes.get(path.key()?).map(|text| borrowed(text)),
            ["FlowAttributes", ..] => self.flow_attributes.get(path.key()?).map(|text| borrowed(text)),
            ["StoredCustomerInput"] => self.stored_input.map(Cow::Borrowed),
            ["Channel"] => Some(Cow::Borrowed(channel_name(contact.channel))),
            ["ContactId"] => owned(contact.contact.to_string()),
            ["InitialContactId"] => owned(contact.initial_contact.unwrap_or(contact.contact).to_string()),
            ["PreviousContactId"] => owned(contact.previous_contact?.to_string()),
            ["InitiationMethod"] => Some(Cow::Borrowed(method_name(contact.method))),
            ["InstanceARN"] => owned(self.centre.instance.arn()),
            ["LanguageCode"] => Some(Cow::Borrowed(&contact.language)),
            ["TextToSpeechVoiceId"] => Some(Cow::Borrowed(&contact.voice)),
            ["CustomerEndpoint", member] => endpoint(&contact.customer, member),
            ["SystemEndpoint", member] => endpoint(&contact.system, member),
            ["Queue", members @ ..] => self.queue(members),
            ["Agent", member] => self.agent(member),
            ["Media", "Sip", "Headers", header] => {
                let found = contact.sip_headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(header));
                found.map(|(_, value)| borrowed(value))
            }
            _ => None,
        }
    }

    fn queue<'t>(&self, members: &[&str]) -> Option<Cow<'t, str>>
    where
        'a: 't,
    {
        let centre = self.centre;
        let queue = centre.queues.get(&self.contact.target_queue?)?;
        match members {
            ["Name"] => Some(borrowed(&queue.name)),
            ["ARN"] => Some(Cow::Owned(centre.instance.arn_of(QueueId::KIND, queue.id))),
            ["OutboundCallerId", "Address"] => queue.outbound_caller_id.as_ref().map(|text| borrowed(text)),
            ["OutboundCallerId", "Type"] => queue.outbound_caller_id.as_ref().map(|_| "TELEPHONE_NUMBER".into()),
            _ => None,
        }
    }

    fn agent<'t>(&self, member: &str) -> Option<Cow<'t, str>>
    where
        'a: 't,
    {
        let centre = self.centre;
        let agent = centre.agents.get(&self.contact.agent?)?;
        match member {
            "UserName" => Some(borrowed(&agent.username)),
            "FirstName" => Some(borrowed(&agent.first_name)),
            "LastName" => Some(borrowed(&agent.last_name)),
            "ARN" => Some(Cow::Owned(centre.instance.arn_of(AgentId::KIND, agent.id))),
            _ => None,
        }
    }
}

fn borrowed(text: &str) -> Cow<'_, str> {
    Cow::Borrowed(text)
}

fn endpoint<'a>(endpoint: &'a Endpoint, member: &str) -> Option<Cow<'a, str>> {
    match member {
        "Address" => Some(borrowed(&endpoint.address)),
        "Type" => Some(borrowed(&endpoint.kind)),
        _ => None,
    }
}

fn channel_name(channel: Channel) -> &'static str {
    match channel {
        Channel::Voice => "VOICE",
        Channel::Chat => "CHAT",
        Channel::Task => "TASK",
    }
}

fn method_name(method: InitiationMethod) -> &'static str {
    match method {
        InitiationMethod::Inbound => "INBOUND",
        InitiationMethod::Outbound => "OUTBOUND",
        InitiationMethod::Transfer => "TRANSFER",
        InitiationMethod::QueueTransfer => "QUEUE_TRANSFER",
        InitiationMethod::Callback => "CALLBACK",
        InitiationMethod::Api => "API",
    }
}

fn escape_xml(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<Vec<&str>> {
        paths(text).into_iter().map(|path| path.parts).collect()
    }

    #[test]
    fn a_path_ends_where_its_name_ends() {
        assert_eq!(parts("Hi $.Attributes.name."), [["Attributes", "name"]]);
        assert_eq!(parts("$.Attributes.name님, 안녕"), [["Attributes", "name"]]);
        assert_eq!(parts("$.Attributes['first name']!"), [["Attributes", "first name"]]);
        assert_eq!(parts("$.Attributes.[\"x y\"]"), [["Attributes", "x y"]]);
        assert_eq!(parts("$.Attributes.a-b - $.Channel-"), [vec!["Attributes", "a-b"], vec!["Channel"]]);
        assert_eq!(parts("it costs $.50 or $..x or $"), Vec::<Vec<&str>>::new());
        assert_eq!(parts("$.Attributes['open"), [["Attributes"]]);
    }

    #[test]
    fn a_whole_path_is_nothing_but_the_path() {
        assert!(Path::whole(" $.Channel ").is_some());
        assert!(Path::whole("$.Channel!").is_none());
        assert!(Path::whole("Channel").is_none());
    }
}
