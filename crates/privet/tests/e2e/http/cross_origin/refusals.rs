//! Refused preflights and their error messages.

use reqwest::Method;

use super::{APP, PATH, both_origins, preflight};
use crate::support::shapes::{UPDATES, assert_error, error_message};

#[tokio::test]
async fn a_preflight_of_another_origin_or_for_something_else_is_refused() {
    let (_database, server) = both_origins().await;
    for (origin, method, fields) in [
        ("https://evil.example", "PUT", "authorization"),
        (
            "https://app.example.com.evil.example",
            "PUT",
            "authorization",
        ),
        ("https://sub.app.example.com", "PUT", "authorization"),
        ("http://app.example.com", "PUT", "authorization"),
        ("https://app.example.com:8443", "PUT", "authorization"),
        ("null", "PUT", "authorization"),
        (APP, "TRACE", "authorization"),
        (APP, "PUT", "x-something-else"),
    ] {
        for update in &UPDATES {
            let answer = preflight(&server, update.path, origin, method, fields).await;
            error_message(&answer, update.path, 400);
            if origin != APP {
                assert!(
                    !answer.has_header("Access-Control-Allow-Origin"),
                    "{answer}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_refused_preflight_says_which_origin_method_or_header() {
    let (_database, server) = both_origins().await;
    let methods = "GET, HEAD, POST, PUT, PATCH, DELETE";
    let fields = "authorization, content-type, if-match, if-none-match, last-event-id, x-request-id, traceparent, tracestate";
    let long = format!("x-{}", "long".repeat(1_000));
    for (origin, method, asked, said) in [
        (
            "https://evil.example",
            "TRACE",
            "x-other",
            "Pages of the origin https://evil.example may not make requests. PRIVET_CORS_ORIGINS lists those that \
             may."
                .to_owned(),
        ),
        (
            APP,
            "TRACE",
            "x-other",
            format!("Pages may not use the method TRACE. They may use {methods}."),
        ),
        (
            APP,
            "PUT",
            "Authorization,x-other, X-More ,if-match",
            format!("Pages may not send the header x-other, X-More. They may send {fields}."),
        ),
        (
            APP,
            "PUT",
            &long,
            format!("Pages may not send the header {}…. They may send {fields}.", &long[..256]),
        ),
    ] {
        for update in &UPDATES {
            let answer = preflight(&server, update.path, origin, method, asked).await;
            assert_eq!(error_message(&answer, update.path, 400), said);
        }
    }
    let request = server.anonymous().request(Method::OPTIONS, PATH);
    let request = request.header("Access-Control-Request-Method", "PUT");
    let answer = request.send().await;
    assert_error(&answer, PATH, 400, "The preflight has no Origin.");
}
