//! What decisions are made from, as rows.

use diesel::Queryable;
use diesel::sql_types::{Bool, Integer, Nullable, Text};
use privet_application::StoreError;
use privet_application::decisions::Inquiry;
use privet_domain::account_privacy::AccountPrivacy;
use privet_domain::decisions::{Facts, Relationship, SubjectSettings};
use privet_domain::email_contact::EmailContact;
use privet_domain::messaging_privacy::MessagingPrivacy;

use crate::DbAudience;
use crate::errors::UnreadableRow;
use crate::rows::settings::disappearing_after;

/// The types of a [`FactsRow`], in its order: what a query for facts must answer.
pub type FactsType = (Nullable<SubjectType>, Bool, Bool, Bool, Bool);

type SubjectType = (Bool, Bool, Bool, Bool, Bool, Text, Text, Nullable<Integer>);

/// The facts about one pair, but whether they are the same user.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the columns mean what the fields of `Facts` mean"
)]
pub struct FactsRow {
    /// `None` of a user without a row.
    pub subject: Option<SubjectRow>,
    pub is_erased: bool,
    pub is_blocked: bool,
    pub are_mutual_contacts: bool,
    pub is_accepted_follower: bool,
}

/// The columns of `users` that decisions are made by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the columns mean what the fields of `User` mean"
)]
pub struct SubjectRow {
    pub account_is_private: bool,
    pub email_allow_email_contact: bool,
    pub messaging_show_read_receipts: bool,
    pub messaging_show_last_seen: bool,
    pub messaging_show_typing_indicator: bool,
    pub messaging_who_can_see_profile: DbAudience,
    pub messaging_who_can_add_to_groups: DbAudience,
    pub messaging_disappearing_messages_default: Option<i32>,
}

impl TryFrom<SubjectRow> for SubjectSettings {
    type Error = UnreadableRow;

    fn try_from(row: SubjectRow) -> Result<Self, UnreadableRow> {
        let after = row.messaging_disappearing_messages_default;
        Ok(Self {
            account: AccountPrivacy {
                is_private: row.account_is_private,
            },
            email: EmailContact {
                allow_email_contact: row.email_allow_email_contact,
            },
            messaging: MessagingPrivacy {
                show_read_receipts: row.messaging_show_read_receipts,
                show_last_seen: row.messaging_show_last_seen,
                show_typing_indicator: row.messaging_show_typing_indicator,
                who_can_see_profile: row.messaging_who_can_see_profile.0,
                who_can_add_to_groups: row.messaging_who_can_add_to_groups.0,
                disappearing_messages_default: after.map(disappearing_after).transpose()?,
            },
        })
    }
}

/// The facts about these pairs. One row for each, in their order.
pub fn facts(inquiries: &[Inquiry], rows: Vec<FactsRow>) -> Result<Vec<Facts>, StoreError> {
    let facts = inquiries.iter().zip(rows).map(|(inquiry, row)| {
        let question = inquiry.question;
        let settings = row.subject.map(SubjectSettings::try_from).transpose()?;
        Ok(Facts {
            settings: settings.unwrap_or_default(),
            relationship: Relationship {
                is_oneself: question.viewer == question.subject,
                is_erased: row.is_erased,
                is_blocked: row.is_blocked,
                are_mutual_contacts: row.are_mutual_contacts,
                is_accepted_follower: row.is_accepted_follower,
            },
        })
    });
    facts.collect()
}
