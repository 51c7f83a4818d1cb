//! Cross-origin requests (CORS): refused without configuration; with it everything works that a browser client
//! needs, including errors.

mod refusals;

use reqwest::Method;

use crate::support::shapes::{UPDATES, assert_error, error_message};
use crate::support::{Answer, Backend, Client, Database, Server};

const APP: &str = "https://app.example.com";
const LOCAL: &str = "http://localhost:3000";
const PATH: &str = "/api/v1/privacy/settings";
const CORS_FIELDS: [&str; 6] = [
    "Access-Control-Allow-Origin",
    "Access-Control-Allow-Methods",
    "Access-Control-Allow-Headers",
    "Access-Control-Allow-Credentials",
    "Access-Control-Expose-Headers",
    "Access-Control-Max-Age",
];

async fn start(origins: &str) -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[("PRIVET_CORS_ORIGINS", origins)]).await;
    (database, server)
}

async fn both_origins() -> (Database, Server) {
    start(&format!("{APP},{LOCAL}")).await
}

async fn send(client: &Client, method: Method, path: &str, origin: &str) -> Answer {
    client
        .request(method, path)
        .header("Origin", origin)
        .send()
        .await
}

async fn preflight(
    server: &Server,
    path: &str,
    origin: &str,
    method: &str,
    fields: &str,
) -> Answer {
    let request = server.anonymous().request(Method::OPTIONS, path);
    request
        .header("Origin", origin)
        .header("Access-Control-Request-Method", method)
        .header("Access-Control-Request-Headers", fields)
        .send()
        .await
}

/// The words in a field's list, in lower case and sorted.
fn words(answer: &Answer, name: &str) -> Vec<String> {
    let fields = answer.headers.get_all(name).iter();
    let mut words: Vec<String> = fields
        .flat_map(|field| field.to_str().unwrap().split(','))
        .map(|word| word.trim().to_ascii_lowercase())
        .collect();
    words.sort();
    words
}

fn assert_readable(answer: &Answer, origin: &str) {
    assert_eq!(
        answer.header("Access-Control-Allow-Origin"),
        origin,
        "{answer}"
    );
    assert!(
        words(answer, "Vary").contains(&"origin".to_owned()),
        "{answer}"
    );
    assert!(
        !answer.has_header("Access-Control-Allow-Credentials"),
        "{answer}"
    );
    let exposed = words(answer, "Access-Control-Expose-Headers");
    let expected = [
        "allow",
        "content-disposition",
        "etag",
        "privet-cursor",
        "ratelimit",
        "ratelimit-policy",
        "retry-after",
        "www-authenticate",
        "x-request-id",
    ];
    assert_eq!(exposed, expected, "{answer}");
}

