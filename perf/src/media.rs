//! `twinline-perf media`: what voice costs. Plain legs are measured on the server's own media worker alone; the agent's
//! SRTP leg, first packet and memory of a whole call through the whole server.

use crate::{
    child::Role,
    floor::{self, Floor},
    report::Row,
    rtp::{Generator, Sound, Tally},
    sound,
    worker::{BLOCK, Work, worker_of},
};
use anyhow::{Context, Result};
use std::{
    net::{Ipv4Addr, SocketAddrV4},
    time::Duration,
};

/// How big, how long.
#[derive(Clone, Copy, Debug)]
pub struct Extent {
    pub window: Duration,
    /// Calls of the biggest relay; 1,000 in the list of goals.
    pub most_calls: usize,
    pub workers: usize,
}

/// What one run of a media worker gave.
struct Taken {
    cpu_s_per_call_minute: f64,
    rss_kb_per_call: f64,
    tally: Tally,
    /// Packets a second in and out, both directions.
    rate: f64,
}

/// Opens the legs of `calls` calls (of `legs_per_call`), lets all telephones speak, and looks at a window.
fn take(work: Work, calls: usize, legs_per_call: usize, extent: Extent) -> Result<Taken> {
    let legs = calls * legs_per_call;
    let mut generator = Generator::new(BLOCK, legs)?;
    let arguments =
        ["media-worker", work.word(), &legs.to_string(), &extent.workers.to_string(), &generator.port().to_string()];
    let mut role = Role::start(&arguments.map(str::to_owned))?;
    role.expect("started")?;
    let empty = role.process.usage()?;
    role.order("go")?;
    let ports = role.expect("ready")?;
    let ports: Vec<u16> = ports.split(' ').filter_map(|port| port.parse().ok()).collect();
    let silence = Sound::silence(160);
    let (pcm, _) = if work == Work::Transcode { sound::speech() } else { (Vec::new(), false) };
    let (opus, pcmu) = if work == Work::Transcode {
        use twinline_media::codec::Codec;
        (sound::encoded(&pcm, Codec::Opus)?, sound::encoded(&pcm, Codec::Pcmu)?)
    } else {
        (silence.clone(), silence)
    };
    for leg in 0..legs {
        let port = *ports.get(worker_of(work, leg, extent.workers)).context("a worker's port")?;
        let says = if leg % 2 == 0 { &opus } else { &pcmu };
        if work != Work::Prompt {
            generator.speak(leg, SocketAddrV4::new(Ipv4Addr::LOCALHOST, port), says);
        }
    }
    generator.run(Duration::from_secs(2))?;
    generator.forget();
    let before = role.process.usage()?;
    generator.run(extent.window)?;
    let after = role.process.usage()?;
    let tally = generator.tally().clone();
    let minutes = calls as f64 * extent.window.as_secs_f64() / 60.0;
    Ok(Taken {
        cpu_s_per_call_minute: (after.cpu_s - before.cpu_s) / minutes,
        rss_kb_per_call: after.rss_kb.saturating_sub(empty.rss_kb) as f64 / calls as f64,
        rate: (tally.sent + tally.received) as f64 / extent.window.as_secs_f64(),
        tally,
    })
}

/// Packets that so many telephones send in the window.
fn nominal(telephones: usize, extent: Extent) -> f64 {
    telephones as f64 * 50.0 * extent.window.as_secs_f64()
}

impl Taken {
    /// The value when the work was really done: 99 % of the packets sent came through. `NaN`, not measured, otherwise:
    /// a relay that drops half is cheap. A generator that was held up and sent less than `nominal` packets made a
    /// smaller load; the value is scaled to the whole, and not taken at all below nine tenths.
    fn sound(&self, value: f64, sent: f64, nominal: f64) -> f64 {
        let received = self.tally.received as f64;
        let whole = received >= 0.99 * sent && received >= 0.9 * nominal;
        if whole { value * nominal / received } else { f64::NAN }
    }

    fn note(&self) -> String {
        let Tally { sent, received, lost, .. } = &self.tally;
        format!("{sent} packets sent, {received} received, {lost} missing in their sequences, {:.0}/s", self.rate)
    }
}

