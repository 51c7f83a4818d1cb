//! SIGHUP: what is reloaded, what stays in use after an error, and that it never ends a process.

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::{AsyncBufReadExt, BufReader};

use crate::support::key_sets::{SETTINGS, status};
use crate::support::program::command;
use crate::support::{
    Backend, Client, Database, KeyPair, Proxy, SECRET, Server, Token, new_user_id,
};

in_every_setup![a_schema_is_replaced_without_a_restart];

const PREFERENCES: &str = "/api/users/me/preferences/";
const SCHEMA: &str = "/api/users/me/preferences/schema/";
const REREAD: &str = "SIGHUP: read again";

/// A schema with one key and this default.
fn schema(default: &str) -> String {
    let key = json!({"description": "Which color.", "enum": ["red", "green"], "default": default});
    json!({"type": "object", "properties": {"color": key}}).to_string()
}

fn file_of(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    fs::write(file.path(), text).unwrap();
    file
}

fn path(file: &NamedTempFile) -> &str {
    file.path().to_str().unwrap()
}

async fn color_and_tag(client: &Client) -> (Value, String) {
    let answer = client.get(PREFERENCES).await;
    (
        answer.json()["color"].clone(),
        answer.header("etag").to_owned(),
    )
}

async fn a_schema_is_replaced_without_a_restart(database: Database) {
    let file = file_of(&schema("red"));
    let variables = [("PRIVET_PREFERENCES_SCHEMA", path(&file))];
    let mut server = Server::start_with(&database, &variables).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let chosen = bob.patch(PREFERENCES, json!({"color": "red"})).await;
    assert_eq!(chosen.status, 200, "{chosen}");
    let (before, old_tag) = color_and_tag(&alice).await;

    fs::write(file.path(), schema("green")).unwrap();
    server.signal("HUP").await;
    let replicas = database.setup().replicas();
    let lines = server.wait_for_logs(REREAD, replicas).await;
    assert!(lines[0].contains("PRIVET_PREFERENCES_SCHEMA"), "{lines:?}");
    for _ in 0..replicas {
        let (after, new_tag) = color_and_tag(&alice).await;
        assert_eq!((&before, after), (&json!("red"), json!("green")));
        assert_ne!(old_tag, new_tag, "the effective value is another");
        assert_eq!(color_and_tag(&bob).await.0, "red", "chosen");
        let document = alice.get(SCHEMA).await.json();
        assert_eq!(document["properties"]["color"]["default"], "green");
    }
}

#[tokio::test]
async fn what_is_read_again_unchanged_changes_no_tag() {
    let file = file_of(&schema("red"));
    let mut server = Server::on_sqlite(&[("PRIVET_PREFERENCES_SCHEMA", path(&file))]).await;
    let alice = server.new_user();
    let before = color_and_tag(&alice).await;
    server.signal("HUP").await;
    server.wait_for_log(REREAD).await;
    assert_eq!(color_and_tag(&alice).await, before);
}

