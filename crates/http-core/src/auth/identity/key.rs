//! Keys that verify tokens. Each key has exactly one algorithm.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rsa::PublicEncryptingKey;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED, ED25519, ParsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::{Algorithm, DecodingKey, Header};
use spki::{ObjectIdentifier, SubjectPublicKeyInfoRef};

/// Object identifiers of public keys and the curve (RFC 3279, RFC 5480, RFC 8410).
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const ED25519_ID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
/// RFC 7518, section 3.3, requires this minimum; above the maximum one signature takes too long to verify.
const RSA_BITS: std::ops::RangeInclusive<usize> = 2_048..=8_192;
const BEGIN: &str = "-----BEGIN PUBLIC KEY-----";
const END: &str = "-----END PUBLIC KEY-----";

/// A key with its algorithm and, if it has one, its name. `Debug` shows nothing else.
#[derive(Clone)]
pub struct VerificationKey {
    algorithm: Algorithm,
    key: DecodingKey,
    id: Option<String>,
    /// SHA-256 of the secret or public key, to compare keys.
    print: [u8; 32],
}

/// A text that is not a usable key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKey {
    /// The text is not a sequence of PEM blocks labelled `PUBLIC KEY`.
    #[error("not a public key in PEM form (-----BEGIN PUBLIC KEY-----)")]
    NotAPublicKey,
    /// A public key of an unsupported type, a weak one, or an invalid one.
    #[error(
        "not an RSA key of 2048 bits or more, an elliptic-curve key on P-256 or an Ed25519 key"
    )]
    Unsupported,
}

impl VerificationKey {
    /// A shared secret, for HS256.
    #[must_use]
    pub fn hs256(secret: &[u8]) -> Self {
        let key = DecodingKey::from_secret(secret);
        Self::new(Algorithm::HS256, key, secret)
    }

    /// The public keys of a PEM file: RSA for RS256, P-256 for ES256, Ed25519 for `EdDSA`. An unusable key, or
    /// anything else in the file, is an error. The `pem` crate (3.0) was tried: it ignores a truncated block, and
    /// text between blocks.
    pub fn from_pem(pem: &[u8]) -> Result<Vec<Self>, InvalidKey> {
        let text = std::str::from_utf8(pem).map_err(|_| InvalidKey::NotAPublicKey)?;
        let mut rest = text.trim();
        let mut keys = Vec::new();
        loop {
            let inner = rest.strip_prefix(BEGIN).ok_or(InvalidKey::NotAPublicKey)?;
            let (inner, after) = inner.split_once(END).ok_or(InvalidKey::NotAPublicKey)?;
            keys.push(Self::from_pem_block(inner)?);
            rest = after.trim_start();
            if rest.is_empty() {
                return Ok(keys);
            }
        }
    }

    fn from_pem_block(inner: &str) -> Result<Self, InvalidKey> {
        let base64: String = inner.split_ascii_whitespace().collect();
        let der = STANDARD.decode(base64);
        let der = der.map_err(|_| InvalidKey::NotAPublicKey)?;
        Self::from_der(&der).ok_or(InvalidKey::Unsupported)
    }

    /// A `SubjectPublicKeyInfo` (RFC 5280, section 4.1).
    fn from_der(der: &[u8]) -> Option<Self> {
        let info = SubjectPublicKeyInfoRef::try_from(der).ok()?;
        let key = info.subject_public_key.as_bytes()?;
        match info.algorithm.oids().ok()? {
            (RSA, _) if is_strong_rsa(der) => {
                let decoding_key = DecodingKey::from_rsa_der(key);
                Some(Self::new(Algorithm::RS256, decoding_key, der))
            }
            (EC, Some(P256)) => Self::from_point(key),
            (ED25519_ID, None) => Self::from_ed25519(key),
            _ => None,
        }
    }

    /// An RSA key for RS256, by modulus and exponent without leading zeros; `None` if it is too weak, too long, or
    /// invalid.
    pub(super) fn from_rsa(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let first = modulus.first()?;
        let bits = modulus.len() * 8 - usize::try_from(first.leading_zeros()).ok()?;
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte & 1 == 1);
        // With the exponent 1 the signature equals the message.
        let has_good_exponent =
            is_odd(exponent) && (1..=4).contains(&exponent.len()) && exponent != [1];
        let is_good = RSA_BITS.contains(&bits) && is_odd(modulus) && has_good_exponent;
        let key = DecodingKey::from_rsa_raw_components(modulus, exponent);
        is_good.then(|| Self::new(Algorithm::RS256, key, &[modulus, exponent].concat()))
    }

    /// A key on P-256 for ES256, by the coordinates of its point; `None` if the point is not on the curve.
    pub(super) fn from_p256(x: &[u8], y: &[u8]) -> Option<Self> {
        // SEC 1, section 2.3.4: an uncompressed point.
        let is_good = x.len() == 32 && y.len() == 32;
        is_good
            .then(|| Self::from_point(&[&[4], x, y].concat()))
            .flatten()
    }

    fn from_point(point: &[u8]) -> Option<Self> {
        let is_good = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point).is_ok();
        let key = DecodingKey::from_ec_der(point);
        is_good.then(|| Self::new(Algorithm::ES256, key, point))
    }

    /// An Ed25519 key for `EdDSA`; `None` if it is invalid or of small order.
    pub(super) fn from_ed25519(x: &[u8]) -> Option<Self> {
        let key = DecodingKey::from_ed_der(x);
        let is_good = is_strong_ed25519(x);
        is_good.then(|| Self::new(Algorithm::EdDSA, key, x))
    }

    fn new(algorithm: Algorithm, key: DecodingKey, material: &[u8]) -> Self {
        let digest = digest(&SHA256, material);
        Self {
            algorithm,
            key,
            id: None,
            print: digest.as_ref().try_into().unwrap_or_default(),
        }
    }

    /// The same key with this name.
    pub(super) fn named(self, id: Option<String>) -> Self {
        Self { id, ..self }
    }

    /// The name of the key.
    pub(super) fn id(&self) -> Option<&String> {
        self.id.as_ref()
    }

    pub(super) fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    pub(super) fn decoding_key(&self) -> &DecodingKey {
        &self.key
    }

    /// Whether this key may verify a token with this header. A shared secret has no name, so the header's `kid` is
    /// ignored; a public key without a name is not used for a token that names one.
    pub(super) fn may_have_signed(&self, header: &Header) -> bool {
        let is_named = header.kid.is_none() || header.kid == self.id;
        self.algorithm == header.alg && (self.algorithm == Algorithm::HS256 || is_named)
    }
}

