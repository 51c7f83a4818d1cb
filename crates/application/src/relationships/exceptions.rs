//! Exceptions: what one user may always or never do to another.

use async_trait::async_trait;
use privet_domain::relationships::exceptions::{Exceptions, PersonWithExceptions};
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Stores exceptions. The actor of a pair owns them, and they apply to the other user.
#[async_trait]
pub trait ExceptionStore: Send + Sync {
    /// Replaces the exceptions for the other user. MUST change nothing, including the time, if they are the same. MUST
    /// store nothing if one of the two is erased, or the actor has exceptions for
    /// [`MOST_PEOPLE_WITH_EXCEPTIONS`](privet_domain::relationships::exceptions::MOST_PEOPLE_WITH_EXCEPTIONS) users, and
    /// MUST leave no exception after a concurrent erasure. MUST NOT count the users: their number is stored.
    async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
        now: Timestamp,
    ) -> Result<Added<PersonWithExceptions>, StoreError>;

    /// Removes all exceptions for the other user; returns whether there were any.
    async fn remove_exceptions(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// The exceptions for the other user.
    async fn find_exceptions(&self, pair: Pair)
    -> Result<Option<PersonWithExceptions>, StoreError>;

    /// A page of the users for whom the owner has exceptions, by their last change, newest first. With `action`, only
    /// those with an exception for it.
    async fn list_exceptions(
        &self,
        query: &ListQuery,
        action: Option<&str>,
    ) -> Result<Vec<PersonWithExceptions>, StoreError>;
}

impl RelationshipService {
    /// Replaces the caller's exceptions for a user. Returns them, and whether there were none before.
    pub async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
    ) -> Result<(PersonWithExceptions, bool), RelationshipError> {
        let now = self.clock.now();
        let set = self.exceptions.set_exceptions(pair, exceptions, now);
        set.await?.into_result()
    }

    /// Removes all exceptions of the caller for a user.
    pub async fn remove_exceptions(&self, pair: Pair) -> Result<(), RelationshipError> {
        let now = self.clock.now();
        if self.exceptions.remove_exceptions(pair, now).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// The caller's exceptions for a user.
    pub async fn get_exceptions(
        &self,
        pair: Pair,
    ) -> Result<PersonWithExceptions, RelationshipError> {
        let found = self.exceptions.find_exceptions(pair).await?;
        found.ok_or(RelationshipError::NotFound)
    }

    /// A page of the users for whom the owner has exceptions.
    pub async fn list_exceptions(
        &self,
        query: ListQuery,
        action: Option<&str>,
    ) -> Result<ListPart<PersonWithExceptions>, StoreError> {
        let query_more = query.with_one_more();
        let people = self.exceptions.list_exceptions(&query_more, action).await?;
        Ok(ListPart::cut(people, query.limit, |person| Position {
            at: person.updated_at,
            id: person.user_id.as_uuid(),
        }))
    }
}
