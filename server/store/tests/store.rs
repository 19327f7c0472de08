//! The store's promises: acknowledged means durable, one fsync for many, versions guard edits, history has no gaps.
#![allow(clippy::unwrap_used)]

use std::{collections::BTreeMap, io::Write, path::Path, process::Stdio, str::FromStr, sync::Arc};
use twinline_model::*;
use twinline_store::*;

fn event(n: u64) -> Occurrence {
    let contact = ContactId::from_bits(u128::from(n % 7));
    Occurrence {
        id: EventId::from_bits(u128::from(n)),
        at: Timestamp::from_secs(i64::try_from(n).unwrap()),
        event: Event::ConnectedToSystem { contact },
    }
}

fn record(n: u128, initiated: &str, queue: Option<QueueId>, customer: &str) -> ContactRecord {
    ContactRecord {
        format_version: "2017-03-10".into(),
        instance_arn: "arn:twinline:connect:local:000000000001:instance/x".into(),
        contact_id: ContactId::from_bits(n),
        initial_contact_id: None,
        previous_contact_id: None,
        next_contact_id: None,
        channel: Channel::Voice,
        initiation_method: InitiationMethod::Inbound,
        initiation_timestamp: initiated.into(),
        connected_to_system_timestamp: None,
        disconnect_timestamp: None,
        disconnect_reason: Some(DisconnectReason::CustomerDisconnect),
        transfer_completed_timestamp: None,
        transferred_to_endpoint: None,
        customer_endpoint: Some(Endpoint::telephone(customer)),
        system_endpoint: None,
        agent: None,
        agent_connection_attempts: 0,
        queue: queue.map(|id| QueueRecord {
            arn: format!("arn:twinline:connect:local:000000000001:instance/x/queue/{id}"),
            name: "Billing".into(),
            enqueue_timestamp: initiated.into(),
            dequeue_timestamp: None,
            duration: 3,
        }),
        attributes: BTreeMap::new(),
        recordings: vec![],
        flows: BTreeMap::new(),
        disposition: None,
        note: None,
        quality: vec![],
        last_update_timestamp: initiated.into(),
    }
}

fn status(n: u128, name: &str) -> AgentStatus {
    AgentStatus { id: AgentStatusId::from_bits(n), name: name.into(), kind: AgentStatusKind::Custom, order: 1 }
}

async fn fresh() -> (tempfile::TempDir, Store) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::open(dir.path().join("twinline.db")).await.unwrap();
    (dir, store)
}

#[tokio::test]
async fn what_was_acknowledged_is_there_after_a_drop_without_close() {
    let (dir, store) = fresh().await;
    let contact = ContactId::from_bits(9);
    let agent = AgentId::from_bits(8);
    let mut batch = Batch { events: (1..=200).map(event).collect(), ..Batch::default() };
    batch.contacts = vec![(contact, Some("waiting".into())), (ContactId::from_bits(10), Some("gone soon".into()))];
    batch.agents = vec![(agent, "available".into())];
    assert_eq!(store.commit(batch).await.unwrap(), 200);
    store.commit(Batch { contacts: vec![(ContactId::from_bits(10), None)], ..Batch::default() }).await.unwrap();
    drop(store);
    let store = Store::open_beside(dir.path().join("twinline.db")).await.unwrap();
    let restored = store.restore().await.unwrap();
    assert_eq!(restored.contacts, vec![(contact, "waiting".to_owned())]);
    assert_eq!(restored.agents, vec![(agent, "available".to_owned())]);
    let events = store.events_after(0, 1_000).await.unwrap();
    assert_eq!(events.iter().map(|(seq, _)| *seq).collect::<Vec<_>>(), (1..=200).collect::<Vec<_>>());
    assert_eq!(events[41].1, event(42));
    assert_eq!(store.contact_events(ContactId::from_bits(3)).await.unwrap().len(), 29);
}

#[tokio::test]
async fn batches_that_wait_together_share_a_transaction() {
    let (_dir, store) = fresh().await;
    let before = store.transactions();
    let store = Arc::new(store);
    let tasks: Vec<_> = (0..400)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { store.commit(Batch { events: vec![event(n)], ..Batch::default() }).await })
        })
        .collect();
    let mut seqs = Vec::new();
    for task in tasks {
        seqs.push(task.await.unwrap().unwrap());
    }
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=400).collect::<Vec<_>>(), "every batch has its own number");
    let transactions = store.transactions() - before;
    assert!(transactions < 100, "400 batches took {transactions} transactions");
}

