//! Tombstones, and deleting everything else in batches.

mod hidden;
mod remains;

use diesel::QueryableByName;
use diesel::sql_types::Bool;
use privet_domain::UserId;

use crate::DbUuid;

pub use hidden::{IsNotBeingErased, neither_is_being_erased};
pub use remains::{FOLLOWS, REMAINS, Remains};

/// Whether a statement found something.
#[derive(Debug, Clone, Copy, QueryableByName)]
pub struct Found {
    /// Whether it did.
    #[diesel(sql_type = Bool)]
    pub found: bool,
}

/// The users of these ids.
#[must_use]
pub fn users(ids: Vec<DbUuid>) -> Vec<UserId> {
    ids.into_iter().map(|id| UserId::from_uuid(id.0)).collect()
}

/// Makes the functions that erase, and tell who was erased, on this kind of connection. Needs Diesel's
/// prelude, the adapter's own `crate::schema`, and its functions `delete_some`, `delete_follows`, `change_counts` and
/// `is_left`.
#[macro_export]
macro_rules! erasure_queries {
    ($connection:ty) => {
        pub(crate) fn is_erased(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
        ) -> QueryResult<bool> {
            use crate::schema::erased_users;

            diesel::select(diesel::dsl::exists(erased_users::table.find(user_id)))
                .get_result(connection)
        }

        /// Which of the two was erased; the actor, if both were.
        pub(crate) fn erased_party(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<Option<privet_application::relationships::Party>> {
            use crate::schema::erased_users;
            use privet_application::relationships::Party;

            let is_erased = |user_id| {
                diesel::dsl::exists(erased_users::table.find($crate::DbUuid::from(user_id)))
            };
            let (actor, other): (bool, bool) =
                diesel::select((is_erased(pair.actor()), is_erased(pair.other())))
                    .get_result(connection)?;
            Ok(if actor {
                Some(Party::Actor)
            } else {
                other.then_some(Party::Other)
            })
        }

        /// The caller MUST have seen to it that nobody makes the user or anything about them until the
        /// transaction ends, but for changes of settings: the row goes before what hangs on it, so that
        /// one under way has either left its audit entries behind for a batch to find, or finds no row.
        fn begin(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
            now: $crate::DbTime,
            most: u32,
        ) -> QueryResult<privet_application::erasure::Progress> {
            use crate::schema::{erased_users, erasures_under_way, users};

            diesel::insert_into(erased_users::table)
                .values((
                    erased_users::user_id.eq(user_id),
                    erased_users::erased_at.eq(now),
                ))
                .on_conflict_do_nothing()
                .execute(connection)?;
            diesel::insert_into(erasures_under_way::table)
                .values((
                    erasures_under_way::user_id.eq(user_id),
                    erasures_under_way::begun_at.eq(now),
                ))
                .on_conflict_do_nothing()
                .execute(connection)?;
            diesel::delete(users::table.find(user_id)).execute(connection)?;
            delete_batch(connection, user_id, most)
        }

        /// Deletes up to `most` rows, and with the last of them the note that the erasure is under way.
        fn delete_batch(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
            most: u32,
        ) -> QueryResult<privet_application::erasure::Progress> {
            use privet_application::erasure::Progress;
            use $crate::erasure::{FOLLOWS, REMAINS};
            use $crate::rows::follows::CountChanges;

            let mut room = most as usize;
            for remains in &REMAINS {
                let deleted = delete_some(connection, remains, user_id, room)?;
                room = room.saturating_sub(deleted);
                if room == 0 {
                    return Ok(Progress::RowsLeft);
                }
            }
            let mut ended = Vec::new();
            for remains in &FOLLOWS {
                let most = room.saturating_sub(ended.len());
                ended.append(&mut delete_follows(connection, remains, user_id, most)?);
            }
            // Once for both, and last: see `CountChanges::by_user`.
            let user = privet_domain::UserId::from_uuid(user_id.0);
            change_counts(connection, &CountChanges::erased(user, &ended))?;
            if ended.len() >= room {
                return Ok(Progress::RowsLeft);
            }
            for remains in REMAINS.iter().chain(&FOLLOWS) {
                if is_left(connection, remains, user_id)? {
                    return Ok(Progress::RowsHeld);
                }
            }
            finish(connection, user_id)?;
            Ok(Progress::Finished)
        }

        /// MUST come when no follow is left: then no other transaction can change the user's counts any more.
        fn finish(connection: &mut $connection, user_id: $crate::DbUuid) -> QueryResult<()> {
            use crate::schema::{erasures_under_way, follow_counts};

            // The note first: of two transactions that get here for one user, the other one waits for it, and holds
            // no counts of the user meanwhile.
            diesel::delete(erasures_under_way::table.find(user_id)).execute(connection)?;
            diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
            Ok(())
        }

        fn is_under_way(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
        ) -> QueryResult<bool> {
            use crate::schema::erasures_under_way;

            diesel::select(diesel::dsl::exists(erasures_under_way::table.find(user_id)))
                .get_result(connection)
        }

        /// Users whose erasures are under way, those that began first in front.
        fn under_way(connection: &mut $connection, most: u32) -> QueryResult<Vec<$crate::DbUuid>> {
            use crate::schema::erasures_under_way;

            erasures_under_way::table
                .select(erasures_under_way::user_id)
                .order(erasures_under_way::begun_at)
                .limit(most.into())
                .load(connection)
        }
    };
}
