//! The cursors of answers: everything that is acknowledged after an answer is told after its cursor.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::time::sleep;

use crate::support::acting::set;
use crate::support::asking::{DECISIONS, check, service, with_scope};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::changes::{changes_after, kinds_of, page, watcher};
use crate::support::document::Document;
use crate::support::{Client, Database, Server, new_user_id};

in_every_setup![what_changes_after_an_answer_is_told_after_its_cursor];

on_both_stores![every_answer_of_services_has_a_cursor];

// Replicas with files of their own.
tests_in_setup!(
    postgres_only,
    Setup::Postgres,
    [a_decision_by_a_catalogue_that_was_replaced_has_no_cursor]
);

const CURSOR: &str = "Privet-Cursor";

async fn what_changes_after_an_answer_is_told_after_its_cursor(database: Database) {
    let server = Server::start(&database).await;
    let service = with_scope(&server, "privacy:decide privacy:watch");
    let (alice, bob) = (server.new_user(), server.new_user());
    for round in 0..20 {
        let checks = json!({"checks": [check(alice.id(), bob.id(), "send_email")]});
        let answer = service.post(DECISIONS, checks).await;
        assert_eq!(answer.status, 200, "{answer}");
        let allows = answer.json()["decisions"][0]["allowed"].as_bool().unwrap();
        // Asked for after the change, so that it must reflect it.
        assert_eq!(allows, round % 2 == 0, "{round}");
        set(&bob, "allow_email_contact", !allows).await;
        let cursor = answer.header(CURSOR).to_owned();
        let told = changes_after(&server, &service, &cursor).await;
        let kinds = kinds_of(&told, bob.id());
        assert_eq!(kinds.last().unwrap(), &["email"], "{round}: {told:?}");
    }
}

async fn every_answer_of_services_has_a_cursor(database: Database) {
    let server = Server::start(&database).await;
    let watcher = watcher(&server);
    let mut found = 0;
    for operation in Document::of(&server).await.operations() {
        let caller: Client = operation.caller(&server);
        let answer = operation.send(&caller).await;
        let decides = operation.scopes() == ["privacy:decide"];
        assert_eq!(
            answer.has_header(CURSOR),
            decides,
            "{}: {answer}",
            operation.id()
        );
        if decides {
            assert_eq!(answer.status, 200, "{answer}");
            page(&watcher, &format!("after={}", answer.header(CURSOR))).await;
            let refused = operation.send(&server.new_user()).await;
            assert!(!refused.has_header(CURSOR), "{refused}");
            found += 1;
        }
    }
    assert_eq!(found, 10);
}

async fn a_decision_by_a_catalogue_that_was_replaced_has_no_cursor(database: Database) {
    let document = |text: &str| json!({"cohorts": {"minor": {"description": text}}});
    let [old, new] = ["Under 18.", "Under 16."].map(|text| catalogue_file(&document(text)));
    let before = start_with_catalogue(&database, &old).await;
    wait_for_cursors(&before, true).await;
    let after = start_with_catalogue(&database, &new).await;
    // Services have forgotten everything, and are not told when this replica gets the new catalogue.
    wait_for_cursors(&before, false).await;
    wait_for_cursors(&after, true).await;
    fs::write(old.path(), document("Under 16.").to_string()).unwrap();
    before.signal("HUP").await;
    wait_for_cursors(&before, true).await;
    wait_for_cursors(&after, true).await;
}

/// Waits until the decisions of a server have cursors, or have none.
async fn wait_for_cursors(server: &Server, wanted: bool) {
    let service = service(server);
    let body = json!({"checks": [check(new_user_id(), new_user_id(), "send_email")]});
    let begun = Instant::now();
    loop {
        let answer = service.post(DECISIONS, body.clone()).await;
        assert_eq!(answer.status, 200, "{answer}");
        if answer.has_header(CURSOR) == wanted {
            return;
        }
        assert!(begun.elapsed() < Duration::from_mins(1), "{answer}");
        sleep(Duration::from_millis(20)).await;
    }
}
