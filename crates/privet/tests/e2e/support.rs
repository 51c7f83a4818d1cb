//! Shared code of end-to-end tests. A test looks like this:
//!
//! ```ignore
//! in_every_setup![a_setting_can_be_changed];
//!
//! async fn a_setting_can_be_changed(database: Database) {
//!     let server = Server::start(&database).await;
//!     let alice = server.new_user();
//!     let answer = alice.put("/api/v1/privacy/settings", json!({"setting": "show_last_seen", "value": false})).await;
//!     assert_eq!(answer.status, 200, "{answer}");
//!     assert_eq!(answer.json()["status"], "updated");
//! }
//! ```
//!
//! That is four tests, `sqlite::…`, `postgres::…`, `postgres_redis::…` and `two_replicas::…`, each with a
//! server and a database of its own. `on_both_stores!` makes two, without Redis and replicas, and is for what
//! each process does by itself; why is said beside it. `in_one_setup!` makes one, and is for rules, and for the
//! shapes of requests and answers, that are the same in every set-up: a rule is tested with fakes in the domain and
//! the application, a store in `store-conformance`, and here once that the two meet. A test that is left out of the
//! list is dead code, which the lints refuse. Rate limits are off unless the test switches them on:
//! `Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")])`.

pub mod asking;
pub mod catalogues;
pub mod changes;
pub mod document;
pub mod http;
pub mod key_sets;
pub mod keys;
pub mod metrics;
pub mod named_tests;
pub mod open_files;
pub mod privet;
pub mod receipts;
pub mod services;
pub mod tokens;
pub mod users;

pub use http::client::{Answer, Client};
pub use http::half_sent::HalfSent;
pub use http::{paths, shapes, wire};
pub use keys::KeyPair;
pub use privet::program::Program;
pub use privet::server::{Server, address_in};
pub use privet::setup::Setup;
pub use privet::verdicts::for_good;
pub use privet::{program, verdicts};
pub use services::database::{Backend, Database};
pub use services::key_server::KeyServer;
pub use services::postgres_pair::{PostgresPair, PostgresServer};
pub use services::proxy::Proxy;
pub use services::redis_server::RedisServer;
pub use services::{certificates, key_server, redis_server, shared_redis, sql, tls_postgres};
pub use tokens::Token;
pub use users::{acting, contacts_and_blocks, follows, sent, settings};

use uuid::Uuid;

/// The shared secret of every server under test, unless it gets other keys.
pub const SECRET: &str = "the shared secret of the end-to-end tests";

/// A new user.
#[expect(
    clippy::disallowed_methods,
    reason = "tests need users, not reproducible ones"
)]
pub fn new_user_id() -> Uuid {
    Uuid::new_v4()
}

/// Makes four tests of each of these functions, which take a [`Database`]: one in each [`Setup`].
macro_rules! in_every_setup {
    ($($test:ident),+ $(,)?) => {
        tests_in_setup!(sqlite, Setup::Sqlite, [$($test)+]);
        tests_in_setup!(postgres, Setup::Postgres, [$($test)+]);
        tests_in_setup!(postgres_redis, Setup::PostgresRedis, [$($test)+]);
        tests_in_setup!(two_replicas, Setup::TwoReplicas, [$($test)+]);
    };
}

/// The same on each store alone, without Redis and in one process.
macro_rules! on_both_stores {
    ($($test:ident),+ $(,)?) => {
        tests_in_setup!(sqlite_alone, Setup::Sqlite, [$($test)+]);
        tests_in_setup!(postgres_alone, Setup::Postgres, [$($test)+]);
    };
}

/// The same as one test, in the set-up that starts soonest; with `TEST_SPREAD=true` on PostgreSQL.
macro_rules! in_one_setup {
    ($($test:ident),+ $(,)?) => {
        tests_in_setup!(sqlite_only, Setup::of_one(), [$($test)+]);
    };
}

macro_rules! tests_in_setup {
    ($module:ident, $setup:expr, [$($test:ident)+]) => {
        mod $module {
            use $crate::support::{Database, Setup};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(Database::fresh($setup).await).await;
                }
            )+
        }
    };
}
