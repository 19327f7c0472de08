//! Statuses: at least one of kind OFFLINE and one of kind ROUTABLE must stay.

use super::nouns::{Managed, check_name};
use twinline_api::rest::statuses::{Status, StatusSpec};
use twinline_model::*;

impl Managed for AgentStatus {
    type Spec = StatusSpec;
    type View = Status;
    const WORD: &'static str = "status";

    fn fresh_id(bits: u128) -> AgentStatusId {
        AgentStatusId::from_bits(bits)
    }

    fn build(id: AgentStatusId, spec: StatusSpec, before: Option<&Self>, centre: &Centre) -> Result<Self, Refusal> {
        check_name(&spec.name)?;
        if before.is_some_and(|before| before.kind != spec.kind && is_last_of_its_kind(before, centre)) {
            return Err(last_one(before.map(|before| before.kind)).field("kind"));
        }
        Ok(AgentStatus { id, name: spec.name, kind: spec.kind, order: spec.order })
    }

    fn view(&self, version: u64, centre: &Centre) -> Status {
        Status {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(AgentStatusId::KIND, self.id),
            version,
            spec: StatusSpec { name: self.name.clone(), kind: self.kind, order: self.order },
        }
    }

    fn used_by(id: AgentStatusId, centre: &Centre) -> Vec<String> {
        match centre.statuses.get(&id) {
            Some(status) if is_last_of_its_kind(status, centre) => {
                vec![format!("the centre, which needs one {}", kind_word(status.kind))]
            }
            _ => Vec::new(),
        }
    }
}

fn is_last_of_its_kind(status: &AgentStatus, centre: &Centre) -> bool {
    status.kind != AgentStatusKind::Custom
        && centre.statuses.values().filter(|other| other.kind == status.kind).count() == 1
}

fn last_one(kind: Option<AgentStatusKind>) -> Refusal {
    let kind = kind.map_or("", kind_word);
    Refusal::new("last_of_its_kind", format!("This is the only status of kind {kind}."))
        .remedy(format!("Add another {kind} status first."))
}

fn kind_word(kind: AgentStatusKind) -> &'static str {
    match kind {
        AgentStatusKind::Routable => "ROUTABLE",
        AgentStatusKind::Custom => "CUSTOM",
        AgentStatusKind::Offline => "OFFLINE",
    }
}
