//! Long exports: whole, valid, in order, and never half of one that looks whole.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{PATH, export};
use crate::support::settings::{Settings, history, id, time};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

on_both_stores![
    more_than_a_thousand_of_everything_come_whole,
    lists_that_end_where_a_part_ends_come_whole,
    a_long_export_is_sent_in_several_pieces,
    what_is_added_meanwhile_repeats_nothing,
    an_export_that_cannot_be_finished_does_not_look_whole,
];

/// The columns of a table, in the order of [`row`].
fn columns(table: &str) -> &'static str {
    match table {
        "contacts" => "owner_id, contact_id, added_at",
        "blocks" => "blocker_id, blocked_id, blocked_at",
        "exceptions" => "owner_id, person_id, updated_at, by_action",
        "follows" => "follower_id, following_id, created_at, id, status, decided_at",
        _ => panic!("{table} is no list"),
    }
}

/// The row of this number of a list of the owner, a second later than the one before.
fn row(session: &Session, table: &str, owner: &str, number: usize) -> String {
    let at = match session {
        Session::Sqlite(_) => format!("{}", 1_700_000_000_000_000 + number * 1_000_000),
        Session::Postgres(_) => format!("to_timestamp({})", 1_700_000_000 + number),
    };
    let other = session.literal(new_user_id());
    match table {
        "follows" => {
            let id = session.literal(new_user_id());
            // By the user and of the user, requests and accepted ones, in turns.
            let (one, two) = if number.is_multiple_of(2) {
                (owner, &*other)
            } else {
                (&*other, owner)
            };
            let (status, decided) = if number % 4 < 2 {
                ("pending", "NULL")
            } else {
                ("accepted", &*at)
            };
            format!("({one}, {two}, {at}, {id}, '{status}', {decided})")
        }
        "exceptions" => format!("({owner}, {other}, {at}, '{{\"view_typing\": \"never\"}}')"),
        _ => format!("({owner}, {other}, {at})"),
    }
}

/// Puts so many on each of these lists of the user, without the service.
fn fill(database: &Database, user: Uuid, lists: &[(&str, usize)]) {
    let mut session = Session::on(database);
    let owner = session.literal(user);
    for (table, count) in lists.iter().filter(|(_, count)| *count > 0) {
        let rows: Vec<_> = (0..*count)
            .map(|number| row(&session, table, &owner, number))
            .collect();
        let (columns, rows) = (columns(table), rows.join(", "));
        session.execute(&format!("INSERT INTO {table} ({columns}) VALUES {rows}"));
    }
}

/// Makes changes that leave so many entries, at least.
async fn change(user: &Client, entries: usize) {
    let keys = json!({"theme.mode": ["dark", "light"], "theme.accent_color": ["#000000", "#ffffff"],
        "locale.language": ["de", "fr"], "locale.timezone": ["Asia/Tokyo", "Europe/Paris"],
        "locale.date_format": ["DD/MM/YYYY", "MM/DD/YYYY"], "locale.time_format": ["12h", "24h"],
        "locale.first_day_of_week": ["saturday", "sunday"],
        "notifications.digest_frequency": ["never", "daily"],
        "notifications.email_enabled": [false, true], "notifications.push_enabled": [false, true],
        "notifications.slack_enabled": [true, false]});
    let keys = keys.as_object().unwrap();
    for round in 0..entries.div_ceil(keys.len()) {
        let chosen = keys
            .iter()
            .map(|(key, values)| (key.clone(), values[round % 2].clone()));
        let body: Value = chosen.collect();
        let answer = user.patch(Settings::Preferences.path(), body).await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

/// The items of a section, each of which must be there once.
fn section<'a>(document: &'a Value, name: &str, key: &str) -> &'a [Value] {
    let items = document[name].as_array().unwrap();
    let once: BTreeSet<_> = items.iter().map(|item| id(&item[key])).collect();
    assert_eq!(once.len(), items.len(), "{name} has something twice");
    items
}

async fn more_than_a_thousand_of_everything_come_whole(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    change(&alice, 1_200).await;
    let lists = [
        ("contacts", 1_201),
        ("blocks", 1_101),
        ("follows", 4_444),
        // As many as there may be.
        ("exceptions", 1_000),
    ];
    fill(&database, alice.id(), &lists);
    let document = export(&alice).await;
    for (name, since, count) in [
        ("contacts", "added_at", 1_201),
        ("blocks", "blocked_at", 1_101),
        ("exceptions", "updated_at", 1_000),
    ] {
        let items = section(&document, name, "user_id");
        assert_eq!(items.len(), count, "{name}");
        assert!(items.is_sorted_by_key(|item| std::cmp::Reverse(time(&item[since]))));
    }
    assert_eq!(section(&document, "follows", "id").len(), 4_444);
    let entries = section(&document, "audit_entries", "id");
    assert!(entries.len() >= 1_200);
    assert_eq!(entries, history(&alice).await);
}

