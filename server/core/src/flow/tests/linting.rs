//! What the linter finds, and what it leaves in peace.

use super::*;

/// Findings as `severity action field code`, of a document whose first action is given.
fn found(kind: FlowKind, actions: Value) -> Vec<String> {
    let document = Document::from_json(document(actions)).unwrap();
    let mut world = Rehearsal::new(centre());
    for (bits, kind) in [(OTHER_FLOW, FlowKind::ContactFlow), (QUEUE_FLOW, FlowKind::CustomerQueue)] {
        world.add(flow(bits, kind, &super::document(json!([end("only")])))).unwrap();
    }
    let findings = lint(&document, kind, &world.centre);
    assert!(findings.iter().all(|f| !f.message.is_empty() && !f.remedy.is_empty()));
    let line = |f: Finding| {
        let severity = if f.severity == Severity::Error { "E" } else { "W" };
        format!("{severity} {} {} {}", f.action.unwrap_or_default(), f.field.unwrap_or_default(), f.code)
    };
    findings.into_iter().map(line).collect()
}

/// Findings of one action of an inbound flow, followed by `end` and `error`.
fn found_in(action: Value) -> Vec<String> {
    let mut found = found(FlowKind::ContactFlow, json!([action, end("end"), end("error")]));
    found.retain(|line| !line.ends_with("unreachable"));
    found
}

fn id(bits: u128) -> String {
    FlowId::from_bits(bits).to_string()
}

#[test]
fn examples_of_the_catalogue_have_no_findings() {
    for kind in actions::all() {
        let example: Value = serde_json::from_str(kind.example).unwrap();
        let flow = kind.flows[0];
        assert_eq!(
            found(flow, json!([example, end("z")])).iter().filter(|f| !f.contains("unreachable")).count(),
            0,
            "{}",
            kind.name
        );
    }
}

#[test]
fn references_must_exist() {
    let cases = [
        ("MessageParticipant", json!({"PromptId": id(0x99)}), "E a Parameters.PromptId unknown_prompt"),
        ("MessageParticipant", json!({"PromptId": "Beep.wav"}), "E a Parameters.PromptId wrong_value"),
        ("UpdateContactTargetQueue", json!({"QueueId": id(0x99)}), "E a Parameters.QueueId unknown_queue"),
        ("UpdateContactTargetQueue", json!({"AgentId": id(0x99)}), "E a Parameters.AgentId unknown_agent"),
        ("TransferToFlow", json!({"ContactFlowId": id(0x99)}), "E a Parameters.ContactFlowId unknown_flow"),
        ("TransferToFlow", json!({"ContactFlowId": id(QUEUE_FLOW)}), "E a Parameters.ContactFlowId flow_kind"),
        (
            "UpdateContactEventHooks",
            json!({"EventHooks": {"CustomerQueue": id(0x99)}}),
            "E a Parameters.EventHooks.CustomerQueue unknown_flow",
        ),
        (
            "UpdateContactEventHooks",
            json!({"EventHooks": {"CustomerQueue": id(OTHER_FLOW)}}),
            "W a Parameters.EventHooks.CustomerQueue hook_kind",
        ),
        (
            "UpdateContactEventHooks",
            json!({"EventHooks": {"Nonsense": id(OTHER_FLOW)}}),
            "E a Parameters.EventHooks.Nonsense wrong_value",
        ),
    ];
    for (kind, parameters, expected) in cases {
        assert_eq!(found_in(step("a", kind, parameters, "end"))[0], expected);
    }
    let arn = format!("arn:aws:connect:x:1:instance/i/queue/{}", id(SALES));
    assert_eq!(found_in(step("a", "UpdateContactTargetQueue", json!({"QueueId": arn}), "end")), [""; 0]);
    let hours = branch(
        "a",
        "CheckHoursOfOperation",
        json!({"HoursOfOperationId": id(0x99)}),
        &[("True", "end"), ("False", "end")],
        &[],
    );
    assert!(found_in(hours).contains(&"E a Parameters.HoursOfOperationId unknown_hours".to_owned()));
}

