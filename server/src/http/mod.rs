//! HTTP: handlers without rules. The router is built from the table of questions in `twinline_api::openapi`: each entry
//! gets its handler, its check of who asks, and its treatment of `Idempotency-Key`; the rest is refused.

pub mod assets;
pub mod audit;
pub mod auth;
pub mod body;
pub mod ccp;
pub mod contacts;
pub mod devices;
pub mod docs;
pub mod error;
pub mod events;
pub mod files;
pub mod flows;
pub mod health;
pub mod idempotency;
pub mod live;
pub mod nouns;
pub mod prompts;
pub mod recordings;
pub mod security;
pub mod serve;
pub mod session;
pub mod settings;
pub mod users;

use crate::app::App;
use axum::{
    Router,
    extract::DefaultBodyLimit,
    middleware::{from_fn, from_fn_with_state},
    routing::MethodRouter,
};
use std::{collections::BTreeMap, sync::Arc};
use tower_http::compression::{
    CompressionLayer,
    predicate::{NotForContentType, Predicate, SizeAbove},
};
use twinline_api::openapi;
use twinline_model as model;

pub type Shared = Arc<App>;

/// Handlers by the name of their question.
pub(crate) type Handlers = BTreeMap<&'static str, MethodRouter<Shared>>;

/// Everything the server answers over HTTP.
pub fn router(app: Shared) -> Router {
    let mut handlers = handlers();
    let mut router = Router::new();
    for operation in openapi::operations() {
        let handler = handlers.remove(operation.id.as_str()).expect("every question has a handler: tested");
        let path = operation.path.clone();
        let guarded = handler.layer(from_fn_with_state((app.clone(), Arc::new(operation)), auth::guard));
        router = router.route(&path, guarded);
    }
    debug_assert!(handlers.is_empty(), "handlers without a question: {:?}", handlers.keys());
    let body_bytes = usize::try_from(app.config.limits.body_bytes).unwrap_or(usize::MAX);
    router
        .fallback(assets::page)
        .method_not_allowed_fallback(error::method_not_allowed)
        .layer(DefaultBodyLimit::max(body_bytes))
        .layer(CompressionLayer::new().compress_when(worth_compressing()))
        .layer(from_fn_with_state(app.clone(), security::check_host))
        .layer(from_fn(security::headers))
        .layer(from_fn(health::count))
        .with_state(app)
}

fn worth_compressing() -> impl Predicate {
    // Sound is compact already, ranges must keep their length, and event streams must not be held back.
    SizeAbove::new(512)
        .and(NotForContentType::const_new("audio/"))
        .and(NotForContentType::SSE)
        .and(NotForContentType::IMAGES)
}

fn handlers() -> Handlers {
    let mut all = Handlers::new();
    session::add(&mut all);
    users::add(&mut all);
    nouns::add::<model::AgentStatus>(
        &mut all,
        ["statuses.list", "statuses.create", "statuses.get", "statuses.replace", "statuses.delete"],
    );
    nouns::add::<model::Queue>(
        &mut all,
        ["queues.list", "queues.create", "queues.get", "queues.replace", "queues.delete"],
    );
    nouns::add::<model::Hours>(&mut all, ["hours.list", "hours.create", "hours.get", "hours.replace", "hours.delete"]);
    nouns::add::<model::RoutingProfile>(
        &mut all,
        [
            "routing_profiles.list",
            "routing_profiles.create",
            "routing_profiles.get",
            "routing_profiles.replace",
            "routing_profiles.delete",
        ],
    );
    nouns::add::<model::Flow>(&mut all, ["flows.list", "flows.create", "flows.get", "flows.replace", "flows.delete"]);
    nouns::add::<model::Prompt>(
        &mut all,
        ["prompts.list", "prompts.create", "prompts.get", "prompts.replace", "prompts.delete"],
    );
    nouns::add::<model::Number>(
        &mut all,
        ["numbers.list", "numbers.create", "numbers.get", "numbers.replace", "numbers.delete"],
    );
    nouns::add::<model::QuickConnect>(
        &mut all,
        [
            "quick_connects.list",
            "quick_connects.create",
            "quick_connects.get",
            "quick_connects.replace",
            "quick_connects.delete",
        ],
    );
    nouns::add::<model::Trunk>(
        &mut all,
        ["trunks.list", "trunks.create", "trunks.get", "trunks.replace", "trunks.delete"],
    );
    flows::add(&mut all);
    prompts::add(&mut all);
    settings::add(&mut all);
    contacts::add(&mut all);
    recordings::add(&mut all);
    live::add(&mut all);
    events::add(&mut all);
    ccp::add(&mut all);
    devices::add(&mut all);
    audit::add(&mut all);
    health::add(&mut all);
    docs::add(&mut all);
    all
}
