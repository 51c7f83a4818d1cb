//! The cost of a query for a list, or for its length, does not depend on the length of the list. The tests compare the
//! plans of all statements of the store, with long lists in the database.

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

mod feed;

use std::num::NonZeroU16;
use std::sync::{Mutex, PoisonError};

use diesel::connection::{InstrumentationEvent, set_default_instrumentation};
use privet_application::administration::support::{LookQuery, LookStore};
use privet_application::relationships::blocks::BlockStore;
use privet_application::relationships::contacts::ContactStore;
use privet_application::relationships::follows::{
    CountedList, FollowList, FollowStore, PageQuery, PageStart,
};
use privet_application::relationships::{ListQuery, Position};
use privet_application::settings::audit::{AuditQuery, AuditStore};
use privet_domain::UserId;
use privet_domain::catalogue::Catalogue;
use privet_domain::settings::audit::SettingName;
use uuid::Uuid;

use crate::Backend;
use crate::samples::{at, some_id};

pub use feed::*;

/// The length of each list: more items than come before the last numbered page.
const ITEMS: u32 = 10_100;

/// The database's SQL dialect, for filling the tables. The number of a row is `n`.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// An expression for a random id.
    pub random_id: &'static str,
    /// An expression for a time that depends on the row's number.
    pub time: &'static str,
    /// The statement that updates the planner's statistics.
    pub analyze: &'static str,
    /// Formats an id.
    pub id: fn(UserId) -> String,
    /// Parts of the plan of a statement that reads a whole table, or rows one by one in addition to an index.
    pub costs: &'static [&'static str],
    /// A part of the plan of a statement that sorts rows.
    pub sort: &'static str,
    /// Parts of the plan of a statement that reads only one index.
    pub index_alone: &'static [&'static str],
}

/// A part of the statements that look up rows by an array of keys. They read no list.
const BY_KEYS: &str = "WITH ORDINALITY AS asked";

static STATEMENTS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Records all statements of connections that are opened from now on. MUST be called before the store is opened.
pub fn record_statements() {
    set_default_instrumentation(|| {
        Some(Box::new(|event: InstrumentationEvent<'_>| {
            if let InstrumentationEvent::StartQuery { query, .. } = event {
                let mut statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
                statements.push(query.to_string());
            }
        }))
    })
    .unwrap();
}

/// The recorded statements about this user, without parameters.
#[must_use]
pub fn statements_about(user_id: UserId) -> Vec<String> {
    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let with_values = statements.iter().filter_map(|statement| {
        let (sql, values) = statement.split_once("-- binds:")?;
        let is_about = values.contains(&user_id.to_string());
        is_about.then(|| sql.trim().to_owned())
    });
    with_values.collect()
}

/// All recorded statements, without parameters.
#[must_use]
pub fn recorded_statements() -> Vec<String> {
    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let without_values = statements.iter().map(|statement| {
        let (sql, _) = statement.split_once("-- binds:").unwrap_or((statement, ""));
        sql.trim().to_owned()
    });
    without_values.collect()
}

/// The recorded statements with values that name this table, without the values.
fn statements_naming(table: &str) -> Vec<String> {
    let statements = STATEMENTS.lock().unwrap_or_else(PoisonError::into_inner);
    let with_values = statements.iter().filter_map(|statement| {
        let (sql, _) = statement.split_once("-- binds:")?;
        sql.contains(table).then(|| sql.trim().to_owned())
    });
    with_values.collect()
}

/// Executes these `INSERT INTO … SELECT …` with [`ITEMS`] rows each, and updates the planner's statistics.
pub(crate) fn fill<B: Backend>(backend: &B, inserts: &[String]) {
    let numbers = format!(
        "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {ITEMS})"
    );
    for insert in inserts {
        let statement = insert.replacen("SELECT", &format!("{numbers} SELECT"), 1);
        let filled = backend.execute(&format!("{statement} FROM numbers"));
        filled.unwrap_or_else(|error| panic!("{insert}: {error}"));
    }
    backend.execute(backend.dialect().analyze).unwrap();
}

