//! Media of one call leg: offer out, answer in, then sound both ways until closed. One task per leg; microphone frames
//! and the speaker reach it without passing the engine.

mod peer;
mod reports;
mod sdp;
mod sound;

pub use peer::{OFFERED, TELEPHONE_EVENT};

use crate::{
    clock,
    dsp::{FRAME, Tone},
    stream::{Feed, Frame},
};
use peer::{Peer, PeerEvent};
use reports::SharedStats;
use sound::{LegFeed, SharedDownlink, Uplink, with_packet};
use std::{
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};
use tracing::{debug, warn};
use twinline_media::quality::{LegStats, Report};
use twinline_model::LegId;

const FRAME_TIME: Duration = Duration::from_millis(20);
/// A microphone that is late by this much is helped out with silence.
const LATE: Duration = Duration::from_millis(60);
/// How long an interrupted path may take to come back before the leg is given up.
const RECOVERY_LIMIT: Duration = Duration::from_secs(20);
const FRAMES: usize = 10;

/// What a leg tells the engine.
#[derive(Debug)]
pub enum MediaEvent {
    Offer { leg: LegId, sdp: String },
    Up { leg: LegId, codec: &'static str },
    Failed { leg: LegId, reason: String },
    Quality { leg: LegId, report: Report },
}

/// Handle of a leg's task; dropping it closes the leg.
pub struct MediaLeg {
    answers: mpsc::Sender<String>,
    frames: mpsc::Sender<Frame>,
    gate: Arc<AtomicBool>,
    downlink: SharedDownlink,
    beep: Arc<Mutex<Option<Tone>>>,
}

impl MediaLeg {
    /// Starts the leg: its offer comes as an event. `server` is the address the link talks to.
    pub fn open(leg: LegId, server: Option<IpAddr>, events: mpsc::Sender<MediaEvent>) -> Self {
        let (answers, answers_in) = mpsc::channel(4);
        let (frames, frames_in) = mpsc::channel(FRAMES);
        let gate = Arc::new(AtomicBool::new(false));
        let downlink = SharedDownlink::default();
        let task = LegTask {
            leg,
            server,
            events,
            answers: answers_in,
            frames: frames_in,
            gate: gate.clone(),
            downlink: downlink.clone(),
            stats: SharedStats::default(),
            frames_end: false,
        };
        tokio::spawn(task.run());
        Self { answers, frames, gate, downlink, beep: Arc::default() }
    }

    pub fn answer(&self, sdp: String) {
        let _ = self.answers.try_send(sdp);
    }

    /// Where the microphone's frames go.
    pub fn microphone(&self) -> mpsc::Sender<Frame> {
        self.frames.clone()
    }

    /// Whether the microphone's sound leaves; silence leaves otherwise.
    pub fn set_open(&self, open: bool) {
        self.gate.store(open, Ordering::Relaxed);
    }

    /// What the speaker is to play.
    pub fn feed(&self) -> Box<dyn Feed> {
        Box::new(LegFeed::new(self.downlink.clone(), self.beep.clone()))
    }

    /// A short tone in the speaker: the call was accepted automatically.
    pub fn beep(&self) {
        let tone = Tone::new((880.0, 880.0), 0.3, 12 * FRAME);
        *self.beep.lock().unwrap_or_else(PoisonError::into_inner) = Some(tone);
    }
}

struct LegTask {
    leg: LegId,
    server: Option<IpAddr>,
    events: mpsc::Sender<MediaEvent>,
    answers: mpsc::Receiver<String>,
    frames: mpsc::Receiver<Frame>,
    gate: Arc<AtomicBool>,
    downlink: SharedDownlink,
    stats: SharedStats,
    frames_end: bool,
}

impl LegTask {
    async fn run(mut self) {
        let (peer_events, mut peer_in) = mpsc::channel(64);
        // An SSRC of 0 is legal but makes some receivers think of "none".
        let ssrc = (clock::random() as u32).max(1);
        let (peer, sdp) = match Peer::offer(self.server, ssrc, self.stats.clone(), peer_events).await {
            Ok(made) => made,
            Err(error) => return self.fail(error.to_string()).await,
        };
        let leg = self.leg;
        let _ = self.events.send(MediaEvent::Offer { leg, sdp }).await;
        if let Err(Some(reason)) = self.carry(&peer, &mut peer_in, ssrc).await {
            self.fail(reason).await;
        }
        // What the closing connection still says must not block it.
        peer_in.close();
        peer.close().await;
    }

