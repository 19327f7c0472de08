//! Who asks, and may they: one check before every handler, by the table of questions.

use super::{Shared, body, idempotency, security};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, Method, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use std::sync::Arc;
use twinline_api::openapi::{Access, Operation};

/// Cookie that carries the token for pages of this server. Scripts cannot read it, other sites do not send it.
pub const COOKIE: &str = "twinline_session";

type Question = (Shared, Arc<Operation>);

pub async fn guard(State((app, operation)): State<Question>, mut request: Request, next: Next) -> Response {
    match admit(&app, &operation, request.method(), request.headers()).await {
        Err(refused) => refused.into_response(),
        Ok(actor) => {
            if let Err(refused) = version_named(&operation, request.headers()) {
                return refused.into_response();
            }
            match actor {
                Some(actor) => {
                    request.extensions_mut().insert(actor.clone());
                    if operation.creates {
                        idempotency::once(&app, &actor, request, next).await
                    } else {
                        next.run(request).await
                    }
                }
                None => next.run(request).await,
            }
        }
    }
}

async fn admit(
    app: &Shared,
    operation: &Operation,
    method: &Method,
    headers: &HeaderMap,
) -> Result<Option<Actor>, Refused> {
    if operation.access == Access::Public {
        return Ok(None);
    }
    let actor = match bearer(headers) {
        Some(token) => app.actor(token).await?,
        None => {
            let token = cookie(headers).ok_or_else(Refused::not_signed_in)?;
            // A browser sends the cookie along by itself: then the page it comes from must be ours.
            if !matches!(*method, Method::GET | Method::HEAD) {
                security::check_origin(app, headers)?;
            }
            app.actor(token).await?
        }
    };
    if !operation.access.allows(&actor.roles) {
        return Err(Refused::not_allowed());
    }
    Ok(Some(actor))
}

fn version_named(operation: &Operation, headers: &HeaderMap) -> Result<(), Refused> {
    if operation.edits { body::if_match(headers).map(drop) } else { Ok(()) }
}

/// The token of `Authorization: Bearer …`.
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

pub fn cookie(headers: &HeaderMap) -> Option<&str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == COOKIE)
        .map(|(_, token)| token)
}
