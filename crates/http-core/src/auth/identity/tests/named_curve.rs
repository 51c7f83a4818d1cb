//! Tokens whose `alg` is the name of a curve (RFC 9864).

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use base64::engine::general_purpose::STANDARD;

use super::*;

fn part(value: &Value) -> String {
    URL_SAFE_NO_PAD.encode(value.to_string())
}

fn signed(pair: &Ed25519KeyPair, header: &Value, claims: &Value) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let signature = pair.sign(message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn good_claims() -> Value {
    json!({"sub": USER, "exp": now() + 60, "scope": "a", "iss": "us", "aud": "privet"})
}

struct Fixture {
    pair: Ed25519KeyPair,
    verifier: TokenVerifier,
}

impl Fixture {
    /// A key `one`, beside a secret and another key; issuer and audience are required.
    fn new() -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        let key = |pair: &Ed25519KeyPair| {
            VerificationKey::from_ed25519(pair.public_key().as_ref()).unwrap()
        };
        let other = key(&Ed25519KeyPair::generate().unwrap());
        let keys = vec![
            VerificationKey::hs256(SECRET),
            other,
            key(&pair).named(Some("one".to_owned())),
        ];
        let verifier = TokenVerifier::new(keys, Some("us"), Some("privet"));
        Self { pair, verifier }
    }

    fn result(&self, header: &Value, claims: &Value) -> Result<Identity, Rejection> {
        let token = signed(&self.pair, header, claims);
        self.verifier.verify_at(now(), &token)
    }
}

#[test]
fn a_token_that_says_ed25519_is_taken_as_one_that_says_eddsa() {
    let fixture = Fixture::new();
    for alg in ["Ed25519", "EdDSA"] {
        for header in [
            json!({"alg": alg}),
            json!({"alg": alg, "kid": "one", "typ": "at+jwt", "x": [1]}),
        ] {
            let identity = fixture.result(&header, &good_claims()).unwrap();
            assert_eq!(identity.user_id.to_string(), USER, "{header}");
            assert!(identity.scopes.contains("a"), "{header}");
        }
    }
}

#[test]
fn a_key_in_a_pem_file_takes_it_too() {
    let pair = Ed25519KeyPair::generate().unwrap();
    let der = AsDer::<PublicKeyX509Der>::as_der(pair.public_key()).unwrap();
    let base64 = STANDARD.encode(der.as_ref());
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{base64}\n-----END PUBLIC KEY-----\n");
    let keys = VerificationKey::from_pem(pem.as_bytes()).unwrap();
    let verifier = TokenVerifier::new(keys, None, None);
    let token = signed(&pair, &json!({"alg": "Ed25519"}), &good_claims());
    assert!(verifier.verify(&token).is_ok());
}

#[test]
fn its_claims_are_held_to_the_same_rules() {
    let fixture = Fixture::new();
    let header = json!({"alg": "Ed25519", "kid": "one"});
    for (member, value, expected) in [
        ("exp", json!(now() - 1), EXPIRED),
        ("exp", json!(null), INVALID),
        ("nbf", json!(now() + 30), INVALID),
        ("iss", json!("them"), INVALID),
        ("iss", json!(["us"]), INVALID),
        ("aud", json!("other"), INVALID),
        ("sub", json!("42"), INVALID),
    ] {
        let mut claims = good_claims();
        claims[member] = value;
        let result = fixture.result(&header, &claims);
        assert_eq!(result.unwrap_err(), expected, "{claims}");
    }
}

#[test]
fn its_header_is_held_to_the_same_rules() {
    let fixture = Fixture::new();
    for header in [
        json!({"alg": "ed25519"}),
        json!({"alg": "Ed448"}),
        json!({"alg": "ESP256"}),
        json!({"alg": ["Ed25519"]}),
        json!({"alg": {"Ed25519": null}}),
        json!({"alg": "Ed25519", "typ": "logout+jwt"}),
        json!({"alg": "Ed25519", "typ": ["JWT"]}),
        json!({"alg": "Ed25519", "cty": "JWT"}),
        json!({"alg": "Ed25519", "crit": ["b64"], "b64": false}),
        json!({"alg": "Ed25519", "crit": []}),
        json!({"alg": "Ed25519", "zip": "DEF"}),
        json!({"alg": "Ed25519", "enc": "A256GCM"}),
        json!({"alg": "Ed25519", "kid": 1}),
    ] {
        let result = fixture.result(&header, &good_claims());
        assert_eq!(result.unwrap_err(), INVALID, "{header}");
    }
    // So that newer keys are requested.
    let unknown = fixture.result(&json!({"alg": "Ed25519", "kid": "two"}), &good_claims());
    assert_eq!(unknown.unwrap_err(), Rejection::UnknownKey);
}

#[test]
fn its_signature_counts_and_only_that_of_such_a_key() {
    let fixture = Fixture::new();
    let good = signed(&fixture.pair, &json!({"alg": "Ed25519"}), &good_claims());
    let (message, signature) = good.rsplit_once('.').unwrap();
    let (header, claims) = message.split_once('.').unwrap();
    let other = part(&json!({"sub": USER, "exp": now() + 61, "iss": "us", "aud": "privet"}));
    let by_secret = jsonwebtoken::crypto::sign(
        message.as_bytes(),
        &EncodingKey::from_secret(SECRET),
        Algorithm::HS256,
    );
    for changed in [
        format!("{message}."),
        message.to_owned(),
        format!("{message}.{signature}AAAA"),
        format!("{message}.{signature}=="),
        format!("{header}.{other}.{signature}"),
        format!("{}.{claims}.{signature}", part(&json!({"alg": "EdDSA"}))),
        format!("{good}.{signature}"),
        format!("{header}.{header}.{claims}.{signature}"),
        format!("{message}.{}", by_secret.unwrap()),
    ] {
        let result = fixture.verifier.verify(&changed);
        assert_eq!(result.unwrap_err(), Unauthenticated::Invalid, "{changed}");
    }
    let stranger = Ed25519KeyPair::generate().unwrap();
    let forged = signed(&stranger, &json!({"alg": "Ed25519"}), &good_claims());
    assert!(fixture.verifier.verify(&forged).is_err());
    let secret_only = TokenVerifier::new(vec![VerificationKey::hs256(SECRET)], None, None);
    assert!(secret_only.verify(&good).is_err());
    // The same member twice.
    let twice = URL_SAFE_NO_PAD.encode(r#"{"alg":"Ed25519","kid":"one","kid":"one"}"#);
    let message = format!("{twice}.{claims}");
    let signature = URL_SAFE_NO_PAD.encode(fixture.pair.sign(message.as_bytes()));
    assert!(
        fixture
            .verifier
            .verify(&format!("{message}.{signature}"))
            .is_err()
    );
}
