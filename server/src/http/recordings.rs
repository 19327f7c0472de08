//! Recordings.

use super::{Handlers, Shared, body::Id, files};
use crate::app::{actor::Actor, error::Refused};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, header},
    response::Response,
    routing::get,
};
use twinline_api::rest::recordings::{Peaks, Recording};
use twinline_model::RecordingId;

pub(super) fn add(all: &mut Handlers) {
    all.insert("recordings.get", get(one));
    all.insert("recordings.audio", get(audio));
    all.insert("recordings.peaks", get(peaks));
}

async fn one(State(app): State<Shared>, Id(id): Id<RecordingId>) -> Result<Json<Recording>, Refused> {
    app.recording(id).await.map(Json)
}

async fn audio(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<RecordingId>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let range = headers.get(header::RANGE).and_then(|value| value.to_str().ok());
    let from_start = range.is_none_or(|range| range.trim().starts_with("bytes=0-"));
    let path = app.listen(&actor, id, from_start).await?;
    files::send(&path, "audio/wav", &headers).await
}

async fn peaks(State(app): State<Shared>, Id(id): Id<RecordingId>) -> Result<Json<Peaks>, Refused> {
    app.peaks(id).await.map(Json)
}
