//! A link that signs a demo user in at the privacy centre. It is written to standard output and not logged, because
//! it contains a token.

use std::io::{self, Write};
use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use privet_application::Clock;
use privet_domain::UserId;
use privet_http::identity::{TokenRequest, sign};
use uuid::Uuid;

use crate::configuration::Configuration;
use crate::keys::signing_secret::{self, Found};
use crate::system_clock::SystemClock;

/// The lifetime of the token.
const TTL: Duration = Duration::from_hours(12);

/// The id of the first person of `privet demo`.
const FIRST_PERSON: Uuid = Uuid::from_u128(0xde30_0000_0000_4000_8000_0000_0000_0001);

/// The first person of `privet demo`, as whom the link signs in.
pub fn first_person() -> UserId {
    UserId::from_uuid(FIRST_PERSON)
}

/// The link.
pub struct DemoLink(String);

impl DemoLink {
    /// The link; `None` unless the key was generated, Privet is reached on this machine only, and people do not sign
    /// in at an issuer. Behind a proxy it is not on this machine only, whatever address it listens on.
    pub fn new(
        configuration: &Configuration,
        listening: SocketAddr,
        public_url: &str,
    ) -> anyhow::Result<Option<Self>> {
        let pages = configuration.pages.as_ref();
        let is_for_development =
            pages.is_some_and(|pages| pages.is_development && pages.issuer.is_none());
        let is_here = listening.ip().is_loopback()
            && !configuration.addresses.has_public_url()
            && configuration.server.trusted_proxies.is_empty();
        if !is_for_development || !is_here {
            return Ok(None);
        }
        let keys = &configuration.keys;
        let Found::Secret(secret) = signing_secret::find(&keys.secret)? else {
            return Ok(None);
        };
        let request = TokenRequest {
            user_id: first_person(),
            scope: None,
            issuer: keys.issuer.clone(),
            audience: keys.audience.clone(),
            issued_at: SystemClock.now(),
            ttl: TTL,
        };
        let token = sign(secret.reveal(), &request).context("cannot sign a token")?;
        Ok(Some(Self(format!("{public_url}/privacy/#token={token}"))))
    }

    /// Prints it. Nothing depends on it, so that it may be lost.
    pub fn print(&self) {
        let mut output = io::stdout().lock();
        let _ = writeln!(output, "The privacy centre as a demo user: {}", self.0);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::configuration::Environment;

    const SECRET: &str = "0123456789abcdef0123456789abcdef";

    /// The link of a server with these variables that listens on `listening`.
    fn link(listening: &str, variables: &[(&str, &str)]) -> Option<String> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("privet.db");
        fs::write(signing_secret::path_beside(&file), SECRET).unwrap();
        let database = format!("sqlite://{}", file.display());
        let mut all = vec![("DATABASE_URL", database.as_str())];
        all.extend_from_slice(variables);
        let configuration = Configuration::read(&Environment::of(&all)).unwrap();
        let listening = listening.parse().unwrap();
        let link = DemoLink::new(&configuration, listening, "http://127.0.0.1:8080").unwrap();
        link.map(|link| link.0)
    }

    #[test]
    fn the_link_has_the_token_where_no_server_is_told_it() {
        let link = link("127.0.0.1:8080", &[]).unwrap();
        let token = link.strip_prefix("http://127.0.0.1:8080/privacy/#token=");
        assert_eq!(token.unwrap().split('.').count(), 3, "{link}");
    }

    #[test]
    fn a_link_is_made_on_this_machine_only() {
        assert!(link("[::1]:8080", &[]).is_some());
        for listening in ["0.0.0.0:8080", "[::]:8080", "10.1.2.3:8080"] {
            assert_eq!(link(listening, &[]), None, "{listening}");
        }
        let public = ("PRIVET_PUBLIC_URL", "https://privet.example.com");
        assert_eq!(link("127.0.0.1:8080", &[public]), None);
        let proxies = ("PRIVET_TRUSTED_PROXIES", "127.0.0.1");
        assert_eq!(link("127.0.0.1:8080", &[proxies]), None);
    }

    #[test]
    fn a_link_is_made_only_where_nobody_signs_in_otherwise() {
        let on = ("PRIVET_PAGES", "on");
        let here = "127.0.0.1:8080";
        assert_eq!(link(here, &[("PRIVET_PAGES", "off")]), None);
        assert_eq!(link(here, &[on, ("PRIVET_JWT_SECRET", SECRET)]), None);
        let issuer = ("PRIVET_OIDC_ISSUER", "https://login.example.com");
        let client = ("PRIVET_OIDC_CLIENT_ID", "privacy");
        assert_eq!(link(here, &[on, issuer, client]), None);
    }
}
