//! Hashes that are the same on every replica and in every release, unlike those of the standard library.

/// FNV-1a, 64 bits.
pub(super) struct Fnv1a(u64);

impl Default for Fnv1a {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv1a {
    /// Adds some bytes. The boundaries of parts matter: ("ab", "c") differs from ("a", "bc").
    pub fn write(&mut self, part: &[u8]) {
        for byte in part.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Adds a hash.
    pub fn write_hash(&mut self, hash: u64) {
        self.0 = (self.0.rotate_left(5) ^ hash).wrapping_mul(0x0100_0000_01b3);
    }

    /// The hash of all added data.
    pub const fn finish(&self) -> u64 {
        self.0
    }
}
