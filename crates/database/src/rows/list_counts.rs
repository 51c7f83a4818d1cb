//! The stored lengths of bounded lists. The adapters apply the changes.

use std::collections::BTreeMap;

use privet_domain::relationships::blocks::MOST_BLOCKS;
use privet_domain::relationships::contacts::MOST_CONTACTS;
use privet_domain::relationships::exceptions::MOST_PEOPLE_WITH_EXCEPTIONS;
use uuid::Uuid;

use crate::DbUuid;

/// A list with a maximum length.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BoundedList {
    /// A user's contacts.
    Contacts,
    /// A user's blocks.
    Blocks,
    /// The users for whom a user has exceptions.
    Exceptions,
}

/// The lengths of a user's lists, or the changes of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the columns are the lists")]
pub struct ListLengths {
    pub contacts: i32,
    pub blocks: i32,
    pub exceptions: i32,
}

impl ListLengths {
    /// The change of one list.
    #[must_use]
    pub const fn one(list: BoundedList, number: i32) -> Self {
        let none = Self {
            contacts: 0,
            blocks: 0,
            exceptions: 0,
        };
        match list {
            BoundedList::Contacts => Self {
                contacts: number,
                ..none
            },
            BoundedList::Blocks => Self {
                blocks: number,
                ..none
            },
            BoundedList::Exceptions => Self {
                exceptions: number,
                ..none
            },
        }
    }

    /// Whether a list is longer than its maximum.
    #[must_use]
    pub fn exceed_limits(&self) -> bool {
        let exceeds = |length: i32, most: u32| i64::from(length) > i64::from(most);
        exceeds(self.contacts, MOST_CONTACTS)
            || exceeds(self.blocks, MOST_BLOCKS)
            || exceeds(self.exceptions, MOST_PEOPLE_WITH_EXCEPTIONS)
    }
}

/// The reductions of many users' lists in one transaction, by user.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShortenedLists(BTreeMap<Uuid, ListLengths>);

impl ShortenedLists {
    /// Shortens a list of each of these users by one item.
    pub fn add(&mut self, list: BoundedList, owners: impl IntoIterator<Item = DbUuid>) {
        for owner in owners {
            let lengths = self.0.entry(owner.0).or_default();
            match list {
                BoundedList::Contacts => lengths.contacts -= 1,
                BoundedList::Blocks => lengths.blocks -= 1,
                BoundedList::Exceptions => lengths.exceptions -= 1,
            }
        }
    }

    /// The change of each user, in the order of the keys. Every transaction MUST lock rows of lengths in this order,
    /// which prevents deadlocks.
    pub fn by_user(&self) -> impl Iterator<Item = (DbUuid, ListLengths)> {
        self.0
            .iter()
            .map(|(owner, change)| (DbUuid(*owner), *change))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_too_long_above_its_limit() {
        for (list, most) in [
            (BoundedList::Contacts, 10_000),
            (BoundedList::Blocks, 10_000),
            (BoundedList::Exceptions, 1_000),
        ] {
            assert!(!ListLengths::one(list, most).exceed_limits());
            assert!(ListLengths::one(list, most + 1).exceed_limits());
        }
    }

    #[test]
    fn reductions_are_added_up_by_user() {
        let [one, two] = [1, 2].map(|number| DbUuid(Uuid::from_u128(number)));
        let mut shortened = ShortenedLists::default();
        shortened.add(BoundedList::Blocks, [two, one]);
        shortened.add(BoundedList::Contacts, [one, one]);
        let expected = [
            (
                one,
                ListLengths {
                    contacts: -2,
                    blocks: -1,
                    exceptions: 0,
                },
            ),
            (
                two,
                ListLengths {
                    contacts: 0,
                    blocks: -1,
                    exceptions: 0,
                },
            ),
        ];
        assert!(shortened.by_user().eq(expected));
    }
}
