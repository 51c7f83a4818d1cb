//! The private key that signs erasure receipts. Receipts are JWS in compact form (RFC 7515), which jsonwebtoken writes and
//! verifies.

use std::fmt;

use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair,
};
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, encode};
use privet_application::StoreError;
use privet_application::accounts::receipts::{DeletedCounts, ReceiptClaims, ReceiptSigner};
use serde_json::{Value, json};

/// The type of receipts, so that nothing takes them for access tokens (RFC 8725, section 3.11).
const TYPE: &str = "privet-erasure+jwt";

/// The labels of private keys: PKCS #8 (RFC 5958), and SEC 1 (RFC 5915) for elliptic curves.
const LABELS: [&str; 2] = ["PRIVATE KEY", "EC PRIVATE KEY"];

/// A private key with its public key.
#[derive(Clone)]
pub struct ReceiptKey {
    algorithm: Algorithm,
    private: EncodingKey,
    public: DecodingKey,
    /// The public key as a JWK, without `kid`.
    jwk: Value,
    /// The thumbprint of the public key (RFC 7638).
    id: String,
}

/// Never shows the private key.
impl fmt::Debug for ReceiptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiptKey")
            .field("algorithm", &self.algorithm)
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

/// A text that is not a usable private key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a private key in PEM form, Ed25519 or P-256, without a passphrase")]
pub struct InvalidReceiptKey;

/// Why a receipt is not valid.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidReceipt {
    /// The text is not a JWS, was changed, or was signed with another key.
    #[error("it was not signed with this key, or it was changed")]
    Signature,
    /// It is another kind of token.
    #[error("it is not an erasure receipt: its type is not {TYPE}")]
    Type,
}

impl ReceiptKey {
    /// The key in a PEM file (RFC 7468).
    pub fn from_pem(pem: &[u8]) -> Result<Self, InvalidReceiptKey> {
        let text = std::str::from_utf8(pem).map_err(|_| InvalidReceiptKey)?;
        let der = LABELS.into_iter().find_map(|label| block(text, label));
        let der = der.ok_or(InvalidReceiptKey)?;
        Self::ed25519(&der)
            .or_else(|| Self::p256(&der))
            .ok_or(InvalidReceiptKey)
    }

    fn ed25519(der: &[u8]) -> Option<Self> {
        let pair = Ed25519KeyPair::from_pkcs8(der).ok()?;
        let x = pair.public_key().as_ref();
        let text = BASE64_URL_SAFE_NO_PAD.encode(x);
        let jwk = json!({"crv": "Ed25519", "kty": "OKP", "x": text});
        let private = EncodingKey::from_ed_der(der);
        let public = DecodingKey::from_ed_der(x);
        Some(Self::new(Algorithm::EdDSA, private, public, jwk))
    }

    fn p256(der: &[u8]) -> Option<Self> {
        let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
        let pair = EcdsaKeyPair::from_private_key_der(algorithm, der).ok()?;
        // jsonwebtoken takes PKCS #8 only.
        let pkcs8 = pair.to_pkcs8v1().ok()?;
        let private = EncodingKey::from_ec_der(pkcs8.as_ref());
        let point = pair.public_key().as_ref();
        // SEC 1, section 2.3.4: an uncompressed point.
        let coordinates = point.strip_prefix(&[4])?;
        let (x, y) = coordinates.split_at_checked(32)?;
        let [x, y] = [x, y].map(|coordinate| BASE64_URL_SAFE_NO_PAD.encode(coordinate));
        let jwk = json!({"crv": "P-256", "kty": "EC", "x": x, "y": y});
        let public = DecodingKey::from_ec_der(point);
        Some(Self::new(Algorithm::ES256, private, public, jwk))
    }

    /// `jwk` has exactly the members of the thumbprint, in the order of their names (RFC 7638, section 3.2).
    fn new(algorithm: Algorithm, private: EncodingKey, public: DecodingKey, jwk: Value) -> Self {
        let thumbprint = digest(&SHA256, jwk.to_string().as_bytes());
        Self {
            algorithm,
            private,
            public,
            jwk,
            id: BASE64_URL_SAFE_NO_PAD.encode(thumbprint),
        }
    }

    const fn algorithm_name(&self) -> &'static str {
        match self.algorithm {
            Algorithm::EdDSA => "EdDSA",
            _ => "ES256",
        }
    }

    /// The claims of a receipt that this key signed.
    pub fn verify(&self, receipt: &str) -> Result<Value, InvalidReceipt> {
        let mut validation = Validation::new(self.algorithm);
        validation.required_spec_claims.clear();
        // A receipt does not expire.
        validation.validate_exp = false;
        validation.validate_aud = false;
        let verified = decode::<Value>(receipt, &self.public, &validation);
        let verified = verified.map_err(|_| InvalidReceipt::Signature)?;
        if verified.header.typ.as_deref() != Some(TYPE) {
            return Err(InvalidReceipt::Type);
        }
        Ok(verified.claims)
    }
}

