//! Opens connections to the writable primary. They have time limits, and errors do not contain the password.

mod refusal;
pub(crate) mod session;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, PgConnection, QueryResult};
use privet_application::StoreError;
use privet_database::Connector;
use privet_database::errors::store_error;

use crate::connection::session::{PostgresSession, PostgresStopper, assert_writable, begin};
use crate::layout::{KnownLayout, Layout};

/// Opens connections with the settings for requests.
#[derive(Clone)]
pub(crate) struct PostgresConnector {
    url: String,
    timeout: Duration,
    layout: KnownLayout,
}

impl PostgresConnector {
    /// Notes the layout of the database in `layout` each time that it connects.
    pub fn new(url: &str, timeout: Duration, layout: KnownLayout) -> Result<Self, StoreError> {
        Ok(Self {
            url: bounded(url, timeout).ok_or_else(|| StoreError::internal(InvalidUrl))?,
            timeout,
            layout,
        })
    }

    /// The time limit of a statement.
    pub const fn timeout(&self) -> Duration {
        self.timeout
    }

    /// A connection without time limits for statements, whatever limits the role has.
    pub fn connect_unbounded(&self) -> Result<PgConnection, StoreError> {
        let (mut connection, _) = self.establish()?;
        remove_time_limits(&mut connection).map_err(store_error)?;
        Ok(connection)
    }

    fn establish(&self) -> Result<(PgConnection, PostgresSession), StoreError> {
        let mut connection = PgConnection::establish(&self.url).map_err(connection_error)?;
        // The URL may have options with which libpq also connects to a read-only server.
        let begun = begin(&mut connection).map_err(store_error)?;
        self.layout.learn(begun.has_citus);
        Ok((connection, begun.session))
    }

    /// With a generic plan, a distributed database could not send a statement to the one node that has the rows, and
    /// refuses it.
    fn plan_mode(&self) -> &'static str {
        match self.layout.get() {
            Layout::Whole => "force_generic_plan",
            Layout::Spread => "auto",
        }
    }
}

/// A role or a database may have limits for a statement, a lock, a transaction or an idle session. The names of the
/// settings depend on the server's version.
fn remove_time_limits(connection: &mut PgConnection) -> QueryResult<()> {
    connection.batch_execute(
        "SELECT set_config(name, '0', false) FROM pg_settings \
         WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout', \
         'idle_in_transaction_session_timeout', 'idle_session_timeout')",
    )
}

impl Connector for PostgresConnector {
    type Connection = PgConnection;
    type Session = PostgresSession;
    type Stopper = PostgresStopper<Self>;

    const MAX_LIFETIME: Option<Duration> = Some(Duration::from_mins(30));

    fn connect(&self) -> Result<(PgConnection, PostgresSession), StoreError> {
        let (mut connection, session) = self.establish()?;
        // Callers wait no longer than the timeout. The server has the same limit, so that a statement that waits for a
        // lock frees its connection. The statements are written for this isolation level, whatever the database's
        // default is. The plan mode is generic, because every statement finds rows by an index whatever its values are.
        // Planning a statement each time took most of the time of a single decision. Nothing is compiled (JIT): where a
        // table is large, compiling takes hundreds of times as long as the statement.
        let limit = self.timeout.as_millis().clamp(1, 86_400_000);
        let plan_mode = self.plan_mode();
        let settings = format!(
            "SET statement_timeout = {limit}; SET idle_in_transaction_session_timeout = {limit}; \
             SET lock_timeout = 0; SET default_transaction_isolation = 'read committed'; \
             SET plan_cache_mode = {plan_mode}; SET jit = off"
        );
        connection.batch_execute(&settings).map_err(store_error)?;
        Ok((connection, session))
    }

    fn is_usable(&self, connection: &mut PgConnection) -> bool {
        assert_writable(connection).is_ok()
    }

    // A server does not notice that the caller has given up. A change is either one statement, which has a time limit,
    // or a transaction. A transaction leaves nothing unless its COMMIT was sent, and a COMMIT takes less time than
    // this, however long the statements before it may take.
    fn aftermath(&self) -> Duration {
        self.timeout + TO_ARRIVE_AND_COMMIT
    }
}

/// Packets that are in transit when a connection is lost arrive within the time after which the system closes a
/// connection to a silent host (`tcp_user_timeout`). The statement timeout does not include the time for the commit.
const TO_ARRIVE_AND_COMMIT: Duration = Duration::from_secs(10);

/// libpq does not accept the database URL, or the URL has options that libpq does not know. The error does not contain
/// the URL.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("libpq does not take the database URL")]
pub struct InvalidUrl;

