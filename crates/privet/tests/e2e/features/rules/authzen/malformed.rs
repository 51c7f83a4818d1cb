//! What is no request of the specification's: 400, as a problem, on each of the three paths.

use reqwest::Method;
use serde_json::{Value, json};

use super::{EVALUATION, EVALUATIONS, Fixture, SEARCH_ACTION};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::shapes::{JSON, error_message};
use crate::support::{Answer, Database};

in_one_setup![
    a_missing_member_is_refused,
    a_missing_member_of_a_member_is_refused,
    a_member_of_the_wrong_type_is_refused,
    an_administrator_neither_said_to_be_one_nor_to_be_none_is_refused,
    another_media_type_is_a_bad_request,
    what_is_no_json_and_an_empty_body_are_bad_requests,
    an_object_that_names_a_member_twice_is_a_bad_request,
    what_is_no_object_is_a_bad_request,
    a_body_that_is_too_large_is_refused,
];

const PATHS: [&str; 3] = [EVALUATION, EVALUATIONS, SEARCH_ACTION];

fn without(mut request: Value, object: Option<&str>, member: &str) -> Value {
    let object = match object {
        Some(name) => &mut request[name],
        None => &mut request,
    };
    object.as_object_mut().unwrap().remove(member).unwrap();
    request
}

/// Whether requests of this path have this member.
fn has(path: &str, member: &str) -> bool {
    path != SEARCH_ACTION || member != "action"
}

async fn a_missing_member_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for member in ["subject", "action", "resource"] {
            let request = without(fixture.permitted(), None, member);
            let answer = fixture.service.post(path, request).await;
            if has(path, member) {
                assert_eq!(wrong_members(&answer), [member]);
            } else {
                assert_eq!(answer.status, 200, "{answer}");
            }
        }
    }
}

async fn a_missing_member_of_a_member_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for (object, member) in [
            ("subject", "type"),
            ("subject", "id"),
            ("action", "name"),
            ("resource", "type"),
            ("resource", "id"),
        ] {
            let request = without(fixture.permitted(), Some(object), member);
            let answer = fixture.service.post(path, request).await;
            if has(path, object) {
                assert_eq!(wrong_members(&answer), [format!("{object}.{member}")]);
            }
        }
    }
}

async fn a_member_of_the_wrong_type_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for member in ["subject", "action", "resource", "context"] {
            for wrong in [json!("alice"), json!(123), json!([]), json!(true)] {
                let mut request = fixture.permitted();
                request[member] = wrong;
                let answer = fixture.service.post(path, request).await;
                if path != SEARCH_ACTION || !["action"].contains(&member) {
                    assert_eq!(wrong_members(&answer), [member], "{path}");
                }
            }
        }
        for (object, member) in [
            ("subject", "type"),
            ("subject", "id"),
            ("subject", "properties"),
            ("action", "name"),
            ("action", "properties"),
            ("resource", "type"),
            ("resource", "id"),
            ("resource", "properties"),
        ] {
            for wrong in [json!(123), json!(["user"]), json!(null), json!(false)] {
                let mut request = fixture.permitted();
                request[object][member] = wrong;
                let answer = fixture.service.post(path, request).await;
                if has(path, object) {
                    assert_eq!(wrong_members(&answer), [format!("{object}.{member}")]);
                }
            }
        }
    }
}

async fn an_administrator_neither_said_to_be_one_nor_to_be_none_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for wrong in [json!("true"), json!(1), json!(null)] {
            let mut request = fixture.permitted();
            request["subject"]["properties"] = json!({"admin": wrong});
            // Of a resource it means nothing.
            request["resource"]["properties"] = json!({"admin": wrong});
            let answer = fixture.service.post(path, request).await;
            assert_eq!(wrong_members(&answer), ["subject.properties.admin"]);
        }
    }
}

async fn send(fixture: &Fixture, path: &str, media_type: Option<&str>, body: &str) -> Answer {
    let mut request = fixture.service.request(Method::POST, path);
    if let Some(media_type) = media_type {
        request = request.header("Content-Type", media_type);
    }
    request.body(body).send().await
}

async fn another_media_type_is_a_bad_request(database: Database) {
    let fixture = Fixture::on(&database).await;
    let body = fixture.permitted().to_string();
    for path in PATHS {
        for media_type in [
            Some("text/plain"),
            Some("application/x-www-form-urlencoded"),
            Some("application/xml"),
            None,
        ] {
            let answer = send(&fixture, path, media_type, &body).await;
            let message = error_message(&answer, path, 400);
            assert_eq!(message, "The body must be sent as application/json.");
        }
        let answer = send(
            &fixture,
            path,
            Some("application/json; charset=utf-8"),
            &body,
        )
        .await;
        assert_eq!(answer.status, 200, "{answer}");
    }
}

async fn what_is_no_json_and_an_empty_body_are_bad_requests(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for body in ["", "   ", "{", "{\"subject\": }", "not json", "\u{feff}{}"] {
            let answer = send(&fixture, path, Some(JSON.1), body).await;
            let message = error_message(&answer, path, 400);
            assert!(message.starts_with("Malformed JSON: "), "{message}");
        }
        let answer = send(&fixture, path, None, "").await;
        error_message(&answer, path, 400);
    }
}

async fn an_object_that_names_a_member_twice_is_a_bad_request(database: Database) {
    let fixture = Fixture::on(&database).await;
    let body = fixture.permitted().to_string();
    let twice = body.replacen('{', r#"{"resource": {}, "#, 1);
    for path in PATHS {
        let answer = send(&fixture, path, Some(JSON.1), &twice).await;
        let message = error_message(&answer, path, 400);
        assert!(message.contains("given twice"), "{message}");
    }
}

async fn what_is_no_object_is_a_bad_request(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in PATHS {
        for body in ["[]", "null", "\"text\"", "1"] {
            let answer = send(&fixture, path, Some(JSON.1), body).await;
            let message = error_message(&answer, path, 400);
            assert_eq!(message, "The body must be an object.");
        }
    }
}

async fn a_body_that_is_too_large_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for (path, largest) in [
        (EVALUATION, 64 * 1024),
        (EVALUATIONS, 1024 * 1024),
        (SEARCH_ACTION, 64 * 1024),
    ] {
        let mut body = fixture.permitted().to_string();
        body.extend(std::iter::repeat_n(' ', largest - body.len()));
        let answer = send(&fixture, path, Some(JSON.1), &body).await;
        assert_eq!(answer.status, 200, "{path}: {answer}");
        body.push(' ');
        let answer = send(&fixture, path, Some(JSON.1), &body).await;
        assert_problem(&answer, 413, "PAYLOAD_TOO_LARGE");
    }
}
