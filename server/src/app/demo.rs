//! Demo data: a small Korean/English centre that a first call can be made to. Ids are derived from names, so that a
//! second seeding adds nothing. The passwords are printed and meant for a machine nobody else reaches.

use super::{error::Refused, passwords::Hashing};
use crate::clock::Clock;
use serde_json::json;
use sha2::{Digest, Sha256};
use std::path::Path;
use twinline_model::*;
use twinline_store::{CentreSettings, Noun, Store};

/// Password of every demo user.
pub const PASSWORD: &str = "twinline-demo";
/// The demo's numbers; the second is easily typed into a phone.
pub const NUMBERS: [&str; 2] = ["+82 2-555-0100", "1000"];
/// Where outbound calls of the demo go unless told otherwise: a second phone on this machine.
pub const OUTBOUND: &str = "127.0.0.1:5070";

const IVR: &str = include_str!("demo/ivr.json");
const QUEUE: &str = include_str!("demo/queue.json");
const HOLD: &str = include_str!("demo/hold.json");
const MUSIC: &str = "hold-music.wav";
const ALWAYS: &str = "Always open";
const WEEKDAYS: &str = "Weekdays 9-18";

/// What was there after seeding.
#[derive(Clone, Debug)]
pub struct Seeded {
    /// Username and roles.
    pub users: Vec<(String, Vec<Role>)>,
    /// Things that were not there before.
    pub added: usize,
}

/// Puts the demo's data into the store and its prompt into `data`.
pub async fn seed(store: &Store, clock: &Clock, data: &Path, outbound: &str) -> Result<Seeded, Refused> {
    write_music(&data.join("prompts"))?;
    let before = super::instance::ensure(store).await?;
    let wanted = centre(before.instance.clone(), outbound);
    let mut seeding = Seeding { store, before: &before, added: 0 };
    seeding.all(&wanted.statuses).await?;
    seeding.all(&wanted.hours).await?;
    seeding.all(&wanted.prompts).await?;
    seeding.all(&wanted.flows).await?;
    seeding.all(&wanted.queues).await?;
    seeding.all(&wanted.routing_profiles).await?;
    seeding.all(&wanted.numbers).await?;
    seeding.all(&wanted.trunks).await?;
    seeding.all(&wanted.agents).await?;
    seeding.all(&wanted.quick_connects).await?;
    let added = seeding.added;
    if before.default_queue_flow.is_none() {
        let settings = CentreSettings {
            dispositions: wanted.dispositions.clone(),
            default_queue_flow: wanted.default_queue_flow,
            default_hold_flow: wanted.default_hold_flow,
        };
        store.put_settings(settings).await?;
    }
    let hashing = Hashing::new();
    for agent in wanted.agents.values().filter(|agent| !before.agents.contains_key(&agent.id)) {
        store.set_password_hash(agent.id, hashing.hash(PASSWORD.to_owned()).await?).await?;
    }
    let entry = twinline_store::AuditEntry {
        seq: 0,
        at: clock.now().as_micros(),
        actor: "command line".to_owned(),
        action: "seed.demo".to_owned(),
        target: before.instance.name.clone(),
        before: None,
        after: None,
    };
    store.append_audit(entry).await?;
    let users = wanted.agents.values().map(|agent| (agent.username.clone(), agent.roles.clone())).collect();
    Ok(Seeded { users, added })
}

struct Seeding<'a> {
    store: &'a Store,
    before: &'a Centre,
    added: usize,
}

impl Seeding<'_> {
    /// Adds those that are not there by id or by name.
    async fn all<N: Noun>(&mut self, wanted: &std::collections::BTreeMap<N::Id, N>) -> Result<(), Refused> {
        let there = N::among(self.before);
        for noun in wanted.values() {
            let known = there.contains_key(&noun.id()) || there.values().any(|other| other.name() == noun.name());
            if !known {
                self.store.put(noun, None, None).await?;
                self.added += 1;
            }
        }
        Ok(())
    }
}

/// 128 bits that are the same for the same name.
fn bits(name: &str) -> u128 {
    let digest = Sha256::digest(format!("twinline demo {name}"));
    digest.iter().take(16).fold(0, |bits, byte| bits << 8 | u128::from(*byte))
}

