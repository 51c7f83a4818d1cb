//! Sessions of the server: whether one can be used, and stopping the statement that one is at.

use std::fmt;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};
use diesel::sql_types::{BigInt, Bool, Integer};
use privet_database::{Connector, Executor, StopStatement};

/// A session among all that the servers behind a URL ever have: a process id may come again, with another start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, QueryableByName)]
pub(crate) struct PostgresSession {
    #[diesel(sql_type = Integer)]
    process_id: i32,
    /// In microseconds since 1970.
    #[diesel(sql_type = BigInt)]
    started: i64,
}

#[derive(QueryableByName)]
struct Asked {
    #[diesel(embed)]
    session: PostgresSession,
    #[diesel(sql_type = Bool)]
    is_writable: bool,
}

/// Which session this is. Fails with [`DatabaseErrorKind::ReadOnlyTransaction`] where it takes no changes: on a
/// standby, which has old data, and where the role, the database or the server is set so. This is what libpq's
/// `read-write` asks.
pub(crate) fn assert_writable(connection: &mut PgConnection) -> QueryResult<PostgresSession> {
    let asked: Asked = diesel::sql_query(
        "SELECT pid AS process_id, (extract(epoch FROM backend_start) * 1000000)::bigint AS started, \
         current_setting('transaction_read_only') = 'off' AS is_writable \
         FROM pg_stat_get_activity(pg_backend_pid())",
    )
    .get_result(connection)?;
    if asked.is_writable {
        Ok(asked.session)
    } else {
        let message = Box::new("the server is read-only: a standby, or set so".to_owned());
        Err(Error::DatabaseError(
            DatabaseErrorKind::ReadOnlyTransaction,
            message,
        ))
    }
}

/// Stops statements by asking the server to, through another connection.
pub(crate) struct PostgresStopper<C: Connector>(Executor<C>);

impl<C: Connector> PostgresStopper<C> {
    /// MUST be given connections that are never all at work on what is to be stopped.
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
    // When the server answers, the signal was sent: the session sees it before the next statement that comes in, and
    // forgets it where it is at none.
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
