//! What decisions are made from, as rows.

use diesel::Queryable;
use diesel::sql_types::{Bool, Nullable};
use privet_application::rules::decisions::{Inquiry, StoredFacts};
use privet_domain::rules::decisions::Relationship;

use crate::{Answers, DbChoices};

/// The types of a [`FactsRow`], in its order: what a query for facts must answer. `J` is the type of JSON.
pub type FactsType<J> = (Nullable<J>, Bool, Bool, Bool, Bool);

/// The facts about one pair, but whether they are the same user.
#[derive(Debug, Clone, PartialEq, Queryable)]
#[expect(
    missing_docs,
    clippy::struct_excessive_bools,
    reason = "the columns mean what the fields of `Relationship` mean"
)]
pub struct FactsRow {
    /// What the subject chose; `None` of a user without a row.
    pub choices: Option<DbChoices>,
    pub is_erased: bool,
    pub is_blocked: bool,
    pub are_mutual_contacts: bool,
    pub is_accepted_follower: bool,
}

/// The maximum number of pairs in a statement, unless a single request has more.
pub const MOST_PAIRS: usize = 1_000;

/// The facts about the pairs of each request. The rows are one for each pair, in the order of the requests.
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
    StoredFacts {
        choices: row.choices.unwrap_or_default().0,
        relationship: Relationship {
            is_oneself: question.viewer == question.subject,
            is_erased: row.is_erased,
            is_blocked: row.is_blocked,
            are_mutual_contacts: row.are_mutual_contacts,
            is_accepted_follower: row.is_accepted_follower,
        },
    }
}
