//! Packets waiting to leave: one arena, no allocation per packet once it is warm.
//!
//! The driver walks the batch in order, points its `sendmmsg` vectors into it and clears it; the memory is kept for the
//! next batch. A relayed packet is thus copied once, from the receive buffer into the arena, with its new header.

use std::net::SocketAddr;
use std::ops::Range;

use super::SocketId;

/// Packets held at most; what comes after is dropped and counted. A driver that drains after each receive batch never gets near.
const MAX_PACKETS: usize = 16 * 1024;
/// Largest arena kept after a clear, in bytes: a burst must not pin its memory for ever.
const KEEP_BYTES: usize = 512 * 1024;

/// One packet to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Transmit<'a> {
    pub socket: SocketId,
    pub to: SocketAddr,
    pub bytes: &'a [u8],
}

#[derive(Debug)]
struct Slot {
    socket: SocketId,
    to: SocketAddr,
    range: Range<u32>,
}

/// Everything that wants to leave, in order.
#[derive(Debug, Default)]
pub struct TransmitBatch {
    arena: Vec<u8>,
    slots: Vec<Slot>,
    dropped: u64,
}

impl TransmitBatch {
    pub fn len(&self) -> usize {
        self.slots.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slots.is_empty()
    }

    /// The packet at `index`, if there is one. Indices stay valid until [`TransmitBatch::clear`].
    pub fn get(&self, index: usize) -> Option<Transmit<'_>> {
        let slot = self.slots.get(index)?;
        let bytes = &self.arena[slot.range.start as usize..slot.range.end as usize];
        Some(Transmit { socket: slot.socket, to: slot.to, bytes })
    }

    pub fn iter(&self) -> impl Iterator<Item = Transmit<'_>> {
        (0..self.len()).filter_map(|index| self.get(index))
    }

    /// Packets dropped because nobody drained.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    pub(crate) fn clear(&mut self) {
        self.slots.clear();
        self.arena.clear();
        self.arena.shrink_to(KEEP_BYTES);
    }

    /// Appends the packet that `write` puts into the arena. `false`: the batch is full, nothing was written.
    pub(crate) fn push(&mut self, socket: SocketId, to: SocketAddr, write: impl FnOnce(&mut Vec<u8>)) -> bool {
        if self.slots.len() >= MAX_PACKETS {
            self.dropped += 1;
            return false;
        }
        let start = self.arena.len() as u32;
        write(&mut self.arena);
        self.slots.push(Slot { socket, to, range: start..self.arena.len() as u32 });
        true
    }
}
