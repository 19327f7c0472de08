//! The endpoint's own randomness: SHA-256 over seed and counter. Same seed, same run; without it tags, branches and
//! nonces can't be guessed.

use sha2::{Digest, Sha256};

#[derive(Clone)]
pub struct Random {
    seed: [u8; 32],
    counter: u64,
    pool: [u8; 32],
    used: usize,
}

impl Random {
    pub fn new(seed: [u8; 32]) -> Self {
        Self { seed, counter: 0, pool: [0; 32], used: 32 }
    }

    pub fn next(&mut self) -> u64 {
        if self.used == self.pool.len() {
            self.counter += 1;
            let digest = Sha256::new().chain_update(self.seed).chain_update(self.counter.to_be_bytes()).finalize();
            self.pool.copy_from_slice(&digest);
            self.used = 0;
        }
        let mut eight = [0; 8];
        eight.copy_from_slice(&self.pool[self.used..self.used + 8]);
        self.used += 8;
        u64::from_be_bytes(eight)
    }

    /// Below `bound`, which is not zero; the bias of the modulus is far below what timers and counters notice.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    /// A key of its own for another use of the same seed.
    pub fn key(&mut self) -> [u8; 32] {
        let mut key = [0; 32];
        for eight in key.chunks_exact_mut(8) {
            eight.copy_from_slice(&self.next().to_be_bytes());
        }
        key
    }
}
