//! Sign-in and what comes of it.

use crate::world::world;
use axum::http::{Method, StatusCode};
use serde_json::json;

#[tokio::test]
async fn a_person_signs_in_looks_who_that_is_and_signs_out() {
    let world = world().await;
    let answer = world.post("", "/api/v1/session", &json!({ "username": "kim", "password": "twinline-demo" })).await;
    assert_eq!(answer.status, StatusCode::CREATED);
    let session = answer.json();
    let token = session["token"].as_str().unwrap().to_owned();
    assert_eq!(session["user"]["roles"], json!(["agent"]));
    let cookie = answer.header("set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    let me = world.get(&token, "/api/v1/session").await;
    assert_eq!(me.json()["user"]["username"], "kim");
    assert!(me.json().get("token").is_none(), "a token is shown once");
    assert_eq!(world.ask(&token, Method::DELETE, "/api/v1/session", &[], None).await.status, StatusCode::NO_CONTENT);
    let answer = world.get(&token, "/api/v1/session").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::UNAUTHORIZED, "not_signed_in".into()));
}

#[tokio::test]
async fn a_wrong_user_and_a_wrong_password_are_answered_alike() {
    let world = world().await;
    let wrong_user = json!({ "username": "nobody", "password": "twinline-demo" });
    let wrong_password = json!({ "username": "kim", "password": "twinline-demO" });
    let first = world.post("", "/api/v1/session", &wrong_user).await;
    let second = world.post("", "/api/v1/session", &wrong_password).await;
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    assert_eq!((first.status, first.body), (second.status, second.body));
}

#[tokio::test]
async fn guessing_is_braked_for_known_and_unknown_names_alike() {
    let world = world().await;
    for username in ["lee", "nobody"] {
        let guess = json!({ "username": username, "password": "wrong-password" });
        let mut last = None;
        for _ in 0..7 {
            last = Some(world.post("", "/api/v1/session", &guess).await);
        }
        let last = last.unwrap();
        assert_eq!((last.status, last.code()), (StatusCode::TOO_MANY_REQUESTS, "too_many_attempts".into()));
        assert!(last.header("retry-after").parse::<u32>().unwrap() >= 1);
    }
    let right = json!({ "username": "lee", "password": "twinline-demo" });
    assert_eq!(world.post("", "/api/v1/session", &right).await.status, StatusCode::TOO_MANY_REQUESTS);
}

#[tokio::test]
async fn a_cookie_writes_only_from_our_own_pages() {
    let world = world().await;
    let token = world.token("admin").await;
    let cookie = format!("a=b; twinline_session={token}");
    let status = json!({ "name": "Training", "kind": "CUSTOM" });
    for (origin, wanted) in [
        ("https://evil.example", StatusCode::FORBIDDEN),
        ("http://127.0.0.1:9999", StatusCode::FORBIDDEN),
        ("null", StatusCode::FORBIDDEN),
        ("http://127.0.0.1:8080", StatusCode::CREATED),
    ] {
        let headers = [("cookie", cookie.as_str()), ("origin", origin)];
        let answer = world.ask("", Method::POST, "/api/v1/statuses", &headers, Some(&status)).await;
        assert_eq!(answer.status, wanted, "{origin}");
    }
    let crm = [("cookie", cookie.as_str()), ("origin", "https://crm.example")];
    let other = json!({ "name": "Coaching", "kind": "CUSTOM" });
    assert_eq!(world.ask("", Method::POST, "/api/v1/statuses", &crm, Some(&other)).await.status, StatusCode::CREATED);
    let cross = [("cookie", cookie.as_str()), ("sec-fetch-site", "cross-site")];
    let answer = world.ask("", Method::POST, "/api/v1/statuses", &cross, Some(&status)).await;
    assert_eq!(answer.code(), "foreign_origin");
    let read = [("cookie", cookie.as_str())];
    assert_eq!(world.ask("", Method::GET, "/api/v1/statuses", &read, None).await.status, StatusCode::OK);
}

#[tokio::test]
async fn a_new_password_ends_every_sign_in_made_with_the_old_one() {
    let world = world().await;
    let admin = world.token("admin").await;
    let kim = world.token("kim").await;
    let id = world.agent("kim").id;
    let user = world.get(&admin, &format!("/api/v1/users/{id}")).await;
    let mut spec = user.json();
    for read_only in ["id", "arn", "version"] {
        spec.as_object_mut().unwrap().remove(read_only);
    }
    assert!(spec.get("password").is_none());
    spec["password"] = json!("a-new-password");
    let etag = user.header("etag");
    let path = format!("/api/v1/users/{id}");
    let answer = world.ask(&admin, Method::PUT, &path, &[("if-match", &etag)], Some(&spec)).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.json());
    assert_eq!(world.get(&kim, "/api/v1/session").await.status, StatusCode::UNAUTHORIZED);
    let old = json!({ "username": "kim", "password": "twinline-demo" });
    assert_eq!(world.post("", "/api/v1/session", &old).await.status, StatusCode::UNAUTHORIZED);
    let new = json!({ "username": "kim", "password": "a-new-password" });
    assert_eq!(world.post("", "/api/v1/session", &new).await.status, StatusCode::CREATED);
    let audit = world.get(&admin, "/api/v1/audit").await;
    assert!(!String::from_utf8_lossy(&audit.body).contains("a-new-password"));
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = world().await;
    let admin = world.token("admin").await;
    let path = format!("/api/v1/users/{}", world.agent("admin").id);
    let answer = world.ask(&admin, Method::DELETE, &path, &[("if-match", "*")], None).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::CONFLICT, "in_use".into()));
}
