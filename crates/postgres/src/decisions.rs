//! Finds the facts for decisions. One statement, and so one snapshot, for all pairs. It has a query type of its own
//! because the server parses and plans a query that Diesel gets as text each time. A distributed database has statements
//! of its own, in [`spread`].

mod of_one;
mod spread;

use async_trait::async_trait;
use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, Bool, Jsonb, Uuid};
use privet_application::StoreError;
use privet_application::rules::decisions::{DecisionStore, Inquiry, StoredFacts};
use privet_database::rows::decisions::{
    FactsRow, FactsType, MOST_PAIRS, ask_for_both_sides, facts_of_each,
};
use privet_database::{Answers, DbUuid, Statement};

use crate::PostgresStore;
use crate::layout::KnownLayout;
use of_one::PairsOfOne;

#[async_trait]
impl DecisionStore for PostgresStore {
    async fn facts(&self, inquiries: &[Inquiry]) -> Result<Vec<StoredFacts>, StoreError> {
        self.facts.submit(inquiries.to_vec()).await
    }
}

/// Finds the facts about pairs.
pub(crate) struct Facts(pub KnownLayout);

impl Statement<PgConnection> for Facts {
    type Request = Vec<Inquiry>;
    type Answer = Vec<StoredFacts>;

    const NAME: &'static str = "facts";
    const MOST: usize = MOST_PAIRS;

    fn weight(inquiries: &Vec<Inquiry>) -> usize {
        inquiries.len()
    }

    fn run(
        &self,
        connection: &mut PgConnection,
        requests: &[&Vec<Inquiry>],
    ) -> QueryResult<Answers<Vec<StoredFacts>>> {
        if self.0.get().is_spread() {
            let rows = spread::load(connection, requests, &mut |_| {})?;
            return Ok(facts_of_each(requests, rows));
        }
        if let Some(pairs) = PairsOfOne::of(requests) {
            return Ok(facts_of_each(requests, pairs.load(connection)?));
        }
        let columns: Columns = requests.iter().copied().flatten().copied().collect();
        let rows: Vec<FactsRow> = if ask_for_both_sides(requests) {
            AskForFacts::<true>(&columns).load(connection)?
        } else {
            AskForFacts::<false>(&columns).load(connection)?
        };
        Ok(facts_of_each(requests, rows))
    }
}

/// The columns of the pairs, one array for each, so that the statement is the same for any number of pairs.
#[derive(Default)]
struct Columns {
    viewers: Vec<DbUuid>,
    subjects: Vec<DbUuid>,
    contacts: Vec<bool>,
    follows: Vec<bool>,
    followed: Vec<bool>,
    of_viewers: Vec<bool>,
}

impl FromIterator<Inquiry> for Columns {
    fn from_iter<I: IntoIterator<Item = Inquiry>>(inquiries: I) -> Self {
        let mut columns = Self::default();
        for Inquiry { question, needs } in inquiries {
            columns.viewers.push(question.viewer.into());
            columns.subjects.push(question.subject.into());
            columns.contacts.push(needs.contacts);
            columns.follows.push(needs.follows);
            columns.followed.push(needs.followed);
            columns.of_viewers.push(needs.viewer);
        }
        columns
    }
}

/// Asks for the facts of both users if `BOTH` is true, otherwise only for what concerns the subject's settings: the columns
/// of the viewer's row are NULL, and a batch of 1,000 takes a third less time.
struct AskForFacts<'a, const BOTH: bool>(&'a Columns);

// The text does not depend on the pairs: the statement is prepared once for each connection.
impl<const BOTH: bool> QueryId for AskForFacts<'_, BOTH> {
    type QueryId = AskForFacts<'static, BOTH>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl<const BOTH: bool> Query for AskForFacts<'_, BOTH> {
    type SqlType = FactsType<Jsonb>;
}

impl<const BOTH: bool> RunQueryDsl<PgConnection> for AskForFacts<'_, BOTH> {}

// For EXISTS or a join, the planner may read a whole table if it expects many pairs. With LIMIT it can only look up
// each pair. CASE skips a lookup that was not requested.

/// A user without a row may have exceptions. With `=` in place of `>=`, the planner may choose the index by person; for
/// a person for whom thousands have exceptions, the statement would read all of them for each pair.
const SUBJECT: &str = "SELECT subjects.choices, subjects.cohorts, \
    CASE WHEN COALESCE(subjects.has_exceptions, true) THEN \
    (SELECT CASE WHEN person_id = asked.viewer THEN by_action END FROM exceptions \
    WHERE owner_id = asked.subject AND person_id >= asked.viewer ORDER BY person_id LIMIT 1) END, ";

const VIEWER: &str = "viewers.choices, viewers.cohorts, \
    CASE WHEN asked.of_viewer AND COALESCE(viewers.has_exceptions, true) THEN \
    (SELECT CASE WHEN person_id = asked.subject THEN by_action END FROM exceptions \
    WHERE owner_id = asked.viewer AND person_id >= asked.subject ORDER BY person_id LIMIT 1) END, ";

