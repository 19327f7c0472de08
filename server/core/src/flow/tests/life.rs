//! The life of an execution: start, stop, the step budget, the journal, and documents that cannot go on.

use super::*;

#[test]
fn nothing_happens_before_the_start_or_after_the_end() {
    story(FlowKind::ContactFlow, json!([end("end")]))
        .told(FlowInput::Wake, "waits")
        .key('1', "waits")
        .starts("end: Success → ended")
        .starts("ended")
        .key('1', "ended")
        .told(FlowInput::Stop, "ended");
}

#[test]
fn a_stopped_flow_ends_without_a_word() {
    let say = step("say", "MessageParticipant", json!({"Text": "Hello"}), "say");
    story(FlowKind::ContactFlow, json!([say]))
        .starts(r#"play "Hello" → waits"#)
        .starts("waits")
        .told(FlowInput::Stop, "ended")
        .heard("ended");
}

#[test]
fn an_action_without_a_next_one_ends_the_flow() {
    let log = json!({"Identifier": "log", "Type": "UpdateFlowLoggingBehavior",
        "Parameters": {"FlowLoggingBehavior": "Enabled"}});
    story(FlowKind::ContactFlow, json!([log])).starts("logging true · log: Success → ended");
}

#[test]
fn a_transition_to_nowhere_fails_the_flow() {
    let log = step("log", "UpdateFlowLoggingBehavior", json!({"FlowLoggingBehavior": "Enabled"}), "gone");
    story(FlowKind::ContactFlow, json!([log]))
        .starts("logging true · log: Success → failed: action \"gone\" does not exist");
}

#[test]
fn a_flow_that_does_not_exist_fails() {
    let mut story = story(FlowKind::ContactFlow, json!([end("end")]));
    story.execution = Execution::start(FlowId::from_bits(0x99), 1, FlowKind::ContactFlow);
    assert!(story.feed(FlowInput::Start).starts_with("failed: flow "));
}

/// Two actions that lead to each other without ever waiting.
fn spinning(with_error: bool) -> Value {
    let spin = |id: &str, next: &str| {
        let mut action = step(id, "UpdateContactAttributes", json!({"Attributes": {"n": "1"}}), next);
        if !with_error {
            action["Transitions"]["Errors"] = json!([]);
        }
        action
    };
    json!([spin("a", "b"), spin("b", "a"), end("error")])
}

fn actions_run(step: &Step) -> usize {
    step.effects.iter().filter(|effect| matches!(effect, FlowEffect::Log { .. })).count()
}

#[test]
fn a_flow_that_never_waits_takes_its_error_branch() {
    let mut story = story(FlowKind::ContactFlow, spinning(true));
    let step = story.execution.handle(story.now, FlowInput::Start, &story.world);
    assert_eq!(step.state, FlowState::Ended);
    assert_eq!(actions_run(&step), 1_002);
}

#[test]
fn a_flow_that_never_waits_and_has_no_error_branch_fails() {
    let mut story = story(FlowKind::ContactFlow, spinning(false));
    let step = story.execution.handle(story.now, FlowInput::Start, &story.world);
    assert!(matches!(&step.state, FlowState::Failed { reason } if reason.contains("1000 actions")), "{:?}", step.state);
    let last = FlowEffect::Log {
        flow: FlowId::from_bits(FLOW),
        action: "a".into(),
        kind: "UpdateContactAttributes".into(),
        result: "StepBudgetExceeded".into(),
    };
    assert_eq!(step.effects.last(), Some(&last));
}

#[test]
fn an_error_branch_that_spins_on_fails_in_the_end() {
    let mut actions = spinning(true);
    actions[2] = step("error", "UpdateContactAttributes", json!({"Attributes": {"n": "1"}}), "a");
    let mut story = story(FlowKind::ContactFlow, actions);
    let step = story.execution.handle(story.now, FlowInput::Start, &story.world);
    assert!(matches!(step.state, FlowState::Failed { .. }));
    assert!(actions_run(&step) <= 1_102, "{}", actions_run(&step));
}

#[test]
fn every_wait_begins_the_budget_anew() {
    let conditions = [("ContinueLooping", "loop"), ("DoneLooping", "say")];
    let actions = json!([
        branch("loop", "Loop", json!({"LoopCount": "100"}), &conditions, &[]),
        step("say", "MessageParticipant", json!({"Text": "."}), "loop")
    ]);
    let mut story = story(FlowKind::ContactFlow, actions);
    story.feed(FlowInput::Start);
    for _ in 0..20 {
        story.now = story.now + Duration::from_millis(20);
        let done = FlowInput::PlaybackDone { outcome: PlaybackOutcome::Finished };
        assert!(story.feed(done).ends_with("play \".\" → waits"));
    }
}

#[test]
fn waits_that_take_no_time_do_not_begin_the_budget_anew() {
    let mut say = step("say", "MessageParticipant", json!({"Text": "."}), "say");
    say["Transitions"]["Errors"] = json!([{"ErrorType": "NoMatchingError", "NextAction": "say"}]);
    for outcome in [PlaybackOutcome::Failed, PlaybackOutcome::Finished] {
        let mut story = story(FlowKind::ContactFlow, json!([say]));
        story.feed(FlowInput::Start);
        let mut prompts = 1;
        while story.execution.state() == (FlowState::Waiting { wake_at: None }) {
            story.feed(FlowInput::PlaybackDone { outcome });
            prompts += 1;
            assert!(prompts < 2_000, "it spins for ever");
        }
        assert!(matches!(story.execution.state(), FlowState::Failed { .. }));
    }
}

#[test]
fn a_journaled_flow_goes_on_where_it_was() {
    let actions = json!([
        step("first", "MessageParticipant", json!({"Text": "one"}), "loop"),
        branch("loop", "Loop", json!({"LoopCount": "1"}), &[("ContinueLooping", "first"), ("DoneLooping", "end")], &[]),
        end("end"),
        end("error")
    ]);
    let mut story = story(FlowKind::ContactFlow, actions).starts(r#"play "one" → waits"#);
    story = story.heard(r#"first: Success · loop: ContinueLooping · play "one" → waits"#);
    let journal = serde_json::to_string(&story.execution).unwrap();
    story.execution = serde_json::from_str(&journal).unwrap();
    assert_eq!(story.execution.action(), Some("first"));
    story.heard("first: Success · loop: DoneLooping · end: Success → ended");
}

#[test]
fn a_running_flow_keeps_the_version_it_began_with() {
    let say = step("say", "MessageParticipant", json!({"Text": "old"}), "end");
    story(FlowKind::ContactFlow, json!([say, end("end"), end("error")]))
        .starts(r#"play "old" → waits"#)
        .with(|world| {
            let changed = document(json!([end("quite different")]));
            world.add(flow(FLOW, FlowKind::ContactFlow, &changed)).unwrap();
        })
        .heard("say: Success · end: Success → ended");
}

#[test]
fn states_and_inputs_make_this_table() {
    let say = step("say", "MessageParticipant", json!({"Text": "x"}), "end");
    let music = json!({"Identifier": "music", "Type": "MessageParticipantIteratively",
        "Parameters": {"Messages": [{"Text": "x"}], "InterruptFrequencySeconds": 1}, "Transitions": {"NextAction": "end"}});
    let ask = step("ask", "GetParticipantInput", json!({"Text": "x", "InputTimeLimitSeconds": 1}), "end");
    let go = step("go", "TransferContactToQueue", json!({}), "end");
    let mut table = String::new();
    for (state, kind, action) in [
        ("message", FlowKind::ContactFlow, say),
        ("messages", FlowKind::CustomerQueue, music),
        ("input", FlowKind::ContactFlow, ask),
        ("enqueue", FlowKind::ContactFlow, go),
    ] {
        for input in [
            FlowInput::Start,
            FlowInput::PlaybackDone { outcome: PlaybackOutcome::Finished },
            FlowInput::PlaybackDone { outcome: PlaybackOutcome::Stopped },
            FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed },
            FlowInput::Digit('1'),
            FlowInput::Digit('x'),
            FlowInput::Wake,
            FlowInput::Enqueued { result: Ok(()) },
            FlowInput::Enqueued { result: Err(EnqueueError::QueueAtCapacity) },
            FlowInput::Enqueued { result: Err(EnqueueError::NoTargetQueue) },
            FlowInput::Stop,
        ] {
            let mut story = story(kind, json!([action, end("end"), end("error")]))
                .with(|world| world.contact.target_queue = Some(QueueId::from_bits(SALES)));
            story.feed(FlowInput::Start);
            story.now = story.now + Duration::from_secs(60);
            writeln!(table, "{state:9} {:34} {}", format!("{input:?}"), story.feed(input)).unwrap();
        }
    }
    insta::assert_snapshot!(table);
}
