//! Keys from a JSON Web Key Set in a file or at a URL: which keys are used, when the set is fetched, and what
//! happens if it is unavailable.

mod outages;
mod start;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::key_server::Answer;
use crate::support::key_sets::{SETTINGS, named, set_file, status, with_set, write_set};
use crate::support::{KeyPair, KeyServer, SECRET, Server, Token, new_user_id};

#[tokio::test]
async fn keys_of_each_kind_are_taken_from_a_file_and_from_a_url() {
    let pairs = [KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519()];
    let keys: Vec<Value> = pairs
        .iter()
        .zip(["a", "b", "c"])
        .map(|(pair, id)| pair.jwk(id))
        .collect();
    let (file, url) = (set_file(&keys), KeyServer::start(&keys).await);
    for location in [file.path().to_str().unwrap(), &url.url()] {
        let server = with_set(location).await;
        for (pair, id) in pairs.iter().zip(["a", "b", "c"]) {
            assert_eq!(status(&server, &named(pair, id)).await, 200, "{id}");
            let unnamed = Token::of(new_user_id()).sign_with(pair);
            assert_eq!(
                status(&server, &unnamed).await,
                200,
                "{id} without its name"
            );
            let other = if id == "a" { "b" } else { "a" };
            assert_eq!(
                status(&server, &named(pair, other)).await,
                401,
                "{id} as {other}"
            );
        }
        let stranger = named(&KeyPair::p256(), "b");
        assert_eq!(status(&server, &stranger).await, 401);
    }
    // No token had an unknown key name.
    assert_eq!(url.requests(), 1);
}

#[tokio::test]
async fn a_key_whose_algorithm_is_ed25519_takes_tokens_that_say_so_and_those_that_say_eddsa() {
    let pair = KeyPair::ed25519();
    for alg in ["Ed25519", "EdDSA"] {
        let mut key = pair.jwk("one");
        key["alg"] = json!(alg);
        let file = set_file(&[key]);
        let server = with_set(file.path().to_str().unwrap()).await;
        let token = Token::of(new_user_id());
        for token in [token.clone(), token.key_id("one")] {
            let by_curve = token.sign_by_curve(&pair);
            assert_eq!(status(&server, &by_curve).await, 200, "{alg}");
            assert_eq!(status(&server, &token.sign_with(&pair)).await, 200, "{alg}");
        }
        let stranger = Token::of(new_user_id()).key_id("one");
        let stranger = stranger.sign_by_curve(&KeyPair::ed25519());
        assert_eq!(status(&server, &stranger).await, 401, "{alg}");
    }
}

#[tokio::test]
async fn a_secret_a_key_file_and_a_key_set_work_together() {
    let (in_file, other_in_file, in_set) = (KeyPair::p256(), KeyPair::rsa(), KeyPair::p256());
    let file = NamedTempFile::new().unwrap();
    let several = format!("{}\n{}", in_file.public_pem(), other_in_file.public_pem());
    std::fs::write(file.path(), several).unwrap();
    let keys = KeyServer::start(&[in_set.jwk("set")]).await;
    let server = Server::on_sqlite(&[
        ("PRIVET_JWT_PUBLIC_KEY_FILE", file.path().to_str().unwrap()),
        ("PRIVET_JWKS", &keys.url()),
    ])
    .await;
    let token = Token::of(new_user_id());
    for good in [
        token.sign(SECRET),
        token.sign_with(&in_file),
        token.sign_with(&other_in_file),
        token.sign_with(&in_set),
        token.key_id("set").sign_with(&in_set),
    ] {
        assert_eq!(status(&server, &good).await, 200);
    }
    // A key in the file has no name.
    assert_eq!(status(&server, &named(&in_file, "set")).await, 401);
}

