//! Who is paired with whom: the links of media agents, the pairing codes, and what each endpoint last told of itself.
//! Decisions only; the switchboard gives time and random numbers and sends what comes out.

use super::LinkId;
use std::{collections::HashMap, time::Duration};
use tokio::sync::mpsc;
use twinline_api::ws::media_agent::{LINK_VERSION, Person, ToMediaAgent};
use twinline_model::{AgentId, DeviceId, Refusal, Timestamp};

/// How long a pairing code is good.
pub const CODE_LIFE: Duration = Duration::from_secs(60);
/// Wrong codes a person may type within [`CODE_LIFE`].
pub const CODE_TRIES: usize = 5;

/// A media agent that is connected now.
pub struct Link {
    pub fingerprint: String,
    pub outbox: mpsc::Sender<ToMediaAgent>,
    /// Host name of the endpoint; empty until hello.
    pub name: String,
    pub greeted: bool,
    /// Set while the device is paired.
    pub bound: Option<(DeviceId, AgentId)>,
    /// Devices as last reported; `None` before the first report.
    pub healthy: Option<bool>,
    pub problem: Option<String>,
    /// The microphone as the endpoint last confirmed it.
    pub muted: bool,
}

struct Code {
    link: LinkId,
    expires: Timestamp,
}

/// All links and codes. Bounded by the door's own limit on connections; codes by one a link.
#[derive(Default)]
pub struct Links {
    links: HashMap<LinkId, Link>,
    /// The link that carries an agent's audio: the newest paired one.
    by_agent: HashMap<AgentId, LinkId>,
    /// Paired devices by the fingerprint of their certificate.
    devices: HashMap<String, (DeviceId, AgentId)>,
    codes: HashMap<String, Code>,
    wrong: HashMap<AgentId, Vec<Timestamp>>,
}

/// What the floor should hear about an agent's local path.
#[derive(Debug, PartialEq, Eq)]
pub struct PathChange {
    pub agent: AgentId,
    pub ready: bool,
    pub detail: String,
}

impl Links {
    pub fn with_devices(devices: impl IntoIterator<Item = (String, DeviceId, AgentId)>) -> Self {
        Self {
            devices: devices.into_iter().map(|(print, device, agent)| (print, (device, agent))).collect(),
            ..Self::default()
        }
    }

    pub fn up(&mut self, id: LinkId, fingerprint: String, outbox: mpsc::Sender<ToMediaAgent>) {
        let bound = self.devices.get(&fingerprint).copied();
        let link = Link {
            fingerprint,
            outbox,
            name: String::new(),
            greeted: false,
            bound,
            healthy: None,
            problem: None,
            muted: false,
        };
        self.links.insert(id, link);
    }

    /// The endpoint said hello: welcome it, and let the newest link of a person carry the audio.
    pub fn hello(&mut self, id: LinkId, name: String, now: Timestamp, person: Option<Person>) -> Option<PathChange> {
        let link = self.links.get_mut(&id)?;
        link.name = name.chars().take(64).collect();
        link.greeted = true;
        let welcome = ToMediaAgent::Welcome { version: LINK_VERSION, now_ms: now.as_millis(), person };
        let _ = link.outbox.try_send(welcome);
        let (_, agent) = link.bound?;
        self.take_over(id, agent);
        self.path_of(agent)
    }

    /// The link is gone. Says so when it was the one that carried the agent's audio.
    pub fn down(&mut self, id: LinkId) -> Option<PathChange> {
        let link = self.links.remove(&id)?;
        self.codes.retain(|_, code| code.link != id);
        let (_, agent) = link.bound?;
        if self.by_agent.get(&agent) != Some(&id) {
            return None;
        }
        self.by_agent.remove(&agent);
        Some(PathChange { agent, ready: false, detail: "media_agent_offline".to_owned() })
    }

    pub fn devices_reported(&mut self, id: LinkId, healthy: bool, problem: Option<String>) -> Option<PathChange> {
        let link = self.links.get_mut(&id)?;
        link.healthy = Some(healthy);
        link.problem = problem;
        let (_, agent) = link.bound?;
        (self.by_agent.get(&agent) == Some(&id)).then(|| self.path_of(agent)).flatten()
    }