    async fn fail(&self, reason: String) {
        warn!(reason, "a leg's media failed");
        let _ = self.events.send(MediaEvent::Failed { leg: self.leg, reason }).await;
    }

    /// Until closed (`Ok`, or `Err(None)`) or failed with a reason.
    async fn carry(
        &mut self,
        peer: &Peer,
        peer_in: &mut mpsc::Receiver<PeerEvent>,
        ssrc: u32,
    ) -> Result<(), Option<String>> {
        let Some(answer) = self.answers.recv().await else { return Ok(()) };
        let codecs = sdp::audio_codecs(&answer);
        let &(payload_type, codec) =
            codecs.first().ok_or_else(|| Some("the answer names no codec of ours".to_owned()))?;
        let mut uplink = Uplink::new(codec, payload_type, ssrc, clock::random()).map_err(|e| Some(e.to_string()))?;
        self.downlink.lock().unwrap_or_else(PoisonError::into_inner).set_codecs(codecs);
        *self.stats.lock().unwrap_or_else(PoisonError::into_inner) = Some(LegStats::new(clock::now(), codec));
        peer.answer(answer).await.map_err(|error| Some(error.to_string()))?;

        let mut connected = false;
        let mut give_up: Option<Instant> = None;
        let mut next = Instant::now();
        let silence = vec![0; FRAME];
        loop {
            tokio::select! {
                answer = self.answers.recv() => if answer.is_none() { return Ok(()) },
                event = peer_in.recv() => match event {
                    None => return Err(Some("the media engine ended".to_owned())),
                    Some(PeerEvent::Packet(packet)) => self.received(&packet),
                    Some(PeerEvent::Connected) => {
                        give_up = None;
                        if !connected {
                            connected = true;
                            next = Instant::now();
                            let up = MediaEvent::Up { leg: self.leg, codec: codec.name() };
                            let _ = self.events.send(up).await;
                        }
                    }
                    Some(PeerEvent::Disconnected) => give_up = Some(Instant::now() + RECOVERY_LIMIT),
                    Some(PeerEvent::Failed) => return Err(Some("the audio path was lost".to_owned())),
                },
                frame = self.frames.recv(), if connected && !self.frames_end => match frame {
                    Some(frame) => {
                        let open = self.gate.load(Ordering::Relaxed);
                        self.send(peer, &mut uplink, if open { &frame } else { &silence }).await;
                        next = Instant::now() + LATE;
                    }
                    None => self.frames_end = true,
                },
                () = sleep_until(next), if connected => {
                    self.send(peer, &mut uplink, &silence).await;
                    next += FRAME_TIME;
                    self.report(&mut uplink).await;
                }
                () = wait_for(give_up) => return Err(Some("the audio path was lost".to_owned())),
            }
            if connected {
                self.report(&mut uplink).await;
            }
        }
    }

    fn received(&self, packet: &rtc::rtp::Packet) {
        let now = clock::now();
        with_packet(packet, |packet| {
            if let Some(stats) = self.stats.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                stats.received(now, packet);
            }
            self.downlink.lock().unwrap_or_else(PoisonError::into_inner).insert(now, packet);
        });
    }

    async fn send(&self, peer: &Peer, uplink: &mut Uplink, frame: &[i16]) {
        let packets = match uplink.packets(frame) {
            Ok(packets) => packets,
            Err(error) => return warn!(%error, "a frame could not be encoded"),
        };
        for packet in packets {
            if let Some(stats) = self.stats.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
                stats.sent(packet.header.timestamp, packet.payload.len());
            }
            if let Err(error) = peer.send(packet).await {
                debug!(%error, "a packet was not sent");
            }
        }
    }

    async fn report(&self, uplink: &mut Uplink) {
        let report = match self.stats.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            Some(stats) => stats.poll_report(clock::now()),
            None => None,
        };
        if let Some(report) = report {
            uplink.set_expected_loss(report.remote_loss_percent.unwrap_or(5.0));
            let _ = self.events.send(MediaEvent::Quality { leg: self.leg, report }).await;
        }
    }
}

async fn wait_for(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => std::future::pending().await,
    }
}
