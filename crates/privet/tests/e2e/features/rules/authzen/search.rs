//! Action search: what somebody may do to somebody. The other searches are not offered.

use serde_json::{Value, json};

use super::{Fixture, SEARCH_ACTION, user};
use crate::support::Database;
use crate::support::asking::{ACTIONS, assert_problem, wrong_members};

in_one_setup![
    every_action_that_is_allowed_is_found_and_no_other,
    context_page_action_and_unknown_members_change_nothing,
    an_administrator_may_add_to_groups,
    what_is_unknown_may_do_nothing_and_that_is_no_error,
    subject_and_resource_search_are_not_offered,
    a_page_of_another_form_is_refused,
];

fn search(subject: &Value, resource: &Value) -> Value {
    json!({"subject": subject, "resource": resource})
}

async fn found(fixture: &Fixture, request: Value) -> Vec<String> {
    let answer = fixture.post(SEARCH_ACTION, request).await;
    let results = answer["results"].as_array().unwrap();
    assert_eq!(
        answer,
        json!({"results": results}),
        "all at once, without pages"
    );
    let name = |result: &Value| {
        assert_eq!(*result, json!({"name": result["name"]}));
        result["name"].as_str().unwrap().to_owned()
    };
    results.iter().map(name).collect()
}

async fn every_action_that_is_allowed_is_found_and_no_other(database: Database) {
    let fixture = Fixture::on(&database).await;
    let [alice, bob, closed] = [fixture.alice, fixture.bob, fixture.closed].map(user);
    let names = found(&fixture, search(&alice, &bob)).await;
    let expected = ACTIONS.into_iter().filter(|name| *name != "view_last_seen");
    assert_eq!(names, expected.collect::<Vec<_>>());
    let names = found(&fixture, search(&alice, &closed)).await;
    assert_eq!(names, [""; 0]);
    let names = found(&fixture, search(&closed, &closed)).await;
    assert_eq!(names, ACTIONS);
}

async fn context_page_action_and_unknown_members_change_nothing(database: Database) {
    let fixture = Fixture::on(&database).await;
    let [alice, bob] = [fixture.alice, fixture.bob].map(user);
    let plain = search(&alice, &bob);
    let expected = found(&fixture, plain.clone()).await;
    for (member, value) in [
        ("context", json!({"time": "2025-06-27T18:03-07:00"})),
        ("page", json!({"limit": 1})),
        ("page", json!({"token": "", "limit": 2})),
        ("action", json!({"name": "view_last_seen"})),
        ("futureField", json!([1])),
    ] {
        let mut request = plain.clone();
        request[member] = value;
        assert_eq!(found(&fixture, request).await, expected, "{member}");
    }
}

async fn an_administrator_may_add_to_groups(database: Database) {
    let fixture = Fixture::on(&database).await;
    let mut admin = user(fixture.alice);
    admin["properties"] = json!({"admin": true});
    let request = search(&admin, &user(fixture.closed));
    assert_eq!(found(&fixture, request).await, ["add_to_group"]);
}

async fn what_is_unknown_may_do_nothing_and_that_is_no_error(database: Database) {
    let fixture = Fixture::on(&database).await;
    let [alice, bob] = [fixture.alice, fixture.bob].map(user);
    for (subject, resource) in [
        (
            json!({"type": "user", "id": "nonexistent-user"}),
            bob.clone(),
        ),
        (alice.clone(), json!({"type": "user", "id": "record-1"})),
        (json!({"type": "spaceship", "id": fixture.alice}), bob),
        (alice, json!({"type": "record", "id": fixture.bob})),
    ] {
        let names = found(&fixture, search(&subject, &resource)).await;
        assert_eq!(names, [""; 0]);
    }
}

async fn subject_and_resource_search_are_not_offered(database: Database) {
    let fixture = Fixture::on(&database).await;
    for path in ["/access/v1/search/subject", "/access/v1/search/resource"] {
        let answer = fixture.service.post(path, fixture.permitted()).await;
        assert_problem(&answer, 404, "NOT_FOUND");
    }
}

async fn a_page_of_another_form_is_refused(database: Database) {
    let fixture = Fixture::on(&database).await;
    let [alice, bob] = [fixture.alice, fixture.bob].map(user);
    for (page, member) in [
        (json!("x"), "page"),
        (json!(null), "page"),
        (json!({"token": 1}), "page.token"),
        (json!({"limit": "10"}), "page.limit"),
        (json!({"limit": -1}), "page.limit"),
        (json!({"limit": 1.5}), "page.limit"),
        (json!({"limit": 9_007_199_254_740_992_u64}), "page.limit"),
        (json!({"properties": []}), "page.properties"),
    ] {
        let mut request = search(&alice, &bob);
        request["page"] = page;
        let answer = fixture.service.post(SEARCH_ACTION, request).await;
        assert_eq!(wrong_members(&answer), [member]);
    }
}
