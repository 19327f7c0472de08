//! How the parts are put together at start: configuration in, running tasks out.

use crate::{
    clock::Clock,
    config::Config,
    edge::{
        media::{self, MediaConfig},
        prompts::Prompts,
        quic, recordings,
        sip::{self, Limits},
    },
    switchboard::{
        Board, Mailbox, Wires,
        port::{Switchboard, Views},
    },
};
use anyhow::{Context, Result};
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
};
use tokio::{sync::mpsc, task::JoinHandle};
use twinline_core::{floor::Floor, io::PromptSource};
use twinline_model::{Centre, Flow, SipTransport, Trunk};
use twinline_speech::Synthesizer;
use twinline_store::Store;

/// What the edges need to know, from the configuration.
#[derive(Clone, Debug)]
pub struct Edges {
    /// Folder with `recordings/`, `prompts/`, `keys/`.
    pub data: PathBuf,
    pub sip_listen: Vec<SocketAddr>,
    /// Addresses told to SIP peers instead of an unspecified one.
    pub advertised: Vec<IpAddr>,
    pub limits: Limits,
    pub media: MediaConfig,
    pub quic_listen: SocketAddr,
}

/// What runs, and where it can be reached.
pub struct Running {
    pub switchboard: Switchboard,
    /// The configuration it started with.
    pub centre: Arc<Centre>,
    pub sip: Vec<SocketAddr>,
    pub quic: SocketAddr,
    /// Ends when the switchboard does.
    pub task: JoinHandle<()>,
    /// Keeps the door for media agents open.
    pub links: quinn::Endpoint,
}

impl Edges {
    /// The edges as the configuration wants them.
    pub fn of(config: &Config) -> Result<Edges> {
        let ports =
            config.rtp.last_port.checked_sub(config.rtp.first_port).context("rtp.last_port is below rtp.first_port")?;
        let bind = config.webrtc.listen;
        let advertised = if config.rtp.advertised.is_unspecified() { reachable(bind) } else { config.rtp.advertised };
        let workers = match config.workers.media {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            some => usize::from(some),
        };
        Ok(Edges {
            data: config.data.dir.clone(),
            sip_listen: config.sip.listen.clone(),
            advertised: vec![advertised],
            limits: Limits { calls: config.limits.contacts as usize * 2, half_open: config.sip.max_half_open as usize },
            media: MediaConfig {
                advertised,
                bind,
                rtp_base: config.rtp.first_port,
                rtp_ports: ports.saturating_add(1),
                webrtc_base: config.webrtc.base_port,
                workers,
            },
            quic_listen: config.quic.listen,
        })
    }
}

/// The address under which others reach a socket bound to `bind`: itself, or, when it is unspecified, the address that
/// the routing table would use. No packet is sent.
fn reachable(bind: IpAddr) -> IpAddr {
    if !bind.is_unspecified() {
        return bind;
    }
    let (from, to) = if bind.is_ipv4() { ("0.0.0.0:0", "192.0.2.1:9") } else { ("[::]:0", "[2001:db8::1]:9") };
    let routed = std::net::UdpSocket::bind(from).and_then(|socket| {
        socket.connect(to)?;
        socket.local_addr()
    });
    let loopback =
        if bind.is_ipv4() { IpAddr::from([127, 0, 0, 1]) } else { IpAddr::from(std::net::Ipv6Addr::LOCALHOST) };
    routed.map_or(loopback, |address| address.ip())
}

/// Restores the floor, opens the doors and starts the tasks.
pub async fn start(edges: Edges, clock: Clock, store: Store, speech: Arc<dyn Synthesizer>) -> Result<Running> {
    quic::install_crypto();
    let centre = store.load_centre().await.context("the configuration cannot be read")?;
    let centre = Arc::new(centre.context("there is no instance yet: make one, for example with `twinline seed demo`")?);
    let restored = store.restore().await.context("the journal cannot be read")?;
    let devices = store.devices().await.context("the paired devices cannot be read")?;
    let devices = devices.into_iter().map(|device| (device.fingerprint, device.id, device.agent)).collect();
    let seed = draw_seed();
    let floor = Floor::restore(centre.clone(), seed, clock.now(), restored.contacts, restored.agents);

    let (mailbox, inbox) = Mailbox::new();
    let recordings = recordings::Writer::start(edges.data.join("recordings"), mailbox.clone())?;
    let prompts = Prompts::new(edges.data.join("prompts"), speech, mailbox.clone());
    let workers = media::start(&edges.media, &mailbox, &recordings, draw_seed())?;
    let first_seq = u64::try_from(clock.now().as_micros()).unwrap_or(1);
    let (switchboard, requests, views): (Switchboard, mpsc::Receiver<_>, Arc<Views>) = Switchboard::new(first_seq);
    let peers = peers_of(&centre);
    let (sip, sip_addresses) =
        sip::start(&edges.sip_listen, edges.advertised.clone(), edges.limits, peers, mailbox.clone(), draw_seed())?;
    let links = quic::listen(edges.quic_listen, &edges.data.join("keys"), mailbox.clone())?;
    let quic = links.local_addr()?;
    tokio::spawn({
        let (prompts, centre) = (prompts.clone(), centre.clone());
        async move {
            let wanted = prompts_of(&centre);
            prompts.warm(centre, wanted).await;
        }
    });
    let wires = Wires { sip, workers, prompts, recordings, store, mailbox, views };
    let task = tokio::spawn(Board::new(floor, clock, wires, devices).run(inbox, requests));
    Ok(Running { switchboard, centre, sip: sip_addresses, quic, task, links })
}

