//! Blind transfers to a number, an agent, a queue.

use super::*;

fn talking() -> (Stage, LegId, ContactId) {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.take();
    (stage, customer, contact)
}

fn to_number(contact: ContactId) -> AgentCommand {
    AgentCommand::Transfer { contact, to: TransferTarget::Number("+82 2-555-0000".into()) }
}

fn dialled(stage: &Stage) -> LegId {
    let dialled =
        stage.said.iter().rev().find_map(|o| if let Output::Dial { leg, .. } = o { Some(*leg) } else { None });
    dialled.unwrap()
}

#[test]
fn a_third_party_who_answers_gets_the_customer_and_the_agent_is_free() {
    let (mut stage, customer, contact) = talking();
    stage.agree(KIM, to_number(contact));
    assert!(stage.playing(customer, true).is_some(), "the customer hears it ring");
    let third = dialled(&stage);
    stage.wait(4).tell(Input::LegAnswered { leg: third });
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (2, "acw"));
    stage.agree(KIM, AgentCommand::FinishAcw { contact });
    assert!(!stage.gone(contact), "the customer still talks");
    stage.close_recordings();
    stage.wait(30).tell(Input::LegEnded { leg: third, cause: LegEnd::Remote });
    let record = stage.records(contact).pop().unwrap();
    assert_eq!(record.disconnect_reason, Some(DisconnectReason::ThirdPartyDisconnect));
    assert_eq!(record.transferred_to_endpoint.unwrap().address, "+8225550000");
    assert!(stage.gone(contact));
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == customer)), 1);
    stage.no_faults();
}

#[test]
fn a_third_party_who_is_busy_brings_customer_and_agent_together_again() {
    let (mut stage, _, contact) = talking();
    stage.agree(KIM, to_number(contact));
    let third = dialled(&stage);
    stage.tell(Input::LegFailed { leg: third, cause: LegFailure::Busy });
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (2, "connected"));
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!(view.contacts[0].reason.as_deref(), Some("busy"));
    stage.no_faults();
}

#[test]
fn an_agent_need_not_wait_for_the_third_party() {
    let (mut stage, customer, contact) = talking();
    stage.agree(KIM, to_number(contact));
    stage.agree(KIM, AgentCommand::End { contact });
    assert_eq!(stage.activity(KIM), "acw");
    let third = dialled(&stage);
    stage.tell(Input::LegFailed { leg: third, cause: LegFailure::NoAnswer });
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == customer)), 1);
    stage.no_faults();
}

#[test]
fn a_transfer_to_a_queue_chains_a_contact_that_waits_there() {
    let (mut stage, customer, contact) = talking();
    stage.wait(5).ready(PARK);
    stage.agree(KIM, AgentCommand::Transfer { contact, to: TransferTarget::Queue(REFUNDS) });
    assert_eq!(stage.activity(KIM), "acw");
    let ring = stage.last_ring();
    assert_eq!((ring.agent, ring.queue_name.as_str()), (PARK, "Refunds"));
    stage.take();
    stage.close_recordings().agree(KIM, AgentCommand::FinishAcw { contact });
    let old = stage.records(contact).pop().unwrap();
    assert_eq!(old.next_contact_id, Some(ring.contact));
    stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
    stage.close_recordings().agree(PARK, AgentCommand::FinishAcw { contact: ring.contact });
    let new = stage.records(ring.contact).pop().unwrap();
    assert_eq!(new.initiation_method, InitiationMethod::QueueTransfer);
    assert_eq!((new.initial_contact_id, new.previous_contact_id), (Some(contact), Some(contact)));
    assert_eq!(new.agent.unwrap().username, "park");
    stage.no_faults();
}

#[test]
fn a_transfer_to_an_agent_waits_for_that_agent_only() {
    let (mut stage, _, contact) = talking();
    let to_park = AgentCommand::Transfer { contact, to: TransferTarget::Agent(PARK) };
    assert_eq!(stage.ask(KIM, to_park.clone()).unwrap_err().code, "agent_not_reachable");
    assert_eq!(stage.activity(KIM), "connected", "nothing has changed");
    stage.ready(PARK).agree(PARK, AgentCommand::SetStatus { status: LUNCH });
    stage.agree(KIM, to_park);
    stage.agree(KIM, AgentCommand::FinishAcw { contact });
    assert_eq!(stage.rings().len(), 1, "Kim is free, but it is not for Kim");
    stage.wait(30).agree(PARK, AgentCommand::SetStatus { status: AVAILABLE });
    assert_eq!(stage.last_ring().agent, PARK);
    stage.no_faults();
}

#[test]
fn a_transfer_that_cannot_be_is_refused_with_its_reason() {
    let (mut stage, _, contact) = talking();
    let refused = |stage: &mut Stage, to| stage.ask(KIM, AgentCommand::Transfer { contact, to }).unwrap_err().code;
    assert_eq!(refused(&mut stage, TransferTarget::Number("hello".into())), "invalid_number");
    assert_eq!(refused(&mut stage, TransferTarget::Number("+1900".into())), "number_not_allowed");
    assert_eq!(refused(&mut stage, TransferTarget::Agent(KIM)), "same_agent");
    assert_eq!(refused(&mut stage, TransferTarget::Queue(QueueId::from_bits(9))), "not_found");
    assert_eq!(refused(&mut stage, TransferTarget::QuickConnect(QuickConnectId::from_bits(9))), "not_found");
    assert_eq!(stage.in_room(contact), 2);
    stage.no_faults();
}

/// A queue flow that leaves a word with the contact before.
fn noting_flow() -> String {
    serde_json::json!({
        "Version": "2019-10-30",
        "StartAction": "note",
        "Metadata": {},
        "Actions": [
            {"Identifier": "note", "Type": "UpdateContactAttributes",
             "Parameters": {"Attributes": {"went_on": "yes"}, "TargetContact": "Related"},
             "Transitions": {"NextAction": "end", "Errors": [{"ErrorType": "NoMatchingError", "NextAction": "end"}]}},
            {"Identifier": "end", "Type": "EndFlowExecution", "Parameters": {}, "Transitions": {}}
        ]
    })
    .to_string()
}

#[test]
fn attributes_for_the_related_contact_land_on_the_one_before() {
    let mut centre = centre();
    let id = FlowId::from_bits(0xFE);
    let (kind, content) = (FlowKind::CustomerQueue, noting_flow());
    centre.flows.insert(id, Flow { id, name: "note".into(), description: String::new(), kind, version: 1, content });
    centre.default_queue_flow = Some(id);
    let mut stage = Stage::of(centre);
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.take();
    stage.agree(KIM, AgentCommand::Transfer { contact, to: TransferTarget::Queue(REFUNDS) });
    let next = stage.contact_of(customer);
    stage.close_recordings().agree(KIM, AgentCommand::FinishAcw { contact });
    stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote }).close_recordings();
    let noted = |contact| stage.records(contact).pop().unwrap().attributes.get("went_on").cloned();
    assert_eq!((noted(contact).as_deref(), noted(next)), (Some("yes"), None));
    stage.no_faults();
}
