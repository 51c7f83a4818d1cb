//! Contacts.

use async_trait::async_trait;
use privet_domain::relationships::contacts::Contact;
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Stores contacts. The actor of a pair owns the list.
#[async_trait]
pub trait ContactStore: Send + Sync {
    /// Adds the other user to the actor's contacts. MUST store nothing if one of them is erased or the actor has
    /// [`MOST_CONTACTS`](privet_domain::relationships::contacts::MOST_CONTACTS), and MUST leave no contact after a
    /// concurrent erasure. MUST NOT count the contacts: their number is stored.
    async fn add_contact(&self, pair: Pair, now: Timestamp) -> Result<Added<Contact>, StoreError> {
        self.import_contact(pair, now, now).await
    }

    /// The same, for a contact that was added at another time.
    async fn import_contact(
        &self,
        pair: Pair,
        added_at: Timestamp,
        now: Timestamp,
    ) -> Result<Added<Contact>, StoreError>;

    /// Removes the other user from the actor's contacts; returns whether there was a contact.
    async fn remove_contact(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// Marks the other user, a contact of the actor, as a close friend or not; `None` if the user is not a contact. MUST
    /// record nothing if the mark is the same.
    async fn set_close_friend(
        &self,
        pair: Pair,
        close_friend: bool,
        now: Timestamp,
    ) -> Result<Option<Contact>, StoreError>;

    /// The other user as the actor's contact.
    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError>;

    /// A page of the owner's contacts, newest first.
    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError>;
}

impl RelationshipService {
    /// Adds a user to the caller's contacts. Returns the contact, and whether it is new.
    pub async fn add_contact(&self, pair: Pair) -> Result<(Contact, bool), RelationshipError> {
        let now = self.clock.now();
        self.contacts.add_contact(pair, now).await?.into_result()
    }

    /// Removes a user from the caller's contacts.
    pub async fn remove_contact(&self, pair: Pair) -> Result<(), RelationshipError> {
        let now = self.clock.now();
        if self.contacts.remove_contact(pair, now).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// Marks one of the caller's contacts as a close friend, or not.
    pub async fn set_close_friend(
        &self,
        pair: Pair,
        close_friend: bool,
    ) -> Result<Contact, RelationshipError> {
        let now = self.clock.now();
        let contact = self.contacts.set_close_friend(pair, close_friend, now);
        contact.await?.ok_or(RelationshipError::NotFound)
    }

    /// One of the caller's contacts.
    pub async fn get_contact(&self, pair: Pair) -> Result<Contact, RelationshipError> {
        let contact = self.contacts.find_contact(pair).await?;
        contact.ok_or(RelationshipError::NotFound)
    }

    /// A page of a user's own contacts.
    pub async fn list_contacts(&self, query: ListQuery) -> Result<ListPart<Contact>, StoreError> {
        let contacts = self.contacts.list_contacts(&query.with_one_more()).await?;
        Ok(ListPart::cut(contacts, query.limit, |contact| Position {
            at: contact.added_at,
            id: contact.user_id.as_uuid(),
        }))
    }
}
