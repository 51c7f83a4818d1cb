//! The database, its connections and time limits.

use std::path::{Path, PathBuf};
use std::time::Duration;

use privet_application::StoreError;

use super::server::cores;
use super::{ConfigurationError, Environment, Secret, shown_url};

const URL: &str = "DATABASE_URL";
/// The file with the URL.
pub const URL_FILE: &str = "DATABASE_URL_FILE";
const SPREAD: &str = "PRIVET_DATABASE_SPREAD";
const TAKES: &str = "sqlite://<path of a file>, or \
                     postgres://<user>:<password>@<host>:<port>/<database>?<libpq's parameters> \
                     with everything special in user and password percent-encoded";
const DEFAULT_PATH: &str = "data/privet.db";
/// Connections for each core. What is sent in batches uses few of them (`docs/performance.md`).
const CONNECTIONS_PER_CORE: u32 = 4;
/// On PostgreSQL reads use at most half of them.
const SMALLEST_DEFAULT_POOL: u32 = 8;
/// PostgreSQL accepts 100 connections by default, which replicas share.
const LARGEST_DEFAULT_POOL: u32 = 32;
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(2);
const DEFAULT_CACHE_TTL: Duration = Duration::from_mins(5);
/// More than any database server accepts.
const LARGEST_POOL: u32 = 10_000;
const LONGEST_TIMEOUT_MS: u64 = 60_000;
/// A week.
const LONGEST_CACHE_TTL: u64 = 604_800;

/// The database, and how to use it.
#[derive(Debug)]
pub struct DatabaseConfiguration {
    /// The location of the database.
    pub location: Location,
    /// The variable that defines it.
    pub variable: &'static str,
    /// The number of connections.
    pub pool: u32,
    /// How long a request may wait for the database.
    pub timeout: Duration,
    /// The lifetime of a cached row; `None` disables the cache.
    pub cache_ttl: Option<Duration>,
    /// Whether PostgreSQL gets the statements of a distributed database even if it is none.
    pub spread: bool,
}

/// The location of a database.
#[derive(Debug, PartialEq, Eq)]
pub enum Location {
    /// The file of an embedded SQLite database.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database.
    Postgres(Secret<String>),
}

impl Location {
    /// The URL without its secrets.
    pub fn shown(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite://{}", path.display()),
            Self::Postgres(url) => shown_url::without_secrets(url.reveal()),
        }
    }

    /// The value of the attribute `db.system.name` (OpenTelemetry).
    pub fn system(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgresql",
        }
    }

    /// The URL for use in a command, if it is not the default and contains no secret.
    pub fn shareable_url(&self) -> Option<String> {
        match self {
            Self::Sqlite(path) if path != Path::new(DEFAULT_PATH) => {
                Some(format!("sqlite://{}", path.display()))
            }
            Self::Sqlite(_) | Self::Postgres(_) => None,
        }
    }
}

impl DatabaseConfiguration {
    /// Reads everything about the database.
    pub fn read(environment: &Environment) -> Result<Self, ConfigurationError> {
        let pool = environment.parsed(
            "PRIVET_DATABASE_POOL",
            "a number of connections from 1 to 10000",
            |text| {
                text.parse()
                    .ok()
                    .filter(|pool| (1..=LARGEST_POOL).contains(pool))
            },
        )?;
        let timeout = environment.parsed(
            "PRIVET_DATABASE_TIMEOUT_MS",
            "a number of milliseconds from 1 to 60000",
            |text| {
                text.parse()
                    .ok()
                    .filter(|ms| (1..=LONGEST_TIMEOUT_MS).contains(ms))
            },
        )?;
        let cache_ttl = environment.parsed(
            "PRIVET_CACHE_TTL",
            "a number of seconds up to 604800, or 0 for no cache",
            |text| {
                text.parse()
                    .ok()
                    .filter(|seconds| *seconds <= LONGEST_CACHE_TTL)
            },
        )?;
        let cache_ttl = cache_ttl.map_or(DEFAULT_CACHE_TTL, Duration::from_secs);
        let spread =
            environment.parsed(SPREAD, "true or false", |text| text.parse::<bool>().ok())?;
        let (variable, location) = read_location(environment)?;
        Ok(Self {
            variable,
            pool: pool.unwrap_or_else(|| default_pool(&location, cores())),
            location,
            timeout: timeout.map_or(DEFAULT_TIMEOUT, Duration::from_millis),
            cache_ttl: (!cache_ttl.is_zero()).then_some(cache_ttl),
            spread: spread.unwrap_or(false),
        })
    }

    /// The error if the database refuses the location when connecting.
    pub fn refused(&self) -> ConfigurationError {
        ConfigurationError::value(self.variable, &self.location.shown(), TAKES)
    }

    /// The error if the server refuses the user, the password, the database name or the kind of connection.
    pub fn refused_by_server(&self, cause: &StoreError) -> ConfigurationError {
        let given = self.location.shown();
        ConfigurationError::other(format!("{} is {given:?}: {cause}", self.variable))
    }
}

/// The single writer of SQLite is not in the pool.
fn default_pool(location: &Location, cores: usize) -> u32 {
    let cores = u32::try_from(cores).unwrap_or(u32::MAX);
    let connections = cores.saturating_mul(CONNECTIONS_PER_CORE);
    match location {
        Location::Sqlite(_) => connections.min(LARGEST_DEFAULT_POOL),
        Location::Postgres(_) => connections.clamp(SMALLEST_DEFAULT_POOL, LARGEST_DEFAULT_POOL),
    }
}

