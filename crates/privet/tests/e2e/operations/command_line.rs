//! The commands except `serve`. Help texts are tested in `command_line/help.rs`.

mod catalogue;
mod distributed;
mod help;

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::support::program::command;
use crate::support::tokens::now;
use crate::support::{Backend, Database, KeyPair, Program, Proxy, SECRET, Server, new_user_id};

in_every_setup![
    a_token_that_was_printed_is_taken,
    health_says_whether_the_server_is_ready,
];

// The server does not run.
on_both_stores![a_migration_may_be_repeated];

const SETTINGS: &str = "/api/v1/privacy/settings";

async fn a_token_that_was_printed_is_taken(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    let printed = token(&["--user", &id.to_string()]).await;
    let answer = server.bearer(&printed).get(SETTINGS).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.json()["user_id"], id.to_string());
}

async fn a_migration_may_be_repeated(database: Database) {
    for _ in 0..2 {
        let output = Program::new(&["migrate"])
            .with("DATABASE_URL", &database.url())
            .run()
            .await;
        assert_eq!(output.status, 0, "{}", output.stderr);
        assert_eq!(output.stdout, "");
    }
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 0);
}

async fn health_says_whether_the_server_is_ready(database: Database) {
    let mut server = Server::start(&database).await;
    let address = server.authority().to_owned();
    let health = async || {
        Program::new(&["health"])
            .with("PRIVET_LISTEN", &address)
            .run()
            .await
    };

    let output = health().await;
    assert_eq!(
        (output.status, output.stderr.as_str()),
        (0, ""),
        "{output:?}"
    );

    server.signal("KILL").await;
    server.wait_for_exit().await;
    let output = health().await;
    assert_eq!(output.status, 1);
    assert!(output.stderr.contains(&address), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1);
}

#[tokio::test]
async fn health_names_what_is_away() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    // Less than the time limit of `privet health`.
    let variables = [
        ("DATABASE_URL", proxy.url()),
        ("PRIVET_DATABASE_TIMEOUT_MS", "1000"),
    ];
    let server = Server::start_with(&database, &variables).await;
    for outage in [Proxy::cut, Proxy::hold] {
        outage(&proxy);
        // The health state may be half a second old.
        tokio::time::sleep(Duration::from_millis(600)).await;
        let health = Program::new(&["health"]).with("PRIVET_LISTEN", server.authority());
        let output = health.run().await;
        assert_eq!(output.status, 1, "{output:?}");
        assert!(output.stderr.contains("database"), "{}", output.stderr);
        assert_eq!(output.stderr.lines().count(), 1);
    }
}

#[tokio::test]
async fn health_that_cannot_know_where_to_ask_is_1_as_well() {
    for listen in ["127.0.0.1:0", "somewhere"] {
        let health = Program::new(&["health"]).with("PRIVET_LISTEN", listen);
        let output = health.run().await;
        assert_eq!((output.status, &*output.stdout), (1, ""), "{listen}");
        assert!(
            output.stderr.starts_with("privet: PRIVET_LISTEN "),
            "{}",
            output.stderr
        );
    }
}

#[tokio::test]
async fn health_of_a_server_that_listens_everywhere_asks_on_this_machine() {
    let server = Server::on_sqlite(&[("PRIVET_LISTEN", "0.0.0.0:0")]).await;
    let (_, port) = server.authority().rsplit_once(':').unwrap();
    let everywhere = format!("0.0.0.0:{port}");
    let output = Program::new(&["health"])
        .with("PRIVET_LISTEN", &everywhere)
        .run()
        .await;
    assert_eq!(output.status, 0, "{}", output.stderr);
}

#[tokio::test]
async fn a_token_is_all_that_token_prints() {
    let arguments = ["token", "--user", &new_user_id().to_string()];
    let output = Program::new(&arguments)
        .with("PRIVET_JWT_SECRET", SECRET)
        .run()
        .await;
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let line = output.stdout.strip_suffix('\n').unwrap();
    assert!(
        line.split('.').count() == 3 && !line.contains(char::is_whitespace),
        "{line:?}"
    );
}

#[tokio::test]
async fn a_token_lasts_an_hour_or_as_long_as_is_asked_for() {
    let id = new_user_id().to_string();
    for (arguments, seconds) in [
        (vec!["--user", &id], 3_600),
        (vec!["--user", &id, "--ttl", "30s"], 30),
        (vec!["--user", &id, "--ttl", "7d"], 604_800),
    ] {
        let claims = claims(&token(&arguments).await);
        let left = claims["exp"].as_i64().unwrap() - now();
        assert!(
            (seconds - 10..=seconds).contains(&left),
            "{left} of {seconds}"
        );
    }
}

#[tokio::test]
async fn a_token_carries_the_scope_and_what_is_configured_of_issuer_and_audience() {
    let id = new_user_id().to_string();
    let arguments = [
        "token",
        "--user",
        &id,
        "--scope",
        "privacy:decide users:erase",
    ];
    let output = Program::new(&arguments)
        .with("PRIVET_JWT_SECRET", SECRET)
        .with("PRIVET_JWT_ISSUER", "https://login.test")
        .with("PRIVET_JWT_AUDIENCE", "privet")
        .run()
        .await;
    let claims = claims(output.stdout.trim());
    assert_eq!(claims["sub"], id);
    assert_eq!(claims["scope"], "privacy:decide users:erase");
    assert_eq!(claims["iss"], "https://login.test");
    assert_eq!(claims["aud"], "privet");
}

