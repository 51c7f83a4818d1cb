//! Access evaluation: one request, one decision.

use serde_json::{Value, json};

use super::{EVALUATION, Fixture, deny, permit, user};
use crate::support::asking::ACTIONS;
use crate::support::sql::Session;
use crate::support::{Database, new_user_id};

in_one_setup![
    a_request_is_permitted_or_denied_with_its_reason,
    the_context_changes_nothing,
    further_properties_change_nothing,
    members_that_are_unknown_are_ignored,
    the_same_request_has_the_same_answer_every_time,
    the_request_id_is_echoed_and_made_where_there_is_none,
    every_action_can_be_asked_for_and_each_answers_as_decisions_do,
    only_an_administrator_said_to_be_one_in_so_many_words_is_one,
    an_action_a_type_and_an_id_that_are_unknown_are_denied_and_no_error,
    who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them,
];

async fn a_request_is_permitted_or_denied_with_its_reason(database: Database) {
    let fixture = Fixture::on(&database).await;
    let answer = fixture.post(EVALUATION, fixture.permitted()).await;
    assert_eq!(answer, permit("everyone"));
    let answer = fixture.post(EVALUATION, fixture.denied()).await;
    assert_eq!(answer, deny("setting_off"));
}

async fn the_context_changes_nothing(database: Database) {
    let fixture = Fixture::on(&database).await;
    for context in [
        json!({}),
        json!({"time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}),
    ] {
        let mut request = fixture.permitted();
        request["context"] = context;
        assert_eq!(fixture.post(EVALUATION, request).await, permit("everyone"));
    }
}

async fn further_properties_change_nothing(database: Database) {
    let fixture = Fixture::on(&database).await;
    let mut request = fixture.permitted();
    request["subject"]["properties"] = json!({"department": "Sales", "role": "manager"});
    request["action"]["properties"] = json!({"method": "GET"});
    request["resource"]["properties"] = json!({"status": "active", "admin": true});
    assert_eq!(fixture.post(EVALUATION, request).await, permit("everyone"));
}

async fn members_that_are_unknown_are_ignored(database: Database) {
    let fixture = Fixture::on(&database).await;
    let mut request = fixture.denied();
    request["foo"] = json!("bar");
    request["futureField"] = json!({"nested": true});
    request["evaluations"] = json!("only of several");
    request["options"] = json!(1);
    for member in ["subject", "action", "resource"] {
        request[member]["foo"] = json!(["bar"]);
    }
    assert_eq!(fixture.post(EVALUATION, request).await, deny("setting_off"));
}

async fn the_same_request_has_the_same_answer_every_time(database: Database) {
    let fixture = Fixture::on(&database).await;
    for _ in 0..10 {
        let answer = fixture.post(EVALUATION, fixture.permitted()).await;
        assert_eq!(answer, permit("everyone"));
        let answer = fixture.post(EVALUATION, fixture.denied()).await;
        assert_eq!(answer, deny("setting_off"));
    }
}

async fn the_request_id_is_echoed_and_made_where_there_is_none(database: Database) {
    let fixture = Fixture::on(&database).await;
    for body in [fixture.permitted(), json!({})] {
        let post = || {
            let request = fixture.service.request(reqwest::Method::POST, EVALUATION);
            request.json(body.clone())
        };
        let id = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716";
        let answer = post().header("X-Request-ID", id).send().await;
        assert_eq!(answer.header("X-Request-ID"), id, "{answer}");
        let answer = post().send().await;
        assert!(!answer.header("X-Request-ID").is_empty(), "{answer}");
    }
}

async fn every_action_can_be_asked_for_and_each_answers_as_decisions_do(database: Database) {
    let fixture = Fixture::on(&database).await;
    for action in ACTIONS {
        let check = crate::support::asking::check(fixture.alice, fixture.closed, action);
        let decided = crate::support::asking::decide(&fixture.service, vec![check]).await;
        let mut request = fixture.request(action);
        request["resource"] = user(fixture.closed);
        let answer = fixture.post(EVALUATION, request).await;
        assert_eq!(answer, deny(&decided[0].1), "{action}");
    }
}

async fn only_an_administrator_said_to_be_one_in_so_many_words_is_one(database: Database) {
    let fixture = Fixture::on(&database).await;
    let mut request = fixture.request("add_to_group");
    request["resource"] = user(fixture.closed);
    request["subject"]["properties"] = json!({"admin": true});
    let answer = fixture.post(EVALUATION, request.clone()).await;
    assert_eq!(answer, permit("admin"));
    request["subject"]["properties"] = json!({"admin": false, "role": "admin"});
    let answer = fixture.post(EVALUATION, request.clone()).await;
    assert_eq!(answer, deny("nobody"));
    // Nor does it help where it stands elsewhere.
    request["subject"]["properties"] = json!({});
    request["subject"]["admin"] = json!(true);
    request["resource"]["properties"] = json!({"admin": true});
    request["context"] = json!({"admin": true});
    assert_eq!(fixture.post(EVALUATION, request).await, deny("nobody"));
}

async fn an_action_a_type_and_an_id_that_are_unknown_are_denied_and_no_error(database: Database) {
    let fixture = Fixture::on(&database).await;
    let unknown: [(&str, &str, Value, &str); 8] = [
        ("action", "name", json!("read"), "unknown_action"),
        ("action", "name", json!(""), "unknown_action"),
        ("subject", "type", json!("service"), "unknown_type"),
        ("resource", "type", json!("record"), "unknown_type"),
        ("resource", "type", json!("User"), "unknown_type"),
        ("subject", "id", json!("alice"), "unknown_id"),
        ("resource", "id", json!("record-1"), "unknown_id"),
        ("resource", "id", json!(""), "unknown_id"),
    ];
    for (object, member, value, reason) in unknown {
        let mut request = fixture.permitted();
        request[object][member] = value;
        let answer = fixture.post(EVALUATION, request).await;
        assert_eq!(answer, deny(reason));
    }
}

async fn who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them(database: Database) {
    let fixture = Fixture::on(&database).await;
    let [viewer, unseen] = [(); 2].map(|()| new_user_id());
    let request = json!({"subject": user(viewer), "action": {"name": "send_email"},
        "resource": user(unseen)});
    let answer = fixture.post(EVALUATION, request).await;
    assert_eq!(answer, permit("setting_on"));
    let mut session = Session::on(&database);
    for user in [viewer, unseen] {
        assert_eq!(session.rows_of("users", user), 0);
    }
}