    /// A code for this link to show. `draw` gives a number below the bound it is asked for.
    pub fn new_code(
        &mut self,
        id: LinkId,
        now: Timestamp,
        mut draw: impl FnMut(u32) -> u32,
    ) -> Option<(String, Timestamp)> {
        self.codes.retain(|_, code| code.expires > now && code.link != id);
        self.links.get(&id)?;
        // With at most 20,000 links among a million codes a free one is found at once; the bound is for form.
        for _ in 0..64 {
            let code = format!("{:06}", draw(1_000_000));
            if !self.codes.contains_key(&code) {
                let expires = now + CODE_LIFE;
                self.codes.insert(code.clone(), Code { link: id, expires });
                return Some((code, expires));
            }
        }
        None
    }

    /// Takes a typed code: the link that shows it, once. The caller stores the device and then calls [`Links::bind`].
    pub fn take_code(&mut self, agent: AgentId, typed: &str, now: Timestamp) -> Result<LinkId, Refusal> {
        let tries = self.wrong.entry(agent).or_default();
        tries.retain(|at| now.since(*at) < CODE_LIFE);
        if tries.len() >= CODE_TRIES {
            return Err(Refusal::new("pairing_locked", "Too many wrong codes.")
                .field("code")
                .remedy("Wait a minute, then let the media agent show a new code."));
        }
        self.codes.retain(|_, code| code.expires > now);
        match self.codes.remove(typed.trim()) {
            Some(code) => {
                self.wrong.remove(&agent);
                Ok(code.link)
            }
            None => {
                tries.push(now);
                Err(Refusal::new("pairing_code_unknown", "No media agent shows this code (any longer).")
                    .field("code")
                    .remedy("Type the six digits that the media agent shows now; a code lives 60 seconds."))
            }
        }
    }

    /// The link's device belongs to this person from now on.
    pub fn bind(&mut self, id: LinkId, device: DeviceId, agent: AgentId, person: Person) -> Option<PathChange> {
        let link = self.links.get_mut(&id)?;
        link.bound = Some((device, agent));
        self.devices.insert(link.fingerprint.clone(), (device, agent));
        let _ = link.outbox.try_send(ToMediaAgent::Paired { device, person });
        self.take_over(id, agent);
        self.path_of(agent)
    }

    /// Forget a device; its link, if up, is told.
    pub fn unpair(&mut self, device: DeviceId, reason: &str) -> Option<PathChange> {
        self.devices.retain(|_, (known, _)| *known != device);
        let id = *self.links.iter().find(|(_, link)| link.bound.is_some_and(|(bound, _)| bound == device))?.0;
        let link = self.links.get_mut(&id)?;
        let (_, agent) = link.bound.take()?;
        let _ = link.outbox.try_send(ToMediaAgent::Unpair { reason: reason.to_owned() });
        if self.by_agent.get(&agent) != Some(&id) {
            return None;
        }
        self.by_agent.remove(&agent);
        Some(PathChange { agent, ready: false, detail: "unpaired".to_owned() })
    }

    /// The newest pairing carries the audio; the former one is told.
    fn take_over(&mut self, id: LinkId, agent: AgentId) {
        let former = self.by_agent.insert(agent, id).filter(|former| *former != id);
        let by = self.links.get(&id).map(|link| link.name.clone()).unwrap_or_default();
        if let Some(former) = former.and_then(|former| self.links.get_mut(&former)) {
            let _ = former.outbox.try_send(ToMediaAgent::Superseded { by });
        }
    }

    fn path_of(&self, agent: AgentId) -> Option<PathChange> {
        let link = self.of_agent(agent)?;
        let ready = link.greeted && link.healthy == Some(true);
        let detail = match (ready, &link.problem) {
            (true, _) => link.name.clone(),
            (false, Some(problem)) => problem.clone(),
            (false, None) => "media_agent_starting".to_owned(),
        };
        Some(PathChange { agent, ready, detail })
    }

    pub fn get(&self, id: LinkId) -> Option<&Link> {
        self.links.get(&id)
    }

    pub fn get_mut(&mut self, id: LinkId) -> Option<&mut Link> {
        self.links.get_mut(&id)
    }

