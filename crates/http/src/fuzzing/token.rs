//! Bearer tokens: raw text, or a header and claims on two lines, which this target signs to reach the code after
//! the verification.

use std::sync::LazyLock;

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use privet_domain::UserId;
use privet_http_core::auth::identity::{Identity, TokenVerifier, VerificationKey};
use serde_json::Value;

const SECRET: &[u8] = b"the secret that the stored tokens are signed with";

/// A key whose private half is unknown.
const PUBLIC_KEY: &[u8] = b"-----BEGIN PUBLIC KEY-----\n\
    MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=\n\
    -----END PUBLIC KEY-----\n";

static KEY: LazyLock<hmac::Key> = LazyLock::new(|| hmac::Key::new(hmac::HMAC_SHA256, SECRET));

static VERIFIER: LazyLock<TokenVerifier> = LazyLock::new(|| {
    let mut keys = VerificationKey::from_pem(PUBLIC_KEY).expect("it is an Ed25519 key");
    keys.push(VerificationKey::hs256(SECRET));
    TokenVerifier::new(keys, None, None)
});

/// An accepted token was signed with the secret, names its user, and has not expired; after changing any character
/// it is refused. A second verification, from the cache, has the same result.
pub fn token(data: &[u8]) {
    if let Ok(text) = str::from_utf8(data) {
        check(text, data.len());
    }
    if let Some(line) = data.iter().position(|byte| *byte == b'\n') {
        let (header, claims) = data.split_at(line);
        check(&signed(header, claims.get(1..).unwrap_or_default()), line);
    }
}

fn signed(header: &[u8], claims: &[u8]) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
    let message = format!("{header}.{claims}");
    let signature = hmac::sign(&KEY, message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn check(token: &str, place: usize) {
    let result = VERIFIER.verify(token);
    let again = VERIFIER.verify(token);
    let named = |result: &Result<Identity, _>| result.as_ref().ok().map(|known| known.user_id);
    assert_eq!(named(&result), named(&again), "{token}");
    if let Ok(identity) = result {
        assert_says_so(token, &identity);
        let other = changed(token, place);
        assert!(VERIFIER.verify(&other).is_err(), "{token} {other}");
    }
}

/// An independent verification, without the library used elsewhere.
fn assert_says_so(token: &str, identity: &Identity) {
    let (message, signature) = token.rsplit_once('.').expect("a signature");
    let (header, claims) = message.split_once('.').expect("a header");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("a signature");
    assert!(
        hmac::verify(&KEY, message.as_bytes(), &signature).is_ok(),
        "{token}"
    );
    // A claim that is not read may contain invalid text.
    let read = |part: &str| {
        let bytes = URL_SAFE_NO_PAD.decode(part).expect("base64");
        let value = serde_json::from_str::<Value>(&String::from_utf8_lossy(&bytes));
        value.expect("JSON")
    };
    let (header, claims) = (read(header), read(claims));
    assert_eq!(header["alg"], "HS256", "{header}");
    assert!(header.get("crit").is_none_or(Value::is_null), "{header}");
    let user = claims["sub"]
        .as_str()
        .and_then(|sub| UserId::parse(sub).ok());
    assert_eq!(user, Some(identity.user_id), "{claims}");
    let now = i64::try_from(jsonwebtoken::get_current_timestamp()).expect("a time of today");
    let exp = claims["exp"].as_f64().expect("it is required");
    #[expect(clippy::cast_precision_loss, reason = "seconds are exact in a double")]
    let (soon, just_now) = ((now + 1) as f64, (now - 10) as f64);
    assert!(exp > just_now, "{claims}");
    let nbf = claims.get("nbf").and_then(Value::as_f64);
    assert!(nbf.is_none_or(|nbf| nbf <= soon), "{claims}");
}

/// The token with one character replaced.
fn changed(token: &str, place: usize) -> String {
    let place = place % token.len();
    let other = if token.as_bytes().get(place) == Some(&b'A') {
        "B"
    } else {
        "A"
    };
    let mut changed = token.to_owned();
    changed.replace_range(place..=place, other);
    changed
}
