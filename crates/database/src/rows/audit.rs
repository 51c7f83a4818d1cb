//! Audit entries as rows.

use diesel::Queryable;
use privet_application::StoreError;
use privet_application::settings::audit::{AuditQuery, MOST_BYTES, weight};
use privet_domain::canonical::canonical;
use privet_domain::settings::audit::{AuditEntry, SettingChange};
use privet_domain::settings::looks::SupportReason;
use privet_domain::{RequestId, UserId};
use serde_json::Value;

use crate::errors::UnreadableRow;
use crate::{DbTime, DbUuid};

/// A row of `audit_log`, in the order of its columns.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(
    missing_docs,
    reason = "the columns mean what the fields of `AuditEntry` mean"
)]
pub struct AuditRow {
    pub user_id: DbUuid,
    pub id: DbUuid,
    pub actor_id: DbUuid,
    pub occurred_at: DbTime,
    pub setting: String,
    pub old_value: Value,
    pub new_value: Value,
    pub request_id: String,
    pub reason: Option<String>,
}

/// The number of rows that are loaded at once. A row may have two values of 64 KiB, so that a step loads at most 2 MiB
/// before the size is checked.
const STEP: u32 = 16;

/// Loads the rows of a page, up to the page's maximum number of entries or bytes.
pub fn load_in_steps<E>(
    query: &AuditQuery,
    mut load: impl FnMut(&AuditQuery) -> Result<Vec<AuditRow>, E>,
) -> Result<Vec<AuditRow>, E> {
    let mut rows: Vec<AuditRow> = Vec::new();
    let mut bytes = 0;
    let mut left = query.limit;
    let mut step = query.clone();
    loop {
        step.limit = left.min(STEP);
        let loaded = load(&step)?;
        let is_last = loaded.len() < step.limit as usize;
        left -= step.limit;
        step.before = loaded.last().map(|row| row.id.0);
        let weights = loaded
            .iter()
            .map(|row| weight(&row.old_value, &row.new_value));
        bytes += weights.sum::<usize>();
        rows.extend(loaded);
        if is_last || left == 0 || bytes > MOST_BYTES {
            return Ok(rows);
        }
    }
}

impl From<&AuditEntry> for AuditRow {
    fn from(entry: &AuditEntry) -> Self {
        Self {
            user_id: entry.user_id.into(),
            id: DbUuid(entry.id),
            actor_id: entry.actor_id.into(),
            occurred_at: DbTime(entry.occurred_at),
            setting: entry.change.setting.clone(),
            old_value: entry.change.old_value.clone(),
            new_value: entry.change.new_value.clone(),
            request_id: entry.request_id.as_str().to_owned(),
            reason: entry.reason.as_ref().map(|it| it.as_str().to_owned()),
        }
    }
}

impl TryFrom<AuditRow> for AuditEntry {
    type Error = UnreadableRow;

    fn try_from(row: AuditRow) -> Result<Self, UnreadableRow> {
        Ok(Self {
            id: row.id.0,
            user_id: UserId::from_uuid(row.user_id.0),
            actor_id: UserId::from_uuid(row.actor_id.0),
            occurred_at: row.occurred_at.0,
            change: SettingChange {
                setting: row.setting,
                old_value: canonical(row.old_value),
                new_value: canonical(row.new_value),
            },
            request_id: RequestId::parse(&row.request_id)
                .map_err(|_| UnreadableRow("request_id"))?,
            reason: row
                .reason
                .map(|reason| SupportReason::parse(&reason))
                .transpose()
                .map_err(|_| UnreadableRow("reason"))?,
        })
    }
}

/// Converts the rows.
pub fn entries(rows: Vec<AuditRow>) -> Result<Vec<AuditEntry>, StoreError> {
    rows.into_iter()
        .map(|row| AuditEntry::try_from(row).map_err(StoreError::from))
        .collect()
}
