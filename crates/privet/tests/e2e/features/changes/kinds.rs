//! Every sort of change is told, of those whom it is about, and of nobody else.

use std::fs;

use serde_json::{Value, json};

use crate::support::acting::{
    accept, add_contact, block, classify, erase, except, follow, mark_close_friend, remove_contact,
    remove_follower, set, unblock, unfollow,
};
use crate::support::asking::with_scope;
use crate::support::catalogues::{catalogue_file, start_with_a_cohort, start_with_catalogue};
use crate::support::changes::{assert_shape, changes_after, kinds_of, now, watcher};
use crate::support::follows::status;
use crate::support::settings::Settings;
use crate::support::{Client, Database, Server};

in_every_setup![
    changes_of_settings_are_told_with_their_family,
    changes_of_relationships_are_told_of_those_who_may_know,
    a_change_of_the_catalogue_is_told_for_all,
];

on_both_stores![
    what_changes_nothing_visible_is_not_told,
    a_hidden_request_is_told_of_its_sender_only,
    cohorts_changes_by_staff_and_erasures_are_told,
];

const NOTHING: [[&str; 0]; 0] = [];

/// Two users whose rows exist, a service, and its cursor.
async fn somebody(server: &Server) -> (Client, Client, Client, String) {
    let (alice, bob, watcher) = (server.new_user(), server.new_user(), watcher(server));
    for user in [&alice, &bob] {
        Settings::EmailContact.get(user).await;
    }
    let cursor = now(&watcher).await;
    (alice, bob, watcher, cursor)
}

async fn changes_of_settings_are_told_with_their_family(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher, cursor) = somebody(&server).await;
    let families = [
        (Settings::EmailContact, "email"),
        (Settings::AccountPrivacy, "account"),
        (Settings::MessagingPrivacy, "messaging"),
        (Settings::Preferences, "preferences"),
    ];
    for (settings, _) in families {
        settings.set(&alice, !settings.default()).await;
    }
    let changes = changes_after(&server, &watcher, &cursor).await;
    let expected = families.map(|(_, family)| [family]);
    assert_eq!(kinds_of(&changes, alice.id()), expected);
    assert_eq!(kinds_of(&changes, bob.id()), NOTHING);
}

async fn changes_of_relationships_are_told_of_those_who_may_know(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher, mut cursor) = somebody(&server).await;
    // What one does, and what is told of both.
    for (step, of_alice, of_bob) in [
        ("add", "contacts", ""),
        ("close", "contacts", ""),
        ("remove", "contacts", ""),
        ("except", "exceptions", ""),
        ("follow", "follows", "follows"),
        ("unfollow", "follows", "follows"),
        ("block", "blocks", ""),
        ("unblock", "blocks", ""),
        ("request", "follows", "follows"),
    ] {
        match step {
            "add" => add_contact(&alice, &bob).await,
            "close" => mark_close_friend(&alice, &bob, true).await,
            "remove" => remove_contact(&alice, &bob).await,
            "except" => except(&alice, &bob, json!({"view_typing": "never"})).await,
            "follow" => drop(follow(&alice, &bob).await),
            "unfollow" => unfollow(&alice, &bob).await,
            "block" => block(&alice, &bob).await,
            "unblock" => unblock(&alice, &bob).await,
            _ => {
                set(&bob, "isPrivate", true).await;
                cursor = settled(&server, &watcher).await;
                let request = follow(&alice, &bob).await;
                accept(&bob, &request).await;
                remove_follower(&bob, &alice).await;
            }
        }
        let changes = changes_after(&server, &watcher, &cursor).await;
        for (user, kind) in [(&alice, of_alice), (&bob, of_bob)] {
            let told = kinds_of(&changes, user.id());
            let all: Vec<_> = told.iter().flatten().collect();
            assert_eq!(all.is_empty(), kind.is_empty(), "{step}: {changes:?}");
            assert!(all.iter().all(|it| *it == kind), "{step}: {changes:?}");
        }
        cursor = settled(&server, &watcher).await;
    }
}

/// A cursor after everything that was told so far.
async fn settled(server: &Server, watcher: &Client) -> String {
    let cursor = now(watcher).await;
    changes_after(server, watcher, &cursor).await;
    let mut cursor = now(watcher).await;
    // A marker may follow its cursor.
    loop {
        let page = crate::support::changes::page(watcher, &format!("after={cursor}&wait=1")).await;
        cursor = page.next;
        if page.changes.is_empty() && page.caught_up {
            return cursor;
        }
    }
}

