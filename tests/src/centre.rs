//! What the end-to-end stories add to the demo's centre: a number whose flow is one menu and one queue.

use crate::rig::Rig;
use anyhow::{Context, Result};
use serde_json::{Value, json};

/// The number of the short menu.
pub const NUMBER: &str = "2000";

/// The number 2000: "press 1", then the Billing queue. `recorded`: from the moment an agent is there.
pub async fn add_short_menu(rig: &Rig, admin: &str, recorded: bool) -> Result<()> {
    let queues = rig.all(admin, "queues").await?;
    let billing = queues.iter().find(|queue| queue["name"] == "Billing").context("the demo's queue Billing")?;
    let flow = json!({
        "name": "Short menu", "description": "Tests", "kind": "CONTACT_FLOW",
        "content": short_menu(&billing["id"], recorded),
    });
    let flow = rig.post(admin, "flows", &flow).await?;
    rig.post(admin, "numbers", &json!({ "number": NUMBER, "description": "Tests", "flow": flow["id"] })).await?;
    Ok(())
}

fn short_menu(queue: &Value, recorded: bool) -> Value {
    let participants: &[&str] = if recorded { &["Agent", "Customer"] } else { &[] };
    let behavior = json!({ "RecordedParticipants": participants, "IVRRecordingBehavior": "Disabled" });
    let after =
        |next: &str| json!({ "NextAction": next, "Errors": [{ "ErrorType": "NoMatchingError", "NextAction": "bye" }] });
    let menu = json!({
        "NextAction": "bye",
        "Errors": (["InputTimeLimitExceeded", "NoMatchingCondition", "NoMatchingError"])
            .map(|error| json!({ "ErrorType": error, "NextAction": "bye" })),
        "Conditions": [{ "NextAction": "target", "Condition": { "Operator": "Equals", "Operands": ["1"] } }],
    });
    let waiting = json!({
        "NextAction": "bye",
        "Errors": (["QueueAtCapacity", "NoMatchingError"])
            .map(|error| json!({ "ErrorType": error, "NextAction": "bye" })),
    });
    let action = |name: &str, kind: &str, parameters: Value, transitions: Value| {
        let mut action = json!({ "Identifier": name, "Type": kind });
        action["Parameters"] = parameters;
        action["Transitions"] = transitions;
        action
    };
    let input = json!({ "Text": "For an agent, press 1.", "StoreInput": "False", "InputTimeLimitSeconds": "15" });
    json!({
        "Version": "2019-10-30", "StartAction": "record", "Metadata": {},
        "Actions": [
            action("record", "UpdateContactRecordingBehavior", json!({ "RecordingBehavior": behavior }), after("menu")),
            action("menu", "GetParticipantInput", input, menu),
            action("target", "UpdateContactTargetQueue", json!({ "QueueId": queue }), after("wait")),
            action("wait", "TransferContactToQueue", json!({}), waiting),
            action("bye", "DisconnectParticipant", json!({}), json!({})),
        ],
    })
}
