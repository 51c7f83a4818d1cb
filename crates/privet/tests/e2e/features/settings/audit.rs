//! The caller's own history: what leaves an entry, and what an entry says. Its pages are in `audit/pages.rs`.

mod long_values;
mod pages;
mod retention;

use serde_json::{Value, json};

use crate::support::acting::erase;
use crate::support::settings::{Settings, history, id, names, time};
use crate::support::shapes::error_message;
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, Server};

const PATH: &str = "/api/v1/privacy/audit";
const RESET: &str = "/api/users/me/preferences/reset/";

in_one_setup![
    a_new_user_has_no_history,
    every_change_leaves_one_entry,
    an_entry_names_the_request_that_made_the_change,
    values_may_be_null,
    an_update_of_several_settings_leaves_an_entry_for_each_that_changed,
    what_changes_nothing_leaves_no_entry,
    the_history_is_the_callers_own,
    the_history_needs_a_token,
    the_history_of_an_erased_account_is_gone,
];

/// The entries and the cursor of a page, which must be a success.
fn page(answer: &Answer) -> (Vec<Value>, Option<String>) {
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    let page = answer.json();
    assert_eq!(names(&page), ["entries", "next_cursor"], "{answer}");
    let cursor = page["next_cursor"].as_str().map(str::to_owned);
    assert_eq!(cursor.is_none(), page["next_cursor"].is_null(), "{answer}");
    (page["entries"].as_array().unwrap().clone(), cursor)
}

/// Setting, old value and new value.
fn change(entry: &Value) -> (&str, &Value, &Value) {
    (
        entry["setting"].as_str().unwrap(),
        &entry["old_value"],
        &entry["new_value"],
    )
}

/// Sets messaging settings.
async fn set(client: &Client, settings: Value) {
    let body = json!({"settings": settings});
    let answer = client.put(Settings::MessagingPrivacy.path(), body).await;
    assert_eq!(answer.status, 200, "{answer}");
}

async fn a_new_user_has_no_history(database: Database) {
    let server = Server::start(&database).await;
    let answer = server.new_user().get(PATH).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.json(), json!({"entries": [], "next_cursor": null}));
}

async fn every_change_leaves_one_entry(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut expected = Vec::new();
    for settings in Settings::ALL {
        for on in [!settings.default(), settings.default()] {
            settings.set(&alice, on).await;
            expected.insert(0, (settings.setting(), json!(!on), json!(on)));
            let (entries, cursor) = page(&alice.get(PATH).await);
            let changes: Vec<_> = entries.iter().map(change).collect();
            let wanted: Vec<_> = expected
                .iter()
                .map(|(name, old, new)| (*name, old, new))
                .collect();
            assert_eq!(changes, wanted);
            assert_eq!(cursor, None);
        }
    }
    let members = [
        "actor_id",
        "id",
        "new_value",
        "occurred_at",
        "old_value",
        "request_id",
        "setting",
    ];
    let (entries, _) = page(&alice.get(PATH).await);
    let now = Settings::AccountPrivacy.get(&alice).await.json();
    let mut ids = Vec::new();
    for entry in &entries {
        assert_eq!(names(entry), members, "{entry}");
        assert_eq!(id(&entry["actor_id"]), alice.id());
        assert!(
            time(&now["data"]["createdAt"]) <= time(&entry["occurred_at"]),
            "{entry}"
        );
        assert!(
            time(&entry["occurred_at"]) <= time(&now["action_time"]),
            "{entry}"
        );
        ids.push(id(&entry["id"]));
    }
    assert!(entries.is_sorted_by_key(|entry| std::cmp::Reverse(time(&entry["occurred_at"]))));
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), entries.len());
}

async fn an_entry_names_the_request_that_made_the_change(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let longest = "x".repeat(128);
    let mut on = Settings::EmailContact.default();
    for sent in ["42", "a/strange:id?with=\"marks\"", &longest] {
        on = !on;
        let request = Settings::EmailContact.switch(&alice, on);
        let answer = request.header("X-Request-Id", sent).send().await;
        assert_eq!(answer.header("X-Request-Id"), sent);
        let (entries, _) = page(&alice.get(PATH).await);
        assert_eq!(entries[0]["request_id"], sent);
    }
    // An id that cannot be taken over is replaced, in the answer and in the history.
    let too_long = "x".repeat(129);
    for sent in [None, Some(too_long.as_str()), Some("with space")] {
        on = !on;
        let mut request = Settings::EmailContact.switch(&alice, on);
        if let Some(sent) = sent {
            request = request.header("X-Request-Id", sent);
        }
        let answer = request.send().await;
        let made = answer.header("X-Request-Id");
        assert_eq!(id(&json!(made)).get_version_num(), 7);
        let (entries, _) = page(&alice.get(PATH).await);
        assert_eq!(entries[0]["request_id"], made);
    }
}

