//! The whole configuration of one instance as one value: the floor decides by it, and it is swapped as a whole.

use crate::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Centre {
    pub instance: Instance,
    #[serde(default)]
    pub agents: BTreeMap<AgentId, Agent>,
    #[serde(default)]
    pub statuses: BTreeMap<AgentStatusId, AgentStatus>,
    #[serde(default)]
    pub queues: BTreeMap<QueueId, Queue>,
    #[serde(default)]
    pub hours: BTreeMap<HoursId, Hours>,
    #[serde(default)]
    pub routing_profiles: BTreeMap<RoutingProfileId, RoutingProfile>,
    #[serde(default)]
    pub flows: BTreeMap<FlowId, Flow>,
    #[serde(default)]
    pub prompts: BTreeMap<PromptId, Prompt>,
    #[serde(default)]
    pub numbers: BTreeMap<NumberId, Number>,
    #[serde(default)]
    pub quick_connects: BTreeMap<QuickConnectId, QuickConnect>,
    #[serde(default)]
    pub trunks: BTreeMap<TrunkId, Trunk>,
    /// Disposition codes an agent may choose after a contact.
    #[serde(default)]
    pub dispositions: Vec<String>,
    /// Flow played to a waiting customer where the flow sets no customer queue flow.
    #[serde(default)]
    pub default_queue_flow: Option<FlowId>,
    /// Flow played to a customer on hold where the flow sets none.
    #[serde(default)]
    pub default_hold_flow: Option<FlowId>,
}

impl Centre {
    pub fn empty(instance: Instance) -> Self {
        Self {
            instance,
            agents: BTreeMap::new(),
            statuses: BTreeMap::new(),
            queues: BTreeMap::new(),
            hours: BTreeMap::new(),
            routing_profiles: BTreeMap::new(),
            flows: BTreeMap::new(),
            prompts: BTreeMap::new(),
            numbers: BTreeMap::new(),
            quick_connects: BTreeMap::new(),
            trunks: BTreeMap::new(),
            dispositions: Vec::new(),
            default_queue_flow: None,
            default_hold_flow: None,
        }
    }

    /// The number that was dialled, whatever punctuation either side writes.
    pub fn number_dialled(&self, dialled: &str) -> Option<&Number> {
        let wanted = plain_number(dialled);
        self.numbers.values().find(|number| plain_number(&number.number) == wanted)
    }

    pub fn agent_named(&self, username: &str) -> Option<&Agent> {
        self.agents.values().find(|agent| agent.username == username)
    }

    /// The first status of a kind in list order.
    pub fn status_of_kind(&self, kind: AgentStatusKind) -> Option<&AgentStatus> {
        self.statuses.values().filter(|status| status.kind == kind).min_by_key(|status| status.order)
    }
}

/// A number without its punctuation: what two spellings of one number have in common.
pub fn plain_number(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '-' | '.' | ' ' | '(' | ')')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dialled_number_is_found_whatever_its_punctuation() {
        let instance = Instance {
            id: InstanceId::from_bits(1),
            name: "t".into(),
            region: "local".into(),
            account: "000000000001".into(),
        };
        let mut centre = Centre::empty(instance);
        let id = NumberId::from_bits(2);
        centre
            .numbers
            .insert(id, Number { id, number: "+82 2-1234-5678".into(), description: String::new(), flow: None });
        assert_eq!(centre.number_dialled("+82212345678").map(|n| n.id), Some(id));
        assert_eq!(centre.number_dialled("82212345678"), None);
    }
}