impl ReceiptSigner for ReceiptKey {
    fn sign(&self, claims: &ReceiptClaims) -> Result<String, StoreError> {
        let header = Header {
            typ: Some(TYPE.to_owned()),
            kid: Some(self.id.clone()),
            ..Header::new(self.algorithm)
        };
        let DeletedCounts {
            contacts,
            blocks,
            exceptions,
            follows,
            audit_entries,
        } = claims.deleted;
        let claims = json!({
            "sub": claims.user_id.to_string(),
            "iat": claims.erased_at.as_micros().div_euclid(1_000_000),
            "jti": claims.id.to_string(),
            "counts": {
                "contacts": contacts,
                "blocks": blocks,
                "exceptions": exceptions,
                "follows": follows,
                "audit_entries": audit_entries,
            },
        });
        encode(&header, &claims, &self.private).map_err(StoreError::internal)
    }

    fn public_keys(&self) -> Value {
        let mut jwk = self.jwk.clone();
        if let Some(members) = jwk.as_object_mut() {
            members.insert("use".to_owned(), "sig".into());
            members.insert("alg".to_owned(), self.algorithm_name().into());
            members.insert("kid".to_owned(), self.id.clone().into());
        }
        json!({"keys": [jwk]})
    }
}

/// The content of the one block with this label.
fn block(text: &str, label: &str) -> Option<Vec<u8>> {
    let (begin, end) = (
        format!("-----BEGIN {label}-----"),
        format!("-----END {label}-----"),
    );
    let (_, after) = text.split_once(&begin)?;
    let (inner, rest) = after.split_once(&end)?;
    if rest.contains(&begin) {
        return None;
    }
    let base64: String = inner.split_ascii_whitespace().collect();
    BASE64_STANDARD.decode(base64).ok()
}

#[cfg(test)]
mod tests {
    use privet_domain::{Timestamp, UserId};
    use uuid::Uuid;

    use super::*;

    /// RFC 8037, appendix A, as PKCS #8.
    const ED25519: &str = "-----BEGIN PRIVATE KEY-----\n\
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n\
        -----END PRIVATE KEY-----\n";

    fn pem(label: &str, der: &[u8]) -> String {
        let base64 = BASE64_STANDARD.encode(der);
        format!("-----BEGIN {label}-----\n{base64}\n-----END {label}-----\n")
    }

    fn p256() -> String {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        pem("PRIVATE KEY", pair.to_pkcs8v1().unwrap().as_ref())
    }

    fn claims() -> ReceiptClaims {
        ReceiptClaims {
            user_id: UserId::from_uuid(Uuid::from_u128(1)),
            erased_at: Timestamp::from_micros(1_769_855_445_999_999).unwrap(),
            id: Uuid::from_u128(2),
            deleted: DeletedCounts {
                contacts: 1,
                ..DeletedCounts::default()
            },
        }
    }

    #[test]
    fn the_name_of_a_key_is_its_thumbprint() {
        let key = ReceiptKey::from_pem(ED25519.as_bytes()).unwrap();
        let keys = key.public_keys();
        let expected = json!({"keys": [{
            "crv": "Ed25519", "kty": "OKP", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            "use": "sig", "alg": "EdDSA", "kid": "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k",
        }]});
        assert_eq!(keys, expected);
    }

    #[test]
    fn a_receipt_is_verified_with_the_key_that_signed_it_and_with_no_other() {
        let texts = [ED25519.to_owned(), p256(), p256()];
        let keys = texts.map(|text| ReceiptKey::from_pem(text.as_bytes()).unwrap());
        for (place, key) in keys.iter().enumerate() {
            let receipt = key.sign(&claims()).unwrap();
            for (other, key) in keys.iter().enumerate() {
                let verified = key.verify(&receipt);
                assert_eq!(verified.is_ok(), place == other);
            }
            let verified = key.verify(&receipt).unwrap();
            assert_eq!(verified["sub"], Uuid::from_u128(1).to_string());
            assert_eq!(verified["iat"], 1_769_855_445);
            assert_eq!(verified["jti"], Uuid::from_u128(2).to_string());
            assert_eq!(verified["counts"]["contacts"], 1);
        }
    }

    #[test]
    fn a_changed_receipt_and_another_kind_of_token_are_refused() {
        let key = ReceiptKey::from_pem(ED25519.as_bytes()).unwrap();
        let receipt = key.sign(&claims()).unwrap();
        let parts: Vec<&str> = receipt.split('.').collect();
        let forged = BASE64_URL_SAFE_NO_PAD.encode(json!({"sub": "another"}).to_string());
        let forged = format!("{}.{forged}.{}", parts[0], parts[2]);
        for text in ["", "x", "a.b.c", &forged, &receipt[1..]] {
            assert_eq!(key.verify(text), Err(InvalidReceipt::Signature), "{text}");
        }
        let token = encode(&Header::new(Algorithm::EdDSA), &json!({}), &key.private);
        let verified = key.verify(&token.unwrap());
        assert_eq!(verified, Err(InvalidReceipt::Type));
    }

    #[test]
    fn a_text_that_is_no_private_key_is_refused() {
        let public = ED25519.replace("PRIVATE", "PUBLIC");
        let encrypted = ED25519.replace("PRIVATE", "ENCRYPTED PRIVATE");
        let twice = format!("{ED25519}{ED25519}");
        for text in ["", "secret", &public, &encrypted, &twice] {
            let key = ReceiptKey::from_pem(text.as_bytes());
            assert_eq!(key.err(), Some(InvalidReceiptKey), "{text}");
        }
        assert!(!format!("{:?}", ReceiptKey::from_pem(ED25519.as_bytes())).contains("nWGx"));
    }
}