/// Goals 2, 6, 7, 11, 13 and the media part of 14.
pub fn rows(extent: Extent) -> Result<Vec<Row>> {
    let (floor, floor_p99) = floor::measure(800, 172, false, extent.window.min(Duration::from_secs(6)))?;
    let mut rows = relays(extent, floor, floor_p99)?;
    rows.extend(prompt(extent, floor)?);
    rows.push(transcode(extent, floor)?);
    rows.push(conference(extent, floor)?);
    Ok(rows)
}

fn relays(extent: Extent, floor: Floor, floor_p99: f64) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for calls in [100, 400, 1_000].into_iter().filter(|calls| *calls <= extent.most_calls) {
        let taken = take(Work::Relay, calls, 2, extent)?;
        let method = "server's media worker in a child, both legs on the shared port";
        rows.push(
            Row::new("2", &format!("two-leg PCMU relay, {calls} calls"), "CPU per call-minute", "s")
                .measured(taken.sound(taken.cpu_s_per_call_minute, taken.tally.sent as f64, nominal(calls * 2, extent)))
                .floor(floor.call_minute(6_000.0))
                .peer("Asterisk 0.17, RustPBX 0.14, rtpengine 0.092")
                .wanted(0.035)
                .note(method)
                .note(&taken.note()),
        );
        if calls == 400 {
            rows.push(
                Row::new("6", "relay latency, 400 calls", "one way, p99", "ms")
                    .spread(taken.tally.latency_ms.spread(), |spread| spread.p99)
                    .floor(floor_p99)
                    .peer("Asterisk 15.8, RustPBX 35, rtpengine 0.36")
                    .wanted(0.36)
                    .note("stamp in the payload to the kernel's receive time stamp; the generator's batch is in it")
                    .note(&taken.note()),
            );
        }
        if calls == 100 {
            rows.push(
                Row::new("14", "media of a bridged call, first 100 calls", "RSS per call", "KB")
                    .measured(taken.rss_kb_per_call)
                    .peer("rtpengine 55 (media only), Asterisk 430")
                    .wanted(16.0)
                    .note("media worker alone: RSS with 200 legs talking minus RSS without"),
            );
        }
    }
    Ok(rows)
}

fn prompt(extent: Extent, floor: Floor) -> Result<Vec<Row>> {
    let taken = take(Work::Prompt, 100, 1, extent)?;
    Ok(vec![
        Row::new("7", "prompt playback, 100 calls", "CPU per call-minute", "s")
            .measured(taken.sound(taken.cpu_s_per_call_minute, nominal(100, extent), nominal(100, extent)))
            .floor(floor.call_minute(3_000.0))
            .peer("RustPBX 0.072, Asterisk 0.133, FreeSWITCH 0.18")
            .wanted(0.020)
            .note("server's media worker in a child, silent callers; floor: 3,000 relayed packets, of which it sends half")
            .note(&taken.note()),
        Row::new("7", "prompt playback, 100 calls", "pacing error p99", "ms")
            .spread(taken.tally.pacing_ms.spread(), |spread| spread.p99)
            .peer("Asterisk 0.4–0.7, FreeSWITCH 0.6–1.1, RustPBX 1.0")
            .wanted(0.2)
            .note("|gap − 20 ms| by the kernel's receive time stamps"),
    ])
}

fn transcode(extent: Extent, floor: Floor) -> Result<Row> {
    let taken = take(Work::Transcode, 40, 2, extent)?;
    let (_, human) = sound::speech();
    Ok(Row::new("11", "Opus to PCMU and back, 40 calls", "CPU per call-minute", "s")
        .measured(taken.sound(taken.cpu_s_per_call_minute, taken.tally.sent as f64, nominal(80, extent)))
        .floor(floor.call_minute(6_000.0))
        .peer("RustPBX 0.93, Asterisk 1.28, FreeSWITCH 1.6")
        .wanted(0.26)
        .note(if human { "recorded speech" } else { "synthetic speech (alsa-utils' recordings are not here)" })
        .note(&taken.note()))
}

fn conference(extent: Extent, floor: Floor) -> Result<Row> {
    let taken = take(Work::Conference, 34, 3, extent)?;
    Ok(Row::new("13", "conference of three, 34 rooms", "CPU per participant-minute", "s")
        .measured(taken.sound(taken.cpu_s_per_call_minute, taken.tally.sent as f64, nominal(102, extent)) / 3.0)
        .floor(floor.call_minute(3_000.0))
        .peer("Asterisk 0.244, FreeSWITCH 0.305")
        .wanted(0.030)
        .note("all PCMU, all speak")
        .note(&taken.note()))
}