/// Inserts many items into each of the user's lists of follows, and into those of others.
fn fill_follows<B: Backend>(backend: &B, owner: UserId) {
    let Dialect {
        random_id: other,
        time,
        id,
        ..
    } = *backend.dialect();
    let mut inserts = vec![format!("INSERT INTO follow_counts SELECT {other}, n, n, n")];
    for owner in [&*id(owner), other] {
        for (status, decided_at) in [("accepted", time), ("pending", "NULL")] {
            for (follower, following) in [(owner, other), (other, owner)] {
                inserts.push(format!(
                    "INSERT INTO follows SELECT {other}, {follower}, {following}, '{status}', {time}, {decided_at}"
                ));
            }
        }
    }
    fill(backend, &inserts);
}

/// Inserts many rows about the user, and about others, into each of these tables. A table's other columns follow the id
/// of the other user. A table may name the columns to fill.
fn fill_tables<B: Backend>(backend: &B, owner: UserId, tables: &[(&str, &str)]) {
    let dialect = backend.dialect();
    let (owner, other) = ((dialect.id)(owner), dialect.random_id);
    let inserts = tables.iter().flat_map(|(table, columns)| {
        [&*owner, other]
            .map(|owner| format!("INSERT INTO {table} SELECT {owner}, {other}, {columns}"))
    });
    fill(backend, &inserts.collect::<Vec<_>>());
}

fn starts() -> [PageStart; 3] {
    [
        PageStart::First,
        PageStart::BehindItem(NonZeroU16::new(9_900).unwrap()),
        PageStart::Behind(somewhere()),
    ]
}

fn somewhere() -> Position {
    Position {
        at: at(0),
        id: Uuid::max(),
    }
}

pub async fn pages_of_follows_are_read_from_an_index_in_its_order<B: Backend>(backend: &B) {
    let owner = some_id();
    fill_follows(backend, owner);
    for list in [
        CountedList::Followers,
        CountedList::Following,
        CountedList::RequestsReceived,
    ] {
        for start in starts() {
            let query = PageQuery {
                owner,
                list,
                start,
                limit: 101,
            };
            let page = backend.store().page_of_follows(&query).await.unwrap();
            assert_eq!(page.items.len(), 101, "{query:?}");
        }
    }
    for list in FollowList::ALL {
        for behind in [None, Some(somewhere())] {
            let query = ListQuery {
                owner,
                behind,
                limit: 501,
            };
            let listed = backend.store().list_follows(list, &query).await.unwrap();
            assert_eq!(listed.len(), 501, "{list:?}");
        }
    }
    backend.store().count_follows(owner).await.unwrap();
    let plans = assert_cheap(backend, owner);
    // Only the index is read for the items before a numbered page.
    let positions = plans
        .iter()
        .filter(|(sql, _)| !sql.contains("decided_at") && sql.contains("created_at"));
    let mut number = 0;
    for (sql, plan) in positions {
        assert_reads_index_alone(backend, sql, plan);
        number += 1;
    }
    assert_eq!(number, 3, "{plans:?}");
}

/// Lists of contacts and blocks are read from one index and sorted.
pub async fn contacts_and_blocks_are_read_from_one_index<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), some_id());
    let time = backend.dialect().time;
    let tables = [
        ("contacts (owner_id, contact_id, added_at)", time),
        ("blocks (blocker_id, blocked_id, blocked_at)", time),
    ];
    fill_tables(backend, owner, &tables);
    for behind in [None, Some(somewhere())] {
        let query = ListQuery {
            owner,
            behind,
            limit: 501,
        };
        assert_eq!(store.list_contacts(&query).await.unwrap().len(), 501);
        assert_eq!(store.list_blocks(&query).await.unwrap().len(), 501);
    }
    for (sql, plan) in assert_no_table_is_read(backend, owner) {
        assert_reads_index_alone(backend, &sql, &plan);
    }
}

