//! Access evaluations: many requests, which may share what stands at the top.

use serde_json::{Value, json};

use super::{EVALUATIONS, Fixture, deny, permit, user};
use crate::support::asking::wrong_members;
use crate::support::{Database, new_user_id};

in_one_setup![
    what_stands_at_the_top_is_for_every_entry_that_has_none_of_its_own,
    entries_may_stand_for_themselves,
    a_context_at_the_top_may_be_replaced,
    an_entry_replaces_what_stands_at_the_top_as_a_whole,
    each_entrys_administrator_is_its_own,
    order_length_and_repeats_are_kept,
    an_entry_that_lacks_something_is_denied_with_the_error_and_the_others_are_answered,
    entries_that_are_unknown_are_denied_each_with_its_reason,
    without_entries_it_answers_as_the_single_call,
    what_is_wrong_at_the_top_is_wrong_for_all,
    a_thousand_entries_are_taken_and_one_more_is_not,
];

/// The answers to several requests, and nothing else.
async fn evaluate(fixture: &Fixture, request: Value) -> Vec<Value> {
    let answer = fixture.post(EVALUATIONS, request).await;
    let evaluations = answer["evaluations"].as_array().unwrap().clone();
    assert_eq!(answer, json!({"evaluations": evaluations}));
    evaluations
}

async fn what_stands_at_the_top_is_for_every_entry_that_has_none_of_its_own(database: Database) {
    let fixture = Fixture::on(&database).await;
    let by_resource = json!({"subject": user(fixture.alice), "action": {"name": "view_profile"},
        "evaluations": [{"resource": user(fixture.bob)}, {"resource": user(fixture.closed)}]});
    let evaluations = evaluate(&fixture, by_resource).await;
    assert_eq!(evaluations, [permit("everyone"), deny("nobody")]);
    let by_action = json!({"subject": user(fixture.alice), "resource": user(fixture.bob),
        "evaluations": [{"action": {"name": "view_profile"}}, {"action": {"name": "view_last_seen"}}]});
    let evaluations = evaluate(&fixture, by_action).await;
    assert_eq!(evaluations, [permit("everyone"), deny("setting_off")]);
    let by_subject = json!({"action": {"name": "view_profile"}, "resource": user(fixture.closed),
        "evaluations": [{"subject": user(fixture.alice)}, {"subject": user(fixture.closed)}, {
            "subject": user(fixture.bob), "action": {"name": "view_content"}}]});
    let evaluations = evaluate(&fixture, by_subject).await;
    let expected = [deny("nobody"), permit("self"), deny("private_account")];
    assert_eq!(evaluations, expected);
}

async fn entries_may_stand_for_themselves(database: Database) {
    let fixture = Fixture::on(&database).await;
    let request = json!({"evaluations": [fixture.permitted(), fixture.denied()]});
    let evaluations = evaluate(&fixture, request).await;
    assert_eq!(evaluations, [permit("everyone"), deny("setting_off")]);
}

async fn a_context_at_the_top_may_be_replaced(database: Database) {
    let fixture = Fixture::on(&database).await;
    let request = json!({"subject": user(fixture.alice), "action": {"name": "view_profile"},
        "context": {"time": "2025-06-27T18:03-07:00"},
        "evaluations": [{"resource": user(fixture.bob)}, {"resource": user(fixture.closed),
            "context": {"time": "2025-06-27T19:00-07:00", "source": "batch-override"}}]});
    let evaluations = evaluate(&fixture, request).await;
    assert_eq!(evaluations, [permit("everyone"), deny("nobody")]);
}

async fn an_entry_replaces_what_stands_at_the_top_as_a_whole(database: Database) {
    let fixture = Fixture::on(&database).await;
    let mut admin = user(fixture.alice);
    admin["properties"] = json!({"admin": true});
    let request = json!({"subject": admin, "action": {"name": "add_to_group"},
        "resource": user(fixture.closed),
        "evaluations": [{}, {"subject": user(fixture.alice)}, {"resource": {"id": fixture.bob}}]});
    let evaluations = evaluate(&fixture, request).await;
    assert_eq!(evaluations[0], permit("admin"));
    assert_eq!(evaluations[1], deny("nobody"), "the properties went, too");
    assert_eq!(evaluations[2]["decision"], false, "and so did the type");
    let error = evaluations[2]["context"]["error"].to_string();
    assert!(error.contains("resource.type"), "{error}");
}

async fn each_entrys_administrator_is_its_own(database: Database) {
    let fixture = Fixture::on(&database).await;
    let entry = |admin: bool| {
        let mut subject = user(fixture.alice);
        subject["properties"] = json!({"admin": admin});
        json!({"subject": subject})
    };
    let request = json!({"action": {"name": "add_to_group"}, "resource": user(fixture.closed),
        "evaluations": [entry(false), entry(true), entry(false)]});
    let evaluations = evaluate(&fixture, request).await;
    assert_eq!(
        evaluations,
        [deny("nobody"), permit("admin"), deny("nobody")]
    );
}

