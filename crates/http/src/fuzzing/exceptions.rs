//! Bodies of `PUT /api/v1/privacy/exceptions/{userId}`.

use privet_domain::relationships::exceptions::Exception;

use super::{CORE, LONGEST_ERROR, assert_is_told, read_body};
use crate::features::relationships::exceptions::{LIST, parse_exceptions};

/// An accepted body gives exactly its exceptions; a refused one gets a short error.
pub fn exceptions(data: &[u8]) {
    let Some(body) = read_body(LIST, data) else {
        return;
    };
    let exceptions = match parse_exceptions(&CORE, &body) {
        Ok(exceptions) => exceptions,
        Err(error) => return assert_is_told(LIST, &error, LONGEST_ERROR),
    };
    let wanted = body["exceptions"].as_object().expect("it was taken");
    assert!(!wanted.is_empty());
    assert_eq!(exceptions.to_stored(), *wanted);
    assert_eq!(exceptions.shown(&CORE).count(), wanted.len());
    for (action, exception) in exceptions.shown(&CORE) {
        assert!(Exception::ALL.contains(&exception));
        assert_eq!(wanted[action], exception.as_str());
    }
}
