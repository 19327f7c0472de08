//! Calls that agents make.

use super::*;

fn dial() -> AgentCommand {
    AgentCommand::Dial { number: "+82-10-9999-0000".into(), queue: None }
}

/// Agent's audio up, customer's phone dialled: the contact, the agent's leg, the customer's.
fn dialling(stage: &mut Stage) -> (ContactId, LegId, LegId) {
    stage.ready(KIM).agree(KIM, AgentCommand::SetStatus { status: LUNCH }).agree(KIM, dial());
    let (contact, agent) = stage
        .said
        .iter()
        .find_map(|o| if let Output::ConnectAgent { contact, leg, .. } = o { Some((*contact, *leg)) } else { None })
        .unwrap();
    stage.tell(Input::LegAnswered { leg: agent });
    let customer = stage
        .said
        .iter()
        .find_map(|o| match o {
            Output::Dial { leg, number, caller_id, .. } => {
                assert_eq!((number.as_str(), caller_id.as_deref()), ("+821099990000", Some("+8215001000")));
                Some(*leg)
            }
            _ => None,
        })
        .unwrap();
    (contact, agent, customer)
}

#[test]
fn the_agent_hears_ringback_until_the_customer_answers() {
    let mut stage = Stage::new();
    let (contact, agent, customer) = dialling(&mut stage);
    stage.tell(Input::LegRinging { leg: customer, early_media: false });
    assert!(stage.playing(agent, true).is_some());
    stage.tell(Input::LegAnswered { leg: customer });
    assert!(stage.playing(agent, true).is_none());
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (2, "connected"));
    stage.wait(9).agree(KIM, AgentCommand::End { contact });
    stage.wait(60);
    assert_eq!(stage.activity(KIM), "custom", "the status chosen before survives");
    let record = stage.records(contact).pop().unwrap();
    assert_eq!(record.initiation_method, InitiationMethod::Outbound);
    assert_eq!(record.agent.unwrap().agent_interaction_duration, 9);
    stage.no_faults();
}

#[test]
fn early_media_is_heard_through() {
    let mut stage = Stage::new();
    let (contact, _, customer) = dialling(&mut stage);
    stage.tell(Input::LegRinging { leg: customer, early_media: true });
    assert_eq!(stage.in_room(contact), 2);
    assert_eq!(stage.activity(KIM), "connecting");
    stage.tell(Input::LegAnswered { leg: customer });
    assert_eq!((stage.in_room(contact), stage.activity(KIM).as_str()), (2, "connected"));
    stage.no_faults();
}

#[test]
fn a_busy_customer_leaves_after_contact_work_with_the_reason() {
    let mut stage = Stage::new();
    let (contact, agent, customer) = dialling(&mut stage);
    stage.tell(Input::LegFailed { leg: customer, cause: LegFailure::Busy });
    assert_eq!(stage.activity(KIM), "acw");
    assert_eq!(stage.floor.agent_view(KIM).unwrap().contacts[0].reason.as_deref(), Some("busy"));
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == agent)), 1);
    stage.agree(KIM, AgentCommand::FinishAcw { contact });
    assert!(stage.gone(contact));
    assert_eq!(stage.floor.agent_view(KIM).unwrap().recent[0].outcome, "failed");
    stage.no_faults();
}

#[test]
fn a_call_is_refused_where_it_cannot_be_made() {
    let mut stage = Stage::new();
    stage.agree(KIM, AgentCommand::SignIn);
    assert_eq!(stage.ask(KIM, dial()).unwrap_err().code, "offline");
    stage.agree(KIM, AgentCommand::SetStatus { status: AVAILABLE });
    assert_eq!(stage.ask(KIM, dial()).unwrap_err().code, "media_not_ready");
    stage.path(KIM, true);
    let unknown = AgentCommand::Dial { number: "+82100".into(), queue: Some(QueueId::from_bits(9)) };
    assert_eq!(stage.ask(KIM, unknown).unwrap_err().code, "not_found");
    stage.agree(KIM, dial());
    assert_eq!(stage.ask(KIM, dial()).unwrap_err().code, "busy");
    stage.wait(10);
    assert_eq!(stage.activity(KIM), "error", "the audio never came");
    stage.no_faults();
}
