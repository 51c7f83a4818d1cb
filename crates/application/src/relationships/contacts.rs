//! Contacts: whom a user knows.

use async_trait::async_trait;
use privet_domain::relationships::contacts::Contact;
use privet_domain::{Pair, Timestamp};

use super::RelationshipService;
use super::lists::{Added, ListPart, ListQuery, Position, RelationshipError};
use crate::StoreError;

/// Keeps contacts. The actor of a pair owns the list.
#[async_trait]
pub trait ContactStore: Send + Sync {
    /// Adds the other to the actor's contacts. MUST store nothing where either was erased, and MUST
    /// leave nothing behind an erasure that runs at the same time.
    async fn add_contact(&self, pair: Pair, now: Timestamp) -> Result<Added<Contact>, StoreError>;

    /// Takes the other out of the actor's contacts; whether they were there.
    async fn remove_contact(&self, pair: Pair, now: Timestamp) -> Result<bool, StoreError>;

    /// The other as the actor's contact.
    async fn find_contact(&self, pair: Pair) -> Result<Option<Contact>, StoreError>;

    /// A part of the owner's contacts, newest first.
    async fn list_contacts(&self, query: &ListQuery) -> Result<Vec<Contact>, StoreError>;
}

impl RelationshipService {
    /// Adds somebody to the caller's contacts. Answers the contact, and whether it is new.
    pub async fn add_contact(&self, pair: Pair) -> Result<(Contact, bool), RelationshipError> {
        let now = self.clock.now();
        self.contacts.add_contact(pair, now).await?.into_result()
    }

    /// Takes somebody out of the caller's contacts.
    pub async fn remove_contact(&self, pair: Pair) -> Result<(), RelationshipError> {
        let now = self.clock.now();
        if self.contacts.remove_contact(pair, now).await? {
            Ok(())
        } else {
            Err(RelationshipError::NotFound)
        }
    }

    /// One of the caller's contacts.
    pub async fn get_contact(&self, pair: Pair) -> Result<Contact, RelationshipError> {
        let contact = self.contacts.find_contact(pair).await?;
        contact.ok_or(RelationshipError::NotFound)
    }

    /// A part of a user's own contacts.
    pub async fn list_contacts(&self, query: ListQuery) -> Result<ListPart<Contact>, StoreError> {
        let contacts = self.contacts.list_contacts(&query.with_one_more()).await?;
        Ok(ListPart::cut(contacts, query.limit, |contact| Position {
            at: contact.added_at,
            id: contact.user_id.as_uuid(),
        }))
    }
}
