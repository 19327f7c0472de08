//! What is wrong with a flow before a caller meets it. [`lint`] looks at one document as a flow of a kind in a centre.

use super::{
    actions,
    document::{Action, CONNECT_MAX_ACTIONS, Document},
    finding::Finding,
};
use twinline_model::*;

mod branches;
mod graph;
mod names;
mod parameters;

/// Most findings reported of one document.
pub const MAX_FINDINGS: usize = 500;

/// All findings, in the order of the document's actions; those about the whole document first.
pub fn lint(document: &Document, kind: FlowKind, centre: &Centre) -> Vec<Finding> {
    let mut findings = Vec::new();
    let count = document.actions().len();
    if count > CONNECT_MAX_ACTIONS {
        findings.push(
            Finding::warning(
                "more_than_connect_takes",
                format!("The flow has {count} actions; Amazon Connect takes {CONNECT_MAX_ACTIONS}."),
                "Split it with TransferToFlow if it is to run there too.",
            )
            .field("Actions"),
        );
    }
    let map = graph::Map::of(document);
    for (position, action) in document.actions().iter().enumerate() {
        let place = Place { document, action, flow: kind, centre };
        map.check(position, action, &mut findings);
        place.check(&mut findings);
        if findings.len() > MAX_FINDINGS {
            findings.truncate(MAX_FINDINGS);
            break;
        }
    }
    findings
}

/// The same for a text that may be no document at all.
pub fn lint_text(text: &str, kind: FlowKind, centre: &Centre) -> Vec<Finding> {
    match Document::parse(text) {
        Ok(document) => lint(&document, kind, centre),
        Err(error) => error.findings(),
    }
}

/// One action where it stands.
struct Place<'a> {
    document: &'a Document,
    action: &'a Action,
    flow: FlowKind,
    centre: &'a Centre,
}

impl Place<'_> {
    fn check(&self, findings: &mut Vec<Finding>) {
        self.targets(findings);
        let Some(kind) = actions::find(&self.action.kind) else {
            self.unknown(findings);
            return;
        };
        if !kind.allowed_in(self.flow) {
            let message = format!("{} may not stand in a flow of this kind ({:?}).", kind.name, self.flow);
            let remedy = "It takes NoMatchingError here: remove it, or give the flow another kind.";
            findings.push(self.error("flow_kind", "Type", message, remedy));
        }
        self.parameters(kind, findings);
        self.branches(kind, findings);
    }

    fn unknown(&self, findings: &mut Vec<Finding>) {
        let name = &self.action.kind;
        if names::LATER.contains(&name.as_str()) {
            let message = format!("{name} does not run here yet: it takes NoMatchingError.");
            let remedy = "See that its NoMatchingError branch leads on.";
            findings.push(self.warning("unsupported_action", "Type", message, remedy));
        } else {
            let remedy = match names::meant(name) {
                Some(meant) => format!("Did you mean {meant}?"),
                None => "Use a type of the Flow language.".to_owned(),
            };
            findings.push(self.error("unknown_action", "Type", format!("There is no action type {name}."), remedy));
        }
        let ends = matches!(name.as_str(), "EndFlowModuleExecution" | "TransferContactToAgent");
        if !ends && self.action.error(actions::NO_MATCHING_ERROR).is_none() && self.action.next().is_none() {
            let message = "Its NoMatchingError leads nowhere: the flow fails here.";
            let remedy = "Add a NoMatchingError branch.";
            findings.push(self.error("missing_branch", "Transitions.Errors", message, remedy));
        }
    }

    fn error(&self, code: &str, field: &str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::error(code, message, remedy).at(&self.action.id).field(field)
    }

    fn warning(&self, code: &str, field: &str, message: impl Into<String>, remedy: impl Into<String>) -> Finding {
        Finding::warning(code, message, remedy).at(&self.action.id).field(field)
    }
}
