//! Whole calls: a Korean and English line from the greeting to the queue, and the flow that plays while one waits.

use super::*;

fn id(bits: u128) -> String {
    FlowId::from_bits(bits).to_string()
}

fn errors(branches: &[(&str, &str)]) -> Value {
    branches.iter().map(|(error, next)| json!({"ErrorType": error, "NextAction": next})).collect()
}

fn conditions(branches: &[(&str, &str)]) -> Value {
    let condition = |(operand, next): &(&str, &str)| json!({"NextAction": next, "Condition": {"Operator": "Equals", "Operands": [operand]}});
    branches.iter().map(condition).collect()
}

fn action(
    id: &str,
    kind: &str,
    parameters: Value,
    next: &str,
    taken: &[(&str, &str)],
    failed: &[(&str, &str)],
) -> Value {
    json!({"Identifier": id, "Type": kind, "Parameters": parameters,
        "Transitions": {"NextAction": next, "Conditions": conditions(taken), "Errors": errors(failed)}})
}

/// Open? Which language? Which wish? Then to the queue; three tries.
fn line() -> Value {
    let error = [("NoMatchingError", "bye")];
    let voice = |name: &str, next: &str| {
        let set = json!({"TextToSpeechVoice": name});
        action(&format!("speak {name}"), "UpdateContactTextToSpeechVoice", set, next, &[], &error)
    };
    let ask = |id: &str, text: &str, taken: &[(&str, &str)], again: &str| {
        let ask = json!({"Text": text, "StoreInput": "False", "InputTimeLimitSeconds": "5"});
        let failed = [("InputTimeLimitExceeded", again), ("NoMatchingCondition", again), ("NoMatchingError", "bye")];
        action(id, "GetParticipantInput", ask, again, taken, &failed)
    };
    document(json!([
        action("record", "UpdateContactRecordingBehavior",
            json!({"RecordingBehavior": {"RecordedParticipants": ["Agent", "Customer"]}}), "open", &[], &[]),
        action("open", "CheckHoursOfOperation", json!({"HoursOfOperationId": id(HOURS)}), "closed",
            &[("True", "language"), ("False", "closed")], &[("NoMatchingError", "closed")]),
        action("closed", "MessageParticipant", json!({"Text": "We are closed."}), "bye", &[], &error),
        ask("language", "한국어는 1번. For English press 2.", &[("1", "speak Seoyeon"), ("2", "speak Joanna")], "tries"),
        action("tries", "Loop", json!({"LoopCount": "2"}), "bye",
            &[("ContinueLooping", "language"), ("DoneLooping", "bye")], &[]),
        voice("Seoyeon", "which"),
        voice("Joanna", "which"),
        action("which", "Compare", json!({"ComparisonValue": "$.LanguageCode"}), "english",
            &[("ko-KR", "korean")], &[("NoMatchingCondition", "english")]),
        ask("korean", "판매는 1번을 누르세요.", &[("1", "note")], "bye"),
        ask("english", "For sales press 1.", &[("1", "note")], "bye"),
        action("note", "UpdateContactAttributes", json!({"Attributes": {"wish": "sales in $.LanguageCode"}}), "music",
            &[], &[("NoMatchingError", "music")]),
        action("music", "UpdateContactEventHooks", json!({"EventHooks": {"CustomerQueue": id(QUEUE_FLOW)}}), "sales",
            &[], &[("NoMatchingError", "sales")]),
        action("sales", "UpdateContactTargetQueue", json!({"QueueId": id(SALES)}), "go", &[], &error),
        action("go", "TransferContactToQueue", json!({}), "bye", &[], &[("QueueAtCapacity", "full"), ("NoMatchingError", "bye")]),
        action("full", "MessageParticipant", json!({"Text": "All lines are busy."}), "bye", &[], &error),
        {"Identifier": "bye", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}}
    ]))
}

fn call() -> Story {
    let actions = line()["Actions"].clone();
    story(FlowKind::ContactFlow, actions).with(|world| {
        let music = document(json!([end("only")]));
        world.add(flow(QUEUE_FLOW, FlowKind::CustomerQueue, &music)).unwrap();
    })
}

const ASKS: &str =
    r#"record true true false · record: Success · open: True · play "한국어는 1번. For English press 2." → waits"#;

#[test]
fn a_korean_caller_reaches_the_queue() {
    call()
        .starts(ASKS)
        .key(
            '1',
            r#"stop · language: MatchedCondition · voice Seoyeon ko-KR · speak Seoyeon: Success · which: MatchedCondition · play "판매는 1번을 누르세요." (Seoyeon, ko-KR) → waits"#,
        )
        .heard("waits for time")
        .key(
            '1',
            r#"korean: MatchedCondition · set {"wish": "sales in ko-KR"} · note: Success · hook CustomerQueue F3 · music: Success · queue A1 · sales: Success · enqueue → waits"#,
        )
        .told(FlowInput::Enqueued { result: Ok(()) }, "go: Success → queued");
}

#[test]
fn a_silent_caller_is_asked_three_times() {
    let again = r#"language: InputTimeLimitExceeded · tries: ContinueLooping · play "한국어는 1번. For English press 2." → waits"#;
    call()
        .starts(ASKS)
        .heard("waits for time")
        .wakes_after(5, again)
        .heard("waits for time")
        .wakes_after(5, again)
        .heard("waits for time")
        .wakes_after(
            5,
            "language: InputTimeLimitExceeded · tries: DoneLooping · bye: Success · disconnect → disconnected",
        );
}

#[test]
fn after_hours_the_caller_is_told_so() {
    let mut call = call();
    call.now = MONDAY_TEN + Duration::from_secs(12 * 3600);
    call.starts(r#"record true true false · record: Success · open: False · play "We are closed." → waits"#)
        .heard("closed: Success · bye: Success · disconnect → disconnected");
}

#[test]
fn the_line_has_no_findings() {
    let findings = lint(&Document::from_json(line()).unwrap(), FlowKind::ContactFlow, &call().world.centre);
    assert_eq!(findings, []);
}
