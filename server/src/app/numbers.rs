//! Numbers.

use super::nouns::*;
use twinline_api::rest::numbers::{Number as View, NumberSpec};
use twinline_model::*;

impl Managed for Number {
    type Spec = NumberSpec;
    type View = View;
    const WORD: &'static str = "number";

    fn fresh_id(bits: u128) -> NumberId {
        NumberId::from_bits(bits)
    }

    fn build(id: NumberId, spec: NumberSpec, _before: Option<&Self>, centre: &Centre) -> Result<Self, Refusal> {
        check_number("number", &spec.number)?;
        check_text("description", &spec.description, 1_000)?;
        let flow = spec.flow.map(|id| (id, centre.flows.get(&id)));
        if let Some((_, flow)) = flow {
            check_known(flow.is_some(), "flow", "flow")?;
            if flow.is_some_and(|flow| flow.kind != FlowKind::ContactFlow) {
                return Err(Refusal::new("wrong_flow_kind", "This flow cannot answer calls.")
                    .field("flow")
                    .remedy("Name a flow of kind CONTACT_FLOW."));
            }
        }
        if centre.number_dialled(&spec.number).is_some_and(|other| other.id != id) {
            return Err(Refusal::new("name_taken", "This number is claimed already.")
                .field("number")
                .remedy("Change the existing number instead."));
        }
        Ok(Number { id, number: spec.number, description: spec.description, flow: spec.flow })
    }

    fn view(&self, version: u64, centre: &Centre) -> View {
        View {
            id: self.id.to_string(),
            arn: centre.instance.arn_of(NumberId::KIND, self.id),
            version,
            spec: NumberSpec { number: self.number.clone(), description: self.description.clone(), flow: self.flow },
        }
    }

    fn used_by(_id: NumberId, _centre: &Centre) -> Vec<String> {
        Vec::new()
    }
}
