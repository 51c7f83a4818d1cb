//! The header of a token (RFC 7515): checks that all its members are supported, before a key is selected.
//!
//! Keys and certificates in the header (`jwk`, `jku`, `x5c`, `x5u`) are ignored and never followed.

use jsonwebtoken::{Algorithm, Header};

use super::VerificationKey;

/// The accepted types of tokens: RFC 7519, section 5.1, and RFC 9068, section 2.1.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Whether the token is a signed access token. Other tokens that the issuer may sign with the same key (logout
/// tokens, security events, proofs of possession, …) have another `typ`.
pub(super) fn is_understood(header: &Header) -> bool {
    // No critical extension (RFC 7515, section 4.1.11) is supported.
    let is_plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    let is_nested = header
        .cty
        .as_deref()
        .is_some_and(|cty| is_one_of(&["jwt"], cty));
    let is_access_token = header
        .typ
        .as_deref()
        .is_none_or(|typ| is_one_of(&TYPES, typ));
    is_plain && !is_nested && is_access_token
}

/// Whether the token names a key that is not among these, but may be in a newer set.
pub(super) fn unknown_key(header: &Header, keys: &[VerificationKey]) -> bool {
    let is_public = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].contains(&header.alg);
    let is_unknown = |id: &String| !keys.iter().any(|key| key.id() == Some(id));
    is_public && header.kid.as_ref().is_some_and(is_unknown)
}

/// Media types are compared without case, and without the optional `application/` (RFC 7515, section 4.1.9).
fn is_one_of(types: &[&str], given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    let name = given.strip_prefix("application/").unwrap_or(&given);
    types.contains(&name)
}
