//! Finds the facts about any pairs. The statement has a query type of its own because the server parses and plans a query
//! that Diesel gets as text each time.
//!
//! Sorting the pairs costs the server almost as much as two index lookups in memory, and a column of a pair almost half of
//! one. So what is true or false is packed in one number, and the rows are put in order here.

use diesel::pg::Pg;
use diesel::prelude::*;
use diesel::query_builder::{AstPass, Query, QueryFragment, QueryId};
use diesel::sql_types::{Array, BigInt, Integer, Jsonb, Nullable, Uuid};
use privet_application::rules::decisions::{Inquiry, Needs};
use privet_database::DbUuid;
use privet_database::rows::decisions::{FactsRow, PartyRow, TiesRow, ask_for_both_sides};

/// The facts of each pair, in order.
pub(super) fn load(
    connection: &mut PgConnection,
    requests: &[&Vec<Inquiry>],
) -> QueryResult<Vec<FactsRow>> {
    let columns = Columns::of(requests);
    // The server may return the rows in any order, but they usually are in this one.
    if ask_for_both_sides(requests) {
        let mut rows: Vec<(PackedRow, PartyRow)> =
            AskForFacts::<true>(&columns).load(connection)?;
        rows.sort_by_key(|(row, _)| row.place);
        return Ok(rows
            .into_iter()
            .map(|(row, viewer)| row.with(viewer))
            .collect());
    }
    let mut rows: Vec<PackedRow> = AskForFacts::<false>(&columns).load(connection)?;
    rows.sort_by_key(|row| row.place);
    let rows = rows.into_iter();
    Ok(rows.map(|row| row.with(PartyRow::default())).collect())
}

/// The parameters: one array for each column, so that the statement is the same for any number of pairs.
struct Columns {
    viewers: Vec<DbUuid>,
    subjects: Vec<DbUuid>,
    /// See [`packed`].
    needs: Vec<i32>,
}

impl Columns {
    fn of(requests: &[&Vec<Inquiry>]) -> Self {
        let count = requests.iter().map(|inquiries| inquiries.len()).sum();
        let mut columns = Self {
            viewers: Vec::with_capacity(count),
            subjects: Vec::with_capacity(count),
            needs: Vec::with_capacity(count),
        };
        for Inquiry { question, needs } in requests.iter().copied().flatten() {
            columns.viewers.push(question.viewer.into());
            columns.subjects.push(question.subject.into());
            columns.needs.push(packed(*needs));
        }
        columns
    }
}

/// The facts to read, as a sum of the numbers in the statement.
fn packed(needs: Needs) -> i32 {
    i32::from(needs.contacts)
        | i32::from(needs.follows) << 1
        | i32::from(needs.followed) << 2
        | i32::from(needs.viewer) << 3
}

/// A row of the result, except the viewer's settings.
#[derive(Queryable)]
struct PackedRow {
    subject: PartyRow,
    /// The sum of [`IS_ERASED`] or [`IS_ONE_ERASED`], [`IS_BLOCKED`], [`SUBJECT_ADDED`], [`VIEWER_ADDED`],
    /// [`VIEWER_FOLLOWS`] and [`SUBJECT_FOLLOWS`].
    flags: i32,
    /// The position of the pair, from 1.
    place: i64,
}

type PartyType = (Nullable<Jsonb>, Nullable<Jsonb>, Nullable<Jsonb>);

type PackedType = (PartyType, Integer, BigInt);

impl PackedRow {
    fn with(self, viewer: PartyRow) -> FactsRow {
        let has = |flag: i32| self.flags & flag != 0;
        let ties = |added, close_friend, follows| TiesRow {
            close_friend: has(added).then(|| has(close_friend)),
            follows: has(follows),
        };
        FactsRow {
            endings: (has(1), has(2)),
            subject_ties: ties(4, 8, 128),
            viewer_ties: ties(16, 32, 64),
            subject: self.subject,
            viewer,
        }
    }
}

/// Asks for the facts of both users if `BOTH` is true, otherwise only for what concerns the subject's settings: a batch of
/// 1,000 takes a third less time.
struct AskForFacts<'a, const BOTH: bool>(&'a Columns);

// The text does not depend on the pairs: the statement is prepared once for each connection.
impl<const BOTH: bool> QueryId for AskForFacts<'_, BOTH> {
    type QueryId = AskForFacts<'static, BOTH>;
    const HAS_STATIC_QUERY_ID: bool = true;
}

impl Query for AskForFacts<'_, false> {
    type SqlType = PackedType;
}

impl Query for AskForFacts<'_, true> {
    type SqlType = (PackedType, PartyType);
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

const VIEWER: &str = ", viewers.choices, viewers.cohorts, \
    CASE WHEN asked.needs & 8 <> 0 AND COALESCE(viewers.has_exceptions, true) THEN \
    (SELECT CASE WHEN person_id = asked.subject THEN by_action END FROM exceptions \
    WHERE owner_id = asked.viewer AND person_id >= asked.subject ORDER BY person_id LIMIT 1) END";

