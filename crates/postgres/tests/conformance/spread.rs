//! The conformance suite with the statements for a distributed database, on a plain one.

use privet_store_conformance::conformance_tests;

use super::{PostgresBackend, backend};

async fn setup() -> PostgresBackend {
    backend(true).await
}

conformance_tests!(setup);
