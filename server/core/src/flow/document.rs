//! A flow document in the Flow language (Version 2019-10-30), read into types and written back without loss: members
//! that mean nothing to us (unknown actions, parameters, metadata, settings) are kept as they stand.
//!
//! Reading refuses what cannot be a document (no JSON, no start, a duplicate identifier …). What is a document but
//! would not do what its author wants is for [`super::lint`].

use super::finding::Finding;
use serde_json::{Map, Value};
use std::{collections::BTreeMap, fmt};

/// The only version of the language there is.
pub const VERSION: &str = "2019-10-30";
/// Longest document read, in bytes of JSON text.
pub const MAX_BYTES: usize = 1 << 20;
/// Most actions read. Amazon Connect itself takes [`CONNECT_MAX_ACTIONS`]; more is a lint warning.
pub const MAX_ACTIONS: usize = 2_000;
/// Most actions that Amazon Connect takes.
pub const CONNECT_MAX_ACTIONS: usize = 250;
/// Longest identifier, in characters.
pub const MAX_IDENTIFIER: usize = 50;
/// Deepest nesting of one condition; a plain comparison counts 1.
pub const MAX_CONDITION_DEPTH: usize = 5;
/// Most conditions inside one condition.
pub const MAX_SUB_CONDITIONS: usize = 50;
/// Most findings reported at once.
const MAX_PROBLEMS: usize = 100;

const FORBIDDEN_IN_IDENTIFIER: &[char] = &['%', ':', '(', '\\', '/', ')', '=', '$', ',', ';', '[', ']', '{', '}'];
const FORBIDDEN_IDENTIFIERS: &[&str] = &[
    "__proto__",
    "constructor",
    "__defineGetter__",
    "__defineSetter__",
    "toString",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "valueOf",
];

/// A flow document. Made by [`Document::parse`], which is why its actions' identifiers are unique and its start exists.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    start: String,
    actions: Vec<Action>,
    /// Identifier → position in `actions`.
    index: BTreeMap<String, usize>,
    /// All other members: `Metadata`, `Settings` …
    rest: Map<String, Value>,
}

/// One step of a flow.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    pub id: String,
    /// `Type`: a name of the catalogue ([`super::actions::find`]) or any other.
    pub kind: String,
    pub parameters: Option<Map<String, Value>>,
    pub transitions: Option<Transitions>,
    pub rest: Map<String, Value>,
}

/// Where an action leads.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Transitions {
    pub next: Option<String>,
    pub errors: Option<Vec<ErrorBranch>>,
    pub conditions: Option<Vec<ConditionBranch>>,
    pub rest: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ErrorBranch {
    pub error: String,
    pub next: String,
    pub rest: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct ConditionBranch {
    pub next: String,
    pub condition: Condition,
    pub rest: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub operator: Operator,
    pub operands: Vec<Operand>,
    pub rest: Map<String, Value>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Operand {
    /// A string, number or boolean to compare with.
    Value(Value),
    /// Below `And`, `Or` and `Not`.
    Condition(Condition),
}

macro_rules! operators {
    ($($name:ident),*) => {
        /// How a condition compares.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Operator { $($name),* }

        impl Operator {
            pub const ALL: &'static [Operator] = &[$(Operator::$name),*];

            pub fn name(self) -> &'static str {
                match self { $(Operator::$name => stringify!($name)),* }
            }
        }
    };
}

operators!(
    Equals,
    TextStartsWith,
    TextEndsWith,
    TextContains,
    NumberGreaterThan,
    NumberGreaterOrEqualTo,
    NumberLessThan,
    NumberLessOrEqualTo,
    And,
    Or,
    Not
);

impl Operator {
    pub fn named(name: &str) -> Option<Operator> {
        Self::ALL.iter().copied().find(|operator| operator.name() == name)
    }

    /// Whether its operands are conditions.
    pub fn joins(self) -> bool {
        matches!(self, Operator::And | Operator::Or | Operator::Not)
    }
}

/// Why a text is not a flow document.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum DocumentError {
    #[error("the document has {bytes} bytes; at most {MAX_BYTES} are read. Split the flow with TransferToFlow.")]
    TooLarge { bytes: usize },
    #[error("not JSON: {message} (line {line}, column {column}). Give the flow's JSON as it was exported.")]
    NotJson { message: String, line: usize, column: usize },
    #[error("{}", Listed(.0))]
    Invalid(Vec<Finding>),
}

