//! Real sound streams: a private PulseAudio with two null sinks. What is played into the "microphone" is what the peer
//! hears, what the peer says is what the "speaker" plays, and a microphone switched in mid-call is heard at once.
//! Skipped with a message where PulseAudio is not installed.
#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::disallowed_methods)]

mod support;

use std::{
    fs,
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};
use support::{Directory, Server, contact, engine, leg, peer::Peer, person, until};
use twinline_api::ws::media_agent::{FromMediaAgent, ToMediaAgent};
use twinline_media::codec::Codec;
use twinline_media_engine::{DeviceRole, EngineCommand, SoundFiles, dsp::tone_share};

/// A sound server of this test alone.
struct Pulse {
    server: Child,
    socket: String,
    directory: Directory,
}

impl Pulse {
    fn start() -> Option<Self> {
        let directory = Directory::new("pulse");
        let socket = directory.0.join("p.sock");
        let child = Command::new("pulseaudio")
            .args(["-n", "--daemonize=no", "--exit-idle-time=-1", "--use-pid-file=no", "--log-level=error"])
            .arg(format!("--load=module-native-protocol-unix auth-anonymous=1 socket={}", socket.display()))
            .arg("--load=module-null-sink sink_name=speaker rate=48000 channels=1")
            .arg("--load=module-null-sink sink_name=room rate=48000 channels=1")
            .arg("--load=module-null-sink sink_name=hall rate=48000 channels=1")
            .arg("--load=module-remap-source master=room.monitor source_name=microphone")
            .arg("--load=module-remap-source master=hall.monitor source_name=other")
            .env("HOME", &directory.0)
            .env("XDG_RUNTIME_DIR", &directory.0)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let server = match child {
            Ok(server) => server,
            Err(_) => {
                eprintln!("skipped: pulseaudio is not installed");
                return None;
            }
        };
        let pulse = Self { server, socket: format!("unix:{}", socket.display()), directory };
        for _ in 0..100 {
            if pulse.control(&["set-default-source", "microphone"]) && pulse.control(&["set-default-sink", "speaker"]) {
                return Some(pulse);
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("pulseaudio did not come up");
    }

    fn control(&self, arguments: &[&str]) -> bool {
        let run =
            Command::new("pactl").args(arguments).env("PULSE_SERVER", &self.socket).stderr(Stdio::null()).status();
        run.is_ok_and(|status| status.success())
    }

    /// Plays a tone into a sink until dropped.
    fn play(&self, sink: &str, hz: f64) -> Player {
        let path = self.directory.0.join(format!("{sink}.raw"));
        let sound: Vec<u8> = (0..20 * 48_000)
            .map(|i| ((f64::from(i) * hz / 48_000.0 * std::f64::consts::TAU).sin() * 10_000.0) as i16)
            .flat_map(i16::to_le_bytes)
            .collect();
        fs::write(&path, sound).unwrap();
        self.cat("--playback", sink, path)
    }

    /// Records what a sink plays until dropped.
    fn record(&self, sink: &str) -> (Player, PathBuf) {
        let path = self.directory.0.join(format!("{sink}.heard"));
        fs::write(&path, []).unwrap();
        (self.cat("--record", &format!("{sink}.monitor"), path.clone()), path)
    }

    fn cat(&self, way: &str, device: &str, path: PathBuf) -> Player {
        let file = fs::OpenOptions::new().read(true).append(way == "--record").open(path).unwrap();
        let (input, output) =
            if way == "--record" { (Stdio::null(), file.into()) } else { (file.into(), Stdio::null()) };
        let child = Command::new("pacat")
            .args([way, "--raw", "--rate=48000", "--channels=1", "--format=s16le", "--latency-msec=20"])
            .arg(format!("--device={device}"))
            .env("PULSE_SERVER", &self.socket)
            .stdin(input)
            .stdout(output)
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        Player(child)
    }
}

impl Drop for Pulse {
    fn drop(&mut self) {
        let _ = self.server.kill();
        let _ = self.server.wait();
    }
}

struct Player(Child);

impl Drop for Player {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn samples(path: &std::path::Path) -> Vec<i16> {
    fs::read(path).unwrap().as_chunks::<2>().0.iter().map(|bytes| i16::from_le_bytes(*bytes)).collect()
}

/// The median over tenths of a second: a single gap on a busy machine is not another sound.
fn usual_share(sound: &[i16], hz: f64) -> f64 {
    let mut shares: Vec<f64> = sound.chunks_exact(4_800).map(|part| tone_share(part, 48_000, hz)).collect();
    shares.sort_by(f64::total_cmp);
    shares.get(shares.len() / 2).copied().unwrap_or(0.0)
}

/// Seconds a sound may take to be there, whole, on a busy machine.
const PATIENCE: usize = 12;

/// The share of a tone in a second of what the peer hears: the first good second, or the last one.
async fn heard_soon(peer: &mut Peer, hz: f64) -> f64 {
    let mut share = 0.0;
    for _ in 0..PATIENCE {
        peer.take_heard();
        tokio::time::sleep(Duration::from_secs(1)).await;
        share = usual_share(&peer.take_heard(), hz);
        if share > 0.95 {
            break;
        }
    }
    share
}

/// The same for what the speaker plays, at the end of its recording.
async fn played_soon(file: &std::path::Path, hz: f64) -> f64 {
    let mut share = 0.0;
    for _ in 0..PATIENCE {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let sound = samples(file);
        share = usual_share(&sound[sound.len().saturating_sub(48_000)..], hz);
        if share > 0.95 {
            break;
        }
    }
    share
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_peer_hears_the_microphone_the_speaker_plays_the_peer_and_devices_change_in_mid_call() {
    let Some(pulse) = Pulse::start() else { return };
    // SAFETY: the only test of this binary; nothing else reads the environment yet.
    unsafe { std::env::set_var("PULSE_SERVER", &pulse.socket) };
    let (directory, server) = (Directory::new("devices"), Server::start());
    let agent = engine(&directory, server.address, SoundFiles::default());
    let mut state = agent.state();
    let mut client = server.welcome(Some(person())).await;
    let found = until(&mut state, "devices", |s| s.devices.healthy && s.devices.host == "pulseaudio").await;
    let names: Vec<&str> = found.devices.microphones.iter().map(|entry| entry.id.as_str()).collect();
    assert!(names.iter().all(|name| !name.ends_with(".monitor")), "{names:?}");
    client.find("the report", |m| matches!(m, FromMediaAgent::Devices { healthy: true, .. })).await;

    let _room = pulse.play("room", 500.0);
    let _hall = pulse.play("hall", 1_500.0);
    let (recorder, heard_file) = pulse.record("speaker");
    client
        .say(ToMediaAgent::Connect {
            contact: contact(1),
            leg: leg(1),
            caller: String::new(),
            caller_name: String::new(),
        })
        .await;
    let FromMediaAgent::Offer { sdp, .. } =
        client.find("an offer", |m| matches!(m, FromMediaAgent::Offer { .. })).await
    else {
        unreachable!()
    };
    let (mut peer, sdp) = Peer::answer(sdp, Codec::Opus).await;
    client.say(ToMediaAgent::Answer { leg: leg(1), sdp }).await;
    peer.connected().await;
    client.say(ToMediaAgent::Live { contact: contact(1), leg: leg(1) }).await;
    until(&mut state, "a level", |s| s.devices.microphone_level_db.is_some_and(|db| db > -20)).await;
    let talking = peer.say(900.0, Duration::from_secs(60));
    let share = heard_soon(&mut peer, 500.0).await;
    assert!(share > 0.95, "the peer hears the microphone: {share}");
    let share = played_soon(&heard_file, 900.0).await;
    assert!(share > 0.95, "the speaker plays the peer: {share}");
    drop(recorder);

    let other = names.iter().find(|name| name.contains("other")).unwrap().to_string();
    agent.command(EngineCommand::ChooseDevice { role: DeviceRole::Microphone, id: Some(other) }).await;
    let share = heard_soon(&mut peer, 1_500.0).await;
    assert!(share > 0.9, "the new microphone is heard in the same call: {share}");
    peer.take_heard();
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert!(usual_share(&peer.take_heard(), 500.0) < 0.05, "and the old one is not");
    talking.abort();
}
