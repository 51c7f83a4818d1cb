//! Users' settings as rows.

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::settings::Presence;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::audience::Audience;
use privet_domain::email_contact::EmailContact;
use privet_domain::messaging_privacy::{DisappearingAfter, MessagingPrivacy};
use privet_domain::preferences::ChosenPreferences;
use privet_domain::user::{Revision, User, Versioned};
use privet_domain::{AccountId, UserId};
use serde_json::Value;

use crate::errors::UnreadableRow;
use crate::{DbTime, DbUuid};

/// A row of `users`, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the columns are the fields of `User`, flat"
)]
pub struct UserRow {
    pub user_id: DbUuid,
    pub created_at: DbTime,
    pub revision: i64,
    pub account_id: DbUuid,
    pub account_is_private: bool,
    pub account_revision: i64,
    pub account_updated_at: DbTime,
    pub email_allow_email_contact: bool,
    pub email_revision: i64,
    pub email_updated_at: DbTime,
    pub messaging_show_read_receipts: bool,
    pub messaging_show_last_seen: bool,
    pub messaging_show_typing_indicator: bool,
    pub messaging_who_can_see_profile: String,
    pub messaging_who_can_add_to_groups: String,
    pub messaging_disappearing_messages_default: Option<i32>,
    pub messaging_revision: i64,
    pub messaging_updated_at: DbTime,
    pub preferences: Value,
    pub preferences_revision: i64,
    pub preferences_updated_at: DbTime,
}

/// Every column of a `users` table with its value of a [`UserRow`]: what to insert or to set.
#[macro_export]
macro_rules! user_assignments {
    ($users:ident, $row:expr) => {{
        let row: $crate::rows::settings::UserRow = $row;
        (
            $users::user_id.eq(row.user_id),
            $users::created_at.eq(row.created_at),
            $users::revision.eq(row.revision),
            $users::account_id.eq(row.account_id),
            $users::account_is_private.eq(row.account_is_private),
            $users::account_revision.eq(row.account_revision),
            $users::account_updated_at.eq(row.account_updated_at),
            $users::email_allow_email_contact.eq(row.email_allow_email_contact),
            $users::email_revision.eq(row.email_revision),
            $users::email_updated_at.eq(row.email_updated_at),
            $users::messaging_show_read_receipts.eq(row.messaging_show_read_receipts),
            $users::messaging_show_last_seen.eq(row.messaging_show_last_seen),
            $users::messaging_show_typing_indicator.eq(row.messaging_show_typing_indicator),
            $users::messaging_who_can_see_profile.eq(row.messaging_who_can_see_profile),
            $users::messaging_who_can_add_to_groups.eq(row.messaging_who_can_add_to_groups),
            $users::messaging_disappearing_messages_default
                .eq(row.messaging_disappearing_messages_default),
            $users::messaging_revision.eq(row.messaging_revision),
            $users::messaging_updated_at.eq(row.messaging_updated_at),
            $users::preferences.eq(row.preferences),
            $users::preferences_revision.eq(row.preferences_revision),
            $users::preferences_updated_at.eq(row.preferences_updated_at),
        )
    }};
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        let messaging = &user.messaging_privacy.value;
        Self {
            user_id: user.id.into(),
            created_at: DbTime(user.created_at),
            revision: user.revision.get(),
            account_id: DbUuid(user.account_id.as_uuid()),
            account_is_private: user.account_privacy.value.is_private,
            account_revision: user.account_privacy.revision.get(),
            account_updated_at: DbTime(user.account_privacy.updated_at),
            email_allow_email_contact: user.email_contact.value.allow_email_contact,
            email_revision: user.email_contact.revision.get(),
            email_updated_at: DbTime(user.email_contact.updated_at),
            messaging_show_read_receipts: messaging.show_read_receipts,
            messaging_show_last_seen: messaging.show_last_seen,
            messaging_show_typing_indicator: messaging.show_typing_indicator,
            messaging_who_can_see_profile: messaging.who_can_see_profile.as_str().to_owned(),
            messaging_who_can_add_to_groups: messaging.who_can_add_to_groups.as_str().to_owned(),
            messaging_disappearing_messages_default: messaging
                .disappearing_messages_default
                .map(|after| after.as_seconds().cast_signed()),
            messaging_revision: user.messaging_privacy.revision.get(),
            messaging_updated_at: DbTime(user.messaging_privacy.updated_at),
            preferences: Value::Object(user.preferences.value.to_stored()),
            preferences_revision: user.preferences.revision.get(),
            preferences_updated_at: DbTime(user.preferences.updated_at),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = UnreadableRow;

    fn try_from(row: UserRow) -> Result<Self, UnreadableRow> {
        let account_privacy = AccountPrivacy {
            is_private: row.account_is_private,
        };
        let email_contact = EmailContact {
            allow_email_contact: row.email_allow_email_contact,
        };
        let messaging_privacy = MessagingPrivacy {
            show_read_receipts: row.messaging_show_read_receipts,
            show_last_seen: row.messaging_show_last_seen,
            show_typing_indicator: row.messaging_show_typing_indicator,
            who_can_see_profile: audience(
                &row.messaging_who_can_see_profile,
                "messaging_who_can_see_profile",
            )?,
            who_can_add_to_groups: audience(
                &row.messaging_who_can_add_to_groups,
                "messaging_who_can_add_to_groups",
            )?,
            disappearing_messages_default: row
                .messaging_disappearing_messages_default
                .map(disappearing_after)
                .transpose()?,
        };
        let Value::Object(preferences) = row.preferences else {
            return Err(UnreadableRow("preferences"));
        };
        Ok(Self {
            id: UserId::from_uuid(row.user_id.0),
            created_at: row.created_at.0,
            revision: revision(row.revision, "revision")?,
            account_id: AccountId::from_uuid(row.account_id.0),
            account_privacy: Versioned {
                value: account_privacy,
                revision: revision(row.account_revision, "account_revision")?,
                updated_at: row.account_updated_at.0,
            },
            email_contact: Versioned {
                value: email_contact,
                revision: revision(row.email_revision, "email_revision")?,
                updated_at: row.email_updated_at.0,
            },
            messaging_privacy: Versioned {
                value: messaging_privacy,
                revision: revision(row.messaging_revision, "messaging_revision")?,
                updated_at: row.messaging_updated_at.0,
            },
            preferences: Versioned {
                value: ChosenPreferences::from_stored(preferences),
                revision: revision(row.preferences_revision, "preferences_revision")?,
                updated_at: row.preferences_updated_at.0,
            },
        })
    }
}

fn revision(number: i64, column: &'static str) -> Result<Revision, UnreadableRow> {
    Revision::new(number).ok_or(UnreadableRow(column))
}

fn audience(name: &str, column: &'static str) -> Result<Audience, UnreadableRow> {
    Audience::parse(name).ok_or(UnreadableRow(column))
}

pub(crate) fn disappearing_after(seconds: i32) -> Result<DisappearingAfter, UnreadableRow> {
    u64::try_from(seconds)
        .ok()
        .and_then(DisappearingAfter::from_seconds)
        .ok_or(UnreadableRow("messaging_disappearing_messages_default"))
}

/// What a database holds of a user, before the domain has seen it.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// Their row.
    Row(Box<UserRow>),
    /// The tombstone of an erased account.
    Erased,
    /// Nothing.
    Nothing,
}

