//! Warnings at the start about pages where nobody can sign in, although an issuer of OpenID Connect is configured.

use crate::configuration::keys::{KeyConfiguration, SecretSource};
use crate::configuration::pages::ISSUER;
use crate::configuration::{Configuration, Environment};

/// One sentence for each problem.
pub fn warnings(environment: &Environment, configuration: &Configuration) -> Vec<String> {
    let Some(pages) = &configuration.pages else {
        let is_unused = environment.is_set(ISSUER);
        return is_unused.then(pages_off).into_iter().collect();
    };
    let Some(issuer) = pages.issuer.as_deref() else {
        return Vec::new();
    };
    let keys = &configuration.keys;
    [generated_key(keys), other_issuer(keys, issuer)]
        .into_iter()
        .flatten()
        .collect()
}

fn pages_off() -> String {
    format!(
        "{ISSUER} is set, but the pages where people would sign in are off: set PRIVET_PAGES=on"
    )
}

fn generated_key(keys: &KeyConfiguration) -> Option<String> {
    matches!(keys.secret, SecretSource::Generated { .. }).then(|| {
        format!(
            "tokens of {ISSUER} are refused, because no key of the issuer is configured, only a generated secret: set PRIVET_JWKS or PRIVET_JWT_PUBLIC_KEY_FILE"
        )
    })
}

fn other_issuer(keys: &KeyConfiguration, issuer: &str) -> Option<String> {
    let expected = keys.issuer.as_deref()?;
    (expected != issuer).then(|| {
        format!(
            "tokens of {ISSUER} ({issuer}) are refused, because PRIVET_JWT_ISSUER is {expected}: set both to the same text"
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const URL: &str = "https://login.example.com";
    const OIDC: [(&str, &str); 2] = [(ISSUER, URL), ("PRIVET_OIDC_CLIENT_ID", "privacy")];
    const SECRET: (&str, &str) = ("PRIVET_JWT_SECRET", "0123456789abcdef0123456789abcdef");
    const ON: (&str, &str) = ("PRIVET_PAGES", "on");

    fn all(variables: &[(&str, &str)]) -> Vec<String> {
        let environment = Environment::of(variables);
        let configuration = Configuration::read(&environment).unwrap();
        warnings(&environment, &configuration)
    }

    #[test]
    fn pages_without_an_issuer_are_nothing_to_warn_of() {
        assert_eq!(all(&[]), [""; 0]);
        assert_eq!(all(&[SECRET]), [""; 0]);
        assert_eq!(all(&[SECRET, ON]), [""; 0]);
    }

    #[test]
    fn an_issuer_without_pages_is_named() {
        let [issuer, client] = OIDC;
        let warnings = all(&[issuer, client, SECRET]);
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("PRIVET_PAGES=on"), "{warnings:?}");
        assert_eq!(all(&[issuer, client, SECRET, ON]), [""; 0]);
    }

    #[test]
    fn a_generated_secret_does_not_verify_what_an_issuer_signs() {
        let [issuer, client] = OIDC;
        for variables in [vec![issuer, client], vec![issuer, client, ON]] {
            let warnings = all(&variables);
            assert_eq!(warnings.len(), 1, "{warnings:?}");
            assert!(warnings[0].contains("generated secret"), "{warnings:?}");
        }
    }

    #[test]
    fn an_issuer_whose_tokens_are_refused_by_name_is_named() {
        let [issuer, client] = OIDC;
        let with = |expected| all(&[issuer, client, SECRET, ON, ("PRIVET_JWT_ISSUER", expected)]);
        assert_eq!(with(URL), [""; 0]);
        let warnings = with("https://login.example.com/");
        assert_eq!(warnings.len(), 1, "{warnings:?}");
        assert!(warnings[0].contains("PRIVET_JWT_ISSUER"), "{warnings:?}");
    }
}
