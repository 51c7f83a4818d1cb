//! Tokens of every kind, good and bad, signed by the tests themselves.

use std::time::SystemTime;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::sign;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::KeyPair;

/// A token still to be signed.
#[derive(Debug, Clone)]
pub struct Token {
    claims: Map<String, Value>,
    key_id: Option<String>,
}

impl Token {
    /// For this user, good for ten minutes.
    pub fn of(user: Uuid) -> Self {
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), user.to_string().into());
        Self {
            claims,
            key_id: None,
        }
        .expiring_in(600)
    }

    /// With another claim, or another value of one.
    #[must_use]
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Without a claim.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Expiring so many seconds from now, or before.
    #[must_use]
    pub fn expiring_in(self, seconds: i64) -> Self {
        self.claim("exp", now() + seconds)
    }

    /// Good from so many seconds from now on.
    #[must_use]
    pub fn good_in(self, seconds: i64) -> Self {
        self.claim("nbf", now() + seconds)
    }

    /// Naming a key in its header.
    #[must_use]
    pub fn key_id(mut self, id: &str) -> Self {
        self.key_id = Some(id.to_owned());
        self
    }

    /// Signed with HS256, as Privet's own.
    pub fn sign(&self, secret: &str) -> String {
        self.sign_as(
            Algorithm::HS256,
            &EncodingKey::from_secret(secret.as_bytes()),
        )
    }

    /// Signed with another HMAC.
    pub fn sign_hmac(&self, algorithm: Algorithm, secret: &[u8]) -> String {
        self.sign_as(algorithm, &EncodingKey::from_secret(secret))
    }

    /// Signed with a private key.
    pub fn sign_with(&self, key: &KeyPair) -> String {
        self.sign_as(key.algorithm(), key.encoding_key())
    }

    /// Signed with an Ed25519 key, and saying so by the name of the curve (RFC 9864).
    pub fn sign_by_curve(&self, key: &KeyPair) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"typ": "JWT", "alg": "Ed25519", "kid": self.key_id});
        let message = format!("{}.{}", part(&header), part(&self.claims.clone().into()));
        let signature = sign(message.as_bytes(), key.encoding_key(), key.algorithm()).unwrap();
        format!("{message}.{signature}")
    }

    /// With a header that says that it is not signed, and no signature.
    pub fn unsigned(&self) -> String {
        let part = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
        let header = json!({"typ": "JWT", "alg": "none"});
        format!("{}.{}.", part(&header), part(&self.claims.clone().into()))
    }

    /// Signed with any algorithm that takes the key.
    pub fn sign_as(&self, algorithm: Algorithm, key: &EncodingKey) -> String {
        let mut header = Header::new(algorithm);
        header.kid.clone_from(&self.key_id);
        encode(&header, &self.claims, key).unwrap()
    }
}

/// Seconds since 1970.
#[expect(
    clippy::disallowed_methods,
    reason = "the server under test goes by the same clock"
)]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_secs().try_into().unwrap()
}
