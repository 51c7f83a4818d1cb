//! A history of long values: pages end by bytes as well as by entries.

use serde_json::{Value, json};

use super::{PATH, page};
use crate::support::{Client, Database, Server};

on_both_stores![
    a_page_ends_where_its_values_are_long_and_the_next_goes_on,
    an_entry_longer_than_a_page_is_a_page,
];

const PREFERENCES: &str = "/api/users/me/preferences/";

/// A server with one preference, of so many characters at most.
async fn start(database: &Database, longest: usize) -> Server {
    let note =
        json!({"description": "A note.", "type": "string", "maxLength": longest, "default": ""});
    let schema = json!({"type": "object", "properties": {"note": note}});
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), schema.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let variables = [
        ("PRIVET_PREFERENCES_SCHEMA", path),
        ("PRIVET_RATE_LIMITS", "off"),
    ];
    Server::start_with(database, &variables).await
}

/// Changes the note to texts of this length.
async fn write(client: &Client, times: usize, length: usize) {
    for number in 0..times {
        let note = format!("{number:04}{}", "x".repeat(length - 4));
        let answer = client.patch(PREFERENCES, json!({"note": note})).await;
        assert_eq!(answer.status, 200, "{answer:.200}");
    }
}

/// Every page of a history, the bodies no longer than this.
async fn pages(client: &Client, limit: usize, longest: usize) -> Vec<Vec<Value>> {
    let mut pages = Vec::new();
    let mut query = format!("{PATH}?limit={limit}");
    loop {
        let answer = client.get(&query).await;
        assert!(answer.text.len() < longest, "{}", answer.text.len());
        let (entries, next) = page(&answer);
        assert!(!entries.is_empty());
        pages.push(entries);
        let Some(next) = next else { return pages };
        query = format!("{PATH}?limit={limit}&cursor={next}");
    }
}

/// The first four characters of what each entry left, newest first.
fn numbers(pages: &[Vec<Value>]) -> Vec<usize> {
    let entries = pages.iter().flatten();
    let number = |entry: &Value| entry["new_value"].as_str().unwrap()[..4].parse().unwrap();
    entries.map(number).collect()
}

async fn a_page_ends_where_its_values_are_long_and_the_next_goes_on(database: Database) {
    let server = start(&database, 30_000).await;
    let alice = server.new_user();
    write(&alice, 20, 30_000).await;
    for limit in [3, 50, 200] {
        let pages = pages(&alice, limit, 264_000).await;
        let most = pages.iter().map(Vec::len).max().unwrap();
        assert_eq!(most, limit.min(4), "{limit}");
        let expected: Vec<_> = (0..20).rev().collect();
        assert_eq!(numbers(&pages), expected, "{limit}");
    }
    // The export has them all.
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["audit_entries"].as_array().unwrap().len(), 20);
}

async fn an_entry_longer_than_a_page_is_a_page(database: Database) {
    // Each character takes six bytes in JSON.
    let server = start(&database, 10_000).await;
    let alice = server.new_user();
    let wide = "\u{1}".repeat(9_996);
    for number in 0..3 {
        let note = json!({"note": format!("{number:04}{wide}")});
        assert_eq!(alice.patch(PREFERENCES, note).await.status, 200);
    }
    let pages = pages(&alice, 200, 264_000).await;
    assert_eq!(numbers(&pages), [2, 1, 0]);
}
