//! Export of a whole service, part by part, in the order of the keys: users, contacts, blocks, exceptions, follows, erased
//! users. A part is as of its own read.

use futures_util::stream::{self, Stream};
use privet_domain::UserId;
use privet_domain::transfer::{BlockLine, ContactLine, ErasedLine, FollowLine, user_line};
use serde_json::Value;

use super::{PairKey, TransferService};
use crate::StoreError;

/// The number of lines in one read.
const PART: u32 = 1_000;

/// The position of an export.
enum Part {
    Users(Option<UserId>),
    Contacts(Option<PairKey>),
    Blocks(Option<PairKey>),
    Exceptions(Option<PairKey>),
    Follows(Option<PairKey>),
    Erased(Option<UserId>),
    End,
}

/// The next position: after the last item of a full part, or the next kind.
fn next<K>(items: usize, last: Option<K>, same: fn(Option<K>) -> Part, other: Part) -> Part {
    match last {
        Some(key) if items >= PART as usize => same(Some(key)),
        _ => other,
    }
}

impl TransferService {
    /// All lines, in parts.
    pub fn export_all(self) -> impl Stream<Item = Result<Vec<Value>, StoreError>> {
        stream::try_unfold(Part::Users(None), move |part| {
            let transfer = self.clone();
            async move { transfer.export_part(part).await }
        })
    }

    async fn export_part(&self, part: Part) -> Result<Option<(Vec<Value>, Part)>, StoreError> {
        let store = &self.stores.transfer;
        Ok(Some(match part {
            Part::Users(after) => {
                let catalogue = self.catalogue.get();
                let users = store.users_after(after, PART).await?;
                let last = users.last().map(|user| user.id);
                let following = next(users.len(), last, Part::Users, Part::Contacts(None));
                let lines = users.iter().map(|user| user_line(&catalogue, user));
                (lines.collect(), following)
            }
            Part::Contacts(after) => {
                let lines = store.contacts_after(after, PART).await?;
                let last = lines
                    .last()
                    .map(|line| (line.pair.actor(), line.pair.other()));
                let following = next(lines.len(), last, Part::Contacts, Part::Blocks(None));
                (
                    lines.into_iter().map(ContactLine::to_json).collect(),
                    following,
                )
            }
            Part::Blocks(after) => {
                let lines = store.blocks_after(after, PART).await?;
                let last = lines
                    .last()
                    .map(|line| (line.pair.actor(), line.pair.other()));
                let following = next(lines.len(), last, Part::Blocks, Part::Exceptions(None));
                (
                    lines.into_iter().map(BlockLine::to_json).collect(),
                    following,
                )
            }
            Part::Exceptions(after) => {
                let catalogue = self.catalogue.get();
                let lines = store.exceptions_after(after, PART).await?;
                let last = lines
                    .last()
                    .map(|line| (line.pair.actor(), line.pair.other()));
                let following = next(lines.len(), last, Part::Exceptions, Part::Follows(None));
                let lines = lines.iter().filter_map(|line| line.to_json(&catalogue));
                (lines.collect(), following)
            }
            Part::Follows(after) => {
                let lines = store.follows_after(after, PART).await?;
                let last = lines
                    .last()
                    .map(|line| (line.pair.other(), line.pair.actor()));
                let following = next(lines.len(), last, Part::Follows, Part::Erased(None));
                (
                    lines.into_iter().map(FollowLine::to_json).collect(),
                    following,
                )
            }
            Part::Erased(after) => {
                let lines = store.erased_after(after, PART).await?;
                let last = lines.last().map(|line| line.user_id);
                let following = next(lines.len(), last, Part::Erased, Part::End);
                (
                    lines.into_iter().map(ErasedLine::to_json).collect(),
                    following,
                )
            }
            Part::End => return Ok(None),
        }))
    }
}
