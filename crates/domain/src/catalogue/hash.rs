//! Hashes that are the same on every replica and in every release, as the standard library's are not.

/// FNV-1a, 64 bits.
pub(super) struct Fnv1a(u64);

impl Default for Fnv1a {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv1a {
    /// Takes some bytes. Where one part ends and the next begins makes a difference: ("ab", "c") is not ("a", "bc").
    pub fn write(&mut self, part: &[u8]) {
        for byte in part.iter().chain(&[0]) {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Takes a hash.
    pub fn write_hash(&mut self, hash: u64) {
        self.0 = (self.0.rotate_left(5) ^ hash).wrapping_mul(0x0100_0000_01b3);
    }

    /// The hash of all that was taken.
    pub const fn finish(&self) -> u64 {
        self.0
    }
}
