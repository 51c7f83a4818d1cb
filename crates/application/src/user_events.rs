//! Events of users. Every change of a store records its events in its own transaction, so that changes and events
//! always agree.

use privet_domain::catalogue::Family;
use privet_domain::changes::{Change, ChangeKind, ChangeKinds, ChangedUser};
use privet_domain::relationships::follows::{Follow, FollowStatus};
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
    /// The user's cohorts changed.
    Cohorts {
        /// The audit entry to store with the change.
        entries: Vec<AuditEntry>,
    },
    /// The user's contacts changed.
    Contacts,
    /// The user's blocks changed.
    Blocks,
    /// The user's exceptions changed.
    Exceptions,
    /// Follows or requests of the user changed, in either direction.
    Follows,
    /// The user was erased. Of the deletion of their rows, only the other users of follows have events.
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

    /// The actor of the pair changes their exceptions for the other user.
    #[must_use]
    pub const fn exceptions(pair: Pair, now: Timestamp) -> Self {
        Self::by_user(pair.actor(), now, UserEventKind::Exceptions)
    }

    /// A follow or a request is created, answered or deleted: one event for each of the two users. A withheld request
    /// has an event for its sender only.
    #[must_use]
    pub fn follows(follow: &Follow, actor_id: UserId, now: Timestamp) -> Vec<Self> {
        let is_withheld = follow.status == FollowStatus::Withheld;
        let followed = (!is_withheld).then_some(follow.following_id);
        let told = [follow.follower_id].into_iter().chain(followed);
        let event = |user_id| Self {
            actor_id,
            ..Self::by_user(user_id, now, UserEventKind::Follows)
        };
        told.map(event).collect()
    }

    /// A withheld request becomes pending, because the block is removed: one event for its recipient.
    #[must_use]
    pub const fn request_shown(request: &Follow, now: Timestamp) -> Self {
        Self::by_user(request.following_id, now, UserEventKind::Follows)
    }

    /// A follow or a request of this user ends because the other one is erased.
    #[must_use]
    pub fn follow_of_erased(user_id: UserId, erased: UserId, now: Timestamp) -> Self {
        Self {
            actor_id: erased,
            ..Self::by_user(user_id, now, UserEventKind::Follows)
        }
    }

    /// A user is erased.
    #[must_use]
    pub const fn erased(user_id: UserId, now: Timestamp) -> Self {
        Self::by_user(user_id, now, UserEventKind::Erased)
    }

    /// What the feed of changes tells of the event; nothing for a new user, whose settings are the defaults, and for an
    /// invisible change.
    #[must_use]
    pub fn told(&self) -> Option<Change> {
        let kinds = match &self.kind {
            UserEventKind::Created => ChangeKinds::default(),
            UserEventKind::Settings { families, .. } => {
                ChangeKinds::of(families.iter().copied().map(ChangeKind::from))
            }
            UserEventKind::Cohorts { .. } => ChangeKinds::of([ChangeKind::Cohorts]),
            UserEventKind::Contacts => ChangeKinds::of([ChangeKind::Contacts]),
            UserEventKind::Blocks => ChangeKinds::of([ChangeKind::Blocks]),
            UserEventKind::Exceptions => ChangeKinds::of([ChangeKind::Exceptions]),
            UserEventKind::Follows => ChangeKinds::of([ChangeKind::Follows]),
            UserEventKind::Erased => ChangeKinds::of([ChangeKind::Erased]),
        };
        let change = Change {
            user: ChangedUser::One(self.user_id),
            kinds,
            at: self.occurred_at,
        };
        (!kinds.is_empty()).then_some(change)
    }

    /// The audit entries to store with the change.
    #[must_use]
    pub fn entries(&self) -> &[AuditEntry] {
        match &self.kind {
            UserEventKind::Settings { entries, .. } | UserEventKind::Cohorts { entries } => entries,
            UserEventKind::Created
            | UserEventKind::Contacts
            | UserEventKind::Blocks
            | UserEventKind::Exceptions
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

    fn follow(status: FollowStatus) -> Follow {
        let [follower_id, following_id] =
            [1, 2].map(|number| UserId::from_uuid(Uuid::from_u128(number)));
        Follow {
            id: Uuid::from_u128(3),
            follower_id,
            following_id,
            status,
            created_at: Timestamp::from_micros(0).unwrap(),
            decided_at: None,
        }
    }

    #[test]
    fn both_users_of_a_follow_are_told_and_the_actor_is_apart() {
        let follow = follow(FollowStatus::Pending);
        let now = follow.created_at;
        let events = UserEvent::follows(&follow, follow.following_id, now);
        let told: Vec<_> = events.iter().map(|event| event.user_id).collect();
        assert_eq!(told, [follow.follower_id, follow.following_id]);
        for event in events {
            assert_eq!(event.actor_id, follow.following_id);
            assert_eq!(event.kind, UserEventKind::Follows);
        }
    }

    #[test]
    fn an_event_is_told_with_its_kinds_and_an_invisible_one_is_not() {
        let now = Timestamp::from_micros(7).unwrap();
        let user_id = UserId::from_uuid(Uuid::from_u128(1));
        let told = |kind| {
            let change = UserEvent::by_user(user_id, now, kind).told()?;
            assert_eq!((change.user, change.at), (ChangedUser::One(user_id), now));
            Some(change.kinds.iter().collect::<Vec<_>>())
        };
        let settings = |families: &[Family]| UserEventKind::Settings {
            families: families.to_vec(),
            entries: Vec::new(),
        };
        assert_eq!(told(UserEventKind::Created), None);
        assert_eq!(told(settings(&[])), None);
        let both = told(settings(&[Family::Preferences, Family::Account]));
        assert_eq!(
            both.unwrap(),
            [ChangeKind::Account, ChangeKind::Preferences]
        );
        assert_eq!(told(UserEventKind::Erased).unwrap(), [ChangeKind::Erased]);
    }

    #[test]
    fn of_a_withheld_request_only_the_one_who_made_it_is_told() {
        let request = follow(FollowStatus::Withheld);
        let now = request.created_at;
        let events = UserEvent::follows(&request, request.follower_id, now);
        let told: Vec<_> = events.iter().map(|event| event.user_id).collect();
        assert_eq!(told, [request.follower_id]);
        let shown = UserEvent::request_shown(&request, now);
        assert_eq!(shown.user_id, request.following_id);
        assert_eq!(shown.actor_id, request.following_id);
    }
}
