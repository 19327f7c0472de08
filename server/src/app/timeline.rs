//! A contact's events in plain words, Korean and English: the console and the demo print the same sentences.

use std::collections::BTreeMap;
use twinline_api::rest::contacts::TimelineEntry;
use twinline_model::*;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    Korean,
    English,
}

impl Language {
    /// English for everything that is not Korean.
    pub fn named(name: &str) -> Self {
        if name.starts_with("ko") { Self::Korean } else { Self::English }
    }
}

/// Entries in order of the events given.
pub fn of(events: &[(u64, Occurrence)], centre: &Centre, language: Language) -> Vec<TimelineEntry> {
    let first = events.first().map(|(_, occurrence)| occurrence.at).unwrap_or_default();
    events
        .iter()
        .filter_map(|(seq, occurrence)| {
            let Told { key, data, detail } = told(&occurrence.event, centre)?;
            let text = sentence(key, &data, language);
            let offset_ms = i64::try_from(occurrence.at.since(first).as_millis()).unwrap_or(i64::MAX);
            let at_ms = occurrence.at.as_millis();
            Some(TimelineEntry { seq: *seq, at_ms, offset_ms, key: key.to_owned(), data, text, detail })
        })
        .collect()
}

struct Told {
    key: &'static str,
    data: BTreeMap<String, String>,
    detail: bool,
}

fn tell(key: &'static str, data: &[(&str, String)]) -> Option<Told> {
    let data = data.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
    Some(Told { key, data, detail: false })
}

fn detail(told: Option<Told>) -> Option<Told> {
    told.map(|told| Told { detail: true, ..told })
}

fn told(event: &Event, centre: &Centre) -> Option<Told> {
    let agent = |id: &AgentId| ("agent", centre.agents.get(id).map_or(id.to_string(), Agent::display_name));
    let queue = |id: &QueueId| ("queue", centre.queues.get(id).map_or(id.to_string(), |queue| queue.name.clone()));
    match event {
        Event::Initiated { method: InitiationMethod::Outbound, from, to, .. } => {
            tell("dialled", &[("from", from.clone()), ("to", to.clone())])
        }
        Event::Initiated { from, to, .. } => tell("arrived", &[("from", from.clone()), ("to", to.clone())]),
        Event::ConnectedToSystem { .. } => tell("answered", &[]),
        Event::ContactDataUpdated { names, .. } => detail(tell("data_updated", &[("names", names.join(", "))])),
        Event::FlowStarted { name, version, .. } => {
            tell("flow_started", &[("flow", name.clone()), ("version", version.to_string())])
        }
        Event::FlowAction { action, kind, result, .. } => detail(tell(
            "flow_action",
            &[("action", action.clone()), ("kind", kind.clone()), ("result", result.clone())],
        )),
        Event::FlowEnded { outcome, .. } => detail(tell("flow_ended", &[("outcome", outcome.clone())])),
        Event::Queued { queue: id, position, .. } => tell("queued", &[queue(id), ("position", position.to_string())]),
        Event::Dequeued { queue: id, why, .. } => tell("dequeued", &[queue(id), ("why", why.clone())]),
        Event::Offered { agent: id, path, .. } => tell("offered", &[agent(id), ("path", path_word(*path).to_owned())]),
        Event::OfferEnded { agent: id, why, .. } => tell("offer_ended", &[agent(id), ("why", why.clone())]),
        Event::Accepted { agent: id, .. } => tell("accepted", &[agent(id)]),
        Event::ConnectedToAgent { agent: id, .. } => tell("connected_to_agent", &[agent(id)]),
        Event::Held { by, .. } => tell("held", &[("by", by.clone())]),
        Event::Resumed { .. } => tell("resumed", &[]),
        Event::Muted { agent: id, muted, .. } => tell(if *muted { "muted" } else { "unmuted" }, &[agent(id)]),
        Event::RecordingStarted { .. } => tell("recording_started", &[]),
        Event::RecordingPaused { paused, .. } => {
            tell(if *paused { "recording_paused" } else { "recording_resumed" }, &[])
        }
        Event::RecordingEnded { duration_ms, .. } => tell("recording_ended", &[("seconds", seconds(*duration_ms))]),
        Event::Transferred { to, .. } => tell("transferred", &[("to", to.clone())]),
        Event::LegFailed { participant, reason, .. } => {
            tell("leg_failed", &[("participant", participant.clone()), ("reason", reason.clone())])
        }
        Event::Disconnected { reason, .. } => tell("disconnected", &[("reason", reason_word(*reason))]),
        Event::Completed { .. } => tell("completed", &[]),
        Event::Quality { quality, .. } => detail(tell(
            "quality",
            &[
                ("participant", quality.participant.clone()),
                ("codec", quality.codec.clone()),
                ("mos", format!("{:.2}", quality.mos_cqe)),
                ("n", quality.packets_received.to_string()),
                ("lost", quality.packets_lost.to_string()),
            ],
        )),
        Event::Fault { what, .. } => tell("fault", &[("what", what.clone())]),
        Event::Agent(_) | Event::MediaPathChanged { .. } => None,
    }
}

fn path_word(path: MediaPath) -> &'static str {
    match path {
        MediaPath::Local => "local",
        MediaPath::Session => "session",
        MediaPath::Phone => "phone",
        MediaPath::None => "none",
    }
}

fn reason_word(reason: DisconnectReason) -> String {
    let word = serde_json::to_value(reason).ok().and_then(|value| value.as_str().map(str::to_owned));
    word.unwrap_or_default()
}

fn seconds(ms: u64) -> String {
    format!("{}.{}", ms / 1_000, ms % 1_000 / 100)
}

