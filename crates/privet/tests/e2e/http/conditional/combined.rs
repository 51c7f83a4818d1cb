//! `If-Match` and `If-None-Match` together, on reads and updates (RFC 9110, section 13), and date conditions.

use reqwest::Method;
use serde_json::json;

use super::{RESET, STRANGE, state};
use crate::support::settings::Settings;
use crate::support::shapes::error_message;
use crate::support::{Database, Server};

in_one_setup![
    an_update_of_a_version_that_the_client_has_changes_nothing,
    an_update_of_another_version_than_the_client_has_is_made,
    both_conditions_of_an_update_must_hold,
    a_reset_checks_if_none_match,
    a_version_that_the_client_does_not_want_is_not_shown,
    a_refused_body_comes_before_a_condition_that_fails,
    date_conditions_are_ignored,
];

/// Values of `If-None-Match` that match the version with this tag.
fn naming(tag: &str) -> [String; 5] {
    [
        tag.to_owned(),
        format!("W/{tag}"),
        format!("{STRANGE}, {tag}"),
        format!("W/{tag} , W/{STRANGE}"),
        "*".to_owned(),
    ]
}

async fn an_update_of_a_version_that_the_client_has_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let before = state(family, &alice).await;
        for field in naming(&before.1) {
            // Also if the values are the same.
            for on in [family.default(), !family.default()] {
                let request = family.switch(&alice, on).header("If-None-Match", &field);
                error_message(&request.send().await, family.path(), 412);
            }
        }
        assert_eq!(state(family, &alice).await, before, "{family:?}");
    }
}

async fn an_update_of_another_version_than_the_client_has_is_made(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let mut on = family.default();
        for field in [STRANGE, "W/\"other\"", "\"a\", \"b\"", "no tag", ""] {
            on = !on;
            let request = family.switch(&alice, on).header("If-None-Match", field);
            let answer = request.send().await;
            assert_eq!(answer.status, 200, "{family:?} {field}: {answer}");
            assert_eq!(family.value(&family.get(&alice).await), on, "{family:?}");
        }
    }
}

async fn both_conditions_of_an_update_must_hold(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let before = state(family, &alice).await;
        let tag = before.1.as_str();
        let update = |wanted: &str, known: &str| {
            let request = family.switch(&alice, !family.default());
            let request = request.header("If-Match", wanted);
            request.header("If-None-Match", known).send()
        };
        for (wanted, known) in [(tag, tag), ("*", "*"), (STRANGE, STRANGE), (STRANGE, "")] {
            error_message(&update(wanted, known).await, family.path(), 412);
        }
        assert_eq!(state(family, &alice).await, before, "{family:?}");
        let made = update(tag, STRANGE).await;
        assert_eq!(made.status, 200, "{family:?}: {made}");
    }
}

async fn a_reset_checks_if_none_match(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let family = Settings::Preferences;
    family.set(&alice, true).await;
    let before = state(family, &alice).await;
    let reset = |field: &str| {
        let request = alice.request(Method::POST, RESET).json(json!({}));
        request.header("If-None-Match", field).send()
    };
    for field in naming(&before.1) {
        error_message(&reset(&field).await, RESET, 412);
    }
    assert_eq!(state(family, &alice).await, before);
    let made = reset(STRANGE).await;
    assert_eq!(made.status, 200, "{made}");
    assert!(!family.value(&made));
}

async fn a_version_that_the_client_does_not_want_is_not_shown(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let tag = family.tag(&alice).await;
        let weak = format!("W/{tag}");
        let listed = format!("{STRANGE}, {tag}");
        for (wanted, known, status) in [
            (Some(STRANGE), None, 412),
            (Some(&*weak), None, 412),
            (Some("no tag"), None, 412),
            (Some(""), None, 412),
            (Some(STRANGE), Some(&*tag), 412),
            (Some(STRANGE), Some(STRANGE), 412),
            (Some(&*tag), None, 200),
            (Some(&*listed), None, 200),
            (Some("*"), None, 200),
            (Some(&*tag), Some(STRANGE), 200),
            (Some(&*tag), Some(&*tag), 304),
            (Some("*"), Some(&*weak), 304),
            (None, Some("*"), 304),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let mut request = alice.request(method.clone(), family.path());
                for (name, field) in [("If-Match", wanted), ("If-None-Match", known)] {
                    if let Some(field) = field {
                        request = request.header(name, field);
                    }
                }
                let answer = request.send().await;
                let told = format!("{family:?} {method} {wanted:?} {known:?}: {answer}");
                assert_eq!(answer.status, status, "{told}");
                if status == 412 && method == Method::GET {
                    error_message(&answer, family.path(), 412);
                }
            }
        }
    }
}

async fn a_refused_body_comes_before_a_condition_that_fails(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for (family, method, status) in [
        (Settings::EmailContact, Method::PATCH, 400),
        (Settings::AccountPrivacy, Method::PUT, 422),
        (Settings::MessagingPrivacy, Method::PUT, 400),
        (Settings::Preferences, Method::PATCH, 400),
    ] {
        for (name, field) in [("If-Match", STRANGE), ("If-None-Match", "*")] {
            let body = json!({"allow_email_contact": 1, "isPrivate": 1});
            let request = alice.request(method.clone(), family.path()).json(body);
            let answer = request.header(name, field).send().await;
            assert_eq!(answer.status, status, "{family:?} {name}: {answer}");
        }
    }
}

async fn date_conditions_are_ignored(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let (past, future) = (
        "Sat, 01 Jan 2000 00:00:00 GMT",
        "Fri, 01 Jan 2100 00:00:00 GMT",
    );
    for family in Settings::ALL {
        for (name, date) in [
            ("If-Unmodified-Since", past),
            ("If-Modified-Since", future),
            ("If-Unmodified-Since", "no date"),
        ] {
            let read = alice.request(Method::GET, family.path()).header(name, date);
            let read = read.send().await;
            assert_eq!(read.status, 200, "{family:?} {name}: {read}");
            assert!(!read.headers.contains_key("Last-Modified"), "{read}");
            let update = family.switch(&alice, !family.default()).header(name, date);
            let update = update.send().await;
            assert_eq!(update.status, 200, "{family:?} {name}: {update}");
        }
    }
}
