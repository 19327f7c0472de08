//! Flows: checking without saving.

use super::{Handlers, Shared, body::Json};
use axum::{extract::State, routing::post};
use twinline_api::rest::flows::{FlowFindings, FlowSpec};

pub(super) fn add(all: &mut Handlers) {
    all.insert("flows.check", post(check));
}

async fn check(State(app): State<Shared>, Json(spec): Json<FlowSpec>) -> axum::Json<FlowFindings> {
    axum::Json(app.check_flow(&spec))
}
