//! Sign-in and sign-out. The token is in the answer for programs, and in an HttpOnly cookie for pages.

use super::{Handlers, Shared, auth::COOKIE, body::Json, security};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    Extension,
    extract::{ConnectInfo, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use std::net::SocketAddr;
use twinline_api::rest::session::{Me, Session, SignIn};

pub(super) fn add(all: &mut Handlers) {
    all.insert("session.create", post(create));
    all.insert("session.get", get(show));
    all.insert("session.delete", delete(end));
}

async fn create(
    State(app): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
    Json(request): Json<SignIn>,
) -> Result<Response, Refused> {
    // A foreign page must not sign its visitor in as somebody else.
    security::check_origin(&app, &headers)?;
    let signed_in = app.sign_in(&request.username, &request.password, peer.ip()).await?;
    let seconds = u64::from(app.config.http.session_hours) * 3_600;
    let cookie = cookie(&app, &signed_in.token, seconds);
    let session = shown(&app, &signed_in.actor, Some(signed_in.token));
    Ok((StatusCode::CREATED, [(header::SET_COOKIE, cookie)], axum::Json(session)).into_response())
}

async fn show(State(app): State<Shared>, Extension(actor): Extension<Actor>) -> axum::Json<Session> {
    axum::Json(shown(&app, &actor, None))
}

async fn end(State(app): State<Shared>, Extension(actor): Extension<Actor>) -> Result<Response, Refused> {
    app.sign_out(&actor).await?;
    Ok((StatusCode::NO_CONTENT, [(header::SET_COOKIE, cookie(&app, "", 0))]).into_response())
}

fn cookie(app: &Shared, token: &str, seconds: u64) -> String {
    let secure = if app.config.http.behind_tls { "; Secure" } else { "" };
    format!("{COOKIE}={token}; Path=/; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn shown(app: &Shared, actor: &Actor, token: Option<String>) -> Session {
    let centre = app.centre();
    let name = centre.agents.get(&actor.agent).map(|agent| agent.display_name()).unwrap_or_default();
    Session {
        token,
        expires_ms: actor.expires.as_millis(),
        user: Me {
            id: actor.agent.to_string(),
            username: actor.username.clone(),
            name,
            roles: actor.roles.clone(),
            language: actor.language.clone(),
        },
    }
}
