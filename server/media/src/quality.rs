//! Quality of one leg: loss, jitter and delay counted from RTP and RTCP as RFC 3550 says, each 5 s rated by the E-model.

mod e_model;

#[cfg(test)]
mod tests;

pub use e_model::{Rating, e_model};

use crate::codec::Codec;
use crate::rtcp::{NtpTime, ReportBlock, SenderInfo, round_trip};
use crate::rtp::{Packet, SequenceExtender};
use std::time::{Duration, Instant};

/// Time between reports.
pub const INTERVAL: Duration = Duration::from_secs(5);
/// A sequence number this far off the last one means that the sender began anew (RFC 3550 A.1: MAX_DROPOUT).
const MAX_DROPOUT: u64 = 3_000;

/// What a person reads first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Loss below 2 %, round trip below 200 ms (the thresholds that Teams shows its users), R of 80 or more
    /// ("satisfied" in G.107 Annex B).
    Good,
    /// Between.
    Fair,
    /// R below 60 ("nearly all users dissatisfied"), loss of 10 % or more, or a round trip of 500 ms or more.
    Poor,
}

impl Verdict {
    fn of(rating: Rating, loss_percent: f64, round_trip: Option<Duration>) -> Verdict {
        let round_trip = round_trip.unwrap_or_default();
        if rating.r < 60.0 || loss_percent >= 10.0 || round_trip >= Duration::from_millis(500) {
            Verdict::Poor
        } else if rating.r >= 80.0 && loss_percent < 2.0 && round_trip < Duration::from_millis(200) {
            Verdict::Good
        } else {
            Verdict::Fair
        }
    }

    pub fn word(self) -> &'static str {
        match self {
            Verdict::Good => "good",
            Verdict::Fair => "fair",
            Verdict::Poor => "poor",
        }
    }
}

/// One interval of one leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    pub codec: Codec,
    /// Since the leg began.
    pub packets_received: u64,
    pub packets_lost: u64,
    /// In this interval, percent of what was sent to us: lost on the way, or too late to be played.
    pub loss_percent: f64,
    /// Interarrival jitter (RFC 3550 A.8).
    pub jitter: Duration,
    /// From RTCP (RFC 3550 §6.4.1); `None` as long as the far end has not reported.
    pub round_trip: Option<Duration>,
    /// Loss that the far end last reported of what we sent, percent.
    pub remote_loss_percent: Option<f64>,
    /// One-way delay that the rating assumes: half the round trip, the jitter buffer, a frame, the codec's look-ahead.
    pub delay: Duration,
    pub rating: Rating,
    pub verdict: Verdict,
}

/// Counts one leg's packets.
pub struct LegStats {
    codec: Codec,
    origin: Instant,
    next_report: Instant,
    source: Option<Source>,
    /// Of sources that are gone.
    before: Totals,
    /// At the last report of ours, and at the last RTCP block.
    at_report: Totals,
    at_block: Totals,
    /// Too late to be played, in all and at the last report.
    discarded: u64,
    discarded_at_report: u64,
    buffer_depth: Option<Duration>,
    sent: SenderInfo,
    round_trip: Option<Duration>,
    remote_loss_percent: Option<f64>,
    /// The far end's last SR: whose, its stamp's middle bits, when it came.
    last_sr: Option<(u32, u32, NtpTime)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Totals {
    expected: u64,
    received: u64,
}

/// One SSRC being received.
struct Source {
    ssrc: u32,
    sequences: SequenceExtender,
    first: u64,
    received: u64,
    /// Transit time of the last packet, timestamp units, and its timestamp.
    transit: i64,
    timestamp: u32,
    /// Sixteen times the jitter in timestamp units, as in A.8.
    jitter_16: u64,
}

impl LegStats {
    pub fn new(now: Instant, codec: Codec) -> Self {
        LegStats {
            codec,
            origin: now,
            next_report: now + INTERVAL,
            source: None,
            before: Totals::default(),
            at_report: Totals::default(),
            at_block: Totals::default(),
            discarded: 0,
            discarded_at_report: 0,
            buffer_depth: None,
            sent: SenderInfo::default(),
            round_trip: None,
            remote_loss_percent: None,
            last_sr: None,
        }
    }

    pub fn codec(&self) -> Codec {
        self.codec
    }

