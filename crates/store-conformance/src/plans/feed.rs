//! The cost of reading a part of the feed does not depend on the length of the feed.

use std::time::Duration;

use privet_application::changes::ChangeStore;
use privet_domain::changes::cursor::FeedPosition;

use super::{Dialect, fill, statements_naming};
use crate::Backend;
use crate::samples::at;

pub async fn the_feed_is_read_and_shortened_by_its_index<B: Backend>(backend: &B) {
    let store = backend.store();
    // Begins the epoch.
    let begun = store.changes_after(FeedPosition::FIRST, 1).await;
    begun.unwrap();
    let Dialect {
        random_id: other,
        time,
        ..
    } = *backend.dialect();
    let insert = format!("INSERT INTO changes (user_id, at, kinds) SELECT {other}, {time}, 1");
    fill(backend, &[insert]);
    let before = statements_naming("changes").len();
    let mut part = store.changes_after(FeedPosition::FIRST, 1_000).await;
    while part.as_ref().unwrap().changes.is_empty() {
        // Another transaction on the server is under way.
        tokio::time::sleep(Duration::from_millis(10)).await;
        part = store.changes_after(FeedPosition::FIRST, 1_000).await;
    }
    assert!(part.unwrap().has_more);
    assert!(store.forget_changes(at(0), 1_000).await.unwrap());
    let statements = statements_naming("changes").split_off(before);
    assert!(statements.len() >= 3, "{statements:?}");
    for sql in statements {
        let plan = backend.plan(&sql);
        // The one row of the feed, the databases of the server, and the oldest of its locks.
        let few = ["feed", "pg_database"];
        let of_locks = |line: &&str| line.contains("pg_lock_status");
        let below = plan.lines().skip(1).chain([""]);
        let lines: Vec<_> = plan
            .lines()
            .zip(below)
            .filter(|(line, below)| {
                !few.iter().any(|table| line.contains(table)) && !of_locks(below)
            })
            .map(|(line, _)| line)
            .collect();
        let plan = lines.join("\n");
        // A range of rows is deleted in the order of the table.
        let may_be = |cost: &str| sql.starts_with("DELETE") && cost == "Bitmap";
        let costs = backend.dialect().costs.iter();
        for cost in costs.filter(|cost| !may_be(cost)) {
            assert!(!plan.contains(*cost), "{sql}\n{plan}");
        }
        assert!(!plan.contains(backend.dialect().sort), "{sql}\n{plan}");
    }
}
