//! The history by pages and by setting.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::{PATH, page};
use crate::support::settings::{Settings, history, names};
use crate::support::shapes::assert_error_type;
use crate::support::{Answer, Client, Database, Server};

in_one_setup![
    a_setting_has_its_own_history,
    a_page_holds_as_many_entries_as_wanted,
    fifty_entries_come_where_no_limit_is_named,
    a_limit_outside_1_to_200_is_refused,
    a_name_that_no_setting_has_is_refused,
    a_cursor_that_is_none_is_refused,
    every_mistake_in_the_query_is_told_at_once,
    pages_follow_one_another_without_a_gap,
    changes_made_meanwhile_neither_repeat_nor_hide_an_entry,
];

/// Changes email contact so many times.
async fn change(client: &Client, times: usize) {
    let mut on = Settings::EmailContact.value(&Settings::EmailContact.get(client).await);
    for _ in 0..times {
        on = !on;
        Settings::EmailContact.set(client, on).await;
    }
}

/// Which parameters an answer, which must be a problem, complains of.
fn refused(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 400, "{answer}");
    assert_error_type(answer, PATH);
    let problem = answer.json();
    let members = ["code", "detail", "errors", "status", "title", "type"];
    assert_eq!(names(&problem), members, "{answer}");
    assert_eq!(problem["code"], "INVALID_REQUEST", "{answer}");
    let errors = problem["errors"].as_array().unwrap();
    let field = |error: &Value| {
        assert!(error["message"].is_string(), "{answer}");
        error["field"].as_str().unwrap().to_owned()
    };
    errors.iter().map(field).collect()
}

/// Every entry of the query's pages from this cursor on.
async fn rest(client: &Client, query: &str, mut cursor: Option<String>) -> Vec<Value> {
    let mut entries = Vec::new();
    while let Some(from) = cursor {
        let (more, next) = page(&client.get(&format!("{PATH}?{query}&cursor={from}")).await);
        assert!(!more.is_empty(), "a cursor leads somewhere");
        entries.extend(more);
        assert!(entries.len() < 5000, "the pages never end");
        cursor = next;
    }
    entries
}

async fn a_setting_has_its_own_history(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for _ in 0..2 {
        for settings in Settings::ALL {
            let on = settings.value(&settings.get(&alice).await);
            settings.set(&alice, !on).await;
        }
    }
    for settings in Settings::ALL {
        let path = format!("{PATH}?setting={}", settings.setting());
        let (entries, cursor) = page(&alice.get(&path).await);
        assert_eq!(cursor, None);
        let (first, later) = (json!(settings.default()), json!(!settings.default()));
        let changes: Vec<_> = entries.iter().map(super::change).collect();
        let name = settings.setting();
        assert_eq!(changes, [(name, &later, &first), (name, &first, &later)]);
    }
    for never_changed in [
        "messaging.disappearing_messages_default",
        "messaging.who_can_add_to_groups",
        "preferences.theme.mode",
    ] {
        let answer = alice.get(&format!("{PATH}?setting={never_changed}")).await;
        assert_eq!(page(&answer), (Vec::new(), None), "{never_changed}");
    }
    let answer = alice
        .get(&format!("{PATH}?setting=&limit=50&cursor="))
        .await;
    assert_eq!(page(&answer).0, history(&alice).await);
}

async fn a_page_holds_as_many_entries_as_wanted(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 5).await;
    let all = history(&alice).await;
    for limit in [1, 2, 4, 5, 6, 200] {
        let (entries, cursor) = page(&alice.get(&format!("{PATH}?limit={limit}")).await);
        let wanted: usize = limit.min(5);
        assert_eq!(entries, all[..wanted], "{limit}");
        assert_eq!(cursor.is_some(), limit < 5, "{limit}");
    }
}

async fn fifty_entries_come_where_no_limit_is_named(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 51).await;
    let (entries, cursor) = page(&alice.get(PATH).await);
    assert_eq!(entries.len(), 50);
    let rest = rest(&alice, "", cursor).await;
    assert_eq!(rest.len(), 1);
    assert_eq!(rest[0]["old_value"], true);
}

