//! Configured things: added, looked at, replaced by version, deleted when nothing needs them.

use crate::world::world;
use axum::http::{Method, StatusCode};
use serde_json::{Value, json};

#[tokio::test]
async fn a_queue_is_added_changed_by_version_and_deleted_and_calls_know_at_once() {
    let world = world().await;
    let admin = world.token("admin").await;
    let name = "<img src=x onerror=alert(1)>'\"; DROP TABLE nouns; --";
    let created = world.post(&admin, "/api/v1/queues", &json!({ "name": name })).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.json());
    assert_eq!(created.json()["name"], name, "a name is data");
    assert_eq!(created.header("content-type"), "application/json");
    let path = created.header("location");
    assert_eq!(created.header("etag"), "\"1\"");
    assert!(world.app.centre().queues.values().any(|queue| queue.name == name));
    assert_eq!(world.heard(), ["configure"]);

    let spec = json!({ "name": name, "ring_timeout_s": 30 });
    let without = world.ask(&admin, Method::PUT, &path, &[], Some(&spec)).await;
    assert_eq!((without.status, without.code()), (StatusCode::PRECONDITION_REQUIRED, "version_wanted".into()));
    let changed = world.ask(&admin, Method::PUT, &path, &[("if-match", "\"1\"")], Some(&spec)).await;
    assert_eq!((changed.status, changed.header("etag")), (StatusCode::OK, "\"2\"".into()));
    let stale = world.ask(&admin, Method::PUT, &path, &[("if-match", "\"1\"")], Some(&spec)).await;
    assert_eq!((stale.status, stale.code()), (StatusCode::PRECONDITION_FAILED, "stale".into()));
    assert_eq!(world.get(&admin, &path).await.json()["ring_timeout_s"], 30);

    let gone = world.ask(&admin, Method::DELETE, &path, &[("if-match", "\"2\"")], None).await;
    assert_eq!(gone.status, StatusCode::NO_CONTENT);
    assert_eq!(world.get(&admin, &path).await.status, StatusCode::NOT_FOUND);
    let audit = world.get(&admin, "/api/v1/audit?limit=3").await.json();
    let actions: Vec<_> = audit["items"].as_array().unwrap().iter().map(|entry| entry["action"].clone()).collect();
    assert_eq!(actions, ["queue.delete", "queue.replace", "queue.create"]);
    assert_eq!(audit["items"][1]["before"]["ring_timeout_s"], 20);
    assert_eq!(audit["items"][1]["after"]["ring_timeout_s"], 30);
}

#[tokio::test]
async fn what_is_used_is_not_deleted_and_names_are_told_apart() {
    let world = world().await;
    let admin = world.token("admin").await;
    let billing = world.app.centre().queues.values().find(|queue| queue.name == "Billing").unwrap().id;
    let path = format!("/api/v1/queues/{billing}");
    let used = world.ask(&admin, Method::DELETE, &path, &[("if-match", "*")], None).await;
    assert_eq!((used.status, used.code()), (StatusCode::CONFLICT, "in_use".into()));
    assert!(used.json()["detail"].as_str().unwrap().contains("routing profile Everybody"));
    let taken = world.post(&admin, "/api/v1/queues", &json!({ "name": "Billing" })).await;
    assert_eq!((taken.status, taken.code()), (StatusCode::CONFLICT, "name_taken".into()));
    let same_number = json!({ "number": "+82-25550100" });
    assert_eq!(world.post(&admin, "/api/v1/numbers", &same_number).await.code(), "name_taken");
}