impl PartialEq for VerificationKey {
    fn eq(&self, other: &Self) -> bool {
        (self.algorithm, self.print, &self.id) == (other.algorithm, other.print, &other.id)
    }
}

impl Eq for VerificationKey {}

impl fmt::Debug for VerificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("VerificationKey");
        shown.field("algorithm", &self.algorithm);
        shown.field("id", &self.id).finish_non_exhaustive()
    }
}

fn is_strong_rsa(der: &[u8]) -> bool {
    PublicEncryptingKey::from_der(der).is_ok_and(|key| RSA_BITS.contains(&key.key_size_bits()))
}

/// Whether the bytes are a safe point. The few points of small order are refused, as RFC 8725, section 3.4,
/// requires.
fn is_strong_ed25519(key: &[u8]) -> bool {
    let Ok(mut point) = <[u8; 32]>::try_from(key) else {
        return false;
    };
    // The highest bit is the sign of the other coordinate.
    point[31] &= 0x7f;
    !SMALL_ORDER.contains(&point) && ParsedPublicKey::new(&ED25519, key).is_ok()
}

/// The points of order 1, 2, 4 and 8 on edwards25519, including the two in non-canonical form.
const SMALL_ORDER: [[u8; 32]; 7] = [
    [0; 32],
    small(1),
    [
        0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98,
        0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53,
        0xfc, 0x05,
    ],
    [
        0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67,
        0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac,
        0x03, 0x7a,
    ],
    near_prime(0xec),
    near_prime(0xed),
    near_prime(0xee),
];

const fn small(number: u8) -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[0] = number;
    bytes
}

/// 2^255 - 19, without its lowest byte, which is 0xed for the prime itself.
const fn near_prime(lowest: u8) -> [u8; 32] {
    let mut bytes = [0xff; 32];
    bytes[0] = lowest;
    bytes[31] = 0x7f;
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    const ED25519_PEM: &str = "-----BEGIN PUBLIC KEY-----\n\
        MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
        -----END PUBLIC KEY-----\n";

    #[test]
    fn the_kind_of_key_decides_the_algorithm() {
        let keys = VerificationKey::from_pem(ED25519_PEM.as_bytes()).unwrap();
        let [key] = &keys[..] else {
            panic!("one key, not {keys:?}")
        };
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

    #[test]
    fn a_file_may_hold_several_keys_and_none_that_cannot_be_used() {
        let several = format!("\n{ED25519_PEM}\n\n{ED25519_PEM}");
        let keys = VerificationKey::from_pem(several.as_bytes()).unwrap();
        assert_eq!(keys.len(), 2);
        let private = ED25519_PEM.replace("PUBLIC", "PRIVATE");
        for beside in [&private, "and a comment", "-----BEGIN PUBLIC KEY-----"] {
            let refused = VerificationKey::from_pem(format!("{ED25519_PEM}{beside}").as_bytes());
            assert_eq!(refused.err(), Some(InvalidKey::NotAPublicKey), "{beside}");
        }
    }

    #[test]
    fn a_point_of_small_order_is_no_key() {
        for point in SMALL_ORDER {
            let mut negative = point;
            negative[31] |= 0x80;
            assert!(VerificationKey::from_ed25519(&point).is_none());
            assert!(VerificationKey::from_ed25519(&negative).is_none());
        }
    }

    #[test]
    fn keys_are_the_same_where_algorithm_name_and_material_are() {
        let key =
            |secret: &[u8], id: &str| VerificationKey::hs256(secret).named(Some(id.to_owned()));
        assert_eq!(key(b"one", "a"), key(b"one", "a"));
        assert_ne!(key(b"one", "a"), key(b"one", "b"));
        assert_ne!(key(b"one", "a"), key(b"another", "a"));
    }

    #[test]
    fn a_key_shows_its_algorithm_and_name_only() {
        let key = VerificationKey::hs256(b"hunter2").named(Some("2026-11".to_owned()));
        assert_eq!(
            format!("{key:?}"),
            r#"VerificationKey { algorithm: HS256, id: Some("2026-11"), .. }"#
        );
    }
}
