//! Every question × every role, from the one table.

use crate::world::{World, world};
use axum::http::{Method, StatusCode};
use serde_json::json;
use std::fmt::Write;
use twinline_api::{
    openapi::{self, Access, Operation},
    rest::users::UserSpec,
};
use twinline_model::Role;
use twinline_server::app::actor::Actor;

const ROLES: [(&str, Role); 4] =
    [("agent", Role::Agent), ("supervisor", Role::Supervisor), ("vdi_team", Role::VdiTeam), ("admin", Role::Admin)];

fn method(operation: &Operation) -> Method {
    match operation.method {
        openapi::Method::Get => Method::GET,
        openapi::Method::Post => Method::POST,
        openapi::Method::Put => Method::PUT,
        openapi::Method::Delete => Method::DELETE,
    }
}

/// One user a role, with that role alone.
async fn tokens(world: &World) -> Vec<(Role, String)> {
    let mut tokens = Vec::new();
    let profile = world.agent("kim").routing_profile;
    for (name, role) in ROLES {
        let spec = UserSpec {
            username: format!("only-{name}"),
            first_name: String::new(),
            last_name: String::new(),
            roles: vec![role],
            routing_profile: profile,
            auto_accept: false,
            acw_limit_s: 0,
            language: "en".into(),
            desk_phone: None,
            password: None,
        };
        world.app.create_user(&Actor::command_line(), spec).await.unwrap();
        tokens.push((role, world.token(&format!("only-{name}")).await));
    }
    tokens
}

#[tokio::test]
async fn every_question_lets_in_whom_the_table_names_and_nobody_else() {
    let world = world().await;
    let tokens = tokens(&world).await;
    for operation in openapi::operations() {
        // Signing out would end the story, the event stream has no end.
        if ["session.delete", "events"].contains(&operation.id.as_str()) {
            continue;
        }
        let path = operation.path.replace("{id}", "00000000-0000-4000-8000-000000000000");
        let body = json!({});
        let headers = [("if-match", "*")];
        let nobody = world.ask("", method(&operation), &path, &headers, Some(&body)).await;
        let public = operation.access == Access::Public;
        assert_eq!(nobody.status == StatusCode::UNAUTHORIZED, !public, "nobody at {}", operation.id);
        let forged = world.ask(&"0".repeat(64), method(&operation), &path, &headers, Some(&body)).await;
        assert_eq!(forged.status == StatusCode::UNAUTHORIZED, !public, "forged token at {}", operation.id);
        for (role, token) in &tokens {
            let answer = world.ask(token, method(&operation), &path, &headers, Some(&body)).await;
            let allowed = operation.access.allows(&[*role]);
            let refused = answer.status == StatusCode::FORBIDDEN && answer.code() == "not_allowed";
            assert_eq!(refused, !allowed, "{role:?} at {}: {}", operation.id, answer.status);
            assert!(!answer.status.is_server_error(), "{role:?} at {}: {}", operation.id, answer.status);
        }
    }
}

/// Who may ask what, to be looked at when it changes.
#[test]
fn the_table_of_access_is_the_one_that_was_agreed() {
    let mut table = String::new();
    for operation in openapi::operations() {
        let who = match operation.access {
            Access::Public => "everybody".to_owned(),
            Access::SignedIn => "signed in".to_owned(),
            Access::Roles(roles) => {
                let names = ROLES.iter().filter(|(_, role)| roles.contains(role)).map(|(name, _)| *name);
                names.collect::<Vec<_>>().join(" ")
            }
        };
        writeln!(table, "{:6} {:40} {who}", method(&operation), operation.path).unwrap();
    }
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/http/access.txt");
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, &table).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), table, "UPDATE_GOLDEN=1 writes it anew");
}

#[tokio::test]
async fn unknown_addresses_and_methods_are_problems_too() {
    let world = world().await;
    let answer = world.get("", "/api/v1/nothing").await;
    assert_eq!((answer.status, answer.code()), (StatusCode::NOT_FOUND, "not_found".into()));
    assert_eq!(answer.header("content-type"), "application/problem+json");
    let answer = world.ask("", Method::PATCH, "/api/v1/queues", &[], None).await;
    assert_eq!((answer.status, answer.code()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed".into()));
}

#[tokio::test]
async fn a_name_that_is_not_ours_is_refused_whatever_it_resolves_to() {
    let world = world().await;
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:8080", "10.0.0.1", ""] {
        let answer = world.ask("", Method::GET, "/healthz", &[("host", host)], None).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{host}");
    }
    for host in ["127.0.0.1:8080", "localhost", "[::1]:8080", "LOCALHOST:1"] {
        let answer = world.ask("", Method::GET, "/healthz", &[("host", host)], None).await;
        assert_eq!(answer.status, StatusCode::OK, "{host}");
    }
}

#[tokio::test]
async fn pages_get_a_strict_policy_and_their_own_addresses() {
    let world = world().await;
    for path in ["/", "/contacts/1", "/ccp", "/ccp/", "/api/docs"] {
        let answer = world.get("", path).await;
        assert_eq!(answer.status, StatusCode::OK, "{path}");
        assert!(answer.header("content-type").starts_with("text/html"), "{path}");
        let policy = answer.header("content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains('*'), "{policy}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(answer.header("permissions-policy").contains("microphone=()"));
    }
    assert_eq!(world.get("", "/assets/none.js").await.status, StatusCode::NOT_FOUND);
    assert_eq!(world.get("", "/api/docs.css").await.header("content-type"), "text/css; charset=utf-8");
    let document = world.get("", "/api/v1/openapi.json").await;
    assert_eq!(document.json()["openapi"], "3.1.0");
}

#[tokio::test]
async fn probes_answer_and_metrics_are_for_this_host_only() {
    let world = world().await;
    assert_eq!(world.get("", "/healthz").await.json()["status"], "ok");
    assert_eq!(world.get("", "/readyz").await.status, StatusCode::OK);
    assert_eq!(world.get("", "/metrics").await.status, StatusCode::OK);
    let from_proxy = [("x-forwarded-for", "203.0.113.9")];
    let answer = world.ask("", Method::GET, "/metrics", &from_proxy, None).await;
    assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
    let kim = world.token("kim").await;
    assert_eq!(world.ask(&kim, Method::GET, "/metrics", &from_proxy, None).await.status, StatusCode::FORBIDDEN);
    let admin = world.token("admin").await;
    assert_eq!(world.ask(&admin, Method::GET, "/metrics", &from_proxy, None).await.status, StatusCode::OK);
}
