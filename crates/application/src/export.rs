//! Export: everything that is held about a user, part by part, so that it never stands in memory as a
//! whole. Never who blocked them.

use std::sync::Arc;

use futures_util::stream::{self, Stream};
use privet_domain::UserId;
use privet_domain::audit::AuditEntry;
use privet_domain::blocks::Block;
use privet_domain::contacts::Contact;
use privet_domain::follows::Follow;
use uuid::Uuid;

use crate::audit::AuditQuery;
use crate::follows::FollowList;
use crate::relationships::{ListPart, ListQuery, Position};
use crate::{Privet, StoreError};

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
enum Place {
    Contacts(Option<Position>),
    Blocks(Option<Position>),
    Follows(usize, Option<Position>),
    AuditEntries(Option<Uuid>),
    End,
}

impl Privet {
    /// Reads everything held about the user besides their row. Each part is as of its own reading; an
    /// account erased meanwhile has nothing more to give.
    pub fn export_account(
        self: Arc<Self>,
        user_id: UserId,
    ) -> impl Stream<Item = Result<ExportPart, StoreError>> {
        stream::try_unfold(Place::Contacts(None), move |place| {
            let privet = Arc::clone(&self);
            async move { privet.export_part(user_id, place).await }
        })
    }

    async fn export_part(
        &self,
        owner: UserId,
        place: Place,
    ) -> Result<Option<(ExportPart, Place)>, StoreError> {
        let query = |behind| ListQuery {
            owner,
            behind,
            limit: PART,
        };
        Ok(Some(match place {
            Place::Contacts(behind) => {
                let ListPart { items, next } = self.list_contacts(query(behind)).await?;
                let place = next.map_or(Place::Blocks(None), |next| Place::Contacts(Some(next)));
                (ExportPart::Contacts(items), place)
            }
            Place::Blocks(behind) => {
                let ListPart { items, next } = self.list_blocks(query(behind)).await?;
                let place = next.map_or(Place::Follows(0, None), |next| Place::Blocks(Some(next)));
                (ExportPart::Blocks(items), place)
            }
            Place::Follows(number, behind) => {
                let Some(list) = FollowList::ALL.get(number) else {
                    let part = ExportPart::Follows(Vec::new());
                    return Ok(Some((part, Place::AuditEntries(None))));
                };
                let ListPart { items, next } = self.list_follows(*list, query(behind)).await?;
                let place = match next {
                    Some(next) => Place::Follows(number, Some(next)),
                    None => Place::Follows(number + 1, None),
                };
                (ExportPart::Follows(items), place)
            }
            Place::AuditEntries(before) => {
                let query = AuditQuery {
                    user_id: owner,
                    setting: None,
                    before,
                    limit: PART,
                };
                let page = self.list_audit_entries(query).await?;
                let place = match page.next {
                    Some(next) => Place::AuditEntries(Some(next)),
                    None => Place::End,
                };
                (ExportPart::AuditEntries(page.entries), place)
            }
            Place::End => return Ok(None),
        }))
    }
}
