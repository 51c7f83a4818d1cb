//! Entity tags and conditional requests (RFC 9110), the same for all four families. Combinations of conditions are
//! in `conditional/combined.rs`.

mod combined;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::settings::{Settings, history};
use crate::support::shapes::error_message;
use crate::support::{Client, Database, Server};

const RESET: &str = "/api/users/me/preferences/reset/";
const STRANGE: &str = "\"some-other-version\"";

in_every_setup![
    settings_and_updates_carry_a_strong_tag_and_may_be_kept_by_their_owner_only,
    the_tag_changes_exactly_when_what_is_shown_changes,
    the_tag_is_the_same_after_a_restart,
    an_update_whose_condition_holds_is_made,
    an_update_whose_condition_does_not_hold_changes_nothing,
    the_tag_in_an_updates_answer_is_the_next_condition,
];

in_one_setup![
    setting_the_same_value_changes_no_tag_and_no_time,
    a_version_that_the_client_has_is_not_sent_again,
    a_condition_is_checked_even_if_the_value_is_the_same,
    a_reset_of_preferences_has_its_condition_too,
    a_body_that_is_refused_is_refused_whatever_the_condition,
];

/// Fails unless it is a strong tag, in quotes.
fn assert_strong(tag: &str) {
    let opaque = tag
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let opaque = opaque.unwrap_or_else(|| panic!("{tag} is no strong tag"));
    assert!(!opaque.is_empty() && !opaque.contains('"'), "{tag}");
}

/// The content, its tag, and the length of the history.
async fn state(family: Settings, client: &Client) -> (Value, String, usize) {
    let answer = family.get(client).await;
    let tag = answer.header("ETag").to_owned();
    (family.shown(&answer), tag, history(client).await.len())
}

async fn settings_and_updates_carry_a_strong_tag_and_may_be_kept_by_their_owner_only(
    database: Database,
) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let tag = family.tag(&alice).await;
        let head = alice.request(Method::HEAD, family.path());
        let known = alice.request(Method::GET, family.path());
        for answer in [
            family.get(&alice).await,
            head.send().await,
            known.header("If-None-Match", &tag).send().await,
            family.switch(&alice, !family.default()).send().await,
            family.switch(&alice, !family.default()).send().await,
        ] {
            assert_strong(answer.header("ETag"));
            assert_eq!(
                answer.header("Cache-Control"),
                "private, no-cache",
                "{answer}"
            );
            assert_eq!(answer.header("Vary"), "Authorization", "{answer}");
        }
    }
    let answer = alice.post(RESET, json!({})).await;
    assert_strong(answer.header("ETag"));
    assert_eq!(
        answer.header("Cache-Control"),
        "private, no-cache",
        "{answer}"
    );
    assert_eq!(answer.header("Vary"), "Authorization", "{answer}");
}

async fn the_tag_changes_exactly_when_what_is_shown_changes(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let mut seen = vec![family.tag(&alice).await];
        for on in [!family.default(), family.default(), !family.default()] {
            let tag = family.set(&alice, on).await;
            // If the content includes times, an earlier tag never comes back; the same holds for the other
            // families.
            assert!(!seen.contains(&tag), "{family:?}: {tag} again");
            assert_eq!(family.tag(&alice).await, tag);
            assert_eq!(family.set(&alice, on).await, tag);
            seen.push(tag);
        }
    }
}

async fn the_tag_is_the_same_after_a_restart(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut tags = Vec::new();
    for family in Settings::ALL {
        family.set(&alice, !family.default()).await;
        tags.push((family, family.tag(&alice).await));
    }
    let server = server.kill_and_restart().await;
    let alice = server.user(alice.id());
    for (family, tag) in tags {
        assert_eq!(family.tag(&alice).await, tag, "{family:?}");
    }
}

async fn setting_the_same_value_changes_no_tag_and_no_time(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        for on in [family.default(), !family.default()] {
            family.set(&alice, on).await;
            let before = state(family, &alice).await;
            let answer = family.switch(&alice, on).send().await;
            assert_eq!(answer.status, 200, "{answer}");
            assert_eq!(answer.header("ETag"), before.1, "{family:?}");
            assert_eq!(state(family, &alice).await, before, "{family:?}");
        }
    }
}

async fn a_version_that_the_client_has_is_not_sent_again(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let old = family.tag(&alice).await;
        let tag = family.set(&alice, !family.default()).await;
        for (fields, status) in [
            (vec![tag.clone()], 304),
            (vec![format!("W/{tag}")], 304),
            (vec![format!("{STRANGE}, {tag}")], 304),
            (vec![format!("{tag},{STRANGE}")], 304),
            (vec![format!("W/{STRANGE} , W/{tag}")], 304),
            (vec![STRANGE.to_owned(), tag.clone()], 304),
            (vec!["*".to_owned()], 304),
            (vec![STRANGE.to_owned()], 200),
            (vec![old], 200),
            (vec![tag.trim_matches('"').to_owned()], 200),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let mut request = alice.request(method.clone(), family.path());
                for field in &fields {
                    request = request.header("If-None-Match", field);
                }
                let answer = request.send().await;
                assert_eq!(
                    answer.status, status,
                    "{family:?} {method} {fields:?}: {answer}"
                );
                assert_eq!(answer.header("ETag"), tag, "{family:?} {method} {fields:?}");
                let empty = status == 304 || method == Method::HEAD;
                assert_eq!(
                    answer.text.is_empty(),
                    empty,
                    "{family:?} {method}: {answer}"
                );
            }
        }
    }
}