impl DocumentError {
    /// The same as findings, for a report.
    pub fn findings(&self) -> Vec<Finding> {
        match self {
            DocumentError::TooLarge { bytes } => vec![Finding::error(
                "document_too_large",
                format!("The document has {bytes} bytes; at most {MAX_BYTES} are read."),
                "Split the flow with TransferToFlow.",
            )],
            DocumentError::NotJson { message, line, column } => vec![Finding::error(
                "not_json",
                format!("The document is not JSON: {message} (line {line}, column {column})."),
                "Give the flow's JSON as it was exported.",
            )],
            DocumentError::Invalid(findings) => findings.clone(),
        }
    }
}

struct Listed<'a>(&'a [Finding]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (nth, finding) in self.0.iter().enumerate() {
            if nth > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{finding}")?;
        }
        Ok(())
    }
}

impl Document {
    pub fn parse(text: &str) -> Result<Document, DocumentError> {
        if text.len() > MAX_BYTES {
            return Err(DocumentError::TooLarge { bytes: text.len() });
        }
        let value: Value = serde_json::from_str(text).map_err(|error| DocumentError::NotJson {
            message: error.to_string(),
            line: error.line(),
            column: error.column(),
        })?;
        Self::from_json(value)
    }

    /// From JSON that was read already.
    pub fn from_json(value: Value) -> Result<Document, DocumentError> {
        let mut reader = Reader { problems: Vec::new(), action: None };
        let document = reader.document(value);
        match document {
            Some(document) if reader.problems.is_empty() => Ok(document),
            _ => Err(DocumentError::Invalid(reader.problems)),
        }
    }

    pub fn start(&self) -> &str {
        &self.start
    }

    pub fn actions(&self) -> &[Action] {
        &self.actions
    }

    pub fn action(&self, id: &str) -> Option<&Action> {
        self.index.get(id).and_then(|position| self.actions.get(*position))
    }

    pub fn metadata(&self) -> Option<&Value> {
        self.rest.get("Metadata")
    }

    /// The document as JSON; `Document::from_json` reads it back equal.
    pub fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        object.insert("Version".into(), VERSION.into());
        object.insert("StartAction".into(), self.start.clone().into());
        object.insert("Actions".into(), self.actions.iter().map(Action::to_json).collect());
        Value::Object(object)
    }
}

impl fmt::Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.to_json(), f)
    }
}

impl Action {
    pub fn parameter(&self, name: &str) -> Option<&Value> {
        self.parameters.as_ref()?.get(name)
    }

    /// `NextAction`; an empty one, as half-finished exports have it, leads nowhere.
    pub fn next(&self) -> Option<&str> {
        self.transitions.as_ref()?.next.as_deref().filter(|next| !next.is_empty())
    }

    pub fn conditions(&self) -> &[ConditionBranch] {
        self.transitions.as_ref().and_then(|t| t.conditions.as_deref()).unwrap_or_default()
    }

    pub fn errors(&self) -> &[ErrorBranch] {
        self.transitions.as_ref().and_then(|t| t.errors.as_deref()).unwrap_or_default()
    }

    pub fn error(&self, error: &str) -> Option<&str> {
        let branch = self.errors().iter().find(|branch| branch.error == error)?;
        Some(branch.next.as_str()).filter(|next| !next.is_empty())
    }

    fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        object.insert("Identifier".into(), self.id.clone().into());
        object.insert("Type".into(), self.kind.clone().into());
        if let Some(parameters) = &self.parameters {
            object.insert("Parameters".into(), Value::Object(parameters.clone()));
        }
        if let Some(transitions) = &self.transitions {
            object.insert("Transitions".into(), transitions.to_json());
        }
        Value::Object(object)
    }
}

impl Transitions {
    fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        if let Some(next) = &self.next {
            object.insert("NextAction".into(), next.clone().into());
        }
        if let Some(errors) = &self.errors {
            object.insert("Errors".into(), errors.iter().map(ErrorBranch::to_json).collect());
        }
        if let Some(conditions) = &self.conditions {
            object.insert("Conditions".into(), conditions.iter().map(ConditionBranch::to_json).collect());
        }
        Value::Object(object)
    }
}

impl ErrorBranch {
    fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        object.insert("ErrorType".into(), self.error.clone().into());
        object.insert("NextAction".into(), self.next.clone().into());
        Value::Object(object)
    }
}

impl ConditionBranch {
    fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        object.insert("NextAction".into(), self.next.clone().into());
        object.insert("Condition".into(), self.condition.to_json());
        Value::Object(object)
    }
}

impl Condition {
    fn to_json(&self) -> Value {
        let mut object = self.rest.clone();
        object.insert("Operator".into(), self.operator.name().into());
        let operand = |operand: &Operand| match operand {
            Operand::Value(value) => value.clone(),
            Operand::Condition(condition) => condition.to_json(),
        };
        object.insert("Operands".into(), self.operands.iter().map(operand).collect());
        Value::Object(object)
    }
}

/// Reads on after a mistake, so that one reading reports all of them.
struct Reader {
    problems: Vec<Finding>,
    /// The action being read.
    action: Option<String>,
}

impl Reader {
    fn problem(&mut self, field: &str, code: &str, message: impl Into<String>, remedy: &str) {
        if self.problems.len() < MAX_PROBLEMS {
            let mut finding = Finding::error(code, message, remedy).field(field);
            finding.action = self.action.clone();
            self.problems.push(finding);
        }
    }

    fn document(&mut self, value: Value) -> Option<Document> {
        let Value::Object(mut rest) = value else {
            self.problem("", "not_an_object", "The document is not a JSON object.", "Give {\"Version\", …}.");
            return None;
        };
        if rest.contains_key("modules") && !rest.contains_key("Actions") {
            let remedy = "Import it with `twinline flow import`, which converts it.";
            self.problem("modules", "legacy_format", "The document is in the older export format.", remedy);
            return None;
        }
        match rest.remove("Version") {
            Some(Value::String(version)) if version == VERSION => {}
            _ => self.problem("Version", "version", "The version is not known.", "Set it to \"2019-10-30\"."),
        }
        let start = self.text(&mut rest, "StartAction", "StartAction", "Name the action the flow begins with.");
        let actions = match rest.remove("Actions") {
            Some(Value::Array(actions)) if !actions.is_empty() && actions.len() <= MAX_ACTIONS => actions,
            Some(Value::Array(actions)) if actions.is_empty() => {
                self.problem("Actions", "no_actions", "The flow has no actions.", "Add at least one action.");
                return None;
            }
            Some(Value::Array(actions)) => {
                let message = format!("The flow has {} actions; at most {MAX_ACTIONS} are read.", actions.len());
                self.problem("Actions", "too_many_actions", message, "Split the flow with TransferToFlow.");
                return None;
            }
            _ => {
                self.problem("Actions", "no_actions", "Actions is not a list.", "Give the list of actions.");
                return None;
            }
        };
        let actions: Vec<Action> =
            actions.into_iter().enumerate().filter_map(|(nth, action)| self.action(nth, action)).collect();
        self.action = None;
        let index = self.index(&actions);
        let start = start?;
        if !index.contains_key(&start) && self.problems.is_empty() {
            let message = format!("The start action \"{start}\" does not exist.");
            self.problem("StartAction", "no_start", message, "Name the Identifier of an action of this flow.");
        }
        Some(Document { start, actions, index, rest })
    }

