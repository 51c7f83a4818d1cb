//! `privet token`: prints a token for tests or for a service.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::Context;
use clap::Args;
use privet_application::Clock;
use privet_domain::UserId;
use privet_http::identity::{TokenRequest, sign};

use crate::configuration::database::DatabaseConfiguration;
use crate::configuration::keys::{KeyConfiguration, SecretSource};
use crate::configuration::span::parse_span;
use crate::configuration::{Environment, Secret};
use crate::failure::Failure;
use crate::keys::signing_secret::{self, Found};
use crate::system_clock::SystemClock;

/// The default lifetime of a token.
const DEFAULT_TTL: &str = "1h";
/// A year, because a token cannot be revoked.
const LONGEST_TTL: Duration = Duration::from_hours(365 * 24);

/// The lifetime of a token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ttl(Duration);

/// A text that is not a valid lifetime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("takes a number and s, m, h or d, such as 30s, 15m, 1h or 7d; at most a year")]
pub struct InvalidTtl;

impl Ttl {
    /// Parses `30s`, `15m`, `1h` or `7d`.
    pub fn parse(text: &str) -> Result<Self, InvalidTtl> {
        parse_span(text)
            .filter(|span| *span <= LONGEST_TTL)
            .map(Self)
            .ok_or(InvalidTtl)
    }
}

/// The content of the token.
#[derive(Debug, Args)]
pub struct TokenArguments {
    /// The user or service that the token is for: a UUID
    #[arg(long, value_name = "UUID", value_parser = UserId::parse)]
    pub user: UserId,
    /// Its scopes, separated by spaces, such as "privacy:decide"
    #[arg(long)]
    pub scope: Option<String>,
    /// How long it is valid: 30s, 15m, 1h or 7d
    #[arg(long, default_value = DEFAULT_TTL, value_parser = Ttl::parse)]
    pub ttl: Ttl,
}

/// Prints a token.
pub fn run(environment: &Environment, arguments: TokenArguments) -> Result<(), Failure> {
    let database = DatabaseConfiguration::read(environment)?;
    let keys = KeyConfiguration::read(environment, &database.location)?;
    let secret = signing_secret(&keys.secret)?;
    let request = TokenRequest {
        user_id: arguments.user,
        scope: arguments.scope,
        issuer: keys.issuer,
        audience: keys.audience,
        issued_at: SystemClock.now(),
        ttl: arguments.ttl.0,
    };
    let token = sign(secret.reveal(), &request).context("cannot sign the token")?;
    writeln!(io::stdout().lock(), "{token}").context("cannot write to standard output")?;
    Ok(())
}

/// The existing secret. None is generated: no server would know it.
fn signing_secret(source: &SecretSource) -> Result<Secret<Vec<u8>>, Failure> {
    match signing_secret::find(source)? {
        Found::Secret(secret) => Ok(secret),
        Found::Nothing => Err(Failure::Refused(
            "cannot sign a token: only public keys are configured (PRIVET_JWT_PUBLIC_KEY_FILE, \
             PRIVET_JWKS), and whoever holds the private keys signs; privet token needs \
             PRIVET_JWT_SECRET or PRIVET_JWT_SECRET_FILE"
                .to_owned(),
        )),
        Found::NotMadeYet(path) => Err(Failure::Refused(format!(
            "cannot sign a token: there is no secret in {}, where privet serve keeps the one that it makes \
             beside its SQLite database (DATABASE_URL), and neither PRIVET_JWT_SECRET nor PRIVET_JWT_SECRET_FILE is \
             set; start privet serve first, or run this in its folder or with its variables",
            path.display()
        ))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("30s", 30), ("15m", 900), ("1h", 3_600), ("7d", 604_800)] {
            assert_eq!(Ttl::parse(text), Ok(Ttl(Duration::from_secs(seconds))));
        }
        for text in [
            "",
            "h",
            "1",
            "0s",
            "-1h",
            "1.5h",
            "1w",
            "1 h",
            "366d",
            "99999999999999999999d",
        ] {
            assert_eq!(Ttl::parse(text), Err(InvalidTtl), "{text}");
        }
    }
}
