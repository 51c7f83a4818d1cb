//! How changes of follows change the stored counts of both users. The adapters apply the changes.

use std::collections::BTreeMap;

use privet_application::user_events::UserEvent;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::{Timestamp, UserId};
use uuid::Uuid;

use crate::DbUuid;

/// A follow or a request that was deleted because one of its users is erased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EndedFollow {
    /// The user who followed, or requested to follow.
    pub follower_id: UserId,
    /// The user who was followed, or received the request.
    pub following_id: UserId,
    /// Whether it was a follow or a request.
    pub status: FollowStatus,
}

impl EndedFollow {
    /// The event of the user who is left. The user to whom a withheld request was made never knew of it.
    #[must_use]
    pub fn event(&self, erased: UserId, now: Timestamp) -> Option<UserEvent> {
        let user_followed = self.follower_id == erased;
        let left = if user_followed {
            self.following_id
        } else {
            self.follower_id
        };
        let knows = !user_followed || self.status != FollowStatus::Withheld;
        knows.then(|| UserEvent::follow_of_erased(left, erased, now))
    }
}

/// The amounts to add to the counts of one user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CountChange {
    /// Accepted follows of the user by others.
    pub followers: i64,
    /// Accepted follows of others by the user.
    pub following: i64,
    /// Requests to the user.
    pub requests_received: i64,
    /// Withheld requests to the user, which no count includes. They update the user's row of counts without a change of
    /// its values, so that a withheld request executes the same statements as a pending one.
    requests_withheld: i64,
}

impl CountChange {
    /// Whether a count is reduced. Then the user has a row of counts already.
    #[must_use]
    pub const fn takes_away(&self) -> bool {
        self.followers < 0
            || self.following < 0
            || self.requests_received < 0
            || self.requests_withheld < 0
    }

    const fn is_nothing(&self) -> bool {
        self.followers == 0
            && self.following == 0
            && self.requests_received == 0
            && self.requests_withheld == 0
    }
}

/// The changes of all counts in one transaction, by user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct CountChanges(BTreeMap<Uuid, CountChange>);

impl CountChanges {
    /// The changes for a new follow or request.
    #[must_use]
    pub fn made(follow: &Follow) -> Self {
        let mut changes = Self::default();
        changes.add(follow, follow.status, 1);
        changes
    }

