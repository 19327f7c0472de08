//! Refusals as RFC 9457 problem details: the last step, where a kind becomes a status.

use crate::app::error::{Kind, Refused};
use axum::{
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use twinline_api::rest::Problem;
use twinline_model::Refusal;

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        let status = status_of(self.kind);
        let problem = Problem {
            kind: format!("urn:twinline:problem:{}", self.refusal.code),
            title: status.canonical_reason().unwrap_or("Refused").to_owned(),
            status: status.as_u16(),
            detail: self.refusal.message,
            code: self.refusal.code,
            field: self.refusal.field,
            remedy: self.refusal.remedy,
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        let mut response = (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response();
        let headers = response.headers_mut();
        match self.kind {
            Kind::TooMany { retry_s } => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from(retry_s));
            }
            Kind::NotSignedIn => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"twinline\""));
            }
            Kind::Range { length } => {
                if let Ok(value) = HeaderValue::try_from(format!("bytes */{length}")) {
                    headers.insert(header::CONTENT_RANGE, value);
                }
            }
            _ => {}
        }
        response
    }
}

fn status_of(kind: Kind) -> StatusCode {
    match kind {
        Kind::Invalid => StatusCode::UNPROCESSABLE_ENTITY,
        Kind::NotSignedIn => StatusCode::UNAUTHORIZED,
        Kind::NotAllowed => StatusCode::FORBIDDEN,
        Kind::NotFound => StatusCode::NOT_FOUND,
        Kind::Conflict => StatusCode::CONFLICT,
        Kind::Stale => StatusCode::PRECONDITION_FAILED,
        Kind::VersionWanted => StatusCode::PRECONDITION_REQUIRED,
        Kind::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Kind::WrongMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        Kind::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
        Kind::Range { .. } => StatusCode::RANGE_NOT_SATISFIABLE,
        Kind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        Kind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

pub async fn method_not_allowed() -> Response {
    let refusal = Refusal::new("method_not_allowed", "This address does not know this method.");
    let mut response = Refused::new(Kind::Invalid, refusal.remedy("See /api/docs.")).into_response();
    *response.status_mut() = StatusCode::METHOD_NOT_ALLOWED;
    response
}
