//! Security and caching header fields, on every kind of answer.

use reqwest::Method;
use serde_json::json;

use crate::support::shapes::UPDATES;
use crate::support::{Answer, Backend, Client, Database, SECRET, Server, Token, new_user_id};

const SETTINGS: [&str; 4] = [
    "/api/users/me/privacy-settings/",
    "/api/users/me/preferences/",
    "/api/v1/e-social/privacy/account",
    "/api/v1/privacy/settings",
];
const FILES_OF_SWAGGER_UI: [&str; 5] = [
    "/swagger-ui/",
    "/swagger-ui/index.html",
    "/swagger-ui/swagger-ui.css",
    "/swagger-ui/swagger-ui-bundle.js",
    "/swagger-ui/swagger-initializer.js",
];

async fn start(variables: &[(&str, &str)]) -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, variables).await;
    (database, server)
}

fn service(server: &Server) -> Client {
    let token = Token::of(new_user_id()).claim("scope", "privacy:decide");
    server.bearer(&token.sign(SECRET))
}

fn assert_is_data(answer: &Answer) {
    for (name, value) in [
        ("X-Content-Type-Options", "nosniff"),
        ("Referrer-Policy", "no-referrer"),
        (
            "Content-Security-Policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
    ] {
        assert_eq!(answer.header(name), value, "{answer}");
    }
}

fn cached(answer: &Answer) -> &str {
    answer.header("Cache-Control")
}

#[tokio::test]
async fn every_answer_has_headers_against_its_use_as_a_page() {
    let (_database, server) = start(&[]).await;
    let (alice, anonymous) = (server.new_user(), server.anonymous());
    let other = new_user_id();
    let paths = SETTINGS.into_iter().chain([
        "/api/v1/privacy/audit",
        "/api/v1/users/me/export",
        "/api/v1/contacts",
        "/health/live",
        "/health/ready",
        "/metrics",
        "/openapi.json",
        "/.well-known/authzen-configuration",
        "/nothing",
    ]);
    for path in paths {
        for client in [&alice, &anonymous] {
            assert_is_data(&client.get(path).await);
            assert_is_data(&client.request(Method::HEAD, path).send().await);
            assert_is_data(&client.request(Method::TRACE, path).send().await);
        }
    }
    for update in &UPDATES {
        assert_is_data(&update.send(&alice, update.body, &[]).await);
        let json = [("Content-Type", "application/json")];
        assert_is_data(&update.send(&alice, update.body, &json).await);
        assert_is_data(&update.send(&alice, "{", &json).await);
        let late = [json[0], ("If-Match", "\"no such version\"")];
        assert_is_data(&update.send(&alice, update.body, &late).await);
    }
    let known = alice
        .request(Method::GET, SETTINGS[3])
        .header("If-None-Match", "*");
    let known = known.send().await;
    assert_eq!(known.status, 304, "{known}");
    assert_is_data(&known);
    assert_is_data(&alice.add(&format!("/api/v1/contacts/{other}")).await);
    assert_is_data(&alice.delete(&format!("/api/v1/contacts/{other}")).await);
    assert_is_data(&alice.delete("/api/v1/users/me").await);
}

#[tokio::test]
async fn settings_may_be_cached_and_revalidated_and_other_answers_may_not() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    for path in SETTINGS {
        assert_eq!(cached(&alice.get(path).await), "private, no-cache");
        assert_eq!(cached(&server.anonymous().get(path).await), "no-store");
        assert_eq!(cached(&alice.delete(path).await), "no-store");
    }
    let other = new_user_id();
    let check = json!({"viewer": other, "subject": alice.id(), "action": "send_email"});
    let decided = service(&server)
        .post("/api/v1/privacy/decisions", json!({"checks": [check]}))
        .await;
    assert_eq!(decided.status, 200, "{decided}");
    for answer in [
        decided,
        alice
            .get(&format!("/api/v1/privacy/users/{other}/access"))
            .await,
        alice.get("/health/ready").await,
        alice.get("/metrics").await,
        alice.get("/nothing").await,
        alice.add(&format!("/api/v1/contacts/{}", alice.id())).await,
    ] {
        assert_eq!(cached(&answer), "no-store", "{answer}");
    }
}

#[tokio::test]
async fn swagger_ui_loads_only_own_files_and_calls_the_public_url() {
    let public = [("PRIVET_PUBLIC_URL", "https://privet.example.com")];
    let (_database, server) = start(&public).await;
    for path in FILES_OF_SWAGGER_UI {
        let answer = server.anonymous().get(path).await;
        assert_eq!(answer.status, 200, "{path}");
        let policy = answer.header("Content-Security-Policy");
        let directives: Vec<&str> = policy.split("; ").collect();
        assert_eq!(
            directives,
            [
                "default-src 'none'",
                "script-src 'self'",
                "style-src 'self' 'unsafe-inline'",
                "img-src 'self' data:",
                "connect-src 'self' https://privet.example.com",
                "base-uri 'none'",
                "form-action 'none'",
                "frame-ancestors 'none'",
            ],
            "{path}"
        );
        assert_eq!(answer.header("X-Content-Type-Options"), "nosniff");
        assert_eq!(answer.header("Referrer-Policy"), "no-referrer");
    }
    // Other sites cannot find out that the page was opened.
    let starting = server
        .anonymous()
        .get("/swagger-ui/swagger-initializer.js")
        .await;
    assert!(
        starting.text.contains("\"validatorUrl\": \"none\""),
        "{starting}"
    );
    // To the public URL, wherever the page was loaded from.
    assert!(!starting.text.contains("requestInterceptor"), "{starting}");
}

#[tokio::test]
async fn no_answer_names_the_server_software() {
    let (_database, server) = start(&[]).await;
    let alice = server.new_user();
    for path in [
        "/",
        "/nothing",
        "/health/live",
        "/openapi.json",
        SETTINGS[0],
    ] {
        let answer = alice.get(path).await;
        for name in ["Server", "X-Powered-By", "Via"] {
            assert!(!answer.has_header(name), "{answer}");
        }
    }
}
