//! Keys that verify tokens. Each is bound to the one algorithm it may be used with.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Header};

/// The algorithm identifiers in a public key's DER (RFC 3279, RFC 5480, RFC 8410).
const RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
const P256: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519: &[u8] = &[0x2b, 0x65, 0x70];
/// The size of an RSA key of 2048 bits in that form, in bytes. RFC 7518 asks for no less.
const SMALLEST_RSA: usize = 290;

/// A key, its algorithm, and its name where it has one.
pub struct VerificationKey {
    algorithm: Algorithm,
    key: DecodingKey,
    id: Option<String>,
}

/// Text that is no key Privet can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// Not one PEM block labelled `PUBLIC KEY`.
    #[error("not a public key in PEM form (-----BEGIN PUBLIC KEY-----)")]
    NotAPublicKey,
    /// A public key of a kind that no supported algorithm uses.
    #[error(
        "not an RSA key of 2048 bits or more, an elliptic-curve key on P-256 or an Ed25519 key"
    )]
    Unsupported,
}

impl VerificationKey {
    /// A shared secret, for HS256.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        Self {
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(secret),
            id: None,
        }
    }

    /// A public key in PEM form: RSA for RS256, P-256 for ES256, Ed25519 for `EdDSA`.
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidKey> {
        let der = public_key_der(pem).ok_or(InvalidKey::NotAPublicKey)?;
        let holds = |identifier: &[u8]| {
            der.windows(identifier.len())
                .take(32)
                .any(|part| part == identifier)
        };
        let (algorithm, key) = if holds(RSA) && der.len() >= SMALLEST_RSA {
            (Algorithm::RS256, DecodingKey::from_rsa_pem(pem))
        } else if holds(P256) {
            (Algorithm::ES256, DecodingKey::from_ec_pem(pem))
        } else if holds(ED25519) {
            (Algorithm::EdDSA, DecodingKey::from_ed_pem(pem))
        } else {
            return Err(InvalidKey::Unsupported);
        };
        let key = key.map_err(|_| InvalidKey::Unsupported)?;
        Ok(Self {
            algorithm,
            key,
            id: None,
        })
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn decoding_key(&self) -> &DecodingKey {
        &self.key
    }

    /// Whether a token with this header can have been meant for this key. A shared secret has no name,
    /// so the header's does not count; a public key that has none signed nothing that names one.
    /// Critical extensions (RFC 7515, 4.1.11) are not understood here, so none is taken.
    pub(super) fn may_have_signed(&self, header: &Header) -> bool {
        let named = header.kid.is_none() || header.kid == self.id;
        let is_ours = self.algorithm == Algorithm::HS256 || named;
        self.algorithm == header.alg && is_ours && header.crit.is_none()
    }
}

fn public_key_der(pem: &[u8]) -> Option<Vec<u8>> {
    let text = std::str::from_utf8(pem).ok()?.trim();
    let inner = text.strip_prefix("-----BEGIN PUBLIC KEY-----")?;
    let inner = inner.strip_suffix("-----END PUBLIC KEY-----")?;
    let base64: String = inner.split_ascii_whitespace().collect();
    STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn the_kind_of_key_decides_the_algorithm() {
        let key = VerificationKey::from_pem(ED25519_PEM.as_bytes()).unwrap();
        assert_eq!(key.algorithm(), Algorithm::EdDSA);
        let header = |kid: Option<&str>| Header {
            kid: kid.map(str::to_owned),
            ..Header::new(Algorithm::EdDSA)
        };
        assert!(key.may_have_signed(&header(None)));
        assert!(!key.may_have_signed(&header(Some("unknown"))));
        assert!(!key.may_have_signed(&Header::new(Algorithm::HS256)));
    }

    #[test]
    fn what_is_no_public_key_is_refused() {
        let private = ED25519_PEM.replace("PUBLIC", "PRIVATE");
        let cut = ED25519_PEM.replace("MCow", "MC!w");
        for text in ["", "secret", &private, &cut] {
            let refused = VerificationKey::from_pem(text.as_bytes()).err();
            assert_eq!(refused, Some(InvalidKey::NotAPublicKey), "{text}");
        }
        let unknown = "-----BEGIN PUBLIC KEY-----\nMAAwAA==\n-----END PUBLIC KEY-----";
        assert_eq!(
            VerificationKey::from_pem(unknown.as_bytes()).err(),
            Some(InvalidKey::Unsupported)
        );
    }
}
