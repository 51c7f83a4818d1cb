//! Whether a committed change is in effect on all nodes of a distributed database.
//!
//! The node that was called commits, and then tells the other nodes to commit what they have prepared. If it does not
//! reach one of them, it only warns, and tells that node later. Until then the change has no effect there.

use std::time::{Duration, Instant};

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error};

use crate::layout::KnownLayout;

/// The wait before the next look.
const PAUSE: Duration = Duration::from_millis(20);

/// Looks at committed changes.
pub(super) struct Effect {
    pub layout: KnownLayout,
    /// How long a change may have no effect.
    pub timeout: Duration,
}

impl Effect {
    /// Looks until the change is in effect. Fails with [`not_in_effect`] if it is not before the timeout, or if a look
    /// fails. In one database a committed change is in effect, and nothing is read.
    pub fn wait(
        &self,
        connection: &mut PgConnection,
        look: impl Fn(&mut PgConnection) -> QueryResult<bool>,
    ) -> QueryResult<()> {
        if !self.layout.get().is_spread() {
            return Ok(());
        }
        let begun = Instant::now();
        while !look(connection).map_err(|_| not_in_effect())? {
            if begun.elapsed() >= self.timeout {
                return Err(not_in_effect());
            }
            std::thread::sleep(PAUSE);
        }
        Ok(())
    }
}

/// The error for a change that is committed, and not in effect on all nodes yet. It counts as the loss of a connection:
/// the change may take effect later, and caches wait for it.
pub(crate) fn not_in_effect() -> Error {
    let message = "the change is committed, and a node of the database has not applied it yet";
    Error::DatabaseError(
        DatabaseErrorKind::ClosedConnection,
        Box::new(message.to_owned()),
    )
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use privet_database::errors::{leaves_outcome_open, store_error};
    use privet_store_conformance::postgres_fixture::TestDatabase;

    use super::*;

    fn effect(force_spread: bool) -> Effect {
        Effect {
            layout: KnownLayout::new(force_spread),
            timeout: Duration::from_millis(100),
        }
    }

    #[test]
    fn a_change_is_looked_at_until_it_is_seen_or_the_time_is_up() {
        let database = TestDatabase::empty();
        let mut connection = PgConnection::establish(database.url()).unwrap();
        let looks = Cell::new(0);
        let third_look = |_: &mut PgConnection| {
            looks.set(looks.get() + 1);
            Ok(looks.get() == 3)
        };
        effect(true).wait(&mut connection, third_look).unwrap();
        assert_eq!(looks.get(), 3);
        let never = |_: &mut PgConnection| Ok(false);
        assert!(effect(true).wait(&mut connection, never).is_err());
        assert!(effect(false).wait(&mut connection, never).is_ok());
    }

    #[test]
    fn a_change_that_is_not_in_effect_may_take_effect_later() {
        assert!(leaves_outcome_open(&not_in_effect()));
        assert!(store_error(not_in_effect()).reason().is_some());
    }
}
