//! Paired endpoints.

use super::{Handlers, Shared, body::Id};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    Extension, Json,
    extract::State,
    http::StatusCode,
    routing::{delete, get},
};
use twinline_api::rest::{Page, devices::Device};
use twinline_model::DeviceId;

pub(super) fn add(all: &mut Handlers) {
    all.insert("devices.list", get(list));
    all.insert("devices.delete", delete(forget));
}

async fn list(State(app): State<Shared>, Extension(actor): Extension<Actor>) -> Result<Json<Page<Device>>, Refused> {
    Ok(Json(Page { items: app.devices(&actor).await?, next: None }))
}

async fn forget(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<DeviceId>,
) -> Result<StatusCode, Refused> {
    app.unpair(&actor, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
