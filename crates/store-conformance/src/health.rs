//! Requirements on every [`Dependency`].

#![expect(missing_docs, reason = "the name of a behaviour describes it")]

use privet_application::health::{Availability, Dependency};

use crate::Backend;

pub async fn a_database_that_is_there_is_told_so<B: Backend>(backend: &B) {
    assert_eq!(backend.store().name(), "database");
    let availability = backend.store().check().await.unwrap();
    assert_eq!(availability, Availability::Complete);
}
