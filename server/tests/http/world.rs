//! What the stories are told in.

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tower::ServiceExt;
use twinline_core::io::AgentCommand;
use twinline_model::*;
use twinline_server::{
    app::{App, demo},
    clock::Clock,
    config::Config,
    http,
    switchboard::port::{Request as Asked, Switchboard, Views},
};
use twinline_store::Store;

/// What the switchboard was asked, in words.
pub type Heard = Arc<Mutex<Vec<String>>>;

pub struct World {
    pub dir: tempfile::TempDir,
    pub app: Arc<App>,
    pub router: Router,
    pub heard: Heard,
    pub views: Arc<Views>,
    /// Answers to the next commands; `Ok` when there is none left.
    pub refusals: Arc<Mutex<VecDeque<Refusal>>>,
}

pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or(Value::Null)
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> String {
        self.headers.get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
    }
}

pub async fn world() -> World {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("twinline.db")).await.unwrap();
    let clock = Clock::start();
    demo::seed(&store, &clock, dir.path(), demo::OUTBOUND).await.unwrap();
    let centre = Arc::new(store.load_centre().await.unwrap().unwrap());
    let mut config = Config::default();
    config.data.dir = dir.path().to_owned();
    config.http.origins = vec!["https://crm.example".to_owned()];
    let (switchboard, mut inbox, views) = Switchboard::new(1_000);
    let (heard, refusals) = (Heard::default(), Arc::new(Mutex::new(VecDeque::new())));
    let (listening, answers): (Heard, Arc<Mutex<VecDeque<Refusal>>>) = (heard.clone(), refusals.clone());
    tokio::spawn(async move {
        while let Some(asked) = inbox.recv().await {
            let (words, answered) = match asked {
                Asked::Command { what: AgentCommand::SignIn, answer, .. } => {
                    ("sign in".into(), answer.send(Ok(())).is_ok())
                }
                Asked::Command { what, answer, .. } => {
                    let refusal = answers.lock().unwrap().pop_front();
                    (format!("{what:?}"), answer.send(refusal.map_or(Ok(()), Err)).is_ok())
                }
                Asked::Pair { code, answer, .. } => {
                    (format!("pair {code}"), answer.send(Ok(DeviceId::from_bits(5))).is_ok())
                }
                Asked::Unpair { answer, .. } => ("unpair".into(), answer.send(Ok(())).is_ok()),
                Asked::CcpLink { up, .. } => (format!("ccp {}", if up { "up" } else { "down" }), true),
                Asked::Configure { done, .. } => ("configure".into(), done.send(()).is_ok()),
            };
            assert!(answered, "nobody waited for {words}");
            listening.lock().unwrap().push(words);
        }
    });
    let app = Arc::new(App::new(store, switchboard, clock, Arc::new(config), centre));
    World { dir, router: http::router(app.clone()), app, heard, views, refusals }
}

impl World {
    pub fn agent(&self, username: &str) -> Agent {
        self.app.centre().agent_named(username).unwrap().clone()
    }

    /// A token of a user, made without the cost of a password.
    pub async fn token(&self, username: &str) -> String {
        let expires = self.app.clock.now() + Duration::from_secs(3_600);
        self.app.make_token(self.agent(username).id, "session", "test", expires).await.unwrap()
    }

    pub fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap().clone()
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let mut request = request;
        request.extensions_mut().insert(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 4_000))));
        if !request.headers().contains_key(header::HOST) {
            request.headers_mut().insert(header::HOST, "127.0.0.1:8080".parse().unwrap());
        }
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 64 << 20).await.unwrap().to_vec();
        Answer { status: parts.status, headers: parts.headers, body }
    }

    /// Asks with a token, headers as pairs, and a JSON body.
    pub async fn ask(
        &self,
        token: &str,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<&Value>,
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !token.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, token: &str, path: &str) -> Answer {
        self.ask(token, Method::GET, path, &[], None).await
    }

    pub async fn post(&self, token: &str, path: &str, body: &Value) -> Answer {
        self.ask(token, Method::POST, path, &[], Some(body)).await
    }
}