#[tokio::test]
async fn every_refusal_names_the_field_and_the_remedy() {
    let world = world().await;
    let admin = world.token("admin").await;
    let nowhere = "00000000-0000-4000-8000-000000000000";
    let stories = [
        ("queues", json!({ "name": " x " }), "name"),
        ("queues", json!({ "name": "Q", "ring_timeout_s": 4 }), "ring_timeout_s"),
        ("queues", json!({ "name": "Q", "hours": nowhere }), "hours"),
        ("queues", json!({ "name": "Q", "outbound_caller_id": "call me" }), "outbound_caller_id"),
        ("queues", json!({ "name": "Q", "colour": "red" }), "colour"),
        ("queues", json!({ "name": 7 }), "name"),
        ("hours", json!({ "name": "H", "time_zone": "Mars/Olympus", "open": [] }), "time_zone"),
        (
            "hours",
            json!({ "name": "H", "time_zone": "Asia/Seoul", "open": [{ "day": "MONDAY", "start_min": 0, "end_min": 1440 }] }),
            "open[0].end_min",
        ),
        ("trunks", json!({ "name": "T", "sources": ["127.0.0.1", "0.0.0.0/0"] }), "sources[1]"),
        ("trunks", json!({ "name": "T", "target": "::1:5060:x" }), "target"),
        ("trunks", json!({ "name": "T", "outbound_prefixes": ["+8a"] }), "outbound_prefixes[0]"),
        ("trunks", json!({ "name": "T", "inbound_auth": true }), "password"),
        ("users", json!({ "username": "a b", "roles": [] }), "username"),
        ("users", json!({ "username": "new", "roles": ["agent"] }), "routing_profile"),
        ("users", json!({ "username": "new", "roles": [], "password": "short" }), "password"),
        ("numbers", json!({ "number": "12ab" }), "number"),
        ("numbers", json!({ "number": "12", "flow": nowhere }), "flow"),
        ("flows", json!({ "name": "F", "kind": "CONTACT_FLOW", "content": {} }), "content"),
        ("prompts", json!({ "name": "P", "file": "../../etc/passwd.wav" }), "file"),
        ("routing_profiles", json!({ "name": "R", "queues": [{ "queue": nowhere }] }), "queues[0].queue"),
        ("quick_connects", json!({ "name": "X", "target": { "type": "queue", "queue": nowhere } }), "target.queue"),
    ];
    for (noun, body, field) in stories {
        let answer = world.post(&admin, &format!("/api/v1/{noun}"), &body).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{noun} {body}: {}", answer.json());
        let problem = answer.json();
        let named = problem["field"].as_str().unwrap_or_default();
        assert!(named.starts_with(field), "{noun} {body}: {problem}");
        assert!(problem["remedy"].as_str().is_some_and(|remedy| remedy.len() > 10), "{problem}");
        assert_eq!(problem["type"], format!("urn:twinline:problem:{}", answer.code()));
    }
    assert_eq!(world.heard(), Vec::<String>::new(), "nothing refused reaches the calls");
}

