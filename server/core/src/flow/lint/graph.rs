//! The flow as a graph: actions that nothing leads to, and circles that never wait.

use crate::flow::{
    actions::{self, NO_MATCHING_ERROR},
    document::{Action, Document},
    finding::Finding,
};
use std::collections::BTreeMap;

/// What the whole graph says about each action, by position.
pub(super) struct Map {
    reached: Vec<bool>,
    /// In a circle of actions that never wait.
    spins: Vec<bool>,
    /// In a circle that does not wait once an action of it fails.
    spins_on_error: Vec<bool>,
}

impl Map {
    pub(super) fn of(document: &Document) -> Map {
        let actions = document.actions();
        let position = |id: &str| actions.iter().position(|action| action.id == id);
        let index: BTreeMap<&str, usize> =
            actions.iter().enumerate().map(|(at, action)| (action.id.as_str(), at)).collect();
        let all: Vec<Vec<usize>> = actions.iter().map(|a| edges(a, &index, |_| true)).collect();
        let quick: Vec<Vec<usize>> = actions.iter().map(|action| without_waiting(action, &index)).collect();
        let quick_or_failed: Vec<Vec<usize>> = actions
            .iter()
            .zip(&quick)
            .map(|(a, quick)| if waits(a) { edges(a, &index, |e| e == Edge::Fault) } else { quick.clone() })
            .collect();
        let mut reached = vec![false; actions.len()];
        let mut todo: Vec<usize> = position(document.start()).into_iter().collect();
        while let Some(at) = todo.pop() {
            if !std::mem::replace(&mut reached[at], true) {
                todo.extend(&all[at]);
            }
        }
        Map { reached, spins: in_circle(&quick), spins_on_error: in_circle(&quick_or_failed) }
    }

    pub(super) fn check(&self, position: usize, action: &Action, findings: &mut Vec<Finding>) {
        if !self.reached[position] {
            let finding = Finding::warning("unreachable", "Nothing leads to this action.", "Connect it, or remove it.");
            findings.push(finding.at(&action.id));
        } else if self.spins[position] {
            let message = "The flow can go in a circle here without ever waiting.";
            let remedy = "Put a prompt, an input or a Loop into the circle; else it ends after 1,000 actions.";
            findings.push(Finding::error("spins", message, remedy).at(&action.id).field("Transitions"));
        } else if self.spins_on_error[position] {
            let message = "The flow goes in a circle without waiting if this action fails each time.";
            let remedy = "Let NoMatchingError lead out of the circle.";
            findings.push(Finding::warning("spins_on_error", message, remedy).at(&action.id).field("Transitions"));
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Edge {
    Fault,
    Other,
}

fn edges(action: &Action, index: &BTreeMap<&str, usize>, wanted: impl Fn(Edge) -> bool) -> Vec<usize> {
    let fault = |error: &str| if error == NO_MATCHING_ERROR { Edge::Fault } else { Edge::Other };
    let errors = action.errors().iter().map(|branch| (fault(&branch.error), branch.next.as_str()));
    let conditions = action.conditions().iter().map(|branch| (Edge::Other, branch.next.as_str()));
    let next = action.next().map(|next| (Edge::Other, next));
    let all = next.into_iter().chain(conditions).chain(errors);
    all.filter(|(edge, _)| wanted(*edge)).filter_map(|(_, id)| index.get(id).copied()).collect()
}

/// Where an action may lead at once.
fn without_waiting(action: &Action, index: &BTreeMap<&str, usize>) -> Vec<usize> {
    match actions::find(&action.kind) {
        Some(_) if breaks_circle(action) => Vec::new(),
        Some(_) => edges(action, index, |_| true),
        // A type that does not run takes one branch and no other.
        None => {
            let next = action.error(NO_MATCHING_ERROR).or(action.next());
            next.and_then(|next| index.get(next).copied()).into_iter().collect()
        }
    }
}

fn waits(action: &Action) -> bool {
    actions::find(&action.kind).is_some_and(|kind| kind.waits)
}

/// A `Loop` counts, so a circle through it comes to an end.
fn breaks_circle(action: &Action) -> bool {
    waits(action) || action.kind == actions::loops::LOOP.name
}

/// Which nodes lie on a circle: those in a strongly connected component of more than one, or with an edge to themselves
/// (Tarjan 1972, without recursion).
fn in_circle(graph: &[Vec<usize>]) -> Vec<bool> {
    const UNSEEN: usize = usize::MAX;
    let n = graph.len();
    let (mut order, mut low, mut on_stack) = (vec![UNSEEN; n], vec![0; n], vec![false; n]);
    let (mut stack, mut next_order) = (Vec::new(), 0);
    let mut circle: Vec<bool> = (0..n).map(|at| graph[at].contains(&at)).collect();
    for root in 0..n {
        if order[root] != UNSEEN {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((at, edge)) = path.last_mut() {
            let at = *at;
            if *edge == 0 {
                order[at] = next_order;
                low[at] = next_order;
                next_order += 1;
                stack.push(at);
                on_stack[at] = true;
            }
            if let Some(&to) = graph[at].get(*edge) {
                *edge += 1;
                if order[to] == UNSEEN {
                    path.push((to, 0));
                } else if on_stack[to] {
                    low[at] = low[at].min(order[to]);
                }
                continue;
            }
            path.pop();
            if let Some((parent, _)) = path.last() {
                low[*parent] = low[*parent].min(low[at]);
            }
            if low[at] == order[at] {
                let from = stack.iter().rposition(|member| *member == at).unwrap_or(0);
                let component = stack.split_off(from);
                for member in &component {
                    on_stack[*member] = false;
                    circle[*member] |= component.len() > 1;
                }
            }
        }
    }
    circle
}
