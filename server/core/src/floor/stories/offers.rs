//! Offers: missed, refused, accepted by themselves, with audio that comes late or not at all.

use super::*;

#[test]
fn a_missed_contact_stays_on_the_agent_and_is_offered_to_another() {
    let mut stage = Stage::new();
    stage.ready(KIM).wait(1).ready(PARK);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    assert_eq!(stage.last_ring().agent, KIM);
    stage.wait(20);
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("missed"));
    assert_eq!(stage.last_ring().agent, PARK);
    let other = stage.call(TO_SALES);
    stage.wait(20);
    // Both have missed by now: nobody is left to ask.
    assert_eq!(stage.rings().len(), 2);
    stage.agree(KIM, AgentCommand::Clear { contact });
    assert_eq!(stage.last_ring().contact, contact, "the older one, at its old place");
    stage.take();
    assert_eq!(stage.activity(KIM), "connected");
    assert_ne!(stage.contact_of(other), contact);
    stage.no_faults();
}

#[test]
fn a_refused_contact_goes_to_the_next_agent() {
    let mut stage = Stage::new();
    stage.ready(KIM).wait(1).ready(PARK);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.agree(KIM, AgentCommand::Reject { contact });
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("rejected"));
    assert_eq!(stage.last_ring().agent, PARK);
    let refused = stage.ask(KIM, AgentCommand::Accept { contact }).unwrap_err();
    assert_eq!(refused.code, "not_now");
    stage.no_faults();
}

#[test]
fn auto_accept_waits_for_the_audio_and_then_needs_no_press() {
    let mut centre = centre();
    centre.agents.get_mut(&KIM).unwrap().auto_accept = true;
    let mut stage = Stage::of(centre);
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    let ring = stage.last_ring();
    assert!(ring.auto_accept);
    assert_eq!(stage.activity(KIM), "incoming");
    stage.tell(Input::LegAnswered { leg: ring.leg });
    assert_eq!(stage.activity(KIM), "connected");
    assert_eq!(stage.in_room(contact), 2);
    stage.no_faults();
}

#[test]
fn accepted_without_audio_for_five_seconds_goes_back_to_the_front_and_the_agent_sees_why() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let first = stage.call(TO_SALES);
    let contact = stage.contact_of(first);
    stage.wait(2);
    stage.call(TO_SALES);
    stage.agree(KIM, AgentCommand::Accept { contact });
    assert_eq!(stage.activity(KIM), "connecting");
    stage.wait(4);
    assert_eq!(stage.activity(KIM), "connecting");
    stage.wait(1);
    assert_eq!(stage.activity(KIM), "error");
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!(view.contacts[0].reason.as_deref(), Some("media_failed"));
    stage.ready(PARK);
    assert_eq!((stage.last_ring().agent, stage.last_ring().contact), (PARK, contact));
    stage.no_faults();
}

#[test]
fn audio_that_comes_after_acceptance_begins_the_conversation() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    let ring = stage.last_ring();
    stage.agree(KIM, AgentCommand::Accept { contact });
    assert_eq!(stage.in_room(contact), 0);
    assert!(stage.playing(customer, true).is_some(), "the customer still hears the queue");
    stage.wait(2).tell(Input::LegAnswered { leg: ring.leg });
    assert_eq!(stage.in_room(contact), 2);
    assert!(stage.playing(customer, true).is_none());
    stage.no_faults();
}

#[test]
fn a_customer_who_leaves_while_an_agent_rings_blames_nobody() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.wait(5).tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
    assert_eq!(stage.activity(KIM), "available");
    assert!(stage.gone(contact));
    let record = stage.records(contact).pop().unwrap();
    assert!(record.agent.is_none() && record.queue.is_some(), "abandoned");
    assert_eq!(record.agent_connection_attempts, 1);
    assert_eq!(stage.count(|output| matches!(output, Output::StopRing { why: RingEnd::CustomerLeft, .. })), 1);
    stage.no_faults();
}

#[test]
fn the_idle_clock_starts_at_the_end_of_after_contact_work() {
    let mut stage = Stage::new();
    stage.ready(KIM).wait(1).ready(PARK);
    let first = stage.call(TO_SALES);
    let one = stage.take();
    assert_eq!(one.agent, KIM);
    stage.tell(Input::LegEnded { leg: first, cause: LegEnd::Remote });
    let second = stage.call(TO_SALES);
    let two = stage.take();
    assert_eq!(two.agent, PARK);
    stage.tell(Input::LegEnded { leg: second, cause: LegEnd::Remote });
    // Kim was free of the customer first, but Park is done with the work first.
    stage.wait(5).agree(PARK, AgentCommand::FinishAcw { contact: two.contact });
    stage.wait(5).agree(KIM, AgentCommand::FinishAcw { contact: one.contact });
    stage.call(TO_SALES);
    assert_eq!(stage.last_ring().agent, PARK);
    stage.no_faults();
}

#[test]
fn an_agent_out_of_reach_is_cleared_and_not_asked_again() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.wait(20);
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("missed"));
    stage.tell(Input::CcpLink { agent: KIM, up: false });
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("missed"), "the media agent is still there");
    stage.path(KIM, false);
    assert_eq!(stage.phase(KIM, contact), None);
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!(view.agent.not_routable_why.as_deref(), Some("media_not_ready"));
    stage.path(KIM, true);
    assert_eq!(stage.rings().len(), 2);
    stage.no_faults();
}

#[test]
fn a_browser_that_dies_while_ringing_changes_nothing() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    stage.tell(Input::CcpLink { agent: KIM, up: false });
    stage.take();
    assert_eq!(stage.activity(KIM), "connected");
    assert_eq!(stage.in_room(stage.contact_of(customer)), 2);
    stage.no_faults();
}

#[test]
fn lifting_the_desk_phone_is_accepting() {
    let mut centre = centre();
    centre.agents.get_mut(&KIM).unwrap().desk_phone = Some("+82299990000".into());
    centre.routing_profiles.get_mut(&PROFILE).unwrap().media_path_policy = MediaPathPolicy::Phone;
    let mut stage = Stage::of(centre);
    stage.agree(KIM, AgentCommand::SignIn).agree(KIM, AgentCommand::SetStatus { status: AVAILABLE });
    let customer = stage.call(TO_SALES);
    let ring = stage.last_ring();
    assert_eq!(ring.path, MediaPath::Phone);
    stage.tell(Input::LegAnswered { leg: ring.leg });
    assert_eq!(stage.in_room(stage.contact_of(customer)), 2);
    stage.no_faults();
}
