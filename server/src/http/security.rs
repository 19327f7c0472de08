//! What protects pages: known hosts only (DNS rebinding), own origins only (cross-site writes and sockets), a strict
//! Content-Security-Policy, and no sniffing.

use super::Shared;
use crate::app::error::{Kind, Refused};
use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderValue, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use twinline_model::Refusal;

/// Scripts, styles, images and sockets of this server only; nothing inline, nothing foreign, no frame around us.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; \
    media-src 'self' blob:; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; \
    frame-ancestors 'none'";

pub async fn headers(request: Request, next: Next) -> Response {
    let private = request.uri().path().starts_with("/api/");
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::REFERRER_POLICY, "no-referrer"),
    ] {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    for (name, value) in [
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        // The CCP and the console never touch the microphone: audio is the media agent's.
        ("permissions-policy", "microphone=(), camera=(), geolocation=()"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if private {
        headers.entry(header::CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    response
}

/// Refuses names that are not ours: a page that made its own name point at us must not talk to us.
pub async fn check_host(State(app): State<Shared>, request: Request, next: Next) -> Response {
    let uri_host = request.uri().authority().map(|authority| authority.as_str().to_owned());
    let header_host = request.headers().get(header::HOST).and_then(|value| value.to_str().ok()).map(str::to_owned);
    let host = uri_host.or(header_host);
    match host {
        Some(host) if known_host(&app, &host) => next.run(request).await,
        _ => {
            let refusal = Refusal::new("unknown_host", "This server is not known under that name.").field("Host");
            let remedy = "Use the configured address, or add the name to http.hosts.";
            Refused::new(Kind::NotAllowed, refusal.remedy(remedy)).into_response()
        }
    }
}

/// `Origin` must be us, or one of the configured ones. Requests without it do not come from a foreign page: browsers
/// send it with every write and every socket.
pub fn check_origin(app: &Shared, headers: &HeaderMap) -> Result<(), Refused> {
    let refused = || {
        let refusal = Refusal::new("foreign_origin", "This page may not do that here.").field("Origin");
        Refused::new(Kind::NotAllowed, refusal.remedy("Use the server's own pages, or add the origin to http.origins."))
    };
    let Some(origin) = headers.get(header::ORIGIN) else {
        let foreign = headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none");
        return if foreign { Err(refused()) } else { Ok(()) };
    };
    let origin = origin.to_str().map_err(|_| refused())?;
    if app.config.http.origins.iter().any(|known| known == origin) {
        return Ok(());
    }
    let host = headers.get(header::HOST).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let same = origin.strip_prefix("http://").or(origin.strip_prefix("https://")).is_some_and(|rest| rest == host);
    if same && known_host(app, host) { Ok(()) } else { Err(refused()) }
}

fn known_host(app: &Shared, host: &str) -> bool {
    let name = match host.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((address, _)) => address,
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let listen = app.config.http.listen.ip();
    name == "localhost"
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| {
            // Behind 0.0.0.0 people use whichever address the host has; an address cannot be rebound.
            address.is_loopback() || address == listen || listen.is_unspecified()
        })
        || app.config.http.hosts.iter().any(|known| known.eq_ignore_ascii_case(&name))
}