    /// The changes for many new follows and requests.
    #[must_use]
    pub fn all_made<'a>(follows: impl IntoIterator<Item = &'a Follow>) -> Self {
        let mut changes = Self::default();
        for follow in follows {
            changes.add(follow, follow.status, 1);
        }
        changes
    }

    /// The changes for a request that is accepted.
    #[must_use]
    pub fn accepted(request: &Follow) -> Self {
        let mut changes = Self::default();
        changes.add(request, request.status, -1);
        changes.add(request, FollowStatus::Accepted, 1);
        changes
    }

    /// The changes for a withheld request that becomes pending.
    #[must_use]
    pub fn shown(request: &Follow) -> Self {
        let mut changes = Self::default();
        changes.add(request, FollowStatus::Pending, 1);
        changes
    }

    /// The changes for follows and requests that end.
    #[must_use]
    pub fn ended<'a>(follows: impl IntoIterator<Item = &'a Follow>) -> Self {
        let mut changes = Self::default();
        for follow in follows {
            changes.add(follow, follow.status, -1);
        }
        changes
    }

    /// The changes for follows and requests that end because this user is erased. They concern the other users only:
    /// the user's own counts are deleted as a whole.
    #[must_use]
    pub fn erased(user_id: UserId, ended: &[EndedFollow]) -> Self {
        let mut changes = Self::default();
        for follow in ended {
            let user_followed = follow.follower_id == user_id;
            match follow.status {
                FollowStatus::Accepted if user_followed => {
                    changes.of(follow.following_id).followers -= 1;
                }
                FollowStatus::Accepted => changes.of(follow.follower_id).following -= 1,
                FollowStatus::Pending if user_followed => {
                    changes.of(follow.following_id).requests_received -= 1;
                }
                FollowStatus::Pending | FollowStatus::Withheld => {}
            }
        }
        changes
    }

    /// The changes of each user, in the order of the keys. Every transaction MUST lock rows of counts in this order,
    /// which prevents deadlocks.
    pub fn by_user(&self) -> impl Iterator<Item = (DbUuid, CountChange)> {
        self.0
            .iter()
            .filter(|(_, change)| !change.is_nothing())
            .map(|(user_id, change)| (DbUuid(*user_id), *change))
    }

    fn add(&mut self, follow: &Follow, status: FollowStatus, number: i64) {
        match status {
            FollowStatus::Accepted => {
                self.of(follow.following_id).followers += number;
                self.of(follow.follower_id).following += number;
            }
            FollowStatus::Pending => self.of(follow.following_id).requests_received += number,
            FollowStatus::Withheld => self.of(follow.following_id).requests_withheld += number,
        }
    }

    fn of(&mut self, user_id: UserId) -> &mut CountChange {
        self.0.entry(user_id.as_uuid()).or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: u128 = 1;
    const TWO: u128 = 2;

    fn follow(follower: u128, following: u128, status: FollowStatus) -> Follow {
        Follow {
            id: Uuid::from_u128(9),
            follower_id: UserId::from_uuid(Uuid::from_u128(follower)),
            following_id: UserId::from_uuid(Uuid::from_u128(following)),
            status,
            created_at: Timestamp::from_micros(0).unwrap(),
            decided_at: None,
        }
    }

    fn listed(changes: &CountChanges) -> Vec<(u128, [i64; 3])> {
        let listed = changes.by_user().map(|(user_id, change)| {
            let numbers = [change.followers, change.following, change.requests_received];
            (user_id.0.as_u128(), numbers)
        });
        listed.collect()
    }

    #[test]
    fn a_follow_counts_for_both_and_a_request_for_the_one_who_was_asked() {
        let accepted = follow(TWO, ONE, FollowStatus::Accepted);
        let made = CountChanges::made(&accepted);
        assert_eq!(listed(&made), [(ONE, [1, 0, 0]), (TWO, [0, 1, 0])]);
        let request = follow(TWO, ONE, FollowStatus::Pending);
        let asked = CountChanges::made(&request);
        assert_eq!(listed(&asked), [(ONE, [0, 0, 1])]);
        let withheld = follow(TWO, ONE, FollowStatus::Withheld);
        // Such a change updates the row without changing it.
        let unseen = [(ONE, [0, 0, 0])];
        assert_eq!(listed(&CountChanges::made(&withheld)), unseen);
        let ended = CountChanges::ended([&withheld]);
        assert_eq!(listed(&ended), unseen);
        assert!(ended.by_user().all(|(_, change)| change.takes_away()));
        assert_eq!(listed(&CountChanges::shown(&withheld)), listed(&asked));
        let decided = CountChanges::accepted(&request);
        assert_eq!(listed(&decided), [(ONE, [1, 0, -1]), (TWO, [0, 1, 0])]);
    }

    #[test]
    fn an_erasure_reduces_the_counts_of_other_users() {
        let user_id = |id| UserId::from_uuid(Uuid::from_u128(id));
        let ended = |follower, following, status| EndedFollow {
            follower_id: user_id(follower),
            following_id: user_id(following),
            status,
        };
        let changes = CountChanges::erased(
            user_id(ONE),
            &[
                ended(ONE, TWO, FollowStatus::Accepted),
                ended(TWO, ONE, FollowStatus::Accepted),
                ended(ONE, 3, FollowStatus::Pending),
                ended(4, ONE, FollowStatus::Pending),
            ],
        );
        assert_eq!(listed(&changes), [(TWO, [-1, -1, 0]), (3, [0, 0, -1])]);
    }

    #[test]
    fn an_erasure_is_an_event_for_whoever_knew_of_the_follow() {
        let user_id = |id| UserId::from_uuid(Uuid::from_u128(id));
        let now = Timestamp::from_micros(7).unwrap();
        let event = |follower, following, status| {
            let ended = EndedFollow {
                follower_id: user_id(follower),
                following_id: user_id(following),
                status,
            };
            let event = ended.event(user_id(ONE), now)?;
            assert_eq!((event.actor_id, event.occurred_at), (user_id(ONE), now));
            Some(event.user_id)
        };
        for status in [FollowStatus::Accepted, FollowStatus::Pending] {
            assert_eq!(event(ONE, TWO, status), Some(user_id(TWO)));
            assert_eq!(event(TWO, ONE, status), Some(user_id(TWO)));
        }
        let withheld = FollowStatus::Withheld;
        assert_eq!(event(ONE, TWO, withheld), None);
        assert_eq!(event(TWO, ONE, withheld), Some(user_id(TWO)));
    }

    #[test]
    fn follows_in_both_directions_change_each_user_once() {
        let there = follow(ONE, TWO, FollowStatus::Accepted);
        let back = follow(TWO, ONE, FollowStatus::Pending);
        let ended = CountChanges::ended([&there, &back]);
        assert_eq!(listed(&ended), [(ONE, [0, -1, -1]), (TWO, [-1, 0, 0])]);
        assert!(ended.by_user().all(|(_, change)| change.takes_away()));
        assert_eq!(listed(&CountChanges::ended([])), []);
    }
}
