//! A user's own import: what a document brings, what it leaves out, and that a dry run answers the same. What it
//! replaces and never brings is in `import/kept.rs`.

mod kept;

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{add_contact, block, erase, except, set};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::{Between, become_follower, between, status};
use crate::support::settings::{Settings, history};
use crate::support::{Answer, Client, Database, Server, new_user_id};

// Each store changes with statements of its own.
on_both_stores![
    an_export_is_imported_into_another_account,
    merging_keeps_what_is_not_in_the_document_and_replacing_takes_it_away,
];

// A replica answers with what another one imported.
in_every_setup![an_import_is_in_force_when_it_is_answered];

in_one_setup![
    a_dry_run_changes_nothing_and_answers_the_same,
    what_cannot_be_imported_is_left_out_and_named,
    another_structure_is_refused_and_changes_nothing,
    a_document_may_have_four_mebibytes,
];

const PATH: &str = "/api/v1/users/me/import";
const EXPORT: &str = "/api/v1/users/me/export";

async fn export(user: &Client) -> Value {
    let answer = user.get(EXPORT).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

async fn send(user: &Client, query: &str, document: &Value) -> Answer {
    user.post(&format!("{PATH}?{query}"), document.clone())
        .await
}

async fn import(user: &Client, query: &str, document: &Value) -> Value {
    let answer = send(user, query, document).await;
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

fn counts(created: u64, changed: u64, unchanged: u64, left_out: u64) -> Value {
    json!({"created": created, "changed": changed, "unchanged": unchanged, "left_out": left_out})
}

/// A user with something of every kind, and those whom they know: a close friend, somebody blocked, somebody with
/// exceptions, a public account and a private one that they follow.
async fn somebody(server: &Server) -> (Client, [Client; 5]) {
    let user = server.new_user();
    let others = [(); 5].map(|()| server.new_user());
    let [friend, enemy, person, public, private] = &others;
    set(&user, "show_last_seen", false).await;
    let theme = json!({"theme.mode": "dark"});
    let answer = user.patch(Settings::Preferences.path(), theme).await;
    assert_eq!(answer.status, 200, "{answer}");
    add_contact(&user, friend).await;
    let path = format!("/api/v1/contacts/{}", friend.id());
    let marked = user.patch(&path, json!({"close_friend": true})).await;
    assert_eq!(marked.status, 200, "{marked}");
    block(&user, enemy).await;
    except(
        &user,
        person,
        json!({"view_profile": "never", "send_email": "always"}),
    )
    .await;
    become_follower(&user, public).await;
    between(&user, private, Between::Request).await;
    become_follower(friend, &user).await;
    (user, others)
}

async fn an_export_is_imported_into_another_account(database: Database) {
    let server = Server::start(&database).await;
    let (alice, [friend, enemy, person, public, private]) = somebody(&server).await;
    let document = export(&alice).await;
    assert_eq!(document["format"], "privet-export/1");
    let choices = json!({"messaging.show_last_seen": false, "preferences.theme.mode": "dark"});
    assert_eq!(document["choices"], choices);
    let bob = server.new_user();
    let imported = import(&bob, "", &document).await;
    let expected = json!({
        "settings": counts(2, 0, 0, 0), "contacts": counts(1, 0, 0, 0), "blocks": counts(1, 0, 0, 0),
        "exceptions": counts(1, 0, 0, 0), "follows": counts(2, 0, 0, 0), "left_out": [],
    });
    assert_eq!(imported, expected);
    let theirs = export(&bob).await;
    for section in ["choices", "contacts", "blocks"] {
        assert_eq!(theirs[section], document[section], "{section}");
    }
    assert_eq!(
        theirs["exceptions"][0]["exceptions"],
        document["exceptions"][0]["exceptions"]
    );
    assert_eq!(theirs["exceptions"][0]["user_id"], person.id().to_string());
    assert_eq!(status(&bob, &public).await, "ACCEPTED");
    assert_eq!(status(&bob, &private).await, "PENDING");
    // Followers stay whose they are.
    assert_eq!(status(&friend, &bob).await, "NONE");
    assert_eq!(theirs["user_id"], bob.id().to_string());
    assert!(theirs["looks"].as_array().unwrap().is_empty());
    for entry in history(&bob).await {
        assert_eq!(entry["actor_id"], bob.id().to_string());
    }
    let again = import(&bob, "", &document).await;
    assert_eq!(again["settings"], counts(0, 0, 2, 0));
    assert_eq!(again["follows"], counts(0, 0, 2, 0));
    assert_eq!(
        enemy
            .get(&format!("/api/v1/privacy/users/{}/access", bob.id()))
            .await
            .json()["permissions"]["view_profile"],
        false
    );
}

async fn merging_keeps_what_is_not_in_the_document_and_replacing_takes_it_away(database: Database) {
    let server = Server::start(&database).await;
    let (alice, [friend, ..]) = somebody(&server).await;
    let document = export(&alice).await;
    let (bob, others) = somebody(&server).await;
    set(&bob, "show_last_seen", true).await;
    set(&bob, "show_read_receipts", false).await;
    add_contact(&bob, &friend).await;
    let before = export(&bob).await;
    let merged = import(&bob, "mode=merge", &document).await;
    assert_eq!(merged["settings"], counts(0, 1, 1, 0));
    // The mark of the document wins.
    assert_eq!(merged["contacts"], counts(0, 1, 0, 0));
    let after = export(&bob).await;
    assert_eq!(after["choices"]["messaging.show_read_receipts"], false);
    assert_eq!(after["choices"]["messaging.show_last_seen"], false);
    assert_eq!(after["contacts"].as_array().unwrap().len(), 2);
    assert_eq!(after["blocks"].as_array().unwrap().len(), 2);

    let replaced = import(&bob, "mode=replace", &document).await;
    assert_eq!(replaced["contacts"], counts(0, 0, 1, 0));
    let after = export(&bob).await;
    for section in ["choices", "blocks"] {
        assert_eq!(after[section], document[section], "{section}");
    }
    assert_eq!(after["contacts"].as_array().unwrap().len(), 1);
    assert_eq!(after["exceptions"].as_array().unwrap().len(), 1);
    // Follows are not taken away.
    let [_, _, _, public, _] = &others;
    assert_eq!(status(&bob, public).await, "ACCEPTED");
    assert_eq!(before["cohorts"], after["cohorts"]);
}

async fn an_import_is_in_force_when_it_is_answered(database: Database) {
    let server = Server::start(&database).await;
    let user = server.new_user();
    for is_on in [false, true, false] {
        Settings::MessagingPrivacy.get(&user).await;
        let document = json!({"format": "privet-export/1", "user_id": user.id(),
            "choices": {"messaging.show_last_seen": is_on}});
        import(&user, "", &document).await;
        for _ in 0..3 {
            let shown = Settings::MessagingPrivacy.get(&user).await;
            assert_eq!(Settings::MessagingPrivacy.value(&shown), is_on);
        }
    }
}

async fn a_dry_run_changes_nothing_and_answers_the_same(database: Database) {
    let server = Server::start(&database).await;
    let (alice, _) = somebody(&server).await;
    let document = export(&alice).await;
    for mode in ["merge", "replace"] {
        let (bob, _) = somebody(&server).await;
        let before = export(&bob).await;
        let dry = import(&bob, &format!("mode={mode}&dry_run=true"), &document).await;
        let mut after = export(&bob).await;
        after["exported_at"] = before["exported_at"].clone();
        assert_eq!(after, before);
        let real = import(&bob, &format!("mode={mode}&dry_run=false"), &document).await;
        assert_eq!(real, dry);
    }
}

async fn what_cannot_be_imported_is_left_out_and_named(database: Database) {
    let document = json!({"layers": [{"name": "house", "note": "Not here.",
        "defaults": {"messaging.show_last_seen": true},
        "allowed": {"messaging.show_last_seen": [true]}}]});
    let file = catalogue_file(&document);
    let server = start_with_catalogue(&database, &file).await;
    let (user, erased, blocked) = (server.new_user(), server.new_user(), server.new_user());
    erase(&erased).await;
    let (owner, friend) = (new_user_id(), new_user_id());
    let follow = |other: Uuid| json!({"follower_id": owner, "following_id": other});
    let document = json!({
        "format": "privet-export/1", "user_id": owner, "more": {"is": "ignored"},
        "choices": {"messaging.show_last_seen": false, "messaging.gone": 1, "email.allow_email_contact": "no",
            "account.is_private": true},
        "contacts": [{"user_id": erased.id()}, {"user_id": user.id()}, {"user_id": friend}],
        "blocks": [{"user_id": blocked.id()}, {"user_id": erased.id()}],
        "exceptions": [{"user_id": friend, "exceptions": {"gone": "never", "view_profile": "never"}},
            {"user_id": blocked.id(), "exceptions": {"gone": "never"}}],
        "follows": [follow(blocked.id()), follow(user.id()), follow(friend),
            {"follower_id": friend, "following_id": owner}],
    });
    let imported = import(&user, "", &document).await;
    assert_eq!(imported["settings"], counts(1, 0, 0, 3));
    assert_eq!(imported["contacts"], counts(1, 0, 0, 2));
    assert_eq!(imported["blocks"], counts(1, 0, 0, 1));
    assert_eq!(imported["exceptions"], counts(1, 0, 0, 1));
    assert_eq!(imported["follows"], counts(1, 0, 0, 2));
    let left_out = imported["left_out"].as_array().unwrap();
    let named: Vec<_> = left_out
        .iter()
        .map(|it| it["what"].as_str().unwrap())
        .collect();
    let expected = [
        "messaging.show_last_seen".to_owned(),
        "messaging.gone".to_owned(),
        "email.allow_email_contact".to_owned(),
        format!("contacts.{}", erased.id()),
        format!("contacts.{}", user.id()),
        format!("blocks.{}", erased.id()),
        format!("exceptions.{friend}.gone"),
        format!("exceptions.{}.gone", blocked.id()),
        format!("follows.{}", blocked.id()),
        format!("follows.{}", user.id()),
    ];
    assert_eq!(named, expected);
    assert_eq!(left_out[0]["why"], "Not here.");
    assert!(
        left_out
            .iter()
            .all(|it| it["why"].as_str().is_some_and(|why| !why.is_empty()))
    );
}

async fn another_structure_is_refused_and_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let (user, _) = somebody(&server).await;
    let mut before = export(&user).await;
    let good = |member: &str, value: Value| {
        let mut document = json!({"format": "privet-export/1", "user_id": user.id(),
            "choices": {"messaging.show_last_seen": true}});
        document[member] = value;
        document
    };
    for (document, field) in [
        (json!({}), "format"),
        (good("format", json!("privet-export/2")), "format"),
        (good("user_id", json!("x")), "user_id"),
        (good("choices", json!([])), "choices"),
        (
            good("contacts", json!([{"user_id": "x"}])),
            "contacts[0].user_id",
        ),
        (
            good(
                "blocks",
                json!([{"user_id": new_user_id(), "blocked_at": "soon"}]),
            ),
            "blocks[0].blocked_at",
        ),
        (
            good(
                "follows",
                json!([{"follower_id": 1, "following_id": new_user_id()}]),
            ),
            "follows[0].follower_id",
        ),
    ] {
        let answer = send(&user, "mode=replace", &document).await;
        assert_eq!(wrong_members(&answer), [field], "{document}");
    }
    for query in ["mode=fill", "dry_run=yes", "mode=merge&mode=merge"] {
        let answer = send(&user, query, &before).await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
    let after = export(&user).await;
    before["exported_at"] = after["exported_at"].clone();
    assert_eq!(after, before);
}

async fn a_document_may_have_four_mebibytes(database: Database) {
    let server = Server::start(&database).await;
    let user = server.new_user();
    let document = |bytes: usize| json!({"format": "privet-export/1", "user_id": user.id(), "more": "x".repeat(bytes)});
    import(&user, "", &document(4 * 1024 * 1024 - 200)).await;
    let answer = send(&user, "", &document(4 * 1024 * 1024)).await;
    assert_problem(&answer, 413, "PAYLOAD_TOO_LARGE");
}
