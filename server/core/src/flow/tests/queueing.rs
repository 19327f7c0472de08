//! Queues, hours, hooks, recording: what leads a contact to an agent.

use super::*;

fn id(bits: u128) -> String {
    QueueId::from_bits(bits).to_string()
}

fn to_queue(target: Value) -> Value {
    json!([
        step("target", "UpdateContactTargetQueue", target, "go"),
        branch("go", "TransferContactToQueue", json!({}), &[], &["QueueAtCapacity", "NoMatchingError"]),
        end("on QueueAtCapacity"),
        end("on NoMatchingError"),
        end("error")
    ])
}

#[test]
fn a_contact_goes_to_its_queue_by_id_or_arn() {
    let arn = format!("arn:aws:connect:us-west-2:123456789012:instance/{}/queue/{}", id(1), id(SALES));
    for queue in [id(SALES), arn] {
        story(FlowKind::ContactFlow, to_queue(json!({"QueueId": queue})))
            .starts("queue A1 · target: Success · enqueue → waits")
            .told(FlowInput::Enqueued { result: Ok(()) }, "go: Success → queued")
            .told(FlowInput::Stop, "queued");
    }
}

#[test]
fn a_contact_goes_to_an_agent() {
    let queue_of_agent = format!("arn:aws:connect:x:1:instance/{}/queue/agent/{}", id(1), id(AGENT));
    for target in [json!({"AgentId": id(AGENT)}), json!({"QueueId": queue_of_agent})] {
        story(FlowKind::AgentTransfer, to_queue(target)).starts("agent D1 · target: Success · enqueue → waits");
    }
}

#[test]
fn a_full_queue_has_a_branch_of_its_own() {
    story(FlowKind::ContactFlow, to_queue(json!({"QueueId": id(SALES)})))
        .starts("queue A1 · target: Success · enqueue → waits")
        .told(
            FlowInput::Enqueued { result: Err(EnqueueError::QueueAtCapacity) },
            "go: QueueAtCapacity · on QueueAtCapacity: Success → ended",
        );
}

#[test]
fn without_a_target_queue_there_is_nowhere_to_go() {
    let go = branch("go", "TransferContactToQueue", json!({}), &[], &["QueueAtCapacity", "NoMatchingError"]);
    let actions = json!([go, end("on QueueAtCapacity"), end("on NoMatchingError")]);
    let nowhere = "go: NoMatchingError · on NoMatchingError: Success → ended";
    story(FlowKind::ContactFlow, actions.clone()).starts(nowhere);
    story(FlowKind::ContactFlow, actions)
        .with(|world| world.contact.target_queue = Some(QueueId::from_bits(SALES)))
        .starts("enqueue → waits")
        .told(FlowInput::Enqueued { result: Err(EnqueueError::NoTargetQueue) }, nowhere);
}

#[test]
fn unknown_queues_and_agents_take_the_error() {
    for target in [
        json!({"QueueId": id(0x99)}),
        json!({"QueueId": "Sales"}),
        json!({"QueueId": "$.Attributes.missing"}),
        json!({"QueueId": ""}),
        json!({}),
        json!({"AgentId": "ENTER AGENT NAME"}),
        json!({"QueueId": id(SALES), "AgentId": id(AGENT)}),
    ] {
        story(FlowKind::ContactFlow, to_queue(target)).starts("target: NoMatchingError · error: Success → ended");
    }
}

fn hours_check(parameters: Value) -> Value {
    let conditions = [("True", "open"), ("False", "closed")];
    json!([
        branch("check", "CheckHoursOfOperation", parameters, &conditions, &["NoMatchingError"]),
        end("open"),
        end("closed"),
        end("on NoMatchingError")
    ])
}

#[test]
fn hours_are_those_named_or_those_of_the_target_queue() {
    let open = "check: True · open: Success → ended";
    story(FlowKind::ContactFlow, hours_check(json!({"HoursOfOperationId": id(HOURS)}))).starts(open);
    for parameters in [json!({}), json!({"HoursOfOperationId": ""})] {
        story(FlowKind::ContactFlow, hours_check(parameters))
            .with(|world| world.contact.target_queue = Some(QueueId::from_bits(SALES)))
            .starts(open);
    }
}

#[test]
fn outside_the_hours_it_is_closed() {
    let mut story = story(FlowKind::ContactFlow, hours_check(json!({"HoursOfOperationId": id(HOURS)})));
    story.now = MONDAY_TEN + Duration::from_secs(8 * 3600);
    story.starts("check: False · closed: Success → ended");
}

