//! The conversation: hold, mute, digits, lost audio, ends.

use super::*;

fn talking() -> (Stage, LegId, ContactId) {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.take();
    (stage, customer, contact)
}

#[test]
fn hold_plays_music_to_the_customer_and_is_counted() {
    let (mut stage, customer, contact) = talking();
    stage.wait(10).agree(KIM, AgentCommand::Hold { contact });
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (1, "hold"));
    assert!(stage.playing(customer, true).is_some());
    assert_eq!(stage.ask(KIM, AgentCommand::Hold { contact }).unwrap_err().code, "not_now");
    stage.wait(7).agree(KIM, AgentCommand::Resume { contact });
    assert_eq!(stage.in_room(contact), 2);
    assert!(stage.playing(customer, true).is_none());
    stage.wait(3).agree(KIM, AgentCommand::End { contact });
    stage.close_recordings().agree(KIM, AgentCommand::FinishAcw { contact });
    let agent = stage.records(contact).pop().unwrap().agent.unwrap();
    assert_eq!((agent.number_of_holds, agent.customer_hold_duration, agent.agent_interaction_duration), (1, 7, 13));
    stage.no_faults();
}

#[test]
fn mute_shows_at_once_and_is_confirmed_by_the_endpoint() {
    let (mut stage, _, contact) = talking();
    stage.agree(KIM, AgentCommand::Mute { contact, on: true });
    let part = |stage: &Stage| stage.floor.agent_view(KIM).unwrap().contacts[0].clone();
    assert_eq!((part(&stage).muted, part(&stage).mute_pending), (true, true));
    stage.tell(Input::Muted { agent: KIM, contact, on: true, local: false });
    assert_eq!((part(&stage).muted, part(&stage).mute_pending), (true, false));
    // The button on the endpoint counts as much as the one on the page.
    stage.tell(Input::Muted { agent: KIM, contact, on: false, local: true });
    assert!(!part(&stage).muted);
    assert_eq!(stage.count(|output| matches!(output, Output::Mute { on: false, .. })), 1);
    stage.no_faults();
}

#[test]
fn an_unmute_that_nobody_confirms_is_taken_back_with_a_reason() {
    let (mut stage, _, contact) = talking();
    stage.agree(KIM, AgentCommand::Mute { contact, on: true });
    stage.wait(3);
    stage.agree(KIM, AgentCommand::Mute { contact, on: false });
    stage.wait(3);
    let part = stage.floor.agent_view(KIM).unwrap().contacts[0].clone();
    assert_eq!((part.muted, part.mute_pending), (true, false));
    assert_eq!(part.reason.as_deref(), Some("unmute_unconfirmed"));
    stage.no_faults();
}

#[test]
fn keys_go_to_the_customers_leg_and_odd_ones_are_refused() {
    let (mut stage, customer, contact) = talking();
    stage.agree(KIM, AgentCommand::SendDigits { contact, digits: "12#".into() });
    assert_eq!(stage.count(|o| matches!(o, Output::SendDigits { leg, .. } if *leg == customer)), 1);
    for digits in ["", "12x", "123456789012345678901234567890123"] {
        let refused = stage.ask(KIM, AgentCommand::SendDigits { contact, digits: digits.into() }).unwrap_err();
        assert_eq!(refused.code, "invalid_digits");
    }
}

#[test]
fn lost_audio_puts_the_customer_on_hold_and_comes_back_as_the_same_call() {
    let (mut stage, customer, contact) = talking();
    let lost = stage.last_ring().leg;
    stage.tell(Input::LegEnded { leg: lost, cause: LegEnd::MediaLost });
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("interrupted"));
    assert!(stage.playing(customer, true).is_some());
    let regained =
        stage.said.iter().rev().find_map(|o| {
            if let Output::ConnectAgent { leg, why: ConnectWhy::Moved, .. } = o { Some(*leg) } else { None }
        });
    stage.wait(3).tell(Input::LegAnswered { leg: regained.unwrap() });
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (2, "connected"));
    stage.no_faults();
}

#[test]
fn audio_that_does_not_come_back_in_a_minute_gives_the_customer_another_agent() {
    let (mut stage, customer, contact) = talking();
    stage.wait(5).ready(PARK);
    let lost = stage.last_ring().leg;
    stage.path(KIM, false).tell(Input::LegEnded { leg: lost, cause: LegEnd::MediaLost });
    stage.wait(59);
    assert_eq!(stage.rings().len(), 1);
    stage.wait(2);
    let ring = stage.last_ring();
    assert_eq!(ring.agent, PARK);
    assert_ne!(ring.contact, contact, "a contact has one agent: the next is chained");
    assert_eq!(stage.floor.legs.get(&customer), Some(&ring.contact));
    assert_eq!(stage.activity(KIM), "error");
    stage.take();
    assert_eq!(stage.in_room(ring.contact), 2);
    stage.close_recordings();
    let record = stage.records(contact).pop().unwrap();
    assert_eq!(record.next_contact_id, Some(ring.contact));
    stage.no_faults();
}

#[test]
fn the_next_status_applies_when_the_work_is_done() {
    let (mut stage, _, contact) = talking();
    stage.agree(KIM, AgentCommand::SetStatus { status: LUNCH });
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!((view.agent.status, view.agent.next_status), (Some(AVAILABLE), Some(LUNCH)));
    stage.agree(KIM, AgentCommand::End { contact });
    assert_eq!(stage.activity(KIM), "acw");
    stage.wait(60);
    assert_eq!(stage.activity(KIM), "custom", "the limit ended the work, and lunch began");
    stage.call(TO_SALES);
    assert_eq!(stage.rings().len(), 1);
    stage.no_faults();
}

#[test]
fn after_contact_work_can_be_extended_and_a_sign_out_must_wait_for_the_customer() {
    let (mut stage, _, contact) = talking();
    assert_eq!(stage.ask(KIM, AgentCommand::SignOut).unwrap_err().code, "contact_active");
    stage.agree(KIM, AgentCommand::End { contact });
    stage.agree(KIM, AgentCommand::ExtendAcw { contact, seconds: 60 });
    stage.wait(100);
    assert_eq!(stage.activity(KIM), "acw");
    stage.wait(20);
    assert_eq!(stage.activity(KIM), "available");
    let refused = stage.ask(KIM, AgentCommand::SetNote { contact, note: "late".into() }).unwrap_err();
    assert_eq!(refused.code, "no_such_contact");
    stage.no_faults();
}

#[test]
fn a_note_is_bounded_and_a_disposition_must_be_on_the_list() {
    let (mut stage, _, contact) = talking();
    let note = |n: usize| AgentCommand::SetNote { contact, note: "가".repeat(n) };
    stage.agree(KIM, note(4_000));
    assert_eq!(stage.ask(KIM, note(4_001)).unwrap_err().code, "note_too_long");
    let code = Some("Nonsense".to_owned());
    let refused = stage.ask(KIM, AgentCommand::SetDisposition { contact, code }).unwrap_err();
    assert_eq!((refused.code.as_str(), refused.field.as_deref()), ("unknown_disposition", Some("code")));
}

#[test]
fn a_fault_ends_one_contact_and_touches_no_other() {
    let (mut stage, customer, contact) = talking();
    let other = stage.call(TO_REFUNDS);
    stage.floor.fault(stage.now, Some(contact), "a panic was caught");
    stage.drain();
    assert!(stage.happened(|event| matches!(event, Event::Fault { contact: Some(faulty), .. } if *faulty == contact)));
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == customer)), 1);
    assert_eq!(stage.activity(KIM), "acw");
    assert!(stage.playing(other, true).is_some(), "the other still waits");
}
