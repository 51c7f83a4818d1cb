//! `PRIVET_METRICS_ADDR`: the metrics are only on their separate address.

use std::net::TcpListener;

use reqwest::Method;

use crate::support::document::Document;
use crate::support::metrics::value;
use crate::support::{Answer, Program, Server, address_in};

const ANYWHERE: (&str, &str) = ("PRIVET_METRICS_ADDR", "127.0.0.1:0");

/// Sends a request to the address in the log.
async fn ask(server: &mut Server, method: Method, path: &str) -> Answer {
    let line = server.wait_for_log("metrics listening").await;
    let address = address_in(&line);
    let url = format!("http://{address}{path}");
    let response = reqwest::Client::new().request(method, url).send().await;
    let response = response.unwrap();
    Answer {
        status: response.status().as_u16(),
        headers: response.headers().clone(),
        text: response.text().await.unwrap(),
    }
}

#[tokio::test]
async fn the_metrics_have_an_address_of_their_own_and_are_nowhere_else() {
    let mut server = Server::on_sqlite(&[ANYWHERE]).await;
    let path = "/api/v1/privacy/settings";
    assert_eq!(server.new_user().get(path).await.status, 200);
    let answer = ask(&mut server, Method::GET, "/metrics").await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    let series =
        format!("privet_http_requests_total{{method=\"GET\",route=\"{path}\",status=\"200\"}}");
    assert_eq!(value(&answer.text, &series), Some(1.0), "{answer}");
    for method in [Method::GET, Method::HEAD, Method::POST, Method::OPTIONS] {
        for path in ["/metrics", "/metrics/", "/%6detrics"] {
            let request = server.anonymous().request(method.clone(), path);
            let answer = request.send().await;
            assert_eq!(answer.status, 404, "{method} {path}: {answer}");
            if method != Method::HEAD {
                let problem = "application/problem+json";
                assert_eq!(answer.header("content-type"), problem, "{answer}");
                assert_eq!(answer.json()["code"], "NOT_FOUND", "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn the_document_does_not_promise_metrics_that_are_elsewhere() {
    let server = Server::on_sqlite(&[ANYWHERE]).await;
    let document = Document::of(&server).await;
    assert!(!document.paths().contains_key("/metrics"));
    assert!(document.paths().contains_key("/health/live"));
}

#[tokio::test]
async fn the_health_of_the_service_is_told_at_the_address_of_the_metrics_as_well() {
    let mut server = Server::on_sqlite(&[ANYWHERE]).await;
    for path in ["/health/live", "/health/ready"] {
        let answer = ask(&mut server, Method::GET, path).await;
        let expected = server.anonymous().get(path).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
        assert_eq!(answer.json(), expected.json(), "{path}");
    }
}

#[tokio::test]
async fn there_is_nothing_else_at_the_address_of_the_metrics() {
    let mut server = Server::on_sqlite(&[ANYWHERE]).await;
    for path in [
        "/",
        "/openapi.json",
        "/swagger-ui/",
        "/api/v1/privacy/settings",
        "/access/v1/evaluation",
    ] {
        let answer = ask(&mut server, Method::GET, path).await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
    }
    let answer = ask(&mut server, Method::POST, "/metrics").await;
    assert_eq!(answer.status, 405, "{answer}");
    assert_eq!(answer.header("allow"), "GET, HEAD", "{answer}");
    let answer = ask(&mut server, Method::HEAD, "/metrics").await;
    assert_eq!((answer.status, answer.text.as_str()), (200, ""));
}

#[tokio::test]
async fn an_address_that_is_taken_ends_the_start_and_names_the_variable() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let program = Program::new(&["serve"])
        .with("PRIVET_LISTEN", "127.0.0.1:0")
        .with("PRIVET_METRICS_ADDR", &address);
    let output = program.run().await;
    assert_eq!(output.status, 1, "{}", output.stderr);
    let last = output.stderr.lines().last().unwrap();
    let expected = format!("privet: cannot listen on {address} (PRIVET_METRICS_ADDR)");
    assert!(last.starts_with(&expected), "{last}");
}

#[tokio::test]
async fn the_server_stops_with_the_metrics_on_their_own_address() {
    let mut server = Server::on_sqlite(&[ANYWHERE]).await;
    server.wait_for_log("metrics listening").await;
    server.signal("TERM").await;
    assert!(server.wait_for_exit().await.success());
}
