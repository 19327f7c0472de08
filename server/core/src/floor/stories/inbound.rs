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
