//! A user exists from the first authenticated request on, whatever that is.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::acting::{contact_path, exceptions_path, follow_path};
use crate::support::catalogues::start_with_a_cohort;
use crate::support::document::Document;
use crate::support::settings::{Settings, history, time};
use crate::support::sql::Session;
use crate::support::{Client, Database, SECRET, Server, Token, new_user_id};

on_both_stores![
    all_four_resources_begin_with_their_defaults_and_one_creation_time,
    whatever_comes_first_makes_the_user,
    a_request_that_fails_authentication_makes_nobody,
    a_call_to_a_services_path_makes_nobody_with_the_scope_or_without_it,
    an_update_may_be_the_very_first_request,
    a_change_of_one_family_moves_nothing_of_the_others,
];

async fn created_at(client: &Client) -> Value {
    let answer = Settings::AccountPrivacy.get(client).await;
    answer.json()["data"]["createdAt"].clone()
}

/// The time by the server's clock.
async fn server_time(server: &Server) -> Value {
    let answer = Settings::AccountPrivacy.get(&server.new_user()).await;
    answer.json()["action_time"].clone()
}

async fn all_four_resources_begin_with_their_defaults_and_one_creation_time(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let answer = family.get(&alice).await;
        assert_eq!(family.value(&answer), family.default(), "{answer}");
    }
    let created_at = created_at(&alice).await;
    let account = Settings::AccountPrivacy.get(&alice).await.json();
    assert_eq!(account["data"]["updatedAt"], created_at);
    let messaging = Settings::MessagingPrivacy.get(&alice).await.json();
    assert_eq!(messaging["updated_at"], created_at);
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

async fn whatever_comes_first_makes_the_user(database: Database) {
    let server = Server::start(&database).await;
    let refused = json!({"isPrivate": 1});
    let never = json!({"exceptions": {"view_typing": "never"}});
    let access = format!("/api/v1/privacy/users/{}/access", new_user_id());
    let explain = format!("/api/v1/privacy/explain?viewer={}", new_user_id());
    let preview = "/api/v1/privacy/preview?as=stranger";
    for (method, path, body, status) in [
        (Method::GET, Settings::EmailContact.path(), None, 200),
        (Method::HEAD, Settings::MessagingPrivacy.path(), None, 200),
        (Method::GET, "/api/users/me/preferences/schema/", None, 200),
        (Method::GET, "/api/v1/privacy/audit", None, 200),
        (Method::GET, "/api/v1/contacts", None, 200),
        (Method::PUT, &contact_path(new_user_id()), None, 201),
        (Method::POST, &follow_path(new_user_id()), None, 200),
        (Method::GET, "/api/v1/users/me/export", None, 200),
        (Method::GET, "/api/v1/users/me/changes", None, 200),
        (Method::HEAD, "/api/v1/users/me/changes", None, 200),
        (Method::GET, &access, None, 200),
        (Method::GET, &explain, None, 200),
        (Method::POST, preview, Some(json!({"profile": {}})), 200),
        (Method::GET, "/api/v1/privacy/catalogue", None, 200),
        (Method::GET, "/api/v1/privacy/exceptions", None, 200),
        (
            Method::PUT,
            &exceptions_path(new_user_id()),
            Some(never),
            201,
        ),
        (
            Method::PUT,
            Settings::AccountPrivacy.path(),
            Some(refused),
            422,
        ),
    ] {
        let user = server.new_user();
        let mut request = user.request(method.clone(), path);
        if let Some(body) = body {
            request = request.json(body);
        }
        let before = server_time(&server).await;
        let answer = request.send().await;
        assert_eq!(answer.status, status, "{method} {path}: {answer}");
        let after = server_time(&server).await;
        let created = time(&created_at(&user).await);
        assert!(
            time(&before) <= created && created <= time(&after),
            "{method} {path}"
        );
    }
}

async fn a_request_that_fails_authentication_makes_nobody(database: Database) {
    let server = Server::start(&database).await;
    let id = new_user_id();
    let expired = Token::of(id).expiring_in(-10).sign(SECRET);
    let answer = server
        .bearer(&expired)
        .get(Settings::AccountPrivacy.path())
        .await;
    assert_eq!(answer.status, 401, "{answer}");
    let after = server_time(&server).await;
    assert!(time(&created_at(&server.user(id)).await) >= time(&after));
}

async fn a_call_to_a_services_path_makes_nobody_with_the_scope_or_without_it(database: Database) {
    let (server, _catalogue) = start_with_a_cohort(&database).await;
    let mut session = Session::on(&database);
    let mut classified = 0;
    for operation in Document::of(&server).await.operations() {
        if operation.scopes().is_empty() {
            continue;
        }
        let (service, user) = (operation.caller(&server), server.new_user());
        for (caller, status) in [(service, operation.about_nobody()), (user, 403)] {
            let other = new_user_id();
            let answer = operation.send_about(&caller, other).await;
            assert_eq!(answer.status, status, "{}: {answer}", operation.id());
            let (mut of_caller, mut of_other) = (BTreeMap::new(), BTreeMap::new());
            // Whoever is put into a cohort is made, and their history names the service. Somebody erased is named by
            // a tombstone.
            if status == 200 && operation.id() == "set_cohorts" {
                of_caller = BTreeMap::from([("audit_log".to_owned(), 1)]);
                of_other = BTreeMap::from([("audit_log".to_owned(), 1), ("users".to_owned(), 1)]);
                classified += 1;
            } else if status == 200 && operation.id() == "erase_user" {
                of_other = BTreeMap::from([("erased_users".to_owned(), 1)]);
            }
            let place = operation.id();
            assert_eq!(session.rows_naming(caller.id()), of_caller, "{place}");
            assert_eq!(session.rows_naming(other), of_other, "{place}");
        }
    }
    assert_eq!(classified, 1);
    assert_eq!(session.number("(SELECT count(*) FROM users)"), 1);
}

async fn an_update_may_be_the_very_first_request(database: Database) {
    let server = Server::start(&database).await;
    for family in Settings::ALL {
        let user = server.new_user();
        let tag = family.set(&user, !family.default()).await;
        let answer = family.get(&user).await;
        assert_eq!(family.value(&answer), !family.default(), "{answer}");
        assert_eq!(answer.header("ETag"), tag);
        let entries = history(&user).await;
        assert_eq!(entries.len(), 1, "{entries:?}");
        assert_eq!(entries[0]["setting"], family.setting());
        assert!(time(&entries[0]["occurred_at"]) >= time(&created_at(&user).await));
    }
}

async fn a_change_of_one_family_moves_nothing_of_the_others(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for changed in Settings::ALL {
        let others = Settings::ALL.into_iter().filter(|other| *other != changed);
        let mut before = Vec::new();
        for other in others {
            let answer = other.get(&alice).await;
            before.push((
                other,
                other.shown(&answer),
                answer.header("ETag").to_owned(),
            ));
        }
        changed.set(&alice, !changed.default()).await;
        for (other, shown, tag) in before {
            let answer = other.get(&alice).await;
            assert_eq!(other.shown(&answer), shown, "{changed:?}");
            assert_eq!(answer.header("ETag"), tag, "{changed:?}");
        }
    }
}
