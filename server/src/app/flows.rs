//! Flows: saved when the document can be read; what is doubtful in it is told as findings.

use super::{App, nouns::*};
use twinline_api::rest::flows::{Flow as View, FlowFinding, FlowFindings, FlowSpec};
use twinline_core::flow::{Document, Finding, Severity, lint::lint_text};
use twinline_model::*;

impl Managed for Flow {
    type Spec = FlowSpec;
    type View = View;
    const WORD: &'static str = "flow";

    fn fresh_id(bits: u128) -> FlowId {
        FlowId::from_bits(bits)
    }

    fn build(id: FlowId, spec: FlowSpec, before: Option<&Self>, _centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        check_text("description", &spec.description, 1_000)?;
        if before.is_some_and(|before| before.kind != spec.kind) {
            return Err(Refusal::new("invalid", "The kind of a flow does not change.")
                .field("kind")
                .remedy("Add a new flow of that kind."));
        }
        // Read as text, so that the bounds on size hold.
        let content = spec.content.to_string();
        if let Err(error) = Document::parse(&content) {
            return Err(not_a_flow(&error.findings()));
        }
        let version = before.map_or(1, |before| before.version + 1);
        Ok(Flow { id, name: spec.name, description: spec.description, kind: spec.kind, version, content })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(FlowId::KIND, self.id),
            version,
            spec: FlowSpec {
                name: self.name.clone(),
                description: self.description.clone(),
                kind: self.kind,
                content: serde_json::from_str(&self.content).unwrap_or_default(),
            },
        }
    }

    fn used_by(id: FlowId, centre: &Centre) -> Vec<String> {
        let text = id.to_string();
        let defaults = [centre.default_queue_flow, centre.default_hold_flow].contains(&Some(id));
        let numbers = centre.numbers.values().filter(|number| number.flow == Some(id));
        let flows = centre.flows.values().filter(|flow| flow.id != id && flow.content.contains(&text));
        let quick = centre.quick_connects.values().filter(|quick| match quick.target {
            QuickConnectTarget::Agent { flow, .. } | QuickConnectTarget::Queue { flow, .. } => flow == Some(id),
            QuickConnectTarget::PhoneNumber { .. } => false,
        });
        numbers
            .map(|number| format!("number {}", number.number))
            .chain(flows.map(|flow| format!("flow {}", flow.name)))
            .chain(quick.map(|quick| format!("quick connect {}", quick.name)))
            .chain(defaults.then(|| "the settings".to_owned()))
            .collect()
    }
}

fn not_a_flow(findings: &[Finding]) -> Refusal {
    let Some(first) = findings.first() else {
        return Refusal::new("not_a_flow", "This is not a flow document.").field("content");
    };
    let at = first.action.as_deref().map(|action| format!("Action {action}: ")).unwrap_or_default();
    let field = first.field.as_deref().map_or("content".to_owned(), |field| format!("content.{field}"));
    Refusal::new(&first.code, format!("{at}{}", first.message)).field(field).remedy(&first.remedy)
}

impl App {
    /// What is wrong or doubtful, without saving.
    pub fn check_flow(&self, spec: &FlowSpec) -> FlowFindings {
        let findings = findings(&spec.content.to_string(), spec.kind, Some(&self.centre()));
        FlowFindings { findings: findings.into_iter().map(shown).collect() }
    }
}

/// Findings on a document. Without a centre nothing is said about what it refers to.
pub fn findings(content: &str, kind: FlowKind, centre: Option<&Centre>) -> Vec<Finding> {
    match centre {
        Some(centre) => lint_text(content, kind, centre),
        None => {
            let nothing = Instance {
                id: InstanceId::from_bits(0),
                name: String::new(),
                region: String::new(),
                account: String::new(),
            };
            let mut findings = lint_text(content, kind, &Centre::empty(nothing));
            findings.retain(|finding| !REFERENCES.contains(&finding.code.as_str()));
            findings
        }
    }
}

/// Codes of findings about things that only a centre knows.
const REFERENCES: [&str; 5] = ["unknown_queue", "unknown_flow", "unknown_prompt", "unknown_hours", "unknown_agent"];

fn shown(finding: Finding) -> FlowFinding {
    FlowFinding {
        severity: match finding.severity {
            Severity::Error => "error".to_owned(),
            Severity::Warning => "warning".to_owned(),
        },
        code: finding.code,
        action: finding.action,
        field: finding.field,
        message: finding.message,
        remedy: Some(finding.remedy),
    }
}
