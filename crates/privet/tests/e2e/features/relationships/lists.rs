//! The lists of contacts and of blocks: their order, their parts, and the cursors between these.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::asking::wrong_members;
use crate::support::contacts_and_blocks::Kind;
use crate::support::settings::{Settings, id, names, time};
use crate::support::{Client, Database, Server, new_user_id};

in_one_setup![
    a_new_user_has_an_empty_list,
    the_newest_stands_first,
    an_item_of_the_list_is_as_it_is_read_alone,
    a_part_holds_as_many_items_as_wanted,
    fifty_come_where_no_limit_is_named,
    a_limit_outside_1_to_200_is_refused,
    a_cursor_that_is_none_is_refused,
    a_cursor_of_another_list_is_refused,
    every_mistake_in_the_query_is_told_at_once,
    somebody_elses_cursor_shows_nothing_of_theirs,
    parts_follow_one_another_without_a_gap,
    a_cursor_stands_where_its_item_is_removed,
    what_is_added_and_removed_meanwhile_neither_repeats_nor_hides_an_item,
];

impl Kind {
    /// Adds so many new users, and answers them, newest first.
    async fn add_many(self, owner: &Client, count: usize) -> Vec<Uuid> {
        let mut added = Vec::new();
        for _ in 0..count {
            let other = new_user_id();
            self.add(owner, other).await;
            added.insert(0, other);
        }
        added
    }

    /// A part of the list, and the cursor behind it.
    async fn part(self, owner: &Client, query: &str) -> (Vec<Value>, Option<String>) {
        let answer = owner.get(&format!("{}?{query}", self.list())).await;
        assert_eq!(answer.status, 200, "{answer}");
        let mut part = answer.json();
        assert_eq!(names(&part), [self.items(), "next_cursor"], "{answer}");
        let cursor = part["next_cursor"].as_str().map(str::to_owned);
        assert_eq!(cursor.is_none(), part["next_cursor"].is_null(), "{answer}");
        let items = part[self.items()].take();
        (items.as_array().unwrap().clone(), cursor)
    }

    /// Everybody on the list from this cursor on, by parts of that size.
    async fn walk(self, owner: &Client, limit: usize, mut cursor: Option<String>) -> Vec<Uuid> {
        let mut found = Vec::new();
        while let Some(from) = cursor {
            let query = format!("limit={limit}&cursor={from}");
            let (items, next) = self.part(owner, &query).await;
            assert!(!items.is_empty(), "a cursor leads somewhere");
            assert!(next.is_none() || items.len() == limit, "{items:?}");
            found.extend(ids(&items));
            assert!(found.len() < 5_000, "the parts never end");
            cursor = next;
        }
        found
    }

    /// Everybody on the list.
    async fn all(self, owner: &Client, limit: usize) -> Vec<Uuid> {
        let (items, cursor) = self.part(owner, &format!("limit={limit}")).await;
        let mut found = ids(&items);
        found.extend(self.walk(owner, limit, cursor).await);
        found
    }
}

fn ids(items: &[Value]) -> Vec<Uuid> {
    items.iter().map(|item| id(&item["user_id"])).collect()
}

async fn a_new_user_has_an_empty_list(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let answer = server.new_user().get(kind.list()).await;
        assert_eq!(answer.status, 200, "{answer}");
        let empty = json!({kind.items(): [], "next_cursor": null});
        assert_eq!(answer.json(), empty);
    }
}

async fn the_newest_stands_first(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let mut added = kind.add_many(&alice, 10).await;
        let (items, cursor) = kind.part(&alice, "").await;
        assert_eq!((ids(&items), cursor), (added.clone(), None));
        let since = |item: &Value| std::cmp::Reverse(time(&item[kind.since()]));
        assert!(items.is_sorted_by_key(since));
        // Adding somebody once more moves nobody; adding somebody anew does.
        alice.add(&kind.one(added[9])).await;
        assert_eq!(ids(&kind.part(&alice, "").await.0), added);
        alice.delete(&kind.one(added[5])).await;
        kind.add(&alice, added[5]).await;
        let anew = added.remove(5);
        added.insert(0, anew);
        assert_eq!(ids(&kind.part(&alice, "").await.0), added);
    }
}

async fn an_item_of_the_list_is_as_it_is_read_alone(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        kind.add(&alice, bob.id()).await;
        kind.add(&bob, alice.id()).await;
        let alone = alice.get(&kind.one(bob.id())).await.json();
        assert_eq!(kind.part(&alice, "").await.0, [alone]);
    }
}

async fn a_part_holds_as_many_items_as_wanted(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let added = kind.add_many(&alice, 5).await;
        for limit in [1, 2, 4, 5, 6, 200] {
            let (items, cursor) = kind.part(&alice, &format!("limit={limit}")).await;
            let wanted: usize = limit.min(5);
            assert_eq!(ids(&items), added[..wanted], "{limit}");
            assert_eq!(cursor.is_some(), limit < 5, "{limit}");
        }
        assert_eq!(kind.part(&alice, "cursor=").await.0.len(), 5);
    }
}