    fn index(&mut self, actions: &[Action]) -> BTreeMap<String, usize> {
        let mut index = BTreeMap::new();
        for (position, action) in actions.iter().enumerate() {
            if index.insert(action.id.clone(), position).is_some() {
                self.action = Some(action.id.clone());
                let remedy = "Give every action an Identifier of its own.";
                self.problem("Identifier", "duplicate_identifier", "Two actions have this identifier.", remedy);
                self.action = None;
            }
        }
        index
    }

    fn action(&mut self, nth: usize, value: Value) -> Option<Action> {
        self.action = None;
        let Value::Object(mut rest) = value else {
            self.problem(&format!("Actions[{nth}]"), "not_an_object", "An action is not an object.", "Remove it.");
            return None;
        };
        let remedy = "Give the action an Identifier of 1 to 50 characters.";
        let id = self.text(&mut rest, "Identifier", &format!("Actions[{nth}].Identifier"), remedy)?;
        self.action = Some(id.clone());
        self.identifier(&id);
        let kind = self.text(&mut rest, "Type", "Type", "Name the action's type, for example MessageParticipant.")?;
        let parameters = match rest.remove("Parameters") {
            None | Some(Value::Null) => None,
            Some(Value::Object(parameters)) => Some(parameters),
            Some(_) => {
                self.problem("Parameters", "not_an_object", "Parameters is not an object.", "Give {} or leave it out.");
                None
            }
        };
        let transitions = match rest.remove("Transitions") {
            None | Some(Value::Null) => None,
            Some(value) => self.transitions(value),
        };
        Some(Action { id, kind, parameters, transitions, rest })
    }

    fn identifier(&mut self, id: &str) {
        if id.chars().count() > MAX_IDENTIFIER {
            let remedy = "Shorten it to 50 characters.";
            self.problem("Identifier", "identifier_too_long", "The identifier is too long.", remedy);
        }
        if id.contains(FORBIDDEN_IN_IDENTIFIER) || id.is_empty() {
            let remedy = "Use letters, digits, spaces, hyphens or underscores.";
            self.problem("Identifier", "identifier", "The identifier is empty or has a forbidden character.", remedy);
        }
        if FORBIDDEN_IDENTIFIERS.contains(&id) {
            self.problem("Identifier", "identifier", "The identifier is a reserved word.", "Choose another one.");
        }
    }

    fn transitions(&mut self, value: Value) -> Option<Transitions> {
        let Value::Object(mut rest) = value else {
            let remedy = "Give {\"NextAction\", \"Errors\", \"Conditions\"}.";
            self.problem("Transitions", "not_an_object", "Transitions is not an object.", remedy);
            return None;
        };
        let next = match rest.remove("NextAction") {
            None | Some(Value::Null) => None,
            Some(Value::String(next)) => Some(next),
            Some(_) => {
                let remedy = "Name the Identifier of an action.";
                self.problem("Transitions.NextAction", "not_a_string", "NextAction is not a string.", remedy);
                None
            }
        };
        let errors = self.list(&mut rest, "Errors").map(|errors| {
            let read = |(nth, error)| self.error(&format!("Transitions.Errors[{nth}]"), error);
            errors.into_iter().enumerate().filter_map(read).collect()
        });
        let conditions = self.list(&mut rest, "Conditions").map(|conditions| {
            let read = |(nth, condition)| self.condition_branch(&format!("Transitions.Conditions[{nth}]"), condition);
            conditions.into_iter().enumerate().filter_map(read).collect()
        });
        Some(Transitions { next, errors, conditions, rest })
    }

    fn error(&mut self, field: &str, value: Value) -> Option<ErrorBranch> {
        let mut rest = self.object(field, value)?;
        let remedy = "Name the error, for example NoMatchingError.";
        let error = self.text(&mut rest, "ErrorType", &format!("{field}.ErrorType"), remedy);
        let remedy = "Name the Identifier of an action.";
        let next = self.text(&mut rest, "NextAction", &format!("{field}.NextAction"), remedy);
        Some(ErrorBranch { error: error?, next: next?, rest })
    }