const NO_VIEWER: &str = "NULL::jsonb, NULL::jsonb, NULL::jsonb, ";

/// A user with a row is not erased, so that this lookup can be skipped.
const IS_ERASED: &str = "(SELECT true FROM erased_users \
    WHERE user_id = asked.viewer LIMIT 1) IS NOT NULL \
    OR (subjects.choices IS NULL AND (SELECT true FROM erased_users \
    WHERE user_id = asked.subject LIMIT 1) IS NOT NULL), ";

const IS_ONE_ERASED: &str = "(viewers.choices IS NULL AND (SELECT true FROM erased_users \
    WHERE user_id = asked.viewer LIMIT 1) IS NOT NULL) \
    OR (subjects.choices IS NULL AND (SELECT true FROM erased_users \
    WHERE user_id = asked.subject LIMIT 1) IS NOT NULL), ";

/// ORDER BY makes the primary key the cheapest index. With `=` in place of `>=`, the index by time is estimated as
/// equally cheap if users have one block on average; for a user with thousands, the statement would read all of them.
/// The same is true for contacts.
const IS_BLOCKED: &str = "COALESCE((SELECT blocked_id FROM blocks \
    WHERE blocker_id = asked.subject AND blocked_id >= asked.viewer \
    ORDER BY blocked_id LIMIT 1) = asked.viewer, false), ";

/// `close_friend` is NULL if the viewer is not a contact of the subject.
const SUBJECT_ADDED: &str = "added.close_friend, ";

const SUBJECT_FOLLOWS: &str = "CASE WHEN asked.followed THEN COALESCE((SELECT status = 'accepted' FROM follows \
    WHERE following_id = asked.viewer AND follower_id = asked.subject LIMIT 1), \
    false) ELSE false END, ";

const FOLLOWS_NOT_ASKED: &str = "false, ";

/// If the subject did not add the viewer, they are not mutual contacts, and the viewer's contacts are not read.
const IS_IF_MUTUAL: &str = "CASE WHEN added.close_friend IS NOT NULL THEN ";

const IS_IF_MUTUAL_OR_ASKED: &str = "CASE WHEN added.close_friend IS NOT NULL \
    OR (asked.contacts AND asked.of_viewer) THEN ";

const VIEWER_TIES: &str = "(SELECT found.close_friend FROM \
    (SELECT contact_id, close_friend FROM contacts \
    WHERE owner_id = asked.viewer AND contact_id >= asked.subject \
    ORDER BY contact_id LIMIT 1) AS found WHERE found.contact_id = asked.subject) END, \
    CASE WHEN asked.follows THEN COALESCE((SELECT status = 'accepted' FROM follows \
    WHERE following_id = asked.subject AND follower_id = asked.viewer LIMIT 1), \
    false) ELSE false END";

const SUBJECTS: &str = " LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE user_id = asked.subject LIMIT 1) AS subjects ON true";

const VIEWERS: &str = " LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE asked.of_viewer AND user_id = asked.viewer LIMIT 1) AS viewers ON true";

const ADDED: &str = " LEFT JOIN LATERAL (SELECT found.close_friend FROM \
    (SELECT contact_id, close_friend FROM contacts \
    WHERE asked.contacts AND owner_id = asked.subject AND contact_id >= asked.viewer \
    ORDER BY contact_id LIMIT 1) AS found WHERE found.contact_id = asked.viewer) AS added ON true \
    ORDER BY asked.place";

const SUBJECTS_SIDE: [&str; 7] = [
    SUBJECT,
    NO_VIEWER,
    IS_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    FOLLOWS_NOT_ASKED,
    IS_IF_MUTUAL,
];

const BOTH_SIDES: [&str; 7] = [
    SUBJECT,
    VIEWER,
    IS_ONE_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    SUBJECT_FOLLOWS,
    IS_IF_MUTUAL_OR_ASKED,
];

impl<const BOTH: bool> QueryFragment<Pg> for AskForFacts<'_, BOTH> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let columns = self.0;
        for part in if BOTH { BOTH_SIDES } else { SUBJECTS_SIDE } {
            out.push_sql(part);
        }
        out.push_sql(VIEWER_TIES);
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Uuid>, _>(&columns.viewers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&columns.subjects)?;
        let mut needed = vec![&columns.contacts, &columns.follows];
        if BOTH {
            needed.extend([&columns.followed, &columns.of_viewers]);
        }
        for needed in needed {
            out.push_sql(", ");
            out.push_bind_param::<Array<Bool>, _>(needed)?;
        }
        out.push_sql(") WITH ORDINALITY AS asked (viewer, subject, contacts, follows, ");
        out.push_sql(if BOTH {
            "followed, of_viewer, place)"
        } else {
            "place)"
        });
        out.push_sql(SUBJECTS);
        if BOTH {
            out.push_sql(VIEWERS);
        }
        out.push_sql(ADDED);
        Ok(())
    }
}
