//! Values that must never be printed.

use std::fmt;

/// The minimum length of an HS256 secret, in bytes: that of the hash (RFC 7518, section 3.2).
pub const SHORTEST_SECRET: usize = 32;

/// A secret. Its `Debug` does not contain it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T>(T);

impl<T> Secret<T> {
    /// Wraps a secret.
    pub const fn new(value: T) -> Self {
        Self(value)
    }

    /// The secret, for the one place that needs it.
    pub const fn reveal(&self) -> &T {
        &self.0
    }
}

impl<T> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_shown() {
        let secret = Secret::new("correct horse battery staple");
        assert_eq!(format!("{secret:?}"), "(secret)");
    }
}