/// Adds missing options to the URL: limits for connecting and for how long a host may be silent, and the requirement of
/// a writable server. `None` if it is no PostgreSQL URL.
fn bounded(url: &str, timeout: Duration) -> Option<String> {
    let (base, query) = split_query(url)?;
    // libpq takes whole seconds, and at least two.
    let connect_timeout = timeout.as_millis().div_ceil(1000).max(2);
    let mut parameters: Vec<_> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(str::to_owned)
        .collect();
    for (name, value) in [
        ("fallback_application_name", "privet".to_owned()),
        ("connect_timeout", connect_timeout.to_string()),
        // A vanished host is detected about five seconds after its last packet.
        ("keepalives_idle", "3".to_owned()),
        ("keepalives_interval", "1".to_owned()),
        ("keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "5000".to_owned()),
        // A standby has outdated data. libpq skips it and tries the next host.
        ("target_session_attrs", "read-write".to_owned()),
    ] {
        let assignment = format!("{name}=");
        if !parameters
            .iter()
            .any(|given| given.starts_with(&assignment))
        {
            parameters.push(assignment + &value);
        }
    }
    Some(format!("{base}?{}", parameters.join("&")))
}

/// Splits the URL at the question mark of the query. The URL is read as libpq does: the first `@` ends the credentials,
/// unless a slash comes before it.
fn split_query(url: &str) -> Option<(&str, &str)> {
    let rest = url
        .strip_prefix("postgresql://")
        .or_else(|| url.strip_prefix("postgres://"))?;
    let hosts = match rest.split_once('@') {
        Some((credentials, hosts)) if !credentials.contains('/') => hosts,
        _ => rest,
    };
    let (_, query) = hosts.split_once('?').unwrap_or((hosts, ""));
    let base = url.strip_suffix(query)?;
    Some((base.strip_suffix('?').unwrap_or(base), query))
}

/// Converts the error of a connection attempt. libpq quotes what it cannot parse, which may be a misplaced password.
/// Only messages about a connection attempt never contain one.
fn connection_error(error: ConnectionError) -> StoreError {
    match error {
        ConnectionError::BadConnection(message) if message.starts_with("connection to server") => {
            StoreError::unavailable_because(refusal::reason(&message), message)
        }
        ConnectionError::BadConnection(message)
            if message.starts_with("could not translate host name") =>
        {
            StoreError::unavailable("the host name in the database URL cannot be resolved")
        }
        ConnectionError::CouldntSetupConfiguration(error) => store_error(error),
        _ => StoreError::internal(InvalidUrl),
    }
}

#[cfg(test)]
mod tests {
    use diesel::prelude::*;
    use diesel::{dsl, sql_types::Text};
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;

    const ADDED: &str = "fallback_application_name=privet&connect_timeout=2&keepalives_idle=3\
                         &keepalives_interval=1&keepalives_count=3&tcp_user_timeout=5000\
                         &target_session_attrs=read-write";

    fn connector(url: &str) -> Result<PostgresConnector, StoreError> {
        PostgresConnector::new(url, Duration::from_secs(2), KnownLayout::new(false))
    }

    #[test]
    fn no_statement_is_compiled() {
        let database = TestDatabase::empty();
        let (mut connection, _) = connector(database.url()).unwrap().connect().unwrap();
        let jit = dsl::sql::<Text>("current_setting('jit')");
        let jit: String = diesel::select(jit).get_result(&mut connection).unwrap();
        assert_eq!(jit, "off");
    }

    #[test]
    fn limits_are_added_to_a_url_without_them() {
        for base in [
            "postgres://host/privet",
            "postgresql://user:secret@host:5432/privet",
            "postgres://user:what?@host",
            "postgres://%2Frun%2Fpostgresql/privet",
        ] {
            let url = bounded(base, Duration::from_millis(1500)).unwrap();
            assert_eq!(url, format!("{base}?{ADDED}"));
        }
    }

    #[test]
    fn given_limits_are_kept() {
        let url = "postgres://host/privet?sslmode=require&connect_timeout=9";
        let bounded = bounded(url, Duration::from_secs(2)).unwrap();
        assert!(bounded.starts_with(url), "{bounded}");
        assert_eq!(bounded.matches("connect_timeout=").count(), 1);
        assert!(bounded.contains("&tcp_user_timeout=5000"), "{bounded}");
    }

    #[test]
    fn an_error_of_another_kind_of_url_does_not_contain_it() {
        for url in ["mysql://user:secret@host/db", "host=db password=secret", ""] {
            let error = connector(url).err().unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn an_error_of_an_invalid_url_does_not_contain_the_password() {
        for url in [
            "postgres://user:secret/x@127.0.0.1:1/db",
            "postgres://user:se@secret@127.0.0.1:1/db",
            "postgres://user:%secret@127.0.0.1:1/db",
            "postgres://user:secret@[::1/db",
            "postgres://user:secret@127.0.0.1:1/db?secret",
            "postgres://user:secret@127.0.0.1:1/db?password=secret&sslmode=secret",
            "postgres://user:secret@127.0.0.1:1/db",
        ] {
            let error = connector(url).unwrap().connect().err().unwrap();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
