//! The link against a small real QUIC server: pairing, the pinned server, reconnection, a moved port, bad input.
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use std::time::Duration;
use support::{Directory, Server, certificate, engine, paired, person, until, wall_ms};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_media_engine::{EngineCommand, LinkStatus, PairingView, SoundFiles};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_code_is_shown_typed_and_remembered_with_the_servers_key() {
    let (directory, server) = (Directory::new("pair"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let mut client = server.welcome(None).await;
    until(&mut state, "unpaired", |s| matches!(s.pairing, PairingView::Unpaired { .. })).await;

    agent.command(EngineCommand::Pair).await;
    assert_eq!(client.next().await, FromMediaAgent::PairRequest);
    client.say(ToMediaAgent::PairCode { code: "123456".into(), expires_ms: wall_ms() + 60_000 }).await;
    until(&mut state, "the code", |s| matches!(&s.pairing, PairingView::Code { code, .. } if code == "123456")).await;
    client.say(paired()).await;
    until(&mut state, "paired", |s| matches!(&s.pairing, PairingView::Paired { person } if person.username == "kim"))
        .await;
    let device = client.certificate.clone();
    agent.command(EngineCommand::Shutdown).await;
    drop((agent, client));

    // Started again it is the same device, known without a code.
    let again = engine(&directory, server.address, SoundFiles::default());
    let client = server.welcome(Some(person())).await;
    assert_eq!(client.certificate, device);
    until(&mut again.state(), "paired", |s| matches!(s.pairing, PairingView::Paired { .. })).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_with_another_key_is_refused_after_pairing() {
    let (directory, server) = (Directory::new("pin"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let client = server.welcome(Some(person())).await;
    until(&mut state, "paired", |s| matches!(s.pairing, PairingView::Paired { .. })).await;
    drop(client);
    let address = server.stop();
    tokio::time::sleep(Duration::from_millis(300)).await;

    let other = Server::on(address, certificate());
    let seen = tokio::join!(
        until(&mut state, "refused", |s| s.link.status == LinkStatus::Refused),
        other.is_called_within(Duration::from_secs(5)),
    );
    assert_eq!(seen.0.link.problem.as_ref().unwrap().code, "wrong_server");
    assert!(!seen.1, "the handshake must fail");
    assert!(matches!(state.borrow().pairing, PairingView::Paired { .. }), "the pairing itself stays");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_counts_as_up_only_after_the_welcome_and_comes_back_by_itself() {
    let (directory, server) = (Directory::new("reconnect"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let silent = server.accept().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert_eq!(state.borrow_and_update().link.status, LinkStatus::Connecting, "a handshake is not a link");
    silent.connection.close(1u32.into(), b"refused");
    until(&mut state, "down", |s| s.link.status == LinkStatus::Down).await;

    let client = server.welcome(Some(person())).await;
    until(&mut state, "up", |s| s.link.status == LinkStatus::Up).await;
    client.connection.close(1u32.into(), b"gone");
    until(&mut state, "down again", |s| s.link.status == LinkStatus::Down && s.link.retry_at_ms.is_some()).await;
    let mut client = server.welcome(Some(person())).await;
    until(&mut state, "up again", |s| s.link.status == LinkStatus::Up).await;
    client.idle(Duration::from_millis(500)).await;
    until(&mut state, "a round trip", |s| s.link.round_trip_ms.is_some()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_new_local_port_keeps_the_connection() {
    let (directory, server) = (Directory::new("rebind"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let mut client = server.welcome(None).await;
    until(&mut state, "up", |s| s.link.status == LinkStatus::Up).await;
    let before = client.connection.remote_address();
    agent.command(EngineCommand::NetworkChanged).await;
    agent.command(EngineCommand::Pair).await;
    client.find("a request from the new port", |m| *m == FromMediaAgent::PairRequest).await;
    assert_ne!(client.connection.remote_address(), before);
    client.say(ToMediaAgent::PairCode { code: "654321".into(), expires_ms: wall_ms() + 60_000 }).await;
    until(&mut state, "the answer", |s| matches!(s.pairing, PairingView::Code { .. })).await;
    assert_eq!(state.borrow().link.status, LinkStatus::Up);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nonsense_is_skipped_and_a_frame_too_long_ends_the_link() {
    let (directory, server) = (Directory::new("nonsense"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let mut client = server.welcome(None).await;
    until(&mut state, "up", |s| s.link.status == LinkStatus::Up).await;
    client.raw(b"{\"type\":\"from_the_future\",\"x\":1}").await;
    client.raw(b"\xff\xfe not json").await;
    client.say(ToMediaAgent::PairCode { code: "111111".into(), expires_ms: wall_ms() + 60_000 }).await;
    until(&mut state, "the code", |s| matches!(s.pairing, PairingView::Code { .. })).await;
    client.raw(&vec![b'x'; 70_000]).await;
    until(&mut state, "down", |s| s.link.status == LinkStatus::Down).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn unpaired_by_the_server_it_forgets_the_key_and_says_why() {
    let (directory, server) = (Directory::new("unpair"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let mut client = server.welcome(Some(person())).await;
    until(&mut state, "paired", |s| matches!(s.pairing, PairingView::Paired { .. })).await;
    client.say(ToMediaAgent::Unpair { reason: "device lost".into() }).await;
    client.find("the confirmation", |m| *m == FromMediaAgent::Unpaired).await;
    until(
        &mut state,
        "unpaired",
        |s| matches!(&s.pairing, PairingView::Unpaired { reason: Some(reason) } if reason == "device lost"),
    )
    .await;
}
