//! Reading what was sent: JSON bodies, ids in paths, queries and `If-Match`, with refusals that name the field.

use crate::app::error::{Kind, Refused};
use axum::{
    body::Bytes,
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use serde::de::DeserializeOwned;
use std::{collections::BTreeMap, str::FromStr};
use twinline_model::Refusal;

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = Refused;

    async fn from_request(request: Request, state: &S) -> Result<Self, Refused> {
        let media = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
        let plain = media.map(|media| media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        if plain.as_deref() != Some("application/json") {
            let refusal = Refusal::new("wrong_media_type", "The body is not marked as JSON.").field("Content-Type");
            return Err(Refused::new(Kind::WrongMediaType, refusal.remedy("Send Content-Type: application/json.")));
        }
        let bytes = bytes(request, state).await?;
        let mut reader = serde_json::Deserializer::from_slice(&bytes);
        let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
            let path = error.path().to_string();
            not_json(path, error.inner())
        })?;
        reader.end().map_err(|error| not_json(String::new(), &error))?;
        Ok(Self(value))
    }
}

fn not_json(path: String, error: &serde_json::Error) -> Refused {
    let field = match path.as_str() {
        "" | "." => "body".to_owned(),
        _ => path,
    };
    let (code, remedy) = if error.is_data() {
        ("invalid", "Correct the member; /api/docs lists them all.")
    } else {
        ("not_json", "Send one JSON object.")
    };
    Refused::new(Kind::Invalid, Refusal::new(code, format!("{error}.")).field(field).remedy(remedy))
}

/// The body within the limit of the route.
pub async fn bytes<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Refused> {
    Bytes::from_request(request, state).await.map_err(|rejection| {
        if rejection.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
            let refusal = Refusal::new("too_large", "The body is too large.").field("body");
            return Refused::new(Kind::TooLarge, refusal.remedy("Send less; the limit is limits.body_bytes."));
        }
        let refusal = Refusal::new("body_broken", "The body broke off.").field("body");
        Refused::new(Kind::Invalid, refusal.remedy("Send it again."))
    })
}

/// The `{id}` of the path.
pub struct Id<I>(pub I);

impl<I: FromStr + Send, S: Send + Sync> FromRequestParts<S> for Id<I> {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let path = axum::extract::Path::<String>::from_request_parts(parts, state).await;
        let text = path.map(|path| path.0).unwrap_or_default();
        text.parse().map(Self).map_err(|_| Refused::not_found("thing"))
    }
}

/// The query, each name once.
#[derive(Debug, Default)]
pub struct Query(BTreeMap<String, String>);

impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Refused> {
        let query = axum::extract::Query::<Vec<(String, String)>>::from_request_parts(parts, state).await;
        let pairs =
            query.map_err(|_| Refused::invalid("query", "The query cannot be read.", "Encode it as a form."))?;
        Ok(Self(pairs.0.into_iter().filter(|(_, value)| !value.is_empty()).collect()))
    }
}

impl Query {
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.0.remove(name)
    }

    /// `limit`, 1–1000, 100 when left out.
    pub fn limit(&mut self) -> Result<u32, Refused> {
        let Some(text) = self.take("limit") else { return Ok(100) };
        let limit = text.parse().ok().filter(|limit| (1..=1_000).contains(limit));
        limit.ok_or_else(|| Refused::invalid("limit", "This is no number of items.", "Choose 1 to 1000."))
    }
}

/// The version an edit names; `None` stands for `*`, whichever there is.
pub fn if_match(headers: &HeaderMap) -> Result<Option<u64>, Refused> {
    let Some(value) = headers.get(header::IF_MATCH) else {
        let refusal = Refusal::new("version_wanted", "An edit must name the version it saw.").field("If-Match");
        return Err(Refused::new(
            Kind::VersionWanted,
            refusal.remedy("Send If-Match with the ETag you were given, or *."),
        ));
    };
    let text = value.to_str().unwrap_or_default().trim();
    if text == "*" {
        return Ok(None);
    }
    let version = text.strip_prefix('"').and_then(|text| text.strip_suffix('"')).and_then(|text| text.parse().ok());
    match version {
        Some(version) => Ok(Some(version)),
        // An ETag that we never gave cannot be the current one.
        None => {
            let refusal = Refusal::new("stale", "This ETag is not one of ours.").field("If-Match");
            Err(Refused::new(Kind::Stale, refusal.remedy("Load it again and name its ETag.")))
        }
    }
}

pub fn etag(version: u64) -> [(header::HeaderName, String); 1] {
    [(header::ETAG, format!("\"{version}\""))]
}