    fn condition_branch(&mut self, field: &str, value: Value) -> Option<ConditionBranch> {
        let mut rest = self.object(field, value)?;
        let remedy = "Name the Identifier of an action.";
        let next = self.text(&mut rest, "NextAction", &format!("{field}.NextAction"), remedy);
        let condition = rest.remove("Condition").unwrap_or(Value::Null);
        let mut left = MAX_SUB_CONDITIONS;
        let condition = self.condition(&format!("{field}.Condition"), condition, MAX_CONDITION_DEPTH, &mut left);
        Some(ConditionBranch { next: next?, condition: condition?, rest })
    }

    fn condition(&mut self, field: &str, value: Value, depth: usize, left: &mut usize) -> Option<Condition> {
        if depth == 0 {
            let remedy = "Split the condition into several.";
            self.problem(field, "condition_too_deep", "The condition is nested more than 5 deep.", remedy);
            return None;
        }
        let mut rest = self.object(field, value)?;
        let name_field = format!("{field}.Operator");
        let name = self.text(&mut rest, "Operator", &name_field, "Name the operator, for example Equals.")?;
        let Some(operator) = Operator::named(&name) else {
            let names: Vec<_> = Operator::ALL.iter().map(|operator| operator.name()).collect();
            let remedy = format!("Use one of {}.", names.join(", "));
            self.problem(&name_field, "operator", format!("There is no operator \"{name}\"."), &remedy);
            return None;
        };
        let operands_field = format!("{field}.Operands");
        let Some(Value::Array(operands)) = rest.remove("Operands").filter(|operands| operands.is_array()) else {
            self.problem(&operands_field, "operands", "Operands is not a list.", "Give the list of values.");
            return None;
        };
        let mut read = Vec::with_capacity(operands.len().min(MAX_SUB_CONDITIONS));
        for operand in operands {
            if operator.joins() {
                if *left == 0 {
                    let remedy = "Split the condition into several.";
                    self.problem(&operands_field, "too_many_conditions", "More than 50 sub-conditions.", remedy);
                    return None;
                }
                *left -= 1;
                read.push(Operand::Condition(self.condition(&operands_field, operand, depth - 1, left)?));
            } else if operand.is_string() || operand.is_number() || operand.is_boolean() {
                read.push(Operand::Value(operand));
            } else {
                let remedy = "Give strings or numbers to compare with.";
                self.problem(&operands_field, "operands", "An operand is not a plain value.", remedy);
                return None;
            }
        }
        Some(Condition { operator, operands: read, rest })
    }

    fn object(&mut self, field: &str, value: Value) -> Option<Map<String, Value>> {
        match value {
            Value::Object(object) => Some(object),
            _ => {
                self.problem(field, "not_an_object", "An object is missing here.", "Give it, or remove the entry.");
                None
            }
        }
    }

    fn list(&mut self, rest: &mut Map<String, Value>, name: &str) -> Option<Vec<Value>> {
        match rest.remove(name) {
            None | Some(Value::Null) => None,
            Some(Value::Array(list)) => Some(list),
            Some(_) => {
                let field = format!("Transitions.{name}");
                self.problem(&field, "not_a_list", format!("{name} is not a list."), "Give [] or leave it out.");
                None
            }
        }
    }

    fn text(&mut self, rest: &mut Map<String, Value>, name: &str, field: &str, remedy: &str) -> Option<String> {
        match rest.remove(name) {
            Some(Value::String(text)) => Some(text),
            Some(_) => {
                self.problem(field, "not_a_string", format!("{name} is not a string."), remedy);
                None
            }
            None => {
                self.problem(field, "missing", format!("{name} is missing."), remedy);
                None
            }
        }
    }
}
