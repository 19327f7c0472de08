//! A contact that a flow can be tried on without a floor: it answers the interpreter's questions from a configuration
//! and carries out what changes the contact. Stories, the fuzz entry and `twinline flow simulate` run flows on it.

use super::{ContactData, Document, DocumentError, FlowEffect, FlowWorld, QueueCounts};
use std::{collections::BTreeMap, sync::Arc};
use twinline_model::*;

/// See the module.
#[derive(Clone, Debug)]
pub struct Rehearsal {
    pub centre: Centre,
    pub contact: ContactData,
    pub counts: BTreeMap<QueueId, QueueCounts>,
    documents: BTreeMap<FlowId, Arc<Document>>,
}

impl Rehearsal {
    /// An inbound voice contact in a centre. Flows of the centre that cannot be read are as if missing.
    pub fn new(centre: Centre) -> Self {
        let contact = ContactData {
            contact: ContactId::from_bits(1),
            initial_contact: None,
            previous_contact: None,
            channel: Channel::Voice,
            method: InitiationMethod::Inbound,
            customer: Endpoint::telephone("+12065550100"),
            system: Endpoint::telephone("+12065550199"),
            attributes: BTreeMap::new(),
            target_queue: None,
            target_agent: None,
            language: "en-US".to_owned(),
            voice: "Joanna".to_owned(),
            sip_headers: BTreeMap::new(),
            agent: None,
        };
        let read = |flow: &Flow| Some((flow.id, Arc::new(Document::parse(&flow.content).ok()?)));
        let documents = centre.flows.values().filter_map(read).collect();
        Self { centre, contact, counts: BTreeMap::new(), documents }
    }

    /// Add a flow, or put it in the place of one.
    pub fn add(&mut self, flow: Flow) -> Result<(), DocumentError> {
        self.documents.insert(flow.id, Arc::new(Document::parse(&flow.content)?));
        self.centre.flows.insert(flow.id, flow);
        Ok(())
    }

    /// Change the contact as the floor would.
    pub fn carry_out(&mut self, effect: &FlowEffect) {
        match effect {
            FlowEffect::SetAttributes { attributes, related: false } => {
                self.contact.attributes.extend(attributes.clone());
            }
            FlowEffect::SetTargetQueue { queue } => {
                self.contact.target_queue = Some(*queue);
                self.contact.target_agent = None;
            }
            FlowEffect::SetTargetAgent { agent } => {
                self.contact.target_agent = Some(*agent);
                self.contact.target_queue = None;
            }
            FlowEffect::SetVoice { language, voice } => {
                self.contact.language.clone_from(language);
                self.contact.voice.clone_from(voice);
            }
            _ => {}
        }
    }
}

impl FlowWorld for Rehearsal {
    fn centre(&self) -> &Centre {
        &self.centre
    }

    fn document(&self, flow: FlowId) -> Option<Arc<Document>> {
        self.documents.get(&flow).cloned()
    }

    fn contact(&self) -> &ContactData {
        &self.contact
    }

    fn queue_counts(&self, queue: QueueId) -> QueueCounts {
        self.counts.get(&queue).copied().unwrap_or_default()
    }
}