async fn values_may_be_null(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let name = "disappearing_messages_default";
    set(&alice, json!({name: 300})).await;
    set(&alice, json!({name: null})).await;
    let (entries, _) = page(&alice.get(PATH).await);
    let changes: Vec<_> = entries.iter().map(change).collect();
    let dotted = "messaging.disappearing_messages_default";
    let (null, some) = (Value::Null, json!(300));
    assert_eq!(changes, [(dotted, &some, &null), (dotted, &null, &some)]);
    for member in ["old_value", "new_value"] {
        assert!(
            entries.iter().all(|entry| entry.get(member).is_some()),
            "{entries:?}"
        );
    }
}

async fn an_update_of_several_settings_leaves_an_entry_for_each_that_changed(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let wanted = json!({"show_last_seen": false, "show_read_receipts": true,
        "who_can_see_profile": "contacts", "disappearing_messages_default": null});
    set(&alice, wanted).await;
    let (entries, _) = page(&alice.get(PATH).await);
    let mut changes: Vec<_> = entries.iter().map(change).collect();
    changes.sort_by_key(|(name, ..)| *name);
    let (off, on) = (json!(false), json!(true));
    let (everyone, contacts) = (json!("everyone"), json!("contacts"));
    let expected = [
        ("messaging.show_last_seen", &on, &off),
        ("messaging.who_can_see_profile", &everyone, &contacts),
    ];
    assert_eq!(changes, expected);
    assert_eq!(entries[0]["request_id"], entries[1]["request_id"]);
    assert_eq!(entries[0]["occurred_at"], entries[1]["occurred_at"]);

    let body = json!({"theme": {"mode": "dark", "accent_color": "#3b82f6"}, "locale.language": "de",
        "notifications": null});
    let answer = alice.patch(Settings::Preferences.path(), body).await;
    assert_eq!(answer.status, 200, "{answer}");
    let (entries, _) = page(&alice.get(PATH).await);
    assert_eq!(entries.len(), 4, "{entries:?}");
    let mut changes: Vec<_> = entries[..2].iter().map(change).collect();
    changes.sort_by_key(|(name, ..)| *name);
    let [en, de, system, dark] = ["en", "de", "system", "dark"].map(Value::from);
    let expected = [
        ("preferences.locale.language", &en, &de),
        ("preferences.theme.mode", &system, &dark),
    ];
    assert_eq!(changes, expected);
}

async fn what_changes_nothing_leaves_no_entry(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for settings in Settings::ALL {
        settings.set(&alice, settings.default()).await;
        settings.set(&alice, !settings.default()).await;
        let before = history(&alice).await;
        settings.set(&alice, !settings.default()).await;
        let request = settings.switch(&alice, settings.default());
        let answer = request.header("If-Match", "\"another\"").send().await;
        error_message(&answer, settings.path(), 412);
        assert_eq!(history(&alice).await, before, "{settings:?}");
    }
    let before = history(&alice).await;
    for (path, body) in [
        (
            Settings::MessagingPrivacy.path(),
            json!({"setting": "show_last_seen", "value": "on"}),
        ),
        (Settings::AccountPrivacy.path(), json!({"isPrivate": null})),
    ] {
        alice.put(path, body).await;
    }
    alice
        .patch(
            Settings::Preferences.path(),
            json!({"theme": {"mode": "x"}}),
        )
        .await;
    alice.post(RESET, json!({"keys": ["theme", "x"]})).await;
    alice.post(RESET, json!({"keys": ["theme"]})).await;
    assert_eq!(history(&alice).await, before);
}

async fn the_history_is_the_callers_own(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for on in [false, true, false] {
        Settings::EmailContact.set(&alice, on).await;
    }
    Settings::AccountPrivacy.set(&bob, true).await;
    let (_, cursor) = page(&alice.get(&format!("{PATH}?limit=1")).await);
    let cursor = cursor.unwrap();
    for path in [
        PATH.to_owned(),
        format!("{PATH}?user_id={0}&actor_id={0}", alice.id()),
        format!("{PATH}?cursor={cursor}"),
    ] {
        for entry in page(&bob.get(&path).await).0 {
            assert_eq!(id(&entry["actor_id"]), bob.id(), "{path}");
            assert_eq!(entry["setting"], "account.is_private", "{path}");
        }
    }
    assert_eq!(history(&bob).await.len(), 1);
    assert_eq!(history(&alice).await.len(), 3);
}

async fn the_history_needs_a_token(database: Database) {
    let server = Server::start(&database).await;
    error_message(&server.anonymous().get(PATH).await, PATH, 401);
}

async fn the_history_of_an_erased_account_is_gone(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for user in [&alice, &bob] {
        Settings::EmailContact.set(user, false).await;
    }
    erase(&alice).await;
    let message = error_message(&alice.get(PATH).await, PATH, 401);
    assert_eq!(message, "Account has been deleted");
    let mut session = Session::on(&database);
    assert_eq!(session.rows_of("audit_log", alice.id()), 0);
    assert_eq!(history(&bob).await.len(), 1);
}
