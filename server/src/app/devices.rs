//! Paired endpoints. Agents see and forget their own; the VDI team and supervisors see all.

use super::{App, actor::Actor, error::Refused};
use twinline_api::rest::devices::Device as View;
use twinline_model::{DeviceId, Role};

impl App {
    pub async fn devices(&self, actor: &Actor) -> Result<Vec<View>, Refused> {
        let centre = self.centre();
        let devices =
            self.store.devices().await?.into_iter().filter(|device| sees_all(actor) || device.agent == actor.agent);
        Ok(devices
            .map(|device| View {
                id: device.id.to_string(),
                name: device.name,
                platform: device.platform,
                agent: device.agent.to_string(),
                username: centre.agents.get(&device.agent).map(|agent| agent.username.clone()).unwrap_or_default(),
                created_ms: device.created.as_millis(),
                seen_ms: device.seen.as_millis(),
            })
            .collect())
    }

    /// Ends a pairing: the endpoint is told when it is connected, and not let in as this person again.
    pub async fn unpair(&self, actor: &Actor, id: DeviceId) -> Result<(), Refused> {
        let devices = self.store.devices().await?;
        let may = sees_all(actor) && !actor.is(Role::Supervisor) || actor.is(Role::Admin);
        let device = devices
            .into_iter()
            .find(|device| device.id == id && (may || device.agent == actor.agent))
            .ok_or_else(|| Refused::not_found("device"))?;
        // The endpoint may be away: then there is nobody to tell, and the row alone decides.
        if let Err(refusal) = self.switchboard.unpair(id).await {
            tracing::debug!(%refusal, "unpairing an absent endpoint");
        }
        self.store.delete_device(id).await?;
        self.store.append_audit(self.entry(actor, "device.unpair", &device.name, None, None)).await?;
        Ok(())
    }
}

fn sees_all(actor: &Actor) -> bool {
    [Role::Supervisor, Role::VdiTeam, Role::Admin].iter().any(|role| actor.is(*role))
}
