//! What supervisors see now.

use super::{Handlers, Shared};
use axum::{Json, extract::State, routing::get};
use twinline_api::rest::live::LiveView;

pub(super) fn add(all: &mut Handlers) {
    all.insert("live", get(live));
}

async fn live(State(app): State<Shared>) -> Json<LiveView> {
    let view = app.switchboard.live().borrow().clone();
    Json(LiveView::clone(&view))
}