/// Key, English, Korean. `{name}` is filled from the data.
const SENTENCES: &[(&str, &str, &str)] = &[
    ("arrived", "{from} calls {to}", "{from}에서 {to}(으)로 전화가 왔습니다"),
    ("dialled", "The centre calls {to}", "{to}(으)로 전화를 겁니다"),
    ("answered", "The centre answers", "센터가 전화를 받았습니다"),
    ("data_updated", "Contact data set: {names}", "상담 정보 설정: {names}"),
    ("flow_started", "Flow “{flow}” (version {version}) starts", "플로우 “{flow}”(버전 {version}) 시작"),
    ("flow_action", "{kind} {action}: {result}", "{kind} {action}: {result}"),
    ("flow_ended", "Flow ended: {outcome}", "플로우 종료: {outcome}"),
    ("queued", "Waits in queue {queue} at place {position}", "{queue} 대기열 {position}번째에서 대기"),
    ("dequeued", "Leaves queue {queue}: {why}", "{queue} 대기열에서 나감: {why}"),
    ("offered", "Rings at {agent} (audio: {path})", "{agent} 상담사에게 벨이 울립니다 (오디오: {path})"),
    ("offer_ended", "Offer to {agent} ended: {why}", "{agent} 상담사의 수신 요청 종료: {why}"),
    ("accepted", "{agent} accepts", "{agent} 상담사가 수락했습니다"),
    ("connected_to_agent", "Customer and {agent} hear each other", "고객과 {agent} 상담사가 연결되었습니다"),
    ("held", "On hold by {by}", "보류: {by}"),
    ("resumed", "Off hold", "보류 해제"),
    ("muted", "{agent} mutes", "{agent} 상담사가 음소거했습니다"),
    ("unmuted", "{agent} unmutes", "{agent} 상담사가 음소거를 해제했습니다"),
    ("recording_started", "Recording starts", "녹음 시작"),
    ("recording_paused", "Recording pauses", "녹음 일시 정지"),
    ("recording_resumed", "Recording goes on", "녹음 재개"),
    ("recording_ended", "Recording closed, {seconds} s", "녹음 종료, {seconds}초"),
    ("transferred", "Transferred to {to}", "{to}(으)로 호전환"),
    ("leg_failed", "The {participant}'s leg failed: {reason}", "{participant} 연결 실패: {reason}"),
    ("disconnected", "Disconnected: {reason}", "연결 종료: {reason}"),
    ("completed", "After-contact work is over", "후처리 완료"),
    (
        "quality",
        "Audio {participant}: {codec}, MOS-CQE {mos} (G.107, n = {n} packets, {lost} lost)",
        "음질 {participant}: {codec}, MOS-CQE {mos} (G.107, n = {n} 패킷, 손실 {lost})",
    ),
    ("fault", "Fault: {what}", "장애: {what}"),
];

fn sentence(key: &str, data: &BTreeMap<String, String>, language: Language) -> String {
    let Some((_, english, korean)) = SENTENCES.iter().find(|(name, _, _)| *name == key) else {
        return key.to_owned();
    };
    let mut rest = match language {
        Language::Korean => *korean,
        Language::English => *english,
    };
    let mut text = String::with_capacity(rest.len() + 32);
    // One pass, so that a name with braces in it stays what it is.
    while let Some((before, after)) = rest.split_once('{') {
        text.push_str(before);
        match after.split_once('}') {
            Some((name, after)) => {
                text.push_str(data.get(name).map_or("", String::as_str));
                rest = after;
            }
            None => rest = after,
        }
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn centre() -> Centre {
        let instance =
            Instance { id: InstanceId::from_bits(1), name: "t".into(), region: "local".into(), account: "1".into() };
        Centre::empty(instance)
    }

    #[test]
    fn a_call_reads_as_a_story_with_names_and_times() {
        let mut centre = centre();
        let id = QueueId::from_bits(3);
        let queue = Queue {
            id,
            name: "{flow} <b>".into(),
            description: String::new(),
            hours: None,
            max_contacts: None,
            ring_timeout_s: 20,
            outbound_caller_id: None,
            quick_connects: vec![],
            service_level_s: 20,
        };
        centre.queues.insert(id, queue);
        let contact = ContactId::from_bits(2);
        let event = |seconds, event| {
            (seconds as u64, Occurrence { id: EventId::from_bits(9), at: Timestamp::from_secs(seconds), event })
        };
        let events = [
            event(10, Event::ConnectedToSystem { contact }),
            event(12, Event::Queued { contact, queue: id, position: 1 }),
            event(15, Event::Disconnected { contact, reason: DisconnectReason::CustomerDisconnect }),
        ];
        let english = of(&events, &centre, Language::English);
        let texts: Vec<_> = english.iter().map(|entry| (entry.offset_ms, entry.text.as_str())).collect();
        assert_eq!(
            texts,
            [
                (0, "The centre answers"),
                (2_000, "Waits in queue {flow} <b> at place 1"),
                (5_000, "Disconnected: CUSTOMER_DISCONNECT"),
            ]
        );
        let korean = of(&events, &centre, Language::named("ko"));
        assert_eq!(korean[1].text, "{flow} <b> 대기열 1번째에서 대기");
    }

    #[test]
    fn every_sentence_names_only_data_it_gets() {
        for (key, english, korean) in SENTENCES {
            let names = |text: &str| {
                let names = text.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
                names.map(|(name, _)| name.to_owned()).collect::<std::collections::BTreeSet<_>>()
            };
            assert!(!english.is_empty() && !korean.is_empty());
            let (english, korean) = (names(english), names(korean));
            assert!(korean.is_subset(&english) || english.is_subset(&korean), "{key}");
        }
    }
}
