//! The plan of the statement for one user and thousands of others: no table is read as a whole, and lists of the one user
//! are read once, into hash tables.

#![expect(clippy::unwrap_used, reason = "a failure here fails a test")]

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel::sql_types::Text;
use privet_application::rules::decisions::{DecisionStore, Inquiry, MOST_PAIRS, Needs, Question};
use privet_domain::UserId;
use privet_postgres::{PostgresConfig, PostgresStore};
use privet_store_conformance::plans;
use privet_store_conformance::postgres_fixture::TestDatabase;
use privet_store_conformance::samples::some_id;

const FILL: &str = "\
    INSERT INTO users (user_id, created_at, account_id, revision, choices, preferences, versions) \
    SELECT gen_random_uuid(), now(), gen_random_uuid(), 1, '{}', '{}', '{}' FROM generate_series(1, 10000); \
    INSERT INTO contacts (owner_id, contact_id, added_at) \
    SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, 10000); \
    INSERT INTO blocks SELECT gen_random_uuid(), gen_random_uuid(), now() FROM generate_series(1, 10000); \
    INSERT INTO exceptions SELECT gen_random_uuid(), gen_random_uuid(), '{}', now() \
    FROM generate_series(1, 10000); \
    INSERT INTO follows SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid(), 'accepted', now(), now() \
    FROM generate_series(1, 10000); \
    INSERT INTO erased_users SELECT gen_random_uuid(), now() FROM generate_series(1, 10000)";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text, column_name = "QUERY PLAN")]
    text: String,
}

fn open(url: &str) -> PostgresStore {
    PostgresStore::new(PostgresConfig {
        url: url.to_owned(),
        pool: 1,
        timeout: Duration::from_secs(10),
        spread: false,
    })
    .unwrap()
}

fn inquiries(question: impl Fn(UserId) -> Question) -> Vec<Inquiry> {
    let inquiry = |_| Inquiry {
        question: question(some_id()),
        needs: Needs::default(),
    };
    (0..=MOST_PAIRS).map(inquiry).collect()
}

/// The generic plan, which does not depend on the parameters.
fn plan(connection: &mut PgConnection, name: &str, sql: &str) -> String {
    let prepare =
        format!("PREPARE {name} (uuid, boolean, boolean, boolean, boolean, uuid[]) AS {sql}");
    connection.batch_execute(&prepare).unwrap();
    let explain = format!("EXPLAIN (VERBOSE) EXECUTE {name} (NULL, NULL, NULL, NULL, NULL, NULL)");
    let lines: Vec<Line> = diesel::sql_query(explain).load(connection).unwrap();
    let lines = lines.into_iter().map(|line| line.text);
    lines.collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn lists_of_the_one_user_of_a_filter_are_read_once() {
    plans::record_statements();
    let migrate = async |url: String| open(&url).migrate().await.unwrap();
    let database = TestDatabase::migrated(migrate).await;
    let mut connection = PgConnection::establish(database.url()).unwrap();
    connection.batch_execute(FILL).unwrap();
    connection.batch_execute("VACUUM ANALYZE").unwrap();
    let force = "SET plan_cache_mode = force_generic_plan";
    connection.batch_execute(force).unwrap();

    let one = some_id();
    let of_subject = inquiries(|viewer| Question {
        viewer,
        subject: one,
    });
    let of_viewer = inquiries(|subject| Question {
        viewer: one,
        subject,
    });
    let store = open(database.url());
    for inquiries in [of_subject, of_viewer] {
        let facts = store.facts(&inquiries).await.unwrap();
        assert_eq!(facts.len(), inquiries.len());
    }
    let statements = plans::statements_about(one);
    assert_eq!(statements.len(), 2);
    for (number, sql) in statements.iter().enumerate() {
        let plan = plan(&mut connection, &format!("filter{number}"), sql);
        assert!(!plan.contains("Seq Scan"), "{plan}");
        let lists = sql.matches("asked.many IN").count();
        assert_eq!(plan.matches("hashed SubPlan").count(), lists, "{plan}");
    }
}
