//! Fuzz targets: one function for each target in `fuzz/`. Each calls the code of the handlers with untrusted input
//! and checks properties of the result. Compiled only with the feature `fuzzing`, and in tests, which run the
//! stored inputs and mutations of them.

#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "a property that does not hold should end the run"
)]

mod authzen;
mod catalogue;
mod changes_query;
mod cohorts;
mod contact_update;
mod cursor;
mod decisions;
mod enforce_profile;
mod exceptions;
mod filter;
mod import_lines;
mod messaging_update;
mod own_import;
mod preferences_patch;
mod preferences_reset;
mod preview;
mod support_change;
mod token;
mod view_parameters;

#[cfg(test)]
mod tests;

use std::sync::LazyLock;

use privet_domain::Timestamp;
use privet_domain::catalogue::Catalogue;
use privet_http_core::errors::{ApiError, Family, render_body};
use privet_http_core::request::body;
use serde_json::Value;

pub use authzen::{authzen_evaluation, authzen_evaluations};
pub use catalogue::catalogue;
pub use changes_query::changes_query;
pub use cohorts::cohorts;
pub use contact_update::contact_update;
pub use cursor::cursor;
pub use decisions::decisions;
pub use enforce_profile::enforce_profile;
pub use exceptions::exceptions;
pub use filter::filter;
pub use import_lines::import_lines;
pub use messaging_update::messaging_update;
pub use own_import::own_import;
pub use preferences_patch::preferences_patch;
pub use preferences_reset::preferences_reset;
pub use preview::preview;
pub use support_change::support_change;
pub use token::token;
pub use view_parameters::view_parameters;

/// A target: takes untrusted input and panics if a property does not hold.
pub type Target = fn(&[u8]);

/// All targets, by the name of their folder in `fuzz/corpus/`.
pub const TARGETS: [(&str, Target); 20] = [
    ("token", token),
    ("preferences_patch", preferences_patch),
    ("cursor", cursor),
    ("authzen_evaluation", authzen_evaluation),
    ("authzen_evaluations", authzen_evaluations),
    ("decisions", decisions),
    ("messaging_update", messaging_update),
    ("preferences_reset", preferences_reset),
    ("enforce_profile", enforce_profile),
    ("exceptions", exceptions),
    ("filter", filter),
    ("preview", preview),
    ("import_lines", import_lines),
    ("own_import", own_import),
    ("support_change", support_change),
    ("contact_update", contact_update),
    ("cohorts", cohorts),
    ("view_parameters", view_parameters),
    ("catalogue", catalogue),
    ("changes_query", changes_query),
];

/// The built-in catalogue.
static CORE: LazyLock<Catalogue> = LazyLock::new(Catalogue::core);

/// The maximum size of an error body in bytes.
const LONGEST_ERROR: usize = 64 * 1_024;

/// The body of a request on `path`; `None` if it is not JSON, after checking the error.
fn read_body(path: &str, data: &[u8]) -> Option<Value> {
    let body = body::parse(data);
    let malformed = |error: &ApiError| assert_is_told(path, error, LONGEST_ERROR);
    body.inspect_err(malformed).ok()
}

/// Asserts that the error is a client error, in JSON of at most this size.
fn assert_is_told(path: &str, error: &ApiError, longest: usize) {
    let status = error.failure().status;
    assert!(status.is_client_error(), "{status}: {error}");
    let now = Timestamp::from_micros(0).expect("1970 can be written");
    let text = render_body(Family::of(path), error, now).to_string();
    assert!(text.len() <= longest, "{} bytes", text.len());
    let read: Result<Value, _> = serde_json::from_str(&text);
    assert!(read.is_ok_and(|body| body.is_object()), "{text}");
}
