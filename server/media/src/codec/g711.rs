//! G.711 (11/1988) µ-law and A-law: tables made at compile time from the segment rules of the Recommendation's tables
//! 1a to 2b, so that a sample costs one load. Rounding of negative values as in ITU-T G.191's `g711.c`.

/// µ-law silence.
pub const ULAW_SILENCE: u8 = 0xff;
/// A-law silence (the smallest positive value; A-law has no zero).
pub const ALAW_SILENCE: u8 = 0xd5;

static ULAW_EXPAND: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        // Table 2a: all bits inverted; eight segments, steps doubling, 33 units of bias in 14 bits = 132 in 16.
        let code = !(byte as u8);
        let magnitude = (((((code & 0x0f) as i32) << 3) + 132) << ((code >> 4) & 7)) - 132;
        table[byte] = if code & 0x80 != 0 { -magnitude as i16 } else { magnitude as i16 };
        byte += 1;
    }
    table
};

static ALAW_EXPAND: [i16; 256] = {
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        // Table 1a: even bits inverted, sign bit set for positive; the first two segments share one step.
        let code = byte as u8 ^ 0x55;
        let segment = (code >> 4) & 7;
        let step = ((code & 0x0f) as i32) << 4;
        let magnitude = if segment == 0 { step + 8 } else { (step + 0x108) << (segment - 1) };
        table[byte] = if code & 0x80 != 0 { magnitude as i16 } else { -magnitude as i16 };
        byte += 1;
    }
    table
};

/// By the upper 14 bits of a sample, as an unsigned number.
static ULAW_COMPRESS: [u8; 16_384] = {
    let mut table = [0; 16_384];
    let mut index = 0;
    while index < 16_384 {
        let sample = (index as u16) << 2;
        table[index] = compress_ulaw(sample as i16);
        index += 1;
    }
    table
};

/// By the upper 12 bits of a sample, as an unsigned number.
static ALAW_COMPRESS: [u8; 4_096] = {
    let mut table = [0; 4_096];
    let mut index = 0;
    while index < 4_096 {
        let sample = (index as u16) << 4;
        table[index] = compress_alaw(sample as i16);
        index += 1;
    }
    table
};

const fn compress_ulaw(sample: i16) -> u8 {
    // One's complement magnitude, as G.191 does: −1 is a zero with a sign.
    let magnitude = (if sample < 0 { !sample } else { sample }) as i32 >> 2;
    let biased = if magnitude + 33 > 0x1fff { 0x1fff } else { magnitude + 33 };
    // The segment is where the highest bit stands: bit 5 is the first segment.
    let segment = 26 - (biased as u32).leading_zeros();
    let step = (biased >> (segment + 1)) & 0x0f;
    let code = ((segment as u8) << 4) | step as u8;
    !(if sample < 0 { code | 0x80 } else { code })
}

const fn compress_alaw(sample: i16) -> u8 {
    let magnitude = (if sample < 0 { !sample } else { sample }) as i32 >> 4;
    let code = if magnitude < 32 {
        magnitude as u8
    } else {
        let segment = 28 - (magnitude as u32).leading_zeros();
        ((segment as u8) << 4) | ((magnitude >> (segment - 1)) & 0x0f) as u8
    };
    (if sample < 0 { code } else { code | 0x80 }) ^ 0x55
}

#[inline]
pub fn decode_ulaw(byte: u8) -> i16 {
    ULAW_EXPAND[usize::from(byte)]
}

#[inline]
pub fn decode_alaw(byte: u8) -> i16 {
    ALAW_EXPAND[usize::from(byte)]
}

#[inline]
pub fn encode_ulaw(sample: i16) -> u8 {
    ULAW_COMPRESS[usize::from(sample as u16 >> 2)]
}

#[inline]
pub fn encode_alaw(sample: i16) -> u8 {
    ALAW_COMPRESS[usize::from(sample as u16 >> 4)]
}
