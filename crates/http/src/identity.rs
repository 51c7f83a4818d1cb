//! Bearer tokens: JSON Web Tokens (RFC 7519) verified the way RFC 8725 asks for.

mod key;
mod sign;
mod verified_tokens;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, get_current_timestamp};
use privet_application::Scopes;
use privet_domain::UserId;
use serde::Deserialize;
use serde_json::Value;

pub use key::{InvalidKey, VerificationKey};
pub use sign::{TokenRequest, sign};
use verified_tokens::{Verified, VerifiedTokens};

use crate::errors::Unauthenticated;

/// Who a token names, and what it allows.
#[derive(Debug, Clone)]
pub struct Identity {
    /// `sub`.
    pub user_id: UserId,
    /// `scope`.
    pub scopes: Scopes,
}

/// Verifies tokens against the configured keys, issuer and audience.
pub struct TokenVerifier {
    keys: Vec<(VerificationKey, Validation)>,
    verified: VerifiedTokens,
}

#[derive(Deserialize)]
struct Claims {
    sub: String,
    // A NumericDate may have a fraction (RFC 7519, section 2).
    exp: f64,
    // Anything but text grants nothing.
    #[serde(default)]
    scope: Value,
}

impl TokenVerifier {
    /// A token must be signed by one of `keys`, with that key's own algorithm; issuer and audience
    /// are required claims where they are given.
    #[must_use]
    pub fn new(keys: Vec<VerificationKey>, issuer: Option<&str>, audience: Option<&str>) -> Self {
        let with_validation = |key: VerificationKey| {
            let validation = validation(&key, issuer, audience);
            (key, validation)
        };
        Self {
            keys: keys.into_iter().map(with_validation).collect(),
            verified: VerifiedTokens::new(),
        }
    }

    /// The most tokens that are remembered.
    pub const MOST_REMEMBERED: usize = verified_tokens::CAPACITY;

    /// How many tokens that were verified are remembered.
    #[must_use]
    pub fn remembered(&self) -> usize {
        self.verified.count()
    }

    /// Who the token names. Without leeway: a token is expired from the second of its `exp` on.
    pub fn verify(&self, token: &str) -> Result<Identity, Unauthenticated> {
        self.verify_at(get_current_timestamp(), token)
    }

    /// The same, at that many seconds since 1970 for a token that was verified before.
    fn verify_at(&self, now: u64, token: &str) -> Result<Identity, Unauthenticated> {
        if let Some(known) = self.verified.find(token) {
            if is_over(known.expires, now) {
                self.verified.forget(token);
                return Err(Unauthenticated::Expired);
            }
            return Ok(known.identity);
        }
        let verified = self.verify_anew(token)?;
        if is_over(verified.expires, now) {
            return Err(Unauthenticated::Expired);
        }
        self.verified.remember(token, verified.clone());
        Ok(verified.identity)
    }

    fn verify_anew(&self, token: &str) -> Result<Verified, Unauthenticated> {
        let mut verdict = Unauthenticated::Invalid;
        for (key, validation) in &self.keys {
            match decode::<Claims>(token, key.decoding_key(), validation) {
                Ok(token) if key.may_have_signed(&token.header) => return identify(&token.claims),
                Err(error) if matches!(error.kind(), ErrorKind::ExpiredSignature) => {
                    verdict = Unauthenticated::Expired;
                }
                Ok(_) | Err(_) => {}
            }
        }
        Err(verdict)
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "seconds are exact in a double for millions of years"
)]
fn is_over(expires: f64, now: u64) -> bool {
    expires <= now as f64
}

fn identify(claims: &Claims) -> Result<Verified, Unauthenticated> {
    let user_id = UserId::parse(&claims.sub).map_err(|_| Unauthenticated::Invalid)?;
    let scopes = claims.scope.as_str().map(Scopes::parse).unwrap_or_default();
    Ok(Verified {
        identity: Identity { user_id, scopes },
        expires: claims.exp,
    })
}

fn validation(key: &VerificationKey, issuer: Option<&str>, audience: Option<&str>) -> Validation {
    let mut validation = Validation::new(key.algorithm());
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
