//! A user imports their own export. What the import does is planned first, so that a dry run answers the same.

mod plan;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use futures_util::future::join_all;
use privet_domain::catalogue::Catalogue;
use privet_domain::relationships::exceptions::Exceptions;
use privet_domain::settings::user::User;
use privet_domain::transfer::own::OwnDocument;
use privet_domain::{Pair, UserId};

use super::import::BATCH;
use super::{ContactBatch, TransferService};
use crate::accounts::export::ExportPart;
use crate::relationships::RelationshipError;
use crate::{Caller, ChangeError, StoreError};
use plan::Plan;

/// The number of relationships that change at the same time.
const AT_ONCE: usize = 64;

/// How what stands counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OwnMode {
    /// The document is added to what stands; its values win.
    Merge,
    /// What stands is taken away first, follows apart.
    Replace,
}

/// The numbers of items of one kind by what became of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the names say what they mean")]
pub struct SectionCounts {
    pub created: u64,
    pub changed: u64,
    pub unchanged: u64,
    pub left_out: u64,
}

/// An item that is left out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftOut {
    /// The item: the dotted name of a setting, or the kind and the user.
    pub what: String,
    /// The reason.
    pub why: String,
}

/// What an import does.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the kinds of items")]
pub struct OwnImport {
    pub settings: SectionCounts,
    pub contacts: SectionCounts,
    pub blocks: SectionCounts,
    pub exceptions: SectionCounts,
    pub follows: SectionCounts,
    pub left_out: Vec<LeftOut>,
}

/// What stands before the import.
struct Standing {
    user: Arc<User>,
    /// With their marks.
    contacts: HashMap<UserId, bool>,
    blocks: HashSet<UserId>,
    exceptions: HashMap<UserId, Exceptions>,
    /// Users whom the user follows or asked.
    follows: HashSet<UserId>,
    /// Users of the document who are erased.
    erased: HashSet<UserId>,
}

impl TransferService {
    /// Imports a document into the caller's account. A dry run changes nothing. It continues if the caller disconnects.
    pub async fn import_own(
        &self,
        caller: &Caller,
        mode: OwnMode,
        is_dry_run: bool,
        document: OwnDocument,
    ) -> Result<OwnImport, ChangeError> {
        let catalogue = self.catalogue.get();
        let standing = self.standing(caller.user_id, &document).await?;
        let plan = Plan::of(&catalogue, mode, &standing, &document, self.clock.now());
        if is_dry_run {
            return Ok(plan.told);
        }
        let (transfer, caller) = (self.clone(), caller.clone());
        let running =
            tokio::spawn(async move { transfer.carry_out(&caller, &catalogue, plan).await });
        running.await.map_err(StoreError::internal)?
    }

    async fn standing(
        &self,
        user_id: UserId,
        document: &OwnDocument,
    ) -> Result<Standing, ChangeError> {
        let user = self.settings.read(user_id).await?;
        let mut standing = Standing {
            user,
            contacts: HashMap::new(),
            blocks: HashSet::new(),
            exceptions: HashMap::new(),
            follows: HashSet::new(),
            erased: self.stores.transfer.erased_among(&others(document)).await?,
        };
        let mut parts = pin!(self.accounts.clone().export_account(user_id));
        while let Some(part) = parts.try_next().await? {
            match part {
                ExportPart::Contacts(items) => {
                    let contacts = items.into_iter().map(|it| (it.user_id, it.close_friend));
                    standing.contacts.extend(contacts);
                }
                ExportPart::Blocks(items) => {
                    standing
                        .blocks
                        .extend(items.into_iter().map(|it| it.user_id));
                }
                ExportPart::Exceptions(items) => {
                    let people = items.into_iter().map(|it| (it.user_id, it.exceptions));
                    standing.exceptions.extend(people);
                }
                ExportPart::Follows(items) => {
                    let own = items.into_iter().filter(|it| it.follower_id == user_id);
                    standing.follows.extend(own.map(|it| it.following_id));
                }
                // History is not needed.
                ExportPart::AuditEntries(_) | ExportPart::Looks(_) => break,
            }
        }
        Ok(standing)
    }

    async fn carry_out(
        &self,
        caller: &Caller,
        catalogue: &Arc<Catalogue>,
        plan: Plan,
    ) -> Result<OwnImport, ChangeError> {
        let now = self.clock.now();
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
        for contacts in plan.contacts.chunks(BATCH) {
            let batch = ContactBatch {
                contacts: contacts.to_vec(),
                overwrites: true,
                now,
            };
            self.stores.transfer.import_contacts(&batch).await?;
        }
        let blocks = &self.stores.blocks;
        let blocked = plan.blocks.into_iter();
        let blocked =
            blocked.map(|(pair, at)| async move { blocks.import_block(pair, at, now).await });
        at_once(blocked.collect()).await?;
        let exceptions = &self.stores.exceptions;
        let set = plan.exceptions.into_iter();
        let set =
            set.map(
                |(pair, wanted)| async move { exceptions.set_exceptions(pair, &wanted, now).await },
            );
        at_once(set.collect()).await?;
        let follows = plan.follows.into_iter().map(|pair| self.follow(pair));
        at_once(follows.collect()).await?;
        Ok(plan.told)
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
        at_once(removed.collect()).await?;
        let removed = blocks.into_iter();
        let removed =
            removed.map(|pair| async move { stores.blocks.remove_block(pair, now).await });
        at_once(removed.collect()).await?;
        let removed = exceptions.into_iter();
        let removed =
            removed.map(|pair| async move { stores.exceptions.remove_exceptions(pair, now).await });
        at_once(removed.collect()).await
    }

    /// Follows or asks. Somebody who was erased or blocked meanwhile is not followed.
    async fn follow(&self, pair: Pair) -> Result<(), StoreError> {
        match self.relationships.follow(pair).await {
            Err(RelationshipError::Store(error)) => Err(error),
            Ok(_) | Err(_) => Ok(()),
        }
    }
}

/// All users whom the document names.
fn others(document: &OwnDocument) -> Vec<UserId> {
    let contacts = document.contacts.iter().map(|it| it.user_id);
    let blocks = document.blocks.iter().map(|it| it.user_id);
    let exceptions = document.exceptions.iter().map(|it| it.user_id);
    let follows = document.follows.iter().copied();
    contacts
        .chain(blocks)
        .chain(exceptions)
        .chain(follows)
        .collect()
}

/// Makes changes of different users at the same time, each to its end.
async fn at_once<F, T>(changes: Vec<F>) -> Result<(), StoreError>
where
    F: Future<Output = Result<T, StoreError>>,
{
    let mut changes = changes.into_iter();
    loop {
        let some: Vec<F> = changes.by_ref().take(AT_ONCE).collect();
        if some.is_empty() {
            return Ok(());
        }
        for made in join_all(some).await {
            made?;
        }
    }
}
