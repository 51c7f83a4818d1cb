//! Users' settings as rows.

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::settings::Presence;
use privet_domain::settings::revision::Revision;
use privet_domain::settings::user::User;
use privet_domain::{AccountId, UserId};

use crate::errors::UnreadableRow;
use crate::{DbChoices, DbCohorts, DbTime, DbUuid, DbVersions};

/// A row of `users`, without the column that says whether there are exceptions, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(missing_docs, reason = "the columns are the fields of `User`")]
pub struct UserRow {
    pub user_id: DbUuid,
    pub created_at: DbTime,
    pub account_id: DbUuid,
    pub revision: i64,
    pub choices: DbChoices,
    pub preferences: DbChoices,
    pub cohorts: DbCohorts,
    pub versions: DbVersions,
}

impl From<&User> for UserRow {
    fn from(user: &User) -> Self {
        Self {
            user_id: user.id.into(),
            created_at: DbTime(user.created_at),
            account_id: DbUuid(user.account_id.as_uuid()),
            revision: user.revision.get(),
            choices: DbChoices(user.choices.clone()),
            preferences: DbChoices(user.preferences.clone()),
            cohorts: DbCohorts(user.cohorts.clone()),
            versions: DbVersions(user.versions),
        }
    }
}

impl TryFrom<UserRow> for User {
    type Error = UnreadableRow;

    fn try_from(row: UserRow) -> Result<Self, UnreadableRow> {
        Ok(Self {
            id: UserId::from_uuid(row.user_id.0),
            created_at: row.created_at.0,
            revision: Revision::new(row.revision).ok_or(UnreadableRow("revision"))?,
            account_id: AccountId::from_uuid(row.account_id.0),
            choices: row.choices.0,
            preferences: row.preferences.0,
            cohorts: row.cohorts.0,
            versions: row.versions.0,
        })
    }
}

/// The stored state of a user, before its conversion to the domain.
#[derive(Debug, Clone, PartialEq)]
pub enum Held {
    /// The user's row.
    Row(Box<UserRow>),
    /// The tombstone of an erased account.
    Erased,
    /// Neither a row nor a tombstone.
    Nothing,
}

impl From<(Option<UserRow>, bool)> for Held {
    /// Takes the row, and whether the user was erased.
    fn from((row, is_erased): (Option<UserRow>, bool)) -> Self {
        match row {
            Some(row) => Self::Row(Box::new(row)),
            None if is_erased => Self::Erased,
            None => Self::Nothing,
        }
    }
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

#[cfg(test)]
mod tests {
    use privet_domain::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn row() -> UserRow {
        let now = Timestamp::from_micros(1).unwrap();
        let id = Uuid::from_u128(1);
        let user = User::first_seen(UserId::from_uuid(id), AccountId::from_uuid(id), now);
        UserRow::from(&user)
    }

    #[test]
    fn a_user_survives_a_round_trip() {
        let user = User::try_from(row()).unwrap();
        assert_eq!(UserRow::from(&user), row());
    }

    #[test]
    fn a_revision_that_the_domain_refuses_is_an_error_that_names_its_column() {
        let refused = UserRow {
            revision: 0,
            ..row()
        };
        let refusal = Presence::try_from(Held::Row(Box::new(refused))).unwrap_err();
        assert!(matches!(refusal, StoreError::Internal(_)));
        assert!(refusal.to_string().contains(" revision "), "{refusal}");
    }
}
