//! Import lines and their outcomes as JSON, for the endpoint and the command.

use privet_application::transfer::ParsedLine;
use privet_application::transfer::import::{ImportCounts, Outcome};
use privet_domain::FieldError;
use privet_domain::catalogue::Catalogue;
use privet_domain::transfer::TransferLine;
use privet_http_core::errors::MOST_FIELDS;
use privet_http_core::request::lines::Line;
use serde_json::{Value, json};

/// Parses a line.
pub fn parse_line(catalogue: &Catalogue, line: &Line) -> ParsedLine {
    let value = line.parse().map_err(|error| vec![error])?;
    TransferLine::parse(catalogue, &value)
}

/// What is told of a line: nothing if it was made.
#[must_use]
pub fn told(line: u64, outcome: &Outcome) -> Option<Value> {
    let error = |error: &FieldError| json!({"field": error.field, "message": error.message});
    let (name, errors) = match outcome {
        Outcome::Created | Outcome::Changed | Outcome::Unchanged => return None,
        Outcome::Invalid(errors) => {
            let errors = errors.iter().take(MOST_FIELDS).map(error);
            ("invalid", errors.collect())
        }
        Outcome::Skipped => ("skipped", Vec::new()),
    };
    Some(json!({"line": line, "outcome": name, "errors": errors}))
}

/// What is told last.
#[must_use]
pub fn told_last(counts: &ImportCounts) -> Value {
    json!({"counts": {
        "created": counts.created,
        "changed": counts.changed,
        "unchanged": counts.unchanged,
        "invalid": counts.invalid,
        "skipped": counts.skipped,
    }})
}
