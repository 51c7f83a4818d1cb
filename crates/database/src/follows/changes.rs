//! Making, deciding and ending follows.

/// Makes the functions that change follows on this kind of connection. Needs Diesel's prelude and the
/// adapter's own `crate::schema`.
#[macro_export]
macro_rules! follow_changes {
    ($connection:ty) => {
        /// The caller MUST have seen to it that neither of the two is erased, and neither blocks the
        /// other, until the transaction ends. Requests may be decided and follows ended meanwhile.
        fn follow(
            connection: &mut $connection,
            wish: &privet_application::follows::FollowWish,
        ) -> QueryResult<privet_application::follows::Followed> {
            use privet_application::StoreError;
            use privet_application::follows::{FollowCounts, FollowPage, Followed};
            use privet_domain::follows::{Follow, FollowDecision, FollowStatus, decide_follow};

            loop {
                let existing = find(connection, wish.pair)?;
                let facts = match look(connection, wish.pair)?.facts(existing.as_ref()) {
                    Ok(facts) => facts,
                    Err(ended) => return Ok(ended),
                };
                let follow = match (decide_follow(&facts), existing.map(Follow::from)) {
                    (FollowDecision::Refuse, _) => return Ok(Followed::Blocked),
                    (FollowDecision::Keep, follow) => follow,
                    (FollowDecision::Create(status), _) => Some(create(connection, wish, status)?),
                    (FollowDecision::Accept, Some(request)) => {
                        let accepted = accept(connection, &request, wish.now)?;
                        accepted.then(|| request.accepted_at(wish.now))
                    }
                    (FollowDecision::Accept, None) => None,
                };
                // Without one the request was decided or taken back in between: what now?
                if let Some(follow) = follow {
                    return Ok(Followed::Follow(follow));
                }
            }
        }

        fn look(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<$crate::follows::WishRow> {
            use crate::schema::{blocks, erased_users, users};
            use diesel::dsl::exists;

            let actor = $crate::DbUuid::from(pair.actor());
            let other = $crate::DbUuid::from(pair.other());
            let ours = blocks::blocker_id
                .eq(actor)
                .and(blocks::blocked_id.eq(other));
            let theirs = blocks::blocker_id
                .eq(other)
                .and(blocks::blocked_id.eq(actor));
            diesel::select((
                exists(erased_users::table.find(actor)),
                exists(erased_users::table.find(other)),
                exists(blocks::table.filter(ours.or(theirs))),
                users::table
                    .find(other)
                    .select(users::account_is_private)
                    .single_value(),
            ))
            .get_result(connection)
        }

        fn create(
            connection: &mut $connection,
            wish: &privet_application::follows::FollowWish,
            status: privet_domain::follows::FollowStatus,
        ) -> QueryResult<privet_domain::follows::Follow> {
            use crate::schema::follows;
            use privet_domain::follows::{Follow, FollowStatus};

            let decided_at = match status {
                FollowStatus::Accepted => Some(wish.now),
                FollowStatus::Pending => None,
            };
            diesel::insert_into(follows::table)
                .values((
                    follows::id.eq($crate::DbUuid(wish.id)),
                    follows::follower_id.eq($crate::DbUuid::from(wish.pair.actor())),
                    follows::following_id.eq($crate::DbUuid::from(wish.pair.other())),
                    follows::status.eq($crate::DbFollowStatus(status)),
                    follows::created_at.eq($crate::DbTime(wish.now)),
                    follows::decided_at.eq(decided_at.map($crate::DbTime)),
                ))
                .execute(connection)?;
            Ok(Follow {
                id: wish.id,
                follower_id: wish.pair.actor(),
                following_id: wish.pair.other(),
                status,
                created_at: wish.now,
                decided_at,
            })
        }

        /// Whether the request was still there to be accepted.
        fn accept(
            connection: &mut $connection,
            request: &privet_domain::follows::Follow,
            now: privet_domain::Timestamp,
        ) -> QueryResult<bool> {
            use crate::schema::follows;
            use privet_domain::follows::FollowStatus;

            let accepted = diesel::update($crate::still_pending!(request))
                .set((
                    follows::status.eq($crate::DbFollowStatus(FollowStatus::Accepted)),
                    follows::decided_at.eq($crate::DbTime(now)),
                ))
                .execute(connection)?;
            Ok(accepted == 1)
        }

        /// Whether the request was still there to be declined.
        fn decline(
            connection: &mut $connection,
            request: &privet_domain::follows::Follow,
        ) -> QueryResult<bool> {
            use crate::schema::follows;

            let declined = diesel::delete($crate::still_pending!(request)).execute(connection)?;
            Ok(declined == 1)
        }

        /// Needs no transaction: one statement changes something, and only what still is as it was read.
        fn decide_request(
            connection: &mut $connection,
            asked: privet_domain::UserId,
            id: $crate::DbUuid,
            verdict: privet_application::follows::Verdict,
            now: privet_domain::Timestamp,
        ) -> QueryResult<privet_application::follows::Decided> {
            use crate::schema::follows;
            use privet_application::follows::{Decided, Verdict};
            use privet_domain::follows::{Follow, FollowStatus};
            use $crate::erasure::neither_is_being_erased;

            loop {
                let row: Option<$crate::follows::FollowRow> = follows::table
                    .filter(follows::following_id.eq($crate::DbUuid::from(asked)))
                    .filter(follows::id.eq(id))
                    .filter(neither_is_being_erased(
                        follows::following_id,
                        follows::follower_id,
                    ))
                    .select($crate::follow_columns!())
                    .first(connection)
                    .optional()?;
                let Some(request) = row.map(Follow::from) else {
                    return Ok(Decided::NotFound);
                };
                if request.status == FollowStatus::Accepted {
                    return Ok(Decided::AlreadyAccepted);
                }
                let decided = match verdict {
                    Verdict::Accept => {
                        accept(connection, &request, now)?.then(|| request.accepted_at(now))
                    }
                    Verdict::Decline => decline(connection, &request)?.then_some(request),
                };
                // Without one somebody was faster: what now?
                if let Some(follow) = decided {
                    return Ok(Decided::Done(follow));
                }
            }
        }

        /// Whether there was one to end.
        fn end(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            only: Option<privet_domain::follows::FollowStatus>,
        ) -> QueryResult<bool> {
            use crate::schema::follows;
            use $crate::erasure::neither_is_being_erased;

            let key: ($crate::DbUuid, $crate::DbUuid) = (pair.other().into(), pair.actor().into());
            let row = follows::table.find(key).filter(neither_is_being_erased(
                follows::following_id,
                follows::follower_id,
            ));
            let ended = match only {
                None => diesel::delete(row).execute(connection)?,
                Some(status) => {
                    let row = row.filter(follows::status.eq($crate::DbFollowStatus(status)));
                    diesel::delete(row).execute(connection)?
                }
            };
            Ok(ended == 1)
        }

        /// Ends whatever there is between the two.
        pub(crate) fn end_both_ways(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<()> {
            end(connection, pair, None)?;
            end(connection, pair.reversed(), None)?;
            Ok(())
        }
    };
}

/// The row of a request, if it still is one.
#[doc(hidden)]
#[macro_export]
macro_rules! still_pending {
    ($request:expr) => {{
        let request: &privet_domain::follows::Follow = $request;
        let pending = privet_domain::follows::FollowStatus::Pending;
        use $crate::erasure::neither_is_being_erased;
        follows::table
            .filter(follows::following_id.eq($crate::DbUuid::from(request.following_id)))
            .filter(follows::id.eq($crate::DbUuid(request.id)))
            .filter(follows::status.eq($crate::DbFollowStatus(pending)))
            .filter(neither_is_being_erased(
                follows::following_id,
                follows::follower_id,
            ))
    }};
}
