//! What an update of messaging privacy may not be, and how the answer explains it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{AUDIENCES, BOOLEANS, DURATION, PATH, read, settings};
use crate::support::settings::{history, names};
use crate::support::shapes::error_message;
use crate::support::{Answer, Client, Database, Server};

in_one_setup![
    of_several_settings_all_change_or_none,
    a_value_that_a_setting_does_not_take_is_refused_and_the_answer_says_what_it_takes,
    a_value_that_is_not_taken_is_refused_among_several_too,
    an_unknown_setting_is_refused_with_the_settings_there_are,
    a_body_without_setting_or_value_or_settings_is_refused,
    both_forms_at_once_are_refused,
    unknown_members_are_refused,
    a_body_that_is_no_json_object_is_refused,
    a_refusal_is_short_however_much_is_wrong,
];

/// The words that an answer must hold to say what a setting takes.
fn takes(setting: &str) -> &'static [&'static str] {
    if BOOLEANS.contains(&setting) {
        &["true", "false"]
    } else if AUDIENCES.contains(&setting) {
        &["everyone", "contacts", "nobody"]
    } else {
        &["null", "300", "3600", "86400", "604800"]
    }
}

/// What an answer, which must be a problem, says of which members.
fn problem_fields(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.header("Content-Type"), "application/problem+json");
    let problem = answer.json();
    let members = ["code", "detail", "errors", "status", "title", "type"];
    assert_eq!(names(&problem), members, "{answer}");
    assert_eq!(problem["status"], answer.status, "{answer}");
    assert_eq!(problem["code"], "INVALID_REQUEST", "{answer}");
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let field = |error: &Value| {
        assert_eq!(names(error), ["field", "message"], "{answer}");
        (text(&error["field"]), text(&error["message"]))
    };
    problem["errors"]
        .as_array()
        .unwrap()
        .iter()
        .map(field)
        .collect()
}

/// Sends what must be refused, and answers which members are to blame, and why.
async fn refusal(client: &Client, body: &Value) -> Vec<(String, String)> {
    let answer = client.put(PATH, body.clone()).await;
    assert_eq!(answer.status, 400, "{body}: {answer}");
    problem_fields(&answer)
}

/// Fails unless one of the errors is this setting's and lists what it takes.
fn assert_explained(errors: &[(String, String)], setting: &str) {
    let (_, message) = errors
        .iter()
        .find(|(field, _)| field == setting)
        .unwrap_or_else(|| panic!("{setting} is not named: {errors:?}"));
    for word in takes(setting) {
        assert!(message.contains(word), "{setting}: {message}");
    }
}

async fn of_several_settings_all_change_or_none(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = alice.get(PATH).await;
    for wrong in [
        json!({"show_last_seen": false, "show_read_receipts": "no"}),
        json!({"show_last_seen": false, "nothing": true}),
        json!({"who_can_see_profile": "friends", "show_last_seen": false}),
    ] {
        refusal(&alice, &json!({"settings": wrong})).await;
    }
    let after = alice.get(PATH).await;
    assert_eq!(after.json(), before.json());
    assert_eq!(after.header("ETag"), before.header("ETag"));
    assert_eq!(history(&alice).await, [] as [Value; 0]);
}

/// Values of the wrong type, or none of those listed.
fn wrong_values() -> Vec<(&'static str, Value)> {
    let mut wrong = Vec::new();
    for name in BOOLEANS {
        let values = [
            json!("true"),
            json!(1),
            json!(0),
            json!(null),
            json!("everyone"),
        ];
        wrong.extend(values.map(|value| (name, value)));
        wrong.extend([json!([true]), json!({})].map(|value| (name, value)));
    }
    for name in AUDIENCES {
        let words = ["friends", "Everyone", "NOBODY", "contacts ", ""];
        wrong.extend(words.map(|word| (name, json!(word))));
        let values = [json!(true), json!(0), json!(null), json!(["everyone"])];
        wrong.extend(values.map(|value| (name, value)));
    }
    let numbers = [0, -1, 1, 299, 301, 3601, 604_801, 4_294_967_596];
    wrong.extend(numbers.map(|number: i64| (DURATION, json!(number))));
    let others = [
        json!(86400.5),
        json!("86400"),
        json!(true),
        json!("null"),
        json!([300]),
    ];
    wrong.extend(others.map(|value| (DURATION, value)));
    wrong
}

async fn a_value_that_a_setting_does_not_take_is_refused_and_the_answer_says_what_it_takes(
    database: Database,
) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = read(&alice).await;
    for (name, value) in wrong_values() {
        let body = json!({"setting": name, "value": value});
        let answer = alice.put(PATH, body.clone()).await;
        assert_eq!(answer.status, 400, "{body}: {answer}");
        let errors = problem_fields(&answer);
        assert_eq!(errors.len(), 1, "{body}: {answer}");
        assert_explained(&errors, name);
        let detail = answer.json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(name), "{body}: {answer}");
    }
    assert_eq!(read(&alice).await, before);
}

