//! Errors of a catalogue with their paths.

use std::fmt;

/// A rule that a catalogue breaks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogueFault {
    /// The path of the member (`actions.call.needs[0]`); `the file` for the whole file.
    pub path: String,
    /// The error message.
    pub problem: String,
}

impl fmt::Display for CatalogueFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.problem)
    }
}

/// An invalid catalogue, with all its errors, one a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(.0))]
pub struct InvalidCatalogue(Vec<CatalogueFault>);

impl InvalidCatalogue {
    /// The errors in the order of the document; at least one.
    #[must_use]
    pub fn faults(&self) -> &[CatalogueFault] {
        &self.0
    }
}

fn lines(faults: &[CatalogueFault]) -> String {
    let lines: Vec<_> = faults.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Collects errors while a catalogue is parsed.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<CatalogueFault>);

impl Faults {
    pub fn add(&mut self, path: &str, problem: impl Into<String>) {
        let path = if path.is_empty() { "the file" } else { path };
        self.0.push(CatalogueFault {
            path: path.to_owned(),
            problem: problem.into(),
        });
    }

    /// The value, if there was no error.
    pub fn finish<T>(self, value: T) -> Result<T, InvalidCatalogue> {
        if self.0.is_empty() {
            Ok(value)
        } else {
            Err(InvalidCatalogue(self.0))
        }
    }
}
