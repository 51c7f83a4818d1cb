//! The pages for people: where they are served, with which policy, and what they are told. What they do is tested in
//! a browser, in `web/tests/`.

use reqwest::Method;

use crate::support::Server;
use crate::support::wire::{Connection, request};

const ON: (&str, &str) = ("PRIVET_PAGES", "on");

#[tokio::test]
async fn the_pages_are_off_where_a_key_is_configured() {
    let server = Server::on_sqlite(&[]).await;
    for path in ["/privacy/", "/privacy", "/admin/", "/privacy/privacy.js"] {
        let answer = server.anonymous().get(path).await;
        assert_eq!(answer.status, 404, "{answer}");
    }
}

#[tokio::test]
async fn the_pages_are_served_with_and_without_the_slash() {
    let server = Server::on_sqlite(&[ON]).await;
    let nobody = server.anonymous();
    for (path, script) in [
        ("/privacy/", "/privacy/privacy.js"),
        ("/privacy", "/privacy/privacy.js"),
        ("/admin/", "/admin/admin.js"),
        ("/admin", "/admin/admin.js"),
    ] {
        let page = nobody.get(path).await;
        assert_eq!(page.status, 200, "{page}");
        assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
        assert!(page.text.contains(&format!("src=\"{script}\"")), "{page}");
        let script = nobody.get(script).await;
        assert_eq!(script.status, 200, "{path}");
        assert_eq!(
            script.header("content-type"),
            "text/javascript; charset=utf-8"
        );
    }
    for path in ["/privacy/nothing.js", "/privacy/admin.js", "/admin/x/y"] {
        let answer = nobody.get(path).await;
        assert_eq!(answer.status, 404, "{path}");
    }
}

#[tokio::test]
async fn the_root_leads_to_the_privacy_centre_where_it_is_served() {
    let server = Server::on_sqlite(&[ON]).await;
    let mut connection = Connection::to(&server).await;
    connection.send(request("GET /", &[], "")).await;
    let answer = connection.answer().await;
    assert_eq!(answer.header("Location"), "/privacy/", "{answer}");
}

#[tokio::test]
async fn the_pages_load_own_files_and_ask_only_their_server_and_the_issuer() {
    let server = Server::on_sqlite(&[
        ON,
        ("PRIVET_OIDC_ISSUER", "https://login.example.com/realms/x"),
        ("PRIVET_OIDC_CLIENT_ID", "privacy"),
        ("PRIVET_JWT_AUDIENCE", "https://privet.example.com"),
        ("PRIVET_PAGES_FRAME_ANCESTORS", "https://app.example.com"),
    ])
    .await;
    for path in [
        "/privacy/",
        "/privacy/privacy.js",
        "/admin/",
        "/admin/page.css",
    ] {
        let answer = server.anonymous().get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("Content-Security-Policy");
        let directives: Vec<&str> = policy.split("; ").collect();
        assert_eq!(
            directives,
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self'",
                "img-src 'self' data:",
                "connect-src 'self' https://login.example.com",
                "frame-src 'self' https://login.example.com",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'self' https://app.example.com",
            ],
            "{path}"
        );
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
        assert!(!answer.has_header("Set-Cookie"), "{path}");
    }
    let page = server.anonymous().get("/privacy/").await;
    for told in [
        "name=\"privet-issuer\" content=\"https://login.example.com/realms/x\"",
        "name=\"privet-client-id\" content=\"privacy\"",
        "name=\"privet-audience\" content=\"https://privet.example.com\"",
        "name=\"privet-development\" content=\"false\"",
    ] {
        assert!(page.text.contains(told), "{told}: {page}");
    }
}

#[tokio::test]
async fn files_of_the_pages_are_revalidated_compressed_and_only_read() {
    let server = Server::on_sqlite(&[ON]).await;
    let nobody = server.anonymous();
    for path in ["/privacy/", "/privacy/privacy.js", "/admin/page.css"] {
        let plain = nobody.get(path).await;
        assert_eq!(plain.header("Cache-Control"), "no-cache", "{path}");
        let tag = plain.header("ETag").to_owned();
        let known = nobody.request(Method::GET, path);
        let known = known.header("If-None-Match", &tag).send().await;
        assert_eq!((known.status, known.text.as_str()), (304, ""), "{path}");
        let head = nobody.request(Method::HEAD, path).send().await;
        assert_eq!((head.status, head.text.as_str()), (200, ""), "{path}");
        assert_eq!(head.header("ETag"), tag, "{path}");
        let zipped = nobody.request(Method::GET, path);
        let zipped = zipped.header("Accept-Encoding", "gzip").send().await;
        assert_eq!(zipped.header("Content-Encoding"), "gzip", "{path}");
        assert_ne!(zipped.header("ETag"), tag, "{path}");
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::OPTIONS] {
            let refused = nobody.request(method, path).send().await;
            assert_eq!(refused.status, 405, "{path}: {refused}");
            assert_eq!(refused.header("Allow"), "GET, HEAD", "{path}");
        }
    }
}

#[tokio::test]
async fn no_path_leads_out_of_the_pages() {
    let server = Server::on_sqlite(&[ON]).await;
    for path in [
        "/privacy/..",
        "/privacy/../openapi.json",
        "/privacy/%2e%2e%2fopenapi.json",
        "/privacy/%00",
        "/privacy//",
        "//privacy/",
        "/admin/index.html",
    ] {
        let mut connection = Connection::to(&server).await;
        let head = format!("GET {path}");
        connection.send(request(&head, &[], "")).await;
        let answer = connection.answer().await;
        assert_eq!(answer.status, 404, "{path}: {answer}");
        assert_eq!(answer.header("Content-Type"), "application/problem+json");
        assert_eq!(answer.json()["code"], "NOT_FOUND", "{path}");
    }
}
