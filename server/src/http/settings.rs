//! Settings of the centre.

use super::{Handlers, Shared, body::Json};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    Extension,
    extract::State,
    routing::{get, put},
};
use twinline_api::rest::settings::{Settings, SettingsSpec};

pub(super) fn add(all: &mut Handlers) {
    all.insert("settings.get", get(show));
    all.insert("settings.put", put(replace));
}

async fn show(State(app): State<Shared>) -> axum::Json<Settings> {
    axum::Json(app.settings())
}

async fn replace(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Json(spec): Json<SettingsSpec>,
) -> Result<axum::Json<Settings>, Refused> {
    app.put_settings(&actor, spec).await.map(axum::Json)
}
