//! Making tokens, for trying things out and for tests: products sign their own.

use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use privet_domain::{Timestamp, UserId};
use serde::Serialize;

/// What a token shall say.
#[derive(Debug, Clone)]
pub struct TokenRequest {
    /// `sub`.
    pub user_id: UserId,
    /// `scope`: words separated by spaces.
    pub scope: Option<String>,
    /// `iss`.
    pub issuer: Option<String>,
    /// `aud`.
    pub audience: Option<String>,
    /// `iat`.
    pub issued_at: Timestamp,
    /// How long after `iat` the token expires, in whole seconds.
    pub ttl: Duration,
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: String,
    iat: i64,
    exp: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    scope: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    aud: Option<&'a str>,
}

/// Signs a token with HS256.
pub fn sign(secret: &[u8], request: &TokenRequest) -> Result<String, jsonwebtoken::errors::Error> {
    let iat = request.issued_at.as_micros() / 1_000_000;
    let ttl = i64::try_from(request.ttl.as_secs()).unwrap_or(i64::MAX);
    let claims = Claims {
        sub: request.user_id.to_string(),
        iat,
        exp: iat.saturating_add(ttl),
        scope: request.scope.as_deref(),
        iss: request.issuer.as_deref(),
        aud: request.audience.as_deref(),
    };
    encode(
        &Header::new(Algorithm::HS256),
        &claims,
        &EncodingKey::from_secret(secret),
    )
}
