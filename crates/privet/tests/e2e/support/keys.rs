//! Key pairs, made anew in each test, so that no private key has to be kept anywhere.

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

/// A private key to sign with, and its public key in a file.
pub struct KeyPair {
    algorithm: Algorithm,
    encoding_key: EncodingKey,
    private_pem: String,
    public_key: NamedTempFile,
}

impl KeyPair {
    /// For RS256.
    pub fn rsa() -> Self {
        let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
        let private = AsDer::<Pkcs8V1Der>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
        let encode = EncodingKey::from_rsa_pem;
        Self::new(Algorithm::RS256, encode, private.as_ref(), public.as_ref())
    }

    /// For ES256.
    pub fn p256() -> Self {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
        let private = pair.to_pkcs8v1().unwrap();
        let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
        let encode = EncodingKey::from_ec_pem;
        Self::new(Algorithm::ES256, encode, private.as_ref(), public.as_ref())
    }

    /// For `EdDSA`.
    pub fn ed25519() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let private = AsDer::<Pkcs8V1Der>::as_der(&pair).unwrap();
        let public = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
        let encode = EncodingKey::from_ed_pem;
        Self::new(Algorithm::EdDSA, encode, private.as_ref(), public.as_ref())
    }

    /// What the key signs for.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The private key.
    pub fn encoding_key(&self) -> &EncodingKey {
        &self.encoding_key
    }

    /// The private key's text.
    pub fn private_pem(&self) -> &str {
        &self.private_pem
    }

    /// The path of the public key, as `PRIVET_JWT_PUBLIC_KEY_FILE` takes it.
    pub fn public_key_file(&self) -> &str {
        self.public_key.path().to_str().unwrap()
    }

    /// The public key's text.
    pub fn public_pem(&self) -> String {
        std::fs::read_to_string(self.public_key.path()).unwrap()
    }

    /// The public key as it stands in a key set, by this name.
    pub fn jwk(&self, id: &str) -> Value {
        let jwk = Jwk::from_encoding_key(&self.encoding_key, self.algorithm).unwrap();
        let mut jwk = serde_json::to_value(jwk).unwrap();
        jwk["kid"] = json!(id);
        jwk["use"] = json!("sig");
        jwk
    }

    fn new(
        algorithm: Algorithm,
        encode: fn(&[u8]) -> jsonwebtoken::errors::Result<EncodingKey>,
        private: &[u8],
        public: &[u8],
    ) -> Self {
        let public_key = NamedTempFile::new().unwrap();
        std::fs::write(public_key.path(), pem("PUBLIC KEY", public)).unwrap();
        let private_pem = pem("PRIVATE KEY", private);
        Self {
            algorithm,
            encoding_key: encode(private_pem.as_bytes()).unwrap(),
            private_pem,
            public_key,
        }
    }
}

/// DER in its textual form: RFC 7468.
fn pem(label: &str, der: &[u8]) -> String {
    let base64 = BASE64_STANDARD.encode(der);
    let lines: Vec<&str> = base64
        .as_bytes()
        .chunks(64)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {label}-----\n{}\n-----END {label}-----\n",
        lines.join("\n")
    )
}
