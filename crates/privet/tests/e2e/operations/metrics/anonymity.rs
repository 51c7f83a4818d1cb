//! Labels have fixed sets of values: no text of a client becomes a label.

use reqwest::Method;
use serde_json::json;

use crate::support::document::Document;
use crate::support::metrics::text;
use crate::support::{SECRET, Server, Token, new_user_id};

/// More than all routes, methods and statuses in these tests, and much less than the number of requests.
const MOST_SERIES: usize = 2_500;

#[tokio::test]
async fn nothing_that_a_client_sends_is_in_the_metrics() {
    let server = Server::on_sqlite(&[("PRIVET_RATE_LIMITS", "on")]).await;
    let document = Document::of(&server).await;
    let (caller, other) = (new_user_id(), new_user_id());
    let scopes = "privacy:decide users:erase markedscope";
    let token = Token::of(caller).claim("scope", scopes).sign(SECRET);
    let client = server.bearer(&token);
    let mut operations = document.operations();
    // Erasing the caller comes last, because nothing is answered after it.
    operations.sort_by_key(|operation| operation.path == "/api/v1/users/me");
    for operation in operations {
        let path = format!("{}?markedquery={other}", operation.path_about(other));
        let request = client
            .request(operation.method.clone(), &path)
            .header("X-Request-Id", "markedrequest")
            .header("X-Forwarded-For", "203.0.113.77")
            .header("User-Agent", "markedagent")
            .header(
                "traceparent",
                "00-abcdefabcdefabcdefabcdefabcdef12-abcdefabcdefab12-01",
            );
        let answer = match operation.body() {
            Some(body) => request.json(body).send().await,
            None => request.send().await,
        };
        assert!(answer.status < 500, "{operation:?}: {answer}");
    }
    for path in [
        "/markedpath",
        "/api/v1/contacts/markedid",
        "/swagger-ui/markedfile",
        "/%0amarkednewline",
    ] {
        client.get(path).await;
    }
    let method = Method::from_bytes(b"MARKEDMETHOD").unwrap();
    client.request(method, "/api/v1/contacts").send().await;
    let text = text(&server).await;
    let (caller, other) = (caller.to_string(), other.to_string());
    let signature = token.rsplit_once('.').unwrap().1;
    for secret in [
        &*caller,
        &other,
        signature,
        "203.0.113.77",
        "127.0.0.1",
        "abcdefabcdef",
    ] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let marked = text.to_lowercase();
    assert!(!marked.contains("marked"), "{text}");
}

#[tokio::test]
async fn series_are_bounded_however_many_users_and_paths_there_are() {
    let server = Server::on_sqlite(&[]).await;
    let document = Document::of(&server).await;
    let series = async || {
        let text = text(&server).await;
        text.lines().filter(|line| !line.starts_with('#')).count()
    };
    let mut numbers = Vec::new();
    for _ in 0..3 {
        for operation in document.operations() {
            let client = operation.caller(&server);
            operation.send(&client).await;
            client
                .post(&operation.path_about(new_user_id()), json!({}))
                .await;
            client.get(&format!("/nowhere/{}", new_user_id())).await;
        }
        numbers.push(series().await);
    }
    // The metrics contain their own status only from the second scrape on.
    assert!(numbers[2] <= MOST_SERIES, "{numbers:?}");
    assert_eq!(numbers[1], numbers[2], "{numbers:?}");
}
