//! What happened to a user. Every change that a store makes records its events in its own transaction, so that none is
//! made without a record and none is recorded that was not made.

use privet_domain::catalogue::Family;
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::user::User;
use privet_domain::{Pair, RequestId, Timestamp, UserId};

/// Something that happened to one user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserEvent {
    /// The user whose settings, relationships or account changed.
    pub user_id: UserId,
    /// Who changed them.
    pub actor_id: UserId,
    /// When.
    pub occurred_at: Timestamp,
    /// The request that asked for the change, where it is known.
    pub request_id: Option<RequestId>,
    /// What changed.
    pub kind: UserEventKind,
}

/// What changed.
#[derive(Debug, Clone, PartialEq)]
pub enum UserEventKind {
    /// The user was seen for the first time.
    Created,
    /// Settings.
    Settings {
        /// The families of which the owner is shown something else; none for a change that the owner cannot see.
        families: Vec<Family>,
        /// The audit entries to store with the change.
        entries: Vec<AuditEntry>,
    },
    /// The user's list of contacts.
    Contacts,
    /// The user's list of blocks.
    Blocks,
    /// The follows and requests of the user, in either direction.
    Follows,
    /// The user was erased. The rows that are deleted afterwards are no events: nobody is shown them any more.
    Erased,
}

impl UserEvent {
    /// A user is seen for the first time.
    #[must_use]
    pub const fn created(user: &User) -> Self {
        Self::by_user(user.id, user.created_at, UserEventKind::Created)
    }

    /// The actor of the pair adds the other to their contacts, or removes them.
    #[must_use]
    pub const fn contacts(pair: Pair, now: Timestamp) -> Self {
        Self::by_user(pair.actor(), now, UserEventKind::Contacts)
    }

    /// The actor of the pair blocks the other, or lifts the block.
    #[must_use]
    pub const fn blocks(pair: Pair, now: Timestamp) -> Self {
        Self::by_user(pair.actor(), now, UserEventKind::Blocks)
    }

    /// A follow or a request is made, decided or ended: one event for each of its two users.
    #[must_use]
    pub fn follows(follow: &Follow, actor_id: UserId, now: Timestamp) -> [Self; 2] {
        [follow.follower_id, follow.following_id].map(|user_id| Self {
            actor_id,
            ..Self::by_user(user_id, now, UserEventKind::Follows)
        })
    }

    /// A user is erased.
    #[must_use]
    pub const fn erased(user_id: UserId, now: Timestamp) -> Self {
        Self::by_user(user_id, now, UserEventKind::Erased)
    }

    /// The audit entries to store with the change.
    #[must_use]
    pub fn entries(&self) -> &[AuditEntry] {
        match &self.kind {
            UserEventKind::Settings { entries, .. } => entries,
            UserEventKind::Created
            | UserEventKind::Contacts
            | UserEventKind::Blocks
            | UserEventKind::Follows
            | UserEventKind::Erased => &[],
        }
    }

    const fn by_user(user_id: UserId, occurred_at: Timestamp, kind: UserEventKind) -> Self {
        Self {
            user_id,
            actor_id: user_id,
            occurred_at,
            request_id: None,
            kind,
        }
    }
}

#[cfg(test)]
mod tests {
    use privet_domain::relationships::follows::FollowStatus;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn both_users_of_a_follow_are_told_and_the_actor_is_apart() {
        let [follower_id, following_id] =
            [1, 2].map(|number| UserId::from_uuid(Uuid::from_u128(number)));
        let now = Timestamp::from_micros(0).unwrap();
        let follow = Follow {
            id: Uuid::from_u128(3),
            follower_id,
            following_id,
            status: FollowStatus::Pending,
            created_at: now,
            decided_at: None,
        };
        let events = UserEvent::follows(&follow, following_id, now);
        assert_eq!(
            events.each_ref().map(|event| event.user_id),
            [follower_id, following_id]
        );
        for event in events {
            assert_eq!(event.actor_id, following_id);
            assert_eq!(event.kind, UserEventKind::Follows);
        }
    }
}
