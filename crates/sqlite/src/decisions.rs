//! Finds the facts for decisions. One statement, and so one snapshot, for all pairs. It has a query type of its own
//! because SQLite compiles a query that Diesel gets as text each time.

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

/// The ids of the viewer and the subject, and four letters: 36 bytes for each pair.
fn as_bytes(inquiry: &Inquiry) -> impl Iterator<Item = u8> + use<> {
    let Inquiry { question, needs } = *inquiry;
    let ids = [question.viewer, question.subject];
    let needs = [needs.contacts, needs.follows, needs.followed, needs.viewer];
    let needs = needs.map(|needed| if needed { b'y' } else { b'n' });
    let ids = ids.into_iter().flat_map(|id| id.as_uuid().into_bytes());
    ids.chain(needs)
}

struct AskForFacts<'a>(&'a [u8]);

// The text does not depend on the pairs: the statement is prepared once for each connection.
impl QueryId for AskForFacts<'_> {
    type QueryId = AskForFacts<'static>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AskForFacts<'_> {
    type SqlType = FactsType<Json>;
}

impl RunQueryDsl<SqliteConnection> for AskForFacts<'_> {}

/// Follows the first parameter. Splits it into pairs.
const ASKED: &str = " AS pairs), \
    asked (place, viewer, subject, contacts, follows, followed, of_viewer) AS (\
    SELECT 0, substr(?1, 1, 16), substr(?1, 17, 16), substr(?1, 33, 1), substr(?1, 34, 1), \
    substr(?1, 35, 1), substr(?1, 36, 1) WHERE length(?1) > 0 UNION ALL \
    SELECT place + 36, substr(?1, place + 37, 16), substr(?1, place + 53, 16), \
    substr(?1, place + 69, 1), substr(?1, place + 70, 1), substr(?1, place + 71, 1), \
    substr(?1, place + 72, 1) FROM asked WHERE place + 36 < length(?1)) ";

/// A user without a row may have exceptions.
const PARTIES: &str = "SELECT subjects.choices, subjects.cohorts, \
    CASE WHEN COALESCE(subjects.has_exceptions, 1) THEN (SELECT by_action FROM exceptions \
    WHERE owner_id = asked.subject AND person_id = asked.viewer) END, \
    viewers.choices, viewers.cohorts, \
    CASE WHEN asked.of_viewer = X'79' AND COALESCE(viewers.has_exceptions, 1) THEN (SELECT by_action FROM exceptions \
    WHERE owner_id = asked.viewer AND person_id = asked.subject) END, ";

/// A user with a row is not erased, so that this lookup can be skipped.
const IS_ERASED: &str = "EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.viewer) \
    OR (subjects.user_id IS NULL \
    AND EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.subject)), ";

const IS_BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks \
    WHERE blocker_id = asked.subject AND blocked_id = asked.viewer), ";

/// `close_friend` is NULL if the viewer is not a contact of the subject.
const SUBJECT_TIES: &str = "added.close_friend, \
    asked.followed = X'79' AND EXISTS (SELECT 1 FROM follows \
    WHERE following_id = asked.viewer AND follower_id = asked.subject AND status = 'accepted'), ";

/// If the subject did not add the viewer, they are not mutual contacts, and the viewer's contacts are not read.
const VIEWER_TIES: &str = "CASE WHEN added.close_friend IS NOT NULL \
    OR (asked.contacts = X'79' AND asked.of_viewer = X'79') THEN (SELECT close_friend FROM contacts \
    WHERE owner_id = asked.viewer AND contact_id = asked.subject) END, \
    asked.follows = X'79' AND EXISTS (SELECT 1 FROM follows \
    WHERE following_id = asked.subject AND follower_id = asked.viewer AND status = 'accepted')";

const JOINED: &str = " FROM asked LEFT JOIN users AS subjects ON subjects.user_id = asked.subject \
    LEFT JOIN users AS viewers ON asked.of_viewer = X'79' AND viewers.user_id = asked.viewer \
    LEFT JOIN contacts AS added ON asked.contacts = X'79' \
    AND added.owner_id = asked.subject AND added.contact_id = asked.viewer \
    ORDER BY asked.place";

impl QueryFragment<Sqlite> for AskForFacts<'_> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // The parameter is bound once, and then referred to by its number.
        out.push_sql("WITH RECURSIVE given AS (SELECT ");
        out.push_bind_param::<Binary, _>(self.0)?;
        for part in [
            ASKED,
            PARTIES,
            IS_ERASED,
            IS_BLOCKED,
            SUBJECT_TIES,
            VIEWER_TIES,
            JOINED,
        ] {
            out.push_sql(part);
        }
        Ok(())
    }
}
