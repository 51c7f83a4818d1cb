//! Bearer tokens: JSON Web Tokens (RFC 7519) verified the way RFC 8725 asks for.

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
use verified_tokens::{Verified, VerifiedTokens};

use crate::errors::Unauthenticated;

/// The longest token that is looked at, in bytes.
const LONGEST_TOKEN: usize = 16_384;

/// Who a token names, and what it allows.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `sub`.
    pub user_id: UserId,
    /// `scope`, or `scp` where that is missing.
    pub scopes: Scopes,
}

/// Where newer keys may be had, for a token that names one that nobody knows.
pub trait NewerKeys: Send + Sync {
    /// Returns once the verifier has the newest keys, or waiting for them is given up. MUST NOT wait
    /// where it asked so shortly before that it may not ask again.
    fn ask(&self) -> Asking<'_>;
}

/// The wait for newer keys.
pub type Asking<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

/// Verifies tokens against the keys of the moment, issuer and audience.
pub struct TokenVerifier {
    expected: Vec<(Algorithm, Validation)>,
    issuer: Option<String>,
    trusted: ArcSwap<Trusted>,
    newer: Option<Arc<dyn NewerKeys>>,
}

/// Keys, and what was verified with them: the one goes with the other, so that nothing a key signed is
/// remembered for longer than the key is trusted.
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

/// Why a token was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rejection {
    /// It names a key that nobody knows: newer keys may help.
    UnknownKey,
    /// Nothing helps.
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
    /// `scope`, or where that is missing `scp`, which some issuers write as a list. Anything else grants nothing.
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
    /// A token must be signed by one of `keys`, with that key's own algorithm; issuer and audience
    /// are required claims where they are given.
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

    /// The same, which asks there for newer keys when a token names one that it does not know.
    #[must_use]
    pub fn asking(self, newer: Arc<dyn NewerKeys>) -> Self {
        Self {
            newer: Some(newer),
            ..self
        }
    }

    /// Trusts these keys from now on and no others; what was verified before is verified anew. Nothing
    /// happens where they are the same. Not to be called by two at once.
    pub fn replace_keys(&self, keys: Vec<VerificationKey>) {
        if self.trusted.load().keys != keys {
            self.trusted.store(Trusted::new(keys));
        }
    }

    /// The most tokens that are remembered.
    pub const MOST_REMEMBERED: usize = verified_tokens::CAPACITY;

    /// How many tokens that were verified are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.trusted.load().verified.count()
    }

    /// Who the token names. Without leeway: a token is expired from the second of its `exp` on.
    pub fn verify(&self, token: &str) -> Result<Identity, Unauthenticated> {
        Ok(self.verify_at(get_current_timestamp(), token)?)
    }

    /// The same, after a wait for newer keys where the token names one that is not known. Waits for
    /// nothing else.
    pub async fn verify_by_newest(&self, token: &str) -> Result<Identity, Unauthenticated> {
        let result = self.verify_at(get_current_timestamp(), token);
        if let (Some(newer), Err(Rejection::UnknownKey)) = (&self.newer, &result) {
            newer.ask().await;
            return self.verify(token);
        }
        Ok(result?)
    }

    /// Who the token names, at that many seconds since 1970 for one that was verified before.
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
            return Ok(known.identity);
        }
        let verified = self.verify_anew(&trusted.keys, token)?;
        if is_over(verified.expires, now) {
            return Err(EXPIRED);
        }
        trusted.verified.remember(token, verified.clone());
        Ok(verified.identity)
    }

    fn verify_anew(&self, keys: &[VerificationKey], token: &str) -> Result<Verified, Rejection> {
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

    /// What the claims of tokens with this algorithm must be.
    fn validation(&self, algorithm: Algorithm) -> Option<&Validation> {
        let mut expected = self.expected.iter();
        let found = expected.find(|(expected, _)| *expected == algorithm);
        found.map(|(_, validation)| validation)
    }

    fn identify(&self, claims: &Claims) -> Result<Verified, Rejection> {
        // A list of issuers (RFC 7519 knows none) would be taken if one of them matched.
        let is_ours = |issuer: &String| claims.iss.as_str() == Some(issuer.as_str());
        if !self.issuer.as_ref().is_none_or(is_ours) {
            return Err(INVALID);
        }
        let user_id = UserId::parse(&claims.sub).map_err(|_| INVALID)?;
        let scopes = claims.scopes();
        Ok(Verified {
            identity: Identity { user_id, scopes },
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

/// Claims are text in UTF-8 (RFC 7519, section 3), those included that nobody reads here and the parser
/// therefore passes over.
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
