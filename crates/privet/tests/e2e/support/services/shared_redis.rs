//! The Redis that all tests share. Their keys do not meet: each database names an epoch of its own.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

/// What `REDIS_URL` takes. A missing server fails the tests, it never skips them.
pub fn url() -> String {
    std::env::var("TEST_REDIS_URL").unwrap_or_else(|_| {
        panic!(
            "TEST_REDIS_URL is not set. Run `make test`, or a single test under \
             `scripts/with-test-services --redis`, which starts a Redis where none is running."
        )
    })
}

/// Whether that is this one, and no other that a test has of its own.
pub fn is_at(url: &str) -> bool {
    std::env::var("TEST_REDIS_URL").is_ok_and(|shared| shared == url)
}

/// Leaves a database as replicas leave it that have used the cache for a while. On a new one they would do
/// without it for a second, in which most tests are over.
pub fn put_into_use(connection: &mut PgConnection, url: &str) {
    let begin = format!(
        "UPDATE cache_epoch SET epoch = gen_random_uuid(), server_id = 'v1:{}'",
        run_id(url)
    );
    connection.batch_execute(&begin).unwrap();
}

/// What Redis calls itself from its start to its end.
fn run_id(url: &str) -> String {
    let client = redis::Client::open(url).unwrap();
    let mut connection = match client.get_connection() {
        Ok(connection) => connection,
        Err(error) => panic!("the Redis of TEST_REDIS_URL cannot be used: {error}"),
    };
    let mut command = redis::cmd("INFO");
    let said: String = command.arg("server").query(&mut connection).unwrap();
    let run_id = said.lines().find_map(|line| line.strip_prefix("run_id:"));
    run_id.unwrap().trim().to_owned()
}
