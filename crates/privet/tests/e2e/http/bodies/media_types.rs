//! The type of a request body: JSON in UTF-8, not compressed.

use reqwest::Method;

use super::{assert_nothing_changed, start};
use crate::support::shapes::{JSON, UPDATES, assert_error};

#[tokio::test]
async fn a_body_of_another_type_is_refused() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for update in &UPDATES {
        for media_type in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/merge-patch+json",
            "application/json; charset=latin1",
            "application/jsonx",
            "application/problem+json",
            "json",
            "*/*",
        ] {
            let answer = update
                .send(&alice, update.body, &[("Content-Type", media_type)])
                .await;
            let message = "The body must be sent as application/json.";
            assert_error(&answer, update.path, 415, message);
            let own = match update.method {
                Method::PATCH => Some("Accept-Patch"),
                Method::POST => Some("Accept-Post"),
                _ => None,
            };
            for name in own.into_iter().chain(["Accept"]) {
                assert_eq!(answer.header(name), "application/json", "{answer}");
            }
        }
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn a_body_without_a_type_one_with_two_and_a_compressed_one_are_refused() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    for update in &UPDATES {
        let message = "The body must be sent as application/json.";
        let untyped = update.send(&alice, update.body, &[]).await;
        assert_error(&untyped, update.path, 415, message);
        let twice = update.send(&alice, update.body, &[JSON, JSON]).await;
        assert_error(&twice, update.path, 415, message);
        let fields = [JSON, ("Content-Encoding", "gzip")];
        let zipped = update.send(&alice, update.body, &fields).await;
        let message = "The body must be sent as it is, without Content-Encoding.";
        assert_error(&zipped, update.path, 415, message);
        assert_eq!(zipped.header("Accept-Encoding"), "identity", "{zipped}");
    }
    assert_nothing_changed(&alice).await;
}

#[tokio::test]
async fn the_type_may_be_written_in_any_case_and_name_utf_8() {
    let (_database, server) = start().await;
    for update in &UPDATES {
        for media_type in [
            "APPLICATION/Json",
            "application/json; charset=utf-8",
            "application/json;charset=\"UTF-8\"",
            "application/json; charset=utf8",
            "application/json; CHARSET=Utf8",
            "application/json; version=1",
        ] {
            let alice = server.new_user();
            let answer = update
                .send(&alice, update.body, &[("Content-Type", media_type)])
                .await;
            assert_eq!(answer.status, 200, "{media_type}: {answer}");
        }
        for coding in ["identity", "Identity", "IDENTITY"] {
            let alice = server.new_user();
            let fields = [JSON, ("Content-Encoding", coding)];
            let answer = update.send(&alice, update.body, &fields).await;
            assert_eq!(answer.status, 200, "{coding}: {answer}");
        }
    }
}
