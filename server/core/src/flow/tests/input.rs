//! `GetParticipantInput`: menus and stored input.

use super::*;

fn menu() -> Value {
    let mut menu = branch(
        "menu",
        "GetParticipantInput",
        json!({"Text": "Press 1.", "StoreInput": "False", "InputTimeLimitSeconds": "5"}),
        &[("1", "one"), ("#", "hash")],
        &["InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"],
    );
    menu["Transitions"]["NextAction"] = "on NoMatchingCondition".into();
    json!([
        menu,
        end("one"),
        end("hash"),
        end("on InputTimeLimitExceeded"),
        end("on NoMatchingCondition"),
        end("on NoMatchingError")
    ])
}

/// Asks for keys, stores them, then says them.
fn stored(parameters: Value) -> Value {
    let mut all = json!({"Text": "Keys?", "StoreInput": "True", "InputTimeLimitSeconds": 7});
    all.as_object_mut().unwrap().extend(parameters.as_object().unwrap().clone());
    let mut ask = step("ask", "GetParticipantInput", all, "say");
    ask["Transitions"]["Errors"] = json!([{"ErrorType": "NoMatchingError", "NextAction": "error"},
        {"ErrorType": "InvalidPhoneNumber", "NextAction": "no number"}]);
    json!([
        ask,
        step("say", "MessageParticipant", json!({"Text": "[$.StoredCustomerInput]"}), "end"),
        end("end"),
        end("error"),
        end("no number")
    ])
}

