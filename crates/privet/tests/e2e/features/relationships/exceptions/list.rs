//! The list of exceptions: its order, its parts, and the filter by action.

use std::fs;

use serde_json::{Value, json};
use uuid::Uuid;

use super::LIST;
use crate::support::acting::{add_contact, except, exceptions_path};
use crate::support::asking::{assert_problem, wrong_members};
use crate::support::catalogues::{catalogue_file, start_with_catalogue};
use crate::support::settings::id;
use crate::support::{Client, Database, Server, new_user_id};

// The query of each store.
on_both_stores![exceptions_are_listed_by_the_last_change_and_by_action];

// What a request may be is the same in every set-up.
in_one_setup![
    fifty_come_where_no_limit_is_named,
    a_limit_a_cursor_and_an_action_that_are_none_are_refused,
    a_cursor_of_another_list_is_refused,
    somebody_elses_cursor_shows_no_exceptions_of_theirs,
    exceptions_for_actions_that_left_the_catalogue_are_not_shown_and_come_back,
];

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

/// The users of a page, and the cursor behind it.
async fn page(owner: &Client, query: &str) -> (Vec<Uuid>, Option<String>) {
    let answer = owner.get(&format!("{LIST}?{query}")).await;
    assert_eq!(answer.status, 200, "{answer}");
    assert_eq!(answer.header("Cache-Control"), "private, no-cache");
    let page = answer.json();
    let items = page["exceptions"].as_array().unwrap();
    let users = items.iter().map(|it| id(&it["user_id"])).collect();
    (users, page["next_cursor"].as_str().map(str::to_owned))
}

/// Exceptions for so many people, newest first.
async fn except_many(owner: &Client, count: usize) -> Vec<Uuid> {
    let mut people = Vec::new();
    for _ in 0..count {
        let person = new_user_id();
        let body = json!({"exceptions": {"view_typing": "never"}});
        let answer = owner.put(&exceptions_path(person), body).await;
        assert_eq!(answer.status, 201, "{answer}");
        people.insert(0, person);
    }
    people
}

async fn fifty_come_where_no_limit_is_named(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    assert_eq!(page(&alice, "").await, (Vec::new(), None));
    let people = except_many(&alice, 51).await;
    let (first, cursor) = page(&alice, "").await;
    assert_eq!(first, people[..50]);
    let rest = page(&alice, &format!("cursor={}", cursor.unwrap())).await;
    assert_eq!(rest, (people[50..].to_vec(), None));
    assert_eq!(page(&alice, "limit=200").await, (people.clone(), None));
    // An empty one counts as absent.
    assert_eq!(page(&alice, "limit=51&action=").await, (people, None));
}

async fn a_limit_a_cursor_and_an_action_that_are_none_are_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for limit in ["0", "201", "-1", "x", "1.5", "99999999999999999999"] {
        let answer = alice.get(&format!("{LIST}?limit={limit}")).await;
        assert_eq!(wrong_members(&answer), ["limit"], "{limit}");
    }
    for cursor in ["x", "AAAA", "%00"] {
        let answer = alice.get(&format!("{LIST}?cursor={cursor}")).await;
        assert_eq!(wrong_members(&answer), ["cursor"], "{cursor}");
    }
    for action in ["x", "VIEW_TYPING", "view_typing%20"] {
        let answer = alice.get(&format!("{LIST}?action={action}")).await;
        assert_eq!(wrong_members(&answer), ["action"], "{action}");
    }
}

async fn a_cursor_of_another_list_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    except_many(&alice, 2).await;
    for _ in 0..2 {
        add_contact(&alice, &server.new_user()).await;
    }
    let contacts = "/api/v1/contacts";
    for (from, to) in [(contacts, LIST), (LIST, contacts)] {
        let first = alice.get(&format!("{from}?limit=1")).await.json();
        let cursor = first["next_cursor"].as_str().unwrap();
        let answer = alice.get(&format!("{to}?cursor={cursor}")).await;
        assert_eq!(wrong_members(&answer), ["cursor"], "{from}");
    }
}

async fn somebody_elses_cursor_shows_no_exceptions_of_theirs(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let of_bob = except_many(&bob, 3).await;
    let of_alice = except_many(&alice, 3).await;
    let (_, cursor) = page(&alice, "limit=1").await;
    let query = format!("cursor={}", cursor.unwrap());
    let (shown, _) = page(&bob, &query).await;
    assert!(shown.iter().all(|it| of_bob.contains(it)), "{shown:?}");
    assert!(!shown.iter().any(|it| of_alice.contains(it)), "{shown:?}");
}

async fn exceptions_for_actions_that_left_the_catalogue_are_not_shown_and_come_back(
    database: Database,
) {
    let with_call = json!({
        "settings": {"who_can_call": {"type": "audience", "title": "Calls", "description": "Calls.",
            "values": ["everyone", "nobody"], "default": "everyone"}},
        "actions": {"call": {"title": "Call you", "description": "Call you.", "needs": ["who_can_call"]}},
    });
    let file = catalogue_file(&with_call);
    let mut server = start_with_catalogue(&database, &file).await;
    let (alice, bob, carol) = (server.new_user(), server.new_user(), server.new_user());
    let both = json!({"call": "never", "view_typing": "always"});
    except(&alice, &bob, both).await;
    except(&alice, &carol, json!({"call": "always"})).await;
    let path = |person: &Client| exceptions_path(person.id());
    let before = alice.get(LIST).await.json();
    assert_eq!(before["exceptions"].as_array().unwrap().len(), 2);

    fs::write(file.path(), "{}").unwrap();
    server.signal("HUP").await;
    let read_again = "SIGHUP: read again: PRIVET_CATALOGUE";
    server.wait_for_logs(read_again, 1).await;
    let left = alice.get(&path(&bob)).await.json();
    assert_eq!(left["exceptions"], json!({"view_typing": "always"}));
    assert_problem(&alice.get(&path(&carol)).await, 404, "NOT_FOUND");
    let (shown, cursor) = page(&alice, "").await;
    assert_eq!((shown, cursor), (vec![bob.id()], None));
    let gone = alice.get(&format!("{LIST}?action=call")).await;
    assert_eq!(wrong_members(&gone), ["action"]);
    // Everything held is in the export.
    let export = alice.get("/api/v1/users/me/export").await.json();
    assert_eq!(export["exceptions"], before["exceptions"]);

    fs::write(file.path(), with_call.to_string()).unwrap();
    server.signal("HUP").await;
    server.wait_for_logs(read_again, 2).await;
    assert_eq!(alice.get(LIST).await.json(), before);
}