#[test]
fn parameters_have_shapes() {
    let cases = [
        ("MessageParticipant", json!({}), "E a Parameters.PromptId missing_parameter"),
        ("MessageParticipant", json!({"Text": "a", "SSML": "b"}), "E a Parameters.PromptId one_of"),
        ("MessageParticipant", json!({"Text": ["a"]}), "E a Parameters.Text wrong_value"),
        ("MessageParticipant", json!({"Text": "a", "Colour": "red"}), "W a Parameters.Colour unknown_parameter"),
        ("MessageParticipant", json!({"Text": "$.External.x"}), "W a Parameters.Text namespace_not_yet"),
        ("MessageParticipant", json!({"Text": "$.Nonsense.x"}), "W a Parameters.Text unknown_namespace"),
        ("MessageParticipant", json!({"PromptId": "x$.Attributes.a"}), "E a Parameters.PromptId wrong_value"),
        ("MessageParticipant", json!({"Media": {"Uri": "s3://x"}}), "E a Parameters.Media unsupported_parameter"),
        ("UpdateContactAttributes", json!({"Attributes": {}}), "E a Parameters.Attributes missing_parameter"),
        ("UpdateContactAttributes", json!({"Attributes": {"x": {}}}), "E a Parameters.Attributes.x wrong_value"),
        (
            "UpdateContactAttributes",
            json!({"Attributes": {"x": "1"}, "TargetContact": "$.Attributes.a"}),
            "E a Parameters.TargetContact wrong_value",
        ),
        (
            "UpdateFlowLoggingBehavior",
            json!({"FlowLoggingBehavior": "On"}),
            "E a Parameters.FlowLoggingBehavior wrong_value",
        ),
        (
            "UpdateContactRecordingBehavior",
            json!({"RecordingBehavior": {"RecordedParticipants": ["Cat"]}}),
            "E a Parameters.RecordingBehavior.RecordedParticipants wrong_value",
        ),
    ];
    for (kind, parameters, expected) in cases {
        assert_eq!(found_in(step("a", kind, parameters, "end"))[0], expected);
    }
}

