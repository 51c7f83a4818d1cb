//! Bodies of `PATCH /api/v1/contacts/{userId}`.

use serde_json::json;

use super::{LONGEST_ERROR, assert_is_told, read_body};
use crate::features::relationships::contacts::{LIST, parse_update};

/// An accepted body has the mark and nothing else; a refused one gets a short error.
pub fn contact_update(data: &[u8]) {
    let Some(body) = read_body(LIST, data) else {
        return;
    };
    match parse_update(&body) {
        Ok(close_friend) => assert_eq!(body, json!({"close_friend": close_friend})),
        Err(error) => assert_is_told(LIST, &error, LONGEST_ERROR),
    }
}
