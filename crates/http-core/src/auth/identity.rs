//! Bearer tokens: JSON Web Tokens (RFC 7519), verified as RFC 8725 requires.

mod header;
mod key;
mod key_set;
mod named_curve;
mod sign;
mod verified_tokens;

use std::pin::Pin;
use std::sync::Arc;

use arc_swap::ArcSwap;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, Validation, decode, decode_header, get_current_timestamp};
use privet_application::Scopes;
use privet_domain::UserId;
use serde::Deserialize;
use serde_json::Value;

pub use key::{InvalidKey, VerificationKey};
pub use key_set::{InvalidKeySet, KeySet, LONGEST_SET, PassedOver};
pub use sign::{TokenRequest, sign};
use verified_tokens::VerifiedTokens;

use crate::errors::Unauthenticated;

/// The maximum length of a token in bytes.
const LONGEST_TOKEN: usize = 16_384;

/// The user of a token, and its scopes.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `sub`.
    pub user_id: UserId,
    /// `scope`, or `scp` if that is missing.
    pub scopes: Scopes,
    /// `exp`, in seconds since 1970: the token is valid before it.
    pub expires: f64,
}

/// A source of newer keys, for a token that names an unknown key.
pub trait NewerKeys: Send + Sync {
    /// Returns when the verifier has the newest keys, or after a time limit. MUST NOT wait if it asked so recently
    /// that it may not ask again.
    fn ask(&self) -> Asking<'_>;
}

/// The future that waits for newer keys.
pub type Asking<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Verifies tokens with the current keys, issuer and audience.
pub struct TokenVerifier {
    expected: Vec<(Algorithm, Validation)>,
    issuer: Option<String>,
    trusted: ArcSwap<Trusted>,
    newer: Option<Arc<dyn NewerKeys>>,
}

/// Keys and the tokens verified with them. They are replaced together, so that a cached token never outlives its
/// key.
struct Trusted {
    keys: Vec<VerificationKey>,
    verified: VerifiedTokens,
}

impl Trusted {
    fn new(keys: Vec<VerificationKey>) -> Arc<Self> {
        Arc::new(Self {
            keys,
            verified: VerifiedTokens::new(),
        })
    }
}

/// The reason why a token was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejection {
    /// It names an unknown key: newer keys may help.
    UnknownKey,
    /// It is invalid with any keys.
    Final(Unauthenticated),
}

impl From<Rejection> for Unauthenticated {
    fn from(rejection: Rejection) -> Self {
        match rejection {
            Rejection::UnknownKey => Self::Invalid,
            Rejection::Final(why) => why,
        }
    }
}

const INVALID: Rejection = Rejection::Final(Unauthenticated::Invalid);
const EXPIRED: Rejection = Rejection::Final(Unauthenticated::Expired);

#[derive(Deserialize)]
struct Claims {
    sub: String,
    // A NumericDate may have a fraction (RFC 7519, section 2).
    exp: f64,
    #[serde(default)]
    scope: Value,
    #[serde(default)]
    scp: Value,
    #[serde(default)]
    iss: Value,
}

impl Claims {
    /// `scope`, or if that is missing `scp`, which some issuers send as a list. Any other value grants nothing.
    fn scopes(&self) -> Scopes {
        match (&self.scope, &self.scp) {
            (Value::String(text), _) | (Value::Null, Value::String(text)) => Scopes::parse(text),
            (Value::Null, Value::Array(items)) => {
                let words = items.iter().filter_map(Value::as_str);
                // A scope is one word (RFC 6749, section 3.3).
                let words: Vec<_> = words.filter(|word| !word.contains(' ')).collect();
                Scopes::parse(&words.join(" "))
            }
            _ => Scopes::default(),
        }
    }
}

impl TokenVerifier {
    /// A token must be signed by one of `keys`, with the algorithm of that key. If issuer or audience are given,
    /// the claims are required.
    #[must_use]
    pub fn new(keys: Vec<VerificationKey>, issuer: Option<&str>, audience: Option<&str>) -> Self {
        let expected = [
            Algorithm::HS256,
            Algorithm::RS256,
            Algorithm::ES256,
            Algorithm::EdDSA,
        ];
        let expected =
            expected.map(|algorithm| (algorithm, validation(algorithm, issuer, audience)));
        Self {
            expected: expected.into(),
            issuer: issuer.map(str::to_owned),
            trusted: ArcSwap::new(Trusted::new(keys)),
            newer: None,
        }
    }

    /// Like `new`, with a source of newer keys for tokens with an unknown key.
    #[must_use]
    pub fn asking(self, newer: Arc<dyn NewerKeys>) -> Self {
        Self {
            newer: Some(newer),
            ..self
        }
    }

    /// Replaces all keys and clears the cache of tokens. Does nothing if the keys are the same. Must not be called
    /// concurrently.
    pub fn replace_keys(&self, keys: Vec<VerificationKey>) {
        if self.trusted.load().keys != keys {
            self.trusted.store(Trusted::new(keys));
        }
    }

