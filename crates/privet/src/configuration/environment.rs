//! Looks variables up: in the process environment, or in a list in tests.

use std::ffi::OsString;
use std::path::PathBuf;

use super::ConfigurationError;

type Lookup<'a> = dyn Fn(&str) -> Option<OsString> + 'a;

/// The source of variables. An empty variable counts as not set, because docker-compose passes unset ones on as
/// empty.
pub struct Environment<'a> {
    lookup: Box<Lookup<'a>>,
}

impl Environment<'static> {
    /// The environment of this process.
    pub fn of_process() -> Self {
        Self::new(|name| std::env::var_os(name))
    }
}

impl<'a> Environment<'a> {
    /// The variables that `lookup` returns.
    pub fn new(lookup: impl Fn(&str) -> Option<OsString> + 'a) -> Self {
        Self {
            lookup: Box::new(lookup),
        }
    }

    /// Exactly these variables.
    #[cfg(test)]
    pub fn of(variables: &[(&'a str, &'a str)]) -> Self {
        let variables: std::collections::HashMap<_, _> = variables.iter().copied().collect();
        Self::new(move |name| variables.get(name).map(Into::into))
    }

    /// Whether the variable is set.
    pub fn is_set(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The text of the variable.
    pub fn text(&self, name: &str) -> Result<Option<String>, ConfigurationError> {
        let text = self.raw(name).map(OsString::into_string).transpose();
        text.map_err(|_| {
            ConfigurationError::hidden_value(name, "holds bytes that are not UTF-8", "UTF-8 text")
        })
    }

    /// The parsed variable; if `parse` fails, the error contains `takes`, the valid values.
    pub fn parsed<T>(
        &self,
        name: &str,
        takes: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Result<Option<T>, ConfigurationError> {
        let Some(text) = self.text(name)? else {
            return Ok(None);
        };
        match parse(&text) {
            Some(value) => Ok(Some(value)),
            None => Err(ConfigurationError::value(name, &text, takes)),
        }
    }

    /// The items of a comma-separated list; none if it is not set.
    pub fn list<T>(
        &self,
        name: &str,
        takes: &str,
        parse: impl Fn(&str) -> Option<T>,
    ) -> Result<Vec<T>, ConfigurationError> {
        let items = self.parsed(name, takes, |text| {
            text.split(',').map(|item| parse(item.trim())).collect()
        })?;
        Ok(items.unwrap_or_default())
    }

    /// The path in the variable.
    pub fn path(&self, name: &str) -> Option<PathBuf> {
        self.raw(name).map(PathBuf::from)
    }

    /// The content of the file that the variable names.
    pub fn file(&self, name: &str) -> Result<Option<Vec<u8>>, ConfigurationError> {
        let content = self.path(name).map(std::fs::read).transpose();
        content.map_err(|cause| {
            self.refused_file(
                name,
                &format!("cannot be read ({cause})"),
                "the path of a file",
            )
        })
    }

    /// The text of the file that the variable names; `takes` describes valid files.
    pub fn text_file(&self, name: &str, takes: &str) -> Result<Option<String>, ConfigurationError> {
        let content = self.file(name)?.map(String::from_utf8).transpose();
        content.map_err(|_| self.refused_file(name, "is not text", takes))
    }

    /// The error of the file that the variable names.
    pub fn refused_file(&self, name: &str, problem: &str, takes: &str) -> ConfigurationError {
        let path = self.path(name).unwrap_or_default();
        ConfigurationError::file(name, &path, problem, takes)
    }

    fn raw(&self, name: &str) -> Option<OsString> {
        (self.lookup)(name).filter(|value| !value.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_counts_as_not_set() {
        let environment = Environment::of(&[("EMPTY", "")]);
        assert!(!environment.is_set("EMPTY"));
        assert_eq!(environment.text("EMPTY"), Ok(None));
    }

    #[test]
    fn the_items_of_a_list_may_be_spaced_out() {
        let environment = Environment::of(&[("LIST", "1, 2 ,3"), ("HOLES", "1,,2")]);
        let number = |item: &str| item.parse::<u8>().ok();
        assert_eq!(
            environment.list("LIST", "numbers", number),
            Ok(vec![1, 2, 3])
        );
        assert!(environment.list("HOLES", "numbers", number).is_err());
    }

    #[cfg(unix)]
    #[test]
    fn bytes_that_are_no_text_are_refused_without_showing_them() {
        use std::os::unix::ffi::OsStringExt;
        let environment = Environment::new(|_| Some(OsString::from_vec(vec![b'a', 0xff])));
        let message = environment.text("PRIVET_X").unwrap_err().to_string();
        assert_eq!(
            message,
            "PRIVET_X holds bytes that are not UTF-8; it takes UTF-8 text"
        );
    }
}
