//! `privet import` and `privet export`: what is exported can be imported and answers the same.

mod same_answers;

use std::fs;
use std::process::Stdio;

use serde_json::{Value, json};
use tempfile::NamedTempFile;
use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use uuid::Uuid;

use crate::support::program::{Output, binary};
use crate::support::settings::Settings;
use crate::support::{Database, Program, Server, new_user_id};

// The server does not run.
on_both_stores![
    what_is_exported_is_imported_into_an_empty_database_and_exported_alike,
    an_import_that_was_killed_is_finished_by_repeating_it,
    lines_from_standard_input_fill_or_overwrite,
];

const TIME: &str = "2026-01-31T10:30:45.000000Z";

fn file(lines: &[Value]) -> NamedTempFile {
    let file = NamedTempFile::new().unwrap();
    let lines: Vec<_> = lines.iter().map(Value::to_string).collect();
    fs::write(file.path(), lines.join("\n") + "\n").unwrap();
    file
}

fn program(database: &Database, arguments: &[&str]) -> Program {
    let program = Program::new(arguments).with("DATABASE_URL", &database.url());
    program.with("PRIVET_DATABASE_TIMEOUT_MS", "20000")
}

async fn run(database: &Database, arguments: &[&str]) -> Output {
    program(database, arguments).run().await
}

