//! `Idempotency-Key` on requests that create: a repeated one acts once and is answered the same.

use super::{Shared, body};
use crate::app::{
    actor::Actor,
    error::{Kind, Refused},
};
use axum::{
    body::{Body, Bytes, to_bytes},
    extract::Request,
    http::{HeaderMap, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
};
use twinline_model::{AgentId, Refusal};

/// Answers remembered; the oldest go first.
const REMEMBERED: usize = 1_024;
/// Answers larger than this are not remembered whole; ours are far smaller.
const ANSWER_BYTES: usize = 256 * 1_024;
const KEY_LENGTH: usize = 200;

type Key = (AgentId, String, String);

/// What was answered under which key.
#[derive(Default)]
pub struct Answered(Mutex<Remembered>);

#[derive(Default)]
struct Remembered {
    answers: HashMap<Key, Entry>,
    order: VecDeque<Key>,
}

#[derive(Clone)]
struct Entry {
    request: [u8; 32],
    /// `None` while the first one is still being worked on.
    answer: Option<(StatusCode, HeaderMap, Bytes)>,
}

pub async fn once(app: &Shared, actor: &Actor, request: Request, next: Next) -> Response {
    let Some(value) = request.headers().get("idempotency-key") else { return next.run(request).await };
    let Some(key) = value.to_str().ok().filter(|key| (1..=KEY_LENGTH).contains(&key.len())) else {
        return Refused::invalid("Idempotency-Key", "This key cannot be used.", "Send 1 to 200 visible characters.")
            .into_response();
    };
    let key = (actor.agent, request.uri().path().to_owned(), key.to_owned());
    let (parts, body) = request.into_parts();
    let body = match body::bytes(Request::from_parts(parts.clone(), body), app).await {
        Ok(body) => body,
        Err(refused) => return refused.into_response(),
    };
    let digest: [u8; 32] = Sha256::digest(&body).into();
    match app.answered.begin(&key, digest) {
        Begin::Again((status, headers, body)) => {
            let mut response = (status, body).into_response();
            *response.headers_mut() = headers;
            return response;
        }
        Begin::Refused(refused) => return refused.into_response(),
        Begin::First => {}
    }
    // Forgets the key when the request is dropped half-way, so that it can be tried again.
    let unfinished = Unfinished { app, key: Some(key) };
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    let (parts, body) = response.into_parts();
    let Ok(body) = to_bytes(body, ANSWER_BYTES).await else {
        return Refused::internal("an answer too large to remember").into_response();
    };
    unfinished.finish(parts.status, &parts.headers, &body);
    Response::from_parts(parts, Body::from(body))
}

enum Begin {
    First,
    Again((StatusCode, HeaderMap, Bytes)),
    Refused(Refused),
}

impl Answered {
    fn begin(&self, key: &Key, request: [u8; 32]) -> Begin {
        let mut remembered = self.lock();
        match remembered.answers.get(key) {
            Some(entry) if entry.request != request => {
                let refusal = Refusal::new("key_reused", "This key was used for another request.");
                let refusal = refusal.field("Idempotency-Key").remedy("Use a fresh key for a new request.");
                Begin::Refused(Refused::new(Kind::Invalid, refusal))
            }
            Some(Entry { answer: Some(answer), .. }) => Begin::Again(answer.clone()),
            Some(_) => {
                let refusal = Refusal::new("in_progress", "The first request with this key is still under way.");
                Begin::Refused(Refused::new(Kind::Conflict, refusal.remedy("Ask again in a second.")))
            }
            None => {
                if remembered.order.len() >= REMEMBERED
                    && let Some(oldest) = remembered.order.pop_front()
                {
                    remembered.answers.remove(&oldest);
                }
                remembered.order.push_back(key.clone());
                remembered.answers.insert(key.clone(), Entry { request, answer: None });
                Begin::First
            }
        }
    }

    fn forget(&self, key: &Key) {
        let mut remembered = self.lock();
        remembered.answers.remove(key);
        remembered.order.retain(|other| other != key);
    }

    fn lock(&self) -> MutexGuard<'_, Remembered> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Unfinished<'a> {
    app: &'a Shared,
    key: Option<Key>,
}

impl Unfinished<'_> {
    /// Remembers what was done. What was refused may be tried again under the same key.
    fn finish(mut self, status: StatusCode, headers: &HeaderMap, body: &Bytes) {
        let Some(key) = self.key.take() else { return };
        if !status.is_success() {
            self.app.answered.forget(&key);
        } else if let Some(entry) = self.app.answered.lock().answers.get_mut(&key) {
            entry.answer = Some((status, headers.clone(), body.clone()));
        }
    }
}

impl Drop for Unfinished<'_> {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.app.answered.forget(&key);
        }
    }
}
