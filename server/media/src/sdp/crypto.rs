//! Keys in SDP (SDES, RFC 4568): `a=crypto:<tag> AES_CM_128_HMAC_SHA1_80 inline:<key and salt in base64>`.

/// The one suite we speak; RFC 4568 §6.2.1 makes it every peer's.
pub(super) const SUITE: &str = "AES_CM_128_HMAC_SHA1_80";
const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Master key (16 bytes) and master salt (14). Its `Debug` keeps the secret.
#[derive(Clone, PartialEq, Eq)]
pub struct SrtpKey(pub [u8; 30]);

impl std::fmt::Debug for SrtpKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SrtpKey(…)")
    }
}

impl SrtpKey {
    /// Base64, 40 characters.
    pub(super) fn text(&self) -> String {
        let mut text = String::with_capacity(40);
        for three in self.0.chunks_exact(3) {
            let bits = u32::from(three[0]) << 16 | u32::from(three[1]) << 8 | u32::from(three[2]);
            for shift in [18, 12, 6, 0] {
                text.push(char::from(ALPHABET[(bits >> shift & 63) as usize]));
            }
        }
        text
    }

    fn read(text: &str) -> Option<Self> {
        let text = text.as_bytes();
        if text.len() != 40 {
            return None;
        }
        let mut key = [0; 30];
        for (four, three) in text.chunks_exact(4).zip(key.chunks_exact_mut(3)) {
            let mut bits = 0u32;
            for letter in four {
                bits = bits << 6 | ALPHABET.iter().position(|known| known == letter)? as u32;
            }
            three.copy_from_slice(&bits.to_be_bytes()[1..]);
        }
        Some(Self(key))
    }
}

/// Reads the value of an `a=crypto` line. `None` for suites and options we do not speak: the next line may do. A lifetime
/// is allowed (calls are shorter), an MKI is not.
pub(super) fn read(value: &str) -> Option<(u32, SrtpKey)> {
    let mut words = value.split_ascii_whitespace();
    let tag: u32 = words.next()?.parse().ok()?;
    if words.next()? != SUITE {
        return None;
    }
    let mut parts = words.next()?.strip_prefix("inline:")?.split('|');
    let key = SrtpKey::read(parts.next()?)?;
    let plain = parts.all(|part| !part.contains(':')) && words.next().is_none();
    plain.then_some((tag, key))
}
