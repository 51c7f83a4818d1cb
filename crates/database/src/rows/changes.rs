//! The feed of changes as rows.

use diesel::Queryable;
use privet_application::changes::{Feed, FeedPart, PlacedChange};
use privet_domain::changes::cursor::FeedPosition;
use privet_domain::changes::{Change, ChangeKinds, ChangedUser};
use privet_domain::{Timestamp, UserId};

use crate::{DbTime, DbUuid};

/// A row of `changes`, without its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct ChangeRow {
    /// When.
    pub at: DbTime,
    /// Whom the change is about; `None` for all users.
    pub user_id: Option<DbUuid>,
    /// One bit for each kind.
    pub kinds: i16,
}

impl From<Change> for ChangeRow {
    fn from(change: Change) -> Self {
        Self {
            at: DbTime(change.at),
            user_id: match change.user {
                ChangedUser::One(user_id) => Some(user_id.into()),
                ChangedUser::All => None,
            },
            kinds: change.kinds.to_stored().cast_signed(),
        }
    }
}

impl From<ChangeRow> for Change {
    fn from(row: ChangeRow) -> Self {
        let user_id = row.user_id.map(|user_id| UserId::from_uuid(user_id.0));
        Self {
            user: user_id.map_or(ChangedUser::All, ChangedUser::One),
            kinds: ChangeKinds::from_stored(row.kinds.cast_unsigned()),
            at: row.at.0,
        }
    }
}

/// A part of a position as a column. No stored number is greater than the greatest one that a column can have.
#[must_use]
pub fn column(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// A column as a part of a position. No stored number is below zero.
#[must_use]
pub fn number(column: i64) -> u64 {
    u64::try_from(column).unwrap_or_default()
}

/// The part of the feed with these rows, in the order of their positions: the requested ones, and the next one if there
/// is one.
#[must_use]
pub fn part(
    feed: Feed,
    rows: impl IntoIterator<Item = (FeedPosition, ChangeRow)>,
    most: u32,
) -> FeedPart {
    let placed = |(position, row): (FeedPosition, ChangeRow)| PlacedChange {
        position,
        change: row.into(),
    };
    let mut changes: Vec<_> = rows.into_iter().map(placed).collect();
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let has_more = changes.len() > most;
    changes.truncate(most);
    FeedPart {
        feed,
        changes,
        has_more,
    }
}

/// What to delete from the beginning of the feed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OldChanges<P> {
    /// The position of the last change to delete.
    pub last: P,
    /// Whether the next change is old, too.
    pub has_more: bool,
}

/// Which of the first changes to delete; `None` if the first one is not old. The rows are at most `most` and the next
/// one. Only the beginning can be deleted: an old change after one that is not old stays, because of clocks that differ.
#[must_use]
pub fn old_changes<P: Copy>(
    first: &[(P, DbTime)],
    before: Timestamp,
    most: u32,
) -> Option<OldChanges<P>> {
    let most = usize::try_from(most).unwrap_or(usize::MAX);
    let is_young = |(_, at): &(P, DbTime)| at.0 >= before;
    let old = first.iter().position(is_young).unwrap_or(first.len());
    let (last, _) = first.get(..old.min(most))?.last()?;
    Some(OldChanges {
        last: *last,
        has_more: old > most,
    })
}

#[cfg(test)]
mod tests {
    use privet_domain::changes::ChangeKind;
    use uuid::Uuid;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_micros(second * 1_000_000).unwrap()
    }

    #[test]
    fn a_change_of_any_kind_is_written_and_read_the_same() {
        let user = ChangedUser::One(UserId::from_uuid(Uuid::from_u128(7)));
        for kind in ChangeKind::ALL {
            for user in [user, ChangedUser::All] {
                let change = Change {
                    user,
                    kinds: ChangeKinds::of([kind, ChangeKind::Email]),
                    at: at(7),
                };
                assert_eq!(Change::from(ChangeRow::from(change)), change);
            }
        }
    }

    #[test]
    fn positions_of_any_size_have_columns() {
        assert_eq!(number(column(7)), 7);
        assert_eq!(column(u64::MAX), i64::MAX);
        assert_eq!(number(-1), 0);
    }

    #[test]
    fn only_the_beginning_is_deleted() {
        let rows = [(1, at(1)), (2, at(2)), (3, at(9)), (4, at(3))];
        let rows = rows.map(|(place, at)| (place, DbTime(at)));
        let old = |before, most| {
            let old = old_changes(&rows, at(before), most)?;
            Some((old.last, old.has_more))
        };
        assert_eq!(old(1, 3), None);
        assert_eq!(old(2, 3), Some((1, false)));
        assert_eq!(old(5, 3), Some((2, false)));
        assert_eq!(old(10, 3), Some((3, true)));
        assert_eq!(old(10, 4), Some((4, false)));
        assert_eq!(old(10, 0), None);
        assert_eq!(old_changes::<i64>(&[], at(1), 3), None);
    }
}