#[test]
fn without_hours_the_check_takes_the_error() {
    let error = "check: NoMatchingError · on NoMatchingError: Success → ended";
    story(FlowKind::ContactFlow, hours_check(json!({}))).starts(error);
    story(FlowKind::ContactFlow, hours_check(json!({"HoursOfOperationId": id(0x99)}))).starts(error);
    story(FlowKind::ContactFlow, hours_check(json!({"HoursOfOperationId": "$.Attributes.none"}))).starts(error);
    story(FlowKind::ContactFlow, hours_check(json!({})))
        .with(|world| world.contact.target_queue = Some(QueueId::from_bits(NO_HOURS_QUEUE)))
        .starts(error);
    story(FlowKind::ContactFlow, hours_check(json!({"HoursOfOperationId": id(HOURS)})))
        .with(|world| {
            world.centre.hours.get_mut(&HoursId::from_bits(HOURS)).unwrap().time_zone = "Mars/Olympus".into();
        })
        .starts(error);
}

#[test]
fn a_queue_flow_plays_in_a_circle_and_is_interrupted() {
    let mut play = branch(
        "music",
        "MessageParticipantIteratively",
        json!({"Messages": [{"Text": "Please wait."}, {"PromptId": id(PROMPT)}], "InterruptFrequencySeconds": "30"}),
        &[("MessagesInterrupted", "music")],
        &["NoMatchingError"],
    );
    play["Transitions"]["NextAction"] = "on NoMatchingError".into();
    let actions = json!([play, end("on NoMatchingError")]);
    story(FlowKind::CustomerQueue, actions.clone())
        .starts(r#"repeat "Please wait.", prompt C1 → waits for time"#)
        .key('1', "waits for time")
        .wakes_after(30, r#"stop · music: MessagesInterrupted · repeat "Please wait.", prompt C1 → waits for time"#)
        .told(FlowInput::Stop, "ended");
    story(FlowKind::CustomerQueue, actions.clone())
        .starts(r#"repeat "Please wait.", prompt C1 → waits for time"#)
        .told(
            FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed },
            "music: NoMatchingError · on NoMatchingError: Success → ended",
        );
    let refused = "music: NoMatchingError · on NoMatchingError: Success → ended";
    story(FlowKind::ContactFlow, actions.clone()).starts(refused);
    story(FlowKind::CustomerQueue, actions).with(|world| world.contact.channel = Channel::Chat).starts(refused);
}

#[test]
fn a_circle_without_interruption_plays_until_it_is_stopped() {
    let play = json!({"Identifier": "music", "Type": "MessageParticipantIteratively",
        "Parameters": {"Messages": [{"SSML": "<speak>Hold</speak>"}]}, "Transitions": {}});
    story(FlowKind::CustomerHold, json!([play]))
        .starts(r#"repeat ssml "<speak>Hold</speak>" → waits"#)
        .wakes_after(99, "waits")
        .heard("waits")
        .told(FlowInput::Stop, "ended");
}

#[test]
fn hooks_name_flows_that_exist() {
    let hook = |hooks: Value| json!([step("hook", "UpdateContactEventHooks", hooks, "end"), end("end"), end("error")]);
    let story_of = |hooks: Value| {
        story(FlowKind::ContactFlow, hook(hooks)).with(|world| {
            let music = document(json!([end("only")]));
            world.add(flow(QUEUE_FLOW, FlowKind::CustomerQueue, &music)).unwrap();
        })
    };
    story_of(json!({"EventHooks": {"CustomerQueue": id(QUEUE_FLOW)}}))
        .starts("hook CustomerQueue F3 · hook: Success · end: Success → ended");
    story_of(json!({"EventHooks": {"CustomerWhisper": id(QUEUE_FLOW)},
        "EventHooksConfiguration": {"CustomerWhisper": {"DisableExecution": "true"}}}))
    .starts("hook CustomerWhisper 0 · hook: Success · end: Success → ended");
    let bad = [
        json!({"EventHooks": {"CustomerQueue": id(0x99)}}),
        json!({"EventHooks": {"Nonsense": id(QUEUE_FLOW)}}),
        json!({"EventHooks": {"CustomerQueue": "$.Attributes.none"}}),
        json!({"EventHooks": {}}),
        json!({}),
    ];
    for hooks in bad {
        story_of(hooks).starts("hook: NoMatchingError · error: Success → ended");
    }
}

#[test]
fn recording_behaviour_says_who_is_recorded() {
    let of = |behavior: Value| {
        let parameters = json!({"RecordingBehavior": behavior});
        let set = step("rec", "UpdateContactRecordingBehavior", parameters, "end");
        story(FlowKind::ContactFlow, json!([set, end("end"), end("error")]))
    };
    of(json!({"RecordedParticipants": ["Agent", "Customer"]}))
        .starts("record true true false · rec: Success · end: Success → ended");
    of(json!({"RecordedParticipants": ["Customer"], "IVRRecordingBehavior": "Enabled"}))
        .starts("record true false true · rec: Success · end: Success → ended");
    of(json!({"RecordedParticipants": []})).starts("record false false false · rec: Success · end: Success → ended");
    for bad in [
        json!({}),
        json!({"RecordedParticipants": ["Cat"]}),
        json!({"RecordedParticipants": [], "IVRRecordingBehavior": "?"}),
    ] {
        of(bad).starts("rec: NoMatchingError · error: Success → ended");
    }
}