/// A user with a row is not erased, so that this lookup can be skipped.
const IS_ERASED: &str = "CASE WHEN (SELECT true FROM erased_users \
    WHERE user_id = ANY (ARRAY[asked.viewer, CASE WHEN subjects.choices IS NULL THEN asked.subject END]) \
    LIMIT 1) THEN 1 ELSE 0 END";

const IS_ONE_ERASED: &str = "CASE WHEN (viewers.choices IS NULL OR subjects.choices IS NULL) \
    AND (SELECT true FROM erased_users \
    WHERE user_id = ANY (ARRAY[CASE WHEN viewers.choices IS NULL THEN asked.viewer END, \
    CASE WHEN subjects.choices IS NULL THEN asked.subject END]) LIMIT 1) THEN 1 ELSE 0 END";

/// ORDER BY makes the primary key the cheapest index. With `=` in place of `>=`, the index by time is estimated as
/// equally cheap if users have one block on average; for a user with thousands, the statement would read all of them.
/// The same is true for contacts.
const IS_BLOCKED: &str = " + CASE WHEN (SELECT blocked_id FROM blocks \
    WHERE blocker_id = asked.subject AND blocked_id >= asked.viewer \
    ORDER BY blocked_id LIMIT 1) = asked.viewer THEN 2 ELSE 0 END";

/// `close_friend` is NULL if the viewer is not a contact of the subject.
const SUBJECT_ADDED: &str = " + COALESCE(4 + 8 * added.close_friend::integer, 0)";

/// If the subject did not add the viewer, they are not mutual contacts, and the viewer's contacts are not read.
const IF_MUTUAL: &str = " + COALESCE(CASE WHEN added.close_friend IS NOT NULL THEN ";

const IF_MUTUAL_OR_ASKED: &str = " + COALESCE(CASE WHEN added.close_friend IS NOT NULL \
    OR asked.needs & 9 = 9 THEN ";

const VIEWER_ADDED: &str = "(SELECT CASE WHEN contact_id = asked.subject \
    THEN 16 + 32 * close_friend::integer END FROM contacts \
    WHERE owner_id = asked.viewer AND contact_id >= asked.subject \
    ORDER BY contact_id LIMIT 1) END, 0)";

const VIEWER_FOLLOWS: &str = " + CASE WHEN asked.needs & 2 <> 0 THEN \
    COALESCE((SELECT CASE status WHEN 'accepted' THEN 64 END FROM follows \
    WHERE following_id = asked.subject AND follower_id = asked.viewer LIMIT 1), 0) ELSE 0 END";

const SUBJECT_FOLLOWS: &str = " + CASE WHEN asked.needs & 4 <> 0 THEN \
    COALESCE((SELECT CASE status WHEN 'accepted' THEN 128 END FROM follows \
    WHERE following_id = asked.viewer AND follower_id = asked.subject LIMIT 1), 0) ELSE 0 END";

const SUBJECTS: &str = " LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE user_id = asked.subject LIMIT 1) AS subjects ON true";

const VIEWERS: &str = " LEFT JOIN LATERAL (SELECT choices, cohorts, has_exceptions FROM users \
    WHERE asked.needs & 8 <> 0 AND user_id = asked.viewer LIMIT 1) AS viewers ON true";

const ADDED: &str = " LEFT JOIN LATERAL \
    (SELECT CASE WHEN contact_id = asked.viewer THEN close_friend END AS close_friend FROM contacts \
    WHERE asked.needs & 1 <> 0 AND owner_id = asked.subject AND contact_id >= asked.viewer \
    ORDER BY contact_id LIMIT 1) AS added ON true";

const SUBJECTS_SIDE: &[&str] = &[
    SUBJECT,
    IS_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    IF_MUTUAL,
    VIEWER_ADDED,
    VIEWER_FOLLOWS,
];

const BOTH_SIDES: &[&str] = &[
    SUBJECT,
    IS_ONE_ERASED,
    IS_BLOCKED,
    SUBJECT_ADDED,
    IF_MUTUAL_OR_ASKED,
    VIEWER_ADDED,
    VIEWER_FOLLOWS,
    SUBJECT_FOLLOWS,
];

impl<const BOTH: bool> QueryFragment<Pg> for AskForFacts<'_, BOTH> {
    fn walk_ast<'b>(&'b self, mut out: AstPass<'_, 'b, Pg>) -> QueryResult<()> {
        let columns = self.0;
        for part in if BOTH { BOTH_SIDES } else { SUBJECTS_SIDE } {
            out.push_sql(part);
        }
        out.push_sql(", asked.place");
        if BOTH {
            out.push_sql(VIEWER);
        }
        out.push_sql(" FROM unnest(");
        out.push_bind_param::<Array<Uuid>, _>(&columns.viewers)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Uuid>, _>(&columns.subjects)?;
        out.push_sql(", ");
        out.push_bind_param::<Array<Integer>, _>(&columns.needs)?;
        out.push_sql(") WITH ORDINALITY AS asked (viewer, subject, needs, place)");
        out.push_sql(SUBJECTS);
        if BOTH {
            out.push_sql(VIEWERS);
        }
        out.push_sql(ADDED);
        Ok(())
    }
}