#[tokio::test]
async fn each_invalid_file_leaves_the_old_content_and_is_named() {
    let pair = KeyPair::ed25519();
    let (secret, pem, keys, schema_file) = (
        file_of(SECRET),
        file_of(&pair.public_pem()),
        file_of(&json!({"keys": [pair.jwk("one")]}).to_string()),
        file_of(&schema("red")),
    );
    let mut server = Server::on_sqlite(&[
        ("PRIVET_JWT_SECRET", ""),
        ("PRIVET_JWT_SECRET_FILE", path(&secret)),
        ("PRIVET_JWT_PUBLIC_KEY_FILE", path(&pem)),
        ("PRIVET_JWKS", path(&keys)),
        ("PRIVET_PREFERENCES_SCHEMA", path(&schema_file)),
    ])
    .await;
    let token = Token::of(new_user_id());
    let files = [
        ("PRIVET_JWT_SECRET_FILE", &secret, "hunter2"),
        ("PRIVET_JWT_PUBLIC_KEY_FILE", &pem, "hunter2"),
        ("PRIVET_JWKS", &keys, "hunter2"),
        (
            "PRIVET_PREFERENCES_SCHEMA",
            &schema_file,
            "{\"type\": \"object\", \"required\": []}",
        ),
    ];
    for (times, (variable, file, nonsense)) in (1..).zip(files) {
        let good = fs::read(file.path()).unwrap();
        fs::write(file.path(), nonsense).unwrap();
        server.signal("HUP").await;
        let line = server
            .wait_for_log(&format!("SIGHUP: {variable} stays as it was"))
            .await;
        assert!(line.contains("ERROR"), "{line}");
        let read = server.wait_for_logs(REREAD, times).await;
        assert!(!read[times - 1].contains(variable), "{read:?}");
        for (other, _, _) in files.iter().filter(|(other, _, _)| *other != variable) {
            assert!(read[times - 1].contains(other), "{read:?}");
        }
        fs::write(file.path(), good).unwrap();

        for good in [
            token.sign(SECRET),
            token.sign_with(&pair),
            token.clone().key_id("one").sign_with(&pair),
        ] {
            assert_eq!(status(&server, &good).await, 200, "{variable}");
        }
        assert_eq!(color_and_tag(&server.new_user()).await.0, "red");
    }
    assert!(!server.log().iter().any(|line| line.contains("hunter2")));
}

#[tokio::test]
async fn without_configured_files_a_reload_does_nothing() {
    let mut server = Server::on_sqlite(&[]).await;
    server.signal("HUP").await;
    server.wait_for_log("SIGHUP: no file or URL").await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn requests_under_way_are_held_to_one_schema_each() {
    let file = file_of(&schema("red"));
    let mut server = Server::on_sqlite(&[("PRIVET_PREFERENCES_SCHEMA", path(&file))]).await;
    let alice = server.new_user();
    for (default, times) in ["green", "red"].iter().cycle().take(20).zip(1..) {
        fs::write(file.path(), schema(default)).unwrap();
        server.signal("HUP").await;
        let (color, tag) = color_and_tag(&alice).await;
        let (again, same_tag) = color_and_tag(&alice).await;
        assert_eq!(tag == same_tag, color == again, "{color} {again}");
        server.wait_for_logs(REREAD, times).await;
        assert_eq!(color_and_tag(&alice).await.0, **default);
    }
}

#[tokio::test]
async fn a_signal_that_comes_too_early_ends_nothing_and_is_not_lost() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    proxy.cut();
    let file = file_of(SECRET);
    let variables = [
        ("DATABASE_URL", proxy.url()),
        ("PRIVET_JWT_SECRET", ""),
        ("PRIVET_JWT_SECRET_FILE", path(&file)),
    ];
    let mut server = Server::launch(&database, &variables);
    server
        .wait_for_log("waiting up to 30 seconds for the database")
        .await;
    server.signal("HUP").await;
    proxy.open();
    server.wait_until_it_serves().await;
    server.wait_for_log(REREAD).await;
    assert_eq!(server.new_user().get(SETTINGS).await.status, 200);
}

#[tokio::test]
async fn a_migration_is_not_ended_by_it() {
    let database = Database::fresh(Backend::Postgres).await;
    let proxy = Proxy::before(&database).await;
    proxy.cut();
    let mut migration = command();
    migration
        .arg("migrate")
        .env("DATABASE_URL", proxy.url())
        .stderr(Stdio::piped());
    let mut migration = migration.spawn().unwrap();
    let mut lines = BufReader::new(migration.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("waiting up to") {
            break;
        }
    }
    let id = migration.id().expect("it waits");
    let mut kill = tokio::process::Command::new("sh");
    kill.arg("-c").arg(format!("kill -HUP {id}"));
    assert!(kill.status().await.unwrap().success());
    proxy.open();
    assert!(migration.wait().await.unwrap().success());
}