impl TryFrom<Held> for Presence {
    type Error = StoreError;

    fn try_from(held: Held) -> Result<Self, StoreError> {
        Ok(match held {
            Held::Row(row) => Self::Here(Box::new(User::try_from(*row)?)),
            Held::Erased => Self::Erased,
            Held::Nothing => Self::Unknown,
        })
    }
}

/// Makes the function that looks for a user on this kind of connection. Needs Diesel's prelude and the
/// adapter's own `crate::schema` and `crate::erasure`.
#[macro_export]
macro_rules! settings_queries {
    ($connection:ty) => {
        /// Two statements and two snapshots, but each answer was true at one moment: a row when it was read, a
        /// tombstone from then on for ever, and nothing when the row was looked for, since a tombstone that is
        /// not there afterwards was not there then.
        fn find(
            connection: &mut $connection,
            user_id: $crate::DbUuid,
        ) -> QueryResult<$crate::rows::settings::Held> {
            use crate::schema::users;
            use $crate::rows::settings::{Held, UserRow};

            let row: Option<UserRow> = users::table
                .find(user_id)
                .get_result(connection)
                .optional()?;
            Ok(match row {
                Some(row) => Held::Row(Box::new(row)),
                None if crate::tombstones::is_erased(connection, user_id)? => Held::Erased,
                None => Held::Nothing,
            })
        }
    };
}

#[cfg(test)]
mod tests {
    use privet_domain::Timestamp;
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    fn row() -> UserRow {
        let now = Timestamp::from_micros(1).unwrap();
        let id = Uuid::from_u128(1);
        let user = User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), now);
        UserRow::from(&user)
    }

    #[test]
    fn what_the_domain_gives_it_takes_back() {
        let user = User::try_from(row()).unwrap();
        assert_eq!(UserRow::from(&user), row());
    }

    #[test]
    fn a_value_that_the_domain_refuses_is_an_error_that_names_its_column() {
        type Spoil = fn(&mut UserRow);
        let spoilers: [(&str, Spoil); 5] = [
            ("revision", |row| row.revision = 0),
            ("email_revision", |row| row.email_revision = -1),
            ("messaging_who_can_see_profile", |row| {
                row.messaging_who_can_see_profile = "friends".to_owned();
            }),
            ("messaging_disappearing_messages_default", |row| {
                row.messaging_disappearing_messages_default = Some(-300);
            }),
            ("preferences", |row| row.preferences = json!([])),
        ];
        for (column, spoil) in spoilers {
            let mut row = row();
            spoil(&mut row);
            let refusal = Presence::try_from(Held::Row(Box::new(row))).unwrap_err();
            assert!(matches!(refusal, StoreError::Internal(_)));
            assert!(
                refusal.to_string().contains(&format!(" {column} ")),
                "{refusal}"
            );
        }
    }
}
