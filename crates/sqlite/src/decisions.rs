//! What decisions are made from: one statement, hence one snapshot, for all pairs. A query type of its own,
//! because Diesel compiles anew whatever comes as text.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Json};
use diesel::sqlite::Sqlite;
use privet_application::StoreError;
use privet_application::rules::decisions::{DecisionStore, Inquiry, StoredFacts};
use privet_database::rows::decisions::{FactsRow, FactsType, MOST_PAIRS, facts_of_each};
use privet_database::{Answers, Statement};

use crate::SqliteStore;

#[async_trait]
impl DecisionStore for SqliteStore {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        self.facts.submit(inquiries.to_vec()).await
    }
}

/// Finds the facts about pairs.
pub(crate) struct Facts;

impl Statement<SqliteConnection> for Facts {
    type Request = Vec<Inquiry>;
    type Answer = Vec<StoredFacts>;

    const NAME: &'static str = "facts";
    const MOST: usize = MOST_PAIRS;

    fn weight(inquiries: &Vec<Inquiry>) -> usize {
        inquiries.len()
    }

    fn run(
        &self,
        connection: &mut SqliteConnection,
        requests: &[&Vec<Inquiry>],
    ) -> QueryResult<Answers<Vec<StoredFacts>>> {
        let inquiries = requests.iter().copied().flatten();
        let asked: Vec<u8> = inquiries.flat_map(as_bytes).collect();
        let rows: Vec<FactsRow> = AskForFacts(&asked).load(connection)?;
        Ok(facts_of_each(requests, rows))
    }
}

/// The ids of viewer and subject and two letters: 34 bytes for each pair.
fn as_bytes(inquiry: &Inquiry) -> impl Iterator<Item = u8> + use<> {
    let Inquiry { question, needs } = *inquiry;
    let ids = [question.viewer, question.subject];
    let needs = [needs.contacts, needs.follows].map(|needed| if needed { b'y' } else { b'n' });
    let ids = ids.into_iter().flat_map(|id| id.as_uuid().into_bytes());
    ids.chain(needs)
}

struct AskForFacts<'a>(&'a [u8]);

// The text is the same whatever is asked: the statement is prepared once for each connection.
impl QueryId for AskForFacts<'_> {
    type QueryId = AskForFacts<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AskForFacts<'_> {
    type SqlType = FactsType<Json>;
}

impl RunQueryDsl<SqliteConnection> for AskForFacts<'_> {}

/// Behind the first parameter: walks through the pairs.
const ASKED: &str = " AS pairs), asked (place, viewer, subject, contacts, follows) AS (\
    SELECT 0, substr(?1, 1, 16), substr(?1, 17, 16), substr(?1, 33, 1), substr(?1, 34, 1) \
    WHERE length(?1) > 0 UNION ALL \
    SELECT place + 34, substr(?1, place + 35, 16), substr(?1, place + 51, 16), \
    substr(?1, place + 67, 1), substr(?1, place + 68, 1) FROM asked \
    WHERE place + 34 < length(?1)) ";

const CHOICES: &str = "SELECT users.choices, ";

/// Whoever has a row was not erased: that look can be spared.
const IS_ERASED: &str = "EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.viewer) \
    OR (users.user_id IS NULL \
    AND EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.subject)), ";

const IS_BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks \
    WHERE blocker_id = asked.subject AND blocked_id = asked.viewer), ";

const ARE_MUTUAL_CONTACTS: &str = "asked.contacts = X'79' AND EXISTS (SELECT 1 FROM contacts \
    WHERE owner_id = asked.subject AND contact_id = asked.viewer) \
    AND EXISTS (SELECT 1 FROM contacts \
    WHERE owner_id = asked.viewer AND contact_id = asked.subject), ";

const IS_ACCEPTED_FOLLOWER: &str = "asked.follows = X'79' AND EXISTS (SELECT 1 FROM follows \
    WHERE following_id = asked.subject AND follower_id = asked.viewer AND status = 'accepted')";

impl QueryFragment<Sqlite> for AskForFacts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // Bound once and named by its number from then on.
        out.push_sql("WITH RECURSIVE given AS (SELECT ");
        out.push_bind_param::<Binary, _>(self.0)?;
        for part in [
            ASKED,
            CHOICES,
            IS_ERASED,
            IS_BLOCKED,
            ARE_MUTUAL_CONTACTS,
            IS_ACCEPTED_FOLLOWER,
            " FROM asked LEFT JOIN users ON users.user_id = asked.subject ORDER BY asked.place",
        ] {
            out.push_sql(part);
        }
        Ok(())
    }
}
