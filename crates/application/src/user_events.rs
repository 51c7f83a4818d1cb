//! Events of users. Every change of a store records its events in its own transaction, so that changes and events
//! always agree.

use privet_domain::catalogue::Family;
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::user::User;
use privet_domain::{Pair, RequestId, Timestamp, UserId};

/// An event of one user.
#[derive(Debug, Clone, PartialEq)]
pub struct UserEvent {
    /// The user whose settings, relationships or account changed.
    pub user_id: UserId,
    /// The user or service who made the change.
    pub actor_id: UserId,
    /// The time.
    pub occurred_at: Timestamp,
    /// The request that made the change, if known.
    pub request_id: Option<RequestId>,
    /// The change.
    pub kind: UserEventKind,
}

/// The kind of change.
#[derive(Debug, Clone, PartialEq)]
pub enum UserEventKind {
    /// The user was created.
    Created,
    /// Settings changed.
    Settings {
        /// The families whose content changed; none for an invisible change.
        families: Vec<Family>,
        /// The audit entries to store with the change.
        entries: Vec<AuditEntry>,
    },
    /// The user's contacts changed.
    Contacts,
    /// The user's blocks changed.
    Blocks,
    /// Follows or requests of the user changed, in either direction.
    Follows,
    /// The user was erased. The later deletion of remaining rows causes no events.
    Erased,
}

impl UserEvent {
    /// A user is created.
    #[must_use]
    pub const fn created(user: &User) -> Self {
        Self::by_user(user.id, user.created_at, UserEventKind::Created)
    }

    /// The actor of the pair adds the other user to their contacts, or removes them.
    #[must_use]
    pub const fn contacts(pair: Pair, now: Timestamp) -> Self {
        Self::by_user(pair.actor(), now, UserEventKind::Contacts)
    }

    /// The actor of the pair blocks or unblocks the other user.
    #[must_use]
    pub const fn blocks(pair: Pair, now: Timestamp) -> Self {
        Self::by_user(pair.actor(), now, UserEventKind::Blocks)
    }

    /// A follow or a request is created, answered or deleted: one event for each of the two users.
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
