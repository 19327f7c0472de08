//! The outbox: reads the history as it becomes durable and hands it to whoever listens, in order. Its position is kept,
//! so that after a restart nothing is skipped; listeners may see an event twice and know it by its number.

use crate::app::App;
use std::{sync::Arc, time::Duration};
use twinline_model::Event;
use twinline_store::StoreError;

/// One durable event.
#[derive(Debug)]
pub struct Happened {
    pub seq: u64,
    pub json: String,
}

const READER: &str = "event_sockets";
const AT_ONCE: u32 = 256;
/// How often the position is written, at most: it costs a transaction.
const REMEMBER_EVERY: Duration = Duration::from_secs(5);

/// Runs until the store is closed.
pub async fn run(app: Arc<App>) {
    if let Err(error) = relay(&app).await {
        tracing::error!(%error, "the relay of events ended");
    }
}

async fn relay(app: &App) -> Result<(), StoreError> {
    let mut committed = app.store.committed();
    // Whoever starts anew is not told years of history: pages ask from where they were.
    let mut seq = app.store.position(READER).await?.max(committed.borrow().saturating_sub(u64::from(AT_ONCE)));
    let mut remembered = app.clock.now();
    loop {
        let happened = app.store.events_after(seq, AT_ONCE).await?;
        if happened.is_empty() {
            if committed.changed().await.is_err() {
                return Ok(());
            }
            continue;
        }
        for (number, occurrence) in happened {
            seq = number;
            count(&occurrence.event);
            // Nobody may be listening.
            if app.history.receiver_count() > 0 {
                let json = serde_json::to_string(&occurrence).unwrap_or_default();
                app.history.send(Arc::new(Happened { seq, json })).ok();
            }
        }
        if app.clock.now().since(remembered) > REMEMBER_EVERY {
            app.store.set_position(READER, seq).await?;
            remembered = app.clock.now();
        }
    }
}

/// Metrics are a projection of the history.
fn count(event: &Event) {
    let name = match event {
        Event::Initiated { .. } => "initiated",
        Event::Queued { .. } => "queued",
        Event::Offered { .. } => "offered",
        Event::ConnectedToAgent { .. } => "connected_to_agent",
        Event::Disconnected { .. } => "disconnected",
        Event::Completed { .. } => "completed",
        Event::LegFailed { .. } => "leg_failed",
        Event::Fault { .. } => "fault",
        _ => return,
    };
    metrics::counter!("twinline_events_total", "type" => name).increment(1);
}
