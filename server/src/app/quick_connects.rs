//! Quick connects.

use super::nouns::*;
use twinline_api::rest::quick_connects::{QuickConnect as View, QuickConnectSpec, QuickConnectTarget as Target};
use twinline_model::*;

impl Managed for QuickConnect {
    type Spec = QuickConnectSpec;
    type View = View;
    const WORD: &'static str = "quick connect";

    fn fresh_id(bits: u128) -> QuickConnectId {
        QuickConnectId::from_bits(bits)
    }

    fn build(
        id: QuickConnectId,
        spec: QuickConnectSpec,
        _before: Option<&Self>,
        centre: &Centre,
    ) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        let flow_known = |flow: Option<FlowId>| flow.is_none_or(|id| centre.flows.contains_key(&id));
        let target = match spec.target {
            Target::PhoneNumber { number } => {
                check_number("target.number", &number)?;
                QuickConnectTarget::PhoneNumber { number }
            }
            Target::Agent { agent, flow } => {
                check_known(centre.agents.contains_key(&agent), "target.agent", "agent")?;
                check_known(flow_known(flow), "target.flow", "flow")?;
                QuickConnectTarget::Agent { agent, flow }
            }
            Target::Queue { queue, flow } => {
                check_known(centre.queues.contains_key(&queue), "target.queue", "queue")?;
                check_known(flow_known(flow), "target.flow", "flow")?;
                QuickConnectTarget::Queue { queue, flow }
            }
        };
        Ok(QuickConnect { id, name: spec.name, target })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        let target = match &self.target {
            QuickConnectTarget::PhoneNumber { number } => Target::PhoneNumber { number: number.clone() },
            QuickConnectTarget::Agent { agent, flow } => Target::Agent { agent: *agent, flow: *flow },
            QuickConnectTarget::Queue { queue, flow } => Target::Queue { queue: *queue, flow: *flow },
        };
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(QuickConnectId::KIND, self.id),
            version,
            spec: QuickConnectSpec { name: self.name.clone(), target },
        }
    }

    fn used_by(id: QuickConnectId, centre: &Centre) -> Vec<String> {
        let queues = centre.queues.values().filter(|queue| queue.quick_connects.contains(&id));
        queues.map(|queue| format!("queue {}", queue.name)).collect()
    }
}
