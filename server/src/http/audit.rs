//! The audit.

use super::{Handlers, Shared, body::Query};
use crate::app::error::Refused;
use axum::{Json, extract::State, routing::get};
use twinline_api::rest::{Page, audit::AuditEntry};

pub(super) fn add(all: &mut Handlers) {
    all.insert("audit.list", get(list));
}

async fn list(State(app): State<Shared>, mut query: Query) -> Result<Json<Page<AuditEntry>>, Refused> {
    let limit = query.limit()?;
    let before =
        match query.take("cursor") {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| {
                Refused::invalid("cursor", "This is no cursor of ours.", "Use `next` of the page before.")
            })?),
        };
    let entries = app.audit(before, limit).await?;
    let full = entries.len() == limit as usize;
    let next = entries.last().filter(|entry| full && entry.seq > 1).map(|entry| entry.seq.to_string());
    let json = |text: Option<String>| text.and_then(|text| serde_json::from_str(&text).ok());
    let items = entries.into_iter().map(|entry| AuditEntry {
        seq: entry.seq,
        at_ms: entry.at.div_euclid(1_000),
        actor: entry.actor,
        action: entry.action,
        target: entry.target,
        before: json(entry.before),
        after: json(entry.after),
    });
    Ok(Json(Page { items: items.collect(), next }))
}
