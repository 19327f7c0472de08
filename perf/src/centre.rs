//! The contact centre that is measured: written straight into a store, so that a thousand people, tokens and devices
//! cost neither passwords nor clicks.

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use std::{path::Path, sync::Arc};
use twinline_media::{player::hold_music, wave};
use twinline_model::*;
use twinline_store::{CentreSettings, Device, Store, Token};

/// Dialled: a prompt, and nothing else.
pub const TO_PROMPT: &str = "1000";
/// Dialled: the queue of those who take calls on their desk phone.
pub const TO_DESK_PHONES: &str = "2000";
/// Dialled: the queue of those who have a media agent.
pub const TO_MEDIA_AGENTS: &str = "3000";
/// Desk phone of agent n: this and six digits of n.
pub const DESK_PHONE: &str = "+827";
const PROMPT: &str = "measured.wav";

/// Who works there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Staff {
    /// People whose audio is a desk phone.
    pub desk_phones: usize,
    /// People with a paired media agent.
    pub media_agents: usize,
}

/// A person who can sign in and has a device.
#[derive(Clone, Debug)]
pub struct Person {
    pub token: String,
    /// Certificate and private key (PKCS #8) of the paired device, DER.
    pub device: Option<Arc<(Vec<u8>, Vec<u8>)>>,
}

/// What was written, as the generators need it.
#[derive(Clone, Debug, Default)]
pub struct People {
    pub desk_phones: Vec<Person>,
    pub media_agents: Vec<Person>,
    pub available: Option<AgentStatusId>,
    pub lunch: Option<AgentStatusId>,
    pub pause: Option<AgentStatusId>,
}

