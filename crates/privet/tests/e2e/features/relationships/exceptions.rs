//! Exceptions: what one person may always or never do, whatever the settings. Their list is in `exceptions/list.rs`.

use serde_json::{Value, json};

use crate::support::acting::{
    block, call, close_everything, erase, exceptions_path, follow, set, try_set,
};
use crate::support::asking::{ask, ask_for_admin, assert_problem, no, service, wrong_members, yes};
use crate::support::follows::{FOLLOWS, become_follower, stats, status};
use crate::support::settings::{history, time};
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

mod list;

// Whether somebody has exceptions stands in the row of the user, which replicas keep.
in_every_setup![exceptions_come_before_every_setting_and_behind_a_block];

// They are never cached.
on_both_stores![
    exceptions_hold_in_place_of_those_before,
    an_exception_lets_somebody_follow_at_once_or_makes_them_ask,
    lists_and_counts_are_as_without_an_exception,
    there_are_exceptions_for_at_most_1_000_people,
    of_two_at_once_only_one_reaches_the_limit,
    the_first_exception_and_a_change_of_settings_do_not_meet,
    nobody_learns_of_exceptions_and_none_outlive_either,
];

// What a request may be is the same in every set-up.
in_one_setup![
    what_is_no_exception_is_refused,
    nobody_has_exceptions_for_themselves,
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
            json!({"exceptions": {"view_typing": null}}),
            "exceptions.view_typing",
        ),
        (
            json!({"exceptions": {"view_typing": "never", "add_to_group": true}}),
            "exceptions.add_to_group",
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

async fn nobody_has_exceptions_for_themselves(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    assert_problem(&alice.get(&path(&alice)).await, 404, "NOT_FOUND");
    assert_problem(&alice.delete(&path(&alice)).await, 404, "NOT_FOUND");
    let upper = format!("{LIST}/{}", alice.id().to_string().to_uppercase());
    let never = json!({"exceptions": {"view_typing": "never"}});
    assert_eq!(wrong_members(&alice.put(&upper, never).await), ["userId"]);
}

async fn lists_and_counts_are_as_without_an_exception(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob, fan) = (server.new_user(), server.new_user(), server.new_user());
    become_follower(&fan, &alice).await;
    let counts = stats(&bob, &alice).await;
    assert_eq!(counts["followersCount"], 1);
    for (is_private, exception, status, allowed) in
        [(true, "always", 403, true), (false, "never", 200, false)]
    {
        set(&alice, "isPrivate", is_private).await;
        except(&alice, &bob, json!({"view_content": exception})).await;
        let access = format!("/api/v1/privacy/users/{}/access", alice.id());
        let access = bob.get(&access).await.json();
        assert_eq!(access["permissions"]["view_content"], allowed);
        for list in ["followers", "following"] {
            let answer = bob.get(&format!("{FOLLOWS}/{list}/{}", alice.id())).await;
            assert_eq!(answer.status, status, "{answer}");
        }
        assert_eq!(stats(&bob, &alice).await, counts);
    }
}

async fn of_two_at_once_only_one_reaches_the_limit(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    except(&alice, &server.new_user(), json!({"view_typing": "never"})).await;
    for _ in 0..10 {
        Session::on(&database).execute("UPDATE list_counts SET exceptions = 999");
        let (bob, carol) = (server.new_user(), server.new_user());
        let never = || json!({"exceptions": {"view_typing": "never"}});
        let (paths, body) = ([path(&bob), path(&carol)], never());
        let (one, other) = tokio::join!(
            alice.put(&paths[0], body.clone()),
            alice.put(&paths[1], body.clone()),
        );
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 409], "{one}{other}");
    }
}

async fn the_first_exception_and_a_change_of_settings_do_not_meet(database: Database) {
    let server = Server::start(&database).await;
    let service = service(&server);
    for _ in 0..10 {
        let (alice, bob) = (server.new_user(), server.new_user());
        // Both change the row of the user.
        let (path, never) = (path(&bob), json!({"exceptions": {"view_profile": "never"}}));
        let (excepted, changed) = tokio::join!(
            alice.put(&path, never),
            try_set(&alice, "show_typing_indicator", false),
        );
        assert_eq!((excepted.status, changed.status), (201, 200));
        assert_eq!(
            ask(&service, &bob, &alice, "view_profile").await,
            no("exception_never")
        );
        assert_eq!(
            ask(&service, &bob, &alice, "view_typing").await,
            no("setting_off")
        );
        assert_eq!(history(&alice).await.len(), 1);
    }
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
