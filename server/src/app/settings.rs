//! Settings of the whole centre.

use super::{App, actor::Actor, error::Refused, nouns::*};
use twinline_api::rest::settings::{Settings, SettingsSpec};
use twinline_model::{Centre, FlowKind, InstanceId, Refusal};
use twinline_store::CentreSettings;

impl App {
    pub fn settings(&self) -> Settings {
        view(&self.centre())
    }

    pub async fn put_settings(&self, actor: &Actor, spec: SettingsSpec) -> Result<Settings, Refused> {
        let _changing = self.changing.lock().await;
        let mut centre = Centre::clone(&self.centre());
        check(&spec, &centre)?;
        let before = serde_json::to_value(view(&centre)).ok();
        centre.dispositions = spec.dispositions.clone();
        centre.default_queue_flow = spec.default_queue_flow;
        centre.default_hold_flow = spec.default_hold_flow;
        let after = view(&centre);
        let entry = self.entry(actor, "settings.replace", "settings", before, serde_json::to_value(&after).ok());
        let settings = CentreSettings {
            dispositions: spec.dispositions,
            default_queue_flow: spec.default_queue_flow,
            default_hold_flow: spec.default_hold_flow,
        };
        self.store.put_settings(settings).await?;
        self.store.append_audit(entry).await?;
        self.take_over(centre).await;
        Ok(after)
    }
}

fn check(spec: &SettingsSpec, centre: &Centre) -> Result<(), Refusal> {
    check_range("dispositions", u32::try_from(spec.dispositions.len()).unwrap_or(u32::MAX), 0..=200)?;
    for (index, code) in spec.dispositions.iter().enumerate() {
        check_name(code).map_err(|refusal| refusal.field(format!("dispositions[{index}]")))?;
    }
    let flows = [
        ("default_queue_flow", spec.default_queue_flow, FlowKind::CustomerQueue),
        ("default_hold_flow", spec.default_hold_flow, FlowKind::CustomerHold),
    ];
    for (field, id, kind) in flows {
        let Some(id) = id else { continue };
        let flow = centre.flows.get(&id);
        check_known(flow.is_some_and(|flow| flow.kind == kind), field, "flow of this kind")?;
    }
    Ok(())
}

fn view(centre: &Centre) -> Settings {
    Settings {
        instance: InstanceId::to_string(&centre.instance.id),
        arn: centre.instance.arn(),
        name: centre.instance.name.clone(),
        spec: SettingsSpec {
            dispositions: centre.dispositions.clone(),
            default_queue_flow: centre.default_queue_flow,
            default_hold_flow: centre.default_hold_flow,
        },
    }
}