    /// The capacity of the token cache.
    pub const MOST_REMEMBERED: usize = verified_tokens::CAPACITY;

    /// The number of tokens in the cache.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.trusted.load().verified.count()
    }

    /// The user of the token. There is no leeway: a token is expired from the second of its `exp`.
    pub fn verify(&self, token: &str) -> Result<Identity, Unauthenticated> {
        Ok(self.verify_at(get_current_timestamp(), token)?)
    }

    /// Like `verify`, but waits for newer keys if the token names an unknown key. Does not wait otherwise.
    pub async fn verify_by_newest(&self, token: &str) -> Result<Identity, Unauthenticated> {
        let result = self.verify_at(get_current_timestamp(), token);
        if let (Some(newer), Err(Rejection::UnknownKey)) = (&self.newer, &result) {
            newer.ask().await;
            return self.verify(token);
        }
        Ok(result?)
    }

    /// The user of the token at `now`, in seconds since 1970, from the cache if it was verified before.
    fn verify_at(&self, now: u64, token: &str) -> Result<Identity, Rejection> {
        if token.len() > LONGEST_TOKEN {
            return Err(INVALID);
        }
        let trusted = self.trusted.load();
        if let Some(known) = trusted.verified.find(token) {
            if is_over(known.expires, now) {
                trusted.verified.forget(token);
                return Err(EXPIRED);
            }
            return Ok(known);
        }
        let verified = self.verify_anew(&trusted.keys, token)?;
        if is_over(verified.expires, now) {
            return Err(EXPIRED);
        }
        trusted.verified.remember(token, verified.clone());
        Ok(verified)
    }

    fn verify_anew(&self, keys: &[VerificationKey], token: &str) -> Result<Identity, Rejection> {
        let (header, names_curve) = match decode_header(token) {
            Ok(header) => (header, false),
            Err(_) => (named_curve::read_header(token).ok_or(INVALID)?, true),
        };
        if !header::is_understood(&header) {
            return Err(INVALID);
        }
        if header::unknown_key(&header, keys) {
            return Err(Rejection::UnknownKey);
        }
        let possible = keys.iter().filter(|key| key.may_have_signed(&header));
        let mut result = INVALID;
        for key in possible {
            let decoded = if names_curve {
                self.validation(Algorithm::HS256).map(|validation| {
                    named_curve::decode::<Claims>(token, key.decoding_key(), validation)
                })
            } else {
                let validation = self.validation(key.algorithm());
                validation.map(|validation| decode::<Claims>(token, key.decoding_key(), validation))
            };
            let Some(decoded) = decoded else {
                continue;
            };
            match decoded {
                Ok(verified) if has_utf_8_claims(token) => return self.identify(&verified.claims),
                Ok(_) => return Err(INVALID),
                Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                    result = EXPIRED;
                }
                Err(_) => {}
            }
        }
        Err(result)
    }

    /// The required claims of tokens with this algorithm.
    fn validation(&self, algorithm: Algorithm) -> Option<&Validation> {
        let mut expected = self.expected.iter();
        let found = expected.find(|(expected, _)| *expected == algorithm);
        found.map(|(_, validation)| validation)
    }

    fn identify(&self, claims: &Claims) -> Result<Identity, Rejection> {
        // A list of issuers (not allowed by RFC 7519) would be accepted if one of them matched.
        let is_ours = |issuer: &String| claims.iss.as_str() == Some(issuer.as_str());
        if !self.issuer.as_ref().is_none_or(is_ours) {
            return Err(INVALID);
        }
        let user_id = UserId::parse(&claims.sub).map_err(|_| INVALID)?;
        let scopes = claims.scopes();
        Ok(Identity {
            user_id,
            scopes,
            expires: claims.exp,
        })
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds are exact in a double for millions of years"
)]
fn is_over(expires: f64, now: u64) -> bool {
    expires <= now as f64
}

/// Claims are UTF-8 (RFC 7519, section 3), including members that Privet and the parser ignore.
fn has_utf_8_claims(token: &str) -> bool {
    let claims = token.split('.').nth(1).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(claims).unwrap_or_default();
    std::str::from_utf8(&bytes).is_ok()
}

fn validation(algorithm: Algorithm, issuer: Option<&str>, audience: Option<&str>) -> Validation {
    let mut validation = Validation::new(algorithm);
    let mut required = vec!["exp", "sub"];
    validation.leeway = 0;
    validation.validate_nbf = true;
    validation.validate_aud = audience.is_some();
    if let Some(issuer) = issuer {
        validation.set_issuer(&[issuer]);
        required.push("iss");
    }
    if let Some(audience) = audience {
        validation.set_audience(&[audience]);
        required.push("aud");
    }
    validation.set_required_spec_claims(&required);
    validation
}

#[cfg(test)]
mod tests;
