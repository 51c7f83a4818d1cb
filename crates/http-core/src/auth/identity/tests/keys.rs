//! Several keys at once, keys that change, and which of them a token is tried with.

use std::sync::atomic::{AtomicUsize, Ordering};

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair as _};
use futures_util::FutureExt;

use super::*;

/// An Ed25519 key by a name, and what it signs.
struct Signer {
    id: &'static str,
    pair: Ed25519KeyPair,
}

impl Signer {
    fn new(id: &'static str) -> Self {
        let pair = Ed25519KeyPair::generate().unwrap();
        Self { id, pair }
    }

    fn key(&self) -> VerificationKey {
        let key = VerificationKey::from_ed25519(self.pair.public_key().as_ref()).unwrap();
        key.named(Some(self.id.to_owned()))
    }

    fn sign(&self, id: Option<&str>) -> String {
        let header = Header {
            kid: id.map(str::to_owned),
            ..Header::new(Algorithm::EdDSA)
        };
        let der = AsDer::<Pkcs8V1Der>::as_der(&self.pair).unwrap();
        let claims = json!({"sub": USER, "exp": now() + 60});
        encode(&header, &claims, &EncodingKey::from_ed_der(der.as_ref())).unwrap()
    }
}

fn with_keys(keys: Vec<VerificationKey>) -> TokenVerifier {
    TokenVerifier::new(keys, None, None)
}

#[test]
fn a_token_that_names_a_key_is_tried_with_that_key_only() {
    let (one, other) = (Signer::new("one"), Signer::new("other"));
    let verifier = with_keys(vec![one.key(), other.key()]);
    assert!(verifier.verify(&one.sign(Some("one"))).is_ok());
    assert!(verifier.verify(&other.sign(Some("other"))).is_ok());
    assert!(verifier.verify(&one.sign(Some("other"))).is_err());
}

#[test]
fn a_token_that_names_no_key_is_tried_with_each_of_its_algorithm() {
    let (one, other) = (Signer::new("one"), Signer::new("other"));
    let verifier = with_keys(vec![VerificationKey::hs256(SECRET), one.key(), other.key()]);
    assert!(verifier.verify(&one.sign(None)).is_ok());
    assert!(verifier.verify(&other.sign(None)).is_ok());
    assert!(verifier.verify(&Signer::new("one").sign(None)).is_err());
    let shared = token(&json!({"sub": USER, "exp": now() + 60}));
    assert!(verifier.verify(&shared).is_ok());
}

#[test]
fn nothing_that_a_key_signed_is_remembered_once_the_key_is_gone() {
    let (old, new) = (Signer::new("old"), Signer::new("new"));
    let verifier = with_keys(vec![old.key()]);
    let token = old.sign(Some("old"));
    assert!(verifier.verify(&token).is_ok());

    verifier.replace_keys(vec![old.key(), new.key()]);
    assert!(verifier.verify(&token).is_ok());
    verifier.replace_keys(vec![new.key()]);
    assert!(verifier.verify(&token).is_err());
    assert!(verifier.verify(&old.sign(None)).is_err());
}

#[test]
fn keys_that_are_the_same_leave_what_is_remembered() {
    let signer = Signer::new("one");
    let verifier = with_keys(vec![signer.key()]);
    let token = signer.sign(Some("one"));
    verifier.verify(&token).unwrap();
    verifier.replace_keys(vec![signer.key()]);
    assert!(verifier.trusted.load().verified.find(&token).is_some());
}

/// Counts how often it is asked for keys.
#[derive(Default)]
struct Counting(AtomicUsize);

impl NewerKeys for Counting {
    fn ask(&self) -> Asking<'_> {
        self.0.fetch_add(1, Ordering::Relaxed);
        Box::pin(std::future::ready(()))
    }
}

#[test]
fn newer_keys_are_asked_for_only_where_a_token_names_one_that_is_not_known() {
    let (known, unknown) = (Signer::new("known"), Signer::new("unknown"));
    let newer = Arc::new(Counting::default());
    let verifier = with_keys(vec![known.key(), VerificationKey::hs256(SECRET)]);
    let verifier = verifier.asking(Arc::clone(&newer) as Arc<dyn NewerKeys>);
    let verify = |token: &str| verifier.verify_by_newest(token).now_or_never().unwrap();

    let good = known.sign(Some("known"));
    assert!(verify(&good).is_ok() && verify(&good).is_ok());
    let of_the_secret = Header {
        kid: Some("whatever".to_owned()),
        ..Header::new(Algorithm::HS256)
    };
    let forged = encode(
        &of_the_secret,
        &json!({}),
        &EncodingKey::from_secret(b"another"),
    );
    for token in [
        &unknown.sign(Some("known")),
        &unknown.sign(None),
        &forged.unwrap(),
        "a.b.c",
    ] {
        assert_eq!(verify(token).unwrap_err(), Unauthenticated::Invalid);
    }
    assert_eq!(newer.0.load(Ordering::Relaxed), 0);

    let result = verify(&unknown.sign(Some("unknown")));
    assert_eq!(result.unwrap_err(), Unauthenticated::Invalid);
    assert_eq!(newer.0.load(Ordering::Relaxed), 1);
}
