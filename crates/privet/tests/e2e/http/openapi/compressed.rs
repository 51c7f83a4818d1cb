//! The document and the files of Swagger UI are compressed, and answered with 304 if the client has them.

use reqwest::{Method, Response, StatusCode};

use super::start;
use crate::support::Server;

const LARGE: [&str; 5] = [
    "/openapi.json",
    "/swagger-ui/",
    "/swagger-ui/swagger-ui.css",
    "/swagger-ui/swagger-ui-bundle.js",
    "/swagger-ui/swagger-initializer.js",
];
const GZIP: (&str, &str) = ("Accept-Encoding", "gzip, deflate, br");

async fn ask(server: &Server, method: Method, path: &str, fields: &[(&str, &str)]) -> Response {
    let mut request = reqwest::Client::new().request(method, server.url(path));
    for (name, value) in fields {
        request = request.header(*name, *value);
    }
    request.send().await.unwrap()
}

fn field<'a>(answer: &'a Response, name: &str) -> &'a str {
    let value = answer.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn large_answers_are_compressed_if_the_client_accepts_it() {
    let (_database, server, _document) = start(&[]).await;
    for path in LARGE {
        let plain = ask(&server, Method::GET, path, &[]).await;
        assert_eq!(field(&plain, "Content-Encoding"), "", "{path}");
        let zipped = ask(&server, Method::GET, path, &[GZIP]).await;
        assert_eq!(field(&zipped, "Content-Encoding"), "gzip", "{path}");
        assert_eq!(
            field(&zipped, "Content-Type"),
            field(&plain, "Content-Type")
        );
        for answer in [&plain, &zipped] {
            assert!(field(answer, "Vary").contains("Accept-Encoding"), "{path}");
        }
        let (plain, zipped) = (plain.bytes().await.unwrap(), zipped.bytes().await.unwrap());
        assert!(zipped.starts_with(&[0x1f, 0x8b]), "{path}");
        if plain.len() > 10_000 {
            assert!(zipped.len() * 2 < plain.len(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_version_that_the_client_has_is_not_sent_again() {
    let (_database, server, _document) = start(&[]).await;
    for path in LARGE {
        let mut tags = Vec::new();
        for fields in [&[][..], &[GZIP]] {
            let first = ask(&server, Method::GET, path, fields).await;
            let tag = field(&first, "ETag").to_owned();
            assert!(tag.starts_with('"') && tag.ends_with('"'), "{path}: {tag}");
            let head = ask(&server, Method::HEAD, path, fields).await;
            assert_eq!(field(&head, "ETag"), tag, "{path}");
            let known = [fields, &[("If-None-Match", tag.as_str())]].concat();
            let again = ask(&server, Method::GET, path, &known).await;
            assert_eq!(again.status(), StatusCode::NOT_MODIFIED, "{path}");
            assert_eq!(field(&again, "ETag"), tag, "{path}");
            assert!(again.bytes().await.unwrap().is_empty(), "{path}");
            let other = [fields, &[("If-None-Match", "\"another\"")]].concat();
            assert_eq!(ask(&server, Method::GET, path, &other).await.status(), 200);
            tags.push(tag);
        }
        // A strong tag identifies the exact bytes.
        assert_ne!(tags[0], tags[1], "{path}");
    }
}

#[tokio::test]
async fn another_version_than_the_wanted_one_is_412() {
    let (_database, server, _document) = start(&[]).await;
    for path in LARGE {
        let tag = field(&ask(&server, Method::GET, path, &[]).await, "ETag").to_owned();
        let (weak, listed) = (format!("W/{tag}"), format!("\"another\", {tag}"));
        for method in [Method::GET, Method::HEAD] {
            for (wanted, status) in [
                (tag.as_str(), 200),
                (&listed, 200),
                ("*", 200),
                ("\"another\"", 412),
                (&weak, 412),
            ] {
                let fields = [("If-Match", wanted)];
                let answer = ask(&server, method.clone(), path, &fields).await;
                assert_eq!(answer.status(), status, "{method} {path} {wanted}");
            }
            // The compressed form has another tag, and `If-Match` is checked first.
            let fields = [("If-Match", tag.as_str()), GZIP];
            assert_eq!(
                ask(&server, method.clone(), path, &fields).await.status(),
                412
            );
            let fields = [("If-Match", "\"another\""), ("If-None-Match", tag.as_str())];
            let answer = ask(&server, method.clone(), path, &fields).await;
            assert_eq!(answer.status(), 412, "{method} {path}");
            assert_eq!(field(&answer, "Content-Type"), "application/problem+json");
        }
    }
}

#[tokio::test]
async fn swagger_ui_keeps_no_token_and_opens_no_tag() {
    let (_database, server, _document) = start(&[]).await;
    let path = "/swagger-ui/swagger-initializer.js";
    let script = ask(&server, Method::GET, path, &[])
        .await
        .text()
        .await
        .unwrap();
    for setting in [
        "\"docExpansion\": \"none\"",
        "\"persistAuthorization\": false",
    ] {
        assert!(script.contains(setting), "{script}");
    }
}