    pub fn set_codec(&mut self, codec: Codec) {
        self.codec = codec;
    }

    /// Every RTP packet of the locked source, telephone events too.
    pub fn received(&mut self, now: Instant, packet: &Packet<'_>) {
        let arrival = self.arrival(now);
        let transit = arrival.wrapping_sub(i64::from(packet.timestamp));
        let continues = self.source.as_ref().is_some_and(|source| source.continues(packet));
        let Some(source) = self.source.as_mut().filter(|_| continues) else {
            self.begin(packet, transit);
            return;
        };
        source.sequences.extend(packet.sequence);
        source.received += 1;
        // All packets of a telephone event bear its start: their times say nothing of the network.
        if packet.timestamp != source.timestamp {
            // A.8, with 32-bit roll-over of the timestamp.
            let difference = (transit.wrapping_sub(source.transit) as i32).unsigned_abs();
            // A step of seconds is a sender's clock set anew, not jitter.
            if difference < self.codec.clock_rate() * 2 {
                source.jitter_16 =
                    source.jitter_16 + u64::from(difference) - ((source.jitter_16 + 8) >> 4).min(source.jitter_16);
            }
            (source.transit, source.timestamp) = (transit, packet.timestamp);
        }
    }

    /// Packets that came too late to be played, since the leg began ([`crate::jitter::JitterStats::late`]).
    pub fn set_discarded(&mut self, packets: u64) {
        self.discarded = packets;
    }

    /// What the jitter buffer aims for, where the leg has one; a buffer of twice the jitter is assumed elsewhere (the
    /// far end's).
    pub fn set_buffer_depth(&mut self, depth: Duration) {
        self.buffer_depth = Some(depth);
    }

    /// Every RTP packet sent.
    pub fn sent(&mut self, timestamp: u32, payload_bytes: usize) {
        self.sent.rtp_timestamp = timestamp;
        self.sent.packets = self.sent.packets.wrapping_add(1);
        self.sent.octets = self.sent.octets.wrapping_add(payload_bytes as u32);
    }

    /// An SR of the far end, at `arrival`.
    pub fn sender_report(&mut self, arrival: NtpTime, ssrc: u32, info: &SenderInfo) {
        self.last_sr = Some((ssrc, info.ntp.middle(), arrival));
    }

    /// A report block of the far end about our SSRC, from an SR or an RR.
    pub fn report_block(&mut self, arrival: NtpTime, block: &ReportBlock) {
        self.remote_loss_percent = Some(f64::from(block.fraction_lost) * 100.0 / 256.0);
        self.round_trip = round_trip(arrival, block).or(self.round_trip);
    }

    /// Last known round trip.
    pub fn round_trip(&self) -> Option<Duration> {
        self.round_trip
    }

    /// Loss that the far end last reported, percent.
    pub fn remote_loss_percent(&self) -> Option<f64> {
        self.remote_loss_percent
    }

    /// The block for our own next SR or RR; begins a new RTCP interval. `None` before the first packet.
    pub fn make_block(&mut self, now: NtpTime) -> Option<ReportBlock> {
        let totals = self.totals();
        let source = self.source.as_ref()?;
        let (expected, received) = (source.expected(), source.received);
        let fraction = lost_share(self.at_block, totals);
        self.at_block = totals;
        let (last_sr, delay_since_last_sr) = match self.last_sr {
            Some((ssrc, middle, at)) if ssrc == source.ssrc => (middle, (now.0.saturating_sub(at.0) >> 16) as u32),
            _ => (0, 0),
        };
        Some(ReportBlock {
            ssrc: source.ssrc,
            fraction_lost: (fraction * 256.0).min(255.0) as u8,
            cumulative_lost: (expected as i64 - received as i64).clamp(-0x80_0000, 0x7f_ffff) as i32,
            // The extended number on the wire counts cycles from zero; ours from one.
            highest_sequence: (source.highest() - 0x1_0000) as u32,
            jitter: (source.jitter_16 >> 4) as u32,
            last_sr,
            delay_since_last_sr,
        })
    }

    /// What our SR says of what we sent; `None` before the first packet. The RTP timestamp is that of the last packet
    /// sent, at most a frame old.
    pub fn sender_info(&self, now: NtpTime) -> Option<SenderInfo> {
        (self.sent.packets > 0).then_some(SenderInfo { ntp: now, ..self.sent })
    }