async fn a_limit_outside_1_to_200_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for limit in [
        "0",
        "201",
        "-1",
        "1.5",
        "1e2",
        "ten",
        "0x10",
        "99999999999999999999",
        "%20",
        "1%00",
    ] {
        let answer = alice.get(&format!("{PATH}?limit={limit}")).await;
        assert_eq!(refused(&answer), ["limit"], "{limit}");
    }
}

async fn a_name_that_no_setting_has_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for name in [
        "show_last_seen",
        "messaging",
        "messaging.",
        "messaging.nothing",
        "%27%3B--",
        "x.y",
    ] {
        let answer = alice.get(&format!("{PATH}?setting={name}")).await;
        assert_eq!(refused(&answer), ["setting"], "{name}");
    }
}

async fn a_cursor_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 2).await;
    let (entries, cursor) = page(&alice.get(&format!("{PATH}?limit=1")).await);
    let cursor = cursor.unwrap();
    let backwards: String = cursor.chars().rev().collect();
    let id = entries[0]["id"].as_str().unwrap();
    for wrong in [
        "x",
        "1",
        "null",
        "%00",
        "%27%20OR%201%3D1",
        id,
        &cursor[1..],
        &cursor[..cursor.len() - 1],
        &format!("{cursor}A"),
        &backwards,
        &"A".repeat(2000),
    ] {
        let answer = alice.get(&format!("{PATH}?cursor={wrong}")).await;
        assert_eq!(refused(&answer), ["cursor"], "{wrong}");
    }
}

async fn every_mistake_in_the_query_is_told_at_once(database: Database) {
    let server = Server::start(&database).await;
    let answer = server
        .new_user()
        .get(&format!("{PATH}?limit=0&setting=x&cursor=x"))
        .await;
    let mut parameters = refused(&answer);
    parameters.sort();
    assert_eq!(parameters, ["cursor", "limit", "setting"]);
}

async fn pages_follow_one_another_without_a_gap(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 7).await;
    // Several entries of one moment, some of which end up on different pages.
    let body = json!({"settings": {"show_last_seen": false, "show_read_receipts": false,
        "show_typing_indicator": false, "who_can_see_profile": "nobody"}});
    assert_eq!(
        alice
            .put(Settings::MessagingPrivacy.path(), body)
            .await
            .status,
        200
    );
    change(&alice, 6).await;
    let all = history(&alice).await;
    assert_eq!(all.len(), 17);
    for query in [
        "limit=1",
        "limit=2",
        "limit=3",
        "limit=17",
        "limit=5&setting=email.allow_email_contact",
    ] {
        let (mut entries, cursor) = page(&alice.get(&format!("{PATH}?{query}")).await);
        entries.extend(rest(&alice, query, cursor).await);
        let fits = |entry: &&Value| {
            !query.contains("setting") || entry["setting"] == "email.allow_email_contact"
        };
        let expected: Vec<_> = all.iter().filter(fits).cloned().collect();
        assert_eq!(entries, expected, "{query}");
    }
}

async fn changes_made_meanwhile_neither_repeat_nor_hide_an_entry(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 40).await;
    let done = Arc::new(AtomicBool::new(false));
    let writer = {
        let (alice, done) = (alice.clone(), Arc::clone(&done));
        tokio::spawn(async move {
            while !done.load(Ordering::Relaxed) {
                change(&alice, 1).await;
            }
        })
    };
    for _ in 0..3 {
        let before = history(&alice).await;
        let (mut entries, cursor) = page(&alice.get(&format!("{PATH}?limit=7")).await);
        entries.extend(rest(&alice, "limit=7", cursor).await);
        // What was there is there, each once and in its place; what came meanwhile is in front.
        let newer = entries.len() - before.len();
        assert_eq!(entries[newer..], before);
    }
    done.store(true, Ordering::Relaxed);
    writer.await.unwrap();
}
