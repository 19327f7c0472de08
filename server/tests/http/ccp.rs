//! The CCP's socket over a real connection.

use crate::world::{World, world};
use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use std::{net::SocketAddr, time::Duration};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::oneshot,
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest},
};
use twinline_api::ws::ccp::{Desk, DeskAgent, DeskMedia};
use twinline_model::*;
use twinline_server::http::serve;

struct Served {
    world: World,
    address: SocketAddr,
    stop: Option<oneshot::Sender<()>>,
}

async fn served() -> Served {
    let world = world().await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let app = world.app.clone();
    tokio::spawn(serve::run(app, listener, async move { stopped.await.unwrap_or(()) }));
    Served { world, address, stop: Some(stop) }
}

struct Page(WebSocketStream<MaybeTlsStream<TcpStream>>);

impl Served {
    async fn open(&self) -> Page {
        Page(connect_async(format!("ws://{}/api/v1/ccp/socket", self.address)).await.unwrap().0)
    }

    /// A page of Kim's that said hello.
    async fn page(&self, token: &str, seen: Option<u64>) -> Page {
        let mut page = self.open().await;
        page.say(json!({ "type": "hello", "token": token, "seen": seen, "desktop": "SEOUL-DT-114" })).await;
        page
    }

    fn publish(&self, dispositions: &[&str]) {
        let agent = self.world.agent("kim").id;
        self.world.views.publish_desk(agent, desk(agent, dispositions));
    }
}

impl Page {
    async fn say(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).await.unwrap();
    }

    /// The next message; `Null` when the socket closed.
    async fn hear(&mut self) -> Value {
        loop {
            match timeout(Duration::from_secs(5), self.0.next()).await.unwrap() {
                Some(Ok(Message::Text(text))) => return serde_json::from_str(&text).unwrap(),
                Some(Ok(Message::Close(_)) | Err(_)) | None => return Value::Null,
                Some(Ok(_)) => {}
            }
        }
    }
}

fn desk(agent: AgentId, dispositions: &[&str]) -> Desk {
    Desk {
        agent: DeskAgent {
            id: agent,
            username: "kim".into(),
            name: "Kim".into(),
            language: "ko".into(),
            status: AgentStatusId::from_bits(1),
            activity: "available".into(),
            since_ms: 1,
            next_status: None,
            routable: true,
            not_routable_why: None,
            auto_accept: false,
        },
        contacts: vec![],
        media: DeskMedia {
            path: MediaPath::Local,
            ready: true,
            state: "ready".into(),
            device_name: None,
            device: None,
            quality: None,
            reason: None,
            muted: false,
        },
        queues: vec![],
        statuses: vec![],
        quick_connects: vec![],
        dispositions: dispositions.iter().map(|code| (*code).to_owned()).collect(),
        recent: vec![],
    }
}

fn press(id: &str) -> Value {
    let contact = ContactId::from_bits(3);
    json!({ "type": "command", "id": id, "command": { "do": "hold", "contact": contact } })
}

#[tokio::test]
async fn a_page_gets_a_snapshot_then_changes_and_after_a_break_only_what_it_missed() {
    let served = served().await;
    let token = served.world.token("kim").await;
    served.publish(&[]);
    let mut page = served.page(&token, None).await;
    let snapshot = page.hear().await;
    assert_eq!((&snapshot["type"], &snapshot["seq"]), (&json!("snapshot"), &json!(1_000)));
    assert_eq!(snapshot["desk"]["agent"]["activity"], "available");
    served.publish(&["a"]);
    let change = page.hear().await;
    assert_eq!((&change["type"], &change["seq"]), (&json!("change"), &json!(1_001)));
    assert_eq!(change["desk"], json!({ "dispositions": ["a"] }), "only what changed");
    drop(page);
    served.publish(&["a", "b"]);
    served.publish(&["a", "b", "c"]);
    let mut page = served.page(&token, Some(1_001)).await;
    let missed = page.hear().await;
    assert_eq!((&missed["type"], &missed["seq"]), (&json!("change"), &json!(1_003)));
    assert_eq!(missed["desk"], json!({ "dispositions": ["a", "b", "c"] }));
    let mut stranger = served.page(&token, Some(7)).await;
    assert_eq!(stranger.hear().await["type"], "snapshot", "a number of another run");
    assert_eq!(served.world.views.desktop(served.world.agent("kim").id).as_deref(), Some("SEOUL-DT-114"));
}

#[tokio::test]
async fn a_repeated_press_acts_once_even_on_another_page_and_is_answered_the_same() {
    let served = served().await;
    let token = served.world.token("kim").await;
    let mut page = served.page(&token, None).await;
    page.say(press("p1")).await;
    page.say(press("p1")).await;
    assert_eq!(page.hear().await, json!({ "type": "done", "id": "p1" }));
    assert_eq!(page.hear().await, json!({ "type": "done", "id": "p1" }));
    let mut other = served.page(&token, None).await;
    other.say(press("p1")).await;
    assert_eq!(other.hear().await["type"], "done");
    let refusal = Refusal::new("not_connected", "The contact is not connected.");
    served.world.refusals.lock().unwrap().push_back(refusal);
    for _ in 0..2 {
        other.say(press("p2")).await;
        let answer = other.hear().await;
        assert_eq!((&answer["type"], &answer["error"]["code"]), (&json!("refused"), &json!("not_connected")));
    }
    let holds = served.world.heard().iter().filter(|words| words.starts_with("Hold")).count();
    assert_eq!(holds, 2);
}

