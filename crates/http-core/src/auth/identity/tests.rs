use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use privet_domain::Timestamp;
use serde_json::json;

use super::*;

mod keys;
mod named_curve;

const SECRET: &[u8] = b"a secret of at least thirty-two bytes";
const USER: &str = "0190f3c4-7a5e-7cc3-9b1e-3f2a4d5c6b7a";

fn verifier() -> TokenVerifier {
    TokenVerifier::new(vec![VerificationKey::hs256(SECRET)], None, None)
}

fn token(claims: &Value) -> String {
    encode(
        &Header::new(Algorithm::HS256),
        claims,
        &EncodingKey::from_secret(SECRET),
    )
    .unwrap()
}

fn now() -> u64 {
    get_current_timestamp()
}

#[test]
fn a_good_token_names_its_user_and_scopes() {
    let claims =
        json!({"sub": USER.to_uppercase(), "exp": now() + 60, "scope": "a privacy:decide"});
    let identity = verifier().verify(&token(&claims)).unwrap();
    assert_eq!(identity.user_id.to_string(), USER);
    assert!(identity.scopes.contains("privacy:decide"));
}

#[test]
fn a_token_is_expired_from_the_second_of_its_exp_on() {
    for exp in [0, now() - 1, now()] {
        let result = verifier().verify(&token(&json!({"sub": USER, "exp": exp})));
        assert_eq!(result.unwrap_err(), Unauthenticated::Expired);
    }
}

#[test]
fn times_may_have_a_fraction() {
    let soon = f64::from(u32::try_from(now()).unwrap()) + 60.5;
    assert!(
        verifier()
            .verify(&token(
                &json!({"sub": USER, "exp": soon, "nbf": soon - 90.0})
            ))
            .is_ok()
    );
    let result = verifier().verify(&token(&json!({"sub": USER, "exp": soon - 90.0})));
    assert_eq!(result.unwrap_err(), Unauthenticated::Expired);
}

#[test]
fn claims_that_are_missing_or_of_another_kind_make_a_token_invalid() {
    for claims in [
        json!({"sub": USER}),
        json!({"exp": now() + 60}),
        json!({"sub": USER, "exp": "tomorrow"}),
        json!({"sub": USER, "exp": null}),
        json!({"sub": "42", "exp": now() + 60}),
        json!({"sub": 42, "exp": now() + 60}),
        json!({"sub": USER, "exp": now() + 60, "nbf": now() + 30}),
        json!({"sub": USER, "exp": now() + 60, "nbf": "soon"}),
    ] {
        let result = verifier().verify(&token(&claims));
        assert_eq!(result.unwrap_err(), Unauthenticated::Invalid, "{claims}");
    }
}

#[test]
fn a_scope_that_is_no_text_grants_nothing() {
    let claims = json!({"sub": USER, "exp": now() + 60, "scope": ["privacy:decide"]});
    let identity = verifier().verify(&token(&claims)).unwrap();
    assert!(!identity.scopes.contains("privacy:decide"));
}

#[test]
fn scp_is_read_as_scope_where_that_is_missing() {
    let scopes = |claims: Value| {
        let mut all = json!({"sub": USER, "exp": now() + 60});
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        let identity = verifier().verify(&token(&all)).unwrap();
        identity.scopes.as_str().to_owned()
    };
    for (claims, expected) in [
        (json!({"scp": "a privacy:decide"}), "a privacy:decide"),
        (json!({"scp": ["a", "privacy:decide"]}), "a privacy:decide"),
        (json!({"scope": null, "scp": ["a"]}), "a"),
        (json!({"scope": "a", "scp": "b"}), "a"),
        (json!({"scope": "", "scp": "b"}), ""),
        (json!({"scope": ["a"], "scp": "b"}), ""),
        (json!({"scp": ["a b", 1, null, ["c"], "d"]}), "d"),
        (json!({"scp": []}), ""),
        (json!({"scp": {"a": true}}), ""),
        (json!({"scp": true}), ""),
        (json!({"scp": null}), ""),
        (json!({}), ""),
    ] {
        assert_eq!(scopes(claims.clone()), expected, "{claims}");
    }
}

#[test]
fn issuer_and_audience_must_match_where_they_are_configured() {
    let strict = TokenVerifier::new(
        vec![VerificationKey::hs256(SECRET)],
        Some("us"),
        Some("privet"),
    );
    let base = json!({"sub": USER, "exp": now() + 60});
    let with = |iss: Value, aud: Value| {
        let mut claims = base.clone();
        claims["iss"] = iss;
        claims["aud"] = aud;
        token(&claims)
    };
    assert!(strict.verify(&with(json!("us"), json!("privet"))).is_ok());
    assert!(
        strict
            .verify(&with(json!("us"), json!(["other", "privet"])))
            .is_ok()
    );
    for refused in [
        with(json!("them"), json!("privet")),
        with(json!("us"), json!("other")),
        with(json!("us"), json!([])),
        with(json!("us"), json!(null)),
        with(json!(null), json!("privet")),
        token(&base),
    ] {
        assert_eq!(
            strict.verify(&refused).unwrap_err(),
            Unauthenticated::Invalid
        );
    }
    assert!(
        verifier()
            .verify(&with(json!("them"), json!("other")))
            .is_ok(),
        "not asked for"
    );
}

