//! The sounds of prompts.

use super::{
    Handlers, Shared,
    body::{self, Id},
    files,
};
use crate::app::{actor::Actor, error::Refused, prompts::SOUND_BYTES};
use axum::{
    Extension,
    extract::{DefaultBodyLimit, Request, State},
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::{get, put},
};
use twinline_model::PromptId;

pub(super) fn add(all: &mut Handlers) {
    all.insert("prompts.put_audio", put(send).layer(DefaultBodyLimit::max(SOUND_BYTES)));
    all.insert("prompts.get_audio", get(listen));
}

async fn send(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    Id(id): Id<PromptId>,
    request: Request,
) -> Result<StatusCode, Refused> {
    let sound = body::bytes(request, &app).await?;
    app.put_prompt_sound(&actor, id, sound.into()).await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn listen(State(app): State<Shared>, Id(id): Id<PromptId>, headers: HeaderMap) -> Result<Response, Refused> {
    let path = app.prompt_sound(id)?;
    let media = if path.extension().is_some_and(|end| end == "ogg") { "audio/ogg" } else { "audio/wav" };
    files::send(&path, media, &headers).await
}