#[test]
fn input_has_rules_of_its_own() {
    let stored = |more: Value| {
        let mut parameters = json!({"Text": "?", "StoreInput": "True", "InputTimeLimitSeconds": "5"});
        parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        found_in(step("a", "GetParticipantInput", parameters, "end"))
    };
    assert_eq!(stored(json!({})), [""; 0]);
    assert_eq!(stored(json!({"InputTimeLimitSeconds": "500"})), ["E a Parameters.InputTimeLimitSeconds wrong_value"]);
    assert_eq!(
        stored(json!({"InputEncryption": {"Key": "k"}})),
        ["E a Parameters.InputEncryption unsupported_parameter"]
    );
    assert_eq!(
        stored(json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local", "CountryCode": "ZZ"}}})),
        [
            "E a Parameters.InputValidation.PhoneNumberValidation.CountryCode wrong_value",
            "W a Transitions.Errors missing_branch"
        ]
    );
    assert_eq!(
        stored(json!({"DTMFConfiguration": {"InputTerminationSequence": "ab"}})),
        ["E a Parameters.DTMFConfiguration.InputTerminationSequence wrong_value"]
    );
    let menu = json!({"Text": "?", "StoreInput": "False", "InputTimeLimitSeconds": "5"});
    let conditions = [("1", "end"), ("12", "end")];
    assert_eq!(
        found_in(branch("a", "GetParticipantInput", menu, &conditions, &[])),
        [
            "E a Transitions.NextAction missing_next",
            "E a Transitions.Errors missing_branch",
            "E a Transitions.Errors missing_branch",
            "E a Transitions.Errors missing_branch",
            "W a Transitions.Conditions[1].Condition dead_branch"
        ]
    );
}

#[test]
fn messages_in_a_circle_are_prompts_each() {
    let found = |messages: Value| {
        let play =
            json!({"Identifier": "a", "Type": "MessageParticipantIteratively", "Parameters": {"Messages": messages}});
        found(FlowKind::CustomerQueue, json!([play]))
    };
    assert_eq!(found(json!([{"Text": "Wait."}, {"PromptId": id(PROMPT)}])), [""; 0]);
    assert_eq!(
        found(json!([{"Text": "Wait."}, {"PromptId": ""}, 5])),
        ["E a Parameters.Messages[1] wrong_value", "E a Parameters.Messages[2] wrong_value"]
    );
    assert_eq!(found(json!([])), ["E a Parameters.Messages wrong_value"]);
    assert_eq!(found(json!([{"PromptId": id(0x99)}])), ["E a Parameters.Messages[0].PromptId unknown_prompt"]);
}

#[test]
fn branches_lead_somewhere() {
    let log = json!({"FlowLoggingBehavior": "Enabled"});
    let log = |next: &str| {
        json!({"Identifier": "a", "Type": "UpdateFlowLoggingBehavior", "Parameters": log,
        "Transitions": {"NextAction": next}})
    };
    assert_eq!(found_in(log("gone")), ["E a Transitions.NextAction no_such_action"]);
    assert_eq!(
        found_in(log("")),
        ["W a Transitions.NextAction empty_transition", "E a Transitions.NextAction missing_next"]
    );
    let looping = branch("a", "Loop", json!({"LoopCount": "3"}), &[("ContinueLooping", "end"), ("Done", "end")], &[]);
    assert_eq!(
        found_in(looping),
        [
            "W a Transitions.NextAction missing_next",
            "E a Transitions.Conditions missing_branch",
            "W a Transitions.Conditions[1].Condition dead_branch"
        ]
    );
    let compare = branch("a", "Compare", json!({"ComparisonValue": "$.Channel"}), &[("VOICE", "end")], &[]);
    assert_eq!(found_in(compare), ["W a Transitions.NextAction missing_next", "E a Transitions.Errors missing_branch"]);
}

#[test]
fn nothing_stands_where_it_may_not() {
    let hold = json!([{"Identifier": "a", "Type": "DisconnectParticipant"}]);
    assert_eq!(found(FlowKind::CustomerHold, hold), ["E a Type flow_kind"]);
}

#[test]
fn invented_types_get_a_hint() {
    for (written, meant) in [
        ("PlayPrompt", "MessageParticipant"),
        ("TransferToQueue", "TransferContactToQueue"),
        ("SetVoice", "UpdateContactTextToSpeechVoice"),
        ("MessageParticipent", "MessageParticipant"),
        ("UnTagContact", "UntagContact"),
    ] {
        let document = Document::from_json(document(json!([step("a", written, json!({}), "a")]))).unwrap();
        let findings = lint(&document, FlowKind::ContactFlow, &centre());
        let hint = findings.iter().find(|finding| finding.code == "unknown_action").unwrap();
        assert_eq!(hint.remedy, format!("Did you mean {meant}?"), "{written}");
    }
    assert_eq!(found_in(step("a", "Frobnicate", json!({}), "end")), ["E a Type unknown_action"]);
    assert_eq!(found_in(step("a", "InvokeLambdaFunction", json!({}), "end")), ["W a Type unsupported_action"]);
    let alone = json!({"Identifier": "a", "Type": "InvokeLambdaFunction"});
    assert_eq!(found_in(alone), ["W a Type unsupported_action", "E a Transitions.Errors missing_branch"]);
}

#[test]
fn circles_that_never_wait_are_found() {
    let set = |id: &str, next: &str| step(id, "UpdateContactAttributes", json!({"Attributes": {"n": "1"}}), next);
    assert_eq!(
        found(FlowKind::ContactFlow, json!([set("a", "b"), set("b", "a"), end("error")])),
        ["E a Transitions spins", "E b Transitions spins"]
    );
    let say = |next: &str| step("say", "MessageParticipant", json!({"Text": "."}), next);
    assert_eq!(found(FlowKind::ContactFlow, json!([set("a", "say"), say("a"), end("error")])), [""; 0]);
    let mut stubborn = say("say");
    stubborn["Transitions"]["Errors"][0]["NextAction"] = "say".into();
    assert_eq!(found(FlowKind::ContactFlow, json!([stubborn])), ["W say Transitions spins_on_error"]);
    let mut counted =
        branch("loop", "Loop", json!({"LoopCount": "3"}), &[("ContinueLooping", "a"), ("DoneLooping", "error")], &[]);
    counted["Transitions"]["NextAction"] = "error".into();
    assert_eq!(found(FlowKind::ContactFlow, json!([counted, set("a", "loop"), end("error")])), [""; 0]);
}

#[test]
fn what_nothing_leads_to_is_found() {
    assert_eq!(found(FlowKind::ContactFlow, json!([end("a"), end("b")])), ["W b  unreachable"]);
}

#[test]
fn long_flows_are_told_what_connect_takes() {
    let log = |nth: usize| {
        json!({"Identifier": nth.to_string(), "Type": "UpdateFlowLoggingBehavior",
        "Parameters": {"FlowLoggingBehavior": "Enabled"}, "Transitions": {"NextAction": (nth + 1).to_string()}})
    };
    let mut actions: Vec<Value> = (0..250).map(log).collect();
    actions.push(end("250"));
    assert_eq!(found(FlowKind::ContactFlow, Value::Array(actions)), ["W  Actions more_than_connect_takes"]);
}

#[test]
fn text_that_is_no_document_is_a_finding_too() {
    let findings = lint_text("{", FlowKind::ContactFlow, &centre());
    assert_eq!(findings[0].code, "not_json");
    let json = serde_json::to_value(&findings[0]).unwrap();
    assert_eq!((json["severity"].as_str(), json.get("action")), (Some("error"), None));
}

#[test]
fn an_action_that_does_not_run_is_in_a_circle_only_by_its_error_branch() {
    let wait = |error: &str| {
        json!({"Identifier": "a", "Type": "Wait", "Transitions": {"NextAction": "a",
            "Errors": [{"ErrorType": "NoMatchingError", "NextAction": error}]}})
    };
    assert_eq!(found_in(wait("end")), ["W a Type unsupported_action"]);
    assert_eq!(found_in(wait("a")), ["E a Transitions spins", "W a Type unsupported_action"]);
}
