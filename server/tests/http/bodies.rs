//! Whatever is sent: an answer below 500, never a panic.

use crate::world::world;
use axum::http::{Method, StatusCode};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use serde_json::{Map, Value, json};
use twinline_api::openapi;

/// Members that exist, so that the values get somewhere.
const MEMBERS: [&str; 22] = [
    "name",
    "description",
    "hours",
    "number",
    "flow",
    "queues",
    "queue",
    "target",
    "type",
    "content",
    "kind",
    "open",
    "day",
    "start_min",
    "time_zone",
    "sources",
    "username",
    "roles",
    "password",
    "dispositions",
    "order",
    "file",
];
const WORDS: [&str; 14] = [
    "Q",
    "",
    "CUSTOM",
    "MONDAY",
    "Asia/Seoul",
    "+8225550100",
    "127.0.0.1/8",
    "admin",
    "phone_number",
    "CONTACT_FLOW",
    "2019-10-30",
    "00000000-0000-4000-8000-000000000000",
    "\u{0}",
    "<script>",
];

fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,12}".prop_map(Value::from),
        proptest::sample::select(&WORDS[..]).prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, |inner| {
        let member = prop_oneof![proptest::sample::select(&MEMBERS[..]).prop_map(str::to_owned), ".{0,8}"];
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((member, inner), 0..8).prop_map(|pairs| Value::Object(Map::from_iter(pairs))),
        ]
    })
}

#[tokio::test]
async fn no_body_brings_the_server_down() {
    let world = world().await;
    let admin = world.token("admin").await;
    let mut runner = TestRunner::deterministic();
    let id = world.app.centre().queues.keys().next().unwrap().to_string();
    let takers: Vec<_> = openapi::operations()
        .into_iter()
        // Guessing passwords is braked, and hashing is slow on purpose.
        .filter(|operation| matches!(operation.request, openapi::Body::Json(_)) && operation.id != "session.create")
        .collect();
    for _ in 0..60 {
        for operation in &takers {
            let mut body = anything().new_tree(&mut runner).unwrap().current();
            if let Some(members) = body.as_object_mut() {
                members.remove("password");
            }
            let method = match operation.method {
                openapi::Method::Put => Method::PUT,
                _ => Method::POST,
            };
            let path = operation.path.replace("{id}", &id);
            let answer = world.ask(&admin, method, &path, &[("if-match", "*")], Some(&body)).await;
            assert!(answer.status < StatusCode::INTERNAL_SERVER_ERROR, "{path} {body}: {}", answer.status);
            let problem = answer.status.is_client_error();
            assert!(!problem || !answer.code().is_empty(), "{path} {body}");
        }
    }
}

#[tokio::test]
async fn no_query_brings_the_server_down() {
    let world = world().await;
    let admin = world.token("admin").await;
    let texts = ["", "%", "%00", "%ff", "'--", "999999999999999999999", "-1", "2026-11-23", "a%20b", "\u{feff}"];
    for operation in openapi::operations().iter().filter(|operation| !operation.query.is_empty()) {
        for (name, _) in operation.query {
            for text in texts {
                let text = text.replace('\u{feff}', "%EF%BB%BF");
                let path = format!("{}?{name}={text}", operation.path.replace("{id}", &text));
                let Ok(uri) = path.parse::<axum::http::Uri>() else { continue };
                let answer = world.get(&admin, &uri.to_string()).await;
                assert!(answer.status < StatusCode::INTERNAL_SERVER_ERROR, "{path}: {}", answer.status);
            }
        }
    }
}
