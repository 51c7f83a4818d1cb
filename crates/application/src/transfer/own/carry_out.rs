//! Carrying out a planned import. Lists may have become full and users may have been erased since it was planned, so the
//! answers of the stores count.

use std::sync::Arc;

use privet_domain::catalogue::Catalogue;
use privet_domain::relationships::exceptions::Exceptions;
use privet_domain::{Pair, Timestamp, UserId};

use super::plan::{BLOCKED, ERASED, FULL, Plan};
use super::{LeftOut, OwnImport, SectionCounts, Standing};
use crate::relationships::RelationshipError;
use crate::transfer::at_once::at_once;
use crate::transfer::import::BATCH;
use crate::transfer::{ContactBatch, ImportedContact, Made, TransferService};
use crate::{Caller, ChangeError, StoreError};

/// The number of relationships that change at the same time.
const AT_ONCE: usize = 64;

/// What became of the planned relationships.
struct MadeItems {
    contacts: Vec<(Pair, Made)>,
    blocks: Vec<(Pair, Made)>,
    exceptions: Vec<(Pair, Made)>,
    follows: Vec<(Pair, Made)>,
}

impl TransferService {
    /// Makes the changes of a plan. Returns what became of its items.
    pub(super) async fn carry_out(
        &self,
        caller: &Caller,
        catalogue: &Arc<Catalogue>,
        standing: &Standing,
        plan: Plan,
    ) -> Result<OwnImport, ChangeError> {
        if !plan.update.is_empty() {
            let update = plan.update;
            self.settings
                .choose(caller, caller.user_id, catalogue, update, None)
                .await?;
        }
        self.remove(
            plan.removed_contacts,
            plan.removed_blocks,
            plan.removed_exceptions,
        )
        .await?;
        let made = MadeItems {
            contacts: self.add_contacts(&plan.contacts).await?,
            blocks: self.add_blocks(plan.blocks).await?,
            exceptions: self.set_exceptions(plan.exceptions).await?,
            follows: self.add_follows(plan.follows).await?,
        };
        if made.has_erased() && self.accounts.is_erased(caller.user_id).await? {
            return Err(ChangeError::Erased);
        }
        Ok(made.correct(plan.told, standing))
    }

    async fn remove(
        &self,
        contacts: Vec<Pair>,
        blocks: Vec<Pair>,
        exceptions: Vec<Pair>,
    ) -> Result<(), StoreError> {
        let (stores, now) = (&self.stores, self.clock.now());
        let removed = contacts.into_iter();
        let removed =
            removed.map(|pair| async move { stores.contacts.remove_contact(pair, now).await });
        at_once(AT_ONCE, removed.collect()).await?;
        let removed = blocks.into_iter();
        let removed =
            removed.map(|pair| async move { stores.blocks.remove_block(pair, now).await });
        at_once(AT_ONCE, removed.collect()).await?;
        let removed = exceptions.into_iter();
        let removed =
            removed.map(|pair| async move { stores.exceptions.remove_exceptions(pair, now).await });
        at_once(AT_ONCE, removed.collect()).await?;
        Ok(())
    }

    async fn add_contacts(
        &self,
        contacts: &[ImportedContact],
    ) -> Result<Vec<(Pair, Made)>, StoreError> {
        let mut all = Vec::with_capacity(contacts.len());
        for contacts in contacts.chunks(BATCH) {
            let batch = ContactBatch {
                contacts: contacts.to_vec(),
                overwrites: true,
                now: self.clock.now(),
            };
            let made = self.store_contacts(batch).await?;
            all.extend(contacts.iter().map(|it| it.pair).zip(made));
        }
        Ok(all)
    }

    async fn add_blocks(
        &self,
        blocks: Vec<(Pair, Timestamp)>,
    ) -> Result<Vec<(Pair, Made)>, StoreError> {
        let added = blocks
            .into_iter()
            .map(|(pair, at)| self.add_block(pair, at));
        at_once(AT_ONCE, added.collect()).await
    }

    async fn add_block(&self, pair: Pair, at: Timestamp) -> Result<(Pair, Made), StoreError> {
        let added = self.stores.blocks.import_block(pair, at, self.clock.now());
        Ok((pair, Made::of(&added.await?, Made::Unchanged)))
    }

