//! Legs that hear each other, and how: passed on untouched where two speak the same codec, decoded and mixed otherwise.

use crate::codec::Codec;
use crate::leg::LegIndex;

/// Legs in one room at most.
pub(crate) const MAX_MEMBERS: usize = 64;

/// What decides how a member can be served.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Member {
    pub leg: LegIndex,
    /// What it sends and what it wants.
    pub heard: Codec,
    pub said: Codec,
}

/// How the members of a room hear each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Fewer than two can talk.
    Quiet,
    /// These two get each other's packets with a new header.
    Relay(LegIndex, LegIndex),
    /// All are decoded to `rate` Hz, summed and encoded, each 20 ms.
    Mix { rate: u32 },
}

impl Mode {
    /// Two legs with the same codec each way are relayed. A mix runs at 8 kHz as long as fewer than two of its legs can
    /// carry more: the narrow ones would not hear the difference and all would pay for it.
    pub(crate) fn of(members: &[Member]) -> Self {
        match members {
            [] | [_] => Self::Quiet,
            [a, b] if a.heard == b.said && b.heard == a.said => Self::Relay(a.leg, b.leg),
            members => {
                let wide = members.iter().filter(|member| matches!(member.said, Codec::G722 | Codec::Opus)).count();
                Self::Mix { rate: if wide >= 2 { 16_000 } else { 8_000 } }
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Room {
    pub members: Vec<LegIndex>,
    pub mode: Mode,
    /// On the pacing wheel.
    pub paced: bool,
}

impl Default for Room {
    fn default() -> Self {
        Self { members: Vec::with_capacity(2), mode: Mode::Quiet, paced: false }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(slot: u32, heard: Codec, said: Codec) -> Member {
        Member { leg: LegIndex { slot, generation: 0 }, heard, said }
    }

    #[test]
    fn only_two_of_one_codec_are_relayed() {
        let (ulaw, alaw, opus) = (Codec::Pcmu, Codec::Pcma, Codec::Opus);
        let two = |a, b| Mode::of(&[member(0, a, a), member(1, b, b)]);
        assert!(matches!(two(ulaw, ulaw), Mode::Relay(..)));
        assert!(matches!(two(opus, opus), Mode::Relay(..)));
        assert_eq!(two(ulaw, alaw), Mode::Mix { rate: 8_000 });
        assert_eq!(two(ulaw, opus), Mode::Mix { rate: 8_000 });
        assert_eq!(two(Codec::G722, opus), Mode::Mix { rate: 16_000 });
        assert_eq!(Mode::of(&[member(0, ulaw, alaw), member(1, ulaw, ulaw)]), Mode::Mix { rate: 8_000 });
        assert_eq!(Mode::of(&[member(0, ulaw, ulaw); 3]), Mode::Mix { rate: 8_000 });
        assert_eq!(Mode::of(&[member(0, ulaw, ulaw)]), Mode::Quiet);
    }
}
