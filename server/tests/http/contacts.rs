//! Contacts, their timelines, their recordings.

use crate::world::{World, world};
use axum::http::{Method, StatusCode};
use std::collections::BTreeMap;
use twinline_model::*;
use twinline_store::Batch;

fn contact(n: u128) -> ContactId {
    ContactId::from_bits(n)
}

/// A contact that Kim handled, recorded.
async fn handled(world: &World, n: u128, username: &str) -> RecordingId {
    let centre = world.app.centre();
    let agent = world.agent(username);
    let queue = centre.queues.values().next().unwrap();
    let recording = RecordingId::from_bits(n + 1_000);
    let at = |seconds: u128| format!("2026-11-23T01:00:{:02}.000000Z", n + seconds);
    let record = ContactRecord {
        format_version: "2017-03-10".into(),
        instance_arn: centre.instance.arn(),
        contact_id: contact(n),
        initial_contact_id: None,
        previous_contact_id: None,
        next_contact_id: None,
        channel: Channel::Voice,
        initiation_method: InitiationMethod::Inbound,
        initiation_timestamp: at(0),
        connected_to_system_timestamp: Some(at(0)),
        disconnect_timestamp: Some(at(9)),
        disconnect_reason: Some(DisconnectReason::CustomerDisconnect),
        transfer_completed_timestamp: None,
        transferred_to_endpoint: None,
        customer_endpoint: Some(Endpoint::telephone(format!("+8210555{n:04}"))),
        system_endpoint: Some(Endpoint::telephone("1000")),
        agent: Some(AgentRecord {
            arn: centre.instance.arn_of(AgentId::KIND, agent.id),
            username: agent.username.clone(),
            routing_profile: None,
            connected_to_agent_timestamp: at(3),
            agent_interaction_duration: 6,
            after_contact_work_start_timestamp: None,
            after_contact_work_end_timestamp: None,
            after_contact_work_duration: None,
            customer_hold_duration: 0,
            longest_hold_duration: 0,
            number_of_holds: 0,
        }),
        agent_connection_attempts: 1,
        queue: Some(QueueRecord {
            arn: centre.instance.arn_of(QueueId::KIND, queue.id),
            name: queue.name.clone(),
            enqueue_timestamp: at(1),
            dequeue_timestamp: Some(at(3)),
            duration: 2,
        }),
        attributes: BTreeMap::from([("language".into(), "<script>".into())]),
        recordings: vec![RecordingRecord {
            recording_id: recording,
            status: "AVAILABLE".into(),
            location: format!("{n}.wav"),
            start_timestamp: at(3),
            stop_timestamp: Some(at(9)),
            duration_ms: 1_000,
        }],
        flows: BTreeMap::new(),
        disposition: None,
        note: None,
        quality: vec![],
        last_update_timestamp: at(9),
    };
    let event = |seconds: i64, event| Occurrence {
        id: EventId::from_bits(n * 100 + seconds as u128),
        at: Timestamp::from_secs(1_000 + seconds),
        event,
    };
    let events = vec![
        event(0, Event::ConnectedToSystem { contact: contact(n) }),
        event(1, Event::Queued { contact: contact(n), queue: queue.id, position: 1 }),
        event(3, Event::ConnectedToAgent { contact: contact(n), agent: agent.id }),
    ];
    world.app.store.commit(Batch { events, records: vec![record], ..Batch::default() }).await.unwrap();
    let dir = world.dir.path().join("recordings");
    std::fs::create_dir_all(&dir).unwrap();
    let stereo: Vec<u8> = [8_192i16, -16_384].repeat(8_000).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut wav = b"RIFF\0\0\0\0WAVEfmt \x10\0\0\0\x01\0\x02\0\x40\x1f\0\0\0\x7d\0\0\x04\0\x10\0data".to_vec();
    wav.extend(u32::try_from(stereo.len()).unwrap().to_le_bytes());
    wav.extend(stereo);
    std::fs::write(dir.join(format!("{n}.wav")), wav).unwrap();
    recording
}

#[tokio::test]
async fn a_supervisor_finds_all_contacts_and_an_agent_only_their_own() {
    let world = world().await;
    handled(&world, 1, "kim").await;
    handled(&world, 2, "lee").await;
    let (supervisor, kim) = (world.token("supervisor").await, world.token("kim").await);
    let all = world.get(&supervisor, "/api/v1/contacts").await.json();
    assert_eq!(all["items"].as_array().unwrap().len(), 2);
    assert_eq!(all["items"][0]["ContactId"], contact(2).to_string(), "newest first");
    assert_eq!(all["items"][0]["Attributes"]["language"], "<script>");
    let own = world.get(&kim, "/api/v1/contacts").await.json();
    assert_eq!(own["items"].as_array().unwrap().len(), 1);
    let other = world.agent("lee").id;
    let tricked = world.get(&kim, &format!("/api/v1/contacts?agent={other}")).await.json();
    assert_eq!(tricked["items"][0]["ContactId"], contact(1).to_string());
    assert_eq!(world.get(&kim, &format!("/api/v1/contacts/{}", contact(2))).await.status, StatusCode::NOT_FOUND);
    assert_eq!(
        world.get(&kim, &format!("/api/v1/contacts/{}/timeline", contact(2))).await.status,
        StatusCode::NOT_FOUND
    );
    let first = world.get(&supervisor, "/api/v1/contacts?limit=1&from=2026-11-23T10:00:00%2B09:00").await.json();
    let next = first["next"].as_str().unwrap();
    let second = world.get(&supervisor, &format!("/api/v1/contacts?limit=1&cursor={next}")).await.json();
    assert_eq!(second["items"][0]["ContactId"], contact(1).to_string());
    assert_eq!(world.get(&supervisor, "/api/v1/contacts?from=yesterday").await.json()["field"], "from");
    assert_eq!(
        world.get(&supervisor, "/api/v1/contacts?customer=0001").await.json()["items"].as_array().unwrap().len(),
        1
    );
}