async fn lists_that_end_where_a_part_ends_come_whole(database: Database) {
    let server = Server::start(&database).await;
    // A part has 500, and the kinds of follows come one after the other.
    for (contacts, blocks, follows, exceptions) in [
        (500, 0, 2_000, 1_000),
        (1_000, 500, 0, 501),
        (499, 501, 2_004, 500),
        (0, 0, 1, 0),
    ] {
        let alice = server.new_user();
        let lists = [
            ("contacts", contacts),
            ("blocks", blocks),
            ("follows", follows),
            ("exceptions", exceptions),
        ];
        fill(&database, alice.id(), &lists);
        let document = export(&alice).await;
        for (name, key, count) in [
            ("contacts", "user_id", contacts),
            ("blocks", "user_id", blocks),
            ("follows", "id", follows),
            ("exceptions", "user_id", exceptions),
            ("audit_entries", "id", 0),
        ] {
            assert_eq!(section(&document, name, key).len(), count, "{name}");
        }
    }
}

async fn a_long_export_is_sent_in_several_pieces(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    fill(&database, alice.id(), &[("contacts", 3_000)]);
    let mut connection = crate::support::wire::Connection::to(&server).await;
    let authorization = crate::support::wire::authorization(&alice);
    let fields = [("Authorization", &*authorization), ("Connection", "close")];
    let request = crate::support::wire::request(&format!("GET {PATH}"), &fields, "");
    connection.send(request).await;
    assert_eq!(
        connection.head().await.header("Transfer-Encoding"),
        "chunked"
    );
    let sizes = chunks(&connection.rest().await);
    let (whole, largest) = (sizes.iter().sum::<usize>(), *sizes.iter().max().unwrap());
    assert!(whole > 300_000, "{sizes:?}");
    assert!(largest < whole / 4, "{sizes:?}");
}

/// The lengths of a chunked body's chunks.
fn chunks(mut body: &[u8]) -> Vec<usize> {
    let mut sizes = Vec::new();
    loop {
        let end = body.windows(2).position(|pair| pair == b"\r\n").unwrap();
        let size = std::str::from_utf8(&body[..end]).unwrap();
        let size = usize::from_str_radix(size, 16).unwrap();
        if size == 0 {
            return sizes;
        }
        sizes.push(size);
        body = &body[end + 2 + size + 2..];
    }
}

async fn what_is_added_meanwhile_repeats_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let lists = [("contacts", 1_500), ("blocks", 600), ("follows", 2_400)];
    fill(&database, alice.id(), &lists);
    let standing = export(&alice).await;
    let writer = alice.clone();
    let writing = tokio::spawn(async move {
        loop {
            for list in ["contacts", "blocks"] {
                writer
                    .add(&format!("/api/v1/{list}/{}", new_user_id()))
                    .await;
            }
        }
    });
    for _ in 0..5 {
        let document = export(&alice).await;
        for (name, key) in [
            ("contacts", "user_id"),
            ("blocks", "user_id"),
            ("follows", "id"),
        ] {
            let items = section(&document, name, key);
            let now: BTreeSet<_> = items.iter().map(|item| id(&item[key])).collect();
            let before = section(&standing, name, key);
            assert!(
                before.iter().all(|item| now.contains(&id(&item[key]))),
                "{name}"
            );
        }
    }
    assert!(!writing.is_finished());
    writing.abort();
}

async fn an_export_that_cannot_be_finished_does_not_look_whole(database: Database) {
    let mut server = Server::start(&database).await;
    let alice = server.new_user();
    let lists = [("contacts", 10), ("blocks", 10), ("follows", 10)];
    fill(&database, alice.id(), &lists);
    let whole = export(&alice).await;
    // What comes last cannot be read.
    let mut session = Session::on(&database);
    session.execute("ALTER TABLE support_looks RENAME TO elsewhere");
    let cut_short = alice.request(Method::GET, PATH).try_send().await;
    assert!(cut_short.is_err(), "{cut_short:?}");
    server.wait_for_log("an export was cut short").await;
    session.execute("ALTER TABLE elsewhere RENAME TO support_looks");
    assert_eq!(export(&alice).await["follows"], whole["follows"]);
}
