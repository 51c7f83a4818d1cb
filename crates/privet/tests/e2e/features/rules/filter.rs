//! Filters: of many subjects or viewers those for whom a decision allows the action.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::acting::{add_contact, become_mutual_contacts, block, erase, except, set};
use crate::support::asking::{assert_problem, check, decide, service, wrong_members};
use crate::support::shapes::JSON;
use crate::support::{Client, Database, Server, new_user_id};

// A filter reads the database as decisions do, which are asked in every set-up.
on_both_stores![
    a_filter_keeps_those_for_whom_a_decision_allows_it,
    a_filter_says_of_everybody_what_decisions_say,
    ten_thousand_users_are_filtered_in_one_snapshot,
];

// What a request may be is the same in every set-up.
in_one_setup![
    ids_in_upper_case_are_answered_in_lower_case,
    what_is_no_filter_is_refused,
    one_bad_id_refuses_the_whole_filter,
];

const FILTER: &str = "/api/v1/privacy/filter";

async fn filtered(service: &Client, body: Value) -> Value {
    let answer = service.post(FILTER, body).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Cache-Control"), "no-store");
    answer.json()
}

async fn a_filter_keeps_those_for_whom_a_decision_allows_it(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let service = service(&server);
    set(&alice, "who_can_add_to_groups", "contacts").await;
    become_mutual_contacts(&alice, &bob).await;
    add_contact(&alice, &carol).await;
    let unseen = new_user_id();
    let users = json!([carol.id(), bob.id(), alice.id(), unseen, bob.id()]);
    let viewers = json!({"action": "add_to_group", "subject": alice.id(), "viewers": users});
    let expected = json!({"allowed": [bob.id(), alice.id(), bob.id()]});
    assert_eq!(filtered(&service, viewers.clone()).await, expected);
    let mut as_admins = viewers;
    as_admins["viewer_is_admin"] = json!(true);
    assert_eq!(
        filtered(&service, as_admins).await,
        json!({"allowed": users})
    );
    let subjects = json!({"action": "add_to_group", "viewer": carol.id(), "subjects": users});
    let expected = json!({"allowed": [carol.id(), bob.id(), unseen, bob.id()]});
    assert_eq!(filtered(&service, subjects).await, expected);
}

async fn a_filter_says_of_everybody_what_decisions_say(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let [
        alice,
        open,
        closed,
        never,
        always,
        blocked,
        blocking,
        erased,
    ] = [(); 8].map(|()| server.new_user());
    set(&closed, "who_can_see_profile", "nobody").await;
    set(&always, "who_can_see_profile", "nobody").await;
    for (one, other) in [(&alice, &never), (&never, &alice)] {
        except(one, other, json!({"view_profile": "never"})).await;
    }
    except(&always, &alice, json!({"view_profile": "always"})).await;
    block(&alice, &blocked).await;
    block(&blocking, &alice).await;
    erase(&erased).await;
    let others = [
        &open, &closed, &never, &always, &blocked, &blocking, &erased, &alice,
    ];
    let others = others.map(Client::id);
    for (one, many) in [("viewer", "subjects"), ("subject", "viewers")] {
        let body = json!({"action": "view_profile", one: alice.id(), many: others});
        let found = filtered(&service, body).await;
        let checks = others.map(|other| match one {
            "viewer" => check(alice.id(), other, "view_profile"),
            _ => check(other, alice.id(), "view_profile"),
        });
        let decisions = decide(&service, checks.into()).await;
        let allowed = others.iter().zip(&decisions).filter(|(_, (it, _))| *it);
        let allowed: Vec<_> = allowed.map(|(other, _)| other).collect();
        assert_eq!(found, json!({"allowed": allowed}), "{decisions:?}");
        assert!(allowed.len() > 2 && allowed.len() < others.len() - 1);
    }
    // Nothing of the erased, whoever asks.
    let body = json!({"action": "view_profile", "viewer": erased.id(), "subjects": others});
    let of_erased = json!({"allowed": [erased.id()]});
    assert_eq!(filtered(&service, body).await, of_erased);
}

