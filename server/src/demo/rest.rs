//! The demo's REST client: sign-in, reading, waiting for a thing to be so.

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::{net::SocketAddr, time::Duration};

pub struct Rest {
    http: SocketAddr,
    client: reqwest::Client,
}

impl Rest {
    pub fn new(http: SocketAddr) -> Result<Rest> {
        Ok(Rest { http, client: reqwest::Client::builder().timeout(Duration::from_secs(10)).build()? })
    }

    pub async fn ready(&self, limit: Duration) -> Result<()> {
        let url = format!("http://{}/readyz", self.http);
        let tries = limit.as_millis() / 100;
        for _ in 0..tries {
            if self.client.get(&url).send().await.is_ok_and(|reply| reply.status().is_success()) {
                return Ok(());
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("the server was not ready in {limit:?}; its log is server.log in the data folder")
    }

    pub async fn sign_in(&self, username: &str, password: &str) -> Result<String> {
        let body = serde_json::json!({ "username": username, "password": password });
        let reply = self.client.post(self.url("session")).json(&body).send().await?;
        let status = reply.status();
        let session: Value = reply.json().await?;
        ensure!(status.is_success(), "{username} could not sign in: {status}");
        Ok(session["token"].as_str().context("no token came back")?.to_owned())
    }

    pub async fn get(&self, token: &str, path: &str) -> Result<Value> {
        let reply = self.client.get(self.url(path)).bearer_auth(token).send().await?;
        let status = reply.status();
        let text = reply.text().await?;
        ensure!(status.is_success(), "GET {path}: {status} {text}");
        serde_json::from_str(&text).with_context(|| format!("GET {path} gave no JSON"))
    }

    /// Asks every 100 ms until the answer is as wanted.
    pub async fn eventually(
        &self,
        token: &str,
        path: &str,
        limit: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Result<Value> {
        let mut last = Value::Null;
        for _ in 0..limit.as_millis() / 100 {
            if let Ok(value) = self.get(token, path).await {
                if wanted(&value) {
                    return Ok(value);
                }
                last = value;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        bail!("{path} was not as expected in {limit:?}; last: {last}")
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/api/v1/{path}", self.http)
    }
}
