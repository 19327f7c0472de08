//! Server-sent events for supervisors: the live view when it changes, and the history as it grows.

use super::{Handlers, Shared};
use crate::{
    app::{actor::Actor, error::Refused},
    jobs::relay::Happened,
};
use axum::{
    Extension,
    extract::State,
    http::HeaderMap,
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::get,
};
use std::{collections::VecDeque, convert::Infallible, sync::Arc, time::Duration};
use tokio::sync::{broadcast, watch};
use twinline_api::rest::live::LiveView;
use twinline_model::AgentId;

/// Live views are sent at most this often: fresh enough for people, and a busy centre does not flood them.
const LIVE_EVERY: Duration = Duration::from_millis(500);
/// Events fetched at once while catching up.
const CATCH_UP: u32 = 500;

pub(super) fn add(all: &mut Handlers) {
    all.insert("events", get(events));
}

async fn events(
    State(app): State<Shared>,
    Extension(actor): Extension<Actor>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    let seen = headers.get("last-event-id").and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    let news = app.history.subscribe();
    let seq = seen.unwrap_or_else(|| *app.store.committed().borrow());
    let mut live = app.switchboard.live();
    live.mark_changed();
    let (ended, closing) = (app.sign_ins_ended(), app.closing.subscribe());
    let (behind, ready) = (seen.is_some(), VecDeque::new());
    let watcher = Watcher { app, actor, live, news, ended, closing, seq, behind, ready };
    let stream = futures_util::stream::unfold(watcher, |mut watcher| async move {
        let event = watcher.next().await?;
        Some((Ok::<_, Infallible>(event), watcher))
    });
    Ok(Sse::new(stream).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))).into_response())
}

struct Watcher {
    app: Shared,
    actor: Actor,
    live: watch::Receiver<Arc<LiveView>>,
    news: broadcast::Receiver<Arc<Happened>>,
    ended: broadcast::Receiver<AgentId>,
    closing: watch::Receiver<bool>,
    /// Number of the last event sent.
    seq: u64,
    /// The store knows events that were not sent.
    behind: bool,
    ready: VecDeque<Event>,
}

impl Watcher {
    async fn next(&mut self) -> Option<Event> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Some(event);
            }
            if self.behind {
                self.catch_up().await?;
                continue;
            }
            tokio::select! {
                changed = self.live.changed() => {
                    changed.ok()?;
                    let view = self.live.borrow_and_update().clone();
                    self.ready.push_back(Event::default().event("live").json_data(&*view).ok()?);
                    // More changes within this time become one; the history waits no longer than that either.
                    tokio::time::sleep(LIVE_EVERY).await;
                }
                news = self.news.recv() => match news {
                    Ok(happened) if happened.seq > self.seq => {
                        self.seq = happened.seq;
                        self.ready.push_back(shown(happened.seq, &happened.json));
                    }
                    Ok(_) => {}
                    Err(broadcast::error::RecvError::Lagged(_)) => self.behind = true,
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                // Whoever signed out sees no more.
                ended = self.ended.recv() => {
                    let other = ended.is_ok_and(|agent| agent != self.actor.agent);
                    if !other && self.app.actor_by_hash(&self.actor.token).await.is_err() {
                        return None;
                    }
                }
                _ = self.closing.changed() => return None,
            }
        }
    }

    async fn catch_up(&mut self) -> Option<()> {
        let missed = match self.app.store.events_after(self.seq, CATCH_UP).await {
            Ok(missed) => missed,
            Err(error) => {
                tracing::warn!(%error, "event stream");
                return None;
            }
        };
        self.behind = missed.len() == CATCH_UP as usize;
        for (seq, occurrence) in missed {
            self.seq = seq;
            self.ready.push_back(shown(seq, &serde_json::to_string(&occurrence).unwrap_or_default()));
        }
        Some(())
    }
}

fn shown(seq: u64, json: &str) -> Event {
    Event::default().event("happened").id(seq.to_string()).data(json)
}
