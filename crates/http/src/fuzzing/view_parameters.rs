//! The query of `GET /api/v1/privacy/explain` and `POST /api/v1/privacy/preview`.

use actix_web::web::Query;
use privet_application::rules::explanations::View;

use super::{LONGEST_ERROR, assert_is_told};
use crate::features::rules::explanations::{EXPLAIN, ViewParameters};

/// An accepted query names one viewer, by exactly one of the parameters; a refused one gets a short error.
pub fn view_parameters(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(Query(parameters)) = Query::<ViewParameters>::from_query(text) else {
        return;
    };
    let has = |name: &str| text.split('&').any(|it| it.starts_with(name));
    match parameters.parse() {
        // Percent signs may spell the names otherwise.
        _ if text.contains('%') || text.contains('+') => {}
        Ok(View::User(viewer)) => {
            assert!(has("viewer=") && !has("as="));
            let text = text.to_ascii_lowercase();
            assert!(text.contains(&viewer.to_string()));
        }
        Ok(View::MadeUp(viewer)) => {
            assert!(has("as=") && !has("viewer="));
            assert!(text.contains(viewer.as_str()));
        }
        Err(error) => assert_is_told(EXPLAIN, &error, LONGEST_ERROR),
    }
}