async fn ten_thousand_users_are_filtered_in_one_snapshot(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let alice = server.new_user();
    let strangers: Vec<Uuid> = (0..10_000).map(|_| new_user_id()).collect();
    let done = Arc::new(AtomicBool::new(false));
    let changing = tokio::spawn({
        let (alice, done) = (alice.clone(), Arc::clone(&done));
        async move {
            for audience in ["nobody", "everyone"].into_iter().cycle() {
                set(&alice, "who_can_see_profile", audience).await;
                if done.load(Ordering::SeqCst) {
                    return;
                }
            }
        }
    });
    let viewers = json!({"action": "view_profile", "subject": alice.id(), "viewers": strangers});
    let (mut all, mut nobody) = (0, 0);
    while all == 0 || nobody == 0 {
        let answer = filtered(&service, viewers.clone()).await;
        match answer["allowed"].as_array().unwrap().len() {
            0 => nobody += 1,
            10_000 => {
                assert_eq!(answer, json!({"allowed": strangers}), "in their order");
                all += 1;
            }
            some => panic!("{some} of 10,000: not one snapshot"),
        }
    }
    done.store(true, Ordering::SeqCst);
    changing.await.unwrap();
    let subjects = json!({"action": "view_profile", "viewer": alice.id(), "subjects": strangers});
    assert_eq!(
        filtered(&service, subjects).await,
        json!({"allowed": strangers})
    );
}

async fn ids_in_upper_case_are_answered_in_lower_case(database: Database) {
    let server = Server::start(&database).await;
    let [viewer, subject] = [(); 2].map(|()| new_user_id());
    let upper = |id: Uuid| id.to_string().to_uppercase();
    let body = json!({"action": "view_profile", "viewer": upper(viewer),
        "subjects": [upper(subject), subject, upper(viewer)], "viewer_is_admin": false});
    let expected = json!({"allowed": [subject, subject, viewer]});
    assert_eq!(filtered(&service(&server), body).await, expected);
}

async fn what_is_no_filter_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let id = new_user_id();
    let too_many: Vec<_> = (0..10_001).map(|_| id).collect();
    let subjects = |changed: Value| {
        let mut body = json!({"action": "view_profile", "viewer": id, "subjects": [id]});
        let members = changed.as_object().unwrap().clone();
        body.as_object_mut().unwrap().extend(members);
        body
    };
    for (body, wrong) in [
        (json!({}), vec!["action", "viewer", "subjects"]),
        (
            json!({"action": "view_profile"}),
            vec!["viewer", "subjects"],
        ),
        (
            json!({"action": "view_profile", "viewer": id}),
            vec!["subjects"],
        ),
        (
            json!({"action": "view_profile", "subject": id}),
            vec!["viewers"],
        ),
        (subjects(json!({"subjects": []})), vec!["subjects"]),
        (subjects(json!({"subjects": null})), vec!["subjects"]),
        (subjects(json!({"subjects": id})), vec!["subjects"]),
        (subjects(json!({"subjects": too_many})), vec!["subjects"]),
        (subjects(json!({"viewer": "bob"})), vec!["viewer"]),
        (subjects(json!({"action": "nope"})), vec!["action"]),
        (subjects(json!({"action": null})), vec!["action"]),
        (
            subjects(json!({"viewer_is_admin": null})),
            vec!["viewer_is_admin"],
        ),
        (
            subjects(json!({"viewer_is_admin": "true"})),
            vec!["viewer_is_admin"],
        ),
        (subjects(json!({"limit": 1})), vec!["limit"]),
        (
            json!({"action": "view_profile", "viewer": id, "viewers": [id]}),
            vec!["viewer", "subject"],
        ),
    ] {
        let answer = service.post(FILTER, body.clone()).await;
        let mut found = wrong_members(&answer);
        found.sort();
        let mut wrong = wrong;
        wrong.sort_unstable();
        assert_eq!(found, wrong, "{body}");
    }
    // Both lists: which of the two is wrong is not known.
    let both = subjects(json!({"viewers": [id], "subject": id}));
    assert_problem(&service.post(FILTER, both).await, 400, "INVALID_REQUEST");
    for body in ["[]", "null", "\"x\"", "1"] {
        let request = service.request(reqwest::Method::POST, FILTER);
        let answer = request.header(JSON.0, JSON.1).body(body).send().await;
        assert_problem(&answer, 400, "INVALID_REQUEST");
    }
    let user = server.new_user();
    let answer = user.post(FILTER, subjects(json!({}))).await;
    assert_problem(&answer, 403, "FORBIDDEN");
}

async fn one_bad_id_refuses_the_whole_filter(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    let mut subjects: Vec<Value> = (0..9_999).map(|_| json!(new_user_id())).collect();
    subjects.push(json!("alice"));
    subjects[7] = json!(7);
    let body = json!({"action": "view_profile", "viewer": new_user_id(), "subjects": subjects});
    let answer = service.post(FILTER, body).await;
    assert_eq!(wrong_members(&answer), ["subjects[7]", "subjects[9999]"]);
}
