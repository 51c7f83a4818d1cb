//! The pages for people: whether they are served, how people sign in, and who may frame them.

use privet_http::PagesConfig;
use reqwest::Url;

use super::addresses::origin;
use super::keys::{KeyConfiguration, SecretSource};
use super::{ConfigurationError, Environment};

const PAGES: &str = "PRIVET_PAGES";
/// The issuer of OpenID Connect at which people sign in.
pub const ISSUER: &str = "PRIVET_OIDC_ISSUER";
const CLIENT_ID: &str = "PRIVET_OIDC_CLIENT_ID";
const FRAME_ANCESTORS: &str = "PRIVET_PAGES_FRAME_ANCESTORS";

/// An issuer of OpenID Connect.
struct Issuer {
    name: String,
    origin: String,
    client_id: String,
}

/// Reads how the pages are served; `None` if they are not. By default they are on if the key was generated.
pub fn read_pages(
    environment: &Environment,
    keys: &KeyConfiguration,
) -> Result<Option<PagesConfig>, ConfigurationError> {
    let is_on = environment.parsed(PAGES, "on or off", |text| match text {
        "on" => Some(true),
        "off" => Some(false),
        _ => None,
    })?;
    let frame_ancestors = environment.list(
        FRAME_ANCESTORS,
        "origins separated by commas, such as https://app.example.com",
        origin,
    )?;
    let issuer = read_issuer(environment)?;
    let is_development = matches!(keys.secret, SecretSource::Generated { .. });
    let (name, origin, client_id) = match issuer {
        Some(issuer) => (
            Some(issuer.name),
            Some(issuer.origin),
            Some(issuer.client_id),
        ),
        None => (None, None, None),
    };
    Ok(is_on.unwrap_or(is_development).then_some(PagesConfig {
        issuer: name,
        issuer_origin: origin,
        client_id,
        audience: keys.audience.clone(),
        is_development,
        frame_ancestors,
    }))
}

fn read_issuer(environment: &Environment) -> Result<Option<Issuer>, ConfigurationError> {
    let issuer = environment.parsed(
        ISSUER,
        "the issuer of OpenID Connect as its tokens name it: https://…, or http://… on this machine",
        |text| origin_of_issuer(text).map(|origin| (text.to_owned(), origin)),
    )?;
    match (issuer, environment.text(CLIENT_ID)?) {
        (None, None) => Ok(None),
        (Some((name, origin)), Some(client_id)) => Ok(Some(Issuer {
            name,
            origin,
            client_id,
        })),
        (Some(_), None) => Err(incomplete(ISSUER, CLIENT_ID)),
        (None, Some(_)) => Err(incomplete(CLIENT_ID, ISSUER)),
    }
}

fn incomplete(set: &str, missing: &str) -> ConfigurationError {
    ConfigurationError::other(format!("{set} is set without {missing}; set both or none"))
}

/// The origin of an issuer; `None` if the text is none. Browsers sign in without TLS on the same machine only.
fn origin_of_issuer(text: &str) -> Option<String> {
    let url = Url::parse(text).ok()?;
    let has_user = !url.username().is_empty() || url.password().is_some();
    let is_plain = url.query().is_none() && url.fragment().is_none() && !has_user;
    let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
    let is_safe = url.scheme() == "https" || (url.scheme() == "http" && is_here);
    let origin = (is_plain && is_safe).then(|| url.origin().ascii_serialization());
    // A semicolon would end the directive in the content security policy.
    origin.filter(|origin| !origin.contains(';'))
}

#[cfg(test)]
mod tests {
    use super::super::database::Location;
    use super::*;

    const SECRET: (&str, &str) = ("PRIVET_JWT_SECRET", "0123456789abcdef0123456789abcdef");

    fn read(variables: &[(&str, &str)]) -> Result<Option<PagesConfig>, ConfigurationError> {
        let environment = Environment::of(variables);
        let location = Location::Sqlite("privet.db".into());
        read_pages(
            &environment,
            &KeyConfiguration::read(&environment, &location)?,
        )
    }

    #[test]
    fn pages_are_on_where_nothing_is_configured() {
        assert!(read(&[]).unwrap().unwrap().is_development);
        assert!(read(&[("PRIVET_PAGES", "off")]).unwrap().is_none());
        assert!(read(&[SECRET]).unwrap().is_none());
        let pages = read(&[SECRET, ("PRIVET_PAGES", "on")]).unwrap().unwrap();
        assert!(!pages.is_development);
    }

    #[test]
    fn an_issuer_needs_a_client_id_and_the_reverse() {
        let issuer = (ISSUER, "https://login.example.com/realms/x");
        let client = (CLIENT_ID, "privacy");
        for variables in [[issuer], [client]] {
            let message = read(&variables).unwrap_err().to_string();
            assert!(
                message.contains(ISSUER) && message.contains(CLIENT_ID),
                "{message}"
            );
        }
        let pages = read(&[issuer, client]).unwrap().unwrap();
        assert_eq!(
            pages.issuer_origin.as_deref(),
            Some("https://login.example.com")
        );
    }

    #[test]
    fn what_is_no_issuer_is_refused_by_name() {
        for text in [
            "login.example.com",
            "http://login.example.com",
            "https://login.example.com/?x",
            "https://login.example.com/#x",
            "https://me@login.example.com",
            "https://:secret@login.example.com",
            "https://login.example.com;x",
            "ftp://login.example.com",
        ] {
            let message = read(&[(ISSUER, text), (CLIENT_ID, "x")]).unwrap_err();
            assert!(message.to_string().starts_with(ISSUER), "{message}");
        }
        for (name, value) in [
            (PAGES, "yes"),
            (FRAME_ANCESTORS, "*"),
            (FRAME_ANCESTORS, "https://app.example.com;x"),
        ] {
            let message = read(&[(name, value)]).unwrap_err().to_string();
            assert!(message.starts_with(name), "{message}");
        }
    }

    #[test]
    fn an_issuer_on_this_machine_needs_no_tls() {
        for text in [
            "http://localhost:9000",
            "http://127.0.0.1:9000",
            "http://[::1]:9000/x",
        ] {
            assert!(read(&[(ISSUER, text), (CLIENT_ID, "x")]).is_ok(), "{text}");
        }
    }
}
