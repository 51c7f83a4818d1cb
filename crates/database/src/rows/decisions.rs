//! What decisions are made from, as rows.

use diesel::Queryable;
use diesel::sql_types::{Bool, Nullable};
use privet_application::rules::decisions::{Inquiry, StoredFacts, StoredParty};
use privet_domain::rules::decisions::{Relationship, Ties};

use crate::{DbChoices, DbCohorts, DbExceptions};

/// The types of a [`FactsRow`], in its order: what a query for facts must answer. `J` is the type of JSON.
pub type FactsType<J> = (
    (Nullable<J>, Nullable<J>, Nullable<J>),
    (Nullable<J>, Nullable<J>, Nullable<J>),
    (Bool, Bool),
    (Nullable<Bool>, Bool),
    (Nullable<Bool>, Bool),
);

/// The facts about one pair, but whether they are the same user.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct FactsRow {
    /// Of the subject.
    pub subject: PartyRow,
    /// Of the viewer; all `None` where nobody asks.
    pub viewer: PartyRow,
    /// Whether one of the two was erased, and whether the subject blocked the viewer.
    pub endings: (bool, bool),
    /// What the subject has with the viewer.
    pub subject_ties: TiesRow,
    /// What the viewer has with the subject.
    pub viewer_ties: TiesRow,
}

/// What is stored of one of the two.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct PartyRow {
    /// What they chose; `None` of a user without a row.
    pub choices: Option<DbChoices>,
    /// The cohorts that they belong to.
    pub cohorts: Option<DbCohorts>,
    /// Their exceptions for the other; `None` where they have none.
    pub exceptions: Option<DbExceptions>,
}

/// What one of the two has with the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct TiesRow {
    /// Whether they marked the other as a close friend; `None` where they did not add them as a contact.
    pub close_friend: Option<bool>,
    /// Whether they follow the other, and were accepted.
    pub follows: bool,
}

impl From<PartyRow> for StoredParty {
    fn from(row: PartyRow) -> Self {
        Self {
            choices: row.choices.unwrap_or_default().0,
            cohorts: row.cohorts.unwrap_or_default().0,
            exceptions: row.exceptions.unwrap_or_default().0,
        }
    }
}

impl From<TiesRow> for Ties {
    fn from(row: TiesRow) -> Self {
        Self {
            added: row.close_friend.is_some(),
            close_friend: row.close_friend.unwrap_or(false),
            follows: row.follows,
        }
    }
}

/// The facts about these pairs. One row for each, in their order.
#[must_use]
pub fn facts(inquiries: &[Inquiry], rows: Vec<FactsRow>) -> Vec<StoredFacts> {
    let facts = inquiries.iter().zip(rows).map(|(inquiry, row)| {
        let question = inquiry.question;
        let (is_erased, is_blocked) = row.endings;
        StoredFacts {
            subject: row.subject.into(),
            viewer: inquiry.needs.viewer.then(|| row.viewer.into()),
            relationship: Relationship {
                is_oneself: question.viewer == question.subject,
                is_erased,
                is_blocked,
                subject: row.subject_ties.into(),
                viewer: row.viewer_ties.into(),
            },
        }
    });
    facts.collect()
}