#[tokio::test]
async fn no_token_is_printed_where_only_public_keys_are_configured() {
    let pair = KeyPair::ed25519();
    let arguments = ["token", "--user", &new_user_id().to_string()];
    for (name, value) in [
        ("PRIVET_JWT_PUBLIC_KEY_FILE", pair.public_key_file()),
        ("PRIVET_JWKS", "https://login.example.com/jwks.json"),
    ] {
        let output = Program::new(&arguments).with(name, value).run().await;
        assert_eq!((output.status, output.stdout.as_str()), (2, ""));
        let reason = "only public keys are configured";
        assert!(output.stderr.contains(reason), "{}", output.stderr);
    }
}

#[tokio::test]
async fn the_secret_that_is_made_once_serves_the_server_and_the_command() {
    let database = Database::fresh(Backend::Sqlite).await;
    let server = Server::start_with(&database, &[("PRIVET_JWT_SECRET", "")]).await;
    let id = new_user_id();
    let arguments = ["token", "--user", &id.to_string()];
    let output = Program::new(&arguments)
        .with("DATABASE_URL", &database.url())
        .run()
        .await;
    assert_eq!(output.status, 0, "{}", output.stderr);

    let answer = server.bearer(output.stdout.trim()).get(SETTINGS).await;
    assert_eq!(answer.status, 200, "{answer}");
    let server = server.kill_and_restart().await;
    let answer = server.bearer(output.stdout.trim()).get(SETTINGS).await;
    assert_eq!(answer.status, 200, "{answer}");
}

#[tokio::test]
async fn a_token_without_a_secret_makes_nothing_and_says_where_it_looked() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("data/privet.db");
    let output = Program::new(&["token", "--user", &new_user_id().to_string()])
        .with("DATABASE_URL", &format!("sqlite://{}", database.display()))
        .run()
        .await;
    assert_eq!((output.status, output.stdout.as_str()), (2, ""));
    let looked = format!("{}.jwt-secret", database.display());
    assert!(output.stderr.contains(&looked), "{}", output.stderr);
    assert_eq!(output.stderr.lines().count(), 1, "{}", output.stderr);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn the_command_in_the_log_prints_a_token_that_is_taken() {
    let mut server = Server::on_sqlite(&[("PRIVET_JWT_SECRET", "")]).await;
    let line = server.wait_for_log("A token to try it with: ").await;
    let (_, command) = line.split_once("A token to try it with: ").unwrap();
    let mut shell = tokio::process::Command::new("sh");
    let output = shell.arg("-c").arg(command).output().await.unwrap();
    let token = String::from_utf8(output.stdout).unwrap();
    let answer = server.bearer(token.trim()).get(SETTINGS).await;
    assert_eq!(answer.status, 200, "{command}: {answer}");
}

#[tokio::test]
async fn the_openapi_document_needs_neither_database_nor_keys() {
    let output = Program::new(&["openapi"])
        .with("DATABASE_URL", "postgres://nobody@192.0.2.1/nowhere")
        .with("PRIVET_PUBLIC_URL", "https://privet.example.com/")
        .run()
        .await;
    assert_eq!((output.status, output.stderr.as_str()), (0, ""));
    let document: Value = serde_json::from_str(&output.stdout).unwrap();
    assert!(document["openapi"].as_str().unwrap().starts_with("3.1"));
    assert_eq!(document["servers"][0]["url"], "https://privet.example.com");
    assert!(document["paths"][SETTINGS].is_object());
}

#[tokio::test]
async fn the_document_that_is_printed_is_the_one_that_is_served() {
    let server = Server::on_sqlite(&[]).await;
    let url = server.url("");
    let output = Program::new(&["openapi"])
        .with("PRIVET_PUBLIC_URL", &url)
        .run()
        .await;
    let printed: Value = serde_json::from_str(&output.stdout).unwrap();
    assert_eq!(printed["servers"][0]["url"], url);
    let answer = server.anonymous().get("/openapi.json").await;
    assert!(printed == answer.json(), "they differ");
}

#[tokio::test]
async fn invalid_arguments_are_exit_status_2() {
    let id = new_user_id().to_string();
    for arguments in [
        vec!["sevre"],
        vec!["serve", "--port", "80"],
        vec!["token"],
        vec!["token", "--user", "alice"],
        vec!["token", "--user", &id, "--ttl", "forever"],
    ] {
        let output = Program::new(&arguments)
            .with("PRIVET_JWT_SECRET", SECRET)
            .run()
            .await;
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{arguments:?}"
        );
    }
}

#[tokio::test]
async fn the_exit_status_is_right_if_standard_error_is_closed() {
    let full = std::fs::File::create("/dev/full").unwrap();
    let mut command = command();
    command.arg("serve").env("PRIVET_LISTEN", "nowhere");
    let status = command.stderr(full).status().await.unwrap();
    assert_eq!(status.code(), Some(2));
}

async fn token(arguments: &[&str]) -> String {
    let arguments = [&["token"], arguments].concat();
    let output = Program::new(&arguments)
        .with("PRIVET_JWT_SECRET", SECRET)
        .run()
        .await;
    assert_eq!(output.status, 0, "{}", output.stderr);
    output.stdout.trim().to_owned()
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).unwrap()).unwrap()
}