async fn import(database: &Database, file: &NamedTempFile) -> Vec<Value> {
    let output = run(database, &["import", file.path().to_str().unwrap()]).await;
    assert_eq!(output.status, 0, "{output:?}");
    let lines = output.stdout.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn export(database: &Database) -> String {
    let output = run(database, &["export", "--all"]).await;
    assert_eq!(output.status, 0, "{output:?}");
    output.stdout
}

fn counts(created: u64, unchanged: u64) -> Value {
    json!({"counts": {"created": created, "changed": 0, "unchanged": unchanged, "invalid": 0, "skipped": 0}})
}

/// Users in a ring, each of whom knows and follows the next one.
fn ring(number: usize) -> Vec<Value> {
    let users: Vec<Uuid> = (0..number).map(|_| new_user_id()).collect();
    let pairs = || users.iter().zip(users.iter().cycle().skip(1));
    let people = users.iter().map(|user| {
        json!({"user": user, "settings": {"messaging.show_last_seen": false}, "created_at": TIME})
    });
    let contacts = pairs()
        .map(|(one, other)| json!({"contact": {"owner": one, "user": other, "added_at": TIME}}));
    let follows = pairs().map(|(one, other)| {
        json!({"follow": {"follower": one, "following": other, "status": "ACCEPTED", "created_at": TIME}})
    });
    people.chain(contacts).chain(follows).collect()
}

async fn what_is_exported_is_imported_into_an_empty_database_and_exported_alike(
    database: Database,
) {
    let [one, two, three] = [(); 3].map(|()| new_user_id());
    let mut lines = ring(1_200);
    let imported = lines.len() as u64 + 5;
    lines.extend([
        json!({"block": {"blocker": one, "blocked": two, "blocked_at": TIME}}),
        json!({"exception": {"owner": one, "user": two, "exceptions": {"view_profile": "never"}}}),
        json!({"follow": {"follower": two, "following": one, "status": "PENDING", "created_at": TIME}}),
        json!({"follow": {"follower": three, "following": one, "status": "PENDING", "created_at": TIME}}),
        json!({"contact": {"owner": one, "user": three, "close_friend": true, "added_at": TIME}}),
    ]);
    let told = import(&database, &file(&lines)).await;
    assert_eq!(told, [counts(imported, 0)]);
    let exported = export(&database).await;
    assert_eq!(exported.lines().count() as u64, imported);

    let empty = Database::fresh(database.setup()).await;
    let again = NamedTempFile::new().unwrap();
    fs::write(again.path(), &exported).unwrap();
    assert_eq!(import(&empty, &again).await, [counts(imported, 0)]);
    assert_eq!(export(&empty).await, exported);
    assert_eq!(import(&empty, &again).await, [counts(0, imported)]);

    let server = Server::start(&empty).await;
    let first: Value = serde_json::from_str(exported.lines().next().unwrap()).unwrap();
    let user = server.user(first["user"].as_str().unwrap().parse().unwrap());
    let shown = Settings::MessagingPrivacy.get(&user).await;
    assert!(!Settings::MessagingPrivacy.value(&shown));
}

async fn an_import_that_was_killed_is_finished_by_repeating_it(database: Database) {
    let lines = ring(2_000);
    let file = file(&lines);
    for _ in 0..2 {
        let mut command = crate::support::program::command();
        command.args(["import", file.path().to_str().unwrap()]);
        command.env("DATABASE_URL", database.url());
        let mut running = command.spawn().unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        running.kill().await.unwrap();
    }
    import(&database, &file).await;
    let exported = export(&database).await;
    assert_eq!(exported.lines().count(), lines.len());
    let told = import(&database, &file).await;
    assert_eq!(told, [counts(0, lines.len() as u64)]);
}

async fn lines_from_standard_input_fill_or_overwrite(database: Database) {
    let user = new_user_id();
    let line = |is_on: bool| json!({"user": user, "settings": {"messaging.show_last_seen": is_on}});
    import(&database, &file(&[line(true)])).await;
    for (mode, changed, shown) in [("fill", 0, true), ("overwrite", 1, false)] {
        let told = import_from_standard_input(&database, mode, &line(false)).await;
        assert_eq!(told["counts"]["changed"], changed, "{mode}");
        let exported: Value = serde_json::from_str(&export(&database).await).unwrap();
        let setting = &exported["settings"]["messaging.show_last_seen"];
        assert_eq!(*setting, shown, "{mode}");
    }
}

/// The counts, which must be all that is told.
async fn import_from_standard_input(database: &Database, mode: &str, line: &Value) -> Value {
    let mut command = crate::support::program::command();
    command.args(["import", "-", "--mode", mode]);
    command.env("DATABASE_URL", database.url());
    command.env("PRIVET_DATABASE_TIMEOUT_MS", "20000");
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut running = command.spawn().unwrap();
    let mut input = running.stdin.take().unwrap();
    let text = line.to_string();
    input.write_all(text.as_bytes()).await.unwrap();
    drop(input);
    let output = running.wait_with_output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[tokio::test]
async fn a_dry_run_checks_every_line_and_needs_no_database() {
    let lines = [
        json!({"user": new_user_id(), "settings": {}}),
        json!({"user": "x", "settings": {}}),
    ];
    let file = file(&lines);
    let arguments = ["import", file.path().to_str().unwrap(), "--dry-run"];
    let output = Program::new(&arguments).run().await;
    assert_eq!((output.status, &*output.stderr), (0, ""), "{output:?}");
    let told: Vec<Value> = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(told[0]["line"], 2);
    assert_eq!(told[0]["errors"][0]["field"], "user");
    let last =
        json!({"counts": {"created": 0, "changed": 0, "unchanged": 1, "invalid": 1, "skipped": 0}});
    assert_eq!(told[1], last);
}

/// `script`, a part of util-linux, runs a command on a terminal.
#[tokio::test]
async fn on_a_terminal_the_progress_is_shown() {
    let file = file(&ring(700));
    let command = format!("{} import --dry-run {}", binary(), file.path().display());
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &command, "/dev/null"]);
    script.env_clear().env("PATH", "/usr/bin:/bin");
    script.env("TERM", "xterm").stdin(Stdio::null());
    let output = script.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    assert!(shown.contains("100% 2,100 lines"), "{shown}");
    assert!(shown.contains("\"unchanged\":2100"), "{shown}");
}

#[tokio::test]
async fn a_file_that_is_not_there_is_refused_by_its_name() {
    let output = Program::new(&["import", "/no/such/file"]).run().await;
    assert_eq!(output.status, 1, "{output:?}");
    assert!(output.stderr.contains("/no/such/file"), "{output:?}");
    let output = Program::new(&["export"]).run().await;
    assert_eq!(output.status, 2, "{output:?}");
}
