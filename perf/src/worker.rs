//! The child that is a media worker: the server's own (`edge::media`: its thread, sockets, batches and engine), without
//! the rest of the server. It opens a plain RTP leg for each telephone and joins or plays as it is told.

use crate::{child, datagrams::telephone};
use anyhow::{Context, Result, bail};
use std::{
    net::{IpAddr, Ipv4Addr, UdpSocket},
    str::FromStr,
    sync::Arc,
};
use twinline_media::{
    codec::Codec,
    engine::{CodecPolicy, LegKey, PlaybackKey, RoomKey},
    player::{Prompt, hold_music},
};
use twinline_server::{
    edge::{
        media::{self, Command, MediaConfig, Worker},
        recordings,
    },
    switchboard::Mailbox,
};

/// What the legs do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// Legs 2n and 2n + 1 both speak PCMU and hear each other.
    Relay,
    /// Leg 2n speaks Opus, leg 2n + 1 PCMU.
    Transcode,
    /// Each leg hears the same prompt, repeated.
    Prompt,
    /// Legs 3n, 3n + 1 and 3n + 2 are in one room, all PCMU.
    Conference,
}

impl Work {
    pub fn word(self) -> &'static str {
        match self {
            Self::Relay => "relay",
            Self::Transcode => "transcode",
            Self::Prompt => "prompt",
            Self::Conference => "conference",
        }
    }

    pub fn codec(self, leg: usize) -> Codec {
        if self == Self::Transcode && leg % 2 == 0 { Codec::Opus } else { Codec::Pcmu }
    }

    /// The room of a leg.
    fn room(self, leg: usize) -> Option<usize> {
        match self {
            Self::Relay | Self::Transcode => Some(leg / 2),
            Self::Conference => Some(leg / 3),
            Self::Prompt => None,
        }
    }
}

impl FromStr for Work {
    type Err = anyhow::Error;
    fn from_str(word: &str) -> Result<Self> {
        let all = [Self::Relay, Self::Transcode, Self::Prompt, Self::Conference];
        all.into_iter()
            .find(|work| work.word() == word)
            .with_context(|| format!("`{word}` is no work of a media worker"))
    }
}

/// Which worker has a leg: all legs of a call are on one.
pub fn worker_of(work: Work, leg: usize, workers: usize) -> usize {
    work.room(leg).unwrap_or(leg) % workers
}

/// Address block of the telephones.
pub const BLOCK: u8 = 48;

/// Ports that a worker may use for legs with a socket of their own.
const SHARE: u16 = 8;

/// Says `started`, hears `go`, opens `legs` legs, says `ready` with the workers' shared ports; ends with its parent.
pub fn run(work: Work, legs: usize, workers: usize, generator_port: u16) -> Result<()> {
    let loopback = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let workers_wanted = u16::try_from(workers)?;
    let base = free_ports(SHARE * workers_wanted)?;
    let config = MediaConfig {
        advertised: loopback,
        bind: loopback,
        rtp_base: base,
        rtp_ports: SHARE * workers_wanted,
        webrtc_base: free_ports(workers_wanted)?,
        workers,
    };
    let folder = tempfile::tempdir()?;
    // The switchboard's end of the queue stays open and unread: the few reports of a short run fit into it.
    let (mailbox, _unread) = Mailbox::new();
    let recordings = recordings::Writer::start(folder.path().to_owned(), mailbox.clone())?;
    let started = media::start(&config, &mailbox, &recordings, [9; 32])?;
    child::say("started")?;
    if child::heard().as_deref() != Some("go") {
        bail!("the parent gave up");
    }
    open(work, legs, generator_port, &started);
    // The queue is in order: when this leg is answered, so are all before it. Half a second is ample to open thousands.
    std::thread::sleep(std::time::Duration::from_millis(500));
    let ports: Vec<String> = (0..workers_wanted).map(|index| (base + index * SHARE).to_string()).collect();
    child::say(&format!("ready {}", ports.join(" ")))?;
    while child::heard().is_some() {}
    Ok(())
}

fn open(work: Work, legs: usize, generator_port: u16, workers: &[Worker]) {
    let (pcm, rate) = {
        let music = hold_music();
        let (pcm, rate) = music.pcm();
        (pcm.to_vec(), rate)
    };
    let prompt = Prompt::from_pcm(pcm, rate).ok();
    for leg in 0..legs {
        let worker = &workers[worker_of(work, leg, workers.len())];
        let key = LegKey(leg as u128 + 1);
        let ip = telephone(BLOCK, leg);
        let offer = offer(ip, generator_port, work.codec(leg));
        worker.send(Command::OpenRtp {
            leg: key,
            offer: Some(offer),
            source: Some(IpAddr::V4(ip)),
            codecs: CodecPolicy::default(),
        });
        if let Some(room) = work.room(leg) {
            worker.send(Command::Join { room: RoomKey(room as u128 + 1), leg: key });
        } else if let Some(prompt) = &prompt {
            let playback = PlaybackKey(leg as u128 + 1);
            worker.send(Command::Play { leg: key, playback, prompt: Arc::clone(prompt), repeat: true });
        }
    }
}

/// The SDP of a telephone.
pub fn offer(ip: Ipv4Addr, port: u16, codec: Codec) -> String {
    let (payload, map) = match codec {
        Codec::Opus => (111, "opus/48000/2\r\na=fmtp:111 useinbandfec=1"),
        _ => (0, "PCMU/8000"),
    };
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP {payload} 101\r\n\
         a=rtpmap:{payload} {map}\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=ptime:20\r\na=sendrecv\r\n"
    )
}

/// The first, an even one, of so many UDP ports in a row that are free now.
pub fn free_ports(count: u16) -> Result<u16> {
    for _ in 0..100 {
        let first = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port() & !1;
        let Some(last) = first.checked_add(count) else { continue };
        if (first..last).all(|port| UdpSocket::bind((Ipv4Addr::LOCALHOST, port)).is_ok()) {
            return Ok(first);
        }
    }
    bail!("no {count} free UDP ports in a row")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn the_legs_of_a_call_are_on_one_worker_and_calls_are_spread() {
        let of = |leg| worker_of(Work::Relay, leg, 2);
        assert_eq!([0, 1, 2, 3, 4, 5].map(of), [0, 0, 1, 1, 0, 0]);
        assert_eq!([0, 1, 2, 3].map(|leg| worker_of(Work::Prompt, leg, 2)), [0, 1, 0, 1]);
    }

    #[test]
    fn a_work_is_named_by_its_word() {
        for work in [Work::Relay, Work::Transcode, Work::Prompt, Work::Conference] {
            assert_eq!(work.word().parse::<Work>().unwrap(), work);
        }
        assert!("dance".parse::<Work>().is_err());
    }
}
