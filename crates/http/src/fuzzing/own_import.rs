//! Bodies of `POST /api/v1/users/me/import`.

use super::{LONGEST_ERROR, assert_is_told, read_body};
use crate::features::accounts::import::parse_document;

const PATH: &str = "/api/v1/users/me/import";

/// An accepted document has no more items than the body; a refused one gets a short error.
pub fn own_import(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let document = match parse_document(&body) {
        Ok(document) => document,
        Err(error) => return assert_is_told(PATH, &error, LONGEST_ERROR),
    };
    let length = |list: &str| body[list].as_array().map_or(0, Vec::len);
    assert_eq!(document.contacts.len(), length("contacts"));
    assert_eq!(document.blocks.len(), length("blocks"));
    assert_eq!(document.exceptions.len(), length("exceptions"));
    assert!(document.follows.len() <= length("follows"));
    assert_eq!(
        body["user_id"].as_str().map(str::to_ascii_lowercase),
        Some(document.owner.to_string())
    );
}
