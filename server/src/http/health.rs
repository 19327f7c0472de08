//! Probes and metrics.

use super::{Handlers, Shared, auth};
use crate::app::error::Refused;
use axum::{
    Json,
    extract::{ConnectInfo, Request, State},
    http::{HeaderMap, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
    routing::get,
};
use std::net::SocketAddr;
use twinline_api::rest::health::Health;
use twinline_model::Role;

pub(super) fn add(all: &mut Handlers) {
    all.insert("healthz", get(alive));
    all.insert("readyz", get(ready));
    all.insert("metrics", get(metrics));
}

async fn alive() -> Json<Health> {
    Json(health(Vec::new()))
}

async fn ready(State(app): State<Shared>) -> Response {
    let mut problems = Vec::new();
    if !app.store.answers().await {
        problems.push("store".to_owned());
    }
    if !app.switchboard.is_running() {
        problems.push("switchboard".to_owned());
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(health(problems))).into_response()
}

fn health(problems: Vec<String>) -> Health {
    let status = if problems.is_empty() { "ok" } else { "not_ready" };
    Health { status: status.to_owned(), version: env!("CARGO_PKG_VERSION").to_owned(), problems }
}

async fn metrics(
    State(app): State<Shared>,
    ConnectInfo(peer): ConnectInfo<SocketAddr>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    // A request that a proxy on this host passed on is not of this host.
    let forwarded = headers.contains_key("x-forwarded-for") || headers.contains_key("forwarded");
    let here = peer.ip().to_canonical().is_loopback() && !forwarded;
    if !here && !scraper(&app, &headers) {
        let token = auth::bearer(&headers).or(auth::cookie(&headers)).ok_or_else(Refused::not_signed_in)?;
        if !app.actor(token).await?.is(Role::Admin) {
            return Err(Refused::not_allowed());
        }
    }
    metrics::gauge!("twinline_store_journal_transactions").set(app.store.transactions() as f64);
    let text = crate::telemetry::metrics().render();
    Ok(([(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")], text).into_response())
}

/// The token is compared by its hash, so that the time taken tells nothing about it.
fn scraper(app: &Shared, headers: &HeaderMap) -> bool {
    let wanted = &app.config.http.metrics_token;
    let given = auth::bearer(headers).unwrap_or_default();
    !wanted.is_empty() && crate::app::access::token_hash(given) == crate::app::access::token_hash(wanted)
}

/// Counts answers by status class.
pub async fn count(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let class = match response.status().as_u16() {
        100..=199 => "1xx",
        200..=299 => "2xx",
        300..=399 => "3xx",
        400..=499 => "4xx",
        _ => "5xx",
    };
    metrics::counter!("twinline_http_answers_total", "class" => class).increment(1);
    response
}
