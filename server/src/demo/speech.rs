//! Real recorded human speech for both sides of the demo call: the channel announcements that Debian's alsa-utils
//! ships, put in a row.

use anyhow::{Context, Result, ensure};
use std::path::Path;
use twinline_media::wave;

const FOLDER: &str = "/usr/share/sounds/alsa";
/// Between two announcements, samples at 8 kHz.
const PAUSE: usize = 2_400;

/// What one side says, 8 kHz mono.
pub fn spoken(files: &[&str]) -> Result<Vec<i16>> {
    let mut all = Vec::new();
    for file in files {
        let path = Path::new(FOLDER).join(file);
        let bytes = std::fs::read(&path)
            .with_context(|| format!("{} is missing: install Debian's package alsa-utils", path.display()))?;
        let sound = wave::decode(&bytes, 8_000).with_context(|| path.display().to_string())?;
        all.extend_from_slice(&sound);
        all.extend(std::iter::repeat_n(0, PAUSE));
    }
    ensure!(!all.is_empty(), "no speech was found in {FOLDER}");
    Ok(all)
}

/// The customer's side, about eight seconds.
pub const CUSTOMER: [&str; 4] = ["Front_Center.wav", "Rear_Left.wav", "Side_Right.wav", "Front_Right.wav"];
/// The agent's side.
pub const AGENT: [&str; 4] = ["Side_Left.wav", "Front_Left.wav", "Rear_Right.wav", "Rear_Center.wav"];
