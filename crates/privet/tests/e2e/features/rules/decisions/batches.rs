//! Many questions in one call: order, limits, and who may be asked about.

use serde_json::{Value, json};

use crate::support::acting::{block, set};
use crate::support::asking::{
    DECISIONS, assert_problem, check, decide, no, service, wrong_members, yes,
};
use crate::support::shapes::JSON;
use crate::support::sql::Session;
use crate::support::{Answer, Client, Database, Server, new_user_id};

use reqwest::Method;

in_one_setup![
    answers_come_in_the_order_of_the_checks_and_repeats_are_kept,
    one_check_and_a_thousand_are_answered,
    no_check_and_a_thousand_and_one_are_refused,
    a_body_of_900_kibibytes_is_taken,
    a_body_of_more_than_a_mebibyte_is_refused,
    an_id_in_upper_case_means_the_same_user,
    who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them,
    nobody_is_to_keep_an_answer,
    the_path_with_a_slash_answers_the_same,
];

async fn send(service: &Client, body: impl Into<Vec<u8>>) -> Answer {
    let request = service.request(Method::POST, DECISIONS);
    request.header(JSON.0, JSON.1).body(body).send().await
}

async fn answers_come_in_the_order_of_the_checks_and_repeats_are_kept(database: Database) {
    let server = Server::start(&database).await;
    let [ann, bob, cid, unseen] = [(); 4].map(|()| server.new_user());
    set(&ann, "who_can_see_profile", "nobody").await;
    set(&bob, "show_typing_indicator", false).await;
    block(&cid, &ann).await;
    let [ann, bob, cid, unseen] = [ann, bob, cid, unseen].map(|user| user.id());
    let rounds = [
        (check(cid, ann, "view_profile"), no("nobody")),
        (check(ann, cid, "view_profile"), no("blocked")),
        (check(ann, bob, "view_typing"), no("setting_off")),
        (check(ann, bob, "view_profile"), yes("everyone")),
        (check(cid, ann, "view_profile"), no("nobody")),
        (check(bob, bob, "view_typing"), yes("self")),
        (check(bob, unseen, "view_content"), yes("public_account")),
        (check(unseen, ann, "view_profile"), no("nobody")),
    ];
    let (checks, expected): (Vec<Value>, Vec<_>) = rounds.into_iter().unzip();
    let backwards = checks.iter().rev().cloned();
    let checks: Vec<_> = checks.iter().cloned().chain(backwards).collect();
    let backwards = expected.iter().rev().cloned();
    let expected: Vec<_> = expected.iter().cloned().chain(backwards).collect();
    assert_eq!(decide(&service(&server), checks).await, expected);
}

async fn one_check_and_a_thousand_are_answered(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let (ann, viewer) = (server.new_user(), new_user_id());
    set(&ann, "show_read_receipts", false).await;
    let one = check(viewer, ann.id(), "view_read_receipts");
    assert_eq!(
        decide(&service, vec![one.clone()]).await,
        [no("setting_off")]
    );
    // All of them about different users, but for every tenth.
    let checks = (0..1_000).map(|number| match number % 10 {
        7 => one.clone(),
        _ => check(viewer, new_user_id(), "view_read_receipts"),
    });
    let decisions = decide(&service, checks.collect()).await;
    for (number, decision) in decisions.into_iter().enumerate() {
        let expected = if number % 10 == 7 {
            no("setting_off")
        } else {
            yes("setting_on")
        };
        assert_eq!(decision, expected, "{number}");
    }
}

async fn no_check_and_a_thousand_and_one_are_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let check = check(new_user_id(), new_user_id(), "view_profile");
    for count in [0, 1_001, 3_000] {
        let checks = vec![check.clone(); count];
        let answer = service.post(DECISIONS, json!({"checks": checks})).await;
        assert_eq!(wrong_members(&answer), ["checks"], "{count}");
    }
}

/// A thousand checks, and so many spaces that the body has this length.
fn padded(length: usize) -> Vec<u8> {
    let checks = vec![check(new_user_id(), new_user_id(), "view_profile"); 1_000];
    let mut body = json!({"checks": checks}).to_string().into_bytes();
    assert!(body.len() > 64 * 1024, "more than users may send");
    body.resize(length, b' ');
    body
}

async fn a_body_of_900_kibibytes_is_taken(database: Database) {
    let server = Server::start(&database).await;
    for length in [900 * 1024, 1024 * 1024] {
        let answer = send(&service(&server), padded(length)).await;
        assert_eq!(answer.status, 200, "{length}: {answer}");
        let decisions = answer.json()["decisions"].as_array().unwrap().len();
        assert_eq!(decisions, 1_000);
    }
}

async fn a_body_of_more_than_a_mebibyte_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let answer = send(&service(&server), padded(1024 * 1024 + 1)).await;
    assert_problem(&answer, 413, "PAYLOAD_TOO_LARGE");
}

async fn an_id_in_upper_case_means_the_same_user(database: Database) {
    let server = Server::start(&database).await;
    let (ann, bob) = (server.new_user(), server.new_user());
    block(&ann, &bob).await;
    let upper = |user: &Client| user.id().to_string().to_uppercase();
    let checks = [
        json!({"viewer": upper(&bob), "subject": upper(&ann), "action": "view_profile"}),
        json!({"viewer": upper(&ann), "subject": ann.id(), "action": "view_profile"}),
    ];
    let decisions = decide(&service(&server), checks.into()).await;
    assert_eq!(decisions, [no("blocked"), yes("self")]);
}

async fn who_was_never_seen_has_the_defaults_and_nothing_is_stored_for_them(database: Database) {
    let server = Server::start(&database).await;
    let (viewer, subject) = (new_user_id(), new_user_id());
    let checks = ["view_profile", "view_typing", "view_content"];
    let checks = checks.map(|action| check(viewer, subject, action));
    let decisions = decide(&service(&server), checks.into()).await;
    let reasons = ["everyone", "setting_on", "public_account"];
    assert_eq!(decisions, reasons.map(yes));
    let mut session = Session::on(&database);
    for user in [viewer, subject] {
        for table in ["users", "erased_users", "audit_log"] {
            assert_eq!(session.rows_of(table, user), 0, "{table}");
        }
    }
}

async fn nobody_is_to_keep_an_answer(database: Database) {
    let server = Server::start(&database).await;
    let checks = [check(new_user_id(), new_user_id(), "view_profile")];
    let answer = service(&server)
        .post(DECISIONS, json!({"checks": checks}))
        .await;
    assert_eq!(answer.header("Cache-Control"), "no-store", "{answer}");
    assert_eq!(answer.header("Content-Type"), "application/json");
    assert!(!answer.has_header("ETag"), "{answer}");
}

async fn the_path_with_a_slash_answers_the_same(database: Database) {
    let server = Server::start(&database).await;
    let checks = [check(new_user_id(), new_user_id(), "view_profile")];
    let body = json!({"checks": checks});
    let path = format!("{DECISIONS}/");
    let answer = service(&server).post(&path, body.clone()).await;
    assert_eq!(answer.status, 200, "{answer}");
    let canonical = service(&server).post(DECISIONS, body).await;
    assert_eq!(answer.json(), canonical.json());
}