/// Not a test of its own: the child of the next one, which is killed while it writes.
#[tokio::test]
async fn child_that_writes_until_it_is_killed() {
    let Ok(path) = std::env::var("TWINLINE_TEST_KILLED_STORE") else { return };
    let store = Store::open(path).await.unwrap();
    let mut out = std::io::stdout();
    for n in 1.. {
        let contact = ContactId::from_bits(n);
        let batch = Batch {
            events: vec![event(n as u64)],
            contacts: vec![(contact, Some(format!("state {n}")))],
            records: vec![record(n, "2026-11-23T00:00:00.000000Z", None, "+821")],
            ..Batch::default()
        };
        let seq = store.commit(batch).await.unwrap();
        writeln!(out, "acked {seq}").unwrap();
        out.flush().unwrap();
    }
}

#[tokio::test]
async fn a_killed_writer_loses_nothing_that_was_acknowledged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("twinline.db");
    let mut child = tokio::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "child_that_writes_until_it_is_killed", "--nocapture"])
        .env("TWINLINE_TEST_KILLED_STORE", &path)
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut lines = tokio::io::AsyncBufReadExt::lines(tokio::io::BufReader::new(child.stdout.take().unwrap()));
    let mut acked = 0;
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some(seq) = line.split("acked ").nth(1) {
            acked = u64::from_str(seq).unwrap();
            if acked == 150 {
                child.start_kill().unwrap();
            }
        }
    }
    assert!(acked >= 150);
    child.wait().await.unwrap();
    let store = Store::open(&path).await.unwrap();
    let events = store.events_after(0, 100_000).await.unwrap();
    assert!(events.len() as u64 >= acked, "{} events, {acked} acknowledged", events.len());
    // Nothing of a batch without the rest of it.
    assert_eq!(store.restore().await.unwrap().contacts.len(), events.len());
    let query = ContactQuery { limit: 1_000_000, ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&query).await.unwrap().len(), events.len());
    assert_eq!(verify(&path).await.unwrap(), NEWEST);
}

#[tokio::test]
async fn a_database_has_one_server_at_a_time_and_migrates_once() {
    let (dir, store) = fresh().await;
    let path = dir.path().join("twinline.db");
    assert!(matches!(Store::open(&path).await, Err(OpenError::InUse { .. })));
    Store::open_beside(&path).await.unwrap();
    drop(store);
    for _ in 0..2 {
        while let Err(OpenError::InUse { .. }) = Store::open(&path).await {
            tokio::task::yield_now().await;
        }
    }
    assert_eq!(verify(&path).await.unwrap(), NEWEST);
}

#[tokio::test]
async fn a_damaged_file_is_named_and_not_touched() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("twinline.db");
    std::fs::write(&path, vec![0x5a; 8_192]).unwrap();
    let error = Store::open(&path).await.err().unwrap();
    assert!(matches!(error, OpenError::Corrupt { .. }), "{error}");
    assert!(error.to_string().contains("twinline.db") && error.to_string().contains("backup"));
    assert_eq!(std::fs::read(&path).unwrap(), vec![0x5a; 8_192]);
}