async fn fifty_come_where_no_limit_is_named(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let added = kind.add_many(&alice, 51).await;
        let (items, cursor) = kind.part(&alice, "").await;
        assert_eq!(ids(&items), added[..50]);
        assert_eq!(kind.walk(&alice, 50, cursor).await, added[50..]);
    }
}

async fn a_limit_outside_1_to_200_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    for kind in Kind::ALL {
        for limit in [
            "0",
            "201",
            "-1",
            "%2B5",
            "1.5",
            "1e2",
            "abc",
            "0x10",
            "99999999999999999999",
            "%20",
        ] {
            let answer = alice.get(&format!("{}?limit={limit}", kind.list())).await;
            assert_eq!(wrong_members(&answer), ["limit"], "{limit}");
        }
    }
}

async fn a_cursor_that_is_none_is_refused(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        kind.add_many(&alice, 2).await;
        let cursor = kind.part(&alice, "limit=1").await.1.unwrap();
        let changed: String = cursor.chars().rev().collect();
        let shorter = &cursor[..cursor.len() - 2];
        let longer = format!("{cursor}AA");
        for bad in ["x", "0", "%20", "null", &changed, shorter, &longer] {
            let answer = alice.get(&format!("{}?cursor={bad}", kind.list())).await;
            assert_eq!(wrong_members(&answer), ["cursor"], "{bad}");
        }
    }
}

async fn a_cursor_of_another_list_is_refused(database: Database) {
    let server = Server::start(&database).await;
    let alice = server.new_user();
    let mut cursors = Vec::new();
    for kind in Kind::ALL {
        kind.add_many(&alice, 2).await;
        cursors.push((kind.list(), kind.part(&alice, "limit=1").await.1.unwrap()));
    }
    for on in [false, true] {
        Settings::EmailContact.set(&alice, on).await;
    }
    let audit = "/api/v1/privacy/audit";
    let page = alice.get(&format!("{audit}?limit=1")).await.json();
    cursors.push((audit, page["next_cursor"].as_str().unwrap().to_owned()));
    for (list, _) in &cursors {
        for (its_list, cursor) in &cursors {
            let answer = alice.get(&format!("{list}?cursor={cursor}")).await;
            if list == its_list {
                assert_eq!(answer.status, 200, "{answer}");
            } else {
                assert_eq!(wrong_members(&answer), ["cursor"], "{list}: {its_list}");
            }
        }
    }
}

async fn every_mistake_in_the_query_is_told_at_once(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let path = format!("{}?cursor=x&limit=0", kind.list());
        let answer = server.new_user().get(&path).await;
        assert_eq!(wrong_members(&answer), ["limit", "cursor"]);
    }
}

async fn somebody_elses_cursor_shows_nothing_of_theirs(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let (alice, bob) = (server.new_user(), server.new_user());
        let bobs = kind.add_many(&bob, 3).await;
        kind.add_many(&alice, 3).await;
        let cursor = kind.part(&alice, "limit=1").await.1;
        // Bob's all are older.
        assert_eq!(kind.walk(&bob, 5, cursor).await, bobs);
    }
}

async fn parts_follow_one_another_without_a_gap(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let added = kind.add_many(&alice, 23).await;
        for limit in [1, 2, 7, 22, 23, 24] {
            assert_eq!(kind.all(&alice, limit).await, added, "{limit}");
        }
    }
}

async fn a_cursor_stands_where_its_item_is_removed(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let added = kind.add_many(&alice, 6).await;
        let cursor = kind.part(&alice, "limit=3").await.1;
        for other in &added[1..4] {
            alice.delete(&kind.one(*other)).await;
        }
        assert_eq!(kind.walk(&alice, 3, cursor).await, added[4..]);
    }
}

async fn what_is_added_and_removed_meanwhile_neither_repeats_nor_hides_an_item(database: Database) {
    let server = Server::start(&database).await;
    for kind in Kind::ALL {
        let alice = server.new_user();
        let standing = kind.add_many(&alice, 40).await;
        let written = Arc::new(AtomicUsize::new(0));
        let mut writers = JoinSet::new();
        for _ in 0..4 {
            let (alice, written) = (alice.clone(), Arc::clone(&written));
            writers.spawn(async move {
                loop {
                    let other = new_user_id();
                    kind.add(&alice, other).await;
                    if written.fetch_add(1, Ordering::SeqCst) % 2 == 0 {
                        alice.delete(&kind.one(other)).await;
                    }
                }
            });
        }
        let mut walks = 0;
        while walks < 10 || written.load(Ordering::SeqCst) < 50 {
            let mut found = kind.all(&alice, 7).await;
            let once: BTreeSet<_> = found.iter().collect();
            assert_eq!(once.len(), found.len(), "somebody came twice");
            found.retain(|other| standing.contains(other));
            assert_eq!(found, standing, "somebody was hidden, or moved");
            walks += 1;
        }
        // A writer that failed would have ended.
        assert!(writers.try_join_next().is_none());
        writers.shutdown().await;
    }
}
