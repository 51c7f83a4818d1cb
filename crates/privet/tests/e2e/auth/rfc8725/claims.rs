//! Claims, and key names in headers, are not trusted (sections 3.7 to 3.10).

use jsonwebtoken::{Algorithm, Header, encode};
use serde_json::{Value, json};

use super::{assert_refused, good_claims, server_with, signed, with_header};
use crate::support::key_sets::status;
use crate::support::{KeyPair, KeyServer, SECRET, Server, Token, new_user_id};

fn with_claims(claims: impl AsRef<[u8]>) -> String {
    signed(r#"{"alg":"HS256"}"#, claims, SECRET.as_bytes())
}

/// Section 3.7.
#[tokio::test]
async fn what_is_not_utf_8_is_refused() {
    let server = Server::on_sqlite(&[]).await;
    let mut claims = good_claims();
    claims["name"] = json!("Zoë");
    let text = claims.to_string();
    assert_eq!(status(&server, &with_claims(&text)).await, 200);

    let latin_1: Vec<u8> = text
        .chars()
        .map(|character| u8::try_from(u32::from(character)).unwrap())
        .collect();
    let utf_16: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let with_mark = [b"\xef\xbb\xbf", text.as_bytes()].concat();
    for (what, bytes) in [
        ("ISO 8859-1", latin_1),
        ("UTF-16", utf_16),
        ("a byte order mark", with_mark),
    ] {
        assert_refused(&server, what, &with_claims(bytes)).await;
    }
    let header = [br#"{"alg":"HS256","x":""#.as_slice(), b"\xff\"}"].concat();
    let token = signed(header, good_claims().to_string(), SECRET.as_bytes());
    assert_refused(&server, "a header", &token).await;
}

/// RFC 7519, section 4: repeated claims are refused.
#[tokio::test]
async fn repeated_claims_and_claims_that_are_not_an_object_are_refused() {
    let server = Server::on_sqlite(&[]).await;
    let (one, other) = (good_claims(), good_claims());
    let twice = format!(
        r#"{{"sub":{},"sub":{},"exp":{}}}"#,
        one["sub"], other["sub"], one["exp"]
    );
    let exp_twice = format!(r#"{{"sub":{},"exp":1,"exp":{}}}"#, one["sub"], one["exp"]);
    for claims in [&twice, &exp_twice, "[]", "null", "\"sub\"", "", "{}{}"] {
        assert_refused(&server, claims, &with_claims(claims)).await;
    }
}

/// Section 3.8.
#[tokio::test]
async fn another_issuer_and_a_subject_that_is_no_user_are_refused() {
    let issuer = "https://login.test";
    let server = Server::on_sqlite(&[("PRIVET_JWT_ISSUER", issuer)]).await;
    let good = Token::of(new_user_id()).claim("iss", issuer);
    assert_eq!(status(&server, &good.sign(SECRET)).await, 200);
    for other in [
        json!("https://login.test/"),
        json!("https://LOGIN.test"),
        json!("https://login.test.example.com"),
        json!(""),
        json!([issuer, "another"]),
        json!({"iss": issuer}),
        Value::Null,
    ] {
        let token = good.clone().claim("iss", other.clone()).sign(SECRET);
        assert_refused(&server, &other.to_string(), &token).await;
    }
    assert_refused(&server, "no iss", &good.clone().without("iss").sign(SECRET)).await;
    for sub in [
        json!("alice"),
        json!(42),
        json!(""),
        json!([new_user_id().to_string()]),
        Value::Null,
    ] {
        let token = good.clone().claim("sub", sub.clone()).sign(SECRET);
        assert_refused(&server, &sub.to_string(), &token).await;
    }
}

/// Sections 3.9 and 3.12: tokens for another service are refused.
#[tokio::test]
async fn a_token_for_another_audience_is_refused() {
    let server = Server::on_sqlite(&[("PRIVET_JWT_AUDIENCE", "privet")]).await;
    let token = Token::of(new_user_id());
    for aud in [json!("privet"), json!(["chat", "privet"])] {
        let token = token.clone().claim("aud", aud.clone()).sign(SECRET);
        assert_eq!(status(&server, &token).await, 200, "{aud}");
    }
    for aud in [
        json!("chat"),
        json!("privet "),
        json!("PRIVET"),
        json!("privet chat"),
        json!([]),
        json!(["chat", "mail"]),
        json!({"privet": true}),
        Value::Null,
    ] {
        let token = token.clone().claim("aud", aud.clone()).sign(SECRET);
        assert_refused(&server, &aud.to_string(), &token).await;
    }
    assert_refused(&server, "no aud", &token.sign(SECRET)).await;
}

/// Section 3.10: the name of a key is only compared with those in the set.
#[tokio::test]
async fn the_name_of_a_key_is_only_compared() {
    let pair = KeyPair::p256();
    let server = server_with(&[pair.jwk("one")]).await;
    let long = "x".repeat(4_000);
    for id in [
        "",
        "One",
        "one ",
        "one\u{0}",
        "../../../dev/null",
        "/proc/self/environ",
        "file:///etc/passwd",
        "http://169.254.169.254/latest/meta-data/",
        "' OR '1'='1",
        "1; DROP TABLE users",
        "$(id)",
        "{{7*7}}",
        &long,
    ] {
        let token = Token::of(new_user_id()).key_id(id).sign_with(&pair);
        assert_refused(&server, id, &token).await;
    }
    for id in [json!(["one"]), json!({"one": 1}), json!(1)] {
        let header = json!({"alg": "ES256", "kid": id});
        assert_refused(&server, "no text", &with_header(&header)).await;
    }
    assert_eq!(
        status(&server, &Token::of(new_user_id()).sign_with(&pair)).await,
        200
    );
}

/// Section 3.10: keys and certificates in the token, or that it points to, are ignored.
#[tokio::test]
async fn a_key_in_a_token_or_linked_from_it_is_never_used() {
    let (ours, theirs) = (KeyPair::p256(), KeyPair::p256());
    let trap = KeyServer::start(&[theirs.jwk("one")]).await;
    let server = server_with(&[ours.jwk("one")]).await;
    let base = || Header::new(Algorithm::ES256);
    let headers = [
        Header {
            jku: Some(trap.url()),
            ..base()
        },
        Header {
            x5u: Some(trap.url()),
            ..base()
        },
        Header {
            url: Some(trap.url()),
            ..base()
        },
        Header {
            jwk: serde_json::from_value(theirs.jwk("one")).ok(),
            ..base()
        },
        Header {
            x5c: Some(vec!["MIIB".to_owned()]),
            ..base()
        },
        Header {
            x5t: Some("AAAA".to_owned()),
            ..base()
        },
    ];
    for header in headers {
        for kid in [None, Some("one".to_owned()), Some("theirs".to_owned())] {
            let header = Header {
                kid,
                ..header.clone()
            };
            let forged = encode(&header, &good_claims(), theirs.encoding_key()).unwrap();
            assert_refused(&server, &format!("{header:?}"), &forged).await;
        }
        // Our token is valid whatever the header contains besides.
        let good = encode(&header, &good_claims(), ours.encoding_key()).unwrap();
        assert_eq!(status(&server, &good).await, 200, "{header:?}");
    }
    assert_eq!(trap.requests(), 0);
}
