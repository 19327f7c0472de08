//! Media workers: one thread each, owning an engine, its sockets and its own recordings' queue. RTP never waits for a
//! decision: the switchboard sends commands and hears what happened.

use super::{batch, recordings};
use crate::switchboard::Mailbox;
use anyhow::{Context, Result};
use nix::sys::{
    epoll::{Epoll, EpollCreateFlags, EpollEvent, EpollFlags, EpollTimeout},
    eventfd::{EfdFlags, EventFd},
    time::TimeSpec,
    timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags},
};
use std::{
    collections::{HashMap, VecDeque},
    net::{IpAddr, SocketAddr, UdpSocket},
    os::fd::AsFd,
    sync::{
        Arc,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    time::{Duration, Instant},
};
use tracing::{debug, error, info, warn};
use twinline_media::{
    codec::Codec,
    engine::{
        CodecPolicy, Direction, Engine, EngineConfig, LegKey, LocalSocket, MediaError, MediaEvent, PlaybackKey,
        RecordingKey, RoomKey, RtpLegSpec, SocketId,
    },
    player::Prompt,
};

/// Commands that may wait for one worker.
const COMMANDS: usize = 16_384;
/// Phones that suppress silence, and peers that have put us on hold, may say nothing for long: a plain leg is given up
/// only after this; signalling (session timers) finds dead peers sooner.
const RTP_SILENCE: Duration = Duration::from_secs(120);
const SHARED: SocketId = SocketId(0);
const WEBRTC: SocketId = SocketId(1);
/// Keys in epoll that are not sockets.
const WAKE: u64 = u64::MAX;
const TIMER: u64 = u64::MAX - 1;

/// What a worker is told.
pub enum Command {
    /// Make a plain RTP leg and answer the peer's offer (or make one when there is none).
    OpenRtp {
        leg: LegKey,
        offer: Option<String>,
        source: Option<IpAddr>,
        codecs: CodecPolicy,
    },
    ApplyAnswer {
        leg: LegKey,
        sdp: String,
    },
    /// The peer offers anew in mid-call.
    ApplyOffer {
        leg: LegKey,
        sdp: String,
    },
    /// The peer asks for an offer of ours in mid-call.
    MakeOffer {
        leg: LegKey,
    },
    /// Answer a media agent's (or browser's) offer. `beside`: the leg it will talk to, whose codec is preferred.
    OpenWebRtc {
        leg: LegKey,
        offer: String,
        beside: Option<LegKey>,
    },
    Close {
        leg: LegKey,
    },
    Join {
        room: RoomKey,
        leg: LegKey,
    },
    Leave {
        room: RoomKey,
        leg: LegKey,
    },
    Mute {
        leg: LegKey,
        on: bool,
    },
    Play {
        leg: LegKey,
        playback: PlaybackKey,
        prompt: Arc<Prompt>,
        repeat: bool,
    },
    StopPlay {
        leg: LegKey,
        playback: PlaybackKey,
    },
    SendDigits {
        leg: LegKey,
        digits: String,
    },
    StartRecording {
        recording: RecordingKey,
        customer: LegKey,
        agent: Option<LegKey>,
    },
    SetRecordingAgent {
        recording: RecordingKey,
        agent: Option<LegKey>,
    },
    PauseRecording {
        recording: RecordingKey,
        paused: bool,
    },
    StopRecording {
        recording: RecordingKey,
    },
}

/// What a worker tells.
#[derive(Debug)]
pub enum Told {
    /// Answers `OpenRtp`: our SDP.
    RtpOpened {
        leg: LegKey,
        result: Result<String, MediaError>,
    },
    /// Answers `ApplyAnswer`.
    AnswerApplied {
        leg: LegKey,
        result: Result<(), MediaError>,
    },
    /// Answers `ApplyOffer` and `MakeOffer`: our SDP.
    OfferAnswered {
        leg: LegKey,
        result: Result<String, MediaError>,
    },
    /// Answers `OpenWebRtc`: our SDP answer.
    WebRtcOpened {
        leg: LegKey,
        result: Result<String, MediaError>,
    },
    Event(MediaEvent),
}

/// Where the workers listen.
#[derive(Clone, Debug)]
pub struct MediaConfig {
    /// Address that peers are told to send to.
    pub advertised: IpAddr,
    /// Address the sockets are bound to.
    pub bind: IpAddr,
    /// First port of the RTP range and how many ports it has (20000–29999).
    pub rtp_base: u16,
    pub rtp_ports: u16,
    /// First WebRTC port; each worker takes the next.
    pub webrtc_base: u16,
    pub workers: usize,
}

/// Handle to one worker.
#[derive(Clone)]
pub struct Worker {
    commands: SyncSender<Command>,
    wake: Arc<EventFd>,
}

impl Worker {
    /// Hands over a command. The worker never waits for the switchboard, so a full queue drains by itself.
    pub fn send(&self, command: Command) {
        if self.commands.send(command).is_err() {
            error!("a media worker is gone");
            return;
        }
        let _ = self.wake.write(1);
    }
}

/// Starts the workers.
pub fn start(
    config: &MediaConfig,
    mailbox: &Mailbox,
    recordings: &recordings::Writer,
    seed: [u8; 32],
) -> Result<Vec<Worker>> {
    let count = config.workers.max(1);
    let share = (usize::from(config.rtp_ports) / count).max(2);
    (0..count)
        .map(|index| {
            let first = usize::from(config.rtp_base) + index * share;
            let mut seed = seed;
            seed[0] ^= index as u8;
            let thread = Thread::new(index, config, first, share, mailbox.clone(), recordings.clone(), seed)?;
            thread.run_detached(index)
        })
        .collect()
}

/// One worker's world.
struct Thread {
    engine: Engine,
    epoll: Epoll,
    timer: TimerFd,
    wake: Arc<EventFd>,
    sockets: HashMap<SocketId, UdpSocket>,
    ports: Ports,
    bind: IpAddr,
    advertised: IpAddr,
    index: usize,
    mailbox: Mailbox,
    recordings: recordings::Writer,
    /// Told but not yet taken by the switchboard.
    held: VecDeque<Told>,
    receiver: batch::Receiver,
    sender: batch::Sender,
    refused: usize,
}

impl Thread {
    fn new(
        index: usize,
        config: &MediaConfig,
        first: usize,
        share: usize,
        mailbox: Mailbox,
        recordings: recordings::Writer,
        seed: [u8; 32],
    ) -> Result<Self> {
        let mut ports = Ports::new(first, share);
        let shared = ports.bind(config.bind).context("no free RTP port")?;
        // Base 0: any free port, as the tests want it.
        let offset = if config.webrtc_base == 0 { 0 } else { index as u16 };
        let webrtc_port = config.webrtc_base.checked_add(offset).context("webrtc.base_port is too high")?;
        let webrtc =
            bind(SocketAddr::new(config.bind, webrtc_port)).with_context(|| format!("WebRTC port {webrtc_port}"))?;
        let local = |id, socket: &UdpSocket| -> Result<LocalSocket> {
            Ok(LocalSocket { id, addr: SocketAddr::new(config.advertised, socket.local_addr()?.port()) })
        };
        let mut engine_config =
            EngineConfig::new(local(SHARED, &shared)?, local(WEBRTC, &webrtc)?, config.advertised, seed);
        engine_config.unix_time = unix_time();
        engine_config.rtp_silence_limit = RTP_SILENCE;
        let epoll = Epoll::new(EpollCreateFlags::EPOLL_CLOEXEC)?;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC)?;
        let wake = Arc::new(EventFd::from_flags(EfdFlags::EFD_NONBLOCK | EfdFlags::EFD_CLOEXEC)?);
        epoll.add(&*wake, EpollEvent::new(EpollFlags::EPOLLIN, WAKE))?;
        epoll.add(timer.as_fd(), EpollEvent::new(EpollFlags::EPOLLIN, TIMER))?;
        let mut thread = Self {
            engine: Engine::new(engine_config, now()),
            epoll,
            timer,
            wake,
            sockets: HashMap::new(),
            ports,
            bind: config.bind,
            advertised: config.advertised,
            index,
            mailbox,
            recordings,
            held: VecDeque::new(),
            receiver: batch::Receiver::new(),
            sender: batch::Sender::new(),
            refused: 0,
        };
        thread.add_socket(SHARED, shared)?;
        thread.add_socket(WEBRTC, webrtc)?;
        Ok(thread)
    }

    fn add_socket(&mut self, id: SocketId, socket: UdpSocket) -> Result<()> {
        self.epoll.add(&socket, EpollEvent::new(EpollFlags::EPOLLIN, u64::from(id.0)))?;
        self.sockets.insert(id, socket);
        Ok(())
    }

    fn run_detached(mut self, index: usize) -> Result<Worker> {
        let (commands, inbox) = sync_channel(COMMANDS);
        let worker = Worker { commands, wake: self.wake.clone() };
        std::thread::Builder::new().name(format!("media-{index}")).spawn(move || {
            info!(worker = index, "media worker runs");
            if let Err(error) = self.run(&inbox) {
                error!(worker = index, %error, "media worker stopped");
            }
        })?;
        Ok(worker)
    }

    fn run(&mut self, inbox: &Receiver<Command>) -> Result<()> {
        let mut events = [EpollEvent::empty(); 64];
        loop {
            self.arm_timer()?;
            let ready = match self.epoll.wait(&mut events, self.patience()) {
                Ok(ready) => ready,
                Err(nix::errno::Errno::EINTR) => 0,
                Err(error) => return Err(error.into()),
            };
            for event in &events[..ready] {
                match event.data() {
                    WAKE => drop(self.wake.read()),
                    TIMER => drop(self.timer.wait()),
                    socket => self.receive(SocketId(socket as u32)),
                }
            }
            if !self.take_commands(inbox) {
                return Ok(());
            }
            self.engine.handle_timeout(now());
            self.transmit();
            self.write_recordings();
            self.tell();
        }
    }

    /// Held-back news is offered again after a millisecond; otherwise the timer and the sockets wake us.
    fn patience(&self) -> EpollTimeout {
        if self.held.is_empty() { EpollTimeout::NONE } else { EpollTimeout::from(1u8) }
    }

    /// A timer of nanosecond resolution: epoll's own milliseconds are too coarse to pace 20 ms packets.
    fn arm_timer(&mut self) -> Result<()> {
        match self.engine.poll_timeout() {
            Some(at) => {
                let after = at.saturating_duration_since(now()).max(Duration::from_nanos(1));
                self.timer.set(Expiration::OneShot(TimeSpec::from_duration(after)), TimerSetTimeFlags::empty())?;
            }
            None => self.timer.unset()?,
        }
        Ok(())
    }

    fn receive(&mut self, id: SocketId) {
        let Some(socket) = self.sockets.get(&id) else { return };
        // A bound on one socket's turn, so that commands and timers are never starved.
        for _ in 0..8 {
            let at = now();
            let engine = &mut self.engine;
            match self.receiver.receive(socket, |from, bytes| engine.handle_datagram(at, id, from, bytes)) {
                Ok(taken) if taken == batch::BATCH => {}
                Ok(_) => break,
                Err(error) => {
                    warn!(worker = self.index, %error, "a media socket failed to read");
                    break;
                }
            }
        }
    }

    fn take_commands(&mut self, inbox: &Receiver<Command>) -> bool {
        loop {
            match inbox.try_recv() {
                Ok(command) => self.carry_out(command),
                Err(std::sync::mpsc::TryRecvError::Empty) => return true,
                Err(std::sync::mpsc::TryRecvError::Disconnected) => return false,
            }
        }
    }

    fn carry_out(&mut self, command: Command) {
        let at = now();
        match command {
            Command::OpenRtp { leg, offer, source, codecs } => {
                let result = self.open_rtp(at, leg, offer.as_deref(), source, codecs);
                self.held.push_back(Told::RtpOpened { leg, result });
            }
            Command::ApplyAnswer { leg, sdp } => {
                let result = self.engine.apply_answer(at, leg, &sdp);
                self.held.push_back(Told::AnswerApplied { leg, result });
            }
            Command::ApplyOffer { leg, sdp } => {
                let result = self.engine.apply_offer(at, leg, &sdp);
                self.held.push_back(Told::OfferAnswered { leg, result });
            }
            Command::MakeOffer { leg } => {
                let result = self.engine.make_offer(at, leg, Direction::SendRecv);
                self.held.push_back(Told::OfferAnswered { leg, result });
            }
            Command::OpenWebRtc { leg, offer, beside } => {
                let prefer = beside.and_then(|beside| self.engine.leg_codec(beside)).filter(|codec| is_g711(*codec));
                let result = self.engine.open_webrtc(at, leg, &offer, prefer);
                self.held.push_back(Told::WebRtcOpened { leg, result });
            }
            Command::Close { leg } => self.engine.close(at, leg),
            Command::Leave { room, leg } => self.engine.leave(at, room, leg),
            Command::Mute { leg, on } => self.engine.mute(leg, on),
            Command::StopPlay { leg, playback } => self.engine.stop_play(leg, playback),
            Command::SetRecordingAgent { recording, agent } => self.engine.set_recording_agent(recording, agent),
            Command::PauseRecording { recording, paused } => self.engine.pause_recording(at, recording, paused),
            Command::StopRecording { recording } => self.engine.stop_recording(at, recording),
            Command::Join { room, leg } => refused("join", self.engine.join(at, room, leg)),
            Command::Play { leg, playback, prompt, repeat } => {
                refused("play", self.engine.play(at, leg, playback, prompt, repeat));
            }
            Command::SendDigits { leg, digits } => refused("digits", self.engine.send_digits(at, leg, &digits)),
            Command::StartRecording { recording, customer, agent } => {
                refused("recording", self.engine.start_recording(at, recording, customer, agent));
            }
        }
    }

    fn open_rtp(
        &mut self,
        at: Instant,
        leg: LegKey,
        offer: Option<&str>,
        source: Option<IpAddr>,
        codecs: CodecPolicy,
    ) -> Result<String, MediaError> {
        let own_socket = if self.engine.wants_own_socket(offer, source) { self.own_socket() } else { None };
        let spec = RtpLegSpec { remote_offer: offer, signalling_source: source, codecs: &codecs, own_socket };
        let result = self.engine.open_rtp(at, leg, spec);
        if let (Err(_), Some(socket)) = (&result, own_socket) {
            self.free_socket(socket.id);
        }
        result
    }

    fn own_socket(&mut self) -> Option<LocalSocket> {
        let socket = self.ports.bind(self.bind)?;
        let port = socket.local_addr().ok()?.port();
        let id = SocketId(u32::from(port) + 0x1_0000);
        if let Err(error) = self.add_socket(id, socket) {
            warn!(worker = self.index, %error, "a media socket could not be watched");
            return None;
        }
        Some(LocalSocket { id, addr: SocketAddr::new(self.advertised, port) })
    }

    fn free_socket(&mut self, id: SocketId) {
        if let Some(socket) = self.sockets.remove(&id) {
            let _ = self.epoll.delete(&socket);
            if let Ok(address) = socket.local_addr() {
                self.ports.free(address.port());
            }
        }
    }

    fn transmit(&mut self) {
        let batch = self.engine.transmits();
        if batch.is_empty() {
            return;
        }
        // Nearly everything leaves by the two shared ports: a batch each. Legs with a socket of their own go singly.
        for shared in [SHARED, WEBRTC] {
            if let Some(socket) = self.sockets.get(&shared) {
                let mine = batch.iter().filter(|packet| packet.socket == shared);
                self.refused += self.sender.send(socket, mine.map(|packet| (packet.to, packet.bytes)));
            }
        }
        for packet in batch.iter().filter(|packet| packet.socket != SHARED && packet.socket != WEBRTC) {
            if let Some(socket) = self.sockets.get(&packet.socket)
                && socket.send_to(packet.bytes, packet.to).is_err()
            {
                self.refused += 1;
            }
        }
        self.engine.clear_transmits();
    }

    fn write_recordings(&mut self) {
        while let Some(write) = self.engine.poll_recording() {
            self.recordings.write(write);
        }
    }

    fn tell(&mut self) {
        while self.held.len() < 1_024 {
            match self.engine.poll_event() {
                Some(MediaEvent::SocketFree { socket }) => self.free_socket(socket),
                Some(event) => self.held.push_back(Told::Event(event)),
                None => break,
            }
        }
        while let Some(told) = self.held.pop_front() {
            if let Err(told) = self.mailbox.try_media(told) {
                self.held.push_front(told);
                return;
            }
        }
    }
}

