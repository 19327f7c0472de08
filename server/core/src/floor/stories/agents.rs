//! Agents: the event stream, media path policies, and the views.

use super::*;

fn stream(stage: &Stage) -> Vec<AgentEventType> {
    let kind = |event: Event| if let Event::Agent(event) = event { Some(event.event_type) } else { None };
    stage.events().into_iter().filter_map(kind).collect()
}

#[test]
fn the_event_stream_tells_of_sign_in_changes_heartbeats_and_sign_out() {
    let mut stage = Stage::new();
    stage.agree(KIM, AgentCommand::SignIn);
    stage.agree(KIM, AgentCommand::SetStatus { status: AVAILABLE });
    stage.wait(240);
    stage.agree(KIM, AgentCommand::SignOut).wait(500);
    use AgentEventType::*;
    assert_eq!(stream(&stage), [Login, StateChange, HeartBeat, HeartBeat, Logout]);
    let change = stage.events().into_iter().find_map(|event| match event {
        Event::Agent(event) if event.event_type == StateChange => Some(event),
        _ => None,
    });
    let change = change.unwrap();
    assert_eq!(change.previous_agent_snapshot.unwrap().agent_status.name, "Offline");
    assert_eq!(change.current_agent_snapshot.unwrap().agent_status.name, "Available");
}

#[test]
fn a_contact_appears_in_the_snapshot_and_vanishes_after_its_work() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    stage.take();
    stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
    stage.wait(60);
    let states: Vec<Vec<AgentContactState>> = stage
        .events()
        .into_iter()
        .filter_map(|event| if let Event::Agent(event) = event { event.current_agent_snapshot } else { None })
        .map(|snapshot| snapshot.contacts.iter().map(|contact| contact.state).collect())
        .collect();
    use AgentContactState::*;
    assert_eq!(states[2..], [vec![Connecting], vec![Connected], vec![Ended], vec![]]);
}

#[test]
fn local_only_fails_closed_and_the_fallback_is_taken_only_where_the_policy_says_so() {
    let mut stage = Stage::new();
    stage.agree(KIM, AgentCommand::SignIn).agree(KIM, AgentCommand::SetStatus { status: AVAILABLE });
    let session = |ready| Input::MediaPath { agent: KIM, path: MediaPath::Session, ready, detail: "browser".into() };
    stage.tell(session(true));
    let customer = stage.call(TO_SALES);
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!(view.media.reason.as_deref(), Some("local_not_ready"));
    assert_eq!((view.agent.routable, view.agent.not_routable_why.as_deref()), (false, Some("media_not_ready")));
    assert_eq!(stage.rings().len(), 0);
    let mut centre = centre();
    centre.routing_profiles.get_mut(&PROFILE).unwrap().media_path_policy = MediaPathPolicy::LocalElseSession;
    stage.tell(Input::Configured(Arc::new(centre)));
    assert_eq!(stage.last_ring().path, MediaPath::Session);
    assert!(
        stage.happened(|event| matches!(event, Event::MediaPathChanged { path: MediaPath::Session, ready: true, .. }))
    );
    let _ = customer;
    stage.no_faults();
}

#[test]
fn the_desk_offers_only_what_can_be_done() {
    let mut stage = Stage::new();
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!((view.agent.activity.as_str(), view.can.len()), ("offline", 0));
    stage.ready(KIM);
    assert_eq!(stage.floor.agent_view(KIM).unwrap().can, ["set_status", "dial", "sign_out"]);
    stage.call(TO_SALES);
    let view = stage.floor.agent_view(KIM).unwrap();
    assert_eq!(view.contacts[0].can, ["accept", "reject"]);
    assert_eq!(view.queues[0].waiting, 1);
    stage.take();
    let view = stage.floor.agent_view(KIM).unwrap();
    assert!(view.contacts[0].can.contains(&"hold".to_owned()) && !view.can.contains(&"sign_out".to_owned()));
    assert!(view.contacts[0].recording);
    let live = stage.floor.live_view();
    assert_eq!(
        (live.contacts_total, live.contacts[0].state.as_str(), live.contacts[0].agent),
        (1, "connected", Some(KIM))
    );
    assert_eq!(live.queues.iter().map(|queue| queue.agents_staffed).collect::<Vec<_>>(), [1, 1]);
}

#[test]
fn two_lines_never_make_two_live_conversations() {
    let mut centre = centre();
    centre.routing_profiles.get_mut(&PROFILE).unwrap().voice_slots = 2;
    let mut stage = Stage::of(centre);
    stage.ready(KIM);
    let first = stage.call(TO_SALES);
    let one = stage.take().contact;
    stage.call(TO_SALES);
    let two = stage.take().contact;
    assert_ne!(one, two);
    assert_eq!((stage.in_room(one), stage.in_room(two)), (1, 2));
    assert!(stage.playing(first, true).is_some());
    assert_eq!(stage.ask(KIM, AgentCommand::Resume { contact: one }).unwrap_err().code, "other_contact_live");
    stage.agree(KIM, AgentCommand::Hold { contact: two }).agree(KIM, AgentCommand::Resume { contact: one });
    assert_eq!((stage.in_room(one), stage.in_room(two)), (2, 1));
    stage.no_faults();
}

#[test]
fn an_account_that_is_removed_takes_nothing_with_it() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    let customer = stage.call(TO_SALES);
    let contact = stage.contact_of(customer);
    stage.take();
    let mut centre = centre();
    centre.agents.remove(&KIM);
    stage.tell(Input::Configured(Arc::new(centre)));
    stage.close_recordings();
    assert!(stage.gone(contact));
    assert!(stage.floor.agent_view(KIM).is_none());
    assert_eq!(stage.ask(KIM, AgentCommand::SignIn).unwrap_err().code, "not_an_agent");
    stage.no_faults();
}
