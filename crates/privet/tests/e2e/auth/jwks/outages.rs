//! The key set is unavailable while Privet serves: the previous keys stay in use, and failure and recovery are
//! logged once.

use crate::support::key_server::Answer;
use crate::support::key_sets::{named, set_file, status, with_set};
use crate::support::{KeyPair, KeyServer, Server};

const AWAY: &str = "PRIVET_JWKS cannot be read; the previous keys stay in use";
const BACK: &str = "PRIVET_JWKS can be read again";
/// SIGHUP reads the set without the limit of one fetch a minute.
const REREAD: &str = "SIGHUP: ";

/// Makes Privet read the set again, and waits for the end.
async fn reread(server: &mut Server, times: usize) {
    server.signal("HUP").await;
    server.wait_for_logs(REREAD, times).await;
}

fn lines(server: &Server, text: &str) -> usize {
    server
        .log()
        .iter()
        .filter(|line| line.contains(text))
        .count()
}

#[tokio::test]
async fn a_url_without_keys_leaves_the_previous_keys_in_use() {
    let pair = KeyPair::p256();
    let keys = KeyServer::start(&[pair.jwk("one")]).await;
    let elsewhere = KeyServer::start(&[KeyPair::p256().jwk("two")]).await;
    let mut server = with_set(&keys.url()).await;
    let failures = [
        Answer::Status(500),
        Answer::Status(404),
        Answer::Status(204),
        Answer::HangUp,
        Answer::Redirect(elsewhere.url()),
        Answer::Text("<html>It works!</html>".to_owned()),
        Answer::Text(r#"{"keys": []}"#.to_owned()),
        Answer::Text(r#"{"keys": [{"kty": "oct", "k": "AAAA"}]}"#.to_owned()),
        Answer::Text(format!(
            r#"{{"keys": [], "padding": "{}"}}"#,
            "x".repeat(2_000_000)
        )),
        Answer::Silence,
    ];
    for (failure, times) in failures.into_iter().zip(1..) {
        keys.answer(failure.clone());
        reread(&mut server, times).await;
        assert_eq!(
            status(&server, &named(&pair, "one")).await,
            200,
            "{failure:?}"
        );
    }
    assert_eq!(elsewhere.requests(), 0);
    assert_eq!((lines(&server, AWAY), lines(&server, BACK)), (1, 0));

    keys.publish(&[pair.jwk("one")]);
    reread(&mut server, 11).await;
    assert_eq!((lines(&server, AWAY), lines(&server, BACK)), (1, 1));
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
}

#[tokio::test]
async fn an_unreachable_url_leaves_the_previous_keys_in_use() {
    let pair = KeyPair::p256();
    let keys = KeyServer::start(&[pair.jwk("one")]).await;
    let mut server = with_set(&keys.url()).await;
    drop(keys);
    // Requests newer keys, and gets none.
    assert_eq!(status(&server, &named(&pair, "unknown")).await, 401);
    server.wait_for_log(AWAY).await;
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
}

#[tokio::test]
async fn an_invalid_or_missing_file_leaves_the_previous_keys_in_use() {
    let pair = KeyPair::p256();
    let file = set_file(&[pair.jwk("one")]);
    let mut server = with_set(file.path().to_str().unwrap()).await;
    std::fs::write(file.path(), "{").unwrap();
    reread(&mut server, 1).await;
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
    drop(file);
    reread(&mut server, 2).await;
    assert_eq!(status(&server, &named(&pair, "one")).await, 200);
    assert_eq!(lines(&server, AWAY), 1);
}
