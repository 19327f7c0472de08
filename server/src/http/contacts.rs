//! Contacts.

use super::{
    Handlers, Shared,
    body::{Id, Query},
};
use crate::app::{actor::Actor, contacts::Search, error::Refused};
use axum::{Extension, Json, extract::State, routing::get};
use twinline_api::rest::{
    Page,
    contacts::{Contact, Timeline},
};
use twinline_model::ContactId;

pub(super) fn add(all: &mut Handlers) {
    all.insert("contacts.search", get(search));
    all.insert("contacts.get", get(one));
    all.insert("contacts.timeline", get(timeline));
}

async fn search(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    mut query: Query,
) -> Result<Json<Page<Contact>>, Refused> {
    let search = Search {
        from: query.take("from"),
        to: query.take("to"),
        queue: query.take("queue"),
        agent: query.take("agent"),
        customer: query.take("customer"),
        channel: query.take("channel"),
        method: query.take("method"),
        disposition: query.take("disposition"),
        abandoned: query.take("abandoned").is_some_and(|value| value == "true"),
        cursor: query.take("cursor"),
        limit: query.limit()?,
    };
    let (items, next) = app.contacts(&actor, search).await?;
    Ok(Json(Page { items, next }))
}

async fn one(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<ContactId>,
) -> Result<Json<Contact>, Refused> {
    app.contact(&actor, id).await.map(Json)
}

async fn timeline(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<ContactId>,
    mut query: Query,
) -> Result<Json<Timeline>, Refused> {
    app.timeline(&actor, id, query.take("language").as_deref()).await.map(Json)
}
