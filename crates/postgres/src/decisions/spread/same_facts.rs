//! The statements for a distributed database find the facts that those for one database find.

use std::time::Duration;

use diesel::connection::SimpleConnection;
use privet_application::rules::decisions::{Needs, Question, StoredFacts};
use privet_database::Statement;
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::some_id;

use super::*;
use crate::decisions::Facts;
use crate::layout::KnownLayout;
use crate::{PostgresConfig, PostgresStore};

/// One pair for each combination of rows, contacts, follows, exceptions and a block.
const PAIRS: usize = 256;

fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 1,
        timeout: Duration::from_secs(10),
        spread: true,
    })
    .unwrap()
}

/// Statements that store what the number's bits say about the pair.
fn relate(number: usize, (viewer, subject): (UserId, UserId)) -> String {
    let has = |bit: usize| (number >> bit) & 1 == 1;
    let statements = [
        (has(0), create(viewer, r#"{"account.is_private": true}"#)),
        (has(1), create(subject, "{}")),
        (has(2), add(viewer, subject, has(3))),
        (has(3), add(subject, viewer, has(4))),
        (has(4), follow(viewer, subject, has(2))),
        (has(5), follow(subject, viewer, has(3))),
        (has(6), except(viewer, subject) + &except(subject, viewer)),
        (has(7), block(subject, viewer)),
        (number % 29 == 28, erase(viewer)),
        (number % 31 == 30, erase(subject)),
    ];
    let stored = statements.into_iter().filter(|(is_stored, _)| *is_stored);
    stored.map(|(_, sql)| sql).collect()
}

fn create(user: UserId, choices: &str) -> String {
    format!(
        "INSERT INTO users (user_id, created_at, account_id, revision, choices, preferences, versions) \
         VALUES ('{user}', now(), gen_random_uuid(), 1, '{choices}', '{{}}', '{{}}');"
    )
}

fn add(owner: UserId, contact: UserId, close_friend: bool) -> String {
    format!("INSERT INTO contacts VALUES ('{owner}', '{contact}', now(), {close_friend});")
}

fn follow(follower: UserId, following: UserId, is_accepted: bool) -> String {
    let (status, decided_at) = if is_accepted {
        ("accepted", "now()")
    } else {
        ("pending", "NULL")
    };
    format!(
        "INSERT INTO follows (id, follower_id, following_id, status, created_at, decided_at) \
         VALUES (gen_random_uuid(), '{follower}', '{following}', '{status}', now(), {decided_at});"
    )
}

fn except(owner: UserId, person: UserId) -> String {
    format!(
        r#"INSERT INTO exceptions VALUES ('{owner}', '{person}', '{{"call": "never"}}', now());"#
    )
}

fn block(user_id: UserId, other: UserId) -> String {
    format!("INSERT INTO blocks VALUES ('{user_id}', '{other}', now());")
}

fn erase(user: UserId) -> String {
    format!(
        "INSERT INTO erased_users VALUES ('{user}', now()); DELETE FROM users WHERE user_id = '{user}';"
    )
}

fn find(
    connection: &mut PgConnection,
    is_spread: bool,
    requests: &[&Vec<Inquiry>],
) -> Vec<StoredFacts> {
    let facts = Facts(KnownLayout::new(is_spread));
    let mut answers = facts.run(connection, requests).unwrap();
    answers.remove(0).unwrap().unwrap()
}

#[tokio::test]
async fn both_forms_find_the_same_facts() {
    let migrate = async |url: String| open(&url).migrate().await.unwrap();
    let database = TestDatabase::migrated(migrate).await;
    let mut connection = PgConnection::establish(database.url()).unwrap();
    let pairs: Vec<_> = (0..PAIRS).map(|_| (some_id(), some_id())).collect();
    let related = pairs.iter().enumerate();
    let sql: String = related
        .map(|(number, pair)| relate(number, *pair))
        .collect();
    connection.batch_execute(&sql).unwrap();
    connection
        .batch_execute(
            "UPDATE users SET has_exceptions = true \
             WHERE user_id IN (SELECT owner_id FROM exceptions)",
        )
        .unwrap();
    for bits in 0..16_u8 {
        let needs = Needs {
            contacts: bits & 1 != 0,
            follows: bits & 2 != 0,
            followed: bits & 4 != 0,
            viewer: bits & 8 != 0,
        };
        let questions = pairs.iter().flat_map(|&(viewer, subject)| {
            [(viewer, subject), (subject, viewer), (viewer, viewer)]
                .map(|(viewer, subject)| Question { viewer, subject })
        });
        let inquiries: Vec<_> = questions
            .map(|question| Inquiry { question, needs })
            .collect();
        let expected = find(&mut connection, false, &[&inquiries]);
        let found = find(&mut connection, true, &[&inquiries]);
        for ((inquiry, found), expected) in inquiries.iter().zip(found).zip(expected) {
            assert_eq!(found, expected, "{inquiry:?}");
        }
    }
}
