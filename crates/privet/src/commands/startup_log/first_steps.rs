//! The log lines with the first steps: the addresses of the pages, a command for a token, and warnings.

use std::borrow::Cow;

use privet_application::IdSource;

use crate::configuration::keys::SecretSource;
use crate::configuration::{Configuration, Environment, variables};
use crate::system_clock::SystemClock;

use super::{exposure, sign_in};

/// The lines to log when Privet listens, prepared while the configuration is available.
pub struct FirstSteps {
    swagger_ui: String,
    privacy_centre: Option<String>,
    token_command: Option<String>,
    condition: &'static str,
    warnings: Vec<String>,
}

impl FirstSteps {
    /// Prepares the lines.
    pub fn new(environment: &Environment, configuration: &Configuration, public_url: &str) -> Self {
        let names = std::env::vars_os().filter_map(|(name, _)| name.into_string().ok());
        Self {
            swagger_ui: format!("{public_url}/swagger-ui/"),
            privacy_centre: configuration
                .pages
                .as_ref()
                .map(|_| format!("{public_url}/privacy/")),
            token_command: token_command(configuration),
            condition: match configuration.keys.secret {
                SecretSource::Configured { file: None, .. } => {
                    " (where PRIVET_JWT_SECRET is set as it is here)"
                }
                _ => "",
            },
            warnings: [
                variables::warnings(names),
                exposure::warnings(environment, configuration),
                sign_in::warnings(environment, configuration),
            ]
            .concat(),
        }
    }

    /// Logs the lines.
    pub fn log(&self) {
        tracing::info!("Swagger UI: {}", self.swagger_ui);
        if let Some(address) = &self.privacy_centre {
            tracing::info!("Privacy centre: {address}");
        }
        if let Some(command) = &self.token_command {
            tracing::info!("A token to try it with: {command}{}", self.condition);
        }
        for warning in &self.warnings {
            tracing::warn!("{warning}");
        }
    }
}

/// A command that prints a token when it is pasted into a shell in the same folder. It includes the variables that
/// it needs, except secrets; `None` if Privet cannot sign.
fn token_command(configuration: &Configuration) -> Option<String> {
    let keys = &configuration.keys;
    let mut variables = Vec::new();
    match &keys.secret {
        SecretSource::None => return None,
        SecretSource::Configured {
            file: Some(file), ..
        } => {
            variables.push(("PRIVET_JWT_SECRET_FILE", file.display().to_string()));
        }
        // The operator can set it again; here others could read it.
        SecretSource::Configured { file: None, .. } => {}
        SecretSource::Generated { .. } => {
            let url = configuration.database.location.shareable_url();
            variables.extend(url.map(|url| ("DATABASE_URL", url)));
        }
    }
    let claims = [
        ("PRIVET_JWT_ISSUER", &keys.issuer),
        ("PRIVET_JWT_AUDIENCE", &keys.audience),
    ];
    for (name, value) in claims {
        variables.extend(value.clone().map(|value| (name, value)));
    }
    let mut words: Vec<String> = variables
        .iter()
        .map(|(name, value)| format!("{name}={}", quoted(value)))
        .collect();
    let program = std::env::args()
        .next()
        .unwrap_or_else(|| "privet".to_owned());
    words.push(quoted(&program).into_owned());
    words.push(format!("token --user {}", SystemClock.new_id()));
    Some(words.join(" "))
}

/// The word, quoted for a POSIX shell.
fn quoted(word: &str) -> Cow<'_, str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:@%+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(is_plain) {
        return word.into();
    }
    format!("'{}'", word.replace('\'', r"'\''")).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(variables: &[(&str, &str)]) -> Option<String> {
        let configuration = Configuration::read(&Environment::of(variables)).unwrap();
        token_command(&configuration)
    }

    #[test]
    fn the_command_names_the_program_as_it_was_started() {
        let program = std::env::args().next().unwrap();
        let command = command(&[]).unwrap();
        let user = command
            .strip_prefix(&format!("{program} token --user "))
            .unwrap();
        assert!(privet_domain::UserId::parse(user).is_ok(), "{command}");
    }

    #[test]
    fn what_differs_from_the_defaults_is_part_of_the_command() {
        let command = command(&[
            ("DATABASE_URL", "sqlite://my data/privet.db"),
            ("PRIVET_JWT_ISSUER", "https://login.example.com"),
        ]);
        let command = command.unwrap();
        assert!(
            command.starts_with("DATABASE_URL='sqlite://my data/privet.db' "),
            "{command}"
        );
        assert!(
            command.contains(" PRIVET_JWT_ISSUER=https://login.example.com "),
            "{command}"
        );
    }

    #[test]
    fn a_secret_is_not_part_of_the_command() {
        let secret = "0123456789abcdef0123456789abcdef";
        let command = command(&[("PRIVET_JWT_SECRET", secret)]).unwrap();
        assert!(!command.contains(secret), "{command}");
    }

    #[test]
    fn words_are_quoted_where_a_shell_would_split_them() {
        assert_eq!(quoted("a/b.c"), "a/b.c");
        assert_eq!(quoted("it's"), r"'it'\''s'");
    }
}
