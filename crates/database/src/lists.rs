//! Pagination: of lists that are ordered by time and id, newest first, and in the order of keys.

mod keys;

use diesel::dsl::{And, Lt, LtEq, Or};
use diesel::expression::AsExpression;
use diesel::sql_types::SqlType;
use diesel::sql_types::is_nullable::NotNull;
use diesel::{BoolExpressionMethods, ExpressionMethods};
use privet_application::relationships::Position;

use crate::{DbTime, DbUuid};

pub use keys::{BehindKey, behind_key};

/// The type of [`behind`].
pub type Behind<Time, Id> = And<LtEq<Time, DbTime>, Or<Lt<Time, DbTime>, Lt<Id, DbUuid>>>;

/// Whether an item comes after a position in its list.
///
/// The first condition follows from the other two, but with it the scan of an index can start at the position. Without
/// it the whole list would be read.
pub fn behind<Time, Id>(time: Time, id: Id, position: Position) -> Behind<Time, Id>
where
    Time: ExpressionMethods + Copy,
    Id: ExpressionMethods,
    Time::SqlType: SqlType<IsNull = NotNull>,
    Id::SqlType: SqlType<IsNull = NotNull>,
    DbTime: AsExpression<Time::SqlType>,
    DbUuid: AsExpression<Id::SqlType>,
{
    let (at, other) = (DbTime(position.at), DbUuid(position.id));
    time.le(at).and(time.lt(at).or(id.lt(other)))
}
