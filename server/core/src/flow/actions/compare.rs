//! `Compare`, and how conditions compare.

use super::*;
use crate::flow::document::{Condition, Operand, Operator};
use std::cmp::Ordering;

/// Branches on a value.
///
/// Parameters: `ComparisonValue`, a JSONPath. Results: the value; conditions are tried in order, the first that fits
/// wins. Errors: `NoMatchingCondition`, also when the path leads nowhere.
///
/// ```json
/// {"Identifier": "vip", "Type": "Compare", "Parameters": {"ComparisonValue": "$.Attributes.tier"},
///  "Transitions": {"NextAction": "normal", "Errors": [{"ErrorType": "NoMatchingCondition", "NextAction": "normal"}],
///   "Conditions": [{"NextAction": "fast", "Condition": {"Operator": "Equals", "Operands": ["gold"]}}]}}
/// ```
pub const COMPARE: ActionKind = ActionKind {
    name: "Compare",
    purpose: "Branches on a value.",
    parameters: &[Parameter {
        name: "ComparisonValue",
        shape: Shape::Text(MAX_VALUE),
        required: true,
        fill: Fill::Path,
        about: "JSONPath of the value to compare.",
    }],
    one_of: &[],
    results: Results::Value,
    errors: &[needed(NO_MATCHING_CONDITION)],
    voice_only: false,
    flows: EVERY_FLOW,
    leads: Leads::ByResult,
    waits: false,
    example: r#"{"Identifier": "a", "Type": "Compare", "Parameters": {"ComparisonValue": "$.Attributes.tier"},
        "Transitions": {"NextAction": "z", "Errors": [{"ErrorType": "NoMatchingCondition", "NextAction": "z"}],
        "Conditions": [{"NextAction": "z", "Condition": {"Operator": "Equals", "Operands": ["gold"]}}]}}"#,
    run: compare,
    resume: never_waits,
};

/// Longest value written into a document for comparing, in characters.
const MAX_VALUE: usize = 1_024;

fn compare(turn: &mut Turn<'_>) -> Result<Next, ParameterError> {
    Ok(
        match turn.value("ComparisonValue").and_then(as_text).and_then(|text| {
            let value = turn.scope().whole(&text)?;
            Some(value.into_owned())
        }) {
            Some(value) => Next::Result { value, word: "MatchedCondition" },
            None => Next::NoMatch,
        },
    )
}

/// Whether a value fits a condition. Operands may be JSONPaths; one that leads nowhere fits nothing.
pub fn fits(condition: &Condition, value: &str, scope: Scope<'_>) -> bool {
    let any = |test: &dyn Fn(&str) -> bool| {
        condition.operands.iter().any(|operand| match operand {
            Operand::Value(operand) => {
                as_text(operand).is_some_and(|text| scope.whole(&text).is_some_and(|operand| test(&operand)))
            }
            Operand::Condition(_) => false,
        })
    };
    let inner = |operand: &Operand| match operand {
        Operand::Condition(inner) => fits(inner, value, scope),
        Operand::Value(_) => false,
    };
    let number = |wanted: &[Ordering]| any(&|operand| numbers(value, operand).is_some_and(|o| wanted.contains(&o)));
    match condition.operator {
        Operator::Equals => any(&|operand| value == operand),
        Operator::TextStartsWith => any(&|operand| value.starts_with(operand)),
        Operator::TextEndsWith => any(&|operand| value.ends_with(operand)),
        Operator::TextContains => any(&|operand| value.contains(operand)),
        Operator::NumberGreaterThan => number(&[Ordering::Greater]),
        Operator::NumberGreaterOrEqualTo => number(&[Ordering::Greater, Ordering::Equal]),
        Operator::NumberLessThan => number(&[Ordering::Less]),
        Operator::NumberLessOrEqualTo => number(&[Ordering::Less, Ordering::Equal]),
        Operator::And => !condition.operands.is_empty() && condition.operands.iter().all(inner),
        Operator::Or => condition.operands.iter().any(inner),
        Operator::Not => !condition.operands.is_empty() && !condition.operands.iter().any(inner),
    }
}

/// How two texts compare as numbers: whole numbers exactly, others as floating point; `None` unless both are numbers.
fn numbers(left: &str, right: &str) -> Option<Ordering> {
    let (left, right) = (left.trim(), right.trim());
    if let (Ok(left), Ok(right)) = (left.parse::<i128>(), right.parse::<i128>()) {
        return Some(left.cmp(&right));
    }
    let finite = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
    finite(left)?.partial_cmp(&finite(right)?)
}
