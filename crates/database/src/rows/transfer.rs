//! Rows of an export of everything, and the bounds of its reads.

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::transfer::PairKey;
use privet_domain::relationships::follows::FollowStatus;
use privet_domain::settings::user::User;
use privet_domain::transfer::{BlockLine, ContactLine, ErasedLine, ExceptionLine, FollowLine};
use privet_domain::{Pair, UserId};
use uuid::Uuid;

use crate::errors::UnreadableRow;
use crate::rows::settings::UserRow;
use crate::{DbExceptions, DbFollowStatus, DbTime, DbUuid};

/// The id after which users are read. No user has the least one.
#[must_use]
pub fn after_user(after: Option<UserId>) -> DbUuid {
    after.map_or(DbUuid(Uuid::nil()), DbUuid::from)
}

/// The key after which relationships are read.
#[must_use]
pub fn after_pair(after: Option<PairKey>) -> (DbUuid, DbUuid) {
    let (one, other) = after.unzip();
    (after_user(one), after_user(other))
}

/// A user and another user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct PairRow {
    /// The owner, the blocker or the follower.
    pub actor: DbUuid,
    /// The other user.
    pub other: DbUuid,
}

impl TryFrom<PairRow> for Pair {
    type Error = UnreadableRow;

    fn try_from(row: PairRow) -> Result<Self, UnreadableRow> {
        let (actor, other) = (
            UserId::from_uuid(row.actor.0),
            UserId::from_uuid(row.other.0),
        );
        Self::new(actor, other).map_err(|_| UnreadableRow("a pair of one user"))
    }
}

/// Converts the rows of users.
pub fn users(rows: Vec<UserRow>) -> Result<Vec<User>, StoreError> {
    let users = rows.into_iter();
    users
        .map(|row| User::try_from(row).map_err(StoreError::from))
        .collect()
}

fn lines<R, L>(
    rows: Vec<R>,
    line: impl Fn(R) -> Result<L, UnreadableRow>,
) -> Result<Vec<L>, StoreError> {
    let lines = rows.into_iter().map(line);
    lines.map(|line| line.map_err(StoreError::from)).collect()
}

/// Converts the rows of contacts.
pub fn contacts(rows: Vec<(PairRow, DbTime, bool)>) -> Result<Vec<ContactLine>, StoreError> {
    lines(rows, |(pair, added_at, close_friend)| {
        Ok(ContactLine {
            pair: pair.try_into()?,
            close_friend: Some(close_friend),
            added_at: Some(added_at.0),
        })
    })
}

/// Converts the rows of blocks.
pub fn blocks(rows: Vec<(PairRow, DbTime)>) -> Result<Vec<BlockLine>, StoreError> {
    lines(rows, |(pair, blocked_at)| {
        Ok(BlockLine {
            pair: pair.try_into()?,
            blocked_at: Some(blocked_at.0),
        })
    })
}

/// Converts the rows of exceptions.
pub fn exceptions(rows: Vec<(PairRow, DbExceptions)>) -> Result<Vec<ExceptionLine>, StoreError> {
    lines(rows, |(pair, exceptions)| {
        Ok(ExceptionLine {
            pair: pair.try_into()?,
            exceptions: exceptions.0,
        })
    })
}

/// Converts the rows of follows. A withheld request is a pending one, as for the user who sent it.
pub fn follows(
    rows: Vec<(PairRow, DbFollowStatus, DbTime)>,
) -> Result<Vec<FollowLine>, StoreError> {
    lines(rows, |(pair, status, created_at)| {
        Ok(FollowLine {
            pair: pair.try_into()?,
            is_accepted: status.0 == FollowStatus::Accepted,
            created_at: Some(created_at.0),
        })
    })
}

/// Converts tombstones.
#[must_use]
pub fn erased(rows: Vec<(DbUuid, DbTime)>) -> Vec<ErasedLine> {
    let line = |(user_id, at): (DbUuid, DbTime)| ErasedLine {
        user_id: UserId::from_uuid(user_id.0),
        at: at.0,
    };
    rows.into_iter().map(line).collect()
}
