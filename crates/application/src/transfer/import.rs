//! Import: lines are made in their order, in batches.

use privet_domain::FieldError;
use privet_domain::relationships::follows::{Follow, FollowStatus};
use privet_domain::transfer::{BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine};

use super::at_once::{at_once, at_once_by_owner};
use super::groups::{Group, groups};
use super::{ContactBatch, FollowBatch, ImportedContact, Made, ParsedLine, TransferService};
use crate::relationships::Added;
use crate::settings::Presence;
use crate::{Caller, StoreError};

/// The number of lines in a batch, and of lines that are made at the same time, where each has a transaction of its own.
/// The stores make those that wait together in one transaction.
pub const BATCH: usize = 1_000;

/// How existing data counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ImportMode {
    /// Only what a user has not chosen is set.
    Fill,
    /// What a user chose is replaced.
    Overwrite,
}

/// What became of a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Something new is stored.
    Created,
    /// Something that was stored changed.
    Changed,
    /// It was stored already.
    Unchanged,
    /// The line is wrong. Nothing of it is stored.
    Invalid(Vec<FieldError>),
    /// One of its users is erased. Nothing of it is stored.
    Skipped,
}

/// The numbers of lines by their outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the outcomes say what they mean")]
pub struct ImportCounts {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub invalid: u64,
    pub skipped: u64,
}

impl ImportCounts {
    /// Counts an outcome.
    pub const fn add(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Created => self.created += 1,
            Outcome::Changed => self.changed += 1,
            Outcome::Unchanged => self.unchanged += 1,
            Outcome::Invalid(_) => self.invalid += 1,
            Outcome::Skipped => self.skipped += 1,
        }
    }
}

impl TransferService {
    /// Makes the lines of a batch, and returns what became of each: the same as if they were made in their order. Audit
    /// entries name the service and the request. If it fails, any of the lines may have been made; repeating a batch is
    /// harmless.
    pub async fn import(
        &self,
        service: &Caller,
        mode: ImportMode,
        lines: Vec<ParsedLine>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let (transfer, service) = (self.clone(), service.clone());
        // When a client disconnects, its request is dropped where it waits. But a change on its way to the store must
        // still remove the old row from the cache.
        let running =
            tokio::spawn(async move { transfer.import_batch(&service, mode, lines).await });
        running.await.map_err(StoreError::internal)?
    }

    async fn import_batch(
        &self,
        service: &Caller,
        mode: ImportMode,
        lines: Vec<ParsedLine>,
    ) -> Result<Vec<Outcome>, StoreError> {
        let mut outcomes = Vec::with_capacity(lines.len());
        for group in groups(lines) {
            outcomes.extend(self.import_group(service, mode, group).await?);
        }
        Ok(outcomes)
    }

    async fn import_group(
        &self,
        service: &Caller,
        mode: ImportMode,
        group: Group,
    ) -> Result<Vec<Outcome>, StoreError> {
        match group {
            Group::Invalid(errors) => Ok(vec![Outcome::Invalid(errors)]),
            Group::Users(lines) => {
                let lines = lines.into_iter();
                let imported = lines.map(|line| self.import_user(service, mode, line));
                at_once(BATCH, imported.collect()).await
            }
            Group::Contacts(lines) => self.import_contacts(mode, &lines).await,
            Group::Blocks(lines) => {
                let lines = lines.into_iter();
                let imported = lines.map(|line| (line.pair.actor(), self.import_block(line)));
                at_once_by_owner(BATCH, imported.collect()).await
            }
            Group::Exceptions(lines) => {
                let lines = lines.into_iter();
                let imported =
                    lines.map(|line| (line.pair.actor(), self.import_exception(mode, line)));
                at_once_by_owner(BATCH, imported.collect()).await
            }
            Group::Follows(lines) => self.import_follows(mode, &lines).await,
            Group::Erased(line) => Ok(vec![self.import_erased(line).await?]),
        }
    }

    async fn import_contacts(
        &self,
        mode: ImportMode,
        lines: &[ContactLine],
    ) -> Result<Vec<Outcome>, StoreError> {
        let now = self.clock.now();
        let contacts = lines.iter().map(|line| ImportedContact {
            pair: line.pair,
            close_friend: line.close_friend,
            added_at: line.added_at.unwrap_or(now),
        });
        let batch = ContactBatch {
            contacts: contacts.collect(),
            overwrites: mode == ImportMode::Overwrite,
            now,
        };
        let imported = self.store_contacts(batch).await?;
        Ok(imported.into_iter().map(outcome).collect())
    }