/// The demo's centre.
pub fn centre(instance: Instance, outbound: &str) -> Centre {
    let mut centre = Centre::empty(instance);
    for status in super::instance::statuses() {
        centre.statuses.insert(status.id, status);
    }
    add_hours(&mut centre);
    let music = PromptId::from_bits(bits("prompt/music"));
    let description = "Played to waiting and held customers".to_owned();
    centre.prompts.insert(music, Prompt { id: music, name: "Hold music".into(), description, file: MUSIC.into() });
    add_flows(&mut centre);
    add_queues(&mut centre);
    add_people(&mut centre);
    add_ways(&mut centre, outbound);
    centre.dispositions = ["Resolved", "Follow-up", "Refund", "Wrong number"].map(str::to_owned).to_vec();
    centre
}

fn add_hours(centre: &mut Centre) {
    use Weekday::*;
    let all = [Monday, Tuesday, Wednesday, Thursday, Friday, Saturday, Sunday];
    let always = all.map(|day| OpenPeriod { day, start_min: 0, end_min: 0 }).to_vec();
    let weekdays = all[..5].iter().map(|day| OpenPeriod { day: *day, start_min: 540, end_min: 1_080 }).collect();
    for (name, open) in [(ALWAYS, always), (WEEKDAYS, weekdays)] {
        let id = HoursId::from_bits(bits(name));
        centre.hours.insert(id, Hours { id, name: name.into(), time_zone: "Asia/Seoul".into(), open });
    }
}

fn add_flows(centre: &mut Centre) {
    let flows = [
        ("flow/hold", "Hold music", FlowKind::CustomerHold, HOLD),
        ("flow/queue", "Waiting", FlowKind::CustomerQueue, QUEUE),
        ("flow/ivr", "Welcome", FlowKind::ContactFlow, IVR),
    ];
    for (key, name, kind, document) in flows {
        let id = FlowId::from_bits(bits(key));
        let content = with_ids(document);
        let flow = Flow { id, name: name.into(), description: "Demo".into(), kind, version: 1, content };
        centre.flows.insert(id, flow);
    }
    centre.default_queue_flow = Some(FlowId::from_bits(bits("flow/queue")));
    centre.default_hold_flow = Some(FlowId::from_bits(bits("flow/hold")));
}

/// The documents name things as `@kind/name`.
fn with_ids(document: &str) -> String {
    let text = document
        .replace("@flow/queue", &FlowId::from_bits(bits("flow/queue")).to_string())
        .replace("@flow/hold", &FlowId::from_bits(bits("flow/hold")).to_string())
        .replace("@prompt/music", &PromptId::from_bits(bits("prompt/music")).to_string())
        .replace("@queue/billing", &QueueId::from_bits(bits("Billing")).to_string())
        .replace("@queue/support", &QueueId::from_bits(bits("Support")).to_string());
    // As it is stored when it comes over the API: without layout.
    serde_json::from_str::<serde_json::Value>(&text).map(|value| value.to_string()).unwrap_or(text)
}

fn add_queues(centre: &mut Centre) {
    for (name, hours) in [("Billing", ALWAYS), ("Support", WEEKDAYS)] {
        let id = QueueId::from_bits(bits(name));
        let queue = Queue {
            id,
            name: name.into(),
            description: "Demo".into(),
            hours: Some(HoursId::from_bits(bits(hours))),
            max_contacts: None,
            ring_timeout_s: 20,
            outbound_caller_id: Some("+82 2-555-0100".into()),
            quick_connects: ["Billing queue", "Support queue", "Reception", "Agent Lee"]
                .map(|name| QuickConnectId::from_bits(bits(name)))
                .to_vec(),
            service_level_s: 20,
        };
        centre.queues.insert(id, queue);
    }
    let id = RoutingProfileId::from_bits(bits("profile"));
    let queues = ["Billing", "Support"].into_iter().zip(1..).map(|(name, priority)| ProfileQueue {
        queue: QueueId::from_bits(bits(name)),
        priority,
        delay_s: 0,
    });
    let profile = RoutingProfile {
        id,
        name: "Everybody".into(),
        queues: queues.collect(),
        voice_slots: 1,
        outbound_queue: Some(QueueId::from_bits(bits("Billing"))),
        media_path_policy: MediaPathPolicy::LocalOnly,
    };
    centre.routing_profiles.insert(id, profile);
}

fn add_people(centre: &mut Centre) {
    let profile = RoutingProfileId::from_bits(bits("profile"));
    let people = [
        ("kim", "서연", "김", vec![Role::Agent], "ko"),
        ("lee", "민준", "이", vec![Role::Agent], "ko"),
        ("park", "Jane", "Park", vec![Role::Agent], "en"),
        ("supervisor", "지우", "최", vec![Role::Supervisor], "ko"),
        ("admin", "Admin", "Demo", vec![Role::Supervisor, Role::Admin], "en"),
    ];
    for (username, first, last, roles, language) in people {
        let id = AgentId::from_bits(bits(&format!("user/{username}")));
        let agent = roles.contains(&Role::Agent);
        let person = Agent {
            id,
            username: username.into(),
            first_name: first.into(),
            last_name: last.into(),
            roles,
            routing_profile: agent.then_some(profile),
            auto_accept: false,
            acw_limit_s: 60,
            language: language.into(),
            desk_phone: None,
        };
        centre.agents.insert(id, person);
    }
}

