//! Configuration: the effect of each variable, and the one-line error of an invalid value, which shows no secret.

mod exposure;

use std::fs;

use serde_json::{Value, json};

use crate::support::program::Output;
use crate::support::{Backend, Database, KeyPair, Program, SECRET, Server, Token, new_user_id};

in_every_setup![nothing_secret_is_logged, the_database_url_may_be_in_a_file];

// REDIS_URL is one of the empty ones.
on_both_stores![an_empty_variable_counts_as_not_set];

const SETTINGS: &str = "/api/v1/privacy/settings";

async fn nothing_secret_is_logged(database: Database) {
    let mut server = Server::start_with(&database, &[("PRIVET_LOG", "trace")]).await;
    let token = Token::of(new_user_id()).sign(SECRET);
    let client = server.bearer(&token);
    let color = json!({"theme.accent_color": "#c0ffee"});
    assert_eq!(
        client
            .patch("/api/users/me/preferences/", color)
            .await
            .status,
        200
    );
    server.signal("TERM").await;
    server.wait_for_exit().await;
    // By then everything has been written.
    server.wait_for_log("stopped").await;
    let signature = token.rsplit('.').next().unwrap();
    for line in server.log() {
        for secret in [SECRET, signature, "c0ffee"] {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

async fn the_database_url_may_be_in_a_file(database: Database) {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{}\n", database.url())).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("DATABASE_URL", ""), ("DATABASE_URL_FILE", path)];
    let server = Server::start_with(&database, &variables).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
    assert_eq!(
        database
            .number("SELECT count(*) AS number FROM users")
            .await,
        1
    );
}

async fn an_empty_variable_counts_as_not_set(database: Database) {
    let names = [
        "DATABASE_URL_FILE",
        "REDIS_URL",
        "PRIVET_CACHE_TTL",
        "PRIVET_JWKS",
        "PRIVET_JWT_ISSUER",
        "PRIVET_JWT_SECRET_FILE",
        "PRIVET_LIMIT_GENERAL",
        "PRIVET_LOG",
        "PRIVET_METRICS_ADDR",
        "PRIVET_PUBLIC_URL",
        "PRIVET_TRUSTED_PROXIES",
    ];
    let server = Server::start_with(&database, &names.map(|name| (name, ""))).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn a_bad_value_is_named_with_what_was_given_and_what_is_taken() {
    for (name, value) in [
        ("PRIVET_LISTEN", "8080"),
        ("PRIVET_METRICS_ADDR", "9464"),
        ("PRIVET_PUBLIC_URL", "privet.example.com"),
        ("PRIVET_PUBLIC_URL", "https://example.com/privet?x=1"),
        ("PRIVET_DATABASE_POOL", "0"),
        ("PRIVET_DATABASE_TIMEOUT_MS", "2s"),
        ("PRIVET_CACHE_TTL", "5m"),
        ("PRIVET_DATABASE_SPREAD", "on"),
        ("PRIVET_RATE_LIMITS", "yes"),
        ("PRIVET_LIMIT_MESSAGING_READ", "15 per minute"),
        ("PRIVET_LIMIT_FAILED_AUTH", "0/second"),
        ("PRIVET_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("PRIVET_CORS_ORIGINS", "https://app.example.com,*"),
        ("PRIVET_LOG", "privet=deafening"),
        ("PRIVET_LOG", "wran"),
        ("PRIVET_PREFERENCES_SCHEMA", "/nonexistent"),
        ("PRIVET_JWT_SECRET_FILE", "/nonexistent"),
        ("PRIVET_JWT_PUBLIC_KEY_FILE", "/nonexistent"),
        ("PRIVET_JWKS", "/nonexistent"),
        ("DATABASE_URL_FILE", "/nonexistent"),
        ("REDIS_URL_FILE", "/nonexistent"),
        ("PRIVET_LOG_FORMAT", "yaml"),
        ("PRIVET_WORKERS", "-1"),
        ("PRIVET_SHUTDOWN_SECONDS", "a while"),
        ("DATABASE_URL", "sqlite://"),
    ] {
        let line = refusal(&[(name, value)]).await;
        assert!(
            line.starts_with(&format!("privet: {name} is {value:?}")),
            "{line}"
        );
        assert!(line.contains("; it takes "), "{line}");
    }
}

/// Only libpq knows what is valid, so the first connection shows it.
#[tokio::test]
async fn a_database_url_that_libpq_does_not_take_is_named_and_shows_no_password() {
    for (url, shown) in [
        ("postgres://h:notaport/db", "postgres://…"),
        ("postgres://u:hunter2@h:99999/d", "postgres://…@h:99999/d"),
        (
            "postgres://u:hunter2@h/d?sslmode=foo",
            "postgres://…@h/d?sslmode=…",
        ),
        (
            "postgres://u:hunter2@h/d?foo=hunter2",
            "postgres://…@h/d?foo=…",
        ),
        ("postgres://u:hunter2@h/d b", "postgres://…@h/d b"),
    ] {
        let line = refusal(&[("DATABASE_URL", url), ("PRIVET_JWT_SECRET", SECRET)]).await;
        let expected = format!("privet: DATABASE_URL is {shown:?}; it takes ");
        assert!(line.starts_with(&expected), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn a_bad_redis_url_is_named_and_shows_no_password() {
    for (url, shown) in [
        ("foo", "foo"),
        ("privet:hunter2@redis:6379", "…@redis:6379"),
        ("http://privet:hunter2@redis", "http://…@redis"),
        ("redis://", "redis://"),
    ] {
        let line = refusal(&[("REDIS_URL", url)]).await;
        let expected = format!("privet: REDIS_URL is {shown:?}; it takes redis://");
        assert!(line.starts_with(&expected), "{line}");
        assert!(!line.contains("hunter2"), "{line}");
    }
}

#[tokio::test]
async fn a_bad_secret_is_named_and_not_shown() {
    let short = "only-a-short-one";
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), short).unwrap();
    let path = file.path().to_str().unwrap();
    for (name, value) in [
        ("PRIVET_JWT_SECRET", short),
        ("PRIVET_JWT_SECRET_FILE", path),
        ("PRIVET_JWT_SECRET_FILE", short),
        (
            "DATABASE_URL",
            "mysql://privet:only-a-short-one@localhost/privet",
        ),
        (
            "DATABASE_URL",
            "postgres://privet:only-a-short-one@5@localhost/privet",
        ),
        ("DATABASE_URL_FILE", path),
        ("PRIVET_JWT_PUBLIC_KEY_FILE", path),
        ("PRIVET_JWKS", path),
        ("PRIVET_JWKS", "ftp://only-a-short-one@localhost/keys"),
        ("PRIVET_PREFERENCES_SCHEMA", path),
    ] {
        let line = refusal(&[(name, value)]).await;
        assert!(
            line.contains(name) && line.contains("; it takes "),
            "{line}"
        );
        assert!(!line.contains(short), "{line}");
    }
}

#[tokio::test]
async fn variables_that_exclude_each_other_are_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), SECRET).unwrap();
    let path = file.path().to_str().unwrap();
    for (name, value) in [
        ("PRIVET_JWT_SECRET", SECRET),
        ("DATABASE_URL", "sqlite://privet.db"),
        ("REDIS_URL", "redis://localhost"),
    ] {
        let other = format!("{name}_FILE");
        let line = refusal(&[(name, value), (&other, path)]).await;
        assert!(
            line.contains(&format!("{name} and {other} are both set")),
            "{line}"
        );
    }
}

#[tokio::test]
async fn postgresql_without_any_key_is_refused() {
    let line = refusal(&[("DATABASE_URL", "postgres://localhost/privet")]).await;
    assert!(
        line.contains("PRIVET_JWT_SECRET") && line.contains("PostgreSQL"),
        "{line}"
    );
}

#[tokio::test]
async fn a_private_key_is_no_public_key() {
    for pair in [KeyPair::rsa(), KeyPair::p256(), KeyPair::ed25519()] {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), pair.private_pem()).unwrap();
        let path = file.path().to_str().unwrap();
        let line = refusal(&[("PRIVET_JWT_PUBLIC_KEY_FILE", path)]).await;
        assert!(line.contains("PRIVET_JWT_PUBLIC_KEY_FILE"), "{line}");
    }
}

#[tokio::test]
async fn a_misspelt_variable_is_warned_of() {
    let mut server = Server::on_sqlite(&[("PRIVET_RATELIMITS", "on")]).await;
    let line = server.wait_for_log("PRIVET_RATELIMITS").await;
    assert!(
        line.contains("WARN") && line.contains("did you mean PRIVET_RATE_LIMITS?"),
        "{line}"
    );
}

#[tokio::test]
async fn a_secret_in_a_file_may_end_with_a_newline() {
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), format!("{SECRET}\n")).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [("PRIVET_JWT_SECRET", ""), ("PRIVET_JWT_SECRET_FILE", path)];
    let server = Server::on_sqlite(&variables).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn the_secret_that_is_made_is_kept_beside_the_database_for_its_owner_only() {
    use std::os::unix::fs::PermissionsExt;

    let server = Server::on_sqlite(&[("PRIVET_JWT_SECRET", "")]).await;
    let file = server
        .database()
        .file()
        .with_file_name("privet.db.jwt-secret");
    let mode = fs::metadata(file).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[tokio::test]
async fn the_public_url_is_what_clients_are_told() {
    let variables = [("PRIVET_PUBLIC_URL", "https://privet.example.com/")];
    let mut server = Server::on_sqlite(&variables).await;
    server
        .wait_for_log("Swagger UI: https://privet.example.com/swagger-ui/")
        .await;
}

#[tokio::test]
async fn the_log_may_be_json_line_by_line() {
    let database = Database::fresh(Backend::Sqlite).await;
    let mut server = Server::launch(&database, &[("PRIVET_LOG_FORMAT", "json")]);
    let listening = server.wait_for_log("\"message\":\"listening\"").await;
    let event: Value = serde_json::from_str(&listening).unwrap();
    assert_eq!(event["server.address"], "127.0.0.1", "{listening}");
    assert_ne!(event["server.port"].as_u64(), Some(0), "{listening}");
    for line in server.log() {
        let event: Value = serde_json::from_str(&line).unwrap();
        assert!(
            event["timestamp"].is_string() && event["level"].is_string(),
            "{line}"
        );
    }
}

#[tokio::test]
async fn a_limit_that_is_configured_holds() {
    let limit = ("PRIVET_LIMIT_MESSAGING_READ", "2/hour");
    let server = Server::on_sqlite(&[("PRIVET_RATE_LIMITS", "on"), limit]).await;
    let alice = server.new_user();
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(alice.get(SETTINGS).await.status);
    }
    assert_eq!(statuses, [200, 200, 429]);
}

#[tokio::test]
async fn an_operators_own_preferences_take_the_place_of_the_built_in_ones() {
    let schema = json!({
        "type": "object",
        "properties": {"sound": {"type": "object", "properties": {"volume": {
            "type": "integer", "minimum": 0, "maximum": 11, "default": 5,
            "description": "How loud it is."
        }}}}
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), schema.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let server = Server::on_sqlite(&[("PRIVET_PREFERENCES_SCHEMA", path)]).await;
    let answer = server.new_user().get("/api/users/me/preferences/").await;
    assert_eq!(answer.json(), json!({"sound": {"volume": 5}}), "{answer}");
}

/// The only line of `privet serve` with these variables, which ends with exit status 2.
async fn refusal(variables: &[(&str, &str)]) -> String {
    let mut program = Program::new(&["serve"]);
    for (name, value) in variables {
        program = program.with(name, value);
    }
    let Output {
        status,
        stdout,
        stderr,
    } = program.run().await;
    assert_eq!(
        (status, stdout.as_str()),
        (2, ""),
        "{variables:?}: {stderr}"
    );
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    stderr.trim_end().to_owned()
}
