//! Bodies of `PUT /api/v1/admin/users/{userId}/cohorts`.

use std::sync::LazyLock;

use privet_domain::catalogue::{Catalogue, MOST_COHORTS_OF_A_USER};

use super::{LONGEST_ERROR, assert_is_told, read_body};
use crate::features::administration::cohorts::{PATH, parse_cohorts};

/// With more cohorts than a user may have.
static CATALOGUE: LazyLock<Catalogue> = LazyLock::new(|| {
    let names = ["minor", "staff", "a", "b", "c", "d", "e", "f", "g"];
    let cohorts = names.map(|name| format!("{name:?}: {{\"description\": \"D.\"}}"));
    let text = format!("{{\"cohorts\": {{{}}}}}", cohorts.join(", "));
    Catalogue::parse(&text).expect("it is valid")
});

/// Accepted cohorts are those of the body, each once and of the catalogue; a refused body gets a short error.
pub fn cohorts(data: &[u8]) {
    let Some(body) = read_body(PATH, data) else {
        return;
    };
    let cohorts = match parse_cohorts(&CATALOGUE, &body) {
        Ok(cohorts) => cohorts,
        Err(error) => return assert_is_told(PATH, &error, LONGEST_ERROR),
    };
    let given = body["cohorts"].as_array().expect("it was taken");
    let names: Vec<_> = cohorts.iter().collect();
    assert!(names.len() <= MOST_COHORTS_OF_A_USER);
    assert!(given.iter().all(|it| names.iter().any(|name| it == name)));
    for (place, name) in names.iter().enumerate() {
        assert!(given.iter().any(|it| it == name));
        assert!(!names[..place].contains(name));
        assert!(CATALOGUE.cohorts().iter().any(|it| it.name() == *name));
    }
}
