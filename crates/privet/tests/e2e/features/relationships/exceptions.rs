//! Exceptions: what one person may always or never do, whatever the settings.

use serde_json::{Value, json};

use crate::support::acting::{block, call, close_everything, erase, exceptions_path, follow, set};
use crate::support::asking::{ask, ask_for_admin, assert_problem, no, service, wrong_members, yes};
use crate::support::follows::status;
use crate::support::settings::{history, time};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

in_every_setup![
    exceptions_hold_in_place_of_those_before,
    exceptions_come_before_every_setting_and_behind_a_block,
    an_exception_lets_somebody_follow_at_once_or_makes_them_ask,
    exceptions_are_listed_by_the_last_change_and_by_action,
    what_is_no_exception_is_refused,
    there_are_exceptions_for_at_most_1_000_people,
    nobody_learns_of_exceptions_and_none_outlive_either,
];

const LIST: &str = "/api/v1/privacy/exceptions";

fn path(other: &Client) -> String {
    exceptions_path(other.id())
}

async fn except(owner: &Client, other: &Client, exceptions: Value) -> u16 {
    let body = json!({"exceptions": exceptions});
    let answer = owner.put(&path(other), body).await;
    assert_eq!(answer.json()["exceptions"], exceptions, "{answer}");
    assert_eq!(owner.get(&path(other)).await.json(), answer.json());
    answer.status
}

async fn exceptions_hold_in_place_of_those_before(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    assert_problem(&alice.get(&path(&bob)).await, 404, "NOT_FOUND");
    assert_problem(&alice.delete(&path(&bob)).await, 404, "NOT_FOUND");
    let both = json!({"view_last_seen": "never", "add_to_group": "always"});
    assert_eq!(except(&alice, &bob, both.clone()).await, 201);
    let first = alice.get(&path(&bob)).await.json();
    assert_eq!(first["user_id"], json!(bob.id()));
    assert_eq!(except(&alice, &bob, both).await, 200);
    assert_eq!(alice.get(&path(&bob)).await.json(), first, "no time moved");
    assert_eq!(
        except(&alice, &bob, json!({"view_typing": "never"})).await,
        200
    );
    let changed = alice.get(&path(&bob)).await.json();
    assert!(time(&first["updated_at"]) < time(&changed["updated_at"]));
    assert_eq!(alice.delete(&path(&bob)).await.status, 204);
    assert_problem(&alice.get(&path(&bob)).await, 404, "NOT_FOUND");
    // They are no settings: they leave no entry in the history.
    assert!(history(&alice).await.is_empty());
}

async fn exceptions_come_before_every_setting_and_behind_a_block(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let service = service(&server);
    except(
        &alice,
        &bob,
        json!({"view_typing": "never", "add_to_group": "never"}),
    )
    .await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_typing").await,
        no("exception_never")
    );
    let admin = ask_for_admin(&service, &bob, &alice, "add_to_group").await;
    assert_eq!(admin, no("exception_never"));
    assert_eq!(
        ask(&service, &carol, &alice, "view_typing").await,
        yes("setting_on")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "view_profile").await,
        yes("everyone")
    );
    close_everything(&alice).await;
    except(&alice, &bob, json!({"view_last_seen": "always"})).await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_last_seen").await,
        yes("exception_always")
    );
    assert_eq!(
        ask(&service, &bob, &alice, "view_typing").await,
        no("setting_off")
    );
    let access = bob
        .get(&format!("/api/v1/privacy/users/{}/access", alice.id()))
        .await;
    assert_eq!(access.json()["permissions"]["view_last_seen"], true);
    block(&alice, &bob).await;
    assert_eq!(
        ask(&service, &bob, &alice, "view_last_seen").await,
        no("blocked")
    );
}

async fn an_exception_lets_somebody_follow_at_once_or_makes_them_ask(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    except(&alice, &bob, json!({"follow_without_approval": "never"})).await;
    follow(&bob, &alice).await;
    follow(&carol, &alice).await;
    assert_eq!(status(&bob, &alice).await, "PENDING");
    assert_eq!(status(&carol, &alice).await, "ACCEPTED");
    // It answers no request that stands; asking again does.
    set(&alice, "isPrivate", true).await;
    except(&alice, &bob, json!({"follow_without_approval": "always"})).await;
    assert_eq!(status(&bob, &alice).await, "PENDING");
    follow(&bob, &alice).await;
    assert_eq!(status(&bob, &alice).await, "ACCEPTED");
}

