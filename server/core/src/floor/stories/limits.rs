//! Bounds and closed doors.

use super::*;

#[test]
fn a_number_without_a_flow_is_refused_and_leaves_no_contact() {
    let mut stage = Stage::new();
    stage.arrive("+8299999999");
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { cause: HangupCause::NotFound, .. })), 1);
    assert!(stage.events().is_empty());
}

#[test]
fn beyond_the_bound_a_call_is_turned_away_as_overloaded() {
    let mut stage = Stage::new();
    stage.floor = Floor::new(Arc::new(centre()), [1; 32]).with_limits(FloorLimits { contacts: 2 });
    stage.call(TO_SALES);
    stage.call(TO_SALES);
    stage.arrive(TO_SALES);
    assert_eq!(stage.count(|o| matches!(o, Output::Hangup { cause: HangupCause::Overloaded, .. })), 1);
    assert_eq!(stage.floor.live_view().contacts_total, 2);
}

#[test]
fn callers_of_a_queue_that_is_removed_are_not_left_waiting() {
    let mut stage = Stage::new();
    let customer = stage.call(TO_REFUNDS);
    let waiting = stage.call(TO_SALES);
    let mut centre = centre();
    centre.queues.remove(&REFUNDS);
    stage.tell(Input::Configured(Arc::new(centre)));
    assert_eq!(stage.records_of_hung_up(customer).disconnect_reason, Some(DisconnectReason::Other));
    assert!(stage.playing(waiting, true).is_some());
    stage.no_faults();
}

#[test]
fn a_full_queue_takes_the_flows_error_branch() {
    let mut centre = centre();
    centre.queues.get_mut(&SALES).unwrap().max_contacts = Some(1);
    let mut stage = Stage::of(centre);
    stage.call(TO_SALES);
    let turned_away = stage.call(TO_SALES);
    let contact = stage.records_of_hung_up(turned_away);
    assert_eq!(contact.disconnect_reason, Some(DisconnectReason::ContactFlowDisconnect));
    assert!(contact.queue.is_none());
    stage.no_faults();
}

#[test]
fn a_flow_that_ends_without_a_queue_ends_the_call() {
    let mut stage = Stage::new();
    let customer = stage.call(TO_MENU);
    let record = stage.records_of_hung_up(customer);
    assert_eq!(record.disconnect_reason, Some(DisconnectReason::ContactFlowDisconnect));
    stage.no_faults();
}

#[test]
fn a_caller_who_gives_up_before_the_answer_still_has_a_record() {
    let mut stage = Stage::new();
    let leg = stage.arrive(TO_SALES);
    let contact = stage.contact_of(leg);
    stage.tell(Input::LegFailed { leg, cause: LegFailure::Cancelled });
    assert!(stage.gone(contact));
    let record = stage.records(contact).pop().unwrap();
    assert!(record.connected_to_system_timestamp.is_none());
    stage.no_faults();
}

#[test]
fn words_about_unknown_legs_contacts_and_agents_change_nothing() {
    let mut stage = Stage::new();
    let leg = LegId::from_bits(99);
    let playback = PlaybackId::from_bits(1);
    for input in [
        Input::LegAnswered { leg },
        Input::LegRinging { leg, early_media: true },
        Input::LegEnded { leg, cause: LegEnd::Remote },
        Input::LegFailed { leg, cause: LegFailure::Busy },
        Input::Digit { leg, digit: '1' },
        Input::PlaybackDone { leg, playback, outcome: PlaybackOutcome::Failed },
        Input::RecordingClosed { recording: RecordingId::from_bits(1), duration: Duration::ZERO, complete: true },
        Input::CcpLink { agent: AgentId::from_bits(77), up: true },
        Input::Muted { agent: KIM, contact: ContactId::from_bits(1), on: true, local: true },
    ] {
        assert_eq!(stage.floor.concerns(&input).filter(|_| !matches!(input, Input::Muted { .. })), None);
        stage.tell(input);
    }
    assert_eq!(stage.said, []);
}

#[test]
fn recent_contacts_are_ten_at_most() {
    let mut stage = Stage::new();
    stage.ready(KIM);
    for _ in 0..12 {
        let customer = stage.call(TO_SALES);
        let contact = stage.take().contact;
        stage.tell(Input::LegEnded { leg: customer, cause: LegEnd::Remote });
        stage.agree(KIM, AgentCommand::FinishAcw { contact });
    }
    assert_eq!(stage.floor.agent_view(KIM).unwrap().recent.len(), 10);
    stage.no_faults();
}

impl Stage {
    /// The final record of the contact whose customer's leg the floor hung up.
    fn records_of_hung_up(&self, customer: LegId) -> ContactRecord {
        assert_eq!(self.count(|o| matches!(o, Output::Hangup { leg, .. } if *leg == customer)), 1);
        let last =
            self.said.iter().rev().find_map(|o| if let Output::Record(record) = o { Some(record) } else { None });
        (**last.unwrap()).clone()
    }
}
