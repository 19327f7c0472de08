//! The E-model, ITU-T G.107 (06/2015), with its default parameters: what loss, delay and codec leave of a conversation.
//! Narrow-band scale for all codecs: a wide-band leg is rated as if it were narrow-band, never better.

use crate::codec::Codec;
use std::time::Duration;

/// R and MOS-CQE.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Rating {
    /// Transmission rating factor, 0–100; 93.2 is the best that a narrow-band call reaches.
    pub r: f64,
    /// Mean opinion score of conversational quality, estimated (MOS-CQE, P.800.1): 1–4.5.
    pub mos: f64,
}

/// Basic signal-to-noise ratio Ro and simultaneous impairment Is of G.107 Table 2's defaults.
const RO: f64 = 94.768_8;
const IS: f64 = 1.413_6;
/// Talker echo loudness rating and weighted echo path loss, dB (defaults).
const TELR: f64 = 65.0;
const WEPL: f64 = 110.0;

/// Equipment impairment Ie and packet-loss robustness Bpl.
///
/// G.711: G.113 (11/2007) Appendix I, Table I.4, with the concealment of G.711 Appendix I. G.722 and Opus have no values
/// on that scale; ours are assumptions on the safe side: G.722 at 64 kbit/s is no worse than G.711 when nothing is lost
/// and hurt more by loss, as its predictor loses its state; Opus at 20 kbit/s and more is taken for as good as GSM EFR
/// (Ie 5), and its concealment and FEC for a little weaker than G.711's with waveform repetition.
fn equipment(codec: Codec) -> (f64, f64) {
    match codec {
        Codec::Pcmu | Codec::Pcma => (0.0, 25.1),
        Codec::G722 => (0.0, 10.0),
        Codec::Opus => (5.0, 20.0),
    }
}

/// Rates a leg. `loss_percent`: random loss behind the jitter buffer, 0–100. `delay`: one way, mouth to ear.
pub fn e_model(codec: Codec, loss_percent: f64, delay: Duration) -> Rating {
    let loss = if loss_percent.is_finite() { loss_percent.clamp(0.0, 100.0) } else { 100.0 };
    let (ie, bpl) = equipment(codec);
    // Equation 7-29 with BurstR = 1.
    let ie_eff = ie + (95.0 - ie) * loss / (loss + bpl);
    let r = (RO - IS - delay_impairment(delay.as_secs_f64() * 1_000.0) - ie_eff).clamp(0.0, 100.0);
    Rating { r, mos: mos(r) }
}

/// Id: talker echo, listener echo and absolute delay (clause 7.4), for a delay in ms.
fn delay_impairment(ms: f64) -> f64 {
    let terv = TELR - 40.0 * ((1.0 + ms / 10.0) / (1.0 + ms / 150.0)).log10() + 6.0 * (-0.3 * ms * ms).exp();
    let re = 80.0 + 2.5 * (terv - 14.0);
    let half = (RO - re) / 2.0;
    let talker = (half + (half * half + 100.0).sqrt() - 1.0) * (1.0 - (-ms).exp());
    let rle = 10.5 * (WEPL + 7.0) * (2.0 * ms + 1.0).powf(-0.25);
    let half = (RO - rle) / 2.0;
    let listener = half + (half * half + 169.0).sqrt();
    let absolute = if ms <= 100.0 {
        0.0
    } else {
        let x = (ms / 100.0).log2();
        25.0 * ((1.0 + x.powi(6)).powf(1.0 / 6.0) - 3.0 * (1.0 + (x / 3.0).powi(6)).powf(1.0 / 6.0) + 2.0)
    };
    talker.max(0.0) + listener + absolute
}

/// Annex B, equation B-4.
fn mos(r: f64) -> f64 {
    if r <= 0.0 {
        return 1.0;
    }
    // Below R = 6.5 the polynomial dips under 1.
    (1.0 + 0.035 * r + r * (r - 60.0) * (100.0 - r) * 7e-6).clamp(1.0, 4.5)
}
