//! The facts for decisions, as rows.

use diesel::Queryable;
use diesel::sql_types::{Bool, Nullable};
use privet_application::rules::decisions::{Inquiry, StoredFacts, StoredParty};
use privet_domain::rules::decisions::{Relationship, Ties};

use crate::{Answers, DbChoices, DbCohorts, DbExceptions};

/// The column types of a [`FactsRow`], in its order: the result of a query for facts. `J` is the type of JSON.
pub type FactsType<J> = (
    (Nullable<J>, Nullable<J>, Nullable<J>),
    (Nullable<J>, Nullable<J>, Nullable<J>),
    (Bool, Bool),
    (Nullable<Bool>, Bool),
    (Nullable<Bool>, Bool),
);

/// The facts about one pair, except whether both are the same user.
#[derive(Debug, Clone, PartialEq, Queryable)]
pub struct FactsRow {
    /// Of the subject.
    pub subject: PartyRow,
    /// Of the viewer; all `None` if it was not requested.
    pub viewer: PartyRow,
    /// Whether one of the two was erased, and whether the subject blocked the viewer.
    pub endings: (bool, bool),
    /// The ties of the subject to the viewer.
    pub subject_ties: TiesRow,
    /// The ties of the viewer to the subject.
    pub viewer_ties: TiesRow,
}

/// The stored facts of one of the two.
#[derive(Debug, Clone, PartialEq, Default, Queryable)]
pub struct PartyRow {
    /// The choices; `None` for a user without a row.
    pub choices: Option<DbChoices>,
    /// The cohorts.
    pub cohorts: Option<DbCohorts>,
    /// The exceptions for the other; `None` if there are none.
    pub exceptions: Option<DbExceptions>,
}

/// The ties of one of the two to the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable)]
pub struct TiesRow {
    /// Whether the contact is marked as a close friend; `None` if the other is not a contact.
    pub close_friend: Option<bool>,
    /// Whether the user is an accepted follower of the other.
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

/// The maximum number of pairs in a statement, unless a single request has more.
pub const MOST_PAIRS: usize = 1_000;

/// Whether a request of the batch needs facts beyond the subject's settings, blocks, contacts and followers: the viewer's
/// row, or whom the subject follows. With `core` none does.
#[must_use]
pub fn ask_for_both_sides(requests: &[&Vec<Inquiry>]) -> bool {
    let mut inquiries = requests.iter().copied().flatten();
    inquiries.any(|inquiry| inquiry.needs.viewer || inquiry.needs.followed)
}

/// Groups the facts by request. There is one row for each pair, in the order of the requests.
#[must_use]
pub fn facts_of_each(requests: &[&Vec<Inquiry>], rows: Vec<FactsRow>) -> Answers<Vec<StoredFacts>> {
    let mut rows = rows.into_iter();
    let facts_of = |inquiries: &&Vec<Inquiry>| {
        let answered = inquiries.iter().zip(rows.by_ref());
        let facts = answered.map(|(inquiry, row)| facts(inquiry, row));
        Some(Ok(facts.collect()))
    };
    requests.iter().map(facts_of).collect()
}

fn facts(inquiry: &Inquiry, row: FactsRow) -> StoredFacts {
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
}
