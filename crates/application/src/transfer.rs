//! Moving a whole service in and out, line by line.

mod at_once;
pub mod export;
mod groups;
pub mod import;
pub mod own;
mod users;

use std::collections::HashSet;
use std::sync::Arc;

use async_trait::async_trait;
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::user::User;
use privet_domain::transfer::{
    BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine, TransferLine,
};
use privet_domain::{FieldError, Pair, Timestamp, UserId};

use crate::accounts::AccountService;
use crate::catalogue::CurrentCatalogue;
use crate::relationships::blocks::BlockStore;
use crate::relationships::contacts::ContactStore;
use crate::relationships::exceptions::ExceptionStore;
use crate::relationships::{Added, RelationshipService};
use crate::settings::SettingsService;
use crate::{Clock, IdSource, StoreError};

/// A line, or what is wrong with it.
pub type ParsedLine = Result<TransferLine, Vec<FieldError>>;

/// What a store made of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Made {
    /// Something new is stored.
    Created,
    /// Something that was stored changed.
    Changed,
    /// It was stored already.
    Unchanged,
    /// One of its users is erased.
    Skipped,
    /// The owner's list has its maximum length.
    LimitReached,
    /// The follower has blocked the user whom they would follow.
    FollowerBlocks,
}

impl Made {
    /// What became of an item that was added to a list; `of_what_stood` if it was there before.
    const fn of<T>(added: &Added<T>, of_what_stood: Self) -> Self {
        match added {
            Added::New(_) => Self::Created,
            Added::Stood(_) => of_what_stood,
            Added::Erased(_) => Self::Skipped,
            Added::LimitReached => Self::LimitReached,
        }
    }
}

/// A contact to store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ImportedContact {
    /// The owner and the contact.
    pub pair: Pair,
    /// Whether it is a close friend, if the line says so.
    pub close_friend: Option<bool>,
    /// When it was added.
    pub added_at: Timestamp,
}

/// Contacts to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContactBatch {
    /// No pair twice.
    pub contacts: Vec<ImportedContact>,
    /// Whether the mark of existing contacts is set.
    pub overwrites: bool,
    /// The time of the import.
    pub now: Timestamp,
}

/// Follows and requests to store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FollowBatch {
    /// With the status as in the line: pending or accepted. No pair twice.
    pub follows: Vec<Follow>,
    /// Whether existing requests are accepted. Existing follows always stay.
    pub overwrites: bool,
    /// The time of the import.
    pub now: Timestamp,
}

/// The key of a relationship: its owner, and the other user.
pub type PairKey = (UserId, UserId);

/// Stores many relationships at once, and reads everything in the order of the keys. What is being erased is not read.
#[async_trait]
pub trait TransferStore: Send + Sync {
    /// Stores contacts in one transaction, and returns what became of each. `None` if a list would be longer than it may
    /// be; then MUST store nothing.
    async fn import_contacts(&self, batch: &ContactBatch) -> Result<Option<Vec<Made>>, StoreError>;

    /// Stores follows in one transaction, and returns what became of each. A follow of a user who blocks the follower MUST
    /// be stored as a withheld request. MUST leave no follow between users one of whom blocks the other at the same time.
    async fn import_follows(&self, batch: &FollowBatch) -> Result<Vec<Made>, StoreError>;

    /// Those of the users who are erased or being erased.
    async fn erased_among(&self, users: &[UserId]) -> Result<HashSet<UserId>, StoreError>;

    /// Users after an id.
    async fn users_after(&self, after: Option<UserId>, most: u32) -> Result<Vec<User>, StoreError>;

    /// Contacts after a key.
    async fn contacts_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ContactLine>, StoreError>;

    /// Blocks after a key.
    async fn blocks_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<BlockLine>, StoreError>;

    /// Exceptions after a key.
    async fn exceptions_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<ExceptionLine>, StoreError>;

    /// Follows and requests after a key, which is the followed user and the follower.
    async fn follows_after(
        &self,
        after: Option<PairKey>,
        most: u32,
    ) -> Result<Vec<FollowLine>, StoreError>;

    /// Erased users after an id.
    async fn erased_after(
        &self,
        after: Option<UserId>,
        most: u32,
    ) -> Result<Vec<ErasedLine>, StoreError>;
}

/// The stores that a transfer needs besides its own.
#[expect(missing_docs, reason = "the ports say what they keep")]
#[derive(Clone)]
pub struct TransferStores {
    pub transfer: Arc<dyn TransferStore>,
    pub contacts: Arc<dyn ContactStore>,
    pub blocks: Arc<dyn BlockStore>,
    pub exceptions: Arc<dyn ExceptionStore>,
}

/// Imports and exports a whole service. Cloning is cheap.
#[derive(Clone)]
pub struct TransferService {
    stores: TransferStores,
    settings: SettingsService,
    relationships: RelationshipService,
    accounts: AccountService,
    catalogue: Arc<CurrentCatalogue>,
    clock: Arc<dyn Clock>,
    ids: Arc<dyn IdSource>,
}

impl TransferService {
    /// Transfers of what is in these stores.
    #[must_use]
    pub const fn new(
        stores: TransferStores,
        settings: SettingsService,
        relationships: RelationshipService,
        accounts: AccountService,
        catalogue: Arc<CurrentCatalogue>,
        clock: Arc<dyn Clock>,
        ids: Arc<dyn IdSource>,
    ) -> Self {
        Self {
            stores,
            settings,
            relationships,
            accounts,
            catalogue,
            clock,
            ids,
        }
    }
}

#[cfg(test)]
mod tests;
