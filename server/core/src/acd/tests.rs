//! Stories of the acd: who is matched with whom, and when.
#![allow(clippy::unwrap_used)]

use super::*;

const SALES: QueueId = QueueId(uuid::Uuid::from_u128(0x51));
const REFUNDS: QueueId = QueueId(uuid::Uuid::from_u128(0x52));
const BOTH: RoutingProfileId = RoutingProfileId(uuid::Uuid::from_u128(0x61));
const OVERFLOW: RoutingProfileId = RoutingProfileId(uuid::Uuid::from_u128(0x62));

fn agent(n: u128) -> AgentId {
    AgentId(uuid::Uuid::from_u128(n))
}

fn contact(n: u128) -> ContactId {
    ContactId(uuid::Uuid::from_u128(n))
}

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_secs(seconds)
}

/// `BOTH` serves Sales before Refunds; `OVERFLOW` serves Sales after 30 s of waiting.
fn acd() -> Acd {
    let queue = |id: QueueId, max: Option<u32>| {
        let json = serde_json::json!({"id": id, "name": "q", "hours": null, "max_contacts": max});
        serde_json::from_value::<Queue>(json).unwrap()
    };
    let profile = |id: RoutingProfileId, rows: Vec<(QueueId, u32, u32)>| RoutingProfile {
        id,
        name: "p".into(),
        queues: rows.into_iter().map(|(queue, priority, delay_s)| ProfileQueue { queue, priority, delay_s }).collect(),
        voice_slots: 1,
        outbound_queue: None,
        media_path_policy: MediaPathPolicy::LocalOnly,
    };
    let instance =
        Instance { id: InstanceId::from_bits(1), name: "t".into(), region: "local".into(), account: "0".into() };
    let mut centre = Centre::empty(instance);
    centre.queues.insert(SALES, queue(SALES, None));
    centre.queues.insert(REFUNDS, queue(REFUNDS, Some(5)));
    centre.routing_profiles.insert(BOTH, profile(BOTH, vec![(SALES, 1, 0), (REFUNDS, 2, 0)]));
    centre.routing_profiles.insert(OVERFLOW, profile(OVERFLOW, vec![(SALES, 1, 30)]));
    let mut acd = Acd::default();
    acd.configure(&centre);
    acd
}

fn idle(acd: &mut Acd, who: AgentId, profile: RoutingProfileId, since: i64) {
    let candidate = Candidate { idle_since: at(since), tie: 0 };
    acd.seat(who, Some(profile), Staffing::Staffed, Some(candidate));
}

fn wait(acd: &mut Acd, who: ContactId, queue: QueueId, since: i64) {
    acd.enter(who, Line::Queue(queue), (at(since), who.bits() as u64), Entry::New).unwrap();
}

fn pairs(acd: &mut Acd, now: i64) -> Vec<(ContactId, AgentId)> {
    std::iter::from_fn(|| acd.next_offer(at(now))).map(|offer| (offer.contact, offer.agent)).collect()
}

#[test]
fn an_agent_takes_the_more_urgent_queue_first_and_the_oldest_in_it() {
    let mut acd = acd();
    wait(&mut acd, contact(1), REFUNDS, 1);
    wait(&mut acd, contact(3), SALES, 3);
    wait(&mut acd, contact(2), SALES, 2);
    assert_eq!(pairs(&mut acd, 10), []);
    idle(&mut acd, agent(1), BOTH, 5);
    assert_eq!(pairs(&mut acd, 10), [(contact(2), agent(1))]);
    idle(&mut acd, agent(2), BOTH, 5);
    idle(&mut acd, agent(3), BOTH, 5);
    assert_eq!(pairs(&mut acd, 10), [(contact(3), agent(2)), (contact(1), agent(3))]);
}

#[test]
fn the_agent_idle_for_longest_is_asked_first() {
    let mut acd = acd();
    idle(&mut acd, agent(1), BOTH, 9);
    idle(&mut acd, agent(2), BOTH, 4);
    assert_eq!(pairs(&mut acd, 10), []);
    wait(&mut acd, contact(1), SALES, 10);
    assert_eq!(pairs(&mut acd, 10), [(contact(1), agent(2))]);
}

