//! Explanations: on the very path that enforces. Of the catalogue `messenger` in `explanations/messenger.rs`, previews in
//! `explanations/previews.rs`.

use serde_json::{Value, json};

use crate::support::acting::{become_mutual_contacts, block, erase, set};
use crate::support::asking::{ACTIONS, assert_problem, check, decide, service, wrong_members};
use crate::support::{Database, Server, new_user_id};

mod messenger;
mod previews;

// They read the database as decisions do. Histories ask for explanations in every set-up.
on_both_stores![an_explanation_is_what_a_service_is_told];

// A made-up viewer has no rows, and what a request may be is the same in every set-up.
in_one_setup![
    a_made_up_viewer_shows_what_people_of_a_kind_may_do,
    whose_view_is_wanted_is_said_once_and_well,
    an_id_in_upper_case_means_the_same_viewer,
];

const EXPLAIN: &str = "/api/v1/privacy/explain";
const PREVIEW: &str = "/api/v1/privacy/preview";

async fn an_explanation_is_what_a_service_is_told(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let service = service(&server);
    set(&alice, "who_can_see_profile", "contacts").await;
    set(&alice, "show_typing_indicator", false).await;
    become_mutual_contacts(&alice, &bob).await;
    block(&alice, &carol).await;
    for viewer in [&bob, &carol, &alice, &server.new_user()] {
        let answer = alice
            .get(&format!("{EXPLAIN}?viewer={}", viewer.id()))
            .await;
        assert_eq!(answer.status, 200, "{answer}");
        assert_eq!(answer.header("Cache-Control"), "no-store");
        let explained = answer.json();
        assert_eq!(explained["viewer"], json!(viewer.id()));
        let checks = ACTIONS.map(|action| check(viewer.id(), alice.id(), action));
        let decisions = decide(&service, checks.into()).await;
        for (action, (allowed, reason)) in ACTIONS.into_iter().zip(decisions) {
            let of_action = &explained["decisions"][action];
            assert_eq!(of_action["allowed"], allowed, "{action}");
            assert_eq!(of_action["reason"], reason, "{action}");
        }
    }
    let explained = alice
        .get(&format!("{EXPLAIN}?viewer={}", bob.id()))
        .await
        .json();
    let settings = |action: &str| explained["decisions"][action]["settings"].clone();
    assert_eq!(settings("view_content"), json!(["account.is_private"]));
    let expected = json!(["messaging.show_last_seen", "messaging.who_can_see_profile"]);
    assert_eq!(settings("view_last_seen"), expected);
    erase(&bob).await;
    let erased = alice.get(&format!("{EXPLAIN}?viewer={}", bob.id())).await;
    assert_problem(&erased, 404, "NOT_FOUND");
}

async fn a_made_up_viewer_shows_what_people_of_a_kind_may_do(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    set(&alice, "who_can_see_profile", "contacts").await;
    set(&alice, "isPrivate", true).await;
    for (made_up, profile, content) in [
        ("stranger", "not_a_contact", "private_account"),
        ("added_contact", "not_a_contact", "private_account"),
        ("contact", "mutual_contact", "private_account"),
        ("close_friend", "mutual_contact", "private_account"),
        ("follower", "not_a_contact", "accepted_follower"),
        ("followed", "not_a_contact", "private_account"),
        ("mutual_follower", "not_a_contact", "accepted_follower"),
    ] {
        let explained = alice.get(&format!("{EXPLAIN}?as={made_up}")).await.json();
        assert_eq!(explained["viewer"], Value::Null);
        let reason = |action: &str| explained["decisions"][action]["reason"].clone();
        assert_eq!(reason("view_profile"), profile, "{made_up}");
        assert_eq!(reason("view_content"), content, "{made_up}");
    }
}

async fn whose_view_is_wanted_is_said_once_and_well(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let both = format!("?viewer={}&as=stranger", new_user_id());
    for (query, wrong) in [
        ("", "viewer"),
        (&*both, "viewer"),
        ("?viewer=bob", "viewer"),
        ("?as=friend", "as"),
    ] {
        let explained = alice.get(&format!("{EXPLAIN}{query}")).await;
        assert_eq!(wrong_members(&explained), [wrong], "{query}");
        let body = json!({"profile": {}});
        let preview = alice.post(&format!("{PREVIEW}{query}"), body).await;
        assert_eq!(wrong_members(&preview), [wrong], "{query}");
    }
}

async fn an_id_in_upper_case_means_the_same_viewer(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let upper = bob.id().to_string().to_uppercase();
    let explained = alice.get(&format!("{EXPLAIN}?viewer={upper}")).await;
    assert_eq!(explained.json()["viewer"], json!(bob.id()), "{explained}");
}
