//! What end-to-end tests are written with:
//!
//! ```ignore
//! on_both_stores![a_setting_can_be_changed];
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
//! That is two tests, `sqlite::…` and `postgres::…`, each with a server and a database of its own. A test
//! that is left out of the list is dead code, which the lints refuse. Rate limits are off unless the test
//! switches them on: `Server::start_with(&database, &[("PRIVET_RATE_LIMITS", "on")])`.

pub mod client;
pub mod database;
pub mod keys;
pub mod program;
pub mod proxy;
pub mod redis;
pub mod server;
pub mod tokens;

pub use client::{Answer, Client};
pub use database::{Backend, Database};
pub use keys::KeyPair;
pub use program::Program;
pub use proxy::Proxy;
pub use redis::RedisServer;
pub use server::Server;
pub use tokens::Token;

use uuid::Uuid;

/// The shared secret that every server under test has, unless it is given other keys.
pub const SECRET: &str = "the shared secret of the end-to-end tests";

/// A user whom nobody has seen before.
#[expect(
    clippy::disallowed_methods,
    reason = "tests need users, not reproducible ones"
)]
pub fn new_user_id() -> Uuid {
    Uuid::new_v4()
}

/// Runs each of these functions, which take a [`Database`], as two tests, one on each store.
macro_rules! on_both_stores {
    ($($test:ident),+ $(,)?) => {
        on_both_stores!(@ sqlite, Sqlite, [$($test)+]);
        on_both_stores!(@ postgres, Postgres, [$($test)+]);
    };
    (@ $module:ident, $backend:ident, [$($test:ident)+]) => {
        mod $module {
            use $crate::support::{Backend, Database};

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    super::$test(Database::fresh(Backend::$backend).await).await;
                }
            )+
        }
    };
}
