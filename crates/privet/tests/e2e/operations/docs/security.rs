//! All tests that `docs/security.md` names exist, and the service has no undocumented path.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};
use tokio::net::TcpListener;

use crate::support::document::Document;
use crate::support::named_tests::{assert_is_a_test, project, sources};
use crate::support::{SECRET, Server, Token, new_user_id};

/// Paths outside the API, which show pages.
const PAGES: [&str; 7] = [
    "/",
    "/admin/",
    "/admin/{file}",
    "/privacy/",
    "/privacy/{file}",
    "/swagger-ui/",
    "/swagger-ui/{file}",
];

/// Code spans that look like the name of a test: words in lower case, joined, with an optional module.
fn tests_named_in(document: &str) -> BTreeSet<&str> {
    let quoted = document.split('`').skip(1).step_by(2);
    let is_test = |name: &&str| {
        name.matches('_').count() >= 3
            && name.bytes().all(|byte| {
                byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"_:".contains(&byte)
            })
    };
    quoted.filter(is_test).collect()
}

#[test]
fn every_test_that_the_security_page_names_is_there() {
    let document = fs::read_to_string(project().join("docs/security.md")).unwrap();
    let named = tests_named_in(&document);
    assert!(named.len() > 50, "{named:?}");
    let sources = sources(&project().join("crates"));
    for name in named {
        assert_is_a_test(name, &sources);
    }
}

#[test]
fn every_weakness_of_the_list_is_answered_with_a_test() {
    let document = fs::read_to_string(project().join("docs/security.md")).unwrap();
    for number in 1..=10 {
        let heading = format!("### API{number}:2023");
        let (_, answer) = document.split_once(&heading).unwrap();
        let answer = answer.split("\n### ").next().unwrap();
        assert!(!tests_named_in(answer).is_empty(), "{heading}");
    }
}

/// The value of the constant with this name in a source.
fn constant<'a>(source: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = source.split_once(&format!("const {name}: &str ="))?;
    rest.trim_start().strip_prefix('"')?.split('"').next()
}

/// The paths that a source registers, as text or as a constant of any source.
fn paths_of<'a>(source: &'a str, all: &'a [String]) -> Vec<&'a str> {
    let calls = source.split("Path::new(").skip(1);
    let arguments = calls.map(|call| call.split(')').next().unwrap());
    let value = |argument: &'a str| match argument.strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => [source]
            .into_iter()
            .chain(all.iter().map(String::as_str))
            .find_map(|source| constant(source, argument)),
    };
    arguments.filter_map(value).collect()
}

/// Router and document use one list of endpoints. Other registered paths are pages.
#[tokio::test]
async fn every_path_that_is_served_is_in_the_document() {
    let server = Server::on_sqlite(&[]).await;
    let document = Document::of(&server).await;
    for page in PAGES {
        assert!(!document.paths().contains_key(page), "{page}");
    }
    let sources = sources(&project().join("crates/http/src"));
    let sources: Vec<_> = sources.into_iter().map(|(_, source)| source).collect();
    let registered = sources.iter().flat_map(|source| paths_of(source, &sources));
    let registered: BTreeSet<&str> = registered.collect();
    assert_eq!(registered, BTreeSet::from(PAGES));
}

#[tokio::test]
async fn no_debug_endpoint_exists() {
    let server = Server::on_sqlite(&[]).await;
    let alice = server.new_user();
    for path in [
        "/debug",
        "/debug/pprof",
        "/debug/vars",
        "/admin",
        "/actuator",
        "/actuator/env",
        "/env",
        "/config",
        "/console",
        "/internal",
        "/status",
        "/server-status",
        "/.env",
        "/.git/config",
        "/api",
        "/api/v1",
        "/api/v1/",
        "/api/v2/privacy/settings",
        "/api/v0/privacy/settings",
        "/swagger-ui/../../etc/passwd",
        "/swagger-ui/%2e%2e%2fCargo.toml",
        "/swagger-ui/privet",
    ] {
        let answer = alice.get(path).await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
    }
}

/// A valid token with a header that points to a URL.
fn leading_to(url: &str, member: &str) -> String {
    let token = Token::of(new_user_id()).sign(SECRET);
    let (_, rest) = token.split_once('.').unwrap();
    let mut header = json!({"typ": "JWT", "alg": "RS256", "kid": url});
    header[member] = url.into();
    format!(
        "{}.{rest}",
        BASE64_URL_SAFE_NO_PAD.encode(header.to_string())
    )
}

#[tokio::test]
async fn no_request_makes_privet_connect_anywhere() {
    let server = Server::on_sqlite(&[]).await;
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    for member in ["jku", "x5u", "jwk"] {
        let answer = server
            .bearer(&leading_to(&url, member))
            .get("/api/v1/contacts")
            .await;
        assert_eq!(answer.status, 401, "{answer}");
    }
    let alice = server.new_user();
    let request = alice.request(reqwest::Method::PATCH, "/api/users/me/preferences/");
    let request = request
        .header("X-Forwarded-Host", &url)
        .header("Forwarded", &format!("for=192.0.2.1;host={url}"))
        .header("Origin", &url)
        .header("Referer", &url);
    let answer = request
        .json(json!({"theme.mode": url.clone()}))
        .send()
        .await;
    assert_eq!(answer.status, 400, "{answer}");
    let link = json!({"$schema": url, "setting": "show_last_seen", "value": {"$ref": url}});
    let answer = alice.put("/api/v1/privacy/settings", link).await;
    assert_eq!(answer.status, 400, "{answer}");
    let discovery = server
        .anonymous()
        .request(reqwest::Method::GET, "/.well-known/authzen-configuration")
        .header("X-Forwarded-Host", "evil.example");
    let said: Value = discovery.send().await.json();
    assert!(!said.to_string().contains("evil.example"), "{said}");
    let connected = tokio::time::timeout(std::time::Duration::from_secs(1), listener.accept());
    assert!(connected.await.is_err(), "something connected");
}