async fn a_value_that_is_not_taken_is_refused_among_several_too(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let before = read(&alice).await;
    for (name, value) in wrong_values() {
        let errors = refusal(&alice, &json!({"settings": {name: value}})).await;
        assert_explained(&errors, name);
    }
    let wrong = json!({"show_last_seen": 1, "who_can_see_profile": "all", DURATION: "300"});
    let errors = refusal(&alice, &json!({"settings": wrong})).await;
    for name in names(&wrong) {
        assert_explained(&errors, &name);
    }
    assert_eq!(read(&alice).await, before);
}

async fn an_unknown_setting_is_refused_with_the_settings_there_are(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let unknown = [
        "show_everything",
        "",
        "user_id",
        "updated_at",
        "SHOW_LAST_SEEN",
        "isPrivate",
    ];
    for name in unknown {
        for body in [
            json!({"setting": name, "value": true}),
            json!({"settings": {name: true}}),
        ] {
            let errors = refusal(&alice, &body).await;
            let (field, message) = &errors[0];
            assert_eq!((errors.len(), field.as_str()), (1, name), "{body}");
            for (known, _) in settings() {
                assert!(message.contains(known), "{body}: {message}");
            }
        }
    }
}

async fn a_body_without_setting_or_value_or_settings_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for (body, field) in [
        (json!({}), "setting"),
        (json!({"value": true}), "setting"),
        (json!({"setting": null, "value": true}), "setting"),
        (json!({"setting": 1, "value": true}), "setting"),
        (
            json!({"setting": ["show_last_seen"], "value": true}),
            "setting",
        ),
        (json!({"setting": "show_last_seen"}), "value"),
        (json!({"setting": DURATION}), "value"),
        (json!({"settings": {}}), "settings"),
        (json!({"settings": null}), "settings"),
        (json!({"settings": []}), "settings"),
        (
            json!({"settings": [{"setting": "show_last_seen", "value": false}]}),
            "settings",
        ),
        (json!({"settings": "show_last_seen"}), "settings"),
    ] {
        let errors = refusal(&alice, &body).await;
        assert_eq!(errors[0].0, field, "{body}: {errors:?}");
        assert!(!errors[0].1.is_empty(), "{body}");
    }
    // Where the setting is known, its values are, too.
    for (name, _) in settings() {
        let errors = refusal(&alice, &json!({"setting": name})).await;
        assert_explained(&errors, name);
    }
}

async fn both_forms_at_once_are_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let several = json!({"show_read_receipts": false});
    for body in [
        json!({"setting": "show_last_seen", "value": false, "settings": several}),
        json!({"setting": "show_last_seen", "settings": several}),
        json!({"value": false, "settings": several}),
        json!({"setting": "show_last_seen", "value": false, "settings": {}}),
    ] {
        refusal(&alice, &body).await;
    }
    let settings = read(&alice).await;
    assert_eq!(settings["show_last_seen"], true);
    assert_eq!(settings["show_read_receipts"], true);
}

async fn unknown_members_are_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        json!({"setting": "show_last_seen", "value": false, "user_id": alice.id()}),
        json!({"settings": {"show_last_seen": false}, "user_id": alice.id()}),
    ] {
        let errors = refusal(&alice, &body).await;
        assert!(
            errors.iter().any(|(field, _)| field == "user_id"),
            "{errors:?}"
        );
    }
    let errors = refusal(&alice, &json!({"show_last_seen": false})).await;
    assert!(
        errors.iter().any(|(field, _)| field == "show_last_seen"),
        "{errors:?}"
    );
    assert_eq!(read(&alice).await["show_last_seen"], true);
}

async fn a_body_that_is_no_json_object_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for body in [
        "",
        "{",
        "[]",
        "\"x\"",
        "null",
        "true",
        "{\"setting\": \"show_last_seen\", \"value\": false,}",
        "{\"setting\": \"show_last_seen\", \"value\": true, \"value\": false}",
        "{\"settings\": {\"show_last_seen\": true, \"show_last_seen\": false}}",
    ] {
        let request = alice.request(Method::PUT, PATH);
        let request = request.header("Content-Type", "application/json");
        let answer = request.body(body).send().await;
        error_message(&answer, PATH, 400);
    }
    assert_eq!(read(&alice).await["show_last_seen"], true);
}

async fn a_refusal_is_short_however_much_is_wrong(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let many: Value = (0..5_000).map(|n| (format!("n{n}"), json!(1))).collect();
    let long = "\u{1}".repeat(10_000);
    for body in [
        json!({"settings": many}),
        many,
        json!({"setting": long, "value": true}),
        json!({"setting": long}),
        json!({"settings": {long.clone(): true}}),
        json!({"setting": "show_last_seen", "value": true, long.clone(): 1}),
    ] {
        let answer = alice.put(PATH, body).await;
        assert_eq!(answer.status, 400, "{answer:.200}");
        assert!(!problem_fields(&answer).is_empty());
        assert!(answer.text.len() < 16_384, "{} bytes", answer.text.len());
    }
}