#[tokio::test]
async fn coming_and_going_of_pages_is_told_once_per_agent() {
    let served = served().await;
    let token = served.world.token("kim").await;
    served.publish(&[]);
    let mut first = served.page(&token, None).await;
    first.hear().await;
    let mut second = served.page(&token, None).await;
    second.hear().await;
    drop(first);
    drop(second);
    let links = || served.world.heard().into_iter().filter(|words| words.starts_with("ccp")).collect::<Vec<_>>();
    for _ in 0..100 {
        if links().len() == 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(links(), ["ccp up", "ccp down"]);
}

#[tokio::test]
async fn without_a_good_token_there_is_no_desk() {
    let served = served().await;
    let supervisor = served.world.token("supervisor").await;
    for (message, reason) in [
        (json!({ "type": "hello", "token": "0".repeat(64) }), "not_signed_in"),
        (json!({ "type": "hello", "token": supervisor }), "not_an_agent"),
        (press("p"), "hello_wanted"),
        (json!("<script>"), "hello_wanted"),
    ] {
        let mut page = served.open().await;
        page.say(message).await;
        let answer = page.hear().await;
        assert_eq!((&answer["type"], &answer["reason"]), (&json!("sign_in_again"), &json!(reason)));
        assert_eq!(page.hear().await, Value::Null, "the socket closes");
    }
}

#[tokio::test]
async fn signing_out_on_one_page_ends_the_others() {
    let served = served().await;
    let token = served.world.token("kim").await;
    served.publish(&[]);
    let mut one = served.page(&token, None).await;
    let mut two = served.page(&token, None).await;
    one.hear().await;
    two.hear().await;
    one.say(json!({ "type": "command", "id": "out", "command": { "do": "sign_out" } })).await;
    let kinds = [one.hear().await["type"].clone(), one.hear().await["type"].clone()];
    assert!(kinds.contains(&json!("done")) || kinds.contains(&json!("sign_in_again")), "{kinds:?}");
    assert_eq!(two.hear().await["type"], "sign_in_again");
    assert_eq!(two.hear().await, Value::Null);
    assert_eq!(served.world.get(&token, "/api/v1/session").await.status, 401);
}

#[tokio::test]
async fn a_foreign_page_opens_no_socket() {
    let served = served().await;
    let url = format!("ws://{}/api/v1/ccp/socket", served.address);
    for (origin, opens) in [
        ("https://evil.example".to_owned(), false),
        ("null".to_owned(), false),
        (format!("http://{}", served.address), true),
        ("https://crm.example".to_owned(), true),
    ] {
        let mut request = url.as_str().into_client_request().unwrap();
        request.headers_mut().insert("origin", origin.parse().unwrap());
        assert_eq!(connect_async(request).await.is_ok(), opens, "{origin}");
    }
}

#[tokio::test]
async fn nonsense_is_refused_and_the_page_goes_on() {
    let served = served().await;
    let token = served.world.token("kim").await;
    let mut page = served.page(&token, None).await;
    for (message, id, code) in [
        (json!({ "type": "command", "id": "x", "command": { "do": "explode" } }), "x", "invalid_message"),
        (json!({ "type": "command", "id": "", "command": { "do": "cancel_next_status" } }), "", "invalid"),
        (json!([1, 2]), "", "invalid_message"),
        (json!({ "type": "command", "id": "p", "command": { "do": "pair", "code": "12345x" } }), "p", "invalid_code"),
    ] {
        page.say(message).await;
        let answer = page.hear().await;
        assert_eq!((&answer["id"], &answer["error"]["code"]), (&json!(id), &json!(code)));
    }
    page.0.send(Message::binary(vec![0xff; 100])).await.unwrap();
    assert_eq!(page.hear().await["error"]["code"], "invalid_message");
    page.say(json!({ "type": "ping", "at_ms": 5 })).await;
    assert_eq!(page.hear().await["at_ms"], 5);
    page.say(json!({ "type": "command", "id": "q", "command": { "do": "pair", "code": "123456" } })).await;
    assert_eq!(page.hear().await, json!({ "type": "done", "id": "q" }));
    assert!(served.world.heard().contains(&"pair 123456".to_owned()));
}

#[tokio::test]
async fn pages_are_told_when_the_server_goes() {
    let mut served = served().await;
    let token = served.world.token("kim").await;
    served.publish(&[]);
    let mut page = served.page(&token, None).await;
    page.hear().await;
    served.stop.take().unwrap().send(()).unwrap();
    assert_eq!(page.hear().await["type"], "restarting");
}
