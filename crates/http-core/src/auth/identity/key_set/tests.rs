use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED_SIGNING, ECDSA_P384_SHA384_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair,
    KeyPair as _, RsaKeyPair,
};
use jsonwebtoken::Algorithm;
use serde_json::json;

use super::*;

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn ed25519() -> Value {
    let pair = Ed25519KeyPair::generate().unwrap();
    json!({"kty": "OKP", "crv": "Ed25519", "kid": "ed", "x": text(pair.public_key().as_ref())})
}

fn p256() -> Value {
    let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).unwrap();
    let point = pair.public_key().as_ref();
    json!({"kty": "EC", "crv": "P-256", "kid": "ec", "x": text(&point[1..33]), "y": text(&point[33..])})
}

/// In an `RSAPublicKey` (RFC 8017, A.1.1) of 2048 bits the modulus has 257 bytes from the ninth on.
fn rsa() -> Value {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let der = pair.public_key().as_ref();
    json!({"kty": "RSA", "kid": "rsa", "n": text(&der[9..265]), "e": "AQAB"})
}

fn with(mut key: Value, member: &str, value: Value) -> Value {
    key[member] = value;
    key
}

fn parse(keys: &[Value]) -> Result<KeySet, InvalidKeySet> {
    KeySet::parse(json!({"keys": keys}).to_string().as_bytes())
}

fn reason(key: Value) -> &'static str {
    match parse(&[key]) {
        Err(InvalidKeySet::NoKeys(passed_over)) => passed_over[0].reason,
        other => panic!("it should be passed over: {other:?}"),
    }
}

#[test]
fn the_kind_of_key_decides_the_algorithm() {
    let set = parse(&[rsa(), p256(), ed25519()]).unwrap();
    let algorithms = set.keys.iter().map(VerificationKey::algorithm);
    let expected = [Algorithm::RS256, Algorithm::ES256, Algorithm::EdDSA];
    assert!(algorithms.eq(expected), "{set:?}");
    assert_eq!(set.passed_over, []);
}

#[test]
fn what_a_key_says_of_its_use_is_respected() {
    for (member, value) in [
        ("use", json!("sig")),
        ("key_ops", json!(["verify"])),
        ("alg", json!("EdDSA")),
        ("alg", json!("Ed25519")),
        ("something_else", json!({"of": "others"})),
    ] {
        assert!(parse(&[with(ed25519(), member, value)]).is_ok(), "{member}");
    }
    for (member, value, expected) in [
        ("use", json!("enc"), "(use)"),
        ("key_ops", json!(["encrypt", "wrapKey"]), "(key_ops)"),
        ("key_ops", json!([]), "(key_ops)"),
        ("alg", json!("RS256"), "(alg)"),
        ("alg", json!("HS256"), "(alg)"),
        ("alg", json!("none"), "(alg)"),
        ("crv", json!("Ed448"), "(crv)"),
        ("kty", json!("PQC"), "(kty)"),
        ("kid", json!(7), "RFC 7517"),
    ] {
        let reason = reason(with(ed25519(), member, value));
        assert!(reason.contains(expected), "{member}: {reason}");
    }
}

#[test]
fn a_shared_secret_is_never_taken_from_a_set() {
    let secret = json!({"kty": "oct", "k": text(&[7; 32]), "alg": "HS256", "kid": "s"});
    assert!(reason(secret).contains("shared secret"));
}

#[test]
fn a_key_whose_private_part_is_in_the_set_is_passed_over() {
    for member in ["d", "p", "q", "dp", "dq", "qi", "oth", "k"] {
        let reason = reason(with(ed25519(), member, json!("AQAB")));
        assert!(reason.contains("private part"), "{member}: {reason}");
    }
}

#[test]
fn weak_keys_and_points_that_are_none_are_passed_over() {
    let short = text(&[&[0xff; 254][..], &[0xfd]].concat());
    let even = text(&[0xfe; 256]);
    let p384 = EcdsaKeyPair::generate(&ECDSA_P384_SHA384_FIXED_SIGNING).unwrap();
    // Generating one is slow.
    let rsa = rsa();
    for (key, member, value) in [
        (rsa.clone(), "n", json!(short)),
        (rsa.clone(), "n", json!(even)),
        (rsa.clone(), "n", json!("")),
        (rsa.clone(), "n", json!(text(&[0xff; 1_025]))),
        (rsa.clone(), "e", json!("AQ")),
        (rsa.clone(), "e", json!("Ag")),
        (rsa.clone(), "e", json!("")),
        (rsa, "e", Value::Null),
        (p256(), "x", json!(text(&[7; 32]))),
        (p256(), "y", json!(text(&[0; 32]))),
        (p256(), "x", json!(text(&p384.public_key().as_ref()[1..49]))),
        (p256(), "y", json!("")),
        (ed25519(), "x", json!(text(&[0; 32]))),
        (ed25519(), "x", json!(text(&[7; 31]))),
        (ed25519(), "x", json!("")),
        (ed25519(), "x", json!("no base64!")),
    ] {
        let reason = reason(with(key, member, value.clone()));
        assert!(reason.starts_with("not a"), "{member} {value}: {reason}");
    }
}

#[test]
fn a_zero_before_a_modulus_does_not_count() {
    let pair = RsaKeyPair::generate(KeySize::Rsa2048).unwrap();
    let with_zero = text(&pair.public_key().as_ref()[8..265]);
    assert!(parse(&[with(rsa(), "n", json!(with_zero))]).is_ok());
}

#[test]
fn keys_that_are_passed_over_leave_the_others() {
    let encryption = with(
        with(p256(), "use", json!("enc")),
        "kid",
        json!("line\nbreak"),
    );
    let set = parse(&[json!("text"), encryption, ed25519()]).unwrap();
    assert_eq!(set.keys.len(), 1);
    let said: Vec<String> = set.passed_over.iter().map(ToString::to_string).collect();
    assert!(said[0].starts_with("key 1: "), "{said:?}");
    assert!(said[1].starts_with(r"line\nbreak: "), "{said:?}");
}

#[test]
fn what_is_no_set_or_too_much_of_one_is_refused() {
    for document in [
        "",
        "{}",
        "[]",
        r#"{"keys": {}}"#,
        "<html>",
        r#"{"keys": "#,
        "\u{feff}{}",
    ] {
        assert_eq!(
            KeySet::parse(document.as_bytes()),
            Err(InvalidKeySet::NotASet)
        );
    }
    assert_eq!(
        KeySet::parse(b"{\"keys\": [\"\xff\"]}"),
        Err(InvalidKeySet::NotASet)
    );
    let long = vec![b' '; LONGEST_SET + 1];
    assert_eq!(KeySet::parse(&long), Err(InvalidKeySet::TooLong));
    assert_eq!(parse(&vec![ed25519(); 65]), Err(InvalidKeySet::TooManyKeys));
    assert_eq!(parse(&[]), Err(InvalidKeySet::NoKeys(Vec::new())));
}