async fn exceptions_are_listed_by_the_last_change_and_by_action(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let people = [(); 4].map(|()| server.new_user());
    for (place, person) in people.iter().enumerate() {
        let action = if place % 2 == 0 {
            "view_typing"
        } else {
            "view_profile"
        };
        except(&alice, person, json!({action: "never"})).await;
    }
    except(&alice, &people[0], json!({"view_typing": "always"})).await;
    let listed = async |query: &str| -> Vec<Value> {
        let mut ids = Vec::new();
        let mut cursor = String::new();
        loop {
            let path = format!("{LIST}?limit=1&cursor={cursor}{query}");
            let page = alice.get(&path).await.json();
            let items = page["exceptions"].as_array().unwrap();
            ids.extend(items.iter().map(|it| it["user_id"].clone()));
            match page["next_cursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return ids,
            }
        }
    };
    let ids = |places: &[usize]| -> Vec<Value> {
        places
            .iter()
            .map(|place| json!(people[*place].id()))
            .collect()
    };
    assert_eq!(listed("").await, ids(&[0, 3, 2, 1]));
    assert_eq!(listed("&action=view_typing").await, ids(&[0, 2]));
    assert_eq!(listed("&action=view_profile").await, ids(&[3, 1]));
    assert_eq!(listed("&action=send_email").await, ids(&[]));
    let unknown = alice.get(&format!("{LIST}?action=nope")).await;
    assert_eq!(wrong_members(&unknown), ["action"]);
}

async fn what_is_no_exception_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for (body, wrong) in [
        (json!({}), "exceptions"),
        (json!({"exceptions": {}}), "exceptions"),
        (json!({"exceptions": []}), "exceptions"),
        (json!({"exceptions": {"nope": "never"}}), "exceptions.nope"),
        (
            json!({"exceptions": {"view_typing": "sometimes"}}),
            "exceptions.view_typing",
        ),
        (
            json!({"exceptions": {"view_typing": "never"}, "other": 1}),
            "other",
        ),
    ] {
        let answer = alice.put(&path(&bob), body).await;
        assert_eq!(wrong_members(&answer), [wrong]);
    }
    let never = json!({"exceptions": {"view_typing": "never"}});
    let oneself = alice.put(&path(&alice), never.clone()).await;
    assert_eq!(wrong_members(&oneself), ["userId"]);
    erase(&bob).await;
    assert_problem(&alice.put(&path(&bob), never).await, 404, "NOT_FOUND");
    assert_problem(&alice.get(&path(&bob)).await, 404, "NOT_FOUND");
}

async fn there_are_exceptions_for_at_most_1_000_people(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    except(&alice, &bob, json!({"view_typing": "never"})).await;
    Session::on(&database).execute("UPDATE list_counts SET exceptions = 1000");
    let never = json!({"exceptions": {"view_typing": "never"}});
    let answer = alice.put(&path(&carol), never).await;
    assert_problem(&answer, 409, "LIMIT_REACHED");
    assert_eq!(alice.get(&path(&carol)).await.status, 404);
    assert_eq!(
        except(&alice, &bob, json!({"view_typing": "always"})).await,
        200
    );
}

async fn nobody_learns_of_exceptions_and_none_outlive_either(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, unseen) = (server.new_user(), server.new_user(), new_user_id());
    let before = bob.get("/api/v1/users/me/export").await.json();
    except(&alice, &bob, json!({"view_typing": "never"})).await;
    let mut after = bob.get("/api/v1/users/me/export").await.json();
    after["exported_at"] = before["exported_at"].clone();
    assert_eq!(after, before);
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["exceptions"][0]["user_id"], json!(bob.id()));
    let never = json!({"exceptions": {"view_typing": "never"}});
    assert_eq!(
        alice.put(&format!("{LIST}/{unseen}"), never).await.status,
        201
    );
    erase(&bob).await;
    let left = alice.get(LIST).await.json();
    assert_eq!(left["exceptions"].as_array().unwrap().len(), 1);
    let gone = call(&alice, reqwest::Method::DELETE, &path(&bob)).await;
    assert_eq!(gone.status, 404);
}