#[tokio::test]
async fn a_timeline_reads_in_the_language_asked_for() {
    let world = world().await;
    handled(&world, 1, "kim").await;
    let supervisor = world.token("supervisor").await;
    let path = format!("/api/v1/contacts/{}/timeline", contact(1));
    let english = world.get(&supervisor, &format!("{path}?language=en")).await.json();
    let texts: Vec<_> = english["entries"].as_array().unwrap().iter().map(|entry| entry["text"].clone()).collect();
    assert_eq!(texts[0], "The centre answers");
    assert!(texts[2].as_str().unwrap().starts_with("Customer and"), "{texts:?}");
    assert_eq!(english["entries"][1]["offset_ms"], 1_000);
    let korean = world.get(&supervisor, &path).await.json();
    assert_eq!(korean["entries"][0]["text"], "센터가 전화를 받았습니다", "the person's own language");
}

#[tokio::test]
async fn a_recording_is_heard_in_ranges_drawn_from_peaks_and_every_listening_is_audited() {
    let world = world().await;
    let recording = handled(&world, 1, "kim").await;
    let (supervisor, admin, kim) =
        (world.token("supervisor").await, world.token("admin").await, world.token("kim").await);
    let path = format!("/api/v1/recordings/{recording}");
    assert_eq!(world.get(&supervisor, &path).await.json()["contact"], contact(1).to_string());
    let whole = world.get(&supervisor, &format!("{path}/audio")).await;
    assert_eq!((whole.status, whole.body.len()), (StatusCode::OK, 32_044));
    assert_eq!(whole.header("accept-ranges"), "bytes");
    assert_eq!(whole.header("content-encoding"), "", "sound is not compressed again");
    let range = [("range", "bytes=44-47"), ("accept-encoding", "gzip")];
    let part = world.ask(&supervisor, Method::GET, &format!("{path}/audio"), &range, None).await;
    assert_eq!(part.status, StatusCode::PARTIAL_CONTENT);
    assert_eq!(part.header("content-range"), "bytes 44-47/32044");
    assert_eq!(part.body, [0x00, 0x20, 0x00, 0xc0]);
    let outside = [("range", "bytes=99999-")];
    let answer = world.ask(&supervisor, Method::GET, &format!("{path}/audio"), &outside, None).await;
    assert_eq!(
        (answer.status, answer.header("content-range")),
        (StatusCode::RANGE_NOT_SATISFIABLE, "bytes */32044".into())
    );
    for _ in 0..2 {
        let peaks = world.get(&supervisor, &format!("{path}/peaks")).await.json();
        assert_eq!(peaks["duration_ms"], 1_000);
        let peak = |channel: usize| peaks["channels"][channel][0].as_f64().unwrap();
        assert!((peak(0) - 0.25).abs() < 0.01 && (peak(1) - 0.5).abs() < 0.01, "{peaks}");
    }
    assert_eq!(world.get(&kim, &format!("{path}/audio")).await.status, StatusCode::FORBIDDEN);
    let audit = world.get(&admin, "/api/v1/audit").await.json();
    let plays = audit["items"].as_array().unwrap().iter().filter(|entry| entry["action"] == "recording.play");
    assert_eq!(plays.map(|entry| entry["actor"].clone()).collect::<Vec<_>>(), ["supervisor"]);
    std::fs::remove_file(world.dir.path().join("recordings/1.wav")).unwrap();
    assert_eq!(world.get(&supervisor, &format!("{path}/audio")).await.code(), "sound_missing");
}

#[tokio::test]
async fn the_live_view_and_the_history_are_pushed() {
    use axum::{body::Body, extract::ConnectInfo, http::Request};
    use futures_util::StreamExt;
    use std::{net::SocketAddr, time::Duration};
    use tower::ServiceExt;
    let world = world().await;
    tokio::spawn(twinline_server::jobs::relay::run(world.app.clone()));
    handled(&world, 1, "kim").await;
    let supervisor = world.token("supervisor").await;
    let request = Request::get("/api/v1/events")
        .header("host", "localhost")
        .header("authorization", format!("Bearer {supervisor}"))
        .header("last-event-id", "1")
        .extension(ConnectInfo(SocketAddr::from(([127, 0, 0, 1], 1))))
        .body(Body::empty())
        .unwrap();
    let response = world.router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    let mut stream = response.into_body().into_data_stream();
    let mut text = String::new();
    let mut told = false;
    let read = async {
        while !text.contains("id: 6") {
            text.push_str(&String::from_utf8_lossy(&stream.next().await.unwrap().unwrap()));
            if text.contains("event: live") && !told {
                told = true;
                handled(&world, 2, "lee").await;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(10), read).await.unwrap();
    let ids: Vec<_> = text.lines().filter_map(|line| line.strip_prefix("id: ")).collect();
    assert_eq!(ids, ["2", "3", "4", "5", "6"], "what was missed, then what happens, nothing twice");
    assert!(text.contains("\"type\":\"QUEUED\"") && text.contains("as_of_ms"));
}
