//! JSON Web Key Sets (RFC 7517): which keys of a set are used, and why the others are ignored.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::VerificationKey;

/// The maximum size of a set in bytes. Real ones have some thousand.
pub const LONGEST_SET: usize = 262_144;
/// The maximum number of keys in a set: a token without `kid` is tried with each key of its algorithm.
const MOST_KEYS: usize = 64;
/// Private members of a key, which only the signer may know (RFC 7518, section 6).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The keys of a set.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeySet {
    /// The usable keys, at least one.
    pub keys: Vec<VerificationKey>,
    /// The ignored keys.
    pub passed_over: Vec<PassedOver>,
}

/// An ignored key, with the reason.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PassedOver {
    /// Its name, or its position in the set, from 1.
    pub key: String,
    /// The reason.
    pub reason: &'static str,
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)
    }
}

/// A document that is not a usable set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidKeySet {
    /// Not a JSON object with a list of keys.
    #[error("not a JSON Web Key Set (an object with a list `keys`)")]
    NotASet,
    /// More bytes than [`LONGEST_SET`].
    #[error("longer than 256 KiB")]
    TooLong,
    /// More keys than the maximum.
    #[error("a set of more than 64 keys")]
    TooManyKeys,
    /// Only ignored keys, or no keys.
    #[error("a set without a usable key{}", list(.0))]
    NoKeys(Vec<PassedOver>),
}

fn list(passed_over: &[PassedOver]) -> String {
    let all: Vec<String> = passed_over.iter().map(ToString::to_string).collect();
    if all.is_empty() {
        String::new()
    } else {
        format!(" ({})", all.join("; "))
    }
}

#[derive(Deserialize)]
struct Document {
    keys: Vec<Value>,
}

/// A key in a set; RFC 7517, section 4, RFC 7518, section 6, RFC 8037, section 2. `jsonwebtoken::jwk` (11.1) was
/// tried: it treats `alg: Ed25519` (RFC 9864) as an unknown algorithm, and gives no reason for an unknown curve.
#[derive(Deserialize)]
struct Jwk {
    kty: String,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    kid: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
}

impl KeySet {
    /// Parses a set. A key of an unsupported type, use or algorithm is ignored, as RFC 7517, section 5, requires;
    /// a set without a usable key is refused.
    pub fn parse(document: &[u8]) -> Result<Self, InvalidKeySet> {
        if document.len() > LONGEST_SET {
            return Err(InvalidKeySet::TooLong);
        }
        let document: Document =
            serde_json::from_slice(document).map_err(|_| InvalidKeySet::NotASet)?;
        if document.keys.len() > MOST_KEYS {
            return Err(InvalidKeySet::TooManyKeys);
        }
        let (mut keys, mut passed_over) = (Vec::new(), Vec::new());
        for (value, place) in document.keys.into_iter().zip(1..) {
            let name = value.get("kid").and_then(Value::as_str).map(shown);
            match usable(value) {
                Ok(key) => keys.push(key),
                Err(reason) => passed_over.push(PassedOver {
                    key: name.unwrap_or_else(|| format!("key {place}")),
                    reason,
                }),
            }
        }
        if keys.is_empty() {
            return Err(InvalidKeySet::NoKeys(passed_over));
        }
        Ok(Self { keys, passed_over })
    }
}

/// An external name, made safe for a log line.
fn shown(name: &str) -> String {
    name.chars()
        .take(64)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

fn usable(value: Value) -> Result<VerificationKey, &'static str> {
    let holds = |name: &&str| {
        value
            .as_object()
            .is_some_and(|key: &Map<_, _>| key.contains_key(*name))
    };
    if value.get("kty").and_then(Value::as_str) == Some("oct") {
        return Err("a shared secret; those are not taken from a set");
    }
    if PRIVATE.iter().any(holds) {
        return Err("it holds its private part, so that whoever reads the set can sign");
    }
    let jwk: Jwk = serde_json::from_value(value).map_err(|_| "not a key in JSON (RFC 7517)")?;
    if jwk
        .purpose
        .as_deref()
        .is_some_and(|purpose| purpose != "sig")
    {
        return Err("not for signatures (use)");
    }
    if jwk
        .key_ops
        .as_ref()
        .is_some_and(|ops| !ops.iter().any(|op| op == "verify"))
    {
        return Err("not for verifying (key_ops)");
    }
    let key = jwk.key()?;
    Ok(key.named(jwk.kid))
}

impl Jwk {
    fn key(&self) -> Result<VerificationKey, &'static str> {
        let (key, algorithms, weakness): (_, &[&str], _) =
            match (self.kty.as_str(), self.crv.as_deref()) {
                ("RSA", _) => (
                    self.rsa(),
                    &["RS256"],
                    "not an RSA key of 2048 to 8192 bits",
                ),
                ("EC", Some("P-256")) => (self.p256(), &["ES256"], "not a point on P-256"),
                // RFC 9864 names EdDSA on this curve after the curve.
                ("OKP", Some("Ed25519")) => {
                    (self.ed25519(), &["EdDSA", "Ed25519"], "not an Ed25519 key")
                }
                ("EC" | "OKP", _) => {
                    return Err("on a curve that no supported algorithm uses (crv)");
                }
                _ => return Err("of a kind that no supported algorithm uses (kty)"),
            };
        let is_ours = |alg: &String| algorithms.contains(&alg.as_str());
        if !self.alg.as_ref().is_none_or(is_ours) {
            return Err("for another algorithm than RS256, ES256 and EdDSA (alg)");
        }
        key.ok_or(weakness)
    }

    fn rsa(&self) -> Option<VerificationKey> {
        let (modulus, exponent) = (decode(self.n.as_ref())?, decode(self.e.as_ref())?);
        VerificationKey::from_rsa(without_zeros(&modulus), without_zeros(&exponent))
    }

    fn p256(&self) -> Option<VerificationKey> {
        VerificationKey::from_p256(&decode(self.x.as_ref())?, &decode(self.y.as_ref())?)
    }

    fn ed25519(&self) -> Option<VerificationKey> {
        VerificationKey::from_ed25519(&decode(self.x.as_ref())?)
    }
}

fn decode(text: Option<&String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text?).ok()
}

/// Some issuers write a zero before a number whose highest bit is set, as in DER.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests;
