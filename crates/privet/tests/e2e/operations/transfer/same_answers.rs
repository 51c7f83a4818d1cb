//! A service that is moved into an empty database answers as before, about everything that moves.

use serde_json::{Value, json};
use uuid::Uuid;

use super::program;
use crate::support::acting::{
    add_contact, become_mutual_contacts, block, classify, cohorts_path, erase, except, follow,
    mark_close_friend, set,
};
use crate::support::asking::{ask_all, service, with_scope};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::follows::{become_follower, stats, status};
use crate::support::settings::Settings;
use crate::support::{Client, Database, Server};

// Each store reads and writes everything with statements of its own.
on_both_stores![a_service_that_was_moved_answers_the_same];

/// The paths at which a user reads what moves. Record ids, tags and history do not.
const PATHS: [&str; 3] = [
    "/api/v1/privacy/catalogue",
    "/api/v1/contacts",
    "/api/v1/blocks",
];

async fn a_service_that_was_moved_answers_the_same(database: Database) {
    let document = json!({"extends": "messenger", "cohorts": {"minor": {"description": "Under 18."}},
        "layers": [{"name": "minors", "cohort": "minor", "note": "Protected.",
            "defaults": {"messaging.who_can_call": "contacts"},
            "allowed": {"messaging.who_can_call": ["contacts", "nobody"]}}]});
    let file = catalogue_file(&document);
    let catalogue = file.path().to_str().unwrap();
    let mut server = start_with_catalogue(&database, &file).await;
    let (users, erased) = community(&server).await;
    let before = answers(&server, &users).await;
    server.signal("TERM").await;
    server.wait_for_exit().await;

    let export = program(&database, &["export", "--all"]).with("PRIVET_CATALOGUE", catalogue);
    let exported = export.run().await;
    assert_eq!(exported.status, 0, "{exported:?}");
    let lines = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(lines.path(), &exported.stdout).unwrap();

    let empty = Database::fresh(database.setup()).await;
    let import = program(&empty, &["import", lines.path().to_str().unwrap()]);
    let imported = import.with("PRIVET_CATALOGUE", catalogue).run().await;
    assert_eq!(imported.status, 0, "{imported:?}");
    let told: Value = serde_json::from_str(&imported.stdout).unwrap();
    let lines = exported.stdout.lines().count();
    assert_eq!(told["counts"]["created"], lines, "{imported:?}");

    let server = start_with_catalogue(&empty, &file).await;
    assert_eq!(answers(&server, &users).await, before);
    let answer = server.user(erased).get(Settings::EmailContact.path()).await;
    assert_eq!(answer.status, 401, "{answer}");
}

/// Users with something of every kind, and one who was erased.
async fn community(server: &Server) -> ([Uuid; 5], Uuid) {
    let users = [(); 5].map(|()| server.new_user());
    let [alice, ben, cat, dan, eve] = &users;
    for user in &users {
        Settings::EmailContact.get(user).await;
    }
    set(alice, "show_last_seen", false).await;
    // A choice that the cohort's layer forbids: it is kept.
    set(alice, "who_can_call", "everyone").await;
    classify(server, alice, &["minor"]).await;
    set(ben, "allow_email_contact", false).await;
    let theme = json!({"theme.mode": "dark"});
    let answer = ben.patch(Settings::Preferences.path(), theme).await;
    assert_eq!(answer.status, 200, "{answer}");
    become_mutual_contacts(alice, ben).await;
    mark_close_friend(alice, ben, true).await;
    add_contact(cat, alice).await;
    except(ben, cat, json!({"view_profile": "never"})).await;
    become_follower(ben, alice).await;
    set(alice, "isPrivate", true).await;
    follow(cat, alice).await;
    // A request that the one who is asked does not see.
    block(alice, dan).await;
    follow(dan, alice).await;
    become_follower(eve, ben).await;
    let gone = server.new_user();
    add_contact(&gone, alice).await;
    erase(&gone).await;
    (users.map(|user| user.id()), gone.id())
}

/// Everything that users are shown, and all decisions between two of them.
async fn answers(server: &Server, users: &[Uuid]) -> Vec<Value> {
    let (service, classifier) = (service(server), with_scope(server, "users:classify"));
    let mut answers = Vec::new();
    for id in users {
        let user = server.user(*id);
        for path in PATHS {
            answers.push(shown(&user, path).await);
        }
        answers.push(shown(&classifier, &cohorts_path(*id)).await);
        answers.push(stats(&user, &user).await);
        for other in users.iter().filter(|other| *other != id) {
            let other = server.user(*other);
            answers.push(json!(ask_all(&service, &user, &other).await));
            answers.push(json!(status(&user, &other).await));
        }
    }
    answers
}

async fn shown(client: &Client, path: &str) -> Value {
    let answer = client.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {answer}");
    answer.json()
}
