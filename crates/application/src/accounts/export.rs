//! Export: all data of a user, part by part, so that it is never completely in memory. It does not contain the
//! users who blocked them.

use futures_util::stream::{self, Stream};
use privet_domain::UserId;
use privet_domain::relationships::blocks::Block;
use privet_domain::relationships::contacts::Contact;
use privet_domain::relationships::exceptions::PersonWithExceptions;
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::audit::AuditEntry;
use privet_domain::settings::looks::Look;
use uuid::Uuid;

use super::AccountService;
use crate::StoreError;
use crate::administration::support::LookQuery;
use crate::relationships::follows::FollowList;
use crate::relationships::{ListPart, ListQuery, Position};
use crate::settings::audit::AuditQuery;

/// The number of items in one read.
const PART: u32 = 500;

/// A part of the data. Parts of one kind are consecutive, in the order of the variants; a kind may have no part.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportPart {
    /// Contacts that the user added.
    Contacts(Vec<Contact>),
    /// Users whom the user blocked.
    Blocks(Vec<Block>),
    /// Users for whom the user has exceptions.
    Exceptions(Vec<PersonWithExceptions>),
    /// Follows and requests by the user and of the user.
    Follows(Vec<Follow>),
    /// The user's history.
    AuditEntries(Vec<AuditEntry>),
    /// The looks of the product's staff at the user's data.
    Looks(Vec<Look>),
}

/// The position of an export.
enum Part {
    Contacts(Option<Position>),
    Blocks(Option<Position>),
    Exceptions(Option<Position>),
    Follows(usize, Option<Position>),
    AuditEntries(Option<Uuid>),
    Looks(Option<Uuid>),
    End,
}

impl AccountService {
    /// Reads all data of the user besides their row. Each part is as of its own read; an account that is erased
    /// meanwhile has no more parts.
    pub fn export_account(
        self,
        user_id: UserId,
    ) -> impl Stream<Item = Result<ExportPart, StoreError>> {
        stream::try_unfold(Part::Contacts(None), move |part| {
            let accounts = self.clone();
            async move { accounts.export_part(user_id, part).await }
        })
    }

    async fn export_part(
        &self,
        owner: UserId,
        part: Part,
    ) -> Result<Option<(ExportPart, Part)>, StoreError> {
        let query = |behind| ListQuery {
            owner,
            behind,
            limit: PART,
        };
        Ok(Some(match part {
            Part::Contacts(behind) => {
                let ListPart { items, next } =
                    self.relationships.list_contacts(query(behind)).await?;
                let next_part = next.map_or(Part::Blocks(None), |next| Part::Contacts(Some(next)));
                (ExportPart::Contacts(items), next_part)
            }
            Part::Blocks(behind) => {
                let ListPart { items, next } =
                    self.relationships.list_blocks(query(behind)).await?;
                let next_part =
                    next.map_or(Part::Exceptions(None), |next| Part::Blocks(Some(next)));
                (ExportPart::Blocks(items), next_part)
            }
            Part::Exceptions(behind) => {
                let list = self.relationships.list_exceptions(query(behind), None);
                let ListPart { items, next } = list.await?;
                let next_part =
                    next.map_or(Part::Follows(0, None), |next| Part::Exceptions(Some(next)));
                (ExportPart::Exceptions(items), next_part)
            }
            Part::Follows(number, behind) => {
                let Some(list) = FollowList::ALL.get(number) else {
                    let part = ExportPart::Follows(Vec::new());
                    return Ok(Some((part, Part::AuditEntries(None))));
                };
                let ListPart { items, next } = self
                    .relationships
                    .list_follows(*list, query(behind))
                    .await?;
                let next_part = match next {
                    Some(next) => Part::Follows(number, Some(next)),
                    None => Part::Follows(number + 1, None),
                };
                (ExportPart::Follows(items), next_part)
            }
            Part::AuditEntries(before) => {
                let query = AuditQuery {
                    user_id: owner,
                    setting: None,
                    before,
                    limit: PART,
                };
                let page = self.settings.list_audit_entries(query).await?;
                let next_part = match page.next {
                    Some(next) => Part::AuditEntries(Some(next)),
                    None => Part::Looks(None),
                };
                (ExportPart::AuditEntries(page.entries), next_part)
            }
            Part::Looks(before) => {
                let query = LookQuery {
                    user_id: owner,
                    before,
                    limit: PART,
                };
                let page = self.administration.list_looks(query).await?;
                let next_part = match page.next {
                    Some(next) => Part::Looks(Some(next)),
                    None => Part::End,
                };
                (ExportPart::Looks(page.looks), next_part)
            }
            Part::End => return Ok(None),
        }))
    }
}
