//! The pages, embedded in the program: the console at `/`, the CCP at `/ccp`. Paths without a file get the page itself,
//! which reads the address.

use crate::app::error::{Kind, Refused};
use axum::{
    http::{HeaderMap, Method, StatusCode, Uri, header},
    response::{IntoResponse, Response},
};
use rust_embed::{Embed, EmbeddedFile};
use twinline_model::Refusal;

#[derive(Embed)]
#[folder = "$OUT_DIR/web"]
struct Web;

const DOCS_STYLE: &str = include_str!("docs.css");

pub async fn page(method: Method, uri: Uri, headers: HeaderMap) -> Response {
    let path = uri.path();
    if path == "/api/docs.css" {
        return ([(header::CONTENT_TYPE, "text/css; charset=utf-8")], DOCS_STYLE).into_response();
    }
    if path.starts_with("/api/") || !matches!(method, Method::GET | Method::HEAD) {
        return not_found().into_response();
    }
    let (app, rest) = match path.strip_prefix("/ccp") {
        Some(rest) if rest.is_empty() || rest.starts_with('/') => ("ccp", rest),
        _ => ("console", path),
    };
    let rest = rest.trim_start_matches('/');
    let name = format!("{app}/{rest}");
    match Web::get(&name).filter(|_| !rest.is_empty()) {
        Some(file) => send(&name, file, &headers),
        // A missing script or picture is an error; any other address belongs to the page.
        None if rest.rsplit('/').next().is_some_and(|last| last.contains('.')) => not_found().into_response(),
        None => match Web::get(&format!("{app}/index.html")) {
            Some(file) => send("index.html", file, &headers),
            None => not_found().into_response(),
        },
    }
}

fn not_found() -> Refused {
    let refusal = Refusal::new("not_found", "There is nothing at this address.");
    Refused::new(Kind::NotFound, refusal.remedy("See /api/docs for what there is."))
}

fn send(name: &str, file: EmbeddedFile, headers: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", hex::encode(file.metadata.sha256_hash()));
    // Names below assets/ carry a hash of their content: they never change.
    let cache = if name.contains("/assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
    let fixed = [
        (header::CONTENT_TYPE, file.metadata.mimetype().to_owned()),
        (header::ETAG, etag.clone()),
        (header::CACHE_CONTROL, cache.to_owned()),
    ];
    if headers.get(header::IF_NONE_MATCH).is_some_and(|seen| seen.as_bytes() == etag.as_bytes()) {
        return (StatusCode::NOT_MODIFIED, fixed).into_response();
    }
    (fixed, file.data).into_response()
}
