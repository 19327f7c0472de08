//! Write-ahead: what a drain of the floor must remember goes to the store in one transaction; its effects come back
//! when that is durable, in order.

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesOrdered};
use std::collections::HashMap;
use twinline_core::io::{Output, Subject};
use twinline_store::{Batch, CommitError, Store};

pub struct Journal {
    store: Store,
    flight: FuturesOrdered<BoxFuture<'static, Result<Vec<Output>, CommitError>>>,
    /// How many waiting effects are about a leg or an agent.
    held: HashMap<Subject, usize>,
}

impl Journal {
    pub fn new(store: Store) -> Self {
        Self { store, flight: FuturesOrdered::new(), held: HashMap::new() }
    }

    /// Drains waiting for the disk.
    pub fn waiting(&self) -> usize {
        self.flight.len()
    }

    /// Sends a drain to the disk. Gives the effects back at once when there is nothing to remember and nothing before
    /// them still waits.
    pub fn submit(&mut self, outputs: Vec<Output>) -> Option<Vec<Output>> {
        let (batch, effects) = split(outputs);
        if is_empty(&batch) && self.flight.is_empty() {
            return Some(effects);
        }
        for subject in subjects(&effects) {
            *self.held.entry(subject).or_default() += 1;
        }
        let store = self.store.clone();
        self.flight.push_back(Box::pin(async move {
            if !is_empty(&batch) {
                store.commit(batch).await?;
            }
            Ok(effects)
        }));
        None
    }

    /// The effects of the oldest drain, once it is durable.
    pub async fn committed(&mut self) -> Result<Vec<Output>, CommitError> {
        let effects = match self.flight.next().await {
            Some(result) => result?,
            None => std::future::pending().await,
        };
        for subject in subjects(&effects) {
            if let Some(count) = self.held.get_mut(&subject) {
                *count -= 1;
                if *count == 0 {
                    self.held.remove(&subject);
                }
            }
        }
        Ok(effects)
    }

    /// Whether this effect may go before those that wait: it promises nothing, and nothing about the same leg or agent
    /// waits, neither for the disk nor among `before` it in its own drain.
    pub fn may_pass(&self, effect: &Output, before: &[Output]) -> bool {
        let waits =
            |subject: &Subject| self.held.contains_key(subject) || subjects(before).any(|other| other == *subject);
        effect.may_leave_early() && !effect.subjects().iter().flatten().any(waits)
    }
}

fn subjects(effects: &[Output]) -> impl Iterator<Item = Subject> + '_ {
    effects.iter().flat_map(Output::subjects).flatten()
}

fn is_empty(batch: &Batch) -> bool {
    batch.events.is_empty() && batch.contacts.is_empty() && batch.agents.is_empty() && batch.records.is_empty()
}

/// What is to be remembered, and what is to be done. Of several states of one contact or agent only the last counts.
fn split(outputs: Vec<Output>) -> (Batch, Vec<Output>) {
    let mut batch = Batch::default();
    let mut effects = Vec::with_capacity(outputs.len());
    for output in outputs {
        match output {
            Output::Happened(occurrence) => batch.events.push(occurrence),
            Output::ContactState { contact, state } => {
                batch.contacts.retain(|(id, _)| *id != contact);
                batch.contacts.push((contact, Some(state)));
            }
            Output::ContactGone { contact } => {
                batch.contacts.retain(|(id, _)| *id != contact);
                batch.contacts.push((contact, None));
            }
            Output::AgentState { agent, state } => {
                batch.agents.retain(|(id, _)| *id != agent);
                batch.agents.push((agent, state));
            }
            Output::Record(record) => batch.records.push(*record),
            effect => effects.push(effect),
        }
    }
    (batch, effects)
}
