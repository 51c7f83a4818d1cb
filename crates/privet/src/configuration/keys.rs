//! The keys that sign and verify tokens.

pub mod jwks;

use std::path::PathBuf;

use privet_http::identity::VerificationKey;

use super::database::Location;
use super::secret::SHORTEST_SECRET;
use super::{ConfigurationError, Environment, Secret};
use jwks::{JWKS, JwksLocation};

/// The HS256 secret itself.
pub const SECRET: &str = "PRIVET_JWT_SECRET";
/// The file with the HS256 secret.
pub const SECRET_FILE: &str = "PRIVET_JWT_SECRET_FILE";
/// The file with the public keys.
pub const PUBLIC_KEY_FILE: &str = "PRIVET_JWT_PUBLIC_KEY_FILE";

/// The rules for tokens.
#[derive(Debug)]
pub struct KeyConfiguration {
    /// The shared secret, if there is one.
    pub secret: SecretSource,
    /// The public keys in the PEM file, if there is one.
    pub public_keys: Vec<VerificationKey>,
    /// The location of the key set, if there is one.
    pub jwks: Option<JwksLocation>,
    /// The required `iss` of tokens.
    pub issuer: Option<String>,
    /// The required `aud` of tokens.
    pub audience: Option<String>,
}

/// The source of the HS256 secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// It is configured.
    Configured {
        /// The secret, at least 32 bytes.
        secret: Secret<Vec<u8>>,
        /// Its file, if it is in one.
        file: Option<PathBuf>,
    },
    /// It is generated once and stored beside the SQLite database.
    Generated {
        /// The file of the database.
        database: PathBuf,
    },
    /// There is none: only public keys are configured.
    None,
}

impl KeyConfiguration {
    /// Reads the keys, except those that must be fetched. Only an embedded database may have no configured key.
    pub fn read(
        environment: &Environment,
        location: &Location,
    ) -> Result<Self, ConfigurationError> {
        let public_keys = read_public_keys(environment)?;
        let jwks = JwksLocation::read(environment)?;
        let secret = match (read_secret(environment)?, location) {
            (Some(configured), _) => configured,
            (None, _) if jwks.is_some() || !public_keys.is_empty() => SecretSource::None,
            (None, Location::Sqlite(database)) => SecretSource::Generated {
                database: database.clone(),
            },
            (None, Location::Postgres(_)) => {
                return Err(ConfigurationError::other(format!(
                    "no key to verify tokens with is configured, and on PostgreSQL none is made: \
                     set {SECRET}, {SECRET_FILE}, {PUBLIC_KEY_FILE} or {JWKS}"
                )));
            }
        };
        Ok(Self {
            secret,
            public_keys,
            jwks,
            issuer: environment.text("PRIVET_JWT_ISSUER")?,
            audience: environment.text("PRIVET_JWT_AUDIENCE")?,
        })
    }
}

/// Reads the secret if one is configured, if necessary from its file.
pub fn read_secret(environment: &Environment) -> Result<Option<SecretSource>, ConfigurationError> {
    let secret = environment.text(SECRET)?;
    let in_file = environment.file(SECRET_FILE)?;
    let (variable, secret, file) = match (secret, in_file) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => return Err(ConfigurationError::either_or(SECRET, SECRET_FILE)),
        (Some(secret), None) => (SECRET, secret.into_bytes(), None),
        (None, Some(content)) => {
            let secret = without_line_end(&content).to_vec();
            (SECRET_FILE, secret, environment.path(SECRET_FILE))
        }
    };
    if secret.len() < SHORTEST_SECRET {
        return Err(ConfigurationError::hidden_value(
            variable,
            &format!("holds a secret of {} bytes", secret.len()),
            "one of at least 32 bytes, such as `openssl rand -base64 32` prints",
        ));
    }
    let secret = Secret::new(secret);
    Ok(Some(SecretSource::Configured { secret, file }))
}

/// The content of a file without its last line end, which editors and `echo` add. Other white space is part of the
/// secret, as for the signer who uses the same file.
pub fn without_line_end(content: &[u8]) -> &[u8] {
    let Some(line) = content.strip_suffix(b"\n") else {
        return content;
    };
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// Reads the public keys if a file is configured; otherwise none.
pub fn read_public_keys(
    environment: &Environment,
) -> Result<Vec<VerificationKey>, ConfigurationError> {
    let Some(pem) = environment.file(PUBLIC_KEY_FILE)? else {
        return Ok(Vec::new());
    };
    VerificationKey::from_pem(&pem).map_err(|error| {
        environment.refused_file(
            PUBLIC_KEY_FILE,
            &format!("is {error}"),
            "a file with public keys in PEM: RSA of at least 2048 bits, P-256 or Ed25519",
        )
    })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    const LONG_ENOUGH: &str = "0123456789abcdef0123456789abcdef";

    fn sqlite() -> Location {
        Location::Sqlite("privet.db".into())
    }

    fn postgres() -> Location {
        Location::Postgres(Secret::new("postgres://localhost".to_owned()))
    }

    fn read(
        variables: &[(&str, &str)],
        location: &Location,
    ) -> Result<SecretSource, ConfigurationError> {
        KeyConfiguration::read(&Environment::of(variables), location).map(|keys| keys.secret)
    }

    #[test]
    fn a_secret_is_made_for_sqlite_and_asked_for_on_postgresql() {
        assert!(matches!(
            read(&[], &sqlite()),
            Ok(SecretSource::Generated { .. })
        ));
        let message = read(&[], &postgres()).unwrap_err().to_string();
        assert!(message.contains("PRIVET_JWT_SECRET"), "{message}");
    }

    #[test]
    fn a_short_secret_is_refused_and_not_shown() {
        let message = read(&[(SECRET, "hunter2")], &sqlite())
            .unwrap_err()
            .to_string();
        assert!(
            message.contains("7 bytes") && message.contains("32 bytes"),
            "{message}"
        );
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn of_a_secret_file_only_the_last_line_end_does_not_count() {
        for (content, secret) in [
            ("{}", "{}"),
            ("{}\n", "{}"),
            ("{}\r\n", "{}"),
            ("{}\n\n", "{}\n"),
            ("{}\r", "{}\r"),
            ("{} \t", "{} \t"),
            ("{} \n", "{} "),
            (" \n{}\n", " \n{}"),
        ] {
            let [content, secret] = [content, secret].map(|text| text.replace("{}", LONG_ENOUGH));
            let mut file = tempfile::NamedTempFile::new().unwrap();
            file.write_all(content.as_bytes()).unwrap();
            let source = read(&[(SECRET_FILE, file.path().to_str().unwrap())], &postgres());
            let expected = SecretSource::Configured {
                secret: Secret::new(secret.into_bytes()),
                file: Some(file.path().into()),
            };
            assert_eq!(source, Ok(expected), "{content:?}");
        }
    }

    #[test]
    fn a_secret_and_a_secret_file_are_one_too_many() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap();
        let message = read(&[(SECRET, LONG_ENOUGH), (SECRET_FILE, path)], &sqlite());
        let message = message.unwrap_err().to_string();
        assert!(
            message.contains(SECRET) && message.contains(SECRET_FILE),
            "{message}"
        );
    }

    #[test]
    fn a_file_that_is_not_there_is_refused_by_its_name() {
        for variable in [SECRET_FILE, PUBLIC_KEY_FILE] {
            let message = read(&[(variable, "/no/such/file")], &sqlite());
            let message = message.unwrap_err().to_string();
            let expected = format!("{variable} is \"/no/such/file\", which cannot be read (");
            assert!(message.starts_with(&expected), "{message}");
        }
    }
}