#[tokio::test]
async fn bodies_that_are_no_json_are_told_so() {
    use axum::{body::Body, http::Request};
    let world = world().await;
    let admin = world.token("admin").await;
    let send = |media: &'static str, body: Vec<u8>| {
        let request = Request::post("/api/v1/queues")
            .header("authorization", format!("Bearer {admin}"))
            .header("content-type", media)
            .body(Body::from(body))
            .unwrap();
        world.send(request)
    };
    assert_eq!(send("text/plain", b"{}".to_vec()).await.code(), "wrong_media_type");
    assert_eq!(send("application/json", b"{\"name\":".to_vec()).await.code(), "not_json");
    assert_eq!(send("application/json", b"{\"name\":\"a\"} x".to_vec()).await.code(), "not_json");
    assert_eq!(send("application/json", vec![0xff, 0xfe]).await.code(), "not_json");
    let huge = format!("{{\"name\":\"{}\"}}", "a".repeat(3 << 20));
    let answer = send("application/json", huge.into_bytes()).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::PAYLOAD_TOO_LARGE, "too_large".into()));
    let deep = "[".repeat(100_000);
    assert_eq!(send("application/json", deep.into_bytes()).await.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn a_repeated_request_with_its_key_acts_once() {
    let world = world().await;
    let admin = world.token("admin").await;
    let key = [("idempotency-key", "press-1")];
    let body = json!({ "name": "Once" });
    let first = world.ask(&admin, Method::POST, "/api/v1/queues", &key, Some(&body)).await;
    let second = world.ask(&admin, Method::POST, "/api/v1/queues", &key, Some(&body)).await;
    assert_eq!(first.status, StatusCode::CREATED);
    assert_eq!((first.status, &first.body), (second.status, &second.body));
    assert_eq!(first.header("location"), second.header("location"));
    assert_eq!(world.heard(), ["configure"]);
    let other = json!({ "name": "Twice" });
    let reused = world.ask(&admin, Method::POST, "/api/v1/queues", &key, Some(&other)).await;
    assert_eq!(reused.code(), "key_reused");
    // What was refused may be corrected under the same key.
    let retry = [("idempotency-key", "press-2")];
    let bad = json!({ "name": "" });
    assert_eq!(world.ask(&admin, Method::POST, "/api/v1/queues", &retry, Some(&bad)).await.code(), "invalid");
    let good = world.ask(&admin, Method::POST, "/api/v1/queues", &retry, Some(&other)).await;
    assert_eq!(good.status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_trunk_password_goes_in_and_never_comes_out() {
    let world = world().await;
    let admin = world.token("admin").await;
    let secret = "s3cret-of-the-trunk";
    let mut spec = json!({ "name": "Provider", "username": "u", "password": secret, "registrar": "sip:p.example" });
    let created = world.post(&admin, "/api/v1/trunks", &spec).await;
    assert_eq!((created.status, &created.json()["password_set"]), (StatusCode::CREATED, &json!(true)));
    let path = created.header("location");
    spec.as_object_mut().unwrap().remove("password");
    let replaced = world.ask(&admin, Method::PUT, &path, &[("if-match", "\"1\"")], Some(&spec)).await;
    assert_eq!(replaced.json()["password_set"], true, "left out: stays");
    let kept = world.app.centre().trunks.values().find(|trunk| trunk.name == "Provider").unwrap().password.clone();
    assert_eq!(kept.as_deref(), Some(secret));
    for path in [path.as_str(), "/api/v1/trunks", "/api/v1/audit"] {
        let answer = world.get(&admin, path).await;
        assert!(!String::from_utf8_lossy(&answer.body).contains(secret), "{path}");
    }
}

#[tokio::test]
async fn lists_are_paged_by_cursor_without_gaps() {
    let world = world().await;
    let admin = world.token("admin").await;
    for n in 0..25 {
        world.post(&admin, "/api/v1/statuses", &json!({ "name": format!("S{n:02}"), "kind": "CUSTOM" })).await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/statuses?limit=10".to_owned();
    loop {
        let page = world.get(&admin, &path).await.json();
        names.extend(page["items"].as_array().unwrap().iter().map(|item| item["name"].clone()));
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/statuses?limit=10&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(names.len(), 29);
    assert!(names.windows(2).all(|pair| pair[0].as_str() < pair[1].as_str()));
    assert_eq!(world.get(&admin, "/api/v1/statuses?limit=0").await.json()["field"], "limit");
}

#[tokio::test]
async fn a_flow_is_checked_before_it_is_saved_and_counts_its_versions() {
    let world = world().await;
    let admin = world.token("admin").await;
    let flow = |target: &str| {
        json!({ "name": "Bye", "kind": "CONTACT_FLOW", "content": {
            "Version": "2019-10-30", "StartAction": "a", "Metadata": { "position": { "x": 1 } },
            "Actions": [{ "Identifier": "a", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {} },
                        { "Identifier": "b", "Type": "UpdateContactTargetQueue", "Parameters": { "QueueId": target },
                          "Transitions": { "NextAction": "a", "Errors": [{ "ErrorType": "NoMatchingError", "NextAction": "a" }] } }] } })
    };
    let nowhere = flow("00000000-0000-4000-8000-000000000000");
    let checked = world.post(&admin, "/api/v1/flows/check", &nowhere).await.json();
    let codes: Vec<_> = checked["findings"].as_array().unwrap().iter().map(|finding| finding["code"].clone()).collect();
    assert!(codes.contains(&json!("unknown_queue")), "{checked}");
    let created = world.post(&admin, "/api/v1/flows", &nowhere).await;
    assert_eq!(created.status, StatusCode::CREATED, "{}", created.json());
    assert_eq!(created.json()["content"]["Metadata"]["position"]["x"], 1, "the document comes back as it was");
    let path = created.header("location");
    let replaced = world.ask(&admin, Method::PUT, &path, &[("if-match", "\"1\"")], Some(&nowhere)).await;
    assert_eq!(replaced.json()["version"], 2);
    let stored = world.app.centre().flows.values().find(|flow| flow.name == "Bye").unwrap().version;
    assert_eq!(stored, 2);
}

#[tokio::test]
async fn the_sound_of_a_prompt_is_sent_and_heard_back() {
    use axum::{body::Body, http::Request};
    let world = world().await;
    let admin = world.token("admin").await;
    let created = world.post(&admin, "/api/v1/prompts", &json!({ "name": "Chime" })).await;
    let path = format!("{}/audio", created.header("location"));
    assert_eq!(world.get(&admin, &path).await.code(), "sound_missing");
    let send = |body: Vec<u8>| {
        let request = Request::put(&path)
            .header("authorization", format!("Bearer {admin}"))
            .header("content-type", "audio/wav")
            .body(Body::from(body))
            .unwrap();
        world.send(request)
    };
    assert_eq!(send(b"not a sound".to_vec()).await.code(), "not_a_sound");
    let mut wav = b"RIFF\x24\0\0\0WAVEfmt ".to_vec();
    wav.extend(vec![7; 5 << 20]);
    assert_eq!(send(wav.clone()).await.status, StatusCode::NO_CONTENT);
    let heard = world.get(&admin, &path).await;
    assert_eq!((heard.status, heard.body == wav), (StatusCode::OK, true));
}

#[tokio::test]
async fn settings_name_flows_of_the_right_kind() {
    let world = world().await;
    let admin = world.token("admin").await;
    let settings = world.get(&admin, "/api/v1/settings").await.json();
    assert_eq!(settings["dispositions"].as_array().map(Vec::len), Some(4));
    let ivr = world.app.centre().flows.values().find(|flow| flow.name == "Welcome").unwrap().id;
    let wrong = json!({ "dispositions": [], "default_hold_flow": ivr });
    let answer = world.ask(&admin, Method::PUT, "/api/v1/settings", &[], Some(&wrong)).await;
    assert_eq!(answer.json()["field"], "default_hold_flow");
    let right = json!({ "dispositions": ["환불", "<b>"], "default_queue_flow": Value::Null });
    let answer = world.ask(&admin, Method::PUT, "/api/v1/settings", &[], Some(&right)).await;
    assert_eq!(answer.json()["dispositions"], json!(["환불", "<b>"]));
}
