//! Users.

use super::{
    Handlers, Shared,
    body::{self, Id, Json},
    nouns,
};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use twinline_api::rest::users::UserSpec;
use twinline_model::{Agent, AgentId};

pub(super) fn add(all: &mut Handlers) {
    all.insert("users.list", get(nouns::list::<Agent>));
    all.insert("users.get", get(nouns::one::<Agent>));
    all.insert("users.create", post(create));
    all.insert("users.replace", put(replace));
    all.insert("users.delete", delete(remove));
}

async fn create(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    uri: Uri,
    Json(spec): Json<UserSpec>,
) -> Result<Response, Refused> {
    let (id, view) = app.create_user(&actor, spec).await?;
    Ok(nouns::created(uri.path(), id, view))
}

async fn replace(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<AgentId>,
    headers: HeaderMap,
    Json(spec): Json<UserSpec>,
) -> Result<Response, Refused> {
    let (view, version) = app.replace_user(&actor, id, body::if_match(&headers)?, spec).await?;
    Ok((body::etag(version), axum::Json(view)).into_response())
}

async fn remove(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<AgentId>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    app.delete_user(&actor, id, body::if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