    /// When [`LegStats::poll_report`] will say something.
    pub fn poll_timeout(&self) -> Instant {
        self.next_report
    }

    /// Each 5 s one report; `None` between, and for an interval in which nothing came (hold, or a lost far end).
    pub fn poll_report(&mut self, now: Instant) -> Option<Report> {
        if now < self.next_report {
            return None;
        }
        // A driver that comes late does not get the missed ones all at once.
        let behind = now.saturating_duration_since(self.next_report).as_nanos() / INTERVAL.as_nanos();
        self.next_report += INTERVAL * (u32::try_from(behind).unwrap_or(0) + 1);
        let totals = self.totals();
        let before = std::mem::replace(&mut self.at_report, totals);
        let late = self.discarded - self.discarded_at_report.min(self.discarded);
        self.discarded_at_report = self.discarded;
        if totals.received == before.received {
            return None;
        }
        let expected = totals.expected.saturating_sub(before.expected).max(1);
        let loss = lost_share(before, totals) + late as f64 / expected as f64;
        let loss_percent = (loss * 100.0).min(100.0);
        let jitter = self.jitter();
        let delay = self.delay(jitter);
        let rating = e_model(self.codec, loss_percent, delay);
        Some(Report {
            codec: self.codec,
            packets_received: totals.received,
            packets_lost: totals.expected.saturating_sub(totals.received),
            loss_percent,
            jitter,
            round_trip: self.round_trip,
            remote_loss_percent: self.remote_loss_percent,
            delay,
            rating,
            verdict: Verdict::of(rating, loss_percent, self.round_trip),
        })
    }

    fn jitter(&self) -> Duration {
        let units = self.source.as_ref().map_or(0, |source| source.jitter_16 >> 4);
        Duration::from_nanos(units * 1_000_000_000 / u64::from(self.codec.clock_rate()))
    }

    fn delay(&self, jitter: Duration) -> Duration {
        let look_ahead = if self.codec == Codec::Opus { Duration::from_micros(6_500) } else { Duration::ZERO };
        let buffer = self.buffer_depth.unwrap_or(jitter * 2);
        self.round_trip.unwrap_or_default() / 2 + buffer + Duration::from_millis(20) + look_ahead
    }

    fn arrival(&self, now: Instant) -> i64 {
        let elapsed = now.saturating_duration_since(self.origin).as_nanos();
        (elapsed * u128::from(self.codec.clock_rate()) / 1_000_000_000) as i64
    }

    /// A new source, or the old one anew (A.1): what was counted is kept, counting starts again.
    fn begin(&mut self, packet: &Packet<'_>, transit: i64) {
        self.before = self.totals();
        let mut sequences = SequenceExtender::new();
        let first = sequences.extend(packet.sequence);
        let jitter_16 = self.source.as_ref().filter(|s| s.ssrc == packet.ssrc).map_or(0, |s| s.jitter_16);
        self.source = Some(Source {
            ssrc: packet.ssrc,
            sequences,
            first,
            received: 1,
            transit,
            timestamp: packet.timestamp,
            jitter_16,
        });
    }

    fn totals(&self) -> Totals {
        let now = self.source.as_ref().map(|s| (s.expected(), s.received)).unwrap_or_default();
        Totals { expected: self.before.expected + now.0, received: self.before.received + now.1 }
    }
}

impl Source {
    fn continues(&self, packet: &Packet<'_>) -> bool {
        let mut sequences = self.sequences;
        let sequence = sequences.extend(packet.sequence);
        self.ssrc == packet.ssrc && self.highest().abs_diff(sequence) < MAX_DROPOUT
    }

    fn highest(&self) -> u64 {
        self.sequences.highest().unwrap_or(self.first)
    }

    /// A.3: extended highest − first + 1.
    fn expected(&self) -> u64 {
        self.highest() - self.first + 1
    }
}

/// Share of packets lost between two counts, 0–1; duplicates make it zero, not negative (A.3).
fn lost_share(before: Totals, after: Totals) -> f64 {
    let expected = after.expected.saturating_sub(before.expected);
    let received = after.received.saturating_sub(before.received);
    if expected == 0 { 0.0 } else { expected.saturating_sub(received) as f64 / expected as f64 }
}