/// A leg may have gone while the command was on its way: that is no fault, but worth a line when looking for one.
fn refused(what: &'static str, result: Result<(), MediaError>) {
    if let Err(error) = result {
        debug!(what, %error, "a media command came too late");
    }
}

fn is_g711(codec: Codec) -> bool {
    matches!(codec, Codec::Pcmu | Codec::Pcma)
}

/// The worker's share of the RTP range, handed out round robin so that a late packet of the last call finds nobody.
struct Ports {
    free: VecDeque<u16>,
}

impl Ports {
    fn new(first: usize, count: usize) -> Self {
        // Even ports only: a peer without rtcp-mux sends RTCP to the odd one above.
        let ports = (first..first + count).filter(|port| port % 2 == 0).filter_map(|port| u16::try_from(port).ok());
        Self { free: ports.collect() }
    }

    fn bind(&mut self, ip: IpAddr) -> Option<UdpSocket> {
        for _ in 0..self.free.len() {
            let port = self.free.pop_front()?;
            match bind(SocketAddr::new(ip, port)) {
                Ok(socket) => return Some(socket),
                // Somebody else has it: keep it at the end for later.
                Err(_) => self.free.push_back(port),
            }
        }
        None
    }

    fn free(&mut self, port: u16) {
        self.free.push_back(port);
    }
}

fn bind(address: SocketAddr) -> Result<UdpSocket> {
    use socket2::{Domain, Protocol, Socket, Type};
    let socket = Socket::new(Domain::for_address(address), Type::DGRAM, Some(Protocol::UDP))?;
    // Room for a burst of a few thousand packets; the kernel caps it at its own limit.
    let _ = socket.set_recv_buffer_size(4 << 20);
    let _ = socket.set_send_buffer_size(4 << 20);
    socket.set_nonblocking(true)?;
    socket.bind(&address.into()).with_context(|| format!("UDP {address}"))?;
    Ok(socket.into())
}

#[allow(clippy::disallowed_methods)] // The edge is where the clock is read.
fn now() -> Instant {
    Instant::now()
}

/// Wall time for RTCP's sender reports.
#[allow(clippy::disallowed_methods)]
fn unix_time() -> Duration {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default()
}