pub async fn history_is_read_from_an_index_in_its_order<B: Backend>(backend: &B) {
    let (store, owner) = (backend.store(), some_id());
    let other = backend.dialect().random_id;
    let time = backend.dialect().time;
    let columns =
        format!("{other}, {time}, 'account.is_private', 'true', 'false', 'a-request', NULL");
    fill_tables(backend, owner, &[("audit_log", &columns)]);
    for setting in [None, Some("account.is_private")] {
        for before in [None, Some(Uuid::max())] {
            let query = AuditQuery {
                user_id: owner,
                setting: setting.map(|name| SettingName::parse(&Catalogue::core(), name).unwrap()),
                before,
                limit: 201,
            };
            let entries = AuditStore::list(&**store, &query).await.unwrap();
            assert_eq!(entries.len(), 201);
        }
    }
    assert_cheap(backend, owner);
}

pub async fn looks_are_read_from_an_index_in_its_order<B: Backend>(backend: &B) {
    let owner = some_id();
    let Dialect {
        random_id: other,
        time,
        ..
    } = *backend.dialect();
    let columns = format!("{other}, {time}, 'a ticket', 'a-request'");
    fill_tables(backend, owner, &[("support_looks", &columns)]);
    for before in [None, Some(Uuid::max())] {
        let query = LookQuery {
            user_id: owner,
            before,
            limit: 201,
        };
        let listed = backend.store().list_looks(&query).await.unwrap();
        assert_eq!(listed.len(), 201);
    }
    assert_cheap(backend, owner);
}

fn assert_reads_index_alone<B: Backend>(backend: &B, sql: &str, plan: &str) {
    let words = backend.dialect().index_alone;
    let reads_index_alone = words.iter().any(|word| plan.contains(word));
    assert!(reads_index_alone, "{sql}\n{plan}");
}

/// Fails if a statement about the owner reads rows that are not in the result, or sorts. Returns all plans.
fn assert_cheap<B: Backend>(backend: &B, owner: UserId) -> Vec<(String, String)> {
    let plans = assert_no_table_is_read(backend, owner);
    for (sql, plan) in &plans {
        assert!(!plan.contains(backend.dialect().sort), "{sql}\n{plan}");
    }
    plans
}

/// Fails if a statement about the owner counts, or reads a table without an index. Returns all plans.
fn assert_no_table_is_read<B: Backend>(backend: &B, owner: UserId) -> Vec<(String, String)> {
    let statements = statements_about(owner).into_iter();
    let statements: Vec<_> = statements.filter(|sql| !sql.contains(BY_KEYS)).collect();
    assert!(!statements.is_empty());
    let planned = statements.into_iter().map(|sql| {
        let counts = sql.replace("count(*) FROM erasures_under_way", "");
        assert!(!counts.to_lowercase().contains("count("), "{sql}");
        let plan = without_erasures_under_way(&backend.plan(&sql));
        for cost in backend.dialect().costs {
            assert!(!plan.contains(cost), "{sql}\n{plan}");
        }
        (sql, plan)
    });
    planned.collect()
}

/// The plan without its parts about the table of erasures in progress. This table has few rows, and may be read and
/// counted as a whole.
fn without_erasures_under_way(plan: &str) -> String {
    let lines: Vec<_> = plan.lines().collect();
    let is_of_it = |line: &str| {
        let line = line.trim_start();
        line.contains("on erasures_under_way")
            || line.starts_with("SCAN erased")
            || line == "SCAN CONSTANT ROW"
    };
    let counts_it = |place: usize| {
        let next = lines.get(place + 1);
        lines[place].contains("Aggregate") && next.is_some_and(|line| is_of_it(line))
    };
    let kept = lines.iter().enumerate();
    let kept = kept.filter(|(place, line)| !is_of_it(line) && !counts_it(*place));
    kept.map(|(_, line)| *line).collect::<Vec<_>>().join("\n")
}