#[tokio::test]
async fn a_set_is_fetched_once_for_any_number_of_tokens() {
    let pair = KeyPair::ed25519();
    let keys = KeyServer::start(&[pair.jwk("one")]).await;
    let server = with_set(&keys.url()).await;
    for _ in 0..50 {
        assert_eq!(status(&server, &named(&pair, "one")).await, 200);
        assert_eq!(
            status(&server, &named(&KeyPair::ed25519(), "one")).await,
            401
        );
    }
    assert_eq!(keys.requests(), 1);
}

#[tokio::test]
async fn a_new_key_is_fetched_at_once_but_at_most_once_a_minute() {
    let (old, new, newest) = (KeyPair::p256(), KeyPair::p256(), KeyPair::p256());
    let keys = KeyServer::start(&[old.jwk("old")]).await;
    let server = with_set(&keys.url()).await;
    keys.publish(&[old.jwk("old"), new.jwk("new")]);
    assert_eq!(status(&server, &named(&new, "new")).await, 200);
    assert_eq!(status(&server, &named(&old, "old")).await, 200);
    assert_eq!(keys.requests(), 2);

    keys.publish(&[newest.jwk("newest")]);
    for id in ["newest", "made up", "../../etc/passwd", "' OR 1=1 --", ""] {
        assert_eq!(status(&server, &named(&newest, id)).await, 401, "{id}");
    }
    assert_eq!(keys.requests(), 2);
}

#[tokio::test]
async fn a_file_is_read_again_when_a_token_names_an_unknown_key() {
    let (old, new) = (KeyPair::p256(), KeyPair::p256());
    let file = set_file(&[old.jwk("old")]);
    let server = with_set(file.path().to_str().unwrap()).await;
    assert_eq!(status(&server, &named(&old, "old")).await, 200);
    write_set(&file, &[new.jwk("new")]);
    assert_eq!(status(&server, &named(&new, "new")).await, 200);
    assert_eq!(status(&server, &named(&old, "old")).await, 401);
}

#[tokio::test]
async fn invented_key_names_delay_no_other_request_and_cost_one_fetch() {
    let pair = KeyPair::p256();
    let keys = KeyServer::start(&[pair.jwk("one")]).await;
    let server = with_set(&keys.url()).await;
    keys.answer(Answer::Silence);

    let begun = Instant::now();
    let flood = (0..64).map(|number| {
        let client = server.bearer(&named(&pair, &format!("made up {number}")));
        tokio::spawn(async move { client.get(SETTINGS).await.status })
    });
    let flood: Vec<_> = flood.collect();
    for _ in 0..20 {
        assert_eq!(status(&server, &named(&pair, "one")).await, 200);
    }
    assert!(
        flood.iter().any(|request| !request.is_finished()),
        "too late"
    );
    for request in flood {
        assert_eq!(request.await.unwrap(), 401);
    }
    // Two seconds, and some reserve for a busy machine.
    assert!(
        begun.elapsed() < Duration::from_secs(20),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(keys.requests(), 2);
}

#[tokio::test]
async fn an_ignored_key_is_logged_with_the_reason() {
    let (good, other) = (KeyPair::ed25519(), KeyPair::p256());
    let mut encryption = other.jwk("for encryption");
    encryption["use"] = json!("enc");
    let secret = json!({"kty": "oct", "k": "c2VjcmV0LXNlY3JldC1zZWNyZXQtc2VjcmV0LXNlY3JldA", "kid": "shared"});
    let keys = KeyServer::start(&[encryption, secret, good.jwk("good")]).await;
    let mut server = with_set(&keys.url()).await;
    let line = server.wait_for_log("for encryption").await;
    assert!(line.contains("WARN") && line.contains("(use)"), "{line}");
    server.wait_for_log("shared secret").await;

    assert_eq!(status(&server, &named(&good, "good")).await, 200);
    assert_eq!(status(&server, &named(&other, "for encryption")).await, 401);
    let forged = Token::of(new_user_id()).key_id("shared");
    let forged = forged.sign("secret-secret-secret-secret-secret");
    assert_eq!(status(&server, &forged).await, 401);
}
