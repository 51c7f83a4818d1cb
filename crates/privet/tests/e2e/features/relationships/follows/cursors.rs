//! The pages of the three lists by cursor: where they begin, what is refused, and how far numbers reach.

use serde_json::{Value, json};
use uuid::Uuid;

use super::pages::{List, refused};
use crate::support::acting::{set, unfollow};
use crate::support::follows::{FOLLOWS, become_follower, made, stats};
use crate::support::settings::id;
use crate::support::shapes::assert_error;
use crate::support::sql::Session;
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    a_cursor_leads_to_what_comes_behind_the_page,
    an_empty_cursor_begins_the_list,
    a_numbered_page_leads_on_by_cursor,
    what_comes_and_goes_meanwhile_shifts_nothing,
    a_cursor_and_a_page_together_are_refused,
    what_is_no_cursor_of_the_list_is_refused,
    a_cursor_opens_no_list_that_has_become_private,
];

on_both_stores![
    a_page_beyond_the_first_ten_thousand_items_is_refused_and_names_the_cursor,
    items_beyond_the_first_ten_thousand_are_reached_by_cursor,
];

/// The list's items from this query to the end, and on how many pages they came.
async fn walk(list: List, owner: &Client, size: usize, mut query: String) -> (Vec<Value>, usize) {
    let mut found = Vec::new();
    for pages in 1.. {
        let page = list.answered(owner, &format!("?size={size}{query}")).await;
        found.extend(page["items"].as_array().unwrap().clone());
        let Some(cursor) = page["nextCursor"].as_str() else {
            return (found, pages);
        };
        assert_eq!(page["items"].as_array().unwrap().len(), size);
        query = format!("&cursor={cursor}");
    }
    unreachable!("the list ends")
}

async fn a_cursor_leads_to_what_comes_behind_the_page(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        let follows = list.fill(&server, &alice, 7).await;
        for size in [1, 2, 3, 6, 7, 8, 100] {
            let (found, pages) = walk(list, &alice, size, String::new()).await;
            assert_eq!(found, follows, "{list:?} by {size}");
            assert_eq!(pages, 7_usize.div_ceil(size), "{list:?} by {size}");
        }
        let first = list.answered(&alice, "?size=3").await;
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = list
            .answered(&alice, &format!("?size=3&cursor={cursor}"))
            .await;
        let expected = json!({"items": follows[3..6], "page": null, "size": 3, "totalItems": 7,
            "totalPages": 3, "nextCursor": second["nextCursor"]});
        assert_eq!(second, expected, "{list:?}");
        // Twenty, as without a cursor.
        let rest = list.answered(&alice, &format!("?cursor={cursor}")).await;
        let expected = json!({"items": follows[3..], "page": null, "size": 20, "totalItems": 7,
            "totalPages": 1, "nextCursor": null});
        assert_eq!(rest, expected, "{list:?}");
    }
}

async fn an_empty_cursor_begins_the_list(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        list.fill(&server, &alice, 3).await;
        let first = list.answered(&alice, "?size=2").await;
        assert_eq!(first["page"], 1);
        for query in [
            "?size=2&cursor=",
            "?size=2&page=1&cursor=",
            "?size=2&page=1",
        ] {
            assert_eq!(list.answered(&alice, query).await, first, "{list:?}");
        }
    }
}

async fn a_numbered_page_leads_on_by_cursor(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        let follows = list.fill(&server, &alice, 7).await;
        for (number, size) in [(1, 3), (2, 3), (3, 2), (3, 3), (4, 3)] {
            let query = format!("&page={number}");
            let (found, _) = walk(list, &alice, size, query).await;
            let behind = follows.get((number - 1) * size..).unwrap_or_default();
            assert_eq!(found, behind, "{list:?} {number}");
        }
    }
}

async fn what_comes_and_goes_meanwhile_shifts_nothing(database: Database) {
    let server = Server::start(&database).await;
    for list in [List::Followers, List::Pending] {
        let alice = server.new_user();
        let follows = list.fill(&server, &alice, 6).await;
        let first = list.answered(&alice, "?size=3").await;
        let cursor = first["nextCursor"].as_str().unwrap();
        // The item that the cursor stands at, and one on either side.
        for gone in &follows[1..4] {
            unfollow(&server.user(id(&gone["followerId"])), &alice).await;
        }
        made(&server.new_user(), &alice).await;
        let second = list.answered(&alice, &format!("?cursor={cursor}")).await;
        assert_eq!(second["items"], json!(follows[4..]), "{list:?}");
        assert_eq!(second["totalItems"], 4, "{list:?}");
    }
}

async fn a_cursor_and_a_page_together_are_refused(database: Database) {
    let server = Server::start(&database).await;
    for list in List::ALL {
        let alice = server.new_user();
        list.fill(&server, &alice, 2).await;
        let page = list.answered(&alice, "?size=1").await;
        let (path, cursor) = (list.path(&alice), page["nextCursor"].as_str().unwrap());
        let answer = alice.get(&format!("{path}?page=1&cursor={cursor}")).await;
        assert_eq!(refused(&answer, &path), ["cursor"]);
        let told = &answer.json()["data"]["cursor"];
        assert_eq!(told, "cannot be combined with page");
    }
}