/// 128 bits that are the same for the same name.
fn bits(name: &str) -> u128 {
    let digest = Sha256::digest(format!("twinline perf {name}"));
    digest.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

/// Writes the centre into `folder`. Calls to desk phones go to `phones`.
pub async fn write(folder: &Path, staff: Staff, phones: &str) -> Result<People> {
    std::fs::create_dir_all(folder.join("prompts"))?;
    let music = hold_music();
    let (pcm, rate) = music.pcm();
    let minute: Vec<i16> = pcm.iter().copied().cycle().take(rate as usize * 60).collect();
    std::fs::write(folder.join("prompts").join(PROMPT), wave::write_wav(&minute, rate))?;
    let store = Store::open(folder.join("twinline.db")).await.context("the store of the measured centre")?;
    let instance = Instance {
        id: InstanceId::from_bits(1),
        name: "perf".into(),
        region: "local".into(),
        account: "000000000001".into(),
    };
    store.put_instance(instance).await?;
    let waiting = FlowId::from_bits(bits("flow/waiting"));
    let settings = CentreSettings {
        dispositions: vec!["Done".into()],
        default_queue_flow: Some(waiting),
        default_hold_flow: None,
    };
    store.put_settings(settings).await?;
    statuses(&store).await?;
    flows(&store).await?;
    ways(&store, phones).await?;
    let status = |name: &str| Some(AgentStatusId::from_bits(bits(name)));
    let mut people =
        People { available: status("Available"), lunch: status("Lunch"), pause: status("Break"), ..People::default() };
    for index in 0..staff.desk_phones {
        people.desk_phones.push(person(&store, "phones", index, false).await?);
    }
    for index in 0..staff.media_agents {
        people.media_agents.push(person(&store, "endpoints", index, true).await?);
    }
    Ok(people)
}

async fn statuses(store: &Store) -> Result<()> {
    use AgentStatusKind::{Custom, Offline, Routable};
    for (name, kind, order) in
        [("Available", Routable, 1), ("Lunch", Custom, 2), ("Break", Custom, 3), ("Offline", Offline, 9)]
    {
        store
            .put(&AgentStatus { id: AgentStatusId::from_bits(bits(name)), name: name.into(), kind, order }, None, None)
            .await?;
    }
    Ok(())
}

async fn flows(store: &Store) -> Result<()> {
    let prompt = PromptId::from_bits(bits("prompt"));
    store
        .put(
            &Prompt { id: prompt, name: "Measured".into(), description: String::new(), file: PROMPT.into() },
            None,
            None,
        )
        .await?;
    let end =
        serde_json::json!({"Identifier": "end", "Type": "DisconnectParticipant", "Parameters": {}, "Transitions": {}});
    let on = |next: &str, errors: &[&str]| {
        let errors: Vec<_> =
            errors.iter().map(|error| serde_json::json!({"ErrorType": error, "NextAction": "end"})).collect();
        serde_json::json!({"NextAction": next, "Errors": errors, "Conditions": []})
    };
    let say = serde_json::json!([{"Identifier": "say", "Type": "MessageParticipant",
        "Parameters": {"PromptId": prompt.to_string()}, "Transitions": on("end", &["NoMatchingError"])}, end]);
    let wait = serde_json::json!([{"Identifier": "wait", "Type": "MessageParticipantIteratively",
        "Parameters": {"Messages": [{"PromptId": prompt.to_string()}]}, "Transitions": on("end", &["NoMatchingError"])}, end]);
    let queue = |name: &str| {
        serde_json::json!([
            {"Identifier": "target", "Type": "UpdateContactTargetQueue",
             "Parameters": {"QueueId": QueueId::from_bits(bits(name)).to_string()}, "Transitions": on("queue", &["NoMatchingError"])},
            {"Identifier": "queue", "Type": "TransferContactToQueue", "Parameters": {},
             "Transitions": on("end", &["NoMatchingError", "QueueAtCapacity"])},
            end
        ])
    };
    let all = [
        ("prompt", FlowKind::ContactFlow, "say", say),
        ("waiting", FlowKind::CustomerQueue, "wait", wait),
        ("phones", FlowKind::ContactFlow, "target", queue("phones")),
        ("endpoints", FlowKind::ContactFlow, "target", queue("endpoints")),
    ];
    for (name, kind, start, actions) in all {
        let content =
            serde_json::json!({"Version": "2019-10-30", "StartAction": start, "Metadata": {}, "Actions": actions});
        let id = FlowId::from_bits(bits(&format!("flow/{name}")));
        let flow =
            Flow { id, name: name.into(), description: String::new(), kind, version: 1, content: content.to_string() };
        store.put(&flow, None, None).await?;
    }
    Ok(())
}

/// Queues, profiles, numbers and the trunk.
async fn ways(store: &Store, phones: &str) -> Result<()> {
    for (name, policy) in [("phones", MediaPathPolicy::Phone), ("endpoints", MediaPathPolicy::LocalOnly)] {
        let queue = Queue {
            id: QueueId::from_bits(bits(name)),
            name: name.into(),
            description: String::new(),
            hours: None,
            max_contacts: None,
            ring_timeout_s: 60,
            outbound_caller_id: Some("+8225550100".into()),
            quick_connects: Vec::new(),
            service_level_s: 20,
        };
        store.put(&queue, None, None).await?;
        let profile = RoutingProfile {
            id: RoutingProfileId::from_bits(bits(name)),
            name: name.into(),
            queues: vec![ProfileQueue { queue: queue.id, priority: 1, delay_s: 0 }],
            voice_slots: 1,
            outbound_queue: Some(queue.id),
            media_path_policy: policy,
        };
        store.put(&profile, None, None).await?;
    }
    for (number, flow) in [(TO_PROMPT, "prompt"), (TO_DESK_PHONES, "phones"), (TO_MEDIA_AGENTS, "endpoints")] {
        let flow = Some(FlowId::from_bits(bits(&format!("flow/{flow}"))));
        let id = NumberId::from_bits(bits(number));
        store.put(&Number { id, number: number.into(), description: String::new(), flow }, None, None).await?;
    }
    let trunk = Trunk {
        id: TrunkId::from_bits(bits("trunk")),
        name: "loopback".into(),
        sources: vec!["127.0.0.0/8".into()],
        target: Some(phones.to_owned()),
        transport: SipTransport::Udp,
        username: None,
        password: None,
        registrar: None,
        inbound_auth: false,
        outbound_prefixes: vec!["+82".into()],
    };
    store.put(&trunk, None, None).await?;
    Ok(())
}

async fn person(store: &Store, profile: &str, index: usize, paired: bool) -> Result<Person> {
    let username = format!("{profile}{index}");
    let agent = Agent {
        id: AgentId::from_bits(bits(&username)),
        username: username.clone(),
        first_name: "Agent".into(),
        last_name: index.to_string(),
        roles: vec![Role::Agent],
        routing_profile: Some(RoutingProfileId::from_bits(bits(profile))),
        auto_accept: false,
        acw_limit_s: 0,
        language: "en".into(),
        desk_phone: (!paired).then(|| format!("{DESK_PHONE}{index:06}")),
    };
    store.put(&agent, None, None).await?;
    let now = Timestamp::from_micros((crate::datagrams::now_ns() / 1_000) as i64);
    let token = format!("perf-{username}-{:032x}", bits(&format!("token {username}")));
    let stored = Token {
        hash: hex::encode(Sha256::digest(token.as_bytes())),
        agent: agent.id,
        kind: "api".into(),
        name: "perf".into(),
        created: now,
        used: now,
        expires: now + std::time::Duration::from_secs(86_400),
    };
    store.put_token(stored).await?;
    let device = if paired { Some(Arc::new(device(store, agent.id, index, now).await?)) } else { None };
    Ok(Person { token, device })
}

async fn device(store: &Store, agent: AgentId, index: usize, now: Timestamp) -> Result<(Vec<u8>, Vec<u8>)> {
    let made = rcgen::generate_simple_self_signed(vec!["perf".to_owned()])?;
    let certificate = made.cert.der().to_vec();
    let device = Device {
        id: DeviceId::from_bits(bits(&format!("device {index}"))),
        fingerprint: hex::encode(Sha256::digest(&certificate)),
        agent,
        name: format!("PC-{index}"),
        platform: "perf".into(),
        created: now,
        seen: now,
    };
    store.put_device(device).await?;
    Ok((certificate, made.signing_key.serialize_der()))
}
