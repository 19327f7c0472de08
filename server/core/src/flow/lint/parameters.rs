//! What an action is told: parameters that are missing, of the wrong shape, or name something that does not exist.

use super::Place;
use crate::flow::{
    actions::{
        ActionKind, Fill, Parameter, Shape, as_text, hooks, hours, input, integer_of, phone, prompt, reference,
        transfer,
    },
    expr::{LATER_NAMESPACES, NAMESPACES, Path, paths},
    finding::Finding,
};
use serde_json::{Map, Value};
use twinline_model::*;

impl Place<'_> {
    pub(super) fn parameters(&self, kind: &ActionKind, findings: &mut Vec<Finding>) {
        for parameter in kind.parameters {
            match self.parameter(parameter.name) {
                Some(value) => self.shape(parameter, value, findings),
                None if parameter.required => findings.push(self.missing(parameter.name)),
                None => {}
            }
        }
        for group in kind.one_of {
            self.one_of(group, findings);
        }
        let none = Map::new();
        for name in self.action.parameters.as_ref().unwrap_or(&none).keys() {
            if !kind.parameters.iter().any(|parameter| parameter.name.split('.').next() == Some(name)) {
                let message = format!("{} has no parameter {name}; it has no effect.", kind.name);
                findings.push(self.warning("unknown_parameter", &field(name), message, "Remove it."));
            }
        }
        match kind.name {
            "GetParticipantInput" => self.input(findings),
            "MessageParticipant" => self.media(self.action.parameters.as_ref(), "Media", findings),
            "MessageParticipantIteratively" => self.messages(findings),
            "UpdateContactRecordingBehavior" => self.participants(findings),
            _ => {}
        }
    }

    /// The value at a dotted path, unless it is absent or an empty text.
    pub(super) fn parameter(&self, name: &str) -> Option<&Value> {
        let mut names = name.split('.');
        let mut value = self.action.parameter(names.next()?)?;
        for name in names {
            value = value.get(name)?;
        }
        Some(value).filter(|value| !value.is_null() && value.as_str().is_none_or(|text| !text.trim().is_empty()))
    }

    fn missing(&self, name: &str) -> Finding {
        let message = format!("{name} is missing: the action takes NoMatchingError.");
        self.error("missing_parameter", &field(name), message, format!("Give {name}."))
    }

    fn one_of(&self, group: &[&str], findings: &mut Vec<Finding>) {
        let given = group.iter().filter(|name| self.parameter(name).is_some()).count();
        let names = group.join(", ");
        match given {
            0 => findings.push(self.missing_group(group, &names)),
            1 => {}
            _ => {
                let message = format!("More than one of {names} is given: the action takes NoMatchingError.");
                findings.push(self.error("one_of", &field(group[0]), message, "Keep one of them."));
            }
        }
    }

    fn missing_group(&self, group: &[&str], names: &str) -> Finding {
        let message = format!("None of {names} is given: the action takes NoMatchingError.");
        self.error("missing_parameter", &field(group[0]), message, format!("Give one of {names}."))
    }

    fn wrong(&self, name: &str, what: impl std::fmt::Display) -> Finding {
        let message = format!("{name} is not {what}: the action takes NoMatchingError.");
        self.error("wrong_value", &field(name), message, format!("Give {what}."))
    }

    fn shape(&self, parameter: &Parameter, value: &Value, findings: &mut Vec<Finding>) {
        let name = parameter.name;
        match parameter.shape {
            Shape::List if !value.is_array() => findings.push(self.wrong(name, "a list")),
            Shape::Object if !value.is_object() => findings.push(self.wrong(name, "an object")),
            Shape::List | Shape::Object => {}
            Shape::TextMap | Shape::ValueMap | Shape::FlowMap => match value.as_object() {
                Some(entries) if entries.is_empty() && parameter.required => findings.push(self.missing(name)),
                Some(entries) => self.entries(parameter, entries, findings),
                None => findings.push(self.wrong(name, "an object")),
            },
            shape => self.plain(name, parameter.fill, shape, value, findings),
        }
    }

    fn entries(&self, parameter: &Parameter, entries: &Map<String, Value>, findings: &mut Vec<Finding>) {
        for (key, value) in entries {
            let name = format!("{}.{key}", parameter.name);
            let value = match parameter.shape {
                Shape::ValueMap => value.get("Value").unwrap_or(&Value::Null),
                _ => value,
            };
            if parameter.shape != Shape::FlowMap {
                self.plain(&name, parameter.fill, Shape::Text(usize::MAX), value, findings);
                continue;
            }
            self.plain(&name, parameter.fill, Shape::Flow, value, findings);
            match hooks::named(key) {
                None => {
                    let known: Vec<_> = hooks::NAMES.iter().map(|(name, _)| *name).collect();
                    findings.push(self.wrong(&name, format!("one of {}", known.join(", "))));
                }
                Some(hook) => self.hook_kind(&name, hook, value, findings),
            }
        }
    }

    fn hook_kind(&self, name: &str, hook: crate::flow::Hook, value: &Value, findings: &mut Vec<Finding>) {
        use crate::flow::Hook;
        let wanted = match hook {
            Hook::AgentHold => FlowKind::AgentHold,
            Hook::AgentWhisper => FlowKind::AgentWhisper,
            Hook::CustomerHold => FlowKind::CustomerHold,
            Hook::CustomerQueue => FlowKind::CustomerQueue,
            Hook::CustomerWhisper => FlowKind::CustomerWhisper,
            _ => return,
        };
        let flow = value.as_str().and_then(reference).and_then(|id: FlowId| self.centre.flows.get(&id));
        if let Some(flow) = flow.filter(|flow| flow.kind != wanted) {
            let message = format!("The flow \"{}\" is of another kind ({:?}).", flow.name, flow.kind);
            let remedy = format!("Name a flow of the kind {wanted:?}.");
            findings.push(self.warning("hook_kind", &field(name), message, remedy));
        }
    }

    /// A text, number or reference, fixed or with paths in it.
    fn plain(&self, name: &str, fill: Fill, shape: Shape, value: &Value, findings: &mut Vec<Finding>) {
        let Some(text) = as_text(value) else {
            findings.push(self.wrong(name, "a text"));
            return;
        };
        let paths = paths(&text);
        if paths.is_empty() {
            self.fixed(name, shape, &text, findings);
            return;
        }
        for path in &paths {
            self.namespace(name, path, findings);
        }
        let whole = Path::whole(&text).is_some();
        if fill == Fill::Fixed {
            findings.push(self.wrong(name, "fixed; it cannot hold a JSONPath"));
        } else if fill == Fill::Path && !whole {
            findings.push(self.wrong(name, "one JSONPath as a whole, or fixed"));
        }
    }

    fn namespace(&self, name: &str, path: &Path<'_>, findings: &mut Vec<Finding>) {
        let namespace = path.namespace();
        if NAMESPACES.contains(&namespace) {
            return;
        }
        let (code, message) = if LATER_NAMESPACES.contains(&namespace) {
            ("namespace_not_yet", format!("$.{namespace} has no source here yet: it is always empty."))
        } else {
            ("unknown_namespace", format!("There is no $.{namespace}: it is always empty."))
        };
        let remedy = "Use $.Attributes or another namespace that is filled.";
        findings.push(self.warning(code, &field(name), message, remedy));
    }

    fn fixed(&self, name: &str, shape: Shape, text: &str, findings: &mut Vec<Finding>) {
        let centre = self.centre;
        match shape {
            Shape::Text(most) if text.chars().count() > most => {
                findings.push(self.wrong(name, format!("at most {most} characters")));
            }
            Shape::Integer(least, most) if !integer_of(text).is_some_and(|n| (least..=most).contains(&n)) => {
                findings.push(self.wrong(name, format!("a number from {least} to {most}")));
            }
            Shape::Boolean if !matches!(text, "True" | "true" | "False" | "false") => {
                findings.push(self.wrong(name, "True or False"));
            }
            Shape::Choice(words) if !words.contains(&text) => {
                findings.push(self.wrong(name, format!("one of {}", words.join(", "))));
            }
            Shape::Prompt => self.reference(name, "prompt", text, |id| centre.prompts.contains_key(&id), findings),
            Shape::Queue if text.contains("/queue/agent/") => self.agent(name, text, findings),
            Shape::Queue => self.reference(name, "queue", text, |id| centre.queues.contains_key(&id), findings),
            Shape::Agent => self.agent(name, text, findings),
            Shape::Hours => {
                self.reference(name, "hours", text, |id| centre.hours.contains_key(&id), findings);
                self.time_zone(name, text, findings);
            }
            Shape::Flow => {
                self.reference(name, "flow", text, |id| centre.flows.contains_key(&id), findings);
                self.takes_over(name, text, findings);
            }
            _ => {}
        }
    }

    fn agent(&self, name: &str, text: &str, findings: &mut Vec<Finding>) {
        let is_agent = |id| self.centre.agents.get(&id).is_some_and(Agent::is_agent);
        self.reference(name, "agent", text, is_agent, findings);
    }

    fn reference<T: std::str::FromStr + Copy>(
        &self,
        name: &str,
        noun: &str,
        text: &str,
        exists: impl FnOnce(T) -> bool,
        findings: &mut Vec<Finding>,
    ) {
        match reference::<T>(text) {
            None => findings.push(self.wrong(name, format!("the id or ARN of a {noun}"))),
            Some(id) if !exists(id) => {
                let message = format!("There is no {noun} {text}: the action takes NoMatchingError.");
                let remedy = format!("Create it, or name a {noun} that exists.");
                findings.push(self.error(&format!("unknown_{noun}"), &field(name), message, remedy));
            }
            Some(_) => {}
        }
    }

    fn time_zone(&self, name: &str, text: &str, findings: &mut Vec<Finding>) {
        let hours = reference(text).and_then(|id: HoursId| self.centre.hours.get(&id));
        if let Some(Err(error)) = hours.map(|hours| hours::is_open(hours, Timestamp::from_secs(0))) {
            let remedy = "Give the hours a time zone such as Asia/Seoul.";
            findings.push(self.error("time_zone", &field(name), format!("{error}."), remedy));
        }
    }

    fn takes_over(&self, name: &str, text: &str, findings: &mut Vec<Finding>) {
        let flow = reference(text).and_then(|id: FlowId| self.centre.flows.get(&id));
        let Some(flow) = flow.filter(|_| self.action.kind == transfer::FLOW.name) else { return };
        if !transfer::may_take_over(flow.kind) {
            let message = format!("The flow \"{}\" cannot take over a contact ({:?}).", flow.name, flow.kind);
            let remedy = "Name an inbound or transfer flow.";
            findings.push(self.error("flow_kind", &field(name), message, remedy));
        }
    }

    fn input(&self, findings: &mut Vec<Finding>) {
        if self.parameter("InputEncryption").is_some() {
            let message = "Input cannot be encrypted here yet: the action takes NoMatchingError.";
            let remedy = "Ask for it without InputEncryption, or let NoMatchingError lead to an agent.";
            findings.push(self.error("unsupported_parameter", &field("InputEncryption"), message, remedy));
        }
        self.media(self.action.parameters.as_ref(), "Media", findings);
        let terminator = "DTMFConfiguration.InputTerminationSequence";
        let keys = |text: &str| text.contains("$.") || text.chars().all(|c| matches!(c, '0'..='9' | '*' | '#'));
        if self.parameter(terminator).and_then(Value::as_str).is_some_and(|text| !keys(text)) {
            findings.push(self.wrong(terminator, format!("1 to {} of 0-9 * #", input::MAX_TERMINATOR)));
        }
        let number = "InputValidation.PhoneNumberValidation";
        if self.parameter(number).is_none() {
            return;
        }
        let format = self.parameter("InputValidation.PhoneNumberValidation.NumberFormat").and_then(Value::as_str);
        let country = self.parameter("InputValidation.PhoneNumberValidation.CountryCode").and_then(Value::as_str);
        let country_field = "InputValidation.PhoneNumberValidation.CountryCode";
        match (format, country) {
            (None, _) => findings.push(self.missing("InputValidation.PhoneNumberValidation.NumberFormat")),
            (Some("Local"), None) => findings.push(self.missing(country_field)),
            (Some("Local"), Some(iso)) if !iso.contains("$.") && phone::country(iso).is_none() => {
                findings.push(self.wrong(country_field, "the two letters of a country"));
            }
            _ => {}
        }
    }

    fn media(&self, members: Option<&Map<String, Value>>, name: &str, findings: &mut Vec<Finding>) {
        if members.is_some_and(|members| members.get("Media").is_some_and(|media| !media.is_null())) {
            let message = "Audio in an S3 bucket is not fetched: the action takes NoMatchingError.";
            let remedy = "Upload it as a prompt and give PromptId.";
            findings.push(self.error("unsupported_parameter", &field(name), message, remedy));
        }
    }

    fn messages(&self, findings: &mut Vec<Finding>) {
        let Some(Value::Array(messages)) = self.parameter("Messages") else { return };
        if messages.is_empty() || messages.len() > prompt::MAX_MESSAGES {
            findings.push(self.wrong("Messages", format!("a list of 1 to {} prompts", prompt::MAX_MESSAGES)));
        }
        for (nth, message) in messages.iter().enumerate() {
            let name = |member: &str| format!("Messages[{nth}].{member}");
            let Some(members) = message.as_object() else {
                findings.push(self.wrong(&format!("Messages[{nth}]"), "an object"));
                continue;
            };
            let filled = |value: &&Value| !value.is_null() && value.as_str().is_none_or(|t| !t.trim().is_empty());
            let given = |member: &str| members.get(member).filter(filled);
            let count = ["PromptId", "Text", "SSML", "Media"].into_iter().filter(|m| given(m).is_some()).count();
            if count != 1 {
                findings.push(self.wrong(&format!("Messages[{nth}]"), "exactly one of PromptId, Text, SSML, Media"));
            }
            if let Some(id) = given("PromptId") {
                self.plain(&name("PromptId"), Fill::Path, Shape::Prompt, id, findings);
            }
            for member in ["Text", "SSML"] {
                if let Some(text) = given(member) {
                    self.plain(&name(member), Fill::Text, Shape::Text(prompt::MAX_SPOKEN), text, findings);
                }
            }
            self.media(Some(members), &name("Media"), findings);
        }
    }

    fn participants(&self, findings: &mut Vec<Finding>) {
        let name = "RecordingBehavior.RecordedParticipants";
        let Some(Value::Array(who)) = self.parameter(name) else { return };
        if !who.iter().all(|participant| matches!(participant.as_str(), Some("Agent" | "Customer"))) {
            findings.push(self.wrong(name, "a list of Agent and Customer"));
        }
    }
}

fn field(name: &str) -> String {
    format!("Parameters.{name}")
}
