//! JSON Web Token Best Current Practices (RFC 8725), section 3, point by point; `docs/tokens.md` lists the test of
//! each point.

mod claims;
mod keys;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use jsonwebtoken::Algorithm;
use serde_json::{Value, json};

use crate::support::key_sets::{SETTINGS, set_file, status, with_set};
use crate::support::tokens::now;
use crate::support::{KeyPair, SECRET, Server, Token, new_user_id};

/// The claims of a valid token.
fn good_claims() -> Value {
    json!({"sub": new_user_id().to_string(), "exp": now() + 600})
}

fn part(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// Signs exactly these bytes with the secret, as HS256.
fn signed(header: impl AsRef<[u8]>, claims: impl AsRef<[u8]>, secret: &[u8]) -> String {
    let message = format!("{}.{}", part(header), part(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = hmac::sign(&key, message.as_bytes());
    format!("{message}.{}", part(signature))
}

/// A valid token with another header.
fn with_header(header: &Value) -> String {
    signed(
        header.to_string(),
        good_claims().to_string(),
        SECRET.as_bytes(),
    )
}

async fn assert_refused(server: &Server, what: &str, token: &str) {
    let answer = server.bearer(token).get(SETTINGS).await;
    assert_eq!(answer.status, 401, "{what}: {answer}");
    assert!(answer.text.contains("Invalid token"), "{what}: {answer}");
}

#[tokio::test]
async fn a_handmade_valid_token_is_accepted() {
    // The token that the others are derived from.
    let server = Server::on_sqlite(&[]).await;
    for header in [
        json!({"alg": "HS256"}),
        json!({"typ": "JWT", "alg": "HS256"}),
    ] {
        assert_eq!(status(&server, &with_header(&header)).await, 200);
    }
}

/// Section 3.1.
#[tokio::test]
async fn the_key_determines_the_algorithm_not_the_token() {
    let pair = KeyPair::rsa();
    let file = set_file(&[pair.jwk("one")]);
    let variables = [
        ("PRIVET_JWKS", file.path().to_str().unwrap()),
        ("PRIVET_JWT_PUBLIC_KEY_FILE", pair.public_key_file()),
    ];
    let server = Server::on_sqlite(&variables).await;
    for alg in [
        "none", "None", "NONE", "nOnE", "", "hs256", "HS256 ", "HS512", "RS256", "A128KW", "dir",
    ] {
        let unsigned = format!(
            "{}.{}.",
            part(json!({"alg": alg}).to_string()),
            part(good_claims().to_string())
        );
        assert_refused(&server, alg, &unsigned).await;
        assert_refused(&server, alg, &with_header(&json!({"alg": alg}))).await;
    }
    for header in [
        json!({}),
        json!({"alg": null}),
        json!({"alg": ["HS256"]}),
        json!([]),
    ] {
        assert_refused(&server, "no alg", &with_header(&header)).await;
    }
    // A public key is not secret.
    let (jwk, pem) = (pair.jwk("one"), pair.public_pem());
    let modulus = jwk["n"].as_str().unwrap();
    for secret in [pem.as_str(), pem.trim(), &jwk.to_string(), modulus, ""] {
        for header in [
            json!({"alg": "HS256"}),
            json!({"alg": "HS256", "kid": "one"}),
        ] {
            let token = signed(
                header.to_string(),
                good_claims().to_string(),
                secret.as_bytes(),
            );
            assert_refused(&server, "a public key as a secret", &token).await;
        }
    }
}

/// Section 3.2.
#[tokio::test]
async fn algorithms_other_than_the_four_are_refused_also_with_the_right_key() {
    let pair = KeyPair::rsa();
    let file = set_file(&[pair.jwk("one")]);
    let server = Server::on_sqlite(&[("PRIVET_JWKS", file.path().to_str().unwrap())]).await;
    let token = Token::of(new_user_id());
    for algorithm in [Algorithm::HS384, Algorithm::HS512] {
        let signed = token.sign_hmac(algorithm, SECRET.as_bytes());
        assert_refused(&server, "an HMAC", &signed).await;
    }
    for algorithm in [
        Algorithm::RS384,
        Algorithm::RS512,
        Algorithm::PS256,
        Algorithm::PS384,
        Algorithm::PS512,
    ] {
        let signed = token
            .clone()
            .key_id("one")
            .sign_as(algorithm, pair.encoding_key());
        assert_refused(&server, "RSA", &signed).await;
    }
    assert_eq!(
        status(&server, &token.key_id("one").sign_with(&pair)).await,
        200
    );
}

/// Section 3.3.
#[tokio::test]
async fn a_token_with_any_part_changed_is_refused() {
    let pair = KeyPair::p256();
    let file = set_file(&[pair.jwk("one")]);
    let server = Server::on_sqlite(&[("PRIVET_JWKS", file.path().to_str().unwrap())]).await;
    let token = Token::of(new_user_id());
    let other = part(good_claims().to_string());
    for good in [token.sign(SECRET), token.sign_with(&pair)] {
        assert_eq!(status(&server, &good).await, 200);
        let (message, signature) = good.rsplit_once('.').unwrap();
        let (header, claims) = message.split_once('.').unwrap();
        for (what, changed) in [
            ("no signature", format!("{message}.")),
            ("nor its dot", message.to_owned()),
            (
                "half a signature",
                format!("{message}.{}", &signature[..signature.len() / 2]),
            ),
            ("a longer one", format!("{message}.{signature}AAAA")),
            ("a padded one", format!("{message}.{signature}==")),
            ("other claims", format!("{header}.{other}.{signature}")),
            (
                "another header",
                format!(
                    "{}.{claims}.{signature}",
                    part(r#"{"alg":"HS256","kid":"x"}"#)
                ),
            ),
            ("no header", format!(".{claims}.{signature}")),
            ("no claims", format!("{header}..{signature}")),
            ("one part more", format!("{good}.{signature}")),
            ("a dot", ".".to_owned()),
            ("dots", "..".to_owned()),
            ("a NUL", format!("{message}%00.{signature}")),
        ] {
            assert_refused(&server, what, &changed).await;
        }
    }
}

/// Section 3.3: JWE and nested tokens are refused.
#[tokio::test]
async fn encrypted_and_nested_tokens_are_refused() {
    let server = Server::on_sqlite(&[]).await;
    let header = json!({"alg": "dir", "enc": "A256GCM"}).to_string();
    let encrypted = format!(
        "{}..{}.{}.{}",
        part(&header),
        part("iv"),
        part("text"),
        part("tag")
    );
    assert_refused(&server, "a JWE", &encrypted).await;
    let header = json!({"alg": "HS256", "enc": "A256GCM"});
    assert_refused(&server, "enc", &with_header(&header)).await;

    let inner = Token::of(new_user_id()).sign(SECRET);
    for cty in ["JWT", "jwt", "application/jwt"] {
        let header = json!({"alg": "HS256", "cty": cty});
        assert_refused(&server, cty, &with_header(&header)).await;
        let nested = signed(header.to_string(), &inner, SECRET.as_bytes());
        assert_refused(&server, "nested", &nested).await;
    }
    // RFC 7515, section 7.2: the JSON serialization.
    let parts: Vec<&str> = inner.split('.').collect();
    let json = json!({"protected": parts[0], "payload": parts[1], "signature": parts[2]});
    assert_refused(&server, "JSON", &json.to_string()).await;
}

/// Section 3.6.
#[tokio::test]
async fn a_compressed_token_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    for zip in ["DEF", "GZ", ""] {
        let header = json!({"alg": "HS256", "zip": zip});
        assert_refused(&server, zip, &with_header(&header)).await;
    }
}

/// Section 3.11.
#[tokio::test]
async fn a_token_of_another_kind_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    for typ in [
        "JWT",
        "jwt",
        "at+jwt",
        "AT+JWT",
        "application/at+jwt",
        "application/jwt",
    ] {
        let token = with_header(&json!({"alg": "HS256", "typ": typ}));
        assert_eq!(status(&server, &token).await, 200, "{typ}");
    }
    for typ in [
        "dpop+jwt",
        "secevent+jwt",
        "logout+jwt",
        "oauth-authz-req+jwt",
        "application/dpop+jwt",
        "text/jwt",
        "JOSE",
        "",
        " JWT",
    ] {
        let token = with_header(&json!({"alg": "HS256", "typ": typ}));
        assert_refused(&server, typ, &token).await;
    }
    let token = with_header(&json!({"alg": "HS256", "typ": ["JWT"]}));
    assert_refused(&server, "a list", &token).await;
}

/// RFC 7515, section 4.1.11.
#[tokio::test]
async fn a_critical_extension_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    for (crit, name) in [
        (json!(["b64"]), "b64"),
        (json!(["exp"]), "exp"),
        (json!([]), "x"),
    ] {
        let mut header = json!({"alg": "HS256", "crit": crit});
        header[name] = json!(false);
        assert_refused(&server, name, &with_header(&header)).await;
    }
}

#[tokio::test]
async fn a_token_of_more_than_sixteen_kibibytes_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    let with_padding = |length: usize| {
        let mut claims = good_claims();
        claims["padding"] = json!("x".repeat(length));
        signed(r#"{"alg":"HS256"}"#, claims.to_string(), SECRET.as_bytes())
    };
    let (long, too_long) = (with_padding(12_000), with_padding(12_300));
    assert!(
        long.len() <= 16_384 && too_long.len() > 16_384,
        "{} {}",
        long.len(),
        too_long.len()
    );
    assert_eq!(status(&server, &long).await, 200);
    assert_refused(&server, "too long", &too_long).await;
}

/// The server of [`with_set`] for a file with these keys.
async fn server_with(keys: &[Value]) -> Server {
    with_set(set_file(keys).path().to_str().unwrap()).await
}
