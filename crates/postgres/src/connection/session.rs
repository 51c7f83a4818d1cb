//! Sessions of the server: tests whether a session is usable, and cancels its current statement.

use std::fmt;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Bool, Integer};
use privet_database::{Connector, Executor, StopStatement};

/// Identifies a session among all sessions of the servers behind a URL. Process ids are used again, but not with the
/// same start time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct PostgresSession {
    #[diesel(sql_type = Integer)]
    process_id: i32,
    /// In microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    started: i64,
}

#[derive(QueryableByName)]
pub(crate) struct Writable {
    #[diesel(sql_type = Bool)]
    is_writable: bool,
}

impl Writable {
    fn assert(&self) -> QueryResult<()> {
        if self.is_writable {
            return Ok(());
        }
        let message = Box::new("the server is read-only: a standby, or set so".to_owned());
        Err(Error::DatabaseError(
            DatabaseErrorKind::ReadOnlyTransaction,
            message,
        ))
    }
}

/// What a new connection is told about its session and its database.
#[derive(QueryableByName)]
pub(crate) struct Begun {
    #[diesel(embed)]
    pub session: PostgresSession,
    #[diesel(embed)]
    writable: Writable,
    /// Whether the extension that distributes tables is in the database.
    #[diesel(sql_type = Bool)]
    pub has_citus: bool,
}

/// The first statement of a session. Fails as [`assert_writable`] does.
pub(crate) fn begin(connection: &mut PgConnection) -> QueryResult<Begun> {
    let begun: Begun = diesel::sql_query(
        "SELECT pid AS process_id, (extract(epoch FROM backend_start) * 1000000)::bigint AS started, \
         current_setting('transaction_read_only') = 'off' AS is_writable, \
         EXISTS (SELECT FROM pg_extension WHERE extname = 'citus') AS has_citus \
         FROM pg_stat_get_activity(pg_backend_pid())",
    )
    .get_result(connection)?;
    begun.writable.assert()?;
    Ok(begun)
}

/// Fails with [`DatabaseErrorKind::ReadOnlyTransaction`] if the session is read-only: on a standby, which has outdated
/// data, or if the role, the database or the server is set so. libpq tests the same for `read-write`.
pub(crate) fn assert_writable(connection: &mut PgConnection) -> QueryResult<()> {
    let asked: Writable =
        diesel::sql_query("SELECT current_setting('transaction_read_only') = 'off' AS is_writable")
            .get_result(connection)?;
    asked.assert()
}

/// Cancels statements through another connection to the server.
pub(crate) struct PostgresStopper<C: Connector>(Executor<C>);

impl<C: Connector> PostgresStopper<C> {
    /// The executor's connections MUST be others than those whose statements are cancelled, so that one is free.
    pub fn through(executor: Executor<C>) -> Self {
        Self(executor)
    }
}

impl<C: Connector> fmt::Debug for PostgresStopper<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PostgresStopper")
    }
}

impl<C: Connector<Connection = PgConnection>> StopStatement<PostgresSession>
    for PostgresStopper<C>
{
    // When the server has answered, the signal is sent. The session handles it before its next statement, and ignores
    // it if it executes none.
    async fn stop(&self, session: PostgresSession) -> bool {
        let stop = move |connection: &mut PgConnection| {
            diesel::sql_query(
                "SELECT pg_cancel_backend(pid) FROM pg_stat_get_activity($1) \
                 WHERE (extract(epoch FROM backend_start) * 1000000)::bigint = $2",
            )
            .bind::<Integer, _>(session.process_id)
            .bind::<BigInt, _>(session.started)
            .execute(connection)
        };
        self.0.read(stop).await.is_ok()
    }
}