#[test]
fn a_key_stops_the_prompt_and_decides() {
    story(FlowKind::ContactFlow, menu())
        .starts(r#"play "Press 1." → waits"#)
        .key('1', "stop · menu: MatchedCondition · one: Success → ended");
}

#[test]
fn a_key_after_the_prompt_decides_too() {
    story(FlowKind::ContactFlow, menu())
        .starts(r#"play "Press 1." → waits"#)
        .heard("waits for time")
        .key('#', "menu: MatchedCondition · hash: Success → ended");
}

#[test]
fn a_key_without_a_branch_is_no_match() {
    story(FlowKind::ContactFlow, menu())
        .starts(r#"play "Press 1." → waits"#)
        .key('7', "stop · menu: NoMatchingCondition · on NoMatchingCondition: Success → ended");
}

#[test]
fn silence_takes_the_time_limit_and_not_earlier() {
    story(FlowKind::ContactFlow, menu())
        .starts(r#"play "Press 1." → waits"#)
        .heard("waits for time")
        .wakes_after(4, "waits for time")
        .wakes_after(1, "menu: InputTimeLimitExceeded · on InputTimeLimitExceeded: Success → ended");
}

#[test]
fn a_prompt_that_cannot_be_had_takes_the_error() {
    story(FlowKind::ContactFlow, menu()).starts(r#"play "Press 1." → waits"#).told(
        FlowInput::PlaybackDone { outcome: PlaybackOutcome::Failed },
        "menu: NoMatchingError · on NoMatchingError: Success → ended",
    );
}

#[test]
fn on_chat_there_are_no_keys() {
    story(FlowKind::ContactFlow, menu())
        .with(|world| world.contact.channel = Channel::Chat)
        .starts("menu: NoMatchingError · on NoMatchingError: Success → ended");
}

#[test]
fn stored_keys_end_with_the_hash_key() {
    story(FlowKind::ContactFlow, stored(json!({})))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .key('2', "waits for time")
        .key('#', r#"ask: Success · play "[12]" → waits"#);
}

#[test]
fn stored_keys_end_at_the_greatest_length() {
    story(FlowKind::ContactFlow, stored(json!({"InputValidation": {"CustomValidation": {"MaximumLength": "2"}}})))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .key('2', r#"ask: Success · play "[12]" → waits"#);
}

#[test]
fn stored_keys_end_when_the_next_key_is_long_in_coming() {
    story(FlowKind::ContactFlow, stored(json!({"DTMFConfiguration": {"InterdigitTimeLimitSeconds": "3"}})))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .wakes_after(2, "waits for time")
        .key('2', "waits for time")
        .wakes_after(3, r#"ask: Success · play "[12]" → waits"#);
}

#[test]
fn no_key_at_all_is_stored_as_timeout() {
    story(FlowKind::ContactFlow, stored(json!({})))
        .starts(r#"play "Keys?" → waits"#)
        .heard("waits for time")
        .wakes_after(7, r#"ask: Success · play "[Timeout]" → waits"#);
}

#[test]
fn a_terminator_of_its_own_makes_the_hash_key_ordinary() {
    story(FlowKind::ContactFlow, stored(json!({"DTMFConfiguration": {"InputTerminationSequence": "*9"}})))
        .starts(r#"play "Keys?" → waits"#)
        .key('#', "stop → waits for time")
        .key('*', "waits for time")
        .key('9', r##"ask: Success · play "[#]" → waits"##);
}

#[test]
fn the_cancel_key_forgets_what_was_keyed() {
    story(FlowKind::ContactFlow, stored(json!({})))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .key('*', "waits for time")
        .key('3', "waits for time")
        .key('#', r#"ask: Success · play "[3]" → waits"#);
}

#[test]
fn a_disabled_cancel_key_is_a_key() {
    story(FlowKind::ContactFlow, stored(json!({"DTMFConfiguration": {"DisableCancelKey": "True"}})))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .key('*', "waits for time")
        .key('#', r#"ask: Success · play "[1*]" → waits"#);
}

#[test]
fn a_local_number_is_stored_in_e164() {
    let number = json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local", "CountryCode": "KR"}}});
    let mut story = story(FlowKind::ContactFlow, stored(number)).starts(r#"play "Keys?" → waits"#);
    for digit in "01012345678".chars() {
        story.feed(FlowInput::Digit(digit));
    }
    story.key('#', r#"ask: Success · play "[+821012345678]" → waits"#);
}

#[test]
fn what_is_no_number_is_an_invalid_phone_number() {
    let number = json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "E164"}}});
    story(FlowKind::ContactFlow, stored(number))
        .starts(r#"play "Keys?" → waits"#)
        .key('1', "stop → waits for time")
        .key('#', "ask: InvalidPhoneNumber · no number: Success → ended");
}

#[test]
fn input_that_should_be_encrypted_is_not_taken_in_the_clear() {
    let encrypted = json!({"InputEncryption": {"EncryptionKeyId": "k", "Key": "-----BEGIN CERTIFICATE-----"}});
    story(FlowKind::ContactFlow, stored(encrypted)).starts("ask: NoMatchingError · error: Success → ended");
}

#[test]
fn parameters_out_of_range_take_the_error() {
    let bad = [
        json!({"InputTimeLimitSeconds": "0"}),
        json!({"InputTimeLimitSeconds": "soon"}),
        json!({"StoreInput": "Perhaps"}),
        json!({"DTMFConfiguration": {"InputTerminationSequence": "123456"}}),
        json!({"DTMFConfiguration": {"InterdigitTimeLimitSeconds": "21"}}),
        json!({"InputValidation": {"CustomValidation": {"MaximumLength": "0"}}}),
        json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local"}}}),
        json!({"InputValidation": {"PhoneNumberValidation": {"NumberFormat": "Local", "CountryCode": "ZZ"}}}),
        json!({"InputValidation": {"PhoneNumberValidation": {}}}),
        json!({"PromptId": "also a prompt"}),
    ];
    for parameters in bad {
        story(FlowKind::ContactFlow, stored(parameters)).starts("ask: NoMatchingError · error: Success → ended");
    }
}

#[test]
fn keys_are_in_neither_log_nor_journal_nor_debug_print() {
    let mut story = story(FlowKind::ContactFlow, stored(json!({}))).starts(r#"play "Keys?" → waits"#);
    for digit in "918273".chars() {
        let step = story.execution.handle(story.now, FlowInput::Digit(digit), &story.world);
        assert!(!step.effects.iter().any(|effect| matches!(effect, FlowEffect::Log { .. })));
    }
    let journal = serde_json::to_string(&story.execution).unwrap();
    assert!(!journal.contains("918") && !format!("{:?}", story.execution).contains("918"), "{journal}");
    story.execution.handle(story.now, FlowInput::Digit('#'), &story.world);
    let journal = serde_json::to_string(&story.execution).unwrap();
    assert!(!journal.contains("918") && !format!("{:?}", story.execution).contains("918"), "{journal}");
}
