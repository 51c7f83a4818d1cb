//! `Host` (RFC 9112, section 3.2), and log and metrics of invalid HTTP.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::{SETTINGS, all_answers, assert_refused, start};
use crate::support::Server;
use crate::support::metrics::{text, value};
use crate::support::shapes::error_message;
use crate::support::wire::Connection;

#[tokio::test]
async fn an_invalid_host_is_refused_in_the_format_of_its_path() {
    let (_database, server) = start().await;
    let mut connection = Connection::to(&server).await;
    for host in [
        "", "a b", "a/b", "user@a", "a:x", "a:65536", "[::1", "a%zz", "http://a", "\u{fc}",
    ] {
        for path in [
            "/api/users/me/privacy-settings/",
            "/api/v1/e-social/privacy/account",
            SETTINGS,
            "/health/live",
            "/nothing",
        ] {
            for version in ["1.1", "1.0"] {
                let keep = "Connection: keep-alive";
                let request =
                    format!("GET {path} HTTP/{version}\r\nHost: {host}\r\n{keep}\r\n\r\n");
                if version == "1.1" {
                    connection.send(request).await;
                    let answer = connection.answer().await;
                    let message = error_message(&answer, path, 400);
                    assert!(message.starts_with("Host must be"), "{host}: {answer}");
                } else {
                    let answers =
                        all_answers(&server, request.replace("keep-alive", "close")).await;
                    let status = answers.split(' ').nth(1);
                    assert_eq!(status, Some("400"), "{host}: {answers}");
                }
            }
        }
    }
}

#[tokio::test]
async fn exactly_one_valid_host_is_required() {
    let (_database, server) = start().await;
    let live = |version: &str, hosts: &str| {
        format!("GET /health/live HTTP/{version}\r\n{hosts}Connection: close\r\n\r\n")
    };
    assert_refused(&server, live("1.1", ""), 400).await;
    assert_refused(&server, live("1.1", "Host: a\r\nHost: a\r\n"), 400).await;
    assert_refused(&server, live("1.0", "Host: a\r\nHost: b\r\n"), 400).await;
    for (version, hosts) in [
        ("1.0", ""),
        ("1.1", "Host: elsewhere.example:8443\r\n"),
        ("1.1", "Host: [::1]:8080\r\n"),
        ("1.1", "Host: my_service:\r\n"),
    ] {
        let answers = all_answers(&server, live(version, hosts)).await;
        let status = answers.split(' ').nth(1);
        assert_eq!(status, Some("200"), "{hosts}: {answers}");
    }
}

/// Waits until the series has this value.
async fn assert_counted(server: &Server, reason: &str, expected: f64) {
    let series = format!("privet_http_unreadable_requests_total{{reason=\"{reason}\"}}");
    let begun = Instant::now();
    loop {
        let counted = value(&text(server).await, &series);
        if counted == Some(expected) {
            return;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{counted:?}");
        sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn invalid_http_is_counted_and_is_not_a_service_error() {
    let server = Server::on_sqlite(&[]).await;
    assert_counted(&server, "malformed", 0.0).await;
    for bytes in [
        "\u{16}\u{3}\u{1}\u{2}\r\n\r\n",
        "GET /health/live HTTP/1.1\r\n\r\n",
    ] {
        all_answers(&server, bytes).await;
    }
    assert_counted(&server, "malformed", 2.0).await;
    let endless = "x".repeat(140_000);
    let head = format!("GET /health/live HTTP/1.1\r\nHost: a\r\nX-Long: {endless}");
    assert_refused(&server, head, 431).await;
    assert_counted(&server, "too_large", 1.0).await;
    let lines = server.log().join("\n");
    for word in ["ERROR", "stream error", "no request"] {
        assert!(!lines.contains(word), "{word}: {lines}");
    }
}

#[tokio::test]
async fn invalid_http_is_logged_at_debug() {
    let server = Server::on_sqlite(&[("PRIVET_LOG", "debug")]).await;
    all_answers(&server, "GET /health/live HTTP/1.1\r\n\r\n").await;
    let begun = Instant::now();
    let is_told = |line: &String| line.contains("DEBUG") && line.contains("invalid HTTP");
    while !server.log().iter().any(is_told) {
        assert!(begun.elapsed() < Duration::from_secs(20));
        sleep(Duration::from_millis(20)).await;
    }
}
