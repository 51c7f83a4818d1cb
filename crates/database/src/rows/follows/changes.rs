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
            use privet_application::follows::Followed;
            use privet_domain::follows::{Follow, FollowDecision, decide_follow};

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
        ) -> QueryResult<$crate::rows::follows::WishRow> {
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
            use $crate::rows::follows::CountChanges;

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
            let follow = Follow {
                id: wish.id,
                follower_id: wish.pair.actor(),
                following_id: wish.pair.other(),
                status,
                created_at: wish.now,
                decided_at,
            };
            change_counts(connection, &CountChanges::made(&follow))?;
            Ok(follow)
        }

        /// Whether the request was still there to be accepted.
        fn accept(
            connection: &mut $connection,
            request: &privet_domain::follows::Follow,
            now: privet_domain::Timestamp,
        ) -> QueryResult<bool> {
            use crate::schema::follows;
            use privet_domain::follows::FollowStatus;
            use $crate::rows::follows::CountChanges;

            let accepted = diesel::update($crate::still_as_read!(request))
                .set((
                    follows::status.eq($crate::DbFollowStatus(FollowStatus::Accepted)),
                    follows::decided_at.eq($crate::DbTime(now)),
                ))
                .execute(connection)?;
            if accepted == 0 {
                return Ok(false);
            }
            change_counts(connection, &CountChanges::accepted(request))?;
            Ok(true)
        }

        /// Whether the request was still there to be declined.
        fn decline(
            connection: &mut $connection,
            request: &privet_domain::follows::Follow,
        ) -> QueryResult<bool> {
            use $crate::rows::follows::CountChanges;

            if !delete(connection, request)? {
                return Ok(false);
            }
            change_counts(connection, &CountChanges::ended([request]))?;
            Ok(true)
        }

        /// Whether it was still there to be deleted, as it was read. The caller MUST change the counts.
        fn delete(
            connection: &mut $connection,
            follow: &privet_domain::follows::Follow,
        ) -> QueryResult<bool> {
            use crate::schema::follows;

            let deleted = diesel::delete($crate::still_as_read!(follow)).execute(connection)?;
            Ok(deleted == 1)
        }

        /// MUST run in a transaction, for the counts. Of the follow it changes only what still is as it was read.
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
                let row: Option<$crate::rows::follows::FollowRow> = follows::table
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

        /// Whether there was one to end. MUST run in a transaction, for the counts.
        fn end(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            only: Option<privet_domain::follows::FollowStatus>,
        ) -> QueryResult<bool> {
            use $crate::rows::follows::CountChanges;

            let ended = find_and_delete(connection, pair, only)?;
            change_counts(connection, &CountChanges::ended(&ended))?;
            Ok(ended.is_some())
        }

        /// Ends whatever there is between the two. MUST run in a transaction, for the counts.
        pub(crate) fn end_both_ways(
            connection: &mut $connection,
            pair: privet_domain::Pair,
        ) -> QueryResult<()> {
            use $crate::rows::follows::CountChanges;

            let there = find_and_delete(connection, pair, None)?;
            let back = find_and_delete(connection, pair.reversed(), None)?;
            // Once for both: the counts are changed last, each user's once.
            change_counts(connection, &CountChanges::ended(there.iter().chain(&back)))
        }

        /// What was deleted, if there was any of that status. The caller MUST change the counts.
        fn find_and_delete(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            only: Option<privet_domain::follows::FollowStatus>,
        ) -> QueryResult<Option<privet_domain::follows::Follow>> {
            use privet_domain::follows::Follow;

            loop {
                let found = find(connection, pair)?.map(Follow::from);
                let wanted = found.filter(|follow| only.is_none_or(|only| follow.status == only));
                let Some(follow) = wanted else {
                    return Ok(None);
                };
                // Else it was decided, or ended and made anew, in between.
                if delete(connection, &follow)? {
                    return Ok(Some(follow));
                }
            }
        }

        /// The last statements of every transaction that changes follows: somebody well known has one row of counts,
        /// and whoever changes it keeps others from it until the transaction ends.
        pub(crate) fn change_counts(
            connection: &mut $connection,
            changes: &$crate::rows::follows::CountChanges,
        ) -> QueryResult<()> {
            use crate::schema::follow_counts::{self, followers, following, requests_received};

            for (user_id, change) in changes.by_user() {
                let sums = (
                    followers.eq(followers + change.followers),
                    following.eq(following + change.following),
                    requests_received.eq(requests_received + change.requests_received),
                );
                if change.takes_away() {
                    diesel::update(follow_counts::table.find(user_id))
                        .set(sums)
                        .execute(connection)?;
                } else {
                    diesel::insert_into(follow_counts::table)
                        .values((
                            follow_counts::user_id.eq(user_id),
                            followers.eq(change.followers),
                            following.eq(change.following),
                            requests_received.eq(change.requests_received),
                        ))
                        .on_conflict(follow_counts::user_id)
                        .do_update()
                        .set(sums)
                        .execute(connection)?;
                }
            }
            Ok(())
        }
    };
}

/// The row of a follow or a request, if it still has the status it was read with.
#[doc(hidden)]
#[macro_export]
macro_rules! still_as_read {
    ($follow:expr) => {{
        use $crate::erasure::neither_is_being_erased;
        let follow: &privet_domain::follows::Follow = $follow;
        follows::table
            .filter(follows::following_id.eq($crate::DbUuid::from(follow.following_id)))
            .filter(follows::id.eq($crate::DbUuid(follow.id)))
            .filter(follows::status.eq($crate::DbFollowStatus(follow.status)))
            .filter(neither_is_being_erased(
                follows::following_id,
                follows::follower_id,
            ))
    }};
}
