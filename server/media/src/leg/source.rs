//! Whom a plain RTP leg listens to: learnt once, then locked.
//!
//! On the shared port only the address announced in the SDP is listened to at all. A socket of its own belongs to one leg, so there
//! the first source is learnt that shows [`PROBATION`] packets in sequence with an agreed payload type (RFC 3550
//! appendix A.1 asks the same before it believes in a source); the announced address is believed at once. Afterwards
//! the address is locked: it may change its SSRC, another address may not take its place. Media is sent to the locked
//! address (symmetric RTP), never to an address that only an SDP claims while the lock says otherwise.
//!
//! ```text
//!             announced address               3 in sequence
//!  Waiting ───────────────────────► Locked ◄──────────────── Probing
//!     └──── any other, own socket ─────────────────────────────▲
//! ```

use std::net::SocketAddr;

/// Packets in sequence that a source must show before it is believed.
pub const PROBATION: u8 = 3;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nothing has come yet.
    Waiting,
    /// An address other than the announced one is showing itself.
    Probing { from: SocketAddr, ssrc: u32, next_seq: u16, seen: u8 },
    /// Only this address is heard.
    Locked(SocketAddr),
}

/// What to do with a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Accept,
    /// Accept, and send there from now on: the address has just been learnt.
    Learnt,
    Drop,
}

/// What of an RTP packet matters here.
#[derive(Debug, Clone, Copy)]
pub struct Sighting {
    pub from: SocketAddr,
    pub ssrc: u32,
    pub seq: u16,
    /// Its payload type is one of those agreed on.
    pub known_payload: bool,
}

impl Source {
    /// Judges one RTP packet. `announced` is the address from their SDP, `may_learn` says that the leg owns its socket.
    pub fn judge(&mut self, packet: Sighting, announced: SocketAddr, may_learn: bool) -> Verdict {
        match *self {
            Self::Locked(from) if from == packet.from => Verdict::Accept,
            Self::Locked(_) => Verdict::Drop,
            _ if !packet.known_payload => Verdict::Drop,
            _ if packet.from == announced => {
                *self = Self::Locked(packet.from);
                Verdict::Learnt
            }
            _ if !may_learn => Verdict::Drop,
            Self::Probing { from, ssrc, next_seq, seen }
                if (from, ssrc, next_seq) == (packet.from, packet.ssrc, packet.seq) =>
            {
                if seen + 1 >= PROBATION {
                    *self = Self::Locked(from);
                    return Verdict::Learnt;
                }
                *self = Self::Probing { from, ssrc, next_seq: packet.seq.wrapping_add(1), seen: seen + 1 };
                Verdict::Drop
            }
            // Whoever breaks the sequence starts again, so a spray of mixed sources never gets through.
            Self::Waiting | Self::Probing { .. } => {
                let next_seq = packet.seq.wrapping_add(1);
                *self = Self::Probing { from: packet.from, ssrc: packet.ssrc, next_seq, seen: 1 };
                Verdict::Drop
            }
        }
    }

    /// The locked address.
    pub fn locked(&self) -> Option<SocketAddr> {
        match self {
            Self::Locked(from) => Some(*from),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packet(port: u16, ssrc: u32, seq: u16) -> Sighting {
        Sighting { from: SocketAddr::from(([192, 0, 2, 1], port)), ssrc, seq, known_payload: true }
    }

    fn announced() -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], 4000))
    }

    #[test]
    fn the_announced_address_is_believed_at_once_and_others_never_after() {
        let mut source = Source::Waiting;
        assert_eq!(source.judge(packet(4000, 1, 7), announced(), true), Verdict::Learnt);
        for seq in 0..10 {
            assert_eq!(source.judge(packet(5000, 1, seq), announced(), true), Verdict::Drop);
        }
        assert_eq!(source.judge(packet(4000, 99, 1000), announced(), true), Verdict::Accept);
    }

    #[test]
    fn a_stranger_is_believed_after_three_packets_in_sequence() {
        let mut source = Source::Waiting;
        assert_eq!(source.judge(packet(5000, 1, u16::MAX), announced(), true), Verdict::Drop);
        assert_eq!(source.judge(packet(5000, 1, 0), announced(), true), Verdict::Drop);
        assert_eq!(source.judge(packet(5000, 1, 1), announced(), true), Verdict::Learnt);
        assert_eq!(source.judge(packet(4000, 1, 2), announced(), true), Verdict::Drop);
    }

    #[test]
    fn a_stranger_is_never_believed_on_the_shared_port() {
        let mut source = Source::Waiting;
        for seq in 0..10 {
            assert_eq!(source.judge(packet(5000, 1, seq), announced(), false), Verdict::Drop);
        }
        assert_eq!(source.locked(), None);
    }

    #[test]
    fn interop_27_a_spray_of_mixed_sources_never_passes_probation() {
        let mut source = Source::Waiting;
        for round in 0..200u16 {
            let port = 5000 + round % 2;
            assert_eq!(source.judge(packet(port, u32::from(round), round), announced(), true), Verdict::Drop);
        }
        let unknown = Sighting { known_payload: false, ..packet(4000, 1, 1) };
        assert_eq!(source.judge(unknown, announced(), true), Verdict::Drop);
        assert_eq!(source.judge(packet(4000, 1, 1), announced(), true), Verdict::Learnt);
    }

    #[test]
    fn every_state_meets_every_packet() {
        let stranger = |seq| packet(5000, 1, seq);
        let probing = |seen| Source::Probing { from: stranger(0).from, ssrc: 1, next_seq: 8, seen };
        let states = [
            ("waiting", Source::Waiting),
            ("probing 1", probing(1)),
            ("probing 2", probing(2)),
            ("locked", Source::Locked(announced())),
        ];
        let packets = [
            ("announced", packet(4000, 9, 100)),
            ("stranger, next", stranger(8)),
            ("stranger, gap", stranger(50)),
            ("other stranger", packet(6000, 2, 8)),
            ("unknown payload", Sighting { known_payload: false, ..packet(4000, 9, 100) }),
        ];
        let mut table = String::new();
        for may_learn in [true, false] {
            table += if may_learn { "own socket\n" } else { "shared port\n" };
            for (name, state) in states {
                for (event, packet) in packets {
                    let mut after = state;
                    let verdict = after.judge(packet, announced(), may_learn);
                    let after = match after {
                        Source::Waiting => "waiting".to_owned(),
                        Source::Probing { from, seen, .. } => format!("probing {seen} of :{}", from.port()),
                        Source::Locked(from) => format!("locked to :{}", from.port()),
                    };
                    table +=
                        &format!("{name:<10} {event:<16} {verdict:<7} {after}\n", verdict = format!("{verdict:?}"));
                }
            }
        }
        insta::assert_snapshot!(table);
    }
}
