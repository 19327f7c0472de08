//! RTCP that comes in is shown to our statistics: the engine itself reads report blocks from RR only and reports no
//! round-trip time, so both are computed from the raw reports here.

use crate::clock;
use rtc::{
    interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket},
    rtcp::{receiver_report::ReceiverReport, reception_report::ReceptionReport, sender_report::SenderReport},
    sansio::Protocol,
    shared::error::Error,
};
use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use twinline_media::{
    quality::LegStats,
    rtcp::{NtpTime, ReportBlock, SenderInfo},
};

/// Statistics of the leg; `None` before the codec is known.
pub type SharedStats = Arc<Mutex<Option<LegStats>>>;

/// Stands in the engine's chain and changes nothing.
pub struct ReportTap {
    stats: SharedStats,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl ReportTap {
    pub fn new(stats: SharedStats) -> Self {
        Self { stats, reads: VecDeque::new(), writes: VecDeque::new() }
    }

    fn note(&self, report: &dyn std::any::Any) {
        let mut locked = self.stats.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(stats) = locked.as_mut() else { return };
        let arrival = ntp_now();
        if let Some(report) = report.downcast_ref::<SenderReport>() {
            let info = SenderInfo {
                ntp: NtpTime(report.ntp_time),
                rtp_timestamp: report.rtp_time,
                packets: report.packet_count,
                octets: report.octet_count,
            };
            stats.sender_report(arrival, report.ssrc, &info);
            report.reports.iter().for_each(|block| stats.report_block(arrival, &ours(block)));
        } else if let Some(report) = report.downcast_ref::<ReceiverReport>() {
            report.reports.iter().for_each(|block| stats.report_block(arrival, &ours(block)));
        }
    }
}

/// Wall time: the clock that the engine's own sender reports are stamped with.
pub fn ntp_now() -> NtpTime {
    NtpTime::from_unix(Duration::from_millis(u64::try_from(clock::wall_ms()).unwrap_or(0)))
}

fn ours(block: &ReceptionReport) -> ReportBlock {
    ReportBlock {
        ssrc: block.ssrc,
        fraction_lost: block.fraction_lost,
        // 24 bits, signed (RFC 3550 §6.4.1).
        cumulative_lost: (block.total_lost << 8) as i32 >> 8,
        highest_sequence: block.last_sequence_number,
        jitter: block.jitter,
        last_sr: block.last_sender_report,
        delay_since_last_sr: block.delay,
    }
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for ReportTap {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            packets.iter().for_each(|packet| self.note(packet.as_any()));
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Error> {
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for ReportTap {
    fn bind_local_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _info: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _info: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _info: &StreamInfo) {}
}