fn read_location(
    environment: &Environment,
) -> Result<(&'static str, Location), ConfigurationError> {
    let url = environment.text(URL)?;
    let takes = "the path of a file with a URL in it";
    let Some(content) = environment.text_file(URL_FILE, takes)? else {
        let location = url.map_or_else(
            || Ok(Location::Sqlite(DEFAULT_PATH.into())),
            |url| parse(URL, &url),
        );
        return Ok((URL, location?));
    };
    if url.is_some() {
        return Err(ConfigurationError::either_or(URL, URL_FILE));
    }
    Ok((URL_FILE, parse(URL_FILE, content.trim())?))
}

fn parse(variable: &str, url: &str) -> Result<Location, ConfigurationError> {
    let refused = |given: &str| ConfigurationError::value(variable, given, TAKES);
    match url.split_once("://") {
        Some(("sqlite", path)) => sqlite_path(path)
            .map(Location::Sqlite)
            .ok_or_else(|| refused(url)),
        Some((scheme @ ("postgres" | "postgresql"), rest)) if is_unambiguous(rest) => Ok(
            Location::Postgres(Secret::new(format!("{scheme}://{rest}"))),
        ),
        Some((scheme, _)) => Err(refused(&format!("{scheme}://…"))),
        None => Err(refused("…")),
    }
}

/// Without a file there is no place for the signing secret, and the text after a question mark would be ignored.
fn sqlite_path(path: &str) -> Option<PathBuf> {
    let names_a_file = !path.is_empty() && !path.ends_with('/') && !path.starts_with(':');
    (names_a_file && !path.contains(['?', '#'])).then(|| path.into())
}

/// Whether libpq parses user and password as intended. Otherwise it would treat a part of the password as the host
/// or port and show it in its error messages.
fn is_unambiguous(rest: &str) -> bool {
    let (authority, path) = rest.split_at(rest.find(['/', '?', '#']).unwrap_or(rest.len()));
    let is_encoded = rest.split('%').skip(1).all(|encoded| {
        let digits = encoded.as_bytes().first_chunk::<2>();
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    });
    is_encoded && authority.matches('@').count() <= 1 && !path.contains(['@', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> Result<DatabaseConfiguration, ConfigurationError> {
        DatabaseConfiguration::read(&Environment::of(variables))
    }

    fn location(url: &str) -> Result<Location, ConfigurationError> {
        read(&[(URL, url)]).map(|configuration| configuration.location)
    }

    #[test]
    fn an_embedded_database_is_used_until_told_otherwise() {
        let configuration = read(&[]).unwrap();
        assert_eq!(
            configuration.location,
            Location::Sqlite(DEFAULT_PATH.into())
        );
        assert_eq!(configuration.cache_ttl, Some(DEFAULT_CACHE_TTL));
    }

    #[test]
    fn the_pool_grows_with_the_machine_up_to_what_several_replicas_may_have() {
        let sizes = |location: Location| [1, 2, 8, 32].map(|cores| default_pool(&location, cores));
        assert_eq!(sizes(Location::Sqlite("privet.db".into())), [4, 8, 32, 32]);
        let url = Secret::new("postgres://localhost".to_owned());
        assert_eq!(sizes(Location::Postgres(url)), [8, 8, 32, 32]);
    }

    #[test]
    fn two_slashes_are_a_relative_path_and_three_an_absolute_one() {
        assert_eq!(
            location("sqlite://a/b.db"),
            Ok(Location::Sqlite("a/b.db".into()))
        );
        assert_eq!(
            location("sqlite:///a/b.db"),
            Ok(Location::Sqlite("/a/b.db".into()))
        );
    }

    #[test]
    fn a_database_without_a_file_is_refused() {
        for url in [
            "sqlite://",
            "sqlite://:memory:",
            "sqlite://data/",
            "sqlite::memory:",
        ] {
            assert!(location(url).is_err(), "{url}");
        }
    }

    #[test]
    fn a_url_that_is_refused_shows_no_password() {
        for url in [
            "mysql://root:hunter2@localhost/privet",
            "postgres://privet:hun/ter2@localhost/privet",
            "postgres://privet:hun?ter2@localhost/privet",
            "postgres://privet:hun@ter2@localhost/privet",
            "postgres://privet:hun%ter2@localhost/privet",
            "privet:hunter2@localhost",
        ] {
            let message = location(url).unwrap_err().to_string();
            assert!(message.starts_with("DATABASE_URL is"), "{message}");
            assert!(
                !message.contains("hun") && !message.contains("ter2"),
                "{message}"
            );
        }
    }

    #[test]
    fn a_password_with_everything_special_encoded_is_taken() {
        let url = "postgresql://privet:hun%2Fter%402@[::1]:5432/privet?sslmode=require";
        assert_eq!(
            location(url),
            Ok(Location::Postgres(Secret::new(url.to_owned())))
        );
    }

    #[test]
    fn a_cache_lifetime_of_zero_switches_the_cache_off() {
        assert_eq!(read(&[("PRIVET_CACHE_TTL", "0")]).unwrap().cache_ttl, None);
    }

    #[test]
    fn statements_are_spread_only_when_told_so() {
        assert!(!read(&[]).unwrap().spread);
        assert!(!read(&[(SPREAD, "false")]).unwrap().spread);
        assert!(read(&[(SPREAD, "true")]).unwrap().spread);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (name, value) in [
            ("PRIVET_DATABASE_POOL", "0"),
            ("PRIVET_DATABASE_POOL", "many"),
            ("PRIVET_DATABASE_TIMEOUT_MS", "0"),
            ("PRIVET_DATABASE_TIMEOUT_MS", "-1"),
            ("PRIVET_CACHE_TTL", "5m"),
            (SPREAD, "on"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(
                message.contains(name) && message.contains(value),
                "{message}"
            );
        }
    }
}