#[test]
fn only_the_keys_own_algorithm_will_do() {
    let claims = json!({"sub": USER, "exp": now() + 60});
    let hs512 = encode(
        &Header::new(Algorithm::HS512),
        &claims,
        &EncodingKey::from_secret(SECRET),
    );
    let forged = encode(
        &Header::default(),
        &claims,
        &EncodingKey::from_secret(b"another"),
    )
    .unwrap();
    let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let none = format!(
        "{}.{}.",
        part(json!({"alg": "none", "typ": "JWT"})),
        part(claims)
    );
    let good = token(&json!({"sub": USER, "exp": now() + 60}));
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    for refused in [
        hs512.unwrap(),
        forged,
        none,
        unsigned,
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(
            verifier().verify(&refused).unwrap_err(),
            Unauthenticated::Invalid,
            "{refused}"
        );
    }
}

#[test]
fn with_a_shared_secret_the_key_id_is_ignored_and_an_unknown_critical_header_is_not() {
    let claims = json!({"sub": USER, "exp": now() + 60});
    let key = EncodingKey::from_secret(SECRET);
    let named = Header {
        kid: Some("whatever".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    assert!(
        verifier()
            .verify(&encode(&named, &claims, &key).unwrap())
            .is_ok()
    );
    let critical = Header {
        crit: Some(vec!["b64".to_owned()]),
        ..Header::new(Algorithm::HS256)
    };
    let result = verifier().verify(&encode(&critical, &claims, &key).unwrap());
    assert_eq!(result.unwrap_err(), Unauthenticated::Invalid);
}

#[test]
fn a_token_made_by_the_service_is_taken_by_the_service() {
    let request = TokenRequest {
        user_id: UserId::parse(USER).unwrap(),
        scope: Some("privacy:decide".to_owned()),
        issuer: Some("us".to_owned()),
        audience: Some("privet".to_owned()),
        issued_at: Timestamp::from_micros(i64::try_from(now()).unwrap() * 1_000_000).unwrap(),
        ttl: Duration::from_mins(1),
    };
    let strict = TokenVerifier::new(
        vec![VerificationKey::hs256(SECRET)],
        Some("us"),
        Some("privet"),
    );
    let identity = strict.verify(&sign(SECRET, &request).unwrap()).unwrap();
    assert_eq!(identity.user_id, request.user_id);
    assert!(identity.scopes.contains("privacy:decide"));
}

#[test]
fn a_token_that_was_taken_before_is_taken_again_until_it_expires() {
    let (verifier, exp) = (verifier(), now() + 60);
    let token = token(&json!({"sub": USER, "exp": exp, "scope": "privacy:decide"}));
    for _ in 0..2 {
        let identity = verifier.verify_at(exp - 1, &token).unwrap();
        assert_eq!(identity.user_id.to_string(), USER);
        assert!(identity.scopes.contains("privacy:decide"));
    }
    assert_eq!(verifier.verify_at(exp, &token).unwrap_err(), EXPIRED);
}

#[test]
fn a_token_that_was_taken_before_is_refused_with_any_part_changed() {
    let verifier = verifier();
    let good = token(&json!({"sub": USER, "exp": now() + 60}));
    verifier.verify(&good).unwrap();
    for position in 0..good.len() {
        let mut forged = good.clone();
        let other = if good.as_bytes()[position] == b'A' {
            "B"
        } else {
            "A"
        };
        forged.replace_range(position..=position, other);
        assert!(verifier.verify(&forged).is_err(), "{forged}");
    }
}

#[test]
fn what_was_refused_is_not_remembered() {
    let verifier = verifier();
    let early = token(&json!({"sub": USER, "exp": now() + 60, "nbf": now() + 30}));
    for refused in [early.as_str(), "a.b.c", ""] {
        assert!(verifier.verify(refused).is_err());
        assert!(
            verifier.trusted.load().verified.find(refused).is_none(),
            "{refused}"
        );
    }
}

#[test]
fn what_one_verifier_took_means_nothing_to_another() {
    let good = token(&json!({"sub": USER, "exp": now() + 60}));
    verifier().verify(&good).unwrap();
    let rotated = TokenVerifier::new(
        vec![VerificationKey::hs256(
            b"another secret of thirty-two bytes or more",
        )],
        None,
        None,
    );
    let result = rotated.verify(&good);
    assert_eq!(result.unwrap_err(), Unauthenticated::Invalid);
}