    /// The link that carries this agent's audio.
    pub fn of_agent(&self, agent: AgentId) -> Option<&Link> {
        self.links.get(self.by_agent.get(&agent)?)
    }

    /// True when some device is paired with the agent, connected or not.
    pub fn is_paired(&self, agent: AgentId) -> bool {
        self.devices.values().any(|(_, owner)| *owner == agent)
    }

    /// Sends to the agent's endpoint. False when there is none or it does not keep up.
    pub fn send(&self, agent: AgentId, message: ToMediaAgent) -> bool {
        self.of_agent(agent).is_some_and(|link| link.outbox.try_send(message).is_ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(agent: AgentId) -> Person {
        Person { agent, username: "kim".into(), name: "KIM".into(), language: "ko".into(), desktop: None }
    }

    fn links_with_one() -> (Links, mpsc::Receiver<ToMediaAgent>) {
        let (outbox, inbox) = mpsc::channel(8);
        let mut links = Links::default();
        links.up(LinkId(1), "aa".into(), outbox);
        assert_eq!(links.hello(LinkId(1), "PC-114".into(), Timestamp::from_secs(1), None), None);
        (links, inbox)
    }

    #[test]
    fn a_code_pairs_once_and_only_for_a_minute() {
        let (mut links, _inbox) = links_with_one();
        let agent = AgentId::from_bits(7);
        let (code, expires) = links.new_code(LinkId(1), Timestamp::from_secs(1), |_| 42).expect("code");
        assert_eq!((code.as_str(), expires), ("000042", Timestamp::from_secs(61)));
        assert_eq!(links.take_code(agent, "000042", Timestamp::from_secs(2)), Ok(LinkId(1)));
        assert_eq!(
            links.take_code(agent, "000042", Timestamp::from_secs(3)).map_err(|e| e.code),
            Err("pairing_code_unknown".into())
        );
        let (code, _) = links.new_code(LinkId(1), Timestamp::from_secs(10), |_| 43).expect("code");
        assert!(links.take_code(agent, &code, Timestamp::from_secs(71)).is_err());
    }

    #[test]
    fn five_wrong_codes_lock_the_person_out_for_a_minute() {
        let (mut links, _inbox) = links_with_one();
        let agent = AgentId::from_bits(7);
        let (code, _) = links.new_code(LinkId(1), Timestamp::from_secs(1), |_| 42).expect("code");
        for _ in 0..CODE_TRIES {
            assert!(links.take_code(agent, "999999", Timestamp::from_secs(2)).is_err());
        }
        let locked = links.take_code(agent, &code, Timestamp::from_secs(3));
        assert_eq!(locked.map_err(|e| e.code), Err("pairing_locked".into()));
    }

    #[test]
    fn the_path_is_ready_when_the_paired_endpoint_reports_healthy_devices_and_gone_with_its_link() {
        let (mut links, _inbox) = links_with_one();
        let agent = AgentId::from_bits(7);
        let change = links.bind(LinkId(1), DeviceId::from_bits(1), agent, person(agent)).expect("change");
        assert!(!change.ready);
        let change = links.devices_reported(LinkId(1), true, None).expect("change");
        assert_eq!(change, PathChange { agent, ready: true, detail: "PC-114".into() });
        let change = links.down(LinkId(1)).expect("change");
        assert!(!change.ready);
    }

    #[test]
    fn the_newest_endpoint_of_a_person_takes_the_audio_and_the_older_one_is_told() {
        let (mut links, mut inbox) = links_with_one();
        let agent = AgentId::from_bits(7);
        links.bind(LinkId(1), DeviceId::from_bits(1), agent, person(agent));
        let (outbox, _second) = mpsc::channel(8);
        links.up(LinkId(2), "bb".into(), outbox);
        links.hello(LinkId(2), "LAPTOP".into(), Timestamp::from_secs(2), None);
        links.bind(LinkId(2), DeviceId::from_bits(2), agent, person(agent));
        let mut told = Vec::new();
        while let Ok(message) = inbox.try_recv() {
            told.push(message);
        }
        assert!(told.contains(&ToMediaAgent::Superseded { by: "LAPTOP".into() }), "{told:?}");
        assert_eq!(links.down(LinkId(1)), None, "the older link's end changes nothing");
    }
}
