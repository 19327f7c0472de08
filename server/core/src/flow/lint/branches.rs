//! Where an action leads: targets that exist, branches that are missing, branches that nothing takes.

use super::Place;
use crate::flow::{
    actions::{ActionKind, Leads, NO_MATCHING_CONDITION, NO_MATCHING_ERROR, Results, as_text, input},
    document::{Condition, Operand, Operator},
    finding::Finding,
};

impl Place<'_> {
    /// Every target exists, whatever the type of the action.
    pub(super) fn targets(&self, findings: &mut Vec<Finding>) {
        let errors = self.action.errors().iter().enumerate();
        let errors = errors.map(|(nth, branch)| (format!("Transitions.Errors[{nth}].NextAction"), &branch.next));
        let conditions = self.action.conditions().iter().enumerate();
        let conditions =
            conditions.map(|(nth, branch)| (format!("Transitions.Conditions[{nth}].NextAction"), &branch.next));
        let next = self.action.transitions.as_ref().and_then(|transitions| transitions.next.as_ref());
        let next = next.map(|next| ("Transitions.NextAction".to_owned(), next));
        for (field, target) in next.into_iter().chain(conditions).chain(errors) {
            if target.is_empty() {
                let remedy = "Name the Identifier of an action, or remove the branch.";
                findings.push(self.warning("empty_transition", &field, "The branch leads nowhere.", remedy));
            } else if self.document.action(target).is_none() {
                let message = format!("It leads to \"{target}\", which does not exist.");
                findings.push(self.error("no_such_action", &field, message, "Name the Identifier of an action."));
            }
        }
    }

    pub(super) fn branches(&self, kind: &ActionKind, findings: &mut Vec<Finding>) {
        self.next(kind, findings);
        self.errors(kind, findings);
        self.conditions(kind, findings);
    }

    fn next(&self, kind: &ActionKind, findings: &mut Vec<Finding>) {
        let field = "Transitions.NextAction";
        match (kind.leads, self.action.next()) {
            (Leads::On, None) => {
                let remedy = "Name the action that follows.";
                findings.push(self.error("missing_next", field, "Nothing follows: the flow ends here.", remedy));
            }
            (Leads::ByResult, None) => {
                let remedy = "Name the action that follows when no branch fits; Amazon Connect refuses the flow else.";
                findings.push(self.warning("missing_next", field, "There is no NextAction.", remedy));
            }
            (Leads::Nowhere, Some(_)) => {
                let message = format!("{} ends the flow: what follows is never come to.", kind.name);
                findings.push(self.warning("dead_branch", field, message, "Remove NextAction."));
            }
            _ => {}
        }
    }

    fn errors(&self, kind: &ActionKind, findings: &mut Vec<Finding>) {
        let has = |error: &str| self.action.error(error).is_some();
        let fallback = has(NO_MATCHING_ERROR) || self.action.next().is_some();
        let required = kind.errors.iter().filter(|error| error.required).map(|error| error.name);
        for error in required.chain(self.required_input_errors(kind).iter().copied()) {
            if has(error) {
                continue;
            }
            let message = format!("There is no branch for {error}.");
            let remedy = format!("Add an error branch for {error}.");
            let field = "Transitions.Errors";
            findings.push(match fallback {
                true => self.warning("missing_branch", field, message, remedy),
                false => self.error("missing_branch", field, message, remedy),
            });
        }
        for (nth, branch) in self.action.errors().iter().enumerate() {
            let known = kind.errors.iter().any(|error| error.name == branch.error) || branch.error == NO_MATCHING_ERROR;
            if !known {
                let message = format!("{} never takes {}.", kind.name, branch.error);
                let field = format!("Transitions.Errors[{nth}].ErrorType");
                findings.push(self.warning("dead_branch", &field, message, "Remove the branch."));
            }
        }
    }

    /// `GetParticipantInput` needs other branches as a menu than for storing.
    fn required_input_errors(&self, kind: &ActionKind) -> &'static [&'static str] {
        if kind.name != input::GET.name {
            return &[];
        }
        let number = self.parameter("InputValidation.PhoneNumberValidation").is_some();
        match (self.stores_input(), number) {
            (false, _) => &["InputTimeLimitExceeded", NO_MATCHING_CONDITION],
            (true, true) => &["InvalidPhoneNumber"],
            (true, false) => &[],
        }
    }

    pub(super) fn stores_input(&self) -> bool {
        self.parameter("StoreInput").and_then(as_text).is_some_and(|text| text.eq_ignore_ascii_case("true"))
    }

    fn conditions(&self, kind: &ActionKind, findings: &mut Vec<Finding>) {
        let branches = self.action.conditions();
        if let Results::Words(words) = kind.results {
            for (word, required) in words {
                let has = branches.iter().any(|branch| may_fit(&branch.condition, word));
                if *required && !has {
                    let message = format!("There is no branch for {word}.");
                    let remedy = format!("Add a condition Equals {word}.");
                    findings.push(self.error("missing_branch", "Transitions.Conditions", message, remedy));
                }
            }
        }
        let stores = kind.name == input::GET.name && self.stores_input();
        for (nth, branch) in branches.iter().enumerate() {
            let condition = &branch.condition;
            let dead = match kind.results {
                Results::None => true,
                Results::Words(words) => !words.iter().any(|(word, _)| may_fit(condition, word)),
                Results::Key => stores || !"0123456789*#".chars().any(|key| may_fit(condition, &key.to_string())),
                Results::Value => false,
            };
            if dead {
                let message = format!("{} never gives a result that fits this condition.", kind.name);
                let field = format!("Transitions.Conditions[{nth}].Condition");
                findings.push(self.warning("dead_branch", &field, message, "Remove or mend the condition."));
            }
        }
    }
}

/// Whether a result could fit a condition; what only a running flow knows counts as yes.
fn may_fit(condition: &Condition, word: &str) -> bool {
    if condition.operator != Operator::Equals {
        return true;
    }
    condition.operands.iter().any(|operand| match operand {
        Operand::Value(value) => as_text(value).is_some_and(|text| text.contains("$.") || text == word),
        Operand::Condition(_) => true,
    })
}