    /// Stores contacts, in one transaction if no list gets too long. Returns what became of each.
    pub(super) async fn store_contacts(
        &self,
        batch: ContactBatch,
    ) -> Result<Vec<Made>, StoreError> {
        if let Some(made) = self.stores.transfer.import_contacts(&batch).await? {
            return Ok(made);
        }
        // One by one, so that only what is too much is refused.
        let mut made = Vec::with_capacity(batch.contacts.len());
        for contact in batch.contacts {
            made.push(self.import_contact(contact, batch.overwrites).await?);
        }
        Ok(made)
    }

    async fn import_contact(
        &self,
        contact: ImportedContact,
        overwrites: bool,
    ) -> Result<Made, StoreError> {
        let store = &self.stores.contacts;
        let now = self.clock.now();
        let added = store.import_contact(contact.pair, contact.added_at, now);
        let added = added.await?;
        let (imported, is_close_friend) = match added {
            Added::New(new) => (Made::Created, new.close_friend),
            Added::Stood(stood) if overwrites => (Made::Unchanged, stood.close_friend),
            Added::Stood(_) => return Ok(Made::Unchanged),
            Added::Erased(_) => return Ok(Made::Skipped),
            Added::LimitReached => return Ok(Made::LimitReached),
        };
        let Some(wanted) = contact.close_friend.filter(|it| *it != is_close_friend) else {
            return Ok(imported);
        };
        store.set_close_friend(contact.pair, wanted, now).await?;
        Ok(if imported == Made::Created {
            Made::Created
        } else {
            Made::Changed
        })
    }

    async fn import_block(&self, line: BlockLine) -> Result<Outcome, StoreError> {
        let now = self.clock.now();
        let blocked_at = line.blocked_at.unwrap_or(now);
        let added = self.stores.blocks.import_block(line.pair, blocked_at, now);
        Ok(outcome(Made::of(&added.await?, Made::Unchanged)))
    }

    async fn import_exception(
        &self,
        mode: ImportMode,
        line: ExceptionLine,
    ) -> Result<Outcome, StoreError> {
        let (store, now) = (&self.stores.exceptions, self.clock.now());
        let existing = store.find_exceptions(line.pair).await?;
        let stands = existing.as_ref().is_some_and(|existing| {
            mode == ImportMode::Fill || existing.exceptions == line.exceptions
        });
        if stands {
            return Ok(Outcome::Unchanged);
        }
        let set = store.set_exceptions(line.pair, &line.exceptions, now);
        Ok(outcome(Made::of(&set.await?, Made::Changed)))
    }

    async fn import_follows(
        &self,
        mode: ImportMode,
        lines: &[FollowLine],
    ) -> Result<Vec<Outcome>, StoreError> {
        let now = self.clock.now();
        let follow = |line: &FollowLine| {
            let created_at = line.created_at.unwrap_or(now);
            Follow {
                id: self.ids.new_id(),
                follower_id: line.pair.actor(),
                following_id: line.pair.other(),
                status: if line.is_accepted {
                    FollowStatus::Accepted
                } else {
                    FollowStatus::Pending
                },
                created_at,
                decided_at: line.is_accepted.then_some(created_at),
            }
        };
        let batch = FollowBatch {
            follows: lines.iter().map(follow).collect(),
            overwrites: mode == ImportMode::Overwrite,
            now,
        };
        let imported = self.stores.transfer.import_follows(&batch).await?;
        Ok(imported.into_iter().map(outcome).collect())
    }

    async fn import_erased(&self, line: ErasedLine) -> Result<Outcome, StoreError> {
        if self.accounts.is_erased(line.user_id).await? {
            return Ok(Outcome::Unchanged);
        }
        let is_unknown = self.settings.find(line.user_id).await? == Presence::Unknown;
        self.accounts.erase_user_at(line.user_id, line.at).await?;
        Ok(if is_unknown {
            Outcome::Created
        } else {
            Outcome::Changed
        })
    }
}

fn outcome(imported: Made) -> Outcome {
    let invalid =
        |field: &str, message: &str| Outcome::Invalid(vec![FieldError::new(field, message)]);
    match imported {
        Made::Created => Outcome::Created,
        Made::Changed => Outcome::Changed,
        Made::Unchanged => Outcome::Unchanged,
        Made::Skipped => Outcome::Skipped,
        Made::LimitReached => invalid("", "The list has its maximum length."),
        Made::FollowerBlocks => invalid("follow.following", "Is blocked by the follower."),
    }
}