#[tokio::test]
async fn an_edit_must_name_the_version_it_saw() {
    let (_dir, store) = fresh().await;
    let mut lunch = status(1, "Lunch");
    assert_eq!(store.put(&lunch, None, None).await.unwrap(), 1);
    lunch.order = 2;
    assert_eq!(store.put(&lunch, Some(1), None).await.unwrap(), 2);
    let stale = store.put(&lunch, Some(1), None).await;
    assert!(matches!(stale, Err(StoreError::VersionMismatch { current: 2 })));
    assert!(matches!(store.put(&status(2, "Lunch"), None, None).await, Err(StoreError::NameTaken)));
    assert!(matches!(store.put(&status(3, "Away"), Some(1), None).await, Err(StoreError::NotFound)));
    assert!(matches!(
        store.delete::<AgentStatus>(lunch.id, Some(1), None).await,
        Err(StoreError::VersionMismatch { .. })
    ));
    store.delete::<AgentStatus>(lunch.id, Some(2), None).await.unwrap();
    assert!(matches!(store.delete::<AgentStatus>(lunch.id, None, None).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn the_centre_comes_back_as_it_was_put() {
    let (_dir, store) = fresh().await;
    assert_eq!(store.load_centre().await.unwrap(), None);
    let instance =
        Instance { id: InstanceId::from_bits(1), name: "T".into(), region: "local".into(), account: "1".repeat(12) };
    store.put_instance(instance.clone()).await.unwrap();
    let lunch = status(1, "<script>alert(1)</script>");
    store.put(&lunch, None, None).await.unwrap();
    let settings = CentreSettings { dispositions: vec!["환불".into()], ..CentreSettings::default() };
    store.put_settings(settings).await.unwrap();
    let mut wanted = Centre::empty(instance);
    wanted.statuses.insert(lunch.id, lunch);
    wanted.dispositions = vec!["환불".into()];
    assert_eq!(store.load_centre().await.unwrap(), Some(wanted));
}

#[tokio::test]
async fn contacts_are_found_by_what_is_known_of_them_page_by_page() {
    let (_dir, store) = fresh().await;
    let billing = QueueId::from_bits(77);
    let records = (1..=25u128)
        .map(|n| {
            let queue = (n % 2 == 0).then_some(billing);
            record(n, &format!("2026-11-23T00:00:{n:02}.000000Z"), queue, &format!("+8210{n:04}"))
        })
        .collect();
    store.commit(Batch { records, ..Batch::default() }).await.unwrap();
    let mut query = ContactQuery { limit: 10, ..ContactQuery::default() };
    let mut seen = Vec::new();
    loop {
        let page = store.search_contacts(&query).await.unwrap();
        let Some(last) = page.last() else { break };
        query.after = Some((last.initiation_timestamp.clone(), last.contact_id));
        seen.extend(page.into_iter().map(|record| record.contact_id.bits()));
    }
    let mut wanted: Vec<u128> = (1..=25).rev().map(|n| ContactId::from_bits(n).bits()).collect();
    assert_eq!(seen, wanted);
    wanted.truncate(1);
    let one = ContactQuery { limit: 9, customer: Some("0025".into()), ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&one).await.unwrap().len(), 1);
    let queued = ContactQuery { limit: 99, queue: Some(billing), abandoned: true, ..ContactQuery::default() };
    assert_eq!(store.search_contacts(&queued).await.unwrap().len(), 12);
    let hostile = ContactQuery { limit: 9, customer: Some("' OR 1=1 --".into()), ..ContactQuery::default() };
    assert!(store.search_contacts(&hostile).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_record_written_again_replaces_its_older_form_only() {
    let (_dir, store) = fresh().await;
    let early = record(1, "2026-11-23T00:00:01.000000Z", None, "+1");
    let mut late = early.clone();
    late.last_update_timestamp = "2026-11-23T00:10:00.000000Z".into();
    late.note = Some("final".into());
    store.commit(Batch { records: vec![late.clone()], ..Batch::default() }).await.unwrap();
    store.commit(Batch { records: vec![early], ..Batch::default() }).await.unwrap();
    assert_eq!(store.contact(late.contact_id).await.unwrap(), late);
}

#[tokio::test]
async fn the_audit_cannot_be_changed_even_by_sql() {
    let (dir, store) = fresh().await;
    let entry = AuditEntry {
        seq: 0,
        at: 5,
        actor: "kim".into(),
        action: "queue.create".into(),
        target: "Billing".into(),
        before: None,
        after: Some("{}".into()),
    };
    store.append_audit(entry.clone()).await.unwrap();
    assert_eq!(store.audit(None, 10).await.unwrap(), vec![AuditEntry { seq: 1, ..entry }]);
    assert!(raw(&dir.path().join("twinline.db"), "UPDATE audit SET actor = 'lee'").await.is_err());
    assert!(raw(&dir.path().join("twinline.db"), "DELETE FROM audit").await.is_err());
}

async fn raw(path: &Path, sql: &'static str) -> Result<(), sqlx::Error> {
    use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
    let mut connection = SqliteConnection::connect_with(&SqliteConnectOptions::new().filename(path)).await?;
    sqlx::raw_sql(sql).execute(&mut connection).await.map(drop)
}

#[tokio::test]
async fn a_backup_of_a_running_store_opens_and_verifies() {
    let (dir, store) = fresh().await;
    store.commit(Batch { events: (1..=50).map(event).collect(), ..Batch::default() }).await.unwrap();
    let copy = dir.path().join("copy's.db");
    store.backup(&copy).await.unwrap();
    assert_eq!(verify(&copy).await.unwrap(), NEWEST);
    let copy = Store::open(&copy).await.unwrap();
    assert_eq!(copy.events_after(0, 100).await.unwrap().len(), 50);
}
