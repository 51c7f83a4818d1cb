//! Finds the facts for decisions. One statement, and so one snapshot, for all pairs. It has a query type of its own
//! because SQLite compiles a query that Diesel gets as text each time.

use async_trait::async_trait;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Binary, Json};
use diesel::sqlite::Sqlite;
use privet_application::StoreError;
use privet_application::rules::decisions::{DecisionStore, Inquiry, StoredFacts};
use privet_database::rows::decisions::{
    FactsRow, FactsType, MOST_PAIRS, ask_for_both_sides, facts_of_each,
};
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
        let asked = as_bytes(requests);
        let rows: Vec<FactsRow> = if ask_for_both_sides(requests) {
            AskForFacts::<true>(&asked).load(connection)?
        } else {
            AskForFacts::<false>(&asked).load(connection)?
        };
        Ok(facts_of_each(requests, rows))
    }
}

/// The ids of the viewer and the subject, and four letters: 36 bytes for each pair.
fn as_bytes(requests: &[&Vec<Inquiry>]) -> Vec<u8> {
    let pairs = requests
        .iter()
        .map(|inquiries| inquiries.len())
        .sum::<usize>();
    let mut bytes = Vec::with_capacity(36 * pairs);
    for Inquiry { question, needs } in requests.iter().copied().flatten() {
        for id in [question.viewer, question.subject] {
            bytes.extend_from_slice(id.as_uuid().as_bytes());
        }
        let needs = [needs.contacts, needs.follows, needs.followed, needs.viewer];
        bytes.extend(needs.map(|needed| if needed { b'y' } else { b'n' }));
    }
    bytes
}

/// Asks for the facts of both users if `BOTH` is true, otherwise only for what concerns the subject's settings: the columns
/// of the viewer's row are NULL, and a batch of 1,000 takes a third less time.
struct AskForFacts<'a, const BOTH: bool>(&'a [u8]);

// The text does not depend on the pairs: the statement is prepared once for each connection.
impl<const BOTH: bool> QueryId for AskForFacts<'_, BOTH> {
    type QueryId = AskForFacts<'static, BOTH>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const BOTH: bool> Query for AskForFacts<'_, BOTH> {
    type SqlType = FactsType<Json>;
}

impl<const BOTH: bool> RunQueryDsl<SqliteConnection> for AskForFacts<'_, BOTH> {}

/// After the first parameter: iterates over the pairs.
const PAIRS: &str = " AS pairs), asked (place, viewer, subject, contacts, follows) AS (\
    SELECT 0, substr(?1, 1, 16), substr(?1, 17, 16), substr(?1, 33, 1), substr(?1, 34, 1) \
    WHERE length(?1) > 0 UNION ALL \
    SELECT place + 36, substr(?1, place + 37, 16), substr(?1, place + 53, 16), \
    substr(?1, place + 69, 1), substr(?1, place + 70, 1) FROM asked WHERE place + 36 < length(?1)) ";

const PAIRS_WITH_ALL_NEEDS: &str = " AS pairs), \
    asked (place, viewer, subject, contacts, follows, followed, of_viewer) AS (\
    SELECT 0, substr(?1, 1, 16), substr(?1, 17, 16), substr(?1, 33, 1), substr(?1, 34, 1), \
    substr(?1, 35, 1), substr(?1, 36, 1) WHERE length(?1) > 0 UNION ALL \
    SELECT place + 36, substr(?1, place + 37, 16), substr(?1, place + 53, 16), \
    substr(?1, place + 69, 1), substr(?1, place + 70, 1), substr(?1, place + 71, 1), \
    substr(?1, place + 72, 1) FROM asked WHERE place + 36 < length(?1)) ";

/// A user without a row may have exceptions.
const SUBJECT: &str = "SELECT subjects.choices, subjects.cohorts, \
    CASE WHEN COALESCE(subjects.has_exceptions, 1) THEN (SELECT by_action FROM exceptions \
    WHERE owner_id = asked.subject AND person_id = asked.viewer) END, ";

