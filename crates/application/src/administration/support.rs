//! Support: the product's staff look at a user's data and change settings, each time with a reason that the user sees.

use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::UserId;
use privet_domain::catalogue::{Catalogue, ChoicesUpdate, SettingsLocked};
use privet_domain::settings::looks::{Look, SupportReason};
use privet_domain::settings::user::User;
use uuid::Uuid;

use super::AdministrationService;
use crate::paging::cut;
use crate::relationships::RelationshipError;
use crate::relationships::follows::FollowCounts;
use crate::settings::Presence;
use crate::{Caller, ChangeError, StoreError};

/// The lengths of the lists that a user owns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct OwnedCounts {
    /// Users whom the user added.
    pub contacts: u32,
    /// Users whom the user blocked.
    pub blocks: u32,
    /// Users for whom the user has exceptions.
    pub exceptions: u32,
}

/// A requested part of the looks at a user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LookQuery {
    /// The user who was looked at.
    pub user_id: UserId,
    /// Only looks older than the one with this id.
    pub before: Option<Uuid>,
    /// The maximum number of looks.
    pub limit: u32,
}

/// Stores looks.
#[async_trait]
pub trait LookStore: Send + Sync {
    /// Stores the look if the user exists, and returns whether it does. MUST NOT store a look at a user who is unknown,
    /// erased or being erased.
    async fn record_look(&self, look: &Look) -> Result<bool, StoreError>;

    /// The newest looks that match the query, newest (greatest id) first.
    async fn list_looks(&self, query: &LookQuery) -> Result<Vec<Look>, StoreError>;

    /// The lengths of the user's lists, as the lists show them.
    async fn count_owned(&self, user_id: UserId) -> Result<OwnedCounts, StoreError>;
}

/// What the staff see of a user: no other user.
#[derive(Debug, Clone, PartialEq)]
pub struct SupportView {
    /// The user's row.
    pub user: User,
    /// The lengths of the user's own lists.
    pub owned: OwnedCounts,
    /// The numbers of follows.
    pub follows: FollowCounts,
}

/// A page of the looks at a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LookPage {
    /// Newest first.
    pub looks: Vec<Look>,
    /// The id before which the next page begins; `None` on the last page.
    pub next: Option<Uuid>,
}

/// Why the staff get no answer.
#[derive(Debug, thiserror::Error)]
pub enum SupportError {
    /// The user is unknown or erased.
    #[error("there is no such user")]
    NotFound,
    /// A layer of the catalogue forbids a value. Nothing changed.
    #[error(transparent)]
    Locked(#[from] SettingsLocked),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<ChangeError> for SupportError {
    fn from(error: ChangeError) -> Self {
        match error {
            ChangeError::Locked(locked) => Self::Locked(locked),
            ChangeError::Erased => Self::NotFound,
            ChangeError::Store(error) => Self::Store(error),
            // Such a change has no condition.
            ChangeError::PreconditionFailed => Self::Store(StoreError::internal(
                "a change without a condition was refused",
            )),
        }
    }
}

impl AdministrationService {
    /// Records that a member of the staff looks at a user's data. MUST be called before the data is read.
    pub async fn record_look(
        &self,
        staff: &Caller,
        user_id: UserId,
        reason: SupportReason,
    ) -> Result<(), SupportError> {
        let look = Look {
            id: self.ids.new_id(),
            user_id,
            actor_id: staff.user_id,
            occurred_at: self.clock.now(),
            reason,
            request_id: staff.request_id.clone(),
        };
        if self.looks.record_look(&look).await? {
            Ok(())
        } else {
            Err(SupportError::NotFound)
        }
    }

    /// What the staff see of a user. The look is recorded.
    pub async fn view_user(
        &self,
        staff: &Caller,
        user_id: UserId,
        reason: SupportReason,
    ) -> Result<SupportView, SupportError> {
        self.record_look(staff, user_id, reason).await?;
        let user = self.find_existing(user_id).await?;
        let follows = self.relationships.count_follows(user_id).await;
        let follows = follows.map_err(|error| match error {
            RelationshipError::Store(error) => SupportError::Store(error),
            // Erased in the meantime.
            RelationshipError::CallerErased
            | RelationshipError::NotFound
            | RelationshipError::Hidden
            | RelationshipError::AlreadyAccepted
            | RelationshipError::LimitReached => SupportError::NotFound,
        })?;
        Ok(SupportView {
            user,
            owned: self.looks.count_owned(user_id).await?,
            follows,
        })
    }

    /// Changes choices of a user, and returns the row after it. The change is recorded in the user's history with the
    /// member of the staff as actor, and with the reason.
    pub async fn change_settings(
        &self,
        staff: &Caller,
        user_id: UserId,
        reason: SupportReason,
        catalogue: &Arc<Catalogue>,
        update: ChoicesUpdate,
    ) -> Result<Arc<User>, SupportError> {
        self.find_existing(user_id).await?;
        let changed = self
            .settings
            .choose(staff, user_id, catalogue, update, Some(reason));
        Ok(changed.await?)
    }

    /// A page of the looks at a user's data, for this user.
    pub async fn list_looks(&self, query: LookQuery) -> Result<LookPage, StoreError> {
        let limit = query.limit;
        // One more than requested, to know whether there is another page.
        let query = LookQuery {
            limit: limit + 1,
            ..query
        };
        let looks = self.looks.list_looks(&query).await?;
        let (looks, next) = cut(looks, limit, |look| look.id);
        Ok(LookPage { looks, next })
    }

    async fn find_existing(&self, user_id: UserId) -> Result<User, SupportError> {
        match self.settings.find(user_id).await? {
            Presence::Here(user) => Ok(*user),
            Presence::Unknown | Presence::Erased => Err(SupportError::NotFound),
        }
    }
}
