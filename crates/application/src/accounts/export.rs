//! Export: everything that is held about a user, part by part, so that it never stands in memory as a
//! whole. Never who blocked them.

use futures_util::stream::{self, Stream};
use privet_domain::UserId;
use privet_domain::relationships::blocks::Block;
use privet_domain::relationships::contacts::Contact;
use privet_domain::relationships::follows::Follow;
use privet_domain::settings::audit::AuditEntry;
use uuid::Uuid;

use super::AccountService;
use crate::StoreError;
use crate::relationships::follows::FollowList;
use crate::relationships::{ListPart, ListQuery, Position};
use crate::settings::audit::AuditQuery;

/// How many items are read at once.
const PART: u32 = 500;

/// Some of what is held. Parts of one kind follow each other, kinds in the order given here; there may
/// be none of a kind.
#[derive(Debug, Clone, PartialEq)]
pub enum ExportPart {
    /// Contacts the user added.
    Contacts(Vec<Contact>),
    /// Users they blocked.
    Blocks(Vec<Block>),
    /// Follows and requests, by them and of them.
    Follows(Vec<Follow>),
    /// Their history.
    AuditEntries(Vec<AuditEntry>),
}

/// Where an export stands.
enum Part {
    Contacts(Option<Position>),
    Blocks(Option<Position>),
    Follows(usize, Option<Position>),
    AuditEntries(Option<Uuid>),
    End,
}

impl AccountService {
    /// Reads everything held about the user besides their row. Each part is as of its own reading; an
    /// account erased meanwhile has nothing more to give.
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
                    next.map_or(Part::Follows(0, None), |next| Part::Blocks(Some(next)));
                (ExportPart::Blocks(items), next_part)
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
                    None => Part::End,
                };
                (ExportPart::AuditEntries(page.entries), next_part)
            }
            Part::End => return Ok(None),
        }))
    }
}