async fn order_length_and_repeats_are_kept(database: Database) {
    let fixture = Fixture::on(&database).await;
    let entries = (0..100).map(|number| match number % 3 {
        0 => fixture.denied(),
        1 => fixture.permitted(),
        _ => fixture.request("fly"),
    });
    let request = json!({"evaluations": entries.collect::<Vec<_>>()});
    let evaluations = evaluate(&fixture, request).await;
    assert_eq!(evaluations.len(), 100);
    for (number, evaluation) in evaluations.into_iter().enumerate() {
        let expected = match number % 3 {
            0 => deny("setting_off"),
            1 => permit("everyone"),
            _ => deny("unknown_action"),
        };
        assert_eq!(evaluation, expected, "{number}");
    }
}

async fn an_entry_that_lacks_something_is_denied_with_the_error_and_the_others_are_answered(
    database: Database,
) {
    let fixture = Fixture::on(&database).await;
    let good = json!({"resource": user(fixture.bob)});
    for (faulty, named) in [
        (json!({}), "resource"),
        (json!({"resource": {"type": "user"}}), "resource.id"),
        (json!({"resource": "bob"}), "resource"),
        (json!({"resource": null}), "resource"),
        (
            json!({"resource": user(fixture.bob), "action": {}}),
            "action.name",
        ),
        (
            json!({"resource": user(fixture.bob), "subject": {"id": 1, "type": "user"}}),
            "subject.id",
        ),
        (
            json!({"resource": user(fixture.bob), "context": 1}),
            "context",
        ),
        (json!("entry"), "entry"),
        (json!(null), "entry"),
    ] {
        let request = json!({"subject": user(fixture.alice), "action": {"name": "view_profile"},
            "evaluations": [good, faulty, good]});
        let evaluations = evaluate(&fixture, request).await;
        assert_eq!(evaluations.len(), 3);
        assert_eq!(evaluations[0], permit("everyone"));
        assert_eq!(evaluations[2], permit("everyone"));
        let error = &evaluations[1]["context"]["error"];
        let message = error["message"].as_str().unwrap();
        assert!(message.starts_with(&format!("{named}: ")), "{message}");
        assert_eq!(error["status"], 400);
        assert_eq!(
            evaluations[1],
            json!({"decision": false, "context": {"error": error}})
        );
    }
}

async fn entries_that_are_unknown_are_denied_each_with_its_reason(database: Database) {
    let fixture = Fixture::on(&database).await;
    let request = json!({"subject": user(fixture.alice), "action": {"name": "view_profile"},
        "resource": user(fixture.bob), "evaluations": [
            {"action": {"name": "read"}},
            {},
            {"resource": {"type": "record", "id": "record-1"}},
            {"subject": {"type": "user", "id": "alice"}},
            {"action": {"name": "view_last_seen"}}]});
    let evaluations = evaluate(&fixture, request).await;
    let expected = [
        deny("unknown_action"),
        permit("everyone"),
        deny("unknown_type"),
        deny("unknown_id"),
        deny("setting_off"),
    ];
    assert_eq!(evaluations, expected);
}

async fn without_entries_it_answers_as_the_single_call(database: Database) {
    let fixture = Fixture::on(&database).await;
    for (request, expected) in [
        (fixture.permitted(), permit("everyone")),
        (fixture.denied(), deny("setting_off")),
    ] {
        let answer = fixture.post(EVALUATIONS, request.clone()).await;
        assert_eq!(answer, expected);
        let mut empty = request;
        empty["evaluations"] = json!([]);
        assert_eq!(fixture.post(EVALUATIONS, empty.clone()).await, expected);
        // And lacks what the single call lacks.
        empty.as_object_mut().unwrap().remove("resource");
        let answer = fixture.service.post(EVALUATIONS, empty).await;
        assert_eq!(wrong_members(&answer), ["resource"]);
    }
}

async fn what_is_wrong_at_the_top_is_wrong_for_all(database: Database) {
    let fixture = Fixture::on(&database).await;
    for member in ["subject", "action", "resource", "context", "options"] {
        for wrong in [json!("alice"), json!(1), json!([])] {
            let mut request = json!({"evaluations": [fixture.permitted()]});
            request[member] = wrong;
            let answer = fixture.service.post(EVALUATIONS, request).await;
            assert_eq!(wrong_members(&answer), [member]);
        }
    }
    for wrong in [json!({}), json!("none"), json!(1), json!(null)] {
        let mut request = fixture.permitted();
        request["evaluations"] = wrong;
        let answer = fixture.service.post(EVALUATIONS, request).await;
        assert_eq!(wrong_members(&answer), ["evaluations"]);
    }
}

async fn a_thousand_entries_are_taken_and_one_more_is_not(database: Database) {
    let fixture = Fixture::on(&database).await;
    let request = |count: usize| {
        let entries = (0..count).map(|_| json!({"resource": user(new_user_id())}));
        json!({"subject": user(fixture.alice), "action": {"name": "view_profile"},
            "evaluations": entries.collect::<Vec<_>>()})
    };
    let evaluations = evaluate(&fixture, request(1_000)).await;
    assert_eq!(evaluations, vec![permit("everyone"); 1_000]);
    let answer = fixture.service.post(EVALUATIONS, request(1_001)).await;
    assert_eq!(wrong_members(&answer), ["evaluations"]);
}