const VIEWER: &str = "viewers.choices, viewers.cohorts, \
    CASE WHEN asked.of_viewer = X'79' AND COALESCE(viewers.has_exceptions, 1) THEN \
    (SELECT by_action FROM exceptions WHERE owner_id = asked.viewer AND person_id = asked.subject) END, ";

const NO_VIEWER: &str = "NULL, NULL, NULL, ";

/// A user with a row is not erased, so that this lookup can be skipped.
const IS_ERASED: &str = "EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.viewer) \
    OR (subjects.user_id IS NULL \
    AND EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.subject)), ";

const IS_ONE_ERASED: &str = "(viewers.user_id IS NULL \
    AND EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.viewer)) \
    OR (subjects.user_id IS NULL \
    AND EXISTS (SELECT 1 FROM erased_users WHERE user_id = asked.subject)), ";

const IS_BLOCKED: &str = "EXISTS (SELECT 1 FROM blocks \
    WHERE blocker_id = asked.subject AND blocked_id = asked.viewer), ";

/// `close_friend` is NULL if the viewer is not a contact of the subject.
const SUBJECT_ADDED: &str = "added.close_friend, ";

const SUBJECT_FOLLOWS: &str = "asked.followed = X'79' AND EXISTS (SELECT 1 FROM follows \
    WHERE following_id = asked.viewer AND follower_id = asked.subject AND status = 'accepted'), ";

const FOLLOWS_NOT_ASKED: &str = "0, ";

/// If the subject did not add the viewer, they are not mutual contacts, and the viewer's contacts are not read.
const IS_IF_MUTUAL: &str = "CASE WHEN added.close_friend IS NOT NULL THEN ";

const IS_IF_MUTUAL_OR_ASKED: &str = "CASE WHEN added.close_friend IS NOT NULL \
    OR (asked.contacts = X'79' AND asked.of_viewer = X'79') THEN ";

const VIEWER_TIES: &str = "(SELECT close_friend FROM contacts \
    WHERE owner_id = asked.viewer AND contact_id = asked.subject) END, \
    asked.follows = X'79' AND EXISTS (SELECT 1 FROM follows \
    WHERE following_id = asked.subject AND follower_id = asked.viewer AND status = 'accepted')";

const SUBJECTS: &str =
    " FROM asked LEFT JOIN users AS subjects ON subjects.user_id = asked.subject";

const VIEWERS: &str = " LEFT JOIN users AS viewers \
    ON asked.of_viewer = X'79' AND viewers.user_id = asked.viewer";

const ADDED: &str = " LEFT JOIN contacts AS added ON asked.contacts = X'79' \
    AND added.owner_id = asked.subject AND added.contact_id = asked.viewer \
    ORDER BY asked.place";

const SUBJECTS_SIDE: [&str; 10] = [
    PAIRS,
    SUBJECT,
    NO_VIEWER,
    IS_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    FOLLOWS_NOT_ASKED,
    IS_IF_MUTUAL,
    VIEWER_TIES,
    SUBJECTS,
];

const BOTH_SIDES: [&str; 11] = [
    PAIRS_WITH_ALL_NEEDS,
    SUBJECT,
    VIEWER,
    IS_ONE_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    SUBJECT_FOLLOWS,
    IS_IF_MUTUAL_OR_ASKED,
    VIEWER_TIES,
    SUBJECTS,
    VIEWERS,
];

impl<const BOTH: bool> QueryFragment<Sqlite> for AskForFacts<'_, BOTH> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Sqlite>) -> QueryResult<()> {
        // Bound once and named by its number from then on.
        out.push_sql("WITH RECURSIVE given AS (SELECT ");
        out.push_bind_param::<Binary, _>(self.0)?;
        let parts: &[&str] = if BOTH { &BOTH_SIDES } else { &SUBJECTS_SIDE };
        for part in parts {
            out.push_sql(part);
        }
        out.push_sql(ADDED);
        Ok(())
    }
}