    async fn set_exceptions(
        &self,
        exceptions: Vec<(Pair, Exceptions)>,
    ) -> Result<Vec<(Pair, Made)>, StoreError> {
        let set = exceptions.into_iter();
        let set = set.map(|(pair, wanted)| self.set_exceptions_of_one(pair, wanted));
        at_once(AT_ONCE, set.collect()).await
    }

    async fn set_exceptions_of_one(
        &self,
        pair: Pair,
        wanted: Exceptions,
    ) -> Result<(Pair, Made), StoreError> {
        let (store, now) = (&self.stores.exceptions, self.clock.now());
        let set = store.set_exceptions(pair, &wanted, now).await?;
        Ok((pair, Made::of(&set, Made::Changed)))
    }

    async fn add_follows(&self, follows: Vec<Pair>) -> Result<Vec<(Pair, Made)>, StoreError> {
        let added = follows.into_iter().map(|pair| self.add_follow(pair));
        at_once(AT_ONCE, added.collect()).await
    }

    /// Follows or asks.
    async fn add_follow(&self, pair: Pair) -> Result<(Pair, Made), StoreError> {
        let made = match self.relationships.follow(pair).await {
            Ok(_) => Made::Created,
            Err(RelationshipError::CallerErased) => Made::Skipped,
            Err(RelationshipError::NotFound) => {
                if self.accounts.is_erased(pair.other()).await? {
                    Made::Skipped
                } else {
                    Made::FollowerBlocks
                }
            }
            Err(RelationshipError::Store(error)) => return Err(error),
            // Answers to other calls.
            Err(
                RelationshipError::Hidden
                | RelationshipError::AlreadyAccepted
                | RelationshipError::LimitReached,
            ) => return Err(StoreError::internal("a follow was refused")),
        };
        Ok((pair, made))
    }
}

impl MadeItems {
    /// Whether a store found one of the two users erased.
    fn has_erased(&self) -> bool {
        let all = self.contacts.iter().chain(&self.blocks);
        let mut all = all.chain(&self.exceptions).chain(&self.follows);
        all.any(|(_, made)| *made == Made::Skipped)
    }

    /// Counts the items as what they became instead of what was planned.
    fn correct(&self, mut told: OwnImport, standing: &Standing) -> OwnImport {
        let left_out = &mut told.left_out;
        let stood = |other: &UserId| standing.contacts.contains_key(other);
        correct_section(
            &mut told.contacts,
            left_out,
            ("contacts", &self.contacts),
            stood,
        );
        correct_section(&mut told.blocks, left_out, ("blocks", &self.blocks), |_| {
            false
        });
        let stood = |other: &UserId| standing.exceptions.contains_key(other);
        correct_section(
            &mut told.exceptions,
            left_out,
            ("exceptions", &self.exceptions),
            stood,
        );
        correct_section(
            &mut told.follows,
            left_out,
            ("follows", &self.follows),
            |_| false,
        );
        told
    }
}

/// Corrects the counts of one kind of items, and names those that are left out. What stood was to be changed, anything
/// else to be created.
fn correct_section(
    counts: &mut SectionCounts,
    left_out: &mut Vec<LeftOut>,
    (kind, items): (&str, &[(Pair, Made)]),
    stood: impl Fn(&UserId) -> bool,
) {
    for &(pair, made) in items {
        let other = pair.other();
        let planned = if stood(&other) {
            Made::Changed
        } else {
            Made::Created
        };
        *counter(counts, planned) -= 1;
        *counter(counts, made) += 1;
        if let Some(why) = reason(made) {
            left_out.push(LeftOut {
                what: format!("{kind}.{other}"),
                why: why.to_owned(),
            });
        }
    }
}

const fn counter(counts: &mut SectionCounts, made: Made) -> &mut u64 {
    match made {
        Made::Created => &mut counts.created,
        Made::Changed => &mut counts.changed,
        Made::Unchanged => &mut counts.unchanged,
        Made::Skipped | Made::LimitReached | Made::FollowerBlocks => &mut counts.left_out,
    }
}

/// Why an item is left out.
const fn reason(made: Made) -> Option<&'static str> {
    match made {
        Made::Created | Made::Changed | Made::Unchanged => None,
        Made::Skipped => Some(ERASED),
        Made::LimitReached => Some(FULL),
        Made::FollowerBlocks => Some(BLOCKED),
    }
}
