//! Tokens whose `alg` is the name of the curve (`Ed25519`, RFC 9864) instead of the family (`EdDSA`, RFC 8037).
//! The signatures are the same.
//!
//! jsonwebtoken 11.1 refuses a header with this `alg`, and checks the claims of a token only together with its header.
//! So its function `verify` checks the signature here, over the token as it came; then the claims are put behind a
//! header that it reads, for its checks of claims.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::{sign, verify};
use jsonwebtoken::errors::{Error, ErrorKind};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, TokenData, Validation};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};

/// What is signed with it leaves this file no more than the signature does.
const WITHIN: &[u8] = b"claims whose signature was verified";
/// `{"alg":"HS256"}`
const READ_HEADER: &str = "eyJhbGciOiJIUzI1NiJ9";

/// RFC 9864, section 2.2.
const ED25519: &str = "Ed25519";

/// The members that are looked at. One that stands twice makes a header invalid.
#[derive(Deserialize)]
struct CurveHeader {
    alg: String,
    typ: Option<String>,
    cty: Option<String>,
    kid: Option<String>,
    crit: Option<IgnoredAny>,
    enc: Option<IgnoredAny>,
    zip: Option<IgnoredAny>,
}

/// The header of a token that says `Ed25519`, as one that says `EdDSA`; `None` where it says something else, or
/// what nobody understands.
pub(super) fn read_header(token: &str) -> Option<Header> {
    let (header, _) = token.split_once('.')?;
    let header = URL_SAFE_NO_PAD.decode(header).ok()?;
    let header: CurveHeader = serde_json::from_slice(&header).ok()?;
    let is_plain = header.crit.is_none() && header.enc.is_none() && header.zip.is_none();
    (header.alg == ED25519 && is_plain).then(|| Header {
        typ: header.typ,
        cty: header.cty,
        kid: header.kid,
        ..Header::new(Algorithm::EdDSA)
    })
}

/// The claims of a token that the key signed, checked against `validation`, which is that of HS256.
pub(super) fn decode<T: DeserializeOwned>(
    token: &str,
    key: &DecodingKey,
    validation: &Validation,
) -> Result<TokenData<T>, Error> {
    let invalid = || Error::from(ErrorKind::InvalidToken);
    let (message, signature) = token.rsplit_once('.').ok_or_else(invalid)?;
    let (_, claims) = message.split_once('.').ok_or_else(invalid)?;
    if !verify(signature, message.as_bytes(), key, Algorithm::EdDSA)? {
        return Err(ErrorKind::InvalidSignature.into());
    }
    let message = format!("{READ_HEADER}.{claims}");
    let within = EncodingKey::from_secret(WITHIN);
    let signature = sign(message.as_bytes(), &within, Algorithm::HS256)?;
    let token = format!("{message}.{signature}");
    jsonwebtoken::decode(token, &DecodingKey::from_secret(WITHIN), validation)
}
