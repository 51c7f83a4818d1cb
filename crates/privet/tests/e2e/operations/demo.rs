//! `privet demo`: what it fills, and what it refuses to fill.

use std::fs;

use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::support::program::Output;
use crate::support::{Backend, Database, Program, SECRET, new_user_id};

const USERS: &str = "SELECT count(*) AS number FROM users";

async fn demo(database: &Database, variables: &[(&str, &str)]) -> Output {
    let program = Program::new(&["demo"]).with("DATABASE_URL", &database.url());
    let program = variables
        .iter()
        .fold(program, |program, (name, value)| program.with(name, value));
    program.run().await
}

fn counts(output: &Output) -> Value {
    assert_eq!(output.status, 0, "{output:?}");
    let told: Value = serde_json::from_str(&output.stdout).unwrap();
    told["counts"].clone()
}

#[tokio::test]
async fn a_demo_fills_an_empty_database_and_may_be_repeated() {
    let database = Database::fresh(Backend::Sqlite).await;
    let first = counts(&demo(&database, &[]).await);
    assert_eq!(first["invalid"], 0, "{first}");
    assert_eq!(database.number(USERS).await, 12);
    let again = counts(&demo(&database, &[]).await);
    for nothing in ["created", "changed", "invalid", "skipped"] {
        assert_eq!(again[nothing], 0, "{again}");
    }
    assert_eq!(database.number(USERS).await, 12);
}

#[tokio::test]
async fn a_demo_leaves_a_database_with_users_alone() {
    let database = Database::fresh(Backend::Sqlite).await;
    let file = NamedTempFile::new().unwrap();
    let line = json!({"user": new_user_id(), "settings": {}});
    fs::write(file.path(), format!("{line}\n")).unwrap();
    let import = Program::new(&["import", file.path().to_str().unwrap()])
        .with("DATABASE_URL", &database.url())
        .run()
        .await;
    assert_eq!(import.status, 0, "{import:?}");
    let output = demo(&database, &[]).await;
    assert_eq!(output.status, 2, "{output:?}");
    assert!(output.stderr.contains("this one has users"), "{output:?}");
    assert_eq!(database.number(USERS).await, 1);
}

#[tokio::test]
async fn a_demo_fills_only_a_database_for_development() {
    let with_key = Database::fresh(Backend::Sqlite).await;
    let on_a_server = Database::fresh(Backend::Postgres).await;
    let key = [("PRIVET_JWT_SECRET", SECRET)];
    for output in [
        demo(&with_key, &key).await,
        demo(&on_a_server, &key).await,
        demo(&on_a_server, &[]).await,
    ] {
        assert_eq!(
            (output.status, output.stdout.as_str()),
            (2, ""),
            "{output:?}"
        );
    }
    assert_eq!(on_a_server.number(USERS).await, 0);
}
