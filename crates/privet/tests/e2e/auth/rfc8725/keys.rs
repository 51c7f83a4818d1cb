//! Invalid keys and signatures (sections 3.4 and 3.5).

use serde_json::{Value, json};

use super::{assert_refused, good_claims, part, server_with};
use crate::support::key_sets::set_file;
use crate::support::{KeyPair, Program};

/// The error of `serve` with this variable.
async fn refusal(name: &str, value: &str) -> String {
    let program = Program::new(&["serve"]).with("PRIVET_LISTEN", "127.0.0.1:0");
    let output = program.with(name, value).run().await;
    assert_eq!(output.status, 2, "{}", output.stderr);
    output.stderr
}

async fn refusal_of_set(key: &Value) -> String {
    let file = set_file(std::slice::from_ref(key));
    refusal("PRIVET_JWKS", file.path().to_str().unwrap()).await
}

/// Section 3.4.
#[tokio::test]
async fn a_point_off_its_curve_or_of_small_order_is_refused() {
    let (good, other) = (KeyPair::p256().jwk("one"), KeyPair::p256().jwk("other"));
    for (member, value) in [
        ("x", other["x"].clone()),
        ("y", json!(part([0; 32]))),
        ("x", json!(part([0xff; 32]))),
        ("x", json!("")),
    ] {
        let mut key = good.clone();
        key[member] = value;
        let line = refusal_of_set(&key).await;
        assert!(line.contains("not a point on P-256"), "{line}");
    }
    for x in [[0; 32], {
        let mut one = [0; 32];
        one[0] = 1;
        one
    }] {
        let mut key = KeyPair::ed25519().jwk("one");
        key["x"] = json!(part(x));
        let line = refusal_of_set(&key).await;
        assert!(line.contains("not an Ed25519 key"), "{line}");
    }
}

/// Section 3.4: numbers out of range, which some verifiers accepted (CVE-2022-21449).
#[tokio::test]
async fn a_signature_of_numbers_out_of_range_is_refused() {
    let pairs = [
        (KeyPair::p256(), "ES256"),
        (KeyPair::ed25519(), "EdDSA"),
        (KeyPair::rsa(), "RS256"),
    ];
    let order = [
        0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xbc,
        0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84, 0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51,
    ];
    for (pair, algorithm) in pairs {
        let server = server_with(&[pair.jwk("one")]).await;
        let header = json!({"alg": algorithm, "kid": "one"}).to_string();
        let message = format!("{}.{}", part(header), part(good_claims().to_string()));
        for signature in [
            vec![],
            vec![0; 64],
            vec![0; 256],
            vec![0xff; 64],
            vec![0xff; 256],
            [order, order].concat(),
            [&[0; 31][..], &[1], &[0; 31], &[1]].concat(),
        ] {
            let token = format!("{message}.{}", part(&signature));
            assert_refused(&server, algorithm, &token).await;
        }
    }
}

/// Section 3.5.
#[tokio::test]
async fn keys_that_could_be_guessed_are_refused() {
    for secret in ["password", "0123456789abcdef0123456789abcde"] {
        let line = refusal("PRIVET_JWT_SECRET", secret).await;
        assert!(
            line.contains("32 bytes") && !line.contains(secret),
            "{line}"
        );
    }
    for bytes in [64, 128, 255] {
        let mut key = KeyPair::rsa().jwk("one");
        key["n"] = json!(part(vec![0xff; bytes]));
        let line = refusal_of_set(&key).await;
        assert!(line.contains("2048"), "{line}");
    }
    let mut key = KeyPair::rsa().jwk("one");
    // With the exponent 1 the signature equals the message.
    key["e"] = json!("AQ");
    assert!(refusal_of_set(&key).await.contains("2048"));
}
