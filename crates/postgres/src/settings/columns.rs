//! Users' rows as one array for each column, so that the statement is the same for any number of rows.

use privet_database::rows::settings::UserRow;
use privet_database::{DbChoices, DbCohorts, DbTime, DbUuid, DbVersions};

/// The columns of `users`.
#[derive(Default)]
pub(super) struct UserColumns {
    pub user_ids: Vec<DbUuid>,
    pub created_at: Vec<DbTime>,
    pub account_ids: Vec<DbUuid>,
    pub revisions: Vec<i64>,
    pub choices: Vec<DbChoices>,
    pub preferences: Vec<DbChoices>,
    pub cohorts: Vec<DbCohorts>,
    pub versions: Vec<DbVersions>,
}

impl FromIterator<UserRow> for UserColumns {
    fn from_iter<I: IntoIterator<Item = UserRow>>(rows: I) -> Self {
        let mut columns = Self::default();
        for row in rows {
            columns.user_ids.push(row.user_id);
            columns.created_at.push(row.created_at);
            columns.account_ids.push(row.account_id);
            columns.revisions.push(row.revision);
            columns.choices.push(row.choices);
            columns.preferences.push(row.preferences);
            columns.cohorts.push(row.cohorts);
            columns.versions.push(row.versions);
        }
        columns
    }
}
