//! The server is killed and started again from its journal.

use super::*;

impl Stage {
    /// Restores from what was journaled, with the legs that `alive` names.
    fn restart(&mut self, alive: &[LegId]) -> &mut Self {
        let (mut contacts, mut agents) = (BTreeMap::new(), BTreeMap::new());
        for output in &self.said {
            match output {
                Output::ContactState { contact, state } => {
                    contacts.insert(*contact, state.clone());
                }
                Output::ContactGone { contact } => {
                    contacts.remove(contact);
                }
                Output::AgentState { agent, state } => {
                    agents.insert(*agent, state.clone());
                }
                _ => {}
            }
        }
        let (contacts, agents) = (contacts.into_iter().collect(), agents.into_iter().collect());
        let centre = self.floor.centre().clone();
        self.floor = Floor::restore_with(centre, [8; 32], self.now, contacts, agents, |leg| alive.contains(&leg));
        self.drain();
        self
    }
}

#[test]
fn fifty_waiting_callers_whose_media_died_each_get_one_final_record() {
    let mut stage = Stage::new();
    stage.ready(KIM).agree(KIM, AgentCommand::SetStatus { status: LUNCH });
    let contacts: Vec<ContactId> = (0..50)
        .map(|_| {
            let leg = stage.call(TO_SALES);
            stage.wait(1);
            stage.contact_of(leg)
        })
        .collect();
    stage.restart(&[]);
    for contact in contacts {
        assert!(stage.gone(contact));
        assert_eq!(stage.records(contact).len(), 1);
        assert_eq!(stage.records(contact)[0].disconnect_reason, Some(DisconnectReason::Other));
    }
    let live = stage.floor.live_view();
    assert_eq!((live.contacts_total, live.queues.iter().map(|queue| queue.waiting).sum::<u32>()), (0, 0));
    assert_eq!(stage.activity(KIM), "custom");
    stage.no_faults();
}

#[test]
fn those_whose_legs_live_keep_place_wait_and_music() {
    let mut stage = Stage::new();
    let first = stage.call(TO_SALES);
    stage.wait(10);
    let second = stage.call(TO_SALES);
    stage.wait(10);
    let dead = stage.call(TO_SALES);
    let (contact, dead_contact) = (stage.contact_of(first), stage.contact_of(dead));
    stage.wait(10);
    let music = stage.playing(first, true).unwrap();
    stage.restart(&[second, first]);
    assert!(stage.gone(dead_contact));
    assert_eq!(stage.playing(first, true), Some(music));
    stage.ready(KIM);
    let ring = stage.last_ring();
    assert_eq!((ring.contact, ring.waited), (contact, Duration::from_secs(30)));
    stage.take();
    assert_eq!(stage.in_room(contact), 2);
    stage.no_faults();
}

#[test]
fn an_agent_who_was_rung_or_talked_is_not_stuck() {
    let mut stage = Stage::new();
    stage.ready(KIM).wait(1).ready(PARK);
    let talking = stage.call(TO_SALES);
    let one = stage.take().contact;
    let ringing = stage.call(TO_SALES);
    let two = stage.contact_of(ringing);
    assert_eq!(stage.activity(PARK), "incoming");
    stage.wait(2).restart(&[ringing]);
    // Kim's conversation was cut: work remains, within its limit. Park was only rung: nothing is left of it.
    assert_eq!(stage.activity(KIM), "acw");
    assert_eq!(stage.activity(PARK), "available");
    assert_eq!(stage.records(one).last().unwrap().recordings[0].status, "INCOMPLETE");
    assert!(!stage.gone(two));
    stage.path(PARK, true);
    assert_eq!(stage.last_ring().contact, two);
    stage.wait(60);
    assert_eq!(stage.activity(KIM), "available");
    assert!(stage.gone(one));
    assert_ne!(talking, ringing);
    stage.no_faults();
}

#[test]
fn after_contact_work_goes_on_and_ends_by_its_limit() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.take().contact;
    stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
    stage.close_recordings();
    stage.agree(KIM, AgentCommand::SetNote { contact, note: "kept".into() });
    stage.agree(KIM, AgentCommand::SetStatus { status: LUNCH });
    stage.wait(30).restart(&[]);
    assert_eq!(stage.activity(KIM), "acw");
    stage.wait(30);
    assert_eq!(stage.activity(KIM), "custom");
    let record = stage.records(contact).pop().unwrap();
    assert_eq!((record.note.as_deref(), record.agent.unwrap().after_contact_work_duration), (Some("kept"), Some(60)));
    assert!(stage.gone(contact));
    stage.no_faults();
}

#[test]
fn an_agent_whose_audio_died_under_a_living_customer_is_set_up_again() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.take().contact;
    stage.restart(&[customer]);
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("interrupted"));
    assert!(stage.playing(customer, true).is_some());
    stage.path(KIM, true);
    let leg = stage
        .said
        .iter()
        .rev()
        .find_map(|o| if let Output::ConnectAgent { leg, .. } = o { Some(*leg) } else { None })
        .unwrap();
    stage.tell(Input::LegAnswered { leg });
    assert_eq!(stage.in_room(contact), 2);
    stage.no_faults();
}

#[test]
fn a_journal_entry_that_cannot_be_read_is_told_and_harms_nobody() {
    let broken = vec![(ContactId::from_bits(5), "{".to_owned())];
    let agents = vec![(KIM, "nonsense".to_owned())];
    let mut stage = Stage::new();
    stage.floor = Floor::restore(Arc::new(centre()), [9; 32], stage.now, broken, agents);
    stage.drain();
    assert!(stage.gone(ContactId::from_bits(5)));
    assert_eq!(stage.count(|o| matches!(o, Output::Happened(o) if matches!(o.event, Event::Fault { .. }))), 2);
    stage.ready(KIM);
    stage.call(TO_SALES);
    assert_eq!(stage.last_ring().agent, KIM);
}
