//! SRTP for plain legs with keys from SDP (SDES, RFC 4568): one crypto suite, AES_CM_128_HMAC_SHA1_80, which every peer has.
//!
//! A re-offer with the same key goes on with the roll-over counter (RFC 3711 §3.3.1); some peers begin it anew instead
//! (RFC 4568 §6.4 lets them). Both are understood: after a re-offer a packet that the old state cannot open may open a
//! new one. Nothing that fails authentication is ever played.

use bytes::BytesMut;
use rtc::crypto::default_provider;
use rtc::srtp::context::Context;
use rtc::srtp::option::{srtcp_replay_protection, srtp_replay_protection};
use rtc::srtp::protection_profile::ProtectionProfile;

use super::{Gate, RtcFault};
use crate::rtp::{Kind, classify};
use crate::sdp::SrtpKey;

/// Packets that may come out of order and still be told from replays.
const REPLAY_WINDOW: usize = 64;

pub(crate) struct Srtp {
    inbound: Context,
    /// A fresh state for the same key, after a re-offer.
    restarted: Option<Context>,
    theirs: SrtpKey,
    outbound: Context,
    gate: Gate,
}

impl Srtp {
    pub(crate) fn new(ours: &SrtpKey, theirs: &SrtpKey) -> Result<Self, RtcFault> {
        let (inbound, outbound) = (context(theirs)?, context(ours)?);
        Ok(Self { inbound, restarted: None, theirs: theirs.clone(), outbound, gate: Gate { ssrcs: Vec::new() } })
    }

    /// Their description came anew, with this key.
    pub(crate) fn renew(&mut self, theirs: &SrtpKey) -> Result<(), RtcFault> {
        let fresh = context(theirs)?;
        self.gate = Gate { ssrcs: Vec::new() };
        if self.theirs == *theirs {
            self.restarted = Some(fresh);
        } else {
            self.theirs = theirs.clone();
            self.inbound = fresh;
            self.restarted = None;
        }
        Ok(())
    }

    /// Opens an RTP or RTCP packet; `None` where it is not genuine.
    pub(crate) fn open(&mut self, packet: &[u8]) -> Option<BytesMut> {
        if !self.gate.admits(packet) {
            return None;
        }
        let opened = open_with(&mut self.inbound, packet);
        if opened.is_some() {
            return opened;
        }
        let opened = open_with(self.restarted.as_mut()?, packet)?;
        self.inbound = self.restarted.take()?;
        Some(opened)
    }

    /// Closes a packet for the way.
    pub(crate) fn protect(&mut self, packet: &[u8]) -> Option<BytesMut> {
        match classify(packet) {
            Kind::Rtp => self.outbound.encrypt_rtp(packet).ok(),
            Kind::Rtcp => self.outbound.encrypt_rtcp(packet).ok(),
            _ => None,
        }
    }
}

fn open_with(context: &mut Context, packet: &[u8]) -> Option<BytesMut> {
    match classify(packet) {
        Kind::Rtp => context.decrypt_rtp(packet).ok(),
        Kind::Rtcp => context.decrypt_rtcp(packet).ok(),
        _ => None,
    }
}

fn context(key: &SrtpKey) -> Result<Context, RtcFault> {
    let provider = default_provider().map_err(|error| RtcFault(error.to_string()))?;
    let (master, salt) = key.0.split_at(16);
    let windows = (srtp_replay_protection(REPLAY_WINDOW), srtcp_replay_protection(REPLAY_WINDOW));
    let profile = ProtectionProfile::Aes128CmHmacSha1_80;
    Ok(Context::new(master, salt, profile, Some(windows.0), Some(windows.1), provider.crypto())?)
}