#[test]
fn agents_with_a_delay_are_asked_when_it_falls_due_and_not_before() {
    let mut acd = acd();
    idle(&mut acd, agent(1), OVERFLOW, 0);
    wait(&mut acd, contact(1), SALES, 100);
    assert_eq!(pairs(&mut acd, 100), []);
    assert_eq!(acd.poll_timeout(), Some(at(130)));
    assert_eq!(pairs(&mut acd, 129), []);
    assert_eq!(pairs(&mut acd, 130), [(contact(1), agent(1))]);
    assert_eq!(acd.poll_timeout(), None);
}

#[test]
fn a_reserved_agent_and_a_reserved_contact_are_in_no_other_offer() {
    let mut acd = acd();
    wait(&mut acd, contact(1), SALES, 1);
    wait(&mut acd, contact(2), SALES, 2);
    idle(&mut acd, agent(1), BOTH, 0);
    assert_eq!(pairs(&mut acd, 10), [(contact(1), agent(1))]);
    assert_eq!(acd.counts(SALES).waiting, 2);
    assert_eq!(acd.counts(SALES).agents_available, 0);
    idle(&mut acd, agent(2), BOTH, 0);
    assert_eq!(pairs(&mut acd, 10), [(contact(2), agent(2))]);
}

#[test]
fn a_released_contact_has_its_old_place_again() {
    let mut acd = acd();
    wait(&mut acd, contact(1), SALES, 1);
    idle(&mut acd, agent(1), BOTH, 0);
    assert_eq!(pairs(&mut acd, 2), [(contact(1), agent(1))]);
    wait(&mut acd, contact(2), SALES, 3);
    acd.seat(agent(1), Some(BOTH), Staffing::Staffed, None);
    acd.release(contact(1));
    assert_eq!(pairs(&mut acd, 4), []);
    idle(&mut acd, agent(2), BOTH, 0);
    assert_eq!(pairs(&mut acd, 5), [(contact(1), agent(2))]);
}

#[test]
fn what_waits_for_the_agent_personally_comes_before_every_queue() {
    let mut acd = acd();
    wait(&mut acd, contact(1), SALES, 1);
    acd.enter(contact(2), Line::Agent(agent(1)), (at(5), 2), Entry::Transfer).unwrap();
    idle(&mut acd, agent(1), BOTH, 0);
    assert_eq!(pairs(&mut acd, 6), [(contact(2), agent(1))]);
    idle(&mut acd, agent(2), BOTH, 0);
    assert_eq!(pairs(&mut acd, 6), [(contact(1), agent(2))]);
}

#[test]
fn a_full_queue_takes_transfers_up_to_a_fifth_more_and_restored_contacts_always() {
    let mut acd = acd();
    for n in 0..5 {
        wait(&mut acd, contact(n), REFUNDS, 1);
    }
    let enter = |acd: &mut Acd, n, entry| acd.enter(contact(n), Line::Queue(REFUNDS), (at(9), 9), entry);
    assert_eq!(enter(&mut acd, 10, Entry::New), Err(EnterError::AtCapacity));
    assert_eq!(enter(&mut acd, 11, Entry::Transfer), Ok(6));
    assert_eq!(enter(&mut acd, 12, Entry::Transfer), Err(EnterError::AtCapacity));
    assert_eq!(enter(&mut acd, 13, Entry::Restored), Ok(7));
    let nowhere = Line::Queue(QueueId::from_bits(99));
    assert_eq!(acd.enter(contact(14), nowhere, (at(9), 9), Entry::New), Err(EnterError::NoSuchLine));
    for n in 20..30 {
        acd.enter(contact(n), Line::Agent(agent(1)), (at(9), 9), Entry::New).unwrap();
    }
    let eleventh = acd.enter(contact(30), Line::Agent(agent(1)), (at(9), 9), Entry::Transfer);
    assert_eq!(eleventh, Err(EnterError::AtCapacity));
}

#[test]
fn ten_thousand_agents_and_contacts_are_matched_one_by_one_in_order() {
    let mut acd = acd();
    for n in 0..10_000 {
        wait(&mut acd, contact(n + 1), SALES, n as i64);
    }
    assert_eq!(pairs(&mut acd, 20_000), []);
    for n in 0..10_000 {
        idle(&mut acd, agent(n + 1), BOTH, n as i64);
        assert_eq!(pairs(&mut acd, 20_000), [(contact(n + 1), agent(n + 1))]);
    }
    assert_eq!(acd.counts(SALES).agents_available, 0);
}