#[tokio::test]
async fn without_configuration_no_origin_is_allowed() {
    let (_database, server) = start("").await;
    let alice = server.new_user();
    let answers = [
        send(&alice, Method::GET, PATH, APP).await,
        send(&server.anonymous(), Method::GET, PATH, APP).await,
        preflight(&server, PATH, APP, "PUT", "authorization").await,
    ];
    assert_eq!(answers.clone().map(|answer| answer.status), [200, 401, 405]);
    assert_eq!(answers[2].header("Allow"), "GET, HEAD, PUT");
    for answer in answers {
        for name in CORS_FIELDS {
            assert!(!answer.has_header(name), "{answer}");
        }
        assert!(
            !words(&answer, "Vary").contains(&"origin".to_owned()),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn a_preflight_of_a_configured_origin_allows_every_request_that_the_service_takes() {
    let (_database, server) = both_origins().await;
    let fields = "authorization,content-type,if-match,if-none-match,last-event-id,traceparent,tracestate,x-request-id";
    for origin in [APP, LOCAL] {
        for update in &UPDATES {
            for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"] {
                let answer = preflight(&server, update.path, origin, method, fields).await;
                assert!([200, 204].contains(&answer.status), "{answer}");
                assert_eq!(answer.text, "", "{answer}");
                assert_eq!(
                    answer.header("Access-Control-Allow-Origin"),
                    origin,
                    "{answer}"
                );
                let methods = words(&answer, "Access-Control-Allow-Methods");
                assert_eq!(
                    methods,
                    ["delete", "get", "head", "patch", "post", "put"],
                    "{answer}"
                );
                let allowed = words(&answer, "Access-Control-Allow-Headers").join(",");
                assert_eq!(allowed, fields, "{answer}");
                assert_eq!(answer.header("Access-Control-Max-Age"), "3600", "{answer}");
                let vary = words(&answer, "Vary");
                let expected = [
                    "access-control-request-headers",
                    "access-control-request-method",
                    "origin",
                ];
                assert_eq!(vary, expected, "{answer}");
                assert!(answer.has_header("X-Request-Id"), "{answer}");
            }
        }
    }
}

#[tokio::test]
async fn a_preflight_needs_no_token_and_changes_nothing() {
    let (_database, server) = both_origins().await;
    let answer = preflight(&server, PATH, APP, "PUT", "authorization").await;
    assert_eq!(answer.status, 200, "{answer}");
    assert!(!answer.has_header("WWW-Authenticate"), "{answer}");
}

#[tokio::test]
async fn a_page_of_a_configured_origin_can_read_what_it_asked_for() {
    let (_database, server) = both_origins().await;
    let alice = server.new_user();
    for origin in [APP, LOCAL] {
        for update in &UPDATES {
            let request = alice.request(update.method.clone(), update.path);
            let request = request
                .header("Origin", origin)
                .header("Content-Type", "application/json");
            let answer = request.body(update.body).send().await;
            assert_eq!(answer.status, 200, "{answer}");
            assert_readable(&answer, origin);
            assert!(
                words(&answer, "Vary").contains(&"authorization".to_owned()),
                "{answer}"
            );
        }
        let known = alice.request(Method::GET, PATH).header("Origin", origin);
        let answer = known.header("If-None-Match", "*").send().await;
        assert_eq!(answer.status, 304, "{answer}");
        assert_readable(&answer, origin);
        assert_readable(
            &send(&alice, Method::GET, "/health/live", origin).await,
            origin,
        );
    }
}

#[tokio::test]
async fn a_page_of_a_configured_origin_can_read_errors_too() {
    let database = Database::fresh(Backend::Sqlite).await;
    let variables = [
        ("PRIVET_CORS_ORIGINS", APP),
        ("PRIVET_RATE_LIMITS", "on"),
        ("PRIVET_LIMIT_GENERAL", "1/hour"),
        ("PRIVET_LIMIT_FAILED_AUTH", "3/hour"),
    ];
    let server = Server::start_with(&database, &variables).await;
    let alice = server.new_user();
    for (path, nothing) in [
        ("/api/users/me/privacy-settings/", "/api/users/me/nothing"),
        (
            "/api/v1/e-social/privacy/account",
            "/api/v1/e-social/nothing",
        ),
        ("/api/v1/privacy/audit", "/nothing"),
    ] {
        let unauthenticated = send(&server.anonymous(), Method::GET, path, APP).await;
        assert_error(
            &unauthenticated,
            path,
            401,
            "Authentication token is required",
        );
        assert_eq!(unauthenticated.header("WWW-Authenticate"), "Bearer");
        assert_readable(&unauthenticated, APP);

        send(&alice, Method::GET, path, APP).await;
        let limited = send(&alice, Method::GET, path, APP).await;
        error_message(&limited, path, 429);
        assert_readable(&limited, APP);

        let not_found = send(&alice, Method::GET, nothing, APP).await;
        error_message(&not_found, nothing, 404);
        assert_readable(&not_found, APP);

        let not_allowed = send(&alice, Method::DELETE, path, APP).await;
        error_message(&not_allowed, path, 405);
        assert_readable(&not_allowed, APP);
    }
    let too_many = send(&server.bearer("x"), Method::GET, PATH, APP).await;
    error_message(&too_many, PATH, 429);
    assert_readable(&too_many, APP);
    for update in &UPDATES {
        let request = server
            .new_user()
            .request(update.method.clone(), update.path);
        let refused = request.header("Origin", APP).body(update.body).send().await;
        error_message(&refused, update.path, 415);
        assert_readable(&refused, APP);
    }
}

#[tokio::test]
async fn a_page_of_another_origin_cannot_read_anything() {
    let (_database, server) = both_origins().await;
    let alice = server.new_user();
    for origin in [
        "https://evil.example",
        "null",
        "https://app.example.com.evil.example",
    ] {
        for client in [&alice, &server.anonymous()] {
            let answer = send(client, Method::GET, PATH, origin).await;
            assert!(
                !answer.has_header("Access-Control-Allow-Origin"),
                "{answer}"
            );
            assert!(
                words(&answer, "Vary").contains(&"origin".to_owned()),
                "{answer}"
            );
        }
    }
    // A request without an origin is not from a page, but its answer must not be cached for one.
    let answer = alice.get(PATH).await;
    assert!(
        !answer.has_header("Access-Control-Allow-Origin"),
        "{answer}"
    );
    assert!(
        words(&answer, "Vary").contains(&"origin".to_owned()),
        "{answer}"
    );
}

#[tokio::test]
async fn options_without_a_preflight_is_a_method_like_any_other() {
    let (_database, server) = both_origins().await;
    let answer = send(&server.anonymous(), Method::OPTIONS, PATH, APP).await;
    assert_error(&answer, PATH, 405, "This path takes GET, HEAD, PUT.");
    assert_eq!(answer.header("Allow"), "GET, HEAD, PUT");
}
