//! The five handlers that every configured thing has.

use super::{
    Handlers, Shared,
    body::{self, Id, Json, Query},
};
use crate::app::{actor::Actor, error::Refused, nouns::Managed};
use axum::{
    Extension,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post, put},
};
use twinline_api::rest::Page;

/// Names: list, create, get, replace, delete.
pub fn add<N: Managed>(all: &mut Handlers, names: [&'static str; 5]) {
    let [name_list, name_create, name_get, name_replace, name_delete] = names;
    all.insert(name_list, get(list::<N>));
    all.insert(name_create, post(create::<N>));
    all.insert(name_get, get(one::<N>));
    all.insert(name_replace, put(replace::<N>));
    all.insert(name_delete, delete(remove::<N>));
}

pub async fn list<N: Managed>(State(app): State<Shared>, mut query: Query) -> Result<Response, Refused> {
    let limit = query.limit()?;
    let listed = app.list::<N>(query.take("cursor").as_deref(), limit as usize).await?;
    Ok(axum::Json(Page { items: listed.items, next: listed.next }).into_response())
}

pub async fn one<N: Managed>(State(app): State<Shared>, Id(id): Id<N::Id>) -> Result<Response, Refused> {
    let (view, version) = app.get::<N>(id).await?;
    Ok((body::etag(version), axum::Json(view)).into_response())
}

async fn create<N: Managed>(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    uri: axum::http::Uri,
    Json(spec): Json<N::Spec>,
) -> Result<Response, Refused> {
    let (id, view) = app.create::<N>(&actor, spec).await?;
    Ok(created(uri.path(), id, view))
}

pub fn created(path: &str, id: impl std::fmt::Display, view: impl serde::Serialize) -> Response {
    let location = [(header::LOCATION, format!("{path}/{id}"))];
    (StatusCode::CREATED, location, body::etag(1), axum::Json(view)).into_response()
}

async fn replace<N: Managed>(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<N::Id>,
    headers: HeaderMap,
    Json(spec): Json<N::Spec>,
) -> Result<Response, Refused> {
    let (view, version) = app.replace::<N>(&actor, id, body::if_match(&headers)?, spec).await?;
    Ok((body::etag(version), axum::Json(view)).into_response())
}

async fn remove<N: Managed>(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<N::Id>,
    headers: HeaderMap,
) -> Result<StatusCode, Refused> {
    app.delete::<N>(&actor, id, body::if_match(&headers)?).await?;
    Ok(StatusCode::NO_CONTENT)
}
