//! The log: one line for each request, optionally JSON, with the caller's trace id, and without users or secrets.

mod failures;
mod start;

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::{Duration, Instant, sleep};

use crate::support::document::Document;
use crate::support::{SECRET, Server, Token, new_user_id};

const JSON: (&str, &str) = ("PRIVET_LOG_FORMAT", "json");
const SETTINGS: &str = "/api/v1/privacy/settings";
const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN: &str = "00f067aa0ba902b7";

/// The line of the request with this id, once it is written.
async fn line(server: &Server, request_id: &str) -> Value {
    let begun = Instant::now();
    loop {
        let mut found = events(server)
            .into_iter()
            .filter(|event| event["request.id"] == request_id);
        if let Some(event) = found.next() {
            assert!(found.next().is_none(), "more than one line: {event}");
            return event;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "no {request_id}");
        sleep(Duration::from_millis(10)).await;
    }
}

fn events(server: &Server) -> Vec<Value> {
    let parse = |line: &String| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"));
    server.log().iter().map(parse).collect()
}

/// The trace fields in the log of requests with these values of `traceparent`.
async fn traced(server: &Server, values: &[&str]) -> Value {
    let mut request = server.anonymous().request(Method::GET, SETTINGS);
    for value in values {
        request = request.header("traceparent", value);
    }
    let answer = request.send().await;
    assert!(!answer.has_header("traceparent"), "{answer}");
    line(server, answer.header("x-request-id")).await
}

#[tokio::test]
async fn each_request_has_one_log_line_without_a_user() {
    let server = Server::on_sqlite(&[JSON]).await;
    let alice = server.new_user();
    let answer = alice.get(&format!("{SETTINGS}?x=y")).await;
    let event = line(&server, answer.header("x-request-id")).await;
    let said = event.as_object().unwrap();
    let mut names: Vec<_> = said.keys().map(String::as_str).collect();
    names.sort_unstable();
    let expected = [
        "duration_us",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "level",
        "message",
        "request.id",
        "target",
        "timestamp",
    ];
    assert_eq!(names, expected);
    assert_eq!(said["http.request.method"], "GET");
    assert_eq!(said["http.route"], SETTINGS);
    assert_eq!(said["http.response.status_code"], 200);
    assert_eq!(said["level"], "INFO");
    assert_eq!(said["message"], "answered a request");
    assert!(said["duration_us"].is_u64(), "{event}");
}

#[tokio::test]
async fn unknown_paths_and_methods_are_not_logged_literally() {
    let server = Server::on_sqlite(&[JSON]).await;
    let method = Method::from_bytes(b"MARKED").unwrap();
    let request = server.anonymous().request(method, "/marked/path");
    let answer = request.send().await;
    let event = line(&server, answer.header("x-request-id")).await;
    assert_eq!(event.get("http.route"), None, "{event}");
    assert_eq!(event["http.request.method"], "_OTHER");
}

#[tokio::test]
async fn a_traceparent_is_taken_over_with_a_new_span_for_each_request() {
    let server = Server::on_sqlite(&[JSON]).await;
    let mut spans = Vec::new();
    for value in [
        format!("00-{TRACE}-{SPAN}-01"),
        format!("00-{TRACE}-{SPAN}-00"),
        format!("01-{TRACE}-{SPAN}-01-more"),
    ] {
        let event = traced(&server, &[&value]).await;
        assert_eq!(event["trace_id"], TRACE, "{value}");
        let span = event["span_id"].as_str().unwrap().to_owned();
        assert!(span.len() == 16 && span != SPAN, "{span}");
        assert!(!spans.contains(&span), "{span} twice");
        spans.push(span);
    }
}

#[tokio::test]
async fn an_invalid_traceparent_is_ignored() {
    let server = Server::on_sqlite(&[JSON]).await;
    let good = format!("00-{TRACE}-{SPAN}-01");
    for values in [
        vec![],
        vec![format!("ff-{TRACE}-{SPAN}-01")],
        vec![format!("00-{TRACE}-{SPAN}-01-more")],
        vec![format!("00-{}-{SPAN}-01", TRACE.to_uppercase())],
        vec![format!("00-{}-{SPAN}-01", "0".repeat(32))],
        vec!["marked".to_owned()],
        vec![good.clone(), good],
    ] {
        let values: Vec<&str> = values.iter().map(String::as_str).collect();
        let event = traced(&server, &values).await;
        assert!(event.get("trace_id").is_none(), "{values:?}: {event}");
        assert!(event.get("span_id").is_none(), "{values:?}: {event}");
        assert_eq!(event["http.response.status_code"], 401, "{event}");
    }
}

#[tokio::test]
async fn text_lines_have_the_trace_too() {
    let mut server = Server::on_sqlite(&[]).await;
    let request = server.anonymous().request(Method::GET, SETTINGS);
    let value = format!("00-{TRACE}-{SPAN}-01");
    request.header("traceparent", &value).send().await;
    let line = server.wait_for_log("answered a request").await;
    assert!(line.contains(&format!("trace_id={TRACE} ")), "{line}");
}

/// All operations, with valid and invalid requests, at the most verbose level of Privet's own parts.
#[tokio::test]
async fn the_log_contains_no_secret_and_no_user_id() {
    let secret = "a secret that is marked and long enough for HS256";
    let server = Server::on_sqlite(&[
        JSON,
        ("PRIVET_JWT_SECRET", secret),
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LOG", "info,privet=trace,privet_http=trace,privet_application=trace,privet_database=trace,privet_sqlite=trace,privet_memory=trace"),
    ])
    .await;
    let document = Document::of(&server).await;
    let (caller, other) = (new_user_id(), new_user_id());
    let scopes = "privacy:decide users:erase";
    let token = Token::of(caller).claim("scope", scopes).sign(secret);
    let wrong = Token::of(caller).sign(SECRET);
    let client = server.bearer(&token);
    let change =
        json!({"theme": {"accent_color": "#a1b2c3"}, "locale": {"timezone": "Antarctica/Troll"}});
    let answer = client.patch("/api/users/me/preferences/", change).await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut operations = document.operations();
    // Erasing the caller comes last, because nothing is answered after it.
    operations.sort_by_key(|operation| operation.path == "/api/v1/users/me");
    let mut last = String::new();
    for operation in operations {
        let path = format!("{}?markedquery={other}", operation.path_about(other));
        for client in [&server.bearer(&wrong), &client] {
            let request = client.request(operation.method.clone(), &path);
            let request = request
                .header("Cookie", "markedcookie")
                .header("User-Agent", "markedagent");
            let answer = match operation.body() {
                Some(body) => request.json(body).send().await,
                None => {
                    request
                        .json(json!({"markedmember": "markedvalue"}))
                        .send()
                        .await
                }
            };
            assert!(answer.status < 500, "{operation:?}: {answer}");
            answer.header("x-request-id").clone_into(&mut last);
        }
    }
    line(&server, &last).await;
    assert!(events(&server).len() > 2 * document.operations().len());
    let log = server.log().join("\n");
    let (caller, other) = (caller.to_string(), other.to_string());
    let signature = token.rsplit_once('.').unwrap().1;
    let wrong = wrong.rsplit_once('.').unwrap().1;
    for text in [
        &*caller,
        &other,
        signature,
        wrong,
        "marked",
        "#a1b2c3",
        "Antarctica",
        "Bearer",
    ] {
        assert!(!log.contains(text), "{text} in {log}");
    }
    let simple = caller.replace('-', "");
    assert!(!log.contains(&simple), "{simple} in {log}");
}
