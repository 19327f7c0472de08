//! Queues.

use super::nouns::*;
use twinline_api::rest::queues::{Queue as View, QueueSpec};
use twinline_model::*;

impl Managed for Queue {
    type Spec = QueueSpec;
    type View = View;
    const WORD: &'static str = "queue";

    fn fresh_id(bits: u128) -> QueueId {
        QueueId::from_bits(bits)
    }

    fn build(id: QueueId, spec: QueueSpec, _before: Option<&Self>, centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        check_text("description", &spec.description, 1_000)?;
        check_known(spec.hours.is_none_or(|id| centre.hours.contains_key(&id)), "hours", "hours of operation")?;
        check_range("ring_timeout_s", spec.ring_timeout_s, 5..=60)?;
        check_range("service_level_s", spec.service_level_s, 1..=604_800)?;
        if let Some(most) = spec.max_contacts {
            check_range("max_contacts", most, 0..=100_000)?;
        }
        if let Some(number) = &spec.outbound_caller_id {
            check_number("outbound_caller_id", number)?;
        }
        check_range("quick_connects", u32::try_from(spec.quick_connects.len()).unwrap_or(u32::MAX), 0..=700)?;
        let known = spec.quick_connects.iter().all(|id| centre.quick_connects.contains_key(id));
        check_known(known, "quick_connects", "quick connect")?;
        Ok(Queue {
            id,
            name: spec.name,
            description: spec.description,
            hours: spec.hours,
            max_contacts: spec.max_contacts,
            ring_timeout_s: spec.ring_timeout_s,
            outbound_caller_id: spec.outbound_caller_id,
            quick_connects: spec.quick_connects,
            service_level_s: spec.service_level_s,
        })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(QueueId::KIND, self.id),
            version,
            spec: QueueSpec {
                name: self.name.clone(),
                description: self.description.clone(),
                hours: self.hours,
                max_contacts: self.max_contacts,
                ring_timeout_s: self.ring_timeout_s,
                outbound_caller_id: self.outbound_caller_id.clone(),
                quick_connects: self.quick_connects.clone(),
                service_level_s: self.service_level_s,
            },
        }
    }

    fn used_by(id: QueueId, centre: &Centre) -> Vec<String> {
        let profiles = centre.routing_profiles.values().filter(|profile| {
            profile.outbound_queue == Some(id) || profile.queues.iter().any(|entry| entry.queue == id)
        });
        let quick = centre
            .quick_connects
            .values()
            .filter(|quick| matches!(quick.target, QuickConnectTarget::Queue { queue, .. } if queue == id));
        let text = id.to_string();
        let flows = centre.flows.values().filter(|flow| flow.content.contains(&text));
        profiles
            .map(|profile| format!("routing profile {}", profile.name))
            .chain(quick.map(|quick| format!("quick connect {}", quick.name)))
            .chain(flows.map(|flow| format!("flow {}", flow.name)))
            .collect()
    }
}
