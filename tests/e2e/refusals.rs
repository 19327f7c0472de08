//! Bad input at the SIP door: a stranger, and an offer that is no SDP, while a neighbour's call goes on.

use anyhow::{Context, Result, ensure};
use std::time::Duration;
use tokio::net::UdpSocket;
use twinline_model::AgentContactState;
use twinline_tests::{
    centre::{NUMBER, add_short_menu},
    people::{Person, hire},
    rig::Rig,
    sipp::Crowd,
    sound,
};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stranger_is_refused_and_leaves_no_contact() -> Result<()> {
    let rig = Rig::start("stranger").await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    let stranger = UdpSocket::bind("127.0.0.2:0").await?;
    let status = invite(&rig, &stranger, "1000", "v=0\r\n").await?;
    ensure!(status == 403, "a stranger got {status}");
    let live = rig.get(&admin, "live").await?;
    ensure!(live["contacts_total"] == 0, "{live}");
    let contacts = rig.all(&admin, "contacts").await?;
    ensure!(contacts.is_empty(), "{contacts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_offer_that_is_no_sdp_is_refused_while_the_neighbours_call_goes_on() -> Result<()> {
    let rig = Rig::start("garbage").await?;
    let admin = rig.sign_in("admin", "twinline-demo").await?;
    add_short_menu(&rig, &admin, false).await?;
    hire(&rig, &admin, &["neighbour".to_owned()]).await?;
    let agent = Person::at_work(&rig, "neighbour", &sound::tone_wav(440.0, 8_000, 1, 2.0)).await?;
    agent.available().await?;
    let folder = rig.folder.join("sipp");
    std::fs::create_dir_all(&folder)?;
    sound::write_captures(&folder, 1.0, '1')?;
    let crowd = Crowd {
        scenario: "caller.xml",
        server: rig.sip,
        number: NUMBER,
        transport: "u1",
        calls: 1,
        rate: 1,
        media_port: 12_000,
    };
    let mut neighbour = crowd.call(&folder)?;
    let contact = agent.ccp.contact_in(Duration::from_secs(20), AgentContactState::Connected).await?;

    let socket = UdpSocket::bind("127.0.0.1:0").await?;
    let no_codec = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=audio 9 RTP/AVP 77\r\n";
    for garbage in ["this is no session description", "v=0\r\nm=audio x RTP/AVP\r\n", no_codec] {
        let status = invite(&rig, &socket, NUMBER, garbage).await?;
        ensure!((400..500).contains(&status), "{garbage:?} got {status}");
    }
    let live = rig.get(&admin, "live").await?;
    ensure!(live["contacts_total"] == 1, "{live}");
    agent.ccp.contact_in(Duration::from_secs(1), AgentContactState::Connected).await?;
    agent.ccp.press(twinline_api::ws::ccp::Command::End { contact: contact.id }).await?;
    let outcome = neighbour.done(Duration::from_secs(20)).await?;
    ensure!(outcome.succeeded == 1 && outcome.failed == 0, "{outcome:?}");
    Ok(())
}

/// Sends an INVITE with a body and gives the status of its final answer, which is acknowledged.
async fn invite(rig: &Rig, socket: &UdpSocket, number: &str, body: &str) -> Result<u16> {
    let local = socket.local_addr()?;
    let unique = uuid::Uuid::new_v4().simple().to_string();
    let request = |method: &str, to: &str, body: &str| {
        let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
        format!(
            "{method} sip:{number}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bK{unique}\r\n\
             From: <sip:+821055550102@{local}>;tag={unique}\r\nTo: {to}\r\nCall-ID: {unique}\r\nCSeq: 1 {method}\r\n\
             Contact: <sip:caller@{local}>\r\nMax-Forwards: 70\r\n{kind}Content-Length: {length}\r\n\r\n{body}",
            server = rig.sip,
            length = body.len(),
        )
    };
    let to = format!("<sip:{number}@{}>", rig.sip);
    socket.send_to(request("INVITE", &to, body).as_bytes(), rig.sip).await?;
    let mut bytes = [0u8; 4_096];
    loop {
        let (length, _) = tokio::time::timeout(Duration::from_secs(5), socket.recv_from(&mut bytes)).await??;
        let text = String::from_utf8_lossy(&bytes[..length]).into_owned();
        let own = text.lines().any(|line| line.trim_end().ends_with(&unique) && line.starts_with("Call-ID"));
        let status: u16 = text.split(' ').nth(1).unwrap_or_default().parse().unwrap_or(0);
        if own && status >= 200 {
            let to = text.lines().find_map(|line| line.strip_prefix("To: ")).context("a To in the answer")?.trim_end();
            socket.send_to(request("ACK", to, "").as_bytes(), rig.sip).await?;
            return Ok(status);
        }
    }
}
