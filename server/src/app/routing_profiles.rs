//! Routing profiles.

use super::nouns::*;
use std::collections::BTreeSet;
use twinline_api::rest::routing_profiles::{ProfileQueue as Entry, RoutingProfile as View, RoutingProfileSpec};
use twinline_model::*;

impl Managed for RoutingProfile {
    type Spec = RoutingProfileSpec;
    type View = View;
    const WORD: &'static str = "routing profile";

    fn fresh_id(bits: u128) -> RoutingProfileId {
        RoutingProfileId::from_bits(bits)
    }

    fn build(
        id: RoutingProfileId,
        spec: RoutingProfileSpec,
        _before: Option<&Self>,
        centre: &Centre,
    ) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        check_range("voice_slots", spec.voice_slots, 0..=2)?;
        let known = |id: &QueueId| centre.queues.contains_key(id);
        check_known(spec.outbound_queue.as_ref().is_none_or(known), "outbound_queue", "queue")?;
        let mut seen = BTreeSet::new();
        for (index, entry) in spec.queues.iter().enumerate() {
            let field = |member: &str| format!("queues[{index}].{member}");
            check_known(known(&entry.queue), &field("queue"), "queue")?;
            check_range(&field("priority"), entry.priority, 1..=99)?;
            check_range(&field("delay_s"), entry.delay_s, 0..=9_999)?;
            if !seen.insert(entry.queue) {
                return Err(Refusal::new("duplicate", "This queue is named twice.")
                    .field(field("queue"))
                    .remedy("Name each queue once."));
            }
        }
        let queues = spec.queues.iter().map(|entry| ProfileQueue {
            queue: entry.queue,
            priority: entry.priority,
            delay_s: entry.delay_s,
        });
        Ok(RoutingProfile {
            id,
            name: spec.name,
            queues: queues.collect(),
            voice_slots: spec.voice_slots,
            outbound_queue: spec.outbound_queue,
            media_path_policy: spec.media_path_policy,
        })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        let queues = self.queues.iter().map(|entry| Entry {
            queue: entry.queue,
            priority: entry.priority,
            delay_s: entry.delay_s,
        });
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(RoutingProfileId::KIND, self.id),
            version,
            spec: RoutingProfileSpec {
                name: self.name.clone(),
                queues: queues.collect(),
                voice_slots: self.voice_slots,
                outbound_queue: self.outbound_queue,
                media_path_policy: self.media_path_policy,
            },
        }
    }

    fn used_by(id: RoutingProfileId, centre: &Centre) -> Vec<String> {
        let users = centre.agents.values().filter(|agent| agent.routing_profile == Some(id));
        users.map(|agent| format!("user {}", agent.username)).collect()
    }
}