/// Numbers, the trunk, quick connects: how calls come and go.
fn add_ways(centre: &mut Centre, outbound: &str) {
    for number in NUMBERS {
        let id = NumberId::from_bits(bits(number));
        let flow = Some(FlowId::from_bits(bits("flow/ivr")));
        centre.numbers.insert(id, Number { id, number: number.into(), description: "Demo".into(), flow });
    }
    let id = TrunkId::from_bits(bits("trunk"));
    let trunk = Trunk {
        id,
        name: "demo".into(),
        sources: vec!["127.0.0.1".into(), "::1".into()],
        target: Some(outbound.into()),
        transport: SipTransport::Udp,
        username: None,
        password: None,
        registrar: None,
        inbound_auth: false,
        outbound_prefixes: ["+82", "010", "02", "1", "2"].map(str::to_owned).to_vec(),
    };
    centre.trunks.insert(id, trunk);
    let queue = |name: &str| QuickConnectTarget::Queue { queue: QueueId::from_bits(bits(name)), flow: None };
    let lee = AgentId::from_bits(bits("user/lee"));
    let targets = [
        ("Billing queue", queue("Billing")),
        ("Support queue", queue("Support")),
        ("Reception", QuickConnectTarget::PhoneNumber { number: "+82 2-555-0199".into() }),
        ("Agent Lee", QuickConnectTarget::Agent { agent: lee, flow: None }),
    ];
    for (name, target) in targets {
        let id = QuickConnectId::from_bits(bits(name));
        centre.quick_connects.insert(id, QuickConnect { id, name: name.into(), target });
    }
}

fn write_music(prompts: &Path) -> Result<(), Refused> {
    let path = prompts.join(MUSIC);
    if path.exists() {
        return Ok(());
    }
    let music = twinline_media::player::hold_music();
    let (pcm, rate) = music.pcm();
    let bytes = twinline_media::wave::write_wav(pcm, rate);
    std::fs::create_dir_all(prompts).and_then(|()| std::fs::write(&path, bytes)).map_err(Refused::internal)
}

/// The demo's names for programs that drive it: users, password, numbers.
pub fn description() -> serde_json::Value {
    json!({ "password": PASSWORD, "numbers": NUMBERS, "agents": ["kim", "lee", "park"], "admin": "admin" })
}

#[cfg(test)]
mod tests {
    use super::*;
    use twinline_core::flow::{Severity, lint::lint_text};

    fn demo() -> Centre {
        let instance =
            Instance { id: InstanceId::from_bits(1), name: "t".into(), region: "local".into(), account: "1".into() };
        centre(instance, OUTBOUND)
    }

    #[test]
    fn the_demo_flows_have_nothing_to_mend() {
        let centre = demo();
        for flow in centre.flows.values() {
            let findings = lint_text(&flow.content, flow.kind, &centre);
            assert!(findings.iter().all(|finding| finding.severity != Severity::Error), "{}: {findings:#?}", flow.name);
        }
    }

    #[test]
    fn everything_in_the_demo_passes_the_rules_of_the_api() {
        use crate::app::nouns::Managed;
        let centre = demo();
        for queue in centre.queues.values() {
            Queue::build(queue.id, queue.view(1, &centre).spec, Some(queue), &centre).unwrap();
        }
        for trunk in centre.trunks.values() {
            Trunk::build(trunk.id, trunk.view(1, &centre).spec, Some(trunk), &centre).unwrap();
        }
        for agent in centre.agents.values() {
            Agent::build(agent.id, agent.view(1, &centre).spec, Some(agent), &centre).unwrap();
        }
        for number in centre.numbers.values() {
            Number::build(number.id, number.view(1, &centre).spec, Some(number), &centre).unwrap();
        }
        for flow in centre.flows.values() {
            Flow::build(flow.id, flow.view(1, &centre).spec, Some(flow), &centre).unwrap();
        }
        for quick in centre.quick_connects.values() {
            QuickConnect::build(quick.id, quick.view(1, &centre).spec, Some(quick), &centre).unwrap();
        }
    }
}
