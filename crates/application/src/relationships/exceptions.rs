//! Exceptions: what one person may always or never do to a user.

use async_trait::async_trait;
use privet_domain::relationships::exceptions::{Exceptions, PersonWithExceptions};
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Keeps exceptions. The actor of a pair owns them, and they hold for the other.
#[async_trait]
pub trait ExceptionStore: Send + Sync {
    /// From now on these exceptions hold, in place of those before. Where the same ones hold already it MUST change
    /// nothing, their time included. MUST store nothing where either was erased, or where the actor has exceptions for
    /// [`MOST_PEOPLE_WITH_EXCEPTIONS`](privet_domain::relationships::exceptions::MOST_PEOPLE_WITH_EXCEPTIONS) others, and MUST leave nothing behind an erasure that runs at the same time. MUST
    /// NOT count them: for how many there are some is kept.
    async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
        now: Timestamp,
    ) -> Result<Added<PersonWithExceptions>, StoreError>;

    /// Takes back every exception for the other; whether there was any.
    async fn remove_exceptions(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// The exceptions for the other, if there are any.
    async fn find_exceptions(&self, pair: Pair)
    -> Result<Option<PersonWithExceptions>, StoreError>;

    /// A part of those for whom the owner has exceptions, in the order of their last changes, newest first. With
    /// `action` only those whose exceptions name it.
    async fn list_exceptions(
        &self,
        query: &ListQuery,
        action: Option<&str>,
    ) -> Result<Vec<PersonWithExceptions>, StoreError>;
}

impl RelationshipService {
    /// Sets the caller's exceptions for somebody. Answers them, and whether there were none before.
    pub async fn set_exceptions(
        &self,
        pair: Pair,
        exceptions: &Exceptions,
    ) -> Result<(PersonWithExceptions, bool), RelationshipError> {
        let now = self.clock.now();
        let set = self.exceptions.set_exceptions(pair, exceptions, now);
        set.await?.into_result()
    }

    /// Takes back every exception of the caller for somebody.
    pub async fn remove_exceptions(&self, pair: Pair) -> Result<(), RelationshipError> {
        let now = self.clock.now();
        if self.exceptions.remove_exceptions(pair, now).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// The caller's exceptions for somebody.
    pub async fn get_exceptions(
        &self,
        pair: Pair,
    ) -> Result<PersonWithExceptions, RelationshipError> {
        let found = self.exceptions.find_exceptions(pair).await?;
        found.ok_or(RelationshipError::NotFound)
    }

    /// A part of those for whom a user has exceptions.
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
