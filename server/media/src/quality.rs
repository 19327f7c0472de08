//! Quality of one leg: loss, jitter and delay from RTP and RTCP, rated by the E-model.

use crate::codec::Codec;
use crate::rtcp::{NtpTime, ReportBlock, SenderInfo};
use crate::rtp::Packet;
use std::time::{Duration, Instant};

/// R and MOS-CQE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// 0–100.
    pub r: f64,
    /// 1–4.5.
    pub mos: f64,
}

/// What a person reads first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Good,
    Fair,
    Poor,
}

/// One interval of one leg.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Report {
    pub codec: Codec,
    /// Since the leg began.
    pub packets_received: u64,
    pub packets_lost: u64,
    /// In this interval, percent.
    pub loss_percent: f64,
    pub jitter: Duration,
    pub round_trip: Option<Duration>,
    pub remote_loss_percent: Option<f64>,
    pub rating: Rating,
    pub verdict: Verdict,
}

/// `loss_percent` after the jitter buffer, 0–100; `delay` one-way mouth to ear.
pub fn e_model(_codec: Codec, _loss_percent: f64, _delay: Duration) -> Rating {
    Rating { r: 0.0, mos: 1.0 }
}

/// Counts one leg's packets.
pub struct LegStats {
    codec: Codec,
    next_report: Instant,
}

impl LegStats {
    pub fn new(now: Instant, codec: Codec) -> Self {
        LegStats { codec, next_report: now + Duration::from_secs(5) }
    }
    pub fn codec(&self) -> Codec {
        self.codec
    }
    pub fn set_codec(&mut self, codec: Codec) {
        self.codec = codec;
    }
    /// Every RTP packet of the locked source. False: on probation or out of range, not to be used yet.
    pub fn received(&mut self, _now: Instant, _packet: &Packet<'_>) {}
    /// Every RTP packet sent.
    pub fn sent(&mut self, _timestamp: u32, _payload_bytes: usize) {}
    /// An SR of the far end, at `arrival`.
    pub fn sender_report(&mut self, _arrival: NtpTime, _ssrc: u32, _info: &SenderInfo) {}
    /// A report block of the far end about `our` SSRC.
    pub fn report_block(&mut self, _arrival: NtpTime, _block: &ReportBlock) {}
    /// The block for our own next SR or RR; begins a new RTCP interval. `None` before the first packet.
    pub fn make_block(&mut self, _now: NtpTime) -> Option<ReportBlock> {
        None
    }
    /// What our SR says of what we sent; `None` before the first packet.
    pub fn sender_info(&self, _now: NtpTime) -> Option<SenderInfo> {
        None
    }
    /// Each 5 s one report; `None` between.
    pub fn poll_report(&mut self, _now: Instant) -> Option<Report> {
        None
    }
    pub fn poll_timeout(&self) -> Instant {
        self.next_report
    }
}