/// Every prompt that can be known before a call: the stored ones and the tones. Texts of flows are spoken when a
/// caller first needs them, and kept.
fn prompts_of(centre: &Centre) -> Vec<PromptSource> {
    use twinline_core::io::Tone;
    let stored = centre.prompts.keys().copied().map(PromptSource::Audio);
    let tones = [Tone::Ringback, Tone::AutoAcceptBeep, Tone::HoldMusic].map(PromptSource::Tone);
    stored.chain(tones).chain(centre.flows.values().flat_map(texts_of)).collect()
}

/// The fixed texts of a flow, in every voice that the flow chooses (and the one it starts with): an exact walk would
/// need the caller's answers.
fn texts_of(flow: &Flow) -> Vec<PromptSource> {
    let Ok(document) = serde_json::from_str::<serde_json::Value>(&flow.content) else { return Vec::new() };
    let actions = document["Actions"].as_array().map(Vec::as_slice).unwrap_or_default();
    let mut voices = vec![("en-US".to_owned(), String::new())];
    let mut texts = Vec::new();
    for action in actions {
        let parameters = &action["Parameters"];
        if let Some(voice) = parameters["TextToSpeechVoice"].as_str() {
            voices.push((String::new(), voice.to_owned()));
        }
        let messages = parameters["Messages"].as_array().map(Vec::as_slice).unwrap_or_default();
        for message in messages.iter().chain([parameters]) {
            let spoken = [("Text", false), ("SSML", true)]
                .into_iter()
                .filter_map(|(member, ssml)| Some((message[member].as_str()?.to_owned(), ssml)));
            texts.extend(spoken.filter(|(text, _)| !text.contains("$.")));
        }
    }
    let spoken = |(language, voice): &(String, String)| {
        let (language, voice) = (language.clone(), voice.clone());
        texts.clone().into_iter().map(move |(text, ssml)| PromptSource::Text {
            text,
            ssml,
            language: language.clone(),
            voice: voice.clone(),
        })
    };
    voices.iter().flat_map(spoken).collect()
}

fn draw_seed() -> [u8; 32] {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).expect("the operating system has random numbers");
    seed
}
use twinline_sip::endpoint::{Credentials, Peer, PeerKey, Transport};

/// The trunks as the SIP endpoint knows them. Sources and targets were checked when they were stored; one that does
/// not parse any longer is left out and named in the log.
pub fn peers_of(centre: &Centre) -> Vec<Peer> {
    centre.trunks.values().map(peer_of).collect()
}

fn peer_of(trunk: &Trunk) -> Peer {
    let mut peer = Peer::new(PeerKey(trunk.id.bits()), trunk.name.clone());
    for source in &trunk.sources {
        match source.parse() {
            Ok(block) => peer.sources.push(block),
            Err(error) => tracing::warn!(trunk = %trunk.name, ?error, "a source of a trunk is not usable"),
        }
    }
    peer.target = trunk.target.as_deref().and_then(|target| match target.parse() {
        Ok(target) => Some(target),
        Err(error) => {
            tracing::warn!(trunk = %trunk.name, ?error, "the target of a trunk is not usable");
            None
        }
    });
    peer.transport = match trunk.transport {
        SipTransport::Udp => Transport::Udp,
        SipTransport::Tcp => Transport::Tcp,
    };
    peer.credentials = match (&trunk.username, &trunk.password) {
        (Some(username), Some(password)) => {
            Some(Credentials { username: username.clone(), password: password.clone() })
        }
        _ => None,
    };
    peer.registrar = trunk.registrar.clone();
    peer.inbound_auth = trunk.inbound_auth;
    peer
}
