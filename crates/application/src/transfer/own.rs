//! A user imports their own export. What the import does is planned first, so that a dry run answers the same.

mod carry_out;
mod plan;

use std::collections::{HashMap, HashSet};
use std::pin::pin;
use std::sync::Arc;

use futures_util::TryStreamExt;
use privet_domain::UserId;
use privet_domain::relationships::exceptions::Exceptions;
use privet_domain::settings::user::User;
use privet_domain::transfer::own::OwnDocument;

use super::TransferService;
use crate::accounts::export::ExportPart;
use crate::{Caller, ChangeError, StoreError};
use plan::Plan;

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
        let running = tokio::spawn(async move {
            let carried_out = transfer.carry_out(&caller, &catalogue, &standing, plan);
            carried_out.await
        });
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

#[cfg(test)]
mod tests;
