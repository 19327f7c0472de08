//! A look at a Vorbis setup header before the decoder sees it (Vorbis I specification §3.2.1 and §4.2.4): a few bytes
//! there can claim tables of terabytes, and the decoder would try to allocate them.

/// Most entries of all codebooks together; real files have some 20,000.
const MAX_ENTRIES: u64 = 1 << 18;
/// Most numbers in all lookup tables together; real files have some 100,000.
const MAX_TABLE: u64 = 1 << 22;

/// Why a setup header is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Magic,
    CutOff,
    Codebook,
    Claims,
}

impl Refusal {
    pub(super) fn reason(self) -> &'static str {
        match self {
            Refusal::Magic => "is no setup header",
            Refusal::CutOff => "is cut off",
            Refusal::Codebook => "has a malformed codebook",
            Refusal::Claims => "claims codebooks larger than any encoder makes",
        }
    }
}

/// Walks over the codebooks and adds up what they claim.
pub(super) fn check(packet: &[u8]) -> Result<(), Refusal> {
    let body = packet.strip_prefix(b"\x05vorbis").ok_or(Refusal::Magic)?;
    let mut bits = Bits { bytes: body, at: 0 };
    let (mut entries_sum, mut table_sum) = (0, 0);
    for _ in 0..=bits.take(8)? {
        if bits.take(24)? != 0x56_4342 {
            return Err(Refusal::Codebook);
        }
        let (dimensions, entries) = (bits.take(16)?, bits.take(24)?);
        entries_sum += entries;
        if entries_sum > MAX_ENTRIES {
            return Err(Refusal::Claims);
        }
        skip_lengths(&mut bits, entries)?;
        let values = match bits.take(4)? {
            0 => continue,
            1 => lookup1_values(entries, dimensions),
            2 => entries * dimensions,
            _ => return Err(Refusal::Codebook),
        };
        table_sum += entries * dimensions;
        if table_sum > MAX_TABLE {
            return Err(Refusal::Claims);
        }
        bits.skip(64)?;
        let width = bits.take(4)? + 1;
        bits.skip(1 + width * values)?;
    }
    Ok(())
}

/// Codeword lengths: ordered, sparse or plain.
fn skip_lengths(bits: &mut Bits<'_>, entries: u64) -> Result<(), Refusal> {
    if bits.take(1)? == 1 {
        bits.skip(5)?;
        let mut seen = 0;
        while seen < entries {
            let width = u64::from(u64::BITS - (entries - seen).leading_zeros());
            seen += bits.take(width)?;
            if seen > entries {
                return Err(Refusal::Codebook);
            }
        }
        return Ok(());
    }
    let sparse = bits.take(1)? == 1;
    for _ in 0..entries {
        if !sparse || bits.take(1)? == 1 {
            bits.skip(5)?;
        }
    }
    Ok(())
}

/// The largest number whose power of `dimensions` does not exceed `entries` (§9.2.3).
fn lookup1_values(entries: u64, dimensions: u64) -> u64 {
    if dimensions == 0 {
        return 0;
    }
    let fits = |base: u64| {
        let mut product = 1u64;
        for _ in 0..dimensions {
            product = product.saturating_mul(base);
            if product > entries {
                return false;
            }
            if base <= 1 {
                break;
            }
        }
        true
    };
    (0..=entries).take_while(|&base| fits(base)).last().unwrap_or(0)
}

/// Bits from the lowest of each byte upwards.
struct Bits<'a> {
    bytes: &'a [u8],
    at: u64,
}

impl Bits<'_> {
    fn take(&mut self, count: u64) -> Result<u64, Refusal> {
        let mut value = 0;
        for i in 0..count {
            let byte = self.bytes.get((self.at / 8) as usize).ok_or(Refusal::CutOff)?;
            value |= u64::from(byte >> (self.at % 8) & 1) << i;
            self.at += 1;
        }
        Ok(value)
    }

    fn skip(&mut self, count: u64) -> Result<(), Refusal> {
        self.at = self.at.saturating_add(count);
        if self.at > self.bytes.len() as u64 * 8 { Err(Refusal::CutOff) } else { Ok(()) }
    }
}
