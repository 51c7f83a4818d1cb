//! A token's header (RFC 7515): whether what it says is understood, before any key is looked for.
//!
//! Nothing in it is ever followed: keys and certificates that a token brings along or points to (`jwk`,
//! `jku`, `x5c`, `x5u`) mean nothing here.

use jsonwebtoken::{Algorithm, Header};

use super::VerificationKey;

/// The kinds of tokens that are taken: RFC 7519, section 5.1, and RFC 9068, section 2.1.
const TYPES: [&str; 2] = ["jwt", "at+jwt"];

/// Whether the token is an access token, signed and nothing else. Others that the same issuer may sign
/// with the same key (logout tokens, security events, proofs of possession, …) say so in `typ`.
pub(super) fn is_understood(header: &Header) -> bool {
    // Critical extensions (RFC 7515, section 4.1.11) are not understood here, so none is taken.
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

/// Whether the token names a key that is none of these, and that a set might have by now.
pub(super) fn unknown_key(header: &Header, keys: &[VerificationKey]) -> bool {
    let is_public = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA].contains(&header.alg);
    let is_unknown = |id: &String| !keys.iter().any(|key| key.id() == Some(id));
    is_public && header.kid.as_ref().is_some_and(is_unknown)
}

/// Media types are compared without case, and without the `application/` that may be left out (RFC 7515,
/// section 4.1.9).
fn is_one_of(types: &[&str], given: &str) -> bool {
    let given = given.to_ascii_lowercase();
    let name = given.strip_prefix("application/").unwrap_or(&given);
    types.contains(&name)
}
