//! Every path that has a source, in text, in SSML and as a whole value.

use super::{expr::*, *};
use std::collections::BTreeMap;

fn with_scope(test: impl FnOnce(&Scope<'_>)) {
    let centre = centre();
    let mut contact = Rehearsal::new(centre.clone()).contact;
    contact.attributes =
        [("name", "Mina"), ("a.b", "dotted"), ("first name", "Mina K"), ("tag", "<b> & \"q\"")].map(own).into();
    contact.sip_headers = [("User-to-User", "abc;encoding=hex")].map(own).into();
    contact.target_queue = Some(QueueId::from_bits(SALES));
    contact.agent = Some(AgentId::from_bits(AGENT));
    contact.previous_contact = Some(ContactId::from_bits(9));
    let flow_attributes = [("k-1", "v")].map(own).into();
    test(&Scope { centre: &centre, contact: &contact, flow_attributes: &flow_attributes, stored_input: Some("42") });
}

fn own((name, value): (&str, &str)) -> (String, String) {
    (name.to_owned(), value.to_owned())
}

#[test]
fn every_source_can_be_read() {
    with_scope(|scope| {
        let arn = "arn:twinline:connect:local:000000000001:instance/";
        for (path, value) in [
            ("$.Attributes.name", "Mina"),
            ("$.Attributes.a.b", "dotted"),
            ("$.Attributes['first name']", "Mina K"),
            ("$.FlowAttributes.k-1", "v"),
            ("$.StoredCustomerInput", "42"),
            ("$.Channel", "VOICE"),
            ("$.InitiationMethod", "INBOUND"),
            ("$.LanguageCode", "en-US"),
            ("$.TextToSpeechVoiceId", "Joanna"),
            ("$.CustomerEndpoint.Address", "+12065550100"),
            ("$.SystemEndpoint.Address", "+12065550199"),
            ("$.SystemEndpoint.Type", "TELEPHONE_NUMBER"),
            ("$.Queue.Name", "Sales"),
            ("$.Queue.OutboundCallerId.Address", "+12065550111"),
            ("$.Agent.UserName", "mina"),
            ("$.Agent.FirstName", "Mina"),
            ("$.Agent.LastName", "Kim"),
            ("$.Media.Sip.Headers.user-to-user", "abc;encoding=hex"),
            ("$.ContactId", &ContactId::from_bits(1).to_string()),
            ("$.InitialContactId", &ContactId::from_bits(1).to_string()),
            ("$.PreviousContactId", &ContactId::from_bits(9).to_string()),
            ("$.InstanceARN", &format!("{arn}{}", InstanceId::from_bits(1))),
            ("$.Queue.ARN", &format!("{arn}{}/queue/{}", InstanceId::from_bits(1), QueueId::from_bits(SALES))),
            ("plain", "plain"),
        ] {
            assert_eq!(scope.whole(path).as_deref(), Some(value), "{path}");
        }
    });
}

#[test]
fn a_path_that_leads_nowhere_is_nothing() {
    with_scope(|scope| {
        for path in
            ["$.Attributes.none", "$.Attributes", "$.External.x", "$.Queue.Nonsense", "$.Nonsense", "$.Channel.x"]
        {
            assert_eq!(scope.whole(path), None, "{path}");
            assert_eq!(
                scope.text(&format!("<{path}>")).as_deref(),
                Ok(if path == "$.Channel.x" { "<VOICE.x>" } else { "<>" })
            );
        }
    });
}

#[test]
fn text_is_filled_in() {
    with_scope(|scope| {
        for (text, filled) in [
            ("Dear $.Attributes.name, $.Channel!", "Dear Mina, VOICE!"),
            ("$.Attributes.name.Welcome", "Mina.Welcome"),
            ("$.Attributes.name님", "Mina님"),
            ("a $.5 b $", "a $.5 b $"),
            ("", ""),
        ] {
            assert_eq!(scope.text(text).as_deref(), Ok(filled));
        }
    });
}

#[test]
fn what_is_filled_into_ssml_is_not_markup() {
    with_scope(|scope| {
        let filled = scope.ssml("<speak>$.Attributes.tag</speak>").unwrap();
        assert_eq!(filled, "<speak>&lt;b&gt; &amp; &quot;q&quot;</speak>");
        assert_eq!(scope.ssml("$.Attributes.tag").as_deref(), Ok("<b> & \"q\""));
    });
}

#[test]
fn a_text_cannot_grow_without_bound() {
    let centre = centre();
    let mut contact = Rehearsal::new(centre.clone()).contact;
    contact.attributes.insert("big".into(), "x".repeat(20_000));
    let none = BTreeMap::new();
    let scope = Scope { centre: &centre, contact: &contact, flow_attributes: &none, stored_input: None };
    assert_eq!(scope.text("$.Attributes.big$.Attributes.big"), Err(TextTooLong));
    assert_eq!(scope.text(&"y".repeat(40_000)), Err(TextTooLong));
}
