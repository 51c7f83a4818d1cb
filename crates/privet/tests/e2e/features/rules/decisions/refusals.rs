//! Wrong questions: one refuses the whole call, and each is named by its index.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::asking::{DECISIONS, assert_problem, check, service, wrong_members};
use crate::support::shapes::{JSON, assert_error, error_message, form_message};
use crate::support::{Answer, Client, Database, Server, new_user_id};

in_one_setup![
    one_wrong_check_refuses_them_all_and_is_named_by_its_index,
    every_member_that_is_missing_or_wrong_is_named,
    several_wrong_checks_are_named_at_once,
    unknown_members_are_refused,
    a_list_that_is_none_is_refused,
    an_object_that_names_a_member_twice_is_malformed,
    what_is_no_json_is_malformed,
    what_is_no_object_is_refused,
    another_media_type_is_refused,
];

async fn post(service: &Client, body: impl Into<Value>) -> Answer {
    service.post(DECISIONS, body).await
}

/// Ten good checks, of which this stands in the place of the one with index 3.
fn with_fourth(fourth: Value) -> Value {
    let mut checks = vec![check(new_user_id(), new_user_id(), "view_profile"); 10];
    checks[3] = fourth;
    json!({"checks": checks})
}

async fn one_wrong_check_refuses_them_all_and_is_named_by_its_index(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (viewer, subject) = (new_user_id(), new_user_id());
    for (action, member) in [
        ("view_everything", "checks[3].action"),
        ("", "checks[3].action"),
        ("View_Profile", "checks[3].action"),
        ("view_profile ", "checks[3].action"),
    ] {
        let answer = post(&service, with_fourth(check(viewer, subject, action))).await;
        assert_eq!(wrong_members(&answer), [member], "{answer}");
        assert!(!answer.text.contains("decisions"), "{answer}");
        // What it takes is said.
        let message = answer.json()["errors"][0]["message"].to_string();
        assert!(message.contains("view_profile, view_online_status"));
    }
}

async fn every_member_that_is_missing_or_wrong_is_named(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let good = check(new_user_id(), new_user_id(), "view_profile");
    let wrong_id = [
        json!(null),
        json!(1),
        json!(""),
        json!("ann"),
        json!(new_user_id().simple().to_string()),
        json!(new_user_id().braced().to_string()),
        json!(format!(" {}", new_user_id())),
        json!([new_user_id()]),
        json!({"id": new_user_id()}),
    ];
    let ids = ["viewer", "subject"]
        .into_iter()
        .flat_map(|member| wrong_id.iter().map(move |value| (member, value.clone())));
    let others = [
        ("action", json!(null)),
        ("action", json!(["view_profile"])),
        ("action", json!(0)),
        ("viewer_is_admin", json!(null)),
        ("viewer_is_admin", json!("true")),
        ("viewer_is_admin", json!(1)),
    ];
    for (member, value) in ids.chain(others) {
        let mut wrong = good.clone();
        wrong[member] = value;
        let answer = post(&service, with_fourth(wrong)).await;
        assert_eq!(wrong_members(&answer), [format!("checks[3].{member}")]);
    }
    for member in ["viewer", "subject", "action"] {
        let mut lacking = good.clone();
        lacking.as_object_mut().unwrap().remove(member);
        let answer = post(&service, with_fourth(lacking)).await;
        assert_eq!(wrong_members(&answer), [format!("checks[3].{member}")]);
    }
    for none in [json!(null), json!("view_profile"), json!([]), json!(3)] {
        let answer = post(&service, with_fourth(none)).await;
        assert_eq!(wrong_members(&answer), ["checks[3]"]);
    }
}

async fn several_wrong_checks_are_named_at_once(database: Database) {
    let server = Server::start(&database).await;
    let good = check(new_user_id(), new_user_id(), "view_profile");
    let checks = json!({"checks": [
        good, {"viewer": "ann", "subject": "bob", "action": "view_profile"}, good, {},
    ]});
    let answer = post(&service(&server), checks).await;
    let mut wrong = wrong_members(&answer);
    wrong.sort();
    let expected = [
        "checks[1].subject",
        "checks[1].viewer",
        "checks[3].action",
        "checks[3].subject",
        "checks[3].viewer",
    ];
    assert_eq!(wrong, expected);
}

async fn unknown_members_are_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let mut checks = with_fourth(check(new_user_id(), new_user_id(), "view_profile"));
    checks["context"] = json!({});
    assert_eq!(wrong_members(&post(&service, checks).await), ["context"]);
    let mut surplus = check(new_user_id(), new_user_id(), "view_profile");
    surplus["is_admin"] = json!(true);
    let answer = post(&service, with_fourth(surplus)).await;
    assert_eq!(wrong_members(&answer), ["checks[3].is_admin"]);
}

async fn a_list_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let one = check(new_user_id(), new_user_id(), "view_profile");
    for none in [
        json!(null),
        json!("checks"),
        json!({}),
        json!({"0": one}),
        one,
    ] {
        let answer = post(&service, json!({"checks": none})).await;
        assert_eq!(wrong_members(&answer), ["checks"]);
    }
    assert_eq!(wrong_members(&post(&service, json!({})).await), ["checks"]);
}

async fn send(service: &Client, body: &str) -> Answer {
    let request = service.request(Method::POST, DECISIONS);
    request.header(JSON.0, JSON.1).body(body).send().await
}

async fn an_object_that_names_a_member_twice_is_malformed(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let one = check(new_user_id(), new_user_id(), "view_profile").to_string();
    let twice = one.replacen('{', r#"{"action": "send_email", "#, 1);
    for body in [
        format!(r#"{{"checks": [{one}], "checks": [{one}]}}"#),
        format!(r#"{{"checks": [{one}, {twice}]}}"#),
    ] {
        let answer = send(&service, &body).await;
        let message = error_message(&answer, DECISIONS, 400);
        assert!(message.contains("given twice"), "{message}");
    }
}

async fn what_is_no_json_is_malformed(database: Database) {
    let server = Server::start(&database).await;
    for body in ["", " ", "{", "{\"checks\": [}", "checks=1"] {
        let answer = send(&service(&server), body).await;
        let message = error_message(&answer, DECISIONS, 400);
        assert!(message.starts_with("Malformed JSON: "), "{message}");
    }
}

async fn what_is_no_object_is_refused(database: Database) {
    let server = Server::start(&database).await;
    for body in ["[]", "null", "\"checks\"", "1"] {
        let answer = send(&service(&server), body).await;
        let message = form_message(&answer, DECISIONS);
        assert_eq!(message, "The body must be an object.");
    }
}

async fn another_media_type_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let request = service(&server).request(Method::POST, DECISIONS);
    let request = request.header("Content-Type", "text/plain");
    let answer = request.body("{}").send().await;
    assert_problem(&answer, 415, "UNSUPPORTED_MEDIA_TYPE");
    let message = "The body must be sent as application/json.";
    assert_error(&answer, DECISIONS, 415, message);
}