async fn what_is_no_cursor_of_the_list_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    let mut cursors = Vec::new();
    for list in List::ALL {
        for owner in [&alice, &bob] {
            list.fill(&server, owner, 2).await;
            let page = list.answered(owner, "?size=1").await;
            let cursor = page["nextCursor"].as_str().unwrap().to_owned();
            cursors.push((list, owner.id(), cursor));
        }
    }
    for list in List::ALL {
        let path = list.path(&alice);
        let mut bad = Vec::new();
        for (of, owner, cursor) in &cursors {
            if (*of, *owner) == (list, alice.id()) {
                let answer = alice.get(&format!("{path}?cursor={cursor}")).await;
                assert_eq!(answer.status, 200, "{answer}");
                let shorter = cursor[..cursor.len() - 2].to_owned();
                bad.extend([
                    shorter,
                    format!("{cursor}AA"),
                    cursor.chars().rev().collect(),
                ]);
            } else {
                bad.push(cursor.clone());
            }
        }
        bad.extend(["x", "%20", "null", "1"].map(str::to_owned));
        for cursor in bad {
            let answer = alice.get(&format!("{path}?cursor={cursor}")).await;
            assert_eq!(refused(&answer, &path), ["cursor"], "{cursor}");
            let told = &answer.json()["data"]["cursor"];
            assert_eq!(told, "is not a cursor of this list", "{cursor}");
        }
    }
}

async fn a_cursor_opens_no_list_that_has_become_private(database: Database) {
    let server = Server::start(&database).await;
    let (alice, bob) = (server.new_user(), server.new_user());
    for _ in 0..2 {
        become_follower(&server.new_user(), &alice).await;
    }
    let path = List::Followers.path(&alice);
    let page = bob.get(&format!("{path}?size=1")).await.json();
    let cursor = page["data"]["nextCursor"].as_str().unwrap();
    let next = format!("{path}?cursor={cursor}");
    assert_eq!(bob.get(&next).await.status, 200);
    set(&alice, "isPrivate", true).await;
    let hidden = "This is for the account's accepted followers.";
    assert_error(&bob.get(&next).await, FOLLOWS, 403, hidden);
}

async fn a_page_beyond_the_first_ten_thousand_items_is_refused_and_names_the_cursor(
    database: Database,
) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for list in List::ALL {
        let path = list.path(&alice);
        for (size, last) in [(1, 10_000), (3, 3_334), (20, 500), (70, 143), (100, 100)] {
            let query = format!("?size={size}&page={last}");
            assert_eq!(list.answered(&alice, &query).await["page"], last);
            for beyond in [last + 1, 9_990_000] {
                let query = format!("{path}?size={size}&page={beyond}");
                let answer = alice.get(&query).await;
                assert_eq!(refused(&answer, &path), ["page"], "{query}");
                let told = format!(
                    "must be a whole number from 1 to {last}; cursor leads beyond the first 10000 items"
                );
                assert_eq!(answer.json()["data"]["page"], told, "{query}");
            }
        }
    }
}

/// Gives the user so many followers behind the service's back.
fn fill(database: &Database, user: Uuid, count: usize) {
    let mut session = Session::on(database);
    let owner = session.literal(user);
    let (random, time) = match session {
        Session::Sqlite(_) => ("randomblob(16)", "1700000000000000 + n * 1000000"),
        Session::Postgres(_) => ("gen_random_uuid()", "to_timestamp(1700000000 + n)"),
    };
    session.execute(&format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {count})
         INSERT INTO follows SELECT {random}, {random}, {owner}, 'accepted', {time}, {time} FROM numbers;
         INSERT INTO follow_counts VALUES ({owner}, {count}, 0, 0)"
    ));
}

async fn items_beyond_the_first_ten_thousand_are_reached_by_cursor(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    fill(&database, alice.id(), 10_250);
    let last = List::Followers.answered(&alice, "?size=100&page=100").await;
    assert_eq!(last["items"].as_array().unwrap().len(), 100);
    assert_eq!(
        (&last["totalItems"], &last["totalPages"]),
        (&json!(10_250), &json!(103))
    );
    let cursor = last["nextCursor"].as_str().unwrap();
    let (beyond, pages) = walk(List::Followers, &alice, 100, format!("&cursor={cursor}")).await;
    assert_eq!((beyond.len(), pages), (250, 3));
    assert!(beyond.is_sorted_by_key(|item| std::cmp::Reverse(item["createdAt"].to_string())));
    // From the first to the last by cursor alone, each once.
    let (all, _) = walk(List::Followers, &alice, 100, String::new()).await;
    assert_eq!(all.len(), 10_250);
    assert_eq!(all[10_000..], beyond);
    let newest_before = List::Followers.answered(&alice, "?size=100&page=99").await;
    assert_eq!(json!(all[9_800..9_900]), newest_before["items"]);
    // A few of them leave, by the service.
    for item in &all[..3] {
        unfollow(&server.user(id(&item["followerId"])), &alice).await;
    }
    assert_eq!(stats(&alice, &alice).await["followersCount"], 10_247);
    made(&server.user(new_user_id()), &alice).await;
    assert_eq!(stats(&alice, &alice).await["followersCount"], 10_248);
}
