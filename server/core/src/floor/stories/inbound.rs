//! A customer calls: hello, queue, offer, conversation, goodbye, wrap-up.

use super::*;

#[test]
fn a_caller_reaches_an_agent_talks_and_leaves_a_final_record() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    let ring = stage.last_ring();
    assert_eq!((ring.agent, ring.contact, ring.queue_name.as_str()), (KIM, contact, "Sales"));
    assert_eq!(stage.phase(KIM, contact).as_deref(), Some("ringing"));
    assert_eq!(stage.activity(KIM), "incoming");

    stage.wait(3);
    stage.take();
    assert_eq!(stage.in_room(contact), 2);
    assert_eq!(stage.activity(KIM), "connected");
    assert!(stage.happened(|event| matches!(event, Event::ConnectedToAgent { agent: KIM, .. })));
    assert_eq!(stage.count(|output| matches!(output, Output::StartRecording { agent: Some(_), .. })), 1);

    stage.wait(40);
    stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
    assert_eq!(stage.activity(KIM), "acw");
    assert_eq!(stage.records(contact).len(), 1);
    stage.close_recordings();
    stage.agree(KIM, AgentCommand::SetNote { contact, note: "Sold one.".into() });
    stage.agree(KIM, AgentCommand::SetDisposition { contact, code: Some("Sold".into()) });
    stage.wait(10);
    stage.agree(KIM, AgentCommand::FinishAcw { contact });
    assert_eq!(stage.activity(KIM), "available");

    let record = stage.records(contact).pop().unwrap();
    assert!(stage.gone(contact));
    assert_eq!(record.disconnect_reason, Some(DisconnectReason::CustomerDisconnect));
    assert_eq!(record.queue.as_ref().unwrap().duration, 3);
    let agent = record.agent.unwrap();
    assert_eq!((agent.username.as_str(), agent.agent_interaction_duration), ("kim", 40));
    assert_eq!(agent.after_contact_work_duration, Some(10));
    assert_eq!((record.disposition.as_deref(), record.note.as_deref()), (Some("Sold"), Some("Sold one.")));
    assert_eq!(record.recordings[0].status, "AVAILABLE");
    assert_eq!(record.flows.get("flow f1"), Some(&1));
    stage.no_faults();
}

#[test]
fn a_customer_who_shall_remain_hears_the_flow_after_the_agent_has_gone() {
    let mut centre = centre();
    let survey = FlowId::from_bits(0xF9);
    let kind = FlowKind::ContactFlow;
    let content = message_flow("Please rate us.");
    let flow = Flow { id: survey, name: "survey".into(), description: String::new(), kind, version: 1, content };
    centre.flows.insert(survey, flow);
    let mut stage = Stage::of(centre);
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.take().contact;
    stage.floor.contacts.get_mut(&contact).unwrap().hooks.insert(crate::flow::Hook::CustomerRemaining, survey);
    stage.agree(KIM, AgentCommand::End { contact });
    assert_eq!(stage.activity(KIM), "acw");
    assert_eq!(stage.in_room(contact), 0);
    let (leg, playback) = stage.playing(customer, false).expect("the survey speaks");
    stage.tell(Input::PlaybackDone { leg, playback, outcome: PlaybackOutcome::Finished });
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == customer)), 1);
    stage.close_recordings().agree(KIM, AgentCommand::FinishAcw { contact });
    assert!(stage.gone(contact));
    stage.no_faults();
}

#[test]
fn a_waiting_customer_always_hears_something() {
    let mut stage = Stage::new();
    let customer = stage.call(TO_SALES);
    assert!(stage.playing(customer, true).is_some(), "music, where no queue flow is set");
    stage.wait(300);
    assert_eq!(stage.floor.live_view().queues.iter().map(|queue| queue.waiting).sum::<u32>(), 1);
}

#[test]
fn the_same_seed_and_the_same_story_say_the_same_words() {
    let tell = || {
        let mut stage = Stage::new();
        stage.ready(KIM).ready(PARK);
        stage.call(TO_SALES);
        stage.take();
        stage.wait(5);
        stage.said
    };
    assert_eq!(tell(), tell());
}
