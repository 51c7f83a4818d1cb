//! Contacts as rows.

use diesel::Queryable;
use privet_domain::UserId;
use privet_domain::contacts::Contact;

use crate::{DbTime, DbUuid};

/// A contact as its owner sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `Contact`")]
pub struct ContactRow {
    pub user_id: DbUuid,
    pub mutual: bool,
    pub added_at: DbTime,
}

impl From<ContactRow> for Contact {
    fn from(row: ContactRow) -> Self {
        Self {
            user_id: UserId::from_uuid(row.user_id.0),
            mutual: row.mutual,
            added_at: row.added_at.0,
        }
    }
}

/// Makes the functions that read and change contacts on this kind of connection. Needs Diesel's prelude and
/// the adapter's own `crate::schema`.
#[macro_export]
macro_rules! contact_queries {
    ($connection:ty) => {
        $crate::pair_list_queries!(
            $connection,
            contacts(owner_id, contact_id, added_at),
            $crate::rows::contacts::ContactRow = (
                contacts::contact_id,
                // A value rather than EXISTS, which PostgreSQL may answer for a long list by reading the
                // whole table into memory first.
                {
                    let back = diesel::alias!(contacts as back);
                    back.filter(back.field(contacts::owner_id).eq(contacts::contact_id))
                        .filter(back.field(contacts::contact_id).eq(contacts::owner_id))
                        .select(back.field(contacts::owner_id))
                        .limit(1)
                        .single_value()
                        .is_not_null()
                },
                contacts::added_at,
            )
        );

        fn add_contact(
            connection: &mut $connection,
            pair: privet_domain::Pair,
            now: privet_domain::Timestamp,
        ) -> QueryResult<privet_application::relationships::Added<$crate::rows::contacts::ContactRow>> {
            use privet_application::relationships::Added;

            if let Some(party) = crate::erasure::erased_party(connection, pair)? {
                return Ok(Added::Erased(party));
            }
            let (row, is_new) = add_and_find(connection, pair, now)?;
            Ok(if is_new {
                Added::New(row)
            } else {
                Added::Stood(row)
            })
        }
    };
}
