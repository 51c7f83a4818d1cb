//! Tombstones, and taking everything else away.

/// Makes the functions that erase, and tell who was erased, on this kind of connection. Needs Diesel's
/// prelude and the adapter's own `crate::schema`.
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
        /// one under way has either left its audit entries behind for this to find, or finds no row.
        fn erase(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
            now: $crate::DbTime,
        ) -> QueryResult<()> {
            use crate::schema::{audit_log, blocks, contacts, erased_users, follows, users};

            diesel::insert_into(erased_users::table)
                .values((
                    erased_users::user_id.eq(user_id),
                    erased_users::erased_at.eq(now),
                ))
                .on_conflict_do_nothing()
                .execute(connection)?;
            diesel::delete(users::table.find(user_id)).execute(connection)?;
            // Whoever changes settings changes their own: no entry of anybody else's names this user as
            // its actor. When that changes, an index by actor is due, and this must look there, too.
            diesel::delete(audit_log::table.filter(audit_log::user_id.eq(user_id)))
                .execute(connection)?;
            let own = contacts::owner_id.eq(user_id);
            diesel::delete(contacts::table.filter(own.or(contacts::contact_id.eq(user_id))))
                .execute(connection)?;
            let own = blocks::blocker_id.eq(user_id);
            diesel::delete(blocks::table.filter(own.or(blocks::blocked_id.eq(user_id))))
                .execute(connection)?;
            count_without(connection, user_id)?;
            let own = follows::follower_id.eq(user_id);
            diesel::delete(follows::table.filter(own.or(follows::following_id.eq(user_id))))
                .execute(connection)?;
            Ok(())
        }

        /// Takes the user's follows out of everybody else's counts, and the user's own counts away. MUST come
        /// before the follows are deleted.
        fn count_without(connection: &mut $connection, user_id: $crate::DbUuid) -> QueryResult<()> {
            use crate::schema::follow_counts::{self, followers, following, requests_received};
            use crate::schema::follows;
            use privet_domain::follows::FollowStatus::{Accepted, Pending};

            let with = |status| follows::status.eq($crate::DbFollowStatus(status));
            let by = |status| {
                follows::table
                    .filter(follows::follower_id.eq(user_id).and(with(status)))
                    .select(follows::following_id)
            };
            let of = follows::table
                .filter(follows::following_id.eq(user_id).and(with(Accepted)))
                .select(follows::follower_id);
            diesel::update(follow_counts::table.filter(follow_counts::user_id.eq_any(of)))
                .set(following.eq(following - 1))
                .execute(connection)?;
            diesel::update(
                follow_counts::table.filter(follow_counts::user_id.eq_any(by(Accepted))),
            )
            .set(followers.eq(followers - 1))
            .execute(connection)?;
            diesel::update(follow_counts::table.filter(follow_counts::user_id.eq_any(by(Pending))))
                .set(requests_received.eq(requests_received - 1))
                .execute(connection)?;
            diesel::delete(follow_counts::table.find(user_id)).execute(connection)?;
            Ok(())
        }
    };
}
