//! Bearer tokens: JSON Web Tokens (RFC 7519) verified the way RFC 8725 asks for.

mod key;
mod sign;

use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Validation, decode, get_current_timestamp};
use privet_application::Scopes;
use privet_domain::UserId;
use serde::Deserialize;
use serde_json::Value;

pub use key::{InvalidKey, VerificationKey};
pub use sign::{TokenRequest, sign};

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
        }
    }

    /// Who the token names. Without leeway: a token is expired from the second of its `exp` on.
    pub fn verify(&self, token: &str) -> Result<Identity, Unauthenticated> {
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
fn identify(claims: &Claims) -> Result<Identity, Unauthenticated> {
    if claims.exp <= get_current_timestamp() as f64 {
        return Err(Unauthenticated::Expired);
    }
    let user_id = UserId::parse(&claims.sub).map_err(|_| Unauthenticated::Invalid)?;
    let scopes = claims.scope.as_str().map(Scopes::parse).unwrap_or_default();
    Ok(Identity { user_id, scopes })
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
