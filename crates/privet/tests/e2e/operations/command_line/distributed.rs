//! `privet migrate --distributed`. What it does with the extension is tested in the crate of the store.

use crate::support::program::Output;
use crate::support::{Backend, Database, Program};

async fn migrate(database: &Database, further: &[&str]) -> Output {
    let arguments = [&["migrate"][..], further].concat();
    let program = Program::new(&arguments).with("DATABASE_URL", &database.url());
    program.run().await
}

#[tokio::test]
async fn tables_are_distributed_only_where_the_extension_is() {
    let database = Database::without_tables();
    let refused = migrate(&database, &["--distributed", "--shards", "8"]).await;
    assert_eq!(refused.status, 2, "{refused:?}");
    let last = refused.stderr.trim_end().lines().last().unwrap();
    let expected = "privet: cannot distribute the tables: the database has no extension citus; ";
    assert!(last.starts_with(expected), "{refused:?}");
    // The migrations before it were made, and serving needs nothing else.
    let users = "SELECT count(*) AS number FROM users";
    assert_eq!(database.number(users).await, 0);
}

#[tokio::test]
async fn sqlite_is_not_distributed() {
    let database = Database::fresh(Backend::Sqlite).await;
    let refused = migrate(&database, &["--distributed"]).await;
    assert_eq!(refused.status, 2, "{refused:?}");
    let line = refused.stderr.trim_end();
    let expected = "privet: --distributed takes a PostgreSQL, and DATABASE_URL is \"sqlite://";
    assert!(line.starts_with(expected), "{refused:?}");
    assert!(!line.contains('\n'), "{refused:?}");
}

#[tokio::test]
async fn a_number_of_shards_is_for_distributed_tables_and_above_zero() {
    let database = Database::without_tables();
    for arguments in [
        &["--shards", "8"][..],
        &["--distributed", "--shards", "0"],
        &["--distributed", "--shards", "many"],
    ] {
        let refused = migrate(&database, arguments).await;
        assert_eq!(refused.status, 2, "{refused:?}");
        assert!(refused.stderr.contains("--shards"), "{refused:?}");
    }
}
