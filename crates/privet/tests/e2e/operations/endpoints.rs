//! Endpoints for operators: health, metrics, and Swagger UI with its files.

use reqwest::Method;
use serde_json::json;

use crate::support::{Answer, Backend, Client, Database, Server};

in_every_setup![the_health_endpoints_say_what_is_there];

async fn start() -> (Database, Server) {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start(&database).await;
    (database, server)
}

async fn the_health_endpoints_say_what_is_there(database: Database) {
    let server = Server::start(&database).await;
    let mut checks = json!({"database": "up"});
    if database.setup().has_redis() {
        checks["redis"] = json!("up");
    }
    for (path, body) in [
        ("/health/live", json!({"status": "live"})),
        (
            "/health/ready",
            json!({"status": "ready", "checks": checks}),
        ),
    ] {
        let answer = server.anonymous().get(path).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(
            answer.header("content-type"),
            "application/json",
            "{answer}"
        );
        assert_eq!(answer.json(), body, "{answer}");
    }
}

/// The value of the request counter with these labels.
async fn requests(client: &Client, method: &str, route: &str, status: u16) -> Option<u64> {
    let answer = client.get("/metrics").await;
    assert_eq!(answer.status, 200, "{answer}");
    let mut lines = answer
        .text
        .lines()
        .filter(|line| line.starts_with("privet_http_requests_total{"));
    let labels = [
        format!("method=\"{method}\""),
        format!("route=\"{route}\""),
        format!("status=\"{status}\""),
    ];
    let line = lines.find(|line| labels.iter().all(|label| line.contains(label)))?;
    Some(line.rsplit_once(' ').unwrap().1.parse().unwrap())
}

#[tokio::test]
async fn metrics_are_prometheus_text() {
    let (_database, server) = start().await;
    server.new_user().get("/api/v1/privacy/settings").await;
    let answer = server.anonymous().get("/metrics").await;
    assert_eq!(
        answer.header("content-type"),
        "text/plain; version=0.0.4; charset=utf-8"
    );
    assert!(
        answer
            .text
            .contains("# TYPE privet_http_requests_total counter\n"),
        "{answer}"
    );
    assert!(
        answer.text.contains("# HELP privet_http_requests_total "),
        "{answer}"
    );
    for line in answer
        .text
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let (name, value) = line.rsplit_once(' ').unwrap();
        assert!(value.parse::<f64>().is_ok(), "{line}");
        let name = name.split('{').next().unwrap();
        assert!(
            name.chars()
                .all(|each| each.is_ascii_alphanumeric() || each == '_'),
            "{line}"
        );
    }
}

#[tokio::test]
async fn requests_are_counted_by_their_route_and_by_nothing_that_names_a_user() {
    let (_database, server) = start().await;
    let alice = server.new_user();
    let nobody = server.anonymous();
    for path in ["/api/v1/privacy/settings", "/api/v1/privacy/settings/"] {
        assert_eq!(alice.get(path).await.status, 200);
        assert_eq!(
            alice.get(&format!("{path}?x={}", alice.id())).await.status,
            200
        );
        assert_eq!(nobody.get(path).await.status, 401);
    }
    for number in 0..20 {
        assert_eq!(
            alice
                .get(&format!("/nothing/{number}/{}", alice.id()))
                .await
                .status,
            404
        );
    }
    let strange = Method::from_bytes(b"STRANGE").unwrap();
    alice
        .request(strange, "/api/v1/privacy/settings")
        .send()
        .await;
    let route = "/api/v1/privacy/settings";
    assert_eq!(requests(&nobody, "GET", route, 200).await, Some(4));
    assert_eq!(requests(&nobody, "GET", route, 401).await, Some(2));
    assert_eq!(requests(&nobody, "other", route, 405).await, Some(1));
    assert_eq!(requests(&nobody, "GET", "(none)", 404).await, Some(20));
    let text = nobody.get("/metrics").await.text;
    for secret in [
        alice.id().to_string(),
        alice.id().simple().to_string(),
        "STRANGE".to_owned(),
    ] {
        assert!(!text.contains(&secret), "{text}");
    }
}

/// All files that an HTML page loads.
fn loaded_by(page: &str) -> Vec<String> {
    let attributes = page.split(['<', '>', ' ', '\n']);
    let values = attributes.filter_map(|attribute| {
        let value = attribute
            .strip_prefix("src=")
            .or_else(|| attribute.strip_prefix("href="))?;
        Some(value.trim_matches(['"', '\'']).to_owned())
    });
    values.collect()
}

fn redirects_to_swagger_ui(answer: &Answer) {
    assert!(
        [301, 302, 303, 307, 308].contains(&answer.status),
        "{answer}"
    );
    assert_eq!(answer.header("Location"), "/swagger-ui/", "{answer}");
    assert_eq!(answer.text, "", "{answer}");
}

#[tokio::test]
async fn the_root_leads_to_swagger_ui() {
    let (_database, server) = start().await;
    let mut connection = crate::support::wire::Connection::to(&server).await;
    connection
        .send(crate::support::wire::request("GET /", &[], ""))
        .await;
    redirects_to_swagger_ui(&connection.answer().await);
    // The client follows this.
    let page = server.anonymous().get("/").await;
    assert_eq!(page.status, 200, "{page}");
    assert!(
        page.text.contains("<title>Privet API - Swagger UI</title>"),
        "{page}"
    );
}

#[tokio::test]
async fn swagger_ui_loads_only_files_of_the_service() {
    let (_database, server) = start().await;
    let nobody = server.anonymous();
    let page = nobody.get("/swagger-ui/").await;
    assert_eq!(page.header("content-type"), "text/html", "{page}");
    let loaded = loaded_by(&page.text);
    assert!(loaded.len() >= 5, "{loaded:?}");
    for name in loaded {
        assert!(
            !name.contains(':') && !name.contains("//"),
            "{name} is elsewhere"
        );
        // Wherever the page was loaded from.
        assert!(name.starts_with("/swagger-ui/"), "{name}");
        let file = nobody.get(&name).await;
        assert_eq!(file.status, 200, "{name}");
        let expected = match name.rsplit_once('.').unwrap().1 {
            "js" => "text/javascript",
            "css" => "text/css",
            "png" => "image/png",
            other => panic!("{other} is a new kind of file"),
        };
        assert_eq!(file.header("content-type"), expected, "{name}");
        assert!(!file.text.is_empty(), "{name}");
    }
    let settings = nobody.get("/swagger-ui/swagger-initializer.js").await.text;
    assert!(settings.contains("\"/openapi.json\""), "{settings}");
    assert!(
        !settings.contains("petstore") && !settings.contains("https://"),
        "{settings}"
    );
}