async fn what_changes_nothing_visible_is_not_told(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher, cursor) = somebody(&server).await;
    let carol = server.new_user();
    Settings::EmailContact.get(&carol).await;
    for settings in Settings::ALL {
        settings.set(&alice, settings.default()).await;
    }
    // Choosing the default is a choice, and nothing that is shown.
    let refused = alice.put(Settings::AccountPrivacy.path(), json!({"isPrivate": 1}));
    assert_eq!(refused.await.status, 422);
    let changes = changes_after(&server, &watcher, &cursor).await;
    for user in [&alice, &bob, &carol] {
        assert_eq!(kinds_of(&changes, user.id()), NOTHING, "{changes:?}");
    }
}

async fn a_hidden_request_is_told_of_its_sender_only(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, watcher, _) = somebody(&server).await;
    block(&alice, &bob).await;
    let cursor = settled(&server, &watcher).await;
    follow(&bob, &alice).await;
    assert_eq!(status(&bob, &alice).await, "PENDING");
    unfollow(&bob, &alice).await;
    follow(&bob, &alice).await;
    let changes = changes_after(&server, &watcher, &cursor).await;
    assert_eq!(kinds_of(&changes, bob.id()), [["follows"]; 3]);
    assert_eq!(kinds_of(&changes, alice.id()), NOTHING);
    let cursor = settled(&server, &watcher).await;
    unblock(&alice, &bob).await;
    let changes = changes_after(&server, &watcher, &cursor).await;
    let told: Vec<_> = kinds_of(&changes, alice.id()).concat();
    assert!(told.contains(&"blocks".to_owned()), "{changes:?}");
    assert!(told.contains(&"follows".to_owned()), "{changes:?}");
}

async fn cohorts_changes_by_staff_and_erasures_are_told(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let (alice, bob, watcher, cursor) = somebody(&server).await;
    classify(&server, &alice, &["minor"]).await;
    let staff = with_scope(&server, "users:support");
    let path = format!("/api/v1/admin/users/{}/settings", alice.id());
    let body = json!({"settings": {"messaging.show_last_seen": false}});
    let request = staff.request(reqwest::Method::PATCH, &path).json(body);
    let answer = request.header("Support-Reason", "asked").send().await;
    assert_eq!(answer.status, 200, "{answer}");
    erase(&alice).await;
    let changes = changes_after(&server, &watcher, &cursor).await;
    let expected = [["cohorts"], ["messaging"], ["erased"]];
    assert_eq!(kinds_of(&changes, alice.id()), expected);
    for user in [&bob, &staff] {
        assert_eq!(kinds_of(&changes, user.id()), NOTHING);
    }
}

async fn a_change_of_the_catalogue_is_told_for_all(database: Database) {
    let document = |description: &str| json!({"cohorts": {"minor": {"description": description}}});
    let file = catalogue_file(&document("Under 18."));
    let mut server = start_with_catalogue(&database, &file).await;
    let watcher = watcher(&server);
    // The first catalogue may be a change too.
    let cursor = settled(&server, &watcher).await;
    fs::write(file.path(), document("Under 16.").to_string()).unwrap();
    server.signal("HUP").await;
    let replicas = database.setup().replicas();
    server.wait_for_logs("SIGHUP: read again", replicas).await;
    let mut told: Vec<Value> = Vec::new();
    let mut cursor = cursor;
    while told.is_empty() {
        let page = crate::support::changes::page(&watcher, &format!("after={cursor}&wait=5")).await;
        cursor = page.next;
        told.extend(page.changes);
    }
    told.extend(changes_after(&server, &watcher, &cursor).await);
    assert_eq!(
        told.len(),
        1,
        "once, whatever the number of replicas: {told:?}"
    );
    assert_shape(&told[0]);
    assert_eq!(told[0]["all"], true);
    // The same catalogue again is no change.
    let cursor = settled(&server, &watcher).await;
    server.signal("HUP").await;
    server
        .wait_for_logs("SIGHUP: read again", 2 * replicas)
        .await;
    let changes = changes_after(&server, &watcher, &cursor).await;
    assert!(changes.is_empty(), "{changes:?}");
}
