//! The query of `GET /api/v1/privacy/changes`.

use actix_web::web::Query;
use privet_application::changes::{MOST_CHANGES, Start};

use super::{LONGEST_ERROR, assert_is_told};
use crate::features::changes::feed::{ChangesParameters, LONGEST_WAIT, PATH};

/// An accepted query begins at a cursor that is written exactly so, and its numbers are within bounds; a refused one gets a
/// short error.
pub fn changes_query(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(Query(parameters)) = Query::<ChangesParameters>::from_query(text) else {
        return;
    };
    match parameters.parse() {
        Ok(query) => {
            assert!((1..=MOST_CHANGES).contains(&query.limit));
            assert!(query.wait.as_secs() <= LONGEST_WAIT);
            // Percent signs may spell the cursor otherwise.
            if let Start::After(cursor) = query.start
                && !text.contains(['%', '+'])
            {
                assert!(text.contains(&format!("after={cursor}")));
            }
        }
        Err(error) => assert_is_told(PATH, &error, LONGEST_ERROR),
    }
}
