//! The demo's own CCP: the same REST sign-in and WebSocket that the page uses, pressed by the script.

use super::clock::now_ms;
use anyhow::{Context, Result, bail};
use futures_util::{SinkExt, StreamExt};
use std::{net::SocketAddr, time::Duration};
use tokio::sync::{mpsc, watch};
use tokio_tungstenite::tungstenite::Message;
use twinline_api::ws::ccp::{CcpMessage, CcpRequest, Command, Desk, DeskChange};
use twinline_model::Refusal;

/// A signed-in agent's CCP.
pub struct CcpDesk {
    desk: watch::Receiver<Option<Desk>>,
    presses: mpsc::Sender<(Command, tokio::sync::oneshot::Sender<Result<(), Refusal>>)>,
    /// When a contact was first seen ringing, ms since the epoch.
    ringing: watch::Receiver<Option<f64>>,
}

impl CcpDesk {
    /// Opens the socket with a token and waits for the first snapshot.
    pub async fn open(http: SocketAddr, token: &str) -> Result<CcpDesk> {
        let url = format!("ws://{http}/api/v1/ccp/socket");
        let (mut socket, _) = tokio_tungstenite::connect_async(&url).await.context("the CCP socket")?;
        let hello = serde_json::json!({ "type": "hello", "token": token });
        socket.send(Message::text(hello.to_string())).await?;
        let (desk_is, desk) = watch::channel(None);
        let (ringing_is, ringing) = watch::channel(None);
        let (presses, mut inbox) = mpsc::channel::<(Command, tokio::sync::oneshot::Sender<Result<(), Refusal>>)>(16);
        tokio::spawn(async move {
            let mut waiting = std::collections::HashMap::new();
            let mut next = 0u64;
            loop {
                tokio::select! {
                    frame = socket.next() => match frame {
                        Some(Ok(Message::Text(text))) => {
                            let Ok(message) = serde_json::from_str::<CcpMessage>(text.as_str()) else { continue };
                            hear(message, &desk_is, &ringing_is, &mut waiting);
                        }
                        Some(Ok(_)) => {}
                        _ => return,
                    },
                    press = inbox.recv() => {
                        let Some((command, answer)) = press else { return };
                        next += 1;
                        let id = format!("demo-{next}");
                        waiting.insert(id.clone(), answer);
                        let request = CcpRequest::Command { id, command };
                        let Ok(text) = serde_json::to_string(&request) else { continue };
                        if socket.send(Message::text(text)).await.is_err() {
                            return;
                        }
                    }
                }
            }
        });
        let opened = CcpDesk { desk, presses, ringing };
        opened.wait(Duration::from_secs(10), "its first snapshot", |_| true).await?;
        Ok(opened)
    }

    /// Presses a button and waits for the server's answer.
    pub async fn press(&self, command: Command) -> Result<()> {
        let name = format!("{command:?}").split([' ', '{']).next().unwrap_or_default().to_owned();
        let (answer, heard) = tokio::sync::oneshot::channel();
        self.presses.send((command, answer)).await.context("the CCP socket is closed")?;
        match tokio::time::timeout(Duration::from_secs(10), heard).await {
            Ok(Ok(Ok(()))) => Ok(()),
            Ok(Ok(Err(refusal))) => bail!("{name} was refused: {refusal}"),
            _ => bail!("{name} was not answered"),
        }
    }

    /// Waits until the desk looks as `wanted`.
    pub async fn wait(&self, limit: Duration, what: &str, wanted: impl Fn(&Desk) -> bool) -> Result<Desk> {
        let mut desk = self.desk.clone();
        let shown = |desk: &Option<Desk>| desk.as_ref().is_some_and(&wanted);
        match tokio::time::timeout(limit, desk.wait_for(shown)).await {
            Ok(Ok(desk)) => desk.clone().context("no desk"),
            Ok(Err(_)) => bail!("the CCP socket closed while waiting for {what}"),
            Err(_) => bail!("the CCP waited {limit:?} in vain for {what}"),
        }
    }

    /// When the page first showed a contact ringing, ms since the epoch.
    pub fn ringing_at(&self) -> Option<f64> {
        *self.ringing.borrow()
    }
}

type Waiting = std::collections::HashMap<String, tokio::sync::oneshot::Sender<Result<(), Refusal>>>;

fn hear(
    message: CcpMessage,
    desk_is: &watch::Sender<Option<Desk>>,
    ringing_is: &watch::Sender<Option<f64>>,
    waiting: &mut Waiting,
) {
    match message {
        CcpMessage::Snapshot { desk, .. } => drop(desk_is.send_replace(Some(*desk))),
        CcpMessage::Change { desk: change, .. } => desk_is.send_modify(|desk| {
            if let Some(desk) = desk {
                merge(desk, change);
            }
        }),
        CcpMessage::Done { id } => {
            if let Some(answer) = waiting.remove(&id) {
                let _ = answer.send(Ok(()));
            }
        }
        CcpMessage::Refused { id, error } => {
            if let Some(answer) = waiting.remove(&id) {
                let _ = answer.send(Err(error));
            }
        }
        CcpMessage::SignInAgain { .. } | CcpMessage::Restarting { .. } | CcpMessage::Pong { .. } => {}
    }
    let rings = desk_is.borrow().as_ref().is_some_and(|desk| {
        desk.contacts.iter().any(|contact| contact.state == twinline_model::AgentContactState::Connecting)
    });
    if rings && ringing_is.borrow().is_none() {
        ringing_is.send_replace(Some(now_ms()));
    }
}

/// The page's own rule: whole members are replaced.
fn merge(desk: &mut Desk, change: DeskChange) {
    macro_rules! take {
        ($($member:ident)*) => {$(
            if let Some(value) = change.$member {
                desk.$member = value;
            }
        )*};
    }
    take!(agent contacts media queues statuses quick_connects dispositions recent);
}
