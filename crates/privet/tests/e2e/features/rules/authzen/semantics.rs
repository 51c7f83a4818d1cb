//! The three ways to go through a batch: all of it, or up to the entry that decides.

use serde_json::{Value, json};

use super::{EVALUATIONS, Fixture, deny, permit};
use crate::support::Database;
use crate::support::asking::wrong_members;

in_one_setup![
    by_default_and_with_execute_all_every_entry_is_answered,
    deny_on_first_deny_ends_at_the_first_deny,
    permit_on_first_permit_ends_at_the_first_permit,
    where_no_entry_decides_all_are_answered,
    an_entry_that_lacks_something_counts_as_denied,
    a_semantic_that_is_none_is_refused,
];

/// The answers to entries, each permitted or denied, with these options.
async fn evaluate(fixture: &Fixture, options: Value, permitted: &[bool]) -> Value {
    let entry = |permitted: &bool| match permitted {
        true => fixture.permitted(),
        false => fixture.denied(),
    };
    let entries: Vec<_> = permitted.iter().map(entry).collect();
    let mut request = json!({"evaluations": entries});
    if !options.is_null() {
        request["options"] = options;
    }
    fixture.post(EVALUATIONS, request).await["evaluations"].take()
}

fn semantic(name: &str) -> Value {
    json!({"evaluations_semantic": name})
}

fn answers(permitted: &[bool]) -> Value {
    let answer = |permitted: &bool| match permitted {
        true => permit("everyone"),
        false => deny("setting_off"),
    };
    permitted.iter().map(answer).collect()
}

async fn by_default_and_with_execute_all_every_entry_is_answered(database: Database) {
    let fixture = Fixture::on(&database).await;
    let entries = [true, false, true, false, false];
    for options in [
        json!(null),
        json!({}),
        json!({"other": 1}),
        semantic("execute_all"),
    ] {
        let evaluations = evaluate(&fixture, options, &entries).await;
        assert_eq!(evaluations, answers(&entries));
    }
}

async fn deny_on_first_deny_ends_at_the_first_deny(database: Database) {
    let fixture = Fixture::on(&database).await;
    let options = semantic("deny_on_first_deny");
    let evaluations = evaluate(&fixture, options.clone(), &[true, true, false, true, false]).await;
    assert_eq!(evaluations, answers(&[true, true, false]));
    let evaluations = evaluate(&fixture, options, &[false, true]).await;
    assert_eq!(evaluations, answers(&[false]));
}

async fn permit_on_first_permit_ends_at_the_first_permit(database: Database) {
    let fixture = Fixture::on(&database).await;
    let options = semantic("permit_on_first_permit");
    let evaluations = evaluate(&fixture, options.clone(), &[false, false, true, false]).await;
    assert_eq!(evaluations, answers(&[false, false, true]));
    let evaluations = evaluate(&fixture, options, &[true, true]).await;
    assert_eq!(evaluations, answers(&[true]));
}

async fn where_no_entry_decides_all_are_answered(database: Database) {
    let fixture = Fixture::on(&database).await;
    for (name, permitted) in [
        ("deny_on_first_deny", true),
        ("permit_on_first_permit", false),
    ] {
        let entries = [permitted; 4];
        let evaluations = evaluate(&fixture, semantic(name), &entries).await;
        assert_eq!(evaluations, answers(&entries));
    }
}

async fn an_entry_that_lacks_something_counts_as_denied(database: Database) {
    let fixture = Fixture::on(&database).await;
    for (name, length) in [("deny_on_first_deny", 2), ("permit_on_first_permit", 1)] {
        let entries = [fixture.permitted(), json!({}), fixture.permitted()];
        let request = json!({"options": semantic(name), "evaluations": entries});
        let answer = fixture.post(EVALUATIONS, request).await;
        let evaluations = answer["evaluations"].as_array().unwrap();
        assert_eq!(evaluations.len(), length, "{name}");
    }
    let entries = [json!({}), fixture.permitted(), fixture.denied()];
    let request = json!({"options": semantic("permit_on_first_permit"), "evaluations": entries});
    let answer = fixture.post(EVALUATIONS, request).await;
    assert_eq!(answer["evaluations"].as_array().unwrap().len(), 2);
}

async fn a_semantic_that_is_none_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    for wrong in [
        json!("execute_some"),
        json!(""),
        json!("Execute_All"),
        json!(null),
        json!(1),
        json!(["execute_all"]),
    ] {
        let options = json!({"evaluations_semantic": wrong});
        let request = json!({"options": options, "evaluations": [fixture.permitted()]});
        let answer = fixture.service.post(EVALUATIONS, request).await;
        assert_eq!(wrong_members(&answer), ["options.evaluations_semantic"]);
    }
}