async fn an_update_whose_condition_holds_is_made(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let mut on = family.default();
        let forms: [fn(&str) -> Vec<String>; 5] = [
            |tag| vec![tag.to_owned()],
            |tag| vec![format!("{STRANGE}, {tag}")],
            |tag| vec![format!("W/{STRANGE},{tag} , {STRANGE}")],
            |tag| vec![STRANGE.to_owned(), tag.to_owned()],
            |_| vec!["*".to_owned()],
        ];
        for form in forms {
            on = !on;
            let fields = form(&family.tag(&alice).await);
            let mut request = family.switch(&alice, on);
            for field in &fields {
                request = request.header("If-Match", field);
            }
            let answer = request.send().await;
            assert_eq!(answer.status, 200, "{family:?} {fields:?}: {answer}");
            assert_eq!(
                family.value(&family.get(&alice).await),
                on,
                "{family:?} {fields:?}"
            );
        }
    }
}

/// Conditions that do not hold if `old` was the previous tag and `tag` is the current one.
fn failing(old: &str, tag: &str) -> Vec<String> {
    vec![
        STRANGE.to_owned(),
        old.to_owned(),
        format!("{STRANGE}, {old}"),
        format!("W/{tag}"),
        format!("{STRANGE}, W/{tag}"),
        tag.trim_matches('"').to_owned(),
        String::new(),
    ]
}

async fn an_update_whose_condition_does_not_hold_changes_nothing(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let old = family.tag(&alice).await;
        family.set(&alice, !family.default()).await;
        let before = state(family, &alice).await;
        for field in failing(&old, &before.1) {
            let request = family.switch(&alice, family.default());
            let answer = request.header("If-Match", &field).send().await;
            error_message(&answer, family.path(), 412);
            assert_eq!(state(family, &alice).await, before, "{family:?} {field}");
        }
    }
}

async fn a_condition_is_checked_even_if_the_value_is_the_same(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let old = family.tag(&alice).await;
        family.set(&alice, !family.default()).await;
        let before = state(family, &alice).await;
        for field in failing(&old, &before.1) {
            let request = family.switch(&alice, !family.default());
            let answer = request.header("If-Match", &field).send().await;
            error_message(&answer, family.path(), 412);
        }
        for field in [before.1.as_str(), "*"] {
            let request = family.switch(&alice, !family.default());
            let answer = request.header("If-Match", field).send().await;
            assert_eq!(answer.status, 200, "{family:?} {field}: {answer}");
            assert_eq!(answer.header("ETag"), before.1);
        }
        assert_eq!(state(family, &alice).await, before, "{family:?}");
    }
}

async fn the_tag_in_an_updates_answer_is_the_next_condition(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for family in Settings::ALL {
        let mut tag = family.tag(&alice).await;
        let mut on = family.default();
        for _ in 0..5 {
            on = !on;
            let request = family.switch(&alice, on).header("If-Match", &tag);
            let answer = request.send().await;
            assert_eq!(answer.status, 200, "{family:?}: {answer}");
            answer.header("ETag").clone_into(&mut tag);
        }
        let known = alice.request(Method::GET, family.path());
        let answer = known.header("If-None-Match", &tag).send().await;
        assert_eq!(answer.status, 304, "{family:?}: {answer}");
    }
}

async fn a_reset_of_preferences_has_its_condition_too(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let family = Settings::Preferences;
    let old = family.tag(&alice).await;
    for body in [json!({}), json!({"keys": ["notifications"]})] {
        family.set(&alice, true).await;
        let before = state(family, &alice).await;
        let reset = |field: &str| {
            let request = alice.request(Method::POST, RESET).json(body.clone());
            request.header("If-Match", field).send()
        };
        for field in failing(&old, &before.1) {
            let answer = reset(&field).await;
            error_message(&answer, family.path(), 412);
            assert_eq!(state(family, &alice).await, before, "{field}");
        }
        let answer = reset(&format!("{STRANGE}, {}", before.1)).await;
        assert_eq!(answer.status, 200, "{answer}");
        assert!(!family.value(&answer));
        assert_eq!(answer.header("ETag"), family.tag(&alice).await);
        // All values are at their defaults, and the condition is still checked.
        error_message(&reset(&before.1).await, RESET, 412);
        assert_eq!(reset("*").await.status, 200);
    }
}

async fn a_body_that_is_refused_is_refused_whatever_the_condition(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for (family, method, status) in [
        (Settings::EmailContact, Method::PATCH, 400),
        (Settings::AccountPrivacy, Method::PUT, 422),
        (Settings::MessagingPrivacy, Method::PUT, 400),
        (Settings::Preferences, Method::PATCH, 400),
    ] {
        let before = state(family, &alice).await;
        for field in ["*", before.1.as_str()] {
            let body = json!({"allow_email_contact": 1, "isPrivate": 1});
            let request = alice.request(method.clone(), family.path()).json(body);
            let answer = request.header("If-Match", field).send().await;
            assert_eq!(answer.status, status, "{family:?}: {answer}");
        }
        assert_eq!(state(family, &alice).await, before, "{family:?}");
    }
}
