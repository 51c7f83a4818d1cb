//! Making connections to the writable primary that cannot hang for ever, and saying why one could not be made
//! without repeating the password.

mod refusal;
pub(crate) mod session;

use std::time::Duration;

use diesel::connection::SimpleConnection;
use diesel::{Connection, ConnectionError, PgConnection, QueryResult};
use privet_application::StoreError;
use privet_database::Connector;
use privet_database::errors::store_error;

use crate::connection::session::{PostgresSession, PostgresStopper, assert_writable};

/// Makes connections for serving.
#[derive(Clone)]
pub(crate) struct PostgresConnector {
    url: String,
    timeout: Duration,
}

impl PostgresConnector {
    pub fn new(url: &str, timeout: Duration) -> Result<Self, StoreError> {
        Ok(Self {
            url: bounded(url, timeout).ok_or_else(|| StoreError::internal(InvalidUrl))?,
            timeout,
        })
    }

    /// A connection whose statements may take as long as they need, whatever the role's own limits are.
    pub fn connect_unbounded(&self) -> Result<PgConnection, StoreError> {
        let (mut connection, _) = self.establish()?;
        remove_time_limits(&mut connection).map_err(store_error)?;
        Ok(connection)
    }

    fn establish(&self) -> Result<(PgConnection, PostgresSession), StoreError> {
        let mut connection = PgConnection::establish(&self.url).map_err(connection_error)?;
        // The URL may ask libpq for any server.
        let session = assert_writable(&mut connection).map_err(store_error)?;
        Ok((connection, session))
    }
}

/// A role or a database may have limits for a statement, a lock, a transaction or an idle session, and which there
/// are depends on the server's release.
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
        // Nobody waits for an answer any longer than the timeout; the server shall not either, so that
        // a statement that waits for a lock gives its connection back. The isolation level is what the
        // statements are written for, whatever the database's own default. Every statement looks things
        // up by index whatever its values: planning it anew for each took most of a single decision.
        let limit = self.timeout.as_millis().clamp(1, 86_400_000);
        let settings = format!(
            "SET statement_timeout = {limit}; SET idle_in_transaction_session_timeout = {limit}; \
             SET lock_timeout = 0; SET default_transaction_isolation = 'read committed'; \
             SET plan_cache_mode = force_generic_plan"
        );
        connection.batch_execute(&settings).map_err(store_error)?;
        Ok((connection, session))
    }

    fn is_usable(&self, connection: &mut PgConnection) -> bool {
        assert_writable(connection).is_ok()
    }

    // A server does not look whether anybody still wants what it is at. What changes something is either one
    // statement, which ends with its time; or a transaction, of which nothing is left unless its COMMIT was
    // sent, and that takes less, however long the statements before it may take.
    fn aftermath(&self) -> Duration {
        self.timeout + TO_ARRIVE_AND_COMMIT
    }
}

/// What is on its way when a connection is lost arrives within the time after which the system gives a silent
/// host up (`tcp_user_timeout`), and the limit of a statement does not count the time for committing it.
const TO_ARRIVE_AND_COMMIT: Duration = Duration::from_secs(10);

/// The database URL is none that libpq takes, or asks for what libpq does not know. It is not repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("libpq does not take the database URL")]
pub struct InvalidUrl;

/// The URL with whatever it lacks to keep a connection from hanging (limits for connecting, and for how
/// long a host may be silent) and from leading to a server that takes no changes. `None` if it is no PostgreSQL URL.
fn bounded(url: &str, timeout: Duration) -> Option<String> {
    let (base, query) = split_query(url)?;
    // libpq takes whole seconds, at least two.
    let connect_timeout = timeout.as_millis().div_ceil(1000).max(2);
    let mut parameters: Vec<_> = query
        .split('&')
        .filter(|parameter| !parameter.is_empty())
        .map(str::to_owned)
        .collect();
    for (name, value) in [
        ("fallback_application_name", "privet".to_owned()),
        ("connect_timeout", connect_timeout.to_string()),
        // A host that vanished is given up about five seconds after it was last heard of.
        ("keepalives_idle", "3".to_owned()),
        ("keepalives_interval", "1".to_owned()),
        ("keepalives_count", "3".to_owned()),
        ("tcp_user_timeout", "5000".to_owned()),
        // A standby answers from old data. libpq passes over it to the next host.
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

/// What stands before and behind the question mark, read as libpq does: the first `@` ends the
/// credentials, unless a slash comes before it.
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

/// Why no connection could be made. libpq quotes what it cannot make sense of, which may be a password
/// in the wrong place; only messages about a connection attempt hold none.
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
    use super::*;

    const ADDED: &str = "fallback_application_name=privet&connect_timeout=2&keepalives_idle=3\
                         &keepalives_interval=1&keepalives_count=3&tcp_user_timeout=5000\
                         &target_session_attrs=read-write";

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
    fn limits_that_are_given_stand() {
        let url = "postgres://host/privet?sslmode=require&connect_timeout=9";
        let bounded = bounded(url, Duration::from_secs(2)).unwrap();
        assert!(bounded.starts_with(url), "{bounded}");
        assert_eq!(bounded.matches("connect_timeout=").count(), 1);
        assert!(bounded.contains("&tcp_user_timeout=5000"), "{bounded}");
    }

    #[test]
    fn another_kind_of_url_is_refused_without_being_repeated() {
        for url in ["mysql://user:secret@host/db", "host=db password=secret", ""] {
            let error = PostgresConnector::new(url, Duration::from_secs(2))
                .err()
                .unwrap();
            assert!(!error.to_string().contains("secret"), "{error}");
        }
    }

    #[test]
    fn no_password_is_repeated_whatever_is_wrong_with_the_url() {
        for url in [
            "postgres://user:secret/x@127.0.0.1:1/db",
            "postgres://user:se@secret@127.0.0.1:1/db",
            "postgres://user:%secret@127.0.0.1:1/db",
            "postgres://user:secret@[::1/db",
            "postgres://user:secret@127.0.0.1:1/db?secret",
            "postgres://user:secret@127.0.0.1:1/db?password=secret&sslmode=secret",
            "postgres://user:secret@127.0.0.1:1/db",
        ] {
            let connector = PostgresConnector::new(url, Duration::from_secs(2)).unwrap();
            let error = connector.connect().err().unwrap();
            assert!(!format!("{error} {error:?}").contains("secret"), "{error}");
        }
    }
}
