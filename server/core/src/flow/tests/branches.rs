//! Every branch of the actions that are not about input or queues.

use super::*;

fn after(action: Value) -> Value {
    json!([action, end("end"), end("error")])
}

fn says(parameters: Value) -> Story {
    story(FlowKind::ContactFlow, after(step("say", "MessageParticipant", parameters, "end")))
}

const SAY_ERROR: &str = "say: NoMatchingError · error: Success → ended";

#[test]
fn a_message_is_played_to_its_end() {
    says(json!({"Text": "Hello $.Attributes.name."}))
        .with(|world| {
            world.contact.attributes.insert("name".into(), "Mina".into());
        })
        .starts(r#"play "Hello Mina." → waits"#)
        .key('5', "waits")
        .heard("say: Success · end: Success → ended");
}

#[test]
fn a_message_is_text_ssml_or_a_prompt() {
    says(json!({"SSML": "<speak>Hi</speak>"})).starts(r#"play ssml "<speak>Hi</speak>" → waits"#);
    says(json!({"PromptId": PromptId::from_bits(PROMPT).to_string()})).starts("play prompt C1 → waits");
    says(json!({"PromptId": "$.Attributes.chime"}))
        .with(|world| {
            world.contact.attributes.insert("chime".into(), PromptId::from_bits(PROMPT).to_string());
        })
        .starts("play prompt C1 → waits");
}

#[test]
fn what_cannot_be_played_takes_the_error() {
    for parameters in [
        json!({}),
        json!({"Text": ""}),
        json!({"Text": "$.Attributes.none"}),
        json!({"Text": "a", "SSML": "<speak/>"}),
        json!({"PromptId": PromptId::from_bits(0x99).to_string()}),
        json!({"PromptId": "Beep.wav"}),
        json!({"Media": {"Uri": "s3://b/a.wav", "SourceType": "S3", "MediaType": "Audio"}}),
        json!({"Text": "x".repeat(6_001)}),
    ] {
        says(parameters).starts(SAY_ERROR);
    }
    says(json!({"Text": "Hello"}))
        .starts(r#"play "Hello" → waits"#)
        .told(FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed }, SAY_ERROR);
}

#[test]
fn chat_takes_text_and_nothing_else() {
    let chat = |world: &mut Rehearsal| world.contact.channel = Channel::Chat;
    says(json!({"Text": "Hello"})).with(chat).starts(r#"play "Hello" → waits"#);
    says(json!({"SSML": "<speak>Hi</speak>"})).with(chat).starts(SAY_ERROR);
    says(json!({"PromptId": PromptId::from_bits(PROMPT).to_string()})).with(chat).starts(SAY_ERROR);
}

fn compares(operator: &str, operands: Value, value: &str) -> bool {
    let compare = json!({"Identifier": "is", "Type": "Compare", "Parameters": {"ComparisonValue": "$.Attributes.v"},
        "Transitions": {"NextAction": "no", "Errors": [{"ErrorType": "NoMatchingCondition", "NextAction": "no"}],
            "Conditions": [{"NextAction": "yes", "Condition": {"Operator": operator, "Operands": operands}}]}});
    let mut story = story(FlowKind::ContactFlow, json!([compare, end("yes"), end("no")])).with(|world| {
        world.contact.attributes.insert("v".into(), value.into());
        world.contact.attributes.insert("limit".into(), "10".into());
    });
    match story.feed(FlowInput::Start).as_str() {
        "is: MatchedCondition · yes: Success → ended" => true,
        "is: NoMatchingCondition · no: Success → ended" => false,
        other => panic!("{other}"),
    }
}

#[test]
fn every_operator_compares() {
    for (operator, operand, fitting, unfitting) in [
        ("Equals", "gold", "gold", "Gold"),
        ("TextStartsWith", "go", "gold", "ago"),
        ("TextEndsWith", "ld", "gold", "golds"),
        ("TextContains", "ol", "gold", "glod"),
        ("NumberGreaterThan", "10", "10.5", "10"),
        ("NumberGreaterOrEqualTo", "10", "10", "9"),
        ("NumberLessThan", "10", "9", "10"),
        ("NumberLessOrEqualTo", "10", "10", "11"),
    ] {
        assert!(compares(operator, json!([operand]), fitting), "{operator}");
        assert!(!compares(operator, json!([operand]), unfitting), "{operator}");
    }
}

#[test]
fn numbers_are_compared_as_numbers_however_they_are_written() {
    assert!(compares("NumberLessThan", json!([100]), "9"));
    assert!(compares("NumberGreaterThan", json!(["$.Attributes.limit"]), "11"));
    assert!(compares("NumberGreaterThan", json!(["9007199254740992"]), "9007199254740993"));
    assert!(!compares("NumberLessThan", json!(["10"]), "ten"));
    assert!(!compares("NumberLessThan", json!(["NaN"]), "1"));
    assert!(!compares("NumberLessThan", json!(["inf"]), "1"));
    assert!(!compares("Equals", json!(["$.Attributes.none"]), ""));
}

#[test]
fn conditions_nest() {
    let over = |n: u32| json!({"Operator": "NumberGreaterThan", "Operands": [n.to_string()]});
    let between = json!([over(3), {"Operator": "Not", "Operands": [over(5)]}]);
    assert!(compares("And", between.clone(), "4"));
    assert!(!compares("And", between, "6"));
    assert!(compares("Or", json!([over(9), over(3)]), "4"));
    assert!(!compares("Or", json!([]), "4"));
    assert!(!compares("And", json!([]), "4"));
}

#[test]
fn the_first_condition_that_fits_wins() {
    let conditions = [("a", "first"), ("a", "second")];
    let compare = branch("is", "Compare", json!({"ComparisonValue": "a"}), &conditions, &["NoMatchingCondition"]);
    story(FlowKind::ContactFlow, json!([compare, end("first"), end("second"), end("on NoMatchingCondition")]))
        .starts("is: MatchedCondition · first: Success → ended");
}

#[test]
fn a_value_that_is_not_there_matches_no_condition() {
    let empty = [("", "empty")];
    let missing = json!({"ComparisonValue": "$.External.answer"});
    let compare = branch("is", "Compare", missing, &empty, &["NoMatchingCondition"]);
    story(FlowKind::ContactFlow, json!([compare, end("empty"), end("on NoMatchingCondition")]))
        .starts("is: NoMatchingCondition · on NoMatchingCondition: Success → ended");
}

fn sets(parameters: Value) -> Story {
    let set = step("set", "UpdateContactAttributes", parameters, "say");
    let say = step("say", "MessageParticipant", json!({"Text": "<$.Attributes.a>"}), "end");
    story(FlowKind::ContactFlow, json!([set, say, end("end"), end("error")]))
}

#[test]
fn attributes_are_set_and_seen_at_once() {
    sets(json!({"Attributes": {"a": "from $.CustomerEndpoint.Address"}}))
        .starts(r#"set {"a": "from +12065550100"} · set: Success · play "<from +12065550100>" → waits"#);
    sets(json!({"Attributes": {"a": 5, "b": true}, "TargetContact": "Current"}))
        .starts(r#"set {"a": "5", "b": "True"} · set: Success · play "<5>" → waits"#);
    sets(json!({"Attributes": {"a": "$.Attributes.none"}}))
        .starts(r#"set {"a": ""} · set: Success · play "<>" → waits"#);
}

#[test]
fn attributes_of_the_related_contact_are_not_ours() {
    sets(json!({"Attributes": {"a": "x"}, "TargetContact": "Related"}))
        .with(|world| world.contact.previous_contact = Some(ContactId::from_bits(9)))
        .starts(r#"set related {"a": "x"} · set: Success · play "<>" → waits"#);
}

#[test]
fn attributes_that_cannot_be_set_take_the_error() {
    let error = "set: NoMatchingError · error: Success → ended";
    for parameters in [
        json!({}),
        json!({"Attributes": "a"}),
        json!({"Attributes": {"a": ["list"]}}),
        json!({"Attributes": {"a": "x"}, "TargetContact": "Nobody"}),
        // No contact went before this one.
        json!({"Attributes": {"a": "x"}, "TargetContact": "Related"}),
        json!({"Attributes": {"a": "x".repeat(32 * 1024)}}),
    ] {
        sets(parameters).starts(error);
    }
    sets(json!({"Attributes": {"a": "$.Attributes.big$.Attributes.big"}}))
        .with(|world| {
            world.contact.attributes.insert("big".into(), "x".repeat(20_000));
        })
        .starts(error);
    sets(json!({"Attributes": {"a": "x".repeat(20_000)}}))
        .with(|world| {
            world.contact.attributes.insert("big".into(), "x".repeat(20_000));
        })
        .starts(error);
}

#[test]
fn flow_attributes_live_in_the_flow() {
    let set = |parameters: Value| {
        let set = step("set", "UpdateFlowAttributes", parameters, "say");
        let say = step("say", "MessageParticipant", json!({"Text": "<$.FlowAttributes.a>"}), "end");
        story(FlowKind::ContactFlow, json!([set, say, end("end"), end("error")]))
    };
    set(json!({"FlowAttributes": {"a": {"Value": "$.Channel"}}})).starts(r#"set: Success · play "<VOICE>" → waits"#);
    for bad in [
        json!({}),
        json!({"FlowAttributes": {"a": "bare"}}),
        json!({"FlowAttributes": {"a": {"Value": "x".repeat(40_000)}}}),
    ] {
        set(bad).starts("set: NoMatchingError · error: Success → ended");
    }
}

fn looping(count: Value) -> Story {
    let conditions = [("ContinueLooping", "say"), ("DoneLooping", "again")];
    let actions = json!([
        branch("loop", "Loop", json!({"LoopCount": count}), &conditions, &["NoMatchingError"]),
        step("say", "MessageParticipant", json!({"Text": "."}), "loop"),
        step("again", "MessageParticipant", json!({"Text": "!"}), "loop"),
        end("error"),
        end("on NoMatchingError")
    ]);
    story(FlowKind::ContactFlow, actions)
}

#[test]
fn a_loop_goes_round_so_many_times_and_then_begins_anew() {
    looping(json!("2"))
        .starts(r#"loop: ContinueLooping · play "." → waits"#)
        .heard(r#"say: Success · loop: ContinueLooping · play "." → waits"#)
        .heard(r#"say: Success · loop: DoneLooping · play "!" → waits"#)
        .heard(r#"again: Success · loop: ContinueLooping · play "." → waits"#);
    looping(json!(0)).starts(r#"loop: DoneLooping · play "!" → waits"#);
    looping(json!("$.Attributes.n"))
        .with(|world| {
            world.contact.attributes.insert("n".into(), "1".into());
        })
        .starts(r#"loop: ContinueLooping · play "." → waits"#);
}

#[test]
fn a_loop_without_a_count_takes_the_error() {
    for count in [json!("101"), json!("many"), json!("-1"), json!("$.Attributes.n"), json!(null)] {
        looping(count).starts("loop: NoMatchingError · on NoMatchingError: Success → ended");
    }
}

fn moves(parameters: Value, kind: FlowKind) -> Story {
    let go = step("go", "TransferToFlow", parameters, "error");
    let keep = step("keep", "UpdateFlowAttributes", json!({"FlowAttributes": {"a": {"Value": "x"}}}), "go");
    story(kind, json!([keep, go, end("error")])).with(|world| {
        let other = json!([step("hi", "MessageParticipant", json!({"Text": "[$.FlowAttributes.a]"}), "error")]);
        world.add(flow(OTHER_FLOW, FlowKind::ContactFlow, &document(other))).unwrap();
        world.add(flow(QUEUE_FLOW, FlowKind::CustomerQueue, &document(json!([end("only")])))).unwrap();
        let broken = flow(BROKEN_FLOW, FlowKind::ContactFlow, &json!({}));
        world.centre.flows.insert(broken.id, broken);
    })
}

#[test]
fn a_flow_goes_on_in_another() {
    let id = FlowId::from_bits(OTHER_FLOW);
    let story = moves(json!({"ContactFlowId": id.to_string()}), FlowKind::ContactFlow)
        .starts(r#"keep: Success · go: Success · in Flow F2 v7 · play "[]" → waits"#);
    assert_eq!((story.execution.flow(), story.execution.version()), (id, 7));
    moves(json!({"ContactFlowId": format!("arn:x:contact-flow/{id}:$LATEST")}), FlowKind::QueueTransfer)
        .starts(r#"keep: Success · go: Success · in Flow F2 v7 · play "[]" → waits"#);
}

#[test]
fn a_flow_that_cannot_take_over_takes_the_error() {
    let error = "keep: Success · go: NoMatchingError · error: Success → ended";
    for bits in [0x99, QUEUE_FLOW, BROKEN_FLOW] {
        moves(json!({"ContactFlowId": FlowId::from_bits(bits).to_string()}), FlowKind::ContactFlow).starts(error);
    }
    moves(json!({}), FlowKind::ContactFlow).starts(error);
    moves(json!({"ContactFlowId": FlowId::from_bits(OTHER_FLOW).to_string()}), FlowKind::CustomerQueue).starts(error);
}

#[test]
fn a_voice_brings_its_language() {
    let speak = |voice: &str| {
        let actions = json!([
            step("voice", "UpdateContactTextToSpeechVoice", json!({"TextToSpeechVoice": voice}), "say"),
            step("say", "MessageParticipant", json!({"Text": "안녕"}), "end"),
            end("end"),
            end("error")
        ]);
        story(FlowKind::ContactFlow, actions)
    };
    speak("Seoyeon").starts(r#"voice Seoyeon ko-KR · voice: Success · play "안녕" (Seoyeon, ko-KR) → waits"#);
    speak("ko-KR").starts(r#"voice ko-KR ko-KR · voice: Success · play "안녕" (ko-KR, ko-KR) → waits"#);
    speak("Nobody").starts(r#"voice Nobody en-US · voice: Success · play "안녕" (Nobody, en-US) → waits"#);
    speak("").starts("voice: NoMatchingError · error: Success → ended");
    speak(&"v".repeat(65)).starts("voice: NoMatchingError · error: Success → ended");
}

#[test]
fn logging_is_switched() {
    let log = |word: &str| {
        let log = step("log", "UpdateFlowLoggingBehavior", json!({"FlowLoggingBehavior": word}), "end");
        story(FlowKind::ContactFlow, after(log))
    };
    log("Enabled").starts("logging true · log: Success · end: Success → ended");
    log("Disabled").starts("logging false · log: Success · end: Success → ended");
    log("Perhaps").starts("log: NoMatchingError · error: Success → ended");
}

#[test]
fn a_flow_hangs_up_or_ends() {
    let hang_up = json!([{"Identifier": "bye", "Type": "DisconnectParticipant"}]);
    story(FlowKind::ContactFlow, hang_up).starts("bye: Success · disconnect → disconnected");
    story(FlowKind::CustomerQueue, json!([end("end")])).starts("end: Success → ended");
}

#[test]
fn an_action_we_do_not_know_takes_its_error_branch() {
    let lambda = step("ask", "InvokeLambdaFunction", json!({"LambdaFunctionARN": "arn:…"}), "end");
    story(FlowKind::ContactFlow, after(lambda)).starts("ask: NoMatchingError · error: Success → ended");
    let priority = json!({"Identifier": "first", "Type": "UpdateContactRoutingBehavior",
        "Parameters": {"QueuePriority": "1"}, "Transitions": {"NextAction": "end"}});
    story(FlowKind::ContactFlow, after(priority)).starts("first: NoMatchingError · end: Success → ended");
    let alone = json!({"Identifier": "alone", "Type": "EndFlowModuleExecution"});
    story(FlowKind::Module, json!([alone]))
        .starts("alone: NoMatchingError → failed: action \"alone\" has no branch for NoMatchingError");
}

#[test]
fn an_action_in_a_flow_it_may_not_stand_in_takes_its_error_branch() {
    let target = json!({"QueueId": QueueId::from_bits(SALES).to_string()});
    for (kind, parameters, flow) in [
        ("UpdateContactTargetQueue", target, FlowKind::CustomerQueue),
        ("TransferContactToQueue", json!({}), FlowKind::CustomerWhisper),
        ("MessageParticipant", json!({"Text": "Hi"}), FlowKind::CustomerHold),
        ("CheckHoursOfOperation", json!({}), FlowKind::AgentWhisper),
    ] {
        story(flow, after(step("no", kind, parameters, "end"))).starts("no: NoMatchingError · error: Success → ended");
    }
}
