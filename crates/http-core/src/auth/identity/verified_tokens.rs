//! The cache of verified tokens. A client sends the same token with every request, and verifying it takes a fifth
//! of a cached read's time with a shared secret, and several times that with a public key.

use aws_lc_rs::digest::{SHA256, digest};
use quick_cache::sync::{Cache, DefaultLifecycle};
use quick_cache::{DefaultHashBuilder, Weighter};

use super::Identity;

/// The number of tokens without scopes that fit, which is more than the number of cached users; fewer with long
/// scopes.
pub(super) const CAPACITY: usize = 131_072;
/// The size of a token without scopes, in bytes, rounded up.
const WEIGHT: usize = 128;

/// The users of verified tokens, in at most 16 MiB. Entries are valid for the keys, issuer and audience of one
/// verifier, so the cache belongs to that verifier.
///
/// Only valid tokens are added, so invalid ones cannot evict others. `exp` is checked at each use; `nbf` was checked when
/// the token was added.
pub(super) struct VerifiedTokens(Cache<Digest, Identity, Weight>);

/// SHA-256 of the whole token, including the signature. The token itself is a secret that should not be stored,
/// and no one can make another token with the same digest.
type Digest = [u8; 32];

#[derive(Clone)]
struct Weight;

impl Weighter<Digest, Identity> for Weight {
    fn weight(&self, _: &Digest, verified: &Identity) -> u64 {
        (WEIGHT + verified.scopes.as_str().len()) as u64
    }
}

impl VerifiedTokens {
    pub fn new() -> Self {
        let bytes = (CAPACITY * WEIGHT) as u64;
        let hasher = DefaultHashBuilder::default();
        let lifecycle = DefaultLifecycle::default();
        Self(Cache::with(CAPACITY, bytes, Weight, hasher, lifecycle))
    }

    pub fn count(&self) -> usize {
        self.0.len()
    }

    pub fn find(&self, token: &str) -> Option<Identity> {
        self.0.get(&hash(token)?)
    }

    pub fn remember(&self, token: &str, verified: Identity) {
        if let Some(digest) = hash(token) {
            self.0.insert(digest, verified);
        }
    }

    pub fn forget(&self, token: &str) {
        if let Some(digest) = hash(token) {
            self.0.remove(&digest);
        }
    }
}

fn hash(token: &str) -> Option<Digest> {
    digest(&SHA256, token.as_bytes()).as_ref().try_into().ok()
}

#[cfg(test)]
mod tests {
    use privet_application::Scopes;
    use privet_domain::UserId;
    use uuid::Uuid;

    use super::*;

    fn verified(scopes: &str) -> Identity {
        Identity {
            user_id: UserId::from_uuid(Uuid::from_u128(1)),
            scopes: Scopes::parse(scopes),
            expires: 60.0,
        }
    }

    #[test]
    fn a_token_is_found_until_it_is_forgotten() {
        let tokens = VerifiedTokens::new();
        tokens.remember("header.claims.signature", verified(""));
        assert!(tokens.find("header.claims.signature").is_some());
        tokens.forget("header.claims.signature");
        assert!(tokens.find("header.claims.signature").is_none());
    }

    #[test]
    fn a_token_that_differs_in_one_byte_is_not_found() {
        let (tokens, token) = (VerifiedTokens::new(), "header.claims.signature");
        tokens.remember(token, verified(""));
        for position in 0..token.len() {
            let mut other = token.to_owned();
            other.replace_range(position..=position, "~");
            assert!(tokens.find(&other).is_none(), "{other}");
        }
        assert!(tokens.find(&token[1..]).is_none());
        assert!(tokens.find(&format!("{token}=")).is_none());
    }

    #[test]
    fn memory_is_bounded_however_many_tokens_and_however_long_their_scopes() {
        let tokens = VerifiedTokens::new();
        for number in 0..2 * CAPACITY {
            tokens.remember(&number.to_string(), verified(""));
        }
        assert!(tokens.0.len() <= CAPACITY, "{}", tokens.0.len());

        let long = "privacy:decide ".repeat(100);
        for number in 0..2 * CAPACITY {
            tokens.remember(&number.to_string(), verified(&long));
        }
        assert!(tokens.0.weight() <= (CAPACITY * WEIGHT) as u64);
        assert!(tokens.0.len() < CAPACITY / 10, "{}", tokens.0.len());
    }
}
